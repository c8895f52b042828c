package org.probity.sim.report;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.probity.sim.metrics.Measure;
import org.probity.sim.study.MonteCarlo;
import org.probity.sim.study.RunSummary;
import org.probity.sim.study.SweepResult;
import org.probity.sim.study.SweepResult.Point;
import org.probity.sim.study.WalkForward;

/** Pages of studies: each one self-contained, as a run's report is. */
public final class StudyReport {

  private static final int MOST_ROWS = 100;
  private static final int BARS = 31;
  private static final List<Measure> COLUMNS =
      List.of(
          Measure.TOTAL_RETURN,
          Measure.HOLDING_RETURN,
          Measure.SHARPE,
          Measure.MAX_DRAWDOWN,
          Measure.TRADES);

  private StudyReport() {}

  // ---- sweeps ----

  /** Writes the page of a sweep: heat map, ranking, and how far its best point can be believed. */
  public static void write(SweepResult sweep, String title, Path file) {
    var content =
        new StringBuilder(
            header(
                "Probity sweep",
                title,
                "%s points, compared by %s"
                    .formatted(Html.whole(sweep.trials()), sweep.objective().word())));
    double deflated = sweep.deflatedSharpe();
    content.append(
        caution(
            Double.isNaN(deflated)
                ? "No point has this measure defined, or none traded: there is nothing to choose"
                    + " between."
                : "The best of %s tries may look good by luck alone. The deflated Sharpe ratio, the probability that its true ratio exceeds what the luckiest of as many without skill would show, is %s."
                    .formatted(
                        Html.whole(sweep.trials()), Measure.PROBABILISTIC_SHARPE.shown(deflated)),
            "Settings chosen on a stretch of time fit that stretch: try them on another, as"
                + " `probity walk-forward` does."));
    content.append(heatMaps(sweep)).append(ranking(sweep));
    Report.write(Html.page("Sweep " + title, content.toString()), file);
  }

  private static String heatMaps(SweepResult sweep) {
    List<String> keys =
        sweep.points().stream().flatMap(p -> p.values().keySet().stream()).distinct().toList();
    if (keys.size() < 2) {
      return keys.stream()
          .map(key -> heatMap(sweep, "map", key, null))
          .collect(Collectors.joining());
    }
    var maps = new StringBuilder();
    for (int row = 0; row < keys.size(); row++) {
      for (int column = row + 1; column < keys.size(); column++) {
        // Values drawn at random seldom meet: a map of them would be empty cells.
        if (sweep.values(keys.get(row)).size() * (long) sweep.values(keys.get(column)).size()
            <= 4L * sweep.points().size() + 16) {
          String id = "map-%s-%s".formatted(row, column);
          maps.append(heatMap(sweep, id, keys.get(row), keys.get(column)));
        }
      }
    }
    return maps.toString();
  }

  private static String heatMap(
      SweepResult sweep, String id, String rowKey, @Nullable String columnKey) {
    Measure objective = sweep.objective();
    List<Object> rows = sweep.values(rowKey);
    List<Object> columns = columnKey == null ? List.of("") : sweep.values(columnKey);
    double[] all =
        rows.stream()
            .flatMapToDouble(
                r -> columns.stream().mapToDouble(c -> cell(sweep, rowKey, r, columnKey, c)))
            .filter(value -> !Double.isNaN(value))
            .toArray();
    double greatest = Arrays.stream(all).map(Math::abs).filter(Double::isFinite).max().orElse(0);
    double best =
        objective.moreIsBetter()
            ? Arrays.stream(all).max().orElse(Double.NaN)
            : Arrays.stream(all).min().orElse(Double.NaN);
    var head = new StringBuilder(TableCard.unseen(rowKey));
    if (columnKey == null) {
      head.append(TableCard.unseen(objective.label()));
    } else {
      columns.forEach(c -> head.append("<th>%s</th>".formatted(Html.text(SweepResult.words(c)))));
    }
    var table = new StringBuilder();
    for (Object row : rows) {
      table.append("<tr><th>%s</th>".formatted(Html.text(SweepResult.words(row))));
      for (Object column : columns) {
        double value = cell(sweep, rowKey, row, columnKey, column);
        table.append(
            Double.isNaN(value)
                ? "<td>–</td>"
                : HeatCell.html(
                    objective.shown(value),
                    value,
                    greatest,
                    "%s = %s%s\n%s %s"
                        .formatted(
                            rowKey,
                            SweepResult.words(row),
                            columnKey == null
                                ? ""
                                : "\n" + columnKey + " = " + SweepResult.words(column),
                            objective.label(),
                            objective.shown(value)),
                    value == best));
      }
      table.append("</tr>");
    }
    return new TableCard(
            id,
            "%s by %s%s"
                .formatted(objective.label(), rowKey, columnKey == null ? "" : " and " + columnKey))
        .heat()
        .note(
            "Rows: %s%s. The best cell is framed; where more settings vary, a cell is their mean."
                .formatted(rowKey, columnKey == null ? "" : "; columns: " + columnKey))
        .html(head.toString(), table.toString());
  }

