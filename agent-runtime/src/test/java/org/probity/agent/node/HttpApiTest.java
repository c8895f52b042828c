package org.probity.agent.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.agent.AgentListener;
import org.probity.agent.AgentParts;
import org.probity.agent.AgentStatus;
import org.probity.agent.gateway.ApiContract;
import org.probity.agent.gateway.HttpGateway;
import org.probity.agent.proving.ProofQueue;
import org.probity.agent.settings.JournalSettings;
import org.probity.agent.settings.NodeSettings;
import org.probity.agent.settings.OperationSettings;
import org.probity.agent.watch.NodeWatch;
import org.probity.agent.watch.Surroundings;
import org.probity.chain.Address;
import org.probity.chain.EndpointStatus;
import org.probity.chain.HeadSource;
import org.probity.ground.TestKind;
import org.probity.intent.AgentCycle;
import org.probity.intent.Pace;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.ProvenIntent;
import org.probity.intent.SavedProof;
import org.probity.intent.Settlement;
import org.probity.intent.Standing;
import org.probity.intent.Venue;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.Retry;
import org.probity.settings.BadSetting;

/** The API of a running node: sharded agents with a journal on disk and real proofs. */
@TestKind.Acceptance
final class HttpApiTest {

  private static final Retry RETRY = new Retry(Duration.ofMillis(5), Duration.ofMillis(20));
  private static final Pace PACE = new Pace(86_400, true);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final Heads HEADS = new Heads();

  @TempDir private static Path folder = Path.of("");
  private static @Nullable ProbityNode node;
  private static @Nullable NodeWatch watch;
  private static @Nullable HttpGateway gateway;
  private static String token = "";

  /** Heads as a test gives them. */
  private static final class Heads implements HeadSource {
    private volatile @Nullable Listener listener;

    @Override
    public Subscription subscribe(Listener to) {
      listener = to;
      return () -> {};
    }

    void give(long number) {
      Listener to = listener;
      if (to == null) {
        throw new IllegalStateException("Nobody listens");
      }
      to.onHead(TinyModel.head(number));
    }
  }

  @BeforeAll
  static void start() throws IOException {
    NodeWatch watching =
        new NodeWatch(
            new OperationSettings.Alerts(
                Duration.ofDays(36_500),
                Duration.ofMinutes(5),
                Duration.ofSeconds(60),
                BigInteger.ONE),
            List.of(),
            InstantSource.system());
    ProbityNode started =
        ProbityNode.start(
            NodeSettings.alone(new JournalSettings.Embedded(folder.resolve("journal")), 1, RETRY),
            _ ->
                new ProbityNode.Equipment(
                    HttpApiTest::outfit,
                    HEADS,
                    Map.of(TinyModel.digest(), TinyModel::prove),
                    watching.heads(_ -> {}),
                    watching.agents(AgentListener.NONE)),
            InstantSource.system());
    watching.begin(around(started));
    node = started;
    watch = watching;
    gateway = open(http("127.0.0.1", folder.resolve("http.token")));
    token = Files.readString(folder.resolve("http.token")).strip();
  }

  @AfterAll
  static void stop() {
    if (gateway != null) {
      gateway.close();
    }
    if (node != null) {
      node.close();
    }
    if (watch != null) {
      watch.close();
    }
  }

  @Test
  void anAgentIsCreatedPausedResumedAndRetired() throws Exception {
    JsonNode created = json(post("/v1/agents", agent("life")), 201);
    assertThat(created.path("life").textValue()).isEqualTo("active");
    assertThat(created.path("model").textValue()).isEqualTo(TinyModel.digest().hex());

    assertThat(
            json(post("/v1/agents/life/pause", "{\"reason\": \"lunch\"}"), 200)
                .path("life")
                .textValue())
        .isEqualTo("paused");
    assertThat(json(post("/v1/agents/life/resume", ""), 200).path("life").textValue())
        .isEqualTo("active");
    assertThat(
            json(post("/v1/agents/life/retire", "{\"reason\": \"done\"}"), 200)
                .path("life")
                .textValue())
        .isEqualTo("retired");
    assertThat(json(post("/v1/agents/life/resume", ""), 409).path("detail").textValue())
        .isNotEmpty();
    String other =
        agent("life")
            .replace(
                "{",
                "{\"pace\": {\"lifetimeSeconds\": 60, \"sendsHolds\": true, \"provesAll\": true, \"byAnyone\": false}, ");
    assertThat(detail(post("/v1/agents", other), 409)).contains("life");
    assertThat(json(get("/v1/agents"), 200).path("agents").findValuesAsText("id")).contains("life");
  }

