package org.probity.sim.market;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.probity.sim.math.WideMath;
import org.probity.sim.math.Word;

/**
 * A Uniswap v3 pool, equal to the contract {@code UniswapV3Pool} of v3-core 1.0.1 to the smallest
 * unit (H. Adams and others, <i>Uniswap v3 Core</i>, 2021).
 *
 * <p>Who calls is named by a text, an address or any other. Callers pay what they owe: the pool's
 * callbacks and allowances are not modelled. {@code time} is the block's, in seconds of Unix time,
 * and does not decrease. Prices are the square roots of token 1 for token 0 as Q64.96; amounts are
 * in smallest units. An operation that reverts throws {@link Reverted} and changes nothing.
 *
 * <p>{@link #swap(long, boolean, Word, Word, Word, Word)} allocates nothing (but may grow a list
 * when it crosses more ticks than any swap before). A swap first runs on registers, then commits:
 * {@link #quote} is the first half alone.
 *
 * <p>Not thread-safe.
 */
public final class V3Pool {

  /** The least price limit of a swap: one more than the price at the lowest tick. */
  public static final BigInteger LEAST_LIMIT =
      TickMath.MIN_SQRT_RATIO.toUnsigned().add(BigInteger.ONE);

  /** The greatest price limit of a swap: one less than the price at the highest tick. */
  public static final BigInteger GREATEST_LIMIT =
      TickMath.MAX_SQRT_RATIO.toUnsigned().subtract(BigInteger.ONE);

  private static final int PIPS = 1_000_000;
  private static final int MOST_OBSERVATIONS = 65_535;
  private static final BigInteger UINT128 = BigInteger.ONE.shiftLeft(128);
  private static final BigInteger UINT160 = BigInteger.ONE.shiftLeft(160);

  private final int feePips;
  private final int tickSpacing;
  private final Word maxLiquidityPerTick;

  // State, in the contract's order.
  private final Word sqrtPrice = new Word();
  private int tick;
  private int feeProtocol0;
  private int feeProtocol1;
  private final Word feeGrowthGlobal0 = new Word();
  private final Word feeGrowthGlobal1 = new Word();
  private final Word protocolFees0 = new Word();
  private final Word protocolFees1 = new Word();
  private final Word liquidity = new Word();
  private final TickTable ticks;
  private final Map<PositionKey, PositionState> positions = new HashMap<>();
  private final Word balance0 = new Word();
  private final Word balance1 = new Word();

  // Arithmetic and registers.
  private final WideMath math = new WideMath();
  private final TickMath tickMath = new TickMath(math);
  private final SqrtPriceMath prices = new SqrtPriceMath(math);
  private final SwapMath swapMath;
  private final Oracle oracle = new Oracle(math);
  private final Run run = new Run();
  private final Word x = new Word();
  private final Word y = new Word();

  private record PositionKey(String owner, int lower, int upper) {}

  private static final class PositionState {
    final Word liquidity = new Word();
    final Word feeGrowthInside0 = new Word();
    final Word feeGrowthInside1 = new Word();
    final Word owed0 = new Word();
    final Word owed1 = new Word();

    PositionState copy() {
      PositionState copy = new PositionState();
      copy.liquidity.set(liquidity);
      copy.feeGrowthInside0.set(feeGrowthInside0);
      copy.feeGrowthInside1.set(feeGrowthInside1);
      copy.owed0.set(owed0);
      copy.owed1.set(owed1);
      return copy;
    }
  }

  /**
   * A position.
   *
   * @param liquidity of the position
   * @param feeGrowthInside0 fees of token 0 a unit of liquidity at its last update, Q128.128
   * @param feeGrowthInside1 the same of token 1
   * @param owed0 token 0 to be collected
   * @param owed1 token 1 to be collected
   */
  public record Position(
      BigInteger liquidity,
      BigInteger feeGrowthInside0,
      BigInteger feeGrowthInside1,
      BigInteger owed0,
      BigInteger owed1) {}

