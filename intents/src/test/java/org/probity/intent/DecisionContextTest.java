package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.probity.chain.Address;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;

/**
 * A fixed vector; that the contract computes the same digest is what every execution in {@link
 * ProofBoundVaultTest} shows.
 */
class DecisionContextTest {

  private static final Address VAULT = new Address("0x00000000000000000000000000000000000000aa");
  private static final Bytes32 MODEL = Keccak.hash(new byte[] {1, 2, 3});

  private static Bytes32 context(long chainId, long nonce) {
    return DecisionContext.of(
        chainId, VAULT, MODEL, BigInteger.valueOf(nonce), 1_750_000_100L, 1_750_000_000L, 2);
  }

  @Test
  void theTypeStringsHashToTheirKnownValues() {
    // The domain's hash is printed in many contracts; the decision's is this protocol's own.
    assertThat(Keccak.hash(DecisionContext.DOMAIN_TYPE.getBytes(StandardCharsets.US_ASCII)).hex())
        .isEqualTo("0x8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f");
  }

  @Test
  void theDigestIsTheVectors() {
    assertThat(context(31_337, 5).hex())
        .isEqualTo("0xe0854f6619934ecebd37037b0177382dd4ad63edf20c3297d79a5cb85c1ab025");
  }

  @Test
  void everyPartMatters() {
    Bytes32 one = context(31_337, 5);
    BigInteger nonce = BigInteger.valueOf(5);
    assertThat(context(31_337, 6)).isNotEqualTo(one);
    assertThat(context(1, 5)).isNotEqualTo(one);
    Address other = new Address("0x00000000000000000000000000000000000000ab");
    assertThat(DecisionContext.of(31_337, other, MODEL, nonce, 1_750_000_100L, 1_750_000_000L, 2))
        .isNotEqualTo(one);
    assertThat(DecisionContext.of(31_337, VAULT, MODEL, nonce, 1_750_000_101L, 1_750_000_000L, 2))
        .isNotEqualTo(one);
    assertThat(DecisionContext.of(31_337, VAULT, MODEL, nonce, 1_750_000_100L, 1_750_000_001L, 2))
        .isNotEqualTo(one);
    assertThat(DecisionContext.of(31_337, VAULT, MODEL, nonce, 1_750_000_100L, 1_750_000_000L, 1))
        .isNotEqualTo(one);
  }

  @Test
  void negativeNumbersAreRefused() {
    assertThatThrownBy(() -> context(31_337, -1)).isInstanceOf(IllegalArgumentException.class);
  }
}
