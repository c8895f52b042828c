package org.probity.sim.report;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.TextStyle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.probity.sim.backtest.BacktestResult;
import org.probity.sim.backtest.DecisionLog.Entry;
import org.probity.sim.backtest.DecisionLog.Fate;
import org.probity.sim.backtest.EquityCurve;
import org.probity.sim.backtest.EquityCurve.Point;
import org.probity.sim.backtest.MarketDescription;
import org.probity.sim.backtest.Trade;
import org.probity.sim.metrics.Attribution;
import org.probity.sim.metrics.Drawdown;
import org.probity.sim.metrics.Interval;
import org.probity.sim.metrics.Measure;
import org.probity.sim.metrics.MonthlyReturn;
import org.probity.sim.metrics.Performance;
import org.probity.sim.metrics.Returns;
import org.probity.sim.metrics.RollingSharpe;
import org.probity.sim.metrics.Sampling;

/** The page of a single run, from top to bottom. */
final class RunPage {

  private static final int MOST_MARKS = 400;
  private static final int MOST_REASONS = 6;
  private static final int HISTOGRAM_BARS = 41;
  private static final int MANY_RETURNS = 50;
  private static final DateTimeFormatter MOMENT =
      DateTimeFormatter.ofPattern("d MMM yyyy HH:mm", Locale.ENGLISH).withZone(ZoneOffset.UTC);

  private static final List<Measure> TABLE =
      List.of(
          Measure.TOTAL_RETURN,
          Measure.HOLDING_RETURN,
          Measure.CAGR,
          Measure.VOLATILITY,
          Measure.SHARPE,
          Measure.PROBABILISTIC_SHARPE,
          Measure.SORTINO,
          Measure.CALMAR,
          Measure.MAX_DRAWDOWN,
          Measure.DRAWDOWN_DAYS,
          Measure.ALPHA,
          Measure.BETA,
          Measure.EXPOSURE,
          Measure.TURNOVER,
          Measure.TRADES,
          Measure.WIN_RATE,
          Measure.PROFIT_FACTOR,
          Measure.EXPECTANCY);

  private final BacktestResult result;
  private final List<Report.Check> checks;
  private final MarketDescription market;
  private final EquityCurve curve;
  private final long[] times;
  private final Performance performance;
  private final Map<Measure, Interval> intervals;
  private final Sampling sampling;
  private final Returns returns;

  RunPage(BacktestResult result, List<Report.Check> checks) {
    this.result = result;
    this.checks = checks;
    this.market = result.market();
    this.curve = result.curve();
    this.times = curve.times();
    this.performance = Performance.of(result);
    this.intervals = Performance.intervals(curve, result.stamp().seed());
    this.sampling = performance.sampling();
    this.returns = Returns.of(curve, sampling);
  }

  String html() {
    String pair = title();
    String content =
        header(pair)
            + warnings()
            + tiles()
            + equity()
            + drawdown()
            + price()
            + exposure()
            + rollingSharpe()
            + distribution()
            + attribution()
            + latency()
            + decisions()
            + new VenueTable(result.venueTrades(), market, result.stamp().seed()).html()
            + new ActivityTable(result.activity(), market).html()
            + months()
            + measures()
            + stamp()
            + "<footer>Everything on this page is in this file: it fetches nothing. Drag over a"
            + " chart to zoom all of them, double-click to go back. Times are UTC.</footer>\n";
    return Html.page("Backtest " + pair, content);
  }

  private String title() {
    return market.isPair()
        ? market.base().symbol() + "/" + quote()
        : market.others() + " in " + quote();
  }

  private String quote() {
    return market.quote().symbol();
  }

  // ---- the first screen ----

