package org.probity.agent;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * How one process takes part.
 *
 * @param roles what it does
 * @param host address that other nodes reach it by; loopback unless the network is trusted, for
 *     nodes do not authenticate each other
 * @param port 0 for any free one
 * @param seeds host:port of the nodes through which it joins; none to begin a cluster of its own
 * @param journal where agents' journals are; all nodes of a cluster share one
 * @param provingThreads how many proofs this node makes at once
 * @param retry the pauses after a failed step
 */
public record NodeSettings(
    Set<Role> roles,
    String host,
    int port,
    List<String> seeds,
    JournalSettings journal,
    int provingThreads,
    AgentSettings.Retry retry) {

  /** What a node does for its cluster. */
  public enum Role {
    /** Runs agents. */
    AGENT,
    /** Makes proofs. */
    PROVER,
    /** Answers the HTTP API. */
    GATEWAY;

    /** As the configuration and the cluster name it. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public NodeSettings {
    roles = Set.copyOf(roles);
    seeds = List.copyOf(seeds);
    if (roles.isEmpty()) {
      throw BadSetting.value("probity.cluster.roles", "[]", "agent, prover, gateway, or several");
    }
    if (journal instanceof JournalSettings.Embedded && !seeds.isEmpty()) {
      throw BadSetting.value(
          "probity.journal.url",
          "absent",
          "a PostgreSQL URL where nodes form a cluster: an embedded journal belongs to one process");
    }
  }

  /** One process that does everything, on loopback. */
  public static NodeSettings alone(
      JournalSettings journal, int provingThreads, AgentSettings.Retry retry) {
    return new NodeSettings(
        Set.of(Role.values()), "127.0.0.1", 0, List.of(), journal, provingThreads, retry);
  }

  boolean is(Role role) {
    return roles.contains(role);
  }
}
