package org.probity.sim.backtest;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Address;
import org.probity.chain.Head;
import org.probity.chain.Receipt;
import org.probity.intent.AgentCycle;
import org.probity.intent.Mandate;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.ProvenIntent;
import org.probity.intent.Settlement;
import org.probity.intent.VenueQuote;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.AgentState;
import org.probity.intent.conduct.Conduct;
import org.probity.intent.conduct.Event;
import org.probity.intent.conduct.Input;
import org.probity.intent.conduct.Notice;
import org.probity.intent.conduct.Retry;
import org.probity.intent.conduct.Task;
import org.probity.intent.policy.Executed;
import org.probity.intent.policy.Execution;
import org.probity.intent.policy.Plan;
import org.probity.intent.policy.PlanStep;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyEngine;
import org.probity.intent.policy.Refusal;
import org.probity.intent.policy.VaultLedger;
import org.probity.intent.source.Reports;
import org.probity.settings.BadSetting;
import org.probity.settings.PolicySettings;
import org.probity.sim.backtest.DecisionLog.Fate;
import org.probity.sim.random.RandomStream;
import org.probity.sim.scenario.MarketActivity;
import org.probity.sim.scenario.Scenario;
import org.probity.zk.DecisionProof;

/**
 * Time, and one agent in it: the {@link Conduct} that live agents have, on the clock of a scenario.
 * This class is its world: it lets time pass, proves, takes what is sent into blocks, and keeps
 * account.
 */
final class Engine implements AgentOnClock.World {

  /** As a node waits that is configured by default. */
  private static final Retry RETRY = new Retry(Duration.ofSeconds(1), Duration.ofSeconds(30));

  /** How long the agent waits for a transaction that no block takes, before it tries again. */
  private static final long PATIENCE_MILLIS = 120_000;

  /** Stands for a proof where only the time that it takes is simulated: it proves nothing. */
  private static final DecisionProof NO_PROOF = DecisionProof.of(new byte[0]);

  private static final String IN_NO_BLOCK = "no block took its transaction";
  private static final double MILLIS_OF_AN_HOUR = 3.6e6;
  private static final long HOUR = 3_600;
  private static final int HEADS_OF_A_REPORT = 4_096;

  private final BacktestSettings settings;
  private final Scenario scenario;
  private final SimulatedVault vault;
  private final SimulatedVenue venue;
  private final SimulatedQuotes quotes;
  private final SpotPrices prices;
  private final AgentCycle cycle;
  private final BlockClock clock;
  private final Inclusion inclusion;
  private final Latencies latencies;
  private final GasPath gasPath;
  private final RunRecorder recorder;
  private final AgentOnClock agent;
  private final List<VenueTrade> venueTrades = new ArrayList<>();

  /** When the next head of the schedule comes. */
  private long next;

  private double unitCosts;
  private int unitsSampled;
  private long nextSample = Long.MIN_VALUE;

  /** The point of the head that was looked at last. */
  private int seenAt;

  private long proofs;
  private long transactions;
  private long beyondHistory;
  private long lastBeyond = Long.MIN_VALUE;
  private @Nullable InHand inHand;
  private @Nullable Head last;
  private MarketActivity before = MarketActivity.NONE;
  private MarketActivity after = MarketActivity.NONE;

  /**
   * The decision in hand, and what it has cost.
   *
   * @param prices of all assets when it was made
   */
  private record InHand(int entry, List<Double> prices, double provingCost, long provedMillis) {
    InHand proven(double cost, long millis) {
      return new InHand(entry, prices, cost, millis);
    }
  }

