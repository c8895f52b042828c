package org.probity.cli.study;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.probity.sim.metrics.Measure;
import org.probity.sim.study.SweepResult;
import org.probity.terminal.Screen;

/** A sweep over its first two settings as a table, darker where it is better. */
final class HeatMap {

  private static final int WIDTH = 11;
  private static final int MOST_COLUMNS = 10;
  private static final String SHADES = " ░▒▓█";
  private static final String PLAIN_SHADES = " .:*#";

  private HeatMap() {}

  /** The lines; none if fewer than two settings vary, or if they hardly ever meet. */
  static List<String> lines(SweepResult sweep, Screen screen) {
    List<String> keys =
        sweep.points().stream().flatMap(p -> p.values().keySet().stream()).distinct().toList();
    if (keys.size() < 2) {
      return List.of();
    }
    List<Object> rows = sweep.values(keys.get(0));
    List<Object> columns = sweep.values(keys.get(1));
    if (columns.size() > MOST_COLUMNS
        || rows.size() * (long) columns.size() > 2L * sweep.points().size()) {
      return List.of();
    }
    Measure objective = sweep.objective();
    double[][] cells = new double[rows.size()][columns.size()];
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    double best = Double.NaN;
    for (int r = 0; r < rows.size(); r++) {
      for (int c = 0; c < columns.size(); c++) {
        cells[r][c] = sweep.mean(keys.get(0), rows.get(r), keys.get(1), columns.get(c));
        best = better(objective, cells[r][c], best);
        if (Double.isFinite(cells[r][c])) {
          low = Math.min(low, cells[r][c]);
          high = Math.max(high, cells[r][c]);
        }
      }
    }
    var lines = new ArrayList<String>();
    lines.add(
        "  %s; rows %s, columns %s"
            .formatted(screen.bold(objective.word()), keys.get(0), keys.get(1)));
    var head = new StringBuilder(" ".repeat(14));
    columns.forEach(c -> head.append(cell(words(c))));
    lines.add(head.toString());
    for (int r = 0; r < rows.size(); r++) {
      var line = new StringBuilder(String.format(Locale.ROOT, "  %10s  ", words(rows.get(r))));
      for (double value : cells[r]) {
        String text =
            cell(objective.shown(value) + " " + shade(value, low, high, objective, screen));
        line.append(value == best ? screen.bold(text) : value < 0 ? screen.red(text) : text);
      }
      lines.add(line.toString());
    }
    return lines;
  }

  private static double better(Measure objective, double one, double other) {
    if (Double.isNaN(one) || Double.isNaN(other)) {
      return Double.isNaN(one) ? other : one;
    }
    return objective.moreIsBetter() ? Math.max(one, other) : Math.min(one, other);
  }

  private static String cell(String text) {
    return " ".repeat(Math.max(1, WIDTH - text.length())) + text;
  }

  private static char shade(
      double value, double low, double high, Measure objective, Screen screen) {
    String shades = screen.isUnicode() ? SHADES : PLAIN_SHADES;
    if (Double.isNaN(value)) {
      return ' ';
    }
    double share =
        Double.isInfinite(value)
            ? value > 0 ? 1 : 0
            : high > low ? (value - low) / (high - low) : 1;
    double good = objective.moreIsBetter() ? share : 1 - share;
    return shades.charAt((int) Math.min(shades.length() - 1, good * shades.length()));
  }

  private static String words(Object value) {
    String text = SweepResult.words(value);
    return text.length() > 10 ? text.substring(0, 9) + "…" : text;
  }
}
