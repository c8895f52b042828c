package org.probity.chain;

import java.util.Arrays;
import java.util.HexFormat;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;

/** An immutable string of bytes: call data, return data, code. Written as {@code 0x} and hex. */
public final class Bytes {

  public static final Bytes EMPTY = new Bytes(new byte[0]);

  private final byte[] content;

  private Bytes(byte[] content) {
    this.content = content;
  }

  /** A copy of {@code content}. */
  public static Bytes of(byte[] content) {
    return content.length == 0 ? EMPTY : new Bytes(content.clone());
  }

  /**
   * Reads hex digits, with or without {@code 0x}.
   *
   * @throws IllegalArgumentException if {@code hex} has an odd length or other characters
   */
  public static Bytes parse(String hex) {
    String digits = hex.startsWith("0x") ? hex.substring(2) : hex;
    try {
      return digits.isEmpty() ? EMPTY : new Bytes(HexFormat.of().parseHex(digits));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("Not a string of hex bytes: " + abbreviate(hex), e);
    }
  }

  /** Their keccak-256 digest. */
  public Bytes32 keccak() {
    return Keccak.hash(content);
  }

  public int length() {
    return content.length;
  }

  public boolean isEmpty() {
    return content.length == 0;
  }

  /** A fresh copy of the content. */
  public byte[] toArray() {
    return content.clone();
  }

  /** Bytes {@code from} (inclusive) to {@code to} (exclusive). */
  public Bytes slice(int from, int to) {
    return new Bytes(Arrays.copyOfRange(content, from, to));
  }

  /** These bytes followed by {@code next}. */
  public Bytes concat(Bytes next) {
    byte[] joined = Arrays.copyOf(content, content.length + next.content.length);
    System.arraycopy(next.content, 0, joined, content.length, next.content.length);
    return new Bytes(joined);
  }

  /** The content itself, for readers in this package that promise not to write. */
  byte[] view() {
    return content;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes that && Arrays.equals(content, that.content);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(content);
  }

  @Override
  public String toString() {
    return "0x" + HexFormat.of().formatHex(content);
  }

  /** The first 40 characters of {@code text}, for messages about it. */
  public static String abbreviate(String text) {
    return text.length() <= 40
        ? text
        : text.substring(0, 40) + "… (" + text.length() + " characters)";
  }
}
