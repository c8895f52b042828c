package org.probity.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.agent.checks.Examination;
import org.probity.agent.settings.AgentSettings;
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
import org.probity.chain.Signer;
import org.probity.chain.TransactionSender;
import org.probity.chain.keys.KeyStore;
import org.probity.chain.local.LocalChain;
import org.probity.chain.local.LocalMarket;
import org.probity.chain.uniswap.Uniswap;
import org.probity.chain.uniswap.UniswapPool;
import org.probity.demo.DemoWorld;
import org.probity.deploy.DeployChecks;
import org.probity.deploy.DeployOptions;
import org.probity.drill.PracticeStrategy;
import org.probity.ground.TestKind;
import org.probity.intent.AgentCycle;
import org.probity.intent.DirectVenue;
import org.probity.intent.Governor;
import org.probity.intent.Mandate;
import org.probity.intent.Pace;
import org.probity.intent.ProvenIntent;
import org.probity.intent.Settlement;
import org.probity.intent.Vault;
import org.probity.intent.VaultReader;
import org.probity.intent.source.Reports;
import org.probity.run.VaultArrival;
import org.probity.strategy.DjlStrategy;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.StrategyBundle;
import org.probity.terminal.Screen;
import org.probity.terminal.Sentences;
import org.probity.zk.Entropy;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Prover;
import org.probity.zk.Srs;
import org.probity.zk.backend.ComputeBackend;
import org.web3j.crypto.TransactionDecoder;
import org.web3j.crypto.transaction.type.Transaction1559;
import picocli.CommandLine;

/**
 * {@code probity deploy} and {@code doctor}: what is found before anything is paid for, and what is
 * left behind.
 */
@TestKind.Acceptance
final class DeployCommandTest {

  private static final AbiFunction CREATE_POOL =
      AbiFunction.parse("createPool(address,address,uint24) returns (address)");
  private static final AbiFunction GET_POOL =
      AbiFunction.parse("getPool(address,address,uint24) returns (address)");
  private static final AbiFunction INITIALIZE = AbiFunction.parse("initialize(uint160)");

  /** Small enough for any price: the pools only have to be there. */
  private static final BigInteger PRICE = BigInteger.ONE.shiftLeft(96);

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final Path EXAMPLES =
      Path.of(System.getProperty("probity.home", Path.of("..").toAbsolutePath().toString()))
          .normalize()
          .resolve("examples");

  /** An account that has nothing to do with a deployment. */
  private static final Address OTHER = new Address("0x00000000000000000000000000000000000b0b0b");

  /** Options without a value. */
  private static final Set<Object> FLAGS = Set.of("--dry-run", "--json");

  @TempDir private static Path shared;
  private static DemoWorld world;
  private static Path strategy;
  private static Path srs;
  private static Path otherSrs;
  private static Path store;
  private static Path password;
  private static Address account;
  private static Address agent;

  @TempDir private Path folder;
  private Path out;
  private String snapshot;

  @BeforeAll
  static void makeWorld() throws IOException {
    QuantisedStrategy quantised = PracticeStrategy.quantised();
    Srs reference = PracticeStrategy.srs(quantised);
    srs = shared.resolve("srs.bin");
    reference.save(srs);
    otherSrs = shared.resolve("other.bin");
    PracticeStrategy.srs(quantised).save(otherSrs);
    strategy = shared.resolve("tiny");
    PracticeStrategy.bundle(quantised, reference).save(strategy);
    password = Files.writeString(shared.resolve("password"), "correct horse");
    Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
    store = shared.resolve("keys");
    account = newKey();
    agent = newKey();
    world = DemoWorld.open(OptionalInt.empty(), 4);
    world.makeHistory();
    world.chain().setBalance(account, BigInteger.TEN.pow(20));
    world.chain().setBalance(agent, BigInteger.TEN.pow(20));
    LocalMarket market = world.market();
    market.fund(account, market.usd().units(5_000), market.weth().units(2));
  }

  private static Address newKey() {
    return KeyStore.at(store, KeyStore.Strength.LIGHT)
        .create("correct horse".toCharArray(), new SecureRandom())
        .address();
  }

  @AfterAll
  static void endWorld() {
    world.close();
  }

  @BeforeEach
  void begin() {
    out = folder.resolve("agent.conf");
    snapshot = world.chain().snapshot();
  }

  @AfterEach
  void undo() {
    world.chain().revert(snapshot);
  }

  // ---- the pool ----

  @Test
  void poolThatWasNeverInitialisedIsRefused() throws IOException {
    refused(on(pool(3_000)), "was never initialised and has no price", "initialise it");
  }

  @Test
  void poolWithoutLiquidityIsRefused() throws IOException {
    Address pool = pool(3_000);
    execute(Call.of(pool, INITIALIZE, PRICE));
    refused(on(pool), "no liquidity at its price", "provide some");
  }

  @Test
  void poolWithoutHistoryIsRefused() throws IOException {
    Address pool = pool(3_000);
    execute(Call.of(pool, INITIALIZE, PRICE));
    provideLiquidity(pool);
    Ran ran = on(pool);
    refused(
        ran,
        "The ring of pool " + pool + " has 1 places, and a vault needs 3",
        "call increaseObservationCardinalityNext");
    ran.showing("Source 1 of the program has no features as of", "growing it takes");
    execute(UniswapPool.at(world.chain().client(), pool).increaseCardinality(20));
    refused(on(pool), "wait until a trade moves its price: then it grows to 20");
    on(pool).showing("The ring of pool " + pool + " holds 20 observations, and with a block every");
  }

