package org.probity.zk;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Keccak-256 as the EVM has it: FIPS 202's permutation, capacity 512, the original padding {@code
 * 0x01}.
 */
public final class Keccak {
  private static final int RATE = 136;
  private static final VarHandle LANE =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long[] ROUND_CONSTANTS = roundConstants();
  private static final int[] ROTATIONS = new int[25];
  private static final int[] LANES = new int[25];

  static {
    // Rho and pi walk the same path through the 24 lanes beside the origin (FIPS 202, 3.2.2,
    // 3.2.3).
    int x = 1;
    int y = 0;
    for (int t = 0; t < 24; t++) {
      ROTATIONS[x + 5 * y] = (t + 1) * (t + 2) / 2 % 64;
      int next = (2 * x + 3 * y) % 5;
      x = y;
      y = next;
    }
    for (int i = 0; i < 25; i++) {
      int from = i % 5;
      int row = i / 5;
      LANES[i] = row + 5 * ((2 * from + 3 * row) % 5);
    }
  }

  private Keccak() {}

  /** The digest of the parts' concatenation. */
  public static Bytes32 hash(byte[]... parts) {
    var state = new long[25];
    int at = 0;
    for (byte[] part : parts) {
      int from = 0;
      while (from < part.length) {
        if ((at & 7) == 0 && part.length - from >= Long.BYTES) {
          state[at >>> 3] ^= (long) LANE.get(part, from);
          at += Long.BYTES;
          from += Long.BYTES;
        } else {
          xor(state, at++, part[from++]);
        }
        if (at == RATE) {
          permute(state);
          at = 0;
        }
      }
    }
    xor(state, at, (byte) 0x01);
    xor(state, RATE - 1, (byte) 0x80);
    permute(state);
    var digest = new byte[Bytes32.SIZE];
    for (int i = 0; i < digest.length; i++) {
      digest[i] = (byte) (state[i >>> 3] >>> (8 * (i & 7)));
    }
    return Bytes32.of(digest);
  }

  private static void xor(long[] state, int at, byte b) {
    state[at >>> 3] ^= (b & 0xffL) << (8 * (at & 7));
  }

  private static void permute(long[] a) {
    var moved = new long[25];
    for (long constant : ROUND_CONSTANTS) {
      long c0 = a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20];
      long c1 = a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21];
      long c2 = a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22];
      long c3 = a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23];
      long c4 = a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24];
      long d0 = c4 ^ Long.rotateLeft(c1, 1);
      long d1 = c0 ^ Long.rotateLeft(c2, 1);
      long d2 = c1 ^ Long.rotateLeft(c3, 1);
      long d3 = c2 ^ Long.rotateLeft(c4, 1);
      long d4 = c3 ^ Long.rotateLeft(c0, 1);
      for (int y = 0; y < 25; y += 5) {
        move(moved, a, y, d0);
        move(moved, a, y + 1, d1);
        move(moved, a, y + 2, d2);
        move(moved, a, y + 3, d3);
        move(moved, a, y + 4, d4);
      }
      for (int y = 0; y < 25; y += 5) {
        a[y] = moved[y] ^ (~moved[y + 1] & moved[y + 2]);
        a[y + 1] = moved[y + 1] ^ (~moved[y + 2] & moved[y + 3]);
        a[y + 2] = moved[y + 2] ^ (~moved[y + 3] & moved[y + 4]);
        a[y + 3] = moved[y + 3] ^ (~moved[y + 4] & moved[y]);
        a[y + 4] = moved[y + 4] ^ (~moved[y] & moved[y + 1]);
      }
      a[0] ^= constant;
    }
  }

  /** The last of theta, rho and pi for one lane. */
  private static void move(long[] moved, long[] a, int lane, long theta) {
    moved[LANES[lane]] = Long.rotateLeft(a[lane] ^ theta, ROTATIONS[lane]);
  }

  /** The linear feedback shift register of FIPS 202, 3.2.5. */
  private static long[] roundConstants() {
    var constants = new long[24];
    int register = 1;
    for (int round = 0; round < 24; round++) {
      for (int j = 0; j < 7; j++) {
        if ((register & 1) != 0) {
          constants[round] ^= 1L << ((1 << j) - 1);
        }
        register = register << 1 ^ (register >>> 7) * 0x171;
      }
    }
    return constants;
  }
}
