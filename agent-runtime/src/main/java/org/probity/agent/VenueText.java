package org.probity.agent;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import java.util.stream.Collectors;
import org.probity.intent.Observation;
import org.probity.intent.Proposal;
import org.probity.intent.Settlement;
import org.probity.intent.VenueQuote;

/** At which venues a decision was executed, and what it would have come to at others. */
public final class VenueText {

  private VenueText() {}

  /**
   * Such as {@code at venue 1 for -3.12 bps; quoted: venue 1 -3.12 bps (612,345 gas), the route
   * -8.40 bps (598,120 gas)}. A basis point is one of what was traded, at reference prices and
   * before gas.
   *
   * @return empty where there was nothing to choose from
   */
  public static String of(Proposal proposal, Settlement.Executed settlement) {
    List<VenueQuote> quotes = settlement.quotes();
    if (quotes.isEmpty()) {
      return "";
    }
    VenueQuote sent = quotes.getFirst();
    Observation seen = proposal.observation();
    String done =
        "at %s for %s"
            .formatted(
                name(sent), bps(seen.worth(settlement.deltas()), seen.traded(settlement.deltas())));
    return "%s; quoted: %s"
        .formatted(done, quotes.stream().map(VenueText::words).collect(Collectors.joining(", ")));
  }

  /** What was answered, with the venues' names. */
  private static String words(VenueQuote quote) {
    return switch (quote.answer()) {
      case VenueQuote.Fills fills ->
          "%s %s (%,d gas)"
              .formatted(name(quote), bps(fills.outcome(), fills.traded()), fills.gasUsed());
      case VenueQuote.Refused(String reason) -> "%s refused (%s)".formatted(name(quote), reason);
      case VenueQuote.Unanswered(String reason) ->
          "%s unanswered (%s)".formatted(name(quote), reason);
    };
  }

  /** Venues by their places in the policy, from 1. */
  public static String name(VenueQuote quote) {
    if (quote.routesAlone()) {
      return quote.venues().size() == 1 ? "the route" : "the routes";
    }
    return quote.venues().stream()
        .filter(venue -> venue != 0)
        .map("venue %d"::formatted)
        .collect(Collectors.joining(" and "));
  }

  private static String bps(BigInteger outcome, BigInteger traded) {
    return traded.signum() == 0
        ? "nothing traded"
        : new BigDecimal(outcome)
                .movePointRight(4)
                .divide(new BigDecimal(traded), 2, RoundingMode.HALF_EVEN)
                .toPlainString()
            + " bps";
  }
}
