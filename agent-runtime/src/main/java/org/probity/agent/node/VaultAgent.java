package org.probity.agent.node;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EffectBuilder;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.RetentionCriteria;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;
import org.jspecify.annotations.Nullable;
import org.probity.agent.AgentParts;
import org.probity.agent.AgentStatus;
import org.probity.agent.Ending;
import org.probity.agent.journal.JournalRows;
import org.probity.agent.proving.ProofQueue;
import org.probity.agent.record.AgentRecord;
import org.probity.agent.record.JournalState;
import org.probity.chain.Head;
import org.probity.ground.Bytes32;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.ProvenIntent;
import org.probity.intent.Settlement;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.AgentState;
import org.probity.intent.conduct.Conduct;
import org.probity.intent.conduct.Event;
import org.probity.intent.conduct.Input;
import org.probity.intent.conduct.Notice;
import org.probity.intent.conduct.Notice.Stage;
import org.probity.intent.conduct.Step;
import org.probity.intent.conduct.Task;

/**
 * One agent on a node: runs its {@link Conduct} on what comes in, keeps its journal, and does its
 * tasks. Nothing is done before the events that it follows from are durable.
 */
final class VaultAgent extends EventSourcedBehavior<VaultAgent.Command, AgentRecord, JournalState> {

  /** Agents that decide on the same heads must not all write their snapshots on one of them. */
  private static final int SNAPSHOT_EVERY = 150;

  private static final int SNAPSHOT_SPREAD = 100;

  sealed interface Command {}

  /** What others ask of an agent, from any node; each is answered by a {@link Reply}. */
  sealed interface Request extends Command {
    ActorRef<Reply> replyTo();
  }

  /**
   * @param amends whether an agent that exists takes over what differs in {@code spec}
   */
  record Create(AgentSpec spec, boolean amends, ActorRef<Reply> replyTo) implements Request {}

  record Pause(String reason, ActorRef<Reply> replyTo) implements Request {}

  record Resume(ActorRef<Reply> replyTo) implements Request {}

  record Retire(String reason, ActorRef<Reply> replyTo) implements Request {}

  record Report(ActorRef<Reply> replyTo) implements Request {}

  sealed interface Reply {}

  record Told(AgentStatus status) implements Reply {}

  /**
   * The request cannot be met.
   *
   * @param reason a sentence
   */
  record Refused(String reason) implements Reply {}

  /**
   * The chain has a new head.
   *
   * @param since when it reached this node, by {@link System#nanoTime}: the wait in a full mailbox
   *     counts
   */
  record NewHead(Head head, long since) implements Command {
    NewHead(Head head) {
      this(head, System.nanoTime());
    }
  }

  /** A head that came before is in no block any more. */
  record GoneHead(Head head) implements Command {}

  /** Ends the agent on this node; its journal stays. */
  record Stop() implements Command {}

  record Outfitted(AgentParts parts) implements Command {}

  private record Proof(ProofQueue.Answer answer) implements Command {}

  /** How a task went. */
  record Done(Input input) implements Command {}

  private final String id;
  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final AgentHost host;
  private final Consumer<ActorRef<Command>> rest;
  private final ActorRef<ProofQueue.Answer> answers;

  private Conduct conduct;
  private @Nullable AgentParts parts;

  /** What is wrong with the journal, as a sentence. */
  private @Nullable String broken;

  /** When the head came that is decided on, and when the last proof and submission began. */
  private Instant headSince = Instant.EPOCH;

  private long provingSince;
  private long settlingSince;

