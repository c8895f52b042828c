package org.probity.intent;

import java.math.BigInteger;
import java.util.Arrays;
import org.probity.chain.Head;
import org.probity.ground.Bytes32;
import org.probity.intent.policy.VaultDecision;
import org.probity.zk.Decision;

/**
 * A decision that is not proven yet, with all that its proof will be bound to.
 *
 * @param head the head it was made on
 * @param observation what the model saw
 * @param decision the model's class, or its outputs
 * @param deadline the last block timestamp at which it may be executed
 * @param context the vault's EIP-712 digest of all this ({@link VaultDecision#context})
 */
public record Proposal(
    Head head,
    Mandate mandate,
    Observation observation,
    Decision decision,
    long deadline,
    Bytes32 context) {

  /** The proposal that a decision amounts to, with the context that follows from all the rest. */
  public static Proposal of(
      Head head, Mandate mandate, Observation seen, Decision decision, long deadline) {
    Bytes32 context =
        statement(mandate, seen, decision, deadline)
            .context(mandate.chainId(), mandate.vault(), seen.state().policy());
    return new Proposal(head, mandate, seen, decision, deadline, context);
  }

  /** The decision as the vault takes it. */
  public VaultDecision statement() {
    return statement(mandate, observation, decision, deadline);
  }

  private static VaultDecision statement(
      Mandate mandate, Observation seen, Decision decision, long deadline) {
    return new VaultDecision(
        mandate.model(),
        seen.state().nonce().longValueExact(),
        BigInteger.valueOf(deadline),
        seen.asOf(),
        mandate.executor(),
        mandate.maxSlippageBps(),
        Arrays.stream(decision.words()).mapToObj(BigInteger::valueOf).toList());
  }
}
