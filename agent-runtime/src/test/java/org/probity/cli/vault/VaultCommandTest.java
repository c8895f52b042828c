package org.probity.cli.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
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
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.Erc20;
import org.probity.chain.FeePolicy;
import org.probity.chain.TransactionSender;
import org.probity.chain.keys.KeyStore;
import org.probity.chain.local.LocalAave;
import org.probity.chain.local.LocalFeed;
import org.probity.chain.local.LocalMarket;
import org.probity.cli.Ran;
import org.probity.demo.DemoWorld;
import org.probity.drill.PracticeStrategy;
import org.probity.ground.TestKind;
import org.probity.intent.Governor;
import org.probity.intent.LendingAccount;
import org.probity.intent.LoanCheckpoints;
import org.probity.intent.Vault;
import org.probity.intent.policy.Loan;
import org.probity.intent.policy.PolicyPart;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.StrategyBundle;
import org.probity.zk.Srs;

/** {@code probity vault}: owner, curator and sentinel of one vault, each with a key of its own. */
@TestKind.Acceptance
final class VaultCommandTest {

  private static final Path EXAMPLES =
      Path.of(System.getProperty("probity.home", Path.of("..").toAbsolutePath().toString()))
          .normalize()
          .resolve("examples");

  private static final long DAY = 86_400;
  private static final BigInteger RAY = BigInteger.TEN.pow(27);
  private static final LocalAave.Rates RATES =
      new LocalAave.Rates(RAY.shiftRight(1), RAY.shiftRight(6), RAY.shiftRight(3), RAY);
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path shared;
  private static DemoWorld world;
  private static Path store;
  private static Path password;
  private static Path strategy;
  private static Address owner;
  private static Address curator;
  private static Address sentinel;
  private static Address agent;
  private static Address recipient;
  private static Vault vault;
  private static Governor governor;
  private static JsonNode deployment;

  @TempDir private Path folder;
  private String snapshot = "";

  @BeforeAll
  static void makeVault() throws IOException {
    QuantisedStrategy quantised = PracticeStrategy.quantised();
    Srs reference = PracticeStrategy.srs(quantised);
    Path srs = shared.resolve("srs.bin");
    reference.save(srs);
    strategy = shared.resolve("tiny");
    PracticeStrategy.bundle(quantised, reference).save(strategy);
    password = Files.writeString(shared.resolve("password"), "correct horse");
    Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
    store = shared.resolve("keys");
    world = DemoWorld.open(OptionalInt.empty(), 4);
    world.makeHistory();
    owner = account();
    curator = account();
    sentinel = account();
    agent = account();
    recipient = world.chain().account(6).address();
    LocalMarket market = world.market();
    market.fund(owner, market.usd().units(6_000), market.weth().units(3));
    Ran ran =
        Ran.of(
            "deploy",
            "--rpc",
            world.chain().http(),
            "--chain-id",
            world.chain().client().chainId(),
            "--key-store",
            store,
            "--password-file",
            password,
            "--account",
            owner,
            "--owner",
            owner,
            "--recipient",
            recipient,
            "--sentinel",
            sentinel,
            "--strategy",
            strategy,
            "--srs",
            srs,
            "--policy",
            Files.writeString(shared.resolve("policy.conf"), example()),
            "--deposit",
            "WETH=2,USD=5000",
            "--out",
            shared.resolve("agent.conf"),
            "--sources",
            shared.resolve("sources"),
            "--json");
    assertThat(ran.status()).as(ran.errors()).isZero();
    deployment = last(ran).path("deployment");
    vault = Vault.at(world.chain().client(), new Address(deployment.path("vault").asText()));
    governor = Governor.of(world.chain().client(), vault).orElseThrow();
    by(owner, "role", "submit", "curator", curator)
        .succeeded()
        .showing("curator: %s -> %s".formatted(owner, curator), "it is in force at once");
  }

  private static Address account() {
    Address made =
        KeyStore.at(store, KeyStore.Strength.LIGHT)
            .create("correct horse".toCharArray(), new SecureRandom())
            .address();
    world.chain().setBalance(made, BigInteger.TEN.pow(20));
    return made;
  }

  @AfterAll
  static void end() {
    world.close();
  }

