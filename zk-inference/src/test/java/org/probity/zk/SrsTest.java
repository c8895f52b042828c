package org.probity.zk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.ground.TestKind;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.ceremony.Progress;
import org.probity.zk.ceremony.Snarkjs;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.PointVector;
import org.probity.zk.field.Fr;

@TestKind.Differential
final class SrsTest {
  private static final ComputeBackend BACKEND = ComputeBackend.scalar();
  private static final int HEAD = 20;

  @TempDir Path folder;

  private static Srs imported(int logSize) {
    return Srs.importCeremony(
        Snarkjs.ofPower9(), OptionalInt.of(logSize), BACKEND, Networks.seeded(1), Progress.NONE);
  }

  @Test
  void proofWithACeremonyOfSnarkjsIsAcceptedByBothVerifiers() {
    var srs =
        Srs.importCeremony(
            Snarkjs.ofPower9(), OptionalInt.empty(), BACKEND, Networks.seeded(1), Progress.NONE);
    assertThat(srs.logSize()).isEqualTo(9);
    var bench = new Verification.Bench(srs, 1);
    var random = new Random(5);
    for (var readout : Readout.values()) {
      var proof = bench.prove(Networks.random(random, readout, 0, 5, 6, 3), random);
      assertThat(bench.both(proof)).isEqualTo(Verdict.ACCEPTED);
      assertThat(bench.both(proof.withContext(new byte[32]))).isNotEqualTo(Verdict.ACCEPTED);
    }
  }

  @Test
  void proofWithOneStringIsRejectedWithAnother() {
    var bench = new Verification.Bench(imported(9), 1);
    var random = new Random(5);
    var proof = bench.prove(Networks.random(random, Readout.ARGMAX, 0, 5, 6, 3), random);
    var other = new Verification.Bench(9, 3);
    assertThat(other.both(proof)).isNotEqualTo(Verdict.ACCEPTED);
  }

