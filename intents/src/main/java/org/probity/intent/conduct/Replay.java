package org.probity.intent.conduct;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.probity.chain.Head;
import org.probity.chain.Receipt;
import org.probity.ground.Bytes32;
import org.probity.intent.Observation;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.ProvenIntent;
import org.probity.intent.Settlement;
import org.probity.intent.Standing;
import org.probity.intent.conduct.AgentState.Concluded;
import org.probity.intent.conduct.AgentState.Work;
import org.probity.intent.conduct.Event.Aftermath;
import org.probity.intent.policy.Plan;

/**
 * Goes through a journal as its agent did: each event must be what {@link Conduct} gives, in the
 * state that the events before it add up to, for some input. What a journal does not hold (heads
 * that came, attempts that failed before a decision) is taken as the event needs it.
 */
public final class Replay {

  private static final Retry NO_PAUSE = new Retry(Duration.ZERO, Duration.ZERO);
  private static final Instant NOW = Instant.EPOCH;

  private final String id;
  private AgentState state = AgentState.UNBORN;

  /** What may have to follow, by each input that explains the event before: lines of one write. */
  private Set<List<Event>> promised = Set.of(List.of());

  public Replay(String id) {
    this.id = id;
  }

  /** What the events so far add up to. */
  public AgentState state() {
    return state;
  }

  /**
   * Takes the next event.
   *
   * @return why no agent would have written it here, as a clause; empty if one would
   */
  public Optional<String> take(Event event) {
    Optional<String> fault = fault(event);
    state = state.after(event);
    return fault;
  }

  private Optional<String> fault(Event event) {
    Set<List<Event>> after = new HashSet<>();
    for (List<Event> rest : promised) {
      if (!rest.isEmpty() && rest.getFirst().equals(event)) {
        after.add(rest.subList(1, rest.size()));
      }
    }
    boolean complete = promised.contains(List.of());
    if (complete) {
      explanations(event)
          .map(attempt -> attempt.input.apply(new Conduct(id, state, attempt.known)).events())
          .filter(given -> !given.isEmpty() && given.getFirst().equals(event))
          .forEach(given -> after.add(given.subList(1, given.size())));
    }
    if (after.isEmpty()) {
      String why =
          complete
              ? "no agent writes this in the state that the lines before lead to"
              : "an agent writes another line together with the one before";
      promised = Set.of(List.of());
      return Optional.of(why);
    }
    promised = after;
    return Optional.empty();
  }

  /** An input, and what the agent knew besides its journal when it came. */
  private record Cause(SoftState known, Function<Conduct, Conduct.Next> input) {
    static Cause of(SoftState known, Input input) {
      return new Cause(known, conduct -> conduct.on(NOW, input));
    }
  }

  private Stream<Cause> explanations(Event event) {
    return switch (event) {
      case Event.AgentCreated(AgentSpec spec) ->
          Stream.of(Cause.of(idle(), new Input.Create(spec, false)));
      case Event.AgentAmended(AgentSpec spec) ->
          Stream.of(Cause.of(idle(), new Input.Create(spec, true)));
      case Event.AgentPaused(String why) -> Stream.of(Cause.of(idle(), new Input.Pause(why)));
      case Event.AgentResumed() -> Stream.of(Cause.of(idle(), new Input.Resume()));
      case Event.AgentRetired(String why) -> Stream.of(Cause.of(idle(), new Input.Retire(why)));
      case Event.DecisionMade(Proposal proposal, Prospect prospect) ->
          !state.atRest()
              ? Stream.of()
              : prospect instanceof Prospect.NotNow(String why)
                  ? Stream.of(
                      Cause.of(
                          postponed(proposal, why), new Input.NewHead(ofNextMoment(proposal), NOW)))
                  : Stream.of(observed(proposal, prospect));
      case Event.DecisionProven(ProvenIntent intent, var _, Duration took) ->
          intent.proposal().equals(state.work().decision().orElse(null))
              ? Stream.of(Cause.of(in(new Phase.Proving()), new Input.Proved(0, intent, took)))
              : Stream.of();
      case Event.IntentSubmitted _ ->
          Stream.of(Cause.of(in(new Phase.Proving()), new Input.Continued(0)));
      case Event.IntentSettled(Bytes32 context, Event.Execution execution) ->
          settled(context, executed(execution), Replay::in);
      case Event.IntentFailed failed -> failures(failed);
      case Event.HeadReverted reverted -> reverts(reverted);
      case Event.Unreadable _ -> Stream.of();
    };
  }

