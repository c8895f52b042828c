package org.probity.intent.conduct;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Head;
import org.probity.chain.Receipt;
import org.probity.intent.Observation;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.ProvenIntent;
import org.probity.intent.Settlement;
import org.probity.intent.Standing;
import org.probity.intent.conduct.AgentState.Concluded;
import org.probity.intent.conduct.AgentState.Work;
import org.probity.intent.conduct.Event.Aftermath;
import org.probity.intent.conduct.SoftState.Arrival;

/** One input on its way through an agent's {@link Conduct}. */
final class Transition {

  private final String id;
  private final SoftState soft;
  private final Instant now;
  private final List<Event> events = new ArrayList<>();
  private final List<Task> tasks = new ArrayList<>();
  private AgentState state;

  Transition(String id, AgentState state, SoftState soft, Instant now) {
    this.id = id;
    this.state = state;
    this.soft = soft;
    this.now = now;
  }

  Conduct.Next take(Input input) {
    switch (input) {
      case Input.Create(AgentSpec spec, boolean amends) -> create(spec, amends);
      case Input.Pause(String why) -> pause(why);
      case Input.Resume() -> resume();
      case Input.Retire(String why) -> retire(why);
      case Input.NewHead(Head head, Instant since) -> onHead(head, since);
      case Input.GoneHead(Head head) -> onGoneHead(head);
      case Input.Outfitted(Retry retry) -> {
        soft.retry = retry;
        soft.outfittings = 0;
        soft.lack = null;
        tasks.add(new Task.Join());
        proceed();
      }
      case Input.NotOutfitted(String reason) -> onNotOutfitted(reason);
      case Input.Waited() -> onWaited();
      case Input.Observed(long of, Proposal proposal, Prospect prospect) when isNow(of) ->
          onObserved(proposal, prospect);
      case Input.NotObserved(long of, Head head, String reason) when isNow(of) ->
          onNotObserved(head, reason);
      case Input.Proved(long of, ProvenIntent intent, Duration took) when isProving(of) ->
          onProved(intent, took);
      case Input.NotProved(long of, Step step, String reason) when isProving(of) ->
          onFailure(state.work().decision(), step, reason, BigInteger.ZERO, Aftermath.RETRY);
      case Input.Withdrawn(long of, String reason) when isProving(of) ->
          state.work().decision().ifPresent(p -> leave(p, Step.PROVING, reason));
      case Input.Continued(long of) when isNow(of) -> carryOut();
      case Input.Settled(long of, Settlement settlement) when isNow(of) ->
          state.work().decision().ifPresent(p -> onSettlement(p, settlement));
      case Input.NotSettled(long of, String reason) when isNow(of) ->
          onFailure(
              state.work().decision(), Step.SETTLING, reason, BigInteger.ZERO, Aftermath.OPEN);
      case Input.Stands(long of, Proposal proposal, Standing standing) when isNow(of) ->
          onStanding(proposal, standing);
      case Input.StandingUnknown(long of, String reason) when isNow(of) -> {
        soft.failures++;
        pauseOn(null, Step.ASKING, reason);
      }
      // Answers to tasks of an earlier turn.
      case Input.Observed _,
          Input.NotObserved _,
          Input.Proved _,
          Input.NotProved _,
          Input.Withdrawn _,
          Input.Continued _,
          Input.Settled _,
          Input.NotSettled _,
          Input.Stands _,
          Input.StandingUnknown _ -> {}
    }
    return end();
  }

  Conduct.Next recover() {
    tasks.add(new Task.StopWaiting());
    soft.turn++;
    soft.retry = null;
    soft.failures = 0;
    soft.standstills = 0;
    soft.left = 0;
    soft.seenStep = 0;
    soft.hindrance = null;
    soft.postponed = null;
    soft.waiting = null;
    soft.newest = null;
    if (state.work() instanceof Work.Submitted(ProvenIntent intent)) {
      // Whoever watches for intents that get stuck has to know of it from here on.
      tell(new Notice.Submitted(intent));
    }
    if (state.life() != Life.UNBORN && state.mustRun()) {
      outfit();
    } else {
      soft.phase = new Phase.Idle();
    }
    return end();
  }

