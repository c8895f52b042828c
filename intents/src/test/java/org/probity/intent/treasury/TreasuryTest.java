package org.probity.intent.treasury;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.Erc20;
import org.probity.chain.Receipt;
import org.probity.chain.local.LocalChain;
import org.probity.chain.local.LocalMarket;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.VaultDecision;
import org.probity.intent.source.Reports;
import org.probity.intent.source.SourceContracts;
import org.probity.zk.Architecture;
import org.probity.zk.CommittedModel;
import org.probity.zk.Decision;
import org.probity.zk.Dense;
import org.probity.zk.Entropy;
import org.probity.zk.FeatureVector;
import org.probity.zk.Layer;
import org.probity.zk.Network;
import org.probity.zk.Prover;
import org.probity.zk.Readout;
import org.probity.zk.Srs;
import org.probity.zk.backend.ComputeBackend;

/**
 * The vault for many assets with real proofs of a model that keeps a weight: on Uniswap's own pool,
 * with the real verifier. The owner, the agent and whoever deploys are three accounts.
 */
@TestKind.Acceptance
class TreasuryTest {

  private static final List<Integer> HORIZONS =
      List.of(
          60, 120, 180, 300, 420, 600, 900, 1200, 1500, 1800, 2400, 3000, 3600, 4500, 5400, 6300,
          7200);
  private static final AbiFunction PARAMETERS =
      AbiFunction.parse("f() returns (address pool, bool inverted, uint32[] horizons)");
  private static final long STEP = 600;

  @SuppressWarnings("NullAway.Init") // by deploy()
  private static LocalChain chain;

  @SuppressWarnings("NullAway.Init") // by deploy()
  private static LocalMarket market;

  @SuppressWarnings("NullAway.Init") // by deploy()
  private static Address owner;

  @SuppressWarnings("NullAway.Init") // by deploy()
  private static Address recipient;

  @SuppressWarnings("NullAway.Init") // by deploy()
  private static Address agent;

  @SuppressWarnings("NullAway.Init") // by deploy()
  private static Address stranger;

  @SuppressWarnings("NullAway.Init") // by deploy()
  private static CommittedModel model;

  @SuppressWarnings("NullAway.Init") // by deploy()
  private static Prover prover;

  @SuppressWarnings("NullAway.Init") // by deploy()
  private static TreasuryDeployment.Sources sources;

  @SuppressWarnings("NullAway.Init") // by deploy()
  private static Bytes twapParameters;

  @SuppressWarnings("NullAway.Init") // by deploy()
  private static Policy policy;

  @SuppressWarnings("NullAway.Init") // by deploy()
  private static Treasury vault;

  @SuppressWarnings("NullAway.Init") // by deploy()
  private static TreasuryReader reader;

  private String snapshot = "";

  @BeforeAll
  static void deploy() {
    chain = LocalChain.start(LocalChain.Settings.DEFAULT);
    market =
        LocalMarket.deploy(chain, new LocalMarket.Settings(BigDecimal.valueOf(2_500), 10_000, 600));
    Address deployer = chain.account(1).address();
    owner = chain.account(2).address();
    recipient = chain.account(3).address();
    agent = chain.account(4).address();
    stranger = chain.account(5).address();
    breathe();

    Architecture shape =
        new Architecture(20, List.of(new Layer(4, 0), new Layer(3, 0)), Readout.ARGMAX, 0);
    Srs srs = Srs.development(shape.logSize(), Entropy.secure());
    prover = new Prover(srs, ComputeBackend.scalar(), Entropy.secure());
    model = CommittedModel.commit(keeper(shape), srs, ComputeBackend.scalar(), Entropy.secure());

    TreasuryDeployment.Creation creation = (what, call) -> chain.deploy(deployer, call);
    Address factory = market.uniswap().contracts().factory();
    TreasuryDeployment.Foundation foundation =
        TreasuryDeployment.foundation(
            creation, srs.tauG2Words(), new TreasuryDeployment.Surroundings(factory, Address.ZERO));
    sources = TreasuryDeployment.sources(creation);
    chain.execute(deployer, TreasuryDeployment.store(foundation, model.key()));
    Address key = TreasuryDeployment.keyAt(client(), foundation, model.key().digest());
    policy = policy(foundation, key);
    TreasuryDeployment.validate(client(), foundation, policy);
    vault =
        Treasury.at(
            client(),
            creation.create(
                "the vault", TreasuryDeployment.vault(foundation, owner, recipient, policy)));
    reader =
        new TreasuryReader(
            client(),
            vault,
            new SourceContracts(
                sources.twapReturns(), sources.chainlinkReturns(), sources.signedReport()),
            Reports.NONE);
    fund();
  }

  /** Sells above 56 %, buys below 44 %, and otherwise holds. */
  private static Network keeper(Architecture shape) {
    int[] weight = new int[80];
    weight[16] = 1;
    weight[20 + 16] = -1;
    int[] choice = new int[12];
    choice[0] = 1;
    choice[8 + 1] = 1;
    return new Network(
        shape, List.of(new Dense(weight, new int[4]), new Dense(choice, new int[] {0, 600, 0})));
  }

