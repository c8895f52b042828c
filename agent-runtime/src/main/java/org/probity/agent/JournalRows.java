package org.probity.agent;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.probity.ground.Bytes32;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.conduct.Event;

/** Reads agents' rows of the journal, as they are in the database. */
final class JournalRows implements JournalSource {

  private static final String DECISION = Event.DecisionMade.class.getSimpleName();
  private static final String RETIRED = Event.AgentRetired.class.getSimpleName();
  private static final String PREFIX = AgentJournal.AGENTS + "|";

  private final JournalTable table;

  JournalRows(JournalTable table) {
    this.table = table;
  }

  /** The ids of all agents, in order. */
  List<String> agents() {
    return table.ids(PREFIX).stream().map(id -> id.substring(PREFIX.length())).toList();
  }

  /** Whether {@code agent} has rows. */
  boolean knows(String agent) {
    return !page(agent, 1, 1).isEmpty();
  }

  /** The first row of every agent. */
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

  /** The latest {@code most} decisions of {@code agent}, newest first. */
  List<DecisionRecord> decisions(String agent, int most) {
    Deque<Row> rows = new ArrayDeque<>();
    int made = 0;
    for (long to = table.highest(PREFIX + agent, 0); to > 0 && made < most; ) {
      long from = Math.max(1, to - JournalTable.PAGE + 1);
      for (Row row : page(agent, from, to).reversed()) {
        if (made < most) {
          rows.addFirst(row);
          made += row.kind().equals(DECISION) ? 1 : 0;
        }
      }
      to = from - 1;
    }
    Map<Bytes32, DecisionRecord> decisions = new LinkedHashMap<>();
    rows.forEach(row -> follow(decisions, row));
    return new ArrayList<>(decisions.values()).reversed();
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
      case Prospect.Hold _ -> "a hold";
      case Prospect.Nothing(String reason, _) -> reason;
    };
  }
}
