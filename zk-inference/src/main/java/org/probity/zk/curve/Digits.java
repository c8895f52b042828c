package org.probity.zk.curve;

import java.math.BigInteger;
import org.probity.zk.field.LaneField;

/**
 * The signed digits of one list of scalars: windows of c bits, each digit in {@code [-2^(c-1),
 * 2^(c-1)]}, from the lowest up; a digit above half the range borrows from the next window. Windows
 * that are whole levels of a table apart share their buckets.
 *
 * @param words the scalars' magnitudes: word w of scalar i is at {@code w·size + i}
 * @param limbs words a scalar
 * @param size number of scalars
 * @param negative integers whose sign counts, or none
 * @param width c
 * @param windows number of windows
 * @param sets bucket sets
 * @param base the first bucket's key
 */
record Digits(
    long[] words,
    int limbs,
    int size,
    long[] negative,
    int width,
    int windows,
    int sets,
    BaseTable bases,
    int base) {

  private static final long[] NONE = {};

  static Digits of(LaneMsm.Scalars scalars, BaseTable bases, int base) {
    int n = scalars.size();
    int bits = scalars.bits();
    int width = bits == 1 ? 1 : width(n, bits, bases);
    int windows = bits == 1 ? 1 : bits / width + 1;
    int sets = Math.min(windows, (bases.stride() + width - 1) / width);
    return switch (scalars) {
      case LaneMsm.Elements(var values) -> {
        var words = new long[4 * n];
        canonical(values.limbs(), values.stride(), words, n);
        yield new Digits(words, 4, n, NONE, width, windows, sets, bases, base);
      }
      case LaneMsm.Integers(var values) -> {
        var words = new long[n];
        for (int i = 0; i < n; i++) {
          words[i] = Math.abs(values[i]);
        }
        yield new Digits(words, 1, n, values, width, windows, sets, bases, base);
      }
    };
  }

  /** From Montgomery form to integers. */
  private static void canonical(long[] limbs, int stride, long[] words, int n) {
    var f = LaneField.FR;
    int lanes = LaneField.LANES;
    var factor = f.constant(BigInteger.valueOf(32));
    var block = new long[LaneField.BLOCK];
    var part = new long[4 * lanes];
    for (int from = 0; from < n; from += lanes) {
      int count = Math.min(lanes, n - from);
      for (int w = 0; w < 4; w++) {
        System.arraycopy(limbs, from + w * stride, part, w * lanes, count);
      }
      LaneField.unpack(part, 0, lanes, block, 0);
      f.mul(block, 0, factor, 0, block, 0);
      f.pack(block, 0, part, 0, lanes);
      for (int w = 0; w < 4; w++) {
        System.arraycopy(part, w * lanes, words, from + w * n, count);
      }
    }
  }

  /**
   * The window that costs the fewest additions: one a digit, and for a bucket two, in distant
   * places, so that they count for three.
   */
  private static int width(int n, int bits, BaseTable bases) {
    int best = 2;
    double least = Double.MAX_VALUE;
    for (int c = 2; c <= 15; c++) {
      if (bases.levels() > 1 && bases.stride() % c != 0) {
        continue;
      }
      int windows = bits / c + 1;
      int sets = Math.min(windows, (bases.stride() + c - 1) / c);
      double digits = (double) windows * n;
      double cost = digits + 3 * Math.min(digits, (double) sets * (1 << (c - 1))) + 20.0 * sets;
      if (cost < least) {
        least = cost;
        best = c;
      }
    }
    return best;
  }

  int keys() {
    return sets << (width - 1);
  }

  /**
   * The digits of scalars {@code [from, to)}, window by window: that of window w of scalar i at
   * {@code w·(to - from) + i - from}.
   */
  short[] recode(int from, int to) {
    int n = to - from;
    long mask = (1L << width) - 1;
    int half = 1 << (width - 1);
    var digits = new short[windows * n];
    for (int i = from; i < to; i++) {
      if (bases.isInfinity(i)) {
        continue;
      }
      int sign = negative.length > 0 && negative[i] < 0 ? -1 : 1;
      int top = top(i);
      int carry = 0;
      int at = i - from;
      for (int low = 0; low < top || carry != 0; low += width) {
        int word = low >>> 6;
        long bits = 0;
        if (word < limbs) {
          bits = words[word * size + i] >>> (low & 63);
          if ((low & 63) + width > 64 && word + 1 < limbs) {
            bits |= words[(word + 1) * size + i] << (64 - (low & 63));
          }
        }
        int digit = (int) (bits & mask) + carry;
        carry = digit > half ? 1 : 0;
        digits[at] = (short) (sign * (digit - (carry << width)));
        at += n;
      }
    }
    return digits;
  }

  /** Bits of scalar i. */
  private int top(int i) {
    for (int w = limbs - 1; w >= 0; w--) {
      long word = words[w * size + i];
      if (word != 0) {
        return 64 * w + 64 - Long.numberOfLeadingZeros(word);
      }
    }
    return 0;
  }

  void count(short[] digits, int[] counts) {
    int n = digits.length / windows;
    for (int w = 0; w < windows; w++) {
      int first = (w % sets) << (width - 1);
      for (int i = w * n; i < (w + 1) * n; i++) {
        int digit = digits[i];
        if (digit != 0) {
          counts[first + Math.abs(digit) - 1]++;
        }
      }
    }
  }

  /** Writes each digit's reference to its bucket's next place. */
  void place(short[] digits, int from, int[] places, int[] refs) {
    int n = digits.length / windows;
    for (int w = 0; w < windows; w++) {
      int first = (w % sets) << (width - 1);
      int base = w / sets * bases.size() + from;
      for (int i = 0; i < n; i++) {
        int digit = digits[w * n + i];
        if (digit != 0) {
          refs[places[first + Math.abs(digit) - 1]++] = (base + i) | (digit & Integer.MIN_VALUE);
        }
      }
    }
  }
}
