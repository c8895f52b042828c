package org.probity.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/**
 * What came of a command.
 *
 * @param errors what it wrote to standard error besides its progress
 * @param output what it wrote to standard output
 */
public record Ran(int status, String errors, String output) {

  /** Runs a command as the launcher does, without a terminal. */
  public static Ran of(Object... arguments) {
    StringWriter errors = new StringWriter();
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    PrintStream before = System.out;
    System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
    try {
      int status =
          Probity.commandLine(new PrintWriter(errors, true))
              .execute(Stream.of(arguments).map(Object::toString).toArray(String[]::new));
      return new Ran(status, errors.toString(), output.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(before);
    }
  }

  /** It did what it was asked for and complained of nothing. */
  public Ran succeeded() {
    assertThat(errors).isEmpty();
    assertThat(status).isZero();
    return this;
  }

  /** It failed and said so in one sentence without a stack trace. */
  public Ran failed(int expected) {
    assertThat(status).as(errors).isEqualTo(expected);
    assertThat(errors.strip().lines()).as(errors).hasSize(1);
    assertThat(errors).doesNotContain("\tat ", "Exception", "should not have happened");
    return this;
  }

  public Ran saying(String... parts) {
    assertThat(errors).contains(parts);
    return this;
  }

  public Ran showing(String... parts) {
    assertThat(output).contains(parts);
    return this;
  }
}