  @BeforeEach
  void remember() {
    snapshot = world.chain().snapshot();
  }

  @AfterEach
  void restore() {
    world.chain().revert(snapshot);
  }

  // ---- policy ----

  @Test
  void looseProposalIsShownWaitsAndIsVetoed() throws IOException {
    seal();
    long before = sent(curator);
    by(curator, "propose", "limits", loose())
        .succeeded()
        .showing(
            "propose other limits",
            "day loss: 250 USD -> 500 USD",
            "unless it is vetoed",
            "done: propose other limits");
    assertThat(sent(curator)).isEqualTo(before + 1);
    assertThat(state().part(PolicyPart.LIMITS).waiting()).isPresent();
    refused(by(agent, "accept", "limits"), agent, "It may be put in force from", "wait until then");
    by(sentinel, "veto", "limits")
        .succeeded()
        .showing("these changes do not come", "day loss: 250 USD -> 500 USD");
    by(agent, "accept", "limits").failed(1).saying("Nothing waits for the limits");
    by(agent, "veto", "limits").failed(1).saying("Nothing waits for the limits");
  }

  @Test
  void whatHasWaitedIsPutInForceByAnyone() throws IOException {
    seal();
    by(curator, "propose", "limits", loose()).succeeded();
    later(2 * DAY);
    by(agent, "accept", "limits").succeeded().showing("day loss: 250 USD -> 500 USD");
    assertThat(vault.policy().limits().numbers().dayLoss())
        .isEqualTo(world.market().usd().units(500));
    assertThat(state().part(PolicyPart.LIMITS).waiting()).isEmpty();
  }

  @Test
  void whatHasWaitedForTooLongIsVoid() throws IOException {
    seal();
    by(curator, "propose", "limits", loose()).succeeded();
    later(17 * DAY);
    refused(by(agent, "accept", "limits"), agent, "is void since", "submit it again");
  }

  @Test
  void tighterIsInForceAtOnceAndTakesWhatWaitsAway() throws IOException {
    seal();
    by(curator, "propose", "limits", loose()).succeeded();
    Path tight = policy("max-action = 20000", "max-action = 9000");
    refused(by(agent, "tighten", "limits", tight), agent, "is not curator or sentinel");
    by(sentinel, "tighten", "limits", tight)
        .succeeded()
        .showing("max action: 20,000 USD -> 9,000 USD", "what waits for the limits is taken away");
    assertThat(vault.policy().limits().numbers().maxAction())
        .isEqualTo(world.market().usd().units(9_000));
    assertThat(state().part(PolicyPart.LIMITS).waiting()).isEmpty();
    refused(
        by(sentinel, "tighten", "limits", loose()),
        sentinel,
        "It is not tighter in max action: propose it instead");
    by(sentinel, "tighten", "limits", tight)
        .failed(1)
        .saying("are those of the vault: change something");
  }

  @Test
  void assetIsOnlySoldFromNowOn() throws IOException {
    seal();
    by(sentinel, "tighten", "parts", policy("symbol = WETH,", "symbol = WETH, sell-only = true,"))
        .succeeded()
        .showing("trades of WETH: bought and sold -> only sold");
    assertThat(vault.policy().parts().assets().get(1).sellOnly()).isTrue();
  }

  @Test
  void anotherMeaningOfTheModelsDecisionsIsProposed() throws IOException {
    Path other = policy("targets = [25 %, hold, 75 %]", "targets = [20 %, hold, 75 %]");
    by(curator, "propose", "model", other).failed(1).saying("name it by --strategy");
    by(curator, "propose", "model", other, "--strategy", strategy)
        .succeeded()
        .showing(
            "target of class 0 for WETH: 2500 bps -> 2000 bps",
            "the vault is UNSEALED, so that anyone may put it in force at once");
    by(curator, "accept", "model").succeeded();
    assertThat(vault.policy().model().targets().getFirst()).isEqualTo(2_000);
    Path recorded = shared.resolve("agent.conf.deployed");
    by(curator, "propose", "model", other, "--strategy", strategy, "--foundation", recorded)
        .failed(1)
        .saying("are those of the vault");
  }

