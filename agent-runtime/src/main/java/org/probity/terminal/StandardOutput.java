package org.probity.terminal;

import java.io.PrintStream;
import java.io.PrintWriter;

/**
 * What a command has written to standard output, asked once at its end: a {@link PrintStream} keeps
 * to itself that the disk is full or the reader gone.
 */
public final class StandardOutput {

  private StandardOutput() {}

  /**
   * The exit status of a command that ended with {@code status}: 1 if what it wrote did not arrive.
   *
   * @param out what it wrote to; flushed
   * @param errors is told
   */
  public static int judged(int status, PrintStream out, PrintWriter errors) {
    if (!out.checkError()) {
      return status;
    }
    errors.println(
        "Standard output could not be written, so that what stands there is not whole: free space where it goes to, or read all of it.");
    errors.flush();
    return status == 0 ? 1 : status;
  }
}
