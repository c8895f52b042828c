package org.probity.sim.backtest;

import java.math.BigInteger;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Head;
import org.probity.intent.AgentCycle;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.sim.backtest.DecisionLog.Fate;
import org.probity.sim.backtest.SimulatedVault.Execution;
import org.probity.sim.scenario.MarketActivity;
import org.probity.sim.scenario.PoolTerms;
import org.probity.sim.scenario.Scenario;

/**
 * Time, and one agent in it: decides, proves, sends and waits as {@code VaultAgent} does, on the
 * clock of a scenario.
 *
 * <p>The agent decides once for each moment of the vault's schedule, on the first head of it, or if
 * it is busy then on the newest head once it is not. What fails is tried again from the start on
 * the newest head after a growing pause, five times at most.
 */
final class Engine {

  private static final int ATTEMPTS = 5;
  private static final long FIRST_PAUSE_MILLIS = 1_000;

  /** How long the agent waits for a transaction that no block takes, before it tries again. */
  private static final long PATIENCE_MILLIS = 120_000;

  private static final double MILLIS_OF_AN_HOUR = 3.6e6;
  private static final int HEADS_OF_A_REPORT = 4_096;

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
  private BacktestListener listener = BacktestListener.NONE;

  private long lastDecided = Long.MIN_VALUE;
  private long freeAtMillis = Long.MIN_VALUE;
  private int attempts;
  private long failedMoment = Long.MIN_VALUE;
  private long proofs;
  private long transactions;
  private long beyondHistory;
  private @Nullable Sent sent;
  private boolean again;
  private MarketActivity before = MarketActivity.NONE;
  private MarketActivity after = MarketActivity.NONE;

  /** An intent under way. */
  private record Sent(
      Proposal proposal,
      int entry,
      double decisionPrice,
      double provingCost,
      long provedMillis,
      Stage stage,
      long atMillis) {}

  private enum Stage {
    /** Proven, and about to be estimated and sent. */
    SENDING,
    /** In the pool of pending transactions; in a block at {@code atMillis}. */
    INCLUDED,
    /** In no block; given up at {@code atMillis}. */
    FORGOTTEN
  }

  Engine(
      BacktestSettings settings,
      Scenario scenario,
      PoolTerms terms,
      SimulatedVault vault,
      SimulatedFeatures features,
      AgentCycle cycle,
      BlockClock clock,
      Latencies latencies,
      GasPath gasPath) {
    this.settings = settings;
    this.scenario = scenario;
    this.terms = terms;
    this.vault = vault;
    this.features = features;
    this.cycle = cycle;
    this.clock = clock;
    this.inclusion = new Inclusion(clock, settings.chain(), settings.seed());
    this.latencies = latencies;
    this.gasPath = gasPath;
    this.recorder = new RunRecorder(terms, vault.state().books());
  }

  /** Tells {@code told} of the run's progress. */
  void listen(BacktestListener told) {
    listener = told;
  }

