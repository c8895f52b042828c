package org.probity.chain;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;

/** A 32-byte word: the hash of a block or transaction, a log's topic, a storage slot. */
public record Hash(String hex) {

  private static final Pattern FORM = Pattern.compile("0x[0-9a-fA-F]{64}");

  public static final Hash ZERO = new Hash("0x" + "0".repeat(64));

  /**
   * @throws IllegalArgumentException if {@code hex} is not 0x and 64 hex digits
   */
  public Hash {
    if (!FORM.matcher(hex).matches()) {
      throw new IllegalArgumentException(
          "Not a 32-byte hash (0x and 64 hex digits): " + Bytes.abbreviate(hex));
    }
    hex = hex.toLowerCase(Locale.ROOT);
  }

  /** The word whose 32 bytes these are. */
  public static Hash of(byte[] bytes) {
    return new Hash("0x" + HexFormat.of().formatHex(bytes));
  }

  /** The keccak-256 hash of {@code content}. */
  public static Hash keccak(Bytes content) {
    return of(org.web3j.crypto.Hash.sha3(content.view()));
  }

  static Bytes keccakOfText(String ascii) {
    return Bytes.of(org.web3j.crypto.Hash.sha3(ascii.getBytes(StandardCharsets.US_ASCII)));
  }

  /** The 32 bytes, in a fresh array. */
  public byte[] bytes() {
    return HexFormat.of().parseHex(hex, 2, 66);
  }

  @Override
  public String toString() {
    return hex;
  }
}
