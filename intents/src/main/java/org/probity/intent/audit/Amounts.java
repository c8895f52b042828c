package org.probity.intent.audit;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import org.probity.chain.Address;
import org.probity.chain.ChainClient;
import org.probity.chain.ChainException;
import org.probity.chain.Erc20;
import org.probity.intent.policy.PolicyWords;

/** Amounts of tokens in words. */
final class Amounts implements PolicyWords.Names {

  private final ChainClient chain;
  private final Map<Address, Token> tokens = new HashMap<>();

  /** What a token says of itself. */
  private record Token(String symbol, int decimals) {}

  Amounts(ChainClient chain) {
    this.chain = chain;
  }

  @Override
  public String symbol(Address token) {
    return known(token).symbol;
  }

  /** Whole tokens with their symbol; smallest units of a token that tells no decimals. */
  @Override
  public String amount(Address token, BigInteger units) {
    Token known = known(token);
    return new BigDecimal(units, known.decimals).stripTrailingZeros().toPlainString()
        + " "
        + known.symbol;
  }

  private Token known(Address token) {
    return tokens.computeIfAbsent(token, this::told);
  }

  private Token told(Address token) {
    try {
      Erc20 contract = new Erc20(token);
      return new Token(contract.symbol(chain), contract.decimals(chain));
    } catch (ChainException | IllegalArgumentException | ArithmeticException e) {
      return new Token("units of " + token, 0);
    }
  }
}
