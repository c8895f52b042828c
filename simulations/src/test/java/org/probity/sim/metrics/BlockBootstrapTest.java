package org.probity.sim.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.probity.sim.metrics.BlockBootstrap.Kind;

final class BlockBootstrapTest {

  @Property(tries = 200)
  void resamplesAreIndicesOfTheSeries(
      @ForAll Kind kind,
      @ForAll @IntRange(min = 1, max = 300) int size,
      @ForAll @DoubleRange(min = 1, max = 400) double length,
      @ForAll long seed) {
    var bootstrap = new BlockBootstrap(kind, length);
    int[] indices = bootstrap.resample(size, new SplittableRandom(seed));
    assertThat(indices).hasSize(size);
    assertThat(Arrays.stream(indices).allMatch(i -> i >= 0 && i < size)).isTrue();
    assertThat(bootstrap.resample(size, new SplittableRandom(seed))).isEqualTo(indices);
  }

  @Test
  void stationaryBlocksAreAsLongAsAskedOnAverage() {
    int[] indices =
        new BlockBootstrap(Kind.STATIONARY, 12).resample(200_000, new SplittableRandom(3));
    int blocks = 1;
    for (int i = 1; i < indices.length; i++) {
      blocks += indices[i] == (indices[i - 1] + 1) % indices.length ? 0 : 1;
    }
    assertThat((double) indices.length / blocks).isCloseTo(12, within(0.3));
  }

  @Test
  void blocksAreLongWhereNeighboursDepend() {
    var random = new SplittableRandom(11);
    double[] noise = new double[2_000];
    double[] dependent = new double[2_000];
    for (int i = 0; i < noise.length; i++) {
      noise[i] = random.nextGaussian();
      dependent[i] = (i == 0 ? 0 : 0.8 * dependent[i - 1]) + random.nextGaussian();
    }
    assertThat(BlockBootstrap.suitingLength(noise)).isLessThan(6);
    // Patton's table for an AR(1) of 0.7 to 0.9 has some tens
    assertThat(BlockBootstrap.suitingLength(dependent)).isBetween(12.0, 80.0);
    assertThat(BlockBootstrap.suitingLength(new double[100])).isEqualTo(1);
  }

  /** For independent normal returns the interval's width is known. */
  @Test
  void intervalOfTheSharpeRatioIsTheAnalyticOne() {
    var random = new SplittableRandom(2);
    double[] r = new double[1_000];
    Arrays.setAll(r, i -> 0.001 + 0.02 * random.nextGaussian());
    Returns returns = Returns.of(r, r, 365);
    Map<Measure, Interval> intervals = Performance.intervals(returns, 1_000, 9);
    Interval sharpe = intervals.get(Measure.SHARPE);
    assertThat(sharpe).isNotNull();
    double step = returns.stepSharpe();
    double error = Math.sqrt((1 + step * step / 2) / r.length) * Math.sqrt(365);
    assertThat(sharpe.high() - sharpe.low()).isCloseTo(2 * 1.96 * error, within(0.25 * 4 * error));
    assertThat(sharpe.contains(returns.sharpe())).isTrue();
    assertThat(Performance.intervals(returns, 1_000, 9)).isEqualTo(intervals);
  }
}
