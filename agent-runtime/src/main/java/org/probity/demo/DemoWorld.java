package org.probity.demo;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Erc20;
import org.probity.chain.FeePolicy;
import org.probity.chain.TransactionSender;
import org.probity.chain.local.LocalChain;
import org.probity.chain.local.LocalMarket;
import org.probity.intent.Governor;
import org.probity.intent.Vault;
import org.probity.intent.VaultDeployment;
import org.probity.intent.VaultDeployment.Foundation;
import org.probity.intent.VaultDeployment.Sending;
import org.probity.intent.policy.ModelShape;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyRules;
import org.probity.intent.source.SourceContracts;
import org.probity.intent.source.VaultProgram;
import org.probity.intent.source.VaultSource;
import org.probity.strategy.StrategyBundle;
import org.probity.strategy.example.ExampleStrategies;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.TwapReturns;
import org.probity.zk.Architecture;
import org.probity.zk.ModelKey;
import org.probity.zk.Readout;
import org.probity.zk.Srs;

/**
 * A demo's chain with everything on it: Uniswap, a market with two hours of history, the contracts,
 * and a vault with money in it.
 */
public final class DemoWorld implements World {

  static final BigDecimal FIRST_PRICE = BigDecimal.valueOf(2_500);

  private static final long POOL_DEPTH_WETH = 40_000;
  private static final long VAULT_WETH = 20;
  private static final long VAULT_USD = 50_000;

  /** A trade a minute: the longest horizon, and some more for what comes before the first head. */
  private static final int HISTORY_MINUTES = TwapReturns.STANDARD.historySeconds() / 60 + 15;

  /** One decision in ten minutes of the market: the step of the vault's schedule. */
  public static final int STEP_SECONDS = 600;

  /** Entries of the pool's log: two hours at two trades a minute, with room to spare. */
  private static final int OBSERVATIONS = 600;

  /** What half a percent of fee times depth of is less than the smallest trade. */
  private static final int LITTLE_PERCENT = 3;

  /** What a class may do, in a policy's table of directions. */
  private static final int SELLS = 1;

  private static final int BUYS = 2;

