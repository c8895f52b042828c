package org.probity.sim.metrics;

import java.util.Arrays;

/** Moments, quantiles and the normal distribution. NaN stands for what is not defined. */
public final class Statistics {

  private Statistics() {}

  static double mean(double[] values) {
    if (values.length == 0) {
      return Double.NaN;
    }
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  /** Sum of products of deviations from the means, divided by {@code n - 1}. */
  static double covariance(double[] a, double[] b) {
    if (a.length < 2) {
      return Double.NaN;
    }
    double meanA = mean(a);
    double meanB = mean(b);
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - meanA) * (b[i] - meanB);
    }
    return sum / (a.length - 1);
  }

  static double standardDeviation(double[] values) {
    return Math.sqrt(covariance(values, values));
  }

  /** Third standardised moment of the population, as Bailey and López de Prado use it. */
  static double skewness(double[] values) {
    return standardisedMoment(values, 3);
  }

  /** Fourth standardised moment of the population: 3 for a normal distribution. */
  static double kurtosis(double[] values) {
    return standardisedMoment(values, 4);
  }

  private static double standardisedMoment(double[] values, int order) {
    double mean = mean(values);
    double variance = 0;
    double moment = 0;
    for (double value : values) {
      variance += (value - mean) * (value - mean);
      double power = value - mean;
      for (int k = 1; k < order; k++) {
        power *= value - mean;
      }
      moment += power;
    }
    variance /= values.length;
    return isNothing(variance, mean)
        ? Double.NaN
        : moment / values.length / StrictMath.pow(variance, order / 2.0);
  }

  /** Whether a variance is no more than what rounding makes of equal values. */
  static boolean isNothing(double variance, double mean) {
    double rounding = 1e-14 * Math.max(Math.abs(mean), 1e-12);
    return !(variance > rounding * rounding);
  }

  /** Linear between order statistics (Hyndman and Fan, type 7), which may be infinite. */
  public static double quantile(double[] sorted, double probability) {
    if (sorted.length == 0) {
      return Double.NaN;
    }
    double at = probability * (sorted.length - 1);
    int below = (int) Math.floor(at);
    int above = Math.min(below + 1, sorted.length - 1);
    double share = at - below;
    return share == 0 || sorted[above] == sorted[below]
        ? sorted[below]
        : sorted[below] + share * (sorted[above] - sorted[below]);
  }

  /** The values that are defined, in order. */
  public static double[] sortedNumbers(double[] values) {
    return Arrays.stream(values).filter(value -> !Double.isNaN(value)).sorted().toArray();
  }

  /**
   * The standard normal distribution function, to about fifteen digits: a series near zero, a
   * continued fraction in the tails (Abramowitz and Stegun 26.2.10 and 26.2.14).
   */
  static double normalCdf(double z) {
    if (Double.isNaN(z)) {
      return Double.NaN;
    }
    double x = Math.abs(z);
    double density = StrictMath.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    double upper;
    if (x < 4) {
      double term = x;
      double sum = x;
      for (int k = 1; term > sum * 1e-17; k++) {
        term *= x * x / (2 * k + 1);
        sum += term;
      }
      upper = 0.5 - density * sum;
    } else {
      double fraction = 0;
      for (int k = 60; k >= 1; k--) {
        fraction = k / (x + fraction);
      }
      upper = density / (x + fraction);
    }
    return z > 0 ? 1 - upper : upper;
  }

  /**
   * The inverse of {@link #normalCdf}, by bisection: it is used a few times a report.
   *
   * @param probability between 0 and 1, both excluded
   */
  static double normalQuantile(double probability) {
    if (!(probability > 0 && probability < 1)) {
      throw new IllegalArgumentException(
          "A quantile is of a probability between 0 and 1, not " + probability);
    }
    double low = -40;
    double high = 40;
    while (true) {
      double middle = (low + high) / 2;
      if (middle <= low || middle >= high) {
        return middle;
      }
      if (normalCdf(middle) < probability) {
        low = middle;
      } else {
        high = middle;
      }
    }
  }
}
