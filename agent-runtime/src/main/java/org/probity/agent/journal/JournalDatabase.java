package org.probity.agent.journal;

import java.util.concurrent.Executor;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.setup.Setup;

/**
 * Hands a node's database to the plugins that Pekko makes by themselves: so there is one pool of
 * connections, and no password in the actors' configuration.
 */
final class JournalDatabase extends Setup {

  private final JournalStore store;

  JournalDatabase(JournalStore store) {
    this.store = store;
  }

  /** That of {@code system}. */
  static JournalStore of(ActorSystem system) {
    return system
        .settings()
        .setup()
        .get(JournalDatabase.class)
        .orElseThrow(() -> new IllegalStateException("The node was started without a database"))
        .store;
  }

  /** Where the database may be waited for. */
  static Executor readers(ActorSystem system) {
    return system.dispatchers().lookup("pekko.persistence.dispatchers.default-replay-dispatcher");
  }
}
