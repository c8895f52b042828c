package org.probity.drill;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.probity.chain.EndpointStatus;
import org.probity.chain.Head;
import org.probity.terminal.Screen;

/**
 * An agent whose endpoints fail. Four of them lead to one chain; again and again the one in use,
 * every third time another one too, fails in one of the ways that endpoints fail in ({@link
 * FaultyEndpoint.Fault}), each way as often as the others. Through each failure every head has to
 * be delivered once, in order and without a gap, and {@code /metrics} has to name the cause beside
 * the endpoint that failed. In the end the agent still acts, and its journal is what the chain
 * shows.
 */
public final class NetworkDrill {

  private static final int ENDPOINTS = 4;
  private static final int HEADS = 2;
  private static final int MOMENTS = 4;
  private static final int BLOCKS_LATE = 2;

  /**
   * More than the patience with an answer and the pause between two looks at the endpoints
   * together.
   */
  private static final Duration MOST = Duration.ofSeconds(40);

  /** More than an endpoint that lied is left alone for. */
  private static final Duration LONGEST_SHUT = Duration.ofSeconds(80);

  private final Screen screen;
  private final int runs;
  private final Random random;
  private final long seed;
  private final HeadSequence line = new HeadSequence();
  private final DrillReport report;
  private final Map<String, Long> failures = new TreeMap<>();
  private final AtomicLong ends = new AtomicLong();
  private long slowest;
  private long plainly;
  private long balanced;

  public NetworkDrill(Screen screen, int runs, long seed) {
    this.screen = screen;
    this.runs = runs;
    this.seed = seed;
    this.report = new DrillReport("network", seed);
    this.random = new Random(seed);
  }

  /** An endpoint, and how it fails. */
  private record Failure(FaultyEndpoint endpoint, FaultyEndpoint.Fault fault) {

    String named() {
      return (fault.ofSocket ? endpoint.webSocket() : endpoint.http()).toString();
    }

    /** How often metrics have named it. */
    double counted(String metrics) {
      String endpoint = "endpoint=\"%s\"".formatted(named());
      String cause = "cause=\"%s\"".formatted(fault.named.name().toLowerCase(Locale.ROOT));
      return metrics
          .lines()
          .filter(line ->
              line.startsWith("probity_endpoint_faults_total{")
                  && line.contains(endpoint)
                  && line.contains(cause))
          .findFirst()
          .map(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
          .orElse(0.0);
    }
  }

  public DrillReport run(Path folder) throws InterruptedException {
    Screen.Step opening = screen.step("A chain, a vault and its agent");
    try (DrillWorld world = DrillWorld.open(folder, seed)) {
      opening.done("A chain, a vault and its agent, behind %d endpoints", ENDPOINTS);
      List<FaultyEndpoint> endpoints =
          IntStream.range(0, ENDPOINTS)
              .mapToObj(_ -> new FaultyEndpoint(world.world().chain().http()))
              .toList();
      try {
        fail(world, endpoints);
      } finally {
        endpoints.forEach(FaultyEndpoint::close);
      }
      return report(world);
    }
  }

  private void fail(DrillWorld world, List<FaultyEndpoint> endpoints) throws InterruptedException {
    Screen.Step failing = screen.step("Failing");
    try (DrillNode node =
        DrillNode.start(
            world.settings(
                endpoints.stream().map(FaultyEndpoint::http).toList(),
                endpoints.stream().map(FaultyEndpoint::webSocket).toList()),
            line,
            (_, event) -> {
              if (DrillWorld.isEnd(event)) {
                ends.incrementAndGet();
              }
            })) {
      actUntil(world, 1);
      List<FaultyEndpoint.Fault> ways = new ArrayList<>();
      for (int run = 0; run < runs; run++) {
        failing.progress("%d of %d".formatted(run + 1, runs), (double) run / runs);
        List<Failure> now = new ArrayList<>();
        for (int i = run % 3 == 2 ? 2 : 1; i > 0; i--) {
          FaultyEndpoint.Fault way = next(ways, now.isEmpty());
          now.add(new Failure(target(world, node, endpoints, now, way), way));
        }
        through(now, world, node);
      }
      failing.done("%d times an endpoint failed", runs);
      balance(world, endpoints);
      Screen.Step settling = screen.step("Two more decisions, with everything well again");
      actUntil(world, 2);
      awaitHead(world, "everything was well again");
      settling.done("Two more decisions, with everything well again");
    }
  }

  /** Behind balancers over two nodes, one of them late, as much is decided as without. */
  private void balance(DrillWorld world, List<FaultyEndpoint> endpoints)
      throws InterruptedException {
    Screen.Step balancing = screen.step("Behind balancers over nodes of which one is late");
    plainly = decided(world);
    endpoints.forEach(endpoint -> endpoint.balance(BLOCKS_LATE));
    balanced = decided(world);
    endpoints.forEach(FaultyEndpoint::heal);
    if (balanced < plainly) {
      report.violation(
          "behind balancers %d decisions came to their end, and %d without them",
          balanced, plainly);
    }
    balancing.done("Behind balancers %d decisions, without them %d", balanced, plainly);
  }

