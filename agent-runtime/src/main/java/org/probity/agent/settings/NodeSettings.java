package org.probity.agent.settings;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.probity.agent.tls.NodeKeys;
import org.probity.intent.conduct.Retry;
import org.probity.settings.BadSetting;

/**
 * How one process takes part.
 *
 * @param roles what it does
 * @param host address that other nodes reach it by
 * @param port 0 for any free one
 * @param seeds host:port of the nodes through which it joins; none to begin a cluster of its own
 * @param tls what it shows to other nodes; without it there are none, and nobody is let in
 * @param journal where agents' journals are; all nodes of a cluster share one
 * @param provingThreads how many proofs this node makes at once
 * @param retry the pauses after a failed step
 */
public record NodeSettings(
    Set<Role> roles,
    String host,
    int port,
    List<String> seeds,
    Optional<NodeKeys.Place> tls,
    JournalSettings journal,
    int provingThreads,
    Retry retry) {

  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[?::1]?");

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
    if (journal instanceof JournalSettings.Postgres) {
      requireLock(roles, host, port, seeds, tls);
    } else {
      requireAlone(host, seeds, tls);
    }
  }

  /** A journal that belongs to one process has one node. */
  private static void requireAlone(String host, List<String> seeds, Optional<NodeKeys.Place> tls) {
    if (!seeds.isEmpty() || tls.isPresent()) {
      throw BadSetting.value(
          "probity.journal.url",
          "absent",
          "a PostgreSQL URL where nodes form a cluster: an embedded journal belongs to one process");
    }
    if (!LOOPBACK.matcher(host).matches()) {
      throw BadSetting.value(
          "probity.cluster.host",
          host,
          "127.0.0.1 where the journal is embedded, for that node has no others");
    }
  }

  /** Whoever reaches the port of a node without a lock commands its agents. */
  private static void requireLock(
      Set<Role> roles, String host, int port, List<String> seeds, Optional<NodeKeys.Place> tls) {
    boolean alone =
        seeds.isEmpty()
            && port == 0
            && LOOPBACK.matcher(host).matches()
            && roles.contains(Role.AGENT)
            && roles.contains(Role.PROVER);
    if (!alone && tls.isEmpty()) {
      throw new BadSetting(
          "The node is one of several by its probity.cluster settings, and has no keys to know the others by, on loopback either: make them with `probity cluster keys` and name them in probity.cluster.tls.");
    }
  }

  /** One process that does everything and lets no other in. */
  public static NodeSettings alone(JournalSettings journal, int provingThreads, Retry retry) {
    return new NodeSettings(
        Set.of(Role.values()),
        "127.0.0.1",
        0,
        List.of(),
        Optional.empty(),
        journal,
        provingThreads,
        retry);
  }

  /** Whether the node has {@code role}. */
  public boolean is(Role role) {
    return roles.contains(role);
  }
}
