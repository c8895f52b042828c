package org.probity.agent;

import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.AgentState;
import org.probity.intent.conduct.Life;

/**
 * An agent as it stands.
 *
 * @param doing in words
 * @param node where it runs, as host and port of the cluster
 * @param lastDecided the latest moment that is done with, in seconds of Unix time; 0 before the
 *     first
 * @param events how many events its journal holds
 * @param tally what it did, in numbers
 * @param lastFailure what it lacks to act, else what failed last; empty if nothing did
 */
public record AgentStatus(
    AgentSpec spec,
    Life life,
    String doing,
    String node,
    long lastDecided,
    long events,
    AgentState.Tally tally,
    String lastFailure) {

  public String id() {
    return spec.id();
  }
}
