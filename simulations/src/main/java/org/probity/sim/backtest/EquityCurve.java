package org.probity.sim.backtest;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One point for each head of a run, the first one before anything was traded: column by column, for
 * a year of minutes has half a million.
 *
 * <p>Prices are the pool's spot price after the head, in whole quote tokens for one whole base
 * token. Values are in whole quote tokens at that price. Exact amounts are in {@link Trade}.
 */
public final class EquityCurve {

  private final long[] times;
  private final double[] prices;
  private final double[] equity;
  private final double[] holding;
  private final double[] exposure;

  private EquityCurve(
      long[] times, double[] prices, double[] equity, double[] holding, double[] exposure) {
    this.times = times;
    this.prices = prices;
    this.equity = equity;
    this.holding = holding;
    this.exposure = exposure;
  }

  /**
   * One head.
   *
   * @param time of its block, in seconds of Unix time; grows from point to point
   * @param price of the base asset
   * @param equity the vault's holdings, less all that gas and proving have cost so far
   * @param holding the same vault, had it never traded: the benchmark
   * @param exposure the base asset's part of the vault's holdings, 0 to 1
   */
  public record Point(long time, double price, double equity, double holding, double exposure) {}

  /**
   * A curve of these columns, which must be equally long.
   *
   * @throws IllegalArgumentException if they are not, or the times do not grow
   */
  public static EquityCurve of(
      long[] times, double[] prices, double[] equity, double[] holding, double[] exposure) {
    int size = times.length;
    if (prices.length != size
        || equity.length != size
        || holding.length != size
        || exposure.length != size) {
      throw new IllegalArgumentException("The columns of an equity curve must be equally long");
    }
    for (int i = 1; i < size; i++) {
      if (times[i] <= times[i - 1]) {
        throw new IllegalArgumentException(
            "Point %d of the equity curve is not later than the one before".formatted(i));
      }
    }
    return new EquityCurve(
        times.clone(), prices.clone(), equity.clone(), holding.clone(), exposure.clone());
  }

  /** The number of points. */
  public int size() {
    return times.length;
  }

  public Point point(int i) {
    return new Point(times[i], prices[i], equity[i], holding[i], exposure[i]);
  }

  public Stream<Point> points() {
    return IntStream.range(0, size()).mapToObj(this::point);
  }

  public long time(int i) {
    return times[i];
  }

  public double price(int i) {
    return prices[i];
  }

  public double equity(int i) {
    return equity[i];
  }

  public double holding(int i) {
    return holding[i];
  }

  public double exposure(int i) {
    return exposure[i];
  }

  /** A copy of the column. */
  public long[] times() {
    return times.clone();
  }

  /** A copy of the column. */
  public double[] prices() {
    return prices.clone();
  }

  /** A copy of the column. */
  public double[] equities() {
    return equity.clone();
  }

  /** A copy of the column. */
  public double[] holdings() {
    return holding.clone();
  }

  /** A copy of the column. */
  public double[] exposures() {
    return exposure.clone();
  }

  /** Bit for bit. */
  @Override
  public boolean equals(Object other) {
    return other instanceof EquityCurve that
        && Arrays.equals(times, that.times)
        && Arrays.equals(prices, that.prices)
        && Arrays.equals(equity, that.equity)
        && Arrays.equals(holding, that.holding)
        && Arrays.equals(exposure, that.exposure);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(times) + Arrays.hashCode(equity);
  }

  @Override
  public String toString() {
    return "EquityCurve[" + size() + " points]";
  }
}