  @Test
  void anotherModelIsStoredAndProposed() throws IOException {
    Path another = folder.resolve("another");
    QuantisedStrategy quantised = PracticeStrategy.quantised();
    PracticeStrategy.bundle(quantised, Srs.load(shared.resolve("srs.bin"))).save(another);
    Path same = policy();
    Object[] proposal = {"model", same, "--strategy", another};
    by(curator, "propose", proposal).failed(1).saying("store it first by `probity vault store`");
    by(agent, "store", "--strategy", another).succeeded().showing("store the key of model 0x");
    by(curator, "propose", proposal)
        .succeeded()
        .showing("model: 0x", "code of the model's key: 0x");
    by(curator, "accept", "model").succeeded();
    assertThat(vault.policy().model().digest())
        .isEqualTo(StrategyBundle.load(another).model().key().digest());
  }

  @Test
  void policyThatIsWrongOrOfOtherAssetsIsRefusedBeforeItIsSigned() throws IOException {
    refused(
        by(curator, "propose", "limits", policy("day = 250", "day = 20")),
        curator,
        "dayLoss stops it at 20.00 USD");
    refused(
        by(
            curator,
            "propose",
            "limits",
            policy("min-trades", "", "policy {", "policy { min-trades = 1")),
        curator,
        "There is no setting");
    refused(
        by(owner, "propose", "limits", loose()), owner, "is not the curator: it takes " + curator);
  }

  @Test
  void partIsGivenUpForGood() throws IOException {
    seal();
    by(owner, "abdicate", "limits").succeeded().showing("possible -> never again");
    by(sentinel, "veto", "limits", "--abdication").succeeded();
    by(sentinel, "veto", "limits", "--abdication").failed(1).saying("No abdication waits");
    by(curator, "abdicate", "limits").succeeded();
    refused(by(agent, "accept", "limits", "--abdication"), agent, "It may be put in force from");
    later(2 * DAY);
    by(agent, "accept", "limits", "--abdication").succeeded().showing("this cannot be undone");
    assertThat(state().part(PolicyPart.LIMITS).abdicated()).isTrue();
    refused(by(owner, "abdicate", "limits"), owner, "was given up for good");
  }

  // ---- pause ----

  @Test
  void sentinelPausesForAWeekAndTheOwnerEndsIt() throws IOException {
    refused(by(agent, "pause"), agent, "is not owner, curator or sentinel");
    by(sentinel, "pause").succeeded().showing("executions: allowed -> none");
    assertThat(state().paused()).isTrue();
    refused(by(sentinel, "unpause"), sentinel, "It may be put in force from");
    by(owner, "unpause").succeeded();
    assertThat(state().paused()).isFalse();
    refused(
        by(curator, "pause"), curator, "together pause once in 14 days", "ask the owner " + owner);
    by(owner, "pause").succeeded();
    refused(by(sentinel, "unpause"), sentinel, "No pause ends by itself now");
  }

  // ---- money ----

  @Test
  void ownerPutsInAndTakesOutToTheRecipient() throws IOException {
    LocalMarket.Token weth = world.market().weth();
    by(owner, "deposit", "WETH=1,USD=500")
        .succeeded()
        .showing("books of WETH: 2 WETH -> 3 WETH", "books of USD: 5,000 USD -> 5,500 USD");
    refused(by(sentinel, "deposit", "WETH=1"), sentinel, "is not the owner: it takes " + owner);
    refused(by(owner, "deposit", "WETH=9"), owner, "has 0 WETH, less than the 9 WETH");
    for (String wrong : List.of("WETH", "WETH=0", "WETH=-1", "WETH=1e-19", "WETH=1e999999999")) {
      by(owner, "deposit", wrong).failed(1).saying("\"" + wrong + "\" is no amount");
    }
    by(owner, "deposit", "WBTC=1").failed(1).saying("The vault has no asset WBTC: it has");
    refused(by(owner, "exit", "WETH=4"), owner, "has 3 WETH booked, less than the 4 WETH");
    refused(by(agent, "exit", "WETH=1"), agent, "is not the owner");
    by(owner, "pause").succeeded();
    by(owner, "exit", "WETH=1").succeeded().showing("they go to the recipient " + recipient);
    assertThat(held(weth)).isEqualTo(weth.units(1));
    by(owner, "exit").succeeded().showing("books of USD: 5,500 USD -> 0");
    assertThat(held(weth)).isEqualTo(weth.units(3));
    assertThat(booked(weth)).isZero();
    by(owner, "exit").failed(1).saying("The vault's books are empty");
  }