  private Conduct.Next end() {
    return new Conduct.Next(new Conduct(id, state, soft), List.copyOf(events), List.copyOf(tasks));
  }

  private boolean isNow(long turn) {
    return turn == soft.turn;
  }

  private boolean isProving(long turn) {
    return isNow(turn)
        && soft.phase instanceof Phase.Proving
        && state.work() instanceof Work.Decided;
  }

  // ---- what its owner wants ----

  private void create(AgentSpec spec, boolean amends) {
    if (state.life() == Life.UNBORN) {
      write(new Event.AgentCreated(spec));
      tell(new Notice.LifeChanged(state.life(), ""));
      outfit();
      return;
    }
    AgentSpec own = state.spec().orElseThrow();
    if (own.equals(spec)) {
      // Asking twice for the same is no error: whoever asked may not have heard the answer.
      return;
    }
    if (!amends || !own.vault().equals(spec.vault())) {
      refuse(
          "There is an agent %s already, for vault %s: choose another id."
              .formatted(id, own.vault()));
      return;
    }
    write(new Event.AgentAmended(spec));
    soft.retry = null;
    soft.turn++;
    if (state.mustRun()) {
      outfit();
    }
  }

  private void pause(String why) {
    switch (state.life()) {
      case ACTIVE -> rest(new Event.AgentPaused(why), "paused: " + why);
      case PAUSED -> {}
      case UNBORN, RETIRED -> refuseFor("paused");
    }
  }

  private void retire(String why) {
    switch (state.life()) {
      case ACTIVE, PAUSED -> rest(new Event.AgentRetired(why), "retired: " + why);
      case RETIRED -> {}
      case UNBORN -> refuseFor("retired");
    }
  }

  private void resume() {
    switch (state.life()) {
      case PAUSED -> {
        write(new Event.AgentResumed());
        tell(new Notice.LifeChanged(state.life(), ""));
        if (soft.retry == null) {
          outfit();
        } else {
          tasks.add(new Task.Join());
        }
      }
      case ACTIVE -> {}
      case UNBORN, RETIRED -> refuseFor("resumed");
    }
  }

  /** Who stops deciding gives up what is not sent yet. */
  private void rest(Event event, String why) {
    Work before = state.work();
    write(event);
    if (before instanceof Work.Decided || before instanceof Work.Proven) {
      before
          .decision()
          .ifPresent(p -> write(failure(p, Step.ASKING, why, BigInteger.ZERO, Aftermath.RETRY)));
    }
    tell(new Notice.LifeChanged(state.life(), ""));
    soft.waiting = null;
    soft.postponed = null;
    if (state.work() instanceof Work.None) {
      withdrawOrder();
      soft.turn++;
      tasks.add(new Task.StopWaiting());
      proceed();
    }
  }

  private void refuseFor(String what) {
    refuse(
        state.life() == Life.UNBORN
            ? new Conduct(id, state, soft).unknown()
            : "Agent %s is retired and cannot be %s: create another one.".formatted(id, what));
  }

  private void refuse(String sentence) {
    tasks.add(new Task.Refuse(sentence));
  }

  // ---- getting ready ----

  private void outfit() {
    soft.phase = new Phase.Outfitting();
    tasks.add(new Task.Outfit(state.spec().orElseThrow()));
  }

  private void onNotOutfitted(String reason) {
    soft.outfittings++;
    soft.lack = Step.OUTFITTING + ": " + reason;
    Duration pause = soft.outfitting.pause(soft.outfittings);
    tell(new Notice.Failed(null, Step.OUTFITTING, reason, soft.outfittings, pause));
    soft.phase = new Phase.Pausing(null);
    tasks.add(new Task.Wait(pause));
  }