  /**
   * A tick's state; all zero where no position ends.
   *
   * @param liquidityGross of all positions that end here
   * @param liquidityNet added when the price crosses it upwards, signed
   * @param feeGrowthOutside0 Q128.128
   * @param feeGrowthOutside1 Q128.128
   * @param tickCumulativeOutside tick seconds
   * @param secondsPerLiquidityOutside Q32.128
   * @param secondsOutside seconds
   * @param initialized whether a position ends here
   */
  public record Tick(
      BigInteger liquidityGross,
      BigInteger liquidityNet,
      BigInteger feeGrowthOutside0,
      BigInteger feeGrowthOutside1,
      long tickCumulativeOutside,
      BigInteger secondsPerLiquidityOutside,
      long secondsOutside,
      boolean initialized) {}

  /**
   * Cumulatives of the oracle.
   *
   * @param tickCumulative tick seconds since the pool began
   * @param secondsPerLiquidityCumulative seconds a unit of liquidity, Q32.128
   */
  public record Cumulatives(long tickCumulative, BigInteger secondsPerLiquidityCumulative) {}

  /** An observation in the oracle's ring. */
  public record Observation(
      long time,
      long tickCumulative,
      BigInteger secondsPerLiquidityCumulative,
      boolean initialized) {}

  /** Cumulatives inside a range of ticks; only their differences mean something. */
  public record Inside(long tickCumulative, BigInteger secondsPerLiquidity, long seconds) {}

  /**
   * What a swap would do.
   *
   * @param amount0 what the pool would receive of token 0; negative if it would pay
   * @param amount1 the same of token 1
   * @param sqrtPriceX96 the price after it
   * @param tick the tick after it
   * @param liquidity the liquidity in range after it
   */
  public record Quote(
      BigInteger amount0,
      BigInteger amount1,
      BigInteger sqrtPriceX96,
      int tick,
      BigInteger liquidity) {}

  /**
   * An empty pool without a price.
   *
   * @param feePips the fee in hundredths of a basis point, below 1,000,000
   * @param tickSpacing positions end at its multiples, 1 to 16,383
   * @throws IllegalArgumentException if the factory would not make such a pool
   */
  public V3Pool(int feePips, int tickSpacing) {
    if (feePips < 0 || feePips >= PIPS) {
      throw new IllegalArgumentException("A pool's fee is 0 to 999,999 pips, not " + feePips);
    }
    if (tickSpacing < 1 || tickSpacing > 16_383) {
      throw new IllegalArgumentException("A tick spacing is 1 to 16,383, not " + tickSpacing);
    }
    this.feePips = feePips;
    this.tickSpacing = tickSpacing;
    int count = 2 * (TickMath.MAX_TICK / tickSpacing) + 1;
    this.maxLiquidityPerTick =
        Word.of(UINT128.subtract(BigInteger.ONE).divide(BigInteger.valueOf(count)));
    this.swapMath = new SwapMath(math, prices, feePips);
    this.ticks = new TickTable(tickSpacing);
  }

  /** Another pool in the same state: what is done to one is not seen in the other. */
  public V3Pool copy() {
    V3Pool copy = new V3Pool(feePips, tickSpacing);
    copy.sqrtPrice.set(sqrtPrice);
    copy.tick = tick;
    copy.feeProtocol0 = feeProtocol0;
    copy.feeProtocol1 = feeProtocol1;
    copy.feeGrowthGlobal0.set(feeGrowthGlobal0);
    copy.feeGrowthGlobal1.set(feeGrowthGlobal1);
    copy.protocolFees0.set(protocolFees0);
    copy.protocolFees1.set(protocolFees1);
    copy.liquidity.set(liquidity);
    copy.ticks.set(ticks);
    positions.forEach((key, position) -> copy.positions.put(key, position.copy()));
    copy.balance0.set(balance0);
    copy.balance1.set(balance1);
    copy.oracle.set(oracle);
    return copy;
  }

  // ---- operations ----

  /**
   * Sets the first price.
   *
   * @throws Reverted AI if there is one, R if it is out of range
   */
  public void initialize(long time, BigInteger sqrtPriceX96) {
    Reverted.require(sqrtPrice.isZero(), "AI");
    Word price = Word.of(checked(sqrtPriceX96, UINT160, "A square root price"));
    tick = tickMath.tickAt(price, 0);
    sqrtPrice.set(price);
    oracle.initialize((int) time);
  }

