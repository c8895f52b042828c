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
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.probity.agent.AgentListener;
import org.probity.agent.AgentStatus;
import org.probity.chain.EndpointFault;
import org.probity.chain.EndpointStatus;
import org.probity.chain.Head;
import org.probity.chain.HeadSource;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.Settlement;
import org.probity.intent.VaultState;
import org.probity.intent.VenueQuote;
import org.probity.intent.conduct.Life;
import org.probity.intent.conduct.Notice;
import org.probity.intent.conduct.Step;

/**
 * A node's figures, in the text format of Prometheus. Counters begin with the process; what has to
 * be exact over restarts is in the journal.
 *
 * <p>Labels take few values: steps, stages, endpoints, accounts, some vaults ({@link
 * VaultFigures}). Nothing is counted by agent, of which there may be thousands; the log and the API
 * tell agents apart.
 */
final class AgentMetrics implements AgentListener, HeadSource.Listener, AutoCloseable {

  private record Arrival(Head head, Instant at) {}

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

  private final Counter heads = counter("probity.heads", "Heads delivered");
  private final Counter revertedHeads =
      counter("probity.heads.reverted", "Heads taken back by reorgs");
  private final Counter dropped =
      counter("probity.heads.dropped", "Heads given up for a newer one");
  private final Counter proofs =
      counter("probity.proofs", "Proofs made and accepted by the node itself");
  private final Counter executions =
      counter("probity.executions", "Intents executed by their vaults");
  private final Counter routes = venues("route");
  private final Counter unquoted =
      counter(
          "probity.venues.unquoted",
          "Decisions sent along their routes because no node said what other venues come to");
  private final Counter missed =
      counter(
          "probity.moments.missed",
          "Moments left because the market or the clock was against their decision to the end");
  private final Counter reverts =
      counter("probity.decisions.reverted", "Decisions taken back by reorgs");
  private final Counter gas = counter("probity.gas.spent.wei", "Paid for the gas of executions");
  private final Counter trades = decisions("trade");
  private final Counter holds = decisions("hold");
  private final Counter nothings = decisions("nothing");
  private final Map<Notice.Stage, Timer> stages =
      each(
          Notice.Stage.class,
          stage ->
              Timer.builder("probity.stage")
                  .description("Time that a stage of an agent's work takes")
                  .tag("stage", word(stage))
                  .serviceLevelObjectives(BOUNDS)
                  .register(registry));
  private final Map<Step, Counter> failures =
      each(
          Step.class,
          step ->
              counter("probity.failures", "Steps that failed, by which one", "cause", word(step)));

  private final Map<String, EndpointStatus> endpoints = new ConcurrentHashMap<>();
  private final Map<Life, Long> lives = new ConcurrentHashMap<>();
  private final Set<String> registered = ConcurrentHashMap.newKeySet();
  private volatile @Nullable Arrival newest;
  private volatile HeadSource.@Nullable Condition condition;

  AgentMetrics(InstantSource clock) {
    this.clock = clock;
    gauge("probity.head.number", "Height of the newest head", Tags.empty(), this::headNumber);
    gauge(
        "probity.head.age.seconds",
        "How long ago the newest head came to this node",
        Tags.empty(),
        () -> seconds(headAge()));
    gauge(
        "probity.head.behind.seconds",
        "How far the newest head's timestamp was behind this node's clock when it came",
        Tags.empty(),
        () -> seconds(headBehind()));
    for (HeadSource.Condition kind : HeadSource.Condition.values()) {
      gauge(
          "probity.head.condition",
          "1 for the way in which heads come at the moment",
          Tags.of("condition", word(kind)),
          () -> condition == kind ? 1 : 0);
    }
    for (Life life : Life.values()) {
      if (life != Life.UNBORN) {
        gauge(
            "probity.agents",
            "Agents of the cluster, by life",
            Tags.of("life", word(life)),
            () -> lives.getOrDefault(life, 0L));
      }
    }
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    collections.bindTo(registry);
  }

  private Counter counter(String name, String description, String... tags) {
    return Counter.builder(name).description(description).tags(tags).register(registry);
  }

  private Counter venues(String venue) {
    return counter(
        "probity.venues.chosen",
        "Trades that had a choice, by the policy's venue that was taken",
        "venue",
        venue);
  }

  private Counter decisions(String prospect) {
    return counter(
        "probity.decisions",
        "Decisions made, by what executing them comes to",
        "prospect",
        prospect);
  }

  private static <K extends Enum<K>, V> Map<K, V> each(Class<K> keys, Function<K, V> of) {
    Map<K, V> all = new EnumMap<>(keys);
    EnumSet.allOf(keys).forEach(key -> all.put(key, of.apply(key)));
    return all;
  }

  /** A figure that is read when it is asked for. */
  void gauge(String name, String description, Tags tags, DoubleSupplier value) {
    Gauge.builder(name, value::getAsDouble).description(description).tags(tags).register(registry);
  }

  /** A count that is kept elsewhere, read when it is asked for. */
  void count(String name, String description, DoubleSupplier value) {
    FunctionCounter.builder(name, this, _ -> value.getAsDouble())
        .description(description)
        .register(registry);
  }

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
      case Notice.Executed(Proposal proposal, Settlement.Executed settlement) -> {
        executions.increment();
        venues(proposal, settlement);
        gas.increment(settlement.receipt().gasCost().doubleValue());
      }
      case Notice.Missed _ -> missed.increment();
      case Notice.Reverted _ -> reverts.increment();
      case Notice.Failed failed -> Objects.requireNonNull(failures.get(failed.step())).increment();
      case Notice.Timed(var _, Notice.Stage stage, Duration took) ->
          Objects.requireNonNull(stages.get(stage)).record(took);
      case Notice.Taken _,
          Notice.Kept _,
          Notice.Past _,
          Notice.Ahead _,
          Notice.Hindered _,
          Notice.Postponed _,
          Notice.Unhindered _,
          Notice.Stopped _,
          Notice.Submitted _,
          Notice.LifeChanged _ -> {}
    }
  }

  /** Counts where each asset was traded, if that was a choice. */
  private void venues(Proposal proposal, Settlement.Executed settlement) {
    if (settlement.quotes().isEmpty()) {
      return;
    }
    VenueQuote sent = settlement.quotes().getFirst();
    if (sent.answer() instanceof VenueQuote.Unanswered) {
      unquoted.increment();
    }
    List<VaultState.Book> books = proposal.observation().state().books();
    for (int i = 0; i < sent.venues().size(); i++) {
      if (settlement.gained(books.get(i + 1).token()).signum() != 0) {
        int venue = sent.venues().get(i);
        (venue == 0 ? routes : venues(String.valueOf(venue))).increment();
      }
    }
  }

  private Counter decided(Prospect prospect) {
    return switch (prospect) {
      case Prospect.Trade _ -> trades;
      case Prospect.Hold _ -> holds;
      case Prospect.Nothing _ -> nothings;
    };
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
            () -> endpoint(name, EndpointStatus::lag));
        gauge(
            "probity.endpoint.chosen",
            "1 if it is asked first, or announces",
            tags,
            () -> endpoint(name, s -> s.chosen() ? 1 : 0));
        gauge(
            "probity.endpoint.shut",
            "1 while it is asked last, or not at all, for what it did before",
            tags,
            () -> endpoint(name, s -> s.shutOut().isPresent() ? 1 : 0));
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