  private void onWaited() {
    if (soft.phase instanceof Phase.Pausing(Head failed)) {
      if (soft.retry == null) {
        outfit();
      } else if (state.atRest() && failed != null && state.life() == Life.ACTIVE) {
        observe(newest(failed));
      } else {
        proceed();
      }
    }
  }

  /** Does what the state asks for next, once everything is there for it. */
  private void proceed() {
    if (soft.retry == null) {
      return;
    }
    Optional<Proposal> open =
        Stream.concat(state.doubts().stream(), state.work().decision().stream()).findFirst();
    if (open.isPresent()) {
      soft.phase = new Phase.Asking();
      tasks.add(new Task.Ask(++soft.turn, open.get()));
      return;
    }
    if (state.life() == Life.ACTIVE) {
      idle();
    } else {
      soft.phase = new Phase.Idle();
      tasks.add(new Task.Rest());
    }
  }

  /** Takes the head that waits, or awaits one. */
  private void idle() {
    soft.phase = new Phase.Idle();
    Head next = soft.waiting;
    soft.waiting = null;
    if (next != null && isNews(next)) {
      observe(next);
    }
  }

  // ---- heads ----

  /**
   * Whether {@code head} is of a moment that is not done with, and shows the last execution: on a
   * head before it the vault would ask for a nonce that is spent.
   */
  private boolean isNews(Head head) {
    return moment(head) > Math.max(state.lastDecided(), soft.left)
        && state.lastExecutionBlock() <= head.number();
  }

  private void onHead(Head head, Instant since) {
    if (soft.newest == null || !soft.newest.head().equals(head)) {
      // A head that is brought again, to whoever joins late, came when it first came.
      soft.newest = new Arrival(head, since);
    }
    if (state.life() != Life.ACTIVE || !isNews(head)) {
      return;
    }
    switch (soft.phase) {
      case Phase.Idle() -> {
        soft.since = since;
        observe(head);
      }
      case Phase.Pausing(Head failed)
          when failed != null && state.atRest() && moment(failed) < moment(head) -> {
        // A new moment is a new chance; what failed belongs to an old one.
        tasks.add(new Task.StopWaiting());
        soft.failures = 0;
        soft.since = since;
        observe(head);
      }
      case Phase.Proving() -> {
        await(head, since);
        if (state.work().decision().filter(p -> moment(p.head()) < moment(head)).isPresent()) {
          withdrawOrder();
        }
      }
      case Phase.Outfitting _,
          Phase.Observing _,
          Phase.Asking _,
          Phase.Settling _,
          Phase.Pausing _ ->
          await(head, since);
    }
  }

  private void await(Head head, Instant since) {
    if (soft.waiting != null) {
      tell(new Notice.Dropped(soft.waiting, head));
    }
    soft.waiting = head;
    soft.since = since;
  }

  private void observe(Head head) {
    if (head.equals(soft.waiting)) {
      soft.waiting = null;
    }
    if (soft.postponed != null && moment(soft.postponed.proposal().head()) < moment(head)) {
      miss(soft.postponed);
    }
    soft.phase = new Phase.Observing(head);
    tell(new Notice.Taken(head));
    tasks.add(new Task.Observe(++soft.turn, head, soft.since));
  }

  private void onNotObserved(Head head, String reason) {
    soft.failures++;
    if (soft.failures >= Conduct.ATTEMPTS) {
      tell(new Notice.Failed(head, Step.OBSERVING, reason, soft.failures, Duration.ZERO));
      leave(moment(head));
      proceed();
    } else {
      pauseOn(newest(head), Step.OBSERVING, reason);
    }
  }

  private void leave(long moment) {
    soft.left = Math.max(soft.left, moment);
    soft.failures = 0;
  }

