package org.probity.ground;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Thirty-two bytes: a digest, the hash of a block, a log's topic, a proof's context, an EVM word.
 */
public final class Bytes32 {
  public static final int SIZE = 32;

  public static final Bytes32 ZERO = new Bytes32(new byte[SIZE]);

  private static final Pattern FORM = Pattern.compile("0x[0-9a-fA-F]{64}");

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

  /**
   * Parses {@code 0x} and 64 hexadecimal digits of either case.
   *
   * @throws IllegalArgumentException for anything else
   */
  public static Bytes32 fromHex(String hex) {
    if (!FORM.matcher(hex).matches()) {
      throw new IllegalArgumentException(
          "Not 32 bytes (0x and 64 hex digits): " + Printable.line(hex, 2 * SIZE));
    }
    return new Bytes32(HexFormat.of().parseHex(hex, 2, 2 + 2 * SIZE));
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
