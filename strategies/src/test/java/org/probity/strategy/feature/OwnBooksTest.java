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

class OwnBooksTest {

  private static final OwnBooks BOOKS = new OwnBooks(3);
  private static final List<Integer> LEVEL = List.of(0, 0, 0);
  private static final Turnover UNUSED = turnover(0, 0);

  private static Turnover turnover(long used, long since) {
    return new Turnover(BigInteger.valueOf(used), since, BigInteger.valueOf(1_000), 86_400);
  }

  private static Book book(long amount) {
    return new Book(BigInteger.valueOf(amount), BigInteger.ZERO, 0);
  }

  private static State state(LastTrade last, Turnover turnover, Book... books) {
    return new State(List.of(books), 600, last, turnover);
  }

  @Test
  void weightsAreAtTheReferencePrices() {
    State third = state(LastTrade.NONE, UNUSED, book(100), book(100), book(100));
    assertThat(BOOKS.features(third, 1200, LEVEL))
        .containsExactly(3_333 - 5_000, 3_333 - 5_000, 0, 0, 1_440, 0);
    // 6932 ticks are a price of two, almost.
    State large = state(LastTrade.NONE, UNUSED, book(1_000_000), book(1_000_000), book(1_000_000));
    assertThat(BOOKS.features(large, 1200, List.of(7, 6_932, -6_932)))
        .containsExactly(5_714 - 5_000, 1_428 - 5_000, 0, 0, 1_440, 0);
    State none = state(LastTrade.NONE, UNUSED, book(0), book(0), book(0));
    assertThat(BOOKS.features(none, 1200, LEVEL)).containsExactly(-5_000, -5_000, 0, 0, 1_440, 0);
  }

  @Test
  void movesAndMinutesAreSinceTheLastTrade() {
    var last = new LastTrade(6_000, List.of(0, -50, 3_000));
    State state = state(last, UNUSED, book(1_000), book(0), book(0));
    assertThat(BOOKS.features(state, 6_600, List.of(0, -40, -3_000)))
        .containsExactly(-5_000, -5_000, 10, -4_095, 10, 0);
    assertThat(BOOKS.features(state, 6_000 + 90_000, LEVEL)[4]).isEqualTo(1_440);
    assertThatThrownBy(() -> BOOKS.features(state, 5_400, LEVEL))
        .hasMessageContaining("lies before that of the last trade");
    // A vault of fewer assets had no tick of the third.
    State grown = state(new LastTrade(6_000, List.of(0, 9)), UNUSED, book(1), book(1), book(1));
    assertThat(BOOKS.features(grown, 6_600, List.of(0, 10, 11))).startsWith(-1_667, -1_667, 1, 11);
  }

  @Test
  void theBooksOfTheMomentAreWhatWasBookedBeforeTheFirstChangeOfItsStep() {
    var changed = new Book(BigInteger.valueOf(300), BigInteger.valueOf(100), 1_234);
    assertThat(changed.at(1_800, 600)).isEqualTo(BigInteger.valueOf(300));
    assertThat(changed.at(1_200, 600)).isEqualTo(BigInteger.valueOf(100));
    assertThatThrownBy(() -> changed.at(600, 600)).hasMessageContaining("not known any more");
    var onTime = new Book(BigInteger.TWO, BigInteger.ONE, 1_200);
    assertThat(onTime.at(1_200, 600)).isEqualTo(BigInteger.ONE);
  }

  @Test
  void turnoverLeaksAwayUpToTheMoment() {
    assertThat(used(turnover(500, 1_000), 1_000)).isEqualTo(5_000);
    assertThat(used(turnover(500, 2_000), 1_000)).isEqualTo(5_000);
    assertThat(used(turnover(500, 1_000), 1_000 + 8_640)).isEqualTo(4_000);
    // 85 seconds leak nothing whole.
    assertThat(used(turnover(500, 1_000), 1_085)).isEqualTo(5_000);
    assertThat(used(turnover(500, 1_000), 1_087)).isEqualTo(4_990);
    assertThat(used(turnover(500, 1_000), 90_000)).isZero();
    // A smaller allowance came after.
    assertThat(used(turnover(5_000, 1_000), 1_000)).isEqualTo(10_000);
  }

  private static int used(Turnover turnover, long asOf) {
    return BOOKS
        .features(state(LastTrade.NONE, turnover, book(1), book(1), book(1)), asOf, LEVEL)[5];
  }

  @Test
  void anotherNumberOfAssetsIsRefused() {
    State two = state(LastTrade.NONE, UNUSED, book(1), book(1));
    assertThatThrownBy(() -> BOOKS.features(two, 1_200, LEVEL)).hasMessageContaining("3 assets");
    assertThat(new OwnBooks(2).features(two, 1_200, List.of(0, 0))).containsExactly(0, 0, 1_440, 0);
  }
}