  private static double cell(
      SweepResult sweep, String rowKey, Object row, @Nullable String columnKey, Object column) {
    return columnKey == null
        ? sweep.mean(rowKey, row, rowKey, row)
        : sweep.mean(rowKey, row, columnKey, column);
  }

  private static String ranking(SweepResult sweep) {
    List<Point> ranked = sweep.ranked();
    var rows = new StringBuilder();
    int place = 0;
    for (Point point : ranked.subList(0, Math.min(MOST_ROWS, ranked.size()))) {
      rows.append(
          "<tr><td class=\"n\">%s</td><th>%s</th>".formatted(++place, Html.text(point.words())));
      for (Measure measure : columns(sweep.objective())) {
        rows.append(
            "<td class=\"n\">%s</td>".formatted(measure.shown(point.summary().measure(measure))));
      }
      rows.append("</tr>");
    }
    String title =
        ranked.size() > MOST_ROWS
            ? "The best %s of %s points".formatted(MOST_ROWS, Html.whole(ranked.size()))
            : "All points, the best first";
    String head =
        columns(sweep.objective()).stream()
            .map(m -> "<th class=\"n\">%s</th>".formatted(Html.text(m.label())))
            .collect(Collectors.joining("", TableCard.unseen("place") + "<th>settings</th>", ""));
    return new TableCard("ranking", title).html(head, rows.toString());
  }

  private static List<Measure> columns(Measure objective) {
    return COLUMNS.contains(objective)
        ? COLUMNS
        : Stream.concat(Stream.of(objective), COLUMNS.stream()).toList();
  }

  // ---- walk-forward ----

  /** Writes the page of a walk-forward. */
  public static void write(WalkForward walk, String title, Path file) {
    var content =
        new StringBuilder(
            header(
                "Probity walk-forward",
                title,
                "%s windows; chosen by %s on each sample, judged on the stretch after it"
                    .formatted(walk.windows().size(), walk.objective().word())));
    content.append(
        caution(
            "Out of sample the Sharpe ratio is %s, against %s in the samples that the choices were made on; the probability that the true one exceeds 0 is %s."
                .formatted(
                    Measure.SHARPE.shown(walk.sharpe()),
                    Measure.SHARPE.shown(walk.inSampleSharpe()),
                    Measure.PROBABILISTIC_SHARPE.shown(walk.probabilisticSharpe())),
            "Each window starts again with the vault's funds; returns are joined one after the"
                + " other."));
    content.append(joined(walk));
    var rows = new StringBuilder();
    for (WalkForward.Window window : walk.windows()) {
      rows.append(
          "<tr><th class=\"span\">%s</th><th class=\"span\">%s</th><td>%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td></tr>"
              .formatted(
                  Html.text(window.split().sample().toString()),
                  Html.text(window.split().test().toString()),
                  Html.text(window.chosen()),
                  Measure.SHARPE.shown(window.inSample().measure(Measure.SHARPE)),
                  Measure.SHARPE.shown(window.outOfSample().measure(Measure.SHARPE)),
                  Measure.TOTAL_RETURN.shown(window.outOfSample().measure(Measure.TOTAL_RETURN)),
                  Measure.TOTAL_RETURN.shown(
                      window.outOfSample().measure(Measure.HOLDING_RETURN))));
    }
    content.append(
        new TableCard("windows", "Windows")
            .html(
                "<th>sample</th><th>test</th><th>chosen</th><th class=\"n\">Sharpe in</th><th"
                    + " class=\"n\">Sharpe out</th><th class=\"n\">return out</th><th"
                    + " class=\"n\">holding</th>",
                rows.toString()));
    Report.write(Html.page("Walk-forward " + title, content.toString()), file);
  }

  /** Growth over all tests. */
  private static String joined(WalkForward walk) {
    int size = walk.windows().size() * RunSummary.STEPS + 1;
    long[] times = new long[size];
    double[] growth = new double[size];
    double[] holding = new double[size];
    double equity = 1;
    double held = 1;
    int at = 0;
    for (WalkForward.Window window : walk.windows()) {
      RunSummary run = window.outOfSample();
      for (int step = 0; step < RunSummary.STEPS; step++) {
        times[at] = time(run, step);
        growth[at] = equity * run.growth().get(step) - 1;
        holding[at++] = held * run.holding().get(step) - 1;
      }
      equity *= run.growth().getLast();
      held *= run.holding().getLast();
    }
    RunSummary last = walk.windows().getLast().outOfSample();
    times[at] = Math.max(last.to(), times[at - 1] + 1);
    growth[at] = equity - 1;
    holding[at] = held - 1;
    return new TimeChart("growth", "Return out of sample", Axis.Numbers.PERCENT, times)
        .line("strategy", "one", growth)
        .line("holding", "two", holding)
        .withZero()
        .html();
  }

  private static long time(RunSummary run, int step) {
    return run.from() + Math.round((double) (run.to() - run.from()) * step / RunSummary.STEPS);
  }

  // ---- Monte Carlo ----

