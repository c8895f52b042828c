package org.probity.agent;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import javax.sql.DataSource;
import org.apache.pekko.actor.setup.Setup;

/**
 * The database behind the journal: made on first use.
 *
 * <p>H2 by default. It must survive {@code kill -9} at any moment: {@code WRITE_DELAY=0} has every
 * commit written to the file before it is acknowledged (the default may lose half a second), and
 * H2's store is a log of checksummed chunks that are never overwritten in place, so that an
 * unfinished one is ignored at the next start. What a process has given to the operating system
 * outlives the process; against the loss of power itself only PostgreSQL, which waits for the disk,
 * is sure. {@code FILE_LOCK=FS} locks the file by the operating system, which forgets the lock when
 * a process dies, and keeps a second process out. {@code DB_CLOSE_ON_EXIT=FALSE}: the node closes
 * the database after its last agent, not a shutdown hook in the middle.
 */
final class JournalStore implements AutoCloseable {

  /** Written into the database; another number is another layout. */
  private static final int SCHEMA = 2;

  /** What fails is thrown; a file of traces beside the journal would say it again. */
  private static final String H2_OPTIONS =
      ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE;FILE_LOCK=FS;CACHE_SIZE=65536;TRACE_LEVEL_FILE=0";

  private final HikariDataSource pool;
  private final boolean embedded;
  private final JournalTable table;
  private final GroupCommit commit;

  private JournalStore(HikariDataSource pool, boolean embedded) {
    this.pool = pool;
    this.embedded = embedded;
    this.table = new JournalTable(pool, embedded);
    this.commit = new GroupCommit(table);
  }

  /**
   * Opens the database and makes what is missing in it.
   *
   * @throws BadSetting if it cannot be used, with the reason
   */
  static JournalStore open(JournalSettings settings) {
    HikariConfig pool = new HikariConfig();
    pool.setPoolName("probity-journal");
    pool.setMaximumPoolSize(8);
    pool.setMinimumIdle(1);
    boolean embedded =
        switch (settings) {
          case JournalSettings.Memory() ->
              throw new IllegalArgumentException("A journal in memory has no database");
          case JournalSettings.Embedded(Path folder) -> {
            makeFolder(folder);
            pool.setJdbcUrl(url(folder));
            pool.setUsername("probity");
            pool.setPassword("");
            yield true;
          }
          case JournalSettings.Postgres postgres -> {
            pool.setJdbcUrl(postgres.url());
            pool.setUsername(postgres.user());
            postgres.password().ifPresent(pool::setPassword);
            // A batch is one statement on the wire.
            pool.addDataSourceProperty("reWriteBatchedInserts", "true");
            yield false;
          }
        };
    JournalStore store;
    try {
      store = new JournalStore(new HikariDataSource(pool), embedded);
    } catch (RuntimeException e) {
      throw new BadSetting(
          "probity.journal",
          "The journal %s cannot be opened: %s.".formatted(where(settings), said(e)));
    }
    try {
      store.makeTables();
    } catch (SQLException e) {
      store.close();
      throw new BadSetting(
          "probity.journal",
          "The journal %s cannot be used: %s.".formatted(where(settings), said(e)));
    }
    return store;
  }

  /** For readers and writers of our own. */
  DataSource source() {
    return pool;
  }

  /** The lines in it. */
  JournalTable table() {
    return table;
  }

  /** How many lines are on their way into it. */
  int waiting() {
    return commit.waiting();
  }

  /** What the plugins of {@link #plugin} need besides their configuration. */
  Setup setup() {
    return new JournalDatabase(pool, table, commit);
  }

  /** Which of Pekko's plugins keep journal and snapshots. */
  static Config plugin(JournalSettings settings) {
    return ConfigFactory.parseMap(
        switch (settings) {
          case JournalSettings.Memory() ->
              Map.of(
                  "pekko.persistence.journal.plugin", "pekko.persistence.journal.inmem",
                  "pekko.persistence.snapshot-store.plugin", "probity.no-snapshots");
          case JournalSettings.Embedded _, JournalSettings.Postgres _ ->
              Map.of(
                  "pekko.persistence.journal.plugin", "probity-journal",
                  "pekko.persistence.snapshot-store.plugin", "probity-snapshots");
        });
  }

  private static String url(Path folder) {
    return "jdbc:h2:file:" + folder.toAbsolutePath().normalize().resolve("journal") + H2_OPTIONS;
  }

  private static void makeFolder(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("The journal's folder cannot be made: " + folder, e);
    }
  }

  private static String where(JournalSettings settings) {
    return switch (settings) {
      case JournalSettings.Memory() -> "in memory";
      case JournalSettings.Embedded(Path folder) -> "in " + folder;
      case JournalSettings.Postgres postgres -> "at " + BadSetting.publicPart(postgres.url());
    };
  }

  private static String said(Throwable cause) {
    Throwable root = cause;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message = String.valueOf(root.getMessage()).lines().findFirst().orElse("");
    return message.endsWith(".") ? message.substring(0, message.length() - 1) : message;
  }

  /** The number of the layout is looked at first: tables of another one are not touched. */
  private void makeTables() throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE IF NOT EXISTS \"probity_schema\" (\"version\" INTEGER NOT NULL)");
      try (var rows = statement.executeQuery("SELECT \"version\" FROM \"probity_schema\"")) {
        if (rows.next() && rows.getInt(1) != SCHEMA) {
          throw new SQLException(
              "its layout is of version %d, and this program's of version %d: choose another place for a new one, or use the program that wrote it"
                  .formatted(rows.getInt(1), SCHEMA));
        }
      }
      statement.execute(JournalTable.definition(embedded));
      statement.execute(SnapshotTable.definition(embedded));
      statement.execute(
          "INSERT INTO \"probity_schema\" SELECT "
              + SCHEMA
              + " WHERE NOT EXISTS (SELECT 1 FROM \"probity_schema\")");
    }
  }

  @Override
  public void close() {
    commit.close();
    if (embedded) {
      try (Connection connection = pool.getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute("SHUTDOWN");
      } catch (SQLException e) {
        // The next start finds the log as it is, which is as good.
      }
    }
    pool.close();
  }
}
