package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.intent.policy.Policy;

/** Which of several quotes is taken. */
class VenueChoiceTest {

  private static final VenueChoice CHOICE = new VenueChoice(50);

  private static Policy.Parts parts(int assets, Integer... venuesOf) {
    List<Policy.Asset> listed =
        IntStream.range(0, assets)
            .mapToObj(_ ->
                new Policy.Asset(
                    Address.ZERO, 18, false, List.of(), Policy.Feed.NONE, false, 0, false))
            .toList();
    List<Policy.Venue> venues =
        List.of(venuesOf).stream()
            .map(asset -> new Policy.Venue(asset, Address.ZERO, 3_000, Bytes.EMPTY))
            .toList();
    return new Policy.Parts(listed, List.of(), Address.ZERO, venues, Policy.Lending.NONE);
  }

  private static VenueQuote fills(
      List<Integer> venues, long outcome, long traded, long gas, long cost) {
    return new VenueQuote(
        venues,
        new VenueQuote.Fills(
            List.of(),
            BigInteger.valueOf(outcome),
            BigInteger.valueOf(traded),
            gas,
            BigInteger.valueOf(cost)));
  }

  private static VenueQuote refused(Integer... venues) {
    return new VenueQuote(List.of(venues), new VenueQuote.Refused("no"));
  }

  private static List<Integer> best(VenueQuote... quotes) {
    return CHOICE.best(List.of(quotes)).orElseThrow().venues();
  }

  @Test
  void theRoutesComeFirstAndThenEachVenueAlone() {
    assertThat(VenueChoice.alternatives(parts(3))).containsExactly(List.of(0, 0));
    assertThat(VenueChoice.alternatives(parts(3, 2, 1, 2)))
        .containsExactly(List.of(0, 0), List.of(0, 1), List.of(2, 0), List.of(0, 3));
  }

  @Test
  void aPlaceIsLeftForTheBestTogether() {
    Integer[] sixteen = IntStream.range(0, 16).mapToObj(i -> i % 7 + 1).toArray(Integer[]::new);
    assertThat(VenueChoice.alternatives(parts(8, sixteen))).hasSize(VenueChoice.MOST - 1);
  }

  @Test
  void gasCounts() {
    VenueQuote route = fills(List.of(0), -500, 10_000, 100, 40);
    assertThat(best(route, fills(List.of(1), -470, 10_000, 180, 72))).containsExactly(0);
    assertThat(best(route, fills(List.of(1), -467, 10_000, 180, 72))).containsExactly(1);
  }

  @Test
  void whereGasHasNoPriceItDecidesBetweenEquals() {
    VenueQuote route = fills(List.of(0), -500, 10_000, 200, 0);
    assertThat(best(route, fills(List.of(1), -500, 10_000, 100, 0))).containsExactly(1);
    assertThat(best(route, fills(List.of(1), -500, 10_000, 200, 0))).containsExactly(0);
    assertThat(best(route, fills(List.of(1), -499, 10_000, 900, 0))).containsExactly(1);
  }

  /** A tenth of the trade costs a tenth, and would win. */
  @Test
  void aVenueThatDoesLittleOfItDoesNotLookCheap() {
    VenueQuote route = fills(List.of(0), -1_000, 1_000_000, 100, 0);
    assertThat(best(route, fills(List.of(1), -100, 100_000, 100, 0))).containsExactly(0);
    assertThat(best(route, fills(List.of(1), -100, 990_000, 100, 0))).containsExactly(1);
  }

  @Test
  void whatIsRefusedFallsOut() {
    assertThat(best(refused(0), fills(List.of(1), -900, 10, 1, 0))).containsExactly(1);
    assertThat(CHOICE.best(List.of(refused(0), refused(1)))).isEmpty();
  }

  @Test
  void theBestOfEachAreTriedTogether() {
    List<VenueQuote> quotes =
        List.of(
            fills(List.of(0, 0), -900, 100, 1, 0),
            fills(List.of(1, 0), -800, 100, 1, 0),
            fills(List.of(2, 0), -700, 100, 1, 0),
            fills(List.of(0, 3), -850, 100, 1, 0));
    assertThat(CHOICE.combination(quotes)).contains(List.of(2, 3));
    assertThat(CHOICE.combination(quotes.subList(0, 3))).as("quoted already").isEmpty();
    assertThat(CHOICE.combination(quotes.subList(0, 1))).isEmpty();
  }

  /** The routes together are refused for the sake of one asset. */
  @Test
  void theBestTogetherMayBeWhatNoRouteWasNeededFor() {
    List<VenueQuote> quotes =
        List.of(refused(0, 0), refused(1, 0), fills(List.of(0, 2), -850, 100, 1, 0));
    assertThat(CHOICE.combination(quotes)).isEmpty();
    assertThat(CHOICE.best(quotes).orElseThrow().venues()).containsExactly(0, 2);
  }
}
