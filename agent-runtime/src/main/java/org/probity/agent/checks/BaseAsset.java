package org.probity.agent.checks;

import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import org.probity.agent.Token;
import org.probity.chain.Address;

/**
 * Which token of a pool somebody means, by its address or its symbol. Anybody can give a token any
 * symbol, so one that looks like the other's, or like what was meant without being it, names
 * nothing.
 */
public final class BaseAsset {

  /** Letters of other alphabets, and digits, that are drawn like these. */
  private static final String LIKE = "аАВвСсЕеНКкМмОоРрТтХхУуΑΒΕΖΗΙΚΜΝΟΡΤΥΧοιІіЅѕЈј01";

  private static final String LATIN = "aabbcceehkkmmooppttxxyyabezhikmnoptyxoiiissjjol";

  private BaseAsset() {}

  /**
   * The token of {@code market} that {@code text} names.
   *
   * @throws IllegalArgumentException if it names none or could mean either
   */
  public static Token of(PoolFacts market, String text) {
    List<Token> tokens = List.of(market.token0(), market.token1());
    if (text.startsWith("0x")) {
      Address address = new Address(text);
      return tokens.stream()
          .filter(token -> token.address().equals(address))
          .findFirst()
          .orElseThrow(() -> none(market, text));
    }
    List<Token> alike =
        tokens.stream().filter(token -> skeleton(token.symbol()).equals(skeleton(text))).toList();
    if (alike.isEmpty()) {
      throw none(market, text);
    }
    Token one = alike.getFirst();
    if (alike.size() > 1) {
      throw new IllegalArgumentException(
          "The pool's tokens %s and %s have symbols that look alike: name one by its address"
              .formatted(alike.getFirst(), alike.getLast()));
    }
    if (!one.symbol().equalsIgnoreCase(text) || !isPlain(one.symbol())) {
      throw new IllegalArgumentException(
          "The symbol of the pool's token %s only looks like %s: if it is the one that you mean, name it by its address"
              .formatted(one, text));
    }
    return one;
  }

  private static IllegalArgumentException none(PoolFacts market, String text) {
    return new IllegalArgumentException(
        "The pool %s does not trade %s: name %s or %s"
            .formatted(market.pool().address(), text, market.token0(), market.token1()));
  }

  private static boolean isPlain(String symbol) {
    return symbol.chars().allMatch(c -> c > ' ' && c < 0x7f);
  }

  /** What is left of a symbol when all that eyes confuse is made the same. */
  private static String skeleton(String symbol) {
    StringBuilder plain = new StringBuilder();
    Normalizer.normalize(symbol, Normalizer.Form.NFKD)
        .codePoints()
        .filter(Character::isLetterOrDigit)
        .forEach(point -> {
          int at = LIKE.indexOf(point);
          plain.appendCodePoint(at < 0 ? point : LATIN.charAt(at));
        });
    return plain.toString().toLowerCase(Locale.ROOT).replace('i', 'l');
  }
}