  /**
   * Adds liquidity to a position.
   *
   * @return what the owner pays
   * @throws Reverted as the contract does
   */
  public Amounts mint(long time, String owner, int lower, int upper, BigInteger amount) {
    requireUnlocked();
    checked(amount, UINT128, "An amount of liquidity");
    Reverted.require(amount.signum() > 0 && amount.bitLength() < 128);
    return reverting(() -> {
      modify((int) time, owner, lower, upper, Word.of(amount), true);
      balance0.add(x);
      balance1.add(y);
      return new Amounts(x.toUnsigned(), y.toUnsigned());
    });
  }

  /**
   * Takes liquidity from a position; its tokens can then be collected. An amount of zero brings the
   * position's fees up to date.
   *
   * @return what the position is owed for the liquidity, without fees
   * @throws Reverted as the contract does
   */
  public Amounts burn(long time, String owner, int lower, int upper, BigInteger amount) {
    requireUnlocked();
    checked(amount, UINT128, "An amount of liquidity");
    Reverted.require(amount.bitLength() < 128);
    return reverting(() -> {
      PositionState position =
          modify((int) time, owner, lower, upper, Word.of(amount.negate()), false);
      // From here on nothing reverts. The contract reads amounts as uint128.
      position.owed0.add(new Word().set(x).truncate(128)).truncate(128);
      position.owed1.add(new Word().set(y).truncate(128)).truncate(128);
      return new Amounts(x.toUnsigned(), y.toUnsigned());
    });
  }

  /**
   * Pays out what a position is owed, at most these amounts.
   *
   * @throws Reverted TF if the pool has not enough
   */
  public Amounts collect(String owner, int lower, int upper, BigInteger most0, BigInteger most1) {
    requireUnlocked();
    checked(most0, UINT128, "An amount");
    checked(most1, UINT128, "An amount");
    PositionState position = positions.get(new PositionKey(owner, lower, upper));
    if (position == null) {
      return new Amounts(BigInteger.ZERO, BigInteger.ZERO);
    }
    x.set(most0);
    if (x.above(position.owed0)) {
      x.set(position.owed0);
    }
    y.set(most1);
    if (y.above(position.owed1)) {
      y.set(position.owed1);
    }
    requireFunds(x, y);
    position.owed0.sub(x);
    position.owed1.sub(y);
    pay(x, y);
    return new Amounts(x.toUnsigned(), y.toUnsigned());
  }

  /**
   * Swaps.
   *
   * @param zeroForOne whether token 0 comes in
   * @param amount what comes in if positive, what goes out if negative; a 256-bit signed integer
   * @param sqrtPriceLimitX96 the price that is not passed; {@link #LEAST_LIMIT} or {@link
   *     #GREATEST_LIMIT} for none
   * @return what the pool receives; negative where it pays
   * @throws Reverted as the contract does
   */
  public Amounts swap(
      long time, boolean zeroForOne, BigInteger amount, BigInteger sqrtPriceLimitX96) {
    Word amount0 = new Word();
    Word amount1 = new Word();
    swap(time, zeroForOne, signed(amount), limit(sqrtPriceLimitX96), amount0, amount1);
    return new Amounts(amount0.toSigned(), amount1.toSigned());
  }

  /**
   * {@link #swap(long, boolean, BigInteger, BigInteger)} on words: for millions of swaps a second.
   *
   * @param amount signed
   * @param limit a Q64.96 below {@code 2^160}
   * @param amount0 receives what the pool receives of token 0, signed
   * @param amount1 receives the same of token 1
   */
  public void swap(
      long time, boolean zeroForOne, Word amount, Word limit, Word amount0, Word amount1) {
    try {
      run.start(time, zeroForOne, amount, limit);
      run.toEnd();
      run.amounts(amount0, amount1);
      run.requireFunds(amount0, amount1);
      run.commit(amount0, amount1);
    } catch (WideMath.OutOfRange e) {
      throw new Reverted("");
    }
  }

