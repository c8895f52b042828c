package org.probity.sim.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store touches only what it made, and follows a manifest nowhere else. */
class HistoryStoreTest {

  @TempDir private Path folder;
  private Path root;
  private HistoryStore store;

  @BeforeEach
  void open() {
    root = folder.resolve("store");
    store = HistoryStore.at(root);
  }

  @Test
  void aFolderThatIsNoSeriesIsRefusedAndKeptWhole() throws IOException {
    for (var content :
        Map.of(
                "parquet", "my-own.parquet",
                "draft", ".unfinished.parquet",
                "docs", "thesis.txt",
                "web", "manifest.json")
            .entrySet()) {
      Path home = Files.createDirectories(root.resolve(content.getKey()));
      Files.writeString(home.resolve(content.getValue()), "precious");
      Map<Path, String> before = snapshot();
      assertThatThrownBy(() -> put(content.getKey(), 3)).isInstanceOf(HistoryRefused.class);
      assertThat(snapshot()).isEqualTo(before);
    }
    Files.createDirectories(root.resolve("empty"));
    assertThatThrownBy(() -> put("empty", 3))
        .isInstanceOf(HistoryRefused.class)
        .hasMessageContaining("is no series, for it has no manifest.json");
  }

  @Test
  void ofASeriesOnlyWhatItsManifestNamedIsRemoved() throws IOException {
    put("mine", 3);
    Path home = root.resolve("mine");
    String first = store.manifest("mine").files().getFirst().file();
    Map<String, String> others =
        Map.of(
            "my-own.parquet", "a",
            "0123456789abcdef.parquet", "b",
            "notes.txt", "c",
            ".unfinished.parquet", "d",
            ".manifest.json", "e");
    for (var other : others.entrySet()) {
      Files.writeString(home.resolve(other.getKey()), other.getValue());
    }
    put("mine", 6);
    assertThat(home.resolve(first)).doesNotExist();
    for (var other : others.entrySet()) {
      assertThat(home.resolve(other.getKey())).hasContent(other.getValue());
    }
    assertThat(store.candles("mine")).hasSize(6);
    try (Stream<Path> files = Files.list(root)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder(".lock", "mine");
    }
  }

  @Test
  void aFailedWriteLeavesTheSeriesAsItWas() throws IOException {
    put("mine", 3);
    Path home = root.resolve("mine");
    String next = SeriesMerge.hash(rows(6)).substring(0, 16) + ".parquet";
    Files.createDirectory(home.resolve(next));
    Map<Path, String> before = snapshot();
    assertThatThrownBy(() -> put("mine", 6))
        .isInstanceOf(HistoryRefused.class)
        .hasMessageContaining("the store is as it was");
    assertThat(snapshot()).isEqualTo(before);
    assertThat(store.candles("mine")).hasSize(3);
  }

  @Test
  void whatAKilledImportLeftIsNoSeries() throws IOException {
    put("mine", 3);
    Path left = Files.createDirectory(root.resolve(".new-other-0123456789abcdef"));
    Files.copy(root.resolve("mine/manifest.json"), left.resolve("manifest.json"));
    assertThat(store.series()).extracting(SeriesManifest::name).containsExactly("mine");
  }

  @Test
  void aFullDiskIsSaid() {
    assertThat(store.unwritable(new IOException("No space left on device")))
        .hasMessageContainingAll("no space left on the disk", "the store is as it was");
  }

  @Test
  void aManifestLeadsNowhereElse() throws IOException {
    put("mine", 3);
    Path manifest = root.resolve("mine/manifest.json");
    String text = Files.readString(manifest);
    String file = store.manifest("mine").files().getFirst().file();
    for (String path :
        List.of(
            "../other/" + file, "/etc/passwd", "/" + file, file + ".x", "./" + file, "..", "x/*")) {
      Files.writeString(manifest, text.replace(file, path));
      assertThatThrownBy(() -> store.check("mine"))
          .isInstanceOf(HistoryRefused.class)
          .hasMessageContaining("files[0].file");
    }
    Files.writeString(manifest, text.replace("\"name\" : \"mine\"", "\"name\" : \"other\""));
    assertThatThrownBy(() -> store.manifest("mine")).hasMessageContaining("name must be");
    Files.writeString(manifest, text);
    Path outside = Files.move(root.resolve("mine").resolve(file), folder.resolve("outside"));
    Files.createSymbolicLink(root.resolve("mine").resolve(file), outside);
    assertThat(store.check("mine").fault().orElse("")).contains("leads to a file outside of");
  }

  @Test
  void aManifestOfWrongFieldsIsRefusedInOneSentence() throws IOException {
    put("mine", 3);
    Path manifest = root.resolve("mine/manifest.json");
    String text = Files.readString(manifest);
    String hash = store.manifest("mine").hash();
    for (String[] change :
        new String[][] {
          {hash, "ab"},
          {"\"rows\" : 3", "\"rows\" : -3"},
          {"\"rows\" : 3", "\"rows\" : 4611686018427387904"},
          {"\"first\" : ", "\"first\" : 99999999"},
          {"\"cadenceSeconds\" : 3600", "\"cadenceSeconds\" : \"x\""},
          {"\"base\" : \"WETH\"", "\"token0.decimals\" : \"six\""},
        }) {
      assertThat(text).contains(change[0]);
      Files.writeString(manifest, text.replace(change[0], change[1]));
      assertThatThrownBy(
              () -> {
                HistoryStore.Checked checked = store.check("mine");
                throw new HistoryRefused(checked.fault().orElse("nothing"));
              })
          .isInstanceOf(HistoryRefused.class)
          .message()
          .contains("mine")
          .endsWith(".");
    }
    Files.writeString(manifest, text.replace("\"rows\" : 3", "\"rows\" : NaN"));
    assertThatThrownBy(() -> store.manifest("mine"))
        .hasMessageContaining("rows must be an integer");
  }

