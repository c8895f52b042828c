package org.probity.agent.journal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.sql.DataSource;

/**
 * The table of lines, in the SQL of H2 and of PostgreSQL.
 *
 * <p><b>Its key begins with the number of the line, not with the agent.</b> Agents of a node decide
 * on the same heads and so have about as many lines: what is written together then lies together in
 * the index, at its end. With the agent first, each line of a batch is in another page, and every
 * page is written anew; with 5,000 agents that was three times the work and twice the file. In
 * return an agent's lines are looked up one by one, and its last is found by bisection, for which
 * numbers must have no gap: lines are marked as deleted, and stay.
 *
 * <p>The key is also what keeps two writers apart: of two that write an agent's next line, one
 * fails ({@link #isConflict}).
 */
final class JournalTable {

  /** As many rows are read at once. */
  static final int PAGE = 512;

  /**
   * A row.
   *
   * @param sequence its number within the lines of {@code id}, from 1
   * @param writer which incarnation of its actor wrote it
   * @param serializer what its payload is said to be written by
   * @param manifest of which kind the payload is said to be
   * @param deleted whether it is marked so that it is not read back; agents mark none
   */
  record Row(
      String id,
      long sequence,
      String writer,
      int serializer,
      String manifest,
      byte[] payload,
      boolean deleted) {}

  private static final String COLUMNS =
      """
      SELECT "persistence_id", "sequence_number", "writer", "event_ser_id", "event_ser_manifest", "event_payload", "deleted"
      FROM \
      """;

  private final DataSource source;
  private final String page;

  /**
   * @param embedded whether it is H2
   */
  JournalTable(DataSource source, boolean embedded) {
    this.source = source;
    this.page =
        """
        %s(?, ?) AS n(i) JOIN "event_journal" ON "sequence_number" = n.i AND "persistence_id" = ?
        ORDER BY "sequence_number"\
        """
            .formatted(embedded ? "SYSTEM_RANGE" : "generate_series");
  }

  /** What makes the table; nothing happens if it is there. */
  static String definition(boolean embedded) {
    return """
    CREATE TABLE IF NOT EXISTS "event_journal" (
      "sequence_number" BIGINT NOT NULL,
      "persistence_id" VARCHAR(255) NOT NULL,
      "writer" VARCHAR(255) NOT NULL,
      "event_ser_id" INTEGER NOT NULL,
      "event_ser_manifest" VARCHAR(255) NOT NULL,
      "event_payload" %s NOT NULL,
      "deleted" BOOLEAN DEFAULT FALSE NOT NULL,
      PRIMARY KEY ("sequence_number", "persistence_id"))\
    """
        .formatted(embedded ? "VARBINARY(1048576)" : "BYTEA");
  }

  /** Whether a line that was to be written is there already. */
  static boolean isConflict(SQLException e) {
    return String.valueOf(e.getSQLState()).startsWith("23");
  }

  /** Writes rows in one transaction: all of them are there after it, or none. */
  void append(List<Row> rows) throws SQLException {
    try (Connection connection = source.getConnection()) {
      connection.setAutoCommit(false);
      try (PreparedStatement insert =
          connection.prepareStatement(
              """
              INSERT INTO "event_journal" ("sequence_number", "persistence_id", "writer", "event_ser_id",
                "event_ser_manifest", "event_payload", "deleted") VALUES (?, ?, ?, ?, ?, ?, ?)\
              """)) {
        for (Row row : rows) {
          insert.setLong(1, row.sequence);
          insert.setString(2, row.id);
          insert.setString(3, row.writer);
          insert.setInt(4, row.serializer);
          insert.setString(5, row.manifest);
          insert.setBytes(6, row.payload);
          insert.setBoolean(7, row.deleted);
          insert.addBatch();
        }
        insert.executeBatch();
        connection.commit();
      } catch (SQLException e) {
        connection.rollback();
        throw e;
      }
    }
  }

  /**
   * The number of the last line of {@code id}; 0 if there is none.
   *
   * @param from where to begin the search; any number will do
   */
  long highest(String id, long from) {
    try (Connection connection = source.getConnection();
        PreparedStatement probe =
            connection.prepareStatement(
                """
                SELECT 1 FROM "event_journal" WHERE "sequence_number" = ? AND "persistence_id" = ?\
                """)) {
      probe.setString(2, id);
      long there = from > 0 && exists(probe, from) ? from : 0;
      long step = 1;
      while (exists(probe, there + step)) {
        there += step;
        step *= 2;
      }
      for (long beyond = there + step; beyond - there > 1; ) {
        long middle = (there + beyond) >>> 1;
        if (exists(probe, middle)) {
          there = middle;
        } else {
          beyond = middle;
        }
      }
      return there;
    } catch (SQLException e) {
      throw unreadable(e);
    }
  }