  @Test
  void aVaultHasOneAgent() throws Exception {
    Address vault = new Address("0x" + "77".repeat(20));
    json(post("/v1/agents", agent("first", vault)), 201);
    json(post("/v1/agents", agent("first", vault)), 201);
    assertThat(detail(post("/v1/agents", agent("twin", vault)), 409))
        .contains("Agent first acts for vault");
    detail(get("/v1/agents/twin"), 404);
    json(post("/v1/agents/first/retire", "{\"reason\": \"for the twin\"}"), 200);
    json(post("/v1/agents", agent("twin", vault)), 201);
  }

  @Test
  void whatAnAgentLacksIsSaidWhereItIsLookedFor() throws Exception {
    json(post("/v1/agents", agent("lacking")), 201);
    String lack = "";
    for (int i = 0; i < 500 && lack.isEmpty(); i++) {
      Thread.sleep(20);
      lack = json(get("/v1/agents/lacking"), 200).path("lastFailure").textValue();
    }
    assertThat(lack).contains("getting ready", "no key on this node");
    NodeWatch looking = java.util.Objects.requireNonNull(watch);
    for (int i = 0; i < 500 && looking.health().alerts().isEmpty(); i++) {
      Thread.sleep(20);
    }
    assertThat(json(get("/health"), 503).path("alerts").toString())
        .contains("AgentNotEquipped", "lacking", "no key on this node");
    json(post("/v1/agents/lacking/retire", "{\"reason\": \"a test\"}"), 200);
  }

  @Test
  void aProofThatIsDownloadedHoldsOffline() throws Exception {
    json(post("/v1/agents", agent("proofs")), 201);
    JsonNode decision = provenDecision("proofs");
    assertThat(decision.path("decision").path("choice").isInt()).isTrue();
    assertThat(decision.path("holdings").findValuesAsText("asset"))
        .containsExactly(TinyModel.NUMERAIRE.toString(), TinyModel.ASSET.toString());
    assertThat(decision.path("equity").textValue()).isEqualTo("20");
    assertThat(decision.path("policy").textValue()).isEqualTo(TinyModel.POLICY.hex());
    String path = decision.path("proof").textValue();
    HttpResponse<byte[]> file = get(path);
    assertThat(file.headers().firstValue("Content-Disposition").orElse(""))
        .contains("attachment", "proofs-", ".json");
    SavedProof saved = SavedProof.parse(new String(file.body(), StandardCharsets.UTF_8));
    assertThat(saved.reference()).isEqualTo(TinyModel.reference());
    assertThat(
            TinyModel.VERIFIER
                .verify(
                    TinyModel.model().key(),
                    saved.features(),
                    saved.decision(),
                    saved.context(),
                    saved.proof())
                .accepted())
        .isTrue();
    assertThat(get(path.replace(".json", ".bin")).body()).isEqualTo(saved.proof().bytes());
    assertThat(
            json(get("/v1/agents/proofs/decisions/" + decision.path("sequence").longValue()), 200)
                .path("context")
                .textValue())
        .isEqualTo(saved.context().hex());
  }

  private static JsonNode provenDecision(String id) throws Exception {
    for (long head = 1; head < 600; head++) {
      HEADS.give(head);
      Thread.sleep(100);
      for (JsonNode decision :
          json(get("/v1/agents/%s/decisions?limit=5".formatted(id)), 200).path("decisions")) {
        if (decision.has("proof")) {
          return decision;
        }
      }
    }
    throw new AssertionError("No decision is proven");
  }

