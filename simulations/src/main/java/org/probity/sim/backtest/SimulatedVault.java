package org.probity.sim.backtest;

import java.util.List;
import java.util.function.UnaryOperator;
import org.probity.chain.Address;
import org.probity.intent.policy.Executed;
import org.probity.intent.policy.Execution;
import org.probity.intent.policy.LoanMarket;
import org.probity.intent.policy.MarketView;
import org.probity.intent.policy.PlanInput;
import org.probity.intent.policy.Planned;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyEngine;
import org.probity.intent.policy.Refusal;
import org.probity.intent.policy.VaultDecision;
import org.probity.intent.policy.VaultLedger;

/**
 * A vault in a simulated market: what {@code Vault.sol} with its policy, its engine and its actions
 * makes of a decision whose proof holds.
 *
 * <p>An execution is first rehearsed on copies of the pools that it meets, and done on the pools
 * themselves only if nothing refuses it: that is what a revert comes to.
 *
 * <p>Not thread-safe.
 */
final class SimulatedVault {

  private final SimulatedMarket market;
  private final PolicyEngine engine;
  private VaultLedger ledger;

  /**
   * A vault in a market.
   *
   * @param engine of the market's chain
   * @param ledger all that it remembers
   */
  SimulatedVault(SimulatedMarket market, PolicyEngine engine, VaultLedger ledger) {
    this.market = market;
    this.engine = engine;
    this.ledger = ledger;
  }

  /** What the vault remembers. */
  VaultLedger ledger() {
    return ledger;
  }

  /** The policy in force. */
  Policy policy() {
    return ledger.policy();
  }

  /** The market that it trades in. */
  SimulatedMarket market() {
    return market;
  }

  /**
   * What its owner does: a deposit, an exit, a pause, another policy.
   *
   * @param deed one of the ledger's own changes, such as {@link VaultLedger#deposited}
   * @throws IllegalArgumentException with the contract's own error if the vault would refuse it
   */
  void own(UnaryOperator<VaultLedger> deed) {
    ledger = deed.apply(ledger);
  }

  /** Which steps a decision would lead to in a block of this time, or why to none. */
  Planned plan(VaultDecision decision, long now) {
    return plan(decision, routes(), now, now);
  }

  /** The same with what is left of the allowance at {@code asked}, a moment before. */
  Planned plan(VaultDecision decision, long asked, long now) {
    return plan(decision, routes(), asked, now);
  }

  /**
   * The same at venues.
   *
   * @param choices for each asset but the numeraire: 0 its route, k the policy's venue k - 1
   */
  Planned plan(VaultDecision decision, List<Integer> choices, long asked, long now) {
    try {
      return engine.plan(
          ledger.planInput(decision, choices, asked), now, market.seenBy(ledger.policy(), now));
    } catch (ActionRefused e) {
      return e.refusal();
    }
  }

  /** Each asset along its route. */
  List<Integer> routes() {
    return PlanInput.routes(policy());
  }

  /** What {@link #execute} along the routes would come to; changes nothing. */
  Execution rehearse(VaultDecision decision, Address caller, long now) {
    return rehearse(decision, routes(), caller, now);
  }

  /** The same at venues. */
  Execution rehearse(VaultDecision decision, List<Integer> choices, Address caller, long now) {
    return rehearse(decision, choices, caller, now, onCopies(now));
  }

  /**
   * What an execution came to.
   *
   * @param done the steps that were filled, in their order; none if it was refused
   */
  record Carried(Execution execution, List<StepSwaps.Done> done) {}

  /** Has a decision executed along the routes. */
  Carried execute(VaultDecision decision, Address caller, long now) {
    return execute(decision, routes(), caller, now);
  }

  /**
   * Has a decision executed whose proof holds, in a block of this time.
   *
   * @param choices for each asset but the numeraire: 0 its route, k the policy's venue k - 1
   * @param caller who sends the transaction
   */
  Carried execute(VaultDecision decision, List<Integer> choices, Address caller, long now) {
    StepSwaps rehearsal = onCopies(now);
    Execution execution = rehearse(decision, choices, caller, now, rehearsal);
    return switch (execution) {
      case Refusal _ -> new Carried(execution, List.of());
      case Executed executed -> {
        StepSwaps swaps = new StepSwaps(market, policy(), now, Pools.OWN);
        // A swap is a function of the pool that it meets, so these come out as they were rehearsed.
        rehearsal.done().forEach(done -> swaps.run(done.step(), done.amountIn()));
        ledger = executed.ledger();
        yield new Carried(execution, swaps.done());
      }
    };
  }

  private Execution rehearse(
      VaultDecision decision, List<Integer> choices, Address caller, long now, StepSwaps swaps) {
    MarketView seen = market.seenBy(ledger.policy(), now);
    try {
      return ledger.execute(
          decision, choices, caller, now, engine, seen, swaps, LoanMarket.NONE);
    } catch (ActionRefused e) {
      return e.refusal();
    }
  }

  private StepSwaps onCopies(long now) {
    return new StepSwaps(market, policy(), now, Pools.copies());
  }
}
