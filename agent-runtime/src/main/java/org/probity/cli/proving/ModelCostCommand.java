package org.probity.cli.proving;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.probity.cli.shared.BackendOption;
import org.probity.strategy.FloatNetwork;
import org.probity.strategy.PublicStrategy;
import org.probity.strategy.WeightsFile;
import org.probity.terminal.Screen;
import org.probity.zk.Architecture;
import org.probity.zk.Entropy;
import org.probity.zk.Layer;
import org.probity.zk.MachineSpeed;
import org.probity.zk.Objective;
import org.probity.zk.ProofCost;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.bench.ProverBenchmark;
import org.probity.zk.bench.SizeReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "cost",
    description =
        "Show what a network's proofs will cost, for each number of rows that can pay, before anything is deployed.")
final class ModelCostCommand implements Runnable {

  /** The proofs that tell how fast this machine is. */
  private static final String YARDSTICK = "20k";

  private static final int YARDSTICK_PROOFS = 9;
  private static final int MOST_LOG_ROWS = 10;

  @Parameters(paramLabel = "MODEL", description = "A weights.json, or the folder of a strategy.")
  private Path model = Path.of("");

  @Mixin private final BackendOption backend = new BackendOption();

  @Override
  public void run() {
    Architecture shape =
        Files.isDirectory(model)
            ? PublicStrategy.load(model).manifest().architecture()
            : shape(WeightsFile.read(model).proven());
    ComputeBackend computing = backend.start();
    try (Screen screen = Screen.open(false)) {
      Screen.Step measuring = screen.step("Proving a little, to see how fast this machine is");
      SizeReport yardstick =
          new ProverBenchmark(System::nanoTime, Entropy.secure(), computing)
              .run(
                  YARDSTICK,
                  YARDSTICK_PROOFS,
                  done -> measuring.progress("proof", (double) done / YARDSTICK_PROOFS));
      measuring.done(
          "This machine proves %,d parameters in %.0f ms",
          yardstick.parameters(), yardstick.proveMillis().p50());
      screen.say("");
      screen.say("  %d -> %s, %,d parameters", shape.inputs(), widths(shape), shape.parameters());
      screen.say("");
      screen.say("   rows    SRS   proof bytes   gas to verify    prove here     memory");
      worthwhile(shape, here(yardstick)).forEach(cost -> screen.say(line(cost)));
      screen.say("");
      screen.say(
          "  Rows: commitments that the model is cut into, as `probity model import` does. SRS: points that the reference");
      screen.say(
          "  string must have. Gas: of a transaction, call data included, as a model of measured ones says; so do time and memory.");
    }
  }

  /** The layers' widths, as people write a network. */
  static String widths(Architecture shape) {
    return shape.layers().stream()
        .map(layer -> Integer.toString(layer.width()))
        .collect(Collectors.joining(" -> "));
  }

  /** The reference machine, as much slower or faster as this one has shown to be. */
  private static MachineSpeed here(SizeReport yardstick) {
    double factor = yardstick.proveMillis().p50() / yardstick.expected().proveMillis();
    MachineSpeed reference = MachineSpeed.REFERENCE;
    return new MachineSpeed(
        reference.additionNanos() * factor,
        reference.multiplicationNanos() * factor,
        reference.threads());
  }

  /**
   * From the number of rows that is best for one objective to the one that is for the other, with
   * its neighbours, which show why.
   */
  private static List<ProofCost> worthwhile(Architecture shape, MachineSpeed speed) {
    int quickest = ProofCost.withBestRows(shape, Objective.TIME).logRows();
    int cheapest = ProofCost.withBestRows(shape, Objective.GAS).logRows();
    return ProofCost.byRows(shape, speed).stream()
        .filter(cost -> cost.architecture().logRows() >= Math.min(quickest, cheapest) - 1)
        .filter(cost -> cost.architecture().logRows() <= Math.max(quickest, cheapest) + 1)
        .toList();
  }

  private static String line(ProofCost cost) {
    Architecture shape = cost.architecture();
    List<String> chosen = new ArrayList<>();
    for (Objective objective : Objective.values()) {
      if (ProofCost.withBestRows(shape, objective).logRows() == shape.logRows()) {
        chosen.add("--optimize " + objective.name().toLowerCase(Locale.ROOT));
      }
    }
    return String.format(
            Locale.ROOT,
            "  %5d   2^%-2d   %,11d   %,13d   %,8.0f ms   %,5d MB   %s",
            shape.rows(),
            shape.logSize(),
            cost.proofBytes(),
            cost.verificationGas(),
            cost.proveMillis(),
            cost.memoryBytes() >> 20,
            String.join(", ", chosen))
        .stripTrailing();
  }

  /**
   * A network's shape before it is quantised, with as many rows as can be: its shifts, which cost
   * nothing, are not known yet.
   */
  static Architecture shape(FloatNetwork network) {
    List<Layer> layers = network.widths().stream().map(width -> new Layer(width, 0)).toList();
    return new Architecture(network.inputs(), layers, network.readout(), MOST_LOG_ROWS);
  }
}
