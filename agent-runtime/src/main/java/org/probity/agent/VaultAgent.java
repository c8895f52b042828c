package org.probity.agent;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
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
import org.probity.agent.AgentEvent.Stage;
import org.probity.agent.AgentEvent.Step;
import org.probity.chain.Head;
import org.probity.chain.Receipt;
import org.probity.ground.Bytes32;
import org.probity.intent.Observation;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.ProvenIntent;
import org.probity.intent.Settlement;
import org.probity.intent.Standing;

/**
 * One agent: acts for one vault, one head at a time, and remembers by its journal.
 *
 * <p>It decides once for each moment of the vault's schedule (the multiples of the policy's step),
 * on the first head that it sees of it. The newest head wins: while one is worked on, the newest of
 * those that arrive waits and the others are forgotten. Work that a newer moment has overtaken is
 * dropped as long as it is cheap, that is until a prover has taken it.
 *
 * <p><b>Once.</b> Whatever changes the world is written down before it is done: a decision before
 * its proof is ordered, an intent before it is sent. What is to be done next follows from the state
 * alone ({@link #proceed}), so an agent that comes back from a crash goes on where its journal
 * ends. It first asks what has become of the decision in hand ({@link Standing}): what was sent is
 * followed, what was never sent is sent, what can no longer be executed is given up, and nothing is
 * sent twice.
 *
 * <p><b>On this branch.</b> A decision whose head is reverted is void. One whose execution is
 * reverted is in doubt until the venue says what became of it; until then nothing else is decided.
 * Then its moment is decided anew.
 *
 * <p>No failure ends an agent. Each is told with its reason, and after a growing pause the newest
 * head is tried again from the start: features, nonce and proof are all made anew. After {@link
 * #ATTEMPTS} the head is left and the next one awaited.
 */
