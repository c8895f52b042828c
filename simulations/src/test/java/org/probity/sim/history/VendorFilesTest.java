package org.probity.sim.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files as exchanges, data vendors and other tools write them. */
class VendorFilesTest {

  @TempDir private Path folder;
  private HistoryStore store;
  private final List<String> doubts = new ArrayList<>();

  @BeforeEach
  void open() {
    store = HistoryStore.at(folder.resolve("store"));
  }

  // ---- time ----

  @Test
  void milliMicroAndNanosecondsAreTheTimesThatTheyAre() throws Exception {
    SeriesManifest micro = imported("us", resource("minutes-us.csv"));
    assertThat(SeriesMerge.shown(micro.quality().first())).isEqualTo("2025-01-01T00:00:00Z");
    assertThat(micro.cadence()).isEqualTo(60);
    assertThat(imported("ns", resource("minutes-ns.csv")).hash()).isEqualTo(micro.hash());
    SeriesManifest both = imported("both", resource("minutes-ms.csv"), resource("minutes-us.csv"));
    assertThat(both.quality().missing()).isZero();
    assertThat(SeriesMerge.shown(both.quality().first())).isEqualTo("2024-12-31T21:00:00Z");
    assertThat(doubts).isEmpty();
  }

  @Test
  void unitsThatChangeInsideOfAFileAreToldRowByRow() throws IOException {
    SeriesManifest mixed =
        imported(
            "mixed",
            csv(
                "unix,open,high,low,close,volume",
                "1735689600,1,2,1,2,1",
                "1735689660000,1,2,1,2,1",
                "1735689720000000,1,2,1,2,1",
                "1735689780000000000,1,2,1,2,1",
                "1735689840.0,1,2,1,2,1"));
    assertThat(mixed.quality().rows()).isEqualTo(5);
    assertThat(mixed.quality().missing()).isZero();
    assertThat(mixed.cadence()).isEqualTo(60);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          0                        | neither as seconds nor as milli-, micro- or nanoseconds
          1230767999               | in the years 2009 to 2099
          4102444800               | in the years 2009 to 2099
          9999999999999999999      | in the years 2009 to 2099
          45658                    | a spreadsheet's number of a day
          2008-12-31               | not in the years 2009 to 2099
          56971-10-25              | cannot be read
          2100-01-01 00:00         | not in the years 2009 to 2099
          31/01/2025               | tell the day from the month
          01/31/2025 10:00         | tell the day from the month
          Jan 30 2025              | cannot be read
          2025-02-30               | which no calendar has
          2025-01-01 25:00         | which no calendar has
          2025-01-01 10:00 PST     | cannot be read
          2025-01-01 10:00+99:00   | which no calendar has
          """)
  void aTimeThatCannotBeIsRefusedWithItsRow(String time, String why) throws IOException {
    Path file = csv("time,open,high,low,close", "2025-01-31T00:00Z,1,2,1,2", time + ",1,2,1,2");
    assertThatThrownBy(() -> imported("x", file))
        .isInstanceOf(HistoryRefused.class)
        .hasMessageContainingAll("line 3", time.split(" ", 2)[0], why);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          1735693200                    | true
          2025-01-01T01:00:00Z          | true
          2025-01-01 01:00:00 UTC       | true
          2025-01-01 01:00:00+00:00     | true
          2025-01-01 03:00:00+02:00     | true
          2024-12-31T20:00:00-0500      | true
          2025-01-01T01:00:00.000+00    | true
          2025-01-01 01:00              | false
          2025.01.01 01:00:00           | false
          2025/1/1 1:00                 | false
          """)
  void oneMomentInManySpellings(String time, boolean zoned) throws Exception {
    assertThat(CsvTime.parse(time)).isEqualTo(new CsvTime(1_735_693_200L, zoned));
  }

  // ---- order and cadence ----

