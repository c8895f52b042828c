package org.probity.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.math.BigInteger;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.probity.agent.HoldFigures;
import org.probity.agent.settings.AgentSettings;
import org.probity.agent.tls.NodeKeys;
import org.probity.agent.watch.NodeWatch;
import org.probity.agent.watch.Surroundings;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Erc20;
import org.probity.chain.local.LocalMarket;
import org.probity.demo.DemoWorld;
import org.probity.drill.DrillWorld;
import org.probity.ground.PlainFile;
import org.probity.ground.TestKind;
import org.probity.intent.Vault;
import org.probity.intent.VaultDeployment;
import org.probity.intent.VaultDeployment.Foundation;
import org.probity.intent.VaultDeployment.Sending;
import org.probity.intent.policy.ActionContracts;
import org.probity.intent.policy.Policy;
import org.probity.intent.source.SourceContracts;
import org.probity.run.VaultArrival;

/**
 * Every setting of {@code reference.conf} does something that is seen from outside: a line, a file,
 * a request, a transaction, a status. Each has a row below that says what; a setting without a row
 * fails the test.
 *
 * <p>Most of them are changed at once, for one node in a process of its own, which stands where
 * things are hardest: no locale in the environment, another alphabet's digits by default, letters
 * beyond ASCII in every path.
 */
