package org.probity.agent.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.probity.agent.AgentRefused;
import org.probity.agent.AgentStatus;
import org.probity.agent.Agents;
import org.probity.agent.DecisionRecord;
import org.probity.agent.watch.Health;
import org.probity.agent.watch.NodeWatch;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainException;
import org.probity.chain.KeyStoreFailed;
import org.probity.ground.Bytes32;
import org.probity.ground.Printable;
import org.probity.intent.Pace;
import org.probity.intent.SavedProof;
import org.probity.intent.conduct.AgentSpec;
import org.probity.settings.BadSetting;

/**
 * All routes of the API, in one table, each with what it does. {@code openapi.json} says the same
 * to clients.
 */
final class ApiRoutes {

  private static final int USUAL_DECISIONS = 50;
  private static final int MOST_DECISIONS = 1_000;
  private static final int MOST_REASON = 1_000;
  private static final String JSON_TYPE = "application/json";
  private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  static final ObjectMapper JSON = new ObjectMapper();

  /**
   * A request as a route gets it.
   *
   * @param path what stands for the variables of the route's path
   * @param trusted whether it shows the token
   */
  record Request(
      Map<String, String> path, Map<String, String> query, byte[] body, boolean trusted) {

    /**
     * The agent's id.
     *
     * @throws AgentRefused if no agent can have it
     */
    String id() {
      String id = variable("id");
      if (!AgentSpec.isId(id)) {
        throw AgentRefused.unknown(Problem.shown(id));
      }
      return id;
    }

    String variable(String name) {
      String value = path.get(name);
      if (value == null) {
        throw new IllegalStateException("The route has no variable " + name);
      }
      return value;
    }
  }

  /**
   * What is answered.
   *
   * @param headers besides those of every answer
   */
  record Answer(int status, String type, byte[] body, Map<String, String> headers) {

    static Answer json(int status, Object value) {
      try {
        return new Answer(status, JSON_TYPE, JSON.writeValueAsBytes(value), Map.of());
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("An answer always has a text", e);
      }
    }
  }

  /** Does what a route is for. Failures become answers: see {@link Problem}. */
  @FunctionalInterface
  interface Handler {
    CompletionStage<Answer> handle(Request request);
  }

  /**
   * @param path with variables in braces
   * @param open whether it answers without a token
   * @param parameters that its query may have
   */
  record Route(String method, String path, boolean open, Set<String> parameters, Handler handler) {

    Route(String method, String path, boolean open, Handler handler) {
      this(method, path, open, Set.of(), handler);
    }

    /**
     * The variables' values if these are the parts of a path of this route.
     *
     * @param actual decoded, and not split or shortened since
     */
    Optional<Map<String, String>> match(List<String> actual) {
      String[] expected = path.split("/", -1);
      if (expected.length != actual.size()) {
        return Optional.empty();
      }
      Map<String, String> variables = new HashMap<>();
      for (int i = 0; i < expected.length; i++) {
        String segment = actual.get(i);
        if (expected[i].startsWith("{")) {
          if (segment.isEmpty()) {
            return Optional.empty();
          }
          variables.put(expected[i].substring(1, expected[i].length() - 1), segment);
        } else if (!expected[i].equals(segment)) {
          return Optional.empty();
        }
      }
      return Optional.of(variables);
    }
  }

  private final Agents agents;
  private final NodeWatch watch;
  private final Bytes32 reference;
  private final List<Bytes32> models;
  private final Pace pace;
  private final Consumer<AgentSpec> check;

  /**
   * @param reference digest of the structured reference string that proofs are made under
   * @param models digests of the keys of this node's models
   * @param pace of agents that are created without one
   * @param check refuses an agent that is known to lack what it needs
   */
  ApiRoutes(
      Agents agents,
      NodeWatch watch,
      Bytes32 reference,
      List<Bytes32> models,
      Pace pace,
      Consumer<AgentSpec> check) {
    this.agents = agents;
    this.watch = watch;
    this.reference = reference;
    this.models = List.copyOf(models);
    this.pace = pace;
    this.check = check;
  }

