package org.probity.sim.market;

import java.util.Arrays;
import org.probity.sim.math.WideMath;
import org.probity.sim.math.Word;

/**
 * The ring of a pool's observations (Uniswap v3 whitepaper, section 5; contract library Oracle).
 * Times are seconds modulo {@code 2^32}, tick cumulatives wrap at 56 bits, the seconds per
 * liquidity (Q32.128) at 160.
 */
final class Oracle {

  private final WideMath math;
  private final Word one = Word.of(1);
  private final Word scratch = new Word();
  private final Word difference = new Word();
  private final Word span = new Word();

  private int[] times = new int[1];
  private long[] tickCumulatives = new long[1];
  // Three limbs each, from the least significant.
  private long[] secondsPerLiquidity = new long[3];
  private boolean[] initialized = new boolean[1];
  private int index;
  private int cardinality;
  private int cardinalityNext;

  /** The tick cumulative of the last {@link #now} or {@link #ago}. */
  long tickCumulative;

  /** The seconds per liquidity of the last {@link #now} or {@link #ago}. */
  final Word secondsPerLiquidityCumulative = new Word();

  Oracle(WideMath math) {
    this.math = math;
  }

  /** Takes over all of another ring. */
  void set(Oracle other) {
    times = other.times.clone();
    tickCumulatives = other.tickCumulatives.clone();
    secondsPerLiquidity = other.secondsPerLiquidity.clone();
    initialized = other.initialized.clone();
    index = other.index;
    cardinality = other.cardinality;
    cardinalityNext = other.cardinalityNext;
  }

  int index() {
    return index;
  }

  int cardinality() {
    return cardinality;
  }

  int cardinalityNext() {
    return cardinalityNext;
  }

  int time(int i) {
    return i < times.length ? times[i] : 0;
  }

  long tickCumulative(int i) {
    return i < times.length ? tickCumulatives[i] : 0;
  }

  Word secondsPerLiquidity(Word result, int i) {
    return i < times.length
        ? result.set(
            0,
            secondsPerLiquidity[3 * i + 2],
            secondsPerLiquidity[3 * i + 1],
            secondsPerLiquidity[3 * i])
        : result.setZero();
  }

  boolean initialized(int i) {
    return i < times.length && initialized[i];
  }

  void initialize(int time) {
    times[0] = time;
    initialized[0] = true;
    cardinality = 1;
    cardinalityNext = 1;
  }

  void grow(int next) {
    if (next <= cardinalityNext) {
      return;
    }
    int before = cardinalityNext;
    times = Arrays.copyOf(times, next);
    // A mark that makes the storage non-zero; such an observation is not initialized.
    Arrays.fill(times, before, next, 1);
    tickCumulatives = Arrays.copyOf(tickCumulatives, next);
    secondsPerLiquidity = Arrays.copyOf(secondsPerLiquidity, 3 * next);
    initialized = Arrays.copyOf(initialized, next);
    cardinalityNext = next;
  }

  /** Writes the observation of a block's first change, with what held before it. */
  void write(int time, int tick, Word liquidity) {
    if (times[index] == time) {
      return;
    }
    if (cardinalityNext > cardinality && index == cardinality - 1) {
      cardinality = cardinalityNext;
    }
    transform(index, time, tick, liquidity);
    index = (index + 1) % cardinality;
    times[index] = time;
    tickCumulatives[index] = tickCumulative;
    secondsPerLiquidity[3 * index] = secondsPerLiquidityCumulative.limb(0);
    secondsPerLiquidity[3 * index + 1] = secondsPerLiquidityCumulative.limb(1);
    secondsPerLiquidity[3 * index + 2] = secondsPerLiquidityCumulative.limb(2);
    initialized[index] = true;
  }

  /** The cumulatives at {@code time}, given what holds since the newest observation. */
  void now(int time, int tick, Word liquidity) {
    if (times[index] == time) {
      read(index);
    } else {
      transform(index, time, tick, liquidity);
    }
  }

  private void read(int i) {
    tickCumulative = tickCumulatives[i];
    secondsPerLiquidity(secondsPerLiquidityCumulative, i);
  }

