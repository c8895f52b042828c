package org.probity.cli.data;

import java.nio.file.Path;
import org.probity.sim.history.HistoryStore;
import picocli.CommandLine.Option;

/** Which history store a command is about. */
final class StoreOption {

  @Option(
      names = "--store",
      paramLabel = "DIR",
      description = "Folder of the history store (default: history).")
  private Path folder = Path.of("history");

  /** Where it is. */
  Path folder() {
    return folder;
  }

  HistoryStore open() {
    return HistoryStore.at(folder);
  }
}