  @Test
  void poolsOfOtherExchangesAreRefused() throws IOException {
    Address real = world.market().pool().address();
    Bytes code = world.chain().client().code(real);
    Address imitation = new Address("0x00000000000000000000000000000000000a11ce");
    world.chain().setCode(imitation, code);
    refused(on(imitation), "knows no such pool", "name another");
    world.chain().setCode(real, Bytes.parse(code.toString().replace("fa461e33", "23a69e75")));
    refused(deploy(), "does not call a trader back", "PancakeSwap");
  }

  @Test
  void contractThatIsNoPoolIsRefused() throws IOException {
    refused(on(world.market().weth().address()), "does not answer as a Uniswap v3 pool");
    refused(on(account), "no contract at " + account);
  }

  /** The command for a vault on this pool. */
  private Ran on(Address pool) throws IOException {
    return deploy(
        "--policy",
        policy(example().replace(world.market().pool().address().toString(), pool.toString())));
  }

  @Test
  void historyOfAnotherExchangesPoolIsNotImported() {
    Address real = world.market().pool().address();
    Bytes code = world.chain().client().code(real);
    Path history = folder.resolve("history");
    world.chain().setCode(real, Bytes.parse(code.toString().replace("fa461e33", "23a69e75")));
    importPool(real, history).failed(2).saying("PancakeSwap", "Nothing was imported");
    assertThat(history).doesNotExist();
    if (Files.isDirectory(Path.of("/proc"))) {
      importPool(real, Path.of("/proc/history")).failed(2).saying("Nothing can be written to");
    }
  }

  private static Ran importPool(Address pool, Path history) {
    return Ran.of(
        "data", "import", "x", "--rpc", world.chain().http(), "--pool", pool, "--store", history);
  }

  // ---- what belongs together ----

  @Test
  void depositThatTheOwnerDoesNotHaveOrCannotBeReadIsRefused() {
    refused(
        deploy("--deposit", "WETH=3,USD=5000"), "has 2 WETH, less than the 3 WETH to be deposited");
    for (String text :
        List.of(
            "2",
            "WETH=2,USD=0.0000001",
            "WETH=-1",
            "WBTC=1",
            "WETH=1,WETH=1",
            "WETH=much",
            "WETH=1e999999999")) {
      refused(
          deploy("--deposit", text),
          "--deposit is \"" + text + "\"",
          "give amounts of USD, WETH",
          "no more decimals than the tokens have");
    }
  }

  /** What {@code probity policy} refuses, with all that its own test tries. */
  @Test
  void policyThatThePoolsDoNotBearIsRefused() throws IOException {
    refused(
        deploy("--policy", policy(example().replace("min-trade = 100", "min-trade = 15000"))),
        "less than the smallest trade of 15,000.00 USD");
    refused(
        deploy("--policy", policy(example().replace("day = 250", "day = 20"))),
        "and dayLoss stops it at 20.00 USD");
    refused(
        deploy("--policy", policy(example().replace("max-action = 20000", "max-action = 20"))),
        "The policy's maxAction is 20000000");
    refused(
        deploy("--policy", policy(example().replace("= WETH", "= \"W\u0415TH\""))),
        "only looks like W\u0415TH",
        "by its address");
    refused(deploy("--policy", policy("policy { epoch-seconds = 900 }")), "There is no setting");
  }

  @Test
  void strategyOfAnotherProgramIsRefused() throws IOException {
    refused(
        deploy("--policy", policy(example().replace("105 min, ", ""))),
        "Source 1 of the feature program differs: it is TwapReturns");
    refused(
        deploy("--policy", policy(example().replace("[25 %, hold, 75 %]", "[25 %, 80 %]"))),
        "The policy has 2 targets and the strategy 3 decisions (reduce, hold, increase)");
  }

  @Test
  void otherReferenceStringIsRefused() {
    refused(deploy("--srs", otherSrs), "do not hold under this reference string");
  }

  // ---- whose it is ----

  @Test
  void ownerWhoIsTheAgentIsRefused() {
    refused(
        deploy("--owner", agent),
        "The agent " + agent + " is the owner",
        "give the agent an account of its own");
    refused(
        deploy("--recipient", agent),
        "The recipient " + agent + " is the agent",
        "name another as --recipient");
    refused(deploy("--recipient", Address.ZERO), "Nobody has the account");
    refused(deploy("--owner", "me"), "--owner is \"me\"", "0x and 40 hex digits");
  }

  @Test
  void sentinelWithAnotherRoleIsRefused() {
    for (Object other : List.of(account, agent, Address.ZERO)) {
      refused(deploy("--sentinel", other), "The sentinel " + other + " is", "no other role");
    }
    refused(deploy("--sentinel", OTHER, "--sentinel=" + OTHER), "names 2 accounts", "each once");
    refused(deploy("--sentinel", "me"), "--sentinel is \"me\"", "0x and 40 hex digits");
  }

