package org.probity.sim.history;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A time as people's files write it, in seconds of Unix time.
 *
 * <p>A number is seconds, milliseconds, microseconds or nanoseconds of Unix time, told by the only
 * unit in which it lies in the years 2009 to 2099: the four ranges do not meet, so each row tells
 * its own unit. No chain is older and no record is younger.
 *
 * @param seconds of Unix time; parts of a second are cut off
 * @param zoned whether the text said its zone, as every number does
 */
record CsvTime(long seconds, boolean zoned) {

  private static final long FIRST = LocalDate.of(2009, 1, 1).toEpochDay() * 86_400;
  private static final long END = LocalDate.of(2100, 1, 1).toEpochDay() * 86_400;
  private static final long[] UNITS = {1, 1_000, 1_000_000, 1_000_000_000};
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,19}(\\.[0-9]{1,9})?");
  private static final Pattern TEXT =
      Pattern.compile(
          "(\\d{4})[-./](\\d{1,2})[-./](\\d{1,2})"
              + "(?:[T ]+(\\d{1,2}):(\\d{2})(?::(\\d{2})(?:[.,]\\d{1,9})?)?)?"
              + "\\s*(Z|UTC|GMT|[+-]\\d{2}(?::?\\d{2})?)?",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern DAY_OR_MONTH_FIRST =
      Pattern.compile("\\d{1,2}[-./]\\d{1,2}[-./]\\d{2,4}.*");

  /** Why a text is no time, as the end of "line 7 …". */
  static final class NoTime extends Exception {
    private static final long serialVersionUID = 1;

    NoTime(String reason) {
      super(reason);
    }

    String reason() {
      return String.valueOf(getMessage());
    }
  }

  /** Reads a number or a text that begins with the year. */
  static CsvTime parse(String text) throws NoTime {
    String stripped = text.strip();
    return NUMBER.matcher(stripped).matches() ? number(stripped) : text(stripped);
  }

  private static CsvTime number(String digits) throws NoTime {
    BigDecimal number = new BigDecimal(digits);
    for (long unit : UNITS) {
      long seconds = number.divide(BigDecimal.valueOf(unit), 0, RoundingMode.DOWN).longValue();
      if (seconds >= FIRST && seconds < END) {
        return new CsvTime(seconds, true);
      }
    }
    boolean day =
        number.compareTo(BigDecimal.valueOf(39_000)) > 0
            && number.precision() < 12
            && number.compareTo(BigDecimal.valueOf(74_000)) < 0;
    throw new NoTime(
        "has the time %s, which is in the years 2009 to 2099 neither as seconds nor as milli-, micro- or nanoseconds of Unix time%s"
            .formatted(
                digits, day ? " (a spreadsheet's number of a day: format it as 2025-01-31)" : ""));
  }

  private static CsvTime text(String text) throws NoTime {
    Matcher parts = TEXT.matcher(text);
    if (!parts.matches()) {
      throw new NoTime(
          DAY_OR_MONTH_FIRST.matcher(text).matches()
              ? "has the time \"%s\", of which nobody can tell the day from the month: write it as 2025-01-31 23:59:00"
                  .formatted(CsvFile.shown(text))
              : "has the time \"%s\", which cannot be read: write it as 2025-01-31 23:59:00 or in Unix time"
                  .formatted(CsvFile.shown(text)));
    }
    try {
      long local =
          LocalDateTime.of(
                  LocalDate.of(part(parts, 1), part(parts, 2), part(parts, 3)),
                  LocalTime.of(part(parts, 4), part(parts, 5), part(parts, 6)))
              .toEpochSecond(ZoneOffset.UTC);
      String zone = parts.group(7);
      long seconds = local - (zone == null ? 0 : offset(zone));
      if (seconds < FIRST || seconds >= END) {
        throw new NoTime(
            "has the time \"%s\", which is not in the years 2009 to 2099".formatted(text));
      }
      return new CsvTime(seconds, zone != null);
    } catch (DateTimeException e) {
      throw new NoTime("has the time \"%s\", which no calendar has".formatted(text));
    }
  }

  private static int part(Matcher parts, int group) {
    String digits = parts.group(group);
    return digits == null ? 0 : Integer.parseInt(digits);
  }

  private static long offset(String zone) {
    String upper = zone.toUpperCase(Locale.ROOT);
    return switch (upper) {
      case "Z", "UTC", "GMT" -> 0;
      default -> ZoneOffset.of(upper).getTotalSeconds();
    };
  }

  /** For messages. */
  static String shown(long seconds) {
    return Instant.ofEpochSecond(seconds).toString();
  }
}
