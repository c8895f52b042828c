package org.probity.sim.market;

import org.probity.sim.math.WideMath;
import org.probity.sim.math.Word;

/**
 * Between ticks and square root prices: {@code sqrt(1.0001^tick)} as a Q64.96 (Uniswap v3
 * whitepaper, section 6.1; contract library TickMath).
 *
 * <p>The square root price of a tick is a product of constants {@code sqrt(1.0001)^-(2^i)} in
 * Q128.128, one for each set bit of the tick, rounded down after each factor and up at the end. The
 * results that were last asked for are remembered: a swap asks for the same few again and again.
 */
final class TickMath {

  static final int MIN_TICK = -887_272;
  static final int MAX_TICK = 887_272;
  static final Word MIN_SQRT_RATIO = Word.of(4_295_128_739L);
  static final Word MAX_SQRT_RATIO =
      new Word().set(0, 0xfffd8963L, 0xefd1fc6a50648849L, 0x5d951d5263988d26L);

  // sqrt(1.0001)^-(2^i) * 2^128: high and low limb of each.
  private static final long[] FACTORS = {
    0xfffcb933bd6fad37L, 0xaa2d162d1a594001L, 0xfff97272373d4132L, 0x59a46990580e213aL,
    0xfff2e50f5f656932L, 0xef12357cf3c7fdccL, 0xffe5caca7e10e4e6L, 0x1c3624eaa0941cd0L,
    0xffcb9843d60f6159L, 0xc9db58835c926644L, 0xff973b41fa98c081L, 0x472e6896dfb254c0L,
    0xff2ea16466c96a38L, 0x43ec78b326b52861L, 0xfe5dee046a99a2a8L, 0x11c461f1969c3053L,
    0xfcbe86c7900a88aeL, 0xdcffc83b479aa3a4L, 0xf987a7253ac41317L, 0x6f2b074cf7815e54L,
    0xf3392b0822b70005L, 0x940c7a398e4b70f3L, 0xe7159475a2c29b74L, 0x43b29c7fa6e889d9L,
    0xd097f3bdfd2022b8L, 0x845ad8f792aa5825L, 0xa9f746462d870fdfL, 0x8a65dc1f90e061e5L,
    0x70d869a156d2a1b8L, 0x90bb3df62baf32f7L, 0x31be135f97d08fd9L, 0x81231505542fcfa6L,
    0x09aa508b5b7a84e1L, 0xc677de54f3e99bc9L, 0x005d6af8dedb8119L, 0x6699c329225ee604L,
    0x00002216e584f5faL, 0x1ea926041bedfe98L, 0x00000000048a1703L, 0x91f7dc42444e8fa2L,
  };

  // 2^64 / log2(sqrt(1.0001)), and the greatest errors of the logarithm below, in Q128.128.
  private static final Word LOG_SCALE = new Word().set(0, 0, 0x3627L, 0xa301d71055774c85L);
  private static final Word ERROR_LOW =
      new Word().set(0, 0, 0x028f6481ab7f045aL, 0x5af012a19d003aaaL);
  private static final Word ERROR_HIGH =
      new Word().set(0, 0, 0xdb2df09e81959a81L, 0x455e260799a0632fL);
  private static final Word ALL_ONES = Word.of(-1);
  private static final int LOG_BITS = 14;

  private static final int MEMORY_BITS = 6;

  private final WideMath math;
  private final int[] rememberedTicks = new int[1 << MEMORY_BITS];
  private final Word[] rememberedRatios = new Word[1 << MEMORY_BITS];
  private final Word ratio = new Word();
  private final Word logarithm = new Word();
  private final Word bound = new Word();

  TickMath(WideMath math) {
    this.math = math;
    for (int i = 0; i < rememberedTicks.length; i++) {
      rememberedTicks[i] = Integer.MIN_VALUE;
      rememberedRatios[i] = new Word();
    }
  }

  /**
   * The square root price of {@code tick} as a Q64.96 (getSqrtRatioAtTick). The word is valid until
   * the next call and not to be written.
   *
   * @throws Reverted with T outside the range of ticks
   */
  Word sqrtRatioAt(int tick) {
    Reverted.require(tick >= MIN_TICK && tick <= MAX_TICK, "T");
    int place = (tick * 0x9E3779B9) >>> (32 - MEMORY_BITS);
    Word remembered = rememberedRatios[place];
    if (rememberedTicks[place] != tick) {
      compute(remembered, tick);
      rememberedTicks[place] = tick;
    }
    return remembered;
  }