  @Test
  void ownerWhoSendsNamesTheSentinelsHimself() {
    deploy("--sentinel", OTHER).succeeded().showing("the sentinel " + OTHER + " may veto");
    Vault vault =
        Vault.at(world.chain().client(), AgentSettings.load(out).agents().getFirst().vault());
    assertThat(governor(vault).state(BlockTag.LATEST).sentinels()).containsExactly(OTHER);
  }

  @Test
  void ownerWhoIsTheSenderIsRefusedOffLocalChains() {
    LocalChain.Settings usual = LocalChain.Settings.DEFAULT;
    try (LocalChain sepolia =
        LocalChain.start(
            new LocalChain.Settings(
                OptionalInt.empty(), 11_155_111, usual.genesisTime(), 1, usual.baseFee()))) {
      String said = "The sender %s would own the vault".formatted(account);
      deploy("--rpc", sepolia.http(), "--chain-id", 11_155_111)
          .failed(2)
          .saying("Nothing was sent")
          .showing(said, "name as --owner an account whose key lies elsewhere");
      Ran other = deploy("--rpc", sepolia.http(), "--chain-id", 11_155_111, "--owner", OTHER);
      assertThat(other.output()).doesNotContain("would own the vault");
      other.showing("There is no contract at");
      assertThat(sepolia.client().transactionCount(account, BlockTag.LATEST)).isZero();
    }
    deploy("--dry-run").succeeded();
  }

  // ---- the account and its money ----

  @Test
  void accountThatCannotPayIsRefused() {
    world.chain().setBalance(account, BigInteger.TEN.pow(15));
    refused(deploy(), "The gas costs up to", "has 0.001 coins", "fund it");
    world.chain().setBalance(account, BigInteger.TEN.pow(18));
    Ran doubtful = deploy("--dry-run").succeeded();
    assertThat(doubtful.output()).contains("doubtful", "At the fee cap the gas would cost");
  }

  @Test
  void feesAboveTheCapAreRefused() {
    refused(
        deploy("--max-gwei", "1", "--tip-gwei", "1"),
        "above the cap of 1 gwei",
        "raise --max-gwei");
    refused(deploy("--max-gwei", "2", "--tip-gwei", "3"), "--tip-gwei is 3, above --max-gwei of 2");
    refused(deploy("--tip-gwei", "-1"), "--tip-gwei is -1");
    Ran.of("deploy", "--confirmations", "0").failed(2);
  }

  @Test
  void theLeastTipThatAChainTakesIsPaid() throws IOException {
    try (Front polygon =
        new Front(transaction ->
            Front.tip(transaction).compareTo(BigInteger.valueOf(25_000_000_000L)) < 0
                ? "transaction gas price below minimum: gas tip cap 1000000000, minimum needed 25000000000"
                : "")) {
      deploy("--rpc", polygon.address(), "--max-gwei", "20")
          .failed(1)
          .saying("no tip below 25 gwei, which is above the fee cap of 20 gwei", "--max-gwei");
      assertThat(sent()).isZero();
      polygon.refused.set(0);
      deploy("--rpc", polygon.address()).succeeded().showing("runs its agent");
      assertThat(polygon.refused).as("it is remembered").hasValue(1);
    }
  }

  @Test
  void theNodesOwnLimitOfAFeeIsTold() throws IOException {
    try (Front geth =
        new Front(_ -> "tx fee (1.12 ether) exceeds the configured cap (1.00 ether)")) {
      deploy("--rpc", geth.address())
          .failed(1)
          .saying(
              "The chain did not take",
              "the node itself takes no transaction that may cost so much (tx fee (1.12 ether)",
              "raise the node's own limit (geth: --rpc.txfeecap), or lower the fee cap",
              "deploy: --max-gwei");
    }
    assertThat(sent()).isZero();
  }

  /** The chain's node behind one that refuses transactions in its own words. */
  private static final class Front implements AutoCloseable {
    private final HttpServer server;
    private final HttpClient client = HttpClient.newHttpClient();
    private final AtomicInteger refused = new AtomicInteger();

    /**
     * @param refusal of a signed transaction; empty to pass it on
     */
    Front(UnaryOperator<String> refusal) throws IOException {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.setExecutor(command -> Thread.ofVirtual().start(command));
      server.createContext(
          "/",
          exchange -> {
            try (exchange) {
              byte[] asked = exchange.getRequestBody().readAllBytes();
              JsonNode question = JSON.readTree(asked);
              boolean sends = question.path("method").asText().equals("eth_sendRawTransaction");
              String why = sends ? refusal.apply(question.path("params").path(0).asText()) : "";
              byte[] answer = why.isEmpty() ? passedOn(asked) : refusalOf(question, why);
              exchange.sendResponseHeaders(200, answer.length);
              exchange.getResponseBody().write(answer);
            }
          });
      server.start();
    }

    /** What a transaction of type 2 offers to the block's producer. */
    static BigInteger tip(String transaction) {
      return ((Transaction1559) TransactionDecoder.decode(transaction).getTransaction())
          .getMaxPriorityFeePerGas();
    }

    String address() {
      return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private byte[] refusalOf(JsonNode question, String why) {
      refused.incrementAndGet();
      return "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32000,\"message\":\"%s\"}}"
          .formatted(question.path("id"), why)
          .getBytes(StandardCharsets.UTF_8);
    }

    private byte[] passedOn(byte[] asked) throws IOException {
      try {
        return client
            .send(
                HttpRequest.newBuilder(world.chain().http())
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(asked))
                    .build(),
                HttpResponse.BodyHandlers.ofByteArray())
            .body();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException(e);
      }
    }

