package org.probity.drill;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.probity.agent.AgentStatus;
import org.probity.agent.Ending;
import org.probity.agent.journal.Journal;
import org.probity.drill.ClusterWorld.Member;
import org.probity.terminal.Screen;

/**
 * Takes the node with the most agents from a cluster of three while they decide: kills it, parts it
 * from the others, or stops it and lets it go on when it is long believed dead. Its agents must
 * decide elsewhere in time, a node that was believed dead must end by itself and do nothing before,
 * a new one must get agents; in the end the journal is compared with the chain.
 *
 * <p>Who decided is read from what the nodes themselves write: a node that is parted from the
 * others still reaches chain and journal, and what it does there does not count.
 */
public final class ClusterDrill {

  /** What is done to a node, in turn. */
  private enum Loss {
    KILL("kill -9", "killed"),
    PARTITION("partition", "parted from the others"),
    FREEZE("SIGSTOP", "stopped");

    private final String title;
    private final String words;

    Loss(String title, String words) {
      this.title = title;
      this.words = words;
    }
  }

  public static final int NODES = 3;

  /** From one head to the next, while a node's agents are awaited elsewhere. */
  private static final Duration HEAD = Duration.ofSeconds(2);

  /** And while a node starts, which needs the processor itself. */
  private static final Duration SLOWLY = Duration.ofSeconds(8);

  private static final Duration LOOK = Duration.ofMillis(50);

  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** A node's process starts in seconds, or in minutes on a machine that is busy otherwise. */
  private static final Duration STARTING = Duration.ofSeconds(240);

  private final Screen screen;
  private final int runs;
  private final int agents;
  private final Duration within;
  private final SplittableRandom random;
  private final DrillReport report;
  private final Map<Loss, List<Long>> elsewhere = new EnumMap<>(Loss.class);
  private final Map<Loss, Integer> losses = new EnumMap<>(Loss.class);
  private final List<Long> ended = new ArrayList<>();
  private final List<Long> joined = new ArrayList<>();
  private final List<Long> moved = new ArrayList<>();
  private long refused;

  /**
   * @param within what the agents of a lost node may take until they decide elsewhere
   */
  public ClusterDrill(Screen screen, int runs, int agents, long seed, Duration within) {
    this.screen = screen;
    this.runs = runs;
    this.agents = agents;
    this.within = within;
    this.report = new DrillReport("cluster", seed);
    this.random = new SplittableRandom(seed);
  }

  public DrillReport run(Path folder) throws InterruptedException {
    Screen.Step opening = screen.step("A chain, a journal and %d vaults".formatted(agents));
    try (ClusterWorld cluster = ClusterWorld.open(folder, report.seed(), agents)) {
      opening.done("A chain, a journal and %d vaults", agents);
      lose(cluster);
      Screen.Step settling = screen.step("Everything under way comes to its end");
      finish(cluster);
      settling.done("Everything under way has come to its end");
      return report(cluster);
    }
  }

  private void lose(ClusterWorld cluster) throws InterruptedException {
    Screen.Step starting = screen.step("Three nodes");
    for (int i = 0; i < NODES; i++) {
      cluster.add();
    }
    await(
        cluster,
        SLOWLY,
        "the nodes do not share the agents",
        () -> cluster.members().stream().allMatch(this::decides));
    starting.done("%d agents on three nodes", agents);
    try (Journal journal = Journal.open(cluster.journal())) {
      for (int run = 0; run < runs; run++) {
        lose(cluster, Loss.values()[run % Loss.values().length]);
        int lost = run + 1;
        cluster
            .verified(journal)
            .ifPresent(fault -> report.violation("after %d nodes were lost, %s", lost, fault));
      }
    }
  }

  /** One node is lost while its agents decide, and replaced. */
  private void lose(ClusterWorld cluster, Loss loss) throws InterruptedException {
    Screen.Step losing = screen.step("A node is " + loss.words);
    Member lost = busiest(cluster);
    Set<String> orphans = agentsOf(cluster, lost);
    cluster.world().nextHead();
    Thread.sleep(random.nextLong(HEAD.toMillis()));
    Counts before = Counts.of(cluster.members(), orphans);
    long began = System.nanoTime();
    inflict(cluster, loss, lost);
    Counts own = Counts.of(List.of(lost), orphans);
    losses.merge(loss, 1, Integer::sum);
    long took = awaitDecisions(cluster, before, lost, orphans, loss, began);
    losing.done(
        "A node with %d agents is %s: they decide elsewhere after %s s",
        orphans.size(), loss.words, seconds(took));
    if (loss != Loss.KILL) {
      awaitEnd(cluster, loss, lost, orphans, own);
    }
    cluster.members().stream()
        .filter(member -> member.number() != lost.number() && member.process().hasEnded())
        .forEach(member ->
            report.violation(
                "node %d ended too when node %d was %s",
                member.number(), lost.number(), loss.words));
    cluster.forget(lost);
    replace(cluster);
  }

