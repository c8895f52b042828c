package org.probity.cli.data;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.probity.sim.history.HistoryStore;
import org.probity.sim.history.Levels;
import org.probity.sim.history.SeriesManifest;
import org.probity.terminal.Screen;
import org.probity.terminal.TerminalChart;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "show", description = "List the series, or show one with a chart.")
final class DataShowCommand implements Runnable {

  private static final int COLUMNS = 72;
  private static final int ROWS = 13;

  @Parameters(
      paramLabel = "NAME",
      description = "Which series (default: list them all).",
      arity = "0..1")
  private @Nullable String name;

  @Option(
      names = "--json",
      description =
          "Write the manifest's summary as one JSON object to standard output, all else to standard error.")
  private boolean json;

  @Mixin private final StoreOption option = new StoreOption();

  @Override
  public void run() {
    HistoryStore store = option.open();
    try (Screen screen = Screen.open(json)) {
      if (name == null) {
        list(store, screen);
      } else {
        show(store, store.manifest(name), screen);
      }
    }
  }

  private void list(HistoryStore store, Screen screen) {
    List<SeriesManifest> all = StoreOption.all(store);
    all.forEach(manifest -> screen.say("  " + DataTable.sentence(manifest)));
    var root = JsonNodeFactory.instance.objectNode();
    var array = root.putArray("series");
    all.forEach(manifest -> array.add(DataTable.object(manifest)));
    screen.result(root.toString());
  }

  private void show(HistoryStore store, SeriesManifest manifest, Screen screen) {
    screen.say("");
    screen.say("  " + screen.bold(DataTable.sentence(manifest)));
    manifest.about().forEach((fact, value) -> screen.say("      %s %s", fact, value));
    DataTable.warn(screen, manifest);
    Levels levels = store.levels(manifest.name());
    screen.say("");
    screen.say("  " + levels.what());
    TerminalChart.draw(levels.times(), levels.values(), COLUMNS, ROWS).forEach(screen::say);
    screen.say("");
    screen.result(DataTable.object(manifest).toString());
  }
}