    @Override
    public void close() {
      server.stop(0);
      client.shutdownNow();
    }
  }

  @Test
  void keyThatIsNotThereOrDoesNotOpenIsRefused() throws IOException {
    refused(deploy("--key-store", folder), "No key of " + account);
    Path wrong = Files.writeString(folder.resolve("wrong"), "wrong");
    Files.setPosixFilePermissions(wrong, PosixFilePermissions.fromString("rw-------"));
    refused(deploy("--password-file", wrong), "The password does not open");
  }

  @Test
  void placeThatCannotBeWrittenIsRefused() throws IOException {
    // Not even root can make a file there.
    Path never = Path.of("/proc/agent.conf");
    Ran ran = deploy("--out", never).failed(2);
    if (Files.isDirectory(Path.of("/proc"))) {
      ran.saying("Nothing can be written to the folder /proc", "Nothing was sent");
    }
    deploy("--out", folder.resolve("none/agent.conf")).failed(2).saying("There is no folder");
    Files.writeString(out, "precious");
    deploy().failed(2).saying("exists already");
    assertThat(out).hasContent("precious");
    assertThat(sent()).isZero();
  }

  @Test
  void everythingWrongIsToldAtOnce() throws IOException {
    Ran ran =
        deploy(
                "--policy",
                policy(
                    example()
                        .replace(
                            world.market().pool().address().toString(), pool(3_000).toString())),
                "--srs",
                folder.resolve("none"))
            .failed(2);
    assertThat(ran.output()).contains("There is no file", "was never initialised", "no liquidity");
    assertThat(ran.errors()).contains("(and ", "more that are wrong, see above)");
  }

  @Test
  void keyInAnAddressIsNeverShown() {
    for (String address :
        List.of(
            "ftp://127.0.0.1:1/v3/SECRETKEY",
            "http://127.0.0.1:1/v3/SECRETKEY",
            "http://user:SECRETKEY@127.0.0.1:1/",
            "http://127.0.0.1:1/v3?apikey=SECRETKEY",
            "http://127.0.0.1:1/ SECRETKEY",
            "SECRETKEY")) {
      Ran ran = deploy("--rpc", address).failed(2);
      assertThat(ran.errors() + ran.output()).as(address).doesNotContain("SECRETKEY");
      ran = Ran.of("data", "import", "x", "--rpc", address, "--pool", account);
      assertThat(ran.errors() + ran.output()).as(address).doesNotContain("SECRETKEY");
    }
    assertThat(folder).isEmptyDirectory();
  }

  // ---- what it does ----

  @Test
  void dryRunPrintsPolicyAndPlanAndSendsNothing() throws IOException {
    Ran ran = deploy("--dry-run").succeeded();
    ran.showing(
        "One step buys WETH for at most",
        "honest trading of the whole allowance costs about",
        "the verifier",
        "the store of keys",
        "the rules of policies",
        "the deposit of WETH",
        "19 transactions",
        "at the cap of 200 gwei",
        "nothing was sent");
    assertThat(sent()).isZero();
    assertThat(folder).isEmptyDirectory();
    deploy("--dry-run", "--policy", policy(example().replace(agent.toString(), OTHER.toString())))
        .succeeded()
        .showing("There is no key of the agent " + OTHER, "run it where the key is");
    Ran without = deploy("--dry-run", "--deposit", "WETH=0", "--max-gwei", "7.5").succeeded();
    without.showing("15 transactions", "at the cap of 7.5 gwei");
    Ran json = json("--dry-run");
    assertThat(json.status()).isZero();
    JsonNode line = valid(json, "deploy");
    assertThat(line.path("plan").path("transactions")).hasSize(19);
    assertThat(line.path("deployment").isNull()).isTrue();
    Ran wrong = json("--deposit", "WETH=3");
    assertThat(wrong.status()).isEqualTo(2);
    JsonNode refused = valid(wrong, "deploy");
    assertThat(refused.path("verdict").asText()).isEqualTo("wrong");
    assertThat(refused.path("plan").isNull()).isTrue();
  }

  private Ran json(Object... changes) {
    return deploy(Stream.concat(Arrays.stream(changes), Stream.of("--json")).toArray());
  }

