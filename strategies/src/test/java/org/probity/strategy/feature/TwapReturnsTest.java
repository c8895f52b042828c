package org.probity.strategy.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongUnaryOperator;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TwapReturnsTest {

  private static final TwapReturns STANDARD = TwapReturns.STANDARD;
  private static final long AS_OF = 1_750_000_000L;

  /** Against the definition: means of the ticks themselves, second by second. */
  @Test
  void returnsAreDifferencesOfMeanTicks() {
    var random = new SplittableRandom(3);
    for (int trial = 0; trial < 300; trial++) {
      int[] horizons =
          random.ints(2 + random.nextInt(8), 1, 400).distinct().sorted().limit(9).toArray();
      if (horizons.length < 2) {
        continue;
      }
      int reach = 1 << random.nextInt(13);
      int[] ticks = random.ints(401, -reach, reach + 1).toArray(); // by seconds ago, less one
      long start = random.nextLong() << 8 >> 8;
      LongUnaryOperator cumulative =
          second ->
              start - IntStream.range(0, (int) (AS_OF - second)).mapToLong(i -> ticks[i]).sum();
      var returns = new TwapReturns(Arrays.stream(horizons).boxed().toList());
      for (boolean inverted : new boolean[] {false, true}) {
        int[] expected = new int[horizons.length - 1];
        for (int i = 1; i < horizons.length; i++) {
          long move = mean(ticks, 0, horizons[0]) - mean(ticks, horizons[i - 1], horizons[i]);
          expected[i - 1] = Math.clamp(inverted ? -move : move, -4_095, 4_095);
        }
        assertThat(returns.features(cumulative, AS_OF, inverted)).containsExactly(expected);
      }
    }
  }

  private static long mean(int[] ticks, int from, int to) {
    long sum = IntStream.range(from, to).mapToLong(i -> ticks[i]).sum();
    return BigDecimal.valueOf(sum)
        .divide(BigDecimal.valueOf(to - from), 0, RoundingMode.FLOOR)
        .longValueExact();
  }

  @Property
  void aConstantPriceHasNoReturns(
      @ForAll @IntRange(min = -887_272, max = 887_272) int tick, @ForAll boolean inverted) {
    assertThat(STANDARD.features(t -> tick * t, AS_OF, inverted)).hasSize(16).containsOnly(0);
  }

  @Test
  void aPriceThatRoseAMinuteAgoIsAReturnOverEveryHorizon() {
    long rise = AS_OF - 60;
    assertThat(
            STANDARD.features(
                t -> t <= rise ? 100 * t : 100 * rise + 130 * (t - rise), AS_OF, false))
        .containsOnly(30);
  }

  @Property
  void cumulativeTicksMayWrapAroundTheir56Bits(
      @ForAll @IntRange(min = -800_000, max = 800_000) int tick) {
    long[] plain = STANDARD.points(AS_OF);
    long[] wrapped = STANDARD.points(AS_OF);
    for (int i = 0; i < plain.length; i++) {
      plain[i] = tick * (plain[i] - AS_OF) * (i % 3);
      wrapped[i] = (plain[i] + (1L << 55)) << 8 >> 8;
    }
    assertThat(STANDARD.features(wrapped, false)).isEqualTo(STANDARD.features(plain, false));
  }

  /** A tick of -1 for one second of sixty is a mean of -1: rounded toward minus infinity. */
  @Test
  void meansAreRoundedDown() {
    var two = new TwapReturns(List.of(60, 120));
    assertThat(two.features(new long[] {-1, 0, 0}, false)).containsExactly(-1);
    assertThat(two.features(new long[] {-1, 0, 0}, true)).containsExactly(1);
    assertThat(two.features(new long[] {59, 0, 0}, false)).containsExactly(0);
  }

  @Test
  void movesBeyondTheLimitAreClamped() {
    var two = new TwapReturns(List.of(1, 2));
    assertThat(two.features(new long[] {0, 4_096, 0}, false)).containsExactly(-4_095);
    assertThat(two.features(new long[] {0, 4_095, 0}, true)).containsExactly(4_095);
    // No pool can do this, and the contract does not mind: 56 bits, of which the sum is the least.
    assertThat(two.features(new long[] {1L << 55, 0, 0}, false)).containsExactly(-4_095);
  }

  @Test
  void anyNumberOfHorizonsWillDo() {
    for (int count : new int[] {2, 3, 64}) {
      var returns =
          new TwapReturns(IntStream.rangeClosed(1, count).map(i -> i * i).boxed().toList());
      assertThat(returns.width()).isEqualTo(count - 1);
      // A tick that grows by one each second: the mean over (a, b] ago lies (a + b + 1) / 2 back.
      int[] features = returns.features(t -> t * (t - 1) / 2, 1_000_000, false);
      for (int i = 2; i <= count; i++) {
        int early = Math.floorDiv(-(i * i + (i - 1) * (i - 1) + 1), 2);
        assertThat(features[i - 2]).isEqualTo(Math.floorDiv(-2, 2) - early);
      }
    }
    assertThatThrownBy(() -> STANDARD.features(new long[3], false))
        .hasMessageContaining("18 cumulative ticks are needed, not 3");
  }
}
