package org.probity.sim.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** The same candles are the same rows, however a file writes them. */
class CsvPropertyTest {

  private static final long[] STEPS = {60, 300, 3_600, 14_400, 86_400};
  private static final long[] UNITS = {1, 1_000, 1_000_000, 1_000_000_000};

  @Property(tries = 300)
  void orderUnitLayoutAndZoneChangeNothing(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 30) int size,
      // 2009 to 2098
      @ForAll @LongRange(min = 1_230_768_000, max = 4_070_908_800L) long begin)
      throws IOException {
    var random = new Random(seed);
    long step = STEPS[random.nextInt(STEPS.length)];
    List<Row> candles = candles(random, size, begin - begin % 60, step);
    Path file = Files.createTempFile("candles", ".csv");
    try {
      Files.write(file, written(random, candles));
      CsvFile.Content read = CsvFile.read(file);
      assertThat(read.kind()).isEqualTo(SeriesKind.CANDLES);
      List<Row> sorted = read.rows().stream().sorted().toList();
      assertThat(sorted).isEqualTo(candles);
      assertThat(SeriesMerge.hash(sorted)).isEqualTo(SeriesMerge.hash(candles));
    } finally {
      Files.delete(file);
    }
  }

  private static List<Row> candles(Random random, int size, long begin, long step) {
    List<Row> rows = new ArrayList<>();
    double price = Math.pow(10, random.nextInt(10) - 5) * (1 + random.nextDouble());
    for (int i = 0; i < size; i++) {
      double open = price;
      price *= 1 + (random.nextDouble() - 0.5) / 50;
      double high = Math.max(open, price) * (1 + random.nextDouble() / 100);
      double low = Math.min(open, price) / (1 + random.nextDouble() / 100);
      double volume = random.nextBoolean() ? random.nextInt(1_000) : random.nextDouble();
      rows.add(new Row(SeriesKind.CANDLES, begin + i * step, open, high, low, price, volume));
    }
    return rows;
  }

  // ---- ways to write them ----

  private static List<String> written(Random random, List<Row> candles) {
    List<Row> rows = new ArrayList<>(candles);
    switch (random.nextInt(3)) {
      case 0 -> Collections.reverse(rows);
      case 1 -> Collections.shuffle(rows, random);
      default -> {}
    }
    String separator = List.of(",", ";", "\t").get(random.nextInt(3));
    List<String> columns =
        new ArrayList<>(List.of("time", "open", "high", "low", "close", "volume", "trades"));
    boolean split = random.nextInt(5) == 0;
    if (split) {
      columns.add("date");
    }
    boolean turned = random.nextBoolean();
    if (turned) {
      Collections.shuffle(columns, random);
    }
    List<String> lines = new ArrayList<>();
    if (random.nextInt(4) == 0) {
      lines.add(random.nextBoolean() ? "# from somebody" : "https://www.CryptoDataDownload.com");
    }
    int spelling = random.nextInt(3);
    String names =
        columns.stream()
            .map(name -> named(name, spelling, split))
            .collect(Collectors.joining(separator));
    lines.add(names);
    int way = random.nextInt(3);
    for (Row row : rows) {
      String line =
          columns.stream()
              .map(name -> quoted(random, field(random, row, name, split, way)))
              .collect(Collectors.joining(separator));
      lines.add(line);
      if (random.nextInt(20) == 0) {
        lines.add(random.nextBoolean() ? "" : names);
      }
    }
    return lines;
  }

  private static String named(String column, int spelling, boolean split) {
    String name =
        switch (column) {
          case "time" -> split ? "time" : List.of("time", "unix", "open_time").get(spelling);
          case "volume" -> List.of("volume", "Volume ETH", "Vol.").get(spelling);
          case "trades" -> List.of("trades", "Volume USDT", "Adj Close").get(spelling);
          default -> column;
        };
    return spelling == 0 ? name.toUpperCase(Locale.ROOT) : name;
  }

  private static String field(Random random, Row row, String column, boolean split, int way) {
    Instant at = Instant.ofEpochSecond(row.time());
    return switch (column) {
      case "time" ->
          split
              ? shown("HH:mm:ss", at, ZoneOffset.UTC)
              : way == 0 ? number(random, row.time()) : text(random, at);
      case "date" -> shown("yyyy.MM.dd", at, ZoneOffset.UTC);
      case "open" -> decimal(random, row.real(1));
      case "high" -> decimal(random, row.real(2));
      case "low" -> decimal(random, row.real(3));
      case "close" -> decimal(random, row.real(4));
      case "volume" -> decimal(random, row.real(5));
      default -> "7";
    };
  }

  /** Each row in a unit of its own. */
  private static String number(Random random, long seconds) {
    long unit = UNITS[random.nextInt(UNITS.length)];
    return BigDecimal.valueOf(seconds).multiply(BigDecimal.valueOf(unit)).toPlainString()
        + (random.nextInt(8) == 0 ? ".0" : "");
  }

  private static String text(Random random, Instant at) {
    ZoneOffset zone = ZoneOffset.ofTotalSeconds(900 * (random.nextInt(105) - 48));
    return switch (random.nextInt(5)) {
      case 0 -> at.toString();
      case 1 -> shown("yyyy-MM-dd HH:mm:ss", at, ZoneOffset.UTC);
      case 2 -> shown("yyyy/M/d H:mm", at, ZoneOffset.UTC) + " UTC";
      case 3 -> shown("yyyy-MM-dd'T'HH:mm:ss.SSSxxx", at, zone);
      default -> shown("yyyy-MM-dd HH:mm:ssxx", at, zone);
    };
  }

  private static String shown(String pattern, Instant at, ZoneOffset zone) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ROOT).format(at.atOffset(zone));
  }

  private static String decimal(Random random, double value) {
    return switch (random.nextInt(3)) {
      case 0 -> Double.toString(value);
      case 1 -> new BigDecimal(Double.toString(value)).toPlainString();
      default -> String.format(Locale.ROOT, "%.20e", new BigDecimal(Double.toString(value)));
    };
  }

  private static String quoted(Random random, String field) {
    return random.nextInt(4) == 0 ? '"' + field + '"' : field;
  }
}
