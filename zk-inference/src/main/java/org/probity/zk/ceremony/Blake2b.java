package org.probity.zk.ceremony;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * BLAKE2b with 64 bytes of output and no key (RFC 7693), whose state can be taken up from where
 * somebody else left it: a ceremony's file keeps the state in which a contribution's points were
 * hashed, in place of the points. No library's hash can be taken up so; Bouncy Castle's is what
 * this one is compared with.
 */
final class Blake2b {
  static final int DIGEST = 64;

  /** Bytes of a stored state: block, chaining value, count of compressed bytes, fill, flags. */
  static final int STATE = 216;

  private static final int BLOCK = 128;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long[] IV = {
    0x6a09e667f3bcc908L,
    0xbb67ae8584caa73bL,
    0x3c6ef372fe94f82bL,
    0xa54ff53a5f1d36f1L,
    0x510e527fade682d1L,
    0x9b05688c2b3e6c1fL,
    0x1f83d9abfb41bd6bL,
    0x5be0cd19137e2179L
  };

  private static final byte[][] SIGMA = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3}
  };

  private final long[] h = IV.clone();
  private final byte[] block = new byte[BLOCK];
  private int filled;
  private long compressed;

  Blake2b() {
    h[0] ^= 0x01010000L ^ DIGEST;
  }

  /**
   * The hash in a stored state. What it has taken in so far must be checked by {@link #length}.
   *
   * @throws IllegalArgumentException if no hash can be in this state
   */
  static Blake2b resume(ByteBuffer littleEndian) {
    var hash = new Blake2b();
    littleEndian.get(hash.block);
    for (int i = 0; i < hash.h.length; i++) {
      hash.h[i] = littleEndian.getLong();
    }
    hash.compressed = littleEndian.getLong();
    long filled = littleEndian.getLong();
    littleEndian.getLong();
    if (filled < 0 || filled > BLOCK || hash.compressed < 0 || hash.compressed % BLOCK != 0) {
      throw new IllegalArgumentException("Not a state of a hash");
    }
    hash.filled = (int) filled;
    return hash;
  }

  /** Bytes taken in so far. */
  long length() {
    return compressed + filled;
  }

  Blake2b update(byte[] in) {
    return update(in, 0, in.length);
  }

  Blake2b update(byte[] in, int from, int length) {
    int at = from;
    int left = length;
    while (left > 0) {
      // The last block is compressed by digest(), so a full block waits for what follows it.
      if (filled == BLOCK) {
        compress(block, 0, compressed += BLOCK, 0);
        filled = 0;
      }
      if (filled == 0 && left > BLOCK) {
        compress(in, at, compressed += BLOCK, 0);
        at += BLOCK;
        left -= BLOCK;
        continue;
      }
      int taken = Math.min(left, BLOCK - filled);
      System.arraycopy(in, at, block, filled, taken);
      filled += taken;
      at += taken;
      left -= taken;
    }
    return this;
  }

  /** The 64 bytes; the hash is used up. */
  byte[] digest() {
    Arrays.fill(block, filled, BLOCK, (byte) 0);
    compress(block, 0, compressed + filled, -1);
    var out = new byte[DIGEST];
    for (int i = 0; i < h.length; i++) {
      LONG.set(out, 8 * i, h[i]);
    }
    return out;
  }

  /** In local variables, which stay in registers, where an array would not. */
  private void compress(byte[] in, int at, long counter, long last) {
    var m = new long[16];
    for (int i = 0; i < m.length; i++) {
      m[i] = (long) LONG.get(in, at + 8 * i);
    }
    long v0 = h[0];
    long v1 = h[1];
    long v2 = h[2];
    long v3 = h[3];
    long v4 = h[4];
    long v5 = h[5];
    long v6 = h[6];
    long v7 = h[7];
    long v8 = IV[0];
    long v9 = IV[1];
    long v10 = IV[2];
    long v11 = IV[3];
    long v12 = IV[4] ^ counter;
    long v13 = IV[5];
    long v14 = IV[6] ^ last;
    long v15 = IV[7];
    for (byte[] s : SIGMA) {
      v0 += v4 + m[s[0]];
      v12 = Long.rotateRight(v12 ^ v0, 32);
      v8 += v12;
      v4 = Long.rotateRight(v4 ^ v8, 24);
      v0 += v4 + m[s[1]];
      v12 = Long.rotateRight(v12 ^ v0, 16);
      v8 += v12;
      v4 = Long.rotateRight(v4 ^ v8, 63);
      v1 += v5 + m[s[2]];
      v13 = Long.rotateRight(v13 ^ v1, 32);
      v9 += v13;
      v5 = Long.rotateRight(v5 ^ v9, 24);
      v1 += v5 + m[s[3]];
      v13 = Long.rotateRight(v13 ^ v1, 16);
      v9 += v13;
      v5 = Long.rotateRight(v5 ^ v9, 63);
      v2 += v6 + m[s[4]];
      v14 = Long.rotateRight(v14 ^ v2, 32);
      v10 += v14;
      v6 = Long.rotateRight(v6 ^ v10, 24);
      v2 += v6 + m[s[5]];
      v14 = Long.rotateRight(v14 ^ v2, 16);
      v10 += v14;
      v6 = Long.rotateRight(v6 ^ v10, 63);
      v3 += v7 + m[s[6]];
      v15 = Long.rotateRight(v15 ^ v3, 32);
      v11 += v15;
      v7 = Long.rotateRight(v7 ^ v11, 24);
      v3 += v7 + m[s[7]];
      v15 = Long.rotateRight(v15 ^ v3, 16);
      v11 += v15;
      v7 = Long.rotateRight(v7 ^ v11, 63);
      v0 += v5 + m[s[8]];
      v15 = Long.rotateRight(v15 ^ v0, 32);
      v10 += v15;
      v5 = Long.rotateRight(v5 ^ v10, 24);
      v0 += v5 + m[s[9]];
      v15 = Long.rotateRight(v15 ^ v0, 16);
      v10 += v15;
      v5 = Long.rotateRight(v5 ^ v10, 63);
      v1 += v6 + m[s[10]];
      v12 = Long.rotateRight(v12 ^ v1, 32);
      v11 += v12;
      v6 = Long.rotateRight(v6 ^ v11, 24);
      v1 += v6 + m[s[11]];
      v12 = Long.rotateRight(v12 ^ v1, 16);
      v11 += v12;
      v6 = Long.rotateRight(v6 ^ v11, 63);
      v2 += v7 + m[s[12]];
      v13 = Long.rotateRight(v13 ^ v2, 32);
      v8 += v13;
      v7 = Long.rotateRight(v7 ^ v8, 24);
      v2 += v7 + m[s[13]];
      v13 = Long.rotateRight(v13 ^ v2, 16);
      v8 += v13;
      v7 = Long.rotateRight(v7 ^ v8, 63);
      v3 += v4 + m[s[14]];
      v14 = Long.rotateRight(v14 ^ v3, 32);
      v9 += v14;
      v4 = Long.rotateRight(v4 ^ v9, 24);
      v3 += v4 + m[s[15]];
      v14 = Long.rotateRight(v14 ^ v3, 16);
      v9 += v14;
      v4 = Long.rotateRight(v4 ^ v9, 63);
    }
    h[0] ^= v0 ^ v8;
    h[1] ^= v1 ^ v9;
    h[2] ^= v2 ^ v10;
    h[3] ^= v3 ^ v11;
    h[4] ^= v4 ^ v12;
    h[5] ^= v5 ^ v13;
    h[6] ^= v6 ^ v14;
    h[7] ^= v7 ^ v15;
  }
}
