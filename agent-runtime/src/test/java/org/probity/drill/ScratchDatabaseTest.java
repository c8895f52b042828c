package org.probity.drill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.agent.settings.JournalSettings;
import org.probity.ground.OwnFolder;
import org.probity.ground.TestKind;

/** The server that {@code probity cluster} starts, whose port all users of the machine reach. */
@TestKind.Acceptance
final class ScratchDatabaseTest {

  @TempDir private Path folder;

  @Test
  void databaseIsForThoseWhoKnowItsPasswordAndItsProgramsLieWhereNobodyElseCanReplaceThem()
      throws Exception {
    Path own = OwnFolder.cache("postgres");
    Path data = folder.resolve("database");
    try (ScratchDatabase database = ScratchDatabase.start(data)) {
      JournalSettings.Postgres journal = database.journal();
      assertThatThrownBy(() -> DriverManager.getConnection(journal.url(), new Properties()).close())
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("password");
      assertThat(journal.toString()).doesNotContain(journal.password().orElseThrow());
      DriverManager.getConnection(journal.url(), journal.user(), journal.password().orElseThrow())
          .close();
      assertThat(Files.readString(data.resolve("postmaster.opts"))).startsWith(own + "/");
    }
    try (Stream<Path> programs = Files.list(own)) {
      assertThat(programs).isNotEmpty();
    }
  }
}