  /**
   * What {@link #swap(long, boolean, BigInteger, BigInteger)} would do.
   *
   * @throws Reverted as that
   */
  public Quote quote(
      long time, boolean zeroForOne, BigInteger amount, BigInteger sqrtPriceLimitX96) {
    return reverting(() -> {
      run.start(time, zeroForOne, signed(amount), limit(sqrtPriceLimitX96));
      run.toEnd();
      run.amounts(x, y);
      run.requireFunds(x, y);
      return new Quote(
          x.toSigned(), y.toSigned(), run.price.toUnsigned(), run.tick, run.liquidity.toUnsigned());
    });
  }

  /**
   * A flash loan that is paid back in the same transaction.
   *
   * @param paid0 what comes back of token 0 beyond the loan
   * @param paid1 the same of token 1
   * @throws Reverted L without liquidity, TF without the tokens, F0 or F1 if the fee is not paid
   */
  public void flash(BigInteger amount0, BigInteger amount1, BigInteger paid0, BigInteger paid1) {
    requireUnlocked();
    Reverted.require(!liquidity.isZero(), "L");
    reverting(() -> {
      requireFunds(Word.of(amount0), Word.of(amount1));
      Word fee = Word.of(feePips);
      Word million = Word.of(PIPS);
      Word fee0 = math.mulDivRoundingUp(new Word(), Word.of(amount0), fee, million);
      Word fee1 = math.mulDivRoundingUp(new Word(), Word.of(amount1), fee, million);
      x.set(paid0);
      y.set(paid1);
      Reverted.require(!x.below(fee0), "F0");
      Reverted.require(!y.below(fee1), "F1");
      balance0.add(x);
      balance1.add(y);
      share(x, feeProtocol0, protocolFees0, feeGrowthGlobal0);
      share(y, feeProtocol1, protocolFees1, feeGrowthGlobal1);
      return true;
    });
  }

  private void share(Word paid, int protocol, Word protocolFees, Word feeGrowth) {
    if (paid.isZero()) {
      return;
    }
    Word part = new Word();
    if (protocol != 0) {
      math.divide(part, paid, Word.of(protocol));
      // Only what the protocol may collect is cut to 128 bits, not what the providers go without.
      protocolFees.add(part.copy().truncate(128)).truncate(128);
    }
    Word rest = paid.copy().sub(part);
    Word unit = new Word().setUnsigned(1).shiftLeft(128);
    feeGrowth.add(math.mulDiv(rest, rest, unit, liquidity));
  }

  /** Makes room for {@code next} observations, 0 to 65,535; never takes room away. */
  public void increaseObservationCardinalityNext(int next) {
    requireUnlocked();
    if (next < 0 || next > MOST_OBSERVATIONS) {
      throw new IllegalArgumentException("A pool has 0 to 65,535 observations, not " + next);
    }
    oracle.grow(next);
  }

  /**
   * Sets the protocol's share of the fees, as the factory's owner.
   *
   * @param share0 of token 0's fees goes one part in this many; 0 for none, or 4 to 10
   * @param share1 the same of token 1's
   * @throws Reverted for other numbers
   */
  public void setFeeProtocol(int share0, int share1) {
    requireUnlocked();
    Reverted.require(isShare(share0) && isShare(share1));
    feeProtocol0 = share0;
    feeProtocol1 = share1;
  }

  private static boolean isShare(int share) {
    return share == 0 || (share >= 4 && share <= 10);
  }

  /** Pays out the protocol's fees, at most these amounts; one unit stays to keep its slot. */
  public Amounts collectProtocol(BigInteger most0, BigInteger most1) {
    requireUnlocked();
    x.set(checked(most0, UINT128, "An amount"));
    y.set(checked(most1, UINT128, "An amount"));
    capProtocol(x, protocolFees0);
    capProtocol(y, protocolFees1);
    requireFunds(x, y);
    protocolFees0.sub(x);
    protocolFees1.sub(y);
    pay(x, y);
    return new Amounts(x.toUnsigned(), y.toUnsigned());
  }

