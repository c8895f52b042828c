package org.probity.sim.random;

/**
 * A stream of random numbers with a name, derived from a seed.
 *
 * <p>The generator is SplitMix64 (Steele, Lea, Flood, <i>Fast splittable pseudorandom number
 * generators</i>, OOPSLA 2014), written out here so that no library's version can change a result.
 * Every use has a stream of its own, named for what is drawn: a draw more in one place changes
 * nothing in any other. {@link #at} gives a stream for one index of a series, whatever was drawn
 * for other indices, in whatever order or thread.
 *
 * <p>Logarithms come from {@link StrictMath}, the same on every processor. Not for secrets. Not
 * safe for use by several threads at once.
 */
public final class RandomStream {

  /** Changes whenever the numbers of any stream change. */
  public static final int VERSION = 1;

  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;
  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;
  private static final double DOUBLE_UNIT = 0x1.0p-53;

  private final long key;
  private long state;
  private double spareGaussian;
  private boolean hasSpare;

  private RandomStream(long key) {
    this.key = key;
    this.state = key;
  }

  /** The stream {@code name} of {@code seed}. */
  public static RandomStream of(long seed, String name) {
    long hash = FNV_OFFSET;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * FNV_PRIME;
    }
    return new RandomStream(mix(mix(seed + GOLDEN_GAMMA) ^ mix(hash)));
  }

  /** The stream for one index of a series; it does not depend on what was drawn from this one. */
  public RandomStream at(long index) {
    return new RandomStream(mix(key ^ mix(index * GOLDEN_GAMMA + 1)));
  }

  /** The stream {@code name} below this one; it does not depend on what was drawn from this one. */
  public RandomStream named(String name) {
    return of(key, name);
  }

  /** Stafford's variant 13 of the 64-bit finaliser of MurmurHash3. */
  private static long mix(long z) {
    long x = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    x = (x ^ (x >>> 27)) * 0x94d049bb133111ebL;
    return x ^ (x >>> 31);
  }

  /** 64 random bits. */
  public long nextLong() {
    state += GOLDEN_GAMMA;
    return mix(state);
  }

  /** Uniform in [0, 1), a multiple of 2^-53. */
  public double nextDouble() {
    return (nextLong() >>> 11) * DOUBLE_UNIT;
  }

  /** Uniform in [{@code from}, {@code to}). */
  public double nextDouble(double from, double to) {
    return from + (to - from) * nextDouble();
  }

  /**
   * Uniform in 0 to {@code bound} - 1.
   *
   * @param bound above 0
   */
  public int nextInt(int bound) {
    if (bound <= 0) {
      throw new IllegalArgumentException("A bound is above 0, not " + bound);
    }
    // Lemire's method: the high half of a product, redrawn in the few cases that would bias it.
    long product = (nextLong() >>> 32) * bound;
    long low = product & 0xffff_ffffL;
    if (low < bound) {
      long threshold = (1L << 32) % bound;
      while (low < threshold) {
        product = (nextLong() >>> 32) * bound;
        low = product & 0xffff_ffffL;
      }
    }
    return (int) (product >>> 32);
  }

  /** True with this probability. */
  public boolean chance(double probability) {
    return nextDouble() < probability;
  }

  /** Standard normal, by Marsaglia's polar method. */
  public double nextGaussian() {
    if (hasSpare) {
      hasSpare = false;
      return spareGaussian;
    }
    while (true) {
      double u = 2 * nextDouble() - 1;
      double v = 2 * nextDouble() - 1;
      double s = u * u + v * v;
      if (s > 0 && s < 1) {
        double scale = Math.sqrt(-2 * StrictMath.log(s) / s);
        spareGaussian = v * scale;
        hasSpare = true;
        return u * scale;
      }
    }
  }

  /** Exponential with this mean. */
  public double nextExponential(double mean) {
    return -mean * StrictMath.log(1 - nextDouble());
  }
}