  /** A token that cannot move keeps no other from leaving. */
  @Test
  void oneFrozenTokenKeepsNoOther() throws IOException {
    Address weth = world.market().weth().address();
    world.chain().setCode(weth, Bytes.parse("0x60006000fd"));
    Ran ran = by(owner, "exit", "USD=5000," + weth + "=0.000001", "--json");
    assertThat(ran.status()).as("what cannot be asked is not known").isEqualTo(1);
    assertThat(ran.errors()).contains("is no amount");
    Ran all = by(owner, "exit", "--json");
    assertThat(all.status()).as(all.errors()).isEqualTo(1);
    JsonNode line = valid(all);
    assertThat(line.path("calls")).hasSize(1);
    assertThat(line.path("left")).hasSize(1);
    assertThat(booked(world.market().usd())).isZero();
  }

  @Test
  void whatStraysIsHandedOutAndWhatIsMissingIsNoted() throws IOException {
    LocalMarket market = world.market();
    market.fund(vault.address(), market.usd().units(7), BigInteger.ZERO);
    by(owner, "sweep", market.usd().address()).succeeded();
    assertThat(held(market.usd())).isEqualTo(market.usd().units(7));
    by(sentinel, "sync", market.usd().address()).succeeded();
    refused(by(agent, "sync", market.usd().address()), agent, "is not owner, curator or sentinel");
  }

  // ---- roles ----

  @Test
  void rolesChangeAfterTheirDelay() throws IOException {
    seal();
    Address other = world.chain().account(7).address();
    by(owner, "role", "submit", "curator", other)
        .succeeded()
        .showing("curator: %s -> %s".formatted(curator, other));
    refused(by(agent, "role", "confirm", "curator", other), agent, "It may be put in force from");
    by(owner, "role", "revoke", "curator", other).succeeded();
    refused(by(owner, "role", "revoke", "curator", other), owner, "Nothing of this kind waits");
    by(owner, "role", "submit", "limits-delay", "5d")
        .succeeded()
        .showing("delay of limits: 2 d -> 5 d");
    assertThat(state().part(PolicyPart.LIMITS).delaySeconds()).isEqualTo(5 * DAY);
    refused(
        by(owner, "role", "submit", "limits-delay", "1h"),
        owner,
        "A delay of 1 h is not from 2 d to 60 d");
    refused(by(owner, "role", "submit", "add-sentinel", agent), agent, "has another role here");
    refused(
        by(agent, "role", "submit", "curator", other),
        agent,
        "is not the owner: it takes " + owner);
    by(owner, "role", "submit", "owner", other).succeeded();
    later(2 * DAY);
    refused(by(agent, "role", "confirm", "owner", other), agent, "is not the owner");
    by(owner, "role", "submit", "king", other).failed(2).saying("must be one of [curator,");
    by(owner, "role", "submit", "parts-delay", "soon").failed(1).saying("\"soon\" is no time");
  }

  @Test
  void vaultWithoutASentinelIsNotSealed() throws IOException {
    by(owner, "role", "submit", "remove-sentinel", sentinel).succeeded();
    refused(by(owner, "seal"), owner, "a sealed one keeps at least one", "probity vault role");
    by(owner, "role", "submit", "add-sentinel", sentinel).succeeded();
    by(owner, "seal").succeeded().showing("delay of parts: none -> 7 d", "this cannot be undone");
    refused(by(owner, "seal"), owner, "is sealed already");
  }

  // ---- what it is ----

