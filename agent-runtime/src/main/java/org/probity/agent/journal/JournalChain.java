package org.probity.agent.journal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import javax.sql.DataSource;
import org.probity.ground.Bytes32;
import org.probity.settings.BadSetting;

/**
 * The chain that a journal is of: its id and the hash of its block 0. Chains of one id need not be
 * one chain: a local one that is started anew has the same id and often the same addresses, and an
 * agent that goes on there from an old journal decides nothing, or the wrong thing.
 *
 * @param id as EIP-155 has it
 * @param genesis hash of block 0
 */
public record JournalChain(long id, Bytes32 genesis) {

  /** What makes the table; nothing happens if it is there. */
  static final String DEFINITION =
      """
      CREATE TABLE IF NOT EXISTS "probity_chain" (
        "chain_id" BIGINT NOT NULL,
        "genesis" VARCHAR(66) NOT NULL,
        PRIMARY KEY ("chain_id"))\
      """;

  /**
   * Compares this chain with the journal's, or makes it the journal's if none was noted: by an
   * earlier program none was.
   *
   * @throws BadSetting if the journal is of another chain
   */
  public void require(DataSource journal) {
    try (Connection connection = journal.getConnection()) {
      Optional<JournalChain> noted = read(connection);
      if (noted.isEmpty()) {
        note(connection);
        noted = read(connection);
      }
      if (!noted.equals(Optional.of(this))) {
        throw refused(noted.orElseThrow());
      }
    } catch (SQLException e) {
      throw new IllegalStateException("The journal cannot be read: " + e.getMessage(), e);
    }
  }

  private BadSetting refused(JournalChain noted) {
    return new BadSetting(
        noted.id == id
            ? "The journal is of another chain with the same id %d (its block 0 is %s, and this chain's is %s): name another folder or database for this chain."
                .formatted(id, noted.genesis, genesis)
            : "The journal is of chain %d, and this is chain %d: name another folder or database for this chain."
                .formatted(noted.id, id));
  }

  private static Optional<JournalChain> read(Connection connection) throws SQLException {
    try (PreparedStatement query =
            connection.prepareStatement(
                "SELECT \"chain_id\", \"genesis\" FROM \"probity_chain\" ORDER BY \"chain_id\"");
        ResultSet rows = query.executeQuery()) {
      return rows.next()
          ? Optional.of(new JournalChain(rows.getLong(1), Bytes32.fromHex(rows.getString(2))))
          : Optional.empty();
    }
  }

  /** Of two nodes that begin at once, both note the same or one of them is refused. */
  private void note(Connection connection) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            """
            INSERT INTO "probity_chain" ("chain_id", "genesis")
            SELECT CAST(? AS BIGINT), CAST(? AS VARCHAR(66))
            WHERE NOT EXISTS (SELECT 1 FROM "probity_chain")\
            """)) {
      insert.setLong(1, id);
      insert.setString(2, genesis.hex());
      insert.executeUpdate();
    } catch (SQLException e) {
      if (!JournalTable.isConflict(e)) {
        throw e;
      }
    }
  }
}
