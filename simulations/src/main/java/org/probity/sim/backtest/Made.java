package org.probity.sim.backtest;

import org.probity.chain.Address;
import org.probity.intent.policy.ActionContracts;
import org.probity.intent.source.SourceContracts;

/** Addresses of what has none in a simulated market: any do that tell one from another. */
final class Made {

  /** The account that a simulated vault pretends to be. */
  static final Address VAULT = address("b0075", 0);

  /** Its agent's. */
  static final Address AGENT = address("a9e27", 0);

  /** Where a model's key lies. */
  static final Address KEY = address("3e7", 0);

  /** What swaps for a vault. */
  static final ActionContracts ACTIONS =
      new ActionContracts(
          address("ac710", 0),
          address("ac710", 1),
          address("ac710", 2),
          address("ac710", 3),
          Address.ZERO);

  /** A Uniswap v2 pair beside the market's pool. */
  static final Address PAIR = address("2a12", 0);

  /** A Uniswap v3 pool beside it. */
  static final Address SIDE_POOL = address("51de", 0);

  /** What computes a vault's features. */
  static final SourceContracts SOURCES =
      new SourceContracts(address("50bce", 1), address("50bce", 2), address("50bce", 3));

  private Made() {}

  /** The tokens' addresses ascend with their numbers. */
  static Address token(int number) {
    return address("70ce2", number);
  }

  static Address pool(int number) {
    return address("b001", number);
  }

  static Address feed(int number) {
    return address("feed", number);
  }

  /** Short words of hex digits, so that whoever sees one knows what it is. */
  private static Address address(String word, int number) {
    return new Address("0x%s%s".formatted("0".repeat(36 - word.length()), word + hex(number)));
  }

  private static String hex(int number) {
    return "%04x".formatted(number);
  }
}
