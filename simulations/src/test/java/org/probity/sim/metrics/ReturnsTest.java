package org.probity.sim.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Scale;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.probity.sim.TinyEngine;
import org.probity.sim.backtest.EquityCurve;

/** Vectors worked out by hand, and what holds for every curve. */
final class ReturnsTest {

  private static final double[] R = {0.10, -0.05, 0.02, -0.03, 0.06};

  @Test
  void ratiosAreThoseWorkedOutByHand() {
    // mean 0.02; squared deviations 64+49+0+25+16 = 154 e-4; / 4 = 38.5 e-4
    Returns returns = Returns.of(R, R, 365);
    assertThat(returns.volatility()).isCloseTo(Math.sqrt(0.00385 * 365), within(1e-12));
    assertThat(returns.sharpe())
        .isCloseTo(0.02 / Math.sqrt(0.00385) * Math.sqrt(365), within(1e-12));
    // downside: (25 + 9) e-4 / 5 = 6.8 e-4
    assertThat(returns.sortino())
        .isCloseTo(0.02 / Math.sqrt(0.00068) * Math.sqrt(365), within(1e-12));
    assertThat(returns.total()).isCloseTo(1.10 * 0.95 * 1.02 * 0.97 * 1.06 - 1, within(1e-15));
    // 1.1 -> 1.045 (-5 %) -> 1.0659 -> 1.033923: -6.0 % from the peak of 1.1
    assertThat(returns.drawdown()).isCloseTo(1 - 0.95 * 1.02 * 0.97, within(1e-15));
    assertThat(returns.beta()).isCloseTo(1, within(1e-12));
    assertThat(returns.alpha()).isCloseTo(0, within(1e-12));
  }

  @Test
  void whatIsNotDefinedIsNaN() {
    Returns still = Returns.of(new double[] {0.01, 0.01, 0.01}, new double[3], 365);
    assertThat(still.sharpe()).isNaN();
    assertThat(still.beta()).isNaN();
    // Three times 0.1 is not 0.3 in doubles, and so the mean of steady returns is none of them.
    Returns steady = Returns.of(new double[] {0.01, 0.02, 0.03}, new double[] {0.1, 0.1, 0.1}, 365);
    assertThat(steady.beta()).isNaN();
    assertThat(steady.alpha()).isNaN();
    assertThat(Returns.of(new double[0], new double[0], 365).cagr()).isNaN();
  }

  /** Nothing but gains is the best there is, and nothing at all is not. */
  @Test
  void gainsWithoutALossAreInfinite() {
    Returns gains = Returns.of(new double[] {0.01, 0, 0.02}, new double[3], 365);
    assertThat(gains.sortino()).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(gains.calmar()).isEqualTo(Double.POSITIVE_INFINITY);
    Returns nothing = Returns.of(new double[3], new double[3], 365);
    assertThat(nothing.sortino()).isNaN();
    assertThat(nothing.calmar()).isNaN();
    Returns mixed = Returns.of(R, R, 365);
    assertThat(mixed.calmar()).isCloseTo(mixed.cagr() / mixed.drawdown(), within(1e-12));
    assertThat(new Interval(1.5, Double.POSITIVE_INFINITY).isKnown()).isTrue();
    assertThat(Interval.UNKNOWN.isKnown()).isFalse();
  }

  @Test
  void drawdownNamesPeakTroughAndRecovery() {
    long[] times = {0, 10, 20, 30, 40, 50, 60, 70};
    double[] values = {100, 120, 90, 110, 120, 100, 119, 118};
    assertThat(Drawdown.deepest(times, values))
        .isEqualTo(new Drawdown(0.25, 10, 20, OptionalLong.of(40), 70));
    double[] later = {100, 120, 115, 120, 118, 119, 117, 100};
    Drawdown open = Drawdown.deepest(times, later);
    assertThat(open.recovery()).isEmpty();
    assertThat(open.peak()).isEqualTo(30);
    assertThat(open.lengthSeconds()).isEqualTo(40);
    assertThat(Drawdown.deepest(times, new double[] {1, 2, 3, 4, 5, 6, 7, 8}).depth()).isZero();
  }

