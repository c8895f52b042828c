package org.probity.sim.market;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.probity.sim.math.WideMath;
import org.probity.sim.math.Word;

/**
 * A Uniswap v2 pair, equal to the contract {@code UniswapV2Pair} of v2-core 1.0.1 to the smallest
 * unit (H. Adams and others, <i>Uniswap v2 Core</i>, 2020), and the arithmetic of its router.
 *
 * <p>As with the contract, tokens first come in by {@link #deposit} and shares by {@link
 * #transferShares}; then {@link #mint}, {@link #burn} or {@link #swap} acts on what is there. Who
 * calls is named by a text. {@code time} is the block's, in seconds of Unix time. An operation that
 * reverts throws {@link Reverted} and changes nothing.
 *
 * <p>Not thread-safe.
 */
public final class V2Pair {

  /** The holder of the shares that are never burned, and of none: the zero address. */
  public static final String NOBODY = "0x0000000000000000000000000000000000000000";

  private static final String OUTPUT = "UniswapV2Library: INSUFFICIENT_OUTPUT_AMOUNT";
  private static final String INPUT = "UniswapV2Library: INSUFFICIENT_INPUT_AMOUNT";
  private static final String DEPTH = "UniswapV2Library: INSUFFICIENT_LIQUIDITY";
  private static final Word MINIMUM_LIQUIDITY = Word.of(1_000);
  private static final Word THOUSAND = Word.of(1_000);
  private static final Word MILLION = Word.of(1_000_000);

  /** What every pair charges, in hundredths of a basis point. */
  public static final int FEE_PIPS = 3_000;

  private static final Word FEE = Word.of(3);
  private static final Word KEPT = Word.of(997);
  private static final Word FIVE = Word.of(5);
  private static final Word ONE = Word.of(1);

  private final String self;
  private final WideMath math = new WideMath();

  private final Word balance0 = new Word();
  private final Word balance1 = new Word();
  private final Word reserve0 = new Word();
  private final Word reserve1 = new Word();
  private int lastTime;
  private final Word cumulative0 = new Word();
  private final Word cumulative1 = new Word();
  private final Word lastK = new Word();
  private final Word totalShares = new Word();
  private final Map<String, Word> shares = new HashMap<>();
  private @Nullable String feeTo;

  private final Word in0 = new Word();
  private final Word in1 = new Word();
  private final Word after0 = new Word();
  private final Word after1 = new Word();
  private final Word left = new Word();
  private final Word right = new Word();
  private final Word part = new Word();

  /**
   * An empty pair.
   *
   * @param self its own name, to which shares are sent before {@link #burn}
   */
  public V2Pair(String self) {
    this.self = self;
  }

  /** Another pair in the same state: what is done to one is not seen in the other. */
  public V2Pair copy() {
    V2Pair copy = new V2Pair(self);
    copy.balance0.set(balance0);
    copy.balance1.set(balance1);
    copy.reserve0.set(reserve0);
    copy.reserve1.set(reserve1);
    copy.lastTime = lastTime;
    copy.cumulative0.set(cumulative0);
    copy.cumulative1.set(cumulative1);
    copy.lastK.set(lastK);
    copy.totalShares.set(totalShares);
    shares.forEach((owner, held) -> copy.shares.put(owner, held.copy()));
    copy.feeTo = feeTo;
    return copy;
  }

  /** The state of the reserves; cumulatives are of token 1 for 0 and 0 for 1, UQ112.112 seconds. */
  public record State(
      BigInteger reserve0,
      BigInteger reserve1,
      long lastTime,
      BigInteger price0Cumulative,
      BigInteger price1Cumulative,
      BigInteger lastK,
      BigInteger totalShares) {}

  // ---- what comes in ----

  /** Transfers tokens to the pair. */
  public void deposit(BigInteger amount0, BigInteger amount1) {
    balance0.add(Word.ofUnsigned(amount0));
    balance1.add(Word.ofUnsigned(amount1));
  }

