package org.probity.zk;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.probity.zk.curve.G1;
import org.probity.zk.field.PrimeField;

/** Changed bytes, by seed: what an adversary or a bad line makes of an input. */
final class Mutations {
  private static final BigInteger R = PrimeField.FR.modulus();
  private static final BigInteger P = PrimeField.FP.modulus();
  private static final BigInteger ONE = BigInteger.ONE;

  /**
   * Words at the edges of the fields, of 256 bits, and of the ranges in which integers are read.
   */
  private static final List<BigInteger> EDGES =
      List.of(
          BigInteger.ZERO,
          ONE,
          BigInteger.TWO,
          R.subtract(ONE),
          R,
          R.add(ONE),
          P.subtract(ONE),
          P,
          P.add(ONE),
          ONE.shiftLeft(31),
          ONE.shiftLeft(128),
          ONE.shiftLeft(255),
          ONE.shiftLeft(256).subtract(R),
          ONE.shiftLeft(256).subtract(ONE));

  private Mutations() {}

  /**
   * The bytes changed in one to three ways.
   *
   * @param donor other bytes of the same kind, from which pieces are taken
   */
  static byte[] mutate(Random random, byte[] bytes, byte[] donor) {
    var out = bytes.clone();
    int changes = random.nextInt(4) == 0 ? 2 + random.nextInt(2) : 1;
    for (int i = 0; i < changes; i++) {
      out = once(random, out, donor);
    }
    return out;
  }

  private static byte[] once(Random random, byte[] bytes, byte[] donor) {
    int words = bytes.length / 32;
    if (words < 2) {
      return Arrays.copyOf(bytes, bytes.length + 1);
    }
    return switch (random.nextInt(12)) {
      case 0, 1, 2 -> {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        yield bytes;
      }
      case 3, 4, 5 -> {
        var edge = EDGES.get(random.nextInt(EDGES.size()));
        yield put(bytes, 32 * random.nextInt(words), Evm.word(edge));
      }
      case 6 -> {
        var word = Evm.word(new BigInteger(256, random).mod(R));
        yield put(bytes, 32 * random.nextInt(words), word);
      }
      case 7 -> {
        // Two words change places.
        int one = 32 * random.nextInt(words);
        int other = 32 * random.nextInt(words);
        var kept = Arrays.copyOfRange(bytes, one, one + 32);
        put(bytes, one, Arrays.copyOfRange(bytes, other, other + 32));
        yield put(bytes, other, kept);
      }
      case 8 -> {
        // A valid point where one may be: at the front or at the end. Rarely: only the pairing,
        // which
        // is a hundred times dearer than all checks before it, refuses it.
        if (random.nextInt(3) > 0) {
          yield Arrays.copyOf(bytes, bytes.length - 1 - random.nextInt(bytes.length));
        }
        var point = random.nextBoolean() ? G1.GENERATOR : G1.BLINDING;
        int at = random.nextBoolean() ? 64 * random.nextInt(4) : bytes.length - 64;
        yield put(bytes, at, point.encode());
      }
      case 9 -> {
        int length =
            random.nextBoolean()
                ? random.nextInt(bytes.length)
                : bytes.length + 1 + random.nextInt(100);
        yield Arrays.copyOf(bytes, length);
      }
      case 10 -> {
        // The head of one, the tail of the other.
        int cut = 32 * random.nextInt(words + 1);
        if (cut < donor.length) {
          bytes = Arrays.copyOf(bytes, Math.max(bytes.length, donor.length));
          System.arraycopy(donor, cut, bytes, cut, donor.length - cut);
          bytes = Arrays.copyOf(bytes, donor.length);
        }
        yield bytes;
      }
      default -> {
        // A run of words of the other, in its own place or elsewhere.
        int length = 32 * (1 + random.nextInt(4));
        int from = 32 * random.nextInt(Math.max(1, (donor.length - length) / 32));
        int to = random.nextBoolean() ? from : 32 * random.nextInt(words);
        if (from + length <= donor.length) {
          put(bytes, to, Arrays.copyOfRange(donor, from, from + length));
        }
        yield bytes;
      }
    };
  }

  private static byte[] put(byte[] bytes, int at, byte[] value) {
    if (at >= 0 && at < bytes.length) {
      System.arraycopy(value, 0, bytes, at, Math.min(value.length, bytes.length - at));
    }
    return bytes;
  }
}
