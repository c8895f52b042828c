package org.probity.intent;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.probity.chain.AbiErrors;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Erc20;
import org.probity.chain.FeePolicy;
import org.probity.chain.TransactionSender;
import org.probity.chain.local.LocalChain;
import org.probity.chain.local.LocalMarket;
import org.probity.chain.uniswap.Uniswap;
import org.probity.chain.uniswap.UniswapPool;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.intent.VaultDeployment.Foundation;
import org.probity.intent.policy.Policy;
import org.probity.intent.source.SourceContracts;
import org.probity.strategy.feature.TwapReturns;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;
import org.probity.zk.Entropy;
import org.probity.zk.FeatureVector;
import org.probity.zk.Srs;

/**
 * Vaults on a local chain over Uniswap's own pool, of USD and WETH and, where a test wants it, a
 * third asset. Owner, recipient, agent and whoever deploys are four accounts.
 *
 * <p>Without a model of its own it has a verifier that accepts exactly one proof: the digest of all
 * that it was asked. So whatever executes here, the contract computed the same features and the
 * same context as the Java code that made the "proof".
 */
final class VaultBench implements AutoCloseable {

  static final int REDUCE = 0;
  static final int KEEP = 1;
  static final int INCREASE = 2;
  static final long STEP = 600;
  static final BigInteger ALL = BigInteger.TWO.pow(256).subtract(BigInteger.ONE);

  private static final ContractArtifact ECHO = ContractArtifact.load("EchoVerifier");
  private static final ContractArtifact TOKEN = ContractArtifact.load("TestToken");
  static final AbiErrors ERRORS =
      AbiErrors.of(
          Vault.VAULT,
          Vault.ENGINE,
          Vault.RULES,
          Vault.KEYS,
          Vault.TWAP_RETURNS,
          Vault.V3_ACTION,
          Vault.VERIFIER,
          ECHO,
          TOKEN);

  private static final AbiFunction ECHOED =
      AbiFunction.parse("echo(bytes,int256[],int256[],bytes32)");
  private static final AbiFunction TWAP =
      AbiFunction.parse("f() returns (address pool, bool inverted, uint32[] horizons)");
  private static final AbiFunction CREATE_POOL =
      AbiFunction.parse(
          "createAndInitializePoolIfNecessary(address token0, address token1, uint24 fee,"
              + " uint160 sqrtPriceX96) payable returns (address pool)");

  final LocalChain chain;
  final LocalMarket market;
  final LocalMarket.Token usd;
  final LocalMarket.Token weth;
  final Foundation foundation;
  final SourceContracts sources;
  final Address owner;
  final Address recipient;
  final Address agent;
  final Address stranger;

  /** A digest names a key, and here it is. */
  private Bytes key = Bytes.EMPTY;

  private @Nullable Third third;

  /** Another asset, in a pool with USD. */
  private record Third(Address token, Address pool, boolean inverted) {}

  /** With the verifier that accepts the echo, and a key of three classes. */
  VaultBench() {
    this(List.of());
    store(modelKey(20, false, 3));
  }

  /**
   * @param tauG2 of the reference string of the real verifier; empty for the other one
   */
  VaultBench(List<BigInteger> tauG2) {
    chain = LocalChain.start();
    market =
        LocalMarket.deploy(chain, new LocalMarket.Settings(BigDecimal.valueOf(2_500), 10_000, 600));
    usd = market.usd();
    weth = market.weth();
    Address deployer = chain.account(1).address();
    owner = chain.account(2).address();
    recipient = chain.account(3).address();
    agent = chain.account(4).address();
    stranger = chain.account(5).address();
    VaultDeployment.Creation creation = (_, call) -> chain.deploy(deployer, call);
    Address factory = market.uniswap().contracts().factory();
    Foundation made =
        VaultDeployment.foundation(
            creation,
            tauG2.isEmpty() ? Srs.development(4, Entropy.secure()).tauG2Words() : tauG2,
            new VaultDeployment.Surroundings(factory, Address.ZERO));
    foundation =
        tauG2.isEmpty()
            ? new Foundation(
                chain.deploy(deployer, ECHO.deployment()),
                made.keys(),
                made.engine(),
                made.loans(),
                made.rules(),
                made.actions(),
                made.order(),
                made.sources(),
                made.factory(),
                made.lens())
            : made;
    sources = foundation.sources();
    BigInteger plenty = BigInteger.TEN.pow(30);
    market.fund(owner, plenty, plenty);
    breathe(160, 5);
  }

  ChainClient client() {
    return chain.client();
  }

  long now() {
    return client().head().timestamp();
  }

  // ---- the market ----

