package org.probity.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.agent.checks.NewFile;
import org.probity.ground.Frozen;
import org.probity.ground.TestKind;

/** What is done with one's own journal and with that of others. */
@TestKind.Acceptance
final class JournalCommandTest {

  @TempDir private Path folder;
  private Path journal = Path.of("");
  private Path config = Path.of("");

  @BeforeEach
  void save() throws IOException {
    journal = Files.createDirectory(folder.resolve("journal"));
    try (InputStream in = resource("/frozen/journal/journal.mv.db.gz")) {
      Files.copy(new GZIPInputStream(in), journal.resolve("journal.mv.db"));
    }
    config = folder.resolve("agent.conf");
    try (InputStream in = resource("/saved/agent.conf")) {
      Files.copy(in, config);
    }
  }

  private static InputStream resource(String name) {
    return Objects.requireNonNull(JournalCommandTest.class.getResourceAsStream(name), name);
  }

  @Test
  void ownJournalIsExportedAndOthersCheckTheExport() throws IOException {
    Path file = journal.resolve("journal.mv.db");
    byte[] before = Files.readAllBytes(file);
    FileTime written = Files.getLastModifiedTime(file);
    Path export = folder.resolve("export.jsonl");
    Ran.of("journal", "export", config, "--raw", "--out", export).succeeded();
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
    assertThat(Files.getLastModifiedTime(file)).isEqualTo(written);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(export)))
        .isEqualTo("rw-------");
    assertThat(Files.readAllLines(export)).hasSize(76);
    Ran.of("journal", "verify", export)
        .succeeded()
        .showing("74 lines of 2 agents", "8 proofs were not verified", "3 executions stand");
    Ran lines = Ran.of("journal", "export", export).succeeded();
    assertThat(lines.output().lines()).hasSize(74).allMatch(line -> line.startsWith("{\"agent\""));
    Ran.of("journal", "replay", export).failed(1).saying("name one by --strategy");
    // There is something already.
    Ran.of("journal", "export", config, "--raw", "--out", export)
        .failed(1)
        .saying("exists already");
  }

  @Test
  void theFrozenExportIsCheckedAndShownAsItWas() {
    Path export = Path.of("src/test/resources/frozen/journal/raw.jsonl");
    Ran.of("journal", "verify", export)
        .succeeded()
        .showing("74 lines of 2 agents", "8 proofs were not verified", "3 executions stand");
    assertThat(Ran.of("journal", "export", export).succeeded().output())
        .isEqualTo(Frozen.text("journal/export.jsonl"));
    assertThat(Ran.of("journal", "export", export, "--raw").succeeded().output())
        .isEqualTo(Frozen.text("journal/raw.jsonl"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"verify", "replay", "export"})
  void aDatabaseThatNoConfigurationNamesIsNotOpened(String command) throws IOException {
    FileTime written = Files.getLastModifiedTime(journal.resolve("journal.mv.db"));
    for (Path foreign : List.of(journal, journal.resolve("journal.mv.db"))) {
      Ran.of("journal", command, foreign)
          .failed(1)
          .saying(
              "A database is opened only if your own configuration names it",
              "ask for an export (probity journal export CONFIG --raw --out FILE)");
    }
    assertThat(Files.getLastModifiedTime(journal.resolve("journal.mv.db"))).isEqualTo(written);
  }

  @Test
  void aConfigurationWhoseFolderIsAnOrderIsRefused() throws IOException {
    Path pwned = folder.resolve("PWNED");
    String order =
        "j;INIT=CREATE ALIAS E AS 'int e() throws Throwable { new java.io.FileWriter(''%s'').close(); return 0; }'\\\\;CALL E()--"
            .formatted(pwned);
    Path named = Files.createDirectories(folder.resolve(order.replace("\\\\", "\\")));
    Files.copy(journal.resolve("journal.mv.db"), named.resolve("journal.mv.db"));
    Files.writeString(
        config, Files.readString(config) + "\nprobity.journal.folder = \"" + order + "\"\n");
    for (String command : List.of("verify", "export", "replay")) {
      Ran.of("journal", command, config).failed(1).saying("must have no semicolon");
    }
    assertThat(pwned).doesNotExist();
  }

  @Test
  void aJournalThatIsNotThereIsNotMade() throws IOException {
    Files.delete(journal.resolve("journal.mv.db"));
    Ran.of("journal", "verify", config).failed(1).saying("there is no journal yet");
    assertThat(journal).isEmptyDirectory();
  }

  @Test
  void whatCannotBeWrittenIsSaidAndLeavesNothing() throws IOException {
    Path out = folder.resolve("e.json");
    Files.writeString(folder.resolve("e.json.part"), "precious");
    Ran.of("journal", "export", config, "--out", out).succeeded();
    assertThat(folder.resolve("e.json.part")).hasContent("precious");
    PrintStream before = System.out;
    System.setOut(new PrintStream(new FullDisk(), true));
    try {
      StringWriter errors = new StringWriter();
      int status =
          Probity.commandLine(new PrintWriter(errors, true))
              .execute("journal", "export", config.toString());
      assertThat(status).isEqualTo(1);
      assertThat(errors.toString()).contains("Standard output cannot be written");
    } finally {
      System.setOut(before);
    }
  }

  @Test
  void aFullDiskLeavesNoHalfFile() {
    Path out = folder.resolve("full.json");
    NewFile file = NewFile.at(out);
    assertThatThrownBy(() ->
            file.writeLines(lines -> {
              lines.accept("one");
              throw new UncheckedIOException(new IOException("No space left on device"));
            }))
        .hasStackTraceContaining("full.json: it cannot be written (No space left on device)");
    assertThat(folder).isDirectoryNotContaining(left -> left.toString().contains("full.json"));
  }

  private static final class FullDisk extends OutputStream {
    @Override
    public void write(int octet) throws IOException {
      throw new IOException("No space left on device");
    }
  }
}
