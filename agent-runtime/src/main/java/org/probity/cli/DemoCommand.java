package org.probity.cli;

import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.probity.cli.shared.BackendOption;
import org.probity.cli.shared.JsonOption;
import org.probity.demo.Demo;
import org.probity.demo.DemoReport;
import org.probity.terminal.Complaint;
import org.probity.terminal.Screen;
import org.probity.zk.Entropy;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "demo",
    description =
        "Watch an agent trade on a local chain that refuses whatever its private model did not decide.")
final class DemoCommand implements Callable<Integer> {

  private static final int MOST_HEADS = 10_000;
  private static final int MOST_PORT = 65_535;

  /** What is shown. */
  private enum Scenario {
    PAIR,
    ROTATION
  }

  @Option(
      names = "--scenario",
      paramLabel = "NAME",
      description = {
        "What to show (default: pair):",
        "  pair      two assets and one pool",
        "  rotation  three assets, two pools and a Chainlink feed"
      })
  private Scenario scenario = Scenario.PAIR;

  @Option(names = "--heads", paramLabel = "N", description = "How many heads (default: 20).")
  private int heads = 20;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description =
          "Seed of the market (default: 7). The same seed gives the same decisions and trades.")
  private long seed = 7;

  @Option(
      names = "--attack",
      description = "Afterwards try to cheat the vault, and show the chain's reasons for refusing.")
  private boolean attack;

  @Mixin private final JsonOption json = new JsonOption();

  @Option(
      names = "--port",
      paramLabel = "P",
      description = "Port of the local chain (default: any free one).")
  private @Nullable Integer port;

  @Mixin private final BackendOption backend = new BackendOption();

  @Override
  public Integer call() {
    Complaint.unlessWithin("--heads", heads, 1, MOST_HEADS);
    if (port != null) {
      Complaint.unlessWithin("--port", port, 1, MOST_PORT);
    }
    if (attack && scenario != Scenario.PAIR) {
      throw new Complaint(
          "The attacks are on the vault of the scenario pair: leave out --attack, or --scenario.");
    }
    OptionalInt chosen = port == null ? OptionalInt.empty() : OptionalInt.of(port);
    try (Screen screen = json.open()) {
      DemoReport report =
          new Demo(
                  screen,
                  new Demo.Options(
                      switch (scenario) {
                        case PAIR -> Demo.Scenario.PAIR;
                        case ROTATION -> Demo.Scenario.ROTATION;
                      },
                      heads,
                      seed,
                      attack,
                      chosen),
                  backend.start(),
                  Entropy.secure())
              .run();
      screen.result(report.toJson());
      return report.ok() ? 0 : 1;
    }
  }
}
