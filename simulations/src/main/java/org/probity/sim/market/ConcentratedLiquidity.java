package org.probity.sim.market;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.probity.sim.math.WideMath;
import org.probity.sim.math.Word;

/**
 * What the pools of Uniswap v3 and v4 are alike in: liquidity in ranges of ticks, and swaps across
 * them. What surrounds it (positions, the protocol's part, an oracle) is each version's own.
 */
abstract class ConcentratedLiquidity {

  /** The least price limit of a swap: one more than the price at the lowest tick. */
  public static final BigInteger LEAST_LIMIT =
      TickMath.MIN_SQRT_RATIO.toUnsigned().add(BigInteger.ONE);

  /** The greatest price limit of a swap: one less than the price at the highest tick. */
  public static final BigInteger GREATEST_LIMIT =
      TickMath.MAX_SQRT_RATIO.toUnsigned().subtract(BigInteger.ONE);

  static final int PIPS = 1_000_000;
  private static final BigInteger UINT160 = BigInteger.ONE.shiftLeft(160);

  final int feePips;
  final int tickSpacing;
  final Word maxLiquidityPerTick;
  private final Refusals refusals;

  final Word sqrtPrice = new Word();
  int tick;
  final Word feeGrowthGlobal0 = new Word();
  final Word feeGrowthGlobal1 = new Word();
  final Word liquidity = new Word();
  final TickTable ticks;

  // Arithmetic and registers.
  final WideMath math = new WideMath();
  final TickMath tickMath = new TickMath(math);
  final SqrtPriceMath prices = new SqrtPriceMath(math);
  final SwapMath swapMath;
  final Word x = new Word();
  final Word y = new Word();

  /**
   * The words in which a version refuses.
   *
   * @param less liquidity that is not there
   * @param more liquidity beyond 128 bits
   * @param net liquidity that a tick cannot add
   */
  record Refusals(
      String order,
      String lower,
      String upper,
      String tick,
      String spacing,
      String less,
      String more,
      String net) {}

  ConcentratedLiquidity(int feePips, int tickSpacing, SwapMath.Version version, Refusals refusals) {
    this.feePips = feePips;
    this.tickSpacing = tickSpacing;
    this.refusals = refusals;
    int count = 2 * (TickMath.MAX_TICK / tickSpacing) + 1;
    this.maxLiquidityPerTick =
        Word.of(
            BigInteger.ONE
                .shiftLeft(128)
                .subtract(BigInteger.ONE)
                .divide(BigInteger.valueOf(count)));
    this.swapMath = new SwapMath(math, prices, version);
    swapMath.charge(feePips);
    this.ticks = new TickTable(tickSpacing);
  }

  /** Takes over the state of another of the same kind. */
  final void set(ConcentratedLiquidity other) {
    sqrtPrice.set(other.sqrtPrice);
    tick = other.tick;
    feeGrowthGlobal0.set(other.feeGrowthGlobal0);
    feeGrowthGlobal1.set(other.feeGrowthGlobal1);
    liquidity.set(other.liquidity);
    ticks.set(other.ticks);
  }

  // ---- state ----

  public int feePips() {
    return feePips;
  }

  public int tickSpacing() {
    return tickSpacing;
  }

  /** The most liquidity that may end at one tick. */
  public BigInteger maxLiquidityPerTick() {
    return maxLiquidityPerTick.toUnsigned();
  }

  /** The square root price as Q64.96; zero before the first. */
  public BigInteger sqrtPriceX96() {
    return sqrtPrice.toUnsigned();
  }

  /** The tick of the price; at a tick that was just crossed downwards, the one below it. */
  public int tick() {
    return tick;
  }

  /** The liquidity in range. */
  public BigInteger liquidity() {
    return liquidity.toUnsigned();
  }

  /** Token 0's fees a unit of liquidity since the beginning, Q128.128, wrapping. */
  public BigInteger feeGrowthGlobal0() {
    return feeGrowthGlobal0.toUnsigned();
  }

  /** Token 1's fees a unit of liquidity since the beginning, Q128.128, wrapping. */
  public BigInteger feeGrowthGlobal1() {
    return feeGrowthGlobal1.toUnsigned();
  }

  // ---- ranges ----

  final void checkTicks(int lower, int upper) {
    Reverted.require(lower < upper, refusals.order);
    Reverted.require(lower >= TickMath.MIN_TICK, refusals.lower);
    Reverted.require(upper <= TickMath.MAX_TICK, refusals.upper);
  }

