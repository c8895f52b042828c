package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.List;

/**
 * One trade of an asset against the numeraire; the {@code PlanStep} of {@code PolicyEngine.sol}.
 *
 * @param asset its index in the policy's parts
 * @param amountIn what is given at most: of the asset if sold, else of the numeraire
 * @param notional value at the reference
 * @param limitX96 for the one pool of a route of one: the square root of the worst marginal price;
 *     0 for longer routes and at a venue
 * @param worstX96 the square root of the worst mean price, fees included: numeraire for one unit of
 *     the asset
 * @param priceX96 numeraire for one unit of the asset, times 2^96: what losses are measured with
 * @param pools of the route, indices in the policy's parts, in the order of the swaps; none at a
 *     venue
 * @param venue where it is traded: 0 along the asset's route, k at the policy's venue k - 1
 */
public record PlanStep(
    int asset,
    boolean sell,
    BigInteger amountIn,
    BigInteger notional,
    BigInteger limitX96,
    BigInteger worstX96,
    BigInteger priceX96,
    List<Integer> pools,
    int venue) {
  public PlanStep {
    pools = List.copyOf(pools);
  }

  /** Along the asset's route. */
  public PlanStep(
      int asset,
      boolean sell,
      BigInteger amountIn,
      BigInteger notional,
      BigInteger limitX96,
      BigInteger worstX96,
      BigInteger priceX96,
      List<Integer> pools) {
    this(asset, sell, amountIn, notional, limitX96, worstX96, priceX96, pools, 0);
  }

  /** What must be received for what was given, at the worst mean price, rounded up. */
  public BigInteger least(BigInteger given) {
    BigInteger by = sell ? worstX96 : Uint.ONE_X96;
    BigInteger over = sell ? Uint.ONE_X96 : worstX96;
    return Uint.mulDivUp(Uint.mulDivUp(given, by, over), by, over);
  }

  /** What of the turnover's allowance is used by giving so much of {@code offered}. */
  public BigInteger used(BigInteger given, BigInteger offered) {
    return sell ? Uint.mulDivUp(given, notional, offered) : given;
  }

  /** The value of a difference of the asset, in the vault's disfavour. */
  public BigInteger valued(BigInteger amount) {
    return amount.signum() < 0
        ? Uint.mulDivUp(amount.negate(), priceX96, Uint.ONE_X96).negate()
        : Uint.mulX96(amount, priceX96);
  }
}
