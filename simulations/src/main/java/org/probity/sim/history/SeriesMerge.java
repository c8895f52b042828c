package org.probity.sim.history;

import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.probity.ground.Sha256;
import org.probity.sim.history.SeriesManifest.Gap;
import org.probity.sim.history.SeriesManifest.Quality;

/** Joins what a series has with what comes in, or refuses it. */
final class SeriesMerge {

  private static final int MOST_OUTLIERS = 1_000;

  /** A move is an outlier from this many times the median move on. */
  private static final double OUTLIER_FACTOR = 25;

  /** And from this many ticks (basis points) on. */
  private static final double OUTLIER_TICKS = 150;

  /**
   * Whatever the others are, a price that doubles or halves in one step is told: ln 2 / ln 1.0001.
   */
  private static final double DOUBLING_TICKS = 6_931.82;

  private final SeriesKind kind;
  private final long cadence;
  private final Tolerance tolerance;

  SeriesMerge(SeriesKind kind, long cadence, Tolerance tolerance) {
    this.kind = kind;
    this.cadence = cadence;
    this.tolerance = tolerance;
  }

  /** The joined rows and what was noticed. */
  record Merged(List<Row> rows, Quality quality) {}

  /** Checks one file's rows by themselves and gives them in order, repeated ones once. */
  Merged checked(HistoryStore.Batch batch) {
    String origin = batch.origin();
    if (batch.rows().isEmpty()) {
      throw new HistoryRefused(
          "%s has no rows: check that it is the right file.".formatted(origin));
    }
    Merged one = joined(List.of(), batch.rows(), 0, origin, batch.zoned());
    List<Gap> gaps = one.quality.gaps();
    if (!gaps.isEmpty() && !tolerance.gaps()) {
      Gap gap = gaps.getFirst();
      long missing = one.quality.missing();
      // Whoever follows the advice must not make gaps of what is another step, or another clock.
      String advice =
          Doubts.otherStep(gaps, cadence)
              .or(() -> batch.zoned() ? Optional.empty() : Doubts.clocks(gaps, cadence))
              .orElse(
                  missing <= one.quality.rows()
                      ? "fetch it again, or import it as it is with --accept gaps"
                      : "more rows are missing than there are, so look whether it is of one market and one step, and fetch it again");
      throw new HistoryRefused(
          "%s has a gap: after %s the next row is %s, with %d missing between if there is one every %d s (and %d gaps in all, %d rows); %s."
              .formatted(
                  origin,
                  shown(gap.from()),
                  shown(gap.to()),
                  gap.missing(),
                  cadence,
                  gaps.size(),
                  missing,
                  advice));
    }
    return one;
  }

  /** Joins checked rows with what the series has. */
  Merged with(List<Row> existing, Quality before, Merged incoming, String origin) {
    Merged whole =
        joined(
            existing,
            incoming.rows,
            before.duplicates() + incoming.quality.duplicates(),
            origin,
            true);
    for (Gap gap : whole.quality.gaps()) {
      boolean known = before.gaps().contains(gap) || incoming.quality.gaps().contains(gap);
      if (!known && gap.missing() > Tolerance.SEAM_ROWS && !tolerance.gaps()) {
        throw new HistoryRefused(
            "With %s the series would have a gap from %s to %s (%d rows): import what lies between, use another --name, or accept it with --accept gaps."
                .formatted(origin, shown(gap.from()), shown(gap.to()), gap.missing()));
      }
    }
    return whole;
  }

  private Merged joined(
      List<Row> existing, List<Row> incoming, long duplicates, String origin, boolean zoned) {
    List<Row> rows = new ArrayList<>(existing);
    rows.addAll(incoming);
    // A stable sort: of two rows with one key, the one of the series comes first.
    Collections.sort(rows);
    boolean alone = existing.isEmpty();
    List<Row> kept = new ArrayList<>(rows.size());
    long repeated = 0;
    for (Row row : rows) {
      Row last = kept.isEmpty() ? row : kept.getLast();
      if (kept.isEmpty() || !row.sameKey(last)) {
        kept.add(row);
        continue;
      }
      if (!row.equals(last)) {
        throw new HistoryRefused(
            "%s has two different rows for %s%s: %s."
                .formatted(
                    origin,
                    shown(row.time()),
                    alone ? "" : ", or one that differs from the series'",
                    !zoned && Doubts.comesTwice(row.time())
                        ? "its times name no zone, and in that night clocks go back; they may be those of a place, so export it in UTC"
                        : "find out which one is right"));
      }
      if (alone && !tolerance.duplicates()) {
        throw new HistoryRefused(
            "%s has the row for %s twice: fetch it again, or let one of them go with --accept duplicates."
                .formatted(origin, shown(row.time())));
      }
      repeated += alone ? 1 : 0;
    }
    return new Merged(kept, quality(kept, duplicates + repeated, origin));
  }

  private Quality quality(List<Row> rows, long duplicates, String origin) {
    return new Quality(
        rows.size(),
        rows.getFirst().time(),
        rows.getLast().time(),
        kind.regular() ? gaps(rows, origin) : List.of(),
        duplicates,
        outliers(rows));
  }

  private List<Gap> gaps(List<Row> rows, String origin) {
    List<Gap> gaps = new ArrayList<>();
    for (int i = 1; i < rows.size(); i++) {
      long from = rows.get(i - 1).time();
      long to = rows.get(i).time();
      if ((to - from) % cadence != 0) {
        throw new HistoryRefused(
            "%s has rows at %s and %s, which are no multiple of %d s apart: %s."
                .formatted(
                    origin,
                    shown(from),
                    shown(to),
                    cadence,
                    Doubts.hourOff(to - from, cadence)
                        ? "its steps seem to follow clocks that change between summer and winter; export it in UTC"
                        : "all rows must be on one beat"));
      }
      if (to - from > cadence) {
        gaps.add(new Gap(from, to, (to - from) / cadence - 1));
      }
    }
    return gaps;
  }

  /** Moves of the price that are large beside the median of those that are not zero. */
  private List<Long> outliers(List<Row> rows) {
    double[] moves = new double[rows.size()];
    for (int i = 1; i < moves.length; i++) {
      moves[i] =
          Math.abs(RowRules.level(kind, rows.get(i)) - RowRules.level(kind, rows.get(i - 1)));
    }
    double[] sorted = java.util.Arrays.stream(moves).filter(m -> m > 0).sorted().toArray();
    double median = sorted.length == 0 ? 0 : sorted[sorted.length / 2];
    double limit = Math.min(Math.max(OUTLIER_TICKS, OUTLIER_FACTOR * median), DOUBLING_TICKS);
    List<Long> outliers = new ArrayList<>();
    for (int i = 0; i < moves.length && outliers.size() < MOST_OUTLIERS; i++) {
      Row row = rows.get(i);
      if (Math.max(moves[i], RowRules.within(kind, i == 0 ? row : rows.get(i - 1), row)) > limit) {
        outliers.add(row.time());
      }
    }
    return outliers;
  }

  /** SHA-256 over the rows in order, hex. */
  static String hash(List<Row> rows) {
    MessageDigest digest = Sha256.begun();
    rows.forEach(row -> Sha256.add(digest, row.canonical()));
    return Sha256.hex(digest);
  }

  static String shown(long time) {
    return Instant.ofEpochSecond(time).toString();
  }
}