  private String header(String pair) {
    return """
    <header>
    <p class="eyebrow">Probity backtest</p>
    <h1>%s</h1>
    <p>%s to %s UTC · %s heads, one each %s · %s · everything in %s</p>
    </header>
    """
        .formatted(
            Html.text(
                market.scenario().startsWith(pair) || !market.isPair()
                    ? market.scenario()
                    : pair + ", " + market.scenario()),
            moment(times[0]),
            moment(times[times.length - 1]),
            Html.whole(curve.size()),
            span(market.headSeconds()),
            fees(),
            Html.text(quote()));
  }

  private String fees() {
    List<String> fees =
        market.feePips().stream()
            .map(pips -> BigDecimal.valueOf(pips, 4).stripTrailingZeros().toPlainString() + " %")
            .toList();
    return fees.size() == 1
        ? "pool fee " + fees.getFirst()
        : "pool fees " + String.join(", ", fees);
  }

  private String warnings() {
    List<Caveats.Caveat> caveats = Caveats.of(result, performance, intervals);
    var items = new StringBuilder();
    for (Report.Check check : checks) {
      items.append(
          "<li><b>%s %s</b><span>%s</span></li>"
              .formatted(
                  check.passed() ? "✓" : "✗",
                  Html.text(check.name()),
                  Html.text(check.sentence())));
    }
    for (Caveats.Caveat caveat : caveats) {
      items.append(
          "<li><b>%s</b><span>%s</span></li>"
              .formatted(Html.text(caveat.kind()), Html.text(caveat.sentence())));
    }
    boolean calm = caveats.isEmpty() && checks.stream().allMatch(Report.Check::passed);
    return """
    <section class="card %s" id="warnings">
    <h2>%s</h2>
    <ul>%s</ul>
    </section>
    """
        .formatted(
            calm ? "calm" : "warnings",
            calm ? "Nothing was found that would mislead" : "Read this first",
            items);
  }

  private String tiles() {
    Attribution attribution = performance.attribution();
    double start = result.totals().equityStart();
    double costs = attribution.costs().doubleValue() / start;
    Drawdown drawdown = performance.drawdown();
    var statistics = performance.tradeStatistics();
    return "<dl class=\"tiles\" id=\"tiles\">"
        + Html.tile(
            "Total return",
            Measure.TOTAL_RETURN.shown(performance.totalReturn()),
            performance.totalReturn(),
            "holding: " + Measure.HOLDING_RETURN.shown(performance.holdingReturn()))
        + Html.tile(
            "Sharpe ratio",
            Measure.SHARPE.shown(performance.sharpe()),
            performance.sharpe(),
            interval(Measure.SHARPE, "95 %: "))
        + Html.tile(
            "Probabilistic Sharpe",
            Measure.PROBABILISTIC_SHARPE.shown(performance.probabilisticSharpe()),
            0,
            "chance that the true ratio exceeds 0")
        + Html.tile(
            "Maximum drawdown",
            Measure.MAX_DRAWDOWN.shown(drawdown.depth()),
            0,
            drawdown.depth() == 0
                ? "never under its peak"
                : span(drawdown.lengthSeconds())
                    + (drawdown.recovery().isPresent() ? " to recover" : ", not recovered"))
        + Html.tile(
            "Costs",
            Measure.TOTAL_RETURN.shown(costs),
            0,
            money(attribution.costs().doubleValue()) + " " + quote())
        + Html.tile(
            "Trades",
            Measure.TRADES.shown(statistics.trades()),
            0,
            "win rate " + Measure.WIN_RATE.shown(statistics.winRate()))
        + "</dl>\n";
  }

  private String interval(Measure measure, String before) {
    Interval interval = intervals.getOrDefault(measure, Interval.UNKNOWN);
    return interval.isKnown()
        ? before + measure.shown(interval.low()) + " to " + measure.shown(interval.high())
        : before.isEmpty() ? "" : "too few returns for an interval";
  }

  // ---- charts over time ----

  private String equity() {
    return new TimeChart("equity", "Equity in " + quote(), Axis.Numbers.MONEY, times)
        .line("strategy", "one", curve.each(Point::equity))
        .line("holding", "two", curve.each(Point::holding))
        .note(
            "Holdings at the pool's price, less gas and proving so far; holding is the same vault,"
                + " had it never traded.")
        .html();
  }

