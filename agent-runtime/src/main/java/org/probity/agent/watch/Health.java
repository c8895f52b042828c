package org.probity.agent.watch;

import java.util.List;

/**
 * How a node is.
 *
 * @param ready whether it can do its work now: it is a member of its cluster, its journal answers,
 *     and heads come if it runs agents
 * @param why what it lacks; empty if it is ready
 * @param alerts that stand
 */
public record Health(boolean ready, List<String> why, List<Alert> alerts) {

  public Health {
    why = List.copyOf(why);
    alerts = List.copyOf(alerts);
  }

  /** Ready, and nothing calls for a person. */
  public boolean good() {
    return ready && alerts.isEmpty();
  }
}
