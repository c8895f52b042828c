package org.probity.sim.market;

import org.probity.sim.math.WideMath;
import org.probity.sim.math.Word;

/**
 * The arithmetic of Aave v3: {@code WadRayMath}, {@code PercentageMath} and {@code MathUtils} of
 * core-v3, and Solidity's checked operations. A ray has 27 decimals, a wad 18, a percentage 2;
 * products and quotients round half up.
 *
 * <p>Results are new words; arguments stay as they are. Where the contract's assembly reverts, so
 * do these, without a reason; where the compiler's checks do, with its panic.
 */
final class RayMath {

  static final Word ZERO = new Word();
  static final Word ONE = Word.of(1);
  static final Word MAX = Word.of(-1);
  static final Word WAD = Word.of(1_000_000_000_000_000_000L);
  static final Word RAY = tenTo(27);
  static final Word PERCENT = Word.of(10_000);

  static final String OVERFLOW = "panic 0x11 (arithmetic overflow)";
  static final String DIVISION_BY_ZERO = "panic 0x12 (division by zero)";

  private static final Word HALF_RAY = RAY.copy().shiftRight(1);
  private static final Word HALF_PERCENT = Word.of(5_000);
  private static final Word WAD_TO_RAY = Word.of(1_000_000_000);
  private static final long YEAR = 365L * 86_400;
  private static final Word SECONDS_PER_YEAR = Word.of(YEAR);
  private static final Word SQUARED_SECONDS = Word.of(YEAR * YEAR);
  private static final Word TWO = Word.of(2);
  private static final Word SIX = Word.of(6);

  private final WideMath wide = new WideMath();

  /** {@code 10^digits}; at most 76 digits fit. */
  static Word tenTo(int digits) {
    Word ten = Word.of(10);
    Word result = Word.of(1);
    for (int i = 0; i < digits; i++) {
      result.setProduct(result.copy(), ten);
    }
    return result;
  }

  // ---- fixed point ----

  Word rayMul(Word a, Word b) {
    return scaled(a, b, HALF_RAY, RAY);
  }

  Word rayDiv(Word a, Word b) {
    return ratio(a, RAY, b);
  }

  Word wadDiv(Word a, Word b) {
    return ratio(a, WAD, b);
  }

  Word percentMul(Word value, Word percentage) {
    return scaled(value, percentage, HALF_PERCENT, PERCENT);
  }

  Word percentDiv(Word value, Word percentage) {
    return ratio(value, PERCENT, percentage);
  }

  Word wadToRay(Word a) {
    Word result = new Word();
    Reverted.require(!wide.multiplyOverflows(result, a, WAD_TO_RAY));
    return result;
  }

  private Word scaled(Word a, Word b, Word half, Word unit) {
    Word result = new Word();
    Reverted.require(!wide.multiplyOverflows(result, a, b) && !result.addCarries(half));
    return wide.divide(result, result, unit);
  }

  private Word ratio(Word a, Word unit, Word b) {
    Word result = new Word();
    Reverted.require(
        !b.isZero()
            && !wide.multiplyOverflows(result, a, unit)
            && !result.addCarries(b.copy().shiftRight(1)));
    return wide.divide(result, result, b);
  }

  // ---- checked integers ----

  static Word plus(Word a, Word b) {
    Word result = a.copy();
    Reverted.require(!result.addCarries(b), OVERFLOW);
    return result;
  }

  static Word minus(Word a, Word b) {
    Word result = a.copy();
    Reverted.require(!result.subBorrows(b), OVERFLOW);
    return result;
  }

  Word times(Word a, Word b) {
    Word result = new Word();
    Reverted.require(!wide.multiplyOverflows(result, a, b), OVERFLOW);
    return result;
  }

  Word over(Word a, Word b) {
    Reverted.require(!b.isZero(), DIVISION_BY_ZERO);
    return wide.divide(new Word(), a, b);
  }

  /** A sum that the compiler checks to fit 128 bits. */
  static Word plusNarrow(Word a, Word b) {
    Word sum = plus(a, b);
    Reverted.require(sum.fits(128), OVERFLOW);
    return sum;
  }

  /** A cast that OpenZeppelin's SafeCast checks. */
  static Word narrow(Word a) {
    Reverted.require(a.fits(128), "SafeCast: value doesn't fit in 128 bits");
    return a;
  }

  // ---- interest ----

  /** Growth at a yearly rate, both ray, without compounding ({@code calculateLinearInterest}). */
  Word linearInterest(Word rate, Word seconds) {
    return plus(RAY, over(times(rate, seconds), SECONDS_PER_YEAR));
  }

  /**
   * Growth at a yearly rate, both ray, compounded each second: the first three terms of the
   * binomial series ({@code calculateCompoundedInterest}).
   */
  Word compoundedInterest(Word rate, Word seconds) {
    if (seconds.isZero()) {
      return RAY.copy();
    }
    Word lessOne = minus(seconds, ONE);
    Word lessTwo = seconds.above(TWO) ? minus(seconds, TWO) : ZERO;
    Word square = over(rayMul(rate, rate), SQUARED_SECONDS);
    Word cube = over(rayMul(square, rate), SECONDS_PER_YEAR);
    Word pairs = times(seconds, lessOne);
    Word second = over(times(pairs, square), TWO);
    Word third = over(times(times(pairs, lessTwo), cube), SIX);
    Word first = over(times(rate, seconds), SECONDS_PER_YEAR);
    return plus(plus(plus(RAY, first), second), third);
  }
}