  /** Small swaps, 50 seconds apart, by which the price stays about where it is. */
  void breathe(int swaps, long seed) {
    var random = new Random(seed);
    long time = now();
    List<LocalMarket.Trade> trades = new ArrayList<>();
    for (int i = 0; i < swaps; i++) {
      time += 50;
      LocalMarket.Token token = i % 2 == 0 ? weth : usd;
      long whole = (1 + random.nextInt(3)) * (i % 2 == 0 ? 1 : 2_500);
      trades.add(new LocalMarket.Trade(market.pool(), time, token.address(), token.units(whole)));
    }
    market.replay(trades);
  }

  /** To the next moment that may be decided for, and so many seconds beyond. */
  void toMoment(long beyond) {
    long now = now();
    chain.mineAt(now - now % STEP + STEP + beyond);
  }

  // ---- models and policies ----

  /** A key of the right shape; no real model has it, and the echo does not mind. */
  static Bytes modelKey(int inputs, boolean linear, int outputs) {
    byte[] key = new byte[8 + 3 * 4 + 4 * 64];
    key[0] = 1;
    key[1] = (byte) (linear ? 1 : 0);
    key[2] = 2;
    key[3] = 3;
    key[7] = (byte) inputs;
    key[10] = 8;
    key[14] = 8;
    key[18] = (byte) outputs;
    return Bytes.of(key);
  }

  /** What later policies pin. */
  void store(Bytes modelKey) {
    key = modelKey;
    chain.execute(
        chain.account(1).address(), Call.of(foundation.keys(), Vault.KEYS.function("store"), key));
  }

  /** What tests vary; three assets and a linear model besides. */
  static final class Terms {
    long step = STEP;
    long maxAge = 120;
    long minInterval = 400;
    int maxSlippageBps = 50;
    long minTrade = 100;
    long maxAction = 10_000;
    long turnover = 50_000;
    BigInteger dayLoss;
    BigInteger monthLoss;
    BigInteger lossOfOne;
    int mostBps = 9_000;
    List<Integer> targets = List.of(2_500, Policy.HOLD, 7_500);
    List<Integer> directions = List.of(1, 3, 2);
    int weightStepBps;
    boolean three;
    Address twap;

    /** Where else WETH is traded, each with the liquidity that it takes and is counted with. */
    List<Policy.Venue> venues = List.of();

    List<Policy.PoolLimits> venueLimits = List.of();

    private Terms(VaultBench bench) {
      dayLoss = bench.usd.units(500);
      monthLoss = bench.usd.units(2_500);
      lossOfOne = bench.usd.units(100);
      twap = bench.sources.twapReturns();
    }
  }

  Policy policy(Consumer<Terms> edit) {
    var terms = new Terms(this);
    edit.accept(terms);
    List<Policy.Asset> assets = new ArrayList<>();
    List<Policy.PoolPart> pools = new ArrayList<>();
    UniswapPool pool = market.pool();
    boolean inverted = pool.token1().equals(weth.address());
    assets.add(asset(usd.address(), usd.decimals(), List.of()));
    assets.add(asset(weth.address(), weth.decimals(), List.of(new Policy.Hop(0, inverted))));
    pools.add(new Policy.PoolPart(pool.address(), LocalMarket.FEE));
    List<BigInteger> liquidity = new ArrayList<>(List.of(pool.liquidity(BlockTag.LATEST)));
    if (terms.three) {
      Third added = third();
      assets.add(asset(added.token, 18, List.of(new Policy.Hop(1, added.inverted))));
      pools.add(new Policy.PoolPart(added.pool, LocalMarket.FEE));
      liquidity.add(UniswapPool.at(client(), added.pool).liquidity(BlockTag.LATEST));
    }
    int others = assets.size() - 1;
    Bytes parameters =
        TWAP.encodeReturn(pool.address(), inverted, TwapReturns.STANDARD.horizonsSeconds());
    return new Policy(
        new Policy.Limits(
            numbers(terms),
            IntStream.range(0, others)
                .mapToObj(_ -> new Policy.Exposure(usd.units(1_000_000), terms.mostBps))
                .toList(),
            liquidity.stream()
                .map(most -> most.multiply(BigInteger.valueOf(99)).divide(BigInteger.valueOf(100)))
                .map(most -> new Policy.PoolLimits(most, most))
                .toList(),
            terms.venueLimits,
            List.of(),
            0),
        new Policy.Model(
            key.keccak(),
            VaultDeployment.keyAt(client(), foundation, key.keccak()),
            agent,
            terms.targets,
            terms.directions,
            terms.weightStepBps,
            List.of(
                new Policy.Feature(terms.twap, 16, parameters),
                new Policy.Feature(Address.ZERO, 2 * others + 2, Bytes.EMPTY))),
        new Policy.Parts(assets, pools, foundation.action(), terms.venues, Policy.Lending.NONE));
  }