  /**
   * @param drafted the vault's policy and its program, in the market of {@code world}
   */
  Engine(
      BacktestSettings settings, StrategyUnderTest strategy, World world, World.Drafted drafted) {
    this.settings = settings;
    this.scenario = world.scenario();
    this.vault = vault(settings, world, drafted.policy());
    this.prices = new SpotPrices(drafted.policy(), world.market());
    this.gasPath = GasPath.of(settings.gas(), RandomStream.of(settings.seed(), "gas.price"));
    this.cycle =
        Backtest.cycle(
            settings,
            strategy,
            new SimulatedFeatures(vault, drafted.program(), Reports.NONE),
            drafted.policy().model().agent());
    this.clock = new BlockClock(settings.chain(), settings.seed());
    this.venue = new SimulatedVenue(vault, clock::after);
    this.quotes =
        new SimulatedQuotes(
            vault,
            settings.policy().venues().stream().map(PolicySettings.Venue::name).toList(),
            settings.gas(),
            this::gasCost);
    this.inclusion = new Inclusion(clock, settings.chain(), settings.seed());
    this.latencies = new Latencies(settings.proving(), settings.seed());
    this.recorder = new RunRecorder(prices, vault.ledger().amounts());
    this.agent = new AgentOnClock(Conduct.of("backtest", RETRY), this, this::written);
  }

  /**
   * Created and funded a second before the first moment, which it may be the first to decide for.
   */
  static SimulatedVault vault(BacktestSettings settings, World world, Policy policy) {
    long created = world.from() - 1;
    VaultLedger ledger = VaultLedger.created(policy, created);
    for (int i = 0; i < world.tokens().size(); i++) {
      World.Token token = world.tokens().get(i);
      BigInteger units = units(funds(settings, i, token.symbol()), token.facts().decimals());
      if (units.signum() > 0) {
        try {
          ledger = ledger.deposited(token.facts().address(), units, created);
        } catch (IllegalArgumentException e) {
          throw new BadSetting(
              "backtest.vault has %s of %s, which no vault takes: begin with less."
                  .formatted(units, token.symbol()),
              e);
        }
      }
    }
    return new SimulatedVault(world.market(), new PolicyEngine(Optional.empty()), ledger);
  }

  private static BigDecimal funds(BacktestSettings settings, int asset, String symbol) {
    if (asset == 0) {
      return settings.vault().quote();
    }
    return settings.market().isBasket()
        ? settings.vault().holdings().getOrDefault(symbol, BigDecimal.ZERO)
        : settings.vault().base();
  }

  private static BigInteger units(BigDecimal amount, int decimals) {
    return amount.movePointRight(decimals).toBigInteger();
  }

  /** Runs from the first moment to the last. */
  RunRecorder run(long from, long to, BacktestListener listener) {
    long step = settings.policy().limits().step();
    long first = Math.ceilDiv(from, step) * step;
    long total = Math.max(0, Math.floorDiv(to - first, step) + 1);
    long lastHead = Long.MIN_VALUE;
    create();
    for (long i = 0; i < total; i++) {
      long head = clock.atOrAfter(first + i * step);
      if (head > to || head == lastHead) {
        continue; // Between two blocks lies no head.
      }
      lastHead = head;
      next = head;
      agent.runUntil(1000 * head);
      scenario.advanceTo(head);
      if (recorder.points() == 0) {
        before = scenario.activity(head);
      }
      recorder.point(head, vault.ledger().amounts());
      sampleGas(head);
      agent.hear(1000 * head, news(head(head)));
      agent.runUntil(1000 * head);
      if (i % HEADS_OF_A_REPORT == 0) {
        listener.progress(i, total);
      }
    }
    finish(lastHead, to);
    after = scenario.activity(Math.max(to, lastHead));
    listener.progress(total, total);
    return recorder;
  }

  /** Moments on which nothing was decided, for the pool's history did not reach back far enough. */
  long beyondHistory() {
    return beyondHistory;
  }

  Totals totals() {
    return recorder.totals(vault.ledger().amounts());
  }

  IdleWeek idleWeek() {
    return IdleWeek.of(
        settings.gas(),
        settings.policy().limits().step(),
        unitsSampled == 0 ? 0 : unitCosts / unitsSampled);
  }

  /** Samples what a unit of gas costs, once an hour. */
  private void sampleGas(long time) {
    if (time >= nextSample) {
      unitCosts += gasCost(1, time);
      unitsSampled++;
      nextSample = time + HOUR;
    }
  }

  /** Where the vault traded, if its policy has venues. */
  List<VenueTrade> venueTrades() {
    return venueTrades;
  }