  @Property(tries = 300)
  void deepestDrawdownIsThatOfEveryPair(
      @ForAll @Size(min = 2, max = 40) List<@DoubleRange(min = 1, max = 100) Double> valuesDrawn) {
    double[] values = valuesDrawn.stream().mapToDouble(x -> x).toArray();
    long[] times = new long[values.length];
    Arrays.setAll(times, i -> i * 60L);
    double worst = 0;
    for (int i = 0; i < values.length; i++) {
      for (int j = i; j < values.length; j++) {
        worst = Math.max(worst, 1 - values[j] / values[i]);
      }
    }
    Drawdown deepest = Drawdown.deepest(times, values);
    assertThat(deepest.depth()).isCloseTo(worst, within(1e-12));
    assertThat(Arrays.stream(Drawdown.underWater(values)).min().orElse(0))
        .isCloseTo(-worst, within(1e-12));
  }

  @Property(tries = 200)
  void ratiosDoNotDependOnTheUnitOfMoney(
      @ForAll @Size(min = 10, max = 40) List<@DoubleRange(min = 50, max = 150) Double> valuesDrawn,
      @ForAll @DoubleRange(min = 1e-3, max = 1e6) @Scale(3) double unit) {
    double[] values = valuesDrawn.stream().mapToDouble(x -> x).toArray();
    Returns one = Returns.of(curve(values, 1), Sampling.DAYS);
    Returns other = Returns.of(curve(values, unit), Sampling.DAYS);
    assertThat(other.sharpe()).isCloseTo(one.sharpe(), within(1e-6 * (1 + Math.abs(one.sharpe()))));
    assertThat(other.total()).isCloseTo(one.total(), within(1e-9));
    assertThat(other.drawdown()).isCloseTo(one.drawdown(), within(1e-9));
  }

  @Property(tries = 200)
  void monthsCompoundToTheTotal(
      @ForAll @Size(min = 2, max = 200)
          List<@DoubleRange(min = 50, max = 150) Double> valuesDrawn) {
    double[] values = valuesDrawn.stream().mapToDouble(x -> x).toArray();
    EquityCurve curve = curve(values, 1);
    double growth = 1;
    for (MonthlyReturn month : MonthlyReturn.of(curve)) {
      growth *= 1 + month.strategy();
    }
    assertThat(growth)
        .isCloseTo(values[values.length - 1] / values[0], within(1e-9 * values.length));
  }

  @Test
  void gapsInACurveAreStepsWithoutChange() {
    EquityCurve curve =
        TinyEngine.curve(
            new long[] {0, 3_600, 5 * 3_600 + 5, 6 * 3_600},
            new double[] {1, 1, 1, 1},
            new double[] {100, 110, 121, 121},
            new double[] {1, 1, 1, 1},
            new double[4]);
    assertThat(Returns.of(curve, Sampling.HOURS).strategy())
        .usingComparatorWithPrecision(1e-12)
        .containsExactly(0.1, 0, 0, 0, 0, 0.1);
  }

  @Test
  void ruinIsLostOnceAndForAll() {
    EquityCurve curve =
        TinyEngine.curve(
            new long[] {0, 86_400, 172_800, 259_200},
            new double[] {1, 1, 1, 1},
            new double[] {100, -5, 20, 40},
            new double[] {1, 1, 1, 1},
            new double[4]);
    assertThat(Returns.of(curve, Sampling.DAYS).total()).isEqualTo(-1);
    assertThat(Returns.of(curve, Sampling.DAYS).cagr()).isEqualTo(-1);
    assertThat(Returns.of(curve, Sampling.DAYS).perYear()).isEqualTo(365);
  }

  @Test
  void rollingRatioIsThatOfEachWindow() {
    Returns returns = Returns.of(R, R, 365);
    double[] rolling = RollingSharpe.of(returns, 3);
    assertThat(rolling).hasSize(3);
    double[] last = {0.02, -0.03, 0.06};
    assertThat(rolling[2]).isEqualTo(Returns.of(last, last, 365).sharpe());
  }

  private static EquityCurve curve(double[] values, double unit) {
    long[] times = new long[values.length];
    Arrays.setAll(times, i -> 1_700_000_000L + i * 86_400L);
    double[] scaled = Arrays.stream(values).map(v -> v * unit).toArray();
    return TinyEngine.curve(times, scaled, scaled, scaled, new double[values.length]);
  }
}
