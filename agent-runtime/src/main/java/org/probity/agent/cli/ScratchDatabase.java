package org.probity.agent.cli;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.probity.agent.JournalSettings;
import org.probity.ground.OwnFolder;

/** A PostgreSQL server for one command, which never outlives this process. */
final class ScratchDatabase implements AutoCloseable {

  private static final String NAME = "postgres";

  private final EmbeddedPostgres server;
  private final Leash leash;

  private ScratchDatabase(EmbeddedPostgres server, Leash leash) {
    this.server = server;
    this.leash = leash;
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
      return new ScratchDatabase(server, Leash.on(pid(folder), "QUIT"));
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /** The server writes its number among the machine's processes into the first line of a file. */
  private static long pid(Path folder) throws IOException {
    return Long.parseLong(Files.readAllLines(folder.resolve("postmaster.pid")).getFirst().strip());
  }

  /** For the journal of a cluster. */
  JournalSettings.Postgres journal() {
    return new JournalSettings.Postgres(server.getJdbcUrl(NAME, NAME), NAME, Optional.empty());
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException("A database did not end well", e);
    } finally {
      leash.close();
    }
  }
}