  /**
   * How many decisions of {@code MOMENTS} come to their end; a busy machine misses a moment, so
   * there are three for each.
   */
  private long decided(DrillWorld world) throws InterruptedException {
    long before = ends.get();
    for (int moment = 0; moment < 3 * MOMENTS && ends.get() - before < MOMENTS; moment++) {
      world.act(ends::get);
    }
    DrillWorld.await(MOST, () -> ends.get() - before >= MOMENTS);
    return Math.min(MOMENTS, ends.get() - before);
  }

  private void actUntil(DrillWorld world, int more) throws InterruptedException {
    if (!world.actUntil(more, ends::get)) {
      report.violation(DrillWorld.STUCK);
    }
  }

  /**
   * The next way to fail: all of them in random order before one comes again. A socket fails first
   * or alone: one that is not in use can fail unnoticed.
   */
  private FaultyEndpoint.Fault next(List<FaultyEndpoint.Fault> ways, boolean first) {
    while (true) {
      for (int i = ways.size() - 1; i >= 0; i--) {
        if (first || !ways.get(i).ofSocket) {
          return ways.remove(i);
        }
      }
      List<FaultyEndpoint.Fault> all = Arrays.asList(FaultyEndpoint.Fault.values());
      Collections.shuffle(all, random);
      ways.addAll(0, all);
    }
  }

  /**
   * The endpoint in use, or if that fails already, another one that is not left alone for what it
   * did before: it would be asked nothing, and could fail unnoticed.
   */
  private FaultyEndpoint target(
      DrillWorld world,
      DrillNode node,
      List<FaultyEndpoint> endpoints,
      List<Failure> failing,
      FaultyEndpoint.Fault fault)
      throws InterruptedException {
    List<FaultyEndpoint> well =
        endpoints.stream()
            .filter(endpoint -> failing.stream().noneMatch(f -> f.endpoint() == endpoint))
            .toList();
    long limit = System.nanoTime() + LONGEST_SHUT.toNanos();
    while (System.nanoTime() < limit) {
      List<EndpointStatus> asked =
          node.endpoints().stream().filter(status -> status.shutOut().isEmpty()).toList();
      List<FaultyEndpoint> candidates =
          well.stream()
              .filter(endpoint -> has(asked, new Failure(endpoint, fault), _ -> true))
              .toList();
      Optional<FaultyEndpoint> chosen =
          candidates.stream()
              .filter(endpoint -> has(asked, new Failure(endpoint, fault), EndpointStatus::chosen))
              .findFirst();
      if (chosen.isPresent()) {
        return chosen.get();
      }
      if (!candidates.isEmpty() && !fault.ofSocket) {
        return candidates.get(random.nextInt(candidates.size()));
      }
      world.act(ends::get);
    }
    report.violation("of endpoints that work, none was in use for %d s", LONGEST_SHUT.toSeconds());
    return well.getFirst();
  }

  private static boolean has(
      List<EndpointStatus> all, Failure failure, Predicate<EndpointStatus> condition) {
    return all.stream()
        .anyMatch(one -> one.endpoint().equals(failure.named()) && condition.test(one));
  }

  private void through(List<Failure> now, DrillWorld world, DrillNode node)
      throws InterruptedException {
    String what =
        String.join(" and one ", now.stream().map(failure -> failure.fault().words()).toList());
    String before = node.metrics();
    now.forEach(failure -> failure.endpoint().fail(failure.fault()));
    for (int head = 0; head < HEADS; head++) {
      world.world().nextHead();
      awaitHead(world, "an endpoint " + what);
    }
    for (Failure failure : now) {
      failures.merge(failure.fault().words(), 1L, Long::sum);
      if (!named(failure, failure.counted(before), world, node)) {
        report.violation(
            "an endpoint %s, and /metrics did not name the cause %s beside it",
            failure.fault().words(), failure.fault().named);
      }
    }
    now.forEach(failure -> failure.endpoint().heal());
  }

  /** Whether metrics name the failure in time, while heads go on. */
  private boolean named(Failure failure, double before, DrillWorld world, DrillNode node)
      throws InterruptedException {
    long limit = System.nanoTime() + MOST.toNanos();
    while (failure.counted(node.metrics()) <= before) {
      if (System.nanoTime() > limit) {
        return false;
      }
      world.act(ends::get);
    }
    return true;
  }

  private void awaitHead(DrillWorld world, String what) throws InterruptedException {
    Head newest = world.world().chain().client().head();
    long begin = System.nanoTime();
    if (!DrillWorld.await(MOST, () -> line.height() >= newest.number())) {
      report.violation(
          "after %s, no head came for %d s: %d was the last, %d the chain's",
          what, MOST.toSeconds(), line.height(), newest.number());
    }
    slowest = Math.max(slowest, (System.nanoTime() - begin) / 1_000_000);
  }

  private DrillReport report(DrillWorld world) {
    report.fact("failures", failures.values().stream().mapToLong(Long::longValue).sum());
    failures.forEach((way, count) -> report.fact("an endpoint " + way, count));
    report.fact("decisions in %d moments".formatted(MOMENTS), plainly);
    report.fact("the same behind balancers over a late node", balanced);
    report.fact("heads", line.delivered());
    report.fact("longest wait for a head, in ms", slowest);
    // Its parent, and the parent's parent, and so on are those before it: so this is all of them.
    Head tip = world.world().chain().client().head();
    if (!line.newest().equals(Optional.of(tip))) {
      report.violation("the newest head is %s, the chain's %s", line.newest(), tip);
    }
    line.violations().forEach(report::violation);
    world.reconcile(report);
    return report;
  }
}
