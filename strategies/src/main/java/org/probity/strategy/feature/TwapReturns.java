package org.probity.strategy.feature;

import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.stream.IntStream;

/**
 * Returns between time-weighted mean ticks of one pool, over any number of horizons; exactly {@code
 * TwapReturns.sol}. With {@code C(t)} the pool's cumulative tick, {@code h_0 = 0}, floor toward
 * minus infinity, and {@code s = -1} where the price of the pool's token1 is wanted, else 1:
 *
 * <pre>
 *   m_i       = floor((C(asOf - h_{i-1}) - C(asOf - h_i)) / (h_i - h_{i-1}))    i = 1..n
 *   feature_i = clamp(s * (m_1 - m_{i+1}), -4095, 4095)                         i = 1..n-1
 * </pre>
 *
 * @param horizonsSeconds {@code h_1..h_n}, 2 to 64, growing
 */
public record TwapReturns(List<Integer> horizonsSeconds) implements ProgramEntry {

  /** Every feature lies in [-LIMIT, LIMIT], in ticks. */
  public static final int LIMIT = 4095;

  /** Sixteen returns over two hours of history, of means of one to fifteen minutes. */
  public static final TwapReturns STANDARD =
      new TwapReturns(
          List.of(
              60, 120, 180, 300, 420, 600, 900, 1200, 1500, 1800, 2400, 3000, 3600, 4500, 5400,
              6300, 7200));

  private static final int LEAST_HORIZONS = 2;
  private static final int MOST_HORIZONS = 64;

  /** Refuses what the contract refuses. */
  public TwapReturns {
    horizonsSeconds = Horizons.require(horizonsSeconds, LEAST_HORIZONS, MOST_HORIZONS);
  }

  @Override
  public int historySeconds() {
    return horizonsSeconds.getLast();
  }

  /** The moments that cumulative ticks are of, the newest first, in seconds. */
  public long[] points(long asOf) {
    return Horizons.points(horizonsSeconds, asOf);
  }

  /**
   * The features of a history, in ticks.
   *
   * @param cumulativeTick the pool's cumulative tick at a second
   * @param inverted whether the price of the pool's token1 is wanted
   */
  public int[] features(LongUnaryOperator cumulativeTick, long asOf, boolean inverted) {
    long[] cumulatives = points(asOf);
    for (int i = 0; i < cumulatives.length; i++) {
      cumulatives[i] = cumulativeTick.applyAsLong(cumulatives[i]);
    }
    return features(cumulatives, inverted);
  }

  /**
   * The features of the cumulative ticks at all points, the newest first, in ticks.
   *
   * @param cumulatives the pool's 56-bit numbers; their wrapping around does no harm
   * @param inverted whether the price of the pool's token1 is wanted
   */
  public int[] features(long[] cumulatives, boolean inverted) {
    int count = horizonsSeconds.size();
    if (cumulatives.length != count + 1) {
      throw new IllegalArgumentException(
          "%d cumulative ticks are needed, not %d: give one for each point"
              .formatted(count + 1, cumulatives.length));
    }
    long first = meanTick(cumulatives[0], cumulatives[1], horizonsSeconds.getFirst());
    var features = new int[count - 1];
    for (int i = 1; i < count; i++) {
      long seconds = (long) horizonsSeconds.get(i) - horizonsSeconds.get(i - 1);
      long mean = meanTick(cumulatives[i], cumulatives[i + 1], seconds);
      features[i - 1] = Math.clamp(inverted ? mean - first : first - mean, -LIMIT, LIMIT);
    }
    return features;
  }

  /**
   * The mean tick between two moments, rounded toward minus infinity.
   *
   * @param later the pool's cumulative tick at the later of them, a 56-bit number that may wrap
   * @param seconds that lie between
   */
  public static long meanTick(long later, long earlier, long seconds) {
    long sum = (later - earlier) << 8 >> 8; // 56 bits that wrap
    return Math.floorDiv(sum, seconds);
  }

  @Override
  public List<Input> inputs() {
    return IntStream.range(1, horizonsSeconds.size())
        .mapToObj(i ->
            new Input(
                "return against %d to %d s ago"
                    .formatted(horizonsSeconds.get(i - 1), horizonsSeconds.get(i)),
                "tick",
                -LIMIT,
                LIMIT))
        .toList();
  }

  @Override
  public int width() {
    return horizonsSeconds.size() - 1;
  }

  @Override
  public String identity() {
    return "TwapReturns " + Horizons.joined(horizonsSeconds);
  }
}