  @Test
  void importLeavesNothingBesideItsFile() throws IOException {
    var copy = Files.copy(Snarkjs.ofPower9(), folder.resolve("a.ptau"));
    Srs.importCeremony(copy, OptionalInt.of(3), BACKEND, Networks.seeded(1), Progress.NONE);
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(copy);
    }
  }

  @Test
  void savedStringIsLoadedAsItWas() {
    for (var srs :
        List.of(
            imported(5),
            Srs.development(4, Networks.seeded(1)),
            Srs.development(0, Networks.seeded(1)))) {
      var file = folder.resolve("srs");
      srs.save(file);
      var loaded = Srs.load(file);
      assertThat(loaded.logSize()).isEqualTo(srs.logSize());
      assertThat(loaded.tauG2Words()).isEqualTo(srs.tauG2Words());
      assertThat(loaded.digest()).isEqualTo(srs.digest());
      assertThat(loaded.ceremony()).isEqualTo(srs.ceremony());
      assertThat(loaded.isDevelopment()).isEqualTo(srs.isDevelopment());
      for (int i = 0; i < srs.powers().size(); i++) {
        assertThat(loaded.powers().get(i)).isEqualTo(srs.powers().get(i));
      }
      assertThatCode(() -> loaded.checkSequence(BACKEND, Networks.seeded(2)))
          .doesNotThrowAnyException();
      assertThat(folder.resolve("srs.part")).doesNotExist();
    }
  }

  @Test
  void stringsLargerThanAPieceAreSaved() {
    // Its points come again after a number that has nothing to do with the size of a piece.
    var few = Srs.development(10, Networks.seeded(1));
    var points = IntStream.range(0, 1 << 17).mapToObj(i -> few.powers().get(i % 1_000)).toList();
    var srs = new Srs(17, PointVector.of(points), few.tauG2(), Optional.empty());
    var file = folder.resolve("srs");
    srs.save(file);
    var loaded = Srs.load(file);
    for (int i : new int[] {0, 65_535, 65_536, 131_071}) {
      assertThat(loaded.powers().get(i)).isEqualTo(srs.powers().get(i));
    }
  }

  @Test
  void changedBytesOfASavedStringAreRefused() throws IOException {
    var file = folder.resolve("srs");
    imported(1).save(file);
    var good = Files.readAllBytes(file);
    for (int at = 0; at < good.length; at += at < 2 * HEAD ? 1 : 3) {
      var changed = good.clone();
      changed[at] ^= 1;
      refuses(changed);
    }
    for (int length = 0; length < good.length; length += 31) {
      refuses(Arrays.copyOf(good, length));
    }
    refuses(Arrays.copyOf(good, good.length + 1));
  }

  private void refuses(byte[] bytes, String... said) throws IOException {
    var file = Files.write(folder.resolve("changed"), bytes);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Srs.load(file))
        .satisfies(e -> assertThat(e.getMessage()).contains(file.toString()).doesNotContain("\n"))
        .satisfies(e -> {
          for (var words : said) {
            assertThat(e.getMessage()).contains(words);
          }
        });
  }

  /** Who changes the file may well mend the checksum: the points are checked all the same. */
  @Test
  void pointsAreCheckedBesideTheChecksum() throws Exception {
    var file = folder.resolve("srs");
    Srs.development(2, Networks.seeded(1)).save(file);
    var good = Files.readAllBytes(file);
    int points = HEAD + 4 * 32;
    refuses(mended(good, points + 64, 1), "point 1 is not on the curve");
    var infinity = good.clone();
    Arrays.fill(infinity, points + 128, points + 192, (byte) 0);
    refuses(mended(infinity, points, 0), "point 2 is the point at infinity");
    var large = good.clone();
    Arrays.fill(large, points + 192, points + 256, (byte) -1);
    refuses(mended(large, points, 0), "point 3 has a coordinate that is not below");
    refuses(mended(good, HEAD, 0x40), "[tau]_2 has a word that is not below");
    refuses(mended(good, HEAD + 31, 1), "[tau]_2 is not a point of the group");
    var generator = good.clone();
    System.arraycopy(good, points + 64, generator, points, 64);
    refuses(mended(generator, points, 0), "does not begin with the generator");
    var other = good.clone();
    System.arraycopy(good, points, other, points + 64, 64);
    refuses(mended(other, points, 0), "different secrets");
  }

  private static byte[] mended(byte[] file, int at, int change) throws Exception {
    var out = file.clone();
    out[at] ^= (byte) change;
    var sha = MessageDigest.getInstance("SHA-256");
    sha.update(out, 0, out.length - 32);
    sha.digest(out, out.length - 32, 32);
    return out;
  }

  /** What loading leaves out, the check on request finds. */
  @Test
  void wrongSequenceIsFoundOnRequest() throws Exception {
    var file = folder.resolve("srs");
    Srs.development(2, Networks.seeded(1)).save(file);
    var bytes = Files.readAllBytes(file);
    int points = HEAD + 4 * 32;
    System.arraycopy(bytes, points + 128, bytes, points + 192, 64);
    var srs = Srs.load(Files.write(file, mended(bytes, points, 0)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> srs.checkSequence(BACKEND, Networks.seeded(2)))
        .withMessageContaining("not the powers of one secret");
  }

  @Test
  void stringsOfTheFirstFormatAreRefusedWithTheRemedy() throws IOException {
    var file = folder.resolve("srs");
    Srs.development(2, Networks.seeded(1)).save(file);
    var old = Files.readAllBytes(file);
    old["PROBITY-SRS-".length()] = '1';
    refuses(old, "not an SRS of version 2", "make a new one");
  }

  @Test
  void missingFileIsNamed() {
    assertThatExceptionOfType(UncheckedIOException.class)
        .isThrownBy(() -> Srs.load(folder.resolve("gone")))
        .withMessageContaining("There is no SRS at " + folder.resolve("gone"));
    assertThatExceptionOfType(UncheckedIOException.class)
        .isThrownBy(() -> Srs.development(1, Networks.seeded(1)).save(folder.resolve("a/b")))
        .withMessageContaining("could not be written");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 10, 137, 8453, 42161, 11155111, 0, -1, 31338})
  void developmentStringIsRefusedOnEveryOtherChain(long chainId) {
    var srs = Srs.development(1, Networks.seeded(1));
    assertThat(srs.isDevelopment()).isTrue();
    assertThat(srs).hasToString("Srs[2^1, development: INSECURE]");
    assertThatIllegalStateException()
        .isThrownBy(() -> srs.requireAdmissibleOn(chainId))
        .withMessageContaining("refused on chain " + chainId)
        .withMessageContaining("./probity srs import FILE.ptau");
  }

  @ParameterizedTest
  @ValueSource(longs = {31337, 1337})
  void developmentStringIsAdmittedOnLocalChains(long chainId) {
    assertThatCode(() -> Srs.development(1, Networks.seeded(1)).requireAdmissibleOn(chainId))
        .doesNotThrowAnyException();
  }

  @Test
  void ceremonyIsAdmittedOnEveryChain() {
    var srs = imported(2);
    assertThat(srs.isDevelopment()).isFalse();
    assertThat(srs.ceremony().orElseThrow().imported()).isEqualTo(2);
    for (long chainId : new long[] {1, 8453, 31337}) {
      srs.requireAdmissibleOn(chainId);
    }
  }

  @Test
  void developmentStringIsAsDefined() {
    var srs = Srs.development(3, Networks.seeded(9));
    Fr tau = Networks.seeded(9).nextFr();
    for (int i = 0; i < 8; i++) {
      Fr power = tau.power(BigInteger.valueOf(i));
      assertThat(srs.powers().get(i)).isEqualTo(G1.GENERATOR.times(power));
    }
  }
}
