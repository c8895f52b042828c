package org.probity.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.probity.agent.AgentStatus;
import org.probity.cli.shared.JsonOption;
import org.probity.cli.shared.ScratchFolder;
import org.probity.drill.ClusterWorld;
import org.probity.drill.ClusterWorld.Member;
import org.probity.drill.NodeProcess;
import org.probity.terminal.Complaint;
import org.probity.terminal.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "cluster",
    description = {
      "Run several nodes on this machine, each a process of its own: a local chain with a vault for"
          + " each agent, and a PostgreSQL journal.",
      "Kill a node, and see its agents go on elsewhere."
    },
    subcommands = ClusterKeysCommand.class)
final class ClusterCommand implements Callable<Integer> {

  /** A node's process starts in seconds, or in minutes on a machine that is busy otherwise. */
  private static final Duration JOINING = Duration.ofMinutes(4);

  private static final Duration LOOK = Duration.ofSeconds(1);

  @Option(names = "--nodes", paramLabel = "N", description = "How many nodes (default: 3).")
  private int nodes = 3;

  @Option(names = "--agents", paramLabel = "N", description = "How many agents (default: 6).")
  private int agents = 6;

  @Option(
      names = "--heads",
      paramLabel = "N",
      description = "End after so many heads (default: go on until interrupted).")
  private int heads = Integer.MAX_VALUE;

  @Option(
      names = "--every",
      paramLabel = "SECONDS",
      description = "From one head to the next (default: 5).")
  private int every = 5;

  @Option(names = "--seed", paramLabel = "S", description = "Seed of the market (default: 7).")
  private long seed = 7;

  @Mixin private final JsonOption json = new JsonOption();

