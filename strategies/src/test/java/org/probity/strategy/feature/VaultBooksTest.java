package org.probity.strategy.feature;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import org.junit.jupiter.api.Test;

class VaultBooksTest {

  private static final long DAY = 86_400;
  private static final long TRADED = 20_000 * DAY + 1000;

  private static VaultBooks books(long base, long quote, long traded, long spent) {
    return new VaultBooks(
        BigInteger.valueOf(base),
        BigInteger.valueOf(quote),
        traded,
        70,
        Math.floorDiv(traded, DAY),
        BigInteger.valueOf(spent),
        BigInteger.valueOf(1000),
        DAY);
  }

  @Test
  void anUntouchedVaultHasTheFeaturesOfRest() {
    assertThat(books(0, 0, 0, 0).features(TRADED, 5))
        .isEqualTo(new VaultFeatures(-5000, 1440, 0, 0));
  }

  @Test
  void weightIsReckonedAtTheReferencePrice() {
    // At tick 6932 the price is 2.0000, give or take a thousandth of a per cent.
    assertThat(books(1_000_000, 2_000_000, 0, 0).weightBps(6932)).isEqualTo(5000);
    assertThat(books(1_000_000, 0, 0, 0).weightBps(6932)).isEqualTo(10_000);
    assertThat(books(0, 1, 0, 0).weightBps(6932)).isZero();
  }

  @Test
  void minutesSinceTheTradeAreWholeAndBounded() {
    VaultBooks books = books(1, 1, TRADED, 0);
    assertThat(books.features(TRADED + 119, 70).minutesSinceTrade()).isEqualTo(1);
    assertThat(books.features(TRADED - 50, 70).minutesSinceTrade()).isZero();
    assertThat(books.features(TRADED + 3 * DAY, 70).minutesSinceTrade()).isEqualTo(1440);
  }

  @Test
  void theMoveSinceTheTradeIsClamped() {
    VaultBooks books = books(1, 1, TRADED, 0);
    assertThat(books.features(TRADED, -30).moveSinceTrade()).isEqualTo(-100);
    assertThat(books.features(TRADED, 90_000).moveSinceTrade()).isEqualTo(4095);
    assertThat(books.features(TRADED, -90_000).moveSinceTrade()).isEqualTo(-4095);
  }

  @Test
  void theBudgetRenewsWithTheEpochAndNeverRunsBackwards() {
    VaultBooks books = books(1, 1, TRADED, 250);
    assertThat(books.features(TRADED + 60, 0).budgetUsedBps()).isEqualTo(2500);
    assertThat(books.features(TRADED - 2 * DAY, 0).budgetUsedBps()).isEqualTo(2500);
    assertThat(books.features(TRADED + DAY, 0).budgetUsedBps()).isZero();
    assertThat(books(1, 1, TRADED, 1200).features(TRADED, 0).budgetUsedBps()).isEqualTo(10_000);
  }

  @Test
  void aTradeGoesToItsTargetAsFarAsTheBudgetReaches() {
    VaultBooks books = books(400, 600, TRADED, 900);
    assertThat(books.notional(4500, TRADED, 0)).isEqualTo(50);
    assertThat(books.notional(8000, TRADED, 0)).isEqualTo(100);
    assertThat(books.notional(0, TRADED, 0)).isEqualTo(-100);
    assertThat(books.notional(0, TRADED + DAY, 0)).isEqualTo(-400);
  }
}
