package org.probity.sim.study;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.probity.sim.metrics.Measure;

/** Gains without a loss are a profit factor, the best there is, and no gap in the figures. */
class InfiniteMeasureTest {

  private static final double INFINITE = Double.POSITIVE_INFINITY;

  @Test
  void infinityRanksFirstAndWhatIsUndefinedIsNotRanked() {
    SweepResult sweep =
        sweep(
            run(0, 0.1),
            run(INFINITE, 0.02),
            run(1.5, 0.3),
            run(INFINITE, 0.05),
            run(Double.NaN, 0.9));
    assertThat(sweep.ranked())
        .extracting(point -> point.values().get("gas"))
        .containsExactly(3, 1, 2, 0);
    assertThat(sweep.best().orElseThrow().summary().measure(Measure.PROFIT_FACTOR))
        .isEqualTo(INFINITE);
    assertThat(sweep.mean("gas", 1, "gas", 1)).isEqualTo(INFINITE);
    assertThat(sweep.mean("gas", 4, "gas", 4)).isNaN();
  }

  @Test
  void itIsReadAsItWasWritten() {
    for (double value : new double[] {INFINITE, -INFINITE, Double.NaN, 1.5, 0}) {
      RunSummary run = run(value, 0.1);
      RunSummary read = RunSummary.parse(run.toJson()).orElseThrow();
      assertThat(read).isEqualTo(run);
      assertThat(read.measure(Measure.PROFIT_FACTOR)).isEqualTo(Double.valueOf(value));
    }
    assertThat(run(INFINITE, 0.1).measuresJson().path("profit-factor").textValue())
        .isEqualTo("Infinity");
    assertThat(run(Double.NaN, 0.1).measuresJson().path("profit-factor").isNull()).isTrue();
  }

  @Test
  void quantilesCountIt() {
    var monteCarlo =
        new MonteCarlo(
            List.of(
                run(1, 0),
                run(2, 0),
                run(INFINITE, 0),
                run(INFINITE, 0),
                run(INFINITE, 0),
                run(Double.NaN, 0)));
    assertThat(monteCarlo.quantile(Measure.PROFIT_FACTOR, 0)).isEqualTo(1);
    assertThat(monteCarlo.quantile(Measure.PROFIT_FACTOR, 0.25)).isEqualTo(2);
    assertThat(monteCarlo.quantile(Measure.PROFIT_FACTOR, 0.5)).isEqualTo(INFINITE);
    assertThat(monteCarlo.quantile(Measure.PROFIT_FACTOR, 0.3)).isEqualTo(INFINITE);
    assertThat(monteCarlo.quantile(Measure.PROFIT_FACTOR, 1)).isEqualTo(INFINITE);
    assertThat(monteCarlo.quantile(Measure.SHARPE, 0.5)).isNaN();
  }

  @Test
  void itIsShownAndAMinusZeroIsNot() {
    assertThat(Measure.PROFIT_FACTOR.shown(INFINITE)).isEqualTo("∞");
    assertThat(Measure.PROFIT_FACTOR.shown(Double.NaN)).isEqualTo("–");
    assertThat(Measure.TOTAL_RETURN.shown(-0.00001)).isEqualTo("0.00 %");
    assertThat(Measure.TRADES.shown(-0.0)).isEqualTo("0");
    assertThat(Measure.TOTAL_RETURN.shown(-0.0101)).isEqualTo("−1.01 %");
    assertThat(Measure.withoutMinusZero("0.00 → -0.00 USD (-0.00 %), -0.01, -0.00, 2025-01-01 -0"))
        .isEqualTo("0.00 → 0.00 USD (0.00 %), -0.01, 0.00, 2025-01-01 0");
  }

  private static SweepResult sweep(RunSummary... runs) {
    var points = new java.util.ArrayList<SweepResult.Point>();
    for (int i = 0; i < runs.length; i++) {
      points.add(new SweepResult.Point(Map.of("gas", i), runs[i]));
    }
    return new SweepResult(Measure.PROFIT_FACTOR, points);
  }

  private static RunSummary run(double profitFactor, double totalReturn) {
    var measures = new EnumMap<Measure, Double>(Measure.class);
    measures.put(Measure.TOTAL_RETURN, totalReturn);
    if (!Double.isNaN(profitFactor)) {
      measures.put(Measure.PROFIT_FACTOR, profitFactor);
    }
    List<Double> flat = Collections.nCopies(RunSummary.STEPS + 1, 1.0);
    return new RunSummary("code", "data", 0, 86_400, measures, flat, flat);
  }
}
