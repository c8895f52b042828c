package org.probity.agent.record;

import java.math.BigInteger;
import java.time.Instant;
import java.util.Optional;
import org.probity.chain.Head;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.intent.AssetDelta;
import org.probity.intent.Mandate;
import org.probity.intent.Observation;
import org.probity.intent.Pace;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.ProvenIntent;
import org.probity.intent.VaultState;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.AgentState;
import org.probity.intent.conduct.AgentState.Concluded;
import org.probity.intent.conduct.AgentState.Work;
import org.probity.intent.conduct.Event;
import org.probity.intent.conduct.Life;
import org.probity.intent.conduct.Step;
import org.probity.strategy.feature.VaultBooks;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;

/**
 * The bytes of a journal's lines and of snapshots.
 *
 * <p>A line: the version of its format, the kind of its event, the hash of the line before, the
 * time, the event's fields. A line that was written once is read forever: a new field or another
 * meaning gets a new version, and what a line of an older version says is said anew by {@link
 * FirstFormat}. What is kept of both in the tests' resources holds us to that. Snapshots are no
 * record: one of another version is left out and the state made anew from the lines.
 */
public final class RecordCodec {

  static final int VERSION = 2;

  /** Of snapshots, which carry a digest of themselves since version 2. */
  private static final int SNAPSHOT_VERSION = 3;

  private RecordCodec() {}

  // ---- lines ----

  /** The bytes of a line, in the newest format. */
  public static byte[] encode(Bytes32 previous, Instant at, Event event) {
    BinaryWriter out = new BinaryWriter().octet(VERSION).octet(kind(event)).word(previous);
    out.instant(at);
    write(out, event);
    return out.toByteArray();
  }

  /**
   * @throws IllegalArgumentException if these are not the bytes of a line
   */
  public static AgentRecord decode(byte[] bytes) {
    BinaryReader in = new BinaryReader(bytes);
    int version = in.octet();
    if (version < FirstFormat.VERSION || version > VERSION) {
      throw new IllegalArgumentException(
          "The line has format %s, and this program reads formats up to %s: use a newer one"
              .formatted(version, VERSION));
    }
    int kind = in.octet();
    Bytes32 previous = in.word();
    Instant at = in.instant();
    Event event = version == FirstFormat.VERSION ? FirstFormat.event(in, kind) : event(in, kind);
    in.end();
    return new AgentRecord(previous, at, event, Keccak.hash(bytes));
  }

  /** The name of an event's kind, as a row of the journal shows it. */
  public static String name(Event event) {
    return event.getClass().getSimpleName();
  }

  private static int kind(Event event) {
    return switch (event) {
      case Event.AgentCreated _ -> 1;
      case Event.AgentAmended _ -> 2;
      case Event.AgentPaused _ -> 3;
      case Event.AgentResumed _ -> 4;
      case Event.AgentRetired _ -> 5;
      case Event.DecisionMade _ -> 6;
      case Event.DecisionProven _ -> 7;
      case Event.IntentSubmitted _ -> 8;
      case Event.IntentSettled _ -> 9;
      case Event.IntentFailed _ -> 10;
      case Event.HeadReverted _ -> 11;
      case Event.Unreadable(String why) ->
          throw new IllegalArgumentException("What cannot be read is not written: " + why);
    };
  }

  private static void write(BinaryWriter out, Event event) {
    switch (event) {
      case Event.AgentCreated(AgentSpec spec) -> spec(out, spec);
      case Event.AgentAmended(AgentSpec spec) -> spec(out, spec);
      case Event.AgentPaused(String reason) -> out.text(reason);
      case Event.AgentResumed() -> {}
      case Event.AgentRetired(String reason) -> out.text(reason);
      case Event.DecisionMade(Proposal proposal, Prospect prospect) -> {
        proposal(out, proposal);
        prospect(out, prospect);
      }
      case Event.DecisionProven(ProvenIntent intent, Prospect prospect, var took) -> {
        intent(out, intent);
        prospect(out, prospect);
        out.duration(took);
      }
      case Event.IntentSubmitted(Bytes32 context, BigInteger nonce) ->
          out.word(context).integer(nonce);
      case Event.IntentSettled(Bytes32 context, Event.Execution execution) -> {
        out.word(context);
        execution(out, execution);
      }
      case Event.IntentFailed failed ->
          out.word(failed.context())
              .octet(failed.step().ordinal())
              .text(failed.reason())
              .integer(failed.gasCost())
              .octet(failed.aftermath().ordinal());
      case Event.HeadReverted(long number, Bytes32 block, Bytes32 context, boolean executed) ->
          out.int64(number).word(block).word(context).flag(executed);
      case Event.Unreadable _ -> {}
    }
  }

