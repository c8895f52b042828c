package org.probity.sim.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Scale;
import net.jqwik.api.constraints.Size;
import org.apache.commons.math3.distribution.NormalDistribution;
import org.apache.commons.math3.stat.descriptive.moment.StandardDeviation;
import org.apache.commons.math3.stat.descriptive.rank.Percentile;
import org.apache.commons.math3.stat.descriptive.rank.Percentile.EstimationType;
import org.apache.commons.math3.stat.regression.SimpleRegression;

/** Against an independent implementation: Apache Commons Math. */
final class StatisticsTest {

  @Property(tries = 500)
  void normalDistributionAgrees(@ForAll @DoubleRange(min = -12, max = 12) double z) {
    double expected = new NormalDistribution().cumulativeProbability(z);
    assertThat(Statistics.normalCdf(z)).isCloseTo(expected, within(expected * 1e-9 + 1e-15));
  }

  @Property(tries = 300)
  void normalQuantileAgreesAndInverts(
      @ForAll @DoubleRange(min = 1e-9, max = 0.999999) @Scale(9) double p) {
    double z = Statistics.normalQuantile(p);
    assertThat(z).isCloseTo(new NormalDistribution().inverseCumulativeProbability(p), within(1e-6));
    assertThat(Statistics.normalCdf(z)).isCloseTo(p, within(1e-12));
  }

  @Property(tries = 200)
  void momentsAndQuantilesAgree(
      @ForAll @Size(min = 5, max = 60)
          List<@DoubleRange(min = -0.5, max = 0.5) Double> valuesDrawn) {
    double[] values = valuesDrawn.stream().mapToDouble(x -> x).toArray();
    assertThat(Statistics.standardDeviation(values))
        .isCloseTo(new StandardDeviation().evaluate(values), within(1e-12));
    double[] sorted = Statistics.sortedNumbers(values);
    Percentile percentile = new Percentile().withEstimationType(EstimationType.R_7);
    for (double p : new double[] {0.025, 0.5, 0.975}) {
      assertThat(Statistics.quantile(sorted, p))
          .isCloseTo(percentile.evaluate(values, p * 100), within(1e-12));
    }
  }

  @Property(tries = 200)
  void alphaAndBetaAreThoseOfARegression(
      @ForAll @Size(30) List<@DoubleRange(min = -0.2, max = 0.2) Double> strategyDrawn,
      @ForAll @Size(30) List<@DoubleRange(min = -0.2, max = 0.2) Double> holdingDrawn) {
    double[] strategy = strategyDrawn.stream().mapToDouble(x -> x).toArray();
    double[] holding = holdingDrawn.stream().mapToDouble(x -> x).toArray();
    var regression = new SimpleRegression();
    for (int i = 0; i < strategy.length; i++) {
      regression.addData(holding[i], strategy[i]);
    }
    Returns returns = Returns.of(strategy, holding, 365);
    if (Double.isNaN(returns.beta())) {
      return; // holding never moved
    }
    double tolerance = 1e-9 * (1 + Math.abs(regression.getSlope()));
    assertThat(returns.beta()).isCloseTo(regression.getSlope(), within(tolerance));
    assertThat(returns.alpha()).isCloseTo(regression.getIntercept() * 365, within(tolerance * 365));
  }

  @org.junit.jupiter.api.Test
  void quantilesOfNoProbabilityAreRefused() {
    assertThatThrownBy(() -> Statistics.normalQuantile(1)).hasMessageContaining("between 0 and 1");
  }
}
