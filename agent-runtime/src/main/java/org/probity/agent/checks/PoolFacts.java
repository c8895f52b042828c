package org.probity.agent.checks;

import org.probity.agent.Token;
import org.probity.chain.uniswap.UniswapPool;

/** A pool that can be traded on, with what its tokens are called. */
public record PoolFacts(UniswapPool pool, Token token0, Token token1) {

  /** The other token. */
  public Token other(Token token) {
    return token.equals(token0) ? token1 : token0;
  }
}