  private Stream<Cause> failures(Event.IntentFailed failed) {
    String why = failed.reason();
    return switch (failed.step()) {
      case PROVING ->
          failed.aftermath() == Aftermath.LEFT
              ? Stream.of(
                  Cause.of(in(new Phase.Proving()), new Input.Withdrawn(0, why)),
                  Cause.of(tired(new Phase.Proving()), new Input.NotProved(0, Step.PROVING, why)))
              : Stream.of(
                  Cause.of(in(new Phase.Proving()), new Input.NotProved(0, Step.PROVING, why)));
      case CHECKING ->
          Stream.of(in(new Phase.Proving()), tired(new Phase.Proving()))
              .map(known -> Cause.of(known, new Input.NotProved(0, Step.CHECKING, why)));
      case SETTLING -> unsettled(failed);
      case ASKING ->
          open(failed.context())
              .flatMap(proposal ->
                  Stream.of(new Standing.Void(why), new Standing.Open())
                      .map(standing ->
                          Cause.of(
                              in(new Phase.Asking()), new Input.Stands(0, proposal, standing))));
      case OUTFITTING, OBSERVING -> Stream.of();
    };
  }

  private Stream<Cause> unsettled(Event.IntentFailed failed) {
    String why = failed.reason();
    Stream<Cause> late =
        state.work() instanceof Work.Proven(ProvenIntent intent)
            ? Stream.of(late(intent.proposal()))
            : Stream.of();
    Optional<Receipt> receipt = receipt(failed.gasCost());
    Stream<Cause> settled =
        switch (failed.aftermath()) {
          case OPEN -> settled(failed.context(), new Settlement.Unsettled(why), Replay::in);
          case AGAIN -> settled(failed.context(), new Settlement.NotNow(why, receipt), Replay::in);
          case RETRY -> settled(failed.context(), new Settlement.Refused(why, receipt), Replay::in);
          case LEFT ->
              Stream.concat(
                  settled(failed.context(), new Settlement.Refused(why, receipt), Replay::tired),
                  missed(why));
        };
    return Stream.concat(late, settled);
  }

  /** The head of a later moment comes, and the proven decision was refused until then. */
  private Stream<Cause> missed(String why) {
    return state.work() instanceof Work.Proven(ProvenIntent intent)
        ? Stream.of(
            Cause.of(
                postponed(intent.proposal(), why),
                new Input.NewHead(ofNextMoment(intent.proposal()), NOW)))
        : Stream.of();
  }

  private static SoftState postponed(Proposal proposal, String why) {
    SoftState known = inStep(new Phase.Idle(), proposal.observation());
    known.postponed = new SoftState.Postponed(proposal, why);
    return known;
  }

  private static Head ofNextMoment(Proposal proposal) {
    Head head = proposal.head();
    return new Head(
        Long.MAX_VALUE,
        head.hash(),
        head.parentHash(),
        head.timestamp() + proposal.observation().state().stepSeconds(),
        head.baseFee());
  }

  /** Of the decision that was sent, or of one in doubt. */
  private Stream<Cause> settled(
      Bytes32 context, Settlement settlement, Function<Phase, SoftState> known) {
    boolean sent =
        state.work() instanceof Work.Submitted(ProvenIntent intent)
            && intent.context().equals(context);
    Stream<Cause> own =
        sent
            ? Stream.of(
                Cause.of(known.apply(new Phase.Settling()), new Input.Settled(0, settlement)))
            : Stream.of();
    Standing standing = new Standing.Concluded(settlement);
    return Stream.concat(
        own,
        open(context)
            .map(p -> Cause.of(known.apply(new Phase.Asking()), new Input.Stands(0, p, standing))));
  }

