package org.probity.sim.market;

import org.probity.sim.math.WideMath;
import org.probity.sim.math.Word;

/**
 * One step of a swap, inside one range of constant liquidity (Uniswap v3 whitepaper, section 6.2.3;
 * contract library SwapMath of both versions, computeSwapStep). The results are in {@link #next},
 * {@link #amountIn}, {@link #amountOut} and {@link #fee}.
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
  private final Version version;
  private final Word pips = new Word();
  private final Word otherPips = new Word();
  private final Word available = new Word();

  /**
   * What an input comes to that ends inside the range. v3 asks how much of it moved the price, and
   * the rest is the fee; to v4 all of it moved the price but the fee.
   */
  enum Version {
    V3,
    V4
  }

  SwapMath(WideMath math, SqrtPriceMath prices, Version version) {
    this.math = math;
    this.prices = prices;
    this.version = version;
  }

  /**
   * Sets the fee of the steps that follow.
   *
   * @param feePips in hundredths of a basis point, at most 1,000,000, and below it for an output
   */
  void charge(int feePips) {
    pips.setUnsigned(feePips);
    otherPips.setUnsigned(PIPS - feePips);
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
      if (version == Version.V4) {
        given.set(available);
      } else {
        reached = next.same(target);
        if (!reached) {
          amount(given, price, next, liquidity, zeroForOne);
        }
      }
    }
    amount(exactIn ? amountOut : amountIn, price, next, liquidity, zeroForOne);
    if (!exactIn && amountOut.above(available)) {
      amountOut.set(available);
    }
    if (exactIn && !reached) {
      fee.set(remaining).sub(amountIn);
    } else if (otherPips.isZero()) {
      // All is fee: the range is passed only where nothing is needed for it.
      fee.setZero();
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
