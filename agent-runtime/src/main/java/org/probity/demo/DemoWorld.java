package org.probity.demo;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.probity.chain.FeePolicy;
import org.probity.chain.TransactionSender;
import org.probity.chain.local.LocalChain;
import org.probity.chain.local.LocalMarket;
import org.probity.ground.Bytes32;
import org.probity.intent.Vault;
import org.probity.intent.VaultDeployment;
import org.probity.intent.VaultDeployment.Foundation;
import org.probity.intent.VaultDeployment.RegisteredModel;
import org.probity.intent.VaultPolicy;
import org.probity.strategy.StrategyBundle;
import org.probity.strategy.example.ExampleStrategies;
import org.probity.strategy.feature.TwapDefinition;
import org.probity.zk.Srs;

/**
 * A demo's chain with everything on it: Uniswap, a market with two hours of history, the contracts,
 * and a vault with money in it.
 */
public final class DemoWorld implements AutoCloseable {

  static final BigDecimal FIRST_PRICE = BigDecimal.valueOf(2_500);

  private static final long POOL_DEPTH_WETH = 40_000;
  private static final long VAULT_WETH = 20;
  private static final long VAULT_USD = 50_000;

  /** A trade a minute: the longest horizon, and some more for what comes before the first head. */
  private static final int HISTORY_MINUTES = TwapDefinition.STANDARD.historySeconds() / 60 + 15;

  /** One decision in ten minutes of the market: the step of the vault's schedule. */
  public static final int STEP_SECONDS = 600;

  /** Entries of the pool's log: two hours at two trades a minute, with room to spare. */
  private static final int OBSERVATIONS = 600;

  private static final int OWNER = 1;
  private static final int AGENT = 2;
  private static final int ATTACKER = 3;

  private final LocalChain chain;
  private final LocalMarket market;
  private final BackgroundTrader trader;

  private DemoWorld(LocalChain chain, LocalMarket market, BackgroundTrader trader) {
    this.chain = chain;
    this.market = market;
    this.trader = trader;
  }

  /** The vault and what it stands on. */
  public record Deployed(
      Foundation foundation, RegisteredModel model, VaultPolicy policy, Vault vault) {}

  /** Starts a chain and the market on it. */
  public static DemoWorld open(OptionalInt port, long seed) {
    LocalChain.Settings defaults = LocalChain.Settings.DEFAULT;
    LocalChain chain =
        LocalChain.start(
            new LocalChain.Settings(
                port, defaults.chainId(), defaults.genesisTime(), 1, defaults.baseFee()));
    try {
      LocalMarket market =
          LocalMarket.deploy(
              chain, new LocalMarket.Settings(FIRST_PRICE, POOL_DEPTH_WETH, OBSERVATIONS));
      return new DemoWorld(chain, market, new BackgroundTrader(market, seed));
    } catch (RuntimeException e) {
      chain.close();
      throw e;
    }
  }

  /**
   * Lets the background trader trade for two hours.
   *
   * @return how many trades that were
   */
  public int makeHistory() {
    trader.trade(nextMinute(), HISTORY_MINUTES);
    return HISTORY_MINUTES;
  }

  /**
   * Lets the background trader trade on, minute by minute, up to the first head of the next step.
   */
  public void nextHead() {
    long first = nextMinute();
    long step = Math.ceilDiv(first, (long) STEP_SECONDS) * STEP_SECONDS;
    trader.trade(first, (int) ((step - first) / 60) + 1);
  }

  private long nextMinute() {
    return Math.floorDiv(chain.client().head().timestamp(), 60L) * 60 + 60;
  }

  /** Deploys the contracts and fills the vault. */
  public Deployed deploy(StrategyBundle strategy, Srs srs) {
    VaultDeployment deployment = deployment();
    Foundation foundation = deployment.foundation(srs.tauG2Words(), TwapDefinition.STANDARD);
    RegisteredModel model =
        deployment.register(foundation, strategy.model().key(), Bytes32.of(1), 0);
    VaultPolicy policy = policy();
    Vault vault = vault(deployment, foundation, model, policy);
    fill(deployment, vault);
    return new Deployed(foundation, model, policy, vault);
  }

  /** A second vault, like the first one but for its address and its money. */
  Vault twin(Deployed first) {
    return vault(deployment(), first.foundation(), first.model(), first.policy());
  }

  /** A further vault with as much money as the first. */
  public Vault another(Deployed first) {
    Vault vault = twin(first);
    fill(deployment(), vault);
    return vault;
  }

  private VaultDeployment deployment() {
    return new VaultDeployment(chain.client(), senderOf(OWNER), _ -> {});
  }

  private void fill(VaultDeployment deployment, Vault vault) {
    BigInteger weth = market.weth().units(VAULT_WETH);
    BigInteger usd = market.usd().units(VAULT_USD);
    market.fund(chain.account(OWNER).address(), usd, weth);
    deployment.deposit(vault, weth, usd);
  }

  private Vault vault(
      VaultDeployment deployment,
      Foundation foundation,
      RegisteredModel model,
      VaultPolicy policy) {
    return deployment.vault(
        foundation, model, market.pool().address(), market.weth().address(), policy);
  }

  /** The table of actions that the example strategy was trained for, within narrow bounds. */
  private VaultPolicy policy() {
    List<OptionalInt> targets =
        ExampleStrategies.TARGET_WEIGHTS_BPS.stream()
            .map(bps -> bps.map(OptionalInt::of).orElseGet(OptionalInt::empty))
            .toList();
    return new VaultPolicy(
        100,
        300,
        STEP_SECONDS,
        900,
        market.usd().units(1_000),
        market.usd().units(10_000),
        targets);
  }

  /** Whole dollars. */
  BigDecimal dollars(BigInteger quoteUnits) {
    return market.usd().amount(quoteUnits);
  }

  public LocalChain chain() {
    return chain;
  }

  public LocalMarket market() {
    return market;
  }

  /** The agent's own account: it pays for gas and owns nothing else. */
  TransactionSender agent() {
    return senderOf(AGENT);
  }

  public TransactionSender attacker() {
    return senderOf(ATTACKER);
  }

  private TransactionSender senderOf(int account) {
    return new TransactionSender(
        chain.client(),
        chain.account(account),
        FeePolicy.DEFAULT,
        Vault.ERRORS,
        Duration.ofSeconds(30));
  }

  @Override
  public void close() {
    chain.close();
  }
}