  /** More than two hours in which the price stays about where it is. */
  private static void breathe() {
    Random random = new Random(5);
    long time = client().head().timestamp();
    List<LocalMarket.Trade> trades = new ArrayList<>();
    for (int i = 0; i < 160; i++) {
      time += 50;
      LocalMarket.Token token = i % 2 == 0 ? market.weth() : market.usd();
      long whole = (1 + random.nextInt(3)) * (i % 2 == 0 ? 1 : 2_500);
      trades.add(new LocalMarket.Trade(time, token.address(), token.units(whole)));
    }
    market.replay(trades);
  }

  private static Policy policy(TreasuryDeployment.Foundation foundation, Address key) {
    LocalMarket.Token usd = market.usd();
    LocalMarket.Token weth = market.weth();
    Address pool = market.pool().address();
    boolean inverted = market.pool().token1().equals(weth.address());
    twapParameters = PARAMETERS.encodeReturn(pool, inverted, HORIZONS);
    BigInteger liquidity =
        market
            .pool()
            .liquidity(BlockTag.LATEST)
            .multiply(BigInteger.valueOf(99))
            .divide(BigInteger.valueOf(100));
    Policy.Numbers numbers =
        new Policy.Numbers(
            STEP,
            120,
            400,
            300,
            60,
            50,
            50,
            5,
            5_000,
            2_500,
            0,
            0,
            usd.units(100),
            usd.units(10_000),
            usd.units(50_000),
            86_400,
            usd.units(500),
            usd.units(2_500),
            usd.units(100));
    return new Policy(
        new Policy.Limits(
            numbers,
            List.of(new Policy.Exposure(usd.units(90_000), 9_000)),
            List.of(new Policy.PoolLimits(liquidity, liquidity))),
        new Policy.Model(
            model.key().digest(),
            key,
            agent,
            List.of(3_000, Policy.HOLD, 7_000),
            List.of(1, 3, 2),
            0,
            List.of(
                new Policy.Feature(sources.twapReturns(), 16, twapParameters),
                new Policy.Feature(Address.ZERO, 4, Bytes.EMPTY))),
        new Policy.Parts(
            List.of(asset(usd, List.of()), asset(weth, List.of(new Policy.Hop(0, inverted)))),
            List.of(new Policy.PoolPart(pool, LocalMarket.FEE)),
            foundation.action()));
  }

  private static Policy.Asset asset(LocalMarket.Token token, List<Policy.Hop> route) {
    return new Policy.Asset(
        token.address(), token.decimals(), false, route, Policy.Feed.NONE, false, 0, false);
  }

  private static void fund() {
    BigInteger usd = market.usd().units(90_000);
    BigInteger weth = market.weth().units(4);
    market.fund(owner, usd, weth);
    for (LocalMarket.Token token : List.of(market.usd(), market.weth())) {
      BigInteger amount = token == market.usd() ? usd : weth;
      chain.execute(owner, new Erc20(token.address()).approve(vault.address(), amount));
      chain.execute(owner, vault.owners("deposit", token.address(), amount));
    }
  }

  @AfterAll
  static void stop() {
    chain.close();
  }

  @BeforeEach
  void remember() {
    snapshot = chain.snapshot();
  }

  @AfterEach
  void restore() {
    chain.revert(snapshot);
  }

  private static ChainClient client() {
    return chain.client();
  }

  // ---- deciding ----

  /** What the agent has: a decision, its proof, and where to look. */
  private record Proven(
      VaultDecision decision, Bytes guardHints, List<Bytes> sourceHints, byte[] proof) {
    Call call() {
      return call(decision);
    }

    Call call(VaultDecision other) {
      return vault.execution(other, guardHints, sourceHints, proof);
    }
  }

  /** At the next moment that may be decided for, by the model. */
  private static Proven proven() {
    long now = client().head().timestamp();
    chain.mineAt(now - now % STEP + STEP + 5);
    TreasuryReader.Sight seen = reader.at(client().head());
    long asOf = seen.asOf();
    Treasury.State state = seen.state();
    // What Java reads is what the vault computes.
    assertThat(
            vault.features(
                asOf, seen.refs().stream().map(BigInteger::valueOf).toList(), seen.sourceHints()))
        .isEqualTo(seen.features());
    FeatureVector features = seen.features();
    int choice = features.get(16) > 600 ? 0 : features.get(16) < -600 ? 2 : 1;
    VaultDecision decision = decision(state, asOf, choice);
    byte[] proof =
        prover
            .prove(
                model,
                features,
                new Decision.Choice(choice),
                decision.context(client().chainId(), vault.address(), policy.hash()))
            .bytes();
    assertThat(vault.plan(decision, seen.guardHints()).integers("refs"))
        .isEqualTo(seen.refs().stream().map(BigInteger::valueOf).toList());
    return new Proven(decision, seen.guardHints(), seen.sourceHints(), proof);
  }

