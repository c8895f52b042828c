package org.probity.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.ground.PlainFile;
import org.probity.zk.CommittedModel;
import org.probity.zk.Readout;
import org.probity.zk.Srs;
import org.probity.zk.backend.ComputeBackend;

class StrategyBundleTest {

  private static final Srs SRS = Srs.development(10, new Random(1)::nextBytes);
  private static final StrategyBundle BUNDLE = bundle(1);

  @TempDir private Path temporary;
  private Path folder;

  @BeforeEach
  void save() {
    folder = temporary.resolve("momentum");
    BUNDLE.save(folder);
  }

  @Test
  void whatIsSavedIsLoaded() {
    StrategyBundle loaded = StrategyBundle.load(folder);
    assertThat(loaded.manifest()).isEqualTo(BUNDLE.manifest());
    assertThat(loaded.publicPart()).isEqualTo(BUNDLE.publicPart());
    assertThat(loaded.model().encode()).isEqualTo(BUNDLE.model().encode());
    var vectors = Networks.vectors(new Random(2), loaded.manifest().features(), 200);
    try (DjlStrategy strategy = loaded.open()) {
      assertThat(strategy.decideAll(vectors))
          .isEqualTo(Strategy.reference(BUNDLE.network()).decideAll(vectors));
    }
  }

  /** Written before bundles were read as plain files of their owner alone. */
  @Test
  void aBundleOfAnEarlierBuildOpens() throws IOException {
    Path saved = Files.createDirectory(temporary.resolve("saved"));
    for (String name : List.of("strategy.json", "model.key", "private.model")) {
      Path file = Files.createFile(saved.resolve(name), PlainFile.ownerOnlyFile(saved));
      try (var in = StrategyBundleTest.class.getResourceAsStream("/saved/strategy/" + name)) {
        Files.write(file, Objects.requireNonNull(in, name).readAllBytes());
      }
    }
    StrategyBundle loaded = StrategyBundle.load(saved);
    assertThat(loaded.model().key().digest())
        .hasToString("0x48fd41220302cd0a6bb370b6f494458987d4a01d3ae57c2a492a79b68b3c53f8");
    assertThat(loaded.manifest().outputs()).containsExactly("down", "up");
  }

  @Test
  void aBundleOfTheFormatBeforeIsRefused() throws IOException {
    Path manifest = folder.resolve("strategy.json");
    Files.writeString(
        manifest, Files.readString(manifest).replace("probity-strategy-2", "probity-strategy-1"));
    assertRefused(
        () -> StrategyBundle.load(folder),
        "not of the format probity-strategy-2",
        "export the strategy again");
  }

  @Test
  void thePublicPartIsReadFromTheWholeAndAloneAndHoldsNoPrivateFile() throws IOException {
    assertThat(PublicStrategy.load(folder)).isEqualTo(BUNDLE.publicPart());
    Path split = temporary.resolve("public");
    BUNDLE.publicPart().save(split);
    assertThat(names(split)).containsExactlyInAnyOrder("strategy.json", "model.key");
    assertThat(PublicStrategy.load(split)).isEqualTo(BUNDLE.publicPart());
    assertRefused(() -> StrategyBundle.load(split), "private.model is missing", "restore it");
  }

