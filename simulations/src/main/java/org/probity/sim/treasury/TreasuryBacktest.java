package org.probity.sim.treasury;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.probity.chain.Address;
import org.probity.ground.Sha256;
import org.probity.intent.policy.Executed;
import org.probity.intent.policy.Execution;
import org.probity.intent.policy.Plan;
import org.probity.intent.policy.Plan.Reason;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.Refusal;
import org.probity.intent.policy.VaultDecision;
import org.probity.sim.backtest.BacktestRefused;
import org.probity.sim.backtest.BacktestSettings;
import org.probity.sim.backtest.BlockClock;
import org.probity.sim.backtest.Inclusion;
import org.probity.sim.backtest.Latencies;
import org.probity.sim.scenario.BasketScenario;
import org.probity.sim.treasury.TreasuryResult.Decided;
import org.probity.sim.treasury.TreasuryResult.Outcome;
import org.probity.sim.treasury.TreasuryResult.Point;
import org.probity.strategy.Strategy;
import org.probity.zk.Decision;
import org.probity.zk.FeatureVector;

/**
 * One strategy that decides for one vault over a market of several pools: at each moment of the
 * policy's schedule the features, a decision, its plan, a proof's time, inclusion some blocks
 * later, and what the vault then makes of it.
 *
 * <p>The loop is one of its own, and not the conduct of a live agent: that one's proposals are
 * still the older vault's. What it keeps of it: one decision at a time, dead before the next
 * moment; nothing is proven that would be refused at once, and nothing sent that would be refused
 * when its proof is there.
 *
 * <p>A run is a function of its scenario, vault, strategy and terms.
 */
public final class TreasuryBacktest {

  private final BasketScenario scenario;
  private final SimulatedTreasury vault;
  private final SimulatedProgram program;
  private final Strategy strategy;
  private final String name;
  private final Terms terms;
  private final BlockClock clock;
  private final Inclusion inclusion;
  private final Latencies latencies;
  private final List<BigInteger> held;
  private BigInteger paid = BigInteger.ZERO;
  private final List<Decided> decisions = new ArrayList<>();
  private final List<Point> curve = new ArrayList<>();
  private long sent;

  /**
   * How time passes and what an agent does.
   *
   * @param from the first moment that may be decided for, in seconds of Unix time
   * @param to the last moment of the run
   * @param maxSlippageBps what its decisions accept; the policy's own if that is tighter
   * @param recordsHolds whether decisions without a step are proven and executed too
   * @param costs what the agent pays; not from the vault's books, and counted against its equity
   * @param seed of latencies and inclusion
   */
  public record Terms(
      long from,
      long to,
      BacktestSettings.Chain chain,
      BacktestSettings.Proving proving,
      int maxSlippageBps,
      boolean recordsHolds,
      Costs costs,
      long seed) {}

  /**
   * What things cost, each always the same, in smallest units of the numeraire.
   *
   * @param trade gas of an execution that trades
   * @param hold gas of one that is recorded
   * @param refusal gas of one that the vault refuses
   * @param proof of one proof
   */
  public record Costs(BigInteger trade, BigInteger hold, BigInteger refusal, BigInteger proof) {

    /** Nothing costs anything. */
    public static final Costs NONE =
        new Costs(BigInteger.ZERO, BigInteger.ZERO, BigInteger.ZERO, BigInteger.ZERO);
  }

  private TreasuryBacktest(
      BasketScenario scenario,
      SimulatedTreasury vault,
      SimulatedProgram program,
      TreasuryStrategy strategy,
      Terms terms) {
    this.scenario = scenario;
    this.vault = vault;
    this.program = program;
    this.strategy = strategy.decider().get();
    this.name = strategy.name();
    this.terms = terms;
    this.clock = new BlockClock(terms.chain, terms.seed);
    this.inclusion = new Inclusion(clock, terms.chain, terms.seed);
    this.latencies = new Latencies(terms.proving, terms.seed);
    this.held = vault.ledger().amounts();
  }

  /**
   * Runs to the end.
   *
   * @param vault in the market of {@code scenario}, with what it holds
   * @param program of its policy
   * @throws BacktestRefused if the strategy was not made for the vault's program, or its model is
   *     not the policy's
   */
  public static TreasuryResult run(
      BasketScenario scenario,
      SimulatedTreasury vault,
      SimulatedProgram program,
      TreasuryStrategy strategy,
      Terms terms) {
    Optional<String> mismatch = strategy.program().mismatch(program.program().program());
    if (mismatch.isPresent()) {
      throw new BacktestRefused(
          "The strategy %s cannot decide for this vault. %s"
              .formatted(strategy.name(), mismatch.get()));
    }
    Policy policy = vault.policy();
    if (strategy.digest().filter(own -> !own.equals(policy.model().digest())).isPresent()) {
      throw new BacktestRefused(
          "The policy pins the model %s, and the strategy %s is another: give the vault a policy with the strategy's model."
              .formatted(policy.model().digest(), strategy.name()));
    }
    return new TreasuryBacktest(scenario, vault, program, strategy, terms).run();
  }

