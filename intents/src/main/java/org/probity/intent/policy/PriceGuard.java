package org.probity.intent.policy;

import java.math.BigInteger;
import org.probity.chain.Address;
import org.probity.chain.uniswap.Observation;
import org.probity.intent.policy.Policy.Numbers;
import org.probity.strategy.feature.PriceMath;
import org.probity.strategy.feature.TwapReturns;

/**
 * Whether a trade is at the market's price, and small enough that nobody gains by moving it;
 * exactly {@code PriceGuard.sol}, which says why.
 *
 * <p>Four prices of a route are looked at: the mean over the window up to the decision's moment
 * (reference) and up to now (fresh), the tick at the start of this block and the one before it
 * (prior). All ticks of a route are the sums of its pools' oriented ticks.
 */
final class PriceGuard {

  private static final BigInteger MOST_GIVEN =
      BigInteger.ONE.shiftLeft(128).subtract(BigInteger.ONE);
  private static final BigInteger MASK_160 = BigInteger.ONE.shiftLeft(160).subtract(BigInteger.ONE);
  private static final BigInteger PIPS_AND_BPS = BigInteger.TEN.pow(10);

  private final Numbers limits;
  private final long asOf;
  private final long now;

  PriceGuard(Numbers limits, long asOf, long now) {
    this.limits = limits;
    this.asOf = asOf;
    this.now = now;
  }

  /** A pool, and what was found of it while a plan is made. */
  static final class Pool {
    final int index;
    final Address place;
    final PoolView view;
    private final int fee;
    private final BigInteger minLiquidity;
    private final BigInteger countedLiquidity;
    private int fresh;
    private boolean liquid;
    private int start;
    private int prior;
    private boolean hasStart;

    /** Which part of what its depth bears is used by earlier steps, in units of 2^-96. */
    private BigInteger used = BigInteger.ZERO;

    Pool(int index, Policy policy, PoolView view) {
      this.index = index;
      this.place = policy.parts().pools().get(index).pool();
      this.view = view;
      this.fee = policy.parts().pools().get(index).fee();
      this.minLiquidity = policy.limits().pools().get(index).minLiquidity();
      this.countedLiquidity = policy.limits().pools().get(index).countedLiquidity();
    }
  }

  /** The pools from the asset to the numeraire. */
  static final class Route {
    private final Pool[] pools;
    private final boolean[] inverted;

    Route(Pool[] pools, boolean[] inverted) {
      this.pools = pools;
      this.inverted = inverted;
    }

    int length() {
      return pools.length;
    }

    Pool pool(int hop) {
      return pools[hop];
    }

    private int oriented(int hop, int tick) {
      return inverted[hop] ? -tick : tick;
    }

    /** The hop that comes k-th when the asset is sold, or bought. */
    private int inOrder(int k, boolean sell) {
      return sell ? k : pools.length - 1 - k;
    }

    private boolean zeroForOne(int hop, boolean sell) {
      // The asset's side is token0 unless inverted.
      return sell != inverted[hop];
    }
  }

  /** What a way costs besides its price: its fees, and how far a step may move it, in ticks. */
  record Toll(int fees, int impact) {

    /** Of a place of this fee. */
    static Toll of(Numbers limits, int fee) {
      return new Toll(feeTicks(fee), impactTicks(limits, fee));
    }
  }

  /** The worst price that a step may pay: where its price may end, and the mean, fees included. */
  record Guarded(int limit, BigInteger worstX96) {}

  // ---- ticks ----

  /** A pool's cumulative tick at a moment that the reference is made of. */
  long referred(Pool pool, long moment) {
    if (asOf > now) {
      throw Refused.by("InFuture", asOf, now);
    }
    return ticksAt(pool, moment);
  }

  int freshOf(Route route) {
    int tick = 0;
    for (int h = 0; h < route.length(); h++) {
      tick += route.oriented(h, freshTick(route.pool(h)));
    }
    return tick;
  }

  int startOf(Route route) {
    int tick = 0;
    for (int h = 0; h < route.length(); h++) {
      tick += route.oriented(h, start(route.pool(h)));
    }
    return tick;
  }

