package org.probity.zk.curve;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.PrimeField;

/**
 * Multi-scalar multiplication by Pippenger's buckets with signed digits: a scalar is cut into
 * windows of {@code c} bits, each digit in {@code [-2^(c-1), 2^(c-1)]}, so that {@code 2^(c-1)}
 * buckets a window suffice. Windows run in parallel. Sum of a window's buckets by running totals,
 * highest bucket first.
 */
public final class Msm {
  private final ForkJoinPool pool;

  /** Runs on the given pool. */
  public Msm(ForkJoinPool pool) {
    this.pool = pool;
  }

  /** {@code Σ scalars[i]·bases[i]} over the scalars' length, which must not exceed the bases'. */
  public G1 sum(PointVector bases, FieldVector scalars) {
    int n = scalars.size();
    var digits = new long[4 * n];
    for (int i = 0; i < n; i++) {
      PrimeField.FR.canonical(scalars.limbs(), i, scalars.stride(), digits, 4 * i, 1);
    }
    var sum = sum(bases, digits, 4, n, 254);
    Arrays.fill(digits, 0);
    return sum;
  }

  /**
   * {@code Σ values[i]·bases[i]} for small signed integers; work falls with their size and zeros
   * are free.
   */
  public G1 sum(PointVector bases, long[] values) {
    long or = 0;
    var magnitudes = new long[values.length];
    for (int i = 0; i < values.length; i++) {
      magnitudes[i] = Math.absExact(values[i]);
      or |= magnitudes[i];
    }
    int bits = 64 - Long.numberOfLeadingZeros(or);
    if (bits == 0) {
      return G1.INFINITY;
    }
    // The sign goes to the base: 0/1 vectors then need one window with one bucket.
    return sum(signed(bases, values), magnitudes, 1, values.length, bits);
  }

  private static PointVector signed(PointVector bases, long[] values) {
    boolean negative = false;
    for (long value : values) {
      negative |= value < 0;
    }
    if (!negative) {
      return bases;
    }
    var y = FieldVector.ofFp(values.length);
    var source = bases.y();
    var zero = new long[4];
    for (int i = 0; i < values.length; i++) {
      if (values[i] < 0) {
        PrimeField.FP.sub(zero, 0, 1, source.limbs(), i, source.stride(), y.limbs(), i, y.stride());
      } else {
        PrimeField.copy(source.limbs(), i, source.stride(), y.limbs(), i, y.stride());
      }
    }
    return new PointVector(bases.x().slice(0, values.length), y);
  }

  private G1 sum(PointVector bases, long[] scalars, int limbs, int n, int bits) {
    if (n > bases.size()) {
      throw new IllegalArgumentException(
          "There are %d scalars, but only %d bases".formatted(n, bases.size()));
    }
    int window = window(n, bits);
    // One bit more than the scalar has: the carry out of its highest signed digit.
    int windows = bits == 1 ? 1 : bits / window + 1;
    var parts = new ArrayList<Callable<long[]>>();
    for (int w = 0; w < windows; w++) {
      int low = w * window;
      parts.add(() -> windowSum(bases, scalars, limbs, n, low, bits == 1 ? 0 : window));
    }
    var sums = run(parts);
    var total = new Accumulator();
    for (int w = windows - 1; w >= 0; w--) {
      for (int i = 0; i < window && w < windows - 1; i++) {
        total.twice();
      }
      total.add(sums.get(w));
    }
    return total.toAffine();
  }

  private List<long[]> run(List<Callable<long[]>> parts) {
    try {
      var sums = new ArrayList<long[]>();
      for (Future<long[]> part : pool.invokeAll(parts)) {
        sums.add(part.get());
      }
      return sums;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("A multi-scalar multiplication was interrupted", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("A multi-scalar multiplication failed", e);
    }
  }

  /** Chooses the window that costs the fewest point additions. */
  private static int window(int n, int bits) {
    int best = 1;
    double least = Double.MAX_VALUE;
    for (int c = 1; c <= 16; c++) {
      double cost = (bits / c + 1) * (n + 2.8 * (1 << (c - 1)));
      if (cost < least) {
        least = cost;
        best = c;
      }
    }
    return best;
  }

  /** The sum over one window; width 0 means plain 0/1 scalars. */
  private static long[] windowSum(
      PointVector bases, long[] scalars, int limbs, int n, int low, int width) {
    var kernel = new Xyzz();
    int buckets = width == 0 ? 1 : 1 << (width - 1);
    var bucket = new long[Xyzz.LIMBS * buckets];
    var x = bases.x();
    var y = bases.y();
    for (int i = 0; i < n; i++) {
      int digit = width == 0 ? (int) scalars[i] : digit(scalars, i * limbs, limbs, low, width);
      if (digit != 0) {
        int at = Xyzz.LIMBS * (Math.abs(digit) - 1);
        kernel.addAffine(bucket, at, x.limbs(), i, x.stride(), y.limbs(), i, y.stride(), digit < 0);
      }
    }
    var running = new long[Xyzz.LIMBS];
    var sum = new long[Xyzz.LIMBS];
    for (int b = buckets - 1; b >= 0; b--) {
      kernel.add(running, 0, bucket, Xyzz.LIMBS * b);
      kernel.add(sum, 0, running, 0);
    }
    return sum;
  }

  /**
   * The signed digit of window {@code [low, low + width)}: its bits, plus the carry from below,
   * which is the bit under the window (digits above half the range borrow from the next window),
   * minus the range if its own top bit is set.
   */
  private static int digit(long[] scalars, int at, int limbs, int low, int width) {
    int carry = low == 0 ? 0 : bits(scalars, at, limbs, low - 1, 1);
    int raw = bits(scalars, at, limbs, low, width);
    return raw + carry - ((raw >>> (width - 1)) << width);
  }

  private static int bits(long[] scalars, int at, int limbs, int low, int width) {
    int word = low >>> 6;
    if (word >= limbs) {
      return 0;
    }
    long value = scalars[at + word] >>> (low & 63);
    if ((low & 63) + width > 64 && word + 1 < limbs) {
      value |= scalars[at + word + 1] << (64 - (low & 63));
    }
    return (int) (value & ((1L << width) - 1));
  }
}
