package org.probity.sim.market;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import org.junit.jupiter.api.Test;

final class OcrFeedTest {

  private static final OcrFeed.Terms TERMS = new OcrFeed.Terms(8, 50, 3_600, 12);

  private static BigInteger number(long value) {
    return BigInteger.valueOf(value);
  }

  @Test
  void aFeedAnswersAtItsThresholdAndAtItsHeartbeatAndAtNoOtherTime() {
    OcrFeed feed = new OcrFeed(TERMS);
    feed.see(1_000, number(1_000_000));
    feed.see(1_100, number(1_004_999));
    assertThat(feed.latest(1_200).orElseThrow().updatedAt()).isEqualTo(1_000);
    feed.see(1_200, number(1_005_000));
    assertThat(feed.latest(1_211).orElseThrow().updatedAt()).isEqualTo(1_000);
    assertThat(feed.latest(1_212).orElseThrow().answer()).isEqualTo(number(1_005_000));
    feed.see(4_799, number(1_005_001));
    assertThat(feed.latest(9_000).orElseThrow().updatedAt()).isEqualTo(1_212);
    feed.see(4_800, number(1_005_001));
    OcrFeed.Round last = feed.latest(9_000).orElseThrow();
    assertThat(last.updatedAt()).isEqualTo(4_812);
    assertThat(last.id()).isEqualTo(BigInteger.ONE.shiftLeft(64).add(number(3)));
  }

  @Test
  void theLastRoundBeforeAMomentIsStrictlyBeforeIt() {
    OcrFeed feed = new OcrFeed(TERMS);
    assertThat(feed.latest(5)).isEmpty();
    feed.transmit(10, number(1));
    feed.transmit(20, number(2));
    feed.transmit(20, number(3));
    feed.transmit(31, number(4));
    assertThat(feed.lastBefore(10)).isEmpty();
    assertThat(feed.lastBefore(11).orElseThrow().answer()).isEqualTo(number(1));
    assertThat(feed.lastBefore(20).orElseThrow().answer()).isEqualTo(number(1));
    assertThat(feed.latest(20).orElseThrow().answer()).isEqualTo(number(3));
    assertThat(feed.lastBefore(99).orElseThrow().answer()).isEqualTo(number(4));
    assertThatThrownBy(() -> feed.transmit(30, number(5)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