  private String drawdown() {
    return new TimeChart("drawdown", "Drawdown", Axis.Numbers.PERCENT, times)
        .area("strategy", "one", Drawdown.underWater(curve.each(Point::equity)))
        .line("holding", "two", Drawdown.underWater(curve.each(Point::holding)))
        .small()
        .html();
  }

  private String price() {
    List<Trade> shown =
        result.trades().stream()
            .sorted(
                Comparator.comparing((Trade t) -> t.quoteDelta().abs())
                    .reversed()
                    .thenComparingLong(Trade::executedAt))
            .limit(MOST_MARKS)
            .sorted(Comparator.comparingLong(Trade::executedAt))
            .toList();
    long last = times[times.length - 1];
    List<TimeChart.Mark> marks =
        shown.stream()
            .map(t ->
                new TimeChart.Mark(
                    Math.clamp(t.executedAt(), times[0], last),
                    market.isPair() ? t.price() : curve.price(Math.min(t.head(), curve.size() - 1)),
                    t.buys() ? TimeChart.Sign.BUY : TimeChart.Sign.SELL,
                    words(t)))
            .toList();
    var activity = new ActivityTable(result.activity(), market);
    String note =
        shown.size() < result.trades().size()
            ? "The %s largest of %s trades are marked, at what was paid."
                .formatted(Html.whole(shown.size()), Html.whole(result.trades().size()))
            : "Trades are marked at what was paid.";
    if (!market.isPair()) {
      return new TimeChart("price", "Holding, as a multiple", Axis.Numbers.RATIO, times)
          .line("holding", "three", curve.each(Point::price))
          .marks(marks)
          .note(
              "What the first holdings are worth, as a multiple of what they were. "
                  + note.replace(", at what was paid", "").replace(" at what was paid", ""))
          .html();
    }
    return new TimeChart("price", "Price of " + title(), Axis.Numbers.MONEY, times)
        .line("price", "three", curve.each(Point::price))
        .marks(activity.marks(times[0], last))
        .marks(marks)
        .note(note + activity.note())
        .html();
  }

  private String words(Trade trade) {
    MarketDescription.Asset asset = market.assets().get(trade.asset());
    return "%s %s %s at %s\nfee %s, slippage %s, gas %s, proving %s %s\ndecided %s, executed %s later"
        .formatted(
            trade.buys() ? "bought" : "sold",
            new BigDecimal(trade.baseDelta().abs(), asset.decimals())
                .round(new java.math.MathContext(6))
                .stripTrailingZeros()
                .toPlainString(),
            asset.symbol(),
            money(trade.price()),
            money(trade.fee()),
            money(trade.slippage()),
            money(trade.gas()),
            money(trade.proving()),
            quote(),
            moment(trade.decidedAt()),
            millis(trade.latencyMillis()));
  }

  private String exposure() {
    return new TimeChart("exposure", "Exposure to " + market.others(), Axis.Numbers.PERCENT, times)
        .area("part of the vault in " + market.others(), "one", curve.each(Point::exposure))
        .small()
        .html();
  }

  private String rollingSharpe() {
    int window = RollingSharpe.window(returns.size());
    double[] ratios =
        returns.size() >= 2 * window ? RollingSharpe.of(returns, window) : new double[0];
    long[] at = new long[ratios.length];
    for (int i = 0; i < at.length; i++) {
      at[i] = times[0] + (i + (long) window) * sampling.seconds();
    }
    return new TimeChart("rolling-sharpe", "Rolling Sharpe ratio", Axis.Numbers.RATIO, at)
        .line("over %s %ss".formatted(window, sampling.word()), "one", ratios)
        .withZero()
        .small()
        .html();
  }

  // ---- distributions ----