  /** A tick after {@code delta}, its liquidity gross and net (Tick.update, Pool.updateTick). */
  final TickState moved(TickState before, int at, Word delta, boolean upper) {
    TickState after = before.copy();
    after.liquidityGross.set(moved(before.liquidityGross, delta));
    if (!before.isInitialized() && at <= tick) {
      after.feeGrowthOutside0.set(feeGrowthGlobal0);
      after.feeGrowthOutside1.set(feeGrowthGlobal1);
    }
    if (upper) {
      after.liquidityNet.sub(delta);
    } else {
      after.liquidityNet.add(delta);
    }
    return after;
  }

  final void requireNet(TickState after) {
    Reverted.require(after.liquidityNet.fitsSigned(128), refusals.net);
  }

  final void requireBearable(TickState after) {
    Reverted.require(!after.liquidityGross.above(maxLiquidityPerTick), refusals.tick);
  }

  final void requireSpaced(int at, TickState before, TickState after) {
    boolean flips = before.isInitialized() != after.isInitialized();
    Reverted.require(!flips || at % tickSpacing == 0, refusals.spacing);
  }

  /** An amount of liquidity, unsigned, and a signed change. */
  final Word moved(Word amount, Word delta) {
    Word moved = amount.copy().add(delta);
    Reverted.require(!moved.isNegative(), refusals.less);
    Reverted.require(moved.fits(128), refusals.more);
    return moved;
  }

  /** Fee growth inside a range (Uniswap v3 whitepaper, formulas 6.17 to 6.19). */
  final Word inside(int lower, int upper, TickState below, TickState above, boolean zero) {
    Word global = zero ? feeGrowthGlobal0 : feeGrowthGlobal1;
    Word outsideLower = zero ? below.feeGrowthOutside0 : below.feeGrowthOutside1;
    Word outsideUpper = zero ? above.feeGrowthOutside0 : above.feeGrowthOutside1;
    Word under = tick >= lower ? outsideLower : global.copy().sub(outsideLower);
    Word over = tick < upper ? outsideUpper : global.copy().sub(outsideUpper);
    return global.copy().sub(under).sub(over);
  }

  /**
   * Leaves what a change of liquidity comes to in x and y.
   *
   * @param up whether to round up: against who provides
   * @throws Reverted without a reason where it exceeds 255 bits
   */
  final void amounts(int lower, int upper, Word delta, boolean up) {
    x.setZero();
    y.setZero();
    if (delta.isZero()) {
      return;
    }
    Word size = delta.isNegative() ? delta.copy().negate() : delta;
    Word low = tickMath.sqrtRatioAt(lower).copy();
    Word high = tickMath.sqrtRatioAt(upper).copy();
    if (tick < lower) {
      prices.amount0(x, low, high, size, up);
    } else if (tick < upper) {
      prices.amount0(x, sqrtPrice, high, size, up);
      Reverted.require(!x.isNegative());
      prices.amount1(y, low, sqrtPrice, size, up);
    } else {
      prices.amount1(y, low, high, size, up);
    }
    Reverted.require(!x.isNegative() && !y.isNegative());
  }

  // ---- what all operations share ----

  static <T> T reverting(Supplier<T> operation) {
    try {
      return operation.get();
    } catch (WideMath.OutOfRange e) {
      throw new Reverted("");
    }
  }

  static BigInteger checked(BigInteger value, BigInteger bound, String name) {
    if (value.signum() < 0 || value.compareTo(bound) >= 0) {
      throw new IllegalArgumentException(
          name + " has " + (bound.bitLength() - 1) + " bits and no sign: " + value);
    }
    return value;
  }

  static Word price(BigInteger sqrtPriceX96) {
    return Word.of(checked(sqrtPriceX96, UINT160, "A square root price"));
  }

  static Word limit(BigInteger sqrtPriceLimitX96) {
    return Word.of(checked(sqrtPriceLimitX96, UINT160, "A price limit"));
  }

  static Word signed(BigInteger amount) {
    if (amount.bitLength() > 255) {
      throw new IllegalArgumentException("An amount has 256 bits with its sign: " + amount);
    }
    return Word.of(amount);
  }

  // ---- swaps ----

  /** A swap on registers. Ticks that it crosses are noted, and crossed when it commits. */
  abstract class Run {