  private void onObserved(Proposal proposal, Prospect prospect) {
    Head head = proposal.head();
    Observation seen = proposal.observation();
    Head newer = soft.waiting;
    soft.seenStep = seen.state().stepSeconds();
    if (newer != null && moment(newer) > moment(head)) {
      tell(new Notice.Dropped(head, newer));
      soft.failures = 0;
      soft.waiting = null;
      observe(newer);
      return;
    }
    List<Event> lost = lostExecutions(head, seen.state().nonce());
    if (!lost.isEmpty()) {
      // The chain forgot executions while nobody looked.
      soft.waiting = newest(head);
      lost.forEach(this::write);
      waitForOthers(Step.OBSERVING, "the vault does not show its last execution");
      return;
    }
    if (state.work() instanceof Work.Proven(ProvenIntent intent)
        && !intent.nonce().equals(seen.state().nonce())) {
      // Somebody had it executed, or paused the vault: the venue knows.
      proceed();
      return;
    }
    compareNonce(head, seen.state().nonce());
    soft.standstills = 0;
    if (!isNews(head)) {
      // The vault's schedule has changed, and by the new one this moment is done with.
      proceed();
      return;
    }
    if (seen.asOf() <= seen.state().lastAsOf()) {
      tell(new Notice.Past(head, seen.asOf()));
      leave(moment(head));
      proceed();
      return;
    }
    if (prospect instanceof Prospect.NotNow(String why)) {
      postpone(proposal, why);
      return;
    }
    if (prospect instanceof Prospect.Refused && soft.postponed != null) {
      miss(soft.postponed);
      proceed();
      return;
    }
    soft.postponed = null;
    if (state.work() instanceof Work.Proven(ProvenIntent intent)) {
      if (prospect instanceof Prospect.Trade && proves(intent, proposal)) {
        carryOut();
        return;
      }
      String stale = "its proof is not for what is decided now";
      write(failure(intent.proposal(), Step.SETTLING, stale, BigInteger.ZERO, Aftermath.RETRY));
    }
    String why = prospect instanceof Prospect.Hindered(String lasting) ? lasting : null;
    boolean told = soft.hindrance != null;
    soft.hindrance = why;
    if (told && why != null) {
      leave(moment(head));
      proceed();
      return;
    }
    write(new Event.DecisionMade(proposal, prospect));
    if (told) {
      tell(new Notice.Unhindered(head));
    }
    tell(new Notice.Decided(proposal, prospect));
    if (why != null) {
      tell(new Notice.Hindered(head, why));
    }
    if (state.work() instanceof Work.Decided) {
      prove(proposal);
    } else {
      soft.failures = 0;
      proceed();
    }
  }

  /** Whether the proof in hand is one for {@code now}, but for a deadline that is not over. */
  private boolean proves(ProvenIntent intent, Proposal now) {
    Proposal then = intent.proposal();
    return then.mandate().equals(now.mandate())
        && then.observation().asOf() == now.observation().asOf()
        && then.observation().features().equals(now.observation().features())
        && then.observation().state().policy().equals(now.observation().state().policy())
        && then.decision().equals(now.decision())
        && !isLate(then);
  }

  // ---- what the market or the clock is against ----

  /** Awaits the next head of the moment; what is proven stays in hand. */
  private void postpone(Proposal proposal, String why) {
    Proposal inHand = state.work().decision().orElse(proposal);
    if (soft.postponed == null) {
      tell(new Notice.Postponed(proposal.head(), why));
    }
    soft.postponed = new SoftState.Postponed(inHand, why);
    idle();
  }

  /** Leaves what was refused until its moment was over. */
  private void miss(SoftState.Postponed last) {
    soft.postponed = null;
    soft.failures = 0;
    Proposal proposal = last.proposal();
    if (state.work() instanceof Work.Proven) {
      write(failure(proposal, Step.SETTLING, last.why(), BigInteger.ZERO, Aftermath.LEFT));
    } else {
      Prospect prospect = new Prospect.NotNow(last.why());
      write(new Event.DecisionMade(proposal, prospect));
      tell(new Notice.Decided(proposal, prospect));
    }
    tell(new Notice.Missed(proposal.head(), last.why()));
  }

