package org.probity.drill;

import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.jspecify.annotations.Nullable;
import org.probity.agent.AgentParts;
import org.probity.agent.AgentStatus;
import org.probity.agent.node.ProbityNode;
import org.probity.agent.proving.InferenceBatch;
import org.probity.agent.settings.JournalSettings;
import org.probity.agent.settings.NodeSettings;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Head;
import org.probity.chain.HeadSource;
import org.probity.chain.Receipt;
import org.probity.ground.Bytes32;
import org.probity.intent.AgentCycle;
import org.probity.intent.AssetDelta;
import org.probity.intent.Mandate;
import org.probity.intent.Observation;
import org.probity.intent.Pace;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.ProvenIntent;
import org.probity.intent.Settlement;
import org.probity.intent.Standing;
import org.probity.intent.VaultState;
import org.probity.intent.Venue;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.Notice;
import org.probity.intent.conduct.Retry;
import org.probity.strategy.StrategyBundle;
import org.probity.terminal.Screen;
import org.probity.zk.Entropy;
import org.probity.zk.FeatureVector;
import org.probity.zk.Prover;
import org.probity.zk.backend.Background;
import org.probity.zk.backend.ComputeBackend;

/**
 * Thousands of agents on one node, a head a second, every agent deciding on every head.
 *
 * <p>Agents, shards, journal (on disk), inference and proofs are those of a node at work. What
 * comes from outside is made here: the heads, the figures that a chain's pools would give (another
 * draw for each agent and head), and a venue that notes what it is given and when. So the drill
 * measures the node, and no chain.
 */
public final class LoadDrill {

  private static final long LONGEST_MICROS = 60_000_000;
  private static final int ATTEMPTS = 12;
  private static final int MOST_MILLIS_P99 = 500;
  private static final long CHAIN = 31_337;
  private static final long LIFETIME_SECONDS = 60;
  private static final double MOST_GROWTH = 1.25;
  private static final Duration REST = Duration.ofSeconds(30);
  private static final Address NUMERAIRE = new Address("0x" + "aa".repeat(20));
  private static final Address ASSET = new Address("0x" + "bb".repeat(20));
  private static final Bytes32 POLICY = hash(1);

  private final Screen screen;
  private final int agents;
  private final int warmUp;
  private final int seconds;
  private final int proofsPerHead;
  private final long seed;

  /** From head to decision, in microseconds, to three digits. */
  private final ConcurrentHistogram latency = new ConcurrentHistogram(LONGEST_MICROS, 3);

  private final LongAdder decided = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final LongAdder proven = new LongAdder();
  private final LongAdder executed = new LongAdder();
  private final LongAdder late = new LongAdder();
  private final Map<String, LongAdder> failures = new ConcurrentHashMap<>();
  private volatile long firstMeasured = Long.MAX_VALUE;

  /**
   * @param warmUp heads before those that count: until the code is compiled, and each agent
   *     remembers as many decisions as it ever does
   */
  public LoadDrill(
      Screen screen, int agents, int warmUp, int seconds, int proofsPerHead, long seed) {
    this.screen = screen;
    this.agents = agents;
    this.warmUp = warmUp;
    this.seconds = seconds;
    this.proofsPerHead = proofsPerHead;
    this.seed = seed;
  }

  public DrillReport run(Path folder) throws InterruptedException {
    PracticeStrategy.Committed strategy = PracticeStrategy.Committed.make();
    StrategyBundle bundle = strategy.bundle();
    Bytes32 model = strategy.key().digest();
    Prover prover =
        new Prover(strategy.srs(), Background.make(ComputeBackend::best), Entropy.secure());
    prover.prepare();
    Heads heads = new Heads();
    Retry retry = new Retry(Duration.ofMillis(100), Duration.ofSeconds(5));
    Screen.Step opening = screen.step("%,d agents".formatted(agents));
    try (ExecutorService threads = Executors.newSingleThreadExecutor();
        var djl = bundle.open();
        ProbityNode node =
            ProbityNode.start(
                NodeSettings.alone(
                    new JournalSettings.Embedded(folder.resolve("journal")), 1, retry),
                _ ->
                    new ProbityNode.Equipment(
                        outfitter(strategy, new InferenceBatch(djl, threads), prover, retry),
                        heads,
                        Map.of(
                            model, (x, y, context) -> prover.prove(bundle.model(), x, y, context)),
                        _ -> {},
                        this::hear),
                InstantSource.system())) {
      createAll(node, model, opening);
      return measure(node, heads);
    }
  }

