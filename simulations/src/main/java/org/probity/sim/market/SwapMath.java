package org.probity.sim.market;

import org.probity.sim.math.WideMath;
import org.probity.sim.math.Word;

/**
 * One step of a swap, inside one range of constant liquidity (Uniswap v3 whitepaper, section 6.2.3;
 * contract library SwapMath, computeSwapStep). The results are in {@link #next}, {@link #amountIn},
 * {@link #amountOut} and {@link #fee}.
 */
final class SwapMath {

  private static final long PIPS = 1_000_000;

  /** The price after the step, Q64.96. */
  final Word next = new Word();

  /** What comes in, without the fee. */
  final Word amountIn = new Word();

  final Word amountOut = new Word();

  /** What comes in as the fee. */
  final Word fee = new Word();

  private final WideMath math;
  private final SqrtPriceMath prices;
  private final Word million = Word.of(PIPS);
  private final Word pips;
  private final Word otherPips;
  private final Word available = new Word();

  SwapMath(WideMath math, SqrtPriceMath prices, int feePips) {
    this.math = math;
    this.prices = prices;
    this.pips = Word.of(feePips);
    this.otherPips = Word.of(PIPS - feePips);
  }

  /**
   * @param target the price that is not passed; its side of {@code price} is the direction
   * @param remaining what is left: an input if positive, an output if negative
   */
  void step(Word price, Word target, Word liquidity, Word remaining) {
    boolean zeroForOne = !price.below(target);
    boolean reached =
        remaining.isNegative()
            ? output(price, target, liquidity, remaining, zeroForOne)
            : input(price, target, liquidity, remaining, zeroForOne);
    if (!remaining.isNegative() && !reached) {
      fee.set(remaining).sub(amountIn);
    } else {
      math.mulDivRoundingUp(fee, amountIn, pips, otherPips);
    }
  }

  private boolean input(
      Word price, Word target, Word liquidity, Word remaining, boolean zeroForOne) {
    math.mulDiv(available, remaining, otherPips, million);
    amountIn(price, target, liquidity, zeroForOne);
    boolean enough = !available.below(amountIn);
    if (enough) {
      next.set(target);
    } else {
      prices.nextFromInput(next, price, liquidity, available, zeroForOne);
    }
    boolean reached = enough || next.same(target);
    if (!reached) {
      amountIn(price, next, liquidity, zeroForOne);
    }
    amountOut(price, next, liquidity, zeroForOne);
    return reached;
  }

  private boolean output(
      Word price, Word target, Word liquidity, Word remaining, boolean zeroForOne) {
    available.set(remaining).negate();
    amountOut(price, target, liquidity, zeroForOne);
    boolean enough = !available.below(amountOut);
    if (enough) {
      next.set(target);
    } else {
      prices.nextFromOutput(next, price, liquidity, available, zeroForOne);
    }
    boolean reached = enough || next.same(target);
    if (!reached) {
      amountOut(price, next, liquidity, zeroForOne);
    }
    amountIn(price, next, liquidity, zeroForOne);
    if (amountOut.above(available)) {
      amountOut.set(available);
    }
    return reached;
  }

  private void amountIn(Word price, Word to, Word liquidity, boolean zeroForOne) {
    if (zeroForOne) {
      prices.amount0(amountIn, to, price, liquidity, true);
    } else {
      prices.amount1(amountIn, price, to, liquidity, true);
    }
  }

  private void amountOut(Word price, Word to, Word liquidity, boolean zeroForOne) {
    if (zeroForOne) {
      prices.amount1(amountOut, to, price, liquidity, false);
    } else {
      prices.amount0(amountOut, price, to, liquidity, false);
    }
  }
}