  private static void inflict(ClusterWorld cluster, Loss loss, Member lost) {
    switch (loss) {
      case KILL -> lost.process().kill();
      case FREEZE -> lost.process().freeze();
      case PARTITION -> cluster.part(lost);
    }
  }

  /** Brings heads until every orphan has decided on another node. How long the last one took. */
  private long awaitDecisions(
      ClusterWorld cluster, Counts before, Member lost, Set<String> orphans, Loss loss, long began)
      throws InterruptedException {
    Set<String> waiting = new HashSet<>(orphans);
    Heads heads = new Heads(cluster, HEAD);
    while (!waiting.isEmpty() && System.nanoTime() - began < PATIENCE.toNanos()) {
      heads.bringIfDue();
      Thread.sleep(LOOK);
      waiting.removeIf(agent -> {
        boolean decided = before.hasDecidedElsewhere(cluster, agent, lost);
        if (decided) {
          elsewhere.computeIfAbsent(loss, _ -> new ArrayList<>()).add(System.nanoTime() - began);
        }
        return decided;
      });
    }
    long took = System.nanoTime() - began;
    if (!waiting.isEmpty()) {
      report.violation(
          "agents of a node that was %s do not decide any more: %s", loss.words, waiting);
    } else if (took > within.toNanos()) {
      report.violation(
          "agents of a node that was %s decided elsewhere only after %s s",
          loss.words, seconds(took));
    }
    return took;
  }

  /**
   * Waits until a node that the others believe dead ends by itself. One that stood still gets a new
   * head to decide on when it goes on.
   *
   * @param own what it had done when it was stopped or parted
   */
  private void awaitEnd(
      ClusterWorld cluster, Loss loss, Member lost, Set<String> orphans, Counts own)
      throws InterruptedException {
    Screen.Step ending = screen.step("The node that was believed dead ends by itself");
    long began = System.nanoTime();
    if (loss == Loss.FREEZE) {
      cluster.world().nextHead();
      lost.process().thaw();
    }
    if (lost.process().endsWithin(PATIENCE)) {
      if (loss == Loss.FREEZE) {
        ended.add(System.nanoTime() - began);
        refused += lost.process().refusedWrites();
      }
      if (lost.process().status() != Ending.STATUS) {
        report.violation(
            "node %d was %s and ended with status %d, which says that it was asked to",
            lost.number(), loss.words, lost.process().status());
      }
      ending.done("The node that was believed dead has ended by itself");
    } else {
      report.violation("node %d was %s and did not end by itself", lost.number(), loss.words);
      lost.process().kill();
    }
    if (loss == Loss.FREEZE && !Counts.of(List.of(lost), orphans).equals(own)) {
      report.violation(
          "node %d went on deciding or executing after it was believed dead", lost.number());
    }
  }

  /** Adds a node, and waits until it decides for an agent. */
  private void replace(ClusterWorld cluster) throws InterruptedException {
    Screen.Step adding = screen.step("A node is added");
    long added = System.nanoTime();
    Member fresh = cluster.add();
    await(cluster, SLOWLY, "a new node is not ready", () -> fresh.process().isActing());
    long ready = System.nanoTime();
    joined.add(ready - added);
    await(cluster, HEAD, "a new node gets no agents", () -> decides(fresh));
    moved.add(System.nanoTime() - ready);
    adding.done(
        "A node is added: agents live there %s s after it is ready",
        seconds(System.nanoTime() - ready));
  }

  private boolean decides(Member member) {
    return ClusterWorld.names(agents).stream()
        .anyMatch(agent -> member.process().decisions(agent) > 0);
  }

  private void await(ClusterWorld cluster, Duration pace, String failure, BooleanSupplier done)
      throws InterruptedException {
    long limit = System.nanoTime() + STARTING.toNanos();
    Heads heads = new Heads(cluster, pace);
    while (!done.getAsBoolean()) {
      if (System.nanoTime() > limit) {
        throw new IllegalStateException("In %d s %s".formatted(STARTING.toSeconds(), failure));
      }
      Member newest = cluster.members().getLast();
      if (newest.process().hasEnded()) {
        throw new IllegalStateException("A node ended by itself: " + newest.process().said());
      }
      heads.bringIfDue();
      Thread.sleep(LOOK);
    }
  }