  private static boolean exists(PreparedStatement probe, long sequence) throws SQLException {
    probe.setLong(1, sequence);
    try (ResultSet rows = probe.executeQuery()) {
      return rows.next();
    }
  }

  /** The rows of {@code id} with these numbers that there are, in order. */
  List<Row> page(String id, long from, long to) {
    return find(
        page,
        query -> {
          query.setLong(1, from);
          query.setLong(2, to);
          query.setString(3, id);
        });
  }

  /** The rows that are named by their id and their number, where they are there. */
  List<Row> rows(Map<String, Long> wanted) {
    return find(
        """
        unnest(?, ?) AS w(id, i) JOIN "event_journal" ON "sequence_number" = w.i AND "persistence_id" = w.id\
        """,
        query -> {
          Connection connection = query.getConnection();
          query.setArray(1, connection.createArrayOf("VARCHAR", wanted.keySet().toArray()));
          query.setArray(2, connection.createArrayOf("BIGINT", wanted.values().toArray()));
        });
  }

  private interface Binding {
    void to(PreparedStatement query) throws SQLException;
  }

  private List<Row> find(String from, Binding values) {
    try (Connection connection = source.getConnection();
        PreparedStatement query = connection.prepareStatement(COLUMNS + from)) {
      values.to(query);
      List<Row> found = new ArrayList<>();
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          found.add(row(rows));
        }
      }
      return found;
    } catch (SQLException e) {
      throw unreadable(e);
    }
  }

  private static Row row(ResultSet rows) throws SQLException {
    return new Row(
        rows.getString(1),
        rows.getLong(2),
        rows.getString(3),
        rows.getInt(4),
        rows.getString(5),
        rows.getBytes(6),
        rows.getBoolean(7));
  }

  /**
   * Marks the lines of {@code id} up to this number as deleted; those from the last mark down are.
   */
  void delete(String id, long to) {
    long last = Math.min(to, highest(id, 0));
    try (Connection connection = source.getConnection();
        PreparedStatement mark =
            connection.prepareStatement(
                """
                UPDATE "event_journal" SET "deleted" = TRUE
                WHERE "sequence_number" = ? AND "persistence_id" = ? AND NOT "deleted"\
                """)) {
      connection.setAutoCommit(false);
      mark.setString(2, id);
      boolean marked = true;
      for (long sequence = last; marked && sequence > 0; sequence--) {
        mark.setLong(1, sequence);
        marked = mark.executeUpdate() > 0;
      }
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException("The journal cannot be written: " + e.getMessage(), e);
    }
  }

  /** Which ids that begin with {@code prefix} have a first line, in order. */
  List<String> ids(String prefix) {
    return List.copyOf(
        read(
                """
                SELECT "persistence_id", 1 FROM "event_journal" WHERE "sequence_number" = 1\
                """,
                prefix)
            .keySet());
  }

  /** The number of the last row of every id that begins with {@code prefix}; reads all keys. */
  SortedMap<String, Long> ends(String prefix) {
    return read(
        """
        SELECT "persistence_id", MAX("sequence_number") FROM "event_journal" GROUP BY "persistence_id"\
        """,
        prefix);
  }

  /** The first line of each id that begins with {@code prefix}: they lie side by side. */
  List<Row> firsts(String prefix) {
    return find("\"event_journal\" WHERE \"sequence_number\" = 1", _ -> {}).stream()
        .filter(row -> row.id.startsWith(prefix))
        .toList();
  }

  /** How many rows there are of ids that begin with {@code prefix}; reads all keys. */
  long count(String prefix) {
    return read(
            """
            SELECT "persistence_id", COUNT(*) FROM "event_journal" GROUP BY "persistence_id"\
            """,
            prefix)
        .values()
        .stream()
        .mapToLong(Long::longValue)
        .sum();
  }

  private SortedMap<String, Long> read(String sql, String prefix) {
    try (Connection connection = source.getConnection();
        PreparedStatement query = connection.prepareStatement(sql);
        ResultSet rows = query.executeQuery()) {
      SortedMap<String, Long> found = new TreeMap<>();
      while (rows.next()) {
        String id = rows.getString(1);
        if (id.startsWith(prefix)) {
          found.put(id, rows.getLong(2));
        }
      }
      return found;
    } catch (SQLException e) {
      throw unreadable(e);
    }
  }

  private static IllegalStateException unreadable(SQLException e) {
    return new IllegalStateException("The journal cannot be read: " + e.getMessage(), e);
  }
}
