package org.probity.drill;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.Optional;
import org.probity.agent.settings.JournalSettings;
import org.probity.ground.OwnFolder;

/** A PostgreSQL server for one command, which never outlives this process. */
final class ScratchDatabase implements AutoCloseable {

  private static final String NAME = "postgres";

  private final EmbeddedPostgres server;
  private final Watchdog watchdog;
  private final String password;

  private ScratchDatabase(EmbeddedPostgres server, Watchdog watchdog, String password) {
    this.server = server;
    this.watchdog = watchdog;
    this.password = password;
  }

  /**
   * Makes a database and starts its server, on loopback.
   *
   * @param folder for its files, which are gone when it is closed
   */
  static ScratchDatabase start(Path folder) throws IOException {
    EmbeddedPostgres server =
        // Without a hook of its own: whoever uses it is to end before it does.
        EmbeddedPostgres.builder()
            .setRegisterShutdownHook(false)
            .setDataDirectory(folder)
            // By default the server's programs lie where every user can replace them.
            .setOverrideWorkingDirectory(OwnFolder.cache("postgres").toFile())
            // A node that stands still in the middle of a write must not hold up its successor.
            .setServerConfig("idle_in_transaction_session_timeout", "3s")
            .setServerConfig("max_connections", "200")
            .start();
    try {
      byte[] random = new byte[16];
      new SecureRandom().nextBytes(random);
      String password = HexFormat.of().formatHex(random);
      lock(server, folder, password);
      return new ScratchDatabase(server, Watchdog.on(pid(folder), "QUIT"), password);
    } catch (SQLException e) {
      server.close();
      throw new IOException("its server cannot be given a password", e);
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /**
   * The server starts without a password, and its port is open to all users of the machine. Whoever
   * came before there was one is sent away.
   */
  private static void lock(EmbeddedPostgres server, Path folder, String password)
      throws IOException, SQLException {
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("ALTER USER %s PASSWORD '%s'".formatted(NAME, password));
      Files.writeString(
          folder.resolve("pg_hba.conf"),
          "host all all 127.0.0.1/32 scram-sha-256\nhost all all ::1/128 scram-sha-256\n");
      statement.execute("SELECT pg_reload_conf()");
      statement.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
              + " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
    }
  }

  /** The server writes its number among the machine's processes into the first line of a file. */
  private static long pid(Path folder) throws IOException {
    return Long.parseLong(Files.readAllLines(folder.resolve("postmaster.pid")).getFirst().strip());
  }

  /** For the journal of a cluster. */
  JournalSettings.Postgres journal() {
    return new JournalSettings.Postgres(server.getJdbcUrl(NAME, NAME), NAME, Optional.of(password));
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException("A database did not end well", e);
    } finally {
      watchdog.close();
    }
  }
}
