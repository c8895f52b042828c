package org.probity.chain;

import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.web3j.crypto.Keys;

/**
 * A 20-byte account address. Kept as {@code 0x} and 40 lower-case hex digits; {@link #toString}
 * writes the mixed-case checksum form of ERC-55.
 */
public record Address(String hex) implements Comparable<Address> {

  private static final Pattern FORM = Pattern.compile("0x[0-9a-fA-F]{40}");

  public static final Address ZERO = new Address("0x0000000000000000000000000000000000000000");

  /**
   * @throws IllegalArgumentException if {@code hex} is not 0x and 40 hex digits, or is in mixed
   *     case with a checksum that does not hold (a mistyped address)
   */
  public Address {
    if (!FORM.matcher(hex).matches()) {
      throw new IllegalArgumentException(
          "Not an address (0x and 40 hex digits): " + Bytes.abbreviate(hex));
    }
    String lower = hex.toLowerCase(Locale.ROOT);
    boolean mixed = !hex.equals(lower) && !hex.substring(2).equals(upper(hex.substring(2)));
    if (mixed && !Keys.toChecksumAddress(lower).equals(hex)) {
      throw new IllegalArgumentException(
          "The EIP-55 checksum of address %s does not hold: %s; check it for a mistyped character, or write it in lower case if it is sure"
              .formatted(hex, amiss(hex, Keys.toChecksumAddress(lower))));
    }
    hex = lower;
  }

  /** The address whose 20 bytes these are. */
  public static Address of(byte[] bytes) {
    return new Address("0x" + HexFormat.of().formatHex(bytes));
  }

  /** The 20 bytes, in a fresh array. */
  public byte[] bytes() {
    return HexFormat.of().parseHex(hex, 2, 42);
  }

  /** Numeric order, the order in which Uniswap sorts the tokens of a pool. */
  @Override
  public int compareTo(Address other) {
    return hex.compareTo(other.hex);
  }

  @Override
  public String toString() {
    return Keys.toChecksumAddress(hex);
  }

  /** Which letters would have to be of the other case. */
  private static String amiss(String written, String right) {
    String letters =
        IntStream.range(0, written.length())
            .filter(i -> written.charAt(i) != right.charAt(i))
            .limit(5)
            .mapToObj(i -> "%s at %d".formatted(written.charAt(i), i - 1))
            .collect(Collectors.joining(", "));
    return "of the digits after 0x the letters " + letters + " should be of the other case";
  }

  private static String upper(String digits) {
    return digits.toUpperCase(Locale.ROOT);
  }
}
