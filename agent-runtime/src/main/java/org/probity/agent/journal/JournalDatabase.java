package org.probity.agent.journal;

import java.util.concurrent.Executor;
import javax.sql.DataSource;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.setup.Setup;

/**
 * Hands a node's database to the plugins that Pekko makes by themselves: so there is one pool of
 * connections, and no password in the actors' configuration.
 */
final class JournalDatabase extends Setup {

  private final DataSource source;
  private final JournalTable table;
  private final GroupCommit commit;

  JournalDatabase(DataSource source, JournalTable table, GroupCommit commit) {
    this.source = source;
    this.table = table;
    this.commit = commit;
  }

  DataSource source() {
    return source;
  }

  JournalTable table() {
    return table;
  }

  GroupCommit commit() {
    return commit;
  }

  /** That of {@code system}. */
  static JournalDatabase of(ActorSystem system) {
    return system
        .settings()
        .setup()
        .get(JournalDatabase.class)
        .orElseThrow(() -> new IllegalStateException("The node was started without a database"));
  }

  /** Where the database may be waited for. */
  static Executor readers(ActorSystem system) {
    return system.dispatchers().lookup("pekko.persistence.dispatchers.default-replay-dispatcher");
  }
}
