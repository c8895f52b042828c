package org.probity.sim.backtest;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.probity.chain.Address;
import org.probity.intent.policy.Fill;
import org.probity.intent.policy.PlanStep;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.Refusal;
import org.probity.intent.policy.StepAction;
import org.probity.intent.policy.StepResult;
import org.probity.sim.market.Amounts;
import org.probity.sim.market.Reverted;
import org.probity.sim.market.V3Pool;

/**
 * Swaps through one to three pools, exactly as {@code UniswapV3Action.sol} does: over a single pool
 * up to the step's price limit, over several whole or not at all.
 *
 * <p>A refused step leaves the pools somewhere on the way: what a revert would take back is the
 * caller's to take back.
 */
final class RouteSwaps implements StepAction {

  private final SimulatedMarket market;
  private final Policy policy;
  private final long now;
  private final Function<Address, V3Pool> pools;
  private final List<Done> done = new ArrayList<>();

  /**
   * A step that was filled.
   *
   * @param amountIn what might be given at most
   */
  record Done(PlanStep step, BigInteger amountIn, Fill fill) {}

  /**
   * @param now the block's time
   * @param pools the pool to swap in for one of the market's; the same or a copy
   */
  RouteSwaps(SimulatedMarket market, Policy policy, long now, Function<Address, V3Pool> pools) {
    this.market = market;
    this.policy = policy;
    this.now = now;
    this.pools = pools;
  }

  /** The steps that were filled, in their order. */
  List<Done> done() {
    return done;
  }

  @Override
  public StepResult run(PlanStep step, BigInteger amountIn) {
    StepResult result = swapped(step, amountIn);
    if (result instanceof Fill fill) {
      done.add(new Done(step, amountIn, fill));
    }
    return result;
  }

  private StepResult swapped(PlanStep step, BigInteger amountIn) {
    Address asset = policy.parts().assets().get(step.asset()).token();
    Address numeraire = policy.parts().assets().getFirst().token();
    Address token = step.sell() ? asset : numeraire;
    Address wanted = step.sell() ? numeraire : asset;
    boolean single = step.pools().size() == 1;
    BigInteger given = amountIn;
    BigInteger amount = amountIn;
    for (int i = 0; i < step.pools().size(); i++) {
      int index = step.pools().get(i);
      SimulatedMarket.Place place = market.pool(policy.parts().pools().get(index).pool());
      boolean zeroForOne = token.equals(place.token0());
      if (!zeroForOne && !token.equals(place.token1())) {
        return new Refusal("NotARoute", List.of(token, place.token1()));
      }
      boolean last = i + 1 == step.pools().size();
      Address next = zeroForOne ? place.token1() : place.token0();
      if (last && !next.equals(wanted)) {
        return new Refusal("NotARoute", List.of(next, wanted));
      }
      BigInteger limit =
          single && step.limitX96().signum() != 0
              ? step.limitX96()
              : zeroForOne ? V3Pool.LEAST_LIMIT : V3Pool.GREATEST_LIMIT;
      Amounts moved;
      try {
        moved = pools.apply(place.pool()).swap(now, zeroForOne, amount, limit);
      } catch (Reverted e) {
        return reverted(e);
      }
      BigInteger owed = moved.amount0().signum() > 0 ? moved.amount0() : moved.amount1();
      if (owed.signum() <= 0 || owed.compareTo(amount) > 0) {
        return new Refusal("NotOwed", List.of(owed, amount));
      }
      if (single) {
        given = owed;
      } else if (owed.compareTo(amount) < 0) {
        return new Refusal("FilledInPart", List.of(place.pool(), owed, amount));
      }
      amount = (zeroForOne ? moved.amount1() : moved.amount0()).negate();
      token = next;
      if (!last && amount.signum() == 0) {
        return new Refusal("NothingGot", List.of(place.pool()));
      }
    }
    return new Fill(given, amount);
  }

  /** Reverts of pools have a text, which Solidity encodes as an error of this name. */
  private static Refusal reverted(Reverted e) {
    return e.reason().isEmpty()
        ? new Refusal("Reverted", List.of())
        : new Refusal("Error", List.of(e.reason()));
  }
}
