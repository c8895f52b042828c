package org.probity.agent.settings;

import java.nio.file.Path;
import java.util.Optional;
import org.probity.settings.BadSetting;

/** Where agents' journals are kept. */
public sealed interface JournalSettings {

  /** In memory: gone with the process. For demonstrations. */
  record Memory() implements JournalSettings {}

  /**
   * In an embedded H2 database, for one process at a time.
   *
   * @param folder made if it is not there
   */
  record Embedded(Path folder) implements JournalSettings {}

  /**
   * In a PostgreSQL database, for many nodes.
   *
   * @param url JDBC URL, jdbc:postgresql://…
   * @param password empty if the server asks for none; never shown
   */
  record Postgres(String url, String user, Optional<String> password) implements JournalSettings {

    /**
     * @throws BadSetting if {@code url} has parameters that are not known to be harmless
     */
    public Postgres {
      PostgresUrl.require(url);
    }

    @Override
    public String toString() {
      return "Postgres[" + BadSetting.publicPart(url) + ", " + user + "]";
    }
  }
}