  /** What others did from the first head on. */
  MarketActivity activity() {
    return after.since(before);
  }

  /** What was sent on the last head may still come into a block: then a last point shows it. */
  private void finish(long lastHead, long to) {
    long before = transactions;
    boolean underway = isUnderway();
    if (recorder.points() > 0 && to > lastHead) {
      next = to;
      agent.runUntil(1000 * to);
      if (transactions > before || underway && !isUnderway()) {
        scenario.advanceTo(to);
        recorder.point(to, vault.ledger().amounts());
      }
    }
  }

  private boolean isUnderway() {
    return agent.state().work() instanceof AgentState.Work.Submitted;
  }

  // ---- the agent's world ----

  private void create() {
    Mandate mandate = cycle.mandate();
    AgentSpec spec =
        new AgentSpec(
            "backtest", mandate.vault(), mandate.model(), mandate.executor(), settings.pace());
    agent.hear(0, new Input.Create(spec, false));
    agent.runUntil(0);
  }

  private static Input news(Head head) {
    return new Input.NewHead(head, Instant.ofEpochSecond(head.timestamp()));
  }

  /** The heads of the schedule come by themselves; of those between, the agent needs the newest. */
  @Override
  public @Nullable Head newest(long millis) {
    long head = clock.atOrBefore(Math.floorDiv(millis, 1000L));
    return recorder.points() > 0 && head < next ? head(head) : null;
  }

  @Override
  public @Nullable Head after(Head head) {
    long time = clock.after(head.timestamp());
    return time < next ? head(time) : null;
  }

  /** The head of the block at {@code time}; the last one is kept, since its hashes are drawn. */
  private Head head(long time) {
    Head head = last;
    if (head == null || head.timestamp() != time) {
      head = clock.head(time);
      last = head;
    }
    return head;
  }

  @Override
  public void perform(Task task, long atMillis) {
    switch (task) {
      case Task.Outfit _ -> agent.later(atMillis, () -> new Input.Outfitted(RETRY));
      case Task.Observe(long turn, Head head, var _) ->
          agent.later(atMillis, () -> observe(turn, head));
      case Task.Prove(long turn, Proposal proposal, var _) -> prove(turn, proposal, atMillis);
      case Task.Submit submit -> submit(submit, atMillis);
      case Task.Ask(long turn, Proposal proposal) ->
          agent.later(atMillis, () -> new Input.Stands(turn, proposal, venue.standing(proposal)));
      case Task.Tell(Notice.Kept(var _, Prospect prospect)) -> kept(prospect);
      // A proof is under way as soon as it is ordered; nobody listens to the rest.
      case Task.Withdraw _, Task.Join _, Task.Rest _, Task.Tell _ -> {}
      case Task.Refuse(String reason) -> throw new IllegalStateException(reason);
      case Task.Wait _, Task.StopWaiting _, Task.Continue _ ->
          throw new IllegalStateException("The clock does this: " + task);
    }
  }

  private void kept(Prospect prospect) {
    switch (prospect) {
      case Prospect.Hold(Plan.Reason reason) ->
          recorder.fate(
              inHand().entry,
              reason == Plan.Reason.HOLD ? Fate.HELD : Fate.IDLE,
              reason.toString());
      case Prospect.Nothing nothing ->
          recorder.fate(inHand().entry, Fate.FORESEEN, nothing.reason());
      case Prospect.Trade _ -> throw new IllegalStateException("A trade is sent and not kept");
    }
  }

  private void written(Event event) {
    switch (event) {
      case Event.DecisionMade(Proposal proposal, Prospect prospect) -> {
        int entry =
            recorder.decision(
                seenAt,
                proposal.head().timestamp(),
                outputs(proposal),
                proposal.observation().features());
        inHand = new InHand(entry, Arrays.stream(prices.all()).boxed().toList(), 0, 0);
        if (prospect instanceof Prospect.NotNow(String why)) {
          recorder.fate(entry, Fate.FORESEEN, why);
        }
      }
      case Event.IntentFailed failed ->
          recorder.fate(
              inHand().entry,
              failed.reason().equals(IN_NO_BLOCK) ? Fate.LOST : Fate.REFUSED,
              failed.reason());
      default -> {}
    }
  }

