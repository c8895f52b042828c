package org.probity.sim.market;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.probity.sim.math.WideMath;
import org.probity.sim.math.Word;

/**
 * A Uniswap v4 pool without hooks and with a static fee, equal to what the contract {@code
 * PoolManager} of v4-core 1.0.2 makes of one, to the smallest unit (H. Adams and others, <i>Uniswap
 * v4 Core</i>, 2024).
 *
 * <p>Who provides is named by a text, an address or any other; the manager's account of what
 * callers owe is not modelled, nor are donations. A pool of v4 has no oracle, and so no clock.
 * Amounts are the pool's, as in {@link V3Pool}: what comes in is positive, the opposite of the
 * contract's signs. An operation that reverts throws {@link Reverted} with the name of the
 * contract's error and changes nothing.
 *
 * <p>Not thread-safe.
 */
public final class V4Pool extends ConcentratedLiquidity {

  /** The greatest tick spacing of a pool. */
  public static final int MOST_SPACING = 32_767;

  private static final String CAST = "SafeCastOverflow";
  private static final int MOST_PROTOCOL_FEE = 1_000;
  private static final Refusals REFUSALS =
      new Refusals(
          "TicksMisordered",
          "TickLowerOutOfBounds",
          "TickUpperOutOfBounds",
          "TickLiquidityOverflow",
          "TickMisaligned",
          CAST,
          CAST,
          RayMath.OVERFLOW);

  private int protocolFee0;
  private int protocolFee1;
  private final Word protocolFees0 = new Word();
  private final Word protocolFees1 = new Word();
  private final Map<PositionKey, PositionState> positions = new HashMap<>();
  private final Swap run = new Swap();

  private record PositionKey(String owner, int lower, int upper) {}

  private static final class PositionState {
    final Word liquidity = new Word();
    final Word feeGrowthInside0 = new Word();
    final Word feeGrowthInside1 = new Word();

    PositionState copy() {
      PositionState copy = new PositionState();
      copy.liquidity.set(liquidity);
      copy.feeGrowthInside0.set(feeGrowthInside0);
      copy.feeGrowthInside1.set(feeGrowthInside1);
      return copy;
    }
  }

  /**
   * A position.
   *
   * @param liquidity of the position
   * @param feeGrowthInside0 fees of token 0 a unit of liquidity at its last change, Q128.128
   * @param feeGrowthInside1 the same of token 1
   */
  public record Position(
      BigInteger liquidity, BigInteger feeGrowthInside0, BigInteger feeGrowthInside1) {}

  /**
   * A tick's state; all zero where no position ends.
   *
   * @param liquidityGross of all positions that end here
   * @param liquidityNet added when the price crosses it upwards, signed
   * @param feeGrowthOutside0 Q128.128
   * @param feeGrowthOutside1 Q128.128
   */
  public record Tick(
      BigInteger liquidityGross,
      BigInteger liquidityNet,
      BigInteger feeGrowthOutside0,
      BigInteger feeGrowthOutside1) {}

  /**
   * What a change of liquidity comes to.
   *
   * @param total what the pool receives, fees paid out included; negative where it pays
   * @param fees that the position earned and is paid
   */
  public record Change(Amounts total, Amounts fees) {}

  /**
   * A pool without liquidity.
   *
   * @param feePips what who provides earns, in hundredths of a basis point, at most 1,000,000
   * @param tickSpacing positions end at its multiples, 1 to {@link #MOST_SPACING}
   * @param sqrtPriceX96 the first price
   * @throws Reverted if the manager would not make such a pool
   */
  public V4Pool(int feePips, int tickSpacing, BigInteger sqrtPriceX96) {
    this(feePips, spacing(tickSpacing));
    Reverted.require(feePips >= 0 && feePips <= PIPS, "LPFeeTooLarge");
    Word price = price(sqrtPriceX96);
    Reverted.require(
        !price.below(TickMath.MIN_SQRT_RATIO) && price.below(TickMath.MAX_SQRT_RATIO),
        "InvalidSqrtPrice");
    tick = tickMath.tickAt(price, 0);
    sqrtPrice.set(price);
  }

  private V4Pool(int feePips, int tickSpacing) {
    super(feePips, tickSpacing, SwapMath.Version.V4, REFUSALS);
  }

  private static int spacing(int ticks) {
    Reverted.require(ticks >= 1, "TickSpacingTooSmall");
    Reverted.require(ticks <= MOST_SPACING, "TickSpacingTooLarge");
    return ticks;
  }