  private static final int OWNER = 1;
  private static final int AGENT = 2;
  private static final int ATTACKER = 3;
  private static final int RECIPIENT = 4;

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
      Foundation foundation, SourceContracts sources, Policy policy, Vault vault) {}

  /** Starts a chain and the market on it. */
  public static DemoWorld open(OptionalInt port, long seed) {
    return open(port, seed, POOL_DEPTH_WETH);
  }

  static DemoWorld open(OptionalInt port, long seed, long depth) {
    LocalChain.Settings defaults = LocalChain.Settings.DEFAULT;
    LocalChain chain =
        LocalChain.start(
            new LocalChain.Settings(
                port, defaults.chainId(), defaults.genesisTime(), 1, defaults.baseFee()));
    try {
      LocalMarket market =
          LocalMarket.deploy(chain, new LocalMarket.Settings(FIRST_PRICE, depth, OBSERVATIONS));
      return new DemoWorld(
          chain, market, new BackgroundTrader(market.pool(), market.weth().address(), seed, 1));
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
  @Override
  public int makeHistory() {
    trade(nextMinute(), HISTORY_MINUTES);
    return HISTORY_MINUTES;
  }

  private void trade(long first, int minutes) {
    market.replay(trader.trades(first, trader.walk(minutes)));
  }

  /**
   * Lets the background trader trade on, minute by minute, up to the first head of the next step.
   * There it pauses: what moves the price in the head's own block is, to the vault's guard, what
   * moves it around a decision.
   */
  @Override
  public void nextHead() {
    nextHead(this::trade);
  }

  /** What everybody else does from a moment on, for so many minutes. */
  interface Trading {
    void trade(long first, int minutes);
  }

  void nextHead(Trading trading) {
    long first = nextMinute();
    long step = Math.ceilDiv(first, (long) STEP_SECONDS) * STEP_SECONDS;
    trading.trade(first, (int) ((step - first) / 60));
    chain.mineAt(step);
  }

  long nextMinute() {
    return Math.floorDiv(chain.client().head().timestamp(), 60L) * 60 + 60;
  }

  @Override
  public Deployed deploy(StrategyBundle strategy, Srs srs) {
    return deploy(strategy, srs, chain.account(AGENT).address());
  }

  /** The same with another agent's account. */
  public Deployed deploy(StrategyBundle strategy, Srs srs, Address agent) {
    return deploy(
        strategy,
        srs,
        (foundation, sources, key, keyAt) -> policy(foundation, sources, key, keyAt, agent),
        List.of(
            new Deposit(market.usd(), market.usd().units(VAULT_USD)),
            new Deposit(market.weth(), market.weth().units(VAULT_WETH))));
  }

  /** Makes the policy of a vault, once there is all that it refers to. */
  interface Drafting {
    Policy policy(Foundation foundation, SourceContracts sources, ModelKey key, Address keyAt);
  }

  /** What a vault begins with, in the token's smallest unit. */
  record Deposit(LocalMarket.Token token, BigInteger amount) {}

  Deployed deploy(StrategyBundle strategy, Srs srs, Drafting drafting, List<Deposit> deposits) {
    return deploy(
        strategy,
        srs,
        new VaultDeployment.Surroundings(market.uniswap().contracts().factory(), Address.ZERO),
        drafting,
        deposits);
  }

  Deployed deploy(
      StrategyBundle strategy,
      Srs srs,
      VaultDeployment.Surroundings surroundings,
      Drafting drafting,
      List<Deposit> deposits) {
    Sending sending = sending();
    Foundation foundation = VaultDeployment.foundation(sending, srs.tauG2Words(), surroundings);
    SourceContracts sources = foundation.sources();
    ModelKey key = strategy.model().key();
    sending.execute("the model's key", VaultDeployment.store(foundation, key));
    Address keyAt = VaultDeployment.keyAt(chain.client(), foundation, key.digest());
    Policy policy = drafting.policy(foundation, sources, key, keyAt);
    Architecture shape = key.architecture();
    PolicyRules.check(
        policy,
        new ModelShape(shape.inputs(), shape.readout() == Readout.LINEAR, shape.outputs()),
        false);
    VaultDeployment.validate(chain.client(), foundation, policy);
    Vault vault = create(foundation, policy);
    for (Deposit each : deposits) {
      market.mint(each.token, chain.account(OWNER).address(), each.amount);
      deposit(vault, each.token, each.amount);
    }
    return new Deployed(foundation, sources, policy, vault);
  }

  /** A second vault, like the first one but for its address and its money. */
  Vault twin(Deployed first) {
    return create(first.foundation(), first.policy());
  }

  /** A funded vault that counts on so little of the pool that the smallest trade is too large. */
  Vault thin(Deployed first) {
    Policy policy = first.policy();
    BigInteger little = part(market.pool().liquidity(BlockTag.LATEST), LITTLE_PERCENT);
    Vault vault =
        create(
            first.foundation(),
            new Policy(
                new Policy.Limits(
                    policy.limits().numbers(),
                    policy.limits().exposures(),
                    List.of(new Policy.PoolLimits(little, little))),
                policy.model(),
                policy.parts()));
    fill(vault);
    return vault;
  }

  /** Has the owner put in what makes both assets worth the same. */
  void even(Vault vault) {
    BigDecimal price = market.price(BlockTag.LATEST);
    BigDecimal usd = market.usd().amount(booked(vault, market.usd()));
    BigDecimal inWeth = market.weth().amount(booked(vault, market.weth())).multiply(price);
    boolean lacksWeth = usd.compareTo(inWeth) > 0;
    LocalMarket.Token token = lacksWeth ? market.weth() : market.usd();
    BigInteger lacking =
        token.units(
            lacksWeth
                ? usd.subtract(inWeth).divide(price, MathContext.DECIMAL64)
                : inWeth.subtract(usd));
    BigInteger none = BigInteger.ZERO;
    market.fund(
        chain.account(OWNER).address(), lacksWeth ? none : lacking, lacksWeth ? lacking : none);
    deposit(vault, token, lacking);
  }

  private static BigInteger booked(Vault vault, LocalMarket.Token token) {
    return vault.book(BlockTag.LATEST, token.address()).amount();
  }

  /** A further vault with as much money as the first, and an agent of its own. */
  public Vault another(Deployed first, Address agent) {
    Policy.Model model = first.policy().model();
    Vault vault =
        create(
            first.foundation(),
            new Policy(
                first.policy().limits(),
                new Policy.Model(
                    model.digest(),
                    model.code(),
                    agent,
                    model.targets(),
                    model.directions(),
                    model.weightStepBps(),
                    model.program()),
                first.policy().parts()));
    fill(vault);
    return vault;
  }

  private Sending sending() {
    return new Sending(owner(), _ -> {});
  }

  private Vault create(Foundation foundation, Policy policy) {
    Address owner = chain.account(OWNER).address();
    VaultDeployment.Made made =
        sending()
            .create(
                foundation,
                VaultDeployment.salt(chain.client(), owner),
                new VaultDeployment.Holders(owner, chain.account(RECIPIENT).address()),
                policy);
    return Vault.at(chain.client(), made.vault());
  }

  /** Who governs a vault of this world. */
  Governor governor(Vault vault) {
    return Governor.of(chain.client(), vault).orElseThrow();
  }

  private void fill(Vault vault) {
    BigInteger usd = market.usd().units(VAULT_USD);
    BigInteger weth = market.weth().units(VAULT_WETH);
    market.fund(chain.account(OWNER).address(), usd, weth);
    deposit(vault, market.usd(), usd);
    deposit(vault, market.weth(), weth);
  }

  private void deposit(Vault vault, LocalMarket.Token token, BigInteger amount) {
    Sending sending = sending();
    Governor governor = governor(vault);
    sending.execute(
        "the approval of a deposit",
        new Erc20(token.address()).approve(governor.address(), amount));
    sending.execute("a deposit", governor.deposit(token.address(), amount));
  }

  /** The table of actions that the example strategy was trained for, within narrow bounds. */
  private Policy policy(
      Foundation foundation, SourceContracts sources, ModelKey key, Address keyAt, Address agent) {
    LocalMarket.Token usd = market.usd();
    LocalMarket.Token weth = market.weth();
    Address pool = market.pool().address();
    boolean inverted = market.pool().token1().equals(weth.address());
    BigInteger liquidity = market.pool().liquidity(BlockTag.LATEST);
    Policy.Numbers numbers =
        new Policy.Numbers(
            STEP_SECONDS,
            300, // maxAge
            300, // minInterval
            300, // window
            60, // settle
            50, // maxSlippageBps
            50, // maxDrift
            5, // impactMargin
            5_000, // depthShareBps
            2_500, // minFillBps
            0, // maxDeviationBps: there is no independent price
            0, // sequencerGrace
            usd.units(1_000), // minTrade
            usd.units(10_000), // maxAction
            usd.units(2_000_000), // turnover
            86_400,
            usd.units(5_000), // dayLoss
            usd.units(100_000), // monthLoss
            usd.units(200)); // maxLossPerAction
    return new Policy(
        new Policy.Limits(
            numbers,
            List.of(new Policy.Exposure(usd.units(1_000_000), 9_000)),
            List.of(new Policy.PoolLimits(part(liquidity, 80), part(liquidity, 50)))),
        new Policy.Model(
            key.digest(),
            keyAt,
            agent,
            ExampleStrategies.TARGET_WEIGHTS_BPS.stream()
                .map((Optional<Integer> bps) -> bps.orElse(Policy.HOLD))
                .toList(),
            List.of(SELLS, SELLS | BUYS, BUYS),
            0,
            new VaultProgram(
                    List.of(
                        new VaultSource.OfPool(
                            sources.twapReturns(), pool, inverted, TwapReturns.STANDARD),
                        new VaultSource.OfBooks(new OwnBooks(2))))
                .features()),
        new Policy.Parts(
            List.of(asset(usd, List.of()), asset(weth, List.of(new Policy.Hop(0, inverted)))),
            List.of(new Policy.PoolPart(pool, LocalMarket.FEE)),
            foundation.action()));
  }

  private static BigInteger part(BigInteger whole, int percent) {
    return whole.multiply(BigInteger.valueOf(percent)).divide(BigInteger.valueOf(100));
  }

  private static Policy.Asset asset(LocalMarket.Token token, List<Policy.Hop> route) {
    return new Policy.Asset(
        token.address(), token.decimals(), false, route, Policy.Feed.NONE, false, 0, false);
  }

  @Override
  public List<LocalMarket.Token> assets() {
    return List.of(market.usd(), market.weth());
  }

  @Override
  public List<BigDecimal> prices(BlockTag at) {
    return List.of(market.price(at));
  }

  @Override
  public LocalChain chain() {
    return chain;
  }

  public LocalMarket market() {
    return market;
  }

  /** Who owns the vaults: another account than the agent's, as the contract demands. */
  public TransactionSender owner() {
    return senderOf(OWNER);
  }

  @Override
  public TransactionSender agent() {
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