  private static void capProtocol(Word amount, Word fees) {
    if (amount.above(fees)) {
      amount.set(fees);
    }
    if (!amount.isZero() && amount.same(fees)) {
      amount.sub(Word.of(1));
    }
  }

  // ---- the oracle's answers ----

  /**
   * The cumulatives as of {@code secondsAgo} before {@code time}.
   *
   * @throws Reverted OLD before the oldest observation, I before the first price
   */
  public Cumulatives observe(long time, long secondsAgo) {
    Reverted.require(oracle.cardinality() != 0, "I");
    oracle.ago((int) time, (int) secondsAgo, tick, liquidity);
    return new Cumulatives(
        oracle.tickCumulative, oracle.secondsPerLiquidityCumulative.toUnsigned());
  }

  /**
   * The tick cumulative of {@link #observe} alone, without the division and the number that only
   * its seconds per liquidity need.
   *
   * @throws Reverted as {@link #observe} does
   */
  public long observeTicks(long time, long secondsAgo) {
    Reverted.require(oracle.cardinality() != 0, "I");
    return oracle.ticksAgo((int) time, (int) secondsAgo, tick);
  }

  /**
   * Cumulatives inside a range whose ends are both initialized.
   *
   * @throws Reverted as the contract does
   */
  public Inside snapshotCumulativesInside(long time, int lower, int upper) {
    checkTicks(lower, upper);
    TickState below = ticks.at(lower);
    TickState above = ticks.at(upper);
    Reverted.require(below.isInitialized());
    Reverted.require(above.isInitialized());
    if (tick < lower) {
      return inside(below, above);
    }
    if (tick >= upper) {
      return inside(above, below);
    }
    oracle.now((int) time, tick, liquidity);
    x.set(oracle.secondsPerLiquidityCumulative)
        .sub(below.secondsPerLiquidityOutside)
        .sub(above.secondsPerLiquidityOutside);
    return new Inside(
        Oracle.int56(
            oracle.tickCumulative - below.tickCumulativeOutside - above.tickCumulativeOutside),
        x.truncate(160).toUnsigned(),
        ((int) time - below.secondsOutside - above.secondsOutside) & 0xFFFF_FFFFL);
  }