  private TreasuryResult run() {
    long step = limits().step();
    for (long asOf = Math.ceilDiv(terms.from, step) * step; ; asOf += step) {
      long head = clock.atOrAfter(asOf);
      if (head > terms.to) {
        break;
      }
      scenario.advanceTo(head);
      curve.add(point(head));
      decisions.add(decided(asOf, head));
    }
    scenario.advanceTo(terms.to);
    if (curve.isEmpty() || curve.getLast().time() < terms.to) {
      curve.add(point(terms.to));
    }
    return new TreasuryResult(name, decisions, curve, paid, vault.ledger());
  }

  private Policy.Numbers limits() {
    return vault.policy().limits().numbers();
  }

  private Point point(long time) {
    Policy policy = vault.policy();
    List<BigInteger> books = vault.ledger().amounts();
    List<BigInteger> values = new ArrayList<>();
    BigInteger equity = BigInteger.ZERO;
    BigInteger holding = BigInteger.ZERO;
    for (int i = 0; i < books.size(); i++) {
      values.add(vault.market().value(policy, i, books.get(i)));
      equity = equity.add(values.getLast());
      holding = holding.add(vault.market().value(policy, i, held.get(i)));
    }
    return new Point(time, values, equity.subtract(paid), holding, books);
  }

  // ---- one moment ----

  private Decided decided(long asOf, long head) {
    Considered considered;
    try {
      considered = consider(asOf, head);
    } catch (SimulatedProgram.Unknown e) {
      return new Decided(
          asOf, head, List.of(), "", new Outcome.Undecided(String.valueOf(e.getMessage())));
    }
    return new Decided(
        asOf,
        head,
        considered.outputs,
        Sha256.hex(considered.features.toString()),
        outcome(considered.decision, head));
  }

  /** What was decided on which features. */
  private record Considered(
      FeatureVector features, List<Integer> outputs, VaultDecision decision) {}

  private Considered consider(long asOf, long head) {
    FeatureVector features;
    try {
      features = program.at(asOf, head, vault.ledger(), References.of(vault, asOf, head));
    } catch (IllegalArgumentException e) {
      throw new SimulatedProgram.Unknown(String.valueOf(e.getMessage()));
    }
    List<Integer> outputs = outputs(strategy.decide(features));
    return new Considered(features, outputs, decision(asOf, outputs));
  }

  private static List<Integer> outputs(Decision decision) {
    return Arrays.stream(decision.words()).boxed().toList();
  }

  private VaultDecision decision(long asOf, List<Integer> outputs) {
    return new VaultDecision(
        vault.policy().model().digest(),
        vault.ledger().nonce(),
        BigInteger.valueOf(asOf + limits().maxAge()),
        asOf,
        agent(),
        terms.maxSlippageBps,
        outputs.stream().map(BigInteger::valueOf).toList());
  }

  private Address agent() {
    return vault.policy().model().agent();
  }

  private Outcome outcome(VaultDecision decision, long head) {
    Optional<Outcome> ended = beforehand(decision, head);
    if (ended.isPresent()) {
      return ended.get();
    }
    long number = sent++;
    paid = paid.add(terms.costs.proof);
    long readyMillis = 1_000 * head + latencies.millis(number);
    long ready = clock.atOrBefore(readyMillis / 1_000);
    long last = Math.min(terms.to, decision.deadline().longValueExact());
    if (ready > last) {
      return new Outcome.Lost();
    }
    if (ready > head) {
      scenario.advanceTo(ready);
      ended = beforehand(decision, ready);
      if (ended.isPresent()) {
        return ended.get();
      }
    }
    OptionalLong block = inclusion.block(number, readyMillis);
    if (block.isEmpty() || block.getAsLong() > last) {
      return new Outcome.Lost();
    }
    scenario.advanceTo(block.getAsLong());
    return included(decision, block.getAsLong());
  }

  /** What ends a decision before it costs anything; empty if it is worth going on with. */
  private Optional<Outcome> beforehand(VaultDecision decision, long now) {
    Execution foreseen = vault.rehearse(decision, agent(), now);
    return switch (foreseen) {
      case Refusal refusal -> Optional.of(new Outcome.Foreseen(refusal));
      case Executed executed ->
          executed.plan().steps().isEmpty() && !terms.recordsHolds
              ? Optional.of(new Outcome.Idle(executed.plan().reason()))
              : Optional.empty();
    };
  }

  private Outcome included(VaultDecision decision, long time) {
    Outcome outcome =
        switch (vault.execute(decision, agent(), time)) {
          case Refusal refusal -> new Outcome.Refused(time, refusal);
          case Executed(var _, Plan plan, var deltas) ->
              plan.reason() == Reason.NONE
                  ? new Outcome.Traded(time, plan, deltas)
                  : new Outcome.Recorded(time, plan.reason());
        };
    paid =
        paid.add(
            switch (outcome) {
              case Outcome.Traded _ -> terms.costs.trade;
              case Outcome.Recorded _ -> terms.costs.hold;
              default -> terms.costs.refusal;
            });
    return outcome;
  }
}
