package org.probity.drill;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.probity.agent.journal.Journal;
import org.probity.terminal.Screen;

/**
 * Kills an agent's process again and again, at random moments and right after each kind of event,
 * and starts it anew on the same journal; then compares the journal with the chain.
 *
 * @param runs how many lives end at a random moment; besides, one ends after each kind of event
 */
public record CrashDrill(Screen screen, int runs, long seed) {

  /**
   * The kinds of events right after which the process halts by itself, each in a life of its own
   * and in the order in which they are to be had.
   */
  private enum Point {
    CREATED("AgentCreated", true),
    DECIDED("DecisionMade", false),
    PROVEN("DecisionProven", false),
    PAUSED("AgentPaused", true),
    RESUMED("AgentResumed", true),
    SUBMITTED("IntentSubmitted", false),
    AMENDED("AgentAmended", true),
    SETTLED("IntentSettled", false),
    REVERTED("HeadReverted", true),
    FAILED("IntentFailed", true),
    /** The very last one: no life comes after it. */
    RETIRED("AgentRetired", true);

    /** As the journal names it. */
    private final String event;

    /** Whether the drill brings it about, so that the first one is awaited. */
    private final boolean provoked;

    Point(String event, boolean provoked) {
      this.event = event;
      this.provoked = provoked;
    }

    @Override
    public String toString() {
      return event;
    }
  }

  private static final int DEEPEST = 4;

  /** A random moment lies within the time that a start, or some decisions, take. */
  private static final Duration MOST = Duration.ofSeconds(6);

  /** One random moment of so many is counted from the start of the process. */
  private static final int STARTS = 4;

  private static final Duration LOOK = Duration.ofMillis(40);
  private static final Duration HEAD = Duration.ofMillis(1_200);

  /** Time passes in leaps: what is decided is too late before it is proven. */
  private static final Duration HASTE = Duration.ofMillis(120);

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  public DrillReport run(Path folder) throws InterruptedException {
    SplittableRandom random = new SplittableRandom(seed);
    DrillReport report = new DrillReport("crash", seed);
    Screen.Step opening = screen.step("A chain, a vault and its agent");
    try (DrillWorld world = DrillWorld.open(folder, seed)) {
      opening.done("A chain, a vault and its agent");
      Screen.Step killing = screen.step("Killing the agent");
      Map<String, Integer> halts = new TreeMap<>();
      int atRandom = 0;
      List<Optional<Point>> lives = lives();
      for (int life = 0; life < lives.size(); life++) {
        killing.progress(
            "%d of %d".formatted(life + 1, lives.size()), (double) life / lives.size());
        Optional<Point> point = lives.get(life);
        if (crash(world, point, random)) {
          halts.merge(point.orElseThrow().event, 1, Integer::sum);
        } else if (point.isEmpty()) {
          atRandom++;
        } else if (point.get().provoked) {
          report.violation(
              "in life %d, %s did not come within %d s",
              life + 1, point.get(), PATIENCE.toSeconds());
        }
        try (Journal journal = Journal.open(world.settings().node().journal())) {
          int number = life + 1;
          world
              .verified(journal)
              .ifPresent(fault -> report.violation("after life %d %s", number, fault));
        }
      }
      killing.done("The agent was killed %d times", lives.size());
      int halted = halts.values().stream().mapToInt(Integer::intValue).sum();
      report.fact("killed at random moments", atRandom);
      report.fact("halted right after an event", halted);
      // A model that wants nothing sends nothing: that is no fault.
      report.fact("events waited for in vain", lives.size() - atRandom - halted);
      halts.forEach((point, count) -> report.fact("halted right after " + point, count));
      Screen.Step settling = screen.step("A last start, to finish what is open");
      if (!finish(world)) {
        report.violation(DrillWorld.STUCK);
      }
      settling.done("A last start, to finish what is open");
      Screen.Step retiring = screen.step("Its agent retires");
      retire(world, random).ifPresent(report::violation);
      retiring.done("Its agent retires");
      world.reconcile(report);
    }
    return report;
  }

