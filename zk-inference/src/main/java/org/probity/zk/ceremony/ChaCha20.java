package org.probity.zk.ceremony;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import org.probity.zk.field.PrimeField;

/**
 * The stream of 32-bit words of ChaCha20 (Bernstein 2008; zero nonce, 128-bit counter), and field
 * elements drawn from it, as the ceremonies' programs draw them. It makes no secrets here: it
 * recomputes what a contribution must have derived.
 */
final class ChaCha20 {
  private static final int[] CONSTANTS = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};

  private final int[] state = new int[16];
  private final int[] block = new int[16];
  private int used = 16;

  /** Seeds with the first 32 bytes, as eight big-endian words. */
  ChaCha20(byte[] seed) {
    System.arraycopy(CONSTANTS, 0, state, 0, 4);
    ByteBuffer.wrap(seed).asIntBuffer().get(state, 4, 8);
  }

  boolean nextBoolean() {
    return (nextWord() & 1) != 0;
  }

  /**
   * A field element: four 64-bit words, lowest first, cut to the modulus' 254 bits, drawn anew
   * until they are below it. They are the element's Montgomery form, so that its value is theirs
   * divided by {@code 2^256}.
   */
  BigInteger nextElement(PrimeField field) {
    var modulus = field.modulus();
    var mask = BigInteger.ONE.shiftLeft(modulus.bitLength()).subtract(BigInteger.ONE);
    while (true) {
      var limbs = ByteBuffer.allocate(32);
      for (int i = 3; i >= 0; i--) {
        long high = nextWord();
        limbs.putLong(8 * i, high << 32 | (nextWord() & 0xffffffffL));
      }
      var value = new BigInteger(1, limbs.array()).and(mask);
      if (value.compareTo(modulus) < 0) {
        var inverse = BigInteger.ONE.shiftLeft(256).modInverse(modulus);
        return value.multiply(inverse).mod(modulus);
      }
    }
  }

  private int nextWord() {
    if (used == block.length) {
      refill();
    }
    return block[used++];
  }

  private void refill() {
    System.arraycopy(state, 0, block, 0, block.length);
    for (int i = 0; i < 10; i++) {
      for (int c = 0; c < 4; c++) {
        quarterRound(c, c + 4, c + 8, c + 12);
      }
      for (int c = 0; c < 4; c++) {
        quarterRound(c, 4 + (c + 1) % 4, 8 + (c + 2) % 4, 12 + (c + 3) % 4);
      }
    }
    for (int i = 0; i < block.length; i++) {
      block[i] += state[i];
    }
    used = 0;
    // A counter of four words, the lowest first.
    int word = 12;
    while (word < state.length && ++state[word] == 0) {
      word++;
    }
  }

  private void quarterRound(int a, int b, int c, int d) {
    block[a] += block[b];
    block[d] = Integer.rotateLeft(block[d] ^ block[a], 16);
    block[c] += block[d];
    block[b] = Integer.rotateLeft(block[b] ^ block[c], 12);
    block[a] += block[b];
    block[d] = Integer.rotateLeft(block[d] ^ block[a], 8);
    block[c] += block[d];
    block[b] = Integer.rotateLeft(block[b] ^ block[c], 7);
  }
}