  @Test
  void everythingOfAVaultIsShown() throws IOException {
    Object[] factory = {"--factory", deployment.path("foundation").path("factory").asText()};
    inspect(vault.address(), factory)
        .succeeded()
        .showing(
            "Vault of this release",
            "made it; CANONICAL",
            "verifier    %s, DecisionVerifier of this release".formatted(vault.parts().verifier()),
            "source 1    ",
            "TwapReturns of this release",
            "UNSEALED",
            "curator     " + curator,
            "sentinels   " + sentinel,
            "recipient   " + recipient,
            "limits      loosened after 2 d once it is sealed",
            "exposure to WETH: 60,000 USD and 8000 bps of all",
            "losses of a day: 250 USD of 250 USD",
            "Within any 24 hours it loses at most 600.00 USD",
            "One step buys WETH for at most",
            " places of the ",
            "18 decimals: 2 WETH booked, 2 WETH held");
    sourcesAreThoseOfItsDeployment(factory);
    seal();
    by(curator, "propose", "limits", loose()).succeeded();
    by(owner, "role", "submit", "curator", agent).failed(1);
    by(owner, "role", "submit", "curator", recipient).succeeded();
    by(owner, "abdicate", "model").succeeded();
    by(sentinel, "pause").succeeded();
    inspect(vault.address())
        .succeeded()
        .showing(
            "not asked: --factory names one",
            "SEALED",
            "WAITING: from ",
            "day loss: 250 USD -> 500 USD",
            "WAITING: curator " + recipient,
            "ABDICATION WAITING: from ",
            "paused      until ");
    JsonNode line = validAs("inspect", inspect(vault.address(), "--json", factory[0], factory[1]));
    JsonNode one = line.path("vaults").path(0);
    assertThat(one.path("ofThisRelease").asBoolean()).isTrue();
    assertThat(one.path("canonical").asBoolean()).isTrue();
    assertThat(one.path("bearing").path("worstDay").asText()).isEqualTo("600");
    assertThat(one.path("governor").path("parts").path("limits").path("waiting").path("changes"))
        .anyMatch(change -> change.asText().equals("day loss: 250 USD -> 500 USD"));
  }

  /** Also after the policy is another. */
  private void sourcesAreThoseOfItsDeployment(Object... factory) throws IOException {
    by(sentinel, "tighten", "limits", policy("max-action = 20000", "max-action = 9000"))
        .succeeded();
    Path sources = folder.resolve("sources");
    inspect(vault.address(), "--sources", sources).failed(1).saying("give --factory too");
    inspect(vault.address(), "--sources", sources, factory[0], factory[1]).succeeded();
    List<JsonNode> then = new ArrayList<>();
    JSON.readTree(Files.readString(shared.resolve("sources/contracts.json"))).forEach(then::add);
    JsonNode now = JSON.readTree(Files.readString(sources.resolve("contracts.json")));
    assertThat(now).hasSize(2);
    for (JsonNode contract : now) {
      assertThat(then)
          .anyMatch(other ->
              other.path("address").equals(contract.path("address"))
                  && other
                      .path("constructorArguments")
                      .equals(contract.path("constructorArguments")));
    }
  }

  /** A vault whose action is another than the release's is one, and not canonical. */
  @Test
  void whatIsNotOfTheReleaseIsSaid() throws IOException {
    Address action = vault.policy().parts().action();
    Bytes code = world.chain().client().code(action);
    world.chain().setCode(action, Bytes.parse(code + "00"));
    inspect(vault.address()).succeeded().showing(action + ", which is NOT this release's");
    Address other = world.market().weth().address();
    inspect(vault.address(), "--factory", other).failed(1).saying("does not answer as a factory");
    inspect(other).failed(1).saying("does not answer as a vault does");
    world.chain().setCode(governor.address(), Bytes.parse("0x6000"));
    inspect(vault.address()).succeeded().showing("without a governor: no delays");
    by(owner, "pause").failed(1).saying("has no governor");
  }