  private static List<Integer> outputs(Proposal proposal) {
    return Arrays.stream(proposal.decision().words()).boxed().toList();
  }

  private InHand inHand() {
    return Objects.requireNonNull(inHand, "a decision is in hand");
  }

  private Input observe(long turn, Head head) {
    scenario.advanceTo(head.timestamp());
    seenAt = recorder.points() - 1;
    try {
      Proposal proposal = settings.proving().real() ? cycle.propose(head) : cycle.unproven(head);
      return new Input.Observed(turn, proposal, venue.prospect(proposal));
    } catch (SimulatedFeatures.Unknown e) {
      long moment = head.timestamp() - head.timestamp() % settings.policy().limits().step();
      beyondHistory += moment == lastBeyond ? 0 : 1;
      lastBeyond = moment;
      return new Input.NotObserved(turn, head, String.valueOf(e.getMessage()));
    }
  }

  private void prove(long turn, Proposal proposal, long atMillis) {
    ProvenIntent intent =
        settings.proving().real() ? proven(proposal) : new ProvenIntent(proposal, NO_PROOF);
    long latency = latencies.millis(proofs++);
    double cost = latency / MILLIS_OF_AN_HOUR * settings.proving().costPerHour();
    recorder.proof(cost);
    inHand = inHand().proven(cost, atMillis + latency);
    Duration took = Duration.ofMillis(latency);
    agent.later(atMillis + latency, () -> new Input.Proved(turn, intent, took));
  }

  private ProvenIntent proven(Proposal proposal) {
    ProvenIntent intent = cycle.prove(proposal);
    var verdict = cycle.check(intent);
    if (!verdict.accepted()) {
      throw new IllegalStateException("The proof just made does not hold: " + verdict);
    }
    return intent;
  }

  /** A sender estimates gas first, on the newest state, and does not send what would revert. */
  private void submit(Task.Submit submit, long atMillis) {
    long turn = submit.turn();
    Proposal proposal = submit.intent().proposal();
    Optional<Settlement> late = submit.late(Instant.ofEpochMilli(atMillis));
    if (late.isPresent()) {
      agent.later(atMillis, () -> new Input.Settled(turn, late.get()));
      return;
    }
    long seconds = Math.floorDiv(atMillis, 1000L);
    scenario.advanceTo(clock.atOrBefore(seconds));
    Address caller = cycle.mandate().executor();
    List<VenueQuote> quoted = quotes.of(proposal, caller, clock.after(seconds));
    List<Integer> places = quoted.isEmpty() ? quotes.routes() : quoted.getFirst().venues();
    if (vault.rehearse(proposal.statement(), places, caller, clock.after(seconds))
        instanceof Refusal refusal) {
      agent.later(
          atMillis,
          () -> new Input.Settled(turn, SimulatedVenue.refused(refusal, Optional.empty())));
      return;
    }
    OptionalLong block = inclusion.block(transactions++, atMillis);
    if (block.isPresent()) {
      long time = block.getAsLong();
      agent.later(
          1000 * time, () -> new Input.Settled(turn, execute(proposal, quoted, places, time)));
    } else {
      agent.later(
          atMillis + PATIENCE_MILLIS,
          () -> new Input.Settled(turn, new Settlement.Refused(IN_NO_BLOCK, Optional.empty())));
    }
  }

