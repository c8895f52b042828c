package org.probity.zk;

/**
 * Keccak-256 as the EVM has it: FIPS 202's permutation, capacity 512, the original padding {@code
 * 0x01}.
 */
public final class Keccak {
  private static final int RATE = 136;
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
      for (byte b : part) {
        xor(state, at++, b);
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
    var column = new long[5];
    var moved = new long[25];
    for (long constant : ROUND_CONSTANTS) {
      for (int x = 0; x < 5; x++) {
        column[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
      }
      for (int i = 0; i < 25; i++) {
        int x = i % 5;
        long theta = a[i] ^ column[(x + 4) % 5] ^ Long.rotateLeft(column[(x + 1) % 5], 1);
        moved[LANES[i]] = Long.rotateLeft(theta, ROTATIONS[i]);
      }
      for (int i = 0; i < 25; i++) {
        int row = i - i % 5;
        a[i] = moved[i] ^ (~moved[row + (i + 1) % 5] & moved[row + (i + 2) % 5]);
      }
      a[0] ^= constant;
    }
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
