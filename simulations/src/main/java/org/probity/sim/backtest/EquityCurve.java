package org.probity.sim.backtest;

import java.math.BigInteger;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * One point for each head of a run, the first one before anything was traded.
 *
 * <p>Values are in whole units of the numeraire at the pools' spot prices after the head. Exact
 * amounts are in {@link Trade}.
 *
 * @param points in the order of time
 */
public record EquityCurve(List<Point> points) {

  /**
   * One head.
   *
   * @param time of its block, in seconds of Unix time; grows from point to point
   * @param price of a pair's asset, in whole units of the numeraire; of a vault with more there is
   *     no one price, and in its place stands what the first books are worth, as a multiple of what
   *     they were
   * @param equity the vault's holdings, less all that gas and proving have cost so far
   * @param holding the same vault, had it never traded: the benchmark
   * @param exposure the part of the vault's holdings that is not the numeraire, 0 to 1
   * @param books what the vault has of each asset, the numeraire first, in smallest units
   */
  public record Point(
      long time,
      double price,
      double equity,
      double holding,
      double exposure,
      List<BigInteger> books) {
    public Point {
      books = List.copyOf(books);
    }
  }

  /**
   * @throws IllegalArgumentException if the times do not grow
   */
  public EquityCurve {
    points = List.copyOf(points);
    for (int i = 1; i < points.size(); i++) {
      if (points.get(i).time <= points.get(i - 1).time) {
        throw new IllegalArgumentException(
            "Point %d of the equity curve is not later than the one before".formatted(i));
      }
    }
  }

  /** The number of points. */
  public int size() {
    return points.size();
  }

  public long time(int i) {
    return points.get(i).time;
  }

  public double price(int i) {
    return points.get(i).price;
  }

  public double equity(int i) {
    return points.get(i).equity;
  }

  public double holding(int i) {
    return points.get(i).holding;
  }

  public long[] times() {
    return points.stream().mapToLong(Point::time).toArray();
  }

  /** One value of each point, such as its price. */
  public double[] each(ToDoubleFunction<Point> value) {
    return points.stream().mapToDouble(value).toArray();
  }

  @Override
  public String toString() {
    return "EquityCurve[" + size() + " points]";
  }
}
