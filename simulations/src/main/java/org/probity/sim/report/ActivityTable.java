package org.probity.sim.report;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.probity.sim.backtest.MarketDescription;
import org.probity.sim.metrics.Measure;
import org.probity.sim.scenario.MarketActivity;
import org.probity.sim.scenario.MarketActivity.Liquidation;
import org.probity.sim.scenario.MarketActivity.Venue;

/** What others did in the market of a run: a small table, and liquidations as marks. */
final class ActivityTable {

  private static final int MOST_MARKS = 150;
  private static final int DIGITS = 6;

  private final MarketActivity activity;
  private final MarketDescription market;

  ActivityTable(MarketActivity activity, MarketDescription market) {
    this.activity = activity;
    this.market = market;
  }

  /** Empty where there is nothing to tell. */
  String html() {
    if (activity.isNothing()) {
      return "";
    }
    var rows = new StringBuilder();
    activity.lending().ifPresent(lending -> lending(rows, lending));
    venues(rows);
    return new TableCard("activity", "What others did")
        .note(
            "From the first head to the last, in %s where nothing else is said."
                .formatted(market.quote().symbol()))
        .html("", rows.toString());
  }

  private void lending(StringBuilder rows, MarketActivity.Lending lending) {
    row(
        rows,
        "Liquidations",
        Html.whole(activity.liquidations().size()),
        "positions whose health factor fell below one, or parts of them");
    row(rows, "Debt repaid by liquidators", money(activity.debtRepaid()), "");
    row(rows, "Collateral sold into the pool", sold(), "each in the block of its liquidation");
    row(
        rows,
        "Liquidators' profit",
        money(activity.liquidatorsProfit()),
        "after slippage, the pool's fee and gas");
    row(
        rows,
        "Bad debt left",
        money(lending.badDebt()),
        lending.underwater() == 0
            ? "nobody owes more than the collateral is worth"
            : "%s of %s borrowers owe more than their collateral is worth"
                .formatted(Html.whole(lending.underwater()), Html.whole(lending.borrowers())));
    row(
        rows,
        "Lending market at the end",
        "%s owed".formatted(money(lending.debt())),
        "by %s borrowers, against collateral worth %s"
            .formatted(Html.whole(lending.borrowers()), money(lending.collateral())));
  }

  private String sold() {
    var parts = new ArrayList<String>();
    if (activity.sold(true).signum() > 0 || activity.liquidations().isEmpty()) {
      parts.add(
          amount(activity.sold(true), market.base().decimals()) + " " + market.base().symbol());
    }
    if (activity.sold(false).signum() > 0) {
      parts.add(
          amount(activity.sold(false), market.quote().decimals()) + " " + market.quote().symbol());
    }
    return String.join(" and ", parts);
  }

  private void venues(StringBuilder rows) {
    BigInteger all =
        activity.venues().stream().map(Venue::volume).reduce(BigInteger.ZERO, BigInteger::add);
    for (Venue venue : activity.venues()) {
      double share = all.signum() == 0 ? 0 : venue.volume().doubleValue() / all.doubleValue();
      row(
          rows,
          "Volume, " + venue.name(),
          money(new BigDecimal(venue.volume(), market.quote().decimals()).doubleValue()),
          String.format(Locale.ROOT, "%.1f %% of all, %,d swaps", 100 * share, venue.trades()));
    }
  }

  private static void row(StringBuilder rows, String name, String value, String more) {
    rows.append(
        "<tr><th>%s</th><td class=\"n\">%s</td><td class=\"why\">%s</td></tr>"
            .formatted(Html.text(name), Html.text(value), Html.text(more)));
  }

  // ---- on the chart of the price ----

  /** The largest liquidations, at what their collateral was sold for. */
  List<TimeChart.Mark> marks(long from, long to) {
    return activity.liquidations().stream()
        .sorted(
            Comparator.comparingDouble(Liquidation::debtWorth)
                .reversed()
                .thenComparingLong(Liquidation::time))
        .limit(MOST_MARKS)
        .sorted(Comparator.comparingLong(Liquidation::time))
        .map(one ->
            new TimeChart.Mark(
                Math.clamp(one.time(), from, to),
                one.price(),
                TimeChart.Sign.LIQUIDATION,
                words(one)))
        .toList();
  }

  /** A sentence on them, with a space before it; empty without any. */
  String note() {
    int all = activity.liquidations().size();
    return all == 0
        ? ""
        : all > MOST_MARKS
            ? " Of %s liquidations the %s largest are marked, at what the collateral was sold for."
                .formatted(Html.whole(all), Html.whole(MOST_MARKS))
            : " Liquidations are marked at what the collateral was sold for.";
  }

  private String words(Liquidation one) {
    return "liquidation: %s %s sold at %s\nrepaid %s, profit %s %s\n%s"
        .formatted(
            one.sellsBase()
                ? amount(one.sold(), market.base().decimals())
                : amount(one.sold(), market.quote().decimals()),
            one.sellsBase() ? market.base().symbol() : market.quote().symbol(),
            money(one.price()),
            money(one.debtWorth()),
            money(one.profit()),
            market.quote().symbol(),
            RunPage.moment(one.time()));
  }

  private static String amount(BigInteger units, int decimals) {
    BigDecimal rounded = new BigDecimal(units, decimals).round(new MathContext(DIGITS));
    BigDecimal plain = rounded.signum() == 0 ? BigDecimal.ZERO : rounded.stripTrailingZeros();
    return String.format(Locale.ROOT, "%,." + Math.max(0, plain.scale()) + "f", plain);
  }

  /** With cents only where they matter. */
  private static String money(double value) {
    return Math.abs(value) >= 1_000
        ? String.format(Locale.ROOT, "%,.0f", value).replace('-', '−')
        : Measure.EXPECTANCY.shown(value);
  }
}
