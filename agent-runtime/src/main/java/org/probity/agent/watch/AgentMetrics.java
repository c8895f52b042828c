package org.probity.agent.watch;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.probity.agent.AgentListener;
import org.probity.agent.AgentStatus;
import org.probity.chain.Address;
import org.probity.chain.EndpointFault;
import org.probity.chain.EndpointStatus;
import org.probity.chain.Head;
import org.probity.chain.HeadSource;
import org.probity.intent.Prospect;
import org.probity.intent.Settlement;
import org.probity.intent.conduct.Life;
import org.probity.intent.conduct.Notice;
import org.probity.intent.conduct.Step;

/**
 * A node's figures, in the text format of Prometheus. Counters begin with the process; what has to
 * be exact over restarts is in the journal.
 *
 * <p>Labels take few values: steps, stages, endpoints, accounts. Nothing is counted by agent, of
 * which there may be thousands; the log and the API tell agents apart.
 */
final class AgentMetrics implements AgentListener, HeadSource.Listener, AutoCloseable {

  private record Arrival(Head head, Instant at) {}

  private static final BigDecimal WEI = BigDecimal.TEN.pow(18);

  /** Bucket bounds: a decision is to take milliseconds, a receipt may take minutes. */
  private static final Duration[] BOUNDS =
      Arrays.stream(
              new long[] {
                1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000,
                120_000
              })
          .mapToObj(Duration::ofMillis)
          .toArray(Duration[]::new);

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final InstantSource clock;
  private final JvmGcMetrics collections = new JvmGcMetrics();

  private final Counter heads;
  private final Counter revertedHeads;
  private final Counter dropped;
  private final Counter proofs;
  private final Counter executions;
  private final Counter reverts;
  private final Counter gas;
  private final Map<Notice.Stage, Timer> stages = new EnumMap<>(Notice.Stage.class);
  private final Map<Step, Counter> failures = new EnumMap<>(Step.class);
  private final Counter trades;
  private final Counter holds;
  private final Counter nothings;

  private final Map<String, EndpointStatus> endpoints = new ConcurrentHashMap<>();
  private final Map<Address, BigInteger> balances = new ConcurrentHashMap<>();
  private final Map<Life, Long> lives = new ConcurrentHashMap<>();
  private final Set<String> registered = ConcurrentHashMap.newKeySet();
  private volatile @Nullable Arrival newest;
  private volatile HeadSource.@Nullable Condition condition;

  AgentMetrics(InstantSource clock) {
    this.clock = clock;
    heads = counter("probity.heads", "Heads delivered");
    revertedHeads = counter("probity.heads.reverted", "Heads taken back by reorgs");
    dropped = counter("probity.heads.dropped", "Heads given up for a newer one");
    proofs = counter("probity.proofs", "Proofs made and accepted by the node itself");
    executions = counter("probity.executions", "Intents executed by their vaults");
    reverts = counter("probity.decisions.reverted", "Decisions taken back by reorgs");
    gas = counter("probity.gas.spent.wei", "Paid for the gas of executions");
    trades = decisions("trade");
    holds = decisions("hold");
    nothings = decisions("nothing");
    for (Notice.Stage stage : Notice.Stage.values()) {
      stages.put(
          stage,
          Timer.builder("probity.stage")
              .description("Time that a stage of an agent's work takes")
              .tag("stage", word(stage))
              .serviceLevelObjectives(BOUNDS)
              .register(registry));
    }
    for (Step step : Step.values()) {
      failures.put(
          step,
          Counter.builder("probity.failures")
              .description("Steps that failed, by which one")
              .tag("cause", word(step))
              .register(registry));
    }
    gauge("probity.head.number", "Height of the newest head", Tags.empty(), m -> m.headNumber());
    gauge(
        "probity.head.age.seconds",
        "How long ago the newest head came to this node",
        Tags.empty(),
        m -> seconds(m.headAge()));
    gauge(
        "probity.head.behind.seconds",
        "How far the newest head's timestamp was behind this node's clock when it came",
        Tags.empty(),
        m -> seconds(m.headBehind()));
    for (HeadSource.Condition kind : HeadSource.Condition.values()) {
      gauge(
          "probity.head.condition",
          "1 for the way in which heads come at the moment",
          Tags.of("condition", word(kind)),
          m -> m.condition == kind ? 1 : 0);
    }
    for (Life life : Life.values()) {
      if (life != Life.UNBORN) {
        gauge(
            "probity.agents",
            "Agents of the cluster, by life",
            Tags.of("life", word(life)),
            m -> m.lives.getOrDefault(life, 0L));
      }
    }
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    collections.bindTo(registry);
  }

