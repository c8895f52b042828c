package org.probity.cli.shared;

import org.probity.terminal.Screen;
import picocli.CommandLine.Option;

/** The option {@code --json} of the commands whose result a machine may read. */
public final class JsonOption {

  @Option(
      names = "--json",
      description =
          "Write the result as one JSON object to standard output, all else to standard error.")
  private boolean json;

  /** The command's screen, which has standard output for the result alone if it is asked for. */
  public Screen open() {
    return Screen.open(json);
  }
}