  /** Another pool in the same state: what is done to one is not seen in the other. */
  public V4Pool copy() {
    V4Pool copy = new V4Pool(feePips, tickSpacing);
    copy.set(this);
    copy.protocolFee0 = protocolFee0;
    copy.protocolFee1 = protocolFee1;
    copy.protocolFees0.set(protocolFees0);
    copy.protocolFees1.set(protocolFees1);
    positions.forEach((key, position) -> copy.positions.put(key, position.copy()));
    return copy;
  }

  // ---- operations ----

  /**
   * Changes a position's liquidity and pays out its fees; a change of zero only pays out.
   *
   * @param delta added if positive, taken if negative; a 256-bit signed integer
   * @throws Reverted as the contract does
   */
  public Change modifyLiquidity(String owner, int lower, int upper, BigInteger delta) {
    Word change = signed(delta);
    Reverted.require(change.fitsSigned(128), CAST);
    return reverting(() -> modify(owner, lower, upper, change));
  }

  private Change modify(String owner, int lower, int upper, Word delta) {
    checkTicks(lower, upper);
    boolean changes = !delta.isZero();
    TickState below = ticks.at(lower);
    TickState above = ticks.at(upper);
    if (changes) {
      below = moved(below, lower, delta, false);
      requireNet(below);
      above = moved(above, upper, delta, true);
      requireNet(above);
      requireBearable(below);
      requireBearable(above);
      requireSpaced(lower, ticks.at(lower), below);
      requireSpaced(upper, ticks.at(upper), above);
    }
    Word inside0 = inside(lower, upper, below, above, true);
    Word inside1 = inside(lower, upper, below, above, false);
    PositionKey key = new PositionKey(owner, lower, upper);
    @Nullable PositionState before = positions.get(key);
    PositionState position = before == null ? new PositionState() : before.copy();
    Reverted.require(changes || !position.liquidity.isZero(), "CannotUpdateEmptyPosition");
    Word fees0 = earned(position.liquidity, inside0, position.feeGrowthInside0);
    Word fees1 = earned(position.liquidity, inside1, position.feeGrowthInside1);
    position.liquidity.set(moved(position.liquidity, delta));
    position.feeGrowthInside0.set(inside0);
    position.feeGrowthInside1.set(inside1);
    amounts(lower, upper, delta, !delta.isNegative());
    Word in0 = new Word().set(x);
    Word in1 = new Word().set(y);
    if (delta.isNegative()) {
      in0.negate();
      in1.negate();
    }
    requireInt128(in0, in1);
    boolean inRange = changes && tick >= lower && tick < upper;
    Word newLiquidity = inRange ? moved(liquidity, delta) : liquidity;
    requireInt128(in0.sub(fees0), in1.sub(fees1));

    positions.put(key, position);
    if (changes) {
      ticks.put(lower, below);
      ticks.put(upper, above);
    }
    liquidity.set(newLiquidity);
    return new Change(
        new Amounts(in0.toSigned(), in1.toSigned()),
        new Amounts(fees0.toUnsigned(), fees1.toUnsigned()));
  }

  private Word earned(Word liquidity, Word inside, Word insideBefore) {
    Word grown = inside.copy().sub(insideBefore);
    math.mulShift(grown, grown, liquidity, 128);
    Reverted.require(!grown.isNegative() && grown.fitsSigned(128), CAST);
    return grown;
  }

  /** The contract has the opposite sign, and so has its range. */
  private static void requireInt128(Word in0, Word in1) {
    Reverted.require(
        in0.copy().negate().fitsSigned(128) && in1.copy().negate().fitsSigned(128), CAST);
  }

  /**
   * Swaps.
   *
   * @param zeroForOne whether token 0 comes in
   * @param amount what comes in if positive, what goes out if negative; a 256-bit signed integer
   * @param sqrtPriceLimitX96 the price that is not passed; {@link #LEAST_LIMIT} or {@link
   *     #GREATEST_LIMIT} for none
   * @return what the pool receives, the protocol's part included; negative where it pays
   * @throws Reverted as the contract does
   */
  public Amounts swap(boolean zeroForOne, BigInteger amount, BigInteger sqrtPriceLimitX96) {
    return swap(zeroForOne, amount, sqrtPriceLimitX96, true);
  }

  /**
   * What {@link #swap} would return. Changes nothing.
   *
   * @throws Reverted as that
   */
  public Amounts quote(boolean zeroForOne, BigInteger amount, BigInteger sqrtPriceLimitX96) {
    return swap(zeroForOne, amount, sqrtPriceLimitX96, false);
  }