  private Settlement execute(
      Proposal proposal, List<VenueQuote> quoted, List<Integer> places, long time) {
    scenario.advanceTo(time);
    double[] mids = prices.all();
    announce(proposal, places, time);
    Address caller = cycle.mandate().executor();
    Optional<VenueQuote> alongRoutes =
        quoted.isEmpty()
            ? Optional.empty()
            : Optional.of(quotes.quote(proposal, quotes.routes(), caller, time));
    var carried = vault.execute(proposal.statement(), places, caller, time);
    double[] after = prices.all();
    scenario.afterOurs(time);
    Execution execution = carried.execution();
    long units =
        switch (execution) {
          case Refusal _ -> settings.gas().refusal();
          case Executed executed -> quotes.gasUsed(executed.plan().steps());
        };
    double gas = gasCost(units, time);
    recorder.transaction(gas);
    Receipt receipt = receipt(proposal, time, units, execution instanceof Executed);
    return switch (execution) {
      case Refusal refusal -> SimulatedVenue.refused(refusal, Optional.of(receipt));
      case Executed(var _, Plan plan, List<BigInteger> deltas) -> {
        boolean traded = !plan.steps().isEmpty();
        recorder.fate(
            inHand().entry,
            traded ? Fate.TRADED : Fate.RECORDED,
            traded ? "" : plan.reason().toString());
        var block = new Block(proposal, plan, time, mids, after);
        for (int i = 0; i < carried.done().size(); i++) {
          recorder.trade(trade(block, carried.done().get(i), i == 0 ? units : 0, i == 0 ? gas : 0));
        }
        if (traded) {
          alongRoutes.ifPresent(routes ->
              venueTrades.add(
                  quotes.told(time, quoted, quotes.answer(proposal, execution, time), routes)));
        }
        yield new Settlement.Executed(receipt, quotes.deltas(deltas), quoted);
      }
    };
  }

  /** A decision in its block, with all prices before and after it. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Block(Proposal proposal, Plan plan, long time, double[] mids, double[] after) {}

  private Receipt receipt(Proposal proposal, long time, long units, boolean succeeded) {
    Head block = head(time);
    BigInteger wei = BigDecimal.valueOf(gasPath.weiAt(time)).toBigInteger();
    return new Receipt(
        proposal.context(), block.number(), block.hash(), succeeded, units, wei, null, List.of());
  }

  /** Others may see a transaction before it is in a block. */
  private void announce(Proposal proposal, List<Integer> places, long time) {
    if (!(vault.plan(proposal.statement(), places, time, time) instanceof Plan plan)) {
      return;
    }
    for (PlanStep step : plan.steps()) {
      if (step.venue() != 0) {
        continue; // Those who see it trade in the pools alone.
      }
      Policy.Asset asset = vault.policy().parts().assets().get(step.asset());
      List<Policy.Hop> route = asset.route();
      Policy.Hop first = step.sell() ? route.getFirst() : route.getLast();
      scenario.beforeOurs(time, first.pool(), step.sell() != first.inverted(), step.amountIn());
    }
  }

  private Trade trade(Block in, StepSwaps.Done done, long units, double gas) {
    int asset = done.step().asset();
    boolean sell = done.step().sell();
    BigInteger given = done.fill().given().negate();
    BigInteger baseDelta = sell ? given : done.fill().received();
    BigInteger quoteDelta = sell ? done.fill().received() : given;
    double base = prices.whole(asset, baseDelta);
    double quote = prices.whole(0, quoteDelta);
    double mid = in.mids[asset];
    double paidIn = base > 0 ? -quote : -base * mid;
    double fee = paidIn * fee(done.step());
    InHand by = inHand();
    return new Trade(
        recorder.points(),
        in.proposal.head().timestamp(),
        in.time,
        clock.number(in.time),
        outputs(in.proposal),
        asset,
        baseDelta,
        quoteDelta,
        -quote / base,
        by.prices.get(asset),
        mid,
        in.after[asset],
        prices.ofTick(asset, in.plan.refs().get(asset)),
        fee,
        -(base * mid + quote) - fee,
        units,
        gas,
        units > 0 ? by.provingCost : 0,
        by.provedMillis - 1000 * in.proposal.head().timestamp(),
        1000 * in.time - by.provedMillis);
  }

  /** What a step pays in fees, as a part of what it gives. */
  private double fee(PlanStep step) {
    return step.venue() == 0
        ? prices.fee(step.asset())
        : vault.policy().parts().venues().get(step.venue() - 1).fee() / 1e6;
  }

  /** In whole units of the numeraire. */
  private double gasCost(long units, long time) {
    double coins = units * gasPath.weiAt(time) * settings.gas().scale() / 1e18;
    return coins * settings.gas().coin().orElseGet(() -> prices.price(1));
  }
}
