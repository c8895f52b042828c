package org.probity.strategy.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.probity.ground.TestKind;

@TestKind.Differential
class TwapReturnsTest {

  private static final TwapReturns STANDARD =
      new TwapReturns(TwapDefinition.STANDARD.horizonsSeconds());

  /** Sixteen returns of eighteen points, as the older definition has them. */
  @Test
  void returnsAreThoseOfTheOlderDefinition() {
    var random = new SplittableRandom(3);
    for (int trial = 0; trial < 2_000; trial++) {
      long[] cumulatives = new long[TwapDefinition.POINTS];
      long at = random.nextLong() << 8 >> 8;
      int reach = 1 + random.nextInt(1, 20_000);
      for (int i = cumulatives.length - 1; i >= 0; i--) {
        cumulatives[i] = at << 8 >> 8;
        int horizon = i == 0 ? 0 : TwapDefinition.STANDARD.horizonsSeconds().get(i - 1);
        int before = i < 2 ? 0 : TwapDefinition.STANDARD.horizonsSeconds().get(i - 2);
        at += random.nextInt(-reach, reach) * (long) (horizon - before + 1);
      }
      for (boolean inverted : new boolean[] {false, true}) {
        assertThat(STANDARD.features(cumulatives, inverted))
            .containsExactly(
                TwapDefinition.STANDARD.features(cumulatives, inverted).returns().stream()
                    .mapToInt(Integer::intValue)
                    .toArray());
      }
    }
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