  /**
   * Transfers shares; to the pair's own name before a {@link #burn}.
   *
   * @throws Reverted if {@code from} has not as many
   */
  public void transferShares(String from, String to, BigInteger amount) {
    Word moved = Word.ofUnsigned(amount);
    Word has = sharesOf(from);
    Reverted.require(!has.below(moved), "ds-math-sub-underflow");
    has.sub(moved);
    sharesOf(to).add(moved);
  }

  /**
   * Sends the protocol's share, a sixth of the growth of √k, to {@code owner}; null for none, as at
   * the beginning.
   */
  public void setFeeTo(@Nullable String owner) {
    feeTo = owner;
  }

  // ---- operations ----

  /**
   * Turns the tokens that came in since the last operation into shares.
   *
   * @return the new shares
   * @throws Reverted as the contract does
   */
  public BigInteger mint(long time, String to) {
    Word amount0 = less(balance0, reserve0);
    Word amount1 = less(balance1, reserve1);
    Word fee = protocolShares();
    Word total = totalShares.copy().add(fee);
    boolean first = total.isZero();
    Word made = new Word();
    if (first) {
      math.sqrt(made, product(new Word(), amount0, amount1));
      made = less(made, MINIMUM_LIQUIDITY);
    } else {
      math.divide(made, product(made, amount0, total), nonZero(reserve0));
      math.divide(part, product(part, amount1, total), nonZero(reserve1));
      if (part.below(made)) {
        made.set(part);
      }
    }
    Reverted.require(!made.isZero(), "UniswapV2: INSUFFICIENT_LIQUIDITY_MINTED");
    Word newTotal = total.copy();
    if (first) {
      newTotal.add(MINIMUM_LIQUIDITY);
    }
    Reverted.require(!newTotal.addCarries(made), "ds-math-add-overflow");
    requireNarrow(balance0, balance1);

    giveProtocol(fee);
    if (first) {
      sharesOf(NOBODY).add(MINIMUM_LIQUIDITY);
    }
    sharesOf(to).add(made);
    totalShares.set(newTotal);
    update(time);
    keepK();
    return made.toUnsigned();
  }

  /**
   * Pays out the part of both tokens that the shares sent to the pair stand for.
   *
   * @throws Reverted as the contract does
   */
  public Amounts burn(long time) {
    Word burned = sharesOf(self).copy();
    Word fee = protocolShares();
    Word total = nonZero(totalShares.copy().add(fee));
    Word amount0 = new Word();
    Word amount1 = new Word();
    math.divide(amount0, product(amount0, burned, balance0), total);
    math.divide(amount1, product(amount1, burned, balance1), total);
    Reverted.require(
        !amount0.isZero() && !amount1.isZero(), "UniswapV2: INSUFFICIENT_LIQUIDITY_BURNED");
    after0.set(balance0).sub(amount0);
    after1.set(balance1).sub(amount1);
    requireNarrow(after0, after1);

    giveProtocol(fee);
    totalShares.set(total).sub(burned);
    sharesOf(self).setZero();
    balance0.set(after0);
    balance1.set(after1);
    update(time);
    keepK();
    return new Amounts(amount0.toUnsigned(), amount1.toUnsigned());
  }

  /**
   * Pays out these amounts against what came in since the last operation.
   *
   * @throws Reverted as the contract does, {@code UniswapV2: K} if that is too little
   */
  public void swap(long time, BigInteger out0, BigInteger out1) {
    swap(time, out0, out1, BigInteger.ZERO, BigInteger.ZERO);
  }

  /**
   * A swap whose receiver is called and pays back more before the pair looks at its balances.
   *
   * @param paid0 what the receiver pays of token 0
   * @param paid1 the same of token 1
   */
  public void swap(
      long time, BigInteger out0, BigInteger out1, BigInteger paid0, BigInteger paid1) {
    swap(
        time,
        Word.ofUnsigned(out0),
        Word.ofUnsigned(out1),
        Word.ofUnsigned(paid0),
        Word.ofUnsigned(paid1));
  }