  private String distribution() {
    double[] sorted = Arrays.stream(returns.strategy()).sorted().toArray();
    var chart =
        new BarChart(
            "returns",
            "Distribution of %s returns".formatted(sampling.adjective()),
            Axis.Numbers.COUNT);
    if (sorted.length >= 8) {
      chart.note(
          "Mean %s, standard deviation %s, worst %s, best %s, skewness %s, kurtosis %s."
              .formatted(
                  fine(Arrays.stream(sorted).average().orElse(0)),
                  fine(performance.volatility() / Math.sqrt(sampling.perYear())),
                  fine(sorted[0]),
                  fine(sorted[sorted.length - 1]),
                  Measure.SHARPE.shown(performance.skewness()),
                  Measure.SHARPE.shown(performance.kurtosis())));
      // The tails go into the outer bars, so that one wild return does not flatten the rest.
      int tail = Math.max(sorted.length / 200, sorted.length >= MANY_RETURNS ? 1 : 0);
      double reach = Math.max(Math.abs(sorted[tail]), Math.abs(sorted[sorted.length - 1 - tail]));
      if (reach > 0) {
        int[] counts = counts(sorted, -reach, reach, HISTOGRAM_BARS);
        double width = 2 * reach / HISTOGRAM_BARS;
        for (int i = 0; i < HISTOGRAM_BARS; i++) {
          double from = -reach + i * width;
          chart.bar(
              "",
              0,
              counts[i],
              from + width / 2 < -1e-15 ? "bad" : "good",
              "%s to %s: %s %ss"
                  .formatted(fine(from), fine(from + width), counts[i], sampling.word()));
        }
        for (double at : new double[] {-1, -0.5, 0, 0.5, 1}) {
          chart.tick((at + 1) / 2, fine(at * reach));
        }
      }
    }
    return Html.half(chart.html());
  }

  private static int[] counts(double[] values, double low, double high, int bars) {
    int[] counts = new int[bars];
    for (double value : values) {
      int bar = (int) ((value - low) / (high - low) * bars);
      counts[Math.clamp(bar, 0, bars - 1)]++;
    }
    return counts;
  }

  private String attribution() {
    Attribution attribution = performance.attribution();
    var chart =
        new BarChart("attribution", "Where the change came from, in " + quote(), Axis.Numbers.MONEY)
            .note(
                "Each bar begins where the last one ended; together they are the total, exactly.");
    double from = 0;
    for (Map.Entry<String, BigDecimal> part : attribution.parts().entrySet()) {
      double value = part.getValue().doubleValue();
      chart.bar(
          part.getKey(),
          from,
          from + value,
          value < 0 ? "bad" : "good",
          part.getKey() + ": " + money(value) + " " + quote());
      from += value;
    }
    double total = attribution.total().doubleValue();
    chart.bar("total", 0, total, "one", "total: " + money(total) + " " + quote());
    return Html.half(chart.html());
  }

  private String latency() {
    long[] latencies = result.trades().stream().mapToLong(Trade::latencyMillis).sorted().toArray();
    var chart =
        new BarChart("latency", "From decision to execution", Axis.Numbers.COUNT)
            .note("Nothing was traded.");
    if (latencies.length > 0) {
      double proving = result.trades().stream().mapToLong(Trade::provingMillis).average().orElse(0);
      chart.note(
          "Median %s, 95 %% within %s, longest %s; proving takes %s of it on average. Of trades that were executed."
              .formatted(
                  millis(at(latencies, 0.5)),
                  millis(at(latencies, 0.95)),
                  millis(latencies[latencies.length - 1]),
                  millis(Math.round(proving))));
      double high = Math.max(latencies[latencies.length - 1], latencies[0] + 1);
      int bars = 24;
      double width = high / bars;
      int[] counts = counts(Arrays.stream(latencies).asDoubleStream().toArray(), 0, high, bars);
      for (int i = 0; i < bars; i++) {
        chart.bar(
            "",
            0,
            counts[i],
            "three",
            "%s to %s: %s trades"
                .formatted(
                    millis(Math.round(i * width)), millis(Math.round((i + 1) * width)), counts[i]));
      }
      for (double tick : new double[] {0, 0.25, 0.5, 0.75, 1}) {
        chart.tick(tick, millis(Math.round(tick * high)));
      }
    }
    return Html.half(chart.html());
  }

