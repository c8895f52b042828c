package org.probity.terminal;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A line in a terminal, drawn with Braille dots: two columns and four rows of them in each
 * character.
 */
public final class TerminalChart {

  private static final int LABEL = 11;
  private static final char BRAILLE = '\u2800';

  /** The bit of each dot, by column and row from the top. */
  private static final int[][] DOTS = {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}};

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);

  private TerminalChart() {}

  /**
   * The chart's lines, its axes included.
   *
   * @param times growing, in seconds of Unix time
   * @param columns of characters for the plot
   * @param rows of characters
   */
  public static List<String> draw(long[] times, double[] values, int columns, int rows) {
    if (times.length == 0) {
      return List.of("  nothing to show");
    }
    double low = Arrays.stream(values).min().orElse(0);
    double high = Arrays.stream(values).max().orElse(1);
    double span = high > low ? high - low : Math.max(Math.abs(high), 1) * 1e-6;
    int[][] cells = new int[rows][columns];
    int previous = -1;
    int[] extremes = new int[2];
    for (int x = 0; x < 2 * columns; x++) {
      if (!range(times, values, x, 2 * columns, low, span, 4 * rows, extremes)) {
        continue;
      }
      int from = previous < 0 ? extremes[0] : Math.min(extremes[0], previous);
      int to = previous < 0 ? extremes[1] : Math.max(extremes[1], previous);
      for (int y = from; y <= to; y++) {
        cells[y / 4][x / 2] |= DOTS[x % 2][y % 4];
      }
      previous = (extremes[0] + extremes[1]) / 2;
    }
    List<String> lines = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      double value = high - span * row / Math.max(1, rows - 1);
      StringBuilder line = new StringBuilder("  ");
      line.append(
          row % 4 == 0 || row == rows - 1
              ? String.format(Locale.ROOT, "%" + LABEL + "s ┤", number(value, span))
              : " ".repeat(LABEL + 1) + "│");
      for (int cell : cells[row]) {
        line.append((char) (BRAILLE + cell));
      }
      lines.add(line.toString());
    }
    String first = TIME.format(Instant.ofEpochSecond(times[0]));
    String last = TIME.format(Instant.ofEpochSecond(times[times.length - 1]));
    String axis = " ".repeat(LABEL + 4) + first;
    lines.add(
        axis + " ".repeat(Math.max(1, LABEL + 4 + columns - axis.length() - last.length())) + last);
    return lines;
  }

  /** The dots, from the top, between the least and the greatest value of one column of dots. */
  private static boolean range(
      long[] times,
      double[] values,
      int column,
      int columns,
      double low,
      double span,
      int dots,
      int[] extremes) {
    long first = times[0];
    long length = Math.max(1, times[times.length - 1] - first);
    int from = index(times, first + Math.ceilDiv(length * column, (long) columns));
    int to = index(times, first + Math.ceilDiv(length * (column + 1), (long) columns));
    if (column == columns - 1) {
      to = times.length;
    }
    if (from >= to) {
      return false;
    }
    double least = Double.POSITIVE_INFINITY;
    double greatest = Double.NEGATIVE_INFINITY;
    for (int i = from; i < to; i++) {
      least = Math.min(least, values[i]);
      greatest = Math.max(greatest, values[i]);
    }
    extremes[0] = dot(greatest, low, span, dots);
    extremes[1] = dot(least, low, span, dots);
    return true;
  }

  private static int dot(double value, double low, double span, int dots) {
    return Math.clamp(Math.round((1 - (value - low) / span) * (dots - 1)), 0, dots - 1);
  }

  private static int index(long[] times, long time) {
    int found = Arrays.binarySearch(times, time);
    return found >= 0 ? found : -found - 1;
  }

  private static String number(double value, double span) {
    int decimals = span >= 100 ? 0 : span >= 1 ? 2 : span >= 0.01 ? 4 : 6;
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }
}
