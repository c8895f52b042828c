package org.probity.sim.scenario;

import java.math.BigInteger;
import org.probity.sim.market.Amounts;
import org.probity.sim.market.V2Pair;
import org.probity.sim.market.V3Pool;

/**
 * An exact Uniswap v2 pair beside a scenario's pool, and those who trade the two together.
 *
 * <p>An arbitrageur between them buys base where it is cheap and sells it where it is dear, as much
 * as leaves a marginal base token that costs what it brings, fees paid at both.
 */
final class PairVenue {

  private static final double FEE = 0.003;
  private static final double KEPT = 1 - FEE;
  private static final int HALVINGS = 48;
  private static final BigInteger NONE = BigInteger.ZERO;

  private final V2Pair pair = new V2Pair("pair");
  private final PoolTerms terms;
  private BigInteger volume = BigInteger.ZERO;
  private long trades;

  PairVenue(PoolTerms terms, double depth, double price, long time) {
    this.terms = terms;
    deposit(true, terms.baseUnits(depth));
    deposit(false, terms.quoteUnits(depth * price));
    pair.mint(time, "market");
  }

  private void deposit(boolean base, BigInteger amount) {
    boolean token0 = base == terms.baseIsToken0();
    pair.deposit(token0 ? amount : NONE, token0 ? NONE : amount);
  }

  private BigInteger reserve(boolean ofBase) {
    V2Pair.State state = pair.state();
    return ofBase == terms.baseIsToken0() ? state.reserve0() : state.reserve1();
  }

  private double base() {
    return terms.base(reserve(true));
  }

  private double quote() {
    return terms.quote(reserve(false));
  }

  /** Whole quote for one whole base, at the margin and before the fee. */
  double price() {
    return quote() / base();
  }

  /**
   * Sells so much into the pair.
   *
   * @param paysBase whether base is paid
   * @return what comes out
   */
  BigInteger sell(long time, boolean paysBase, BigInteger amountIn) {
    BigInteger out = out(paysBase, amountIn);
    if (out.signum() > 0) {
      deposit(paysBase, amountIn);
      boolean token0Out = paysBase != terms.baseIsToken0();
      pair.swap(time, token0Out ? out : NONE, token0Out ? NONE : out);
      volume = volume.add(paysBase ? out : amountIn);
      trades++;
    }
    return out;
  }

  private BigInteger out(boolean paysBase, BigInteger amountIn) {
    return amountIn.signum() == 0
        ? NONE
        : V2Pair.amountOut(amountIn, reserve(paysBase), reserve(!paysBase));
  }

  /** Buys or sells so many whole base tokens, or as much as their worth buys. */
  void trade(boolean buys, double size, long time) {
    sell(time, !buys, buys ? terms.quoteUnits(size * price()) : terms.baseUnits(size));
  }

  /**
   * Trades the pair to the edge of the band around {@code price} in which the fee eats every profit
   * (Angeris and others, <i>An analysis of Uniswap markets</i>, 2019, section 2.1).
   */
  void arbitrage(double price, long time) {
    double invariant = KEPT * base() * quote();
    double quoteIn = (Math.sqrt(invariant * price) - quote()) / KEPT;
    double baseIn = (Math.sqrt(invariant / price) - base()) / KEPT;
    if (quoteIn > 0) {
      sell(time, false, terms.quoteUnits(quoteIn));
    } else if (baseIn > 0) {
      sell(time, true, terms.baseUnits(baseIn));
    }
  }

  // ---- the two together ----

  /** Trades between the pair and {@code pool} as long as it pays; returns whether it did. */
  boolean alignWith(ExactPool pool, long time) {
    double kept = 1 - pool.feePips() / 1e6;
    double there = terms.price(pool.sqrtPriceX96());
    double here = price();
    if (there * kept * KEPT > here) {
      return buyHereSellThere(pool, there, kept, time);
    }
    return here * KEPT * kept > there && buyThereSellHere(pool, there, kept, time);
  }

  private boolean buyHereSellThere(ExactPool pool, double there, double kept, long time) {
    boolean zeroForOne = terms.baseIsToken0();
    BigInteger amount =
        mostThatPays(
            base() - Math.sqrt(base() * quote() / there),
            (whole, units) ->
                terms.price(pool.quote(time, zeroForOne, units).sqrtPriceX96()) * kept
                    > priceAfter(-whole) / KEPT);
    if (amount.signum() == 0) {
      return false;
    }
    BigInteger cost = V2Pair.amountIn(amount, reserve(false), reserve(true));
    V3Pool.Quote sale = pool.quote(time, zeroForOne, amount);
    BigInteger proceeds = (zeroForOne ? sale.amount1() : sale.amount0()).negate();
    if (proceeds.compareTo(cost) <= 0) {
      return false;
    }
    // What the cost buys is the amount or, by rounding, a unit more.
    sell(time, false, cost);
    pool.swap(time, zeroForOne, amount);
    return true;
  }

  private boolean buyThereSellHere(ExactPool pool, double there, double kept, long time) {
    boolean zeroForOne = !terms.baseIsToken0();
    BigInteger amount =
        mostThatPays(
            Math.sqrt(base() * quote() / there) - base(),
            (whole, units) ->
                priceAfter(whole) * KEPT
                    > terms.price(pool.quote(time, zeroForOne, units.negate()).sqrtPriceX96())
                        / kept);
    if (amount.signum() == 0) {
      return false;
    }
    V3Pool.Quote purchase = pool.quote(time, zeroForOne, amount.negate());
    BigInteger cost = zeroForOne ? purchase.amount0() : purchase.amount1();
    BigInteger bought = (zeroForOne ? purchase.amount1() : purchase.amount0()).negate();
    if (!bought.equals(amount) || out(true, amount).compareTo(cost) <= 0) {
      return false;
    }
    pool.swap(time, zeroForOne, amount.negate());
    sell(time, true, amount);
    return true;
  }

  /** Whether the last of so many base tokens, whole and in smallest units, pays. */
  private interface Marginal {
    boolean pays(double whole, BigInteger units);
  }

  /** By bisection, in smallest units. */
  private BigInteger mostThatPays(double most, Marginal marginal) {
    double low = 0;
    double high = most;
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (low + high) / 2;
      BigInteger amount = terms.baseUnits(middle);
      boolean pays = amount.signum() == 0 || marginal.pays(middle, amount);
      low = pays ? middle : low;
      high = pays ? high : middle;
    }
    return terms.baseUnits(low);
  }

  /** The pair's price once so much base has come in, fee and all; near enough to find an amount. */
  private double priceAfter(double baseIn) {
    double taken = baseIn > 0 ? KEPT * baseIn : baseIn;
    double base = base() + taken;
    double quote = base() * quote() / base;
    return quote / base;
  }

  // ---- what is to be told ----

  MarketActivity.Venue told() {
    return new MarketActivity.Venue("Uniswap v2 pair", trades, volume);
  }

  /** The pair itself. */
  OtherVenue venue() {
    return new OtherVenue.Pair(pair);
  }

  /** What the pair holds. */
  Amounts balances() {
    return pair.balances();
  }
}
