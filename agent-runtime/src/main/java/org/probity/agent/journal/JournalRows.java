package org.probity.agent.journal;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.probity.agent.DecisionRecord;
import org.probity.agent.DecisionSlice;
import org.probity.agent.record.AgentRecord;
import org.probity.agent.record.RecordCodec;
import org.probity.ground.Bytes32;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.conduct.AgentState;
import org.probity.intent.conduct.Event;

/** Reads agents' rows of the journal, as they are in the database. */
public final class JournalRows implements JournalSource {

  /** The kind of entity that agents are; their rows' persistence ids begin with it. */
  public static final String AGENTS = "agent";

  private static final String DECISION = Event.DecisionMade.class.getSimpleName();
  private static final String RETIRED = Event.AgentRetired.class.getSimpleName();
  private static final String PREFIX = AGENTS + "|";

  /** Twice as many decisions as an agent watches for reorgs, for what was in doubt before. */
  private static final int REACH = 2 * AgentState.WATCHED;

  private final JournalTable table;

  JournalRows(JournalTable table) {
    this.table = table;
  }

  /** The ids of all agents, in order. */
  public List<String> agents() {
    return table.ids(PREFIX).stream().map(id -> id.substring(PREFIX.length())).toList();
  }

  /** Whether {@code agent} has rows. */
  public boolean knows(String agent) {
    return !page(agent, 1, 1).isEmpty();
  }

  List<Row> firsts() {
    return table.firsts(PREFIX).stream().map(JournalRows::own).toList();
  }

  /** Whether {@code agent} is retired, which is for good. */
  boolean isRetired(String agent) {
    for (long to = table.highest(PREFIX + agent, 0); to > 0; to -= JournalTable.PAGE) {
      long from = Math.max(1, to - JournalTable.PAGE + 1);
      if (page(agent, from, to).stream().anyMatch(row -> row.kind().equals(RETIRED))) {
        return true;
      }
    }
    return false;
  }

  @Override
  public long count() {
    return table.count(PREFIX);
  }

  /**
   * The number of each agent's last row, whatever is missing before it, in the order of their ids.
   */
  SortedMap<String, Long> ends() {
    SortedMap<String, Long> ends = new TreeMap<>();
    table.ends(PREFIX).forEach((id, last) -> ends.put(id.substring(PREFIX.length()), last));
    return ends;
  }

  @Override
  public void read(Reader reader) {
    ends()
        .forEach((agent, last) -> {
          if (reader.begin(agent)) {
            each(agent, last, reader::row);
            reader.end();
          }
        });
  }

  /**
   * Every row of {@code agent} that there is, in order, one at a time.
   *
   * @param last the number of the last one to look for
   */
  void each(String agent, long last, Consumer<Row> reader) {
    for (long at = 1; at <= last; at += JournalTable.PAGE) {
      page(agent, at, Math.min(last, at + JournalTable.PAGE - 1)).forEach(reader);
    }
  }

  private List<Row> page(String agent, long from, long to) {
    return table.page(PREFIX + agent, from, to).stream().map(JournalRows::own).toList();
  }

  private static Row own(JournalTable.Row row) {
    return new Row(
        row.id().substring(PREFIX.length()),
        row.sequence(),
        row.manifest(),
        row.payload(),
        row.deleted(),
        row.serializer());
  }

  /** The number of the last row of {@code agent}; 0 if there is none. */
  public long highest(String agent) {
    return table.highest(PREFIX + agent, 0);
  }

  /** The rows of {@code agent} after the one with number {@code after}, {@code most} at most. */
  List<Row> after(String agent, long after, int most) {
    return page(agent, after + 1, after + most);
  }

  /** Of each agent the row after the one with the number given, where there is one. */
  List<Row> following(Map<String, Long> given) {
    Map<String, Long> wanted = new TreeMap<>();
    given.forEach((agent, last) -> wanted.put(PREFIX + agent, last + 1));
    return table.rows(wanted).stream().map(JournalRows::own).toList();
  }

  /** When row {@code sequence} of {@code agent} was written; empty if it is not there. */
  Optional<Instant> time(String agent, long sequence) {
    return page(agent, sequence, sequence).stream()
        .map(row -> RecordCodec.decode(row.payload()).at())
        .findFirst();
  }

  /**
   * The number of a row of {@code agent} that is older than {@code since}, as is every one before
   * it; 0 if there is none. It is looked for from the end, in steps that double, so that it may lie
   * as far before {@code since} as that is before the end.
   */
  long lastBefore(String agent, Instant since) {
    long at = highest(agent);
    for (long step = 1; at > 0 && !time(agent, at).orElseThrow().isBefore(since); step *= 2) {
      at -= step;
    }
    return Math.max(0, at);
  }

  /**
   * Decisions of {@code agent} in order, of which as many rows are read as they take, and some on
   * both sides.
   */
  public List<DecisionRecord> decisions(String agent, DecisionSlice slice) {
    List<Long> made = slice.newestFirst() ? before(agent, slice) : beyond(agent, slice);
    if (made.isEmpty()) {
      return List.of();
    }
    List<DecisionRecord> decisions = followed(agent, new TreeSet<>(made));
    return slice.newestFirst() ? decisions.reversed() : decisions;
  }

