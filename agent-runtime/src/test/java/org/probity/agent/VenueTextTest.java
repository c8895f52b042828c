package org.probity.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.probity.agent.node.TinyModel;
import org.probity.intent.AssetDelta;
import org.probity.intent.Proposal;
import org.probity.intent.Settlement;
import org.probity.intent.VenueQuote;

/** How the choice of a venue is told. */
class VenueTextTest {

  private static final Proposal PROPOSAL =
      TinyModel.cycle(TinyModel::observation, TinyModel::prove, 120).propose(TinyModel.head(1));

  private static String text(VenueQuote... quotes) {
    return VenueText.of(
        PROPOSAL,
        new Settlement.Executed(
            TinyModel.receipt(1, true),
            List.of(
                new AssetDelta(TinyModel.NUMERAIRE, BigInteger.valueOf(-100_100)),
                new AssetDelta(TinyModel.ASSET, BigInteger.valueOf(100_000))),
            List.of(quotes)));
  }

  private static VenueQuote fills(long outcome, long gas, Integer... venues) {
    return new VenueQuote(
        List.of(venues),
        new VenueQuote.Fills(
            List.of(),
            BigInteger.valueOf(outcome),
            BigInteger.valueOf(100_000),
            gas,
            BigInteger.ZERO));
  }

  @Test
  void whereNothingWasToBeChosenNothingIsTold() {
    assertThat(text()).isEmpty();
  }

  @Test
  void theExecutionStandsAgainstEachQuote() {
    assertThat(
            text(
                fills(-95, 612_345, 1),
                fills(-120, 598_120, 0),
                new VenueQuote(List.of(2), new VenueQuote.Refused("the pair is empty"))))
        .isEqualTo(
            "at venue 1 for -10.00 bps; quoted: venue 1 -9.50 bps (612,345 gas), the route -12.00 bps (598,120 gas), venue 2 refused (the pair is empty)");
  }

  @Test
  void severalAssetsHaveAVenueEach() {
    assertThat(text(fills(0, 1, 2, 0, 5), fills(0, 1, 0, 0, 0)))
        .isEqualTo(
            "at venue 2 and venue 5 for -10.00 bps; quoted: venue 2 and venue 5 0.00 bps (1 gas), the routes 0.00 bps (1 gas)");
  }

  @Test
  void aNodeThatDoesNotQuoteIsTold() {
    assertThat(text(new VenueQuote(List.of(0), new VenueQuote.Unanswered("no such method"))))
        .isEqualTo("at the route for -10.00 bps; quoted: the route unanswered (no such method)");
  }
}