  /** Runs from the first moment to the last. */
  RunRecorder run(long from, long to) {
    long step = settings.policy().stepSeconds();
    long first = Math.ceilDiv(from, step) * step;
    long total = Math.max(0, Math.floorDiv(to - first, step) + 1);
    long lastHead = Long.MIN_VALUE;
    for (long i = 0; i < total; i++) {
      long head = clock.atOrAfter(first + i * step);
      if (head > to || head == lastHead) {
        continue; // Between two blocks lies no head.
      }
      lastHead = head;
      catchUp(head);
      scenario.advanceTo(head);
      if (recorder.points() == 0) {
        before = scenario.activity(head);
      }
      recorder.point(head, price(), vault.state().books());
      if (sent == null && !again && freeAtMillis <= 1000 * head) {
        decideIfDue(head);
      }
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

  /** What others did from the first head on. */
  MarketActivity activity() {
    return after.since(before);
  }

  /** What was sent on the last head may still come into a block: then a last point shows it. */
  private void finish(long lastHead, long to) {
    long before = transactions;
    boolean under = sent != null;
    if (recorder.points() > 0 && to > lastHead) {
      catchUp(to);
      if (transactions > before || (under && sent == null)) {
        scenario.advanceTo(to);
        recorder.point(to, price(), vault.state().books());
      }
    }
  }

  /** Lets the agent finish what it can before the head at {@code until}. */
  private void catchUp(long until) {
    while (true) {
      Sent under = sent;
      if (under != null) {
        if (under.atMillis > 1000 * until) {
          return;
        }
        carryOn(under);
      } else if (again || freeAtMillis > Long.MIN_VALUE) {
        long head = clock.atOrBefore(Math.floorDiv(freeAtMillis, 1000L));
        if (freeAtMillis >= 1000 * until || head >= until) {
          return;
        }
        boolean due = again || moment(head) > lastDecided;
        again = false;
        freeAtMillis = due ? freeAtMillis : Long.MIN_VALUE;
        if (due) {
          scenario.advanceTo(head);
          decideIfDue(head);
        }
      } else {
        return;
      }
    }
  }

  // ---- the spine ----

  private void decideIfDue(long time) {
    long moment = moment(time);
    if (moment <= lastDecided) {
      return;
    }
    if (!features.reach(moment)) {
      beyondHistory++;
      leave(moment, 1000 * time);
      return;
    }
    Head head = clock.head(time);
    Proposal proposal = cycle.propose(head);
    if (proposal.observation().asOf() <= proposal.observation().state().lastAsOf()) {
      leave(moment, 1000 * time);
      return;
    }
    Prospect prospect = vault.prospect(proposal);
    int entry =
        recorder.decision(
            recorder.points() - 1,
            time,
            proposal.decision().index(),
            proposal.observation().features());
    if (settings.proving().real()) {
      prove(proposal);
    }
    long decidedMillis = Math.max(1000 * time, freeAtMillis);
    long latency = latencies.millis(proofs++);
    double cost = latency / MILLIS_OF_AN_HOUR * settings.proving().costPerHour();
    recorder.proof(cost);
    long provedMillis = decidedMillis + latency;
    if (worthSending(prospect)) {
      sent = new Sent(proposal, entry, price(), cost, provedMillis, Stage.SENDING, provedMillis);
    } else {
      recorder.fate(entry, prospect instanceof Prospect.Hold ? Fate.HELD : Fate.IDLE);
      leave(moment, provedMillis);
    }
  }

  private void prove(Proposal proposal) {
    var intent = cycle.prove(proposal);
    var verdict = cycle.check(intent);
    if (!verdict.accepted()) {
      throw new IllegalStateException("The proof just made does not hold: " + verdict);
    }
  }

  private boolean worthSending(Prospect prospect) {
    return switch (prospect) {
      case Prospect.Trade _ -> true;
      case Prospect.Hold _ -> settings.pace().sendsHolds();
      case Prospect.Nothing _ -> false;
    };
  }

  private void carryOn(Sent under) {
    switch (under.stage) {
      case SENDING -> send(under);
      case INCLUDED -> execute(under);
      case FORGOTTEN -> {
        recorder.fate(under.entry, Fate.LOST);
        fail(under, under.atMillis);
      }
    }
  }

  /** A sender estimates gas first, on the newest state, and does not send what would revert. */
  private void send(Sent under) {
    long seconds = Math.floorDiv(under.atMillis, 1000L);
    scenario.advanceTo(clock.atOrBefore(seconds));
    if (vault.rehearse(under.proposal, clock.after(seconds)) instanceof Execution.Reverted) {
      recorder.fate(under.entry, Fate.REFUSED);
      fail(under, under.atMillis);
      return;
    }
    OptionalLong block = inclusion.block(transactions++, under.atMillis);
    sent =
        new Sent(
            under.proposal,
            under.entry,
            under.decisionPrice,
            under.provingCost,
            under.provedMillis,
            block.isPresent() ? Stage.INCLUDED : Stage.FORGOTTEN,
            block.isPresent() ? 1000 * block.getAsLong() : under.atMillis + PATIENCE_MILLIS);
  }

  private void execute(Sent under) {
    long time = under.atMillis / 1000;
    scenario.advanceTo(time);
    double mid = price();
    announce(under, time);
    Execution execution = vault.execute(under.proposal, time);
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
    switch (execution) {
      case Execution.Traded traded -> {
        recorder.fate(under.entry, Fate.TRADED);
        recorder.trade(trade(under, traded, time, mid, after, units, gas));
        leave(moment(under.proposal.head().timestamp()), under.atMillis);
      }
      case Execution.Held _ -> {
        recorder.fate(under.entry, Fate.RECORDED);
        leave(moment(under.proposal.head().timestamp()), under.atMillis);
      }
      case Execution.Reverted _ -> {
        recorder.fate(under.entry, Fate.REFUSED);
        fail(under, under.atMillis);
      }
    }
  }

  /** Others may see a transaction before it is in a block. */
  private void announce(Sent under, long time) {
    if (vault.prospect(under.proposal) instanceof Prospect.Trade(BigInteger notional)) {
      boolean sell = notional.signum() < 0;
      BigInteger amountIn =
          sell ? terms.baseUnits(terms.quote(notional.abs()) / price()) : notional;
      scenario.beforeOurs(time, sell == terms.baseIsToken0(), amountIn);
    }
  }

  private Trade trade(
      Sent under,
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
    Proposal proposal = under.proposal;
    return new Trade(
        recorder.points(),
        proposal.head().timestamp(),
        time,
        clock.number(time),
        proposal.decision().index(),
        traded.baseDelta(),
        traded.quoteDelta(),
        -quote / base,
        under.decisionPrice,
        mid,
        after,
        terms.priceOfTick(proposal.observation().referenceTick()),
        fee,
        -(base * mid + quote) - fee,
        units,
        gas,
        under.provingCost,
        under.provedMillis - 1000 * proposal.head().timestamp(),
        1000 * time - under.provedMillis);
  }

  /** In whole quote tokens. */
  private double gasCost(long units, long time) {
    double coins = units * gasPath.weiAt(time) * settings.gas().scale() / 1e18;
    return coins * settings.gas().coin().orElseGet(this::price);
  }

  // ---- what comes next ----

  /** Nothing is left to do for a moment. */
  private void leave(long moment, long nowMillis) {
    lastDecided = Math.max(lastDecided, moment);
    attempts = 0;
    again = false;
    sent = null;
    freeAtMillis = nowMillis;
  }

  private void fail(Sent under, long nowMillis) {
    long moment = moment(under.proposal.head().timestamp());
    // A new moment is a new chance.
    attempts = moment == failedMoment ? attempts + 1 : 1;
    failedMoment = moment;
    if (attempts >= ATTEMPTS) {
      leave(moment, nowMillis);
      return;
    }
    sent = null;
    again = true;
    freeAtMillis = nowMillis + (FIRST_PAUSE_MILLIS << (attempts - 1));
  }

  private long moment(long time) {
    return time - time % settings.policy().stepSeconds();
  }

  private double price() {
    return terms.price(scenario.pool().sqrtPriceX96());
  }
}
