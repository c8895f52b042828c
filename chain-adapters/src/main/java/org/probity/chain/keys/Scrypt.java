package org.probity.chain.keys;

import java.util.Arrays;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.generators.PKCS5S2ParametersGenerator;
import org.bouncycastle.crypto.generators.SCrypt;
import org.bouncycastle.crypto.params.KeyParameter;

/**
 * The key derivation of RFC 7914: Bouncy Castle's, but for a cost of 65,536 and more where r is 1,
 * which the RFC forbids and many wallets have written all the same.
 */
final class Scrypt {

  private static final int WORDS = 16;

  /** From this cost on the library takes no r of 1. */
  private static final int LARGEST_OF_LIBRARY = 65_536;

  /** Words of a piece of the table: 256 KiB, which no collector takes for huge. */
  private static final int PIECE = 1 << 16;

  private Scrypt() {}

  /**
   * Derives a key. Takes 128 n r bytes of memory.
   *
   * @param n a power of two above 1
   * @param r of {@code n r} at most 2^23
   * @param length of the key, in bytes
   */
  static byte[] derive(byte[] password, byte[] salt, int n, int r, int p, int length) {
    if (r > 1 || n < LARGEST_OF_LIBRARY) {
      return SCrypt.generate(password, salt, n, r, p, length);
    }
    byte[] blocks = pbkdf2(password, salt, 1, p * 128 * r);
    int[] block = new int[r * 2 * WORDS];
    int[][] table = table(n, block.length);
    for (int i = 0; i < p; i++) {
      int at = i * 128 * r;
      for (int w = 0; w < block.length; w++) {
        block[w] = little(blocks, at + 4 * w);
      }
      mix(block, table, n, r);
      for (int w = 0; w < block.length; w++) {
        putLittle(block[w], blocks, at + 4 * w);
      }
    }
    byte[] key = pbkdf2(password, blocks, 1, length);
    for (int[] piece : table) {
      Arrays.fill(piece, 0);
    }
    Arrays.fill(blocks, (byte) 0);
    return key;
  }

  /** Room for {@code n} blocks, in pieces: a small heap seldom has so much of it in one. */
  private static int[][] table(int n, int size) {
    int each = Math.min(n, Integer.highestOneBit(Math.max(1, PIECE / size)));
    int[][] table = new int[n / each][];
    for (int i = 0; i < table.length; i++) {
      table[i] = new int[each * size];
    }
    return table;
  }

  /** PBKDF2 with HMAC-SHA-256 (RFC 8018). */
  static byte[] pbkdf2(byte[] password, byte[] salt, int rounds, int length) {
    PKCS5S2ParametersGenerator generator = new PKCS5S2ParametersGenerator(new SHA256Digest());
    generator.init(password, salt, rounds);
    return ((KeyParameter) generator.generateDerivedMacParameters(length * 8)).getKey();
  }

  /** scryptROMix, section 5. */
  private static void mix(int[] block, int[][] table, int n, int r) {
    int size = block.length;
    int each = n / table.length;
    int[] next = new int[size];
    int[] work = new int[WORDS];
    for (int i = 0; i < n; i++) {
      System.arraycopy(block, 0, table[i / each], i % each * size, size);
      mixBlock(block, next, work, r);
    }
    for (int i = 0; i < n; i++) {
      int chosen = block[(2 * r - 1) * WORDS] & (n - 1);
      int[] piece = table[chosen / each];
      int at = chosen % each * size;
      for (int w = 0; w < size; w++) {
        block[w] ^= piece[at + w];
      }
      mixBlock(block, next, work, r);
    }
  }

  /** scryptBlockMix, section 4: even results go before odd ones. */
  private static void mixBlock(int[] block, int[] next, int[] work, int r) {
    System.arraycopy(block, (2 * r - 1) * WORDS, work, 0, WORDS);
    for (int i = 0; i < 2 * r; i++) {
      for (int w = 0; w < WORDS; w++) {
        work[w] ^= block[i * WORDS + w];
      }
      salsa(work);
      System.arraycopy(work, 0, next, (i / 2 + (i % 2) * r) * WORDS, WORDS);
    }
    System.arraycopy(next, 0, block, 0, next.length);
  }

  /** Salsa20/8, section 3. */
  private static void salsa(int[] b) {
    int[] x = b.clone();
    for (int round = 0; round < 4; round++) {
      quarter(x, 0, 4, 8, 12);
      quarter(x, 5, 9, 13, 1);
      quarter(x, 10, 14, 2, 6);
      quarter(x, 15, 3, 7, 11);
      quarter(x, 0, 1, 2, 3);
      quarter(x, 5, 6, 7, 4);
      quarter(x, 10, 11, 8, 9);
      quarter(x, 15, 12, 13, 14);
    }
    for (int i = 0; i < WORDS; i++) {
      b[i] += x[i];
    }
  }

  private static void quarter(int[] x, int a, int b, int c, int d) {
    x[b] ^= Integer.rotateLeft(x[a] + x[d], 7);
    x[c] ^= Integer.rotateLeft(x[b] + x[a], 9);
    x[d] ^= Integer.rotateLeft(x[c] + x[b], 13);
    x[a] ^= Integer.rotateLeft(x[d] + x[c], 18);
  }

  private static int little(byte[] bytes, int at) {
    return bytes[at] & 0xff
        | (bytes[at + 1] & 0xff) << 8
        | (bytes[at + 2] & 0xff) << 16
        | bytes[at + 3] << 24;
  }

  private static void putLittle(int word, byte[] bytes, int at) {
    bytes[at] = (byte) word;
    bytes[at + 1] = (byte) (word >>> 8);
    bytes[at + 2] = (byte) (word >>> 16);
    bytes[at + 3] = (byte) (word >>> 24);
  }
}