  /**
   * @param rest takes an agent that has nothing to do off this node
   */
  static Behavior<Command> create(String id, AgentHost host, Consumer<ActorRef<Command>> rest) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new VaultAgent(id, context, timers, host, rest)));
  }

  static PersistenceId persistenceId(String id) {
    return PersistenceId.of(JournalRows.AGENTS, id);
  }

  private VaultAgent(
      String id,
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      AgentHost host,
      Consumer<ActorRef<Command>> rest) {
    super(
        persistenceId(id),
        SupervisorStrategy.restartWithBackoff(Duration.ofMillis(200), Duration.ofSeconds(10), 0.1));
    this.id = id;
    this.context = context;
    this.timers = timers;
    this.host = host;
    this.rest = rest;
    this.conduct = Conduct.of(id, host.retry());
    this.answers = context.messageAdapter(ProofQueue.Answer.class, Proof::new);
  }

  // ---- the journal ----

  @Override
  public JournalState emptyState() {
    return JournalState.of(id);
  }

  @Override
  public EventHandler<JournalState, AgentRecord> eventHandler() {
    return this::take;
  }

  /** The state after one more line, which must follow the line before it. */
  private JournalState take(JournalState state, AgentRecord line) {
    if (broken == null) {
      String fault = fault(state, line);
      if (fault == null) {
        return state.after(line);
      }
      broken =
          "The journal of agent %s does not hold, and the agent does nothing: line %d %s. Find out what happened by probity journal verify, and put back a copy."
              .formatted(id, state.lines() + 1, fault);
    }
    return state;
  }

  private static @Nullable String fault(JournalState state, AgentRecord line) {
    if (line.event() instanceof Event.Unreadable(String why)) {
      return "cannot be read (%s)".formatted(why);
    }
    return line.previous().equals(state.last())
        ? null
        : "does not follow the line before it, so one of the two was changed, moved or put in, or one is missing";
  }

  /** Snapshots shorten a recovery; events are the record and are never deleted. */
  @Override
  public RetentionCriteria retentionCriteria() {
    int spread = Math.floorMod(id.hashCode(), SNAPSHOT_SPREAD);
    return RetentionCriteria.snapshotEvery(SNAPSHOT_EVERY + spread, 2);
  }

  @Override
  public SignalHandler<JournalState> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(RecoveryCompleted.instance(), this::recovered)
        .onSignal(PostStop.instance(), _ -> leaveHub())
        .build();
  }

  private void recovered(JournalState state) {
    timers.cancelAll();
    String fault = broken;
    if (fault != null) {
      context.getLog().error(fault);
      tell(new Notice.Stopped(fault));
      return;
    }
    Conduct.Next next = conduct.recover(state.agent(), host.clock().instant());
    conduct = next.conduct();
    next.tasks().forEach(task -> perform(state, task));
  }

  private EffectBuilder<AgentRecord, JournalState> persist(JournalState state, List<Event> events) {
    Instant now = host.clock().instant();
    List<AgentRecord> lines = new ArrayList<>();
    Bytes32 last = state.last();
    for (Event event : events) {
      AgentRecord line = AgentRecord.after(last, now, event);
      lines.add(line);
      last = line.hash();
    }
    Optional<Proposal> work = state.agent().work().decision();
    long began = System.nanoTime();
    return Effect()
        .persist(lines)
        .thenRun((JournalState _) -> {
          events.forEach(event -> host.written().accept(id, event));
          work.ifPresent(p -> tell(timed(p.head(), Stage.JOURNAL, System.nanoTime() - began)));
          events.forEach(this::timeDecision);
        });
  }

  private void timeDecision(Event event) {
    if (event instanceof Event.DecisionMade(Proposal proposal, var _)) {
      Duration took = Duration.between(headSince, host.clock().instant());
      tell(new Notice.Timed(proposal.head(), Stage.HEAD_TO_DECISION, took));
    }
  }

  // ---- what comes in ----

  @Override
  public CommandHandler<Command, AgentRecord, JournalState> commandHandler() {
    return newCommandHandlerBuilder().forAnyState().onAnyCommand(this::handle);
  }

  private Effect<AgentRecord, JournalState> handle(JournalState state, Command message) {
    if (broken != null) {
      return handleBroken(state, message, broken);
    }
    return switch (message) {
      case Report(var replyTo) -> Effect().reply(replyTo, report(state));
      case Create(AgentSpec spec, boolean amends, var replyTo) ->
          answer(state, new Input.Create(spec, amends), replyTo);
      case Pause(String why, var replyTo) -> answer(state, new Input.Pause(why), replyTo);
      case Resume(var replyTo) -> answer(state, new Input.Resume(), replyTo);
      case Retire(String why, var replyTo) -> answer(state, new Input.Retire(why), replyTo);
      case NewHead(Head head, long since) -> {
        Instant came = host.clock().instant().minusNanos(System.nanoTime() - since);
        yield hear(state, new Input.NewHead(head, came));
      }
      case GoneHead(Head head) -> hear(state, new Input.GoneHead(head));
      case Outfitted(AgentParts made) -> {
        parts = made;
        yield hear(state, new Input.Outfitted(made.retry()));
      }
      case Proof(ProofQueue.Answer answer) -> hear(state, input(state, answer));
      case Done(Input input) -> {
        if (input instanceof Input.Settled) {
          time(state, Stage.SETTLE, settlingSince);
        }
        yield hear(state, input);
      }
      case Stop() -> Effect().stop();
    };
  }

  private Effect<AgentRecord, JournalState> handleBroken(
      JournalState state, Command message, String fault) {
    return switch (message) {
      case Report report -> Effect().reply(report.replyTo(), report(state));
      case Request request -> Effect().reply(request.replyTo(), new Refused(fault));
      case Stop() -> Effect().stop();
      default -> Effect().none();
    };
  }

  private Effect<AgentRecord, JournalState> hear(JournalState state, Input input) {
    return run(state, conduct.on(host.clock().instant(), input));
  }

  private Effect<AgentRecord, JournalState> answer(
      JournalState state, Input input, ActorRef<Reply> replyTo) {
    Conduct.Next next = conduct.on(host.clock().instant(), input);
    Optional<Reply> refusal =
        next.tasks().stream()
            .filter(Task.Refuse.class::isInstance)
            .map(task -> (Reply) new Refused(((Task.Refuse) task).reason()))
            .findFirst();
    return run(state, next).thenReply(replyTo, now -> refusal.orElseGet(() -> report(now)));
  }

  /** Writes down what is to be written, then goes on from there. */
  private EffectBuilder<AgentRecord, JournalState> run(JournalState state, Conduct.Next next) {
    EffectBuilder<AgentRecord, JournalState> written =
        next.events().isEmpty() ? Effect().none() : persist(state, next.events());
    return written.thenRun((JournalState now) -> {
      conduct = next.conduct();
      next.tasks().forEach(task -> perform(now, task));
    });
  }

  private Input input(JournalState state, ProofQueue.Answer answer) {
    return switch (answer) {
      case ProofQueue.Proved(long ticket, ProvenIntent intent, Duration took) -> {
        time(state, Stage.PROVE, provingSince);
        yield new Input.Proved(ticket, intent, took);
      }
      case ProofQueue.Unsound(long ticket, var verdict) ->
          new Input.NotProved(
              ticket, Step.CHECKING, "its own verifier says " + verdict + "; not sent");
      case ProofQueue.Failed(long ticket, String why) ->
          new Input.NotProved(ticket, Step.PROVING, why);
      case ProofQueue.Dropped(long ticket, String why) -> new Input.Withdrawn(ticket, why);
    };
  }

  // ---- tasks ----

  private void perform(JournalState state, Task task) {
    switch (task) {
      case Task.Outfit(AgentSpec spec) -> {
        parts = null;
        ask(() -> host.outfitter().outfit(spec), Outfitted::new, Input.NotOutfitted::new);
      }
      case Task.Join() -> host.heads().tell(new HeadHub.Join(context.getSelf()));
      case Task.Rest() -> {
        leaveHub();
        rest.accept(context.getSelf());
      }
      case Task.Observe(long turn, Head head, Instant since) -> observe(turn, head, since);
      case Task.Prove(long turn, Proposal proposal, Instant expires) -> {
        provingSince = System.nanoTime();
        boolean trades =
            state.agent().work() instanceof AgentState.Work.Decided(var _, Prospect.Trade _);
        host.proofs()
            .tell(new ProofQueue.Order(turn, own().cycle(), proposal, trades, expires, answers));
      }
      case Task.Withdraw(long turn) -> host.proofs().tell(new ProofQueue.Withdraw(turn, answers));
      case Task.Continue(long turn) -> context.getSelf().tell(new Done(new Input.Continued(turn)));
      case Task.Submit submit -> {
        settlingSince = System.nanoTime();
        AgentParts own = own();
        ask(
            () -> settle(own, submit),
            settlement -> new Done(new Input.Settled(submit.turn(), settlement)),
            why -> new Input.NotSettled(submit.turn(), why));
      }
      case Task.Ask(long turn, Proposal proposal) -> {
        AgentParts own = own();
        ask(
            () -> own.venue().standing(proposal),
            standing -> new Done(new Input.Stands(turn, proposal, standing)),
            why -> new Input.StandingUnknown(turn, why));
      }
      case Task.Wait(Duration pause) ->
          timers.startSingleTimer(Input.Waited.class, new Done(new Input.Waited()), pause);
      case Task.StopWaiting() -> timers.cancel(Input.Waited.class);
      case Task.Tell(Notice notice) -> {
        log(notice);
        tell(notice);
      }
      // Is the reply to whoever asked.
      case Task.Refuse _ -> {}
    }
  }

  private Settlement settle(AgentParts own, Task.Submit submit) {
    return submit.late(host.clock().instant()).orElseGet(() -> own.venue().submit(submit.intent()));
  }

  private void observe(long turn, Head head, Instant since) {
    AgentParts own = own();
    headSince = since;
    long began = System.nanoTime();
    CompletionStage<Input> observed =
        CompletableFuture.supplyAsync(() -> own.cycle().observe(head), host.threads())
            .thenCompose(seen -> {
              long saw = System.nanoTime();
              tell(timed(head, Stage.OBSERVE, saw - began));
              return own.inference()
                  .decide(seen.features())
                  .thenApply(decision -> {
                    tell(timed(head, Stage.DECIDE, System.nanoTime() - saw));
                    return own.cycle().propose(head, seen, decision);
                  });
            })
            .thenApplyAsync(
                proposal -> new Input.Observed(turn, proposal, own.venue().prospect(proposal)),
                host.threads());
    pipe(observed, Done::new, why -> new Input.NotObserved(turn, head, why));
  }

  /** Runs a blocking step on a virtual thread; its outcome comes back as a message. */
  private <T> void ask(
      Supplier<T> step, Function<T, Command> answer, Function<String, Input> failure) {
    pipe(CompletableFuture.supplyAsync(step, host.threads()), answer, failure);
  }

  private <T> void pipe(
      CompletionStage<T> step, Function<T, Command> answer, Function<String, Input> failure) {
    context.pipeToSelf(
        step,
        (value, cause) -> {
          Ending.passOn(cause);
          return cause == null ? answer.apply(value) : new Done(failure.apply(reason(cause)));
        });
  }

  private AgentParts own() {
    return Objects.requireNonNull(parts, "an agent acts only once it is equipped");
  }

  private void leaveHub() {
    host.heads().tell(new HeadHub.Leave(context.getSelf()));
  }

  // ---- what it tells ----

  private Reply report(JournalState state) {
    return state
        .agent()
        .spec()
        .<Reply>map(spec -> new Told(status(state, spec)))
        .orElseGet(() -> new Refused(conduct.unknown()));
  }

  private AgentStatus status(JournalState state, AgentSpec spec) {
    AgentState agent = state.agent();
    return new AgentStatus(
        spec,
        agent.life(),
        broken == null ? conduct.doing() : "nothing, since its journal does not hold",
        host.node(),
        agent.lastDecided(),
        state.lines(),
        agent.tally(),
        broken == null ? conduct.failure() : broken);
  }

  private void log(Notice notice) {
    if (notice
            instanceof Notice.Failed(var _, Step step, String reason, int attempt, Duration pause)
        && !pause.isZero()) {
      context
          .getLog()
          .info("Agent {}: {} failed ({}), again in {}: {}", id, step, attempt, pause, reason);
    }
  }

  private void time(JournalState state, Stage stage, long since) {
    state
        .agent()
        .work()
        .decision()
        .ifPresent(p -> tell(timed(p.head(), stage, System.nanoTime() - since)));
  }

  private static Notice.Timed timed(Head head, Stage stage, long nanos) {
    return new Notice.Timed(head, stage, Duration.ofNanos(nanos));
  }

  private void tell(Notice notice) {
    try {
      host.listener().on(id, notice);
    } catch (RuntimeException e) {
      // Whoever watches badly does not stop an agent from acting.
      context.getLog().error("A listener failed on {}", notice, e);
    }
  }

  private static String reason(Throwable cause) {
    Throwable root = cause;
    while (root instanceof CompletionException && root.getCause() != null) {
      root = root.getCause();
    }
    String message = root.getMessage();
    return message == null || message.isBlank() ? root.getClass().getSimpleName() : message;
  }
}
