package org.probity.cli;

import java.nio.file.Path;
import java.time.Duration;
import org.probity.cli.shared.CommandGroup;
import org.probity.cli.shared.JsonOption;
import org.probity.cli.shared.ScratchFolder;
import org.probity.drill.ClusterDrill;
import org.probity.drill.CrashDrill;
import org.probity.drill.DrillReport;
import org.probity.drill.LoadDrill;
import org.probity.drill.NetworkDrill;
import org.probity.drill.ReorgDrill;
import org.probity.terminal.Complaint;
import org.probity.terminal.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "drill",
    description = {
      "Rehearse what must not go wrong, on a chain of this machine, and check that nothing did.",
      "Ends with status 1 if something was lost or done twice; the evidence is kept then."
    })
final class DrillCommand extends CommandGroup {

  private static final int MOST_RUNS = 100_000;

  /** What every drill can be told. */
  static final class Options {
    @Option(names = "--runs", paramLabel = "N", description = "How often (default: 20).")
    int runs = 20;

    @Option(
        names = "--seed",
        paramLabel = "S",
        description = "Seed of the market and of the moments of failure (default: 7).")
    long seed = 7;

    @Mixin final JsonOption json = new JsonOption();
  }

  /** A drill, held in a folder of its own. */
  @FunctionalInterface
  interface Drill {
    DrillReport run(Screen screen, Path folder) throws InterruptedException;
  }

  static int hold(Options options, Drill drill) {
    Complaint.unlessWithin("--runs", options.runs, 1, MOST_RUNS);
    ScratchFolder folder = ScratchFolder.make("drill");
    try (Screen screen = options.json.open()) {
      DrillReport report = drill.run(screen, folder.path());
      report.show(screen);
      if (report.passed()) {
        folder.delete();
      } else {
        screen.say("  What is left of it: " + folder.path());
      }
      screen.result(report.toJson());
      return report.passed() ? 0 : 1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  @Command(
      name = "crash",
      description =
          "Kill the agent's process at random moments and right after each kind of event, and"
              + " compare its journal with the chain.")
  int crash(@Mixin Options options) {
    return hold(
        options,
        (screen, folder) -> new CrashDrill(screen, options.runs, options.seed).run(folder));
  }

  @Command(
      name = "reorg",
      description =
          "Take up to twelve blocks away from under the agent again and again, and compare what it"
              + " has in the end with a run on the final chain alone.")
  int reorg(@Mixin Options options) {
    return hold(
        options,
        (screen, folder) -> new ReorgDrill(screen, options.runs, options.seed).run(folder));
  }

  @Command(
      name = "network",
      description =
          "Let the endpoints between an agent and its chain die, hang, lie, limit, lag, talk"
              + " nonsense and fall silent, and see that heads stay gapless and the failure is"
              + " named.")
  int network(@Mixin Options options) {
    return hold(
        options,
        (screen, folder) -> new NetworkDrill(screen, options.runs, options.seed).run(folder));
  }

  @Command(
      name = "cluster",
      description =
          "Three nodes over PostgreSQL: the one with the most agents is killed, parted from the"
              + " others, or stopped and continued, in turn, and a new one added.")
  int cluster(
      @Option(
              names = "--within",
              paramLabel = "SECONDS",
              description = "How soon a lost node's agents must decide elsewhere (default: 15).",
              defaultValue = "15")
          int within,
      @Option(
              names = "--agents",
              paramLabel = "N",
              description = "How many, 3 or more (default: 6).",
              defaultValue = "6")
          int agents,
      @Mixin Options options) {
    if (within < 1 || agents < ClusterDrill.NODES || agents > 100) {
      throw new Complaint("--within must be 1 second or more, --agents 3 to 100.");
    }
    return hold(
        options,
        (screen, folder) ->
            new ClusterDrill(screen, options.runs, agents, options.seed, Duration.ofSeconds(within))
                .run(folder));
  }

  @Command(
      name = "load",
      description =
          "Thousands of agents on one node, every one deciding on every head, and a few proofs"
              + " wanted with each.")
  int load(
      @Option(
              names = "--agents",
              paramLabel = "N",
              description = "How many (default: 5000).",
              defaultValue = "5000")
          int agents,
      @Option(
              names = "--warm-up",
              paramLabel = "N",
              description = "Seconds before those that count (default: 80).",
              defaultValue = "80")
          int warmUp,
      @Option(
              names = "--seconds",
              paramLabel = "N",
              description = "How long, a head a second (default: 300).",
              defaultValue = "300")
          int seconds,
      @Option(
              names = "--proofs",
              paramLabel = "N",
              description = "Proofs wanted with each head (default: 3).",
              defaultValue = "3")
          int proofs,
      @Mixin Options options) {
    if (agents < 1 || warmUp < 0 || seconds < 1 || proofs < 0 || proofs > agents) {
      throw new Complaint(
          "--agents and --seconds must be 1 or more, --warm-up 0 or more, --proofs from 0 to the number of agents.");
    }
    return hold(
        options,
        (screen, folder) ->
            new LoadDrill(screen, agents, warmUp, seconds, proofs, options.seed).run(folder));
  }
}
