package org.probity.chain.uniswap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ObservationRingTest {

  private static final long WRAPS = 1L << 55;

  private static Observation at(long timestamp, long tickCumulative) {
    return new Observation(timestamp, tickCumulative, true);
  }

  @Test
  void ticksAreExactBetweenObservationsAndGoOnAfterTheNewest() {
    var ring = new ObservationRing(-7, List.of(at(100, 0), at(110, 30), at(130, -30)));
    assertThat(ring.tickCumulative(100)).isZero();
    assertThat(ring.tickCumulative(104)).isEqualTo(12);
    assertThat(ring.tickCumulative(110)).isEqualTo(30);
    assertThat(ring.tickCumulative(129)).isEqualTo(-27);
    assertThat(ring.tickCumulative(130)).isEqualTo(-30);
    assertThat(ring.tickCumulative(140)).isEqualTo(-100);
    assertThat(ring.before(109)).isZero();
    assertThat(ring.before(110)).isEqualTo(1);
    assertThat(ring.before(999)).isEqualTo(2);
  }

  @Test
  void cumulativesWrapAsThePoolsDo() {
    var ring = new ObservationRing(5, List.of(at(0, WRAPS - 10), at(10, -WRAPS + 40)));
    assertThat(ring.tickCumulative(1)).isEqualTo(WRAPS - 5);
    assertThat(ring.tickCumulative(2)).isEqualTo(-WRAPS);
    assertThat(new ObservationRing(5, List.of(at(0, WRAPS - 10))).tickCumulative(2))
        .isEqualTo(-WRAPS);
  }

  @Test
  void whatLiesBeforeTheOldestIsRefusedThoughItsPlaceIsTold() {
    var ring = new ObservationRing(1, List.of(at(100, 0), at(110, 30)));
    assertThat(ring.lastUpTo(99)).isZero();
    assertThatThrownBy(() -> ring.tickCumulative(99))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("The pool's oldest observation is of 100, after 99: let it log for longer");
    assertThatThrownBy(() -> new ObservationRing(1, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("initialize it");
  }
}
