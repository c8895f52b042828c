package org.probity.strategy.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.probity.strategy.feature.ChainlinkReturns.Round;

class ChainlinkReturnsTest {

  private static BigInteger big(long value) {
    return BigInteger.valueOf(value);
  }

  @Test
  void returnsAreRoundedTowardMinusInfinityAndClamped() {
    var random = new SplittableRandom(5);
    for (int i = 0; i < 2_000; i++) {
      long past = 1 + random.nextLong(1L << random.nextInt(1, 60));
      long present = 1 + random.nextLong(1L << random.nextInt(1, 60));
      int exact =
          BigDecimal.valueOf(present)
              .subtract(BigDecimal.valueOf(past))
              .multiply(BigDecimal.valueOf(10_000))
              .divide(BigDecimal.valueOf(past), 0, RoundingMode.FLOOR)
              .max(BigDecimal.valueOf(-4095))
              .min(BigDecimal.valueOf(4095))
              .intValueExact();
      assertThat(ChainlinkReturns.move(big(present), big(past))).isEqualTo(exact);
    }
    assertThat(ChainlinkReturns.move(big(103_000_000), big(107_000_000))).isEqualTo(-374);
    assertThat(ChainlinkReturns.move(BigInteger.TWO.pow(200), BigInteger.ONE)).isEqualTo(4095);
  }

  @Test
  void theAnswerIsOfTheLastRoundStrictlyBeforeTheMoment() {
    var returns = new ChainlinkReturns(List.of(10));
    List<Round> rounds = new ArrayList<>();
    for (int i = 1; i <= 9; i++) {
      rounds.add(new Round(big(1_000L * i), 100 + 10 * i));
    }
    // At 150 the round of 140 holds, at 140 that of 130; a second later the next two.
    assertThat(returns.features(rounds, 150)).containsExactly(3_333);
    assertThat(returns.features(rounds, 151)).containsExactly(2_500);
    // Of two rounds of one second the later one holds.
    rounds.add(5, new Round(big(5_500), 150));
    assertThat(returns.features(rounds, 151)).containsExactly(3_750);
    assertThat(returns.features(rounds, 10_000)).containsExactly(0);
    assertThatThrownBy(() -> returns.features(rounds, 120))
        .hasMessageContaining("No round of the feed was updated before 110");
  }

  @Test
  void anAnswerThatIsNotPositiveHasNoReturn() {
    var returns = new ChainlinkReturns(List.of(10));
    for (long answer : new long[] {0, -1}) {
      List<Round> rounds = List.of(new Round(BigInteger.ONE, 10), new Round(big(answer), 20));
      assertThatThrownBy(() -> returns.features(rounds, 25))
          .hasMessageContaining("is not positive");
      assertThatThrownBy(() -> returns.features(rounds, 35))
          .hasMessageContaining("is not positive");
      assertThat(returns.features(rounds.subList(0, 1), 25)).containsExactly(0);
    }
  }

  @Test
  void whatTheContractCannotReckonIsRefusedHereToo() {
    BigInteger most = BigInteger.TWO.pow(255).subtract(BigInteger.ONE);
    assertThatThrownBy(() -> ChainlinkReturns.move(most, BigInteger.ONE))
        .isInstanceOf(ArithmeticException.class);
    assertThat(ChainlinkReturns.move(most.divide(big(10_000)), BigInteger.ONE)).isEqualTo(4095);
  }
}
