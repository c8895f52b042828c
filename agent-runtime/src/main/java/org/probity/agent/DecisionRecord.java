package org.probity.agent;

import java.time.Instant;
import java.util.Optional;
import org.probity.ground.Bytes32;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.zk.DecisionProof;

/**
 * A decision as the journal has it.
 *
 * @param sequence its place in the agent's journal
 * @param at when it was made
 * @param proof empty if it is not proven (yet)
 * @param transaction that executed it; empty if none did, or a reorg took it away
 * @param outcome what became of it, in words
 */
public record DecisionRecord(
    long sequence,
    Instant at,
    Proposal proposal,
    Prospect prospect,
    Optional<DecisionProof> proof,
    Optional<Bytes32> transaction,
    String outcome) {}