  @Test
  void everyAnswerIsOneThatTheDescriptionAllows() throws Exception {
    json(post("/v1/agents", agent("described")), 201);
    JsonNode decision = provenDecision("described");
    long seed = System.nanoTime();
    ApiContract contract =
        new ApiContract(
            gateway().address(),
            token,
            Map.of(
                "id", List.of("described", "drawn-1", "drawn-2", "drawn-3"),
                "vault", List.of(ScriptedWorld.vault("drawn").toString(), "0x" + "88".repeat(20)),
                "account", List.of(TinyModel.VAULT.toString(), "0x" + "99".repeat(20)),
                "model", List.of(TinyModel.digest().hex(), "0x" + "aa".repeat(32)),
                "sequence", List.of(String.valueOf(decision.path("sequence").longValue())),
                "Last-Event-ID", List.of("described:1")),
            seed);
    assertThat(contract.ask(Duration.ofSeconds(10))).as("seed %d", seed).isGreaterThan(100);
  }

  /** An answer into a connection that closes over what still comes is lost on its way. */
  @Test
  void whoIsRefusedWhileStillSendingHearsWhy() throws Exception {
    URI address = URI.create(gateway().address());
    byte[] piece = new byte[20_000];
    for (String shown : List.of("wrong", token)) {
      try (Socket socket = new Socket(address.getHost(), address.getPort())) {
        socket.setSoTimeout(10_000);
        OutputStream out = socket.getOutputStream();
        out.write(
            "POST /v1/agents HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 200000\r\n\r\n"
                .formatted(address.getAuthority(), shown)
                .getBytes(StandardCharsets.US_ASCII));
        for (int i = 0; i < 10; i++) {
          Thread.sleep(20);
          out.write(piece);
        }
        String answer =
            new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
        assertThat(answer).isEqualTo(shown.equals(token) ? "HTTP/1.1 413" : "HTTP/1.1 401");
      }
    }
  }

  @Test
  void pagesGoBackToTheFirstDecision() throws Exception {
    json(post("/v1/agents", agent("pages")), 201);
    String list = "/v1/agents/pages/decisions";
    List<Long> all = List.of();
    for (long head = 1; head < 600 && all.size() < 3; head++) {
      HEADS.give(head);
      Thread.sleep(50);
      all = sequences(json(get(list + "?limit=1000"), 200));
    }
    assertThat(all).hasSizeGreaterThan(2).isSortedAccordingTo(java.util.Comparator.reverseOrder());
    for (String order : List.of("newest", "oldest")) {
      List<Long> walked = new java.util.ArrayList<>();
      String next = "";
      do {
        JsonNode page = json(get("%s?limit=1&order=%s%s".formatted(list, order, next)), 200);
        walked.addAll(sequences(page));
        next = page.has("next") ? "&after=" + page.path("next").textValue() : "";
      } while (!next.isEmpty() && walked.size() < all.size());
      assertThat(walked).isEqualTo(order.equals("newest") ? all : all.reversed());
    }
    String cursor = json(get(list + "?limit=1"), 200).path("next").textValue();
    json(post("/v1/agents", agent("pages-2")), 201);
    for (String wrong :
        List.of(
            list + "?order=oldest&after=" + cursor,
            "/v1/agents/pages-2/decisions?after=" + cursor,
            "/v1/agents?after=" + cursor,
            list + "?after=" + cursor.replace(cursor.charAt(1), 'Z') + "A",
            list + "?after=")) {
      assertThat(detail(get(wrong), 400)).contains("no cursor of this list");
    }
    JsonNode agents = json(get("/v1/agents?limit=1"), 200);
    assertThat(agents.path("agents")).hasSize(1);
    String second = agents.path("next").textValue();
    assertThat(json(get("/v1/agents?limit=1&after=" + second), 200).path("agents"))
        .isNotEqualTo(agents.path("agents"));
  }

  private static List<Long> sequences(JsonNode page) {
    List<Long> sequences = new java.util.ArrayList<>();
    page.path("decisions")
        .forEach(decision -> sequences.add(decision.path("sequence").longValue()));
    return sequences;
  }

