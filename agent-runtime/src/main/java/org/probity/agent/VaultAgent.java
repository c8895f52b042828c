package org.probity.agent;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;
import org.probity.agent.AgentEvent.Step;
import org.probity.chain.Head;
import org.probity.chain.HeadSource;
import org.probity.intent.Observation;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.ProvenIntent;
import org.probity.intent.Settlement;

/**
 * One agent: acts for one vault, one head at a time.
 *
 * <p>It decides once for each moment of the vault's schedule (the multiples of the policy's step),
 * on the first head that it sees of it.
 *
 * <p>The newest head wins. While one is worked on, the newest of those that arrive waits and the
 * others are forgotten. Work that a newer moment has overtaken is dropped as long as it is cheap,
 * that is before its proof; a proof that is being made is finished and sent, or an agent whose
 * proofs take longer than a step would never act at all. The vault alone decides whether it is
 * still in time.
 *
 * <p>No failure ends an agent. Each is told with its reason, and after a growing pause the newest
 * head is tried again from the start: features, nonce and proof are all made anew, so that no
 * attempt rests on what an earlier one believed. After {@link #ATTEMPTS} the head is left and the
 * next one awaited.
 */
final class VaultAgent {

  /** How often one head is tried. */
  static final int ATTEMPTS = 5;

  static final String CHAIN_DISPATCHER = "probity-chain-dispatcher";

  // ---- State ----

  private sealed interface State {}

  private record Idle() implements State {}

  private record Observing(Head head) implements State {}

  private record Proving(Proposal proposal, Prospect prospect) implements State {}

  private record Settling(ProvenIntent intent) implements State {}

  private record Pausing(Head head) implements State {}

  private State state = new Idle();
  private @Nullable Head waiting;
  private long lastDecided = Long.MIN_VALUE;

  /** Of the vault's schedule as last seen; until it is, every head has a moment of its own. */
  private long stepSeconds = 1;

  private int failures;

  // ---- Messages ----

  /** What an agent understands. */
  sealed interface Command
      permits NewHead,
          HeadsChanged,
          Observed,
          ObservingFailed,
          ProvingWorker.Answer,
          Settled,
          SettlingFailed,
          TryAgain {}

  /** The chain has a new head. */
  record NewHead(Head head) implements Command {}

  /** How heads come has changed. */
  record HeadsChanged(HeadSource.Condition condition, String detail) implements Command {}

  private record Observed(Proposal proposal, Prospect prospect) implements Command {}

  private record ObservingFailed(Head head, Throwable cause) implements Command {}

  private record Settled(ProvenIntent intent, Settlement settlement) implements Command {}

  private record SettlingFailed(ProvenIntent intent, Throwable cause) implements Command {}

  private record TryAgain() implements Command {}

  // ---- Wiring ----

  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final AgentRuntime.Parts parts;
  private final ActorRef<ProvingWorker.Prove> provers;
  private final Executor chainThreads;

  static Behavior<Command> create(AgentRuntime.Parts parts, ActorRef<ProvingWorker.Prove> provers) {
    return Behaviors.setup(context ->
        Behaviors.withTimers(timers -> new VaultAgent(context, timers, parts, provers).behavior()));
  }

  private VaultAgent(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      AgentRuntime.Parts parts,
      ActorRef<ProvingWorker.Prove> provers) {
    this.context = context;
    this.timers = timers;
    this.parts = parts;
    this.provers = provers;
    this.chainThreads =
        context.getSystem().dispatchers().lookup(DispatcherSelector.fromConfig(CHAIN_DISPATCHER));
  }

  private Behavior<Command> behavior() {
    return Behaviors.receiveMessage(message -> {
      handle(message);
      return Behaviors.same();
    });
  }

  // ---- Handlers, in the order of the spine ----

  private void handle(Command message) {
    switch (message) {
      case NewHead(Head head) -> onHead(head);
      case HeadsChanged(HeadSource.Condition condition, String detail) -> {
        context.getLog().info("{}: {}", condition, detail);
        tell(new AgentEvent.HeadsChanged(condition, detail));
      }
      case Observed(Proposal proposal, Prospect prospect) -> onObserved(proposal, prospect);
      case ObservingFailed(Head head, Throwable cause) ->
          onFailure(head, Step.OBSERVING, reason(cause));
      case ProvingWorker.Proved(ProvenIntent intent, Duration took) -> onProved(intent, took);
      case ProvingWorker.Refused(Proposal proposal, var verdict) ->
          onFailure(
              proposal.head(), Step.CHECKING, "its own verifier says " + verdict + "; not sent");
      case ProvingWorker.Failed(Proposal proposal, Throwable cause) ->
          onFailure(proposal.head(), Step.PROVING, reason(cause));
      case Settled(ProvenIntent intent, Settlement settlement) -> onSettled(intent, settlement);
      case SettlingFailed(ProvenIntent intent, Throwable cause) ->
          onFailure(intent.proposal().head(), Step.SETTLING, reason(cause));
      case TryAgain() -> {
        if (state instanceof Pausing(Head head)) {
          observe(newest(head));
        }
      }
    }
  }

