package org.probity.sim.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.ground.Fuzzing;
import org.probity.ground.TestKind;

/** Changed CSV files, manifests and Parquet files: read, or refused in one sentence. */
@TestKind.Fuzz
class HistoryFuzzTest {

  private static final List<String> WORDS =
      List.of(
          ",",
          "\"",
          "\n",
          "\r",
          "-1",
          "NaN",
          "1e400",
          "1e-400",
          "",
          "2023-08-14",
          "Z",
          "=1+1",
          ";",
          "9999999999999999999",
          "1735689600000000",
          "+02:00",
          "\u0000",
          "\u001b[2J",
          "null",
          "\t",
          "0");

  private static final List<String> JSON_WORDS =
      List.of(
          "{",
          "}",
          "[",
          "]",
          ",",
          ":",
          "\"",
          "-1",
          "null",
          "1e9",
          "\"../x\"",
          "9999999999999999999",
          "\"about\":1",
          "{}",
          "true",
          "\\u001b");

  @TempDir private Path folder;
  private HistoryStore store;

  @BeforeEach
  void open() {
    store = HistoryStore.at(folder.resolve("store"));
  }

  @Test
  void changedCsvIsReadOrRefused() {
    List<String> good =
        List.of(
            candles(),
            "block_timestamp,gas_price\n2023-08-14 00:00:00,20.5\n2023-08-14 00:01:00,21\n",
            "timestamp,netAmount0,netAmount1,closeTick,openTick,lowestTick,highestTick,inAmount0,inAmount1,currentLiquidity\n"
                + "2023-08-14 00:00:00,0,0,200000,200000,200000,200000,0,0,5000000\n"
                + "2023-08-14 00:01:00,1000000,-485000000000000,200000,200000,200000,200000,1000000,0,5000000\n");
    Fuzzing.rounds(
        1,
        seed -> {
          var random = new Random(seed);
          for (int i = 0; i < 1_500; i++) {
            String text = good.get(random.nextInt(good.size()));
            for (int n = random.nextInt(3); n >= 0; n--) {
              text = changed(random, text, WORDS);
            }
            String changed = text;
            refusedOrDone(() -> CsvFile.read(write("x.csv", changed)));
          }
        });
  }

  @Test
  void changedManifestsAreReadOrRefused() throws IOException {
    Path manifest = imported();
    String good = Files.readString(manifest);
    Fuzzing.rounds(
        2,
        seed -> {
          var random = new Random(seed);
          for (int i = 0; i < 1_500; i++) {
            String text = good;
            for (int n = random.nextInt(3); n >= 0; n--) {
              text = changed(random, text, JSON_WORDS);
            }
            String changed = text;
            refusedOrDone(() -> SeriesManifest.parse(changed, "c", "manifest.json"));
          }
        });
  }

  @Test
  void changedParquetIsRefused() throws IOException {
    Path manifest = imported();
    Path data = manifest.resolveSibling(store.manifest("c").files().getFirst().file());
    byte[] good = Files.readAllBytes(data);
    Fuzzing.rounds(
        3,
        seed -> {
          var random = new Random(seed);
          for (int i = 0; i < 60; i++) {
            byte[] bytes = good.clone();
            for (int n = random.nextInt(4); n >= 0; n--) {
              bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            refusedOrDone(() -> {
              try {
                Parquet.read(
                    Files.write(folder.resolve("x.parquet"), bytes), SeriesKind.CANDLES, 9);
              } catch (java.sql.SQLException e) {
                // Told by the store as what it is.
              }
            });
          }
        });
  }

  private Path imported() throws IOException {
    new CsvImport(store, Tolerance.STRICT, ImportListener.NONE)
        .run("c", List.of(write("c.csv", candles())), new TreeMap<>());
    return folder.resolve("store/c/manifest.json");
  }

  private static String candles() {
    var text = new StringBuilder("time,open,high,low,close,volume\n");
    for (int i = 0; i < 6; i++) {
      text.append(1_692_000_000 + 3_600 * i).append(",2,3,1,2.5,10\n");
    }
    return text.toString();
  }

  private static String changed(Random random, String text, List<String> words) {
    if (text.isEmpty()) {
      return words.get(random.nextInt(words.size()));
    }
    int at = random.nextInt(text.length());
    int end = Math.min(text.length(), at + 1 + random.nextInt(30));
    String head = text.substring(0, at);
    String word = words.get(random.nextInt(words.size()));
    return switch (random.nextInt(5)) {
      case 0 -> head + (char) (text.charAt(at) ^ 1 << random.nextInt(7)) + text.substring(at + 1);
      case 1 -> head + text.substring(end);
      case 2 -> head + text.substring(at, end) + text.substring(at);
      case 3 -> head + word + text.substring(at);
      default -> head + word + text.substring(end);
    };
  }

  private Path write(String name, String text) {
    try {
      return Files.writeString(folder.resolve(name), text, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Something that may refuse. */
  private interface Reading {
    void read() throws IOException;
  }

  private static void refusedOrDone(Reading reading) {
    try {
      reading.read();
    } catch (HistoryRefused e) {
      assertThat(String.valueOf(e.getMessage()))
          .matches("[^\\p{Cntrl}]*")
          .doesNotContain("Exception")
          .endsWith(".")
          .hasSizeLessThan(2_000);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
