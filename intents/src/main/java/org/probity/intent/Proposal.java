package org.probity.intent;

import org.probity.chain.Head;
import org.probity.ground.Bytes32;
import org.probity.zk.Decision;

/**
 * A decision that is not proven yet, with all that its proof will be bound to.
 *
 * @param head the head it was made on
 * @param observation what the model saw
 * @param decision the model's class
 * @param deadline the last block timestamp at which it may be executed
 * @param context the vault's EIP-712 digest of all this ({@link DecisionContext})
 */
public record Proposal(
    Head head,
    Mandate mandate,
    Observation observation,
    Decision.Choice decision,
    long deadline,
    Bytes32 context) {}