  /** The same on words: allocates nothing. */
  public void swap(long time, Word out0, Word out1, Word paid0, Word paid1) {
    Reverted.require(!out0.isZero() || !out1.isZero(), "UniswapV2: INSUFFICIENT_OUTPUT_AMOUNT");
    Reverted.require(
        out0.below(reserve0) && out1.below(reserve1), "UniswapV2: INSUFFICIENT_LIQUIDITY");
    after0.set(balance0).sub(out0).add(paid0);
    after1.set(balance1).sub(out1).add(paid1);
    received(in0, after0, reserve0, out0);
    received(in1, after1, reserve1, out1);
    Reverted.require(!in0.isZero() || !in1.isZero(), "UniswapV2: INSUFFICIENT_INPUT_AMOUNT");
    adjusted(left, after0, in0);
    adjusted(right, after1, in1);
    product(left, left, right);
    product(right, product(right, reserve0, reserve1), MILLION);
    Reverted.require(!left.below(right), "UniswapV2: K");
    requireNarrow(after0, after1);
    balance0.set(after0);
    balance1.set(after1);
    update(time);
  }

  private void received(Word in, Word balance, Word reserve, Word out) {
    part.set(reserve).sub(out);
    if (balance.above(part)) {
      in.set(balance).sub(part);
    } else {
      in.setZero();
    }
  }

  private void adjusted(Word result, Word balance, Word in) {
    product(result, balance, THOUSAND);
    product(part, in, FEE);
    Reverted.require(!result.subBorrows(part), "ds-math-sub-underflow");
  }

  /**
   * Pays out what the pair has beyond its reserves.
   *
   * @throws Reverted if it has less
   */
  public Amounts skim() {
    Word amount0 = less(balance0, reserve0);
    Word amount1 = less(balance1, reserve1);
    balance0.set(reserve0);
    balance1.set(reserve1);
    return new Amounts(amount0.toUnsigned(), amount1.toUnsigned());
  }

  /** Makes what the pair has its reserves. */
  public void sync(long time) {
    requireNarrow(balance0, balance1);
    update(time);
  }

  // ---- state ----

  public State state() {
    return new State(
        reserve0.toUnsigned(),
        reserve1.toUnsigned(),
        lastTime & 0xFFFF_FFFFL,
        cumulative0.toUnsigned(),
        cumulative1.toUnsigned(),
        lastK.toUnsigned(),
        totalShares.toUnsigned());
  }

  /** The tokens that the pair holds. */
  public Amounts balances() {
    return new Amounts(balance0.toUnsigned(), balance1.toUnsigned());
  }

  /** The shares of {@code owner}. */
  public BigInteger shares(String owner) {
    Word held = shares.get(owner);
    return held == null ? BigInteger.ZERO : held.toUnsigned();
  }

  // ---- the router's arithmetic (UniswapV2Library) ----

  /**
   * The most that comes out for {@code amountIn}: {@code 997 a y / (1000 x + 997 a)}, rounded down
   * (getAmountOut).
   *
   * @throws Reverted without an input or without reserves
   */
  public static BigInteger amountOut(
      BigInteger amountIn, BigInteger reserveIn, BigInteger reserveOut) {
    Reverted.require(amountIn.signum() > 0, INPUT);
    Reverted.require(reserveIn.signum() > 0 && reserveOut.signum() > 0, DEPTH);
    WideMath math = new WideMath();
    Word kept = product(math, new Word(), Word.ofUnsigned(amountIn), KEPT);
    Word denominator = product(math, new Word(), Word.ofUnsigned(reserveIn), THOUSAND);
    Word numerator = product(math, new Word(), kept, Word.ofUnsigned(reserveOut));
    Reverted.require(!denominator.addCarries(kept), "ds-math-add-overflow");
    return math.divide(numerator, numerator, denominator).toUnsigned();
  }