  /** Writes the page of many paths: the fan of their equity, and distributions. */
  public static void write(MonteCarlo monteCarlo, String title, Path file) {
    var content =
        new StringBuilder(
            header(
                "Probity Monte Carlo",
                title,
                "%s paths, the same strategy on each"
                    .formatted(Html.whole(monteCarlo.runs().size()))));
    content.append("<dl class=\"tiles\">");
    content.append(spread("Median return", monteCarlo, Measure.TOTAL_RETURN));
    content.append(
        Html.tile(
            "Paths that lose",
            Measure.WIN_RATE.shown(monteCarlo.lossShare()),
            0,
            "worse than holding: " + Measure.WIN_RATE.shown(monteCarlo.worseThanHoldingShare())));
    content.append(spread("Median Sharpe ratio", monteCarlo, Measure.SHARPE));
    content.append(
        Html.tile(
            "Drawdown, 95 % of paths",
            quantile(monteCarlo, Measure.MAX_DRAWDOWN, 0.95),
            0,
            "median: " + quantile(monteCarlo, Measure.MAX_DRAWDOWN, 0.5)));
    content.append("</dl>\n").append(fan(monteCarlo));
    content.append(Html.half(histogram(monteCarlo, Measure.TOTAL_RETURN, "returns")));
    content.append(Html.half(histogram(monteCarlo, Measure.SHARPE, "sharpes")));
    content.append(Html.half(histogram(monteCarlo, Measure.EXCESS_RETURN, "excess")));
    content.append(Html.half(histogram(monteCarlo, Measure.MAX_DRAWDOWN, "drawdowns")));
    Report.write(Html.page("Monte Carlo " + title, content.toString()), file);
  }

  private static String spread(String name, MonteCarlo monteCarlo, Measure measure) {
    return Html.tile(
        name,
        quantile(monteCarlo, measure, 0.5),
        0,
        "5 to 95 %%: %s to %s"
            .formatted(quantile(monteCarlo, measure, 0.05), quantile(monteCarlo, measure, 0.95)));
  }

  private static String quantile(MonteCarlo monteCarlo, Measure measure, double probability) {
    return measure.shown(monteCarlo.quantile(measure, probability));
  }

  private static String fan(MonteCarlo monteCarlo) {
    RunSummary first = monteCarlo.runs().getFirst();
    long[] times =
        LongStream.rangeClosed(0, RunSummary.STEPS).map(step -> time(first, (int) step)).toArray();
    double[][] quantiles =
        MonteCarlo.QUANTILES.stream()
            .map(q -> monteCarlo.growth(q).stream().mapToDouble(growth -> growth - 1).toArray())
            .toArray(double[][]::new);
    return new TimeChart("fan", "Return over time", Axis.Numbers.PERCENT, times)
        .line("5 %", "edge", quantiles[0])
        .line("95 %", "edge", quantiles[4])
        .band("wide")
        .line("25 %", "edge", quantiles[1])
        .line("75 %", "edge", quantiles[3])
        .band("narrow")
        .line("median", "one", quantiles[2])
        .withZero()
        .note("Half of the paths lie in the darker band, nine of ten in the lighter one.")
        .html();
  }

  private static String histogram(MonteCarlo monteCarlo, Measure measure, String id) {
    double[] values =
        monteCarlo.runs().stream()
            .mapToDouble(run -> run.measure(measure))
            .filter(Double::isFinite)
            .sorted()
            .toArray();
    var chart = new BarChart(id, measure.label(), Axis.Numbers.COUNT);
    if (values.length > 0) {
      double low = values[0];
      double high = values[values.length - 1] > low ? values[values.length - 1] : low + 1e-9;
      int[] counts = new int[BARS];
      for (double value : values) {
        counts[Math.min(BARS - 1, (int) ((value - low) / (high - low) * BARS))]++;
      }
      for (int i = 0; i < BARS; i++) {
        double from = low + (high - low) * i / BARS;
        double to = low + (high - low) * (i + 1) / BARS;
        boolean bad = measure.moreIsBetter() && (from + to) / 2 < 0;
        chart.bar(
            "",
            0,
            counts[i],
            bad ? "bad" : measure.moreIsBetter() ? "good" : "three",
            "%s to %s: %s paths".formatted(measure.shown(from), measure.shown(to), counts[i]));
      }
      for (double tick : new double[] {0, 0.25, 0.5, 0.75, 1}) {
        chart.tick(tick, measure.shown(low + (high - low) * tick));
      }
    }
    return chart.html();
  }

  // ---- parts ----

  private static String header(String kind, String title, String sentence) {
    return "<header><p class=\"eyebrow\">%s</p><h1>%s</h1><p>%s</p></header>\n"
        .formatted(Html.text(kind), Html.text(title), Html.text(sentence));
  }

  private static String caution(String... sentences) {
    return "<section class=\"card warnings\" id=\"warnings\"><h2>Read this first</h2><ul>%s</ul></section>\n"
        .formatted(
            Arrays.stream(sentences)
                .map(s -> "<li class=\"plain\">%s</li>".formatted(Html.text(s)))
                .collect(Collectors.joining()));
  }
}