  /** An event of this version. */
  static Event event(BinaryReader in, int kind) {
    return switch (kind) {
      case 1 -> new Event.AgentCreated(spec(in));
      case 2 -> new Event.AgentAmended(spec(in));
      case 3 -> new Event.AgentPaused(in.text());
      case 4 -> new Event.AgentResumed();
      case 5 -> new Event.AgentRetired(in.text());
      case 6 -> new Event.DecisionMade(proposal(in), prospect(in));
      case 7 -> new Event.DecisionProven(intent(in), prospect(in), in.duration());
      case 8 -> new Event.IntentSubmitted(in.word(), in.integer());
      case 9 -> new Event.IntentSettled(in.word(), execution(in));
      case 10 ->
          new Event.IntentFailed(
              in.word(),
              in.constant(Step.class),
              in.text(),
              in.integer(),
              in.constant(Event.Aftermath.class));
      case 11 -> new Event.HeadReverted(in.int64(), in.word(), in.word(), in.flag());
      default -> throw new IllegalArgumentException("There is no event of kind " + kind);
    };
  }

  // ---- snapshots ----

  /** The bytes of a snapshot. */
  public static byte[] encode(JournalState state) {
    AgentState agent = state.agent();
    BinaryWriter out = new BinaryWriter().octet(SNAPSHOT_VERSION);
    out.word(state.last()).int64(state.lines());
    out.flag(agent.spec().isPresent());
    agent.spec().ifPresent(spec -> spec(out, spec));
    out.octet(agent.life().ordinal());
    work(out, agent.work());
    out.all(agent.doubts(), RecordCodec::proposal);
    out.all(agent.recent(), RecordCodec::concluded);
    out.int64(agent.lastDecided()).int64(agent.stepSeconds());
    AgentState.Tally tally = agent.tally();
    out.int64(tally.decisions())
        .int64(tally.proofs())
        .int64(tally.executions())
        .int64(tally.reverts())
        .int64(tally.failures())
        .integer(tally.gasSpent())
        .text(tally.lastFailure());
    byte[] content = out.toByteArray();
    return new BinaryWriter().bytes(content).word(Keccak.hash(content)).toByteArray();
  }

  /**
   * @throws IllegalArgumentException if these are not the bytes of a snapshot of this version
   */
  public static JournalState decodeState(byte[] bytes) {
    BinaryReader whole = new BinaryReader(bytes);
    byte[] content = whole.bytes();
    Bytes32 digest = whole.word();
    whole.end();
    if (!digest.equals(Keccak.hash(content))) {
      throw new IllegalArgumentException("The snapshot's bytes were changed");
    }
    BinaryReader in = new BinaryReader(content);
    int version = in.octet();
    if (version != SNAPSHOT_VERSION) {
      throw new IllegalArgumentException("There is no snapshot of format " + version);
    }
    Bytes32 last = in.word();
    long lines = in.int64();
    AgentState agent =
        new AgentState(
            in.flag() ? Optional.of(spec(in)) : Optional.empty(),
            in.constant(Life.class),
            work(in),
            in.all(RecordCodec::proposal),
            in.all(RecordCodec::concluded),
            in.int64(),
            in.int64(),
            new AgentState.Tally(
                in.int64(),
                in.int64(),
                in.int64(),
                in.int64(),
                in.int64(),
                in.integer(),
                in.text()));
    in.end();
    return new JournalState(agent, last, lines);
  }

  private static void work(BinaryWriter out, Work work) {
    switch (work) {
      case Work.None() -> out.octet(0);
      case Work.Decided(Proposal proposal, Prospect prospect) -> {
        out.octet(1);
        proposal(out, proposal);
        prospect(out, prospect);
      }
      case Work.Proven(ProvenIntent intent) -> {
        out.octet(2);
        intent(out, intent);
      }
      case Work.Submitted(ProvenIntent intent) -> {
        out.octet(3);
        intent(out, intent);
      }
    }
  }

  private static Work work(BinaryReader in) {
    int kind = in.octet();
    return switch (kind) {
      case 0 -> new Work.None();
      case 1 -> new Work.Decided(proposal(in), prospect(in));
      case 2 -> new Work.Proven(intent(in));
      case 3 -> new Work.Submitted(intent(in));
      default -> throw new IllegalArgumentException("There is no work of kind " + kind);
    };
  }

  private static void concluded(BinaryWriter out, Concluded concluded) {
    proposal(out, concluded.proposal());
    out.flag(concluded.execution().isPresent());
    concluded.execution().ifPresent(execution -> execution(out, execution));
  }

  private static Concluded concluded(BinaryReader in) {
    return new Concluded(proposal(in), in.flag() ? Optional.of(execution(in)) : Optional.empty());
  }