  @Test
  void textOfOthersInAManifestIsOneHarmlessLine() throws IOException {
    put("mine", 3);
    Path manifest = root.resolve("mine/manifest.json");
    Files.writeString(
        manifest, Files.readString(manifest).replace("WETH", "\\u001b[2Jevil\\nhead 9"));
    assertThat(store.manifest("mine").about("base")).isEqualTo("\\u001b[2Jevil\\nhead 9");
  }

  @Test
  void anImportUnderWayIsOneThatAnImportLeft() throws IOException {
    Path staging = Files.createDirectories(root.resolve(".import-mine"));
    Files.writeString(staging.resolve("rows.csv"), "precious");
    for (String state : new String[] {"", "{}", "{\"facts\":{},\"from\":-1}", "[1]"}) {
      if (!state.isEmpty()) {
        Files.writeString(staging.resolve("state.json"), state);
      }
      assertThatThrownBy(this::staged)
          .isInstanceOf(HistoryRefused.class)
          .hasMessageContaining("is no import under way");
      assertThat(staging.resolve("rows.csv")).hasContent("precious");
    }
    Files.delete(staging.resolve("state.json"));
    Files.delete(staging.resolve("rows.csv"));
    Staging begun = staged();
    begun.add(List.of(new Row(SeriesKind.GAS_MINUTES, 60L, java.math.BigInteger.TEN)), 5, "h");
    assertThat(staged().next()).isEqualTo(6);
    assertThat(staged().batch(SeriesKind.GAS_MINUTES).rows()).hasSize(1);
    Files.writeString(staging.resolve("mine.txt"), "precious");
    begun.remove();
    assertThat(staging.resolve("mine.txt")).hasContent("precious");
    assertThat(staging.resolve("state.json")).doesNotExist();
  }

  @Test
  void rowsOfAnImportAreNotWrittenThroughALink() throws IOException {
    Staging begun = staged();
    begun.add(List.of(new Row(SeriesKind.GAS_MINUTES, 60L, java.math.BigInteger.TEN)), 5, "h");
    Path precious = Files.writeString(folder.resolve("precious"), "precious".repeat(100));
    Path rows = root.resolve(".import-mine/rows.csv");
    Files.delete(rows);
    Files.createSymbolicLink(rows, precious);
    // Both where it would go on and where it would begin anew.
    for (Staging.Plan plan : List.of(new Staging.Plan(0, 9, true), new Staging.Plan(1, 9, true))) {
      assertThatThrownBy(() -> Staging.open(root, "mine", new TreeMap<>(), plan, _ -> "h"))
          .isInstanceOf(HistoryRefused.class)
          .hasMessageContaining("is no import under way");
    }
    assertThat(precious).hasContent("precious".repeat(100));
  }

  @Test
  void aLockThatIsNoFileIsNotWaitedFor() throws IOException {
    Path device = Path.of("/dev/null");
    assumeTrue(Files.exists(device), "no devices here");
    Files.createDirectories(root);
    Files.createSymbolicLink(root.resolve(".lock"), device);
    assertThatThrownBy(() -> put("mine", 3))
        .isInstanceOf(HistoryRefused.class)
        .hasMessageContaining("it is a pipe or a device");
  }

  /** Brackets and asterisks are a pattern to the database, and "close=9" a column. */
  @Test
  void namesOfFoldersAreNoPatterns() {
    for (String name : List.of("a[b]", "h*", "what?", "close=9", "it's")) {
      root = folder.resolve(name).resolve("store");
      store = HistoryStore.at(root);
      put("mine", 3);
      assertThat(store.candles("mine")).as(name).hasSize(3);
      assertThat(store.candles("mine").getFirst().close()).as(name).isEqualTo(2.5);
    }
  }

  private Staging staged() {
    return Staging.open(root, "mine", new TreeMap<>(), new Staging.Plan(0, 9, true), _ -> "h");
  }

  private SeriesManifest put(String name, int rows) {
    var about = new TreeMap<>(Map.of("base", "WETH"));
    return store.put(
        name,
        SeriesKind.CANDLES,
        about,
        3600,
        List.of(new HistoryStore.Batch("rows", rows(rows))),
        new Tolerance(false, true));
  }

  private static List<Row> rows(int count) {
    return java.util.stream.IntStream.range(0, count)
        .mapToObj(i ->
            new Row(
                SeriesKind.CANDLES,
                1_700_000_000L / 3600 * 3600 + i * 3600L,
                2.0,
                3.0,
                1.0,
                2.5,
                1.0))
        .toList();
  }

  private Map<Path, String> snapshot() throws IOException {
    var all = new TreeMap<Path, String>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(f -> !f.endsWith(".lock")).toList()) {
        all.put(
            file,
            Files.isRegularFile(file)
                ? Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1)
                : "folder");
      }
    }
    return all;
  }
}
