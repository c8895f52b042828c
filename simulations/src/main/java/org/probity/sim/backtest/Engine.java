package org.probity.sim.backtest;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Address;
import org.probity.chain.Head;
import org.probity.chain.Receipt;
import org.probity.intent.AgentCycle;
import org.probity.intent.AssetDelta;
import org.probity.intent.Mandate;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.ProvenIntent;
import org.probity.intent.Settlement;
import org.probity.intent.Standing;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.AgentState;
import org.probity.intent.conduct.Conduct;
import org.probity.intent.conduct.Event;
import org.probity.intent.conduct.Input;
import org.probity.intent.conduct.Notice;
import org.probity.intent.conduct.Retry;
import org.probity.intent.conduct.Task;
import org.probity.sim.backtest.DecisionLog.Fate;
import org.probity.sim.backtest.SimulatedVault.Execution;
import org.probity.sim.random.RandomStream;
import org.probity.sim.scenario.MarketActivity;
import org.probity.sim.scenario.PoolTerms;
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
  private static final int HEADS_OF_A_REPORT = 4_096;

  /** The tokens of the simulated market have no contracts: any two addresses tell them apart. */
  private static final Address BASE = new Address("0x" + "b".repeat(40));

  private static final Address QUOTE = new Address("0x" + "c".repeat(40));

  private final BacktestSettings settings;
  private final Scenario scenario;
  private final PoolTerms terms;
  private final SimulatedVault vault;
  private final SimulatedFeatures features;
  private final AgentCycle cycle;
  private final BlockClock clock;
  private final Inclusion inclusion;
  private final Latencies latencies;
  private final GasPath gasPath;
  private final RunRecorder recorder;
  private final AgentOnClock agent;

  /** When the next head of the schedule comes. */
  private long next;

  private long proofs;
  private long transactions;
  private long beyondHistory;
  private long lastBeyond = Long.MIN_VALUE;
  private @Nullable Made made;
  private @Nullable Head last;
  private MarketActivity before = MarketActivity.NONE;
  private MarketActivity after = MarketActivity.NONE;

  /** The decision in hand, and what it has cost. */
  private record Made(int entry, double price, double provingCost, long provedMillis) {
    Made proven(double cost, long millis) {
      return new Made(entry, price, cost, millis);
    }
  }

  Engine(BacktestSettings settings, StrategyUnderTest strategy, World world) {
    this.settings = settings;
    this.scenario = world.scenario();
    this.terms = world.terms();
    this.vault =
        new SimulatedVault(
            scenario.pool(),
            settings.policy().inUnits(terms.quoteDecimals()),
            terms.baseIsToken0(),
            strategy.digest(),
            BacktestSettings.units(settings.vault().base(), terms.baseDecimals()),
            BacktestSettings.units(settings.vault().quote(), terms.quoteDecimals()),
            world.from());
    this.features = new SimulatedFeatures(scenario.pool().exact(), vault, strategy.features());
    this.gasPath = GasPath.of(settings.gas(), RandomStream.of(settings.seed(), "gas.price"));
    this.cycle = Backtest.cycle(settings, strategy, features);
    this.clock = new BlockClock(settings.chain(), settings.seed());
    this.inclusion = new Inclusion(clock, settings.chain(), settings.seed());
    this.latencies = new Latencies(settings.proving(), settings.seed());
    this.recorder = new RunRecorder(terms, vault.state().books());
    this.agent = new AgentOnClock(Conduct.of("backtest", RETRY), this, this::written);
  }

  /** Runs from the first moment to the last. */
  RunRecorder run(long from, long to, BacktestListener listener) {
    long step = settings.policy().stepSeconds();
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
      recorder.point(head, price(), vault.state().books());
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
    return recorder.totals(vault.state().books());
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
        recorder.point(to, price(), vault.state().books());
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
            "backtest", mandate.vault(), mandate.model(), mandate.vault(), settings.pace());
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
          agent.later(atMillis, () -> new Input.Stands(turn, proposal, standing(proposal)));
      case Task.Tell(Notice.Kept(var _, Prospect prospect)) ->
          recorder.fate(made().entry, prospect instanceof Prospect.Hold ? Fate.HELD : Fate.IDLE);
      // A proof is under way as soon as it is ordered; nobody listens to the rest.
      case Task.Withdraw _, Task.Join _, Task.Rest _, Task.Tell _ -> {}
      case Task.Refuse(String reason) -> throw new IllegalStateException(reason);
      case Task.Wait _, Task.StopWaiting _, Task.Continue _ ->
          throw new IllegalStateException("The clock does this: " + task);
    }
  }

  private void written(Event event) {
    switch (event) {
      case Event.DecisionMade(Proposal proposal, Prospect _) -> {
        int entry =
            recorder.decision(
                recorder.points() - 1,
                proposal.head().timestamp(),
                proposal.decision().index(),
                proposal.observation().features());
        made = new Made(entry, price(), 0, 0);
      }
      case Event.IntentFailed failed ->
          recorder.fate(
              made().entry, failed.reason().equals(IN_NO_BLOCK) ? Fate.LOST : Fate.REFUSED);
      default -> {}
    }
  }

  private Made made() {
    return Objects.requireNonNull(made, "a decision is in hand");
  }

  private Input observe(long turn, Head head) {
    scenario.advanceTo(head.timestamp());
    long moment = vault.state().momentAt(head.timestamp());
    if (!features.reach(moment)) {
      beyondHistory += moment == lastBeyond ? 0 : 1;
      lastBeyond = moment;
      return new Input.NotObserved(turn, head, "the pool's history does not reach back far enough");
    }
    Proposal proposal = cycle.propose(head);
    return new Input.Observed(turn, proposal, vault.prospect(proposal));
  }

  private void prove(long turn, Proposal proposal, long atMillis) {
    ProvenIntent intent =
        settings.proving().real() ? proven(proposal) : new ProvenIntent(proposal, NO_PROOF);
    long latency = latencies.millis(proofs++);
    double cost = latency / MILLIS_OF_AN_HOUR * settings.proving().costPerHour();
    recorder.proof(cost);
    made = made().proven(cost, atMillis + latency);
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
    if (vault.rehearse(proposal, clock.after(seconds)) instanceof Execution.Reverted(var reason)) {
      agent.later(atMillis, () -> new Input.Settled(turn, refused(reason, Optional.empty())));
      return;
    }
    OptionalLong block = inclusion.block(transactions++, atMillis);
    if (block.isPresent()) {
      long time = block.getAsLong();
      agent.later(1000 * time, () -> new Input.Settled(turn, execute(proposal, time)));
    } else {
      agent.later(
          atMillis + PATIENCE_MILLIS,
          () -> new Input.Settled(turn, new Settlement.Refused(IN_NO_BLOCK, Optional.empty())));
    }
  }

  /** A price beyond the policy's limit does not come back within the life of a decision. */
  private static Settlement refused(String reason, Optional<Receipt> receipt) {
    return new Settlement.Refused(reason, receipt, reason.equals("PriceBeyondLimit"));
  }

  private Standing standing(Proposal proposal) {
    return proposal.observation().state().nonce().equals(vault.state().nonce())
        ? new Standing.Open()
        : new Standing.Void("its nonce is spent");
  }

  private Settlement execute(Proposal proposal, long time) {
    scenario.advanceTo(time);
    double mid = price();
    announce(proposal, time);
    Execution execution = vault.execute(proposal, time);
    double after = price();
    scenario.afterOurs(time);
    long units =
        switch (execution) {
          case Execution.Traded _ -> settings.gas().trade();
          case Execution.Held _ -> settings.gas().hold();
          case Execution.Reverted _ -> settings.gas().refusal();
        };
    double gas = gasCost(units, time);
    recorder.transaction(gas);
    Receipt receipt = receipt(proposal, time, units, !(execution instanceof Execution.Reverted));
    return switch (execution) {
      case Execution.Traded traded -> {
        recorder.fate(made().entry, Fate.TRADED);
        recorder.trade(trade(proposal, traded, time, mid, after, units, gas));
        yield new Settlement.Executed(
            receipt,
            List.of(
                new AssetDelta(BASE, traded.baseDelta()),
                new AssetDelta(QUOTE, traded.quoteDelta())));
      }
      case Execution.Held _ -> {
        recorder.fate(made().entry, Fate.RECORDED);
        yield new Settlement.Executed(receipt, List.of());
      }
      case Execution.Reverted(String reason) -> refused(reason, Optional.of(receipt));
    };
  }

  private Receipt receipt(Proposal proposal, long time, long units, boolean succeeded) {
    Head block = head(time);
    BigInteger wei = BigDecimal.valueOf(gasPath.weiAt(time)).toBigInteger();
    return new Receipt(
        proposal.context(), block.number(), block.hash(), succeeded, units, wei, null, List.of());
  }

  /** Others may see a transaction before it is in a block. */
  private void announce(Proposal proposal, long time) {
    if (vault.prospect(proposal) instanceof Prospect.Trade(BigInteger notional)) {
      boolean sell = notional.signum() < 0;
      BigInteger amountIn =
          sell ? terms.baseUnits(terms.quote(notional.abs()) / price()) : notional;
      scenario.beforeOurs(time, sell == terms.baseIsToken0(), amountIn);
    }
  }

  private Trade trade(
      Proposal proposal,
      Execution.Traded traded,
      long time,
      double mid,
      double after,
      long units,
      double gas) {
    double base = terms.base(traded.baseDelta());
    double quote = terms.quote(traded.quoteDelta());
    double paidIn = base > 0 ? -quote : -base * mid;
    double fee = paidIn * terms.feePips() / 1e6;
    Made by = made();
    return new Trade(
        recorder.points(),
        proposal.head().timestamp(),
        time,
        clock.number(time),
        proposal.decision().index(),
        traded.baseDelta(),
        traded.quoteDelta(),
        -quote / base,
        by.price,
        mid,
        after,
        terms.priceOfTick(proposal.observation().referenceTick()),
        fee,
        -(base * mid + quote) - fee,
        units,
        gas,
        by.provingCost,
        by.provedMillis - 1000 * proposal.head().timestamp(),
        1000 * time - by.provedMillis);
  }

  /** In whole quote tokens. */
  private double gasCost(long units, long time) {
    double coins = units * gasPath.weiAt(time) * settings.gas().scale() / 1e18;
    return coins * settings.gas().coin().orElseGet(this::price);
  }

  private double price() {
    return terms.price(scenario.pool().sqrtPriceX96());
  }
}
