package org.probity.agent.journal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.apache.pekko.persistence.SelectedSnapshot;
import org.apache.pekko.persistence.SnapshotMetadata;
import org.apache.pekko.persistence.SnapshotSelectionCriteria;
import org.apache.pekko.persistence.snapshot.japi.SnapshotStore;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializers;
import org.probity.agent.record.JournalState;
import org.probity.ground.Keccak;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.concurrent.Future;
import scala.jdk.javaapi.FutureConverters;
import scala.util.Try;

/**
 * Snapshots of a node's persistent actors, in a table beside the journal, by Pekko's plugin API.
 * They are no record: they shorten a recovery.
 */
public final class SnapshotTable extends SnapshotStore {

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotTable.class);

  private static final String OF_ONE =
      " WHERE \"persistence_id\" = ? AND \"sequence_number\" BETWEEN ? AND ?"
          + " AND \"created\" BETWEEN ? AND ?";

  private final Serialization serialization = SerializationExtension.get(context().system());
  private final Executor threads = JournalDatabase.readers(context().system());
  private final DataSource source = JournalDatabase.of(context().system()).source();
  private final JournalTable lines = JournalDatabase.of(context().system()).table();

  /** Pekko makes it, once for a node. */
  public SnapshotTable() {}

  /** What makes the table; nothing happens if it is there. */
  static String definition(boolean embedded) {
    return """
    CREATE TABLE IF NOT EXISTS "snapshot" (
      "persistence_id" VARCHAR(255) NOT NULL,
      "sequence_number" BIGINT NOT NULL,
      "created" BIGINT NOT NULL,
      "snapshot_ser_id" INTEGER NOT NULL,
      "snapshot_ser_manifest" VARCHAR(255) NOT NULL,
      "snapshot_payload" %s NOT NULL,
      PRIMARY KEY ("persistence_id", "sequence_number"))\
    """
        .formatted(embedded ? "BLOB" : "BYTEA");
  }

  @Override
  public Future<Optional<SelectedSnapshot>> doLoadAsync(
      String id, SnapshotSelectionCriteria criteria) {
    return later(() -> inTransaction(connection -> load(connection, id, criteria)));
  }

  private Optional<SelectedSnapshot> load(
      Connection connection, String id, SnapshotSelectionCriteria criteria) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            """
            SELECT "sequence_number", "created", "snapshot_ser_id", "snapshot_ser_manifest", "snapshot_payload"
            FROM "snapshot"\
            """
                + OF_ONE
                + " ORDER BY \"sequence_number\" DESC FETCH FIRST 1 ROW ONLY")) {
      bind(query, id, criteria);
      try (ResultSet rows = query.executeQuery()) {
        return rows.next() ? snapshot(id, rows) : Optional.empty();
      }
    }
  }

  /** One that cannot be read, or is not of the line it says, is left out: the lines remain. */
  private Optional<SelectedSnapshot> snapshot(String id, ResultSet rows) throws SQLException {
    long sequence = rows.getLong(1);
    Try<Object> read =
        serialization.deserialize(rows.getBytes(5), rows.getInt(3), rows.getString(4));
    if (read.isFailure() || !isOfItsLine(id, sequence, read.get())) {
      LOG.warn(
          "The snapshot of {} at line {} is left out: it is of another format, or it or the line was changed",
          id,
          sequence);
      return Optional.empty();
    }
    return Optional.of(
        SelectedSnapshot.create(new SnapshotMetadata(id, sequence, rows.getLong(2)), read.get()));
  }

  private boolean isOfItsLine(String id, long sequence, Object snapshot) {
    if (!(snapshot instanceof JournalState state)) {
      return true;
    }
    return state.lines() == sequence
        && lines.page(id, sequence, sequence).stream()
            .anyMatch(line -> Keccak.hash(line.payload()).equals(state.last()));
  }

  @Override
  public Future<Void> doSaveAsync(SnapshotMetadata of, Object snapshot) {
    return later(() -> {
      byte[] payload = serialization.serialize(snapshot).get();
      var serializer = serialization.findSerializerFor(snapshot);
      String manifest = Serializers.manifestFor(serializer, snapshot);
      return inTransaction(
          connection -> replace(connection, of, serializer.identifier(), manifest, payload));
    });
  }

  private static Void replace(
      Connection connection, SnapshotMetadata of, int serializer, String manifest, byte[] payload)
      throws SQLException {
    delete(connection, of.persistenceId(), exactly(of.sequenceNr(), 0, Long.MAX_VALUE));
    try (PreparedStatement insert =
        connection.prepareStatement(
            """
            INSERT INTO "snapshot" ("persistence_id", "sequence_number", "created", "snapshot_ser_id",
              "snapshot_ser_manifest", "snapshot_payload") VALUES (?, ?, ?, ?, ?, ?)\
            """)) {
      insert.setString(1, of.persistenceId());
      insert.setLong(2, of.sequenceNr());
      insert.setLong(3, of.timestamp());
      insert.setInt(4, serializer);
      insert.setString(5, manifest);
      insert.setBytes(6, payload);
      insert.executeUpdate();
    }
    return null;
  }

  @Override
  public Future<Void> doDeleteAsync(SnapshotMetadata of) {
    long from = of.timestamp() == 0 ? 0 : of.timestamp();
    long to = of.timestamp() == 0 ? Long.MAX_VALUE : of.timestamp();
    return doDeleteAsync(of.persistenceId(), exactly(of.sequenceNr(), from, to));
  }

  @Override
  public Future<Void> doDeleteAsync(String id, SnapshotSelectionCriteria criteria) {
    return later(() -> inTransaction(connection -> delete(connection, id, criteria)));
  }

  private static SnapshotSelectionCriteria exactly(long sequence, long from, long to) {
    return SnapshotSelectionCriteria.create(sequence, to, sequence, from);
  }

  private static Void delete(Connection connection, String id, SnapshotSelectionCriteria criteria)
      throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM \"snapshot\"" + OF_ONE)) {
      bind(delete, id, criteria);
      delete.executeUpdate();
    }
    return null;
  }

  private static void bind(
      PreparedStatement statement, String id, SnapshotSelectionCriteria criteria)
      throws SQLException {
    statement.setString(1, id);
    statement.setLong(2, criteria.minSequenceNr());
    statement.setLong(3, criteria.maxSequenceNr());
    statement.setLong(4, criteria.minTimestamp());
    statement.setLong(5, criteria.maxTimestamp());
  }

  @FunctionalInterface
  private interface Step<T> {
    T run(Connection connection) throws SQLException;
  }

  private <T> T inTransaction(Step<T> step) {
    try (Connection connection = source.getConnection()) {
      connection.setAutoCommit(false);
      try {
        T result = step.run(connection);
        connection.commit();
        return result;
      } catch (SQLException | RuntimeException e) {
        connection.rollback();
        throw e;
      }
    } catch (SQLException e) {
      throw new IllegalStateException("Snapshots cannot be read or written: " + e.getMessage(), e);
    }
  }

  private <T> Future<T> later(Supplier<T> step) {
    return FutureConverters.asScala(CompletableFuture.supplyAsync(step, threads));
  }
}
