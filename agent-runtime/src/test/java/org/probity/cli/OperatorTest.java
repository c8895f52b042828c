package org.probity.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.agent.settings.AgentSettings;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Erc20;
import org.probity.chain.keys.KeyStore;
import org.probity.chain.local.LocalChain;
import org.probity.chain.local.LocalMarket;
import org.probity.chain.local.LocalMarket.Token;
import org.probity.chain.uniswap.UniswapPool;
import org.probity.drill.PracticeStrategy;
import org.probity.ground.TestKind;
import org.probity.intent.Governor;
import org.probity.intent.Vault;
import org.probity.intent.VaultState;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyPart;
import org.probity.intent.policy.VaultDecision;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.example.ExampleStrategies;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.TwapReturns;
import org.probity.zk.Srs;

/** Every command of docs/operator.md, on a sealed vault whose keys, token and feed go bad. */
@TestKind.Acceptance
final class OperatorTest {

  private static final ContractArtifact TRICK = ContractArtifact.load("TrickToken");
  private static final ContractArtifact FEED = ContractArtifact.load("ToldFeed");
  private static final AbiFunction LOCATE_PRICES =
      ContractArtifact.load("PolicyEngine").function("locate");
  private static final Path PAGE =
      Path.of(System.getProperty("probity.home", Path.of("..").toAbsolutePath().toString()))
          .normalize()
          .resolve("docs/operator.md");

  /** Who takes over from whoever was robbed. */
  private static final Address NEXT = new Address("0x0000000000000000000000000000000000facade");

  /** What the page names, as it is here. */
  private static final Set<String> FILES =
      Set.of("strategy", "other-agent.conf", "tighter.conf", "sell-only.conf", "other-feed.conf");

  private static final long DAY = 86_400;

  @TempDir private static Path shared;
  private static LocalChain chain;
  private static LocalMarket market;
  private static Token trick;
  private static Address feed;
  private static Address otherFeed;
  private static Address owner;
  private static Address curator;
  private static Address sentinel;
  private static Address agent;
  private static Vault vault;

  private String snapshot = "";

  @BeforeAll
  static void sealVault() throws IOException {
    chain = LocalChain.start();
    market =
        LocalMarket.deploy(chain, new LocalMarket.Settings(new BigDecimal(2_500), 40_000, 250));
    Address anybody = chain.account(0).address();
    trick = new Token(chain.deploy(anybody, TRICK.deployment("TRICK", 6, false)), "TRICK", 6);
    market.admit(trick);
    UniswapPool pool =
        market.open(
            trick, market.usd(), new LocalMarket.Settings(BigDecimal.ONE, 100_000_000, 250));
    feed = chain.deploy(anybody, FEED.deployment(8));
    otherFeed = chain.deploy(anybody, FEED.deployment(8));
    tell(feed);
    long now = chain.client().head().timestamp();
    market.replay(
        List.of(
            new LocalMarket.Trade(
                market.pool(), now + 60, market.usd().address(), market.usd().units(30_000)),
            new LocalMarket.Trade(pool, now + 60, trick.address(), trick.units(30_000))));
    chain.mine(200, 40);
    tell(feed);
    tell(otherFeed);
    owner = key();
    curator = key();
    sentinel = key();
    agent = key();
    market.fund(owner, market.usd().units(50_000), market.weth().units(20));
    market.mint(trick, owner, trick.units(10_000));
    Path password = Files.writeString(shared.resolve("password"), "correct horse");
    Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
    var program = new FeatureProgram(List.of(TwapReturns.STANDARD, new OwnBooks(3)));
    QuantisedStrategy strategy = PracticeStrategy.quantised(program, ExampleStrategies.ACTIONS);
    Srs srs = PracticeStrategy.srs(strategy);
    srs.save(shared.resolve("srs.bin"));
    PracticeStrategy.bundle(strategy, srs).save(shared.resolve("strategy"));
    String policy = policy(pool);
    file("policy.conf", policy);
    file("other-agent.conf", policy.replace(agent.toString(), NEXT.toString()));
    file("tighter.conf", policy.replace("day = 500", "day = 100"));
    file("sell-only.conf", policy.replace("symbol = TRICK,", "symbol = TRICK, sell-only = true,"));
    file("other-feed.conf", policy.replace(feed.toString(), otherFeed.toString()));
    Ran.of(
            "deploy",
            "--rpc",
            chain.http(),
            "--chain-id",
            chain.client().chainId(),
            "--strategy",
            shared.resolve("strategy"),
            "--srs",
            shared.resolve("srs.bin"),
            "--policy",
            shared.resolve("policy.conf"),
            "--owner",
            owner,
            "--account",
            owner,
            "--sentinel",
            sentinel,
            "--key-store",
            shared.resolve("keys"),
            "--password-file",
            password,
            "--deposit",
            "WETH=10,USD=25000,TRICK=5000",
            "--out",
            shared.resolve("agent.conf"))
        .succeeded();
    vault =
        Vault.at(
            chain.client(),
            AgentSettings.load(shared.resolve("agent.conf")).agents().getFirst().vault());
    chain.setBalance(NEXT, BigInteger.TEN.pow(18));
    does(owner, governor().submit(Governor.Change.CURATOR, curator, BigInteger.ZERO));
    does(owner, governor().seal());
  }