  @Test
  void vaultsOfOneOwnerAreAddedUp() throws IOException {
    String factory = deployment.path("foundation").path("factory").asText();
    Ran.of(
            "vault",
            "inspect",
            "--rpc",
            world.chain().http(),
            "--owner",
            owner,
            "--factory",
            factory)
        .succeeded()
        .showing("1 vault of " + owner, "2 WETH", "5,000 USD");
    Ran ran =
        Ran.of(
            "deploy",
            "--rpc",
            world.chain().http(),
            "--chain-id",
            world.chain().client().chainId(),
            "--key-store",
            store,
            "--password-file",
            password,
            "--account",
            owner,
            "--owner",
            owner,
            "--strategy",
            strategy,
            "--srs",
            shared.resolve("srs.bin"),
            "--policy",
            shared.resolve("policy.conf"),
            "--deposit",
            "WETH=1",
            "--foundation",
            shared.resolve("agent.conf.deployed"),
            "--out",
            folder.resolve("second.conf"));
    assertThat(ran.status()).as(ran.errors()).isZero();
    Ran both =
        Ran.of(
            "vault",
            "inspect",
            "--rpc",
            world.chain().http(),
            "--owner",
            owner,
            "--factory",
            factory,
            "--json");
    JsonNode line = validAs("inspect", both);
    assertThat(line.path("vaults")).hasSize(2);
    assertThat(line.path("sum").path("holdings"))
        .anyMatch(held -> held.path("booked").asText().equals("3"));
    JsonNode pool = line.path("sum").path("pools").path(0);
    assertThat(pool.path("vaults")).hasSize(2);
    Ran.of(
            "vault",
            "inspect",
            "--rpc",
            world.chain().http(),
            "--owner",
            agent,
            "--factory",
            factory)
        .failed(1)
        .saying("has made no vault for " + agent);
    Ran.of("vault", "inspect", "--rpc", world.chain().http(), "--owner", agent)
        .failed(1)
        .saying("give --factory too");
    Ran.of("vault", "inspect", "--rpc", world.chain().http()).failed(1).saying("name a vault");
  }

  private static Ran inspect(Address address, Object... options) {
    List<Object> all =
        new ArrayList<>(List.of("vault", "inspect", address, "--rpc", world.chain().http()));
    all.addAll(Arrays.asList(options));
    return Ran.of(all.toArray());
  }

  // ---- signed elsewhere ----

  @Test
  void callsArePrintedForASafeAndNothingIsSigned() throws IOException {
    Path file = folder.resolve("batch.json");
    JsonNode line =
        valid(printed("propose", "limits", loose(), "--from", curator, "--out", file, "--json"));
    assertThat(line.path("calls").path(0).path("transaction").isNull()).isTrue();
    JsonNode batch = JSON.readTree(Files.readString(file));
    assertThat(batch.path("version").asText()).isEqualTo("1.0");
    assertThat(batch.path("chainId").asText()).isEqualTo("31337");
    assertThat(batch.path("meta").path("checksum").asText()).matches("0x[0-9a-f]{64}");
    JsonNode transaction = batch.path("transactions").path(0);
    assertThat(transaction.path("data")).isEqualTo(line.path("calls").path(0).path("data"));
    assertThat(transaction.path("contractMethod").path("name").asText()).isEqualTo("propose");
    assertThat(transaction.path("contractInputsValues").path("part").asText()).isEqualTo("0");
    assertThat(state().part(PolicyPart.LIMITS).waiting()).isEmpty();
    Call call =
        Call.of(
            new Address(transaction.path("to").asText()),
            Bytes.parse(transaction.path("data").asText()));
    world.chain().client().callFrom(curator, call, BlockTag.LATEST);
    assertThatThrownBy(() -> world.chain().client().callFrom(agent, call, BlockTag.LATEST))
        .isInstanceOf(CallReverted.class);
    printed("deposit", "WETH=1", "--out", folder.resolve("deposit.json"))
        .succeeded()
        .showing("approve 1 WETH", "deposit 1 WETH", "--from does");
    printed("pause", "--from", agent).failed(1).saying("is not owner, curator or sentinel");
    printed("pause", "--out", file).failed(1).saying("exists already");
  }

  @Test
  void whatContradictsItselfIsRefused() {
    Object[] rpc = {"--rpc", world.chain().http()};
    run("pause", rpc).failed(1).saying("Nobody is to sign");
    run("pause", rpc, "--print", "--account", owner).failed(1).saying("--print signs nothing");
    run("pause", rpc, "--account", owner, "--from", owner).failed(1).saying("are for --print");
    run("pause", rpc, "--print", "--from", "me").failed(1).saying("0x and 40 hex digits");
    Ran.of("vault", "pause", owner, "--rpc", world.chain().http(), "--print")
        .failed(1)
        .saying("There is no contract at " + owner);
  }

  // ---- giving commands ----

  private static Governor.State state() {
    return governor.state(BlockTag.LATEST);
  }

  private static void seal() throws IOException {
    by(owner, "seal").succeeded();
  }

  private static void later(long seconds) {
    world.chain().mineAt(world.chain().client().head().timestamp() + seconds);
  }