  @Test
  void eventsStreamAndGoOnAfterTheLastOneThatWasHad() throws Exception {
    json(post("/v1/agents", agent("streamed")), 201);
    for (String path : List.of("/v1/events", "/v1/agents/streamed/events")) {
      List<String> first = new java.util.ArrayList<>();
      try (Events events = new Events(path, "streamed:0")) {
        provenDecision("streamed");
        while (!(first.size() > 2 && first.getLast().startsWith("streamed:"))) {
          first.add(events.next());
        }
      }
      assertThat(first.stream().filter(id -> id.startsWith("streamed:")).findFirst())
          .contains("streamed:1");
      String last = first.getLast();
      long had = Long.parseLong(last.substring(last.indexOf(':') + 1));
      json(post("/v1/agents/streamed/pause", "{\"reason\": \"while nobody listens\"}"), 200);
      json(post("/v1/agents/streamed/resume", ""), 200);
      try (Events events = new Events(path, last)) {
        List<Long> rest = new java.util.ArrayList<>();
        while (rest.size() < 2) {
          String id = events.next();
          if (id.startsWith("streamed:")) {
            rest.add(Long.parseLong(id.substring(id.indexOf(':') + 1)));
          }
        }
        assertThat(rest).as("no gap").containsExactly(had + 1, had + 2);
      }
    }
    assertThat(detail(get("/v1/agents/nobody/events"), 404)).contains("nobody");
    assertThat(send("GET", "/v1/events", "", "").statusCode()).isEqualTo(401);
  }

  /** A client of server-sent events. */
  private static final class Events implements AutoCloseable {
    private final java.io.BufferedReader in;

    Events(String path, String after) throws Exception {
      HttpResponse<java.io.InputStream> answer =
          CLIENT.send(
              HttpRequest.newBuilder(URI.create(gateway().address() + path))
                  .header("Authorization", "Bearer " + token)
                  .header("Last-Event-ID", after)
                  .build(),
              HttpResponse.BodyHandlers.ofInputStream());
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("Content-Type")).contains("text/event-stream");
      in =
          new java.io.BufferedReader(
              new java.io.InputStreamReader(answer.body(), StandardCharsets.UTF_8));
    }