  /** How each of them ends: the kinds of events are spread evenly among the random moments. */
  private List<Optional<Point>> lives() {
    List<Point> points =
        Arrays.stream(Point.values()).filter(point -> point != Point.RETIRED).toList();
    List<Optional<Point>> lives = new ArrayList<>(Collections.nCopies(runs, Optional.empty()));
    for (int i = points.size() - 1; i >= 0; i--) {
      lives.add(i * runs / points.size(), Optional.of(points.get(i)));
    }
    return lives;
  }

  /**
   * One life of the process; whether it ended by the halt that it was told.
   *
   * @param halt empty for a life that ends at a random moment
   */
  private static boolean crash(DrillWorld world, Optional<Point> halt, SplittableRandom random)
      throws InterruptedException {
    boolean anywhere = halt.isEmpty();
    @Nullable Point point = halt.orElse(null);
    String[] options =
        halt.map(at ->
                new String[] {
                  DrillNodeMain.haltAfter(at.event, at.provoked ? 1 : random.nextInt(1, 3))
                })
            .orElseGet(() -> new String[0]);
    // Most random moments lie in what comes after the start, which else would take most of them.
    boolean running = anywhere && random.nextInt(STARTS) > 0;
    long moment = random.nextLong(MOST.toNanos());
    long limit = System.nanoTime() + (anywhere && !running ? moment : PATIENCE.toNanos());
    NodeProcess node =
        point == Point.AMENDED
            ? world.nodeOfAnotherPace("node", options)
            : world.node("node", options);
    try {
      boolean told = false;
      long nextHead = System.nanoTime();
      while (System.nanoTime() < limit && !node.hasEnded()) {
        if (System.nanoTime() >= nextHead) {
          world.world().nextHead();
          Duration pace = point == Point.FAILED ? HASTE : HEAD;
          nextHead = System.nanoTime() + pace.toNanos();
          if (point == Point.REVERTED && node.isActing()) {
            Thread.sleep(random.nextLong(HEAD.toMillis()));
            world.world().chain().reorg(random.nextInt(1, DEEPEST + 1));
            world.world().chain().mine();
          }
        }
        if (!told && node.serves()) {
          told = true;
          tell(node, world.agent(), point);
          if (running) {
            limit = System.nanoTime() + moment;
          }
        }
        Thread.sleep(LOOK);
      }
      boolean halted = node.hasEnded();
      if (halted && anywhere) {
        throw new IllegalStateException("The node ended by itself: " + node.said());
      }
      return halted;
    } finally {
      node.kill();
    }
  }

  /** Over the API, as its owner would. */
  private static void tell(NodeProcess node, String agent, @Nullable Point point)
      throws InterruptedException {
    switch (point) {
      case PAUSED -> node.tell(agent, "pause", "{\"reason\":\"a drill\"}");
      case RESUMED -> node.tell(agent, "resume", "");
      case RETIRED -> node.tell(agent, "retire", "{\"reason\":\"the drill is over\"}");
      case null, default -> {}
    }
  }

  /**
   * Lets the agent run until two more decisions are executed and nothing is under way; what the
   * vault refuses while the market runs away does not count. Whether they were in time.
   */
  private static boolean finish(DrillWorld world) throws InterruptedException {
    long limit = System.nanoTime() + DrillWorld.PATIENCE.toNanos();
    try (NodeProcess node = world.node("last")) {
      while (node.executions() < 2) {
        if (System.nanoTime() > limit || node.hasEnded()) {
          return false;
        }
        if (node.isActing()) {
          world.world().nextHead();
        }
        Thread.sleep(HEAD);
      }
      Thread.sleep(HEAD);
      return true;
    }
  }

  /** Halts it right after it has retired: started anew, it must not act. What is wrong, if any. */
  private static Optional<String> retire(DrillWorld world, SplittableRandom random)
      throws InterruptedException {
    if (!crash(world, Optional.of(Point.RETIRED), random)) {
      return Optional.of("the agent did not retire in time");
    }
    long executed = world.nonce();
    try (NodeProcess node = world.node("retired")) {
      if (!DrillWorld.await(PATIENCE, node::serves)) {
        return Optional.of("a node whose agent is retired does not start");
      }
      for (int head = 0; head < 2; head++) {
        world.world().nextHead();
        Thread.sleep(DrillWorld.BRIEF);
      }
    }
    return world.nonce() == executed
        ? Optional.empty()
        : Optional.of("a retired agent has acted again");
  }
}