  List<Route> all() {
    String agent = "/v1/agents/{id}";
    String decision = agent + "/decisions/{sequence}";
    return List.of(
        new Route("GET", "/health", true, this::health),
        new Route("GET", "/ready", true, this::ready),
        new Route("GET", "/metrics", false, this::metrics),
        new Route("GET", "/v1/openapi.json", false, _ -> done(openApi())),
        new Route("GET", "/v1/agents", false, this::list),
        new Route("POST", "/v1/agents", false, this::create),
        new Route("GET", agent, false, r -> told(agents.status(r.id()))),
        new Route("POST", agent + "/pause", false, this::pause),
        new Route("POST", agent + "/resume", false, r -> told(agents.resume(r.id()))),
        new Route("POST", agent + "/retire", false, this::retire),
        new Route("GET", agent + "/decisions", false, Set.of("most"), this::decisions),
        new Route("GET", decision, false, this::decision),
        new Route("GET", decision + "/proof.json", false, this::savedProof),
        new Route("GET", decision + "/proof.bin", false, this::proofBytes));
  }

  // ---- the node ----

  /** Without a token it says whether, and not what. */
  private CompletionStage<Answer> health(Request request) {
    Health health = watch.health();
    return done(
        Answer.json(health.good() ? 200 : 503, ApiJson.HealthAnswer.of(health, request.trusted())));
  }

  private CompletionStage<Answer> ready(Request request) {
    Health health = watch.health();
    return done(
        Answer.json(health.ready() ? 200 : 503, ApiJson.ReadyAnswer.of(health, request.trusted())));
  }

  private CompletionStage<Answer> metrics(Request request) {
    return done(
        new Answer(200, METRICS_TYPE, watch.scrape().getBytes(StandardCharsets.UTF_8), Map.of()));
  }

  private static Answer openApi() {
    return new Answer(200, JSON_TYPE, openApiText(), Map.of());
  }