  /** The pool's mean tick over the window that ends now, once its liquidity is found enough. */
  int freshTick(Pool pool) {
    if (pool.liquid) {
      return pool.fresh;
    }
    long then = now - limits.window();
    long later = ticksAt(pool, now);
    int fresh = Math.toIntExact(TwapReturns.meanTick(later, ticksAt(pool, then), limits.window()));
    BigInteger passed =
        pool.view
            .secondsPerLiquidityX128(now)
            .subtract(pool.view.secondsPerLiquidityX128(then))
            .and(MASK_160);
    BigInteger harmonic =
        passed.signum() == 0
            ? BigInteger.ZERO
            : BigInteger.valueOf(limits.window()).shiftLeft(128).divide(passed);
    requireLiquid(pool, harmonic);
    requireLiquid(pool, pool.view.liquidity());
    pool.fresh = fresh;
    pool.liquid = true;
    return fresh;
  }

  private static void requireLiquid(Pool pool, BigInteger liquidity) {
    requireLiquid(pool.place, liquidity, pool.minLiquidity);
  }

  /** Refuses less liquidity at a place than its floor. */
  static void requireLiquid(Address place, BigInteger liquidity, BigInteger floor) {
    if (liquidity.compareTo(floor) < 0) {
      throw Refused.by("TooLittleLiquidity", place, liquidity, floor);
    }
  }

  private long ticksAt(Pool pool, long moment) {
    long oldest = pool.view.oldest();
    if (moment < oldest) {
      throw Refused.by("HistoryTooShort", pool.place, now - moment, now - oldest);
    }
    return pool.view.tickCumulative(moment);
  }

  private int start(Pool pool) {
    if (!pool.hasStart) {
      findStart(pool);
      pool.hasStart = true;
    }
    return pool.start;
  }

  /** The tick at the start of this block, and the one before; see {@code Observations.sol}. */
  private void findStart(Pool pool) {
    Observation first = pool.view.observation(0);
    Observation second = pool.view.observation(1);
    if (pool.view.cardinality() < 3 || !follows(first, second)) {
      throw Refused.by("NoBlockStart", pool.place);
    }
    int lately = (int) first.tickSince(second);
    boolean moved = first.timestamp() == now;
    pool.start = moved ? lately : pool.view.tick();
    pool.prior = lately;
    if (now - (moved ? second : first).timestamp() >= limits.settle()) {
      pool.prior = pool.start;
    } else if (moved) {
      Observation third = pool.view.observation(2);
      if (!follows(second, third)) {
        throw Refused.by("NoBlockStart", pool.place);
      }
      pool.prior = (int) second.tickSince(third);
    }
  }

  private static boolean follows(Observation later, Observation earlier) {
    return later.initialized() && earlier.initialized() && earlier.timestamp() < later.timestamp();
  }

  // ---- sizes ----

  /** How much may be given at most over a route, by the depth that is counted on. */
  BigInteger depth(Route route, boolean sell) {
    BigInteger bears = MOST_GIVEN;
    int passed = 0;
    for (int k = 0; k < route.length(); k++) {
      int h = route.inOrder(k, sell);
      Pool pool = route.pool(h);
      BigInteger here =
          Uint.mulX96(bears(pool, route.zeroForOne(h, sell)), Uint.ONE_X96.subtract(pool.used));
      // What arrives here, for one unit given at the beginning, is 1.0001^passed.
      bears = bears.min(Uint.mulDiv(here, Uint.ONE_X96, priceX96(passed)));
      passed += onward(route, h, sell);
    }
    return bears;
  }

  /** Counts a step into the allowance of each pool that it goes through. */
  void use(Route route, boolean sell, BigInteger amountIn) {
    int passed = 0;
    for (int k = 0; k < route.length(); k++) {
      int h = route.inOrder(k, sell);
      Pool pool = route.pool(h);
      BigInteger arriving = Uint.mulDivUp(amountIn, priceX96(passed), Uint.ONE_X96);
      BigInteger whole = bears(pool, route.zeroForOne(h, sell));
      BigInteger taken = Uint.mulDivUp(arriving, Uint.ONE_X96, whole);
      pool.used = Uint.ONE_X96.min(Uint.add(pool.used, taken));
      passed += onward(route, h, sell);
    }
  }

  /** What one pool bears of the token that it gets: a share of fee times depth at the start. */
  private BigInteger bears(Pool pool, boolean zeroForOne) {
    return bears(pool.countedLiquidity, pool.fee, start(pool), zeroForOne);
  }

  /** How much may be given at most at a venue: as in a pool that begins where the route does. */
  BigInteger depth(Route route, BigInteger countedLiquidity, int fee, boolean sell) {
    return bears(countedLiquidity, fee, startOf(route), sell);
  }