@TestKind.Acceptance
final class SettingsTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path shared;

  private static DrillWorld world;
  private static Address holding;

  /** What is seen of a setting that was changed. */
  private interface Look {
    void look() throws Exception;
  }

  /** Every setting and what is seen of it. */
  private static final Map<String, Look> ROWS = new TreeMap<>();

  static {
    // Said at the start, with status 1.
    refused("chain.id", "chain.id = 5", "chain 5");
    refused(2, "vault", "vault = \"0x" + "11".repeat(20) + "\"", "no contract at 0x1111");
    refused("strategy", "strategy = other-strategy", "other-strategy");
    refused("strategies", "strategies = [more-strategies]", "more-strategies");
    refused("srs", "srs = other.srs", "other.srs");
    refused("key.store", "key.store = other-keys", "other-keys");
    refused("key.account", "key.account = \"0x" + "22".repeat(20) + "\"", "0x2222");
    refused("key.password-file", "key.password-file = other-password", "other-password");
    refused("cluster.seeds", "cluster.seeds = [\"127.0.0.1:2551\"]", "probity.journal.url");
    refused(
        "holds.conduct",
        "holds.conduct = claim, pace.send-holds = true",
        "probity.pace.send-holds",
        "false where probity.holds.conduct is claim");
    refused("holds.batch", "holds.batch = 0", "probity.holds.batch");
    refused("holds.longest-wait", "holds.longest-wait = 0 s", "probity.holds.longest-wait");
    refused("loans.poke-after", "loans.poke-after = 0 s", "probity.loans.poke-after");
    refused(
        "holds.max-silence",
        "holds.max-silence = 3, pace.send-holds = true",
        "probity.holds.max-silence",
        "0 where probity.pace.send-holds is true");
    refused(
        "holds.folder",
        "holds { conduct = claim, folder = password }, pace { send-holds = false, prove-all = true }",
        "cannot be kept",
        "probity.holds.folder");
    // What these two do is seen on a card alone; here only that they are read.
    refused("prover.gpu.memory", "prover.gpu.memory = 1 MB", "probity.prover.gpu.memory");
    refused("prover.gpu.in-flight", "prover.gpu.in-flight = 0", "probity.prover.gpu.in-flight");

    row(
        "cluster.host",
        () -> {
          Path config = including("elsewhere.conf", "probity.cluster.host = \"192.0.2.1\"");
          Ran ran = Ran.of("run", config).saying("192.0.2.1");
          assertThat(ran.status()).isEqualTo(1);
        });

    row(
        "vault-block",
        () -> assertThat(waitedFor("0x" + "33".repeat(20))).contains("Waiting for vault"));
    for (String file : List.of("key", "certificate", "authority")) {
      row(
          "cluster.tls." + file,
          () -> {
            Path config = including("tls-" + file + ".conf", tls(file));
            Ran.of("run", config).failed(1).saying("absent-" + file);
          });
    }

    // Asked of a database.
    row("journal.url", () -> assertThat(Database.asked).containsEntry("database", "ledger"));
    row("journal.user", () -> assertThat(Database.asked).containsEntry("user", "clerk"));
    row("journal.password-file", () -> assertThat(Database.asked).containsEntry("password", "ink"));

    // Done by a node whose settings were all changed.
    row(
        "chain.rpc",
        () -> assertThat(Acting.endpoint().methods).contains("eth_chainId", "eth_call"));
    row("chain.web-socket", () -> assertThat(Acting.pushes).startsWith("GET /pushes HTTP/1.1"));
    row("chain.poll", () -> assertThat(Acting.endpoint().usualPause()).isLessThan(500));
    row("chain.reorg-depth", () -> assertThat(Acting.lines).contains("deeper than the 3 blocks"));
    row("chain.confirmations", () -> assertThat(Acting.executedAtDepth).isEqualTo(2));
    row("agents", () -> assertThat(Acting.agents.findValuesAsText("id")).contains("twelve"));
    row("journal.folder", () -> assertThat(Acting.folder.resolve("bücher/journal.mv.db")).exists());
    row("fees.tip-gwei", () -> assertThat(Acting.gwei("maxPriorityFeePerGas")).isEqualTo(3));
    row("fees.max-gwei", () -> assertThat(Acting.gwei("maxFeePerGas")).isEqualTo(77));
    row("fees.gas-margin-percent", () -> assertThat(Acting.gasMargin()).isEqualTo(50));
    row("pace.lifetime-seconds", () -> assertThat(Acting.pace("lifetimeSeconds")).isEqualTo("222"));
    row("pace.by-anyone", () -> assertThat(Acting.executor()).isEqualTo(Address.ZERO));
    // Its vault only ever holds.
    row("pace.send-holds", () -> assertThat(Acting.lines).contains("executed in 0x"));
    row("retry.first", () -> assertThat(Acting.lines).contains("(1): ", "again in 0.04 s"));
    row("retry.most", () -> assertThat(Acting.lines).contains("(3): ", "again in 0.09 s"));
    row("prover.backend", () -> assertThat(Acting.lines).contains("with the scalar backend"));
    row("http.host", () -> assertThat(Acting.address).startsWith("https://127.0.0.2:"));
    row("http.port", () -> assertThat(Acting.address).endsWith(":" + Acting.port));
    row("http.token-file", () -> assertThat(Acting.folder.resolve("schlüssel.token")).exists());
    row("http.tls.key-store", () -> assertThat(Acting.certificate).contains("CN=of-settings"));
    row("http.tls.password-file", () -> assertThat(Acting.certificate).contains("CN=of-settings"));
    row("alerts.head-stalled", () -> assertThat(Acting.alerts).contains("StalledHead"));
    row("alerts.intent-stuck", () -> assertThat(Acting.alerts).contains("StuckIntent"));
    row("alerts.balance-low-ether", () -> assertThat(Acting.alerts).contains("BalanceLow"));
    row(
        "alerts.journal-behind",
        () -> assertThat(alertsOfASlowJournal()).contains("JournalBehind"));
    row("log.format", () -> assertThat(Acting.log).allSatisfy(line -> JSON.readTree(line)));
    row("log.level", () -> assertThat(Acting.levels()).contains("INFO"));

    // Done by another, without the API.
    row(
        "cluster.roles",
        () -> assertThat(Quiet.lines).contains("Acting for").doesNotContain("HTTP"));
    row("cluster.port", () -> assertThat(Quiet.portIsOpen).isTrue());
    row("pace.prove-all", () -> assertThat(Quiet.lines).doesNotContain("proven in", "executed in"));
    row("prover.threads", () -> assertThat(Quiet.provingThreads).isEqualTo(3));
  }

  private static void row(String key, Look look) {
    ROWS.put(key, look);
  }

  private static void refused(String key, String line, String... parts) {
    refused(1, key, line, parts);
  }

  private static void refused(int status, String key, String line, String... parts) {
    row(
        key,
        () -> {
          Path config = including(key + ".conf", "probity { " + line + " }");
          Ran.of("run", config).failed(status).saying(parts);
        });
  }

  /** Keys of a node, and one of the three files in another place. */
  private static String tls(String absent) {
    Path folder = shared.resolve("cluster-keys");
    if (!Files.exists(folder)) {
      Ran.of("cluster", "keys", "--nodes", "1", "--out", folder).succeeded();
    }
    NodeKeys.Place place = NodeKeys.in(folder.resolve("node-1"));
    return """
    probity.journal { url = "jdbc:postgresql://127.0.0.1:1/none", user = nobody }
    probity.cluster.seeds = ["127.0.0.1:2551"]
    probity.cluster.tls { key = "%s", certificate = "%s", authority = "%s" }
    probity.cluster.tls.%s = absent-%s
    """
        .formatted(place.key(), place.certificate(), place.authority(), absent, absent);
  }

  /** What is said of a vault that was deployed a moment ago and is not there yet. */
  private static String waitedFor(String vault) throws Exception {
    Path config =
        including(
            "arriving.conf",
            "probity { vault = \"%s\", vault-block = %s }"
                .formatted(vault, world.world().chain().client().head().number()));
    CompletableFuture<Ran> ran = new CompletableFuture<>();
    Thread run = Thread.ofPlatform().start(() -> ran.complete(Ran.of("run", config)));
    await(() -> sleepsIn(VaultArrival.class, run.getStackTrace()));
    run.interrupt();
    return ran.get(60, TimeUnit.SECONDS).output();
  }

  private static boolean sleepsIn(Class<?> type, StackTraceElement... frames) {
    return Stream.of(frames).anyMatch(frame -> frame.getMethodName().equals("sleep"))
        && Stream.of(frames).anyMatch(frame -> frame.getClassName().equals(type.getName()));
  }

  private static Path including(String name, String text) throws IOException {
    return Files.writeString(
        world.config().resolveSibling(name),
        "include \"%s\"\n%s\n".formatted(world.config().getFileName(), text));
  }

  /** Begins a world, and lets three strangers look at three configurations in it. */
  @BeforeAll
  static void act() throws Exception {
    world = DrillWorld.open(shared, 4);
    holding = vaultThatOnlyHolds(world.world());
    Database.ask();
    Acting.run();
    Quiet.run();
  }

  /** Like the world's own, but that every decision means to hold. */
  private static Address vaultThatOnlyHolds(DemoWorld demo) {
    Vault own =
        Vault.at(
            demo.chain().client(), AgentSettings.load(world.config()).agents().getFirst().vault());
    Policy policy = own.policy();
    Policy.Model model = policy.model();
    Policy holds =
        new Policy(
            policy.limits(),
            new Policy.Model(
                model.digest(),
                model.code(),
                model.agent(),
                Collections.nCopies(model.targets().size(), Policy.HOLD),
                model.directions(),
                model.weightStepBps(),
                model.program()),
            policy.parts());
    Sending owner = new Sending(demo.owner(), _ -> {});
    Vault vault =
        Vault.at(
            demo.chain().client(),
            owner.create(
                "a vault that only holds",
                VaultDeployment.vault(
                    new Foundation(
                        own.parts().verifier(),
                        Address.ZERO,
                        own.parts().engine(),
                        Address.ZERO,
                        own.parts().rules(),
                        ActionContracts.of(policy.parts().action()),
                        Address.ZERO,
                        new SourceContracts(Address.ZERO, Address.ZERO, Address.ZERO),
                        Address.ZERO,
                        Address.ZERO),
                    demo.owner().address(),
                    own.parts().recipient(),
                    holds)));
    LocalMarket.Token usd = demo.market().usd();
    BigInteger much = usd.units(5_000);
    demo.market().fund(demo.owner().address(), much, BigInteger.ONE);
    owner.execute("an approval", new Erc20(usd.address()).approve(vault.address(), much));
    owner.execute("a deposit", vault.owners("deposit", usd.address(), much));
    return vault.address();
  }

  @AfterAll
  static void end() {
    world.close();
  }

  @Test
  void everySettingHasARow() {
    assertThat(ROWS.keySet()).containsAll(keys());
  }

  @TestFactory
  Stream<DynamicTest> everySettingIsSeenFromOutside() {
    Set<String> keys = keys();
    return ROWS.entrySet().stream()
        .filter(row -> keys.contains(row.getKey()))
        .map(row -> DynamicTest.dynamicTest(row.getKey(), () -> row.getValue().look()));
  }

  @Test
  void machineTextsOfANodeAreAsciiWhateverTheLocale() {
    assertThat(Acting.address).matches("https://127\\.0\\.0\\.2:[0-9]+");
    assertThat(Acting.lines).matches(text -> text.chars().noneMatch(c -> c >= '۰' && c <= '۹'));
  }

  @Test
  void portThatIsTakenIsToldBeforeAnAgentActs() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Path config =
          including(
              "port.conf",
              "probity { journal.folder = untouched, http.port = %s }"
                  .formatted(taken.getLocalPort()));
      Ran ran = Ran.of("run", config).failed(1);
      ran.saying(
          "The API cannot listen", String.valueOf(taken.getLocalPort()), "probity.http.port");
      assertThat(ran.output()).doesNotContain("Acting for");
      assertThat(config.resolveSibling("untouched")).doesNotExist();
    }
  }

  private static Set<String> keys() {
    Config reference =
        ConfigFactory.parseResources(SettingsTest.class.getClassLoader(), "reference.conf");
    Set<String> keys = new TreeSet<>();
    collect(reference.getObject("probity"), "", keys);
    return keys;
  }

  private static void collect(ConfigObject section, String prefix, Set<String> keys) {
    section.forEach((name, value) -> {
      if (value instanceof ConfigObject inner && !inner.isEmpty()) {
        collect(inner, prefix + name + ".", keys);
      } else {
        keys.add(prefix + name);
      }
    });
  }

  private static List<String> alertsOfASlowJournal() throws Exception {
    Path config = including("slow.conf", "probity.alerts.journal-behind = 200 ms");
    Surroundings slow =
        (Surroundings)
            Proxy.newProxyInstance(
                SettingsTest.class.getClassLoader(),
                new Class<?>[] {Surroundings.class},
                (_, method, _) -> {
                  if (method.getName().equals("askJournal")) {
                    Thread.sleep(1_000);
                  }
                  Class<?> type = method.getReturnType();
                  if (type == HoldFigures.class) {
                    return HoldFigures.NONE;
                  }
                  return type == List.class
                      ? List.of()
                      : type == boolean.class ? false : type == int.class ? 0 : null;
                });
    try (NodeWatch watch =
        new NodeWatch(
            AgentSettings.load(config).operation().alerts(), List.of(), InstantSource.system())) {
      watch.begin(slow);
      await(() -> !watch.health().alerts().isEmpty());
      return watch.health().alerts().stream().map(alert -> alert.kind().title()).toList();
    }
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    assertThat(DrillWorld.await(PATIENCE, condition)).as("in time").isTrue();
  }

  // ---- a node whose settings were all changed ----

  private static final class Acting {
    private static Path folder = Path.of("");
    private static @Nullable Endpoint proxy;
    private static int port;
    private static String pushes = "";
    private static String lines = "";
    private static String address = "";
    private static String certificate = "";
    private static List<String> log = List.of();
    private static JsonNode agents = JSON.nullNode();
    private static JsonNode transaction = JSON.nullNode();
    private static final Set<String> alerts = new TreeSet<>();
    private static int executedAtDepth;

    static Endpoint endpoint() {
      return Objects.requireNonNull(proxy);
    }

    static void run() throws Exception {
      folder = Files.createDirectory(shared.resolve("größe"));
      port = freePort();
      makeCertificate();
      Files.writeString(
          folder.resolve("gemeinsam.conf"), "retry { first = 40 ms, most = 90 ms }\n");
      try (ServerSocket socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
          Endpoint opened = Endpoint.before(world.world().chain().http())) {
        proxy = opened;
        Thread listening = Thread.startVirtualThread(() -> pushes = firstLine(socket));
        Path config = Files.writeString(folder.resolve("node.conf"), text(socket.getLocalPort()));
        Path said = folder.resolve("said");
        Path logged = folder.resolve("logged");
        ProcessBuilder builder =
            new ProcessBuilder(command(config))
                .redirectOutput(said.toFile())
                .redirectError(logged.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("LC_"));
        builder.environment().remove("LANG");
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        try {
          act(process, said);
        } catch (AssertionError e) {
          throw new AssertionError(e.getMessage() + read(said) + read(logged), e);
        } finally {
          process.destroy();
          process.waitFor();
          lines = Files.readString(said);
          log =
              Files.readAllLines(logged).stream()
                  // The virtual machine's own.
                  .filter(line -> !line.startsWith("WARNING: Using incubator"))
                  .filter(line -> !line.startsWith("Picked up "))
                  .toList();
        }
        listening.interrupt();
      }
    }

    private static String text(int pushes) {
      return """
      include "../agent.conf"
      probity {
        include "gemeinsam.conf"
        chain { rpc = "%s", web-socket = "ws://127.0.0.1:%s/pushes", poll = 60 ms }
        chain { reorg-depth = 3, confirmations = 2 }
        vault = null
        agents = [ { id = "twelve", vault = "%s" } ]
        strategy = ../strategy, srs = ../drill.srs
        key { store = ../keys, password-file = ../password }
        journal.folder = bücher
        fees { tip-gwei = 3, max-gwei = 77, gas-margin-percent = 50 }
        pace { lifetime-seconds = 222, send-holds = true, by-anyone = true }
        prover.backend = scalar
        http { host = 127.0.0.2, port = %s, token-file = schlüssel.token }
        http.tls { key-store = node.p12, password-file = kennwort }
        alerts { head-stalled = 300 ms, intent-stuck = 100 ms, balance-low-ether = 1000000 }
        log { format = json, level = info }
      }
      """
          .formatted(endpoint().address(), pushes, holding, port);
    }

    /** In the launcher's locale, and by default with Persian digits. */
    private static List<String> command(Path config) throws IOException {
      String launcher = Files.readString(Path.of(System.getProperty("probity.home"), "probity"));
      String locale = between(launcher, "# ---- the locale ----", "# ----");
      List<String> command = new ArrayList<>(List.of("bash", "-c", locale + "\nexec \"$@\"", "sh"));
      command.addAll(ProbityProcess.line("run", config));
      command.addAll(
          5,
          List.of(
              "--sun-misc-unsafe-memory-access=allow",
              "-XX:TieredStopAtLevel=1",
              "-Duser.language=fa",
              "-Duser.country=IR"));
      return command;
    }

    private static void act(Process process, Path said) throws Exception {
      await(() -> read(said).contains("HTTP API on") || !process.isAlive());
      assertThat(process.isAlive()).as(read(said.resolveSibling("logged"))).isTrue();
      address = between(read(said), "HTTP API on ", ",");
      ask("/v1/agents");
      endpoint().failures.set(Integer.MAX_VALUE);
      world.world().nextHead();
      endpoint().ask("anvil_setNextBlockBaseFeePerGas", "0x" + Long.toHexString(50_000_000_000L));
      world.world().chain().mine();
      await(() -> read(said).contains("again in 0.09 s"));
      endpoint().failures.set(0);
      await(() -> endpoint().sent != null);
      String hash = Objects.requireNonNull(endpoint().sent);
      await(() -> alerted().containsAll(Set.of("StuckIntent", "BalanceLow", "StalledHead")));
      boolean early = read(said).contains("executed in");
      world.world().chain().mine();
      await(() -> read(said).contains("executed in"));
      executedAtDepth = early ? 1 : 2;
      transaction = endpoint().ask("eth_getTransactionByHash", hash);
      agents = ask("/v1/agents");
      reorganise(said);
    }

    /** Until the node has seen blocks before they went. */
    private static void reorganise(Path said) throws InterruptedException {
      long limit = System.nanoTime() + PATIENCE.toNanos();
      while (!read(said).contains("deeper than") && System.nanoTime() < limit) {
        world.world().chain().mine(6, 12);
        Thread.sleep(300);
        world.world().chain().reorg(5);
        Thread.sleep(300);
      }
    }

    private static Set<String> alerted() {
      try {
        alerts.addAll(ask("/health").findValuesAsText("alert"));
        return alerts;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }

    private static JsonNode ask(String path) throws Exception {
      KeyStore trusted =
          KeyStore.getInstance(folder.resolve("node.p12").toFile(), "of-a-test".toCharArray());
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      try (HttpClient client = HttpClient.newBuilder().sslContext(context).build()) {
        HttpResponse<String> response =
            client.send(
                HttpRequest.newBuilder(URI.create(address + path))
                    .header(
                        "Authorization",
                        "Bearer " + Files.readString(folder.resolve("schlüssel.token")).strip())
                    .build(),
                HttpResponse.BodyHandlers.ofString());
        certificate = response.sslSession().orElseThrow().getPeerPrincipal().getName();
        return JSON.readTree(response.body());
      }
    }

    static long gwei(String field) {
      return quantity(transaction.path(field).asText()) / 1_000_000_000;
    }

    /** Per cent over what was estimated. */
    static long gasMargin() {
      return Math.round(
          100.0 * quantity(transaction.path("gas").asText()) / endpoint().estimate - 100);
    }

    /** Who may execute the decision, as the call says it: the fifth word of its first struct. */
    static Address executor() {
      byte[] call = Bytes.parse(transaction.path("input").asText()).toArray();
      ByteBuffer words = ByteBuffer.wrap(call, 4, call.length - 4).slice();
      int at = words.getInt(28) + 4 * 32;
      return new Address("0x" + HexFormat.of().formatHex(call, 4 + at + 12, 4 + at + 32));
    }

    static String pace(String field) {
      return agents.findValue("pace").path(field).asText();
    }

    static Set<String> levels() throws IOException {
      Set<String> levels = new TreeSet<>();
      for (String line : log) {
        levels.add(JSON.readTree(line).path("level").asText());
      }
      return levels;
    }

    private static void makeCertificate() throws Exception {
      Files.writeString(folder.resolve("kennwort"), "of-a-test\n");
      Process keytool =
          new ProcessBuilder(
                  (Path.of(System.getProperty("java.home"), "bin", "keytool")
                          + " -genkeypair -alias node -keyalg EC -groupname secp256r1"
                          + " -dname CN=of-settings -ext SAN=ip:127.0.0.2 -validity 2"
                          + " -storetype PKCS12 -keystore node.p12 -storepass of-a-test")
                      .split(" "))
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      assertThat(keytool.waitFor()).isZero();
      for (String secret : List.of("node.p12", "kennwort")) {
        Files.setPosixFilePermissions(
            folder.resolve(secret), PosixFilePermissions.fromString("rw-------"));
      }
    }

    private static String firstLine(ServerSocket socket) {
      try (Socket connection = socket.accept()) {
        return new BufferedReader(new InputStreamReader(connection.getInputStream(), UTF_8))
            .readLine();
      } catch (IOException e) {
        return "";
      }
    }
  }

  // ---- a node that does less ----

  private static final class Quiet {
    private static String lines = "";
    private static boolean portIsOpen;
    private static long provingThreads;

    static void run() throws Exception {
      int port = freePort();
      Path config =
          including(
              "quiet.conf",
              """
              probity {
                cluster { roles = [agent, prover], port = %s }
                pace { send-holds = false, prove-all = false }
                vault = "%s"
                journal.folder = quiet
                prover.threads = 3
              }
              """
                  .formatted(port, holding));
      PrintStream before = System.out;
      ByteArrayOutputStream output = new ByteArrayOutputStream();
      System.setOut(new PrintStream(output, true, UTF_8));
      StringWriter errors = new StringWriter();
      Thread node =
          Thread.ofPlatform()
              .start(() ->
                  Probity.commandLine(new PrintWriter(errors, true))
                      .execute("run", config.toString()));
      try {
        await(() -> output.toString(UTF_8).contains("Acting for") || !node.isAlive());
        try (Socket socket = new Socket()) {
          socket.connect(new InetSocketAddress("127.0.0.1", port), 2_000);
          portIsOpen = true;
        } catch (ConnectException e) {
          portIsOpen = false;
        }
        world.world().nextHead();
        await(() -> output.toString(UTF_8).contains("decided") || !node.isAlive());
        // Time enough for what must not come.
        Thread.sleep(700);
        provingThreads =
            Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().contains("probity-proving-dispatcher"))
                .count();
      } finally {
        node.interrupt();
        node.join(PATIENCE);
        System.setOut(before);
        lines = output.toString(UTF_8) + errors;
      }
    }
  }

  // ---- what stands around them ----

  /** An endpoint before a real one, which remembers what it was asked. */
  private static final class Endpoint implements AutoCloseable {
    private final HttpServer server;
    private final HttpClient client = HttpClient.newHttpClient();
    private final URI real;
    private final Set<String> methods = ConcurrentHashMap.newKeySet();
    private final Queue<Long> polls = new ConcurrentLinkedQueue<>();
    private final AtomicInteger failures = new AtomicInteger();
    private volatile long estimate;
    private volatile @Nullable String sent;

    private Endpoint(HttpServer server, URI real) {
      this.server = server;
      this.real = real;
    }

    static Endpoint before(URI real) throws IOException {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      Endpoint endpoint = new Endpoint(server, real);
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.createContext("/", endpoint::answer);
      server.start();
      return endpoint;
    }

    String address() {
      return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
      byte[] body = exchange.getRequestBody().readAllBytes();
      JsonNode asked = JSON.readTree(body);
      List<String> named = asked.findValuesAsText("method");
      methods.addAll(named);
      if (asked.toString().contains("\"latest\",false")) {
        polls.add(System.nanoTime());
      }
      byte[] answer =
          named.contains("eth_call") && failures.getAndUpdate(n -> Math.max(0, n - 1)) > 0
              ? refusal(asked)
              : post(body);
      if (named.contains("eth_estimateGas")) {
        estimate = quantity(JSON.readTree(answer).findValue("result").asText());
      }
      if (named.contains("eth_sendRawTransaction")) {
        sent = JSON.readTree(answer).findValue("result").asText();
      }
      exchange.getResponseHeaders().add("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, answer.length);
      exchange.getResponseBody().write(answer);
      exchange.close();
    }

    private static byte[] refusal(JsonNode asked) throws IOException {
      ArrayNode answers = JSON.createArrayNode();
      for (JsonNode one : asked.isArray() ? asked : JSON.createArrayNode().add(asked)) {
        ObjectNode answer = answers.addObject().put("jsonrpc", "2.0");
        answer.set("id", one.path("id"));
        answer.putObject("error").put("code", -32_603).put("message", "out of order");
      }
      return JSON.writeValueAsBytes(asked.isArray() ? answers : answers.get(0));
    }

    private byte[] post(byte[] body) throws IOException {
      try {
        return client
            .send(
                HttpRequest.newBuilder(real)
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                    .build(),
                HttpResponse.BodyHandlers.ofByteArray())
            .body();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }

    JsonNode ask(String method, String parameter) throws IOException {
      return JSON.readTree(
              post(
                  "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":[\"%s\"]}"
                      .formatted(method, parameter)
                      .getBytes(UTF_8)))
          .path("result");
    }

    /** Milliseconds between two questions for the newest head, at least. */
    long usualPause() {
      List<Long> all = List.copyOf(polls);
      List<Long> pauses = new ArrayList<>();
      for (int i = 1; i < all.size(); i++) {
        pauses.add((all.get(i) - all.get(i - 1)) / 1_000_000);
      }
      return pauses.stream().sorted().skip(pauses.size() / 2).findFirst().orElse(Long.MAX_VALUE);
    }

    @Override
    public void close() {
      server.stop(0);
      client.close();
    }
  }

  /** Whatever a PostgreSQL server is asked before it lets somebody in, which this one does not. */
  private static final class Database {
    private static final Map<String, String> asked = new ConcurrentHashMap<>();

    static void ask() throws IOException {
      Path ink = Files.createFile(shared.resolve("ink"), PlainFile.ownerOnlyFile(shared));
      Files.writeString(ink, "ink\n");
      try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
        Thread.startVirtualThread(() -> serve(server));
        Path config =
            including(
                "ledger.conf",
                """
                probity.journal {
                  url = "jdbc:postgresql://127.0.0.1:%s/ledger", user = clerk, password-file = ink
                }
                """
                    .formatted(server.getLocalPort()));
        Ran.of("run", config).failed(1).saying("journal");
      }
    }

    private static void serve(ServerSocket server) {
      while (!server.isClosed()) {
        try (Socket socket = server.accept()) {
          converse(new DataInputStream(socket.getInputStream()), socket.getOutputStream());
        } catch (IOException e) {
          // The next one, if there is one.
        }
      }
    }

    private static void converse(DataInputStream in, OutputStream out) throws IOException {
      byte[] first = in.readNBytes(in.readInt() - 4);
      if (first.length == 4) {
        out.write('N'); // no encryption
        out.flush();
        first = in.readNBytes(in.readInt() - 4);
      }
      String[] words = new String(first, 4, first.length - 4, UTF_8).split("\0");
      for (int i = 0; i + 1 < words.length; i += 2) {
        asked.put(words[i], words[i + 1]);
      }
      out.write(new byte[] {'R', 0, 0, 0, 8, 0, 0, 0, 3}); // in clear, please
      out.flush();
      in.readByte();
      byte[] password = in.readNBytes(in.readInt() - 4);
      asked.put("password", new String(password, 0, password.length - 1, UTF_8));
      byte[] refusal = "SFATAL\0VFATAL\0C28P01\0Mnot here\0\0".getBytes(UTF_8);
      out.write(new byte[] {'E', 0, 0, 0, (byte) (refusal.length + 4)});
      out.write(refusal);
      out.flush();
    }
  }

  private static long quantity(String hex) {
    return new BigInteger(hex.substring(2), 16).longValueExact();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String between(String text, String from, String to) {
    int at = text.indexOf(from);
    assertThat(at).as(text).isNotNegative();
    int end = text.indexOf(to, at + from.length());
    return text.substring(at + from.length(), end);
  }
}