  private static void file(String name, String text) throws IOException {
    Files.writeString(shared.resolve(name), text);
  }

  private static Governor governor() {
    return Governor.of(chain.client(), vault).orElseThrow();
  }

  private static Address key() {
    Address made =
        KeyStore.at(shared.resolve("keys"), KeyStore.Strength.LIGHT)
            .create("correct horse".toCharArray(), new SecureRandom())
            .address();
    chain.setBalance(made, BigInteger.TEN.pow(20));
    return made;
  }

  /** The feed says what a WETH is worth, now. */
  private static void tell(Address told) {
    long now = chain.client().head().timestamp();
    BigInteger answer = market.price(BlockTag.LATEST).movePointRight(8).toBigInteger();
    chain.execute(
        chain.account(0).address(), Call.of(told, FEED.function("tell"), answer, now, now));
  }

  private static String policy(UniswapPool trickUsd) {
    return """
    policy {
      max-age = 5 min
      max-deviation = 2 %%
      min-trade = 100
      max-action = 20000
      turnover.most = 50000
      losses { day = 500, month = 5000, action = 200 }
      pools = [
        { name = weth-usd, address = "%s", min-liquidity = 80 %%, counted-liquidity = 50 %% }
        { name = trick-usd, address = "%s", min-liquidity = 80 %%, counted-liquidity = 50 %% }
      ]
      assets = [
        { symbol = USD }
        {
          symbol = WETH
          route = [weth-usd]
          exposure { most = 60000, share = 80 %% }
          feed {
            proxy = "%s"
            heartbeat = 1 h
            threshold = 0.5 %%
            least = 100
            most = 100000
            in-numeraire = true
          }
        }
        { symbol = TRICK, route = [trick-usd], exposure.most = 20000 }
      ]
      model {
        agent = "%s"
        targets = [{ WETH = 25 %%, TRICK = 10 %% }, hold, { WETH = 60 %%, TRICK = 10 %% }]
        program = [
          {
            source = TwapReturns, pool = weth-usd, of = WETH
            horizons = [1 min, 2 min, 3 min, 5 min, 7 min, 10 min, 15 min, 20 min, 25 min,
              30 min, 40 min, 50 min, 1 h, 75 min, 90 min, 105 min, 2 h]
          }
          { source = OwnBooks }
        ]
      }
      surroundings.v3-factory = "%s"
    }
    """
        .formatted(
            market.pool().address(),
            trickUsd.address(),
            feed,
            agent,
            market.uniswap().contracts().factory());
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

  // ---- what to do when ----

  @Test
  void theAgentsKeyIsStolen() throws IOException {
    follow("The agent's key is stolen");
    assertThat(vault.policy().model().agent()).isEqualTo(NEXT);
    assertThat(governor().state(BlockTag.LATEST).paused()).isFalse();
  }

  @Test
  void theCuratorsKeyIsStolen() throws IOException {
    Policy before = vault.policy();
    does(curator, governor().propose(PolicyPart.LIMITS, looser(before)));
    follow("The curator's key is stolen");
    assertThat(governor().state(BlockTag.LATEST).curator()).isEqualTo(NEXT);
    assertThat(governor().state(BlockTag.LATEST).part(PolicyPart.LIMITS).waiting()).isEmpty();
    assertThat(vault.policy().hash()).isEqualTo(before.hash());
  }

  @Test
  void theModelIsBad() throws IOException {
    BigInteger had = held(market.usd());
    follow("The model is bad");
    assertThat(vault.policy().limits().numbers().dayLoss()).isEqualTo(market.usd().units(100));
    assertThat(governor().state(BlockTag.LATEST).paused()).isTrue();
    assertThat(held(market.usd()).subtract(had)).isEqualTo(market.usd().units(25_000));
  }

  @Test
  void aTokenIsFrozen() throws IOException {
    freeze(vault.address());
    BigInteger had = held(trick);
    follow("A token is frozen");
    assertThat(booked(market.weth())).isZero();
    assertThat(booked(market.usd())).isZero();
    assertThat(booked(trick)).isEqualTo(trick.units(5_000));
    assertThat(vault.policy().parts().assets().getLast().sellOnly()).isTrue();
    freeze(Address.ZERO);
    run("./probity vault exit VAULT --rpc URL --account OWNER").succeeded();
    assertThat(held(trick).subtract(had)).isEqualTo(trick.units(5_000));
  }

  @Test
  void aFeedIsDead() throws IOException {
    assertThat(refusal()).isEmpty();
    chain.mine(2, 3_000);
    assertThat(refusal()).startsWith("OracleStale");
    String before = chain.snapshot();
    run("./probity vault exit VAULT WETH=10 --rpc URL --account OWNER").succeeded();
    assertThat(booked(market.weth())).isZero();
    chain.revert(before);
    tell(otherFeed);
    follow("A feed is dead");
    tell(otherFeed);
    assertThat(refusal()).isEmpty();
  }

  // ---- the page ----

  /** Does what a section of the page says, line by line. */
  private static void follow(String section) throws IOException {
    String page = Files.readString(PAGE);
    int from = page.indexOf("## " + section + "\n");
    assertThat(from).as(section).isNotNegative();
    int to = page.indexOf("\n## ", from);
    List<String> lines =
        page.substring(from, to < 0 ? page.length() : to)
            .lines()
            .filter(line -> line.startsWith("    "))
            .map(String::strip)
            .toList();
    assertThat(lines).isNotEmpty();
    for (String line : lines) {
      switch (line) {
        case "# two days later" -> later(2);
        case "# seven days later" -> later(7);
        default -> {
          String[] command = line.split("#", 2);
          Ran ran = run(command[0].strip());
          if (command.length == 1) {
            ran.succeeded();
          } else {
            assertThat(command[1]).startsWith(" ends with 1: ");
            assertThat(ran.status()).as(ran.errors()).isEqualTo(1);
          }
        }
      }
    }
  }

  private static void later(int days) {
    chain.mineAt(chain.client().head().timestamp() + days * DAY);
  }

  /** What stands in capitals is filled in, and where the keys lie. */
  private static Ran run(String line) {
    assertThat(line).startsWith("./probity ");
    Map<String, Object> filledIn =
        Map.of(
            "VAULT", vault.address(),
            "URL", chain.http(),
            "OWNER", owner,
            "CURATOR", curator,
            "SENTINEL", sentinel,
            "NEXT", NEXT);
    Stream<String> words =
        Stream.of(line.split(" +"))
            .skip(1)
            .map(word -> filledIn.containsKey(word) ? filledIn.get(word).toString() : word)
            .map(word -> FILES.contains(word) ? shared.resolve(word).toString() : word);
    return Ran.of(
        Stream.concat(
                words,
                Stream.of(
                    "--key-store",
                    shared.resolve("keys").toString(),
                    "--password-file",
                    shared.resolve("password").toString()))
            .toArray());
  }

  // ---- the chain ----

  private static void does(Address who, Call call) {
    chain.client().request("anvil_impersonateAccount", who.hex());
    chain.execute(who, call);
    chain.client().request("anvil_stopImpersonatingAccount", who.hex());
  }

  private static void freeze(Address holder) {
    chain.execute(
        chain.account(0).address(), Call.of(trick.address(), TRICK.function("freeze"), holder));
  }

  private static BigInteger held(Token token) {
    return new Erc20(token.address()).balanceOf(chain.client(), owner, BlockTag.LATEST);
  }

  private static BigInteger booked(Token token) {
    return vault.book(BlockTag.LATEST, token.address()).amount();
  }

  /** The same, in which twice as much may be held of everything. */
  private static Policy looser(Policy policy) {
    Policy.Limits limits = policy.limits();
    return new Policy(
        new Policy.Limits(
            limits.numbers(),
            limits.exposures().stream()
                .map(each -> new Policy.Exposure(each.most().shiftLeft(1), each.mostBps()))
                .toList(),
            limits.pools()),
        policy.model(),
        policy.parts());
  }

  /** The error with which the vault would refuse a decision to trade now; empty if it would not. */
  private static String refusal() {
    VaultState state = vault.whole(BlockTag.LATEST);
    long asOf = state.momentAt(chain.client().head().timestamp());
    Bytes hints =
        chain
            .client()
            .call(vault.parts().engine(), LOCATE_PRICES, state.policyAt(), asOf)
            .bytes("hints");
    VaultDecision decision =
        new VaultDecision(
            state.model(),
            state.nonce().longValueExact(),
            BigInteger.ZERO,
            asOf,
            Address.ZERO,
            50,
            List.of(BigInteger.TWO));
    try {
      vault.plan(decision, hints);
      return "";
    } catch (CallReverted e) {
      return e.reason(Vault.ERRORS).toString();
    }
  }
}
