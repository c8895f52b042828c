package org.probity.cli.data;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.probity.sim.history.HistoryStore;
import org.probity.sim.history.HistoryStore.Checked;
import org.probity.sim.history.SeriesManifest;
import org.probity.terminal.Complaint;
import org.probity.terminal.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "check",
    description = "Read every row again and compare with what the manifests say.",
    mixinStandardHelpOptions = true)
final class DataCheckCommand implements Callable<Integer> {

  @Parameters(paramLabel = "NAME", description = "Which series (default: all).", arity = "0..*")
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--json",
      description =
          "Write the result as one JSON object to standard output, all else to standard error.")
  private boolean json;

  @Mixin private final StoreOption option = new StoreOption();

  @Override
  public Integer call() {
    HistoryStore store = option.open();
    List<String> chosen =
        names.isEmpty() ? store.series().stream().map(SeriesManifest::name).toList() : names;
    if (chosen.isEmpty()) {
      throw new Complaint(
          "There is no history in %s: fill it with `probity data import`."
              .formatted(store.folder()));
    }
    ObjectNode root = DataTable.empty();
    ArrayNode list = root.putArray("series");
    boolean sound = true;
    try (Screen screen = Screen.open(json)) {
      for (String name : chosen) {
        Screen.Step step = screen.step("Checking " + name);
        Checked checked = store.check(name);
        ObjectNode entry = DataTable.object(checked.manifest());
        if (checked.fault().isPresent()) {
          sound = false;
          entry.put("fault", checked.fault().get());
          screen.say("  %s %s".formatted(screen.red(screen.cross()), checked.fault().get()));
        } else {
          step.done(DataTable.sentence(checked.manifest()));
          DataTable.warn(screen, checked.manifest());
        }
        list.add(entry);
      }
      root.put("sound", sound);
      root.put("hash", store.hash());
      screen.say("  The store's hash is " + store.hash());
      if (json) {
        screen.result(DataTable.text(root));
      }
    }
    return sound ? 0 : 1;
  }
}
