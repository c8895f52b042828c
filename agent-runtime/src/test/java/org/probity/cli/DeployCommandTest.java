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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
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
import org.probity.chain.ChainClient;
import org.probity.chain.Erc20;
import org.probity.chain.keys.KeyStore;
import org.probity.chain.local.LocalMarket;
import org.probity.chain.uniswap.Uniswap;
import org.probity.chain.uniswap.UniswapPool;
import org.probity.demo.DemoWorld;
import org.probity.deploy.DeployChecks;
import org.probity.deploy.DeployOptions;
import org.probity.deploy.DeploymentRun;
import org.probity.drill.PracticeStrategy;
import org.probity.ground.TestKind;
import org.probity.intent.Pace;
import org.probity.intent.Vault;
import org.probity.run.VaultArrival;
import org.probity.strategy.QuantisedStrategy;
import org.probity.terminal.Screen;
import org.probity.terminal.Sentences;
import org.probity.zk.Srs;
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

  @TempDir private static Path shared;
  private static DemoWorld world;
  private static Path strategy;
  private static Path srs;
  private static Path otherSrs;
  private static Path store;
  private static Path password;
  private static Address account;

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
    account =
        KeyStore.at(store, KeyStore.Strength.LIGHT)
            .create("correct horse".toCharArray(), new SecureRandom())
            .address();
    world = DemoWorld.open(OptionalInt.empty(), 4);
    world.makeHistory();
    world.chain().setBalance(account, BigInteger.TEN.pow(20));
    LocalMarket market = world.market();
    market.fund(account, market.usd().units(5_000), market.weth().units(2));
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

  @org.junit.jupiter.api.AfterEach
  void undo() {
    world.chain().revert(snapshot);
  }

  // ---- the pool ----

  @Test
  void poolThatWasNeverInitialisedIsRefused() {
    refused(
        deploy("--pool", pool(3_000)), "was never initialised and has no price", "initialise it");
  }

  @Test
  void poolWithoutLiquidityIsRefused() {
    Address pool = pool(3_000);
    execute(Call.of(pool, INITIALIZE, PRICE));
    refused(deploy("--pool", pool), "no liquidity at its price", "provide some");
  }

  @Test
  void poolWithoutHistoryIsRefused() {
    Address pool = pool(3_000);
    execute(Call.of(pool, INITIALIZE, PRICE));
    provideLiquidity(pool);
    refused(
        deploy("--pool", pool),
        "of prices and the features need 7800 s",
        "increaseObservationCardinalityNext");
  }

  @Test
  void poolWithOnePlaceForHistoryIsRefusedHoweverOldThatIs() {
    Address pool = pool(3_000);
    execute(Call.of(pool, INITIALIZE, PRICE));
    provideLiquidity(pool);
    world.chain().setNextBlockTimestamp(world.chain().client().head().timestamp() + 9_000);
    world.chain().mine();
    refused(deploy("--pool", pool), "has 1 places", "increaseObservationCardinalityNext(");
  }

  @Test
  void poolsOfOtherExchangesAreRefused() {
    Address real = world.market().pool().address();
    Bytes code = world.chain().client().code(real);
    Address imitation = new Address("0x00000000000000000000000000000000000a11ce");
    world.chain().setCode(imitation, code);
    refused(deploy("--pool", imitation), "knows no such pool", "name another");
    world.chain().setCode(real, Bytes.parse(code.toString().replace("fa461e33", "23a69e75")));
    refused(deploy(), "does not call a trader back", "PancakeSwap");
  }

  @Test
  void contractThatIsNoPoolIsRefused() {
    refused(
        deploy("--pool", world.market().weth().address()), "does not answer as a Uniswap v3 pool");
    refused(
        deploy("--pool", "0x3333333333333333333333333333333333333333"), "no contract at 0x3333");
    refused(deploy("--pool", "WETH/USD"), "--pool is \"WETH/USD\"", "0x and 40 hex digits");
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
  void tokenThatThePoolDoesNotTradeIsRefused() {
    refused(deploy("--base", "WBTC"), "does not trade WBTC", "name USD (0x", "or WETH (0x");
    refused(deploy("--base", account), "does not trade " + account);
    refused(deploy("--base", "W\u0415TH"), "only looks like W\u0415TH", "by its address");
  }

  @Test
  void depositThatTheAccountDoesNotHaveIsRefused() {
    refused(deploy("--deposit", "3,5000"), "has 2 WETH, less than the 3 WETH to be deposited");
    refused(deploy("--deposit", "2"), "--deposit is \"2\"", "the amounts of WETH and USD");
    refused(deploy("--deposit", "2,0.0000001"), "no more decimals than the tokens have");
    refused(deploy("--deposit", "-1,1"), "--deposit is \"-1,1\"");
  }

  @Test
  void policyThatTheVaultWouldRefuseIsRefused() throws IOException {
    refused(deploy("--policy", policy("max-slippage-bps = 6")), "the pool's fee alone takes");
    refused(
        deploy("--policy", policy("max-notional-per-epoch = 9")),
        "less than its smallest trade of 10");
    refused(deploy("--policy", policy("targets = [2500, 8000]")), "2 targets and the strategy 3");
  }

  @Test
  void otherReferenceStringIsRefused() {
    refused(deploy("--srs", otherSrs), "do not hold under this reference string");
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
  void everythingWrongIsToldAtOnce() {
    Ran ran = deploy("--pool", pool(3_000), "--srs", folder.resolve("none")).failed(2);
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
  void dryRunPrintsThePlanAndSendsNothing() {
    Ran ran = deploy("--dry-run").succeeded();
    ran.showing(
        "the verifier",
        "the deposit",
        "8 transactions",
        "at the cap of 200 gwei",
        "nothing was sent");
    assertThat(sent()).isZero();
    assertThat(folder).isEmptyDirectory();
    Ran without = deploy("--dry-run", "--deposit", "0,0", "--max-gwei", "7.5").succeeded();
    without.showing("at the cap of 7.5 gwei");
  }

  @Test
  void deploysByItsPlanAndWritesForTheOwnerAlone() throws Exception {
    BigInteger before = world.chain().client().balance(account);
    Ran ran = deploy("--tip-gwei", "2", "--max-gwei", "150", "--confirmations", "1").succeeded();
    ran.showing("the vault has 2 WETH and 5,000 USD");
    AgentSettings settings = AgentSettings.load(out);
    assertThat(settings.fees().tipPerGas()).isEqualTo(BigInteger.valueOf(2_000_000_000));
    assertThat(settings.fees().maxFeePerGas()).isEqualTo(BigInteger.valueOf(150_000_000_000L));
    assertThat(settings.agents().getFirst().block())
        .isEqualTo(OptionalLong.of(world.chain().client().head().number()));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(out)))
        .isEqualTo("rw-------");
    assertThat(folder).isDirectoryContaining(out::equals);
    try (var files = Files.list(folder)) {
      assertThat(files.filter(file -> !file.getFileName().toString().endsWith(".conf"))).isEmpty();
    }
    Vault vault = Vault.at(world.chain().client(), settings.agents().getFirst().vault());
    assertThat(vault.state(BlockTag.LATEST).books().quoteBalance())
        .isEqualTo(world.market().usd().units(5_000));
    gasIsAsPlanned(before.subtract(world.chain().client().balance(account)));
    doctorFindsAllFine();
  }

  /** The plan admits a little more than is used, not less and not twice as much. */
  private void gasIsAsPlanned(BigInteger paid) {
    long used = 0;
    for (long block = world.chain().client().head().number() - 7; ; block++) {
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
    assertThat(planned).isBetween(used * 11 / 10, used * 14 / 10);
    assertThat(paid).isGreaterThan(BigInteger.valueOf(used * 2_000_000_000L));
  }

  private long planned() {
    world.chain().revert(snapshot);
    snapshot = world.chain().snapshot();
    try (DeployChecks checks = checks(folder.resolve("other.conf"))) {
      return checks.look().orElseThrow().plan().gas().values().stream().mapToLong(g -> g).sum();
    }
  }

  private void doctorFindsAllFine() throws IOException {
    // The vault went with the snapshot; a new one lies at the same address.
    Path second = folder.resolve("second.conf");
    deploy("--out", second).succeeded();
    Ran ran = doctor(second);
    assertThat(ran.status()).as(ran.output()).isZero();
    ran.showing("2 WETH and 5,000 USD");
    valid(ran, "fine");
    String text = Files.readString(second);
    Files.writeString(second, text.replace("id = 31337", "id = 1337"));
    Ran wrong = doctor(second);
    assertThat(wrong.status()).isEqualTo(2);
    valid(wrong, "wrong");
    Files.writeString(second, text.replace("probity {", "probity { http.colour = red"));
    valid(doctor(second), "wrong");
    Files.writeString(second, text);
    Files.setPosixFilePermissions(second, PosixFilePermissions.fromString("rw-r--r--"));
    Ran readable = doctor(second);
    assertThat(readable.status()).isEqualTo(1);
    valid(readable, "doubtful");
    assertThat(readable.output()).contains("Others than its owner have access", "chmod 600");
  }

  private static Ran doctor(Path config) {
    return Ran.of("doctor", config, "--json");
  }

  /** The last line is what the schema says. */
  private static void valid(Ran ran, String verdict) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            DeployCommandTest.class.getResourceAsStream("/doctor.schema.json"))) {
      JsonSchema schema =
          JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
              .getSchema(JSON.readTree(in));
      JsonNode line = JSON.readTree(ran.output().strip().lines().toList().getLast());
      assertThat(schema.validate(line)).isEmpty();
      assertThat(line.path("verdict").asText()).isEqualTo(verdict);
      assertThat(schema.validate(JSON.readTree("{\"verdict\":\"well\",\"checks\":[]}")))
          .isNotEmpty();
    }
  }

  // ---- cut off and reorganised ----

  @Test
  void sameCommandGoesOnWhereItWasCut() throws IOException {
    List<String> said = new ArrayList<>();
    try (DeployChecks checks = checks(out)) {
      DeployChecks.Ready ready = checks.look().orElseThrow();
      DeploymentRun run =
          run(
              ready,
              1,
              line -> {
                said.add(line);
                if (line.startsWith("model ")) {
                  throw new IllegalStateException("cut");
                }
              });
      assertThatThrownBy(run::run).hasMessage("cut");
    }
    assertThat(sent()).isEqualTo(4);
    // As if it had been cut between the chain's answer and its own note.
    Path record = folder.resolve("agent.conf.deploying");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(record)))
        .isEqualTo("rw-------");
    String noted = Files.readString(record);
    Files.writeString(record, noted.replaceFirst(",\"model\":\"0x[0-9a-f]{40}\"", ""));
    assertThat(record).content().isNotEqualTo(noted);
    deploy("--deposit", "1,1").failed(2).saying("is of another deployment", "move it away");
    Ran ran = deploy().succeeded();
    ran.showing("an earlier run has made the verifier at 0x", "they are used");
    assertThat(sent()).isEqualTo(8);
    Vault vault =
        Vault.at(world.chain().client(), AgentSettings.load(out).agents().getFirst().vault());
    assertThat(said.getFirst()).isEqualTo("the verifier is at " + vault.parts().verifier());
    assertThat(said.get(2)).isEqualTo("the feature source is at " + vault.parts().source());
    assertThat(record).doesNotExist();
  }

  @Test
  void whatAReorgTakesAwayIsMadeAgainAndTheEndIsDeepEnough() throws Exception {
    AtomicBoolean under = new AtomicBoolean();
    AtomicBoolean after = new AtomicBoolean();
    Vault vault;
    Thread miner = Thread.ofPlatform().unstarted(DeployCommandTest::mineOn);
    List<String> said = new ArrayList<>();
    try (DeployChecks checks = checks(out)) {
      DeployChecks.Ready ready = checks.look().orElseThrow();
      DeploymentRun run =
          run(
              ready,
              3,
              line -> {
                said.add(line);
                if (line.startsWith("the vault is at") && !under.getAndSet(true)) {
                  world.chain().reorg(3);
                  miner.start();
                } else if (line.startsWith("waiting until") && !after.getAndSet(true)) {
                  world.chain().reorg(4);
                }
              });
      vault = run.run();
      long head = world.chain().client().head().number();
      assertThat(run.block()).isLessThanOrEqualTo(head - 2);
    } finally {
      miner.interrupt();
      miner.join();
    }
    assertThat(said).anyMatch(line -> line.contains("a reorg took") && line.contains("made again"));
    assertThat(vault.state(BlockTag.LATEST).books().quoteBalance())
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

  private static DeploymentRun run(
      DeployChecks.Ready ready, int depth, java.util.function.Consumer<String> progress) {
    return new DeploymentRun(
        ready.deployment(), ready.plan(), ready.record(), ready.signer(), depth, progress);
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
        if (i + 1 < changes.length && !changes[i].equals("--dry-run")) {
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
            "--pool",
            world.market().pool().address(),
            "--base",
            "WETH",
            "--deposit",
            "2,5000",
            "--policy",
            policyOr(),
            "--out",
            out));
  }

  private DeployChecks checks(Path target) {
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    List<Object> arguments = arguments();
    arguments.set(arguments.size() - 1, target);
    DeployOptions options = new DeployOptions();
    new CommandLine(options)
        .parseArgs(arguments.stream().map(Object::toString).toArray(String[]::new));
    return new DeployChecks(
        options, new Examination(Sentences::of), new Screen(nowhere, nowhere, false, 200, false));
  }

  private Path policyOr() {
    try {
      return policy("");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static Path policy(String change) throws IOException {
    return Files.writeString(
        shared.resolve("policy-%s.conf".formatted(Math.abs(change.hashCode()))),
        """
        policy {
          max-slippage-bps = 100, max-age-seconds = 300, step-seconds = 600, epoch-seconds = 900
          min-trade = 10, max-notional-per-epoch = 1000, targets = [2500, 8000, 7500]
          %s
        }
        """
            .formatted(change));
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
