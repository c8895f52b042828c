package org.probity.sim.backtest;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.probity.chain.Address;
import org.probity.intent.policy.Executed;
import org.probity.intent.policy.Execution;
import org.probity.intent.policy.Planned;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyEngine;
import org.probity.intent.policy.Refusal;
import org.probity.intent.policy.VaultDecision;
import org.probity.intent.policy.VaultLedger;
import org.probity.sim.market.V3Pool;

/**
 * A vault in a simulated market: what {@code Vault.sol} with its policy, its engine and the action
 * of Uniswap v3 makes of a decision whose proof holds.
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
    return plan(decision, now, now);
  }

  /** The same with what is left of the allowance at {@code asked}, a moment before. */
  Planned plan(VaultDecision decision, long asked, long now) {
    return engine.plan(ledger.planInput(decision, asked), now, market.seenBy(ledger.policy(), now));
  }

  /** What {@link #execute} would come to; changes nothing. */
  Execution rehearse(VaultDecision decision, Address caller, long now) {
    return rehearse(decision, caller, now, onCopies(now));
  }

  /**
   * What an execution came to.
   *
   * @param done the steps that were filled, in their order; none if it was refused
   */
  record Carried(Execution execution, List<RouteSwaps.Done> done) {}

  /**
   * Has a decision executed whose proof holds, in a block of this time.
   *
   * @param caller who sends the transaction
   */
  Carried execute(VaultDecision decision, Address caller, long now) {
    RouteSwaps rehearsal = onCopies(now);
    Execution execution = rehearse(decision, caller, now, rehearsal);
    return switch (execution) {
      case Refusal _ -> new Carried(execution, List.of());
      case Executed executed -> {
        RouteSwaps swaps =
            new RouteSwaps(market, policy(), now, address -> market.pool(address).exact());
        // A swap is a function of the pool that it meets, so these come out as they were rehearsed.
        rehearsal.done().forEach(done -> swaps.run(done.step(), done.amountIn()));
        ledger = executed.ledger();
        yield new Carried(execution, swaps.done());
      }
    };
  }

  private Execution rehearse(VaultDecision decision, Address caller, long now, RouteSwaps swaps) {
    return ledger.execute(
        decision, caller, now, engine, market.seenBy(ledger.policy(), now), swaps);
  }

  private RouteSwaps onCopies(long now) {
    Map<Address, V3Pool> copies = new TreeMap<>();
    return new RouteSwaps(
        market,
        policy(),
        now,
        address -> copies.computeIfAbsent(address, place -> market.pool(place).exact().copy()));
  }
}
