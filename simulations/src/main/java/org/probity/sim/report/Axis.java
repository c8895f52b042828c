package org.probity.sim.report;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Round numbers and round times along an axis; {@code report.js} does the same after zooming. */
final class Axis {

  private static final long DAY = 86_400;
  private static final long[] STEPS = {
    60, 300, 900, 1_800, 3_600, 3 * 3_600, 6 * 3_600, 12 * 3_600, DAY, 2 * DAY, 7 * DAY
  };
  private static final int[] MONTHS = {1, 3, 6, 12, 24, 60, 120};

  private static final DateTimeFormatter CLOCK = formatter("HH:mm");
  private static final DateTimeFormatter DATE = formatter("d MMM");
  private static final DateTimeFormatter MONTH = formatter("MMM yyyy");

  /** How the numbers of an axis are written. */
  enum Numbers {
    MONEY,
    PERCENT,
    RATIO,
    /** Whole numbers. */
    COUNT;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** A value, as exact as the distance between two ticks asks for. */
    String written(double value, double step) {
      double scale = this == PERCENT ? 100 : 1;
      int decimals =
          (int) Math.clamp(-Math.floor(Math.log10(Math.max(step * scale, 1e-9)) + 1e-9), 0, 6);
      String text = String.format(Locale.ROOT, "%,." + decimals + "f", value * scale + 0.0);
      String signed = text.matches("-0(\\.0*)?") ? text.substring(1) : text.replace('-', '−');
      return this == PERCENT ? signed + " %" : signed;
    }
  }

  /** A place on an axis. */
  record Tick(double at, String label) {}

  private Axis() {}

  private static DateTimeFormatter formatter(String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).withZone(ZoneOffset.UTC);
  }

  /** The distance between round numbers, about {@code count} of them over a range. */
  static double step(double low, double high, int count) {
    double rough = Math.max((high - low) / count, 1e-12);
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    double digit = rough / power;
    return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 2.5 ? 2.5 : digit <= 5 ? 5 : 10);
  }

  /** Round numbers from {@code low} to {@code high}. */
  static List<Tick> numbers(double low, double high, Numbers kind) {
    double step = step(low, high, 5);
    step = kind == Numbers.COUNT ? Math.max(1, Math.ceil(step)) : step;
    var ticks = new ArrayList<Tick>();
    for (double k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) {
      // The distance between 2.5 and 5 wants a digit more than its first one says.
      ticks.add(new Tick(k * step, kind.written(k * step, finest(step))));
    }
    return ticks;
  }

  private static double finest(double step) {
    double power = Math.pow(10, Math.floor(Math.log10(step) + 1e-9));
    return Math.abs(step / power - 2.5) < 1e-6 ? power / 10 : power;
  }

  /** Round times, in seconds of Unix time, UTC. */
  static List<Tick> times(long from, long to) {
    var ticks = new ArrayList<Tick>();
    for (long step : STEPS) {
      if ((to - from) / step <= 6) {
        for (long at = Math.ceilDiv(from, step) * step; at <= to; at += step) {
          boolean clock = step < DAY && Math.floorMod(at, DAY) != 0;
          ticks.add(new Tick(at, (clock ? CLOCK : DATE).format(Instant.ofEpochSecond(at))));
        }
        return ticks;
      }
    }
    long months = (to - from) / (30 * DAY);
    int step = MONTHS[MONTHS.length - 1];
    for (int candidate : MONTHS) {
      if (months / candidate <= 6) {
        step = candidate;
        break;
      }
    }
    ZonedDateTime at =
        Instant.ofEpochSecond(from)
            .atZone(ZoneOffset.UTC)
            .truncatedTo(ChronoUnit.DAYS)
            .withDayOfYear(1);
    for (; at.toEpochSecond() <= to; at = at.plusMonths(step)) {
      if (at.toEpochSecond() >= from) {
        ticks.add(new Tick(at.toEpochSecond(), MONTH.format(at)));
      }
    }
    return ticks;
  }
}