  /**
   * Tells once if the vault has executed what the journal does not know of. Nothing is stopped: the
   * next decision is for the vault's own nonce, so nothing is executed twice.
   */
  private void compareNonce(Head head, BigInteger nonce) {
    BigInteger seen = soft.seenNonce;
    if (soft.toldAhead || nonce.compareTo(seen) <= 0) {
      return;
    }
    soft.seenNonce = nonce;
    BigInteger known = state.knownNonce().max(seen);
    if (nonce.compareTo(known) > 0) {
      soft.toldAhead = true;
      tell(new Notice.Ahead(head, state.spec().orElseThrow().vault(), nonce, known));
    }
  }

  /** The moment of {@code head} on the vault's schedule as last seen. */
  private long moment(Head head) {
    return AgentState.moment(head, soft.seenStep > 0 ? soft.seenStep : state.stepSeconds());
  }

  /** Executions in the journal that the vault, by its nonce, has not seen; the newest first. */
  private List<Event> lostExecutions(Head head, BigInteger nonce) {
    List<Event> lost = new ArrayList<>();
    for (Concluded concluded : state.recent().reversed()) {
      Event.Execution done = concluded.execution().orElse(null);
      if (done != null
          && done.blockNumber() <= head.number()
          && concluded.nonce().compareTo(nonce) >= 0) {
        lost.add(
            new Event.HeadReverted(
                done.blockNumber(), done.block(), concluded.proposal().context(), true));
      }
    }
    return lost;
  }

  // ---- proofs ----

  private void prove(Proposal proposal) {
    soft.phase = new Phase.Proving();
    tasks.add(new Task.Prove(++soft.turn, proposal, expiry(proposal)));
  }

  /**
   * The deadline, on this agent's clock. An agent that has just come back may not have seen a head
   * yet; it has asked the venue, which knows the chain's own time, and gives the head that it
   * decided on for now.
   */
  private Instant expiry(Proposal proposal) {
    Arrival seen = soft.newest;
    return (seen == null ? new Arrival(proposal.head(), now) : seen).onClock(proposal.deadline());
  }

  private boolean isLate(Proposal proposal) {
    return now.isAfter(expiry(proposal));
  }

  private void withdrawOrder() {
    if (soft.phase instanceof Phase.Proving) {
      tasks.add(new Task.Withdraw(soft.turn));
    }
  }

  private void onProved(ProvenIntent intent, Duration took) {
    if (!(state.work() instanceof Work.Decided(Proposal _, Prospect prospect))) {
      return;
    }
    write(new Event.DecisionProven(intent, prospect, took));
    tell(new Notice.Proved(intent, took));
    if (state.work() instanceof Work.Proven) {
      tasks.add(new Task.Continue(soft.turn));
    } else {
      tell(new Notice.Kept(intent, prospect));
      soft.failures = 0;
      proceed();
    }
  }

  // ---- execution ----

  /** What a decision in hand that may still be executed asks for. */
  private void carryOut() {
    switch (state.work()) {
      case Work.None() -> proceed();
      case Work.Decided(Proposal proposal, Prospect _) -> prove(proposal);
      case Work.Proven(ProvenIntent intent) -> {
        if (isLate(intent.proposal())) {
          leave(intent.proposal(), Step.SETTLING, Task.Submit.TOO_LATE);
        } else {
          write(new Event.IntentSubmitted(intent.context(), intent.nonce()));
          submit(intent, Optional.of(expiry(intent.proposal())));
        }
      }
      case Work.Submitted(ProvenIntent intent) -> {
        if (isLate(intent.proposal())) {
          // A block of the last moment may still have it: whether it has is the venue's to say.
          waitForOthers(Step.ASKING, Task.Submit.TOO_LATE);
        } else {
          submit(intent, Optional.of(expiry(intent.proposal())));
        }
      }
    }
  }

