package org.probity.agent;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;

/**
 * The database behind the journal: made on first use, and described to Pekko's JDBC journal.
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
  private static final int SCHEMA = 1;

  private static final String H2_OPTIONS =
      ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE;FILE_LOCK=FS;CACHE_SIZE=65536";

  /**
   * Events that may wait to be written. Every agent of a node may decide on one head, and an event
   * that finds no room fails its agent, which then has to recover.
   */
  private static final int MOST_WAITING = 100_000;

  /**
   * Group commit: one writer, and what arrives while it commits is its next transaction, with up to
   * so many events. The busier the node, the fewer commits an event costs.
   */
  private static final int MOST_TOGETHER = 1_000;

  private final HikariDataSource pool;
  private final boolean embedded;

  private JournalStore(HikariDataSource pool, boolean embedded) {
    this.pool = pool;
    this.embedded = embedded;
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

  /** What Pekko has to know to keep its journal and snapshots here. */
  static Config plugin(JournalSettings settings) {
    Map<String, Object> database = new LinkedHashMap<>();
    String profile =
        switch (settings) {
          case JournalSettings.Memory() -> "";
          case JournalSettings.Embedded(Path folder) -> {
            database.put("url", url(folder));
            database.put("user", "probity");
            database.put("password", "");
            database.put("driver", "org.h2.Driver");
            yield "slick.jdbc.H2Profile$";
          }
          case JournalSettings.Postgres postgres -> {
            database.put("url", postgres.url());
            database.put("user", postgres.user());
            database.put("password", postgres.password().orElse(""));
            database.put("driver", "org.postgresql.Driver");
            yield "slick.jdbc.PostgresProfile$";
          }
        };
    if (profile.isEmpty()) {
      return ConfigFactory.parseMap(
          Map.of(
              "pekko.persistence.journal.plugin", "pekko.persistence.journal.inmem",
              "pekko.persistence.snapshot-store.plugin", "probity.no-snapshots"));
    }
    // Few connections: the journal writes in batches, and a batch takes one.
    database.putAll(
        Map.of("numThreads", 4, "maxConnections", 4, "minConnections", 1, "queueSize", 50_000));
    return ConfigFactory.parseMap(
            Map.of(
                "pekko.persistence.journal.plugin", "jdbc-journal",
                "pekko.persistence.snapshot-store.plugin", "jdbc-snapshot-store",
                "jdbc-journal.use-shared-db", "slick",
                "jdbc-snapshot-store.use-shared-db", "slick",
                "jdbc-read-journal.use-shared-db", "slick",
                "jdbc-journal.bufferSize", MOST_WAITING,
                "jdbc-journal.batchSize", MOST_TOGETHER,
                "jdbc-journal.parallelism", 1))
        .withValue(
            "pekko-persistence-jdbc.shared-databases.slick.profile",
            ConfigValueFactory.fromAnyRef(profile))
        .withFallback(
            ConfigFactory.parseMap(
                Map.of("pekko-persistence-jdbc.shared-databases.slick.db", database)));
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
      case JournalSettings.Postgres postgres -> "at " + postgres.url();
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

  private void makeTables() throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      for (String table : tables()) {
        statement.execute(table);
      }
      if (embedded) {
        // H2 writes the sequence down for every 32 rows, which costs as much as the rows.
        statement.execute(
            "ALTER TABLE \"event_journal\" ALTER COLUMN \"ordering\" SET CACHE " + MOST_TOGETHER);
      }
      try (var rows = statement.executeQuery("SELECT \"version\" FROM \"probity_schema\"")) {
        if (rows.next() && rows.getInt(1) != SCHEMA) {
          throw new SQLException(
              "its layout is of version %d, and this program's of version %d"
                  .formatted(rows.getInt(1), SCHEMA));
        }
      }
      statement.execute(
          "INSERT INTO \"probity_schema\" SELECT "
              + SCHEMA
              + " WHERE NOT EXISTS (SELECT 1 FROM \"probity_schema\")");
    }
  }

  /**
   * The tables that Pekko's JDBC journal 1.1 expects, and the number of this layout. The journal's
   * primary key is the number of the row, by which H2 keeps rows anyway: an index less to write.
   */
  private List<String> tables() {
    String line = embedded ? "VARBINARY(1048576)" : "BYTEA";
    String large = embedded ? "BLOB" : "BYTEA";
    return List.of(
        "CREATE TABLE IF NOT EXISTS \"probity_schema\" (\"version\" INTEGER NOT NULL)",
        """
        CREATE TABLE IF NOT EXISTS "event_journal" (
          "ordering" BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
          "deleted" BOOLEAN DEFAULT FALSE NOT NULL,
          "persistence_id" VARCHAR(255) NOT NULL,
          "sequence_number" BIGINT NOT NULL,
          "writer" VARCHAR(255) NOT NULL,
          "write_timestamp" BIGINT NOT NULL,
          "adapter_manifest" VARCHAR(255) NOT NULL,
          "event_payload" %s NOT NULL,
          "event_ser_id" INTEGER NOT NULL,
          "event_ser_manifest" VARCHAR(255) NOT NULL,
          "meta_payload" %s,
          "meta_ser_id" INTEGER,
          "meta_ser_manifest" VARCHAR(255),
          UNIQUE ("persistence_id", "sequence_number"))\
        """
            .formatted(line, line),
        """
        CREATE TABLE IF NOT EXISTS "event_tag" (
          "event_id" BIGINT NOT NULL,
          "tag" VARCHAR(255) NOT NULL,
          PRIMARY KEY ("event_id", "tag"))\
        """,
        """
        CREATE TABLE IF NOT EXISTS "snapshot" (
          "persistence_id" VARCHAR(255) NOT NULL,
          "sequence_number" BIGINT NOT NULL,
          "created" BIGINT NOT NULL,
          "snapshot_ser_id" INTEGER NOT NULL,
          "snapshot_ser_manifest" VARCHAR(255) NOT NULL,
          "snapshot_payload" %s NOT NULL,
          "meta_ser_id" INTEGER,
          "meta_ser_manifest" VARCHAR(255),
          "meta_payload" %s,
          PRIMARY KEY ("persistence_id", "sequence_number"))\
        """
            .formatted(large, large));
  }

  @Override
  public void close() {
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
