package org.probity.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.agent.checks.Examination;
import org.probity.agent.checks.PolicyInspection;
import org.probity.agent.checks.PolicyReview;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Call;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Erc20;
import org.probity.chain.local.LocalAave;
import org.probity.chain.local.LocalAave.Listing;
import org.probity.chain.local.LocalAave.Rates;
import org.probity.chain.local.LocalChain;
import org.probity.chain.local.LocalFeed;
import org.probity.chain.local.LocalMarket;
import org.probity.chain.uniswap.Uniswap;
import org.probity.chain.uniswap.UniswapPool;
import org.probity.drill.PracticeStrategy;
import org.probity.ground.TestKind;
import org.probity.intent.VaultDeployment;
import org.probity.intent.policy.Policy;
import org.probity.settings.PolicySettings;
import org.probity.strategy.FloatNetwork;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.TrainedStrategy;
import org.probity.strategy.example.ExampleStrategies;
import org.probity.terminal.Sentences;
import org.probity.zk.Architecture;
import org.probity.zk.CommittedModel;
import org.probity.zk.Dense;
import org.probity.zk.Entropy;
import org.probity.zk.Layer;
import org.probity.zk.Network;
import org.probity.zk.Readout;
import org.probity.zk.Srs;
import org.probity.zk.backend.ComputeBackend;

/**
 * {@code probity policy}: what is found in a policy before there is a vault, on Uniswap's own pools
 * of good tokens and bad ones.
 */
@TestKind.Acceptance
final class PolicyCommandTest {

  private static final Path EXAMPLES =
      Path.of(System.getProperty("probity.home", Path.of("..").toAbsolutePath().toString()))
          .normalize()
          .resolve("examples");

  private static final AbiFunction CREATE_POOL =
      AbiFunction.parse(
          "createAndInitializePoolIfNecessary(address token0, address token1, uint24 fee,"
              + " uint160 sqrtPriceX96) payable returns (address pool)");
  private static final AbiFunction MINT = AbiFunction.parse("mint(address,uint256)");
  private static final ContractArtifact TOKEN = ContractArtifact.load("TestToken");
  private static final ContractArtifact TRICK = ContractArtifact.load("TrickToken");
  private static final ContractArtifact FEED = ContractArtifact.load("ToldFeed");
  private static final BigInteger MANY = BigInteger.TEN.pow(40);
  private static final int PLACES = 250;
  private static final int WIDEST = 887_200;
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path shared;
  private static LocalChain chain;
  private static LocalMarket market;
  private static Address owner;
  private static Address agent;
  private static Address wbtc;
  private static Address feed;
  private static UniswapPool wbtcWeth;
  private static Path strategy;

  @TempDir private Path folder;
  private String snapshot = "";

