package org.probity.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.ground.Fuzzing;
import org.probity.ground.TestKind;
import org.probity.json.StrictJson;
import org.probity.zk.CommittedModel;
import org.probity.zk.Readout;
import org.probity.zk.Srs;
import org.probity.zk.backend.ComputeBackend;

/**
 * Changed bundles: each is read or refused with one sentence that quotes nothing private, and takes
 * no more memory than its size explains. In half of the tests every checksum is made good again, so
 * that what lies behind the checksums has to notice.
 */
@TestKind.Fuzz
class StrategyBundleFuzzTest {

  private static final long PER_BYTE = 2_048;
  private static final long FIXED = 1 << 20;

  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final Map<String, byte[]> BUNDLE = files(bundle(1));
  private static final Map<String, byte[]> DONOR = files(bundle(2));

  @TempDir private Path temporary;

  /** Loads every class once, so that what is measured is the input's. */
  @BeforeEach
  void readOnce() {
    StrategyBundle.load(written(BUNDLE));
  }

  @Test
  void changedBytesOfAnyFileAreReadAsTheyWereOrRefused() {
    Fuzzing.rounds(1, this::changeBytes);
  }

  private void changeBytes(long seed) {
    var random = new Random(seed);
    for (int i = 0; i < 3_000; i++) {
      var files = new TreeMap<>(BUNDLE);
      String name = anyOf(random, files.keySet());
      files.put(name, changed(random, file(files, name), file(DONOR, name)));
      readOrRefused(files)
          .ifPresent(read -> assertThat(files(read)).containsAllEntriesOf(unchanged(files)));
    }
  }

  @Test
  void changedFilesWithEveryChecksumMadeGoodAreReadAsTheyAreOrRefused() {
    Fuzzing.rounds(2, this::changeFiles);
  }

  private void changeFiles(long seed) {
    var random = new Random(seed);
    for (int i = 0; i < 3_000; i++) {
      var files = new TreeMap<>(BUNDLE);
      String name = random.nextBoolean() ? StrategyFolder.KEY : StrategyFolder.PRIVATE;
      files.put(name, changed(random, file(files, name), file(DONOR, name)));
      ObjectNode manifest = tree(file(files, StrategyFolder.MANIFEST));
      files.put(StrategyFolder.MANIFEST, resealed(manifest, files));
      readOrRefused(files)
          .ifPresent(read -> assertThat(file(files(read), name)).isEqualTo(file(files, name)));
    }
  }

  @Test
  void manifestsOfAnyStructureAreReadOrRefused() {
    Fuzzing.rounds(3, this::changeManifests);
  }

  private void changeManifests(long seed) {
    var random = new Random(seed);
    int read = 0;
    for (int i = 0; i < 6_000; i++) {
      var files = new TreeMap<>(BUNDLE);
      ObjectNode manifest = tree(file(files, StrategyFolder.MANIFEST));
      for (int change = random.nextInt(3); change >= 0; change--) {
        restructure(random, manifest);
      }
      files.put(StrategyFolder.MANIFEST, resealed(manifest, files));
      read += readOrRefused(files).isPresent() ? 1 : 0;
    }
    assertThat(read).as("some changes mean nothing").isBetween(1, 5_999);
  }

  @Test
  void aManifestOfManyLevelsOrNamesIsRefusedWithoutTakingThemIn() {
    var files = new TreeMap<>(BUNDLE);
    for (String text :
        List.of(
            "[".repeat(100_000),
            "{\"a\":".repeat(5_000),
            "{\"format\":\"" + "x".repeat(1 << 20) + "\"}",
            "{\"format\":1e999999999}",
            "{\"format\":" + "9".repeat(200_000) + "}")) {
      files.put(StrategyFolder.MANIFEST, text.getBytes(StandardCharsets.UTF_8));
      assertThat(readOrRefused(files)).isEmpty();
    }
  }

  // ---- Changes ----