  private Counter counter(String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  private Counter decisions(String prospect) {
    return Counter.builder("probity.decisions")
        .description("Decisions made, by what executing them comes to")
        .tag("prospect", prospect)
        .register(registry);
  }

  private void gauge(
      String name, String description, Tags tags, ToDoubleFunction<AgentMetrics> value) {
    Gauge.builder(name, this, value).description(description).tags(tags).register(registry);
  }

  /** A figure that is read when it is asked for. */
  void gauge(String name, String description, Tags tags, java.util.function.DoubleSupplier value) {
    Gauge.builder(name, value::getAsDouble).description(description).tags(tags).register(registry);
  }

  /** What Prometheus reads. */
  String scrape() {
    return registry.scrape();
  }

  // ---- heads ----

  @Override
  public void onHead(Head head) {
    newest = new Arrival(head, clock.instant());
    heads.increment();
  }

  @Override
  public void onReverted(Head head) {
    revertedHeads.increment();
  }

  @Override
  public void onCondition(HeadSource.Condition now, String detail) {
    condition = now;
  }

  private static double seconds(@Nullable Duration time) {
    return time == null ? Double.NaN : time.toMillis() / 1e3;
  }

  private double headNumber() {
    Arrival last = newest;
    return last == null ? Double.NaN : last.head().number();
  }

  /**
   * How long no head has come; null before the first. Counted from its arrival and not by its
   * timestamp: a chain may have a clock of its own, as a local one that began in the past.
   */
  @Nullable Duration headAge() {
    Arrival last = newest;
    return last == null ? null : atLeastZero(Duration.between(last.at(), clock.instant()));
  }

  /** How far the chain's clock is behind ours; a real chain's is while its node catches up. */
  private @Nullable Duration headBehind() {
    Arrival last = newest;
    return last == null
        ? null
        : atLeastZero(Duration.between(Instant.ofEpochSecond(last.head().timestamp()), last.at()));
  }

  private static Duration atLeastZero(Duration time) {
    return time.isNegative() ? Duration.ZERO : time;
  }

  // ---- agents ----

  @Override
  public void on(String agent, Notice event) {
    switch (event) {
      case Notice.Decided(var _, Prospect prospect) -> decided(prospect).increment();
      case Notice.Dropped _ -> dropped.increment();
      case Notice.Proved _ -> proofs.increment();
      case Notice.Executed(var _, Settlement.Executed settlement) -> {
        executions.increment();
        gas.increment(settlement.receipt().gasCost().doubleValue());
      }
      case Notice.Reverted _ -> reverts.increment();
      case Notice.Failed failed -> count(failures, failed.step()).increment();
      case Notice.Timed(var _, Notice.Stage stage, Duration took) ->
          count(stages, stage).record(took);
      case Notice.Taken _,
          Notice.Kept _,
          Notice.Past _,
          Notice.Ahead _,
          Notice.Hindered _,
          Notice.Unhindered _,
          Notice.Stopped _,
          Notice.Submitted _,
          Notice.LifeChanged _ -> {}
    }
  }

  private Counter decided(Prospect prospect) {
    return switch (prospect) {
      case Prospect.Trade _ -> trades;
      case Prospect.Hold _ -> holds;
      case Prospect.Nothing _ -> nothings;
    };
  }

  private static <K extends Enum<K>, V> V count(Map<K, V> all, K key) {
    V one = all.get(key);
    if (one == null) {
      throw new IllegalStateException("Not counted: " + key);
    }
    return one;
  }

  // ---- what is looked up now and then ----

  void endpoints(List<EndpointStatus> now) {
    for (EndpointStatus status : now) {
      String name = status.endpoint();
      endpoints.put(name, status);
      if (registered.add("endpoint " + name)) {
        Tags tags = Tags.of("endpoint", name);
        gauge(
            "probity.endpoint.lag.blocks",
            "Blocks behind the newest head",
            tags,
            m -> m.endpoint(name, EndpointStatus::lag));
        gauge(
            "probity.endpoint.chosen",
            "1 if it is asked first, or announces",
            tags,
            m -> m.endpoint(name, s -> s.chosen() ? 1 : 0));
        gauge(
            "probity.endpoint.shut",
            "1 while it is asked last, or not at all, for what it did before",
            tags,
            m -> m.endpoint(name, s -> s.shutOut().isPresent() ? 1 : 0));
        FunctionCounter.builder(
                "probity.endpoint.requests", this, m -> m.endpoint(name, EndpointStatus::requests))
            .description("Requests sent, a batch counting once")
            .tags(tags)
            .register(registry);
        for (EndpointFault fault : EndpointFault.values()) {
          FunctionCounter.builder(
                  "probity.endpoint.faults",
                  this,
                  m -> m.endpoint(name, s -> s.faults().getOrDefault(fault, 0L)))
              .description("What was wrong with an endpoint, by cause")
              .tags(tags.and("cause", word(fault)))
              .register(registry);
        }
      }
    }
  }

  private double endpoint(String name, ToDoubleFunction<EndpointStatus> figure) {
    EndpointStatus status = endpoints.get(name);
    return status == null ? Double.NaN : figure.applyAsDouble(status);
  }

  void balance(Address account, BigInteger wei) {
    balances.put(account, wei);
    if (registered.add("balance " + account)) {
      gauge(
          "probity.balance.ether",
          "What an account has to pay for gas",
          Tags.of("account", account.toString()),
          m ->
              new BigDecimal(m.balances.getOrDefault(account, BigInteger.ZERO))
                  .divide(WEI)
                  .doubleValue());
    }
  }

  void agents(List<AgentStatus> all) {
    for (Life life : Life.values()) {
      lives.put(life, all.stream().filter(status -> status.life() == life).count());
    }
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public void close() {
    collections.close();
    registry.close();
  }
}
