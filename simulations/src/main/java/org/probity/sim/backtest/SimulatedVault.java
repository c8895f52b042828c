package org.probity.sim.backtest;

import java.util.List;
import java.util.Optional;
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
          ledger.planInput(decision, choices, asked), now, market.seenBy(ledger, now));
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
    Rehearsal rehearsal = onCopies(now);
    Execution execution = rehearse(decision, choices, caller, now, rehearsal);
    return switch (execution) {
      case Refusal _ -> new Carried(execution, List.of());
      case Executed executed -> {
        StepSwaps swaps = new StepSwaps(market, policy(), now, Pools.OWN);
        // What is done is a function of the pool that it meets: these come out as rehearsed.
        rehearsal.swaps.done().forEach(done -> swaps.run(done.step(), done.amountIn()));
        market
            .lending(policy(), now, Pools.OWN)
            .ifPresent(
                own -> rehearsal.lent().forEach(done -> own.move(done.step(), done.amount())));
        ledger = executed.ledger();
        yield new Carried(execution, swaps.done());
      }
    };
  }

  /** After anybody had its account remember the lending market's indices. */
  void poke(long now) {
    market
        .lending(policy(), now, Pools.OWN)
        .ifPresent(lending -> ledger = ledger.remembering(lending, now));
  }

  /** Copies of the market's pools on which an execution is tried. */
  private record Rehearsal(StepSwaps swaps, Optional<SimulatedLending> lending) {

    List<SimulatedLending.Done> lent() {
      return lending.map(SimulatedLending::done).orElse(List.of());
    }

    LoanMarket lender() {
      return lending.isPresent() ? lending.get() : LoanMarket.NONE;
    }
  }

  private Execution rehearse(
      VaultDecision decision, List<Integer> choices, Address caller, long now, Rehearsal on) {
    MarketView seen = market.seenBy(ledger, now);
    try {
      return ledger.execute(decision, choices, caller, now, engine, seen, on.swaps, on.lender());
    } catch (ActionRefused e) {
      return e.refusal();
    }
  }

  private Rehearsal onCopies(long now) {
    Pools copies = Pools.copies();
    return new Rehearsal(
        new StepSwaps(market, policy(), now, copies), market.lending(policy(), now, copies));
  }
}
