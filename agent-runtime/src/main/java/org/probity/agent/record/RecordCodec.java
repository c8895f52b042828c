package org.probity.agent.record;

import java.time.Instant;
import java.util.List;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.intent.Prospect;
import org.probity.intent.VaultState;
import org.probity.intent.VenueQuote;
import org.probity.intent.conduct.AgentState;
import org.probity.intent.conduct.AgentState.Work;
import org.probity.intent.conduct.Event;

/**
 * The bytes of a journal's lines and of snapshots.
 *
 * <p>A line: the version of its format, the kind of its event, the hash of the line before, the
 * time, the event's fields as {@link BinaryFormat} has them. A new field or another meaning gets a
 * new version; what is kept in the tests' resources holds us to that. A line is written in the
 * oldest version that can say it, so that lines without what is new stay what they were. Version 4
 * has the quotes of an execution's venues and what a vault lends and owes. Versions 1 and 2 were of
 * vaults of two assets on one pool and are not read: there is none to act for. Snapshots are no
 * record: one of another version is left out and the state made anew from the lines.
 */
public final class RecordCodec {

  static final int VERSION = 4;

  private static final int OLD_VERSION = 3;

  private static final int SNAPSHOT_VERSION = 5;

  /** Kinds of events by their numbers, of which the first is 1. */
  private static final List<Class<? extends Event>> EVENTS =
      List.of(
          Event.AgentCreated.class,
          Event.AgentAmended.class,
          Event.AgentPaused.class,
          Event.AgentResumed.class,
          Event.AgentRetired.class,
          Event.DecisionMade.class,
          Event.DecisionProven.class,
          Event.IntentSubmitted.class,
          Event.IntentSettled.class,
          Event.IntentFailed.class,
          Event.HeadReverted.class);

  private static final BinaryFormat FORMAT = format();

  private static final BinaryFormat OLD =
      format()
          .without(Event.Execution.class, "quotes", List.of())
          .without(Prospect.Trade.class, "loans", List.of())
          .without(VaultState.class, "lent", List.of());

  private static BinaryFormat format() {
    return new BinaryFormat()
        .kinds(
            Prospect.class,
            List.of(
                Prospect.Trade.class,
                Prospect.Hold.class,
                Prospect.Refused.class,
                Prospect.NotNow.class,
                Prospect.Hindered.class))
        .kinds(
            Work.class,
            List.of(Work.None.class, Work.Decided.class, Work.Proven.class, Work.Submitted.class))
        .kinds(
            VenueQuote.Answer.class,
            List.of(VenueQuote.Fills.class, VenueQuote.Refused.class, VenueQuote.Unanswered.class));
  }

  private RecordCodec() {}

  // ---- lines ----

  /** The bytes of a line, in the oldest version that can say it. */
  public static byte[] encode(Bytes32 previous, Instant at, Event event) {
    if (event instanceof Event.Unreadable(String why)) {
      throw new IllegalArgumentException("What cannot be read is not written: " + why);
    }
    try {
      return encode(OLD_VERSION, OLD, previous, at, event);
    } catch (BinaryFormat.Unsayable _) {
      return encode(VERSION, FORMAT, previous, at, event);
    }
  }

  private static byte[] encode(
      int version, BinaryFormat format, Bytes32 previous, Instant at, Event event) {
    BinaryWriter out = new BinaryWriter().octet(version);
    out.octet(EVENTS.indexOf(event.getClass()) + 1).word(previous).instant(at);
    format.write(out, event);
    return out.toByteArray();
  }

  /**
   * @throws OtherFormat if these are the bytes of a line that another release wrote
   * @throws IllegalArgumentException if they are none of a line
   */
  public static AgentRecord decode(byte[] bytes) {
    BinaryReader in = new BinaryReader(bytes);
    int version = in.octet();
    BinaryFormat format =
        switch (version) {
          case VERSION -> FORMAT;
          case OLD_VERSION -> OLD;
          default -> throw new OtherFormat(version);
        };
    int kind = in.octet();
    Bytes32 previous = in.word();
    Instant at = in.instant();
    Event event = event(format, in, kind);
    in.end();
    return new AgentRecord(previous, at, event, Keccak.hash(bytes));
  }

  /** The name of an event's kind, as a row of the journal shows it. */
  public static String name(Event event) {
    return event.getClass().getSimpleName();
  }

  private static Event event(BinaryFormat format, BinaryReader in, int kind) {
    if (kind < 1 || kind > EVENTS.size()) {
      throw BinaryFormat.noKind(Event.class, kind);
    }
    return format.read(in, EVENTS.get(kind - 1));
  }

  // ---- snapshots ----

  /** The bytes of a snapshot. */
  public static byte[] encode(JournalState state) {
    BinaryWriter out = new BinaryWriter().octet(SNAPSHOT_VERSION);
    out.word(state.last()).int64(state.lines());
    FORMAT.write(out, state.agent());
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
    AgentState agent = FORMAT.read(in, AgentState.class);
    in.end();
    return new JournalState(agent, last, lines);
  }
}
