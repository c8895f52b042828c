package org.probity.sim.random;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RandomStreamTest {

  /** Change these with {@link RandomStream#VERSION}, and only then. */
  @Test
  void theNumbersOfAStreamAreFrozen() {
    assertThat(RandomStream.VERSION).isEqualTo(1);
    RandomStream stream = RandomStream.of(1, "chain.inclusion");
    assertThat(LongStream.range(0, 3).map(_ -> stream.nextLong()).toArray())
        .containsExactly(-6489745265089079239L, -6497954589247781743L, -2048071163522347410L);
    assertThat(RandomStream.of(1, "chain.inclusion").at(17).nextGaussian())
        .isEqualTo(0.5274460273751378);
  }

  @Test
  void namesSeedsAndIndicesGiveStreamsOfTheirOwn() {
    long[] first =
        IntStream.range(0, 1000)
            .mapToLong(i -> RandomStream.of(i / 10, "name" + i % 10).nextLong())
            .toArray();
    assertThat(first).doesNotHaveDuplicates();
    RandomStream series = RandomStream.of(9, "series");
    long[] members = LongStream.range(0, 1000).map(i -> series.at(i).nextLong()).toArray();
    assertThat(members).doesNotHaveDuplicates();
    series.nextLong();
    assertThat(series.at(500).nextLong()).as("whatever was drawn").isEqualTo(members[500]);
  }

  @Test
  void distributionsHaveTheirMoments() {
    RandomStream random = RandomStream.of(3, "moments");
    int count = 200_000;
    double[] gaussians =
        IntStream.range(0, count).mapToDouble(_ -> random.nextGaussian()).toArray();
    assertThat(mean(gaussians)).isBetween(-0.01, 0.01);
    assertThat(variance(gaussians)).isBetween(0.985, 1.015);
    double[] waits =
        IntStream.range(0, count).mapToDouble(_ -> random.nextExponential(5)).toArray();
    assertThat(mean(waits)).isBetween(4.93, 5.07);
    int[] faces = new int[6];
    IntStream.range(0, count).forEach(_ -> faces[random.nextInt(6)]++);
    assertThat(IntStream.of(faces).boxed())
        .allSatisfy(n -> assertThat(n).isBetween(count / 6 - 900, count / 6 + 900));
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static double variance(double[] values) {
    double mean = mean(values);
    double sum = 0;
    for (double value : values) {
      sum += (value - mean) * (value - mean);
    }
    return sum / values.length;
  }
}
