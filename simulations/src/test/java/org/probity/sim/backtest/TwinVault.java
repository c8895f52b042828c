package org.probity.sim.backtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.probity.chain.AbiErrors;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Erc20;
import org.probity.chain.FeePolicy;
import org.probity.chain.RevertReason;
import org.probity.chain.TransactionSender;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.intent.Vault;
import org.probity.intent.VaultDeployment;
import org.probity.intent.VaultState;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyEngine;
import org.probity.intent.policy.Refusal;
import org.probity.intent.policy.VaultLedger;
import org.probity.intent.source.Reports;
import org.probity.intent.source.SourceContracts;
import org.probity.intent.source.VaultProgram;
import org.probity.intent.source.VaultSource;
import org.probity.sim.market.V3Pool;
import org.probity.strategy.feature.ChainlinkReturns;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.TwapReturns;

/** The vault on a chain, with a verifier that accepts what it is asked, and its twin in Java. */
final class TwinVault {

  private static final ContractArtifact KEYS = ContractArtifact.load("KeyStore");
  private static final ContractArtifact VERIFIER = ContractArtifact.load("AskedVerifier");
  private static final AbiFunction ASKED =
      AbiFunction.parse("asked(bytes,int256[],int256[],bytes32)");
  static final AbiErrors ERRORS =
      AbiErrors.of(
          ContractArtifact.load("Vault"),
          ContractArtifact.load("PolicyEngine"),
          ContractArtifact.load("UniswapV3Action"),
          ContractArtifact.load("UniswapV3PathAction"),
          ContractArtifact.load("UniswapV2Action"),
          ContractArtifact.load("UniswapV4Action"),
          ContractArtifact.load("TwapReturns"),
          ContractArtifact.load("ChainlinkReturns"),
          ContractArtifact.load("TestToken"),
          VERIFIER);
  private static final BigInteger UNLIMITED =
      BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE);

  final TwinMarket market;
  final Address owner;
  final Address agent;
  final Vault vault;
  final SimulatedVault twin;
  final SimulatedFeatures features;
  final VaultProgram program;
  final TransactionSender sender;
  private final Bytes key;

  TwinVault(TwinMarket market, Random random) {
    this.market = market;
    this.owner = market.chain.account(1).address();
    this.agent = market.chain.account(3).address();
    VaultDeployment.Creation creation =
        (_, call) -> {
          Address made = market.chain.deploy(owner, call);
          market.pass(market.chain.client().head().timestamp() + 1);
          return made;
        };
    Address verifier = creation.create("verifier", VERIFIER.deployment());
    Address keys = creation.create("keys", KEYS.deployment());
    Address factory =
        market
            .chain
            .client()
            .call(
                market.pools.getFirst().address(),
                AbiFunction.parse("factory() returns (address factory)"))
            .address("factory");
    Address loans = creation.create("loans", ContractArtifact.load("LoanEngine").deployment());
    VaultDeployment.Foundation foundation =
        new VaultDeployment.Foundation(
            verifier,
            keys,
            creation.create(
                "engine", ContractArtifact.load("PolicyEngine").deployment(Address.ZERO, loans)),
            loans,
            creation.create(
                "rules",
                ContractArtifact.load("PolicyRules").deployment(keys, factory, Address.ZERO)),
            market.venues.actions(),
            Address.ZERO,
            VaultDeployment.sources(creation),
            Address.ZERO,
            Address.ZERO);
    SourceContracts sources = foundation.sources();
    int others = market.tokens.size() - 1;
    boolean linear = random.nextInt(3) == 0;
    int classes = 2 + random.nextInt(4);
    VaultProgram of = program(sources);
    this.key = key(of.program().width(), linear, linear ? others : classes);
    market.at(market.now() + 1, owner, Call.of(keys, KEYS.function("store"), key));
    Address code = VaultDeployment.keyAt(market.chain.client(), foundation, key.keccak());
    Policy policy =
        new Policy(
            limits(random, others),
            model(random, others, linear ? 0 : classes, code, of),
            parts(foundation.action()));
    VaultDeployment.validate(market.chain.client(), foundation, policy);
    Address address =
        market.chain.deploy(
            owner,
            VaultDeployment.vault(foundation, owner, market.chain.account(4).address(), policy));
    long created = market.chain.client().head().timestamp();
    market.pass(created + 1);
    this.vault = Vault.at(market.chain.client(), address);
    this.twin =
        new SimulatedVault(
            market.simulated(),
            new PolicyEngine(Optional.empty()),
            VaultLedger.created(policy, created));
    this.program = of;
    this.features = new SimulatedFeatures(twin, of, Reports.NONE);
    this.sender =
        new TransactionSender(
            market.chain.client(),
            market.chain.account(3),
            FeePolicy.DEFAULT,
            ERRORS,
            Duration.ofSeconds(20));
    for (TwinMarket.Token token : market.tokens) {
      market.at(market.now() + 1, owner, market.mint(token, owner));
      market.at(market.now() + 1, owner, new Erc20(token.address()).approve(address, UNLIMITED));
    }
  }

  // ---- the policy ----

  private VaultProgram program(SourceContracts sources) {
    TwinMarket.Pool pool = market.routePools().getLast();
    return new VaultProgram(
        List.of(
            new VaultSource.OfPool(
                sources.twapReturns(),
                pool.address(),
                market.random.nextBoolean(),
                new TwapReturns(List.of(60, 300, 700))),
            new VaultSource.OfFeed(
                sources.chainlinkReturns(),
                market.feedOf(1).proxy(),
                new ChainlinkReturns(List.of(240, 600))),
            new VaultSource.OfBooks(new OwnBooks(market.tokens.size()))));
  }

  /** A key of the right shape; no real model has it, and the verifier does not mind. */
  private static Bytes key(int inputs, boolean linear, int outputs) {
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

  private Policy.Model model(
      Random random, int others, int classes, Address code, VaultProgram program) {
    List<Integer> targets = new ArrayList<>();
    List<Integer> directions = new ArrayList<>();
    for (int d = 0; d < classes; d++) {
      directions.add(random.nextInt(3) == 0 ? 1 + random.nextInt(3) : 3);
      int rest = 10_000;
      for (int i = 0; i < others; i++) {
        boolean hold = (d == 0 && classes > 2) || random.nextInt(6) == 0;
        int target = random.nextInt(4) == 0 ? 0 : random.nextInt(rest + 1);
        targets.add(hold ? Policy.HOLD : target);
        rest -= hold ? 0 : target;
      }
    }
    return new Policy.Model(
        key.keccak(),
        code,
        agent,
        targets,
        directions,
        classes == 0 ? 500 : 0,
        program.sources().stream()
            .map(source ->
                new Policy.Feature(source.contract(), source.entry().width(), source.parameters()))
            .toList());
  }

  private Policy.Limits limits(Random random, int others) {
    BigInteger scale = market.scale;
    BigInteger minTrade = scale.divide(BigInteger.valueOf(10_000)).max(BigInteger.ONE);
    BigInteger loss =
        scale.divide(BigInteger.valueOf(random.nextBoolean() ? 20 : 3_000)).max(BigInteger.ONE);
    long step = 60L * (5 + 5 * random.nextInt(2));
    long maxAge = step / (2 + random.nextInt(4));
    Policy.Numbers numbers =
        new Policy.Numbers(
            step,
            maxAge,
            random.nextBoolean() ? step - maxAge : 0,
            300,
            60,
            290,
            200,
            5,
            10_000,
            1_000 + random.nextInt(9_000),
            2_000,
            1_800,
            minTrade,
            scale.max(minTrade),
            scale.max(minTrade),
            86_400L * (1 + random.nextInt(3)),
            loss,
            loss.shiftLeft(random.nextInt(3)),
            random.nextBoolean() ? loss : loss.shiftRight(2).max(BigInteger.ONE));
    return new Policy.Limits(
        numbers,
        IntStream.range(0, others)
            .mapToObj(_ -> new Policy.Exposure(scale.shiftLeft(4), 10_000))
            .toList(),
        market.routePools().stream()
            .map(pool -> pool.liquidity().shiftRight(1))
            .map(half -> new Policy.PoolLimits(half, half))
            .toList(),
        market.venues.limits(),
        List.of(),
        0);
  }

  private Policy.Parts parts(Address action) {
    List<Policy.Asset> assets = new ArrayList<>();
    for (int i = 0; i < market.tokens.size(); i++) {
      TwinMarket.Token token = market.tokens.get(i);
      TwinMarket.Feed feed = market.feeds.get(i);
      assets.add(
          new Policy.Asset(
              token.address(),
              token.decimals(),
              false,
              market.routes.get(i),
              feed == null
                  ? Policy.Feed.NONE
                  : new Policy.Feed(
                      feed.proxy(), feed.decimals(), 3_600, BigInteger.ONE, BigInteger.TEN.pow(38)),
              feed != null,
              0,
              false));
    }
    return new Policy.Parts(
        assets,
        market.routePools().stream()
            .map(pool -> new Policy.PoolPart(pool.address(), pool.fee()))
            .toList(),
        action,
        market.venues.venues,
        Policy.Lending.NONE);
  }

  // ---- calls ----

  /** What the verifier takes for a proof of this. */
  Bytes proof(int[] features, List<BigInteger> outputs, Bytes32 context) {
    List<Integer> x = IntStream.of(features).boxed().toList();
    Bytes asked = ASKED.encode(key, x, outputs, context);
    return Bytes.of(Keccak.hash(asked.slice(4, asked.length()).toArray()).toByteArray());
  }

  /** Where the engine finds each pool's three moments, and where the executor wants to trade. */
  Bytes guardHints(long asOf, long now, List<Integer> choices) {
    long window = twin.policy().limits().numbers().window();
    var hints = new ByteArrayOutputStream();
    for (TwinMarket.Pool pool : market.routePools()) {
      for (long moment : new long[] {asOf, asOf - window, now - window}) {
        int index = place(pool.twin(), moment);
        hints.write(index >> 8);
        hints.write(index);
      }
    }
    if (!market.venues.venues.isEmpty()) {
      choices.forEach(hints::write);
    }
    return Bytes.of(hints.toByteArray());
  }

  /** The last observation at or before a moment; the oldest if there is none. */
  private static int place(V3Pool pool, long moment) {
    int index = pool.observationIndex();
    while (pool.observationTime(index) > moment && index != pool.oldestObservation()) {
      index = Math.floorMod(index - 1, pool.observationCardinality());
    }
    return index;
  }

  /** What a call returns in a block of this time. */
  static Bytes at(ChainClient client, long now, Address from, Call call) {
    return Bytes.parse(
        client
            .request(
                "eth_call",
                Map.of(
                    "from", from.hex(),
                    "to", String.valueOf(call.to()),
                    "data", call.data().toString()),
                "latest",
                Map.of(),
                Map.of("time", "0x" + Long.toHexString(now)))
            .asText());
  }

  /** A revert as the ledger names it. */
  static Refusal refusal(RevertReason reason) {
    return switch (reason) {
      case RevertReason.Custom(var name, var arguments) -> new Refusal(name, arguments);
      case RevertReason.Panic(var code) -> new Refusal("Panic", List.of(code));
      case RevertReason.Message(var text) -> new Refusal("Error", List.of(text));
      default -> throw new AssertionError("Refused for no known reason: " + reason);
    };
  }

  /** All that both remember is the same, and the chain's vault holds what it has booked. */
  void compare(String when) {
    VaultLedger mine = twin.ledger();
    long now = market.now();
    Vault.State theirs = vault.state(BlockTag.LATEST);
    VaultLedger.Losses losses = mine.losses(now);
    assertThat(
            List.of(
                BigInteger.valueOf(mine.nonce()),
                mine.paused(),
                mine.lastAsOf(),
                mine.lastTradeAsOf(),
                mine.lastTradeTime(),
                mine.policyHash(),
                mine.turnoverUsed(now),
                losses.day(),
                losses.month()))
        .as(when)
        .isEqualTo(
            List.of(
                theirs.nonce(),
                theirs.paused(),
                theirs.lastAsOf(),
                theirs.lastTradeAsOf(),
                theirs.lastTradeTime(),
                theirs.policyHash(),
                theirs.turnoverUsed(),
                theirs.dayLoss(),
                theirs.monthLoss()));
    for (TwinMarket.Token token : market.tokens) {
      VaultLedger.Book own = mine.book(token.address());
      assertThat(vault.book(BlockTag.LATEST, token.address()))
          .as("book of %s, %s", token, when)
          .isEqualTo(
              new VaultState.Book(token.address(), own.amount(), own.before(), own.changedAt()));
      assertThat(
              new Erc20(token.address())
                  .balanceOf(market.chain.client(), vault.address(), BlockTag.LATEST))
          .as("balance of %s, %s", token, when)
          .isEqualTo(own.amount());
    }
    market.compare(when);
  }
}