  /** Decision {@code sequence} of {@code agent}; empty if that row is none. */
  public Optional<DecisionRecord> decision(String agent, long sequence) {
    return decisions(agent, new DecisionSlice(false, sequence - 1, 1)).stream()
        .filter(decision -> decision.sequence() == sequence)
        .findFirst();
  }

  private List<Long> before(String agent, DecisionSlice slice) {
    List<Long> made = new ArrayList<>();
    long to = slice.after() > 0 ? slice.after() - 1 : highest(agent);
    for (; to > 0 && made.size() < slice.most(); to -= JournalTable.PAGE) {
      page(agent, Math.max(1, to - JournalTable.PAGE + 1), to).reversed().stream()
          .filter(row -> row.kind().equals(DECISION))
          .limit(slice.most() - made.size())
          .forEach(row -> made.add(row.sequence()));
    }
    return made;
  }

  private List<Long> beyond(String agent, DecisionSlice slice) {
    List<Long> made = new ArrayList<>();
    long after = slice.after();
    for (List<Row> rows = after(agent, after, JournalTable.PAGE);
        !rows.isEmpty() && made.size() < slice.most();
        rows = after(agent, after, JournalTable.PAGE)) {
      rows.stream()
          .filter(row -> row.kind().equals(DECISION))
          .limit(slice.most() - made.size())
          .forEach(row -> made.add(row.sequence()));
      after = rows.getLast().sequence();
    }
    return made;
  }

  /**
   * What became of the decisions with these numbers, in their order. After {@link #REACH} later
   * ones an agent does not come back to a decision, so that nothing more is read.
   */
  private List<DecisionRecord> followed(String agent, SortedSet<Long> made) {
    Map<Bytes32, DecisionRecord> open = new LinkedHashMap<>();
    SortedMap<Long, DecisionRecord> done = new TreeMap<>();
    int later = 0;
    long at = made.first() - 1;
    for (List<Row> rows = after(agent, at, JournalTable.PAGE);
        !rows.isEmpty() && later < REACH;
        rows = after(agent, at, JournalTable.PAGE)) {
      for (Row row : rows) {
        if (row.kind().equals(DECISION)) {
          later += row.sequence() > made.last() ? 1 : 0;
          // After a reorg the same may be decided anew: what comes then is about that one.
          DecisionRecord before = open.remove(context(row));
          if (before != null) {
            done.put(before.sequence(), before);
          }
          if (!made.contains(row.sequence())) {
            continue;
          }
        }
        follow(open, row);
      }
      at = rows.getLast().sequence();
    }
    open.values().forEach(decision -> done.put(decision.sequence(), decision));
    return List.copyOf(done.values());
  }

  private static @Nullable Bytes32 context(Row row) {
    return RecordCodec.decode(row.payload()).event()
            instanceof Event.DecisionMade(Proposal proposal, var _)
        ? proposal.context()
        : null;
  }

  /** Takes a row into the decisions that the rows before it made. */
  static void follow(Map<Bytes32, DecisionRecord> decisions, Row row) {
    AgentRecord line = RecordCodec.decode(row.payload());
    switch (line.event()) {
      case Event.DecisionMade(Proposal proposal, Prospect prospect) ->
          decisions.put(
              proposal.context(),
              new DecisionRecord(
                  row.sequence(),
                  line.at(),
                  proposal,
                  prospect,
                  Optional.empty(),
                  Optional.empty(),
                  words(prospect)));
      case Event.DecisionProven(var intent, var prospect, var _) ->
          change(
              decisions,
              intent.context(),
              d ->
                  new DecisionRecord(
                      d.sequence(),
                      d.at(),
                      d.proposal(),
                      d.prospect(),
                      Optional.of(intent.proof()),
                      d.transaction(),
                      "proven; " + words(prospect)));
      case Event.IntentSubmitted(Bytes32 context, var _) ->
          change(decisions, context, d -> outcome(d, d.transaction(), "sent"));
      case Event.IntentSettled(Bytes32 context, Event.Execution execution) ->
          change(
              decisions,
              context,
              d -> outcome(d, Optional.of(execution.transaction()), "executed"));
      case Event.IntentFailed failed ->
          change(
              decisions,
              failed.context(),
              d -> outcome(d, d.transaction(), failed.step() + ": " + failed.reason()));
      case Event.HeadReverted(long _, var _, Bytes32 context, boolean _) ->
          change(decisions, context, d -> outcome(d, Optional.empty(), "reverted by a reorg"));
      case Event.AgentCreated _,
          Event.AgentAmended _,
          Event.AgentPaused _,
          Event.AgentResumed _,
          Event.AgentRetired _,
          Event.Unreadable _ -> {}
    }
  }

  private static void change(
      Map<Bytes32, DecisionRecord> decisions,
      Bytes32 context,
      UnaryOperator<DecisionRecord> change) {
    decisions.computeIfPresent(context, (_, decision) -> change.apply(decision));
  }

  private static DecisionRecord outcome(
      DecisionRecord d, Optional<Bytes32> transaction, String outcome) {
    return new DecisionRecord(
        d.sequence(), d.at(), d.proposal(), d.prospect(), d.proof(), transaction, outcome);
  }

  private static String words(Prospect prospect) {
    return switch (prospect) {
      case Prospect.Trade _ -> "to be sent";
      case Prospect.Hold hold -> hold.words();
      case Prospect.Nothing nothing -> nothing.reason();
    };
  }
}
