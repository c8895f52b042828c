package org.probity.agent.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.probity.agent.cli.BenchReport.Size;
import org.probity.chain.local.LocalChain;
import org.probity.strategy.FloatNetwork;
import org.probity.strategy.PublicStrategy;
import org.probity.strategy.WeightsFile;
import org.probity.zk.Architecture;
import org.probity.zk.Entropy;
import org.probity.zk.Layer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "cost",
    description = {
      "Show what a network's proofs will cost, for each number of rows that can pay, before anything is deployed.",
      "Measured, not estimated: proofs of a random network of the same shape on this machine, and their verification on a local chain."
    },
    mixinStandardHelpOptions = true)
final class ModelCostCommand implements Callable<Integer> {

  private static final Duration EFFORT = Duration.ofSeconds(3);

  @Parameters(paramLabel = "MODEL", description = "A weights.json, or the folder of a strategy.")
  private Path model = Path.of("");

  @Option(names = "--json", description = "Write it as one JSON object.")
  private boolean json;

  @Mixin private final BackendOption backend = new BackendOption();

  @Override
  public Integer call() {
    Architecture shape =
        Files.isDirectory(model)
            ? PublicStrategy.load(model).manifest().architecture()
            : shape(WeightsFile.read(model).network());
    List<Architecture> choices = RowsOption.reasonable(shape);
    try (Screen screen = Screen.open(json);
        LocalChain chain = LocalChain.start()) {
      screen.say("");
      screen.say(
          "  %d -> %s, %,d parameters"
              .formatted(
                  shape.inputs(),
                  shape.layers().stream()
                      .map(layer -> Integer.toString(layer.width()))
                      .collect(Collectors.joining(" -> ")),
                  shape.parameters()));
      Bench bench =
          new Bench(screen, backend.start(), Entropy.secure(), RowsOption.Preference.TIME, EFFORT);
      List<Size> measured = new ArrayList<>();
      for (Architecture choice : choices) {
        measured.add(bench.measure(choice, chain));
      }
      screen.say("");
      screen.say("   rows   SRS    proof bytes   gas to verify   prove here    memory");
      for (int i = 0; i < choices.size(); i++) {
        screen.say(line(choices.get(i), measured.get(i)));
      }
      screen.say("");
      screen.say(
          "  SRS: the reference string must have so many points. Gas: of a transaction, call data included.");
      if (json) {
        screen.result(BenchReport.toJson(measured));
      }
      return 0;
    }
  }

  private static String line(Architecture choice, Size cost) {
    List<String> chosen = new ArrayList<>();
    for (RowsOption.Preference preference : RowsOption.Preference.values()) {
      if (preference.choose(choice).logRows() == choice.logRows()) {
        chosen.add("--optimize " + preference);
      }
    }
    return String.format(
            Locale.ROOT,
            "  %5d   2^%-2d   %,11d   %,13d   %,7.0f ms   %,6d MB   %s",
            cost.rows(),
            choice.logSize(),
            cost.proofBytes(),
            cost.verifyGas(),
            cost.prove(50),
            cost.peakMemoryMb(),
            String.join(", ", chosen))
        .stripTrailing();
  }

  /**
   * A network's shape before it is quantised: its shifts, which cost nothing, are not known yet.
   */
  static Architecture shape(FloatNetwork network) {
    List<Layer> layers = network.widths().stream().map(width -> new Layer(width, 0)).toList();
    return new Architecture(network.inputs(), layers, network.readout(), RowsOption.MOST_LOG_ROWS);
  }
}
