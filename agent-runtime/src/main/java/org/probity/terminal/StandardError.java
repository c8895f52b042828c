package org.probity.terminal;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;

/**
 * Where the user reads what is wrong. The launcher starts the virtual machine with a filter on
 * descriptor 2, for a line that the machine writes before the program begins, and keeps the real
 * standard error as another descriptor.
 */
public final class StandardError {

  private static final String PROPERTY = "probity.stderr";

  private static final int USUAL = 2;

  private StandardError() {}

  /** Lets {@link System#err} write to the real one. */
  public static void restore() {
    int descriptor = descriptor();
    if (descriptor == USUAL) {
      return;
    }
    try {
      // Appending: a file behind it keeps what it holds.
      System.setErr(
          new PrintStream(
              new FileOutputStream("/dev/fd/" + descriptor, true), true, System.err.charset()));
    } catch (IOException e) {
      // The filter passes on all that the program writes, only a little later.
    }
  }

  static int descriptor() {
    return Integer.getInteger(PROPERTY, USUAL);
  }
}