  private final CountDownLatch interrupted = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);

  @Override
  public Integer call() throws InterruptedException {
    if (nodes < 1 || nodes > 9 || agents < 1 || agents > 100 || heads < 1 || every < 1) {
      throw new Complaint(
          "--nodes must be 1 to 9, --agents 1 to 100, --heads and --every 1 or more.");
    }
    Thread farewell = new Thread(this::endInOrder, "farewell");
    Runtime.getRuntime().addShutdownHook(farewell);
    try (Screen screen = json.open()) {
      run(screen);
    } catch (RuntimeException e) {
      // An interrupt from the terminal ends the chain too, in the middle of whatever is asked of
      // it.
      if (interrupted.getCount() > 0) {
        throw e;
      }
    } finally {
      ended.countDown();
      forget(farewell);
    }
    return 0;
  }

  /** Of an interrupted process: lets the nodes end before their journal does. */
  private void endInOrder() {
    interrupted.countDown();
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void forget(Thread farewell) {
    try {
      Runtime.getRuntime().removeShutdownHook(farewell);
    } catch (IllegalStateException e) {
      // It is running.
    }
  }

  private void run(Screen screen) throws InterruptedException {
    ScratchFolder folder = ScratchFolder.make("cluster");
    Screen.Step opening = screen.step("A chain, a journal and %d vaults".formatted(agents));
    try (ClusterWorld cluster = ClusterWorld.open(folder.path(), seed, agents)) {
      opening.done("A chain, a journal and %d vaults", agents);
      start(screen, cluster);
      long executed = 0;
      int head = 0;
      if (awaitAgents(screen, cluster)) {
        screen.say("  To see what becomes of a node's agents, end it: kill -9 PROCESS");
        while (head < heads && nodeIsHere(cluster) && isWanted()) {
          cluster.world().nextHead();
          head++;
          show(screen, cluster, head);
          executed = cluster.executions();
        }
      }
      end(screen, cluster, result(cluster, head, executed));
    }
    folder.delete();
  }

  private boolean isWanted() {
    return interrupted.getCount() > 0;
  }

  private static boolean nodeIsHere(ClusterWorld cluster) {
    return cluster.members().stream().anyMatch(Member::isHere);
  }

  private void start(Screen screen, ClusterWorld cluster) {
    for (int i = 0; i < nodes; i++) {
      Member member = cluster.add();
      screen.say(
          "  node %d: %s, process %d, log %s",
          member.number(), member.address(), member.process().pid(), member.process().log());
    }
  }

  /** Whether all agents have been started; not if somebody interrupts. */
  private boolean awaitAgents(Screen screen, ClusterWorld cluster) throws InterruptedException {
    Screen.Step starting = screen.step("The nodes join and share the agents");
    long limit = System.nanoTime() + JOINING.toNanos();
    while (!cluster.members().stream().allMatch(member -> member.process().isActing())
        || cluster.agents().size() < agents) {
      for (Member member : cluster.members()) {
        if (isWanted() && (!member.isHere() || System.nanoTime() > limit)) {
          throw new Complaint(
              "Node %d did not start: %s".formatted(member.number(), lastWords(member.process())));
        }
      }
      if (interrupted.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
        return false;
      }
    }
    starting.done("%d agents on %d nodes", agents, nodes);
    return true;
  }

  private static String lastWords(NodeProcess process) {
    List<String> said = process.said().lines().filter(line -> !line.isBlank()).toList();
    return said.isEmpty() ? "it says nothing" : said.getLast();
  }

  /** Shows who does what until the next head is due; a terminal is redrawn meanwhile. */
  private void show(Screen screen, ClusterWorld cluster, int head) throws InterruptedException {
    long next = System.nanoTime() + TimeUnit.SECONDS.toNanos(every);
    while (System.nanoTime() < next
        && !interrupted.await(
            Math.min(LOOK.toNanos(), Math.max(1, next - System.nanoTime())),
            TimeUnit.NANOSECONDS)) {
      if (screen.redraws()) {
        screen.live(lines(cluster, head));
      }
    }
    if (isWanted() && !screen.redraws()) {
      lines(cluster, head).forEach(screen::say);
    }
  }

  private static List<String> lines(ClusterWorld cluster, int head) throws InterruptedException {
    List<AgentStatus> all = cluster.agents();
    Map<String, List<AgentStatus>> byNode =
        all.stream().collect(Collectors.groupingBy(AgentStatus::node));
    List<String> lines = new ArrayList<>();
    lines.add(
        "  head %d: %d agents, %d decisions, %d proofs, %d executions"
            .formatted(
                head,
                all.size(),
                all.stream().mapToLong(agent -> agent.tally().decisions()).sum(),
                all.stream().mapToLong(agent -> agent.tally().proofs()).sum(),
                all.stream().mapToLong(agent -> agent.tally().executions()).sum()));
    for (Member member : cluster.members()) {
      lines.add(
          "    node %d  %s"
              .formatted(
                  member.number(),
                  member.isHere()
                      ? "%4d proofs made   %s"
                          .formatted(
                              member.process().proofsMade(),
                              words(byNode.getOrDefault(member.address(), List.of())))
                      : "is gone"));
    }
    return lines;
  }

  private static String words(List<AgentStatus> here) {
    return here.isEmpty()
        ? "no agents"
        : here.stream()
            .map(agent ->
                "%s (%d executed, %s)"
                    .formatted(agent.id(), agent.tally().executions(), agent.doing()))
            .collect(Collectors.joining("  "));
  }

  private void end(Screen screen, ClusterWorld cluster, String result) {
    Screen.Step ending = screen.step("The nodes hand over and end");
    cluster.endNodes();
    ending.done("The nodes have ended");
    screen.result(result);
  }

  /**
   * @param executed executions in the chain, by the vaults' nonces
   */
  private String result(ClusterWorld cluster, int head, long executed) throws InterruptedException {
    List<AgentStatus> all = isWanted() ? cluster.agents() : List.of();
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("nodes", nodes)
        .put("nodesLeft", cluster.members().stream().filter(Member::isHere).count())
        .put("agents", all.size())
        .put("heads", head)
        .put("decisions", all.stream().mapToLong(agent -> agent.tally().decisions()).sum())
        .put("proofs", all.stream().mapToLong(agent -> agent.tally().proofs()).sum())
        .put("executions", all.stream().mapToLong(agent -> agent.tally().executions()).sum())
        .put("executionsInChain", executed);
    ObjectNode places = root.putObject("agentsByNode");
    all.forEach(agent -> places.put(agent.node(), places.path(agent.node()).asInt(0) + 1));
    ObjectNode proofs = root.putObject("proofsMadeByNode");
    for (Member member : cluster.members()) {
      if (member.isHere()) {
        proofs.put(member.address(), member.process().proofsMade());
      }
    }
    return root.toString();
  }
}