  /** The description of the API. */
  static byte[] openApiText() {
    try (InputStream in = ApiRoutes.class.getResourceAsStream("/openapi.json")) {
      if (in == null) {
        throw new IllegalStateException("openapi.json is missing from the class path");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // ---- agents ----

  private CompletionStage<Answer> list(Request request) {
    return agents
        .list()
        .thenApply(all ->
            Answer.json(200, Map.of("agents", all.stream().map(ApiJson.Agent::of).toList())));
  }

  private CompletionStage<Answer> create(Request request) {
    AgentSpec asked = JsonBody.read(request.body(), ApiJson.NewAgent.class).spec(models, pace);
    requireServed(asked);
    return agents.create(asked).thenApply(status -> Answer.json(201, ApiJson.Agent.of(status)));
  }

  /** What is known to be missing is said now, and not by an agent that never acts. */
  private void requireServed(AgentSpec asked) {
    try {
      check.accept(asked);
    } catch (CallReverted | NoSuchElementException e) {
      throw new Problem(
          422, "The contract at %s does not answer as a vault does.".formatted(asked.vault()));
    } catch (ChainException e) {
      throw new Problem(
          503,
          "The chain cannot be asked about the agent's vault and account: %s."
              .formatted(sentence(e)));
    } catch (BadSetting | IllegalArgumentException | KeyStoreFailed e) {
      throw new Problem(422, "The agent would never act: %s.".formatted(sentence(e)));
    }
  }

  private static String sentence(RuntimeException e) {
    String message = Printable.line(String.valueOf(e.getMessage()));
    return message.endsWith(".") ? message.substring(0, message.length() - 1) : message;
  }

  private CompletionStage<Answer> pause(Request request) {
    return told(agents.pause(request.id(), reason(request)));
  }

  private CompletionStage<Answer> retire(Request request) {
    return told(agents.retire(request.id(), reason(request)));
  }

  private static String reason(Request request) {
    String reason = JsonBody.read(request.body(), ApiJson.Reason.class).reason();
    if (reason == null || reason.isBlank()) {
      throw new Problem(400, "The field \"reason\" must say why, for the journal.");
    }
    if (reason.length() > MOST_REASON) {
      throw new Problem(
          400, "The field \"reason\" is longer than %s characters.".formatted(MOST_REASON));
    }
    return reason.strip();
  }

  private static CompletionStage<Answer> told(CompletionStage<AgentStatus> status) {
    return status.thenApply(now -> Answer.json(200, ApiJson.Agent.of(now)));
  }

  // ---- decisions ----

  private CompletionStage<Answer> decisions(Request request) {
    String id = request.id();
    int most = most(request);
    return agents
        .status(id)
        .thenCompose(_ -> agents.decisions(id, most))
        .thenApply(all ->
            Answer.json(
                200,
                Map.of("decisions", all.stream().map(d -> ApiJson.Decision.of(id, d)).toList())));
  }

  private static int most(Request request) {
    String text = request.query().getOrDefault("most", String.valueOf(USUAL_DECISIONS));
    if (text.matches("[1-9][0-9]{0,3}") && Integer.parseInt(text) <= MOST_DECISIONS) {
      return Integer.parseInt(text);
    }
    throw new Problem(
        400,
        "The parameter \"most\" is \"%s\": it must be a whole number from 1 to %s."
            .formatted(Problem.shown(text), MOST_DECISIONS));
  }

  private CompletionStage<Answer> decision(Request request) {
    return find(request)
        .thenApply(found -> Answer.json(200, ApiJson.Decision.of(request.id(), found)));
  }

  private CompletionStage<Answer> savedProof(Request request) {
    return find(request)
        .thenApply(found -> {
          var proposal = found.proposal();
          SavedProof saved =
              new SavedProof(
                  proposal.mandate().model(),
                  reference,
                  proposal.observation().features(),
                  proposal.decision(),
                  proposal.context(),
                  proof(found));
          return new Answer(
              200,
              JSON_TYPE,
              saved.toJson().getBytes(StandardCharsets.UTF_8),
              file(request, "json"));
        });
  }

  private CompletionStage<Answer> proofBytes(Request request) {
    return find(request)
        .thenApply(found ->
            new Answer(
                200, "application/octet-stream", proof(found).bytes(), file(request, "bin")));
  }

  /** The body is to be saved, under the name of its decision. */
  private static Map<String, String> file(Request request, String ending) {
    return Map.of(
        "Content-Disposition",
        "attachment; filename=\"%s-%s.%s\""
            .formatted(request.id(), request.variable("sequence"), ending));
  }

  private static org.probity.zk.DecisionProof proof(DecisionRecord decision) {
    return decision
        .proof()
        .orElseThrow(
            () -> new Problem(404, "Decision %s is not proven.".formatted(decision.sequence())));
  }

  private CompletionStage<DecisionRecord> find(Request request) {
    String id = request.id();
    long sequence = sequence(request.variable("sequence"));
    return agents
        .status(id)
        .thenCompose(_ -> agents.decisions(id, MOST_DECISIONS))
        .thenApply(all ->
            all.stream()
                .filter(decision -> decision.sequence() == sequence)
                .findFirst()
                .orElseThrow(() ->
                    new Problem(
                        404,
                        "Agent %s has no decision %s among its latest %s: older ones are in `probity journal export`."
                            .formatted(id, sequence, MOST_DECISIONS))));
  }

  private static long sequence(String text) {
    try {
      if (text.matches("[1-9][0-9]*")) {
        return Long.parseLong(text);
      }
    } catch (NumberFormatException e) {
      // Told below: it is beyond 63 bits.
    }
    throw new Problem(
        400,
        "The decision \"%s\" must be a whole number from 1 to %s, as the list of decisions has it."
            .formatted(Problem.shown(text), Long.MAX_VALUE));
  }

  private static CompletionStage<Answer> done(Answer answer) {
    return CompletableFuture.completedFuture(answer);
  }
}