  @Test
  void newestFirstIsTheSameSeriesAsOldestFirst() throws Exception {
    for (String step : List.of("daily", "hourly")) {
      SeriesManifest newest = imported(step + "-new", resource(step + "-newest-first.csv"));
      SeriesManifest oldest = imported(step + "-old", resource(step + "-oldest-first.csv"));
      assertThat(newest.cadence()).isEqualTo(step.equals("daily") ? 86_400 : 3_600);
      assertThat(newest.quality().missing()).isZero();
      assertThat(oldest.cadence()).isEqualTo(newest.cadence());
    }
    assertThat(store.manifest("hourly-new").hash()).isEqualTo(store.manifest("hourly-old").hash());
  }

  // ---- clocks, steps and columns that are others than they seem ----

  @Test
  void anHourThatIsMissingWhenClocksChangeIsNoGapToAccept() throws IOException {
    List<String> rows = new ArrayList<>(List.of("date,open,high,low,close,volume"));
    for (int hour = 0; hour < 24; hour++) {
      if (hour != 2) {
        rows.add("2024-03-10 %02d:00:00,1,2,1,2,1".formatted(hour));
      }
    }
    Path file = csv(rows.toArray(String[]::new));
    assertThatThrownBy(() -> imported("x", file))
        .hasMessageContainingAll("name no zone", "clocks go forward", "export it in UTC")
        .message()
        .doesNotContain("--accept");
    accepting("x", file);
    assertThat(doubts).anyMatch(d -> d.contains("x may be wrong: its times name no zone"));
    doubts.clear();
    rows.replaceAll(row -> row.replace(":00,", ":00Z,"));
    Path zoned = csv(rows.toArray(String[]::new));
    assertThatThrownBy(() -> imported("y", zoned)).hasMessageContaining("--accept gaps");
    accepting("y", zoned);
    assertThat(doubts).isEmpty();
  }

  @Test
  void anHourThatComesTwiceWhenClocksChangeIsNamed() throws IOException {
    String[] rows = {
      "date,open,high,low,close,volume",
      "2024-11-03 00:00:00,1,2,1,2,1",
      "2024-11-03 01:00:00,1,2,1,2,1",
      "2024-11-03 01:00:00,1,2,1,2,3",
      "2024-11-03 02:00:00,1,2,1,2,1"
    };
    Path file = csv(rows);
    assertThatThrownBy(() -> imported("x", file))
        .hasMessageContainingAll("two different rows", "clocks go back", "export it in UTC");
    Path days =
        csv(
            rows[0],
            "2024-03-29T00:00:00+01:00,1,2,1,2,1",
            "2024-03-30T00:00:00+01:00,1,2,1,2,1",
            "2024-03-31T00:00:00+01:00,1,2,1,2,1",
            "2024-04-01T00:00:00+02:00,1,2,1,2,1");
    assertThatThrownBy(() -> imported("x", days))
        .hasMessageContainingAll("no multiple of 86400 s", "summer and winter", "UTC");
  }

  @Test
  void theSameHoursWithTheirOffsetsAreEachTheirOwn() throws IOException {
    SeriesManifest night =
        imported(
            "x",
            csv(
                "date,open,high,low,close,volume",
                "2024-11-03 00:00:00-04:00,1,2,1,2,1",
                "2024-11-03 01:00:00-04:00,1,2,1,2,1",
                "2024-11-03 01:00:00-05:00,1,2,1,2,3",
                "2024-11-03 02:00:00-05:00,1,2,1,2,1"));
    assertThat(night.quality().rows()).isEqualTo(4);
    assertThat(night.quality().missing()).isZero();
    assertThat(doubts).isEmpty();
  }

