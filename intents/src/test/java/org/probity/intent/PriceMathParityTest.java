package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.ContractArtifact;
import org.probity.chain.local.LocalChain;
import org.probity.ground.TestKind;
import org.probity.strategy.feature.PriceMath;

/** The prices of {@code PriceMath.sol} and of Java, bit for bit. */
@TestKind.Differential
class PriceMathParityTest {

  private static final ContractArtifact PROBE = ContractArtifact.load("PriceMathProbe");

  @Test
  void everyBitOfEveryRatioAndValueIsTheSame() {
    try (LocalChain chain = LocalChain.start()) {
      Address probe = chain.deploy(chain.account(0).address(), PROBE.deployment());
      var random = new SplittableRandom(3);
      List<Integer> ticks =
          Stream.of(
                  IntStream.of(0, 1, -1, PriceMath.MAX_TICK, -PriceMath.MAX_TICK),
                  IntStream.range(0, 20).flatMap(k -> IntStream.of((1 << k), -(1 << k))),
                  random.ints(400, -PriceMath.MAX_TICK, PriceMath.MAX_TICK + 1))
              .flatMap(IntStream::boxed)
              .filter(tick -> Math.abs(tick) <= PriceMath.MAX_TICK)
              .toList();
      Object ratios = chain.client().call(probe, PROBE.function("ratios"), ticks).getFirst();
      assertThat(ratios).isEqualTo(ticks.stream().map(PriceMath::sqrtRatioX96).toList());

      var digits = new Random(5);
      for (int i = 0; i < 100; i++) {
        var amount = new BigInteger(1 + digits.nextInt(128), digits);
        BigInteger ratio = PriceMath.sqrtRatioX96(digits.nextInt(1_200_000) - 600_000);
        assertSameValue(chain, probe, amount, ratio);
      }
    }
  }

  private static void assertSameValue(
      LocalChain chain, Address probe, BigInteger amount, BigInteger ratio) {
    BigInteger own;
    try {
      own = PriceMath.valueAt(amount, ratio);
    } catch (ArithmeticException e) {
      own = BigInteger.valueOf(-1);
    }
    BigInteger theirs;
    try {
      var call = Call.of(probe, PROBE.function("valueAt"), amount, ratio);
      theirs = new BigInteger(1, chain.client().call(call, BlockTag.LATEST).toArray());
    } catch (CallReverted e) {
      theirs = BigInteger.valueOf(-1);
    }
    assertThat(theirs).isEqualTo(own);
  }
}