    /** The id of the next event, whose data is its line. */
    String next() throws IOException {
      String id = "";
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.startsWith("id: ")) {
          id = line.substring(4);
        } else if (line.startsWith("data: ")) {
          JsonNode data = JSON.readTree(line.substring(6));
          assertThat(id)
              .isEqualTo(data.path("agent").textValue() + ":" + data.path("sequence").longValue());
        } else if (line.isEmpty() && !id.isEmpty()) {
          return id;
        }
      }
      throw new AssertionError("The stream ended");
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  @Test
  void whatCannotBeDoneIsSaidInASentence() throws Exception {
    assertThat(detail(get("/v1/agents/nobody"), 404)).contains("no agent nobody");
    assertThat(detail(get("/v1/nothing"), 404)).contains("openapi.json");
    assertThat(detail(post("/v1/agents", "{"), 400)).contains("cannot be used");
    assertThat(detail(post("/v1/agents", "{\"vualt\": \"0x\"}"), 400)).contains("vualt");
    assertThat(detail(post("/v1/agents", "{\"vault\": \"0x12\"}"), 400)).contains("an address");
    assertThat(detail(post("/v1/agents", agent("a b")), 400)).contains("a b");
    assertThat(detail(get("/v1/agents/nobody/decisions?limit=0"), 400)).contains("from 1 to 1000");
    assertThat(detail(get("/v1/agents/nobody/decisions/x"), 400)).contains("whole number");
    assertThat(detail(post("/v1/agents/nobody/pause", "{}"), 400)).contains("reason");
    HttpResponse<byte[]> wrong = post("/metrics", "");
    assertThat(detail(wrong, 405)).contains("GET");
    assertThat(wrong.headers().firstValue("Allow")).contains("GET");
  }

  @Test
  void aBodyThatIsTooLongIsRefused() throws Exception {
    HttpRequest endless =
        HttpRequest.newBuilder(URI.create(gateway().address() + "/v1/agents"))
            .header("Authorization", "Bearer " + token)
            .POST(
                HttpRequest.BodyPublishers.ofInputStream(
                    () -> new java.io.ByteArrayInputStream(new byte[70_000])))
            .build();
    assertThat(CLIENT.send(endless, HttpResponse.BodyHandlers.discarding()).statusCode())
        .isEqualTo(413);
    assertThat(post("/v1/agents", "{\"id\": \"" + "x".repeat(70_000) + "\"}").statusCode())
        .isEqualTo(413);
  }

  @Test
  void nothingButHealthAndReadinessIsToldWithoutTheToken() throws Exception {
    for (String path : List.of("/v1/agents", "/metrics", "/v1/openapi.json", "/v1/elsewhere")) {
      for (String shown : List.of("", "Bearer ", "Bearer wrong", "Basic " + token, token)) {
        HttpResponse<byte[]> answer = send("GET", path, "", shown);
        assertThat(detail(answer, 401)).contains("token");
        assertThat(answer.headers().firstValue("WWW-Authenticate").orElse("")).startsWith("Bearer");
      }
    }
    assertThat(send("POST", "/v1/agents", agent("intruder"), "").statusCode()).isEqualTo(401);
    assertThat(new String(send("GET", "/health", "", "").body(), StandardCharsets.UTF_8))
        .doesNotContain("alerts");
    assertThat(json(get("/health"), 0).has("alerts")).isTrue();
    assertThat(send("GET", "/ready", "", "").statusCode()).isIn(200, 503);
  }

  @Test
  void metricsAreThoseOfPrometheus() throws Exception {
    HttpResponse<byte[]> answer = get("/metrics");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type").orElse(""))
        .startsWith("text/plain")
        .contains("version=0.0.4");
    assertThat(new String(answer.body(), StandardCharsets.UTF_8))
        .contains("# TYPE probity_stage_seconds histogram")
        .doesNotContain(token);
  }

  @Test
  void theTokenIsForItsOwnersEyesAlone() throws IOException {
    Path file = folder.resolve("http.token");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    Path open = folder.resolve("open.token");
    Files.writeString(open, token);
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> open(http("127.0.0.1", open)))
        .hasMessageContaining("others than its owner")
        .hasMessageNotContaining(token);
  }

  @Test
  void itListensElsewhereWithEncryptionOnly() {
    assertThatThrownBy(() -> open(http("0.0.0.0", folder.resolve("http.token"))))
        .hasMessageContaining("without encryption");
  }

  @Test
  void withACertificateItSpeaksTls() throws Exception {
    Path store = folder.resolve("tls.p12");
    Path password = folder.resolve("tls.password");
    Files.writeString(password, "password-of-a-test\n");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "node",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=ip:127.0.0.1",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                "password-of-a-test")
            .redirectErrorStream(true)
            .start();
    assertThat(keytool.waitFor()).isZero();
    for (Path secret : List.of(store, password)) {
      assertThatThrownBy(() -> open(tls(store, password)))
          .hasMessageContaining("chmod 600 " + secret);
      Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    }
    try (HttpGateway secure = open(tls(store, password))) {
      assertThat(secure.address()).startsWith("https://");
      URI local = URI.create(secure.address().replace("0.0.0.0", "127.0.0.1") + "/ready");
      try (HttpClient trusting = HttpClient.newBuilder().sslContext(trusting(store)).build()) {
        HttpResponse<String> answer =
            trusting.send(
                HttpRequest.newBuilder(local).build(), HttpResponse.BodyHandlers.ofString());
        assertThat(answer.body()).contains("ready");
      }
    }
  }

  private static OperationSettings.Http tls(Path store, Path password) {
    return new OperationSettings.Http(
        "0.0.0.0",
        0,
        folder.resolve("http.token"),
        Optional.of(new OperationSettings.Tls(store, password)));
  }

  private static javax.net.ssl.SSLContext trusting(Path store) throws Exception {
    java.security.KeyStore certificates = java.security.KeyStore.getInstance("PKCS12");
    try (var in = Files.newInputStream(store)) {
      certificates.load(in, "password-of-a-test".toCharArray());
    }
    java.security.KeyStore trusted = java.security.KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("node", certificates.getCertificate("node"));
    var trust =
        javax.net.ssl.TrustManagerFactory.getInstance(
            javax.net.ssl.TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    var context = javax.net.ssl.SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  @Test
  void bytesThatAreNoRequestDoNotDisturbIt() throws Exception {
    URI address = URI.create(gateway().address());
    try (Socket socket = new Socket(address.getHost(), address.getPort())) {
      socket.getOutputStream().write(new byte[] {0, 1, 2, 3, '\r', '\n', '\r', '\n'});
      socket.getOutputStream().flush();
    }
    assertThat(get("/v1/agents").statusCode()).isEqualTo(200);
  }

  // ---- the node ----

  private static HttpGateway open(OperationSettings.Http settings) {
    if (node == null || watch == null) {
      throw new IllegalStateException("The node is not started");
    }
    HttpGateway opened =
        HttpGateway.listen(
            settings,
            sentence -> {
              throw new AssertionError(sentence);
            });
    opened.serve(
        new HttpGateway.Served(
            node.agents(),
            watch,
            TinyModel.reference(),
            List.of(TinyModel.digest()),
            PACE,
            HttpApiTest::check));
    return opened;
  }

  private static OperationSettings.Http http(String host, Path tokenFile) {
    return new OperationSettings.Http(host, 0, tokenFile, Optional.empty());
  }

  private static Surroundings around(ProbityNode node) {
    return new Surroundings() {
      @Override
      public boolean runsAgents() {
        return true;
      }

      @Override
      public boolean isUp() {
        return node.isUp();
      }

      @Override
      public void askJournal() {}

      @Override
      public BigInteger balance(Address account) {
        return BigInteger.TEN;
      }

      @Override
      public List<EndpointStatus> endpoints() {
        return List.of();
      }

      @Override
      public java.util.concurrent.CompletionStage<List<AgentStatus>> agents() {
        return node.agents().list();
      }

      @Override
      public ProofQueue.Figures proofs() {
        return node.proofs();
      }

      @Override
      public int proverFallbacks() {
        return 0;
      }
    };
  }

  /** What this node has: the key of one account and one model. */
  private static void check(AgentSpec spec) {
    if (!spec.account().equals(TinyModel.VAULT) || !spec.model().equals(TinyModel.digest())) {
      throw new IllegalArgumentException("There is no key of " + spec.account());
    }
  }

  private static AgentParts outfit(AgentSpec spec) {
    if (spec.id().equals("lacking")) {
      throw new BadSetting("There is no key on this node");
    }
    AgentCycle cycle =
        TinyModel.cycle(
            head -> TinyModel.observation(head, 5, TinyModel.STEP_SECONDS, 0),
            TinyModel::prove,
            spec.pace().lifetimeSeconds());
    return new AgentParts(
        cycle, x -> CompletableFuture.completedFuture(cycle.decide(x)), new RefusingVenue(), RETRY);
  }

  /** Has nothing to execute: every decision is proven and kept. */
  private static final class RefusingVenue implements Venue {
    @Override
    public Prospect prospect(Proposal proposal) {
      return new Prospect.Refused("at its target");
    }

    @Override
    public Settlement submit(ProvenIntent intent) {
      return new Settlement.Refused("at its target", Optional.empty());
    }

    @Override
    public Standing standing(Proposal proposal) {
      return new Standing.Open();
    }
  }

  // ---- requests ----

  private static String agent(String id) {
    return agent(id, ScriptedWorld.vault(id));
  }

  private static String agent(String id, Address vault) {
    return "{\"id\": \"%s\", \"vault\": \"%s\", \"account\": \"%s\"}"
        .formatted(id, vault, TinyModel.VAULT);
  }

  private static HttpGateway gateway() {
    if (gateway == null) {
      throw new IllegalStateException("The API is not open");
    }
    return gateway;
  }

  private static HttpResponse<byte[]> get(String path) throws Exception {
    return send("GET", path, "", "Bearer " + token);
  }

  private static HttpResponse<byte[]> post(String path, String body) throws Exception {
    return send("POST", path, body, "Bearer " + token);
  }

  private static HttpResponse<byte[]> send(
      String method, String path, String body, String authorization) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(gateway().address() + path))
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  private static JsonNode json(HttpResponse<byte[]> answer, int status) throws IOException {
    if (status != 0) {
      assertThat(answer.statusCode())
          .as(new String(answer.body(), StandardCharsets.UTF_8))
          .isEqualTo(status);
    }
    return JSON.readTree(answer.body());
  }

  private static String detail(HttpResponse<byte[]> answer, int status) throws IOException {
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    return json(answer, status).path("detail").textValue();
  }
}