  private void compute(Word result, int tick) {
    int distance = Math.abs(tick);
    if (distance == 0) {
      result.set(0, 0, 1L << 32, 0);
      return;
    }
    int first = Integer.numberOfTrailingZeros(distance);
    long high = FACTORS[2 * first];
    long low = FACTORS[2 * first + 1];
    for (int rest = distance & (distance - 1); rest != 0; rest &= rest - 1) {
      int i = Integer.numberOfTrailingZeros(rest);
      long factorHigh = FACTORS[2 * i];
      long factorLow = FACTORS[2 * i + 1];
      // The upper half of the product of 128 bits by 128.
      long crossA = high * factorLow;
      long crossB = low * factorHigh;
      long middle = Math.unsignedMultiplyHigh(low, factorLow);
      long sum = middle + crossA;
      long carries = Long.compareUnsigned(sum, crossA) < 0 ? 1 : 0;
      sum += crossB;
      carries += Long.compareUnsigned(sum, crossB) < 0 ? 1 : 0;
      long newLow = high * factorHigh;
      long newHigh = Math.unsignedMultiplyHigh(high, factorHigh);
      long addend = Math.unsignedMultiplyHigh(high, factorLow);
      newLow += addend;
      newHigh += Long.compareUnsigned(newLow, addend) < 0 ? 1 : 0;
      addend = Math.unsignedMultiplyHigh(low, factorHigh);
      newLow += addend;
      newHigh += Long.compareUnsigned(newLow, addend) < 0 ? 1 : 0;
      newLow += carries;
      newHigh += Long.compareUnsigned(newLow, carries) < 0 ? 1 : 0;
      high = newHigh;
      low = newLow;
    }
    result.set(0, 0, high, low);
    if (tick > 0) {
      math.divide(result, ALL_ONES, result);
    }
    boolean exact = (result.limb(0) & 0xFFFF_FFFFL) == 0;
    result.shiftRight(32);
    if (!exact) {
      result.incrementCarries();
    }
  }

  /**
   * The greatest tick whose square root price is at most {@code sqrtPrice} (getTickAtSqrtRatio).
   *
   * @param guess a tick that may be the answer, which is then found at once
   * @throws Reverted with R outside {@code [MIN_SQRT_RATIO, MAX_SQRT_RATIO)}
   */
  int tickAt(Word sqrtPrice, int guess) {
    Reverted.require(!sqrtPrice.below(MIN_SQRT_RATIO) && sqrtPrice.below(MAX_SQRT_RATIO), "R");
    if (guess >= MIN_TICK
        && guess < MAX_TICK
        && !sqrtPrice.below(sqrtRatioAt(guess))
        && sqrtPrice.below(sqrtRatioAt(guess + 1))) {
      return guess;
    }
    logarithm(sqrtPrice);
    int low = floorTick(bound.set(logarithm).sub(ERROR_LOW));
    int high = floorTick(bound.set(logarithm).add(ERROR_HIGH));
    if (low == high) {
      return low;
    }
    return sqrtRatioAt(high).above(sqrtPrice) ? low : high;
  }

  private static int floorTick(Word q128) {
    return (int) q128.shiftRightSigned(128).limb(0);
  }

  /** The logarithm of the price to the base 1.0001, by bits of repeated squares. */
  private void logarithm(Word sqrtPrice) {
    ratio.set(sqrtPrice).shiftLeft(32);
    int msb = ratio.bitLength() - 1;
    if (msb >= 128) {
      ratio.shiftRight(msb - 127);
    } else {
      ratio.shiftLeft(127 - msb);
    }
    long high = ratio.limb(1);
    long low = ratio.limb(0);
    long fraction = 0;
    for (int bit = 63; bit > 63 - LOG_BITS; bit--) {
      long cross = high * low;
      long crossHigh = Math.unsignedMultiplyHigh(high, low);
      long p1 = Math.unsignedMultiplyHigh(low, low);
      long p2 = high * high;
      long p3 = Math.unsignedMultiplyHigh(high, high);
      long twice = cross << 1;
      long twiceHigh = crossHigh << 1 | cross >>> 63;
      p3 += crossHigh >>> 63;
      p1 += twice;
      long carry = Long.compareUnsigned(p1, twice) < 0 ? 1 : 0;
      p2 += carry;
      p3 += p2 == 0 && carry != 0 ? 1 : 0;
      p2 += twiceHigh;
      p3 += Long.compareUnsigned(p2, twiceHigh) < 0 ? 1 : 0;
      if (p3 < 0) {
        fraction |= 1L << bit;
        high = p3;
        low = p2;
      } else {
        high = p3 << 1 | p2 >>> 63;
        low = p2 << 1 | p1 >>> 63;
      }
    }
    long whole = msb - 128;
    logarithm.set(whole >> 63, whole >> 63, whole, fraction);
    logarithm.setProduct(logarithm, LOG_SCALE);
  }
}