  /**
   * Lets a decision come to its end once more, executed or with nothing to execute, and waits until
   * no agent has anything under way. How nodes leave is not looked at here: they are killed.
   */
  private void finish(ClusterWorld cluster) throws InterruptedException {
    long before = ends(cluster);
    await(cluster, SLOWLY, "no decision comes to its end any more", () -> ends(cluster) > before);
    if (!DrillWorld.await(PATIENCE, () -> isAtRest(cluster))) {
      report.violation("the agents do not come to rest: " + cluster.agents());
    }
    cluster.members().forEach(member -> member.process().kill());
  }

  private boolean isAtRest(ClusterWorld cluster) {
    List<AgentStatus> now = cluster.agents();
    return now.size() >= agents
        && now.stream().allMatch(agent -> agent.doing().equals("waiting for a head"));
  }

  private static long ends(ClusterWorld cluster) {
    return cluster.members().stream().mapToLong(member -> member.process().ends()).sum();
  }

  private DrillReport report(ClusterWorld cluster) {
    losses.forEach((loss, times) -> report.fact("nodes " + loss.words, times));
    elsewhere.forEach((loss, took) -> {
      report.fact("decide elsewhere after %s, p50 (s)".formatted(loss.title), p50(took));
      report.fact("decide elsewhere after %s, most (s)".formatted(loss.title), most(took));
    });
    if (!ended.isEmpty()) {
      report.fact("ends by itself after SIGCONT, most (s)", most(ended));
      report.fact("writes of its agents refused", refused);
    }
    report.fact("a new node is ready after, most (s)", most(joined));
    report.fact("and decides for an agent after, p50 (s)", p50(moved));
    report.fact("and decides for an agent after, most (s)", most(moved));
    cluster.reconcile(report);
    report.fact("nonces of the vaults together", cluster.executions());
    return report;
  }

  private static Member busiest(ClusterWorld cluster) {
    Map<String, List<AgentStatus>> byNode =
        cluster.agents().stream().collect(Collectors.groupingBy(AgentStatus::node));
    return cluster.members().stream()
        .filter(Member::isHere)
        .max(
            Comparator.comparingInt(
                member -> byNode.getOrDefault(member.address(), List.of()).size()))
        .orElseThrow();
  }

  private static Set<String> agentsOf(ClusterWorld cluster, Member member) {
    return cluster.agents().stream()
        .filter(agent -> agent.node().equals(member.address()))
        .map(AgentStatus::id)
        .collect(Collectors.toSet());
  }

  /** What nodes have done for agents, by node and agent. */
  private record Counts(Map<String, Long> decisions, Map<String, Long> executions) {

    static Counts of(List<Member> members, Set<String> agents) {
      Counts counts = new Counts(new HashMap<>(), new HashMap<>());
      members.forEach(member -> counts.add(member, agents));
      return counts;
    }

    private void add(Member member, Set<String> agents) {
      for (String agent : agents) {
        decisions.put(key(member, agent), member.process().decisions(agent));
        executions.put(key(member, agent), member.process().executions(agent));
      }
    }

    private static String key(Member member, String agent) {
      return member.number() + "/" + agent;
    }

    boolean hasDecidedElsewhere(ClusterWorld cluster, String agent, Member lost) {
      return cluster.members().stream()
          .filter(member -> member.number() != lost.number())
          .anyMatch(member ->
              member.process().decisions(agent) > decisions.getOrDefault(key(member, agent), 0L));
    }
  }

  /** Heads at a pace. */
  private static final class Heads {
    private final ClusterWorld cluster;
    private final Duration pace;
    private long next = System.nanoTime();

    Heads(ClusterWorld cluster, Duration pace) {
      this.cluster = cluster;
      this.pace = pace;
    }

    void bringIfDue() {
      if (System.nanoTime() >= next) {
        cluster.world().nextHead();
        next = System.nanoTime() + pace.toNanos();
      }
    }
  }

  private static double p50(List<Long> nanos) {
    return seconds(nanos.stream().sorted().skip(nanos.size() / 2).findFirst().orElse(0L));
  }

  private static double most(List<Long> nanos) {
    return seconds(nanos.isEmpty() ? 0 : Collections.max(nanos));
  }

  private static double seconds(long nanos) {
    return Math.round(nanos / 1e8) / 10.0;
  }
}