  private static BigInteger booked(LocalMarket.Token token) {
    return vault.book(BlockTag.LATEST, token.address()).amount();
  }

  private static BigInteger held(LocalMarket.Token token) {
    return new Erc20(token.address()).balanceOf(world.chain().client(), recipient, BlockTag.LATEST);
  }

  private static long sent(Address account) {
    return world.chain().client().transactionCount(account, BlockTag.LATEST);
  }

  /** It was refused, and {@code who} has signed nothing that was mined. */
  private static void refused(Ran ran, Address who, String... saying) {
    ran.failed(1).saying(saying);
    assertThat(ran.output()).as("by " + who).doesNotContain("done: ");
  }

  private static Ran by(Address account, String command, Object... more) {
    return run(
        command,
        more,
        "--rpc",
        world.chain().http(),
        "--account",
        account,
        "--key-store",
        store,
        "--password-file",
        password);
  }

  private static Ran printed(String command, Object... more) {
    return run(command, more, "--rpc", world.chain().http(), "--print");
  }

  private static Ran run(String command, Object[] more, Object... options) {
    List<Object> all = new ArrayList<>(List.of("vault", command, vault.address()));
    all.addAll(Arrays.asList(more));
    all.addAll(Arrays.asList(options));
    return Ran.of(all.toArray());
  }

  // ---- loans ----

  @Test
  void aVaultWithoutLendingHasNothingToUnwind() {
    by(owner, "unwind", "WETH", "--withdraw", "all")
        .failed(1)
        .saying("The vault's policy has no lending");
    by(owner, "poke").failed(1).saying("The vault's policy has no lending");
  }

  @Test
  void whatAVaultHasLentIsTakenBackAndItsMarketsIndicesAreRemembered() throws IOException {
    Vault lender = lender(1);
    LocalMarket.Token weth = world.market().weth();
    onVault(lender, owner, "unwind", "WETH").failed(1).saying("Say what is to be unwound");
    onVault(lender, owner, "unwind", "WETH", "--repay", "all")
        .failed(1)
        .saying("Nothing is owed of WETH");
    onVault(lender, owner, "unwind", "WETH", "--withdraw", "1.5")
        .failed(1)
        .saying("The vault has supplied 1 WETH, less than what is to be taken back");
    refused(
        onVault(lender, agent, "unwind", "WETH", "--withdraw", "all"),
        agent,
        "is not the owner: it takes " + owner);
    JsonNode told = valid(onVault(lender, owner, "unwind", "WETH", "--withdraw", "0.25", "--json"));
    assertThat(told.path("changes"))
        .extracting(JsonNode::asText)
        .containsExactly(
            "supplied of WETH: 1 WETH -> 0.75 WETH", "books of WETH: 0 WETH -> 0.25 WETH");
    assertThat(lender.book(BlockTag.LATEST, weth.address()).amount())
        .isEqualTo(weth.units(new BigDecimal("0.25")));
    onVault(lender, owner, "unwind", "WETH", "--withdraw", "all").succeeded();
    assertThat(lender.book(BlockTag.LATEST, weth.address()).amount()).isEqualTo(weth.units(1));
    var node =
        new LoanCheckpoints(
            world.chain().client(),
            lender,
            new TransactionSender(
                world.chain().client(),
                world.chain().account(7),
                FeePolicy.DEFAULT,
                Vault.ERRORS,
                Duration.ofSeconds(20)));
    Duration age = Duration.ofHours(1);
    assertThat(node.takeIfOlder(age)).isEqualTo(new LoanCheckpoints.Taken.NotDue());
    later(2 * 3_600);
    assertThat(node.takeIfOlder(age)).isInstanceOf(LoanCheckpoints.Taken.Done.class);
    assertThat(node.takeIfOlder(age)).isEqualTo(new LoanCheckpoints.Taken.NotDue());
    later(2 * 3_600);
    onVault(lender, agent, "poke").succeeded().showing("done: remember the indices");
    assertThat(account(lender).orElseThrow().oldestCheckpoint())
        .hasValue(world.chain().client().head().timestamp());
  }

  private static Optional<LendingAccount> account(Vault lender) {
    return LendingAccount.read(
        world.chain().client(), lender.address(), lender.policy(), BlockTag.LATEST);
  }

