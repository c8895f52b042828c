package org.probity.sim.market;

import org.probity.sim.math.WideMath;
import org.probity.sim.math.Word;

/**
 * How amounts of a pool's tokens move its square root price, and back (Uniswap v3 whitepaper,
 * section 6.2.3; contract library SqrtPriceMath). Prices are Q64.96; every rounding is in the
 * pool's favour.
 */
final class SqrtPriceMath {

  private static final int RESOLUTION = 96;

  private final WideMath math;
  private final Word numerator = new Word();
  private final Word product = new Word();
  private final Word quotient = new Word();

  SqrtPriceMath(WideMath math) {
    this.math = math;
  }

  /**
   * The price after an amount comes in or goes out, rounded so that the pool never gives more
   * (getNextSqrtPriceFromInput, getNextSqrtPriceFromOutput).
   *
   * @throws Reverted without liquidity, where the price leaves 160 bits or where the pool has not
   *     that much
   */
  void next(
      Word next, Word price, Word liquidity, Word amount, boolean zeroForOne, boolean comesIn) {
    Reverted.require(!price.isZero() && !liquidity.isZero());
    if (zeroForOne == comesIn) {
      nextFromAmount0(next, price, liquidity, amount, comesIn);
    } else {
      nextFromAmount1(next, price, liquidity, amount, comesIn);
    }
  }

  /** {@code L √P / (L ± Δx √P)}, rounded up (getNextSqrtPriceFromAmount0RoundingUp). */
  private void nextFromAmount0(Word next, Word price, Word liquidity, Word amount, boolean add) {
    if (amount.isZero()) {
      next.set(price);
      return;
    }
    numerator.set(liquidity).shiftLeft(RESOLUTION);
    boolean overflows = math.multiplyOverflows(product, amount, price);
    if (!add) {
      Reverted.require(!overflows && numerator.above(product));
      product.negate().add(numerator);
      math.mulDivRoundingUp(next, numerator, price, product);
      Reverted.require(next.fits(160));
      return;
    }
    if (!overflows && !product.addCarries(numerator)) {
      math.mulDivRoundingUp(next, numerator, price, product);
      return;
    }
    // Where that overflows: L / (L / √P + Δx).
    math.divide(quotient, numerator, price);
    Reverted.require(!quotient.addCarries(amount));
    math.divideRoundingUp(next, numerator, quotient).truncate(160);
  }

  /** {@code √P ± Δy / L}, rounded down (getNextSqrtPriceFromAmount1RoundingDown). */
  private void nextFromAmount1(Word next, Word price, Word liquidity, Word amount, boolean add) {
    if (amount.fits(160)) {
      numerator.set(amount).shiftLeft(RESOLUTION);
      if (add) {
        math.divide(quotient, numerator, liquidity);
      } else {
        math.divideRoundingUp(quotient, numerator, liquidity);
      }
    } else {
      numerator.setUnsigned(1).shiftLeft(RESOLUTION);
      if (add) {
        math.mulDiv(quotient, amount, numerator, liquidity);
      } else {
        math.mulDivRoundingUp(quotient, amount, numerator, liquidity);
      }
    }
    if (add) {
      Reverted.require(!quotient.addCarries(price) && quotient.fits(160));
      next.set(quotient);
    } else {
      Reverted.require(price.above(quotient));
      product.set(price).sub(quotient);
      next.set(product);
    }
  }

  /**
   * The amount of token 0 between two prices, {@code L (1/√a - 1/√b)} (getAmount0Delta).
   *
   * @throws Reverted if the lower price is zero
   */
  void amount0(Word amount, Word a, Word b, Word liquidity, boolean roundUp) {
    Word lower = a.above(b) ? b : a;
    Word upper = lower == a ? b : a;
    Reverted.require(!lower.isZero());
    numerator.set(liquidity).shiftLeft(RESOLUTION);
    product.set(upper).sub(lower);
    if (roundUp) {
      math.mulDivRoundingUp(quotient, numerator, product, upper);
      math.divideRoundingUp(amount, quotient, lower);
    } else {
      math.mulDiv(quotient, numerator, product, upper);
      math.divide(amount, quotient, lower);
    }
  }

  /** The amount of token 1 between two prices, {@code L (√b - √a)} (getAmount1Delta). */
  void amount1(Word amount, Word a, Word b, Word liquidity, boolean roundUp) {
    if (a.above(b)) {
      product.set(a).sub(b);
    } else {
      product.set(b).sub(a);
    }
    if (roundUp) {
      math.mulShiftRoundingUp(amount, liquidity, product, RESOLUTION);
    } else {
      math.mulShift(amount, liquidity, product, RESOLUTION);
    }
  }
}