final class VaultAgent
    extends EventSourcedBehavior<VaultAgent.Command, AgentRecord, VaultAgent.State> {

  /** How often one head is tried. */
  static final int ATTEMPTS = 5;

  /** How many concluded decisions are watched for reorgs. */
  static final int WATCHED = 64;

  /** Agents that decide on the same heads must not all write their snapshots on one of them. */
  private static final int SNAPSHOT_EVERY = 150;

  private static final int SNAPSHOT_SPREAD = 100;

  private static final String TOO_LATE = "its deadline was over before it could be sent";

  // ---- State ----

  /**
   * All that survives a crash.
   *
   * @param last hash of the journal's last line
   * @param events how many lines the journal has
   * @param work the decision in hand
   * @param doubts decisions whose execution was reverted, the oldest first
   * @param recent concluded decisions within reach of a reorg, the oldest first
   * @param lastDecided the latest moment that is done with
   * @param stepSeconds of the vault's schedule as last seen; until it is, every head has a moment
   *     of its own
   */
  record State(
      Optional<AgentSpec> spec,
      Life life,
      Bytes32 last,
      long events,
      Work work,
      List<Proposal> doubts,
      List<Concluded> recent,
      long lastDecided,
      long stepSeconds,
      Tally tally) {

    static State of(String id) {
      return new State(
          Optional.empty(),
          Life.UNBORN,
          AgentRecord.origin(id),
          0,
          new Work.None(),
          List.of(),
          List.of(),
          0,
          1,
          Tally.ZERO);
    }

    long moment(Head head) {
      return head.timestamp() - head.timestamp() % stepSeconds;
    }

    /**
     * How many executions the vault has by this journal. Only the latest decision counts: each
     * holds the vault's nonce as it was, and every execution spends one.
     */
    BigInteger knownNonce() {
      return recent.stream()
          .map(concluded -> {
            BigInteger nonce = concluded.proposal().observation().state().nonce();
            return concluded.execution().isPresent() ? nonce.add(BigInteger.ONE) : nonce;
          })
          .reduce(BigInteger.ZERO, BigInteger::max);
    }

    private boolean worthProving(Prospect prospect) {
      boolean forTheRecord = spec.orElseThrow().pace().provesAll() && lasting(prospect) == null;
      return forTheRecord || worthSending(prospect);
    }

    private boolean worthSending(Prospect prospect) {
      return switch (prospect) {
        case Prospect.Trade _ -> true;
        case Prospect.Hold _ -> spec.orElseThrow().pace().sendsHolds();
        case Prospect.Nothing _ -> false;
      };
    }

    /** The newest execution that is not reverted. */
    Optional<Event.Execution> lastExecution() {
      // With every head: no streams over so many that have none.
      for (int i = recent.size() - 1; i >= 0; i--) {
        Optional<Event.Execution> execution = recent.get(i).execution();
        if (execution.isPresent()) {
          return execution;
        }
      }
      return Optional.empty();
    }

    /** Nothing is left to follow. */
    boolean atRest() {
      return work instanceof Work.None && doubts.isEmpty();
    }

    /** The state after one more line. */
    State after(AgentRecord line) {
      State next =
          switch (line.event()) {
            case Event.AgentCreated(AgentSpec created) -> withSpec(created).withLife(Life.ACTIVE);
            case Event.AgentPaused _ -> withLife(Life.PAUSED);
            case Event.AgentResumed _ -> withLife(Life.ACTIVE);
            case Event.AgentRetired _ -> withLife(Life.RETIRED);
            case Event.AgentAmended(AgentSpec amended) -> withSpec(amended);
            case Event.Unreadable _ -> this;
            case Event.DecisionMade(Proposal proposal, Prospect prospect) -> {
              State made =
                  withStep(proposal.observation().state().stepSeconds())
                      .withTally(tally.decision());
              yield worthProving(prospect)
                  ? made.withWork(new Work.Decided(proposal, prospect))
                  : made.conclude(new Concluded(proposal, Optional.empty()));
            }
            case Event.DecisionProven(ProvenIntent intent, Prospect prospect, Duration _) -> {
              State proven = withTally(tally.proof());
              yield worthSending(prospect)
                  ? proven.withWork(new Work.Proven(intent))
                  : proven
                      .withWork(new Work.None())
                      .conclude(new Concluded(intent.proposal(), Optional.empty()));
            }
            case Event.IntentSubmitted(Bytes32 _, BigInteger _) ->
                work instanceof Work.Proven(ProvenIntent intent)
                    ? withWork(new Work.Submitted(intent))
                    : this;
            case Event.IntentSettled settled -> settle(settled);
            case Event.IntentFailed failed -> fail(failed);
            case Event.HeadReverted reverted -> revert(reverted);
          };
      return new State(
          next.spec,
          next.life,
          line.hash(),
          events + 1,
          next.work,
          next.doubts,
          next.recent,
          next.lastDecided,
          next.stepSeconds,
          next.tally);
    }

    private State settle(Event.IntentSettled settled) {
      Optional<Proposal> proposal = inHand(settled.context());
      State cleared = without(settled.context()).withTally(tally.execution(settled.execution()));
      return proposal
          .map(p -> cleared.conclude(new Concluded(p, Optional.of(settled.execution()))))
          .orElse(cleared);
    }

    private State fail(Event.IntentFailed failed) {
      Optional<Proposal> proposal = inHand(failed.context());
      State counted =
          (failed.open() ? this : without(failed.context())).withTally(tally.failure(failed));
      return failed.leaving() && proposal.isPresent()
          ? counted.decidedUpTo(moment(proposal.get().head()))
          : counted;
    }

    /** The moments from the reverted decision's on are to be decided anew. */
    private State revert(Event.HeadReverted reverted) {
      Optional<Concluded> concluded =
          recent.stream().filter(c -> c.is(reverted.context())).findFirst();
      State kept = withTally(tally.revert());
      if (concluded.isEmpty()) {
        return work instanceof Work.Submitted ? kept : kept.without(reverted.context());
      }
      Proposal proposal = concluded.get().proposal();
      List<Concluded> others = recent.stream().filter(c -> !c.is(reverted.context())).toList();
      List<Proposal> inDoubt =
          reverted.executed()
              ? Stream.concat(Stream.of(proposal), doubts.stream()).toList()
              : doubts;
      return new State(
          spec,
          life,
          last,
          events,
          work,
          inDoubt,
          others,
          Math.min(lastDecided, moment(proposal.head()) - 1),
          stepSeconds,
          kept.tally);
    }

    private Optional<Proposal> inHand(Bytes32 context) {
      return Stream.concat(work.decision().stream(), doubts.stream())
          .filter(p -> p.context().equals(context))
          .findFirst();
    }

    private State without(Bytes32 context) {
      boolean worked = work.decision().filter(p -> p.context().equals(context)).isPresent();
      return new State(
          spec,
          life,
          last,
          events,
          worked ? new Work.None() : work,
          doubts.stream().filter(p -> !p.context().equals(context)).toList(),
          recent,
          lastDecided,
          stepSeconds,
          tally);
    }

    private State conclude(Concluded concluded) {
      List<Concluded> all = new ArrayList<>(recent);
      all.add(concluded);
      List<Concluded> kept = all.subList(Math.max(0, all.size() - WATCHED), all.size());
      return new State(
              spec,
              life,
              last,
              events,
              work,
              doubts,
              List.copyOf(kept),
              lastDecided,
              stepSeconds,
              tally)
          .decidedUpTo(moment(concluded.proposal().head()));
    }

    private State decidedUpTo(long moment) {
      return new State(
          spec,
          life,
          last,
          events,
          work,
          doubts,
          recent,
          Math.max(lastDecided, moment),
          stepSeconds,
          tally);
    }

    private State withSpec(AgentSpec created) {
      return new State(
          Optional.of(created),
          life,
          last,
          events,
          work,
          doubts,
          recent,
          lastDecided,
          stepSeconds,
          tally);
    }

    private State withLife(Life changed) {
      return new State(
          spec, changed, last, events, work, doubts, recent, lastDecided, stepSeconds, tally);
    }

    private State withWork(Work changed) {
      return new State(
          spec, life, last, events, changed, doubts, recent, lastDecided, stepSeconds, tally);
    }

    private State withStep(long changed) {
      return new State(spec, life, last, events, work, doubts, recent, lastDecided, changed, tally);
    }

    private State withTally(Tally changed) {
      return new State(
          spec, life, last, events, work, doubts, recent, lastDecided, stepSeconds, changed);
    }
  }

  /** The decision in hand. */
  sealed interface Work {

    default Optional<Proposal> decision() {
      return switch (this) {
        case None() -> Optional.empty();
        case Decided(Proposal proposal, Prospect _) -> Optional.of(proposal);
        case Proven(ProvenIntent intent) -> Optional.of(intent.proposal());
        case Submitted(ProvenIntent intent) -> Optional.of(intent.proposal());
      };
    }

    record None() implements Work {}

    record Decided(Proposal proposal, Prospect prospect) implements Work {}

    record Proven(ProvenIntent intent) implements Work {}

    /** It is sent, or was about to be. */
    record Submitted(ProvenIntent intent) implements Work {}
  }

  /** A decision that is done with, and its execution, unless it was kept. */
  record Concluded(Proposal proposal, Optional<Event.Execution> execution) {
    boolean is(Bytes32 context) {
      return proposal.context().equals(context);
    }
  }

  /** What an agent did, in numbers. */
  record Tally(
      long decisions,
      long proofs,
      long executions,
      long reverts,
      long failures,
      BigInteger gasSpent,
      String lastFailure) {

    static final Tally ZERO = new Tally(0, 0, 0, 0, 0, BigInteger.ZERO, "");

    Tally decision() {
      return new Tally(decisions + 1, proofs, executions, reverts, failures, gasSpent, lastFailure);
    }

    Tally proof() {
      return new Tally(decisions, proofs + 1, executions, reverts, failures, gasSpent, lastFailure);
    }

    Tally execution(Event.Execution execution) {
      BigInteger cost = execution.gasPrice().multiply(BigInteger.valueOf(execution.gasUsed()));
      return new Tally(
          decisions, proofs, executions + 1, reverts, failures, gasSpent.add(cost), lastFailure);
    }

    Tally revert() {
      return new Tally(decisions, proofs, executions, reverts + 1, failures, gasSpent, lastFailure);
    }

    Tally failure(Event.IntentFailed failed) {
      return new Tally(
          decisions,
          proofs,
          executions,
          reverts,
          failures + 1,
          gasSpent.add(failed.gasCost()),
          failed.step() + ": " + failed.reason());
    }
  }

  // ---- Commands ----

  /** What an agent understands. */
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

  /** The answer to a request. */
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

  private record Outfitted(AgentParts parts) implements Command {}

  private record OutfittingFailed(Throwable cause) implements Command {}

  private record Observed(long turn, Proposal proposal, Prospect prospect) implements Command {}

  private record ObservingFailed(long turn, Head head, Throwable cause) implements Command {}

  private record Answered(ProofQueue.Answer answer) implements Command {}

  private record Settled(long turn, Settlement settlement) implements Command {}

  private record SettlingFailed(long turn, Throwable cause) implements Command {}

  private record Stands(long turn, Proposal proposal, Standing standing) implements Command {}

  private record StandingFailed(long turn, Throwable cause) implements Command {}

  private record TryAgain() implements Command {}

  private record CarryOut(long turn) implements Command {}

  // ---- Events ----

  /**
   * What an agent's journal holds. A decision is named by its context: the digest of vault, chain,
   * model, nonce, deadline, moment and choice.
   */
  sealed interface Event {

    record AgentCreated(AgentSpec spec) implements Event {}

    /** Another model, payer or pace for the same vault. */
    record AgentAmended(AgentSpec spec) implements Event {}

    record AgentPaused(String reason) implements Event {}

    record AgentResumed() implements Event {}

    record AgentRetired(String reason) implements Event {}

    /**
     * The model decided, on these features and books, for this nonce, deadline and moment. If its
     * prospect is not worth a proof, the decision is done with.
     */
    record DecisionMade(Proposal proposal, Prospect prospect) implements Event {}

    /**
     * The proof, with all its public inputs. If its prospect is not worth sending, the decision is
     * done with.
     */
    record DecisionProven(ProvenIntent intent, Prospect prospect, Duration took) implements Event {}

    /** The intent is about to be sent. */
    record IntentSubmitted(Bytes32 context, BigInteger nonce) implements Event {}

    /** The vault executed it. */
    record IntentSettled(Bytes32 context, Execution execution) implements Event {}

    /**
     * A step failed.
     *
     * @param gasCost wei paid for nothing
     * @param open whether the decision is still in hand: what became of it is not known yet
     * @param leaving whether its moment is left
     */
    record IntentFailed(
        Bytes32 context,
        Step step,
        String reason,
        BigInteger gasCost,
        boolean open,
        boolean leaving)
        implements Event {}

    /**
     * A reorg took away the head that a decision was made on, or the block that executed it.
     *
     * @param executed whether it was the latter
     */
    record HeadReverted(long number, Bytes32 block, Bytes32 context, boolean executed)
        implements Event {}

    /** Bytes in a journal that are no line; nobody writes them as such. */
    record Unreadable(String why) implements Event {}

    /** An execution as its receipt has it; gas price in wei, deltas in the smallest unit. */
    record Execution(
        Bytes32 transaction,
        long blockNumber,
        Bytes32 block,
        long gasUsed,
        BigInteger gasPrice,
        BigInteger baseDelta,
        BigInteger quoteDelta) {

      static Execution of(Settlement.Executed executed) {
        return new Execution(
            executed.receipt().transactionHash(),
            executed.receipt().blockNumber(),
            executed.receipt().blockHash(),
            executed.receipt().gasUsed(),
            executed.receipt().effectiveGasPrice(),
            executed.baseDelta(),
            executed.quoteDelta());
      }
    }
  }

  // ---- Wiring ----

  /** What it is doing at the moment; follows from the state, and is found again after a crash. */
  private sealed interface Phase {}

  private record Outfitting() implements Phase {}

  private record Idle() implements Phase {}

  private record Observing(Head head) implements Phase {}

  private record Asking() implements Phase {}

  private record Proving(long since) implements Phase {}

  private record Settling(ProvenIntent intent, long since) implements Phase {}

  private record Pausing(@Nullable Head head) implements Phase {}

  /** Its journal does not hold, and what cannot be believed is not gone on from. */
  private record Broken() implements Phase {}

  /** A head, and when it came on this node's clock: together they say what time the chain has. */
  private record Arrival(Head head, Instant at) {
    Instant onClock(long timestamp) {
      return at.plusSeconds(timestamp - head.timestamp());
    }
  }

  private final String id;
  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final AgentHost host;
  private final ActorRef<ProofQueue.Answer> answers;

  private Phase phase = new Outfitting();
  private @Nullable AgentParts parts;
  private @Nullable Head waiting;
  private @Nullable Arrival newest;
  private long waitingSince;
  private long headSince;
  private long turn;
  private int failures;

  /** How often in a row it waited for others: for a block, or for nodes to agree. */
  private int standstills;

  private int outfittings;

  /** Why it is not equipped; null if it is, or has not been tried yet. */
  private @Nullable String lack;

  /** The step of the vault's schedule as seen since the start; 0 until then. */
  private long seenStep;

  /** The moments up to this one are left without a decision. */
  private long left;

  /** The highest nonce of the vault that was seen since the start. */
  private BigInteger seenNonce = BigInteger.ZERO;

  private boolean toldAhead;

  /** Why nothing can be executed whatever is decided, once that is told; null otherwise. */
  private @Nullable String hindrance;

  /** What is wrong with the journal, as a sentence. */
  private @Nullable String broken;

  static Behavior<Command> create(String id, AgentHost host) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new VaultAgent(id, context, timers, host)));
  }

  static PersistenceId persistenceId(String id) {
    return PersistenceId.of(AgentJournal.AGENTS, id);
  }

  private VaultAgent(
      String id, ActorContext<Command> context, TimerScheduler<Command> timers, AgentHost host) {
    super(
        persistenceId(id),
        SupervisorStrategy.restartWithBackoff(Duration.ofMillis(200), Duration.ofSeconds(10), 0.1));
    this.id = id;
    this.context = context;
    this.timers = timers;
    this.host = host;
    this.answers = context.messageAdapter(ProofQueue.Answer.class, Answered::new);
  }

  @Override
  public State emptyState() {
    return State.of(id);
  }

  @Override
  public EventHandler<State, AgentRecord> eventHandler() {
    return this::take;
  }

  /** The state after one more line, which must follow the line before it. */
  private State take(State state, AgentRecord line) {
    if (broken == null) {
      String fault = fault(state, line);
      if (fault == null) {
        return state.after(line);
      }
      broken =
          "The journal of agent %s does not hold, and the agent does nothing: line %d %s. Find out what happened by probity journal verify, and put back a copy."
              .formatted(id, state.events() + 1, fault);
    }
    return state;
  }

  private static @Nullable String fault(State state, AgentRecord line) {
    if (line.event() instanceof Event.Unreadable(String why)) {
      return "cannot be read (%s)".formatted(why);
    }
    return line.previous().equals(state.last())
        ? null
        : "does not follow the line before it, so one of the two was changed, moved or put in, or one is missing";
  }

  @Override
  public CommandHandler<Command, AgentRecord, State> commandHandler() {
    return newCommandHandlerBuilder().forAnyState().onAnyCommand(this::handle);
  }

  /** Snapshots shorten a recovery; events are the record and are never deleted. */
  @Override
  public RetentionCriteria retentionCriteria() {
    int spread = Math.floorMod(id.hashCode(), SNAPSHOT_SPREAD);
    return RetentionCriteria.snapshotEvery(SNAPSHOT_EVERY + spread, 2);
  }

  @Override
  public SignalHandler<State> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(RecoveryCompleted.instance(), this::recovered)
        .onSignal(PostStop.instance(), _ -> host.heads().tell(new HeadHub.Leave(context.getSelf())))
        .build();
  }

  private void recovered(State state) {
    timers.cancelAll();
    turn++;
    failures = 0;
    left = 0;
    seenStep = 0;
    hindrance = null;
    waiting = null;
    newest = null;
    String fault = broken;
    if (fault != null) {
      phase = new Broken();
      context.getLog().error(fault);
      tell(new AgentEvent.Stopped(fault));
      return;
    }
    if (state.work() instanceof Work.Submitted(ProvenIntent intent)) {
      // Whoever watches for intents that get stuck has to know of it from here on.
      tell(new AgentEvent.Submitted(intent));
    }
    if (state.life() != Life.UNBORN && mustRun(state)) {
      outfit(state);
    } else {
      phase = new Idle();
    }
  }

  private static boolean mustRun(State state) {
    return state.life() == Life.ACTIVE || !state.atRest();
  }

  // ---- Handlers, in the order of the spine ----

  private Effect<AgentRecord, State> handle(State state, Command message) {
    String fault = broken;
    if (fault != null) {
      return handleBroken(state, message, fault);
    }
    return switch (message) {
      case Request request -> onRequest(state, request);
      case Stop() -> Effect().stop();
      case Outfitted(AgentParts made) -> {
        parts = made;
        outfittings = 0;
        lack = null;
        host.heads().tell(new HeadHub.Join(context.getSelf()));
        proceed(state);
        yield Effect().none();
      }
      case OutfittingFailed(Throwable cause) -> {
        onOutfittingFailed(cause);
        yield Effect().none();
      }
      case NewHead(Head head, long since) -> {
        note(head, since);
        yield onHead(state, head, since);
      }
      case GoneHead(Head head) -> onGoneHead(state, head);
      case Observed(long of, Proposal proposal, Prospect prospect) when of == turn ->
          onObserved(state, proposal, prospect);
      case ObservingFailed(long of, Head head, Throwable cause) when of == turn ->
          onObservingFailed(state, head, reason(cause));
      case Answered(ProofQueue.Answer answer) -> onAnswer(state, answer);
      case Settled(long of, Settlement settlement) when of == turn ->
          onSettlement(state, settlement);
      case SettlingFailed(long of, Throwable cause) when of == turn ->
          onFailure(state, Step.SETTLING, reason(cause), BigInteger.ZERO, After.ASK);
      case Stands(long of, Proposal proposal, Standing standing) when of == turn ->
          onStanding(state, proposal, standing);
      case StandingFailed(long of, Throwable cause) when of == turn -> {
        failures++;
        pauseOn(null, Step.ASKING, reason(cause));
        yield Effect().none();
      }
      case TryAgain() -> onTryAgain(state);
      case CarryOut(long of) when of == turn -> carryOut(state);
      // Answers to questions of an earlier turn: a reorg or a restart has made them void.
      case Observed _,
          ObservingFailed _,
          Settled _,
          SettlingFailed _,
          Stands _,
          StandingFailed _,
          CarryOut _ ->
          Effect().none();
    };
  }

  private Effect<AgentRecord, State> handleBroken(State state, Command message, String fault) {
    return switch (message) {
      case Report report -> Effect().reply(report.replyTo(), report(state));
      case Request request -> Effect().reply(request.replyTo(), new Refused(fault));
      case Stop() -> Effect().stop();
      default -> Effect().none();
    };
  }

  private Effect<AgentRecord, State> onRequest(State state, Request request) {
    return switch (request) {
      case Report report -> Effect().reply(report.replyTo(), report(state));
      case Create(AgentSpec spec, boolean amends, var replyTo) -> {
        if (state.life() == Life.UNBORN) {
          yield record(state, new Event.AgentCreated(spec))
              .thenRun((State now) -> {
                tell(new AgentEvent.LifeChanged(now.life(), ""));
                outfit(now);
              })
              .thenReply(replyTo, this::report);
        }
        AgentSpec own = state.spec().orElseThrow();
        // Asking twice for the same is no error: whoever asked may not have heard the answer.
        if (own.equals(spec)) {
          yield Effect().reply(replyTo, report(state));
        }
        if (!amends || !own.vault().equals(spec.vault())) {
          yield Effect()
              .reply(
                  replyTo,
                  new Refused(
                      "There is an agent %s already, for vault %s: choose another id."
                          .formatted(id, own.vault())));
        }
        yield record(state, new Event.AgentAmended(spec))
            .thenRun((State now) -> {
              parts = null;
              turn++;
              if (mustRun(now)) {
                outfit(now);
              }
            })
            .thenReply(replyTo, this::report);
      }
      case Pause(String why, var replyTo) ->
          switch (state.life()) {
            case ACTIVE ->
                record(state, withGivenUp(state, new Event.AgentPaused(why), "paused: " + why))
                    .thenRun(this::rest)
                    .thenReply(replyTo, this::report);
            case PAUSED -> Effect().reply(replyTo, report(state));
            case UNBORN, RETIRED -> Effect().reply(replyTo, impossible(state, "paused"));
          };
      case Resume(var replyTo) ->
          switch (state.life()) {
            case PAUSED ->
                record(state, new Event.AgentResumed())
                    .thenRun(this::wake)
                    .thenReply(replyTo, this::report);
            case ACTIVE -> Effect().reply(replyTo, report(state));
            case UNBORN, RETIRED -> Effect().reply(replyTo, impossible(state, "resumed"));
          };
      case Retire(String why, var replyTo) ->
          switch (state.life()) {
            case ACTIVE, PAUSED ->
                record(state, withGivenUp(state, new Event.AgentRetired(why), "retired: " + why))
                    .thenRun(this::rest)
                    .thenReply(replyTo, this::report);
            case RETIRED -> Effect().reply(replyTo, report(state));
            case UNBORN -> Effect().reply(replyTo, impossible(state, "retired"));
          };
    };
  }

  /** Who stops deciding gives up what is not sent yet. */
  private static Event[] withGivenUp(State state, Event event, String why) {
    return switch (state.work()) {
      case Work.None(), Work.Submitted _ -> new Event[] {event};
      case Work.Decided(Proposal proposal, Prospect _) ->
          new Event[] {event, dropped(proposal, why)};
      case Work.Proven(ProvenIntent intent) -> new Event[] {event, dropped(intent.proposal(), why)};
    };
  }

  private static Event dropped(Proposal proposal, String why) {
    return new Event.IntentFailed(
        proposal.context(), Step.ASKING, why, BigInteger.ZERO, false, false);
  }

  private void rest(State state) {
    tell(new AgentEvent.LifeChanged(state.life(), ""));
    waiting = null;
    if (state.work() instanceof Work.None) {
      withdrawOrder();
      turn++;
      timers.cancelAll();
      proceedIfOutfitted(state);
    }
  }

  private void wake(State state) {
    tell(new AgentEvent.LifeChanged(state.life(), ""));
    if (parts == null) {
      outfit(state);
    } else {
      host.heads().tell(new HeadHub.Join(context.getSelf()));
    }
  }

  private void outfit(State state) {
    phase = new Outfitting();
    AgentSpec spec = state.spec().orElseThrow();
    ask(() -> host.outfitter().outfit(spec), Outfitted::new, OutfittingFailed::new);
  }

  private void onOutfittingFailed(Throwable cause) {
    outfittings++;
    Duration pause = host.retry().pause(outfittings);
    lack = Step.OUTFITTING + ": " + reason(cause);
    context.getLog().warn("Agent {} is not equipped, again in {}: {}", id, pause, reason(cause));
    tell(new AgentEvent.Failed(null, Step.OUTFITTING, reason(cause), outfittings, pause));
    phase = new Pausing(null);
    timers.startSingleTimer(TryAgain.class, new TryAgain(), pause);
  }

  private Effect<AgentRecord, State> onTryAgain(State state) {
    if (phase instanceof Pausing(Head failed)) {
      if (parts == null) {
        outfit(state);
      } else if (state.atRest() && failed != null && state.life() == Life.ACTIVE) {
        observe(newest(failed));
      } else {
        proceed(state);
      }
    }
    return Effect().none();
  }

  private void proceedIfOutfitted(State state) {
    if (parts != null) {
      proceed(state);
    }
  }

  /** Does what the state asks for next. */
  private void proceed(State state) {
    if (!state.doubts().isEmpty()) {
      askStanding(state.doubts().getFirst());
    } else if (state.work().decision().isPresent()) {
      askStanding(state.work().decision().get());
    } else {
      phase = new Idle();
      if (state.life() == Life.ACTIVE) {
        takeWaiting(state);
      } else {
        host.heads().tell(new HeadHub.Leave(context.getSelf()));
        host.shard().ifPresent(shard -> shard.accept(context.getSelf()));
      }
    }
  }

  private void takeWaiting(State state) {
    Head next = waiting;
    waiting = null;
    if (next != null && isNews(state, next)) {
      observe(next);
    }
  }

  /**
   * Whether {@code head} is of a moment that is not done with, and shows the last execution: on a
   * head before it the vault would ask for a nonce that is spent.
   */
  private boolean isNews(State state, Head head) {
    return moment(state, head) > Math.max(state.lastDecided(), left)
        && state.lastExecution().filter(e -> e.blockNumber() > head.number()).isEmpty();
  }

  /** A head that is brought again, to whoever joins late, came when it first came. */
  private void note(Head head, long since) {
    if (newest == null || !newest.head().equals(head)) {
      newest = new Arrival(head, host.clock().instant().minusNanos(System.nanoTime() - since));
    }
  }

  private Effect<AgentRecord, State> onHead(State state, Head head, long since) {
    if (state.life() != Life.ACTIVE || !isNews(state, head)) {
      return Effect().none();
    }
    switch (phase) {
      case Idle() -> {
        waitingSince = since;
        observe(head);
      }
      case Pausing(Head failed)
          when failed != null && state.atRest() && moment(state, failed) < moment(state, head) -> {
        // A new moment is a new chance; what failed belongs to an old one.
        timers.cancel(TryAgain.class);
        failures = 0;
        waitingSince = since;
        observe(head);
      }
      case Outfitting() -> await(head, since);
      case Proving _ -> {
        await(head, since);
        if (state
            .work()
            .decision()
            .filter(p -> moment(state, p.head()) < moment(state, head))
            .isPresent()) {
          withdrawOrder();
        }
      }
      case Observing _, Asking _, Settling _, Pausing _ -> await(head, since);
      case Broken() -> {}
    }
    return Effect().none();
  }

  private void await(Head head, long since) {
    if (waiting != null) {
      tell(new AgentEvent.Dropped(waiting, head));
    }
    waiting = head;
    waitingSince = since;
  }

  private void observe(Head head) {
    if (head.equals(waiting)) {
      waiting = null;
    }
    AgentParts own = own();
    phase = new Observing(head);
    long of = ++turn;
    headSince = waitingSince;
    tell(new AgentEvent.Taken(head));
    long began = System.nanoTime();
    CompletionStage<Observed> observed =
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
                proposal -> new Observed(of, proposal, own.venue().prospect(proposal)),
                host.threads());
    context.pipeToSelf(
        observed,
        (value, cause) -> {
          Ending.passOn(cause);
          return cause == null ? value : new ObservingFailed(of, head, cause);
        });
  }

  private Effect<AgentRecord, State> onObservingFailed(State state, Head head, String reason) {
    failures++;
    if (failures >= ATTEMPTS) {
      tell(new AgentEvent.Failed(head, Step.OBSERVING, reason, failures, Duration.ZERO));
      leave(moment(state, head));
      proceed(state);
    } else {
      pauseOn(newest(head), Step.OBSERVING, reason);
    }
    return Effect().none();
  }

  private void leave(long moment) {
    left = Math.max(left, moment);
    failures = 0;
  }

  private Effect<AgentRecord, State> onObserved(State state, Proposal proposal, Prospect prospect) {
    Head head = proposal.head();
    Observation seen = proposal.observation();
    Head newer = waiting;
    long step = seen.state().stepSeconds();
    seenStep = step;
    if (newer != null && moment(newer, step) > moment(head, step)) {
      tell(new AgentEvent.Dropped(head, newer));
      failures = 0;
      waiting = null;
      observe(newer);
      return Effect().none();
    }
    List<Event> lost = lostExecutions(state, head, seen.state().nonce());
    if (!lost.isEmpty()) {
      // The chain forgot executions while nobody looked.
      waiting = newest(head);
      return record(state, lost.toArray(Event[]::new))
          .thenRun(
              _ -> waitForOthers(Step.OBSERVING, "the vault does not show its last execution"));
    }
    compareNonce(state, head, seen.state().nonce());
    standstills = 0;
    if (seen.asOf() <= seen.state().lastAsOf()) {
      tell(new AgentEvent.Past(head, seen.asOf()));
      leave(moment(head, step));
      proceed(state);
      return Effect().none();
    }
    String why = lasting(prospect);
    boolean told = hindrance != null;
    hindrance = why;
    if (told && why != null) {
      leave(moment(head, step));
      proceed(state);
      return Effect().none();
    }
    return record(state, new Event.DecisionMade(proposal, prospect))
        .thenRun(now -> {
          tell(timed(head, Stage.HEAD_TO_DECISION, System.nanoTime() - headSince));
          if (told) {
            tell(new AgentEvent.Unhindered(head));
          }
          tell(new AgentEvent.Decided(proposal, prospect));
          if (why != null) {
            tell(new AgentEvent.Hindered(head, why));
          }
          if (now.work() instanceof Work.Decided) {
            prove(proposal);
          } else {
            failures = 0;
            proceed(now);
          }
        });
  }

  private static @Nullable String lasting(Prospect prospect) {
    return prospect instanceof Prospect.Nothing nothing && nothing.lasting()
        ? nothing.reason()
        : null;
  }

  /**
   * Tells once if the vault has executed what the journal does not know of. Nothing is stopped: the
   * next decision is for the vault's own nonce, so nothing is executed twice.
   */
  private void compareNonce(State state, Head head, BigInteger nonce) {
    BigInteger known = state.knownNonce().max(seenNonce);
    seenNonce = seenNonce.max(nonce);
    if (!toldAhead && nonce.compareTo(known) > 0) {
      toldAhead = true;
      tell(new AgentEvent.Ahead(head, state.spec().orElseThrow().vault(), nonce, known));
    }
  }

  /** The moment of {@code head} on the vault's schedule as last seen. */
  private long moment(State state, Head head) {
    return moment(head, seenStep > 0 ? seenStep : state.stepSeconds());
  }

  private static long moment(Head head, long step) {
    return head.timestamp() - head.timestamp() % step;
  }

  /** Executions in the journal that the vault, by its nonce, has not seen. */
  private static List<Event> lostExecutions(State state, Head head, BigInteger nonce) {
    List<Event> lost = new ArrayList<>();
    for (int i = state.recent().size() - 1; i >= 0; i--) {
      Concluded concluded = state.recent().get(i);
      if (concluded.execution().isEmpty()) {
        continue;
      }
      Event.Execution execution = concluded.execution().get();
      if (execution.blockNumber() <= head.number()
          && concluded.proposal().observation().state().nonce().compareTo(nonce) >= 0) {
        lost.add(
            new Event.HeadReverted(
                execution.blockNumber(), execution.block(), concluded.proposal().context(), true));
      }
    }
    return lost;
  }

  private void prove(Proposal proposal) {
    phase = new Proving(System.nanoTime());
    turn++;
    host.proofs()
        .tell(new ProofQueue.Order(turn, own().cycle(), proposal, expiry(proposal), answers));
  }

  /**
   * The deadline, on this node's clock. An agent that has just come back may not have seen a head
   * yet; it has asked the venue, which knows the chain's own time, and gives the head that it
   * decided on for now.
   */
  private Instant expiry(Proposal proposal) {
    Arrival seen = newest;
    return (seen == null ? new Arrival(proposal.head(), host.clock().instant()) : seen)
        .onClock(proposal.deadline());
  }

  private boolean isLate(Proposal proposal) {
    return host.clock().instant().isAfter(expiry(proposal));
  }

  private void withdrawOrder() {
    if (phase instanceof Proving) {
      host.proofs().tell(new ProofQueue.Withdraw(turn, answers));
    }
  }

  private Effect<AgentRecord, State> onAnswer(State state, ProofQueue.Answer answer) {
    if (answer.ticket() != turn
        || !(phase instanceof Proving(long since))
        || !(state.work() instanceof Work.Decided(Proposal proposal, Prospect prospect))) {
      return Effect().none();
    }
    return switch (answer) {
      case ProofQueue.Proved(long _, ProvenIntent intent, Duration took) ->
          record(state, new Event.DecisionProven(intent, prospect, took))
              .thenRun(now -> {
                tell(timed(proposal.head(), Stage.PROVE, System.nanoTime() - since));
                tell(new AgentEvent.Proved(intent, took));
                if (now.work() instanceof Work.Proven) {
                  context.getSelf().tell(new CarryOut(turn));
                } else {
                  tell(new AgentEvent.Kept(intent, prospect));
                  failures = 0;
                  proceed(now);
                }
              });
      case ProofQueue.Unsound(long _, var verdict) ->
          onFailure(
              state,
              Step.CHECKING,
              "its own verifier says " + verdict + "; not sent",
              BigInteger.ZERO,
              After.TRY_AGAIN);
      case ProofQueue.Failed(long _, String why) ->
          onFailure(state, Step.PROVING, why, BigInteger.ZERO, After.TRY_AGAIN);
      case ProofQueue.Dropped(long _, String why) -> {
        Head head = proposal.head();
        yield record(
                state,
                new Event.IntentFailed(
                    proposal.context(), Step.PROVING, why, BigInteger.ZERO, false, true))
            .thenRun(now -> {
              tell(new AgentEvent.Dropped(head, newest(head)));
              failures = 0;
              proceed(now);
            });
      }
    };
  }

  /** What a decision in hand that may still be executed asks for. */
  private Effect<AgentRecord, State> carryOut(State state) {
    return switch (state.work()) {
      case Work.None() -> {
        proceed(state);
        yield Effect().none();
      }
      case Work.Decided(Proposal proposal, Prospect _) -> {
        prove(proposal);
        yield Effect().none();
      }
      case Work.Proven(ProvenIntent intent) ->
          isLate(intent.proposal())
              ? dropLate(state, intent.proposal())
              : record(state, new Event.IntentSubmitted(intent.context(), intent.nonce()))
                  .thenRun(_ -> send(intent));
      case Work.Submitted(ProvenIntent intent) -> {
        if (isLate(intent.proposal())) {
          // A block of the last moment may still have it: whether it has is the venue's to say.
          waitForOthers(Step.ASKING, TOO_LATE);
        } else {
          send(intent);
        }
        yield Effect().none();
      }
    };
  }

  private Effect<AgentRecord, State> dropLate(State state, Proposal proposal) {
    return record(
            state,
            new Event.IntentFailed(
                proposal.context(), Step.SETTLING, TOO_LATE, BigInteger.ZERO, false, true))
        .thenRun(now -> {
          tell(new AgentEvent.Dropped(proposal.head(), newest(proposal.head())));
          failures = 0;
          proceed(now);
        });
  }

  /** Sends it, unless its deadline has passed at the moment at which it would leave. */
  private void send(ProvenIntent intent) {
    AgentParts own = own();
    Instant expiry = expiry(intent.proposal());
    settle(
        intent,
        () ->
            host.clock().instant().isAfter(expiry)
                ? new Settlement.Refused(TOO_LATE, Optional.empty())
                : own.venue().submit(intent));
  }

  /** Follows what the venue has already; nothing is sent anew. */
  private void follow(ProvenIntent intent) {
    AgentParts own = own();
    settle(intent, () -> own.venue().submit(intent));
  }

  private void settle(ProvenIntent intent, Supplier<Settlement> step) {
    phase = new Settling(intent, System.nanoTime());
    long of = ++turn;
    tell(new AgentEvent.Submitted(intent));
    ask(step, settlement -> new Settled(of, settlement), cause -> new SettlingFailed(of, cause));
  }

  private Effect<AgentRecord, State> onSettlement(State state, Settlement settlement) {
    if (phase instanceof Settling(ProvenIntent intent, long since)) {
      tell(timed(intent.proposal().head(), Stage.SETTLE, System.nanoTime() - since));
    }
    return state
        .work()
        .decision()
        .map(proposal -> onSettlement(state, proposal, settlement))
        .orElseGet(() -> Effect().none());
  }

  private Effect<AgentRecord, State> onSettlement(
      State state, Proposal proposal, Settlement settlement) {
    return switch (settlement) {
      case Settlement.Executed executed ->
          record(state, new Event.IntentSettled(proposal.context(), Event.Execution.of(executed)))
              .thenRun(now -> {
                tell(new AgentEvent.Executed(proposal, executed));
                failures = 0;
                proceed(now);
              });
      case Settlement.Refused refused ->
          onFailure(
              state,
              proposal,
              Step.SETTLING,
              refused.reason(),
              refused.receipt().map(Receipt::gasCost).orElse(BigInteger.ZERO),
              refused.lasting() ? After.LEAVE : After.TRY_AGAIN);
      case Settlement.Unsettled unsettled ->
          onFailure(state, proposal, Step.SETTLING, unsettled.reason(), BigInteger.ZERO, After.ASK);
    };
  }

  // ---- What has become of it ----

  private void askStanding(Proposal proposal) {
    AgentParts own = own();
    phase = new Asking();
    long of = ++turn;
    ask(
        () -> own.venue().standing(proposal),
        standing -> new Stands(of, proposal, standing),
        cause -> new StandingFailed(of, cause));
  }

  private Effect<AgentRecord, State> onStanding(State state, Proposal proposal, Standing standing) {
    boolean inDoubt = state.doubts().contains(proposal);
    return switch (standing) {
      case Standing.Concluded(Settlement settlement) -> onSettlement(state, proposal, settlement);
      case Standing.Underway(String detail) -> {
        if (!inDoubt && state.work() instanceof Work.Submitted(ProvenIntent intent)) {
          follow(intent);
        } else {
          waitForOthers(Step.ASKING, detail);
        }
        yield Effect().none();
      }
      case Standing.Open() ->
          inDoubt
              ? giveUp(state, proposal, "its execution was reverted and is not on its way")
              : carryOut(state);
      case Standing.Void(String why) -> giveUp(state, proposal, why);
    };
  }

  /** It was not executed and will not be: its moment may be decided anew, if it is not over. */
  private Effect<AgentRecord, State> giveUp(State state, Proposal proposal, String why) {
    return record(
            state,
            new Event.IntentFailed(
                proposal.context(), Step.ASKING, why, BigInteger.ZERO, false, false))
        .thenRun(now -> {
          tell(new AgentEvent.Failed(proposal.head(), Step.ASKING, why, 1, Duration.ZERO));
          proceed(now);
        });
  }

  // ---- Reorgs ----

  private Effect<AgentRecord, State> onGoneHead(State state, Head gone) {
    if (waiting != null && waiting.hash().equals(gone.hash())) {
      waiting = null;
    }
    left = 0;
    if (phase instanceof Observing(Head head) && head.hash().equals(gone.hash())) {
      turn++;
      phase = new Idle();
    } else if (phase instanceof Pausing(Head head)
        && head != null
        && head.hash().equals(gone.hash())
        && state.atRest()) {
      timers.cancel(TryAgain.class);
      phase = new Idle();
    }
    List<Event> events = new ArrayList<>();
    state
        .work()
        .decision()
        .filter(proposal -> proposal.head().hash().equals(gone.hash()))
        .ifPresent(proposal -> events.add(reverted(gone, proposal, false)));
    for (Concluded concluded : state.recent().reversed()) {
      boolean executedThere =
          concluded.execution().filter(e -> e.block().equals(gone.hash())).isPresent();
      boolean decidedThere = concluded.proposal().head().hash().equals(gone.hash());
      if (executedThere || decidedThere) {
        events.add(reverted(gone, concluded.proposal(), executedThere));
      }
    }
    if (events.isEmpty()) {
      return Effect().none();
    }
    boolean unsent = state.work() instanceof Work.Decided || state.work() instanceof Work.Proven;
    boolean dropsWork =
        unsent
            && events.getFirst() instanceof Event.HeadReverted(_, _, var c, _)
            && state.work().decision().filter(p -> p.context().equals(c)).isPresent();
    return record(state, events.toArray(Event[]::new))
        .thenRun(now -> {
          tellReverted(state, gone, events);
          if (dropsWork) {
            withdrawOrder();
            turn++;
            failures = 0;
            proceed(now);
          } else if (phase instanceof Idle) {
            proceed(now);
          }
        });
  }

  private static Event.HeadReverted reverted(Head gone, Proposal proposal, boolean executed) {
    return new Event.HeadReverted(gone.number(), gone.hash(), proposal.context(), executed);
  }

  private void tellReverted(State before, Head gone, List<Event> events) {
    for (Event event : events) {
      if (event instanceof Event.HeadReverted(long _, Bytes32 _, Bytes32 of, boolean executed)) {
        Stream.concat(
                before.work().decision().stream(),
                before.recent().stream().map(Concluded::proposal))
            .filter(proposal -> proposal.context().equals(of))
            .findFirst()
            .ifPresent(proposal -> tell(new AgentEvent.Reverted(proposal, gone, executed)));
      }
    }
  }

  // ---- Failures ----

  /** What there is to do after a failure. */
  private enum After {
    /** Another attempt at the moment, if there were not too many. */
    TRY_AGAIN,
    /** To ask what has become of it: the decision stays in hand. */
    ASK,
    /** Nothing for this moment. */
    LEAVE
  }

  private Effect<AgentRecord, State> onFailure(
      State state, Step step, String reason, BigInteger gasCost, After after) {
    return state
        .work()
        .decision()
        .map(proposal -> onFailure(state, proposal, step, reason, gasCost, after))
        .orElseGet(() -> Effect().none());
  }

  private Effect<AgentRecord, State> onFailure(
      State state, Proposal proposal, Step step, String reason, BigInteger gasCost, After after) {
    failures++;
    boolean open = after == After.ASK;
    boolean leaving = after == After.LEAVE || !open && failures >= ATTEMPTS;
    Head head = proposal.head();
    return record(
            state, new Event.IntentFailed(proposal.context(), step, reason, gasCost, open, leaving))
        .thenRun(now -> {
          if (leaving) {
            tell(new AgentEvent.Failed(head, step, reason, failures, Duration.ZERO));
            failures = 0;
            proceed(now);
          } else {
            pauseOn(open ? null : newest(head), step, reason);
          }
        });
  }

  /** Waits for a block, or for nodes to agree: ever longer, since asking may change nothing. */
  private void waitForOthers(Step step, String why) {
    standstills++;
    pauseOn(null, step, why);
  }

  /**
   * Waits before the next attempt.
   *
   * @param head to be tried again; null if the state says what to do next
   */
  private void pauseOn(@Nullable Head head, Step step, String reason) {
    int attempt = Math.max(1, Math.max(failures, standstills));
    Duration pause = own().retry().pause(attempt);
    context.getLog().info("Agent {}: {} failed ({}): {}", id, step, attempt, reason);
    tell(new AgentEvent.Failed(head, step, reason, attempt, pause));
    phase = new Pausing(head);
    timers.startSingleTimer(TryAgain.class, new TryAgain(), pause);
  }

  // ---- The rest ----

  private EffectBuilder<AgentRecord, State> record(State state, Event... events) {
    Instant now = host.clock().instant();
    List<AgentRecord> lines = new ArrayList<>();
    Bytes32 last = state.last();
    for (Event event : events) {
      AgentRecord line = AgentRecord.after(last, now, event);
      lines.add(line);
      last = line.hash();
    }
    long began = System.nanoTime();
    return Effect()
        .persist(lines)
        .thenRun((State _) -> {
          for (Event event : events) {
            host.written().accept(id, event);
          }
          state
              .work()
              .decision()
              .ifPresent(p -> tell(timed(p.head(), Stage.JOURNAL, System.nanoTime() - began)));
        });
  }

  private Reply report(State state) {
    return state
        .spec()
        .<Reply>map(spec ->
            new Told(
                new AgentStatus(
                    spec,
                    state.life(),
                    doing(state),
                    host.node(),
                    state.lastDecided(),
                    state.events(),
                    state.tally().decisions(),
                    state.tally().proofs(),
                    state.tally().executions(),
                    state.tally().reverts(),
                    state.tally().failures(),
                    state.tally().gasSpent(),
                    shownFailure(state))))
        .orElseGet(() -> impossible(state, "asked"));
  }

  /** What keeps it from acting now, before what failed last. */
  private String shownFailure(State state) {
    if (broken != null) {
      return broken;
    }
    if (lack != null) {
      return lack;
    }
    return hindrance == null ? state.tally().lastFailure() : hindrance;
  }

  private String doing(State state) {
    return switch (phase) {
      case Outfitting() -> "getting ready";
      case Idle() -> state.life() == Life.ACTIVE ? "waiting for a head" : "resting";
      case Observing(Head head) -> "reading head " + head.number();
      case Asking() -> "asking what has become of its last decision";
      case Proving _ -> "waiting for a proof";
      case Settling _ -> "waiting for its execution";
      case Pausing _ -> "waiting to try again";
      case Broken() -> "nothing, since its journal does not hold";
    };
  }

  private Reply impossible(State state, String what) {
    return new Refused(
        state.life() == Life.UNBORN
            ? "There is no agent %s: list the agents to see which there are.".formatted(id)
            : "Agent %s is retired and cannot be %s: create another one.".formatted(id, what));
  }

  /** Runs a blocking step on a virtual thread; its outcome comes back as a message. */
  private <T> void ask(
      Supplier<T> step, Function<T, Command> answer, Function<Throwable, Command> failure) {
    context.pipeToSelf(
        CompletableFuture.supplyAsync(step, host.threads()),
        (value, cause) -> {
          Ending.passOn(cause);
          return cause == null ? answer.apply(value) : failure.apply(cause);
        });
  }

  private AgentParts own() {
    return Objects.requireNonNull(parts, "an agent acts only once it is equipped");
  }

  private Head newest(Head head) {
    return waiting == null ? head : waiting;
  }

  private static AgentEvent.Timed timed(Head head, Stage stage, long nanos) {
    return new AgentEvent.Timed(head, stage, Duration.ofNanos(nanos));
  }

  private void tell(AgentEvent event) {
    try {
      host.listener().on(id, event);
    } catch (RuntimeException e) {
      // Whoever watches badly does not stop an agent from acting.
      context.getLog().error("A listener failed on {}", event, e);
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