  private void submit(ProvenIntent intent, Optional<Instant> expires) {
    soft.phase = new Phase.Settling();
    tell(new Notice.Submitted(intent));
    tasks.add(new Task.Submit(++soft.turn, intent, expires));
  }

  private void onSettlement(Proposal proposal, Settlement settlement) {
    switch (settlement) {
      case Settlement.Executed executed -> {
        write(new Event.IntentSettled(proposal.context(), Event.Execution.of(executed)));
        tell(new Notice.Executed(proposal, executed));
        soft.failures = 0;
        proceed();
      }
      case Settlement.Refused refused ->
          onFailure(
              Optional.of(proposal),
              Step.SETTLING,
              refused.reason(),
              paid(refused.receipt()),
              Aftermath.RETRY);
      case Settlement.NotNow refused ->
          onFailure(
              Optional.of(proposal),
              Step.SETTLING,
              refused.reason(),
              paid(refused.receipt()),
              Aftermath.AGAIN);
      case Settlement.Unsettled unsettled ->
          onFailure(
              Optional.of(proposal),
              Step.SETTLING,
              unsettled.reason(),
              BigInteger.ZERO,
              Aftermath.OPEN);
    }
  }

  private static BigInteger paid(Optional<Receipt> receipt) {
    return receipt.map(Receipt::gasCost).orElse(BigInteger.ZERO);
  }

  // ---- what has become of it ----

  private void onStanding(Proposal proposal, Standing standing) {
    boolean inDoubt = state.doubts().contains(proposal);
    switch (standing) {
      case Standing.Concluded(Settlement.NotNow refused)
          when !inDoubt && state.work() instanceof Work.Proven ->
          // That is in the journal already, and it may be asked again.
          postpone(proposal, refused.reason());
      case Standing.Concluded(Settlement settlement) -> onSettlement(proposal, settlement);
      case Standing.Underway(String detail) -> {
        if (!inDoubt && state.work() instanceof Work.Submitted(ProvenIntent intent)) {
          // Follows what the venue has already; nothing is sent anew.
          submit(intent, Optional.empty());
        } else {
          waitForOthers(Step.ASKING, detail);
        }
      }
      case Standing.Open() -> {
        if (inDoubt) {
          giveUp(proposal, "its execution was reverted and is not on its way");
        } else {
          carryOut();
        }
      }
      case Standing.Void(String why) -> giveUp(proposal, why);
    }
  }

  /** It was not executed and will not be: its moment may be decided anew, if it is not over. */
  private void giveUp(Proposal proposal, String why) {
    write(failure(proposal, Step.ASKING, why, BigInteger.ZERO, Aftermath.RETRY));
    tell(new Notice.Failed(proposal.head(), Step.ASKING, why, 1, Duration.ZERO));
    proceed();
  }

  // ---- reorgs ----

  private void onGoneHead(Head gone) {
    if (soft.waiting != null && isSame(soft.waiting, gone)) {
      soft.waiting = null;
    }
    if (soft.postponed != null && isSame(soft.postponed.proposal().head(), gone)) {
      soft.postponed = null;
    }
    soft.left = 0;
    if (soft.phase instanceof Phase.Observing(Head head) && isSame(head, gone)) {
      soft.turn++;
      soft.phase = new Phase.Idle();
    } else if (soft.phase instanceof Phase.Pausing(Head head)
        && head != null
        && isSame(head, gone)
        && state.atRest()) {
      tasks.add(new Task.StopWaiting());
      soft.phase = new Phase.Idle();
    }
    AgentState before = state;
    Optional<Proposal> decidedThere = before.work().decision().filter(p -> isSame(p.head(), gone));
    decidedThere.ifPresent(p -> revert(gone, p, false));
    for (Concluded concluded : before.recent().reversed()) {
      boolean executed =
          concluded.execution().filter(e -> e.block().equals(gone.hash())).isPresent();
      if (executed || isSame(concluded.proposal().head(), gone)) {
        revert(gone, concluded.proposal(), executed);
      }
    }
    if (events.isEmpty()) {
      return;
    }
    boolean unsent = before.work() instanceof Work.Decided || before.work() instanceof Work.Proven;
    if (unsent && decidedThere.isPresent()) {
      withdrawOrder();
      soft.turn++;
      soft.failures = 0;
      proceed();
    } else if (soft.phase instanceof Phase.Observing(Head head) && !state.atRest()) {
      // What was executed is in doubt: until that is known, nothing is decided.
      soft.waiting = newest(head);
      proceed();
    } else if (soft.phase instanceof Phase.Idle) {
      proceed();
    }
  }

