package org.probity.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.ground.OwnFolder;

final class ScratchDatabaseTest {

  @TempDir private Path folder;

  @Test
  void programsOfTheServerLieWhereNobodyElseCanReplaceThem() throws Exception {
    Path own = OwnFolder.cache("postgres");
    try (ScratchDatabase database = ScratchDatabase.start(folder.resolve("data"))) {
      String started = Files.readString(folder.resolve("data").resolve("postmaster.opts"));
      assertThat(started).startsWith(own + "/");
    }
    try (Stream<Path> programs = Files.list(own)) {
      assertThat(programs).isNotEmpty();
    }
  }
}