  private BigInteger bears(BigInteger countedLiquidity, int fee, int start, boolean zeroForOne) {
    BigInteger root = root(start);
    BigInteger side =
        zeroForOne
            ? Uint.mulDiv(countedLiquidity, Uint.ONE_X96, root)
            : Uint.mulX96(countedLiquidity, root);
    return Uint.mulDiv(side, BigInteger.valueOf((long) fee * limits.depthShareBps()), PIPS_AND_BPS);
  }

  /** The tick of what a pool gives for one unit of what it gets, as of the start. */
  private int onward(Route route, int h, boolean sell) {
    int start = start(route.pool(h));
    return route.zeroForOne(h, sell) ? start : -start;
  }

  // ---- prices ----

  /** What it costs to trade along a route. */
  Toll toll(Route route) {
    int fees = 0;
    int impact = 0;
    for (int h = 0; h < route.length(); h++) {
      Toll pool = Toll.of(limits, route.pool(h).fee);
      fees += pool.fees;
      impact += pool.impact;
    }
    return new Toll(fees, impact);
  }

  /**
   * The four prices of an asset's route against each other, and the worst that a step may pay,
   * along it or elsewhere.
   *
   * @param toll of where it is traded
   */
  Guarded check(Route route, Toll toll, boolean sell, int ref, int slippageBps) {
    int fresh = freshOf(route);
    int start = 0;
    int prior = 0;
    for (int h = 0; h < route.length(); h++) {
      Pool pool = route.pool(h);
      start += route.oriented(h, start(pool));
      prior += route.oriented(h, pool.prior);
    }
    requireNear(start, ref);
    requireNear(start, fresh);
    requireNear(prior, ref);
    requireNear(prior, fresh);

    int room = slippageBps - toll.fees;
    if (room < 0) {
      throw Refused.by("SlippageBelowFees", slippageBps, toll.fees);
    }
    int limit =
        sell
            ? Math.max(Math.max(Math.max(ref, fresh), prior) - room, start - toll.impact)
            : Math.min(Math.min(Math.min(ref, fresh), prior) + room, start + toll.impact);
    return new Guarded(limit, root(sell ? limit - toll.fees : limit + toll.fees));
  }

  /** How far a step through a pool of this fee may move its price. */
  static int impactTicks(Numbers limits, int fee) {
    return (int) Math.ceilDiv(2L * limits.depthShareBps() * fee, 1_000_000L)
        + limits.impactMargin();
  }

  /** 1 / (1 - f) is less than 1.0001^(f + 1 bp) up to a fee of 1 %. */
  static int feeTicks(int fee) {
    return (fee + 99) / 100 + 1;
  }

  private void requireNear(int tick, int mean) {
    if (Math.abs(tick - mean) > limits.maxDrift()) {
      throw Refused.by("MarketMoved", tick, mean, limits.maxDrift());
    }
  }

  /**
   * The worst marginal price as the one pool of a route wants it, strictly between its extreme
   * prices; 0 for a longer route.
   */
  static BigInteger limitX96(Route route, boolean sell, int limit) {
    if (route.length() != 1) {
      return BigInteger.ZERO;
    }
    int tick = Math.clamp(route.oriented(0, limit), 1 - PriceMath.MAX_TICK, PriceMath.MAX_TICK - 1);
    BigInteger limitX96 = root(tick);
    BigInteger spot = route.pool(0).view.sqrtPriceX96();
    int beyond = spot.compareTo(limitX96);
    if (route.zeroForOne(0, sell) ? beyond <= 0 : beyond >= 0) {
      throw Refused.by("PriceBeyondLimit", spot, limitX96);
    }
    return limitX96;
  }

  /** What one unit costs at a tick, times 2^96, rounded down. */
  static BigInteger priceX96(int tick) {
    if (tick == 0) {
      return Uint.ONE_X96;
    }
    BigInteger root = root(tick);
    return Uint.mulX96(root, root);
  }

  /** The square root of the price at a tick, times 2^96. */
  static BigInteger root(int tick) {
    if (Math.abs(tick) > PriceMath.MAX_TICK) {
      throw Refused.by("TickOutOfRange", tick);
    }
    return PriceMath.sqrtRatioX96(tick);
  }

  /** What an amount is worth at a tick. */
  static BigInteger valueAt(BigInteger amount, int tick) {
    try {
      return PriceMath.valueAt(amount, root(tick));
    } catch (ArithmeticException e) {
      throw Refused.by("ValueOverflow");
    }
  }
}
