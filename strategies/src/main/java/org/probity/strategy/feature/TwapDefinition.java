package org.probity.strategy.feature;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;

/**
 * Sixteen returns between time-weighted mean ticks, and the reference tick.
 *
 * <p>Eighteen points in time {@code p_0 > ... > p_17}: {@code p_0} is the moment {@code asOf} and
 * {@code p_i = asOf - h_i}. {@code C(t)} is the pool's cumulative tick at {@code t}: the sum of its
 * tick over every second before {@code t}. With floor toward minus infinity, {@code h_0 = 0}, and
 * {@code s = -1} if the base asset is the pool's token1, else 1:
 *
 * <pre>
 *   m_i       = floor((C(p_{i-1}) - C(p_i)) / (h_i - h_{i-1}))       i = 1..17
 *   return_i  = clamp(s * (m_1 - m_{i+1}), -4095, 4095)              i = 1..16
 *   reference = s * floor((C(p_0) - C(p_k)) / h_k)                   k = referenceHorizon
 * </pre>
 *
 * <p>Exactly {@code TwapFeatureSource.sol}, whose constructor takes the same two values.
 *
 * @param horizonsSeconds {@code h_1..h_17}, each 1 to 32767 seconds beyond the one before
 * @param referenceHorizon {@code k}, 1..17
 */
public record TwapDefinition(List<Integer> horizonsSeconds, int referenceHorizon) {

  /** Points in time. */
  public static final int POINTS = 18;

  /** Returns. */
  public static final int RETURNS = 16;

  /** Every return lies in [-LIMIT, LIMIT], in ticks. */
  public static final int LIMIT = 4095;

  /** Two hours of history, means of one to fifteen minutes, a reference over five minutes. */
  public static final TwapDefinition STANDARD =
      new TwapDefinition(
          List.of(
              60, 120, 180, 300, 420, 600, 900, 1200, 1500, 1800, 2400, 3000, 3600, 4500, 5400,
              6300, 7200),
          4);

  private static final int LONGEST_SEGMENT = 0x7fff;

  /** Refuses what the contract refuses. */
  public TwapDefinition {
    horizonsSeconds = List.copyOf(horizonsSeconds);
    if (horizonsSeconds.size() != POINTS - 1) {
      throw new IllegalArgumentException(
          "%d horizons are needed, not %d".formatted(POINTS - 1, horizonsSeconds.size()));
    }
    int last = 0;
    for (int horizon : horizonsSeconds) {
      if (horizon <= last || horizon - last > LONGEST_SEGMENT) {
        throw new IllegalArgumentException(
            "Each horizon must lie 1 to %d seconds beyond the one before, and %d follows %d"
                .formatted(LONGEST_SEGMENT, horizon, last));
      }
      last = horizon;
    }
    if (referenceHorizon < 1 || referenceHorizon >= POINTS) {
      throw new IllegalArgumentException(
          "The reference horizon is one of 1 to %d, not %d"
              .formatted(POINTS - 1, referenceHorizon));
    }
  }

  /** How much history a pool must hold before {@code asOf}, in seconds. */
  public int historySeconds() {
    return horizonsSeconds.getLast();
  }

  /** {@code p_0..p_17}, the newest first, in seconds. */
  public long[] points(long asOf) {
    var points = new long[POINTS];
    points[0] = asOf;
    for (int i = 1; i < POINTS; i++) {
      points[i] = asOf - horizonsSeconds.get(i - 1);
    }
    return points;
  }

  /**
   * The features of a history.
   *
   * @param cumulativeTick the pool's cumulative tick at a second
   * @param inverted whether the base asset is the pool's token1
   */
  public TwapFeatures features(LongUnaryOperator cumulativeTick, long asOf, boolean inverted) {
    long[] cumulatives = points(asOf);
    for (int i = 0; i < POINTS; i++) {
      cumulatives[i] = cumulativeTick.applyAsLong(cumulatives[i]);
    }
    return features(cumulatives, inverted);
  }

  /**
   * The features of the cumulative ticks at the eighteen points, the newest first.
   *
   * @param cumulatives the pool's 56-bit numbers; their wrapping around does no harm
   * @param inverted whether the base asset is the pool's token1
   */
  public TwapFeatures features(long[] cumulatives, boolean inverted) {
    if (cumulatives.length != POINTS) {
      throw new IllegalArgumentException(
          "%d cumulative ticks are needed, not %d".formatted(POINTS, cumulatives.length));
    }
    int sign = inverted ? -1 : 1;
    int reference =
        meanTick(cumulatives[0], cumulatives[referenceHorizon], horizon(referenceHorizon));
    int first = meanTick(cumulatives[0], cumulatives[1], horizon(1));
    var returns = new ArrayList<Integer>(RETURNS);
    for (int i = 1; i <= RETURNS; i++) {
      int mean = meanTick(cumulatives[i], cumulatives[i + 1], horizon(i + 1) - horizon(i));
      returns.add(Math.clamp((long) sign * (first - mean), -LIMIT, LIMIT));
    }
    return new TwapFeatures(returns, sign * reference);
  }

  private int horizon(int i) {
    return horizonsSeconds.get(i - 1);
  }

  private static int meanTick(long later, long earlier, int seconds) {
    return Math.toIntExact(TwapReturns.meanTick(later, earlier, seconds));
  }
}