  private static VaultDecision decision(Treasury.State state, long asOf, int choice) {
    return new VaultDecision(
        model.key().digest(),
        state.nonce().longValueExact(),
        BigInteger.valueOf(asOf + 110),
        asOf,
        agent,
        50,
        List.of(BigInteger.valueOf(choice)));
  }

  private static Treasury.Execution executed(Proven proven) {
    Receipt receipt = chain.execute(agent, proven.call());
    return vault.executed(receipt).orElseThrow();
  }

  private static String refusal(Address from, Call call) {
    try {
      client().callFrom(from, call, BlockTag.LATEST);
    } catch (CallReverted e) {
      return e.reason(Treasury.ERRORS).toString();
    }
    throw new AssertionError("The call was not refused");
  }

  private static BigInteger booked(LocalMarket.Token token) {
    return vault.book(BlockTag.LATEST, token.address()).amount();
  }

  @Test
  void aPolicyReadBackFromTheChainIsTheOneThatWasDeployed() {
    Treasury.State state = vault.state(BlockTag.LATEST);
    assertThat(vault.policy(state.policyAt(), state.policyHash())).isEqualTo(policy);
    assertThat(vault.parts().owner()).isEqualTo(owner);
    assertThat(vault.parts().recipient()).isEqualTo(recipient);
  }

  @Test
  void provenDecisionsAreTradedTowardTheirTargetAndBooked() {
    for (int i = 0; i < 3; i++) {
      BigInteger before = booked(market.weth());
      Proven proven = proven();
      assertThat(proven.decision().outputs()).containsExactly(BigInteger.TWO);
      Treasury.Execution told = executed(proven);
      assertThat(told.nonce()).isEqualTo(BigInteger.valueOf(i));
      assertThat(told.deltas().getFirst()).isNegative();
      assertThat(told.deltas().getLast()).isPositive();
      assertThat(booked(market.weth())).isEqualTo(before.add(told.deltas().getLast()));
      for (LocalMarket.Token token : List.of(market.usd(), market.weth())) {
        assertThat(new Erc20(token.address()).balanceOf(client(), vault.address(), BlockTag.LATEST))
            .isEqualTo(booked(token));
      }
    }
    assertThat(vault.executions()).hasSize(3);
  }

  @Test
  void aProofIsWorthNothingToAnybodyElseTwiceOrForOtherWords() {
    Proven proven = proven();
    VaultDecision d = proven.decision();
    assertThat(refusal(stranger, proven.call()))
        .isEqualTo("NotExecutor(%s, %s)".formatted(agent, stranger));
    assertThat(
            refusal(
                stranger,
                proven.call(
                    new VaultDecision(
                        d.model(), d.nonce(), d.deadline(), d.asOf(), stranger, 50, d.outputs()))))
        .isEqualTo("OpeningMismatch()");
    assertThat(
            refusal(
                agent,
                proven.call(
                    new VaultDecision(
                        d.model(), d.nonce(), d.deadline(), d.asOf(), agent, 49, d.outputs()))))
        .isEqualTo("OpeningMismatch()");
    assertThat(
            refusal(
                agent,
                proven.call(
                    new VaultDecision(
                        d.model(),
                        d.nonce(),
                        d.deadline(),
                        d.asOf(),
                        agent,
                        50,
                        List.of(BigInteger.ONE)))))
        .isEqualTo("OpeningMismatch()");
    assertThat(
            refusal(
                agent, vault.execution(d, proven.guardHints(), proven.sourceHints(), new byte[0])))
        .isEqualTo("MalformedProof()");
    executed(proven);
    assertThat(refusal(agent, proven.call())).isEqualTo("WrongNonce(1, 0)");
  }

  @Test
  void aChangeOfPolicyVoidsWhatWasProvenUnderAnother() {
    Proven proven = proven();
    Policy.Limits limits = policy.limits();
    Policy other =
        new Policy(
            new Policy.Limits(
                limits.numbers(),
                List.of(new Policy.Exposure(market.usd().units(90_000), 8_999)),
                limits.pools()),
            policy.model(),
            policy.parts());
    chain.execute(owner, vault.owners("setPolicy", Bytes.of(other.encoded())));
    assertThat(refusal(agent, proven.call())).startsWith("OutOfOrder(");
    Bytes32 hash = vault.state(BlockTag.LATEST).policyHash();
    assertThat(hash).isEqualTo(other.hash()).isNotEqualTo(policy.hash());
  }

  @Test
  void theOwnerTakesOutAndTheAgentCannot() {
    BigInteger all = BigInteger.TWO.pow(256).subtract(BigInteger.ONE);
    BigInteger held = booked(market.usd());
    Call exit = vault.owners("exit", market.usd().address(), all);
    assertThat(refusal(agent, exit)).startsWith("OwnableUnauthorizedAccount(");
    chain.execute(owner, exit);
    assertThat(new Erc20(market.usd().address()).balanceOf(client(), recipient, BlockTag.LATEST))
        .isEqualTo(held);
    assertThat(booked(market.usd())).isZero();
  }
}