  @Test
  void anotherStepFromSomeMomentOnIsNoGapToAccept() throws IOException {
    List<String> rows = new ArrayList<>(List.of("time,open,high,low,close,volume"));
    for (int minute = 0; minute < 400; minute += minute < 300 ? 1 : 5) {
      rows.add(1_735_689_600L + 60 * minute + ",1,2,1,2,1");
    }
    Path file = csv(rows.toArray(String[]::new));
    assertThatThrownBy(() -> imported("x", file))
        .hasMessageContainingAll("from 2025-01-01T05:00:00Z on", "after 300 s", "by themselves")
        .message()
        .doesNotContain("--accept");
    accepting("x", file);
    assertThat(doubts).anyMatch(d -> d.contains("x may be wrong: from 2025-01-01T05:00:00Z on"));
  }

  @ParameterizedTest
  @CsvSource({"open;close,false", "close;open,true"})
  void openAndCloseThatAreSwappedAreTold(String names, boolean told) throws IOException {
    List<String> rows =
        new ArrayList<>(List.of("time,high,low,%s,volume".formatted(names.replace(';', ','))));
    var random = new java.util.Random(5);
    double price = 100;
    for (int i = 0; i < 60; i++) {
      double close = price * (1 + (random.nextDouble() - 0.5) / 20);
      rows.add(
          "%d,%s,%s,%s,%s,1"
              .formatted(
                  1_735_689_600L + 60 * i,
                  Math.max(price, close),
                  Math.min(price, close),
                  price,
                  close));
      price = close;
    }
    imported("x", csv(rows.toArray(String[]::new)));
    assertThat(doubts.stream().anyMatch(d -> d.contains("swapped"))).isEqualTo(told);
  }

