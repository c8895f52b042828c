package org.probity.sim.history;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.probity.ground.Printable;

/**
 * Reads history from CSV files: a pool's minutes, an Aave reserve's minutes, gas prices by the
 * minute, or candles. The header tells which.
 *
 * <p>Pool minutes have the columns {@code timestamp, netAmount0, netAmount1, closeTick, openTick,
 * lowestTick, highestTick, inAmount0, inAmount1, currentLiquidity}, amounts in smallest units; Aave
 * minutes {@code block_timestamp, liquidity_rate, stable_borrow_rate, variable_borrow_rate,
 * liquidity_index, variable_borrow_index} as fractions; gas prices {@code block_timestamp,
 * gas_price} in gwei; candles a time and {@code open, high, low, close, volume}, whatever else they
 * have and in whatever order their rows are. Times are as {@link CsvTime} reads them; one without a
 * zone is UTC, which is told where a file of others may mean something else.
 */
public final class CsvImport {

  private static final long MINUTE = 60;
  private static final long DAY = 86_400;

  private final HistoryStore store;
  private final Tolerance tolerance;
  private final ImportListener listener;

  public CsvImport(HistoryStore store, Tolerance tolerance, ImportListener listener) {
    this.store = store;
    this.tolerance = tolerance;
    this.listener = listener;
  }

  /**
   * Adds the rows of {@code files} to the series {@code name}: of all of them, or of none.
   *
   * @param about facts about their origin, such as {@code pool} and {@code token0.decimals}
   * @throws HistoryRefused naming file, line and reason
   */
  public SeriesManifest run(String name, List<Path> files, SortedMap<String, String> about) {
    store.requireOurs(name);
    List<HistoryStore.Batch> batches = new ArrayList<>();
    SeriesKind kind = null;
    for (int i = 0; i < files.size(); i++) {
      listener.progress("reading", i, files.size());
      Path path = files.get(i);
      CsvFile.Content file = CsvFile.read(path);
      if (kind != null && file.kind() != kind) {
        throw new HistoryRefused(
            "%s holds %s and the files before it %s: import each kind by itself."
                .formatted(path, file.kind().word(), kind.word()));
      }
      kind = file.kind();
      file.doubts().forEach(listener::doubt);
      batches.add(
          new HistoryStore.Batch(
              Printable.line(String.valueOf(path.getFileName())),
              file.rows().stream().sorted().toList(),
              file.zoned()));
    }
    if (kind == null) {
      throw new HistoryRefused("No file was named: name at least one CSV file.");
    }
    batches.sort(
        Comparator.comparingLong(b -> b.rows().isEmpty() ? 0 : b.rows().getFirst().time()));
    listener.progress("writing", files.size(), files.size());
    SeriesManifest written =
        store.put(name, kind, about, cadence(name, kind, batches), batches, tolerance);
    boolean zoned = batches.stream().allMatch(HistoryStore.Batch::zoned);
    doubts(written, zoned).forEach(listener::doubt);
    if (kind == SeriesKind.CANDLES) {
      for (HistoryStore.Batch batch : batches) {
        Doubts.turned(batch.rows(), batch.origin()).ifPresent(listener::doubt);
        Doubts.ends(batch.rows(), batch.origin()).ifPresent(listener::doubt);
      }
    }
    return written;
  }

  /** Seconds from row to row: a minute, or the candles' own most frequent step. */
  private long cadence(String name, SeriesKind kind, List<HistoryStore.Batch> batches) {
    OptionalLong step = step(batches);
    if (kind == SeriesKind.CANDLES) {
      return step.orElseGet(() ->
          store
              .find(name)
              .map(SeriesManifest::cadence)
              .orElseThrow(() ->
                  new HistoryRefused(
                      "%s has a single row, from which nobody can tell how far one is from the next: import two or more at once."
                          .formatted(batches.getFirst().origin()))));
    }
    if (step.isPresent() && step.getAsLong() > MINUTE) {
      throw new HistoryRefused(
          "%s has a row every %d s, and %s have one every minute: fetch it by the minute."
              .formatted(batches.getFirst().origin(), step.getAsLong(), kind.word()));
    }
    return MINUTE;
  }

  /** The most frequent step inside the files, the least of them if there are several. */
  private static OptionalLong step(List<HistoryStore.Batch> batches) {
    var counts = new TreeMap<Long, Long>();
    for (HistoryStore.Batch batch : batches) {
      for (int i = 1; i < batch.rows().size(); i++) {
        long step = batch.rows().get(i).time() - batch.rows().get(i - 1).time();
        if (step > 0) {
          counts.merge(step, 1L, Long::sum);
        }
      }
    }
    return counts.entrySet().stream()
        .max(
            Map.Entry.<Long, Long>comparingByValue()
                .thenComparing(Map.Entry.<Long, Long>comparingByKey().reversed()))
        .map(most -> OptionalLong.of(most.getKey()))
        .orElse(OptionalLong.empty());
  }

  /** What looks wrong about a series, though it can be. */
  private static List<String> doubts(SeriesManifest series, boolean zoned) {
    List<String> doubts = new ArrayList<>();
    if (series.quality().last() > Instant.now().getEpochSecond() + DAY) {
      doubts.add(
          "%s ends at %s, which is yet to come"
              .formatted(series.name(), SeriesMerge.shown(series.quality().last())));
    }
    if (series.quality().missing() > series.quality().rows()) {
      doubts.add(
          "%s lacks more rows than it has, if there is to be one every %d s: look whether files of several steps, or of another market, came together"
              .formatted(series.name(), series.cadence()));
    }
    List<SeriesManifest.Gap> gaps = series.quality().gaps();
    Doubts.otherStep(gaps, series.cadence())
        .or(() -> zoned ? Optional.empty() : Doubts.clocks(gaps, series.cadence()))
        .ifPresent(why -> doubts.add("%s may be wrong: %s".formatted(series.name(), why)));
    return doubts;
  }
}
