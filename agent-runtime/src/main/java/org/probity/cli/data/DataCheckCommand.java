package org.probity.cli.data;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.probity.cli.shared.JsonOption;
import org.probity.sim.history.HistoryStore;
import org.probity.sim.history.HistoryStore.Checked;
import org.probity.sim.history.SeriesManifest;
import org.probity.terminal.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "check",
    description = "Read every row again and compare with what the manifests say.")
final class DataCheckCommand implements Callable<Integer> {

  @Parameters(paramLabel = "NAME", description = "Which series (default: all).", arity = "0..*")
  private List<String> names = new ArrayList<>();

  @Mixin private final JsonOption json = new JsonOption();

  @Mixin private final StoreOption option = new StoreOption();

  @Override
  public Integer call() {
    HistoryStore store = option.open();
    List<String> chosen =
        names.isEmpty()
            ? StoreOption.all(store).stream().map(SeriesManifest::name).toList()
            : names;
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    ArrayNode list = root.putArray("series");
    boolean sound = true;
    try (Screen screen = json.open()) {
      for (String name : chosen) {
        Screen.Step step = screen.step("Checking " + name);
        Checked checked = store.check(name);
        ObjectNode entry = DataTable.object(checked.manifest());
        if (checked.fault().isPresent()) {
          sound = false;
          entry.put("fault", checked.fault().get());
          screen.say("  %s %s", screen.red(screen.cross()), checked.fault().get());
        } else {
          step.done(DataTable.sentence(checked.manifest()));
          DataTable.warn(screen, checked.manifest());
        }
        list.add(entry);
      }
      root.put("sound", sound);
      root.put("hash", store.hash());
      screen.say("  The store's hash is " + store.hash());
      screen.result(root.toString());
    }
    return sound ? 0 : 1;
  }
}
