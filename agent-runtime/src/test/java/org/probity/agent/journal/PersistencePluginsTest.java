package org.probity.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.persistence.CapabilityFlag;
import org.apache.pekko.persistence.japi.journal.JavaJournalSpec;
import org.apache.pekko.persistence.japi.snapshot.JavaSnapshotStoreSpec;
import org.apache.pekko.persistence.journal.JournalSpec$;
import org.apache.pekko.persistence.snapshot.SnapshotStoreSpec$;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.probity.agent.node.TestActors;
import org.probity.agent.settings.JournalSettings;
import org.probity.ground.TestKind;
import org.scalatest.Args;
import org.scalatest.Suite;
import org.scalatest.events.Event;
import org.scalatest.events.TestFailed;
import org.scalatest.events.TestSucceeded;
import scala.Option;

/**
 * Pekko's own compatibility kit for persistence plugins, on both databases. It is written for
 * ScalaTest; each of its tests is shown here as one of ours.
 */
@TestKind.Acceptance
final class PersistencePluginsTest {

  @TempDir private Path folder;

  @TestFactory
  Stream<DynamicTest> embeddedJournal() {
    return results(new JournalSettings.Embedded(folder.resolve("journal")), JournalKit::new);
  }

  @TestFactory
  Stream<DynamicTest> embeddedSnapshots() {
    return results(new JournalSettings.Embedded(folder.resolve("snapshots")), SnapshotKit::new);
  }

  @TestFactory
  Stream<DynamicTest> postgres() throws IOException {
    try (EmbeddedPostgres server = EmbeddedPostgres.builder().start()) {
      JournalSettings settings =
          new JournalSettings.Postgres(
              server.getJdbcUrl("postgres", "postgres"), "postgres", Optional.empty());
      return Stream.concat(results(settings, JournalKit::new), results(settings, SnapshotKit::new));
    }
  }

  /** Runs the whole kit, and gives what became of its tests. */
  private static <S extends Suite> Stream<DynamicTest> results(
      JournalSettings settings, Function<Config, S> kit) {
    List<Event> events = new ArrayList<>();
    try (JournalStore store = JournalStore.open(settings, _ -> {})) {
      Database.store = store;
      Suite suite = kit.apply(TestActors.config(1));
      suite
          .run(
              Option.empty(),
              Args.apply(
                  events::add,
                  Args.apply$default$2(),
                  Args.apply$default$3(),
                  Args.apply$default$4(),
                  Args.apply$default$5(),
                  Args.apply$default$6(),
                  Args.apply$default$7(),
                  Args.apply$default$8(),
                  Args.apply$default$9(),
                  Args.apply$default$10()))
          .waitUntilCompleted();
    }
    List<DynamicTest> tests =
        events.stream()
            .<DynamicTest>mapMulti((event, sink) -> {
              if (event instanceof TestSucceeded passed) {
                sink.accept(DynamicTest.dynamicTest(passed.testName(), () -> {}));
              } else if (event instanceof TestFailed failed) {
                sink.accept(
                    DynamicTest.dynamicTest(
                        failed.testName(),
                        () -> {
                          throw new AssertionError(
                              failed.message(), failed.throwable().getOrElse(() -> null));
                        }));
              }
            })
            .toList();
    assertThat(tests).as("the kit has run").hasSizeGreaterThan(5);
    return tests.stream();
  }

  /** The kits make their actor system before their own constructors run. */
  private static final class Database {
    private static @Nullable JournalStore store;

    static ActorSystem system(String name, Config config) {
      return ActorSystem.create(
          name,
          ActorSystemSetup.create(
              BootstrapSetup.create(config), Objects.requireNonNull(store).setup()));
    }
  }

  private static final class JournalKit extends JavaJournalSpec {
    private @Nullable ActorSystem made;

    JournalKit(Config config) {
      super(config);
    }

    @Override
    public ActorSystem system() {
      if (made == null) {
        made = Database.system("JournalSpec", config().withFallback(JournalSpec$.MODULE$.config()));
      }
      return made;
    }

    @Override
    public CapabilityFlag supportsRejectingNonSerializableObjects() {
      return CapabilityFlag.on();
    }
  }

  private static final class SnapshotKit extends JavaSnapshotStoreSpec {
    private @Nullable ActorSystem made;

    SnapshotKit(Config config) {
      super(config);
    }

    @Override
    public ActorSystem system() {
      if (made == null) {
        made =
            Database.system(
                "SnapshotStoreSpec", config().withFallback(SnapshotStoreSpec$.MODULE$.config()));
      }
      return made;
    }
  }
}
