package org.probity.ground;

import java.math.BigInteger;
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
   * The EVM word of an unsigned integer, the highest byte first.
   *
   * @throws IllegalArgumentException outside {@code [0, 2^256)}
   */
  public static Bytes32 ofUnsigned(BigInteger value) {
    return word(value, value.signum() >= 0 && value.bitLength() <= 8 * SIZE, "unsigned");
  }

  /**
   * The EVM word of a signed integer: two's complement, the highest byte first.
   *
   * @throws IllegalArgumentException outside {@code [-2^255, 2^255)}
   */
  public static Bytes32 ofSigned(BigInteger value) {
    return word(value, value.bitLength() < 8 * SIZE, "signed");
  }

  /** The same of a {@code long}. */
  public static Bytes32 of(long value) {
    return ofSigned(BigInteger.valueOf(value));
  }

  private static Bytes32 word(BigInteger value, boolean fits, String kind) {
    if (!fits) {
      throw new IllegalArgumentException(value + " is no " + kind + " 256-bit integer");
    }
    byte[] digits = value.toByteArray(); // with a byte for the sign, which may be a 33rd
    byte[] word = new byte[SIZE];
    Arrays.fill(word, (byte) (value.signum() < 0 ? 0xff : 0));
    int length = Math.min(digits.length, SIZE);
    System.arraycopy(digits, digits.length - length, word, SIZE - length, length);
    return new Bytes32(word);
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
