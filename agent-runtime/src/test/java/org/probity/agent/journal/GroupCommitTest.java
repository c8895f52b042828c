package org.probity.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.agent.settings.JournalSettings;
import org.probity.ground.TestKind;
import org.probity.settings.BadSetting;

/** What waits is written together, and a second writer of a line fails alone. */
@TestKind.Acceptance
final class GroupCommitTest {

  private static final int IDS = 300;

  @TempDir private Path folder;

  @Test
  void aSecondWriterFailsAloneOnH2() {
    aSecondWriterFailsAlone(new JournalSettings.Embedded(folder.resolve("journal")));
  }

  @Test
  void aSecondWriterFailsAloneOnPostgres() throws IOException {
    try (EmbeddedPostgres server = EmbeddedPostgres.builder().start()) {
      aSecondWriterFailsAlone(
          new JournalSettings.Postgres(
              server.getJdbcUrl("postgres", "postgres"), "postgres", Optional.empty()));
    }
  }

  private static void aSecondWriterFailsAlone(JournalSettings settings) {
    try (JournalStore store = JournalStore.open(settings, _ -> {})) {
      JournalTable table = store.table();
      List<CompletableFuture<Void>> written = new ArrayList<>();
      try (GroupCommit commit = new GroupCommit(table, _ -> {});
          GroupCommit other = new GroupCommit(table, _ -> {})) {
        commit.write(List.of(row("held", 1, "first"))).join();
        for (int i = 0; i < IDS; i++) {
          written.add(commit.write(List.of(row("id" + i, 1, "first"), row("id" + i, 2, "first"))));
          if (i == IDS / 2) {
            written.add(other.write(List.of(row("held", 1, "second"), row("held", 2, "second"))));
            written.add(commit.write(List.of(row("held", 1, "second"))));
          }
        }
      }
      List<CompletableFuture<Void>> failed =
          written.stream().filter(CompletableFuture::isCompletedExceptionally).toList();
      assertThat(failed).hasSize(2);
      assertThatThrownBy(failed.getFirst()::join)
          .isInstanceOf(CompletionException.class)
          .hasCauseInstanceOf(GroupCommit.Conflict.class)
          .hasMessageContaining("Line 1 of held is written already: there is another writer");
      assertThat(table.page("held", 1, 9))
          .singleElement()
          .extracting(JournalTable.Row::writer)
          .isEqualTo("first");
      assertThat(table.count("id")).isEqualTo(2 * IDS);
      for (int i = 0; i < IDS; i += 37) {
        assertThat(table.highest("id" + i, 0)).isEqualTo(2);
      }
    }
  }

  @Test
  void theLastLineIsFoundFromAnywhere() throws SQLException {
    try (JournalStore store = JournalStore.open(new JournalSettings.Embedded(folder), _ -> {})) {
      JournalTable table = store.table();
      for (int last = 0; last < 40; last++) {
        for (long from : new long[] {0, 1, 7, last, last + 1, 1000}) {
          assertThat(table.highest("agent|one", from)).isEqualTo(last);
        }
        table.append(List.of(row("agent|one", last + 1, "")));
      }
      table.delete("agent|one", 39);
      assertThat(table.highest("agent|one", 0)).isEqualTo(40);
      assertThat(table.page("agent|one", 1, 100))
          .hasSize(40)
          .filteredOn(row -> !row.deleted())
          .singleElement()
          .extracting(JournalTable.Row::sequence)
          .isEqualTo(40L);
    }
  }

  @Test
  void aFailureOfTheDatabaseFailsAllThatWaited() throws SQLException {
    try (JournalStore store = JournalStore.open(new JournalSettings.Embedded(folder), _ -> {})) {
      try (GroupCommit commit = new GroupCommit(store.table(), _ -> {})) {
        execute(store, "ALTER TABLE \"event_journal\" RENAME TO \"elsewhere\"");
        CompletableFuture<Void> one = commit.write(List.of(row("one", 1, "")));
        CompletableFuture<Void> two = commit.write(List.of(row("two", 1, "")));
        assertThatThrownBy(one::join).hasCauseInstanceOf(SQLException.class);
        assertThatThrownBy(two::join).hasCauseInstanceOf(SQLException.class);
        execute(store, "ALTER TABLE \"elsewhere\" RENAME TO \"event_journal\"");
        commit.write(List.of(row("one", 1, ""))).join();
      }
    }
  }

  @Test
  void anErrorFailsItsOwnLinesAndNoLaterOnes() throws Exception {
    try (JournalStore store = JournalStore.open(new JournalSettings.Embedded(folder), _ -> {})) {
      AtomicBoolean broken = new AtomicBoolean(true);
      DataSource source =
          (DataSource)
              Proxy.newProxyInstance(
                  DataSource.class.getClassLoader(),
                  new Class<?>[] {DataSource.class},
                  (_, method, arguments) -> {
                    if (broken.get()) {
                      throw new StackOverflowError("a driver's own");
                    }
                    return method.invoke(store.source(), arguments);
                  });
      try (GroupCommit commit = new GroupCommit(new JournalTable(source, true), _ -> {})) {
        assertThatThrownBy(
                commit.write(List.of(row("one", 1, ""))).orTimeout(20, TimeUnit.SECONDS)::join)
            .hasCauseInstanceOf(StackOverflowError.class);
        broken.set(false);
        commit.write(List.of(row("one", 1, ""))).get(20, TimeUnit.SECONDS);
      }
      assertThat(store.table().highest("one", 0)).isEqualTo(1);
    }
  }

  @Test
  void aStoreOfAnotherLayoutIsNamedAndLeftAsItIs() throws SQLException {
    JournalSettings settings = new JournalSettings.Embedded(folder);
    try (JournalStore store = JournalStore.open(settings, _ -> {})) {
      execute(store, "UPDATE \"probity_schema\" SET \"version\" = 1");
      execute(store, "DROP TABLE \"snapshot\"");
    }
    assertThatThrownBy(() -> JournalStore.open(settings, _ -> {}))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("its layout is of version 1, and this program's of version 3")
        .hasMessageContaining("begin a new journal in another place");
  }

  private static void execute(JournalStore store, String sql) throws SQLException {
    try (Connection connection = store.source().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static JournalTable.Row row(String id, long sequence, String writer) {
    return new JournalTable.Row(id, sequence, writer, 4, "", new byte[] {1, 2, 3}, false);
  }
}