    final Word unit = new Word().setUnsigned(1).shiftLeft(128);
    final Word price = new Word();
    final Word liquidity = new Word();
    final Word feeGrowth = new Word();
    final Word part = new Word();
    int tick;
    int crossings;
    boolean zeroForOne;
    private boolean exactInput;
    private final Word limit = new Word();
    private final Word amount = new Word();
    private final Word remaining = new Word();
    private final Word calculated = new Word();
    private final Word start = new Word();
    private final List<Word> crossedGrowth = new ArrayList<>();
    private int[] crossed = new int[16];

    /** Takes the protocol's part of a step's fee, and gives the rest to who provides. */
    abstract void shareFee();

    /** Begins a swap whose limit was found to lie ahead. */
    void begin(boolean direction, Word specified, Word priceLimit) {
      zeroForOne = direction;
      exactInput = !specified.isNegative();
      price.set(sqrtPrice);
      tick = ConcentratedLiquidity.this.tick;
      liquidity.set(ConcentratedLiquidity.this.liquidity);
      limit.set(priceLimit);
      amount.set(specified);
      remaining.set(specified);
      calculated.setZero();
      feeGrowth.set(direction ? feeGrowthGlobal0 : feeGrowthGlobal1);
      crossings = 0;
    }

    final void toEnd() {
      while (!remaining.isZero() && !price.same(limit)) {
        step();
      }
    }

    private void step() {
      int next = ticks.next(tick, zeroForOne);
      boolean initialized = ticks.found();
      next = Math.clamp(next, TickMath.MIN_TICK, TickMath.MAX_TICK);
      Word nextPrice = tickMath.sqrtRatioAt(next);
      boolean limitFirst = zeroForOne ? nextPrice.below(limit) : nextPrice.above(limit);
      swapMath.step(price, limitFirst ? limit : nextPrice, liquidity, remaining);
      account();
      shareFee();
      start.set(price);
      price.set(swapMath.next);
      if (price.same(nextPrice)) {
        if (initialized) {
          cross(next);
        }
        tick = zeroForOne ? next - 1 : next;
      } else if (!price.same(start)) {
        tick = tickMath.tickAt(price, tick);
      }
    }

    /** Takes the step's amounts off what is left and onto the other side. */
    private void account() {
      part.set(swapMath.amountIn).add(swapMath.fee);
      Reverted.require(!part.isNegative() && !swapMath.amountOut.isNegative());
      boolean negative = calculated.isNegative();
      if (exactInput) {
        remaining.sub(part);
        calculated.sub(swapMath.amountOut);
        Reverted.require(!negative || calculated.isNegative());
      } else {
        remaining.add(swapMath.amountOut);
        calculated.add(part);
        Reverted.require(negative || !calculated.isNegative());
      }
    }

    private void cross(int at) {
      if (crossings == crossed.length) {
        crossed = Arrays.copyOf(crossed, 2 * crossings);
      }
      if (crossings == crossedGrowth.size()) {
        crossedGrowth.add(new Word());
      }
      crossed[crossings] = at;
      crossedGrowth.get(crossings).set(feeGrowth);
      crossings++;
      part.set(ticks.at(at).liquidityNet);
      if (zeroForOne) {
        part.negate();
      }
      boolean less = part.isNegative();
      liquidity.add(part);
      Reverted.require(
          !liquidity.isNegative() && liquidity.fits(128), less ? refusals.less : refusals.more);
    }

    /** What the pool receives; negative where it pays. */
    final void amounts(Word amount0, Word amount1) {
      part.set(amount).sub(remaining);
      if (zeroForOne == exactInput) {
        amount0.set(part);
        amount1.set(calculated);
      } else {
        amount0.set(calculated);
        amount1.set(part);
      }
    }

    /** Turns the fees on the other side of the ticks that were crossed over (Tick.cross). */
    final void commitCrossings() {
      for (int i = 0; i < crossings; i++) {
        TickState crossing = ticks.at(crossed[i]);
        Word growth = crossedGrowth.get(i);
        crossing.feeGrowthOutside0.negate().add(zeroForOne ? growth : feeGrowthGlobal0);
        crossing.feeGrowthOutside1.negate().add(zeroForOne ? feeGrowthGlobal1 : growth);
        crossed(crossing);
      }
    }

    /** What else a version keeps of a tick that is crossed. */
    void crossed(TickState crossing) {}

    /** Makes where the swap ended the pool's state, after {@link #commitCrossings}. */
    final void commitPrice() {
      ConcentratedLiquidity.this.tick = tick;
      sqrtPrice.set(price);
      ConcentratedLiquidity.this.liquidity.set(liquidity);
      (zeroForOne ? feeGrowthGlobal0 : feeGrowthGlobal1).set(feeGrowth);
    }
  }
}