  /**
   * The least that must come in for {@code amountOut}: {@code 1000 x b / (997 (y - b)) + 1}
   * (getAmountIn).
   *
   * @throws Reverted without an output or where the reserves are too small
   */
  public static BigInteger amountIn(
      BigInteger amountOut, BigInteger reserveIn, BigInteger reserveOut) {
    Reverted.require(amountOut.signum() > 0, OUTPUT);
    Reverted.require(reserveIn.signum() > 0 && reserveOut.signum() > 0, DEPTH);
    WideMath math = new WideMath();
    Word numerator =
        product(
            math,
            new Word(),
            product(math, new Word(), Word.ofUnsigned(reserveIn), Word.ofUnsigned(amountOut)),
            THOUSAND);
    Word rest = nonZero(less(Word.ofUnsigned(reserveOut), Word.ofUnsigned(amountOut)));
    return math.divide(numerator, numerator, product(math, new Word(), rest, KEPT))
        .add(ONE)
        .toUnsigned();
  }

  // ---- what operations share ----

  /** New shares of the protocol, not yet given (whitepaper, section 2.4; _mintFee). */
  private Word protocolShares() {
    Word made = new Word();
    if (feeTo == null || lastK.isZero()) {
      return made;
    }
    Word root = math.sqrt(new Word(), product(new Word(), reserve0, reserve1));
    Word lastRoot = math.sqrt(new Word(), lastK);
    if (!root.above(lastRoot)) {
      return made;
    }
    Word denominator = product(new Word(), root, FIVE);
    Reverted.require(!denominator.addCarries(lastRoot), "ds-math-add-overflow");
    product(made, totalShares, root.sub(lastRoot));
    return math.divide(made, made, denominator);
  }

  private void giveProtocol(Word fee) {
    String owner = feeTo;
    if (owner != null && !fee.isZero()) {
      sharesOf(owner).add(fee);
    }
  }

  private void keepK() {
    if (feeTo == null) {
      lastK.setZero();
    } else {
      lastK.setProduct(reserve0, reserve1);
    }
  }

  private static void requireNarrow(Word first, Word second) {
    Reverted.require(first.fits(112) && second.fits(112), "UniswapV2: OVERFLOW");
  }

  /** Makes the balances the reserves, after adding to the cumulatives (_update). */
  private void update(long time) {
    long elapsed = ((int) time - lastTime) & 0xFFFF_FFFFL;
    if (elapsed > 0 && !reserve0.isZero() && !reserve1.isZero()) {
      accumulate(cumulative0, reserve1, reserve0, elapsed);
      accumulate(cumulative1, reserve0, reserve1, elapsed);
    }
    reserve0.set(balance0);
    reserve1.set(balance1);
    lastTime = (int) time;
  }

  private void accumulate(Word cumulative, Word numerator, Word denominator, long elapsed) {
    left.set(numerator).shiftLeft(112);
    math.divide(left, left, denominator);
    cumulative.add(left.setProduct(left, part.setUnsigned(elapsed)));
  }

  private Word sharesOf(String owner) {
    return shares.computeIfAbsent(owner, _ -> new Word());
  }

  private Word product(Word result, Word a, Word b) {
    return product(math, result, a, b);
  }

  private static Word product(WideMath math, Word result, Word a, Word b) {
    Reverted.require(!math.multiplyOverflows(result, a, b), "ds-math-mul-overflow");
    return result;
  }

  private static Word less(Word a, Word b) {
    Word result = a.copy();
    Reverted.require(!result.subBorrows(b), "ds-math-sub-underflow");
    return result;
  }

  /** A division by zero reverts without a reason. */
  private static Word nonZero(Word divisor) {
    Reverted.require(!divisor.isZero());
    return divisor;
  }
}
