package org.probity.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.agent.Ending;
import org.probity.agent.node.ProbityNode;
import org.probity.agent.node.ScriptedHeads;
import org.probity.agent.node.ScriptedWorld;
import org.probity.agent.settings.JournalSettings;
import org.probity.agent.settings.NodeSettings;
import org.probity.ground.TestKind;
import org.probity.intent.Pace;
import org.probity.intent.conduct.Life;

/** A node whose embedded journal is lost ends, and says why. */
@TestKind.Acceptance
final class JournalGuardTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"removed", "replaced", "emptied"})
  void aFileThatIsTakenAwayIsTheEnd(String how) throws Exception {
    CompletableFuture<String> end = new CompletableFuture<>();
    Path file = folder.resolve("journal.mv.db");
    JournalStore store = JournalStore.open(new JournalSettings.Embedded(folder), end::complete);
    try {
      assertThat(end).isNotDone();
      switch (how) {
        case "removed" -> Files.delete(file);
        case "replaced" -> {
          Path other = Files.copy(file, folder.resolve("other"));
          Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
        }
        default -> Files.newByteChannel(file, StandardOpenOption.WRITE).truncate(0).close();
      }
      assertThat(end.get(20, TimeUnit.SECONDS))
          .startsWith("The journal in " + folder.toRealPath() + " was " + how)
          .contains("start the node again")
          .endsWith(".");
    } finally {
      store.close();
    }
    assertThat(Files.exists(file))
        .as("nothing is made in its place")
        .isEqualTo(!how.equals("removed"));
  }

  @Test
  void aNodeEndsWithItsJournal() throws Exception {
    ScriptedWorld world = ScriptedWorld.ofNodes(new Pace(120, false));
    Ending ending = Ending.ofNode();
    try (ProbityNode node =
        ProbityNode.start(
            NodeSettings.alone(new JournalSettings.Embedded(folder), 1, ScriptedWorld.RETRY),
            _ -> world.equipment(new ScriptedHeads()),
            InstantSource.system(),
            ending,
            ProbityNode.Harness.NONE)) {
      assertThat(world.status(node, "one").life()).isEqualTo(Life.ACTIVE);
      assertThat(ending.sentence()).isEmpty();
      Files.delete(folder.resolve("journal.mv.db"));
      CompletableFuture.runAsync(() -> join(node)).get(60, TimeUnit.SECONDS);
      assertThat(ending.sentence())
          .hasValueSatisfying(why -> assertThat(why).contains("was removed"));
    }
  }

  private static void join(ProbityNode node) {
    try {
      node.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aDatabaseThatClosedIsTheEndAndItsCauseIsNamed() throws Exception {
    CompletableFuture<String> end = new CompletableFuture<>();
    JournalStore store = JournalStore.open(new JournalSettings.Embedded(folder), end::complete);
    store.source().getConnection().createStatement().execute("SHUTDOWN IMMEDIATELY");
    assertThat(end.get(20, TimeUnit.SECONDS))
        .startsWith("The journal in " + folder.toRealPath() + " cannot be written any more (")
        .contains("closed");
    store.close();
    JournalStore.open(new JournalSettings.Embedded(folder), _ -> {}).close();
  }

  @Test
  void aFailureWithoutWordsIsTold() {
    assertThat(JournalStore.said(new IllegalStateException("x", new EOFException())))
        .isEqualTo("it was cut off or damaged (EOFException)");
  }

  @Test
  void aRowThatIsRefusedIsNotTheEnd() throws Exception {
    CompletableFuture<String> end = new CompletableFuture<>();
    JournalSettings settings = new JournalSettings.Embedded(folder);
    try (JournalStore store = JournalStore.open(settings, end::complete);
        GroupCommit commit = new GroupCommit(store.table(), _ -> {})) {
      assertThatThrownBy(
              commit.write(List.of(row(1, new byte[2 << 20]))).orTimeout(20, TimeUnit.SECONDS)
                  ::join)
          .hasMessageContaining("too long");
      commit.write(List.of(row(1, new byte[1]))).get(20, TimeUnit.SECONDS);
    }
    assertThat(end).isNotDone();
  }

  /** Where a file system of a few megabytes can be made: by root, on Linux. */
  @Test
  void aFullDiskIsTheEndAndIsNamed() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    assumeTrue(ran("mount", "-t", "tmpfs", "-o", "size=3m,mode=700", "none", disk.toString()));
    CompletableFuture<String> end = new CompletableFuture<>();
    JournalSettings settings = new JournalSettings.Embedded(disk.resolve("journal"));
    try {
      JournalStore store = JournalStore.open(settings, end::complete);
      try {
        fill(store);
        assertThat(end.get(20, TimeUnit.SECONDS))
            .startsWith("The journal in " + disk.resolve("journal").toRealPath())
            .contains("No space left on device", "make room");
      } finally {
        store.close();
      }
      // What was acknowledged is there.
      try (JournalStore after = JournalStore.read(settings)) {
        assertThat(after.table().highest("agent|one", 0)).isPositive();
      }
    } finally {
      assertThat(ran("umount", disk.toString())).isTrue();
    }
  }

  private static void fill(JournalStore store) throws InterruptedException, TimeoutException {
    Random random = new Random(1);
    GroupCommit commit = store.commit();
    try {
      for (int i = 1; i < 1_000; i++) {
        byte[] payload = new byte[50_000];
        random.nextBytes(payload);
        commit.write(List.of(row(i, payload))).get(20, TimeUnit.SECONDS);
      }
    } catch (ExecutionException e) {
      return;
    }
    throw new AssertionError("three megabytes held fifty");
  }

  private static JournalTable.Row row(long sequence, byte[] payload) {
    return new JournalTable.Row("agent|one", sequence, "", 1, "", payload, false);
  }

  private static boolean ran(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