  private void createAll(ProbityNode node, Bytes32 model, Screen.Step opening) {
    List<CompletableFuture<?>> answers = new ArrayList<>();
    for (int i = 0; i < agents; i++) {
      AgentSpec spec =
          new AgentSpec(
              "load-" + i,
              vault(i),
              model,
              vault(i),
              new Pace(LIFETIME_SECONDS, false, false, false));
      answers.add(create(node, spec, ATTEMPTS).toCompletableFuture());
      if (answers.size() == 200) {
        CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new)).join();
        answers.clear();
        opening.progress("%,d".formatted(i + 1), (double) i / agents);
      }
    }
    CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new)).join();
    opening.done("%,d agents, each with a journal", agents);
  }

  /** A node that has just begun may be slow to answer; asking again does no harm. */
  private static CompletionStage<AgentStatus> create(
      ProbityNode node, AgentSpec spec, int attempts) {
    return node.agents()
        .create(spec)
        .exceptionallyCompose(failure ->
            attempts > 1
                    && (failure instanceof TimeoutException
                        || failure.getCause() instanceof TimeoutException)
                ? create(node, spec, attempts - 1)
                : CompletableFuture.failedFuture(failure));
  }

  private DrillReport measure(ProbityNode node, Heads heads) throws InterruptedException {
    Screen.Step working = screen.step("A head a second");
    Instant began = Instant.now();
    List<Integer> waiting = new ArrayList<>();
    List<Integer> lines = new ArrayList<>();
    List<Long> heap = new ArrayList<>();
    int all = warmUp + seconds;
    Duration cpuBefore = Duration.ZERO;
    for (int i = 0; i < all; i++) {
      if (i == warmUp) {
        // A full collection stops the agents: it falls into the last second before.
        heap.add(usedHeap());
        firstMeasured = heads.next();
        cpuBefore = cpu();
      }
      Instant due = began.plusSeconds(i);
      sleepUntil(due);
      lines.add(node.linesWaiting());
      heads.give();
      waiting.add(node.proofs().waiting());
      working.progress(
          "%d of %d, p99 %d ms, %d proofs waiting"
              .formatted(i + 1, all, percentile(99), waiting.getLast()),
          (double) i / all);
    }
    rest(node);
    Duration cpu = cpu().minus(cpuBefore);
    heap.add(usedHeap());
    working.done("%d heads", seconds);
    return report(waiting.subList(warmUp, all), lines.subList(warmUp, all), heap, cpu);
  }

  private static void sleepUntil(Instant due) throws InterruptedException {
    Duration left = Duration.between(Instant.now(), due);
    if (left.isPositive()) {
      Thread.sleep(left);
    }
  }

  /** Lets what is under way come to its end. */
  private void rest(ProbityNode node) throws InterruptedException {
    Instant limit = Instant.now().plus(REST);
    while (Instant.now().isBefore(limit)
        && (node.proofs().waiting() + node.proofs().underway() > 0
            || decided.sum() + dropped.sum() < (long) agents * seconds)) {
      Thread.sleep(50);
    }
  }

  /** The processor time of this process, on all its threads. */
  private static Duration cpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** What lives, in bytes: measured after a collection. */
  private static long usedHeap() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  private DrillReport report(
      List<Integer> waiting, List<Integer> lines, List<Long> heap, Duration cpu) {
    long wanted = (long) agents * seconds;
    long p99 = percentile(99);
    DrillReport report = new DrillReport("load", seed);
    if (p99 >= MOST_MILLIS_P99) {
      report.violation("p99 from head to decision is %d ms, not below %d", p99, MOST_MILLIS_P99);
    }
    if (decided.sum() != wanted) {
      report.violation(
          "%,d decisions were made, not %,d (%,d heads dropped)",
          decided.sum(), wanted, dropped.sum());
    }
    if (late.sum() > 0) {
      report.violation("%d proofs were sent after their deadline", late.sum());
    }
    int third = Math.max(1, waiting.size() / 3);
    double early = mean(waiting.subList(0, third));
    double lately = mean(waiting.subList(waiting.size() - third, waiting.size()));
    if (lately > early + 2.0 * proofsPerHead + 1) {
      report.violation("the queue of proofs grew from %.1f to %.1f on average", early, lately);
    }
    int mostLines = lines.stream().mapToInt(Integer::intValue).max().orElse(0);
    if (mean(lines.subList(lines.size() - third, lines.size())) > agents / 2.0) {
      report.violation(
          "the journal falls behind: up to %,d lines wait when the next head comes", mostLines);
    }
    long settled = heap.getFirst();
    if (heap.getLast() > MOST_GROWTH * settled) {
      report.violation(
          "live memory grew from %d MiB to %d MiB", settled >> 20, heap.getLast() >> 20);
    }
    failures.forEach((step, count) -> report.violation("%s failed %,d times", step, count.sum()));
    report.fact("agents", agents);
    report.fact("heads before those that count", warmUp);
    report.fact("heads", seconds);
    report.fact("decisions", decided.sum());
    report.fact("heads dropped by agents", dropped.sum());
    report.fact("head to decision, p50 ms", percentile(50));
    report.fact("head to decision, p99 ms", p99);
    report.fact("head to decision, p999 ms", percentile(99.9));
    report.fact("head to decision, most ms", percentile(100));
    report.fact("proofs made, those before included", proven.sum());
    report.fact("proofs sent in time", executed.sum());
    report.fact("proofs waiting, first third", "%.1f".formatted(early));
    report.fact("proofs waiting, last third", "%.1f".formatted(lately));
    report.fact("journal lines waiting at the next head, most", mostLines);
    report.fact("processor time, seconds", cpu.toSeconds());
    report.fact("live memory, before MiB", settled >> 20);
    report.fact("live memory, at the end MiB", heap.getLast() >> 20);
    return report;
  }

  private static double mean(List<Integer> figures) {
    return figures.stream().mapToInt(Integer::intValue).average().orElse(0);
  }

  /** In milliseconds, rounded up; 0 if nothing is measured yet. */
  private long percentile(double percent) {
    return Math.ceilDiv(latency.getValueAtPercentile(percent), 1_000);
  }

  private void hear(String agent, Notice event) {
    switch (event) {
      case Notice.Timed(Head head, Notice.Stage stage, Duration took) -> {
        if (stage == Notice.Stage.HEAD_TO_DECISION && head.number() >= firstMeasured) {
          latency.recordValue(Math.min(took.toNanos() / 1_000, LONGEST_MICROS));
        }
      }
      case Notice.Decided(Proposal proposal, var _) -> {
        if (proposal.head().number() >= firstMeasured) {
          decided.increment();
        }
      }
      case Notice.Dropped(Head head, var _) -> {
        if (head.number() >= firstMeasured) {
          dropped.increment();
        }
      }
      case Notice.Proved _ -> proven.increment();
      case Notice.Failed failed ->
          failures.computeIfAbsent(failed.step().toString(), _ -> new LongAdder()).increment();
      default -> {}
    }
  }

  // ---- what comes from outside ----

  private static final class Heads implements HeadSource {
    private volatile @Nullable Listener listener;
    private long number = 1;

    @Override
    public Subscription subscribe(Listener to) {
      listener = to;
      return () -> {};
    }

    long next() {
      return number;
    }

    void give() {
      Listener to = listener;
      if (to == null) {
        throw new IllegalStateException("The node does not listen to heads");
      }
      to.onHead(
          new Head(
              number,
              hash(number),
              hash(number - 1),
              Instant.now().getEpochSecond(),
              BigInteger.valueOf(1_000_000_000)));
      number++;
    }
  }

  private AgentParts.Outfitter outfitter(
      PracticeStrategy.Committed strategy, InferenceBatch inference, Prover prover, Retry retry) {
    StrategyBundle bundle = strategy.bundle();
    var decides = bundle.open();
    return spec -> {
      int index = Integer.parseInt(spec.id().substring("load-".length()));
      Outside outside =
          new Outside(index, bundle.manifest().features().size(), strategy.key().digest());
      AgentCycle cycle =
          AgentCycle.of(
              new Mandate(CHAIN, spec.vault(), spec.model(), LIFETIME_SECONDS, spec.account()),
              outside::observe,
              decides,
              bundle.model(),
              prover,
              strategy.verifier());
      return new AgentParts(cycle, inference, outside, retry);
    };
  }

  /** An agent's vault: figures to decide on, and a venue that asks for some of the proofs. */
  private final class Outside implements Venue {
    private final int index;
    private final int features;
    private final Bytes32 model;
    private final Map<Bytes32, Settlement.Executed> done = new HashMap<>();
    private long nonce;
    private long lastAsOf;

    Outside(int index, int features, Bytes32 model) {
      this.index = index;
      this.features = features;
      this.model = model;
    }

    synchronized Observation observe(Head head) {
      SplittableRandom random =
          new SplittableRandom(seed + 1_000_003L * index + 7_919L * head.number());
      VaultState state =
          new VaultState(
              BigInteger.valueOf(nonce),
              false,
              POLICY,
              Address.ZERO,
              model,
              1,
              lastAsOf,
              lastAsOf,
              lastAsOf,
              List.of(0, 0),
              BigInteger.TEN,
              BigInteger.ZERO,
              BigInteger.ZERO,
              BigInteger.ZERO,
              0,
              List.of(
                  new VaultState.Book(NUMERAIRE, BigInteger.TEN, BigInteger.TEN, 0),
                  new VaultState.Book(ASSET, BigInteger.TEN, BigInteger.TEN, 0)));
      return new Observation(
          state,
          state.momentAt(head.timestamp()),
          List.of(0, 0),
          Bytes.EMPTY,
          FeatureVector.of(random.ints(features, 0, 101).toArray()),
          List.of(Bytes.EMPTY, Bytes.EMPTY));
    }

    /** Every head wants the proofs of a few agents, each time of others. */
    @Override
    public Prospect prospect(Proposal proposal) {
      long turn = Math.floorMod(index - proposal.head().number() * proofsPerHead, (long) agents);
      return turn < proofsPerHead
          ? new Prospect.Trade(List.of(new Prospect.Step(ASSET, BigInteger.ONE)))
          : new Prospect.Refused("at its target");
    }

    @Override
    public synchronized Settlement submit(ProvenIntent intent) {
      if (Instant.now().getEpochSecond() > intent.deadline()) {
        late.increment();
      }
      nonce++;
      lastAsOf = intent.asOf();
      executed.increment();
      Head head = intent.proposal().head();
      Settlement.Executed result =
          new Settlement.Executed(
              new Receipt(
                  hash(1_000_000_000L + head.number() * agents + index),
                  head.number(),
                  head.hash(),
                  true,
                  600_000,
                  BigInteger.ONE,
                  null,
                  List.of()),
              List.of(new AssetDelta(ASSET, BigInteger.ONE)));
      done.put(intent.context(), result);
      return result;
    }

    @Override
    public synchronized Standing standing(Proposal proposal) {
      return Optional.ofNullable(done.get(proposal.context()))
          .<Standing>map(Standing.Concluded::new)
          .orElseGet(Standing.Open::new);
    }
  }

  private static Address vault(int index) {
    return new Address("0x%040x".formatted(index + 1));
  }

  private static Bytes32 hash(long number) {
    return Bytes32.fromHex("0x%064x".formatted(number));
  }
}
