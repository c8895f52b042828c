package org.probity.sim.backtest;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
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
 * Swaps where a step is to be made, exactly as the actions do: along a route of one to three pools
 * as {@code UniswapV3Action.sol}, over a single one up to the step's price limit and over several
 * whole or not at all, or at a venue of the policy ({@link VenuePath}).
 *
 * <p>A refused step leaves the pools somewhere on the way: what a revert would take back is the
 * caller's to take back.
 */
final class StepSwaps implements StepAction {

  private final SimulatedMarket market;
  private final Policy policy;
  private final long now;
  private final Pools pools;
  private final List<Done> done = new ArrayList<>();

  /**
   * A step that was filled.
   *
   * @param amountIn what might be given at most
   */
  record Done(PlanStep step, BigInteger amountIn, Fill fill) {}

  /**
   * @param now the block's time
   * @param pools to swap in: the market's or copies
   */
  StepSwaps(SimulatedMarket market, Policy policy, long now, Pools pools) {
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
    Address asset = policy.parts().assets().get(step.asset()).token();
    Address numeraire = policy.parts().assets().getFirst().token();
    Address token = step.sell() ? asset : numeraire;
    Address wanted = step.sell() ? numeraire : asset;
    StepResult result =
        step.venue() == 0
            ? alongRoute(step, token, wanted, amountIn)
            : market
                .venue(policy.parts().venues().get(step.venue() - 1))
                .run(token, wanted, amountIn, now, pools);
    if (result instanceof Fill fill) {
      done.add(new Done(step, amountIn, fill));
    }
    return result;
  }

  private StepResult alongRoute(
      PlanStep step, Address tokenIn, Address wanted, BigInteger amountIn) {
    Address token = tokenIn;
    boolean single = step.pools().size() == 1;
    BigInteger given = amountIn;
    BigInteger amount = amountIn;
    for (int i = 0; i < step.pools().size(); i++) {
      int index = step.pools().get(i);
      SimulatedMarket.Place place = market.pool(policy.parts().pools().get(index).pool());
      boolean zeroForOne = token.equals(place.token0());
      if (!zeroForOne && !token.equals(place.token1())) {
        return Refusal.of("NotARoute", token, place.token1());
      }
      boolean last = i + 1 == step.pools().size();
      token = zeroForOne ? place.token1() : place.token0();
      if (last && !token.equals(wanted)) {
        return Refusal.of("NotARoute", token, wanted);
      }
      try {
        if (single) {
          Amounts moved = moved(place, zeroForOne, amount, step.limitX96(), now, pools);
          given = taken(moved, amount);
          amount = got(moved, zeroForOne);
        } else {
          amount = through(place, zeroForOne, amount, now, pools, last);
        }
      } catch (ActionRefused e) {
        return e.refusal();
      } catch (Reverted e) {
        return reverted(e);
      }
    }
    return new Fill(given, amount);
  }

  /**
   * Through one pool of a way, whole.
   *
   * @return what the pool paid
   * @throws ActionRefused where the action reverts
   * @throws Reverted where the pool does
   */
  static BigInteger through(
      SimulatedMarket.Place place,
      boolean zeroForOne,
      BigInteger amount,
      long now,
      Pools pools,
      boolean last) {
    Amounts moved = moved(place, zeroForOne, amount, BigInteger.ZERO, now, pools);
    BigInteger taken = taken(moved, amount);
    if (taken.compareTo(amount) < 0) {
      throw new ActionRefused(Refusal.of("FilledInPart", place.pool(), taken, amount));
    }
    BigInteger got = got(moved, zeroForOne);
    if (!last && got.signum() == 0) {
      throw new ActionRefused(Refusal.of("NothingGot", place.pool()));
    }
    return got;
  }

  private static Amounts moved(
      SimulatedMarket.Place place,
      boolean zeroForOne,
      BigInteger amount,
      BigInteger limitX96,
      long now,
      Pools pools) {
    BigInteger limit =
        limitX96.signum() != 0 ? limitX96 : zeroForOne ? V3Pool.LEAST_LIMIT : V3Pool.GREATEST_LIMIT;
    return pools.of(place.exact()).swap(now, zeroForOne, amount, limit);
  }

  /** What the pool asks for in its callback. */
  private static BigInteger taken(Amounts moved, BigInteger amount) {
    BigInteger owed = moved.amount0().signum() > 0 ? moved.amount0() : moved.amount1();
    if (owed.signum() <= 0 || owed.compareTo(amount) > 0) {
      throw new ActionRefused(Refusal.of("NotOwed", owed, amount));
    }
    return owed;
  }

  private static BigInteger got(Amounts moved, boolean zeroForOne) {
    return (zeroForOne ? moved.amount1() : moved.amount0()).negate();
  }

  /** Reverts of pools have a text, which Solidity encodes as an error of this name. */
  static Refusal reverted(Reverted e) {
    return e.reason().isEmpty() ? Refusal.of("Reverted") : Refusal.of("Error", e.reason());
  }
}
