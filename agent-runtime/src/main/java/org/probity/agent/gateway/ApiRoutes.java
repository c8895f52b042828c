package org.probity.agent.gateway;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.probity.agent.AgentStatus;
import org.probity.agent.DecisionRecord;
import org.probity.agent.DecisionSlice;
import org.probity.agent.JournalTail;
import org.probity.agent.watch.Health;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainException;
import org.probity.chain.keys.KeyStoreFailed;
import org.probity.ground.Printable;
import org.probity.intent.SavedProof;
import org.probity.intent.conduct.AgentSpec;
import org.probity.settings.BadSetting;

/** All endpoints of the API, in one table, each with what it does. */
final class ApiRoutes {

  private static final int MOST_REASON = 1_000;
  private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";
  private static final String EVENTS = "text/event-stream";
  private static final String BYTES = "application/octet-stream";

  private final HttpGateway.Served node;
  private final EventStreams streams;

  ApiRoutes(HttpGateway.Served node, EventStreams streams) {
    this.node = node;
    this.streams = streams;
  }

  List<Endpoint> all() {
    String agent = "/v1/agents/{id}";
    String decision = agent + "/decisions/{sequence}";
    Endpoint.Reply events =
        new Endpoint.Reply(200, "Server-sent events, until either side ends", EVENTS, null);
    List<Endpoint> all = new ArrayList<>();
    all.add(
        Endpoint.get("/health", "Whether the node is well; with a token, what is not", this::health)
            .openToAll()
            .answers(200, "Ready, and no alert", "Health")
            .answers(503, "Not ready, or an alert stands", "Health"));
    all.add(
        Endpoint.get("/ready", "Whether the node can do its work", this::ready)
            .openToAll()
            .answers(200, "It can", "Ready")
            .answers(503, "It cannot yet", "Ready"));
    all.add(
        Endpoint.get("/metrics", "Figures, in the text format of Prometheus", this::metrics)
            .answers(new Endpoint.Reply(200, "All figures", METRICS_TYPE, null)));
    all.add(
        Endpoint.get("/v1/openapi.json", "This description", _ -> done(description()))
            .answers(200, "OpenAPI 3.1", "Description"));
    all.add(
        Endpoint.get("/v1/agents", "All agents, by id, with those that do not answer", this::list)
            .with(Parameter.LIMIT, Parameter.AFTER)
            .answers(200, "A page of them", "Agents")
            .failing(504));
    all.add(
        Endpoint.post("/v1/agents", "Create an agent; it begins with the next head", this::create)
            .taking("NewAgent")
            .answers(201, "Created", "Agent")
            .failing(409, 422, 504));
    all.add(ofAgent(Endpoint.get(agent, "One agent", r -> told(node.agents().status(id(r))))));
    all.add(
        ofAgent(
            Endpoint.post(
                    agent + "/pause",
                    "It decides nothing new; what it has sent is followed to its end",
                    this::pause)
                .taking("Reason")
                .failing(409)));
    all.add(
        ofAgent(
            Endpoint.post(
                    agent + "/resume", "It decides again", r -> told(node.agents().resume(id(r))))
                .failing(409)));
    all.add(
        ofAgent(
            Endpoint.post(agent + "/retire", "It does nothing any more, for good", this::retire)
                .taking("Reason")
                .failing(409)));
    all.add(
        Endpoint.get(agent + "/decisions", "Its decisions, back to the first one", this::decisions)
            .with(Parameter.LIMIT, Parameter.ORDER, Parameter.AFTER)
            .answers(200, "A page of them", "Decisions")
            .failing(404));
    all.add(
        Endpoint.get(decision, "One decision", this::decision)
            .answers(200, "As the journal has it", "Decision")
            .failing(404));
    all.add(
        Endpoint.get(decision + "/proof.json", "The proof with its statement", this::savedProof)
            .answers(200, "What probity verify reads", "SavedProof")
            .failing(404));
    all.add(
        Endpoint.get(
                decision + "/proof.bin",
                "The proof's bytes, as the contract takes them",
                this::proofBytes)
            .answers(new Endpoint.Reply(200, "The bytes", BYTES, null))
            .failing(404));
    all.add(
        Endpoint.get("/v1/events", "The journal of all agents, as its lines come", this::events)
            .with(Parameter.LAST_EVENT)
            .answers(events)
            .failing(404, 429));
    all.add(
        Endpoint.get(agent + "/events", "Its journal, as its lines come", this::eventsOfOne)
            .with(Parameter.LAST_EVENT)
            .answers(events)
            .failing(404, 429));
    return List.copyOf(all);
  }

  private static Endpoint ofAgent(Endpoint endpoint) {
    return endpoint.answers(200, "The agent as it stands", "Agent").failing(404, 504);
  }

  private static String id(Endpoint.Request request) {
    return Parameter.ID.of(request);
  }

  private Answer description() {
    return Answer.json(200, OpenApi.of(all()));
  }

  // ---- the node ----

  /** Without a token it says whether, and not what. */
  private CompletionStage<Answer> health(Endpoint.Request request) {
    Health health = node.watch().health();
    return done(
        Answer.json(health.good() ? 200 : 503, ApiJson.HealthAnswer.of(health, request.trusted())));
  }

  private CompletionStage<Answer> ready(Endpoint.Request request) {
    Health health = node.watch().health();
    return done(
        Answer.json(health.ready() ? 200 : 503, ApiJson.ReadyAnswer.of(health, request.trusted())));
  }

  private CompletionStage<Answer> metrics(Endpoint.Request request) {
    return done(Answer.text(METRICS_TYPE, node.watch().scrape()));
  }

  // ---- agents ----