  /** Bytes flipped, cut out, put in, doubled, zeroed, or taken from another file of the kind. */
  private static byte[] changed(Random random, byte[] bytes, byte[] donor) {
    byte[] out = bytes.clone();
    int at = random.nextInt(out.length);
    int length = 1 + random.nextInt(Math.min(64, out.length - at));
    switch (random.nextInt(6)) {
      case 0 -> out[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> out = spliced(out, at, at + length, new byte[0]);
      case 2 -> out = spliced(out, at, at, java.util.Arrays.copyOfRange(out, at, at + length));
      case 3 -> java.util.Arrays.fill(out, at, at + length, (byte) (random.nextBoolean() ? 0 : -1));
      case 4 -> out = java.util.Arrays.copyOf(out, at);
      default -> {
        int until = Math.min(donor.length, at + length);
        if (at < until) {
          System.arraycopy(donor, at, out, at, until - at);
        }
      }
    }
    return out;
  }

  private static byte[] spliced(byte[] bytes, int from, int to, byte[] middle) {
    byte[] out = java.util.Arrays.copyOf(bytes, bytes.length - (to - from) + middle.length);
    System.arraycopy(middle, 0, out, from, middle.length);
    System.arraycopy(bytes, to, out, from + middle.length, bytes.length - to);
    return out;
  }

  /** One field or element, anywhere in the tree, removed, replaced, doubled or put elsewhere. */
  private static void restructure(Random random, ObjectNode root) {
    var places = new ArrayList<JsonNode>();
    collect(root, places);
    JsonNode place = places.get(random.nextInt(places.size()));
    if (place instanceof ObjectNode object && !object.isEmpty()) {
      var names = new ArrayList<String>();
      object.fieldNames().forEachRemaining(names::add);
      String name = names.get(random.nextInt(names.size()));
      switch (random.nextInt(4)) {
        case 0 -> object.remove(name);
        case 1 -> object.set(name + "2", object.get(name));
        case 2 -> object.set(name, object.get(names.get(random.nextInt(names.size()))).deepCopy());
        default -> object.set(name, any(random));
      }
    } else if (place instanceof ArrayNode array && !array.isEmpty()) {
      int at = random.nextInt(array.size());
      switch (random.nextInt(4)) {
        case 0 -> array.remove(at);
        case 1 -> array.add(array.get(at).deepCopy());
        case 2 -> array.removeAll();
        default -> array.set(at, any(random));
      }
    }
  }

  private static void collect(JsonNode node, List<JsonNode> places) {
    if (node.isContainerNode()) {
      places.add(node);
      node.forEach(child -> collect(child, places));
    }
  }

  private static JsonNode any(Random random) {
    JsonNodeFactory json = JsonNodeFactory.instance;
    return switch (random.nextInt(10)) {
      case 0 -> json.nullNode();
      case 1 -> json.booleanNode(random.nextBoolean());
      case 2 -> json.numberNode(random.nextInt());
      case 3 -> json.numberNode(random.nextLong());
      case 4 -> json.numberNode(random.nextInt(4) - 1);
      case 5 -> json.numberNode(random.nextGaussian() * 1e300);
      case 6 -> json.textNode("");
      case 7 -> json.textNode("\u0000\n\u2028".repeat(random.nextInt(20)));
      case 8 -> json.arrayNode().add(json.objectNode());
      default -> json.objectNode().put("a", 1);
    };
  }

  private static ObjectNode tree(byte[] manifest) {
    try {
      return (ObjectNode) StrictJson.MAPPER.readTree(manifest);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** The manifest with the checksums that its files and itself have now. */
  private static byte[] resealed(ObjectNode manifest, Map<String, byte[]> files) {
    if (manifest.get("files") instanceof ObjectNode checksums) {
      for (String name : List.of(StrategyFolder.KEY, StrategyFolder.PRIVATE)) {
        if (checksums.has(name)) {
          checksums.put(name, StrategyJson.sha256(file(files, name)));
        }
      }
    }
    manifest.remove("sha256");
    manifest.put(
        "sha256", StrategyJson.sha256(manifest.toString().getBytes(StandardCharsets.UTF_8)));
    try {
      return StrictJson.MAPPER.writeValueAsBytes(manifest);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  // ---- What holds for all of them ----

  /** What was read; or nothing, if it was refused with a sentence. Anything else fails the test. */
  private Optional<StrategyBundle> readOrRefused(Map<String, byte[]> files) {
    Path folder = written(files);
    long size = files.values().stream().mapToLong(bytes -> bytes.length).sum();
    long before = THREADS.getCurrentThreadAllocatedBytes();
    Optional<StrategyBundle> read;
    try {
      read = Optional.of(StrategyBundle.load(folder));
    } catch (StrategyRefusedException e) {
      read = Optional.empty();
      assertThat(e.getMessage())
          .matches(message -> message.split(" ").length >= 4, "is a sentence")
          .endsWith(".")
          .doesNotContain("Exception", "null", "out of bounds", "\n");
    }
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    assertThat(allocated)
        .as("bytes allocated for files of %d", size)
        .isLessThan(FIXED + PER_BYTE * size);
    return read;
  }

  private Path written(Map<String, byte[]> files) {
    Path folder = temporary.resolve("changed");
    try {
      Files.createDirectories(folder);
      for (var file : files.entrySet()) {
        Path written = Files.write(folder.resolve(file.getKey()), file.getValue());
        if (file.getKey().equals(StrategyFolder.PRIVATE)) {
          Files.setPosixFilePermissions(written, PosixFilePermissions.fromString("rw-------"));
        }
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return folder;
  }

  private static byte[] file(Map<String, byte[]> files, String name) {
    return java.util.Objects.requireNonNull(files.get(name));
  }

  /** The files but the manifest, whose white space may change. */
  private static Map<String, byte[]> unchanged(Map<String, byte[]> files) {
    var others = new TreeMap<>(files);
    others.remove(StrategyFolder.MANIFEST);
    return others;
  }

  private static String anyOf(Random random, java.util.Collection<String> names) {
    return List.copyOf(names).get(random.nextInt(names.size()));
  }

  private static Map<String, byte[]> files(StrategyBundle bundle) {
    return new TreeMap<>(
        bundle.publicPart().files(Map.of(StrategyFolder.PRIVATE, bundle.model().encode())));
  }

  private static StrategyBundle bundle(int seed) {
    var random = new Random(seed);
    QuantisedStrategy quantised =
        new TrainedStrategy(
                "test " + seed,
                Networks.uniform(4, -100, 100),
                List.of("reduce", "hold", "increase"),
                Networks.random(random, 4, List.of(8, 3), Readout.ARGMAX))
            .quantise();
    Srs srs = Srs.development(10, new Random(1)::nextBytes);
    return StrategyBundle.of(
        quantised,
        CommittedModel.commit(
            quantised.network(), srs, ComputeBackend.scalar(1), new Random(seed)::nextBytes));
  }
}
