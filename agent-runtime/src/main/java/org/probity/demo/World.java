package org.probity.demo;

import java.math.BigDecimal;
import java.util.List;
import org.probity.chain.BlockTag;
import org.probity.chain.TransactionSender;
import org.probity.chain.local.LocalChain;
import org.probity.chain.local.LocalMarket.Token;
import org.probity.strategy.StrategyBundle;
import org.probity.zk.Srs;

/** A local chain with a market that moves, and room for a vault. */
public sealed interface World extends AutoCloseable permits DemoWorld, RotationWorld, LendingWorld {

  LocalChain chain();

  /** The agent's own account: it pays for gas and owns nothing else. */
  TransactionSender agent();

  /** The assets of its vaults, the numeraire first. */
  List<Token> assets();

  /** What one whole token of each asset but the numeraire is worth, in whole numeraire. */
  List<BigDecimal> prices(BlockTag at);

  /**
   * Trades for as long as a strategy looks back.
   *
   * @return how many trades that were
   */
  int makeHistory();

  /** Trades on, up to the first head of the next moment that may be decided for. */
  void nextHead();

  /** Deploys the contracts and fills a vault that {@link #agent} acts for. */
  DemoWorld.Deployed deploy(StrategyBundle strategy, Srs srs);

  @Override
  void close();
}