  private Stream<Proposal> open(Bytes32 context) {
    return Stream.concat(state.doubts().stream(), state.work().decision().stream())
        .filter(p -> p.context().equals(context));
  }

  private Stream<Cause> reverts(Event.HeadReverted reverted) {
    Head gone = new Head(reverted.number(), reverted.block(), reverted.block(), 0, BigInteger.ZERO);
    Cause seen = Cause.of(idle(), new Input.GoneHead(gone));
    // While nobody looked: the vault's nonce shows that the execution is gone.
    Stream<Cause> unseen =
        state.recent().stream()
            .filter(concluded -> concluded.is(reverted.context()))
            .map(concluded -> withoutExecution(concluded, reverted.number()));
    return Stream.concat(Stream.of(seen), unseen);
  }

  private static Cause withoutExecution(Concluded concluded, long block) {
    Proposal proposal = concluded.proposal();
    Head was = proposal.head();
    Head later =
        new Head(
            Math.max(block, was.number()),
            was.hash(),
            was.parentHash(),
            was.timestamp(),
            was.baseFee());
    Proposal there =
        new Proposal(
            later,
            proposal.mandate(),
            proposal.observation(),
            proposal.decision(),
            proposal.deadline(),
            proposal.context());
    return Cause.of(
        inStep(new Phase.Observing(later), proposal.observation()),
        new Input.Observed(0, there, new Prospect.Hold(Plan.Reason.HOLD)));
  }

  /** A head comes that the agent must find worth a look, then it sees what it decided on. */
  private static Cause observed(Proposal proposal, Prospect prospect) {
    return new Cause(
        inStep(new Phase.Idle(), proposal.observation()),
        conduct -> {
          Conduct.Next taken = conduct.on(NOW, new Input.NewHead(proposal.head(), NOW));
          return taken.tasks().stream()
              .filter(Task.Observe.class::isInstance)
              .map(task -> new Input.Observed(((Task.Observe) task).turn(), proposal, prospect))
              .map(seen -> taken.conduct().on(NOW, seen))
              .findFirst()
              .orElse(taken);
        });
  }

  private static Settlement executed(Event.Execution execution) {
    return new Settlement.Executed(
        new Receipt(
            execution.transaction(),
            execution.blockNumber(),
            execution.block(),
            true,
            execution.gasUsed(),
            execution.gasPrice(),
            null,
            List.of()),
        execution.deltas(),
        execution.quotes());
  }

  private static Optional<Receipt> receipt(BigInteger gasCost) {
    return gasCost.signum() == 0
        ? Optional.empty()
        : Optional.of(
            new Receipt(Bytes32.ZERO, 0, Bytes32.ZERO, false, 1, gasCost, null, List.of()));
  }

  // ---- what it knew besides its journal ----

  private static SoftState idle() {
    return in(new Phase.Idle());
  }

  private static SoftState in(Phase phase) {
    SoftState known = new SoftState(NO_PAUSE);
    known.retry = NO_PAUSE;
    known.phase = phase;
    return known;
  }

  /** After one attempt less than there are. */
  private static SoftState tired(Phase phase) {
    SoftState known = in(phase);
    known.failures = Conduct.ATTEMPTS - 1;
    return known;
  }

  private static SoftState inStep(Phase phase, Observation seen) {
    SoftState known = in(phase);
    known.seenStep = seen.state().stepSeconds();
    return known;
  }

  /** Its head came when its block says, and its turn to be sent when its deadline is over. */
  private static Cause late(Proposal proposal) {
    SoftState known = in(new Phase.Proving());
    Head head = proposal.head();
    known.newest = new SoftState.Arrival(head, Instant.ofEpochSecond(head.timestamp()));
    Instant over = Instant.ofEpochSecond(proposal.deadline() + 1);
    return new Cause(known, conduct -> conduct.on(over, new Input.Continued(0)));
  }
}
