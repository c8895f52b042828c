package org.probity.agent.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.probity.agent.AgentStatus;
import org.probity.agent.Journal;
import org.probity.agent.cli.ClusterWorld.Member;

/**
 * Takes the node with the most agents from a cluster of three while they decide: kills it, parts it
 * from the others, or stops it and lets it go on when it is long believed dead. Its agents must
 * decide elsewhere in time, a node that was believed dead must end by itself, a new one must get
 * agents; at the end the journal is compared with the chain.
 */
final class ClusterDrill {

  /** What is done to a node, in turn. */
  private enum Loss {
    KILL("killed"),
    PARTITION("parted from the others"),
    FREEZE("stopped, and later continued");

    private final String words;

    Loss(String words) {
      this.words = words;
    }
  }

  private static final int NODES = 3;
  private static final int AGENTS = 4;
  private static final Duration HEAD = Duration.ofMillis(4_000);
  private static final Duration LOOK = Duration.ofMillis(100);

  /** What the agents of a lost node may take until they decide elsewhere. */
  private static final Duration ELSEWHERE = Duration.ofSeconds(15);

  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** A node's process starts in seconds, or in minutes on a machine that is busy otherwise. */
  private static final Duration STARTING = Duration.ofSeconds(240);

  private final Screen screen;
  private final int runs;
  private final long seed;
  private final List<String> violations = new ArrayList<>();
  private final List<Long> elsewhere = new ArrayList<>();
  private final List<Long> moved = new ArrayList<>();
  private final Map<Loss, Integer> losses = new EnumMap<>(Loss.class);

  ClusterDrill(Screen screen, int runs, long seed) {
    this.screen = screen;
    this.runs = runs;
    this.seed = seed;
  }

  DrillReport run(Path folder) throws InterruptedException {
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, Object> facts = new LinkedHashMap<>();
    Screen.Step opening = screen.step("A chain, a journal and three nodes");
    try (ClusterWorld cluster = ClusterWorld.open(folder, seed, AGENTS);
        Journal journal = Journal.open(cluster.journal())) {
      for (int i = 0; i < NODES; i++) {
        cluster.add();
      }
      await(cluster, "the nodes do not share the agents", () -> spread(cluster).size() == NODES);
      opening.done("%d agents on three nodes".formatted(AGENTS));
      for (int run = 0; run < runs; run++) {
        lose(cluster, journal, Loss.values()[run % Loss.values().length], random);
        cluster
            .verified(journal)
            .ifPresent(fault -> violations.add("the journal is not whole: " + fault));
      }
      Screen.Step settling = screen.step("A last head, and the nodes end");
      finish(cluster);
      settling.done("The nodes have ended");
      losses.forEach((loss, times) -> facts.put("nodes " + loss.words, times));
      facts.put("agents decide elsewhere after, p50 (s)", seconds(percentile(elsewhere, 0.5)));
      facts.put("agents decide elsewhere after, most (s)", seconds(percentile(elsewhere, 1)));
      facts.put("a new node has agents after, most (s)", seconds(percentile(moved, 1)));
      Reckoning reckoning = cluster.reckoning();
      facts.putAll(reckoning.facts());
      violations.addAll(reckoning.violations());
    }
    return new DrillReport("cluster", seed, facts, violations);
  }

  /** One node is lost while its agents decide, and replaced. */
  private void lose(ClusterWorld cluster, Journal journal, Loss loss, SplittableRandom random)
      throws InterruptedException {
    Screen.Step losing = screen.step("A node is " + loss.words);
    Member lost = busiest(cluster);
    Set<String> orphans = spread(cluster).getOrDefault(lost.address(), Set.of());
    cluster.world().nextHead();
    Thread.sleep(random.nextLong(HEAD.toMillis() / 2));
    long moment = cluster.world().chain().client().head().timestamp();
    long began = System.nanoTime();
    inflict(cluster, loss, lost);
    losses.merge(loss, 1, Integer::sum);
    awaitDecisions(cluster, journal, orphans, moment, began);
    if (loss == Loss.FREEZE) {
      lost.process().thaw();
    }
    if (loss != Loss.KILL && !lost.process().endsWithin(PATIENCE)) {
      violations.add("node %d was %s and went on by itself".formatted(lost.number(), loss.words));
      lost.process().kill();
    }
    long added = System.nanoTime();
    Member fresh = cluster.add();
    await(cluster, "a new node gets no agents", () -> spread(cluster).containsKey(fresh.address()));
    moved.add(System.nanoTime() - added);
    losing.done(
        "A node with %d agents is %s; they decide elsewhere after %s s"
            .formatted(orphans.size(), loss.words, seconds(System.nanoTime() - began)));
  }