  private CompletionStage<Answer> list(Endpoint.Request request) {
    int limit = (int) Parameter.LIMIT.of(request);
    String after = after(request, "agents");
    return node.agents()
        .list(after, limit + 1)
        .thenApply(all ->
            Answer.json(
                200,
                ApiJson.page(
                    "agents",
                    all,
                    limit,
                    ApiJson::listed,
                    last -> Cursor.of("agents", last.id()))));
  }

  /** Where a page begins; empty for the first one. */
  private static String after(Endpoint.Request request, String list) {
    String cursor = request.query().get(Parameter.AFTER.name());
    return cursor == null ? "" : Cursor.place(list, cursor);
  }

  private CompletionStage<Answer> create(Endpoint.Request request) {
    AgentSpec asked =
        JsonBody.read(request.body(), ApiJson.NewAgent.class).spec(node.models(), node.pace());
    requireServed(asked);
    return node.agents()
        .create(asked)
        .thenApply(status -> Answer.json(201, ApiJson.Agent.of(status)));
  }

  /** What is known to be missing is said now, and not by an agent that never acts. */
  private void requireServed(AgentSpec asked) {
    try {
      node.check().accept(asked);
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

  private CompletionStage<Answer> pause(Endpoint.Request request) {
    return told(node.agents().pause(id(request), reason(request)));
  }

  private CompletionStage<Answer> retire(Endpoint.Request request) {
    return told(node.agents().retire(id(request), reason(request)));
  }

  private static String reason(Endpoint.Request request) {
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

  private CompletionStage<Answer> decisions(Endpoint.Request request) {
    String id = id(request);
    int limit = (int) Parameter.LIMIT.of(request);
    String order = Parameter.ORDER.of(request);
    String list = "decisions/%s/%s".formatted(id, order);
    String after = after(request, list);
    DecisionSlice slice =
        new DecisionSlice(
            order.equals("newest"), after.isEmpty() ? 0 : Long.parseLong(after), limit + 1);
    return node.agents()
        .decisions(id, slice)
        .thenApply(all ->
            Answer.json(
                200,
                ApiJson.page(
                    "decisions",
                    all,
                    limit,
                    decision -> ApiJson.Decision.of(id, decision),
                    last -> Cursor.of(list, String.valueOf(last.sequence())))));
  }

  private CompletionStage<Answer> decision(Endpoint.Request request) {
    return find(request)
        .thenApply(found -> Answer.json(200, ApiJson.Decision.of(id(request), found)));
  }

  private CompletionStage<Answer> savedProof(Endpoint.Request request) {
    return find(request)
        .thenApply(found -> {
          var proposal = found.proposal();
          SavedProof saved =
              new SavedProof(
                  proposal.mandate().model(),
                  node.reference(),
                  proposal.observation().features(),
                  proposal.decision(),
                  proposal.context(),
                  proof(found));
          return new Answer.Whole(
              200,
              "application/json",
              saved.toJson().getBytes(StandardCharsets.UTF_8),
              file(request, "json"));
        });
  }

  private CompletionStage<Answer> proofBytes(Endpoint.Request request) {
    return find(request)
        .thenApply(
            found -> new Answer.Whole(200, BYTES, proof(found).bytes(), file(request, "bin")));
  }

  /** The body is to be saved, under the name of its decision. */
  private static Map<String, String> file(Endpoint.Request request, String ending) {
    return Map.of(
        "Content-Disposition",
        "attachment; filename=\"%s-%s.%s\""
            .formatted(id(request), Parameter.SEQUENCE.of(request), ending));
  }

  private static org.probity.zk.DecisionProof proof(DecisionRecord decision) {
    return decision
        .proof()
        .orElseThrow(
            () -> new Problem(404, "Decision %s is not proven.".formatted(decision.sequence())));
  }

  private CompletionStage<DecisionRecord> find(Endpoint.Request request) {
    String id = id(request);
    long sequence = Parameter.SEQUENCE.of(request);
    return node.agents()
        .decision(id, sequence)
        .thenApply(found ->
            found.orElseThrow(() ->
                new Problem(
                    404, "Line %s of agent %s's journal is no decision.".formatted(sequence, id))));
  }

  // ---- events ----

  private CompletionStage<Answer> events(Endpoint.Request request) {
    return done(
        streams.follow(
            Place.of(request)
                .<Supplier<JournalTail>>map(
                    had -> () -> node.agents().eventsAfter(had.agent, had.line))
                .orElse(node.agents()::events)));
  }

  private CompletionStage<Answer> eventsOfOne(Endpoint.Request request) {
    String id = id(request);
    Optional<Place> had = Place.of(request);
    if (had.isPresent() && !had.get().agent.equals(id)) {
      throw Place.wrong(request);
    }
    return done(streams.follow(() -> node.agents().events(id, had.map(Place::line).orElse(-1L))));
  }

  /** What an event's id says. */
  private record Place(String agent, long line) {

    /** Of the last event that was had; empty if there is none. */
    static Optional<Place> of(Endpoint.Request request) {
      String id = request.resumed();
      if (!id.matches(Parameter.LAST_EVENT.pattern())) {
        throw wrong(request);
      }
      int colon = id.indexOf(':');
      return id.isEmpty()
          ? Optional.empty()
          : Optional.of(new Place(id.substring(0, colon), Long.parseLong(id.substring(colon + 1))));
    }

    static Problem wrong(Endpoint.Request request) {
      return new Problem(
          400,
          "The header Last-Event-ID is \"%s\", which is no id of an event here: an agent's id, a colon, and the number of a line of its journal."
              .formatted(Problem.shown(request.resumed())));
    }
  }

  private static CompletionStage<Answer> done(Answer answer) {
    return CompletableFuture.completedFuture(answer);
  }
}
