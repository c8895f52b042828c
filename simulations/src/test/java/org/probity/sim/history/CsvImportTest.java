package org.probity.sim.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvImportTest {

  private static final String HEADER =
      "timestamp,netAmount0,netAmount1,closeTick,openTick,lowestTick,highestTick,inAmount0,inAmount1,currentLiquidity\n";

  /** Of a pool at tick 200000: 1 of token0 is worth some 4.85e8 of token1. */
  private static final String QUIET =
      "2023-08-14 00:%02d:00,0,0,200000,200000,200000,200000,0,0,5000000";

  private static final String BUSY =
      "2023-08-14 00:%02d:00,1000000,-485000000000000,200000,200000,200000,200000,1000000,0,5000000";

  @TempDir private Path folder;
  private HistoryStore store;

  @BeforeEach
  void open() {
    store = HistoryStore.at(folder.resolve("store"));
  }

  @Test
  void realDaysKeepEveryRowAndNameTheirGapsAndHash() {
    var manifest =
        importing(Tolerance.STRICT)
            .run("days", SharedData.poolDays("2023-08"), SharedData.poolFacts());
    assertThat(manifest.quality().rows()).isEqualTo(4 * 1440 - 1);
    assertThat(manifest.quality().missing()).isEqualTo(1);
    List<PoolMinute> minutes = store.poolMinutes("days");
    assertThat(minutes).hasSize(4 * 1440 - 1);
    assertThat(minutes.getFirst().closeTick()).isEqualTo(201_101);
    assertThat(minutes.getFirst().in1()).isEqualTo("1066799650715290921");
    assertThat(store.check("days").fault()).isEmpty();
    var later =
        importing(Tolerance.STRICT)
            .run("later", SharedData.poolDays("2025"), SharedData.poolFacts());
    assertThat(later.quality().rows()).isEqualTo(1439);
  }

  @Test
  void otherKindsOfRealHistoryAreImported() throws IOException {
    Path data = SharedData.require();
    var gas =
        importing(Tolerance.STRICT)
            .run("gas", List.of(data.resolve("ethereum-gas-price-gwei.minute.csv")), facts());
    assertThat(gas.quality().rows()).isEqualTo(5760);
    assertThat(store.gasMinutes("gas").getFirst().wei()).isEqualTo("53089213505");
    try (Stream<Path> files = Files.list(data.resolve("aave-v3-polygon"))) {
      List<Path> usdc =
          files.filter(f -> String.valueOf(f.getFileName()).startsWith("usdc")).sorted().toList();
      assertThat(importing(Tolerance.STRICT).run("aave", usdc, facts()).quality().rows())
          .isEqualTo(3 * 1440);
    }
  }

  @Test
  void theHashIsOfTheRowsHoweverTheyCame() throws IOException {
    Path whole = csv("whole", rows(0, 30));
    Path first = csv("first", rows(0, 12));
    Path second = csv("second", rows(12, 30));
    String once = importing(Tolerance.STRICT).run("a", List.of(whole), facts()).hash();
    importing(Tolerance.STRICT).run("b", List.of(second), facts());
    assertThat(importing(Tolerance.STRICT).run("b", List.of(first), facts()).hash())
        .isEqualTo(once);
    assertThat(importing(Tolerance.STRICT).run("b", List.of(first, second), facts()).hash())
        .as("the same again changes nothing")
        .isEqualTo(once);
  }

  @Test
  void badRowsAreNamedAndChangeNothing() throws IOException {
    importing(Tolerance.STRICT).run("pool", List.of(csv("good", rows(0, 10))), facts());
    String before = snapshot();
    List<String> rows = rows(10, 20);
    refused(without(rows, 4), "gap", "00:13:00Z", "--accept gaps");
    refused(with(rows, 4, rows.get(3)), "00:13:00Z twice");
    refused(with(rows, 4, QUIET.formatted(13)), "two different rows for 2023-08-14T00:13:00Z");
    refused(set(rows, 4, 7, "-5"), "at 2023-08-14T00:14:00Z");
    refused(set(rows, 4, 9, "-5"), "currentLiquidity is negative (-5)");
    refused(set(rows, 4, 3, "900000"), "tick 900000 is beyond");
    refused(set(rows, 4, 5, "200001"), "lowest 200001 and highest 200000 contradict");
    refused(set(rows, 4, 7, "x"), "line 6", "\"x\" for inamount0", "no number");
    refused(set(rows, 4, 0, "noon"), "the time \"noon\"");
    refused(List.of("2023-08-14 00:10:00,0,0,2000"), "line 2 has 4 fields", "cut off");
    refused(List.of(), "has no rows");
    assertThat(snapshot()).isEqualTo(before);
    assertThat(store.check("pool").fault()).isEmpty();
  }

  @Test
  void amountsOfAnotherPoolOrOtherUnitsAreRefused() throws IOException {
    refused(
        List.of("2023-08-14 00:10:00,1000000,-485000000,200000,200000,200000,200000,1000000,0,5"),
        "10^6 times off its ticks",
        "decimals");
    refused(
        List.of(
            "2023-08-14 00:10:00,1000000,-785000000000000,200000,200000,200000,200000,1000000,0,5"),
        "amounts and ticks are not of one pool");
    refused(
        List.of("2023-08-14 00:10:00,1.5,-785.25,200000,200000,200000,200000,1.5,0,5"),
        "no whole number",
        "smallest units");
  }

  @Test
  void anotherPoolIsRefused() throws IOException {
    var of = facts();
    of.put("pool", "0x45dda9cb7c25131df268515131f647d726f50608");
    importing(Tolerance.STRICT).run("pool", List.of(csv("good", rows(0, 10))), of);
    String before = snapshot();
    of.put("pool", "0x88e6a0c2ddd26feeb64f039a2c41296fcb3f5640");
    assertThatThrownBy(
            () -> importing(Tolerance.STRICT).run("pool", List.of(csv("b", rows(10, 12))), of))
        .isInstanceOf(HistoryRefused.class)
        .hasMessageContainingAll("has pool 0x45dda9cb", "this import says 0x88e6");
    of.remove("pool");
    of.put("token0.decimals", "18");
    importing(Tolerance.STRICT).run("pool", List.of(csv("c", rows(10, 12))), new TreeMap<>());
    assertThat(snapshot()).isNotEqualTo(before);
  }

  @Test
  void gapsAndDuplicatesAreTakenWhereAcceptedAndCounted() throws IOException {
    List<String> rows = without(rows(0, 20), 7);
    rows.add(rows.getLast());
    var manifest =
        importing(new Tolerance(true, true)).run("pool", List.of(csv("bad", rows)), facts());
    assertThat(manifest.quality().rows()).isEqualTo(19);
    assertThat(manifest.quality().duplicates()).isEqualTo(1);
    assertThat(manifest.quality().gaps()).hasSize(1);
    assertThat(manifest.quality().missing()).isEqualTo(1);
  }

  @Test
  void damagedFilesAreNoticed() throws IOException {
    importing(Tolerance.STRICT).run("pool", List.of(csv("good", rows(0, 10))), facts());
    Path parquet = folder.resolve("store/pool").resolve(parquet());
    byte[] bytes = Files.readAllBytes(parquet);
    Files.write(parquet, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    assertThat(store.check("pool").fault())
        .hasValueSatisfying(f -> assertThat(f).contains("truncated"));
    assertThatThrownBy(() -> store.poolMinutes("pool")).hasMessageContaining("truncated");
    byte[] flipped = bytes.clone();
    flipped[flipped.length / 2] ^= 1;
    Files.write(parquet, flipped);
    assertThat(store.check("pool").fault())
        .hasValueSatisfying(f -> assertThat(f).contains("checksum"));
    Files.delete(parquet);
    assertThat(store.check("pool").fault())
        .hasValueSatisfying(f -> assertThat(f).contains("missing"));
    Files.write(parquet, bytes, StandardOpenOption.CREATE);
    assertThat(store.check("pool").fault()).isEmpty();
  }

  @Test
  void candlesOfAnyCadenceAreImported() throws IOException {
    Path file = folder.resolve("candles.csv");
    Files.writeString(
        file,
        "open_time,open,high,low,close,volume,trades\n"
            + "1692000000000,1840.1,1841,1839.5,1840.9,12.5,7\n"
            + "1692003600000,1840.9,1842,1840,1841.5,3.25,9\n");
    var manifest = importing(Tolerance.STRICT).run("eth", List.of(file), facts());
    assertThat(manifest.cadence()).isEqualTo(3600);
    assertThat(store.candles("eth").getLast())
        .isEqualTo(new Candle(1_692_003_600, 1840.9, 1842, 1840, 1841.5, 3.25));
    Files.writeString(
        file, "time,open,high,low,close,volume\n1692007200,5,4,3,4,1\n1692010800,4,4,3,4,1\n");
    assertThatThrownBy(() -> importing(Tolerance.STRICT).run("eth2", List.of(file), facts()))
        .hasMessageContaining("does not lie between low and high");
  }

  // ---- material ----

  private CsvImport importing(Tolerance tolerance) {
    return new CsvImport(store, tolerance, ImportListener.NONE);
  }

  private static TreeMap<String, String> facts() {
    return new TreeMap<>();
  }

  private static List<String> rows(int from, int to) {
    List<String> rows = new ArrayList<>();
    for (int minute = from; minute < to; minute++) {
      rows.add((minute % 3 == 1 ? BUSY : QUIET).formatted(minute));
    }
    return rows;
  }

  private static List<String> without(List<String> rows, int index) {
    List<String> changed = new ArrayList<>(rows);
    changed.remove(index);
    return changed;
  }

  private static List<String> with(List<String> rows, int index, String row) {
    List<String> changed = new ArrayList<>(rows);
    changed.add(index, row);
    return changed;
  }

  private static List<String> set(List<String> rows, int index, int column, String value) {
    List<String> changed = new ArrayList<>(rows);
    String[] fields = rows.get(index).split(",", -1);
    fields[column] = value;
    changed.set(index, String.join(",", fields));
    return changed;
  }

  private Path csv(String name, List<String> rows) throws IOException {
    Path file = folder.resolve(name + ".csv");
    Files.writeString(file, HEADER + String.join("\n", rows) + "\n");
    return file;
  }

  private void refused(List<String> rows, String... words) throws IOException {
    Path file = csv("bad", rows);
    assertThatThrownBy(() -> importing(Tolerance.STRICT).run("pool", List.of(file), facts()))
        .isInstanceOf(HistoryRefused.class)
        .hasMessageContainingAll(words);
  }

  private String parquet() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("store/pool"))) {
      return files
          .map(f -> String.valueOf(f.getFileName()))
          .filter(n -> n.endsWith(".parquet"))
          .findFirst()
          .orElseThrow();
    }
  }

  /** Every file of the store with its bytes. */
  private String snapshot() throws IOException {
    var text = new StringBuilder();
    try (Stream<Path> files = Files.walk(folder.resolve("store"))) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        text.append(file).append(' ');
        text.append(java.util.Arrays.hashCode(Files.readAllBytes(file))).append('\n');
      }
    }
    return text.toString();
  }
}
