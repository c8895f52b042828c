package org.probity.sim.report;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.probity.sim.backtest.MarketDescription;
import org.probity.sim.backtest.VenueTrade;
import org.probity.sim.metrics.BlockBootstrap;
import org.probity.sim.metrics.Interval;
import org.probity.sim.metrics.Measure;

/**
 * Where a vault with several venues traded, what it was quoted there, and what choosing was worth:
 * against having always traded along the routes, in the same blocks.
 */
final class VenueTable {

  private static final double BPS = 10_000;

  private final List<VenueTrade> trades;
  private final MarketDescription market;
  private final long seed;

  VenueTable(List<VenueTrade> trades, MarketDescription market, long seed) {
    this.trades = trades;
    this.market = market;
    this.seed = seed;
  }

  /** One place: how often it was asked and taken, and how much better or worse it came out. */
  private static final class Place {
    int asked;
    int refused;
    int taken;
    double quoted;
    double takenTraded;
    double others;
    double othersTraded;

    /** An execution for which this place was quoted. */
    void add(VenueTrade trade, VenueTrade.Quote quote, boolean chosen) {
      asked++;
      if (quote.fill().isEmpty()) {
        refused++;
        return;
      }
      double traded = trade.executed().traded();
      double better = (trade.executed().rate() - quote.fill().get().rate()) * traded;
      if (chosen) {
        taken++;
        quoted += better;
        takenTraded += traded;
      } else {
        others += better;
        othersTraded += traded;
      }
    }
  }

  /** Empty where there was nothing to choose. */
  String html() {
    if (trades.isEmpty()) {
      return "";
    }
    Map<String, Place> places = new TreeMap<>();
    for (VenueTrade trade : trades) {
      for (int i = 0; i < trade.quotes().size(); i++) {
        VenueTrade.Quote quote = trade.quotes().get(i);
        places.computeIfAbsent(quote.place(), _ -> new Place()).add(trade, quote, i == 0);
      }
    }
    var rows = new StringBuilder();
    places.forEach((name, place) ->
        rows.append(
            "<tr><th>%s</th><td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td></tr>"
                .formatted(
                    Html.text(name),
                    Html.whole(place.asked),
                    Html.whole(place.refused),
                    Html.whole(place.taken),
                    bps(place.quoted, place.takenTraded),
                    bps(place.others, place.othersTraded))));
    return new TableCard("venues", "Where it traded")
        .note(sentence())
        .html(
            "<th>venue</th><th>asked</th><th>would refuse</th><th>taken</th>"
                + "<th>came out against its quote, bps</th>"
                + "<th>not taken: came out against it, bps</th>",
            rows.toString());
  }

  /** Whether choosing paid. */
  String sentence() {
    List<VenueTrade> both = trades.stream().filter(trade -> trade.earned().isPresent()).toList();
    double[] earned = both.stream().mapToDouble(trade -> trade.earned().getAsDouble()).toArray();
    double all = Arrays.stream(earned).sum();
    double traded = both.stream().mapToDouble(trade -> trade.executed().traded()).sum();
    String symbol = market.quote().symbol();
    Interval interval = BlockBootstrap.ofMean(earned, seed);
    String amount =
        "Choosing came to %s %s after gas over %s, %s bps of what they traded, against the routes in the same blocks"
            .formatted(money(all), symbol, executions(both.size()), bps(all, traded));
    String verdict =
        !interval.isKnown()
            ? ": too few for an interval."
            : " (%s to %s %s an execution, 95 %%)%s"
                .formatted(
                    money(interval.low()),
                    money(interval.high()),
                    symbol,
                    interval.low() > 0
                        ? "."
                        : interval.high() < 0
                            ? ": it does not pay here. Leave the venues out of the policy."
                            : ": this run does not show that it pays.");
    int alone = trades.size() - both.size();
    return amount
        + verdict
        + (alone == 0 ? "" : " The routes would have refused %s more.".formatted(Html.whole(alone)))
        + " Whoever trades ahead of the vault in this market does so in its pool alone.";
  }

  private static String executions(int count) {
    return count == 1 ? "one execution" : Html.whole(count) + " executions";
  }

  private static String bps(double part, double whole) {
    return whole == 0
        ? "–"
        : String.format(Locale.ROOT, "%+.2f", BPS * part / whole).replace('-', '−');
  }

  private static String money(double value) {
    return Measure.EXPECTANCY.shown(value);
  }
}