  // ---- parts of both ----

  /** Writes what an agent is told to be, the same in lines and on the wire. */
  public static void spec(BinaryWriter out, AgentSpec spec) {
    out.text(spec.id())
        .address(spec.vault())
        .word(spec.model())
        .address(spec.account())
        .int64(spec.pace().lifetimeSeconds())
        .flag(spec.pace().sendsHolds())
        .flag(spec.pace().provesAll());
  }

  /** Reads what {@link #spec(BinaryWriter, AgentSpec)} wrote. */
  public static AgentSpec spec(BinaryReader in) {
    return new AgentSpec(
        in.text(),
        in.address(),
        in.word(),
        in.address(),
        new Pace(in.int64(), in.flag(), in.flag()));
  }

  private static void proposal(BinaryWriter out, Proposal proposal) {
    Head head = proposal.head();
    out.int64(head.number())
        .word(head.hash())
        .word(head.parentHash())
        .int64(head.timestamp())
        .integer(head.baseFee());
    Mandate mandate = proposal.mandate();
    out.int64(mandate.chainId())
        .address(mandate.vault())
        .word(mandate.model())
        .int64(mandate.lifetimeSeconds());
    observation(out, proposal.observation());
    out.int32(proposal.decision().index()).int64(proposal.deadline()).word(proposal.context());
  }

  private static Proposal proposal(BinaryReader in) {
    return new Proposal(
        new Head(in.int64(), in.word(), in.word(), in.int64(), in.integer()),
        new Mandate(in.int64(), in.address(), in.word(), in.int64()),
        observation(in),
        new Decision.Choice(in.int32()),
        in.int64(),
        in.word());
  }

  private static void observation(BinaryWriter out, Observation seen) {
    VaultState state = seen.state();
    out.integer(state.nonce()).flag(state.paused());
    VaultBooks books = state.books();
    out.integer(books.baseBalance())
        .integer(books.quoteBalance())
        .int64(books.lastTradeTime())
        .int32(books.lastTradeTick())
        .int64(books.epoch())
        .integer(books.spent())
        .integer(books.maxNotionalPerEpoch())
        .int64(books.epochSeconds());
    out.word(state.model()).int64(state.lastAsOf()).int64(state.stepSeconds());
    out.int64(seen.asOf())
        .bytes(seen.indices())
        .int32(seen.referenceTick())
        .features(seen.features());
  }

  private static Observation observation(BinaryReader in) {
    return new Observation(
        new VaultState(
            in.integer(),
            in.flag(),
            new VaultBooks(
                in.integer(),
                in.integer(),
                in.int64(),
                in.int32(),
                in.int64(),
                in.integer(),
                in.integer(),
                in.int64()),
            in.word(),
            in.int64(),
            in.int64()),
        in.int64(),
        in.hexBytes(),
        in.int32(),
        in.features());
  }

  private static void prospect(BinaryWriter out, Prospect prospect) {
    switch (prospect) {
      case Prospect.Trade(BigInteger notional) -> out.octet(0).integer(notional);
      case Prospect.Hold() -> out.octet(1);
      case Prospect.Nothing(String reason, boolean lasting) ->
          out.octet(lasting ? 3 : 2).text(reason);
    }
  }

  private static Prospect prospect(BinaryReader in) {
    int kind = in.octet();
    return switch (kind) {
      case 0 -> new Prospect.Trade(in.integer());
      case 1 -> new Prospect.Hold();
      case 2 -> new Prospect.Nothing(in.text());
      case 3 -> new Prospect.Nothing(in.text(), true);
      default -> throw new IllegalArgumentException("There is no prospect of kind " + kind);
    };
  }

  private static void intent(BinaryWriter out, ProvenIntent intent) {
    proposal(out, intent.proposal());
    out.bytes(intent.proof().bytes());
  }

  private static ProvenIntent intent(BinaryReader in) {
    return new ProvenIntent(proposal(in), DecisionProof.of(in.bytes()));
  }

  private static void execution(BinaryWriter out, Event.Execution execution) {
    out.word(execution.transaction())
        .int64(execution.blockNumber())
        .word(execution.block())
        .int64(execution.gasUsed())
        .integer(execution.gasPrice())
        .all(execution.deltas(), RecordCodec::delta);
  }

  private static Event.Execution execution(BinaryReader in) {
    return new Event.Execution(
        in.word(),
        in.int64(),
        in.word(),
        in.int64(),
        in.integer(),
        in.all(i -> new AssetDelta(i.address(), i.integer())));
  }

  private static void delta(BinaryWriter out, AssetDelta delta) {
    out.address(delta.asset()).integer(delta.amount());
  }
}
