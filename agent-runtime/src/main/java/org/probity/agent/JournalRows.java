package org.probity.agent;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.probity.agent.VaultAgent.Event;
import org.probity.chain.Hash;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.zk.Bytes32;

/** Reads agents' rows of the journal, as they are in the database. */
final class JournalRows {

  private static final String PREFIX = AgentJournal.AGENTS + "|";
  private static final int FETCH = 500;

  /**
   * A row.
   *
   * @param ordering its place among all rows of the database
   * @param deleted whether it is marked so that agents skip it; nothing here ever marks one
   * @param serializer what its payload is said to be written by
   */
  record Row(
      String agent,
      long sequence,
      long ordering,
      String kind,
      byte[] payload,
      boolean deleted,
      int serializer) {}

  private final DataSource source;

  JournalRows(DataSource source) {
    this.source = source;
  }

  /** The ids of all agents that have rows, in order. */
  List<String> agents() {
    return query(
        """
        SELECT DISTINCT "persistence_id" FROM "event_journal"
        WHERE "persistence_id" LIKE 'agent|%' ORDER BY "persistence_id\"\
        """,
        _ -> {}, rows -> rows.getString(1).substring(PREFIX.length()));
  }

  /** Whether {@code agent} has rows. */
  boolean knows(String agent) {
    return !page(agent, 0, 1).isEmpty();
  }

  /** How many rows agents have. */
  long count() {
    return query(
            """
            SELECT COUNT(*) FROM "event_journal" WHERE "persistence_id" LIKE 'agent|%'\
            """,
            _ -> {}, rows -> rows.getLong(1))
        .getFirst();
  }

  /** Every row of {@code agent}, in order, one at a time. */
  void each(String agent, Consumer<Row> reader) {
    long after = 0;
    List<Row> page;
    do {
      page = page(agent, after, FETCH);
      page.forEach(reader);
      after = page.isEmpty() ? after : page.getLast().sequence();
    } while (page.size() == FETCH);
  }

  private List<Row> page(String agent, long after, int most) {
    return query(
        """
        SELECT "sequence_number", "ordering", "event_ser_manifest", "event_payload", "deleted",
          "event_ser_id"
        FROM "event_journal" WHERE "persistence_id" = ? AND "sequence_number" > ?
        ORDER BY "sequence_number" FETCH FIRST %d ROWS ONLY\
        """
            .formatted(most),
        statement -> {
          statement.setString(1, PREFIX + agent);
          statement.setLong(2, after);
        },
        rows ->
            new Row(
                agent,
                rows.getLong(1),
                rows.getLong(2),
                rows.getString(3),
                rows.getBytes(4),
                rows.getBoolean(5),
                rows.getInt(6)));
  }

  /** The latest {@code most} decisions of {@code agent}, newest first. */
  List<DecisionRecord> decisions(String agent, int most) {
    List<Long> made =
        query(
            """
            SELECT "sequence_number" FROM "event_journal"
            WHERE "persistence_id" = ? AND "event_ser_manifest" = 'DecisionMade'
            ORDER BY "sequence_number" DESC FETCH FIRST %d ROWS ONLY\
            """
                .formatted(most),
            statement -> statement.setString(1, PREFIX + agent),
            rows -> rows.getLong(1));
    if (made.isEmpty()) {
      return List.of();
    }
    Map<Bytes32, DecisionRecord> decisions = new LinkedHashMap<>();
    long after = made.getLast() - 1;
    List<Row> page;
    do {
      page = page(agent, after, FETCH);
      for (Row row : page) {
        follow(decisions, row);
        after = row.sequence();
      }
    } while (page.size() == FETCH);
    return new ArrayList<>(decisions.values()).reversed();
  }

  private static void follow(Map<Bytes32, DecisionRecord> decisions, Row row) {
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
          Event.AgentRetired _ -> {}
    }
  }

  private static void change(
      Map<Bytes32, DecisionRecord> decisions,
      Bytes32 context,
      UnaryOperator<DecisionRecord> change) {
    decisions.computeIfPresent(context, (_, decision) -> change.apply(decision));
  }

  private static DecisionRecord outcome(
      DecisionRecord d, Optional<Hash> transaction, String outcome) {
    return new DecisionRecord(
        d.sequence(), d.at(), d.proposal(), d.prospect(), d.proof(), transaction, outcome);
  }

  private static String words(Prospect prospect) {
    return switch (prospect) {
      case Prospect.Trade _ -> "to be sent";
      case Prospect.Hold _ -> "a hold";
      case Prospect.Nothing(String reason) -> reason;
    };
  }

  // ---- JDBC ----

  @FunctionalInterface
  private interface Binding {
    void bind(PreparedStatement statement) throws SQLException;
  }

  @FunctionalInterface
  private interface Reading<T> {
    T read(ResultSet rows) throws SQLException;
  }

  private <T> List<T> query(String sql, Binding binding, Reading<T> reading) {
    try (Connection connection = source.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      binding.bind(statement);
      List<T> found = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          found.add(reading.read(rows));
        }
      }
      return found;
    } catch (SQLException e) {
      throw new IllegalStateException("The journal cannot be read: " + e.getMessage(), e);
    }
  }
}
