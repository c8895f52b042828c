package org.probity.sim.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The papers' own examples. */
final class SharpeConfidenceTest {

  /** "The Sharpe Ratio Efficient Frontier", section 4: 24 monthly returns of a hedge fund. */
  @Test
  void probabilisticRatioIsThePapers() {
    assertThat(SharpeConfidence.probabilistic(0.458, 0, 24, 0, 3)).isCloseTo(0.982, within(1e-3));
    assertThat(SharpeConfidence.probabilistic(0.458, 0, 24, -2.448, 10.164))
        .isCloseTo(0.913, within(1e-3));
  }

  /**
   * "The Deflated Sharpe Ratio": yearly ratio 2.5, five years of days, 100 trials of variance 1/2.
   */
  @Test
  void deflatedRatioIsThePapers() {
    double benchmark = SharpeConfidence.expectedMaximum(100, 0.5 / 250);
    assertThat(benchmark).isCloseTo(0.1132, within(1e-4));
    double observed = 2.5 / Math.sqrt(250);
    assertThat(SharpeConfidence.probabilistic(observed, benchmark, 1_250, -3, 10))
        .isCloseTo(0.9004, within(5e-4));
    assertThat(
            SharpeConfidence.probabilistic(
                observed, SharpeConfidence.expectedMaximum(46, 0.5 / 250), 1_250, -3, 10))
        .isCloseTo(0.9505, within(5e-4));
  }

  @Test
  void bestOfManyWithoutSkillIsExpectedWhereSimulationPutsIt() {
    var random = new SplittableRandom(5);
    double sum = 0;
    for (int i = 0; i < 20_000; i++) {
      double best = Double.NEGATIVE_INFINITY;
      for (int j = 0; j < 50; j++) {
        best = Math.max(best, 0.2 * random.nextGaussian());
      }
      sum += best;
    }
    assertThat(SharpeConfidence.expectedMaximum(50, 0.04)).isCloseTo(sum / 20_000, within(0.01));
    assertThat(SharpeConfidence.expectedMaximum(1, 0.04)).isZero();
  }
}