  private static void inflict(ClusterWorld cluster, Loss loss, Member lost) {
    switch (loss) {
      case KILL -> lost.process().kill();
      case FREEZE -> lost.process().freeze();
      case PARTITION -> {
        lost.wire().cut();
        cluster.partFrom(lost);
      }
    }
  }

  /** Brings heads until every orphan has decided for a moment after {@code moment}. */
  private void awaitDecisions(
      ClusterWorld cluster, Journal journal, Set<String> orphans, long moment, long began)
      throws InterruptedException {
    Set<String> waiting = new HashSet<>(orphans);
    Heads heads = new Heads(cluster);
    while (!waiting.isEmpty()) {
      heads.bringIfDue();
      Thread.sleep(LOOK);
      waiting.removeIf(agent -> {
        boolean decided =
            journal.decisions(agent).stream()
                .anyMatch(decision -> decision.proposal().observation().asOf() > moment);
        if (decided) {
          elsewhere.add(System.nanoTime() - began);
        }
        return decided;
      });
      if (System.nanoTime() - began > PATIENCE.toNanos()) {
        violations.add("agents of a lost node do not decide any more: " + waiting);
        return;
      }
    }
    long took = System.nanoTime() - began;
    if (took > ELSEWHERE.toNanos()) {
      violations.add(
          "agents of a lost node decided elsewhere only after %s s".formatted(seconds(took)));
    }
  }

  private void await(ClusterWorld cluster, String failure, java.util.function.BooleanSupplier done)
      throws InterruptedException {
    long limit = System.nanoTime() + STARTING.toNanos();
    Heads heads = new Heads(cluster);
    while (!done.getAsBoolean()) {
      if (System.nanoTime() > limit) {
        throw new IllegalStateException(
            "In %d s %s: %s".formatted(STARTING.toSeconds(), failure, spread(cluster)));
      }
      if (cluster.members().stream().noneMatch(Member::isHere)) {
        throw new IllegalStateException(
            "The nodes ended by themselves: " + cluster.members().getLast().process().said());
      }
      heads.bringIfDue();
      Thread.sleep(LOOK);
    }
  }

  /** Lets the agents execute once more, waits until none has anything under way, ends the nodes. */
  private void finish(ClusterWorld cluster) throws InterruptedException {
    long before = cluster.executions();
    await(cluster, "nothing is executed any more", () -> cluster.executions() > before);
    long limit = System.nanoTime() + PATIENCE.toNanos();
    List<AgentStatus> agents = cluster.agents();
    while (agents.size() < AGENTS
        || !agents.stream().allMatch(agent -> agent.doing().equals("waiting for a head"))) {
      if (System.nanoTime() > limit) {
        violations.add("the agents do not come to rest: " + agents);
        break;
      }
      Thread.sleep(LOOK);
      agents = cluster.agents();
    }
    cluster.endNodes();
  }

  private static Member busiest(ClusterWorld cluster) {
    Map<String, Set<String>> spread = spread(cluster);
    return cluster.members().stream()
        .filter(Member::isHere)
        .max(
            Comparator.comparingInt(
                member -> spread.getOrDefault(member.address(), Set.of()).size()))
        .orElseThrow();
  }

  /** The agents by node. */
  private static Map<String, Set<String>> spread(ClusterWorld cluster) {
    return cluster.agents().stream()
        .collect(
            Collectors.groupingBy(
                AgentStatus::node, Collectors.mapping(AgentStatus::id, Collectors.toSet())));
  }

  /** Heads at a pace. */
  private static final class Heads {
    private final ClusterWorld cluster;
    private long next = System.nanoTime();

    Heads(ClusterWorld cluster) {
      this.cluster = cluster;
    }

    void bringIfDue() {
      if (System.nanoTime() >= next) {
        cluster.world().nextHead();
        next = System.nanoTime() + HEAD.toNanos();
      }
    }
  }

  private static long percentile(List<Long> values, double share) {
    List<Long> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.isEmpty() ? 0 : sorted.get((int) Math.round(share * (sorted.size() - 1)));
  }

  private static double seconds(long nanos) {
    return Math.round(nanos / 1e8) / 10.0;
  }
}