  /** A vault whose policy lends, with so much WETH supplied as if a decision had done it. */
  private Vault lender(long weth) throws IOException {
    LocalMarket market = world.market();
    LocalAave aave =
        LocalAave.deploy(
            world.chain(),
            List.of(
                new LocalAave.Listing(
                    market.weth(), feed(2_500), 8_000, 8_250, 10_500, 1_500, true, RATES)));
    String lending =
        "lending { market = aave-v3, pool = \"%s\", health-floor = 1.5, reserves = [ { asset = WETH, supply-most = 50000 } ] }"
            .formatted(aave.pool());
    Ran ran =
        Ran.of(
            "deploy",
            "--rpc",
            world.chain().http(),
            "--chain-id",
            world.chain().client().chainId(),
            "--key-store",
            store,
            "--password-file",
            password,
            "--account",
            owner,
            "--owner",
            owner,
            "--recipient",
            recipient,
            "--strategy",
            strategy,
            "--srs",
            shared.resolve("srs.bin"),
            "--policy",
            policy("policy {", "policy {\n  " + lending),
            "--out",
            folder.resolve("lender.conf"),
            "--json");
    assertThat(ran.status()).as(ran.errors()).isZero();
    Vault lender =
        Vault.at(
            world.chain().client(),
            new Address(last(ran).path("deployment").path("vault").asText()));
    Address at = lender.address();
    market.fund(at, BigInteger.ZERO, market.weth().units(weth));
    world.chain().setBalance(at, BigInteger.TEN.pow(18));
    world.chain().client().request("anvil_impersonateAccount", at.hex());
    Address account = account(lender).orElseThrow().address();
    world
        .chain()
        .execute(
            at, new Erc20(market.weth().address()).approve(account, market.weth().units(weth)));
    world
        .chain()
        .execute(
            at,
            Call.of(
                account,
                AbiFunction.parse("move(uint8,address,uint256,uint256)"),
                Loan.SUPPLY.ordinal(),
                market.weth().address(),
                market.weth().units(weth),
                600));
    return lender;
  }

  private static Address feed(int dollars) {
    LocalFeed feed = new LocalFeed(world.chain(), 8);
    feed.answer(
        world.chain().client().head().timestamp() + 12,
        1,
        BigInteger.valueOf(dollars * 100_000_000L));
    return feed.proxy();
  }

  private static Ran onVault(Vault on, Address account, String command, Object... more) {
    List<Object> all = new ArrayList<>(List.of("vault", command, on.address()));
    all.addAll(Arrays.asList(more));
    all.addAll(
        List.of(
            "--rpc",
            world.chain().http(),
            "--account",
            account,
            "--key-store",
            store,
            "--password-file",
            password));
    return Ran.of(all.toArray());
  }

  private static String example() throws IOException {
    return Files.readString(EXAMPLES.resolve("policy-local.conf"))
        .replace("${PROBITY_MARKET}", "\"" + world.market().pool().address() + "\"")
        .replace("${PROBITY_AGENT}", "\"" + agent + "\"");
  }

  private Path loose() throws IOException {
    return policy("day = 250", "day = 500");
  }

  /** The example, with words replaced. */
  private Path policy(String... words) throws IOException {
    String text = example();
    for (int i = 0; i < words.length; i += 2) {
      text = text.replace(words[i], words[i + 1]);
    }
    return Files.writeString(
        folder.resolve("policy-%s.conf".formatted(Integer.toHexString(text.hashCode()))), text);
  }

  private static JsonNode last(Ran ran) throws IOException {
    return JSON.readTree(ran.output().strip().lines().toList().getLast());
  }

  private static JsonNode valid(Ran ran) throws IOException {
    return validAs("vault-act", ran);
  }

  private static JsonNode validAs(String name, Ran ran) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            VaultCommandTest.class.getResourceAsStream("/" + name + ".schema.json"))) {
      JsonSchema schema =
          JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
              .getSchema(JSON.readTree(in));
      JsonNode line = last(ran);
      assertThat(schema.validate(line)).isEmpty();
      assertThat(schema.validate(JSON.readTree("{\"chainId\":1}"))).isNotEmpty();
      return line;
    }
  }
}
