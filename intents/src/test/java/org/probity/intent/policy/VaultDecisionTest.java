package org.probity.intent.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.probity.chain.Address;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;

/** That the contract computes the same digest is what every execution elsewhere shows. */
class VaultDecisionTest {

  private static final Address VAULT = new Address("0x00000000000000000000000000000000000000aa");
  private static final Address OTHER = new Address("0x00000000000000000000000000000000000000ab");
  private static final Bytes32 POLICY = Keccak.hash("policy");

  private static VaultDecision decision(long nonce, long asOf, Address executor, int... outputs) {
    return new VaultDecision(
        Keccak.hash("model"),
        nonce,
        BigInteger.valueOf(1_750_000_100L),
        asOf,
        executor,
        50,
        Arrays.stream(outputs).mapToObj(BigInteger::valueOf).toList());
  }

  @Test
  void theTypeIsTheContracts() {
    // DECISION_TYPEHASH of Vault.sol hashes this string.
    assertThat(VaultDecision.DECISION_TYPE)
        .isEqualTo(
            "Decision(bytes32 model,bytes32 policy,uint256 nonce,uint256 deadline,uint32"
                + " asOf,address executor,uint16 maxSlippageBps,int256[] outputs)");
  }

  @Test
  void everyPartMatters() {
    VaultDecision one = decision(5, 1_750_000_000L, OTHER, 2);
    Bytes32 context = one.context(31_337, VAULT, POLICY);
    assertThat(one.context(31_337, VAULT, POLICY)).isEqualTo(context);
    assertThat(
            List.of(
                one.context(1, VAULT, POLICY),
                one.context(31_337, OTHER, POLICY),
                one.context(31_337, VAULT, Keccak.hash("another")),
                decision(6, 1_750_000_000L, OTHER, 2).context(31_337, VAULT, POLICY),
                decision(5, 1_750_000_060L, OTHER, 2).context(31_337, VAULT, POLICY),
                decision(5, 1_750_000_000L, VAULT, 2).context(31_337, VAULT, POLICY),
                decision(5, 1_750_000_000L, OTHER, -2).context(31_337, VAULT, POLICY),
                decision(5, 1_750_000_000L, OTHER, 2, 0).context(31_337, VAULT, POLICY)))
        .doesNotContain(context)
        .doesNotHaveDuplicates();
  }
}
