package org.probity.sim.history;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.probity.sim.history.SeriesManifest.Gap;

/**
 * What looks wrong about rows, though it can be. Whoever sees one of these does not follow the
 * advice that is right otherwise: to take a gap as it is would keep the fault.
 */
final class Doubts {

  private static final long HOUR = 3_600;

  /** Gaps of one length in a row, from which on they are no gaps but another step. */
  private static final int OTHER_STEP = 12;

  /** Rows from which on it can be judged how one follows the other. */
  private static final int JUDGED = 10;

  /** Summer begins in March or April in the north, and in September or October in the south. */
  private static final Set<Integer> FORWARD = Set.of(3, 4, 9, 10);

  private static final Set<Integer> BACK = Set.of(3, 4, 10, 11);

  private Doubts() {}

  /** Rows that are another step apart from some moment on. */
  static Optional<String> otherStep(List<Gap> gaps, long cadence) {
    int run = 1;
    for (int i = 1; i < gaps.size(); i++) {
      Gap gap = gaps.get(i);
      Gap before = gaps.get(i - 1);
      run = gap.from() == before.to() && gap.missing() == before.missing() ? run + 1 : 1;
      if (run == OTHER_STEP) {
        return Optional.of(
            "from %s on one row follows the other after %d s and elsewhere after %d s, so import the rows of each step by themselves, under a NAME of their own"
                .formatted(
                    SeriesMerge.shown(gaps.get(i - run + 1).from()),
                    gap.to() - gap.from(),
                    cadence));
      }
    }
    return Optional.empty();
  }

  /** An hour that is missing when clocks go forward somewhere. */
  static Optional<String> clocks(List<Gap> gaps, long cadence) {
    return gaps.stream()
        .filter(gap -> gap.to() - gap.from() - cadence == HOUR && isNight(gap.to(), FORWARD))
        .findFirst()
        .map(gap ->
            "its times name no zone and one hour is missing before %s, a night in which clocks go forward: they may be those of a place, and not UTC, so export it in UTC"
                .formatted(SeriesMerge.shown(gap.to())));
  }

  /** Whether an hour comes twice somewhere, for clocks go back in that night. */
  static boolean comesTwice(long time) {
    return isNight(time, BACK);
  }

  /** Whether a step is an hour too long or too short, as days are when clocks change. */
  static boolean hourOff(long step, long cadence) {
    long off = step % cadence;
    return cadence > 2 * HOUR && (off == HOUR || off == cadence - HOUR);
  }

  private static boolean isNight(long time, Set<Integer> months) {
    OffsetDateTime at = Instant.ofEpochSecond(time).atOffset(ZoneOffset.UTC);
    return at.getDayOfWeek() == DayOfWeek.SUNDAY
        && at.getHour() <= 4
        && months.contains(at.getMonthValue());
  }

  /** Candles that close where the one before opened: the two columns, or the order, is turned. */
  static Optional<String> turned(List<Row> candles, String origin) {
    double forward = 0;
    double backward = 0;
    for (int i = 1; i < candles.size(); i++) {
      Row row = candles.get(i);
      Row before = candles.get(i - 1);
      forward += Math.abs(StrictMath.log(row.real(1) / before.real(4)));
      backward += Math.abs(StrictMath.log(row.real(4) / before.real(1)));
    }
    return candles.size() >= JUDGED && JUDGED * backward < forward
        ? Optional.of(
            "The rows of %s close where the row before opened: look whether its columns open and close are swapped, and import it again under another NAME if they are"
                .formatted(origin))
        : Optional.empty();
  }

  /** Times that are the last seconds of the rows' steps. */
  static Optional<String> ends(List<Row> rows, String origin) {
    return !rows.isEmpty() && rows.stream().allMatch(row -> row.time() % 60 == 59)
        ? Optional.of(
            "The times of %s are the last seconds of its steps, and are taken for the beginnings: each price comes one step late; import it with the times at which the steps begin"
                .formatted(origin))
        : Optional.empty();
  }
}