  @Test
  void timesOfTheEndsOfStepsAreTold() throws IOException {
    imported(
        "x",
        csv(
            "timestamp,open,high,low,close,volume",
            "1735689659999,1,2,1,2,1",
            "1735689719999,1,2,1,2,1"));
    assertThat(doubts).singleElement().asString().contains("last seconds of its steps");
    doubts.clear();
    SeriesManifest days =
        imported(
            "y",
            csv(
                "timeOpen;timeClose;open;high;low;close;volume;timestamp",
                "\"2025-01-01T00:00:00.000Z\";\"2025-01-01T23:59:59.999Z\";1;2;1;2;1;\"2025-01-01T23:59:59.999Z\"",
                "\"2025-01-02T00:00:00.000Z\";\"2025-01-02T23:59:59.999Z\";1;2;1;2;1;\"2025-01-02T23:59:59.999Z\""));
    assertThat(SeriesMerge.shown(days.quality().first())).isEqualTo("2025-01-01T00:00:00Z");
    assertThat(doubts).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"close,20", "high,20", "low,20", "close,2", "open,2"})
  void aPriceThatIsOffByAFactorIsNoticed(String column, int rows) throws IOException {
    List<String> names = List.of("time", "open", "high", "low", "close");
    List<String> lines = new ArrayList<>(List.of("time,open,high,low,close,volume"));
    for (int i = 0; i < rows; i++) {
      double level = 100;
      double[] row = {1_735_689_600L + 60 * i, level, level, level, level};
      if (i == rows / 2) {
        int at = names.indexOf(column);
        row[at] = column.equals("low") ? level / 10 : level * 10;
        row[2] = Math.max(row[2], row[at]);
      }
      lines.add("%d,%s,%s,%s,%s,1".formatted((long) row[0], row[1], row[2], row[3], row[4]));
    }
    SeriesManifest series = imported("x", csv(lines.toArray(String[]::new)));
    assertThat(series.quality().outliers()).contains(1_735_689_600L + 60 * (rows / 2));
  }

  @Test
  void pointsThatMaySeparateThousandsAreTold() throws IOException {
    imported(
        "x",
        csv(
            "date;open;high;low;close;volume",
            "2025-01-01T00:00Z;2.307;2.310;2.300;2.305;12",
            "2025-01-01T00:01Z;2.305;2.311;2.300;2.309;12"));
    assertThat(doubts).singleElement().asString().contains("separates thousands");
    doubts.clear();
    imported(
        "y",
        csv(
            "date;open;high;low;close;volume",
            "2025-01-01T00:00Z;2.307;2.31;2.3;2.305;12",
            "2025-01-01T00:01Z;2.305;2.311;2.3;2.309;12"));
    assertThat(doubts).isEmpty();
  }

  @Test
  void pricesOfGasAreNoWei() throws IOException {
    Path file =
        csv(
            "block_timestamp,gas_price",
            "2023-08-14 00:00:00,20500000000",
            "2023-08-14 00:01:00,20600000000");
    assertThatThrownBy(() -> imported("x", file))
        .hasMessageContainingAll("2023-08-14T00:00:00Z", "20500000000 gwei", "looks like wei");
  }

  @Test
  void followingTheAdviceMakesNoFalseGap() throws IOException {
    List<String> rows = new ArrayList<>(List.of("time,open,high,low,close"));
    for (int hour = 40; hour > 0; hour--) {
      if (hour != 20 && hour != 21) {
        rows.add(1_735_689_600 + 3_600 * hour + ",1,2,1,2");
      }
    }
    Path file = csv(rows.toArray(String[]::new));
    assertThatThrownBy(() -> imported("strict", file))
        .hasMessageContainingAll("2 missing between", "every 3600 s", "--accept gaps");
    SeriesManifest accepted =
        new CsvImport(store, new Tolerance(true, false), ImportListener.NONE)
            .run("accepted", List.of(file), new TreeMap<>());
    assertThat(accepted.cadence()).isEqualTo(3_600);
    assertThat(accepted.quality().missing()).isEqualTo(2);
  }

  @Test
  void noGapIsAdvisedWhereMoreIsMissingThanThere() throws IOException {
    Path file =
        csv(
            "time,open,high,low,close",
            "1735689600,1,2,1,2",
            "1735689660,1,2,1,2",
            "1735776000,1,2,1,2");
    assertThatThrownBy(() -> imported("x", file))
        .hasMessageContaining("more rows are missing than there are")
        .message()
        .doesNotContain("--accept");
    accepting("x", file);
    assertThat(doubts).anyMatch(d -> d.contains("lacks more rows than it has"));
  }

  @Test
  void hoursAreNoMinutesOfAPool() throws IOException {
    String name =
        "timestamp,netAmount0,netAmount1,closeTick,openTick,lowestTick,highestTick,inAmount0,inAmount1,currentLiquidity";
    Path file =
        csv(
            name,
            "2023-08-14 00:00:00,0,0,200000,200000,200000,200000,0,0,5",
            "2023-08-14 01:00:00,0,0,200000,200000,200000,200000,0,0,5",
            "2023-08-14 02:00:00,0,0,200000,200000,200000,200000,0,0,5");
    assertThatThrownBy(() -> imported("x", file))
        .hasMessageContainingAll("a row every 3600 s", "pool-minutes have one every minute");
  }

  @Test
  void anotherCadenceIsAnotherSeries() throws Exception {
    imported("x", resource("hourly-oldest-first.csv"));
    assertThatThrownBy(() -> imported("x", resource("minutes-us.csv")))
        .hasMessageContainingAll("a row every 3600 s", "one every 60 s", "another NAME");
  }

  // ---- layouts ----

  @Test
  void binanceWithoutALineOfNamesIsReadAndToldOf() throws Exception {
    List<String> lines = new ArrayList<>(Files.readAllLines(resource("minutes-us.csv")));
    SeriesManifest named = imported("named", resource("minutes-us.csv"));
    lines.removeFirst();
    SeriesManifest bare = imported("bare", csv(lines.toArray(String[]::new)));
    assertThat(bare.hash()).isEqualTo(named.hash());
    assertThat(doubts).anyMatch(d -> d.contains("Binance's klines"));
    doubts.clear();
    imported(
        "kraken",
        csv("1735689600,2,4,1,3,7,9", "1735689660,2,4,1,3,7,0", "1735689720,2,4,1,3,7,5"));
    assertThat(store.candles("kraken").getFirst())
        .isEqualTo(new Candle(1_735_689_600, 2, 4, 1, 3, 7));
    assertThat(doubts).anyMatch(d -> d.contains("Kraken's OHLCVT"));
  }

  @Test
  void everyLayoutGivesTheSameCandle() throws Exception {
    String[][] layouts = {
      {
        "https://www.CryptoDataDownload.com",
        "unix,date,symbol,open,high,low,close,Volume ETH,Volume USDT,tradecount",
        "1735693200000,2025-01-01 01:00:00,ETH/USDT,2,4,1,3,7,21,5",
        "1735689600000,2025-01-01 00:00:00,ETH/USDT,2,4,1,3,7,21,5"
      },
      {
        "# exported by somebody",
        "",
        "\"Time\";\"Open\";\"High\";\"Low\";\"Close\";\"Volume\"",
        "\"2025-01-01T00:00:00Z\";\"2\";\"4\";\"1\";\"3\";\"7\"",
        "\"2025-01-01T01:00:00Z\";2;4;1;3;7"
      },
      {
        "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>",
        "2025.01.01\t00:00:00\t2\t4\t1\t3\t99\t7\t1",
        "2025.01.01\t01:00:00\t2\t4\t1\t3\t99\t7\t1"
      },
      {
        "time,open,high,low,close,vwap,volume,count",
        "1735689600,2,4,1,3,2.5,7,9",
        "1735693200,2,4,1,3,2.5,7,9"
      },
      {
        ",open,high,low,close,volume",
        "2025-01-01 00:00:00+00:00,2,4,1,3,7",
        "2025-01-01 01:00:00+00:00,2,4,1,3,7"
      },
      {
        ",timestamp,open,high,low,close,volume",
        "0,1735689600000,2,4,1,3,7",
        "1,1735693200000,2,4,1,3,7"
      },
      {
        "Datetime,Open,High,Low,Close,Adj Close,Volume",
        "2025-01-01 00:00:00+00:00,2,4,1,3,3,7",
        "2025-01-01 01:00:00+00:00,2,4,1,3,3,7"
      },
      {
        "Price,Close,High,Low,Open,Volume",
        "Ticker,ETH-USD,ETH-USD,ETH-USD,ETH-USD,ETH-USD",
        "Datetime,,,,,",
        "2025-01-01 00:00:00+00:00,3,4,1,2,7",
        "2025-01-01 01:00:00+00:00,3,4,1,2,7"
      },
      {
        "time,low,high,open,close,volume", "1735693200,1,4,2,3,7", "1735689600,1,4,2,3,7",
      },
      {
        "unix,date,symbol,open,high,low,close,Volume USD,Volume ETH",
        "1735689600,2025-01-01 00:00:00,ETH/USD,2,4,1,3,21,7",
        "1735693200.0,2025-01-01 01:00:00,ETH/USD,2,4,1,3,21,7"
      },
      {
        "time,high,low,open,close,volumefrom,volumeto",
        "1735689600,4,1,2,3,7,21",
        "time,high,low,open,close,volumefrom,volumeto",
        "1735693200,4,1,2,3,7,21"
      },
      {
        "Gmt time,Open,High,Low,Close,Volume",
        "2025-01-01 00:00:00.000 GMT,2,4,1,3,7",
        "2025-01-01 01:00:00.000 GMT,2,4,1,3,7"
      },
    };
    String hash = null;
    for (int i = 0; i < layouts.length; i++) {
      String found = imported("layout" + i, csv(layouts[i])).hash();
      assertThat(found).as(layouts[i][0]).isEqualTo(hash == null ? found : hash);
      hash = found;
    }
    assertThat(store.candles("layout0").getFirst())
        .isEqualTo(new Candle(1_735_689_600, 2, 4, 1, 3, 7));
  }

  @Test
  void whatIsAssumedIsTold() throws Exception {
    imported("daily", resource("daily-oldest-first.csv"));
    assertThat(doubts).singleElement().asString().contains("name no zone", "taken for UTC");
    doubts.clear();
    imported(
        "mt",
        csv(
            "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>",
            "2025.01.01\t00:00\t2\t4\t1\t3",
            "2025.01.01\t01:00\t2\t4\t1\t3"));
    assertThat(doubts)
        .anyMatch(d -> d.contains("broker's server"))
        .anyMatch(d -> d.contains("volumes"));
    doubts.clear();
    imported(
        "future",
        csv("time,open,high,low,close,volume", "4102437600,1,2,1,2,1", "4102441200,1,2,1,2,1"));
    assertThat(doubts).singleElement().asString().contains("yet to come");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          snapped_at,price,market_cap,total_volume        | one price at each time
          Date,Price,Open,High,Low,Vol.,Change %          | rename that column to close
          1735689600,2,4,1,3,7                            | no line of names
          2025.01.01,00:00,2,4,1,3,7                      | no line of names
          a,b,c                                           | none that can be imported
          time,open,high,low,close,close                  | two columns are called "close"
          """)
  void otherLayoutsAreRefusedWithTheirRemedy(String header, String why) throws IOException {
    Path file = csv(header, header);
    assertThatThrownBy(() -> imported("x", file))
        .isInstanceOf(HistoryRefused.class)
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          1735693200,1e999999999,2,1,2                 | which is no number
          1735693200,1e-999999999,2,1,2                | which is no number
          1735693200,"1,5",2,1,2                       | decimal point
          1735693200,NaN,2,1,2                         | which is no number: fill it in, or leave the line out
          1735693200,1,null,1,2                        | "null" for high, which is no number: fill it in
          1735693200,1,,1,2                            | "" for high, which is no number: fill it in
          1735693200,"2,307.22",2,1,2                  | without separators of thousands
          1735693200,2'307'000,2,1,2                   | without separators of thousands
          1735693200,"1,2,1,2                          | not closed
          1735693200,1,2,1                             | has 4 fields and not 5
          """)
  void badFieldsAreRefusedWithTheirRow(String row, String why) throws IOException {
    Path file = csv("time,open,high,low,close", "1735689600,1,2,1,2", row);
    assertThatThrownBy(() -> imported("x", file))
        .isInstanceOf(HistoryRefused.class)
        .hasMessageContainingAll("line 3", why);
  }

  @Test
  void filesWithoutEndAreRefused() throws IOException {
    assertThatThrownBy(() -> imported("x", Path.of("/dev/zero")))
        .hasMessageContaining("a pipe or a device");
    Path long1 = Files.writeString(folder.resolve("long.csv"), "time" + " ".repeat(2 << 20));
    assertThatThrownBy(() -> imported("x", long1))
        .hasMessageContaining("its line 1 has more than 1048576 characters");
    Path wide = csv("time" + ",open".repeat(100_000));
    assertThatThrownBy(() -> imported("x", wide)).message().hasSizeLessThan(1_000);
  }

  private ImportListener doubtful() {
    return new ImportListener() {
      @Override
      public void progress(String what, long done, long total) {}

      @Override
      public void doubt(String sentence) {
        doubts.add(sentence);
      }
    };
  }

  private void accepting(String name, Path file) {
    new CsvImport(store, new Tolerance(true, false), doubtful())
        .run(name, List.of(file), new TreeMap<>());
  }

  private SeriesManifest imported(String name, Path... files) {
    return new CsvImport(store, Tolerance.STRICT, doubtful())
        .run(name, List.of(files), new TreeMap<>());
  }

  private Path csv(String... lines) throws IOException {
    return Files.write(folder.resolve("file.csv"), List.of(lines));
  }

  private static Path resource(String name) throws URISyntaxException {
    return Path.of(Objects.requireNonNull(VendorFilesTest.class.getResource(name)).toURI());
  }
}
