package org.probity.sim.market;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
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
public final class V3Pool extends ConcentratedLiquidity {

  private static final int MOST_OBSERVATIONS = 65_535;
  private static final BigInteger UINT128 = BigInteger.ONE.shiftLeft(128);
  private static final Refusals REFUSALS =
      new Refusals("TLU", "TLM", "TUM", "LO", "", "LS", "LA", "");

  // State beyond what all such pools have.
  private int feeProtocol0;
  private int feeProtocol1;
  private final Word protocolFees0 = new Word();
  private final Word protocolFees1 = new Word();
  private final Map<PositionKey, PositionState> positions = new HashMap<>();
  private final Word balance0 = new Word();
  private final Word balance1 = new Word();
  private final Oracle oracle = new Oracle(math);
  private final Swap run = new Swap();

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
    super(fee(feePips), spacing(tickSpacing), SwapMath.Version.V3, REFUSALS);
  }

  private static int fee(int pips) {
    if (pips < 0 || pips >= PIPS) {
      throw new IllegalArgumentException("A pool's fee is 0 to 999,999 pips, not " + pips);
    }
    return pips;
  }

  private static int spacing(int ticks) {
    if (ticks < 1 || ticks > 16_383) {
      throw new IllegalArgumentException("A tick spacing is 1 to 16,383, not " + ticks);
    }
    return ticks;
  }

  /** Another pool in the same state: what is done to one is not seen in the other. */
  public V3Pool copy() {
    V3Pool copy = new V3Pool(feePips, tickSpacing);
    copy.set(this);
    copy.feeProtocol0 = feeProtocol0;
    copy.feeProtocol1 = feeProtocol1;
    copy.protocolFees0.set(protocolFees0);
    copy.protocolFees1.set(protocolFees1);
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
    Word price = price(sqrtPriceX96);
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

  /** The tick as it is after {@code delta} (Tick.update). */
  private TickState updated(TickState before, int time, int at, Word delta, boolean upper) {
    TickState after = moved(before, at, delta, upper);
    requireBearable(after);
    requireNet(after);
    if (!before.isInitialized() && at <= tick) {
      after.secondsPerLiquidityOutside.set(oracle.secondsPerLiquidityCumulative);
      after.tickCumulativeOutside = oracle.tickCumulative;
      after.secondsOutside = time;
    }
    return after;
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

  // ---- swaps ----

  private final class Swap extends Run {

    private final Word protocolFee = new Word();
    private final Word share = new Word();
    private int time;
    private int protocolShare;

    void start(long at, boolean direction, Word specified, Word priceLimit) {
      Reverted.require(!specified.isZero(), "AS");
      requireUnlocked();
      boolean ahead =
          direction
              ? priceLimit.below(sqrtPrice) && priceLimit.above(TickMath.MIN_SQRT_RATIO)
              : priceLimit.above(sqrtPrice) && priceLimit.below(TickMath.MAX_SQRT_RATIO);
      Reverted.require(ahead, "SPL");
      begin(direction, specified, priceLimit);
      time = (int) at;
      protocolFee.setZero();
      protocolShare = direction ? feeProtocol0 : feeProtocol1;
      share.setUnsigned(protocolShare);
    }

    @Override
    void shareFee() {
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

    void requireFunds(Word amount0, Word amount1) {
      Word out = zeroForOne ? amount1 : amount0;
      part.set(out).negate();
      Reverted.require(!out.isNegative() || !part.above(zeroForOne ? balance1 : balance0), "TF");
    }

    void commit(Word amount0, Word amount1) {
      if (crossings > 0) {
        oracle.now(time, V3Pool.this.tick, V3Pool.this.liquidity);
        commitCrossings();
      }
      if (tick != V3Pool.this.tick) {
        oracle.write(time, V3Pool.this.tick, V3Pool.this.liquidity);
      }
      commitPrice();
      (zeroForOne ? protocolFees0 : protocolFees1).add(protocolFee).truncate(128);
      balance0.add(amount0);
      balance1.add(amount1);
    }

    @Override
    void crossed(TickState crossing) {
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
