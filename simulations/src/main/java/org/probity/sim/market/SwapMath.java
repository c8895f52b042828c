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
    boolean exactIn = !remaining.isNegative();
    Word given = exactIn ? amountIn : amountOut;
    if (exactIn) {
      math.mulDiv(available, remaining, otherPips, million);
    } else {
      available.set(remaining).negate();
    }
    amount(given, price, target, liquidity, zeroForOne);
    boolean reached = !available.below(given);
    if (reached) {
      next.set(target);
    } else {
      prices.next(next, price, liquidity, available, zeroForOne, exactIn);
      reached = next.same(target);
    }
    if (!reached) {
      amount(given, price, next, liquidity, zeroForOne);
    }
    amount(exactIn ? amountOut : amountIn, price, next, liquidity, zeroForOne);
    if (!exactIn && amountOut.above(available)) {
      amountOut.set(available);
    }
    if (exactIn && !reached) {
      fee.set(remaining).sub(amountIn);
    } else {
      math.mulDivRoundingUp(fee, amountIn, pips, otherPips);
    }
  }

  /** What comes in is rounded up, what goes out is rounded down. */
  private void amount(Word amount, Word price, Word to, Word liquidity, boolean zeroForOne) {
    boolean comesIn = amount == amountIn;
    if (zeroForOne == comesIn) {
      prices.amount0(amount, price, to, liquidity, comesIn);
    } else {
      prices.amount1(amount, price, to, liquidity, comesIn);
    }
  }
}