  @BeforeAll
  static void makeMarket() {
    chain = LocalChain.start(LocalChain.Settings.DEFAULT);
    market =
        LocalMarket.deploy(
            chain, new LocalMarket.Settings(BigDecimal.valueOf(2_500), 40_000, PLACES));
    owner = chain.account(0).address();
    agent = chain.account(4).address();
    wbtc = chain.deploy(owner, TOKEN.deployment("Test bitcoin", "WBTC", 8));
    // One is worth sixteen WETH.
    wbtcWeth = pool(wbtc, market.weth().address(), new BigDecimal("16e10"), 500, PLACES);
    feed = chain.deploy(owner, FEED.deployment(8));
    long begin = now();
    tell(feed, 2_490, begin - 9_000);
    tell(feed, 2_495, begin);
    // The rings take their places when a trade moves the price.
    market.swapExactInput(market.usd().address(), market.usd().units(30_000));
    swap(wbtcWeth, market.weth().address(), market.weth().units(60));
    letTimePass();
    tell(feed, 2_500, now());
    QuantisedStrategy quantised = PracticeStrategy.quantised();
    strategy = shared.resolve("tiny");
    PracticeStrategy.bundle(quantised, PracticeStrategy.srs(quantised)).save(strategy);
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

  // ---- the market ----

  /** More than two hours of blocks without trades. */
  private static void letTimePass() {
    chain.mine(200, 40);
  }

  private static long now() {
    return chain.client().head().timestamp();
  }

  private static void tell(Address told, long price, long updatedAt) {
    chain.execute(
        owner,
        Call.of(
            told,
            FEED.function("tell"),
            BigInteger.valueOf(price).multiply(BigInteger.TEN.pow(8)),
            updatedAt,
            updatedAt));
  }

  /**
   * A pool with some of everything.
   *
   * @param price smallest units of {@code other} for one of {@code token}
   */
  private static UniswapPool pool(
      Address token, Address other, BigDecimal price, int fee, int places) {
    UniswapPool made = emptyPool(token, other, price, fee);
    Uniswap uniswap = market.uniswap();
    BigInteger amount = BigInteger.TEN.pow(12);
    BigInteger others = price.multiply(new BigDecimal(amount)).toBigInteger();
    for (Address one : List.of(token, other)) {
      chain.execute(owner, Call.of(one, MINT, owner, MANY));
      chain.execute(owner, new Erc20(one).approve(uniswap.contracts().positionManager(), MANY));
      chain.execute(owner, new Erc20(one).approve(uniswap.contracts().router(), MANY));
    }
    boolean first = made.token0().equals(token);
    int widest = WIDEST / made.tickSpacing() * made.tickSpacing();
    chain.execute(
        owner,
        uniswap.mint(
            made,
            new Uniswap.Position(-widest, widest, first ? amount : others, first ? others : amount),
            owner,
            Long.MAX_VALUE));
    if (places > 1) {
      chain.execute(owner, made.increaseCardinality(places));
    }
    return made;
  }

  private static UniswapPool emptyPool(Address token, Address other, BigDecimal price, int fee) {
    boolean first = token.compareTo(other) < 0;
    BigInteger one = BigInteger.TEN.pow(18);
    BigInteger its = price.multiply(new BigDecimal(one)).toBigInteger();
    BigInteger root =
        (first ? its.shiftLeft(192).divide(one) : one.shiftLeft(192).divide(its)).sqrt();
    chain.execute(
        owner,
        Call.of(
            market.uniswap().contracts().positionManager(),
            CREATE_POOL,
            first ? token : other,
            first ? other : token,
            fee,
            root));
    return market.uniswap().pool(token, other, fee).orElseThrow();
  }

  private static void swap(UniswapPool on, Address tokenIn, BigInteger amount) {
    chain.execute(
        owner, market.uniswap().swapExactInput(on, tokenIn, amount, BigInteger.ZERO, owner));
  }

  /** A token that misbehaves, at par with a dollar, in a pool with one. */
  private static UniswapPool trick(boolean inShares) {
    Address token = chain.deploy(owner, TRICK.deployment("TRICK", 6, inShares));
    UniswapPool made = pool(token, market.usd().address(), BigDecimal.ONE, 500, 300);
    swap(made, market.usd().address(), BigInteger.TEN.pow(9));
    letTimePass();
    return made;
  }

  private static Address otherThanUsd(UniswapPool on) {
    return on.token0().equals(market.usd().address()) ? on.token1() : on.token0();
  }

  // ---- policies ----

  /** The example of three assets, on this market. */
  private static String three() throws IOException {
    return Files.readString(EXAMPLES.resolve("policy.conf"))
        .replace("0x88e6A0c2dDD26FEEb64F039a2c41296FcB3f5640", market.pool().address().toString())
        .replace("0x4585FE77225b41b697C938B018E2Ac67Ac5a20c0", wbtcWeth.address().toString())
        .replace("0x5f4eC3Df9cbd43714FE2740f5E3616155c5b8419", feed.toString())
        .replace("symbol = USDC", "symbol = USD")
        .replace("${PROBITY_AGENT}", "\"" + agent + "\"");
  }

  /** The example of two assets, on a pool with USD. */
  private static String two(Address pool, String asset) throws IOException {
    return Files.readString(EXAMPLES.resolve("policy-local.conf"))
        .replace("${PROBITY_MARKET}", "\"" + pool + "\"")
        .replace("${PROBITY_AGENT}", "\"" + agent + "\"")
        .replace("symbol = WETH", asset)
        .replace("of = WETH", "of = " + asset.substring(asset.lastIndexOf(' ') + 1));
  }

  private static String two() throws IOException {
    return two(market.pool().address(), "symbol = WETH");
  }

  private Ran look(String policy, Object... options) throws IOException {
    Path file = Files.writeString(folder.resolve("policy.conf"), policy);
    Object[] line = {"policy", file, "--rpc", chain.http()};
    Object[] all = java.util.Arrays.copyOf(line, line.length + options.length);
    System.arraycopy(options, 0, all, line.length, options.length);
    return Ran.of(all);
  }

  private void wrong(String policy, String... said) throws IOException {
    Ran ran = look(policy);
    assertThat(ran.status()).as(ran.output()).isEqualTo(1);
    ran.showing(said);
    assertThat(ran.errors()).isEmpty();
  }

  private static JsonNode valid(Ran ran) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            PolicyCommandTest.class.getResourceAsStream("/policy.schema.json"))) {
      JsonSchema schema =
          JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
              .getSchema(JSON.readTree(in));
      JsonNode line = JSON.readTree(ran.output().strip().lines().toList().getLast());
      assertThat(schema.validate(line)).isEmpty();
      assertThat(schema.validate(JSON.readTree("{\"verdict\":\"fine\",\"checks\":[]}")))
          .isNotEmpty();
      return line;
    }
  }

  // ---- good policies ----

  @Test
  void threeAssetsOverTwoPoolsAreShownWithWhatTheyBear() throws IOException {
    Ran ran = look(three(), "--owner", owner).succeeded();
    ran.showing(
        "numeraire  USD (" + market.usd().address(),
        "over wbtc-weth (0.05 %), usdc-weth (0.05 %); bought up to 70,000 USD and 7500 bps of all",
        "which is said to be in the numeraire",
        "every 10 min, 2 min old at most, trades at least 8 min apart",
        "class 0    WETH 0 bps, WBTC 0 bps, by sales alone",
        "class 1    WETH held, WBTC held",
        "places are needed; usdc-weth has %s, wbtc-weth has %s".formatted(PLACES, PLACES),
        "One step buys WETH for at most 10,0",
        "Within any 24 hours it loses at most 600.00 USD",
        "USD arrived whole, there and back",
        "WBTC arrived whole, there and back",
        "source 3 has its 2 features now",
        "nothing contradicts what it is for");
  }

  @Test
  void itsResultIsOneLineForAMachine() throws IOException {
    JsonNode line = valid(look(three(), "--owner", owner, "--json").succeeded());
    assertThat(line.path("verdict").asText()).isEqualTo("doubtful");
    JsonNode policy = line.path("policy");
    assertThat(policy.path("worstDay").asText()).isEqualTo("600");
    assertThat(policy.path("contradictions")).isEmpty();
    assertThat(policy.path("assets")).hasSize(3);
    assertThat(policy.path("pools").path(1).path("cardinality").asInt()).isEqualTo(PLACES);
    Ran unread = look("policy { min-trades = 1 }", "--json");
    assertThat(unread.status()).isEqualTo(1);
    JsonNode refused = valid(unread);
    assertThat(refused.path("policy").isNull()).isTrue();
    assertThat(refused.path("verdict").asText()).isEqualTo("wrong");
    assertThat(refused.path("checks").path(0).path("seen").asText())
        .isEqualTo("There is no setting policy.min-trades");
  }

  @Test
  void twoAssetsAreThePolicyOfTheReadme() throws IOException {
    look(two(), "--owner", owner).succeeded().showing("One step buys WETH for at most");
  }

  @Test
  void theExampleIsForTheExampleStrategy() throws IOException {
    Policy policy = review(three()).sight().orElseThrow().policy();
    assertThat(policy.model().targets())
        .isEqualTo(
            ExampleStrategies.ROTATION_WEIGHTS_BPS.stream()
                .flatMap(List::stream)
                .map(weight -> weight.orElse(Policy.HOLD))
                .toList());
  }

  /** The chain's own rules take what the file comes to, with the contracts of a release. */
  @Test
  void whatItShowsIsAPolicyThatAVaultTakes() throws IOException {
    takes(three());
  }

  @Test
  void venuesAndLendingAreWhatAVaultTakes() throws IOException {
    LocalAave aave = aave();
    String text =
        withVenue(three(), venue("far", "v2", pair(market.weth().address()).toString()))
            .replaceFirst("model \\{", lending(aave.pool()) + "model {")
            .replace("[both, both, both, both, both]", "[all, all, all, all, [sell, repay]]");
    Policy policy = takes(text);
    assertThat(policy.parts().venues())
        .singleElement()
        .extracting(Policy.Venue::fee)
        .isEqualTo(3_000);
    assertThat(policy.parts().lending().pool()).isEqualTo(aave.pool());
    look(text)
        .succeeded()
        .showing(
            "far charges 0.3 % and has a liquidity of",
            "venue 1    far, WETH for 0.3 %",
            "At venue 1, of WETH, it buys for at most",
            "lending    Aave v3 by its pool " + aave.pool(),
            "reserve 1  WETH, supplied up to 20,000 USD",
            "reserve 2  USD, supplied up to 0 USD and borrowed up to 9,000 USD",
            "3 assets, 2 pools, 1 venue, 2 reserves");
  }

  private Policy takes(String text) throws IOException {
    PolicyReview.Sight sight = review(text).sight().orElseThrow();
    Architecture shape =
        new Architecture(20, List.of(new Layer(4, 0), new Layer(5, 0)), Readout.ARGMAX, 0);
    Network network =
        new Network(
            shape, List.of(new Dense(new int[80], new int[4]), new Dense(new int[20], new int[5])));
    Srs srs = Srs.development(shape.logSize(), Entropy.secure());
    CommittedModel model =
        CommittedModel.commit(network, srs, ComputeBackend.scalar(), Entropy.secure());
    VaultDeployment.Creation creation = (what, call) -> chain.deploy(owner, call);
    VaultDeployment.Foundation foundation =
        VaultDeployment.foundation(creation, srs.tauG2Words(), sight.surroundings());
    chain.execute(owner, VaultDeployment.store(foundation, model.key()));
    Policy policy =
        sight
            .written()
            .policy(
                sight.facts(),
                new PolicySettings.Contracts(
                    model.key().digest(),
                    VaultDeployment.keyAt(chain.client(), foundation, model.key().digest()),
                    foundation.sources(),
                    foundation.actions()));
    assertThat(policy.limits()).isEqualTo(sight.policy().limits());
    VaultDeployment.validate(chain.client(), foundation, policy);
    return policy;
  }

  private PolicyReview review(String text) throws IOException {
    Path file = Files.writeString(folder.resolve("policy.conf"), text);
    return new PolicyInspection(
            new Examination(Sentences::of),
            chain.client(),
            PolicySettings.load(file),
            Optional.empty())
        .look(Optional.empty());
  }

  // ---- people ----

  @Test
  void anAgentThatIsTheOwnerIsRefused() throws IOException {
    Ran ran = look(two(), "--owner", agent);
    assertThat(ran.status()).isEqualTo(1);
    ran.showing("is the owner, so that whoever takes the agent's key takes the vault");
    look(two(), "--owner", "me").failed(1);
  }

  @Test
  void aStrategyOfAnotherProgramIsRefused() throws IOException {
    look(two(), "--strategy", strategy).succeeded().showing("the program is that of practice");
    Ran ran = look(two().replace("105 min, ", ""), "--strategy", strategy);
    assertThat(ran.status()).isEqualTo(1);
    ran.showing(
        "Source 1 of the feature program differs: it is TwapReturns, and",
        "is for a model of 19 inputs, and its model has 20");
  }

  @Test
  void decisionsWithoutAMeaningAreRefused() throws IOException {
    String targets = "targets = [25 %, hold, 75 %]";
    wrongFor(
        strategy,
        two().replace(targets, "targets = [25 %, 75 %]"),
        "has 2 targets and the strategy 3 decisions (reduce, hold, increase)");
    wrongFor(
        strategy,
        two().replace(targets, "weight-step = 1 bps"),
        "chooses among reduce, hold, increase and the policy has a weight-step");
    look(two().replace(targets, "targets = [hold, hold, hold]"), "--strategy", strategy)
        .succeeded()
        .showing("so that nothing is ever traded");
    Path linear = linear();
    wrongFor(linear, two(), "gives weights (weight) and the policy has targets");
    wrongFor(
        linear,
        two().replace(targets, "weight-step = 100 bps"),
        "in steps of 250 basis points and the policy takes them in steps of 100");
    look(two().replace(targets, "weight-step = 250 bps"), "--strategy", linear)
        .succeeded()
        .showing("a weight for each asset but the numeraire");
    wrongFor(
        linear,
        three()
            .replaceFirst("(?s)targets = \\[.*both, both, both, both\\]", "weight-step = 250 bps"),
        "gives 1 weights (weight) and the policy has 2 assets besides the numeraire");
  }

  private void wrongFor(Path made, String policy, String said) throws IOException {
    Ran ran = look(policy, "--strategy", made);
    assertThat(ran.status()).as(ran.output()).isEqualTo(1);
    ran.showing(said);
  }

  /** One that gives a weight instead of choosing. */
  private Path linear() {
    int inputs = ExampleStrategies.PAIR_PROGRAM.width();
    FloatNetwork network =
        new FloatNetwork(
            inputs,
            List.of(new FloatNetwork.FloatLayer(new double[inputs], new double[] {100})),
            Readout.LINEAR);
    QuantisedStrategy quantised =
        TrainedStrategy.of("linear", ExampleStrategies.PAIR_PROGRAM, List.of("weight"), network)
            .quantise();
    Path made = folder.resolve("linear");
    PracticeStrategy.bundle(quantised, PracticeStrategy.srs(quantised)).save(made);
    return made;
  }

  // ---- pools ----

  @Test
  void routesThatLeadElsewhereAreRefused() throws IOException {
    wrong(
        three().replace("[wbtc-weth, usdc-weth]", "[usdc-weth, wbtc-weth]"),
        "The pool " + market.pool().address() + " does not trade WBTC");
    wrong(
        three()
            .replace(
                "symbol = WBTC, route = [wbtc-weth, usdc-weth]",
                "token = \"%s\", symbol = WBTC, route = [usdc-weth, wbtc-weth]".formatted(wbtc)),
        "trades USD and WETH and not WBTC, which arrives there");
    wrong(
        two(wbtcWeth.address(), "symbol = WETH")
            .replace(
                "symbol = USD", "symbol = WBTC, token = \"%s\"".formatted(market.usd().address())),
        "to the numeraire WBTC");
  }

  @Test
  void whatIsNoPoolOfTheFactoryIsRefused() throws IOException {
    wrong(
        two(market.usd().address(), "symbol = WETH"), "does not answer as a Uniswap v3 pool does");
    wrong(two(agent, "symbol = WETH"), "There is no contract at " + agent);
    Address other = chain.deploy(owner, ContractArtifact.load("UniswapV3Factory").deployment());
    wrong(
        two()
            .replaceFirst(
                "model \\{", "surroundings.v3-factory = \"%s\", model {".formatted(other)),
        "The v3 factory %s does not know the pool".formatted(other));
  }

  @Test
  void aFactoryThatIsNotKnownMustBeNamed() throws IOException {
    LocalChain.Settings usual = LocalChain.Settings.DEFAULT;
    try (LocalChain far =
        LocalChain.start(
            new LocalChain.Settings(
                OptionalInt.empty(), 4_242, usual.genesisTime(), 12, usual.baseFee()))) {
      LocalMarket there =
          LocalMarket.deploy(
              far, new LocalMarket.Settings(BigDecimal.valueOf(2_500), 40_000, PLACES));
      String policy = two(there.pool().address(), "symbol = WETH");
      Path file = Files.writeString(folder.resolve("far.conf"), policy);
      Ran ran = Ran.of("policy", file, "--rpc", far.http());
      assertThat(ran.status()).isEqualTo(1);
      ran.showing(
          "Uniswap's v3 factory of chain 4242 is not known here",
          "name the factory in surroundings.v3-factory");
      Files.writeString(
          file,
          policy.replaceFirst(
              "model \\{",
              "surroundings.v3-factory = \"%s\", model {"
                  .formatted(there.uniswap().contracts().factory())));
      Ran.of("policy", file, "--rpc", far.http())
          .showing("knows it", "No feed of a sequencer's uptime is known of chain 4242");
    }
  }

  @Test
  void aPoolThatForgetsIsRefusedWithThePriceOfItsMemory() throws IOException {
    Address weth = market.weth().address();
    UniswapPool young = pool(weth, market.usd().address(), new BigDecimal("25e-10"), 3_000, 1);
    wrong(
        two(young.address(), "symbol = WETH"),
        "has 1 places, and a vault needs 3",
        "call increaseObservationCardinalityNext(",
        "growing it takes ",
        "has no features as of");
    UniswapPool empty = emptyPool(weth, market.usd().address(), new BigDecimal("25e-10"), 10_000);
    wrong(two(empty.address(), "symbol = WETH"), "has no liquidity at its price");
  }

  // ---- venues ----

  /** A factory of pairs, made anew in each test. */
  private static Address pairs() {
    return chain.deploy(owner, ContractArtifact.load("UniswapV2Factory").deployment(owner));
  }

  /** A pair with USD of a new factory, at the price of the pool. */
  private Address pair(Address token) {
    factory = pairs();
    return pair(token, market.usd().address(), 2_500);
  }

  private Address pair(Address token, Address other, long price) {
    chain.execute(
        owner, Call.of(factory, AbiFunction.parse("createPair(address,address)"), token, other));
    Address made =
        chain
            .client()
            .call(
                factory,
                AbiFunction.parse("getPair(address,address) returns (address pair)"),
                token,
                other)
            .address("pair");
    BigInteger much = BigInteger.TEN.pow(22);
    chain.execute(owner, Call.of(token, MINT, made, much));
    chain.execute(
        owner,
        Call.of(
            other,
            MINT,
            made,
            much.multiply(BigInteger.valueOf(price)).divide(BigInteger.TEN.pow(12))));
    chain.execute(owner, Call.of(made, AbiFunction.parse("mint(address)"), owner));
    return made;
  }

  private Address factory = Address.ZERO;

  private static String venue(String name, String kind, String... pools) {
    return "{ name = %s, %s = [\"%s\"], min-liquidity = 80 %%, counted-liquidity = 50 %% }"
        .formatted(name, kind, String.join("\", \"", pools));
  }

  /** With a venue of WETH, on this factory of pairs. */
  private String withVenue(String policy, String venue) {
    return policy
        .replaceFirst("exposure \\{", "venues = [ %s ], exposure {".formatted(venue))
        .replaceFirst("model \\{", "surroundings.v2-factory = \"%s\", model {".formatted(factory));
  }

  @Test
  void aVenueThatCannotBeTradedAtIsRefused() throws IOException {
    String usdWeth = pair(market.weth().address()).toString();
    look(withVenue(two(), venue("near", "v2", usdWeth)))
        .succeeded()
        .showing("near charges 0.3 % and has a liquidity of");
    wrong(
        withVenue(two(), venue("near", "v2", usdWeth))
            .replace(
                "min-liquidity = 80 %, counted-liquidity = 50 % } ], exp",
                "min-liquidity = 1" + "0".repeat(30) + " } ], exp"),
        "and the policy trades there only from 1" + "0".repeat(30) + " on");
    wrong(
        withVenue(two(), venue("near", "v2", usdWeth)).replaceFirst("surroundings[^,]*,", ""),
        "no factory of Uniswap v2 is known there: name it in surroundings.v2-factory");
    wrong(
        withVenue(two(), venue("near", "v2", agent.toString())),
        "is no pool of the factory that the venue's action trusts");
    wrong(
        withVenue(two(), venue("far", "v3", wbtcWeth.address().toString())),
        "A venue's way comes to %s where %s is wanted".formatted(wbtc, market.usd().address()));
    wrong(
        withVenue(
            two(),
            venue(
                "round",
                "v3",
                wbtcWeth.address().toString(),
                wbtcWeth.address().toString(),
                market.pool().address().toString())),
        "A venue's way comes to %s twice".formatted(market.weth().address()));
    factory = pairs();
    wrong(
        withVenue(two(), venue("near", "v2", usdWeth)),
        "The venue near cannot be traded at. %s is no pool".formatted(usdWeth));
  }

  @Test
  void aPoolOfVersion4IsLookedAtByItsManager() throws IOException {
    Address manager =
        chain.deploy(owner, ContractArtifact.load("UniswapV4PoolManager").deployment(owner));
    String venue = "{ name = four, v4 = [ { fee = 500, tick-spacing = 10 } ], min-liquidity = 1 }";
    String policy = withVenue(two(), venue);
    wrong(policy, "no pool manager of Uniswap v4 is known there, or no wrapped coin");
    policy =
        policy.replaceFirst(
            "surroundings.v2-factory",
            "surroundings.wrapped = \"%s\", surroundings.v4-pool-manager = \"%s\", surroundings.v2-factory"
                .formatted(market.weth().address(), manager));
    wrong(policy, "The pool manager has no pool ");
    Address weth = market.weth().address();
    Address usd = market.usd().address();
    boolean first = weth.compareTo(usd) < 0;
    chain.execute(
        owner,
        Call.of(
            manager,
            AbiFunction.parse(
                "initialize((address,address,uint24,int24,address) key, uint160 price)"),
            List.of(first ? weth : usd, first ? usd : weth, 500, 10, Address.ZERO),
            BigInteger.ONE.shiftLeft(96)));
    wrong(policy, "The venue four has a liquidity of 0");
  }

  @Test
  void aTokenThatTakesAFeeOnTheWayIsRefused() throws IOException {
    factory = pairs();
    Address token = chain.deploy(owner, TRICK.deployment("TRICK", 6, false));
    String policy =
        withVenue(
            two().replace("max-action", "max-slippage = 1 %\n max-action"),
            venue(
                "far",
                "v2",
                pair(market.weth().address(), token, 2_500).toString(),
                pair(token, market.usd().address(), BigInteger.TEN.pow(12).longValueExact())
                    .toString()));
    look(policy).succeeded().showing("TRICK arrived whole, there and back");
    chain.execute(owner, Call.of(token, TRICK.function("take"), 100, Address.ZERO));
    wrong(policy, "TRICK takes a fee of what is moved, or rounds it");
  }

  // ---- lending ----

  private static LocalAave aave() {
    BigInteger ray = BigInteger.TEN.pow(27);
    Rates rates = new Rates(ray.shiftRight(1), ray.shiftRight(6), ray.shiftRight(4), ray);
    return LocalAave.deploy(
        chain,
        List.of(
            new Listing(market.weth(), priced(2_500), 8_000, 8_250, 10_500, 1_500, true, rates),
            new Listing(market.usd(), priced(1), 7_700, 8_000, 10_450, 1_000, true, rates)));
  }

  private static Address priced(int dollars) {
    LocalFeed made = new LocalFeed(chain, 8);
    made.answer(now() + 12, 1, BigInteger.valueOf(dollars * 100_000_000L));
    return made.proxy();
  }

  private static String lending(Address pool) {
    return """
    lending { market = aave-v3, pool = "%s", health-floor = 1.5, reserves = [
      { asset = WETH, supply-most = 20000 }, { asset = USD, supply-most = 0, borrow-most = 9000 } ] }
    """
        .formatted(pool);
  }

  @Test
  void aMarketThatIsNotKnownOrNoneIsRefused() throws IOException {
    String policy = two().replaceFirst("model \\{", lending(agent) + "model {");
    wrong(
        policy.replaceFirst("pool = \"0x[^,]*, health", "health"),
        "No lending market of chain 31337 is known here");
    wrong(policy, agent.toString());
  }

  // ---- tokens ----

  @Test
  void aTokenThatTakesAFeeOrCannotMoveIsRefused() throws IOException {
    UniswapPool bad = trick(false);
    Address token = otherThanUsd(bad);
    String policy = two(bad.address(), "symbol = TRICK");
    look(policy).succeeded().showing("TRICK arrived whole, there and back");
    // Of all, and of all but what a pool sends or gets.
    for (Address spared : List.of(Address.ZERO, bad.address())) {
      chain.execute(owner, Call.of(token, TRICK.function("take"), 100, spared));
      wrong(policy, "TRICK takes a fee of what is moved, or rounds it");
    }
    chain.execute(owner, Call.of(token, TRICK.function("take"), 0, Address.ZERO));
    chain.execute(owner, Call.of(token, TRICK.function("freeze"), bad.address()));
    wrong(policy, "a transfer on trial was refused");
  }

  @Test
  void aTokenThatCountsInSharesIsRefused() throws IOException {
    wrong(
        two(trick(true).address(), "symbol = TRICK"),
        "change without a transfer, since it counts in shares (it answers scaledBalanceOf)");
  }

  @Test
  void aTokenThatIsNotThereIsRefused() throws IOException {
    Address nothing = new Address("0x00000000000000000000000000000000000000bb");
    UniswapPool hollow = emptyPool(nothing, market.usd().address(), BigDecimal.ONE, 500);
    wrong(
        two(hollow.address(), "symbol = GONE"), "The pool's token " + nothing + " is no contract");
    wrong(
        two(market.pool().address(), "symbol = WETH")
            .replace("symbol = WETH", "symbol = WETH, token = \"%s\"".formatted(nothing)),
        "There is no contract at %s, the token of WETH".formatted(nothing));
    wrong(two(market.pool().address(), "symbol = WBTC"), "does not trade WBTC: name ");
  }

  // ---- feeds ----

  @Test
  void aFeedThatCannotBeBelievedIsRefused() throws IOException {
    wrong(three().replace(feed.toString(), agent.toString()), "There is no contract at " + agent);
    wrong(
        three().replace(feed.toString(), wbtc.toString()),
        "does not answer as a Chainlink feed does: name the proxy of WETH");
    wrong(
        three().replace("least = 100\n", "least = 3000\n"),
        "says 2500, which is not from 3000 to 100000");
    tell(feed, 2_700, now());
    wrong(three(), "basis points apart, and the policy bears 100");
    chain.mineAt(now() + 3_700);
    wrong(three(), "before the newest block, and its heartbeat is 3600 s");
  }

  @Test
  void aSequencerIsLookedAtWhereThereIsOne() throws IOException {
    Address uptime = chain.deploy(owner, FEED.deployment(0));
    String policy =
        two()
            .replaceFirst(
                "model \\{", "surroundings.sequencer = \"%s\", model {".formatted(uptime));
    chain.execute(owner, Call.of(uptime, FEED.function("tell"), 0, now() - 9_000, now()));
    look(policy).succeeded().showing("up since");
    chain.execute(owner, Call.of(uptime, FEED.function("tell"), 1, now(), now()));
    look(policy).succeeded().showing("The sequencer is down");
    wrong(
        policy.replace(uptime.toString(), wbtc.toString()),
        "does not answer as a feed of a sequencer's uptime");
  }

  // ---- numbers ----

  @Test
  void whatContradictsItselfIsSaid() throws IOException {
    wrong(
        two().replace("min-trade = 100", "min-trade = 15000"),
        "less than the smallest trade of 15,000.00 USD");
    wrong(two().replace("day = 250", "day = 20"), "and dayLoss stops it at 20.00 USD");
    wrong(
        two().replace("max-action = 20000", "max-action = 20"),
        "The policy's maxAction is 20000000");
    wrong(
        two().replace("min-liquidity = 80 %", "min-liquidity = 1" + "0".repeat(30)),
        "and the policy trades only above");
    assertThat(market.pool().liquidity(BlockTag.LATEST)).isPositive();
  }
}
