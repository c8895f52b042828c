package org.probity.sim.scenario;

import java.math.BigInteger;
import org.probity.sim.market.Amounts;
import org.probity.sim.market.V3Pool;
import org.probity.sim.market.V4Pool;

/**
 * A pool of concentrated liquidity beside a scenario's own, and those who trade it: who holds it to
 * another market's price, and who buys in one of the two pools and sells in the other.
 */
abstract class SidePool {

  private static final int MAX_TICK = 887_272;
  private static final int HALVINGS = 12;

  /** More than any pool takes to get anywhere. */
  private static final BigInteger ENOUGH = BigInteger.ONE.shiftLeft(120);

  private final PoolTerms terms;
  private final double kept;
  private final String name;
  private BigInteger volume = BigInteger.ZERO;
  private long trades;

  private SidePool(PoolTerms terms, int feePips, String name) {
    this.terms = terms;
    this.kept = 1 - feePips / 1e6;
    this.name = name;
  }

  /** A pool of v3. */
  static SidePool of(PoolTerms terms, SideTerms.V3 side, double price, long time) {
    ExactPool pool = ExactPool.create(side.feePips(), terms.sqrtX96(price), time, 1);
    pool.setWideLiquidity(time, terms.liquidity(side.depth(), price));
    return new SidePool(terms, side.feePips(), "Uniswap v3 pool beside it") {
      @Override
      BigInteger sqrtPriceX96() {
        return pool.sqrtPriceX96();
      }

      @Override
      Amounts quote(long now, boolean zeroForOne, BigInteger amount, BigInteger limit) {
        V3Pool.Quote quote = pool.exact().quote(now, zeroForOne, amount, limit);
        return new Amounts(quote.amount0(), quote.amount1());
      }

      @Override
      Amounts swap(long now, boolean zeroForOne, BigInteger amount, BigInteger limit) {
        return pool.swap(now, zeroForOne, amount, limit);
      }

      @Override
      OtherVenue venue() {
        return new OtherVenue.OfV3(pool.exact());
      }
    };
  }

  /** A pool of v4. */
  static SidePool of(PoolTerms terms, SideTerms.V4 side, double price) {
    V4Pool pool = new V4Pool(side.feePips(), side.tickSpacing(), terms.sqrtX96(price));
    pool.setProtocolFee(side.protocolFeePips(), side.protocolFeePips());
    int widest = MAX_TICK - MAX_TICK % side.tickSpacing();
    pool.modifyLiquidity("market", -widest, widest, terms.liquidity(side.depth(), price));
    return new SidePool(terms, pool.swapFeePips(true), "Uniswap v4 pool") {
      @Override
      BigInteger sqrtPriceX96() {
        return pool.sqrtPriceX96();
      }

      @Override
      Amounts quote(long now, boolean zeroForOne, BigInteger amount, BigInteger limit) {
        return pool.quote(zeroForOne, amount, limit);
      }

      @Override
      Amounts swap(long now, boolean zeroForOne, BigInteger amount, BigInteger limit) {
        return pool.swap(zeroForOne, amount, limit);
      }

      @Override
      OtherVenue venue() {
        return new OtherVenue.OfV4(pool);
      }
    };
  }

  abstract BigInteger sqrtPriceX96();

  /** What a swap would move, from the pool's side. */
  abstract Amounts quote(long now, boolean zeroForOne, BigInteger amount, BigInteger limit);

  /** What it moves. */
  abstract Amounts swap(long now, boolean zeroForOne, BigInteger amount, BigInteger limit);

  abstract OtherVenue venue();

  private void dealt(Amounts moved) {
    volume = volume.add((terms.baseIsToken0() ? moved.amount1() : moved.amount0()).abs());
    trades++;
  }

  private static BigInteger anyPrice(boolean zeroForOne) {
    return zeroForOne ? V3Pool.LEAST_LIMIT : V3Pool.GREATEST_LIMIT;
  }

  /** Buys or sells so many whole base tokens, or as much as their worth buys. */
  void trade(boolean buys, double size, long time) {
    double price = terms.price(sqrtPriceX96());
    BigInteger amount = buys ? terms.quoteUnits(size * price) : terms.baseUnits(size);
    if (amount.signum() > 0) {
      boolean zeroForOne = buys != terms.baseIsToken0();
      dealt(swap(time, zeroForOne, amount, anyPrice(zeroForOne)));
    }
  }

  /** Trades the pool to the edge of the band around {@code price} in which its fee eats all. */
  void arbitrage(double price, long time) {
    BigInteger edge = edge(price, kept);
    int direction = edge.compareTo(sqrtPriceX96());
    if (direction != 0) {
      dealt(swap(time, direction < 0, ENOUGH, edge));
    }
  }

  /** The price of the band that is the nearer one, or the present one inside of it. */
  private BigInteger edge(double price, double keptOfAll) {
    BigInteger one = terms.sqrtX96(price * keptOfAll);
    BigInteger other = terms.sqrtX96(price / keptOfAll);
    return sqrtPriceX96().max(one.min(other)).min(one.max(other));
  }

  /**
   * Buys base in one of the two pools and sells it in the other, as much as would bring this one to
   * where the other's price and both fees leave nothing; of that the half, again and again, until
   * it pays.
   *
   * @return whether anything was traded
   */
  boolean alignWith(ExactPool main, long time) {
    double price = terms.price(main.sqrtPriceX96());
    BigInteger edge = edge(price, kept * (1 - main.feePips() / 1e6));
    int direction = edge.compareTo(sqrtPriceX96());
    if (direction == 0) {
      return false;
    }
    boolean zeroForOne = direction < 0;
    BigInteger amount = in(quote(time, zeroForOne, ENOUGH, edge), zeroForOne);
    for (int i = 0; i < HALVINGS && amount.signum() > 0; i++) {
      BigInteger got = out(quote(time, zeroForOne, amount, anyPrice(zeroForOne)), zeroForOne);
      if (got.signum() > 0 && back(main, time, !zeroForOne, got).compareTo(amount) > 0) {
        dealt(swap(time, zeroForOne, amount, anyPrice(zeroForOne)));
        main.swap(time, !zeroForOne, got);
        return true;
      }
      amount = amount.shiftRight(1);
    }
    return false;
  }

  private static BigInteger back(ExactPool main, long time, boolean zeroForOne, BigInteger amount) {
    V3Pool.Quote quote = main.quote(time, zeroForOne, amount);
    return (zeroForOne ? quote.amount1() : quote.amount0()).negate();
  }

  private static BigInteger in(Amounts moved, boolean zeroForOne) {
    return zeroForOne ? moved.amount0() : moved.amount1();
  }

  private static BigInteger out(Amounts moved, boolean zeroForOne) {
    return (zeroForOne ? moved.amount1() : moved.amount0()).negate();
  }

  MarketActivity.Venue told() {
    return new MarketActivity.Venue(name, trades, volume);
  }
}
