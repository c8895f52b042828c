package org.probity.sim.metrics;

/**
 * Where a measure may well lie.
 *
 * @param low end; NaN if there is no telling
 * @param high end; either may be infinite
 */
public record Interval(double low, double high) {

  /** Nothing is known. */
  public static final Interval UNKNOWN = new Interval(Double.NaN, Double.NaN);

  public boolean isKnown() {
    return !Double.isNaN(low) && !Double.isNaN(high);
  }

  public boolean contains(double value) {
    return low <= value && value <= high;
  }
}