  private void transform(int i, int time, int tick, Word liquidity) {
    long delta = (time - times[i]) & 0xFFFF_FFFFL;
    tickCumulative = ticksAfter(i, time, tick);
    scratch.set(0, delta, 0, 0);
    math.divide(scratch, scratch, liquidity.isZero() ? one : liquidity);
    secondsPerLiquidity(secondsPerLiquidityCumulative, i).add(scratch).truncate(160);
  }

  private long ticksAfter(int i, int time, int tick) {
    return int56(tickCumulatives[i] + tick * ((time - times[i]) & 0xFFFF_FFFFL));
  }

  /**
   * The cumulatives {@code secondsAgo} before {@code time}; between two observations on the line
   * through them (observeSingle).
   *
   * @throws Reverted with OLD before the oldest observation
   */
  void ago(int time, int secondsAgo, int tick, Word liquidity) {
    if (secondsAgo == 0) {
      now(time, tick, liquidity);
      return;
    }
    int target = time - secondsAgo;
    int before = lastUpTo(time, target);
    if (before != index) {
      between(target, before);
    } else if (times[index] == target) {
      read(index);
    } else {
      transform(index, target, tick, liquidity);
    }
  }

  /** The tick cumulative of {@link #ago} alone, for whoever asks for no seconds per liquidity. */
  long ticksAgo(int time, int secondsAgo, int tick) {
    int target = time - secondsAgo;
    int before = lastUpTo(time, target);
    return before == index ? ticksAfter(before, target, tick) : ticksBetween(target, before);
  }

  /** The newest observation if the moment lies after it; otherwise one that it lies between. */
  private int lastUpTo(int time, int target) {
    if (notAfter(time, times[index], target)) {
      return index;
    }
    int oldest = (index + 1) % cardinality;
    if (!initialized[oldest]) {
      oldest = 0;
    }
    Reverted.require(notAfter(time, times[oldest], target), "OLD");
    return search(time, target);
  }

  private int search(int time, int target) {
    int low = (index + 1) % cardinality;
    int high = low + cardinality - 1;
    while (true) {
      int middle = (low + high) / 2;
      int i = middle % cardinality;
      if (!initialized[i]) {
        low = middle + 1;
        continue;
      }
      boolean isBefore = notAfter(time, times[i], target);
      if (isBefore && notAfter(time, target, times[(middle + 1) % cardinality])) {
        return i;
      }
      if (isBefore) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
  }

  private void between(int target, int before) {
    int after = (before + 1) % cardinality;
    if (target == times[before]) {
      read(before);
      return;
    }
    if (target == times[after]) {
      read(after);
      return;
    }
    long whole = (times[after] - times[before]) & 0xFFFF_FFFFL;
    long part = (target - times[before]) & 0xFFFF_FFFFL;
    tickCumulative = ticksBetween(target, before);
    secondsPerLiquidity(difference, after);
    secondsPerLiquidity(secondsPerLiquidityCumulative, before);
    difference.sub(secondsPerLiquidityCumulative).truncate(160);
    math.mulDiv(difference, difference, scratch.setUnsigned(part), span.setUnsigned(whole));
    secondsPerLiquidityCumulative.add(difference.truncate(160)).truncate(160);
  }

  private long ticksBetween(int target, int before) {
    int after = (before + 1) % cardinality;
    if (target == times[after]) {
      return tickCumulatives[after];
    }
    long whole = (times[after] - times[before]) & 0xFFFF_FFFFL;
    long part = (target - times[before]) & 0xFFFF_FFFFL;
    long slope = int56(tickCumulatives[after] - tickCumulatives[before]) / whole;
    return int56(tickCumulatives[before] + int56(slope * part));
  }

  /**
   * Whether {@code a} is at or before {@code b}, both at or before {@code time} in a wrapping
   * clock.
   */
  private static boolean notAfter(int time, int a, int b) {
    // Ages in the contract's terms: what seems later than now was before the clock wrapped.
    long now = time & 0xFFFF_FFFFL;
    long first = a & 0xFFFF_FFFFL;
    long second = b & 0xFFFF_FFFFL;
    if (first <= now && second <= now) {
      return first <= second;
    }
    long adjustedFirst = first > now ? first : first + (1L << 32);
    long adjustedSecond = second > now ? second : second + (1L << 32);
    return adjustedFirst <= adjustedSecond;
  }

  static long int56(long value) {
    return value << 8 >> 8;
  }
}
