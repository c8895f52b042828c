package org.probity.strategy.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.probity.strategy.feature.OwnBooks.Book;
import org.probity.strategy.feature.OwnBooks.LastTrade;
import org.probity.strategy.feature.OwnBooks.State;
import org.probity.strategy.feature.OwnBooks.Turnover;

class OwnLoansTest {

  private static final OwnLoans LOANS = new OwnLoans(2);
  private static final List<Integer> LEVEL = List.of(0, 0);

  private static State books(long numeraire, long asset) {
    return new State(
        List.of(book(numeraire), book(asset)),
        600,
        LastTrade.NONE,
        new Turnover(BigInteger.ZERO, 0, BigInteger.ONE, 1));
  }

  private static Book book(long amount) {
    return new Book(BigInteger.valueOf(amount), BigInteger.ZERO, 0);
  }

  private static OwnLoans.Reserve reserve(
      int asset, long supplied, long owed, long supplyRate, long debtRate) {
    return new OwnLoans.Reserve(
        asset,
        BigInteger.valueOf(supplied),
        BigInteger.valueOf(owed),
        BigInteger.valueOf(supplyRate),
        BigInteger.valueOf(debtRate),
        8_000);
  }

  @Test
  void partsAreOfAllThatIsHeld() {
    var loans = List.of(reserve(1, 600, 0, 150, 320), reserve(0, 0, 300, 20, 20_000));
    // 1000 are held; the collateral of 600 counts for 480 against a debt of 300.
    assertThat(LOANS.features(books(100, 300), loans, 1_200, LEVEL))
        .containsExactly(160, 1_000, -5_000, 150, 320, -5_000, -2_000, 20, 9_999);
    assertThat(new OwnBooks(2).features(books(100, 300), loans, 1_200, LEVEL))
        .startsWith(9_000 - 5_000);
  }

  @Test
  void healthAndPartsStayInTheirRanges() {
    var none = List.of(reserve(1, 0, 0, 0, 0), reserve(0, 0, 0, 0, 0));
    assertThat(LOANS.features(books(0, 0), none, 1_200, LEVEL))
        .containsExactly(1_000, -5_000, -5_000, 0, 0, -5_000, -5_000, 0, 0);
    var safe = List.of(reserve(1, 1_000, 1, 0, 0), reserve(0, 0, 0, 0, 0));
    assertThat(LOANS.features(books(0, 0), safe, 1_200, LEVEL)[0]).isEqualTo(1_000);
    var lost = List.of(reserve(1, 1, 5, 0, 0), reserve(0, 0, 0, 0, 0));
    assertThat(LOANS.features(books(0, 0), lost, 1_200, LEVEL)).startsWith(16, 5_000, 5_000);
    var input = LOANS.inputs();
    assertThat(input).hasSize(9).hasSize(LOANS.width());
    assertThat(input.getFirst())
        .isEqualTo(new ProgramEntry.Input("health factor", "hundredths", 0, 1_000));
  }

  @Test
  void otherReservesAreRefused() {
    assertThatThrownBy(() -> LOANS.features(books(0, 0), List.of(), 1_200, LEVEL))
        .hasMessageContaining("2 reserves are needed, not of 0");
    assertThatThrownBy(() -> new OwnLoans(0)).hasMessageContaining("1 to 4 reserves");
    assertThatThrownBy(() -> new OwnLoans(5)).hasMessageContaining("1 to 4 reserves");
    assertThatThrownBy(() -> reserve(0, -1, 0, 0, 0)).hasMessageContaining("negative");
  }
}
