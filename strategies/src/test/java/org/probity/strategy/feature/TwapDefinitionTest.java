package org.probity.strategy.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TwapDefinitionTest {

  private static final TwapDefinition STANDARD = TwapDefinition.STANDARD;
  private static final long AS_OF = 1_750_000_000L;

  @Property
  void aConstantPriceHasNoReturnsAndIsItsOwnReference(
      @ForAll @IntRange(min = -887_272, max = 887_272) int tick, @ForAll boolean inverted) {
    TwapFeatures features = STANDARD.features(t -> tick * t, AS_OF, inverted);
    assertThat(features.returns()).containsOnly(0);
    assertThat(features.referenceTick()).isEqualTo(inverted ? -tick : tick);
  }

  @Test
  void aPriceThatRoseAMinuteAgoIsAReturnOverEveryHorizon() {
    long rise = AS_OF - 60;
    TwapFeatures features =
        STANDARD.features(t -> t <= rise ? 100 * t : 100 * rise + 130 * (t - rise), AS_OF, false);
    assertThat(features.returns()).containsOnly(30);
    // One minute of five at 130.
    assertThat(features.referenceTick()).isEqualTo(106);
  }

  @Test
  void meansAreRoundedDownNotTowardZero() {
    long moment = AS_OF - 61;
    // One second of the second segment at -1, all else at 0: its mean of -1/60 is -1, not 0.
    TwapFeatures features =
        STANDARD.features(
            t -> t <= moment ? 0 : t <= moment + 1 ? -(t - moment) : -1, AS_OF, false);
    assertThat(features.returns().getFirst()).isEqualTo(1);
    assertThat(features.returns().subList(1, 16)).containsOnly(0);
  }

  @Test
  void invertingNegatesAfterRounding() {
    long moment = AS_OF - 61;
    TwapFeatures features =
        STANDARD.features(t -> t <= moment ? 0 : t <= moment + 1 ? -(t - moment) : -1, AS_OF, true);
    assertThat(features.returns().getFirst()).isEqualTo(-1);
    assertThat(features.referenceTick()).isEqualTo(1);
  }

  @Test
  void returnsAreClampedToTheirRange() {
    long crash = AS_OF - 60;
    TwapFeatures features =
        STANDARD.features(t -> t <= crash ? 0 : -200_000 * (t - crash), AS_OF, false);
    assertThat(features.returns()).containsOnly(-TwapDefinition.LIMIT);
    assertThat(
            STANDARD.features(t -> t <= crash ? 0 : -200_000 * (t - crash), AS_OF, true).returns())
        .containsOnly(TwapDefinition.LIMIT);
  }

  @Property
  void cumulativeTicksMayWrapAroundTheir56Bits(
      @ForAll @IntRange(min = -800_000, max = 800_000) int tick) {
    long[] plain = STANDARD.points(AS_OF);
    long[] wrapped = STANDARD.points(AS_OF);
    for (int i = 0; i < plain.length; i++) {
      plain[i] = tick * (plain[i] - AS_OF);
      wrapped[i] = (plain[i] + (1L << 55)) << 8 >> 8;
    }
    assertThat(STANDARD.features(wrapped, false)).isEqualTo(STANDARD.features(plain, false));
  }

  @Test
  void definitionsThatTheContractRefusesAreRefused() {
    List<Integer> horizons = STANDARD.horizonsSeconds();
    List<Integer> swapped = new ArrayList<>(horizons);
    Collections.swap(swapped, 3, 4);
    List<Integer> far = new ArrayList<>(horizons);
    far.set(16, horizons.get(15) + 0x8000);
    assertThatThrownBy(() -> new TwapDefinition(swapped, 4)).hasMessageContaining("420");
    assertThatThrownBy(() -> new TwapDefinition(far, 4)).hasMessageContaining("32767");
    assertThatThrownBy(() -> new TwapDefinition(horizons.subList(0, 16), 4))
        .hasMessageContaining("17 horizons");
    assertThatThrownBy(() -> new TwapDefinition(horizons, 0)).hasMessageContaining("reference");
    assertThatThrownBy(() -> new TwapDefinition(horizons, 18)).hasMessageContaining("reference");
  }
}
