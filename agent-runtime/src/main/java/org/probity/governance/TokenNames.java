package org.probity.governance;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import org.probity.agent.Token;
import org.probity.chain.Address;
import org.probity.chain.ChainClient;
import org.probity.chain.ChainException;
import org.probity.intent.policy.PolicyWords;

/** Tokens of a chain by their names, each asked once. */
final class TokenNames implements PolicyWords.Names {

  private final ChainClient chain;
  private final Map<Address, Token> tokens = new HashMap<>();

  TokenNames(ChainClient chain) {
    this.chain = chain;
  }

  /** A token. One that does not answer is told by its address, in smallest units. */
  Token token(Address address) {
    return tokens.computeIfAbsent(
        address,
        asked -> {
          try {
            return Token.at(chain, asked);
          } catch (ChainException | IllegalArgumentException | ArithmeticException e) {
            return new Token(asked, "smallest units of " + asked, 0);
          }
        });
  }

  @Override
  public String symbol(Address token) {
    return token(token).symbol();
  }

  @Override
  public String amount(Address token, BigInteger units) {
    return token(token).amount(units);
  }
}