  private Policy.Numbers numbers(Terms terms) {
    return new Policy.Numbers(
        terms.step,
        terms.maxAge,
        terms.minInterval,
        300,
        60,
        terms.maxSlippageBps,
        50,
        5,
        5_000,
        2_500,
        0,
        0,
        usd.units(terms.minTrade),
        usd.units(terms.maxAction),
        usd.units(terms.turnover),
        86_400,
        terms.dayLoss,
        terms.monthLoss,
        terms.lossOfOne);
  }

  private static Policy.Asset asset(Address token, int decimals, List<Policy.Hop> route) {
    return new Policy.Asset(token, decimals, false, route, Policy.Feed.NONE, false, 0, false);
  }

  /** At a price of one dollar, ten million a side; its history is as long as it stands there. */
  private Third third() {
    Third known = third;
    if (known != null) {
      return known;
    }
    Address token = chain.deploy(owner, TOKEN.deployment("Third", "THIRD", 18));
    BigInteger side = BigInteger.TEN.pow(7);
    BigInteger dollars = usd.units(side.longValueExact());
    BigInteger thirds = side.multiply(BigInteger.TEN.pow(18));
    chain.execute(
        owner,
        Call.of(token, AbiFunction.parse("mint(address,uint256)"), owner, thirds.shiftLeft(1)));
    boolean first = token.compareTo(usd.address()) < 0;
    BigInteger root =
        (first ? dollars : thirds).shiftLeft(192).divide(first ? thirds : dollars).sqrt();
    Address positions = market.uniswap().contracts().positionManager();
    chain.execute(
        owner,
        Call.of(
            positions,
            CREATE_POOL,
            first ? token : usd.address(),
            first ? usd.address() : token,
            LocalMarket.FEE,
            root));
    UniswapPool pool = market.uniswap().pool(token, usd.address(), LocalMarket.FEE).orElseThrow();
    chain.execute(owner, pool.increaseCardinality(20));
    for (Address each : List.of(token, usd.address())) {
      chain.execute(owner, new Erc20(each).approve(positions, ALL));
    }
    // Each logs an observation.
    for (int i = 0; i < 4; i++) {
      BigInteger parts = BigInteger.valueOf(4);
      var position =
          new Uniswap.Position(
              -887_270,
              887_270,
              (first ? thirds : dollars).divide(parts),
              (first ? dollars : thirds).divide(parts));
      chain.execute(owner, market.uniswap().mint(pool, position, owner, Long.MAX_VALUE));
    }
    known = new Third(token, pool.address(), !first);
    third = known;
    return known;
  }

  // ---- vaults ----

  /** A vault with 90,000 USD and 4 WETH: a tenth of it, about, is WETH. */
  Address vault(Policy policy) {
    return vault(policy, usd.units(90_000), weth.units(4));
  }

  Address vault(Policy policy, BigInteger dollars, BigInteger ethers) {
    VaultDeployment.validate(client(), foundation, policy);
    Address vault =
        chain.deploy(
            chain.account(1).address(),
            VaultDeployment.vault(foundation, owner, recipient, policy));
    deposit(vault, usd, dollars);
    deposit(vault, weth, ethers);
    return vault;
  }

  void deposit(Address vault, LocalMarket.Token token, BigInteger amount) {
    chain.execute(owner, new Erc20(token.address()).approve(vault, amount));
    owner(vault, "deposit", token.address(), amount);
  }

  /** What the owner does. */
  void owner(Address vault, String function, Object... arguments) {
    chain.execute(owner, Call.of(vault, Vault.VAULT.function(function), arguments));
  }

  void setPolicy(Address vault, Policy policy) {
    owner(vault, "setPolicy", Bytes.of(policy.encoded()));
  }

  // ---- decisions ----

  DecisionProof echo(FeatureVector features, Decision decision, Bytes32 context) {
    List<Integer> x = Arrays.stream(features.toArray()).boxed().toList();
    List<Integer> y = Arrays.stream(decision.words()).boxed().toList();
    Bytes asked = ECHOED.encode(key, x, y, context);
    return DecisionProof.of(Keccak.hash(asked.slice(4, asked.length()).toArray()).toByteArray());
  }

  TransactionSender sender(int account) {
    return sender(client(), account);
  }

  TransactionSender sender(ChainClient client, int account) {
    return new TransactionSender(
        client, chain.account(account), FeePolicy.DEFAULT, ERRORS, Duration.ofSeconds(20));
  }

  /** Of the agent's account. */
  DirectVenue venue(Vault vault) {
    return new DirectVenue(vault, sender(4));
  }

  /** Why a call from {@code from} would fail at the time of the newest block. */
  String refusal(Address from, Call call) {
    try {
      client().callFrom(from, call, BlockTag.LATEST);
    } catch (CallReverted e) {
      return e.reason(ERRORS).toString();
    }
    throw new AssertionError("The call was not refused");
  }

  BigInteger balance(LocalMarket.Token token, Address account) {
    return new Erc20(token.address()).balanceOf(client(), account, BlockTag.LATEST);
  }

  @Override
  public void close() {
    chain.close();
  }
}
