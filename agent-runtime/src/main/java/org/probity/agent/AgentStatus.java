package org.probity.agent;

import java.math.BigInteger;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.Life;

/**
 * An agent as it stands.
 *
 * @param doing in words
 * @param node where it runs, as host and port of the cluster
 * @param lastDecided the latest moment that is done with, in seconds of Unix time; 0 before the
 *     first
 * @param events how many events its journal holds
 * @param decisions how many decisions it made, and how many of them were proven, executed, reverted
 *     by a reorg, and failed at some step
 * @param gasSpent wei paid for the gas of executions and refusals in blocks
 * @param lastFailure what it lacks to act, else what failed last; empty if nothing did
 */
public record AgentStatus(
    AgentSpec spec,
    Life life,
    String doing,
    String node,
    long lastDecided,
    long events,
    long decisions,
    long proofs,
    long executions,
    long reverts,
    long failures,
    BigInteger gasSpent,
    String lastFailure) {

  public String id() {
    return spec.id();
  }
}