  private static long at(long[] sorted, double quantile) {
    return sorted[(int) Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))];
  }

  private String decisions() {
    List<Fate> fates =
        Arrays.stream(Fate.values()).filter(f -> result.decisions().count(f) > 0).toList();
    Map<String, Map<Fate, Long>> counts =
        result.decisions().entries().stream()
            .collect(
                Collectors.groupingBy(
                    this::decision,
                    () ->
                        new TreeMap<>(
                            Comparator.comparingInt(this::place)
                                .thenComparing(Comparator.naturalOrder())),
                    Collectors.groupingBy(Entry::fate, TreeMap::new, Collectors.counting())));
    var rows = new StringBuilder();
    counts.forEach((decision, row) -> {
      rows.append("<tr><th>%s</th>".formatted(Html.text(decision)));
      fates.forEach(fate ->
          rows.append("<td class=\"n\">%s</td>".formatted(Html.whole(row.getOrDefault(fate, 0L)))));
      rows.append(
          "<td class=\"n\"><b>%s</b></td></tr>"
              .formatted(Html.whole(row.values().stream().mapToLong(Long::longValue).sum())));
    });
    String head =
        fates.stream()
            .map(f -> "<th class=\"n\">%s</th>".formatted(f.name().toLowerCase(Locale.ROOT)))
            .collect(
                Collectors.joining("", TableCard.unseen("decision"), "<th class=\"n\">all</th>"));
    String title = "What became of %s decisions".formatted(Html.whole(result.decisions().size()));
    return Html.half(new TableCard("decisions", title).note(reasons()).html(head, rows.toString()));
  }

  /** The class of a decision; models that give weights have as many as they please. */
  private String decision(Entry entry) {
    return market.targets().isEmpty() ? "weights" : market.label(entry.outputs());
  }

  private int place(String decision) {
    int place = market.decisions().indexOf(decision);
    return place < 0 ? Integer.MAX_VALUE : place;
  }

  /** Why there was no trade, most frequent first. */
  private String reasons() {
    String reasons =
        result.reasons().entrySet().stream()
            .sorted(
                Map.Entry.<String, Integer>comparingByValue()
                    .reversed()
                    .thenComparing(Map.Entry.comparingByKey()))
            .limit(MOST_REASONS)
            .map(reason -> "%s %s".formatted(reason.getKey(), Html.whole(reason.getValue())))
            .collect(Collectors.joining(", "));
    return reasons.isEmpty() ? "" : "Why not, in the vault's words: %s.".formatted(reasons);
  }

  // ---- tables ----

  private String months() {
    var years = new TreeMap<Integer, Map<Integer, MonthlyReturn>>();
    for (MonthlyReturn month : MonthlyReturn.of(curve)) {
      YearMonth at = month.month();
      years.computeIfAbsent(at.getYear(), _ -> new TreeMap<>()).put(at.getMonthValue(), month);
    }
    double greatest =
        MonthlyReturn.of(curve).stream().mapToDouble(m -> Math.abs(m.strategy())).max().orElse(0);
    var head = new StringBuilder(TableCard.unseen("year"));
    for (int month = 1; month <= 12; month++) {
      head.append(
          "<th>%s</th>"
              .formatted(
                  java.time.Month.of(month).getDisplayName(TextStyle.SHORT, Locale.ENGLISH)));
    }
    head.append("<th>Year</th>");
    var rows = new StringBuilder();
    years.forEach((year, months) -> {
      rows.append("<tr><th>%s</th>".formatted(year));
      double growth = 1;
      for (int month = 1; month <= 12; month++) {
        MonthlyReturn of = months.get(month);
        if (of == null) {
          rows.append("<td></td>");
          continue;
        }
        growth *= 1 + of.strategy();
        rows.append(
            HeatCell.html(
                Measure.TOTAL_RETURN.shown(of.strategy()).replace(" %", ""),
                of.strategy(),
                greatest,
                "%s: %s, holding %s"
                    .formatted(
                        of.month(),
                        Measure.TOTAL_RETURN.shown(of.strategy()),
                        Measure.TOTAL_RETURN.shown(of.holding())),
                false));
      }
      rows.append(
          "<td><b>%s</b></td></tr>"
              .formatted(Measure.TOTAL_RETURN.shown(growth - 1).replace(" %", "")));
    });
    return new TableCard("months", "Monthly returns in percent")
        .heat()
        .html(head.toString(), rows.toString());
  }

  private String measures() {
    var rows = new StringBuilder();
    for (Measure measure : TABLE) {
      rows.append(
          "<tr><th>%s</th><td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"why\">%s</td></tr>"
              .formatted(
                  Html.text(measure.label()),
                  measure.shown(measure.of(performance)),
                  Html.text(interval(measure, "")).replace(" %", "&nbsp;%"),
                  Html.text(Definitions.of(measure, sampling))));
    }
    return new TableCard("measures", "Measures")
        .note(
            "Intervals: 95 %%, by a stationary block bootstrap of the %s returns. Definitions and sources: docs/metrics.md."
                .formatted(sampling.adjective()))
        .html(
            TableCard.unseen("measure")
                + "<th class=\"n\">value</th><th class=\"n\">95 % interval</th><th"
                + " class=\"why\">what it is</th>",
            rows.toString());
  }

  private String stamp() {
    var stamp = result.stamp();
    return """
    <section class="card stamp" id="stamp">
    <h2>Reproduce this</h2>
    <dl><dt>code</dt><dd>%s</dd><dt>configuration</dt><dd>%s</dd><dt>data</dt><dd>%s</dd><dt>strategy</dt><dd>%s</dd><dt>seed</dt><dd>%s</dd></dl>
    <p>The same five give the same result, bit for bit.</p>
    <details><summary>The whole configuration</summary><pre %s>%s</pre></details>
    </section>
    """
        .formatted(
            Html.text(stamp.codeVersion()),
            Html.text(stamp.configurationHash()),
            Html.text(stamp.dataHash()),
            Html.text(stamp.strategyDigest()),
            stamp.seed(),
            Html.scrolling("The whole configuration"),
            Html.text(stamp.configuration()));
  }

  // ---- words ----

  static String moment(long seconds) {
    return MOMENT.format(Instant.ofEpochSecond(seconds));
  }

  private static String money(double value) {
    return Measure.EXPECTANCY.shown(value);
  }

  /** A return with four significant digits or so. */
  private static String fine(double value) {
    double percent = value * 100;
    if (percent == 0) {
      return "0 %";
    }
    int decimals = Math.abs(percent) >= 1 ? 2 : Math.abs(percent) >= 0.01 ? 3 : 4;
    return String.format(Locale.ROOT, "%." + decimals + "f %%", percent).replace('-', '−');
  }

  private static String millis(long millis) {
    return millis < 1_000
        ? millis + " ms"
        : millis < 120_000
            ? String.format(Locale.ROOT, "%.1f s", millis / 1_000.0)
            : span(millis / 1_000);
  }

  static String span(long seconds) {
    var words = new ArrayList<String>();
    long[] sizes = {86_400, 3_600, 60, 1};
    String[] names = {"d", "h", "min", "s"};
    long left = seconds;
    for (int i = 0; i < sizes.length && words.size() < 2; i++) {
      long count = left / sizes[i];
      left %= sizes[i];
      if (count > 0) {
        words.add(count + " " + names[i]);
      } else if (!words.isEmpty()) {
        break;
      }
    }
    return words.isEmpty() ? "0 s" : String.join(" ", words);
  }
}
