package org.probity.drill;

import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Ends a process as soon as this one is gone, in whatever way, be it by {@code kill -9}: a shell
 * waits for the end of a pipe from this process, which closes with it, and sends the signal.
 */
record Watchdog(Process shell) implements AutoCloseable {

  // An interrupt from the terminal goes to the shell too, which has to outlive this process.
  private static final String WAIT = "trap '' HUP INT TERM; read -r _; kill -s \"$0\" \"$1\"";

  /**
   * @param pid of the process to be ended
   * @param signal by which, as KILL
   */
  static Watchdog on(long pid, String signal) {
    try {
      return new Watchdog(
          new ProcessBuilder("sh", "-c", WAIT, signal, Long.toString(pid))
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start());
    } catch (IOException e) {
      throw new UncheckedIOException("No shell can be started to look after a process", e);
    }
  }

  /** The process has ended, or may go on alone. */
  @Override
  public void close() {
    shell.destroyForcibly();
  }
}
