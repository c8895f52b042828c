package org.probity.cli.data;

import java.nio.file.Path;
import java.util.List;
import org.probity.sim.history.HistoryStore;
import org.probity.sim.history.SeriesManifest;
import org.probity.terminal.Complaint;
import picocli.CommandLine.Option;

/** Which history store a command is about. */
final class StoreOption {

  @Option(
      names = "--store",
      paramLabel = "DIR",
      description = "Folder of the history store (default: history).")
  private Path folder = Path.of("history");

  Path folder() {
    return folder;
  }

  HistoryStore open() {
    return HistoryStore.at(folder);
  }

  /**
   * All its series.
   *
   * @throws Complaint if there is none
   */
  static List<SeriesManifest> all(HistoryStore store) {
    List<SeriesManifest> all = store.series();
    if (all.isEmpty()) {
      throw new Complaint(
          "There is no history in %s: fill it with `probity data import`."
              .formatted(store.folder()));
    }
    return all;
  }
}
