package org.probity.zk.ceremony;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import org.bouncycastle.crypto.digests.Blake2bDigest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.G2;
import org.probity.zk.field.Fp;
import org.probity.zk.field.PrimeField;

final class HashesTest {
  private static final HexFormat HEX = HexFormat.of();

  @Test
  void blake2bGivesTheVectorsOfItsSpecification() {
    assertThat(HEX.formatHex(new Blake2b().digest()))
        .isEqualTo(
            "786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419"
                + "d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce");
    assertThat(
            HEX.formatHex(new Blake2b().update("abc".getBytes(StandardCharsets.US_ASCII)).digest()))
        .isEqualTo(
            "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                + "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
  }

  @Test
  void blake2bIsBouncyCastlesHoweverItsInputIsCut() {
    var random = new Random(1);
    var input = new byte[1000];
    random.nextBytes(input);
    for (int length : new int[] {0, 1, 127, 128, 129, 255, 256, 257, 1000}) {
      var whole = new Blake2b().update(input, 0, length).digest();
      assertThat(whole).isEqualTo(bouncyCastle(input, length));
      for (int trial = 0; trial < 20; trial++) {
        var cut = new Blake2b();
        for (int at = 0; at < length; ) {
          int n = Math.min(length - at, random.nextInt(200));
          cut.update(input, at, n);
          at += n;
        }
        assertThat(cut.length()).isEqualTo(length);
        assertThat(cut.digest()).isEqualTo(whole);
      }
    }
  }

  private static byte[] bouncyCastle(byte[] input, int length) {
    var hash = new Blake2bDigest();
    hash.update(input, 0, length);
    var digest = new byte[Blake2b.DIGEST];
    hash.doFinal(digest, 0);
    return digest;
  }

  @Test
  void blake2bRefusesStatesThatNoHashIsIn() {
    for (var wrong : new long[][] {{1, 0}, {-128, 0}, {0, 129}, {0, -1}}) {
      var state = ByteBuffer.allocate(Blake2b.STATE).order(ByteOrder.LITTLE_ENDIAN);
      state.putLong(192, wrong[0]).putLong(200, wrong[1]);
      assertThatIllegalArgumentException().isThrownBy(() -> Blake2b.resume(state));
    }
  }

  /** The first block of the key of zeros is test vector 1 of RFC 8439, A.1. */
  @Test
  void chaCha20GivesTheWordsOfItsSpecification() {
    var stream = new ChaCha20(new byte[32]);
    var words = HEX.parseHex("76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7");
    var in = ByteBuffer.wrap(words).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 8; i++) {
      assertThat(stream.nextBoolean()).isEqualTo((in.getInt() & 1) != 0);
    }
  }

  @Test
  void elementsAreBelowTheModulusAndDiffer() {
    var stream = new ChaCha20(new byte[32]);
    var first = stream.nextElement(PrimeField.FP);
    var second = stream.nextElement(PrimeField.FP);
    assertThat(first).isLessThan(PrimeField.FP.modulus()).isNotEqualTo(second);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16})
  void keptFirstChallengesAreThoseComputed(int power) {
    assertThat(FirstChallenge.of(power)).isEqualTo(firstChallenge(power));
  }

  /** By its definition. */
  private static byte[] firstChallenge(int power) {
    var g1 = G1.GENERATOR.encode();
    var g2 = new byte[4 * Fp.BYTES];
    for (int i = 0; i < 4; i++) {
      System.arraycopy(Fp.of(G2.GENERATOR.words().get(i)).toBytes(), 0, g2, i * Fp.BYTES, Fp.BYTES);
    }
    long n = 1L << power;
    var hash = new Blake2b().update(new Blake2b().digest());
    repeat(hash, g1, 2 * n - 1);
    repeat(hash, g2, n);
    repeat(hash, g1, 2 * n);
    return hash.update(g2).digest();
  }

  private static void repeat(Blake2b hash, byte[] point, long times) {
    for (long i = 0; i < times; i++) {
      hash.update(point);
    }
  }

  @Test
  void everyAdmittedPowerHasItsFirstChallenge() {
    for (int power = 1; power <= SectionTable.MAX_POWER; power++) {
      assertThat(FirstChallenge.of(power)).hasSize(Blake2b.DIGEST);
    }
  }
}
