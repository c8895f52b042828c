package org.probity.agent;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.Erc20;
import org.probity.ground.Printable;

/**
 * A token as people read it.
 *
 * @param symbol as its contract says it, made harmless: anybody can name a token anything
 * @param decimals one whole token is ten to this power of the smallest unit
 */
public record Token(Address address, String symbol, int decimals) {

  private static final int LONGEST_SYMBOL = 24;
  private static final int MOST_DECIMALS = 77;
  private static final int SHOWN_DIGITS = 6;

  /** Some early tokens answer with 32 bytes instead of a string. */
  private static final AbiFunction SYMBOL_WORD = AbiFunction.parse("symbol() returns (bytes32)");

  /**
   * Asks the token at {@code address} what it is called.
   *
   * @throws IllegalArgumentException if there is no token
   */
  public static Token at(ChainClient chain, Address address) {
    int decimals = new Erc20(address).decimals(chain);
    if (decimals > MOST_DECIMALS) {
      throw new IllegalArgumentException(
          "The token %s says that it has %s decimals, which no amount can have: name another pool"
              .formatted(address, decimals));
    }
    return new Token(address, Printable.line(symbol(chain, address), LONGEST_SYMBOL), decimals);
  }

  private static String symbol(ChainClient chain, Address address) {
    try {
      return new Erc20(address).symbol(chain);
    } catch (IllegalArgumentException | CallReverted e) {
      byte[] word = chain.call(address, SYMBOL_WORD).word("symbol").toByteArray();
      int length = 0;
      while (length < word.length && word[length] != 0) {
        length++;
      }
      return new String(word, 0, length, StandardCharsets.UTF_8);
    }
  }

  /** The smallest units of {@code whole} tokens. */
  public BigInteger units(BigDecimal whole) {
    return whole.movePointRight(decimals).toBigIntegerExact();
  }

  /** {@code units} of the smallest unit as {@code 4.394689 WETH}. */
  public String amount(BigInteger units) {
    BigDecimal exact = new BigDecimal(units, decimals);
    BigDecimal shown = exact.setScale(Math.min(decimals, SHOWN_DIGITS), RoundingMode.DOWN);
    if (shown.signum() == 0 && exact.signum() != 0) {
      shown = exact.round(new MathContext(3, RoundingMode.DOWN));
    }
    BigDecimal plain = shown.signum() == 0 ? BigDecimal.ZERO : shown.stripTrailingZeros();
    return String.format(Locale.ROOT, "%,." + Math.max(0, plain.scale()) + "f %s", plain, symbol);
  }

  @Override
  public String toString() {
    return "%s (%s)".formatted(symbol, address);
  }
}