  private void revert(Head gone, Proposal proposal, boolean executed) {
    write(new Event.HeadReverted(gone.number(), gone.hash(), proposal.context(), executed));
    tell(new Notice.Reverted(proposal, gone, executed));
  }

  private static boolean isSame(Head one, Head other) {
    return one.hash().equals(other.hash());
  }

  // ---- failures ----

  private void onFailure(
      Optional<Proposal> of, Step step, String reason, BigInteger gasCost, Aftermath wanted) {
    if (of.isEmpty()) {
      return;
    }
    Proposal proposal = of.get();
    if (wanted != Aftermath.AGAIN || gasCost.signum() > 0) {
      // What is refused before it is sent costs nothing, and may be asked at every head.
      soft.failures++;
    }
    boolean tried = wanted != Aftermath.OPEN && soft.failures >= Conduct.ATTEMPTS;
    Aftermath aftermath = tried ? Aftermath.LEFT : wanted;
    write(failure(proposal, step, reason, gasCost, aftermath));
    switch (aftermath) {
      case LEFT -> {
        tell(new Notice.Failed(proposal.head(), step, reason, soft.failures, Duration.ZERO));
        soft.failures = 0;
        proceed();
      }
      case OPEN -> pauseOn(null, step, reason);
      case RETRY -> pauseOn(newest(proposal.head()), step, reason);
      case AGAIN -> {
        if (state.work() instanceof Work.Proven) {
          postpone(proposal, reason);
        } else {
          proceed();
        }
      }
    }
  }

  /** Leaves a decision, and its moment, to newer ones. */
  private void leave(Proposal proposal, Step step, String why) {
    write(failure(proposal, step, why, BigInteger.ZERO, Aftermath.LEFT));
    tell(new Notice.Dropped(proposal.head(), newest(proposal.head())));
    soft.failures = 0;
    proceed();
  }

  /** Waits for a block, or for nodes to agree: ever longer, since asking may change nothing. */
  private void waitForOthers(Step step, String why) {
    soft.standstills++;
    pauseOn(null, step, why);
  }

  /**
   * Waits before the next attempt.
   *
   * @param head to be tried again; null if the state says what to do next
   */
  private void pauseOn(@Nullable Head head, Step step, String reason) {
    int attempt = Math.max(1, Math.max(soft.failures, soft.standstills));
    Retry retry = Objects.requireNonNull(soft.retry, "an agent acts only once it is outfitted");
    Duration pause = retry.pause(attempt);
    tell(new Notice.Failed(head, step, reason, attempt, pause));
    soft.phase = new Phase.Pausing(head);
    tasks.add(new Task.Wait(pause));
  }

  private static Event.IntentFailed failure(
      Proposal proposal, Step step, String reason, BigInteger gasCost, Aftermath aftermath) {
    return new Event.IntentFailed(proposal.context(), step, reason, gasCost, aftermath);
  }

  private void write(Event event) {
    events.add(event);
    state = state.after(event);
  }

  private void tell(Notice notice) {
    tasks.add(new Task.Tell(notice));
  }

  private Head newest(Head head) {
    return soft.waiting == null ? head : soft.waiting;
  }
}
