package org.probity.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.ground.TestKind;
import org.probity.terminal.StandardOutput;

/** What did not arrive is no success, whatever the command was. */
@TestKind.Acceptance
final class StandardOutputTest {

  private static final Path FULL = Path.of("/dev/full");

  @TempDir private Path folder;

  @Test
  void aStatusIsOnlyMadeWorse() {
    var broken =
        new PrintStream(
            new OutputStream() {
              @Override
              public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
              }
            });
    broken.print("x");
    assertThat(judged(0, broken)).isEqualTo("1 Standard output could not be written");
    assertThat(judged(2, broken)).isEqualTo("2 Standard output could not be written");
    assertThat(judged(0, new PrintStream(new ByteArrayOutputStream()))).isEqualTo("0 ");
  }

  @Test
  void everyKindOfCommandFailsWhereNothingCanBeWritten() throws IOException {
    assumeTrue(Files.isWritable(FULL), "no /dev/full here");
    Path csv =
        Files.writeString(
            folder.resolve("c.csv"),
            "time,open,high,low,close\n1692000000,1,2,1,2\n1692003600,2,3,2,3\n1692007200,2,3,2,3\n");
    Path store = folder.resolve("history");
    Ran.of("data", "import", "c", csv, "--store", store).succeeded();
    for (List<Object> command :
        List.<List<Object>>of(
            List.of("--version"),
            List.of("--help"),
            List.of("data", "show", "--store", store),
            List.of("data", "show", "c", "--store", store, "--json"),
            List.of("data", "check", "--store", store, "--json"),
            List.of("data", "import", "d", csv, "--store", store, "--json"))) {
      assertThat(onFull(command)).as("%s", command).startsWith("1 Standard output could not be");
    }
  }

  private static String judged(int status, PrintStream out) {
    var errors = new StringWriter();
    int judged = StandardOutput.judged(status, out, new PrintWriter(errors, true));
    return judged + " " + errors.toString().split(",", 2)[0];
  }

  private static String onFull(List<Object> command) throws IOException {
    PrintStream before = System.out;
    PrintStream errorsBefore = System.err;
    var errors = new ByteArrayOutputStream();
    try (var full = new PrintStream(new FileOutputStream(FULL.toFile()))) {
      System.setOut(full);
      System.setErr(new PrintStream(errors, true));
      int status =
          Probity.execute(
              new PrintWriter(System.err, true),
              Stream.of(command.toArray()).map(Object::toString).toArray(String[]::new));
      String said = errors.toString();
      return status + " " + said.substring(Math.max(0, said.indexOf("Standard output")));
    } finally {
      System.setOut(before);
      System.setErr(errorsBefore);
    }
  }
}