  private void onHead(Head head) {
    if (moment(head) <= lastDecided) {
      return;
    }
    switch (state) {
      case Idle() -> observe(head);
      case Pausing(Head failed) when moment(failed) < moment(head) -> {
        // A new moment is a new chance; what failed belongs to an old one.
        timers.cancel(TryAgain.class);
        failures = 0;
        observe(head);
      }
      case Observing(Head _),
          Proving(Proposal _, Prospect _),
          Settling(ProvenIntent _),
          Pausing(Head _) -> {
        if (waiting != null) {
          tell(new AgentEvent.Dropped(waiting, head));
        }
        waiting = head;
      }
    }
  }

  private void observe(Head head) {
    waiting = null;
    state = new Observing(head);
    tell(new AgentEvent.Taken(head));
    ask(
        () -> {
          Proposal proposal = parts.cycle().propose(head);
          return new Observed(proposal, parts.venue().prospect(proposal));
        },
        observed -> observed,
        cause -> new ObservingFailed(head, cause));
  }

  private void onObserved(Proposal proposal, Prospect prospect) {
    Head head = proposal.head();
    Observation seen = proposal.observation();
    stepSeconds = seen.state().stepSeconds();
    if (waiting != null && moment(waiting) > moment(head)) {
      Head newer = waiting;
      tell(new AgentEvent.Dropped(head, newer));
      failures = 0;
      observe(newer);
      return;
    }
    if (seen.asOf() <= seen.state().lastAsOf()) {
      tell(new AgentEvent.Past(head, seen.asOf()));
      decided(head);
      return;
    }
    tell(new AgentEvent.Decided(proposal, prospect));
    state = new Proving(proposal, prospect);
    provers.tell(new ProvingWorker.Prove(parts.cycle(), proposal, context.getSelf()));
  }

  private void onProved(ProvenIntent intent, Duration took) {
    if (!(state instanceof Proving(Proposal _, Prospect prospect))) {
      return;
    }
    tell(new AgentEvent.Proved(intent, took));
    if (!worthSending(prospect)) {
      tell(new AgentEvent.Kept(intent, prospect));
      decided(intent.proposal().head());
      return;
    }
    state = new Settling(intent);
    ask(
        () -> parts.venue().submit(intent),
        settlement -> new Settled(intent, settlement),
        cause -> new SettlingFailed(intent, cause));
  }

  private boolean worthSending(Prospect prospect) {
    return switch (prospect) {
      case Prospect.Trade _ -> true;
      case Prospect.Hold _ -> parts.pace().sendsHolds();
      case Prospect.Nothing _ -> false;
    };
  }

  private void onSettled(ProvenIntent intent, Settlement settlement) {
    switch (settlement) {
      case Settlement.Executed executed -> {
        tell(new AgentEvent.Executed(intent, executed));
        decided(intent.proposal().head());
      }
      case Settlement.Refused refused ->
          onFailure(intent.proposal().head(), Step.SETTLING, refused.reason());
      case Settlement.Unsettled unsettled ->
          onFailure(intent.proposal().head(), Step.SETTLING, unsettled.reason());
    }
  }

  private void onFailure(Head head, Step step, String reason) {
    failures++;
    boolean leaving = failures >= ATTEMPTS;
    Duration pause = leaving ? Duration.ZERO : parts.retry().pause(failures);
    context
        .getLog()
        .info(
            "Head {}: {} failed (attempt {} of {}): {}",
            head.number(),
            step,
            failures,
            ATTEMPTS,
            reason);
    tell(new AgentEvent.Failed(head, step, reason, failures, pause));
    if (leaving) {
      decided(head);
    } else {
      state = new Pausing(newest(head));
      timers.startSingleTimer(TryAgain.class, new TryAgain(), pause);
    }
  }

  /** Nothing is left to do for {@code head}, nor for others of its moment. */
  private void decided(Head head) {
    lastDecided = Math.max(lastDecided, moment(head));
    failures = 0;
    state = new Idle();
    Head next = waiting;
    waiting = null;
    if (next != null) {
      onHead(next);
    }
  }

  // ---- The rest ----

  /** Runs a blocking step on the threads for it; its outcome comes back as a message. */
  private <T> void ask(
      Supplier<T> step, Function<T, Command> answer, Function<Throwable, Command> failure) {
    context.pipeToSelf(
        CompletableFuture.supplyAsync(step, chainThreads),
        (value, cause) -> cause == null ? answer.apply(value) : failure.apply(cause));
  }

  private Head newest(Head head) {
    return waiting == null ? head : waiting;
  }

  private long moment(Head head) {
    return head.timestamp() - head.timestamp() % stepSeconds;
  }

  private void tell(AgentEvent event) {
    try {
      parts.listener().on(event);
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
