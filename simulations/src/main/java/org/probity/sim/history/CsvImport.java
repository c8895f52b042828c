package org.probity.sim.history;

import java.io.BufferedReader;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;

/**
 * Reads history from CSV files: a pool's minutes, an Aave reserve's minutes, gas prices by the
 * minute, or candles. The header tells which.
 *
 * <p>Pool minutes have the columns {@code timestamp, netAmount0, netAmount1, closeTick, openTick,
 * lowestTick, highestTick, inAmount0, inAmount1, currentLiquidity}, amounts in smallest units; Aave
 * minutes {@code block_timestamp, liquidity_rate, stable_borrow_rate, variable_borrow_rate,
 * liquidity_index, variable_borrow_index} as fractions; gas prices {@code block_timestamp,
 * gas_price} in gwei; candles a time and {@code open, high, low, close, volume}, whatever else they
 * have. Times are UTC ({@code 2023-08-14 00:01:00}, ISO 8601) or seconds or milliseconds of Unix
 * time.
 */
public final class CsvImport {

  private static final List<String> POOL =
      List.of(
          "timestamp",
          "netamount0",
          "netamount1",
          "closetick",
          "opentick",
          "lowesttick",
          "highesttick",
          "inamount0",
          "inamount1",
          "currentliquidity");
  private static final List<String> AAVE =
      List.of(
          "block_timestamp",
          "liquidity_rate",
          "stable_borrow_rate",
          "variable_borrow_rate",
          "liquidity_index",
          "variable_borrow_index");
  private static final List<String> GAS = List.of("block_timestamp", "gas_price");
  private static final List<String> TIMES =
      List.of("timestamp", "time", "date", "datetime", "open_time", "open time", "unix");
  private static final List<String> PRICES = List.of("open", "high", "low", "close");
  private static final int RAY_DIGITS = 27;
  private static final int GWEI_DIGITS = 9;
  private static final long MINUTE = 60;
  private static final long MILLIS_FROM = 100_000_000_000L;

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
      File file = new File(files.get(i));
      if (kind != null && file.kind != kind) {
        throw new HistoryRefused(
            "%s holds %s and the files before it %s: import each kind by itself."
                .formatted(file.path, file.kind.word(), kind.word()));
      }
      kind = file.kind;
      batches.add(new HistoryStore.Batch(String.valueOf(file.path.getFileName()), file.rows()));
    }
    if (kind == null) {
      throw new HistoryRefused("No file was named: name at least one CSV file.");
    }
    batches.sort(
        java.util.Comparator.comparingLong(
            b -> b.rows().isEmpty() ? 0 : b.rows().getFirst().time()));
    listener.progress("writing", files.size(), files.size());
    long cadence = kind == SeriesKind.CANDLES ? cadence(batches.getFirst()) : MINUTE;
    return store.put(name, kind, about, cadence, batches, tolerance);
  }

  /** The most frequent step would be safer, and the least one is what a gap cannot enlarge. */
  private static long cadence(HistoryStore.Batch batch) {
    long least = Long.MAX_VALUE;
    for (int i = 1; i < batch.rows().size(); i++) {
      long step = batch.rows().get(i).time() - batch.rows().get(i - 1).time();
      least = step > 0 ? Math.min(least, step) : least;
    }
    return least == Long.MAX_VALUE ? MINUTE : least;
  }

  /** One file, header read. */
  private static final class File {
    private final Path path;
    private final List<String> lines;
    private final List<String> header;
    private final SeriesKind kind;
    private int line = 1;

    File(Path path) {
      this.path = path;
      this.lines = lines(path);
      if (lines.isEmpty()) {
        throw new HistoryRefused(
            "%s is empty: fetch it again, or check that it is the right file.".formatted(path));
      }
      this.header =
          Arrays.stream(lines.getFirst().replace("\ufeff", "").split(",", -1))
              .map(h -> h.strip().toLowerCase(Locale.ROOT))
              .toList();
      this.kind = kind();
    }

    private static List<String> lines(Path path) {
      try (BufferedReader reader = Files.newBufferedReader(path, StandardCharsets.UTF_8)) {
        return reader.lines().toList();
      } catch (NoSuchFileException e) {
        throw new HistoryRefused("There is no file %s: check the path.".formatted(path), e);
      } catch (IOException | java.io.UncheckedIOException e) {
        boolean text = !(e.getCause() instanceof MalformedInputException);
        throw new HistoryRefused(
            "%s cannot be read as text (%s): check that it is a CSV file."
                .formatted(path, text ? e.getMessage() : "its bytes are no UTF-8"),
            e);
      }
    }

    private SeriesKind kind() {
      if (header.equals(POOL)) {
        return SeriesKind.POOL_MINUTES;
      }
      if (header.equals(AAVE)) {
        return SeriesKind.AAVE_MINUTES;
      }
      if (header.equals(GAS)) {
        return SeriesKind.GAS_MINUTES;
      }
      if (header.containsAll(PRICES) && TIMES.stream().anyMatch(header::contains)) {
        return SeriesKind.CANDLES;
      }
      throw new HistoryRefused(
          "%s begins with the columns %s, which are none that can be imported: pool minutes, Aave minutes, gas prices or candles (time, open, high, low, close, volume)."
              .formatted(path, String.join(", ", header)));
    }

    List<Row> rows() {
      List<Row> rows = new ArrayList<>(lines.size());
      while (line < lines.size()) {
        String text = lines.get(line++);
        if (!text.isBlank()) {
          rows.add(row(text.split(",", -1)));
        }
      }
      return rows;
    }

    private Row row(String[] fields) {
      if (fields.length != header.size()) {
        throw refused(
            "has %d fields and not %d: the file is cut off or damaged"
                .formatted(fields.length, header.size()));
      }
      return switch (kind) {
        case POOL_MINUTES ->
            new Row(
                kind,
                time(fields[0]),
                integer(fields, 1),
                integer(fields, 2),
                whole(fields, 3),
                whole(fields, 4),
                whole(fields, 5),
                whole(fields, 6),
                integer(fields, 7),
                integer(fields, 8),
                integer(fields, 9));
        case AAVE_MINUTES ->
            new Row(
                kind,
                time(fields[0]),
                scaled(fields, 1, RAY_DIGITS),
                scaled(fields, 2, RAY_DIGITS),
                scaled(fields, 3, RAY_DIGITS),
                scaled(fields, 4, RAY_DIGITS),
                scaled(fields, 5, RAY_DIGITS));
        case GAS_MINUTES -> new Row(kind, time(fields[0]), scaled(fields, 1, GWEI_DIGITS));
        case CANDLES -> {
          int time = header.indexOf(TIMES.stream().filter(header::contains).findFirst().orElse(""));
          int volume = header.indexOf("volume");
          yield new Row(
              kind,
              time(fields[time]),
              real(fields, header.indexOf("open")),
              real(fields, header.indexOf("high")),
              real(fields, header.indexOf("low")),
              real(fields, header.indexOf("close")),
              volume < 0 ? 0.0 : real(fields, volume));
        }
        case POOL_EVENTS, AAVE_EVENTS -> throw new IllegalStateException("Events come from a node");
      };
    }

    private long time(String text) {
      String stripped = text.strip();
      try {
        if (!stripped.isEmpty() && stripped.chars().allMatch(Character::isDigit)) {
          long number = Long.parseLong(stripped);
          return number >= MILLIS_FROM ? number / 1000 : number;
        }
        String iso = stripped.replace(' ', 'T');
        if (iso.length() == 10) {
          return LocalDate.parse(iso).toEpochSecond(java.time.LocalTime.MIN, ZoneOffset.UTC);
        }
        return iso.endsWith("Z") || iso.matches(".*[+-]\\d\\d:\\d\\d")
            ? java.time.OffsetDateTime.parse(iso).toEpochSecond()
            : LocalDateTime.parse(iso).toEpochSecond(ZoneOffset.UTC);
      } catch (DateTimeParseException | NumberFormatException e) {
        throw refused("has the time \"%s\", which cannot be read".formatted(stripped));
      }
    }

    private BigDecimal decimal(String[] fields, int column) {
      try {
        return new BigDecimal(fields[column].strip());
      } catch (NumberFormatException e) {
        throw refused(
            "has \"%s\" for %s, which is no number"
                .formatted(fields[column].strip(), header.get(column)));
      }
    }

    private BigInteger integer(String[] fields, int column) {
      try {
        return decimal(fields, column).toBigIntegerExact();
      } catch (ArithmeticException e) {
        throw refused(
            "has %s for %s, which is no whole number: amounts must be in smallest units, by each token's own decimals"
                .formatted(fields[column].strip(), header.get(column)));
      }
    }

    private long whole(String[] fields, int column) {
      try {
        return integer(fields, column).longValueExact();
      } catch (ArithmeticException e) {
        throw refused("has %s out of range".formatted(header.get(column)));
      }
    }

    private BigInteger scaled(String[] fields, int column, int digits) {
      return decimal(fields, column)
          .movePointRight(digits)
          .setScale(0, RoundingMode.HALF_EVEN)
          .toBigIntegerExact();
    }

    private double real(String[] fields, int column) {
      return decimal(fields, column).doubleValue();
    }

    private HistoryRefused refused(String reason) {
      return new HistoryRefused(
          "%s cannot be used: line %d %s. Nothing was imported.".formatted(path, line, reason));
    }
  }
}