  @Test
  void thePrivateFileIsForItsOwnerOnly() throws IOException {
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(folder.resolve("private.model"))))
        .isEqualTo("rw-------");
    assertThat(names(temporary)).containsExactly("momentum");
  }

  @Test
  void thePublicFilesHoldNoneOfThePrivateBytes() throws IOException {
    byte[] encoded = BUNDLE.model().encode();
    byte[] key = BUNDLE.publicPart().key().bytes();
    // What follows the magic, a length and the key: blinders and weights.
    int secrets = 24 + 4 + key.length;
    String hex = HexFormat.of().formatHex(encoded, secrets, encoded.length);
    String manifest = Files.readString(folder.resolve("strategy.json"));
    String publicHex =
        HexFormat.of().formatHex(Files.readAllBytes(folder.resolve("model.key")))
            + HexFormat.of().formatHex(manifest.getBytes(StandardCharsets.UTF_8))
            + manifest;
    for (int at = 0; at + 16 <= hex.length(); at += 8) {
      String piece = hex.substring(at, at + 16);
      if (!piece.startsWith("00000000") && !piece.startsWith("ffff")) {
        assertThat(publicHex).doesNotContain(piece);
      }
    }
    for (int weight : BUNDLE.network().layers().getFirst().weights()) {
      if (Math.abs(weight) > 9_999) {
        assertThat(manifest + BUNDLE + BUNDLE.model() + BUNDLE.network())
            .doesNotContain(Integer.toString(weight));
      }
    }
  }

  @Test
  void whatOthersMayReadIsNoSecretAndRefused() throws IOException {
    Path secret = folder.resolve("private.model");
    for (String permissions : List.of("rw-r-----", "rw----r--", "rw--w----")) {
      Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString(permissions));
      assertRefused(
          () -> StrategyBundle.load(folder), "others than its owner", permissions, "chmod 600");
    }
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("r--------"));
    assertThat(StrategyBundle.load(folder).model().encode()).isEqualTo(Files.readAllBytes(secret));
  }

  @Test
  void devicesAndFoldersAreNoFilesOfAStrategy() throws IOException {
    for (String name : List.of("strategy.json", "model.key", "private.model")) {
      Path file = folder.resolve(name);
      Path aside = Files.move(file, temporary.resolve("aside-" + name));
      Files.createSymbolicLink(file, Path.of("/dev/zero"));
      assertRefused(() -> StrategyBundle.load(folder), name, "a pipe or a device, not a file");
      Files.delete(file);
      Files.createDirectory(file);
      assertRefused(() -> StrategyBundle.load(folder), name, "it is a folder");
      Files.delete(file);
      Files.move(aside, file);
    }
  }

  @Test
  void aMissingFileIsNamed() throws IOException {
    for (String name : List.of("strategy.json", "model.key", "private.model")) {
      byte[] bytes = Files.readAllBytes(folder.resolve(name));
      Files.delete(folder.resolve(name));
      assertRefused(() -> StrategyBundle.load(folder), name + " is missing", "restore it");
      Path written = Files.write(folder.resolve(name), bytes);
      Files.setPosixFilePermissions(written, PosixFilePermissions.fromString("rw-------"));
    }
    assertRefused(
        () -> StrategyBundle.load(temporary.resolve("nowhere")), "There is no strategy in");
  }

  @Test
  void aTruncatedOrLengthenedFileIsNamed() throws IOException {
    for (String name : List.of("strategy.json", "model.key", "private.model")) {
      byte[] bytes = Files.readAllBytes(folder.resolve(name));
      for (int length : new int[] {0, 1, bytes.length / 2, bytes.length - 2, bytes.length + 1}) {
        byte[] other = java.util.Arrays.copyOf(bytes, length);
        Files.write(folder.resolve(name), other);
        assertRefused(() -> StrategyBundle.load(folder), name);
      }
      Files.write(folder.resolve(name), bytes);
    }
    assertThat(StrategyBundle.load(folder).manifest()).isEqualTo(BUNDLE.manifest());
  }

  @Test
  void everyDamagedByteIsNoticed() throws IOException {
    for (String name : List.of("strategy.json", "model.key", "private.model")) {
      byte[] bytes = Files.readAllBytes(folder.resolve(name));
      for (int at = 0; at < bytes.length; at++) {
        byte[] other = bytes.clone();
        other[at] = (byte) (other[at] ^ 1 << at % 7);
        Files.write(folder.resolve(name), other);
        StrategyBundle loaded;
        try {
          loaded = StrategyBundle.load(folder);
        } catch (StrategyRefusedException e) {
          assertThat(e).hasMessageContaining(name);
          continue;
        }
        // In the manifest white space may change, and E may be written e: what it says may not.
        assertThat(name).isEqualTo("strategy.json");
        assertThat(Character.isWhitespace(bytes[at]) || bytes[at] == 'E').isTrue();
        assertThat(loaded.manifest()).isEqualTo(BUNDLE.manifest());
      }
      Files.write(folder.resolve(name), bytes);
    }
  }

  @Test
  void filesOfTwoStrategiesDoNotMix() throws IOException {
    Path other = temporary.resolve("other");
    bundle(2).save(other);
    for (String name : List.of("strategy.json", "model.key", "private.model")) {
      byte[] bytes = Files.readAllBytes(folder.resolve(name));
      Files.write(folder.resolve(name), Files.readAllBytes(other.resolve(name)));
      assertRefused(() -> StrategyBundle.load(folder), "does not match");
      Files.write(folder.resolve(name), bytes);
    }
    assertRefused(() -> StrategyBundle.of(quantised(1), bundle(3).model()), "another shape");
  }

  @Test
  void anEditedManifestIsRefusedEvenWhereItStaysWellFormed() throws IOException {
    Path manifest = folder.resolve("strategy.json");
    String text = Files.readString(manifest);
    Files.writeString(manifest, text.replace("\"increase\"", "\"reduce2\""));
    assertRefused(
        () -> StrategyBundle.load(folder), "strategy.json does not match its own checksum");
    Files.writeString(manifest, text.replace("{\n", "{  \n\n"));
    assertThat(StrategyBundle.load(folder).manifest()).isEqualTo(BUNDLE.manifest());
  }

  @Test
  void anExistingFolderIsNeverTouched() throws IOException {
    byte[] before = Files.readAllBytes(folder.resolve("private.model"));
    assertRefused(() -> bundle(2).save(folder), "exists already", "choose another folder");
    assertThat(Files.readAllBytes(folder.resolve("private.model"))).isEqualTo(before);
    Path empty = Files.createDirectory(temporary.resolve("empty"));
    assertRefused(() -> BUNDLE.save(empty), "exists already");
    assertThat(names(temporary)).containsExactlyInAnyOrder("momentum", "empty");
  }

  @Test
  void aFailedSaveLeavesNothingBehind() throws IOException {
    Path file = Files.writeString(temporary.resolve("file"), "");
    assertRefused(() -> BUNDLE.save(file.resolve("strategy")), "cannot be saved");
    assertThat(names(temporary)).containsExactlyInAnyOrder("momentum", "file");
  }

  @Test
  void refusalsQuoteNoPrivateContent() throws IOException {
    byte[] bytes = Files.readAllBytes(folder.resolve("private.model"));
    Files.write(folder.resolve("private.model"), java.util.Arrays.copyOf(bytes, 400));
    assertThatThrownBy(() -> StrategyBundle.load(folder))
        .hasMessage(
            "private.model does not match the checksum in strategy.json, so it was damaged or belongs to another strategy: restore it from a copy.")
        .hasNoCause();
  }

  @Test
  void theScaleOfPrivateLogitsIsNotPublished() {
    assertThat(BUNDLE.manifest().outputScale()).isEqualTo(1);
    StrategyManifest manifest = BUNDLE.manifest();
    assertRefused(
        () ->
            new StrategyManifest(
                manifest.name(),
                manifest.features(),
                manifest.outputs(),
                manifest.architecture(),
                51054.3,
                manifest.agreement()),
        "The output scale must be");
  }

  private static void assertRefused(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String... parts) {
    assertThatThrownBy(call)
        .isInstanceOf(StrategyRefusedException.class)
        .hasMessageContainingAll(parts)
        .message()
        .doesNotContain("\n")
        .endsWith(".");
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private static QuantisedStrategy quantised(int seed) {
    var random = new Random(seed);
    var trained =
        new TrainedStrategy(
            "test " + seed,
            Networks.uniform(4, -100, 100),
            List.of("reduce", "hold", "increase"),
            Networks.random(random, 4, seed == 3 ? List.of(6, 3) : List.of(8, 3), Readout.ARGMAX));
    return trained.quantise();
  }

  private static StrategyBundle bundle(int seed) {
    QuantisedStrategy quantised = quantised(seed);
    return StrategyBundle.of(
        quantised,
        CommittedModel.commit(
            quantised.network(), SRS, ComputeBackend.scalar(), new Random(seed)::nextBytes));
  }
}