  private Amounts swap(
      boolean zeroForOne, BigInteger amount, BigInteger sqrtPriceLimitX96, boolean commit) {
    try {
      run.start(zeroForOne, signed(amount), limit(sqrtPriceLimitX96));
      run.toEnd();
    } catch (WideMath.OutOfRange e) {
      throw new Reverted("");
    }
    run.amounts(x, y);
    requireInt128(x, y);
    if (commit) {
      run.commit();
    }
    return new Amounts(x.toSigned(), y.toSigned());
  }

  /**
   * Sets what the protocol takes of each swap's input, before the fee of who provides, as the
   * manager's controller of fees.
   *
   * @param zeroForOne of swaps of token 0, in hundredths of a basis point, at most 1,000
   * @param oneForZero of swaps of token 1
   * @throws Reverted for other numbers
   */
  public void setProtocolFee(int zeroForOne, int oneForZero) {
    Reverted.require(
        zeroForOne >= 0
            && zeroForOne <= MOST_PROTOCOL_FEE
            && oneForZero >= 0
            && oneForZero <= MOST_PROTOCOL_FEE,
        "ProtocolFeeTooLarge");
    protocolFee0 = zeroForOne;
    protocolFee1 = oneForZero;
  }

  /**
   * All that a swap is charged, in hundredths of a basis point: the protocol's part, and the pool's
   * fee of what that leaves, rounded up (ProtocolFeeLibrary, calculateSwapFee).
   */
  public int swapFeePips(boolean zeroForOne) {
    int protocol = zeroForOne ? protocolFee0 : protocolFee1;
    return protocol + feePips - (int) ((long) protocol * feePips / PIPS);
  }

  // ---- state ----

  /** What the protocol earned here. */
  public Amounts protocolFees() {
    return new Amounts(protocolFees0.toUnsigned(), protocolFees1.toUnsigned());
  }

  /** The protocol's fees as the contract packs them: {@code zeroForOne + 4096 oneForZero}. */
  public int protocolFee() {
    return protocolFee0 + (protocolFee1 << 12);
  }

  /** A tick's state. */
  public Tick tickAt(int of) {
    TickState state = ticks.at(of);
    return new Tick(
        state.liquidityGross.toUnsigned(),
        state.liquidityNet.toSigned(),
        state.feeGrowthOutside0.toUnsigned(),
        state.feeGrowthOutside1.toUnsigned());
  }

  /** A position; all zero if there is none. */
  public Position position(String owner, int lower, int upper) {
    PositionState state = positions.get(new PositionKey(owner, lower, upper));
    PositionState shown = state == null ? new PositionState() : state;
    return new Position(
        shown.liquidity.toUnsigned(),
        shown.feeGrowthInside0.toUnsigned(),
        shown.feeGrowthInside1.toUnsigned());
  }

  // ---- swaps ----

  private final class Swap extends Run {

    private final Word million = Word.of(PIPS);
    private final Word protocolPart = new Word();
    private final Word protocolPips = new Word();
    private boolean protocolOnly;

    void start(boolean direction, Word specified, Word priceLimit) {
      Reverted.require(!specified.isZero(), "SwapAmountCannotBeZero");
      int pips = swapFeePips(direction);
      Reverted.require(pips < PIPS || !specified.isNegative(), "InvalidFeeForExactOut");
      Reverted.require(
          direction ? priceLimit.below(sqrtPrice) : priceLimit.above(sqrtPrice),
          "PriceLimitAlreadyExceeded");
      Reverted.require(
          direction
              ? priceLimit.above(TickMath.MIN_SQRT_RATIO)
              : priceLimit.below(TickMath.MAX_SQRT_RATIO),
          "PriceLimitOutOfBounds");
      swapMath.charge(pips);
      begin(direction, specified, priceLimit);
      int protocol = direction ? protocolFee0 : protocolFee1;
      protocolPips.setUnsigned(protocol);
      protocolOnly = pips == protocol;
      protocolPart.setZero();
    }

    @Override
    void shareFee() {
      Word fee = swapMath.fee;
      if (!protocolPips.isZero()) {
        if (protocolOnly) {
          part.set(fee);
        } else {
          part.set(swapMath.amountIn).add(fee);
          math.divide(part, part.setProduct(part, protocolPips), million);
        }
        fee.sub(part);
        protocolPart.add(part);
      }
      if (!liquidity.isZero()) {
        // The contract cuts the product to 256 bits: a swap of so large a fee reverts in the end.
        feeGrowth.add(math.divide(part, part.set(fee).shiftLeft(128), liquidity));
      }
    }

    void commit() {
      commitCrossings();
      commitPrice();
      (zeroForOne ? protocolFees0 : protocolFees1).add(protocolPart);
    }
  }
}