  private Inside inside(TickState first, TickState second) {
    x.set(first.secondsPerLiquidityOutside).sub(second.secondsPerLiquidityOutside).truncate(160);
    return new Inside(
        Oracle.int56(first.tickCumulativeOutside - second.tickCumulativeOutside),
        x.toUnsigned(),
        (first.secondsOutside - second.secondsOutside) & 0xFFFF_FFFFL);
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

  /** The protocol's uncollected fees. */
  public Amounts protocolFees() {
    return new Amounts(protocolFees0.toUnsigned(), protocolFees1.toUnsigned());
  }

  /** Both shares as the contract packs them: {@code share0 + 16 share1}. */
  public int feeProtocol() {
    return feeProtocol0 + (feeProtocol1 << 4);
  }

  /** The tokens that the pool holds. */
  public Amounts balances() {
    return new Amounts(balance0.toUnsigned(), balance1.toUnsigned());
  }

  /** A tick's state. */
  public Tick tickAt(int of) {
    TickState state = ticks.at(of);
    return new Tick(
        state.liquidityGross.toUnsigned(),
        state.liquidityNet.toSigned(),
        state.feeGrowthOutside0.toUnsigned(),
        state.feeGrowthOutside1.toUnsigned(),
        state.tickCumulativeOutside,
        state.secondsPerLiquidityOutside.toUnsigned(),
        state.secondsOutside & 0xFFFF_FFFFL,
        state.isInitialized());
  }

  /** A position; all zero if there is none. */
  public Position position(String owner, int lower, int upper) {
    PositionState state = positions.get(new PositionKey(owner, lower, upper));
    PositionState shown = state == null ? new PositionState() : state;
    return new Position(
        shown.liquidity.toUnsigned(),
        shown.feeGrowthInside0.toUnsigned(),
        shown.feeGrowthInside1.toUnsigned(),
        shown.owed0.toUnsigned(),
        shown.owed1.toUnsigned());
  }

  /** The place of the newest observation in the ring. */
  public int observationIndex() {
    return oracle.index();
  }

  /** The place of the oldest observation that is still there. */
  public int oldestObservation() {
    int next = oracle.index() + 1;
    int index = next == oracle.cardinality() ? 0 : next;
    return oracle.initialized(index) ? index : 0;
  }

  /** The places of the ring in use. */
  public int observationCardinality() {
    return oracle.cardinality();
  }

  /** The places that the ring will have when it next reaches its end. */
  public int observationCardinalityNext() {
    return oracle.cardinalityNext();
  }

  /** The time of observation {@code i}, in seconds modulo {@code 2^32}. */
  public long observationTime(int i) {
    return oracle.time(i) & 0xFFFF_FFFFL;
  }

  /** The tick cumulative of observation {@code i}. */
  public long tickCumulative(int i) {
    return oracle.tickCumulative(i);
  }

  /** Whether observation {@code i} was written, not only made room for. */
  public boolean observationInitialized(int i) {
    return oracle.initialized(i);
  }

  /** All of observation {@code i}. */
  public Observation observation(int i) {
    return new Observation(
        observationTime(i),
        tickCumulative(i),
        oracle.secondsPerLiquidity(new Word(), i).toUnsigned(),
        observationInitialized(i));
  }

  // ---- positions ----

  /**
   * Changes a position's liquidity and leaves the amounts, rounded against the owner, in x and y.
   * Everything that can revert comes before the first write.
   */
  private PositionState modify(
      int time, String owner, int lower, int upper, Word delta, boolean up) {
    checkTicks(lower, upper);
    boolean changes = !delta.isZero();
    TickState below = ticks.at(lower);
    TickState above = ticks.at(upper);
    if (changes) {
      oracle.now(time, tick, liquidity);
      below = updated(below, time, lower, delta, false);
      above = updated(above, time, upper, delta, true);
      requireSpaced(lower, ticks.at(lower), below);
      requireSpaced(upper, ticks.at(upper), above);
    }
    Word inside0 = inside(lower, upper, below, above, true);
    Word inside1 = inside(lower, upper, below, above, false);
    PositionKey key = new PositionKey(owner, lower, upper);
    PositionState position = updated(positions.get(key), delta, inside0, inside1);
    amounts(lower, upper, delta, up);
    boolean inRange = changes && tick >= lower && tick < upper;
    Word newLiquidity = inRange ? moved(liquidity, delta) : liquidity;

    positions.put(key, position);
    if (changes) {
      ticks.put(lower, below);
      ticks.put(upper, above);
    }
    if (inRange) {
      oracle.write(time, tick, liquidity);
      liquidity.set(newLiquidity);
    }
    return position;
  }

  private static void checkTicks(int lower, int upper) {
    Reverted.require(lower < upper, "TLU");
    Reverted.require(lower >= TickMath.MIN_TICK, "TLM");
    Reverted.require(upper <= TickMath.MAX_TICK, "TUM");
  }

  /** The tick as it is after {@code delta} (Tick.update). */
  private TickState updated(TickState before, int time, int at, Word delta, boolean upper) {
    TickState after = before.copy();
    after.liquidityGross.set(moved(before.liquidityGross, delta));
    Reverted.require(!after.liquidityGross.above(maxLiquidityPerTick), "LO");
    if (!before.isInitialized() && at <= tick) {
      after.feeGrowthOutside0.set(feeGrowthGlobal0);
      after.feeGrowthOutside1.set(feeGrowthGlobal1);
      after.secondsPerLiquidityOutside.set(oracle.secondsPerLiquidityCumulative);
      after.tickCumulativeOutside = oracle.tickCumulative;
      after.secondsOutside = time;
    }
    if (upper) {
      after.liquidityNet.sub(delta);
    } else {
      after.liquidityNet.add(delta);
    }
    Reverted.require(after.liquidityNet.fitsSigned(128));
    return after;
  }

  private void requireSpaced(int at, TickState before, TickState after) {
    boolean flips = before.isInitialized() != after.isInitialized();
    Reverted.require(!flips || at % tickSpacing == 0);
  }

  private static Word moved(Word amount, Word delta) {
    Word moved = amount.copy().add(delta);
    Reverted.require(!moved.isNegative(), "LS");
    Reverted.require(moved.fits(128), "LA");
    return moved;
  }

  /** Fee growth inside a range (whitepaper, formulas 6.17 to 6.19). */
  private Word inside(int lower, int upper, TickState below, TickState above, boolean zero) {
    Word global = zero ? feeGrowthGlobal0 : feeGrowthGlobal1;
    Word outsideLower = zero ? below.feeGrowthOutside0 : below.feeGrowthOutside1;
    Word outsideUpper = zero ? above.feeGrowthOutside0 : above.feeGrowthOutside1;
    Word under = tick >= lower ? outsideLower : global.copy().sub(outsideLower);
    Word over = tick < upper ? outsideUpper : global.copy().sub(outsideUpper);
    return global.copy().sub(under).sub(over);
  }

  /** The position as it is after {@code delta} (Position.update). */
  private PositionState updated(
      @Nullable PositionState before, Word delta, Word inside0, Word inside1) {
    PositionState after = before == null ? new PositionState() : before.copy();
    Reverted.require(!delta.isZero() || !after.liquidity.isZero(), "NP");
    Word grown = new Word();
    grown.set(inside0).sub(after.feeGrowthInside0);
    after.owed0.add(math.mulShift(grown, grown, after.liquidity, 128).truncate(128)).truncate(128);
    grown.set(inside1).sub(after.feeGrowthInside1);
    after.owed1.add(math.mulShift(grown, grown, after.liquidity, 128).truncate(128)).truncate(128);
    after.feeGrowthInside0.set(inside0);
    after.feeGrowthInside1.set(inside1);
    after.liquidity.set(moved(after.liquidity, delta));
    return after;
  }

  private void amounts(int lower, int upper, Word delta, boolean up) {
    x.setZero();
    y.setZero();
    if (delta.isZero()) {
      return;
    }
    Word size = up ? delta : delta.copy().negate();
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

  private void requireUnlocked() {
    Reverted.require(!sqrtPrice.isZero(), "LOK");
  }

  private void requireFunds(Word amount0, Word amount1) {
    Reverted.require(!amount0.above(balance0) && !amount1.above(balance1), "TF");
  }

  private void pay(Word amount0, Word amount1) {
    balance0.sub(amount0);
    balance1.sub(amount1);
  }

  private static <T> T reverting(Supplier<T> operation) {
    try {
      return operation.get();
    } catch (WideMath.OutOfRange e) {
      throw new Reverted("");
    }
  }

  private static BigInteger checked(BigInteger value, BigInteger bound, String name) {
    if (value.signum() < 0 || value.compareTo(bound) >= 0) {
      throw new IllegalArgumentException(
          name + " has " + (bound.bitLength() - 1) + " bits and no sign: " + value);
    }
    return value;
  }

  private static Word limit(BigInteger sqrtPriceLimitX96) {
    return Word.of(checked(sqrtPriceLimitX96, UINT160, "A price limit"));
  }

  private static Word signed(BigInteger amount) {
    if (amount.bitLength() > 255) {
      throw new IllegalArgumentException("An amount has 256 bits with its sign: " + amount);
    }
    return Word.of(amount);
  }

  // ---- swaps ----

  /** A swap on registers. Ticks that it crosses are noted, and crossed when it commits. */
  private final class Run {

    private final Word unit = new Word().setUnsigned(1).shiftLeft(128);
    private final Word price = new Word();
    private final Word liquidity = new Word();
    private final Word limit = new Word();
    private final Word amount = new Word();
    private final Word remaining = new Word();
    private final Word calculated = new Word();
    private final Word feeGrowth = new Word();
    private final Word protocolFee = new Word();
    private final Word share = new Word();
    private final Word start = new Word();
    private final Word part = new Word();
    private final List<Word> crossedGrowth = new ArrayList<>();
    private int[] crossed = new int[16];
    private int crossings;
    private boolean zeroForOne;
    private boolean exactInput;
    private int time;
    private int tick;
    private int protocolShare;

    void start(long at, boolean direction, Word specified, Word priceLimit) {
      Reverted.require(!specified.isZero(), "AS");
      requireUnlocked();
      boolean ahead =
          direction
              ? priceLimit.below(sqrtPrice) && priceLimit.above(TickMath.MIN_SQRT_RATIO)
              : priceLimit.above(sqrtPrice) && priceLimit.below(TickMath.MAX_SQRT_RATIO);
      Reverted.require(ahead, "SPL");
      zeroForOne = direction;
      exactInput = !specified.isNegative();
      time = (int) at;
      price.set(sqrtPrice);
      tick = V3Pool.this.tick;
      liquidity.set(V3Pool.this.liquidity);
      limit.set(priceLimit);
      amount.set(specified);
      remaining.set(specified);
      calculated.setZero();
      feeGrowth.set(direction ? feeGrowthGlobal0 : feeGrowthGlobal1);
      protocolFee.setZero();
      protocolShare = direction ? feeProtocol0 : feeProtocol1;
      share.setUnsigned(protocolShare);
      crossings = 0;
    }

    void toEnd() {
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

    private void shareFee() {
      Word fee = swapMath.fee;
      if (protocolShare != 0) {
        math.divide(part, fee, share);
        fee.sub(part);
        protocolFee.add(part.truncate(128)).truncate(128);
      }
      if (!liquidity.isZero()) {
        feeGrowth.add(math.mulDiv(part, fee, unit, liquidity));
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
      Reverted.require(!liquidity.isNegative() && liquidity.fits(128), less ? "LS" : "LA");
    }

    void amounts(Word amount0, Word amount1) {
      part.set(amount).sub(remaining);
      if (zeroForOne == exactInput) {
        amount0.set(part);
        amount1.set(calculated);
      } else {
        amount0.set(calculated);
        amount1.set(part);
      }
    }

    void requireFunds(Word amount0, Word amount1) {
      Word out = zeroForOne ? amount1 : amount0;
      part.set(out).negate();
      Reverted.require(!out.isNegative() || !part.above(zeroForOne ? balance1 : balance0), "TF");
    }

    void commit(Word amount0, Word amount1) {
      if (crossings > 0) {
        oracle.now(time, V3Pool.this.tick, V3Pool.this.liquidity);
        for (int i = 0; i < crossings; i++) {
          commitCrossing(ticks.at(crossed[i]), crossedGrowth.get(i));
        }
      }
      if (tick != V3Pool.this.tick) {
        oracle.write(time, V3Pool.this.tick, V3Pool.this.liquidity);
        V3Pool.this.tick = tick;
      }
      sqrtPrice.set(price);
      V3Pool.this.liquidity.set(liquidity);
      if (zeroForOne) {
        feeGrowthGlobal0.set(feeGrowth);
        protocolFees0.add(protocolFee).truncate(128);
      } else {
        feeGrowthGlobal1.set(feeGrowth);
        protocolFees1.add(protocolFee).truncate(128);
      }
      balance0.add(amount0);
      balance1.add(amount1);
    }

    /** Turns what was on the other side of a tick over (Tick.cross). */
    private void commitCrossing(TickState crossing, Word growth) {
      Word growth0 = zeroForOne ? growth : feeGrowthGlobal0;
      Word growth1 = zeroForOne ? feeGrowthGlobal1 : growth;
      crossing.feeGrowthOutside0.negate().add(growth0);
      crossing.feeGrowthOutside1.negate().add(growth1);
      crossing
          .secondsPerLiquidityOutside
          .negate()
          .add(oracle.secondsPerLiquidityCumulative)
          .truncate(160);
      crossing.tickCumulativeOutside =
          Oracle.int56(oracle.tickCumulative - crossing.tickCumulativeOutside);
      crossing.secondsOutside = time - crossing.secondsOutside;
    }
  }
}
