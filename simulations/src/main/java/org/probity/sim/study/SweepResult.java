package org.probity.sim.study;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.probity.sim.metrics.Measure;
import org.probity.sim.metrics.SharpeConfidence;

/**
 * What a sweep found.
 *
 * @param objective what the points are compared by
 * @param points in the order in which they were tried
 */
public record SweepResult(Measure objective, List<Point> points) {

  /**
   * A point and what it came to.
   *
   * @param values by the setting's key
   */
  public record Point(Map<String, Object> values, RunSummary summary) {
    public Point {
      values = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /** "fee = 5, step = 60". */
    public String words() {
      return values.entrySet().stream()
          .map(e ->
              e.getKey().substring(e.getKey().lastIndexOf('.') + 1)
                  + " = "
                  + SweepResult.words(e.getValue()))
          .reduce((a, b) -> a + ", " + b)
          .orElse("");
    }
  }

  public SweepResult {
    points = List.copyOf(points);
  }

  /**
   * The points with a defined objective, the best one first; of equal ones that with most return.
   */
  public List<Point> ranked() {
    Comparator<Point> byValue =
        Comparator.comparingDouble(point -> point.summary().measure(objective));
    Comparator<Point> best = objective.moreIsBetter() ? byValue.reversed() : byValue;
    Comparator<Point> byReturn =
        Comparator.comparingDouble(point -> point.summary().measure(Measure.TOTAL_RETURN));
    return points.stream()
        .filter(point -> !Double.isNaN(point.summary().measure(objective)))
        .sorted(best.thenComparing(byReturn.reversed()))
        .toList();
  }

  /** The best point; empty if none has the objective defined. */
  public Optional<Point> best() {
    return ranked().stream().findFirst();
  }

  /**
   * The probability that the best point's true Sharpe ratio exceeds what the luckiest of as many
   * points without skill would show; NaN if there is none.
   */
  public double deflatedSharpe() {
    return best()
        .map(point ->
            SharpeConfidence.deflated(point.summary().returns(), trials(), sharpeVariance()))
        .orElse(Double.NaN);
  }

  /** Different points that were tried. */
  public int trials() {
    return (int) points.stream().map(Point::values).distinct().count();
  }

  /** Variance of the points' Sharpe ratios of one step. */
  private double sharpeVariance() {
    double[] ratios =
        points.stream()
            .mapToDouble(point -> point.summary().returns().stepSharpe())
            .filter(Double::isFinite)
            .toArray();
    return SharpeConfidence.variance(ratios);
  }

  /** The values that a setting took, numbers in order. */
  public List<Object> values(String key) {
    var values = new LinkedHashSet<Object>();
    points.forEach(point -> Optional.ofNullable(point.values().get(key)).ifPresent(values::add));
    boolean numbers = values.stream().allMatch(Number.class::isInstance);
    return numbers
        ? values.stream()
            .sorted(Comparator.comparingDouble(value -> ((Number) value).doubleValue()))
            .toList()
        : List.copyOf(values);
  }

  /**
   * The mean objective of the points at these values of two settings, over all that else varies;
   * NaN if there is none.
   */
  public double mean(String rowKey, Object row, String columnKey, Object column) {
    return points.stream()
        .filter(point -> row.equals(point.values().get(rowKey)))
        .filter(point -> column.equals(point.values().get(columnKey)))
        .mapToDouble(point -> point.summary().measure(objective))
        .filter(value -> !Double.isNaN(value))
        .average()
        .orElse(Double.NaN);
  }

  /** A setting's value as a reader writes it. */
  public static String words(Object value) {
    return value instanceof Double number
        ? new BigDecimal(number).round(new MathContext(4)).stripTrailingZeros().toPlainString()
        : String.valueOf(value);
  }
}
