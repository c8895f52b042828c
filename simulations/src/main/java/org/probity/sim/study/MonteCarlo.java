package org.probity.sim.study;

import java.util.ArrayList;
import java.util.List;
import org.probity.sim.metrics.Measure;
import org.probity.sim.metrics.Statistics;

/**
 * The same strategy on many random paths: a distribution instead of a number.
 *
 * @param runs one for each path
 */
public record MonteCarlo(List<RunSummary> runs) {

  /** The quantiles that a fan shows, least first. */
  public static final List<Double> QUANTILES = List.of(0.05, 0.25, 0.5, 0.75, 0.95);

  public MonteCarlo {
    runs = List.copyOf(runs);
    if (runs.isEmpty()) {
      throw new IllegalArgumentException("A distribution needs at least one run");
    }
  }

  /** A measure's quantile over the runs for which it is defined. */
  public double quantile(Measure measure, double probability) {
    return quantile(runs.stream().mapToDouble(run -> run.measure(measure)).toArray(), probability);
  }

  /** Part of the runs that ended with less than they began with. */
  public double lossShare() {
    return share(Measure.TOTAL_RETURN);
  }

  /** Part of the runs that did worse than holding. */
  public double worseThanHoldingShare() {
    return share(Measure.EXCESS_RETURN);
  }

  private double share(Measure measure) {
    return (double) runs.stream().filter(run -> run.measure(measure) < 0).count() / runs.size();
  }

  /** The quantile of equity over its start at each of the equal steps. */
  public List<Double> growth(double probability) {
    var growth = new ArrayList<Double>();
    for (int step = 0; step <= RunSummary.STEPS; step++) {
      int at = step;
      growth.add(
          quantile(runs.stream().mapToDouble(run -> run.growth().get(at)).toArray(), probability));
    }
    return growth;
  }

  private static double quantile(double[] values, double probability) {
    return Statistics.quantile(Statistics.sortedNumbers(values), probability);
  }
}
