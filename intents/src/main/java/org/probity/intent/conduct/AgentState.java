package org.probity.intent.conduct;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.probity.chain.Head;
import org.probity.ground.Bytes32;
import org.probity.intent.Pace;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.ProvenIntent;

/**
 * All that survives a crash: what the events of an agent's journal add up to.
 *
 * @param work the decision in hand
 * @param doubts decisions whose execution was reverted, the oldest first
 * @param recent concluded decisions within reach of a reorg, the oldest first
 * @param lastDecided the latest moment that is done with, in seconds of Unix time
 * @param stepSeconds of the vault's schedule as last seen; until it is, every head has a moment of
 *     its own
 */
public record AgentState(
    Optional<AgentSpec> spec,
    Life life,
    Work work,
    List<Proposal> doubts,
    List<Concluded> recent,
    long lastDecided,
    long stepSeconds,
    Tally tally) {

  /** How many concluded decisions are watched for reorgs. */
  public static final int WATCHED = 64;

  /** Before the first event. */
  public static final AgentState UNBORN =
      new AgentState(
          Optional.empty(), Life.UNBORN, new Work.None(), List.of(), List.of(), 0, 1, Tally.ZERO);

  /** The decision in hand. */
  public sealed interface Work {

    /** Empty if none is. */
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
  public record Concluded(Proposal proposal, Optional<Event.Execution> execution) {
    boolean is(Bytes32 context) {
      return proposal.context().equals(context);
    }

    BigInteger nonce() {
      return proposal.observation().state().nonce();
    }
  }

  /**
   * What an agent did, in numbers.
   *
   * @param gasSpent wei paid for the gas of executions and refusals in blocks
   * @param lastFailure what failed last; empty if nothing did
   */
  public record Tally(
      long decisions,
      long proofs,
      long executions,
      long reverts,
      long failures,
      BigInteger gasSpent,
      String lastFailure) {

    static final Tally ZERO = new Tally(0, 0, 0, 0, 0, BigInteger.ZERO, "");

    private Tally plus(int decided, int proven, int executed, int reverted, BigInteger wei) {
      return new Tally(
          decisions + decided,
          proofs + proven,
          executions + executed,
          reverts + reverted,
          failures,
          gasSpent.add(wei),
          lastFailure);
    }

    private Tally failed(String why, BigInteger wei) {
      return new Tally(
          decisions, proofs, executions, reverts, failures + 1, gasSpent.add(wei), why);
    }
  }

  /** The state after one more event. */
  public AgentState after(Event event) {
    return new Fold().take(event);
  }

  /** The moment of {@code head} on the vault's schedule. */
  long moment(Head head) {
    return moment(head, stepSeconds);
  }

  static long moment(Head head, long stepSeconds) {
    return head.timestamp() - head.timestamp() % stepSeconds;
  }

  /**
   * How many executions the vault has by this journal. Only the latest decision counts: each holds
   * the vault's nonce as it was, and every execution spends one.
   */
  BigInteger knownNonce() {
    BigInteger known = BigInteger.ZERO;
    for (Concluded concluded : recent) {
      BigInteger nonce = concluded.nonce();
      known = known.max(concluded.execution().isPresent() ? nonce.add(BigInteger.ONE) : nonce);
    }
    return known;
  }

  boolean worthProving(Prospect prospect) {
    return switch (prospect) {
      case Prospect.Trade _ -> true;
      case Prospect.Hold _, Prospect.Refused _ -> pace().provesAll() || worthSending(prospect);
      case Prospect.NotNow _, Prospect.Hindered _ -> false;
    };
  }

  boolean worthSending(Prospect prospect) {
    return switch (prospect) {
      case Prospect.Trade _ -> true;
      case Prospect.Hold _ -> pace().sendsHolds();
      case Prospect.Nothing _ -> false;
    };
  }

  private Pace pace() {
    return spec.orElseThrow().pace();
  }

  /** The block of the newest execution that is not reverted; -1 if there is none. */
  long lastExecutionBlock() {
    for (int i = recent.size() - 1; i >= 0; i--) {
      Optional<Event.Execution> execution = recent.get(i).execution();
      if (execution.isPresent()) {
        return execution.get().blockNumber();
      }
    }
    return -1;
  }

  /** Nothing is left to follow. */
  boolean atRest() {
    return work instanceof Work.None && doubts.isEmpty();
  }

  /** Whether there is something to do. */
  boolean mustRun() {
    return life == Life.ACTIVE || !atRest();
  }

  /** A state while it changes. */
  private final class Fold {
    private Optional<AgentSpec> spec = AgentState.this.spec;
    private Life life = AgentState.this.life;
    private Work work = AgentState.this.work;
    private List<Proposal> doubts = AgentState.this.doubts;
    private List<Concluded> recent = AgentState.this.recent;
    private long lastDecided = AgentState.this.lastDecided;
    private long stepSeconds = AgentState.this.stepSeconds;
    private Tally tally = AgentState.this.tally;

    AgentState take(Event event) {
      switch (event) {
        case Event.AgentCreated(AgentSpec created) -> {
          spec = Optional.of(created);
          life = Life.ACTIVE;
        }
        case Event.AgentAmended(AgentSpec amended) -> spec = Optional.of(amended);
        case Event.AgentPaused _ -> life = Life.PAUSED;
        case Event.AgentResumed _ -> life = Life.ACTIVE;
        case Event.AgentRetired _ -> life = Life.RETIRED;
        case Event.DecisionMade(Proposal proposal, Prospect prospect) -> decide(proposal, prospect);
        case Event.DecisionProven(ProvenIntent intent, Prospect prospect, var _) ->
            prove(intent, prospect);
        case Event.IntentSubmitted _ -> {
          if (work instanceof Work.Proven(ProvenIntent intent)) {
            work = new Work.Submitted(intent);
          }
        }
        case Event.IntentSettled(Bytes32 context, Event.Execution execution) ->
            settle(context, execution);
        case Event.IntentFailed failed -> fail(failed);
        case Event.HeadReverted(long _, Bytes32 _, Bytes32 context, boolean executed) ->
            revert(context, executed);
        case Event.Unreadable _ -> {}
      }
      return new AgentState(spec, life, work, doubts, recent, lastDecided, stepSeconds, tally);
    }

    private void decide(Proposal proposal, Prospect prospect) {
      stepSeconds = proposal.observation().state().stepSeconds();
      tally = tally.plus(1, 0, 0, 0, BigInteger.ZERO);
      if (worthProving(prospect)) {
        work = new Work.Decided(proposal, prospect);
      } else {
        conclude(new Concluded(proposal, Optional.empty()));
      }
    }

    private void prove(ProvenIntent intent, Prospect prospect) {
      tally = tally.plus(0, 1, 0, 0, BigInteger.ZERO);
      if (worthSending(prospect)) {
        work = new Work.Proven(intent);
      } else {
        work = new Work.None();
        conclude(new Concluded(intent.proposal(), Optional.empty()));
      }
    }

    private void settle(Bytes32 context, Event.Execution execution) {
      Optional<Proposal> proposal = inHand(context);
      drop(context);
      BigInteger paid = execution.gasPrice().multiply(BigInteger.valueOf(execution.gasUsed()));
      tally = tally.plus(0, 0, 1, 0, paid);
      proposal.ifPresent(p -> conclude(new Concluded(p, Optional.of(execution))));
    }

    private void fail(Event.IntentFailed failed) {
      Optional<Proposal> proposal = inHand(failed.context());
      switch (failed.aftermath()) {
        case OPEN -> {}
        case AGAIN -> {
          if (work instanceof Work.Submitted(ProvenIntent intent)
              && intent.context().equals(failed.context())) {
            work = new Work.Proven(intent);
          } else {
            drop(failed.context());
          }
        }
        case RETRY, LEFT -> drop(failed.context());
      }
      tally = tally.failed(failed.step() + ": " + failed.reason(), failed.gasCost());
      if (failed.aftermath() == Event.Aftermath.LEFT) {
        proposal.ifPresent(this::leave);
      }
    }

    /** The moments from the reverted decision's on are to be decided anew. */
    private void revert(Bytes32 context, boolean executed) {
      tally = tally.plus(0, 0, 0, 1, BigInteger.ZERO);
      Optional<Concluded> concluded = recent.stream().filter(c -> c.is(context)).findFirst();
      if (concluded.isEmpty()) {
        if (!(work instanceof Work.Submitted)) {
          drop(context);
        }
        return;
      }
      Proposal proposal = concluded.get().proposal();
      recent = recent.stream().filter(c -> !c.is(context)).toList();
      lastDecided = Math.min(lastDecided, moment(proposal.head(), stepSeconds) - 1);
      if (executed) {
        doubts = Stream.concat(Stream.of(proposal), doubts.stream()).toList();
      }
    }

    private Optional<Proposal> inHand(Bytes32 context) {
      return Stream.concat(work.decision().stream(), doubts.stream())
          .filter(p -> p.context().equals(context))
          .findFirst();
    }

    private void drop(Bytes32 context) {
      if (work.decision().filter(p -> p.context().equals(context)).isPresent()) {
        work = new Work.None();
      }
      doubts = doubts.stream().filter(p -> !p.context().equals(context)).toList();
    }

    private void conclude(Concluded concluded) {
      List<Concluded> all = new ArrayList<>(recent);
      all.add(concluded);
      recent = List.copyOf(all.subList(Math.max(0, all.size() - WATCHED), all.size()));
      leave(concluded.proposal());
    }

    private void leave(Proposal proposal) {
      lastDecided = Math.max(lastDecided, moment(proposal.head(), stepSeconds));
    }
  }
}
