package org.probity.cli.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.cli.ProbityProcess;
import org.probity.cli.Ran;
import org.probity.ground.TestKind;

/** {@code probity data import}, {@code check} and {@code show} of CSV files. */
@TestKind.Acceptance
final class DataCommandTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String HEADER =
      "timestamp,netAmount0,netAmount1,closeTick,openTick,lowestTick,highestTick,inAmount0,inAmount1,currentLiquidity";
  private static final String POOL = "0x45dda9cb7c25131df268515131f647d726f50608";
  private static final String OTHER = "0x88e6a0c2ddd26feeb64f039a2c41296fcb3f5640";

  @TempDir private Path folder;
  private Path store = Path.of("");

  @BeforeEach
  void name() {
    store = folder.resolve("history");
  }

  @Test
  void whatIsImportedIsFoundSoundAndShown() throws IOException {
    Path first = csv("first", rows(0, 30));
    Path second = csv("second", rows(30, 60));
    JsonNode imported = json("import", "pool", first, second, "--pool", POOL);
    assertThat(imported.get("rows").asInt()).isEqualTo(60);
    assertThat(imported.get("kind").asText()).isEqualTo("pool-minutes");
    JsonNode checked = json("check");
    assertThat(checked.get("sound").asBoolean()).isTrue();
    assertThat(checked.at("/series/0/hash")).isEqualTo(imported.get("hash"));
    assertThat(json("show").get("series")).hasSize(1);
    assertThat(json("show", "pool").get("hash")).isEqualTo(imported.get("hash"));
    Ran.of("data", "show", "pool", "--store", store).succeeded();
  }

  @Test
  void badFilesAreRefusedInOneSentenceAndChangeNothing() throws IOException {
    json("import", "pool", csv("good", rows(0, 10)), "--pool", POOL, "--decimals", "6,18");
    List<String> before = snapshot();
    List<String> rows = rows(10, 20);
    refused(changed(rows, r -> r.remove(4)), "has a gap", "--accept gaps");
    refused(changed(rows, r -> r.add(4, r.get(3))), "twice", "--accept duplicates");
    refused(changed(rows, r -> r.set(4, field(r.get(4), 7, "-5"))), "00:14:00Z", "Nothing was");
    refused(changed(rows, r -> r.set(4, field(r.get(4), 9, "-5"))), "is negative");
    refused(
        changed(rows, r -> r.set(4, row(14, "1000000,-485000000", "1000000"))),
        "times off its ticks",
        "decimals");
    refused(changed(rows, r -> r.set(9, "2023-08-14 00:19:00,0,0")), "cut off");
    Path good = csv("next", rows);
    failed("--pool", OTHER, good).saying("has pool " + POOL, "this import says 0x88e6");
    // Its first letter in capitals, which its checksum would not have.
    failed("--pool", "0x45Dda9cb7c25131df268515131f647d726f50608", good)
        .saying("--pool is \"0x45Dda9cb", "EIP-55", "of the other case");
    failed("--decimals", "18,6", good).saying("token0.decimals 6", "this import says 18");
    failed("--decimals", "6", good).saying("--decimals takes two numbers");
    failed("--accept", "all", good).saying("--accept has \"all\"");
    failed("--base-token", "2", good).saying("--base-token is 2");
    failed("--pool", POOL, folder.resolve("none.csv")).saying("none.csv");
    Ran.of("data", "import", "pool", "--store", store).failed(1).saying("CSV files or a node");
    Ran.of("data", "import", "Bad Name", good, "--store", store).failed(1).saying("no name");
    assertThat(snapshot()).isEqualTo(before);
    json("import", "pool", good, "--pool", POOL, "--decimals", "6,18");
    assertThat(snapshot()).isNotEqualTo(before);
  }

  @Test
  void truncatedFileIsNamedWhereverTheSeriesIsUsed() throws IOException {
    json("import", "pool", csv("good", rows(0, 40)), "--decimals", "6,18", "--base-token", 1);
    Path parquet = Path.of(snapshot().getFirst().split(" ", -1)[0]);
    byte[] bytes = Files.readAllBytes(parquet);
    Files.write(parquet, Arrays.copyOf(bytes, bytes.length / 2));
    Ran check = Ran.of("data", "check", "--store", store, "--json");
    assertThat(check.status()).isEqualTo(1);
    JsonNode found = JSON.readTree(check.output());
    assertThat(found.get("sound").asBoolean()).isFalse();
    assertThat(found.at("/series/0/fault").asText()).contains("truncated");
    Path config = folder.resolve("run.conf");
    Files.writeString(
        config,
        "backtest.market { source = minutes, store = \"%s\", series = pool }".formatted(store));
    Path out = folder.resolve("out");
    Ran.of("backtest", config, "--out", out).failed(1).saying("truncated");
    assertThat(out).doesNotExist();
    Ran.of("data", "import", "pool", csv("more", rows(40, 50)), "--store", store)
        .failed(1)
        .saying("truncated");
    Files.write(parquet, bytes);
    assertThat(json("check").get("sound").asBoolean()).isTrue();
  }

  /** On a file system of 24 KiB, in a mount namespace of its own; skipped where none is given. */
  @Test
  void fullDiskIsSaidAndTheSeriesStaysAsItWas() throws IOException, InterruptedException {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    Path log = folder.resolve("full.log");
    assumeTrue(
        inside(disk, log, List.of("true")) == 0,
        "no mount namespace is to be had here, so no small file system either");
    Path small = csv("small", rows(0, 20));
    Path large = csv("large", noise(20, 1_440));
    String script =
        "%s && ! %s && %s"
            .formatted(
                shell("data", "import", "pool", small, "--store", disk, "--json"),
                shell("data", "import", "pool", large, "--store", disk),
                shell("data", "check", "--store", disk, "--json"));
    assertThat(inside(disk, log, List.of("bash", "-c", script))).as(Files.readString(log)).isZero();
    List<String> said = Files.readAllLines(log);
    assertThat(said).anyMatch(line -> line.contains("There is no space left on the disk"));
    JsonNode before = JSON.readTree(line(said, "{\"name\""));
    JsonNode after = JSON.readTree(line(said, "{\"series\""));
    assertThat(after.get("sound").asBoolean()).isTrue();
    assertThat(after.at("/series/0/hash")).isEqualTo(before.get("hash"));
  }

  // ---- material ----

  private static String line(List<String> lines, String start) {
    return lines.stream().filter(l -> l.startsWith(start)).findFirst().orElseThrow();
  }

  private static String shell(Object... arguments) {
    return String.join(
        " ", ProbityProcess.line(arguments).stream().map(word -> "'" + word + "'").toList());
  }

  /** Runs a program where {@code disk} is a file system of its own. */
  private static int inside(Path disk, Path log, List<String> program)
      throws IOException, InterruptedException {
    List<String> line =
        new ArrayList<>(
            List.of(
                "unshare",
                "--user",
                "--map-root-user",
                "--mount",
                "bash",
                "-c",
                "mount -t tmpfs -o size=24k tmpfs \"$0\" && exec \"$@\"",
                disk.toString()));
    line.addAll(program);
    try {
      Process process =
          new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(log.toFile()).start();
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
      return process.exitValue();
    } catch (IOException e) {
      return -1; // There is no such program.
    }
  }

  private JsonNode json(Object... arguments) throws IOException {
    List<Object> line = new ArrayList<>(List.of("data"));
    line.addAll(List.of(arguments));
    line.addAll(List.of("--store", store, "--json"));
    return JSON.readTree(Ran.of(line.toArray()).succeeded().output());
  }

  private void refused(List<String> rows, String... words) throws IOException {
    failed("--pool", POOL, csv("bad", rows)).saying(words);
  }

  private Ran failed(Object... more) {
    List<Object> line = new ArrayList<>(List.of("data", "import", "pool", "--store", store));
    line.addAll(List.of(more));
    return Ran.of(line.toArray()).failed(1);
  }

  private interface Change {
    void of(List<String> rows);
  }

  private static List<String> changed(List<String> rows, Change change) {
    List<String> copy = new ArrayList<>(rows);
    change.of(copy);
    return copy;
  }

  private static String field(String row, int column, String value) {
    String[] fields = row.split(",", -1);
    fields[column] = value;
    return String.join(",", fields);
  }

  private static List<String> rows(int from, int to) {
    List<String> rows = new ArrayList<>();
    for (int minute = from; minute < to; minute++) {
      rows.add(
          minute % 3 == 1
              ? row(minute, "1000000,-485000000000000", "1000000")
              : row(minute, "0,0", "0"));
    }
    return rows;
  }

  /** Rows that hardly compress. */
  private static List<String> noise(int from, int to) {
    Random random = new Random(5);
    List<String> rows = new ArrayList<>();
    for (int minute = from; minute < to; minute++) {
      long in = 1_000_000_000L + random.nextInt(1_000_000_000);
      rows.add(row(minute, "%d,-%d".formatted(in, in * 485_000_000L + random.nextInt()), "" + in));
    }
    return rows;
  }

  private static String row(int minute, String net, String in) {
    return "2023-08-14 %02d:%02d:00,%s,200000,200000,200000,200000,%s,0,5000000"
        .formatted(minute / 60, minute % 60, net, in);
  }

  private Path csv(String name, List<String> rows) throws IOException {
    Path file = folder.resolve(name + ".csv");
    return Files.writeString(file, HEADER + "\n" + String.join("\n", rows) + "\n");
  }

  /** Every file of the store with a hash of its bytes. */
  private List<String> snapshot() throws IOException {
    try (Stream<Path> files = Files.walk(store)) {
      List<String> lines = new ArrayList<>();
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        if (!file.endsWith(".lock")) {
          lines.add(file + " " + Arrays.hashCode(Files.readAllBytes(file)));
        }
      }
      return lines;
    }
  }
}
