package org.probity.sim.study;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The settings that a sweep varies.
 *
 * @param axes at least one
 */
public record SearchSpace(List<Axis> axes) {

  /** The most points of a grid: more would not be looked at. */
  private static final int MOST_POINTS = 100_000;

  public SearchSpace {
    axes = List.copyOf(axes);
    if (axes.isEmpty()) {
      throw new IllegalArgumentException(
          "A sweep needs at least one setting to vary: name one with its values");
    }
  }

  /** A setting and how it varies. */
  public sealed interface Axis {
    /** The setting's key. */
    String key();

    /** The values of a grid. */
    List<Object> grid();

    /** A value at random. */
    Object draw(SplittableRandom random);
  }

  /** Listed values. */
  public record Choice(String key, List<Object> grid) implements Axis {
    public Choice {
      grid = List.copyOf(grid);
      if (grid.isEmpty()) {
        throw new IllegalArgumentException("%s has no values to try: list some".formatted(key));
      }
    }

    @Override
    public Object draw(SplittableRandom random) {
      return grid.get(random.nextInt(grid.size()));
    }
  }

  /**
   * Numbers between two, both included.
   *
   * @param steps values of a grid, at least 2
   * @param logarithmic whether equal ratios count alike, rather than equal differences
   * @param whole whether only whole numbers make sense
   */
  public record Range(
      String key, double from, double to, int steps, boolean logarithmic, boolean whole)
      implements Axis {
    public Range {
      if (!(from < to) || steps < 2 || (logarithmic && from <= 0)) {
        throw new IllegalArgumentException(
            "%s cannot go from %s to %s in %d steps: it needs a lesser, then a greater number, two steps or more, and for a logarithmic scale positive numbers"
                .formatted(key, from, to, steps));
      }
    }

    @Override
    public List<Object> grid() {
      var values = new LinkedHashSet<Object>();
      for (int i = 0; i < steps; i++) {
        values.add(at((double) i / (steps - 1)));
      }
      return List.copyOf(values);
    }

    @Override
    public Object draw(SplittableRandom random) {
      return at(random.nextDouble());
    }

    private Object at(double fraction) {
      double value =
          fraction <= 0
              ? from
              : fraction >= 1
                  ? to
                  : logarithmic
                      ? from * StrictMath.pow(to / from, fraction)
                      : from + fraction * (to - from);
      return whole ? (Object) Math.round(value) : (Object) value;
    }
  }

  /** Every combination, the last axis fastest. */
  public List<Map<String, Object>> grid() {
    long count = axes.stream().mapToLong(axis -> axis.grid().size()).reduce(1, Math::multiplyExact);
    if (count > MOST_POINTS) {
      throw new IllegalArgumentException(
          "The grid has %,d points: take fewer values, or search at random".formatted(count));
    }
    List<Map<String, Object>> points = List.of(Map.of());
    for (Axis axis : axes) {
      var longer = new ArrayList<Map<String, Object>>();
      for (Map<String, Object> point : points) {
        for (Object value : axis.grid()) {
          var next = new LinkedHashMap<String, Object>(point);
          next.put(axis.key(), value);
          longer.add(next);
        }
      }
      points = longer;
    }
    return points;
  }

  /** Points at random; the same seed gives the same, and more points begin with the fewer ones. */
  public List<Map<String, Object>> random(int count, long seed) {
    var random = new SplittableRandom(seed);
    var points = new ArrayList<Map<String, Object>>();
    for (int i = 0; i < count; i++) {
      var point = new LinkedHashMap<String, Object>();
      axes.forEach(axis -> point.put(axis.key(), axis.draw(random)));
      points.add(point);
    }
    return points;
  }
}