  @Test
  void deploysByItsPlanAndWritesForTheOwnerAlone() throws Exception {
    BigInteger before = world.chain().client().balance(account);
    Path sources = folder.resolve("sources");
    Object[] fees = {"--tip-gwei", "2", "--max-gwei", "150", "--confirmations", "1"};
    Ran ran =
        deploy(Stream.concat(Arrays.stream(fees), Stream.of("--sources", sources)).toArray())
            .succeeded();
    ran.showing("the vault has 2 WETH", "the vault has 5,000 USD");
    AgentSettings settings = AgentSettings.load(out);
    assertThat(settings.fees().tipPerGas()).isEqualTo(BigInteger.valueOf(2_000_000_000));
    assertThat(settings.fees().maxFeePerGas()).isEqualTo(BigInteger.valueOf(150_000_000_000L));
    AgentSettings.Seat seat = settings.agents().getFirst();
    assertThat(seat.account()).isEqualTo(agent);
    assertThat(seat.block()).isEqualTo(OptionalLong.of(world.chain().client().head().number()));
    for (Path written : List.of(out, record())) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(written)))
          .isEqualTo("rw-------");
    }
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactlyInAnyOrder(out, record(), sources);
    }
    Vault vault = Vault.at(world.chain().client(), seat.vault());
    assertThat(governor(vault).state(BlockTag.LATEST).owner()).isEqualTo(account);
    assertThat(governor(vault).isOfThisRelease()).isTrue();
    assertThat(vault.parts().recipient()).isEqualTo(account);
    assertThat(vault.policy().model().agent()).isEqualTo(agent);
    assertThat(booked(vault, world.market().usd())).isEqualTo(world.market().usd().units(5_000));
    sourcesAreThoseOfWhatWasMade(sources, vault);
    gasIsAsPlanned(before.subtract(world.chain().client().balance(account)));
    doctorFindsAllFine();
  }

  /** Compiled again, as an explorer does, it is what lies on the chain. */
  private static void sourcesAreThoseOfWhatWasMade(Path sources, Vault vault) throws Exception {
    JsonNode contracts = JSON.readTree(Files.readString(sources.resolve("contracts.json")));
    assertThat(contracts).hasSize(15);
    assertThat(contracts)
        .extracting(contract -> contract.path("contract").asText())
        .contains(
            "probity/Vault.sol:Vault",
            "probity/Governor.sol:Governor",
            "probity/DecisionVerifier.sol:DecisionVerifier");
    JsonNode lens =
        contracts
            .valueStream()
            .filter(contract -> contract.path("contract").asText().endsWith(":VaultLens"))
            .findFirst()
            .orElseThrow();
    assertThat(lens.path("compiler").asText()).matches("v0\\.8\\.37\\+commit\\.[0-9a-f]{8}");
    Path solc = Path.of(System.getProperty("probity.home"), "node_modules/solc");
    String script =
        """
        const input = JSON.parse(require('fs').readFileSync(0, 'utf8'));
        const [unit, name] = process.argv[2].split(':');
        input.settings.outputSelection = { [unit]: { [name]: ['evm.deployedBytecode.object'] } };
        const output = JSON.parse(require(process.argv[1]).compile(JSON.stringify(input)));
        process.stdout.write(output.contracts[unit][name].evm.deployedBytecode.object);
        """;
    Process process =
        new ProcessBuilder("node", "-e", script, solc.toString(), lens.path("contract").asText())
            .redirectInput(sources.resolve(lens.path("input").asText()).toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String code = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    assertThat(Bytes.parse("0x" + code))
        .isEqualTo(world.chain().client().code(new Address(lens.path("address").asText())));
    JsonNode made =
        contracts
            .valueStream()
            .filter(contract -> contract.path("contract").asText().endsWith(":Vault"))
            .findFirst()
            .orElseThrow();
    assertThat(made.path("address").asText()).isEqualTo(vault.address().toString());
    // Who was given the vault first: the factory, which handed it to the governor.
    assertThat(made.path("constructorArguments").asText())
        .contains(Bytes.of(vault.policy().encoded()).toString().substring(2));
  }

  private static Governor governor(Vault vault) {
    return Governor.of(world.chain().client(), vault).orElseThrow();
  }

  private Path record() {
    return folder.resolve("agent.conf.deployed");
  }

  private static BigInteger booked(Vault vault, LocalMarket.Token token) {
    return vault.book(BlockTag.LATEST, token.address()).amount();
  }

  /** The plan admits a little more than is used, not less and not twice as much. */
  private void gasIsAsPlanned(BigInteger paid) throws IOException {
    long used = 0;
    for (long block = world.chain().client().head().number() - 18; ; block++) {
      JsonNode found =
          world
              .chain()
              .client()
              .request("eth_getBlockByNumber", BlockTag.at(block).rpcForm(), false);
      if (found.isNull()) {
        break;
      }
      used += Long.decode(found.path("gasUsed").asText());
    }
    long planned = planned();
    assertThat(planned).isBetween(used * 11 / 10, used * 13 / 10);
    assertThat(paid).isGreaterThan(BigInteger.valueOf(used * 2_000_000_000L));
  }

  private long planned() {
    world.chain().revert(snapshot);
    snapshot = world.chain().snapshot();
    try (DeployChecks checks = checks(folder.resolve("other.conf"))) {
      return checks.look().orElseThrow().gas();
    }
  }

  @Test
  void vaultOfAnotherOwnerIsHisAloneAndHisCallsFillIt() throws Exception {
    Address owner = world.chain().account(5).address();
    Address recipient = world.chain().account(6).address();
    LocalMarket market = world.market();
    Address sentinel = world.chain().account(7).address();
    Object[] others = {"--owner", owner, "--recipient", recipient, "--sentinel", sentinel};
    deploy("--dry-run", "--owner", owner)
        .succeeded()
        .showing("The owner " + owner + " has 0 USD, less than the 5,000 USD to be deposited");
    market.fund(owner, market.usd().units(5_000), market.weth().units(2));
    Ran ran = json(others);
    assertThat(ran.status()).as(ran.errors()).isZero();
    assertThat(sent()).isEqualTo(15);
    JsonNode made = valid(ran, "deploy").path("deployment");
    assertThat(JSON.readTree(Files.readString(record()))).isEqualTo(made);
    ChainClient chain = world.chain().client();
    Vault vault = Vault.at(chain, AgentSettings.load(out).agents().getFirst().vault());
    assertThat(made.path("vault").asText()).isEqualTo(vault.address().toString());
    assertThat(made.path("policyHash").asText()).isEqualTo(vault.policy().hash().hex());
    Governor governor = governor(vault);
    assertThat(made.path("governor").asText()).isEqualTo(governor.address().toString());
    assertThat(governor.state(BlockTag.LATEST).owner()).isEqualTo(owner);
    assertThat(governor.state(BlockTag.LATEST).curator()).isEqualTo(owner);
    assertThat(vault.parts().recipient()).isEqualTo(recipient);
    assertThat(booked(vault, market.weth())).isZero();
    assertThat(made.path("calls")).hasSize(5);
    for (JsonNode call : made.path("calls")) {
      world
          .chain()
          .execute(
              owner,
              Call.of(
                  new Address(call.path("to").asText()), Bytes.parse(call.path("data").asText())));
    }
    assertThat(booked(vault, market.weth())).isEqualTo(market.weth().units(2));
    assertThat(governor.state(BlockTag.LATEST).sentinels()).containsExactly(sentinel);
    Call exit = governor.exit(market.weth().address(), market.weth().units(1));
    assertThatThrownBy(() -> chain.callFrom(account, exit, BlockTag.LATEST))
        .isInstanceOf(CallReverted.class);
    chain.callFrom(owner, exit, BlockTag.LATEST);
    anAgentActsForIt(vault);
    Path second = folder.resolve("second.conf");
    String[] same = {"--out", second.toString(), "--foundation", record().toString()};
    foundationIsUsedAgain(vault, same);
  }

  /** What runs an agent takes what was written, and the vault does what it decides. */
  private void anAgentActsForIt(Vault vault) {
    AgentSettings.Seat seat = AgentSettings.load(out).agents().getFirst();
    ChainClient chain = world.chain().client();
    StrategyBundle bundle = StrategyBundle.load(seat.strategy());
    Srs reference = Srs.load(srs);
    Signer signer =
        KeyStore.at(store, KeyStore.Strength.LIGHT)
            .load(seat.account(), "correct horse".toCharArray());
    DirectVenue venue =
        new DirectVenue(
            vault,
            new TransactionSender(
                chain, signer, FeePolicy.DEFAULT, Vault.ERRORS, Duration.ofSeconds(30)));
    try (DjlStrategy decides = bundle.open()) {
      AgentCycle cycle =
          AgentCycle.of(
              new Mandate(
                  chain.chainId(), vault.address(), bundle.model().key().digest(), 300, agent),
              new VaultReader(chain, vault, Reports.NONE),
              decides,
              bundle.model(),
              new Prover(reference, ComputeBackend.scalar(), Entropy.secure()),
              new ProofVerifier(reference));
      world.nextHead();
      ProvenIntent intent = cycle.prove(cycle.propose(chain.head()));
      assertThat(venue.submit(intent)).isInstanceOf(Settlement.Executed.class);
    }
    assertThat(vault.executions()).hasSize(1);
    assertThat(vault.executions().getFirst().executor()).isEqualTo(agent);
  }

  private void foundationIsUsedAgain(Vault first, String... same) throws IOException {
    long before = sent();
    Ran ran = deploy((Object[]) same).succeeded();
    ran.showing("5 transactions", "the vault has 2 WETH");
    assertThat(sent()).isEqualTo(before + 5);
    Vault second =
        Vault.at(
            world.chain().client(),
            AgentSettings.load(Path.of(same[1])).agents().getFirst().vault());
    assertThat(second.address()).isNotEqualTo(first.address());
    assertThat(second.parts().verifier()).isEqualTo(first.parts().verifier());
    assertThat(second.parts().rules()).isEqualTo(first.parts().rules());
    assertThat(second.policy().parts().action()).isEqualTo(first.policy().parts().action());
    foundationOfAnotherReleaseIsRefused();
  }

  private void foundationOfAnotherReleaseIsRefused() throws IOException {
    String noted = Files.readString(record());
    JsonNode contracts = JSON.readTree(noted).path("foundation");
    String engine = contracts.path("engine").asText();
    String rules = contracts.path("rules").asText();
    Path third = folder.resolve("third.conf");
    Path changed = folder.resolve("changed");
    for (String text :
        List.of(
            noted.replace(engine, rules),
            noted.replace("\"chainId\":31337", "\"chainId\":1"),
            noted.replace("\"action\"", "\"actor\""),
            "{",
            "[]")) {
      Files.writeString(changed, text);
      deploy("--out", third, "--deposit", "WETH=0", "--foundation", changed)
          .failed(2)
          .saying("leave --foundation out", "Nothing was sent");
    }
    // The same code, told of another sequencer.
    Address loans =
        world
            .chain()
            .client()
            .call(new Address(engine), AbiFunction.parse("loans() returns (address loans)"))
            .address("loans");
    Address other =
        world
            .chain()
            .deploy(
                world.chain().account(0).address(),
                ContractArtifact.load("PolicyEngine").deployment(account, loans));
    Files.writeString(changed, noted.replace(engine, other.toString()));
    deploy("--out", third, "--deposit", "WETH=0", "--foundation", changed)
        .failed(2)
        .saying("calls the policy engine, " + other, "is not what this release deploys here");
    deploy("--out", third, "--deposit", "WETH=0", "--foundation", record(), "--srs", otherSrs)
        .failed(2)
        .saying("calls the verifier", "for this reference string");
  }

  private void doctorFindsAllFine() throws IOException {
    // The vault went with the snapshot; a new one lies at the same address.
    Path second = folder.resolve("second.conf");
    deploy("--out", second).succeeded();
    Ran ran = doctor(second);
    assertThat(ran.status()).as(ran.output()).isZero();
    ran.showing("2 WETH", "5,000 USD");
    doctorSays(ran, "fine");
    String text = Files.readString(second);
    Files.writeString(second, text.replace("id = 31337", "id = 1337"));
    Ran wrong = doctor(second);
    assertThat(wrong.status()).isEqualTo(2);
    doctorSays(wrong, "wrong");
    Files.writeString(second, text.replace("probity {", "probity { http.colour = red"));
    doctorSays(doctor(second), "wrong");
    Files.writeString(second, text);
    Files.setPosixFilePermissions(second, PosixFilePermissions.fromString("rw-r--r--"));
    Ran readable = doctor(second);
    assertThat(readable.status()).isEqualTo(1);
    doctorSays(readable, "doubtful");
    assertThat(readable.output()).contains("Others than its owner have access", "chmod 600");
  }

  private static Ran doctor(Path config) {
    return Ran.of("doctor", config, "--json");
  }

  private static void doctorSays(Ran ran, String verdict) throws IOException {
    assertThat(valid(ran, "doctor").path("verdict").asText()).isEqualTo(verdict);
  }

  /** The last line is what the command's schema says. */
  private static JsonNode valid(Ran ran, String command) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            DeployCommandTest.class.getResourceAsStream("/" + command + ".schema.json"))) {
      JsonSchema schema =
          JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
              .getSchema(JSON.readTree(in));
      JsonNode line = JSON.readTree(ran.output().strip().lines().toList().getLast());
      assertThat(schema.validate(line)).isEmpty();
      assertThat(schema.validate(JSON.readTree("{\"verdict\":\"well\",\"checks\":[]}")))
          .isNotEmpty();
      return line;
    }
  }

  // ---- cut off and reorganised ----

  @Test
  void sameCommandGoesOnWhereItWasCut() throws IOException {
    List<String> said = new ArrayList<>();
    try (DeployChecks checks = checks(out)) {
      DeployChecks.Ready ready = checks.look().orElseThrow();
      assertThatThrownBy(() ->
              ready.deploy(line -> {
                said.add(line);
                if (line.startsWith("the key of model ")) {
                  throw new IllegalStateException("cut");
                }
              }))
          .hasMessage("cut");
    }
    assertThat(sent()).isEqualTo(14);
    // As if it had been cut between the chain's answer and its own note.
    Path begun = folder.resolve("agent.conf.deploying");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(begun)))
        .isEqualTo("rw-------");
    String noted = Files.readString(begun);
    Files.writeString(begun, noted.replaceFirst(",\"key\":\"0x[0-9a-f]{40}\"", ""));
    assertThat(begun).content().isNotEqualTo(noted);
    deploy("--deposit", "WETH=1").failed(2).saying("is of another deployment", "move it away");
    deploy("--owner", OTHER).failed(2).saying("is of another deployment");
    // What the pools hold is another by now.
    provideLiquidity(world.market().pool().address());
    Ran ran = deploy().succeeded();
    ran.showing("an earlier run has made the verifier at 0x", "they are used");
    assertThat(sent()).isEqualTo(19);
    Vault vault =
        Vault.at(world.chain().client(), AgentSettings.load(out).agents().getFirst().vault());
    assertThat(said.getFirst()).isEqualTo("the verifier is at " + vault.parts().verifier());
    assertThat(said.get(3)).isEqualTo("the policy engine is at " + vault.parts().engine());
    assertThat(begun).doesNotExist();
  }

  @Test
  void whatAReorgTakesAwayIsMadeAgainAndTheEndIsDeepEnough() throws Exception {
    AtomicBoolean under = new AtomicBoolean();
    AtomicBoolean after = new AtomicBoolean();
    Thread miner = Thread.ofPlatform().unstarted(DeployCommandTest::mineOn);
    List<String> said = new ArrayList<>();
    try (DeployChecks checks = checks(out, "--confirmations", "3")) {
      checks
          .look()
          .orElseThrow()
          .deploy(line -> {
            said.add(line);
            if (line.startsWith("the vault is at") && !under.getAndSet(true)) {
              world.chain().reorg(3);
              miner.start();
            } else if (line.startsWith("waiting until") && !after.getAndSet(true)) {
              world.chain().reorg(4);
            }
          });
    } finally {
      miner.interrupt();
      miner.join();
    }
    AgentSettings.Seat seat = AgentSettings.load(out).agents().getFirst();
    ChainClient chain = world.chain().client();
    assertThat(seat.block().orElseThrow()).isLessThanOrEqualTo(chain.head().number() - 2);
    assertThat(said).anyMatch(line -> line.contains("a reorg took") && line.contains("made again"));
    assertThat(booked(Vault.at(chain, seat.vault()), world.market().usd()))
        .isEqualTo(world.market().usd().units(5_000));
  }

  private static void mineOn() {
    try {
      while (true) {
        Thread.sleep(60);
        world.chain().mine();
      }
    } catch (InterruptedException | RuntimeException e) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- run waits ----

  @Test
  void vaultOfAMomentAgoIsWaitedForAndAnOldOneIsNot() throws Exception {
    ChainClient chain = world.chain().client();
    Address vault = new Address("0x00000000000000000000000000000000000b0b00");
    long head = chain.head().number();
    StringWriter text = new StringWriter();
    Screen screen = new Screen(new PrintWriter(text), new PrintWriter(text), false, 200, false);
    VaultArrival.await(chain, List.of(seat(vault, OptionalLong.empty())), screen);
    VaultArrival.await(chain, List.of(seat(vault, OptionalLong.of(head - 65))), screen);
    assertThat(text.toString()).isEmpty();
    Thread waiting =
        Thread.ofPlatform()
            .start(() -> {
              try {
                VaultArrival.await(chain, List.of(seat(vault, OptionalLong.of(head + 1))), screen);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    while (text.toString().isEmpty() && waiting.isAlive()) {
      Thread.sleep(10);
    }
    assertThat(text.toString()).contains("Waiting for vault " + vault, "deployed in block");
    assertThat(waiting.isAlive()).isTrue();
    world.chain().setCode(vault, Bytes.parse("0x00"));
    waiting.join(30_000);
    assertThat(waiting.isAlive()).isFalse();
  }

  private AgentSettings.Seat seat(Address vault, OptionalLong block) {
    return new AgentSettings.Seat("a", vault, block, folder, account, new Pace(300, true));
  }

  // ---- giving commands ----

  private void refused(Ran ran, String... saying) {
    ran.failed(2).saying(saying).saying("Nothing was sent");
    assertThat(sent()).isZero();
    assertThat(out).doesNotExist();
  }

  private static long sent() {
    return world.chain().client().transactionCount(account, BlockTag.LATEST);
  }

  /** The command as it should be, with these options instead of its own. */
  private Ran deploy(Object... changes) {
    List<Object> arguments = arguments();
    for (int i = 0; i < changes.length; i++) {
      int at = arguments.indexOf(changes[i]);
      if (at < 0) {
        arguments.add(changes[i]);
        if (i + 1 < changes.length && !FLAGS.contains(changes[i])) {
          arguments.add(changes[++i]);
        }
      } else {
        arguments.set(at + 1, changes[++i]);
      }
    }
    arguments.addFirst("deploy");
    return Ran.of(arguments.toArray());
  }

  private List<Object> arguments() {
    return new ArrayList<>(
        Arrays.asList(
            "--rpc",
            world.chain().http(),
            "--chain-id",
            world.chain().client().chainId(),
            "--key-store",
            store,
            "--account",
            account,
            "--password-file",
            password,
            "--strategy",
            strategy,
            "--srs",
            srs,
            "--owner",
            account,
            "--deposit",
            "WETH=2,USD=5000",
            "--policy",
            policyOr(),
            "--out",
            out));
  }

  private DeployChecks checks(Path target, Object... more) {
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    List<Object> arguments = arguments();
    arguments.set(arguments.size() - 1, target);
    arguments.addAll(List.of(more));
    DeployOptions options = new DeployOptions();
    new CommandLine(options)
        .parseArgs(arguments.stream().map(Object::toString).toArray(String[]::new));
    return new DeployChecks(
        options, new Examination(Sentences::of), new Screen(nowhere, nowhere, false, 200, false));
  }

  private static Path policyOr() {
    try {
      return policy(example());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path policy(String text) throws IOException {
    return Files.writeString(
        shared.resolve("policy-%s.conf".formatted(Math.abs(text.hashCode()))), text);
  }

  /** The example for a local chain, on this market. */
  private static String example() throws IOException {
    return Files.readString(EXAMPLES.resolve("policy-local.conf"))
        .replace("${PROBITY_MARKET}", "\"" + world.market().pool().address() + "\"")
        .replace("${PROBITY_AGENT}", "\"" + agent + "\"");
  }

  // ---- pools ----

  private static Address pool(int fee) {
    Address factory = world.market().uniswap().contracts().factory();
    UniswapPool real = world.market().pool();
    execute(Call.of(factory, CREATE_POOL, real.token0(), real.token1(), fee));
    return (Address)
        world
            .chain()
            .client()
            .call(factory, GET_POOL, real.token0(), real.token1(), fee)
            .getFirst();
  }

  private static void provideLiquidity(Address address) {
    LocalMarket market = world.market();
    Address owner = world.chain().account(0).address();
    BigInteger much = BigInteger.TEN.pow(20);
    market.fund(owner, much, much);
    Address positions = market.uniswap().contracts().positionManager();
    for (LocalMarket.Token token : List.of(market.usd(), market.weth())) {
      execute(new Erc20(token.address()).approve(positions, much));
    }
    execute(
        market
            .uniswap()
            .mint(
                UniswapPool.at(world.chain().client(), address),
                new Uniswap.Position(-60_000, 60_000, much, much),
                owner,
                Long.MAX_VALUE));
  }

  private static void execute(Call call) {
    world.chain().execute(world.chain().account(0).address(), call);
  }
}
