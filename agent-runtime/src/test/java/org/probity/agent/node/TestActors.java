package org.probity.agent.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;

/** The configuration of a node's actors for tests of some of them, without a cluster. */
public final class TestActors {

  private TestActors() {}

  /** With the journal of a node. */
  public static Config config(int provingThreads) {
    ClassLoader loader = TestActors.class.getClassLoader();
    return ConfigFactory.parseString(
            "probity.prover.threads = %s%npekko.actor.provider = local".formatted(provingThreads))
        .withFallback(ConfigFactory.parseResources(loader, "probity-actors.conf"))
        .withFallback(ConfigFactory.defaultReferenceUnresolved(loader))
        .resolve();
  }

  /** With a journal that is gone with them. */
  public static Config inMemory(int provingThreads) {
    return ConfigFactory.parseString(
            """
            pekko.persistence.journal.plugin = pekko.persistence.journal.inmem
            pekko.persistence.snapshot-store.plugin = pekko.persistence.no-snapshot-store
            """)
        .withFallback(config(provingThreads));
  }
}
