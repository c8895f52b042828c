package org.probity.zk;

import java.util.Arrays;
import java.util.HexFormat;

/** Thirty-two bytes: a digest, a proof's context, an EVM word. */
public final class Bytes32 {
  public static final int SIZE = 32;

  private final byte[] bytes;

  private Bytes32(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * A copy of exactly 32 bytes.
   *
   * @throws IllegalArgumentException for any other length
   */
  public static Bytes32 of(byte[] bytes) {
    if (bytes.length != SIZE) {
      throw new IllegalArgumentException("32 bytes are needed, not " + bytes.length);
    }
    return new Bytes32(bytes.clone());
  }

  /** Parses 64 hexadecimal digits, with or without {@code 0x}. */
  public static Bytes32 fromHex(String hex) {
    return of(HexFormat.of().parseHex(hex.startsWith("0x") ? hex.substring(2) : hex));
  }

  public byte[] toByteArray() {
    return bytes.clone();
  }

  /** {@code 0x} and 64 lower-case digits. */
  public String hex() {
    return "0x" + HexFormat.of().formatHex(bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes32 that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return hex();
  }
}
