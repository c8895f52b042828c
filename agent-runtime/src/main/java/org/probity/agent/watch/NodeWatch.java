package org.probity.agent.watch;

import io.micrometer.core.instrument.Tags;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.probity.agent.AgentListener;
import org.probity.agent.AgentStatus;
import org.probity.agent.Ending;
import org.probity.agent.HoldFigures;
import org.probity.agent.LoanFigures;
import org.probity.agent.VaultTokens;
import org.probity.agent.settings.OperationSettings;
import org.probity.agent.watch.AlertBoard.Finding;
import org.probity.chain.Address;
import org.probity.chain.HeadSource;
import org.probity.ground.Printable;
import org.probity.intent.Prospect;
import org.probity.intent.conduct.Notice;
import org.probity.intent.conduct.Step;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches one node. Two sources feed it: events, as agents and heads tell them, and looks at what
 * tells nothing by itself (balances, endpoints, the journal's database), taken every few seconds by
 * a thread of its own. A look that fails or hangs is itself a finding, and stops no other.
 */
public final class NodeWatch implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(NodeWatch.class);
  private static final Duration LOOK = Duration.ofSeconds(2);
  private static final Duration SURVEY = Duration.ofSeconds(30);

  /** Looks come every {@link #LOOK}: without one for so long, what is known is old. */
  private static final Duration BLIND = Duration.ofSeconds(30);

  /** How many moments in a row an agent misses before a person should look. */
  private static final int MISSED = 2;

  /**
   * Moments that an agent missed in a row.
   *
   * @param why the vault refused the last one
   */
  private record Misses(int moments, String why) {}

  /**
   * Why an agent is not equipped.
   *
   * @param until when it would have been tried again
   */
  private record Lack(String reason, Instant until) {}

  private final OperationSettings.Alerts limits;
  private final InstantSource clock;
  private final AgentMetrics metrics;
  private final VaultFigures vaults;
  private final AgentLog log;
  private final AlertBoard board = new AlertBoard();
  private final Instant started;
  private final Map<String, Instant> underway = new ConcurrentHashMap<>();
  private final Map<String, Lack> lacks = new ConcurrentHashMap<>();
  private final Map<String, String> doubtful = new ConcurrentHashMap<>();
  private final Map<String, Misses> misses = new ConcurrentHashMap<>();
  private final Map<Address, BigInteger> balances = new ConcurrentHashMap<>();
  private final Set<Address> accounts = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean surveying = new AtomicBoolean();
  private final ScheduledExecutorService looks =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("watch").factory());
  private volatile @Nullable Surroundings surroundings;
  private volatile @Nullable Instant asked;
  private volatile Instant looked;
  private volatile Duration answered = Duration.ZERO;
  private volatile boolean journalFails;
  private volatile Duration slowestWrite = Duration.ZERO;

  /** Without figures of what vaults hold. */
  public NodeWatch(
      OperationSettings.Alerts limits, Collection<Address> accounts, InstantSource clock) {
    this(limits, accounts, new VaultTokens(_ -> List.of()), clock);
  }

  /**
   * @param accounts whose balances are watched from the start; those of agents that are created
   *     later follow
   * @param tokens what vaults hold, for figures in whole tokens
   */
  public NodeWatch(
      OperationSettings.Alerts limits,
      Collection<Address> accounts,
      VaultTokens tokens,
      InstantSource clock) {
    this.limits = limits;
    this.clock = clock;
    this.started = clock.instant();
    this.looked = started;
    this.accounts.addAll(accounts);
    this.metrics = new AgentMetrics(clock);
    this.vaults = new VaultFigures(metrics, tokens);
    this.log = new AgentLog(clock);
    for (Alert.Kind kind : Alert.Kind.values()) {
      metrics.gauge(
          "probity.alerts",
          "Alerts that the node itself has raised",
          Tags.of("alert", kind.title()),
          () -> board.count(kind));
    }
    metrics.gauge(
        "probity.intent.oldest.seconds",
        "How long the oldest intent has been on its way; 0 if none is",
        Tags.empty(),
        () -> seconds(oldestIntent()));
    metrics.gauge(
        "probity.journal.lag.seconds",
        "How long an event waits for its place in the journal, or a question for its answer",
        Tags.empty(),
        () -> seconds(journalLag()));
    metrics.gauge(
        "probity.proofs.waiting",
        "Proofs that nobody has begun",
        Tags.empty(),
        () -> figure(around -> around.proofs().waiting()));
    metrics.gauge(
        "probity.proofs.underway",
        "Proofs that provers have in hand",
        Tags.empty(),
        () -> figure(around -> around.proofs().underway()));
    metrics.gauge(
        "probity.prover.made",
        "Proofs that this node's provers have made, for the agents of any node",
        Tags.empty(),
        () -> figure(around -> around.proofs().made()));
    metrics.gauge(
        "probity.prover.fallbacks",
        "How often the processor did what a card was to do",
        Tags.empty(),
        () -> figure(Surroundings::proverFallbacks));
    metrics.count(
        "probity.holds.claimed",
        "Proven holds that were claimed on chain",
        () -> holds().claimed());
    metrics.gauge(
        "probity.holds.waiting",
        "Proven holds that wait for their claim",
        Tags.empty(),
        () -> holds().waiting());
    metrics.count(
        "probity.loans.pokes",
        "Checkpoints of lending markets that vaults were asked to take",
        () -> loans().pokes());
    metrics.count(
        "probity.loans.pokes.gas.spent.wei",
        "Paid for the gas of these checkpoints",
        () -> loans().gasCost().doubleValue());
    metrics.gauge(
        "probity.loans.pokes.failing",
        "Vaults whose checkpoints cannot be taken",
        Tags.empty(),
        () -> loans().failing().size());
  }

  private double figure(java.util.function.ToIntFunction<Surroundings> of) {
    Surroundings now = surroundings;
    return now == null ? 0 : of.applyAsInt(now);
  }

  private HoldFigures holds() {
    Surroundings now = surroundings;
    return now == null ? HoldFigures.NONE : now.holds();
  }

  private LoanFigures loans() {
    Surroundings now = surroundings;
    return now == null ? LoanFigures.NONE : now.loans();
  }

  private static double seconds(Duration time) {
    return time.toMillis() / 1e3;
  }

  // ---- events ----

  /** Hears agents, then tells {@code next}. */
  public AgentListener agents(AgentListener next) {
    return ((AgentListener) metrics).and(vaults).and(log).and(this::follow).and(next);
  }

  /** Hears heads, then tells {@code next}. */
  public HeadSource.Listener heads(HeadSource.Listener next) {
    return ((HeadSource.Listener) metrics).and(log).and(next);
  }

  private void follow(String agent, Notice event) {
    if (event instanceof Notice.Failed failed && failed.step() == Step.OUTFITTING) {
      lacks.put(agent, new Lack(failed.reason(), clock.instant().plus(failed.pause()).plus(BLIND)));
    } else {
      lacks.remove(agent);
    }
    switch (event) {
      case Notice.Submitted _ -> underway.putIfAbsent(agent, clock.instant());
      case Notice.Executed _ -> {
        underway.remove(agent);
        misses.remove(agent);
      }
      case Notice.Decided(var _, Prospect prospect) -> {
        underway.remove(agent);
        if (prospect instanceof Prospect.Hold) {
          misses.remove(agent);
        }
      }
      case Notice.Missed(var _, String why) -> {
        underway.remove(agent);
        misses.merge(
            agent, new Misses(1, why), (was, now) -> new Misses(was.moments() + 1, now.why()));
      }
      case Notice.Reverted _, Notice.Past _, Notice.Postponed _ -> underway.remove(agent);
      case Notice.LifeChanged _ -> misses.remove(agent);
      case Notice.Failed failed -> {
        if (failed.pause().isZero()) {
          underway.remove(agent);
        }
      }
      case Notice.Timed(var _, Notice.Stage stage, Duration took) -> {
        if (stage == Notice.Stage.JOURNAL && took.compareTo(slowestWrite) > 0) {
          slowestWrite = took;
        }
      }
      case Notice.Ahead ahead -> doubtful.put(agent, ahead.sentence());
      case Notice.Stopped(String why) -> doubtful.put(agent, why);
      case Notice.Taken _,
          Notice.Dropped _,
          Notice.Proved _,
          Notice.Kept _,
          Notice.Hindered _,
          Notice.Unhindered _ -> {}
    }
  }

  // ---- looks ----

  /** Begins to look around, until it is closed. */
  public void begin(Surroundings around) {
    surroundings = around;
    looks.scheduleWithFixedDelay(
        () -> attempt("look around", this::look), 0, LOOK.toMillis(), TimeUnit.MILLISECONDS);
    looks.scheduleWithFixedDelay(
        () -> attempt("survey", () -> survey(around)), 0, SURVEY.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Begins to look around, when told to. */
  void beginByHand(Surroundings around) {
    surroundings = around;
  }

  /** Looks at what may have changed, and judges it. */
  void look() {
    Surroundings around = surroundings;
    if (around == null) {
      return;
    }
    attempt("read the endpoints' figures", () -> metrics.endpoints(around.endpoints()));
    attempt("show what vaults hold", vaults::show);
    log.settle();
    askJournal(around);
    board.update(findings(around), clock.instant());
    slowestWrite = Duration.ZERO;
    looked = clock.instant();
  }

  /** Whether the journal still owes an answer. */
  boolean asksJournal() {
    return asked != null;
  }

  /** One question at a time: one that hangs is known by its age. */
  private void askJournal(Surroundings around) {
    if (asked != null) {
      return;
    }
    Instant began = clock.instant();
    asked = began;
    Thread.ofVirtual()
        .name("journal-probe")
        .start(() -> {
          try {
            around.askJournal();
            journalFails = false;
          } catch (RuntimeException e) {
            journalFails = true;
            LOG.debug("The journal's database does not answer", e);
          } catch (Error e) {
            journalFails = true;
            throw e;
          } finally {
            answered = Duration.between(began, clock.instant());
            asked = null;
          }
        });
  }

  private void survey(Surroundings around) {
    if (surveying.compareAndSet(false, true)) {
      Thread.ofVirtual()
          .name("survey")
          .start(() -> {
            try {
              surveyNow(around);
            } finally {
              surveying.set(false);
            }
          });
    }
  }

  /** Asks the agents and the chain, which may take long. */
  void surveyNow(Surroundings around) {
    attempt(
        "ask the agents",
        () -> {
          List<AgentStatus> all =
              around.agents().toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
          all.forEach(status -> accounts.add(status.spec().account()));
          metrics.agents(all);
        });
    for (Address account : accounts) {
      attempt(
          "ask for a balance",
          () -> {
            if (balances.put(account, around.balance(account)) == null) {
              metrics.gauge(
                  "probity.balance.ether",
                  "What an account has to pay for gas",
                  Tags.of("account", account.toString()),
                  () -> ether(balances.getOrDefault(account, BigInteger.ZERO)).doubleValue());
            }
          });
    }
  }

  private static void attempt(String what, Runnable look) {
    try {
      look.run();
    } catch (RuntimeException e) {
      LOG.warn("The watch could not {}: {}", what, Printable.line(e.toString()));
    } catch (Error e) {
      // The executor would keep it to itself and never look again.
      Ending.report(e);
      throw e;
    }
  }

  // ---- judgement ----

  private List<Finding> findings(Surroundings around) {
    List<Finding> findings = new ArrayList<>();
    stalledHead(around, findings);
    stuckIntents(findings);
    journalBehind(findings);
    // One that is not tried again here has moved to another node.
    lacks.values().removeIf(lack -> lack.until().isBefore(clock.instant()));
    lacks.forEach((agent, lack) ->
        findings.add(
            new Finding(
                Alert.Kind.NOT_EQUIPPED,
                agent,
                "Agent %s does not act, for this node cannot equip it: %s"
                    .formatted(agent, lack.reason()))));
    doubtful.forEach(
        (agent, why) -> findings.add(new Finding(Alert.Kind.JOURNAL_DOUBTFUL, agent, why)));
    misses.forEach((agent, missed) -> {
      if (missed.moments() >= MISSED) {
        findings.add(
            new Finding(
                Alert.Kind.MOMENTS_MISSED,
                agent,
                "Agent %s could not act at %s moments in a row, for its vault refused at every head: %s. Compare the market and the vault's policy; have its transactions sent by a private relay if somebody moves the price before them."
                    .formatted(agent, missed.moments(), missed.why())));
      }
    });
    around
        .holds()
        .failing()
        .forEach((vault, why) ->
            findings.add(new Finding(Alert.Kind.HOLDS_UNCLAIMED, vault.toString(), why)));
    balances.forEach((account, wei) -> {
      if (wei.compareTo(limits.balanceLow()) < 0) {
        findings.add(
            new Finding(
                Alert.Kind.BALANCE_LOW,
                account.toString(),
                "The account %s has %s ether left for gas, less than %s: fund it."
                    .formatted(
                        account,
                        ether(wei).toPlainString(),
                        ether(limits.balanceLow()).toPlainString())));
      }
    });
    return findings;
  }

  private Duration silence() {
    Duration age = metrics.headAge();
    return age == null ? Duration.between(started, clock.instant()) : age;
  }

  private boolean isStalled(Surroundings around) {
    return around.runsAgents() && silence().compareTo(limits.headStalled()) > 0;
  }

  private void stalledHead(Surroundings around, List<Finding> findings) {
    if (isStalled(around)) {
      findings.add(
          new Finding(
              Alert.Kind.STALLED_HEAD,
              "",
              "No new head for %s s: check the chain and the endpoints of probity.chain."
                  .formatted(silence().toSeconds())));
    }
  }

  private void stuckIntents(List<Finding> findings) {
    underway.forEach((agent, since) -> {
      Duration age = Duration.between(since, clock.instant());
      if (age.compareTo(limits.intentStuck()) > 0) {
        findings.add(
            new Finding(
                Alert.Kind.STUCK_INTENT,
                agent,
                "The intent of agent %s has been on its way for %s s: check its account's nonce and fees."
                    .formatted(agent, age.toSeconds())));
      }
    });
  }

  private void journalBehind(List<Finding> findings) {
    Duration lag = journalLag();
    if (journalFails) {
      findings.add(
          new Finding(
              Alert.Kind.JOURNAL_BEHIND,
              "",
              "The journal's database refuses to answer: agents do nothing until it does."));
    } else if (lag.compareTo(limits.journalBehind()) > 0) {
      findings.add(
          new Finding(
              Alert.Kind.JOURNAL_BEHIND,
              "",
              "The journal is %s ms behind: check its database and disk."
                  .formatted(lag.toMillis())));
    }
  }

  private Duration oldestIntent() {
    return underway.values().stream()
        .min(Instant::compareTo)
        .map(since -> Duration.between(since, clock.instant()))
        .orElse(Duration.ZERO);
  }

  private Duration journalLag() {
    Instant question = asked;
    Duration lag = max(answered, slowestWrite);
    return question == null ? lag : max(lag, Duration.between(question, clock.instant()));
  }

  private static Duration max(Duration a, Duration b) {
    return a.compareTo(b) >= 0 ? a : b;
  }

  private static BigDecimal ether(BigInteger wei) {
    return new BigDecimal(wei).movePointLeft(18).stripTrailingZeros();
  }

  // ---- answers ----

  /** How the node is. */
  public Health health() {
    Surroundings around = surroundings;
    List<String> why = new ArrayList<>();
    if (around == null || !around.isUp()) {
      why.add("not a member of its cluster");
    }
    if (journalFails || journalLag().compareTo(limits.journalBehind()) > 0) {
      why.add("its journal does not answer in time");
    }
    if (around != null && around.runsAgents() && metrics.headAge() == null) {
      why.add("no head has come yet");
    } else if (around != null && isStalled(around)) {
      why.add("no head has come for %s s".formatted(silence().toSeconds()));
    }
    if (Duration.between(looked, clock.instant()).compareTo(BLIND) > 0) {
      why.add("its watch does not look around any more");
    }
    return new Health(why.isEmpty(), why, board.standing());
  }

  /** All figures, in the text format of Prometheus. */
  public String scrape() {
    return metrics.scrape();
  }

  @Override
  public void close() {
    looks.shutdownNow();
    metrics.close();
  }
}
