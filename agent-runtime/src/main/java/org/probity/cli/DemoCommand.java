package org.probity.cli;

import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.probity.cli.shared.BackendOption;
import org.probity.cli.shared.JsonOption;
import org.probity.demo.Demo;
import org.probity.demo.DemoReport;
import org.probity.demo.GovernanceDemo;
import org.probity.demo.GovernanceReport;
import org.probity.demo.LendingDemo;
import org.probity.demo.LendingReport;
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

  private static final int HEADS = 20;
  private static final int MOST_HEADS = 10_000;
  private static final int MOST_PORT = 65_535;

  /** What is shown. */
  private enum Scenario {
    PAIR,
    ROTATION,
    LENDING,
    GOVERNANCE
  }

  @Option(
      names = "--scenario",
      paramLabel = "NAME",
      description = {
        "What to show (default: pair):",
        "  pair        two assets and one pool",
        "  rotation    three assets, two pools and a Chainlink feed",
        "  lending     loans of Aave v3 in a market that falls, beside a holder who leaves his alone",
        "  governance  stolen keys and a sleeping sentinel around a sealed vault"
      })
  private Scenario scenario = Scenario.PAIR;

  @Option(names = "--heads", paramLabel = "N", description = "How many heads (default: 20).")
  private @Nullable Integer heads;

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
    if (heads != null) {
      Complaint.unlessWithin("--heads", heads, 1, MOST_HEADS);
    }
    if (port != null) {
      Complaint.unlessWithin("--port", port, 1, MOST_PORT);
    }
    if (attack && scenario != Scenario.PAIR && scenario != Scenario.LENDING) {
      throw new Complaint(
          "The attacks are on the vaults of the scenarios pair and lending: leave out --attack, or choose one of them.");
    }
    if (heads != null && scenario == Scenario.GOVERNANCE) {
      throw new Complaint("The scenario governance has no heads to count: leave out --heads.");
    }
    OptionalInt chosen = port == null ? OptionalInt.empty() : OptionalInt.of(port);
    try (Screen screen = json.open()) {
      return switch (scenario) {
        case PAIR -> trade(screen, Demo.Scenario.PAIR, chosen);
        case ROTATION -> trade(screen, Demo.Scenario.ROTATION, chosen);
        case LENDING -> {
          var options =
              new LendingDemo.Options(heads == null ? HEADS : heads, seed, attack, chosen);
          LendingReport report =
              new LendingDemo(screen, options, backend.start(), Entropy.secure()).run();
          yield ended(screen, report.toJson(), report.ok());
        }
        case GOVERNANCE -> {
          GovernanceReport report =
              new GovernanceDemo(screen, seed, chosen, backend.start(), Entropy.secure()).run();
          yield ended(screen, report.toJson(), report.ok());
        }
      };
    }
  }

  private int trade(Screen screen, Demo.Scenario traded, OptionalInt chosen) {
    var options = new Demo.Options(traded, heads == null ? HEADS : heads, seed, attack, chosen);
    DemoReport report = new Demo(screen, options, backend.start(), Entropy.secure()).run();
    return ended(screen, report.toJson(), report.ok());
  }

  private static int ended(Screen screen, String line, boolean ok) {
    screen.result(line);
    return ok ? 0 : 1;
  }
}
