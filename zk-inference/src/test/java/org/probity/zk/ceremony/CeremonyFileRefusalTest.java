package org.probity.zk.ceremony;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.zk.curve.Fp2;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.G2;
import org.probity.zk.field.Fp;
import org.probity.zk.field.Fr;

/** What is wrong with a file is named, and nothing else happens. */
final class CeremonyFileRefusalTest {
  @TempDir Path folder;

  private void refuses(byte[] file, String... said) throws IOException {
    refuses(file, OptionalInt.empty(), said);
  }

  private void refuses(byte[] file, OptionalInt power, String... said) throws IOException {
    var path = Files.write(folder.resolve("a.ptau"), file);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CeremonyFileTest.read(path, power))
        .satisfies(e ->
            assertThat(e.getMessage()).startsWith(path + " ").contains(said).doesNotContain("\n"));
    try (var left = Files.list(folder)) {
      assertThat(left).containsExactly(path);
    }
  }

  private void admits(byte[] file) throws IOException {
    CeremonyFileTest.read(Files.write(folder.resolve("a.ptau"), file), OptionalInt.empty());
  }

  private static PtauBytes good() throws IOException {
    return PtauBytes.parse(Files.readAllBytes(Snarkjs.ofPower2()));
  }

  private static byte[] with(byte[] file, int at, long value, int bytes) {
    var out = ByteBuffer.wrap(file.clone()).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes == 8) {
      out.putLong(at, value);
    } else {
      out.putInt(at, (int) value);
    }
    return out.array();
  }

  // ---- what the file says of itself ----

  @Test
  void whatIsNoFileIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CeremonyFileTest.read(folder, OptionalInt.empty()))
        .withMessageContaining("is not a file");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CeremonyFileTest.read(folder.resolve("gone"), OptionalInt.empty()))
        .withMessageContaining("is not a file");
  }

  @Test
  void otherFormatsAreRefused() throws IOException {
    refuses(new byte[0], "is not a powers-of-tau file");
    refuses("ptau".getBytes(StandardCharsets.US_ASCII), "is not a powers-of-tau file");
    refuses(new byte[100], "is not a powers-of-tau file");
    refuses(with(good().write(), 4, 2, 4), "version 2");
    refuses(with(good().write(), 4, -1, 4), "version 4294967295");
  }

  @Test
  void otherCurvesAreRefused() throws IOException {
    refuses(Files.readAllBytes(Snarkjs.blank("bls12381", 2)), "BN254", "bn128");
    var header = good().content(1);
    header[4] ^= 1;
    refuses(good().with(1, header).write(), "BN254");
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 40, 1L << 31, 100_000})
  void lengthsBeyondTheFileAreRefusedBeforeAnythingIsAllocated(long length) throws IOException {
    for (int id = 1; id <= 7; id++) {
      refuses(
          with(good().write(), good().offset(id) - 8, length, 8), "(section " + id + ")", "left");
    }
  }

  @Test
  void wrongCountsOfSectionsAreRefused() throws IOException {
    refuses(with(good().write(), 8, 0, 4), "bytes after its last section");
    refuses(with(good().write(), 8, 6, 4), "bytes after its last section");
    refuses(with(good().write(), 8, 8, 4), "cut short");
    refuses(with(good().write(), 8, 12, 4), "12 sections");
    refuses(with(good().write(), 8, -1, 4), "4294967295 sections");
  }

  @Test
  void cutFilesAreRefusedWhereverTheyAreCut() throws IOException {
    var file = good().write();
    for (int length = 0; length < file.length; length += 61) {
      refuses(Arrays.copyOf(file, length), "a.ptau");
    }
    refuses(Arrays.copyOf(file, file.length - 1), "cut short");
  }

  @Test
  void appendedBytesAreRefused() throws IOException {
    var file = good().write();
    refuses(Arrays.copyOf(file, file.length + 1), "1 bytes after its last section");
    refuses(Arrays.copyOf(file, file.length + 999), "999 bytes after its last section");
  }

  @Test
  void doubledMissingUnknownAndDisorderedSectionsAreRefused() throws IOException {
    for (int i = 0; i < 7; i++) {
      int at = i;
      var id = "(section " + (i + 1) + ")";
      refuses(good().changed(s -> s.add(at, s.get(at))).write(), id + " twice");
      refuses(good().changed(s -> s.remove(at)).write(), "has no ", id);
    }
    refuses(good().changed(s -> Collections.swap(s, 3, 4)).write(), "out of order");
    refuses(good().changed(s -> s.add(new PtauBytes.Section(9, new byte[3]))).write(), "section 9");
  }

  @Test
  void sectionsWithEachOthersContentAreRefused() throws IOException {
    for (var pair : new int[][] {{2, 3}, {2, 4}, {3, 4}, {4, 5}, {5, 6}, {1, 7}}) {
      var good = good();
      refuses(
          good.with(pair[0], good.content(pair[1])).with(pair[1], good.content(pair[0])).write(),
          "a.ptau");
    }
    var good = good();
    refuses(
        good.with(4, good.content(5)).with(5, good.content(4)).write(),
        "alphaTauG1 (section 4) that is not the last contribution's");
  }

  @Test
  void wrongPowersAreRefused() throws IOException {
    int power = good().offset(1) + 36;
    refuses(with(good().write(), power, 3, 4), "2^3 powers of a ceremony of 2^2");
    refuses(with(with(good().write(), power, 3, 4), power + 4, 3, 4), "2^3 powers make 960");
    refuses(with(good().write(), power, 1, 4), "2^1 powers make 192");
    refuses(with(good().write(), power, 0, 4), "2^0");
    refuses(with(good().write(), power, 29, 4), "2^29");
    refuses(with(good().write(), power, -1, 4), "2^4294967295");
    refuses(with(good().write(), power + 4, 1, 4), "ceremony of 2^1");
    refuses(with(good().write(), power + 4, 28, 4), "not of a response of 2^28 powers");
    refuses(good().with(1, new byte[43]).write(), "BN254");
    refuses(good().with(1, Arrays.copyOf(good().content(1), 43)).write(), "header of 43 bytes");
    refuses(good().with(1, Arrays.copyOf(good().content(1), 45)).write(), "header of 45 bytes");
    refuses(good().with(1, new byte[3]).write(), "header that is too short");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 3, 28, 29, Integer.MAX_VALUE})
  void powersThatTheFileHasNotAreRefused(int power) throws IOException {
    refuses(good().write(), OptionalInt.of(power), "has 2^2 powers", "from 1 to 2");
  }

  // ---- points ----

  @Test
  void pointsThatAreNoneAreRefusedWithTheirPlace() throws IOException {
    int[] sizes = {64, 128, 64, 64, 128};
    for (int id = 2; id <= 6; id++) {
      int size = sizes[id - 2];
      int count = good().content(id).length / size;
      int index = count - 1;
      var where = "point " + index + " in ";
      refuses(good().with(id, size * index, new byte[size]).write(), where, "infinity");
      var ones = new byte[size];
      Arrays.fill(ones, (byte) -1);
      refuses(good().with(id, size * index, ones).write(), where, "not below the field's modulus");
      var off = Arrays.copyOfRange(good().content(id), size * index, size * (index + 1));
      off[0] ^= 1;
      refuses(good().with(id, size * index, off).write(), where, "not on the curve");
    }
  }

  /** A coordinate and that plus p are the same element: only one of them is admitted. */
  @Test
  void coordinatesAreUnique() throws IOException {
    var content = good().content(2);
    var x = new byte[32];
    for (int i = 0; i < 32; i++) {
      x[31 - i] = content[64 + i];
    }
    var sum = new BigInteger(1, x).add(Fp.ONE.field().modulus());
    for (int i = 0; i < 32; i++) {
      content[64 + i] = sum.shiftRight(8 * i).byteValue();
    }
    refuses(good().with(2, content).write(), "not below the field's modulus");
  }

  @Test
  void pointsOfTheTwistOutsideTheGroupAreRefused() throws IOException {
    G2 outside = outsideTheGroup();
    for (int id : new int[] {3, 6}) {
      refuses(
          good().with(id, 0, ForgedCeremony.g2(List.of(outside))).write(),
          "not in the group of order r");
    }
  }

  private static G2 outsideTheGroup() {
    for (int i = 1; ; i++) {
      var point = G2.atX(new Fp2(Fp.of(i), Fp.ONE));
      if (point.isPresent()) {
        return point.get();
      }
    }
  }

  @Test
  void otherGeneratorsAreRefused() throws IOException {
    var other = good().content(2);
    refuses(
        good().with(2, 0, Arrays.copyOfRange(other, 64, 128)).write(),
        "does not begin with the generator in tauG1");
    var g2 = good().content(3);
    refuses(
        good().with(3, 0, Arrays.copyOfRange(g2, 128, 256)).write(),
        "does not begin with the generator in tauG2");
  }

  @Test
  void pointsOfAnotherCeremonyAreRefused() throws IOException {
    var other = PtauBytes.parse(Files.readAllBytes(Snarkjs.otherOfPower2()));
    for (int id = 2; id <= 7; id++) {
      refuses(good().with(id, other.content(id)).write(), "last contribution's");
    }
  }

  @Test
  void exchangedPointsAreRefused() throws IOException {
    for (int id = 2; id <= 5; id++) {
      int size = id == 3 ? 128 : 64;
      var content = good().content(id);
      var second = Arrays.copyOfRange(content, 2 * size, 3 * size);
      var third = Arrays.copyOfRange(content, 3 * size, 4 * size);
      refuses(
          good().with(id, 2 * size, third).with(id, 3 * size, second).write(),
          "that are not those which its last contribution's hash is of");
    }
  }

  /** Where no hash of all points can be recomputed, the pairings find what is wrong. */
  @Test
  void exchangedPointsOfACutFileAreRefused() throws IOException {
    var cut = PtauBytes.parse(Files.readAllBytes(Snarkjs.cutToPower3()));
    for (int id = 2; id <= 5; id++) {
      int size = id == 3 ? 128 : 64;
      var content = cut.content(id);
      var second = Arrays.copyOfRange(content, 2 * size, 3 * size);
      var third = Arrays.copyOfRange(content, 3 * size, 4 * size);
      refuses(
          cut.with(id, 2 * size, third).with(id, 3 * size, second).write(),
          "(section " + id + ") that are not powers of one secret");
    }
  }

  // ---- contributions ----

  @Test
  void fileWithoutContributionsIsRefused() throws IOException {
    refuses(Files.readAllBytes(Snarkjs.blank("bn128", 2)), "has no contribution");
  }

  @Test
  void wrongCountsOfContributionsAreRefused() throws IOException {
    refuses(good().with(7, 0, ForgedCeremony.little(1)).write(), "after its last contribution");
    refuses(good().with(7, 0, ForgedCeremony.little(3)).write(), "claims 3 contributions");
    refuses(good().with(7, 0, ForgedCeremony.little(-1)).write(), "claims 4294967295");
    refuses(good().with(7, new byte[0]).write(), "cut short");
    refuses(good().with(7, new byte[3]).write(), "cut short");
  }

  @Test
  void damagedParametersAreRefused() throws IOException {
    // The first contribution's type, parameters' length, and parameters: 1, 3, "Ada".
    int type = 4 + 9 * 64 + 5 * 128 + 216 + 64;
    refuses(good().with(7, type, ForgedCeremony.little(1)).write(), "do not fit its type");
    refuses(good().with(7, type, ForgedCeremony.little(2)).write(), "type 2");
    refuses(good().with(7, type + 4, ForgedCeremony.little(-1)).write(), "impossible length");
    refuses(good().with(7, type + 4, ForgedCeremony.little(1 << 30)).write(), "contribution 1");
    refuses(good().with(7, type + 4, ForgedCeremony.little(4)).write(), "damaged parameters");
    refuses(good().with(7, type + 8, new byte[] {4}).write(), "damaged parameters");
    refuses(good().with(7, type + 8, new byte[] {0}).write(), "damaged parameters");
    refuses(good().with(7, type + 9, new byte[] {9}).write(), "damaged parameters");
    refuses(good().with(7, type + 10, new byte[] {-1}).write(), "not UTF-8");
    int length = type - 64 - 24;
    refuses(good().with(7, length, new byte[] {1}).write(), "impossible hash state");
    refuses(good().with(7, length + 1, new byte[] {0}).write(), "not of a response");
  }

  @Test
  void namesCannotMoveTheCursor() throws IOException {
    int name = 4 + 9 * 64 + 5 * 128 + 216 + 64 + 10;
    var file = good().with(7, name, new byte[] {0x1b, '[', '\n'}).write();
    var read =
        CeremonyFileTest.read(Files.write(folder.resolve("a.ptau"), file), OptionalInt.empty());
    assertThat(read.ceremony().contributions().getFirst().name()).isEqualTo("\ufffd[\ufffd");
  }

  @Test
  void beaconsAreRecomputed() throws IOException {
    var good = PtauBytes.parse(Files.readAllBytes(Snarkjs.withBeacon()));
    int end = good.content(7).length;
    refuses(
        good.with(7, end - 1, new byte[] {0x20}).write(),
        "contribution (3) that does not come from its beacon");
    refuses(good.with(7, end - 34, new byte[] {11}).write(), "does not come from its beacon");
    refuses(good.with(7, end - 34, new byte[] {63}).write(), "2^63 hashes, too many");
  }

  // ---- cheats who make every hash fit ----

  private static ForgedCeremony forged() {
    return new ForgedCeremony(2).contribution(3, 5, 7).contribution(11, 13, 17);
  }

  @Test
  void honestFileOfTheForgerIsAdmitted() throws IOException {
    admits(forged().bytes());
  }

  @Test
  void sequencesThatAreNotGeometricAreRefused() throws IOException {
    for (int i = 2; i < 7; i++) {
      int at = i;
      refuses(
          forged().cheatingIn(p -> p.tauG1.set(at, G1.GENERATOR.times(Fr.of(99)))).bytes(),
          "tauG1 (section 2) that are not powers of one secret");
    }
    for (int i = 1; i < 4; i++) {
      int at = i;
      refuses(
          forged().cheatingIn(p -> p.alphaTauG1.set(at, G1.GENERATOR)).bytes(),
          "alphaTauG1 (section 4) that are not powers");
      refuses(
          forged().cheatingIn(p -> p.betaTauG1.set(at, G1.GENERATOR)).bytes(),
          "betaTauG1 (section 5) that are not powers");
    }
    for (int i = 2; i < 4; i++) {
      int at = i;
      refuses(
          forged().cheatingIn(p -> p.tauG2.set(at, G2.GENERATOR)).bytes(),
          "tauG2 (section 3) that are not powers");
    }
  }

  /** Two wrong points whose errors are opposite: an unweighted sum would not see them. */
  @Test
  void errorsThatCancelAreRefused() throws IOException {
    refuses(
        forged()
            .cheatingIn(p -> {
              p.tauG1.set(3, p.tauG1.get(3).plus(G1.GENERATOR));
              p.tauG1.set(4, p.tauG1.get(4).minus(G1.GENERATOR));
            })
            .bytes(),
        "tauG1 (section 2) that are not powers of one secret");
  }

  /** The last contributor puts their own secret in place of the product of all. */
  @Test
  void contributionThatForgetsTheOnesBeforeIsRefused() throws IOException {
    refuses(
        forged()
            .cheatingIn(p -> {
              for (int i = 0; i < 7; i++) {
                p.tauG1.set(i, G1.GENERATOR.times(Fr.of((long) Math.pow(11, i))));
              }
              p.tauG2.set(1, G2.GENERATOR.times(Fr.of(11)));
            })
            .cheatingInContributions((number, draft) -> {
              if (number == 2) {
                draft.tauG1 = G1.GENERATOR.times(Fr.of(11));
                draft.tauG2 = G2.GENERATOR.times(Fr.of(11));
              }
            })
            .bytes(),
        "contribution (2) that does not follow from the one before (tauG1)");
  }

  @Test
  void contributionWithAnotherSecretInG2IsRefused() throws IOException {
    refuses(
        forged()
            .cheatingInContributions((number, draft) -> {
              if (number == 1) {
                draft.tauG2 = G2.GENERATOR.times(Fr.of(4));
              }
            })
            .bytes(),
        "contribution (1) that does not follow from the one before (tauG2)");
  }

  @Test
  void everyFirstPowerMustFollow() throws IOException {
    refuses(
        forged()
            .cheatingInContributions((number, d) -> {
              d.alphaG1 = number == 1 ? d.alphaG1.plus(d.alphaG1) : d.alphaG1;
            })
            .bytes(),
        "(alphaG1)");
    refuses(
        forged()
            .cheatingInContributions((number, d) -> {
              d.betaG1 = number == 1 ? d.betaG1.plus(d.betaG1) : d.betaG1;
            })
            .bytes(),
        "(betaG1)");
    refuses(
        forged()
            .cheatingInContributions((number, d) -> {
              d.betaG2 = number == 1 ? d.betaG2.plus(d.betaG2) : d.betaG2;
            })
            .bytes(),
        "(betaG2)");
  }

  @Test
  void contributionWithoutKnowledgeOfItsSecretIsRefused() throws IOException {
    for (int key = 0; key < 3; key++) {
      int at = key;
      refuses(
          forged()
              .cheatingInContributions((number, draft) -> {
                var known = draft.keys.get(at);
                var unknown = new PublicKey(known.s(), known.sx(), known.px().plus(G2.GENERATOR));
                draft.keys.set(at, number == 2 ? unknown : known);
              })
              .bytes(),
          "contribution (2) that proves no knowledge of its secret");
    }
  }

  /** A proof of knowledge is about what was there before: taken from elsewhere it does not hold. */
  @Test
  void contributionMadeForAnotherChallengeIsRefused() throws IOException {
    var file = PtauBytes.parse(forged().bytes());
    int challenge = 4 + 9 * 64 + 5 * 128 + 216;
    var other = file.content(7).clone();
    other[challenge] ^= 1;
    refuses(file.with(7, other).write(), "contribution (2) that proves no knowledge of its secret");
  }

  @Test
  void contributionsInAnotherOrderAreRefused() throws IOException {
    var content = good().content(7);
    int first = 4 + 9 * 64 + 5 * 128 + 216 + 64 + 8 + 5;
    var swapped = ByteBuffer.allocate(content.length);
    swapped.put(content, 0, 4).put(content, first, content.length - first);
    swapped.put(content, 4, first - 4);
    refuses(good().with(7, swapped.array()).write(), "last contribution's");
  }

  @Test
  void secretOfOneIsRefused() throws IOException {
    refuses(new ForgedCeremony(2).contribution(1, 5, 7).bytes(), "has the secret 1");
  }
}
