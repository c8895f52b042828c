package org.probity.cli.proving;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;
import org.probity.cli.shared.CommandGroup;
import org.probity.demo.Demo;
import org.probity.strategy.AgreementReport;
import org.probity.strategy.PublicStrategy;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.StrategyManifest;
import org.probity.terminal.Screen;
import org.probity.zk.Architecture;
import org.probity.zk.Entropy;
import org.probity.zk.Layer;
import org.probity.zk.ModelKey;
import org.probity.zk.Readout;
import org.probity.zk.Srs;
import org.probity.zk.backend.ComputeBackend;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code probity model}: leads to the commands on models. */
@Command(
    name = "model",
    description = "Models and the strategies that they are part of.",
    subcommands = {
      ModelCommand.Inspect.class,
      ModelCommand.Example.class,
      ModelImportCommand.class,
      ModelCostCommand.class
    })
public final class ModelCommand extends CommandGroup {

  @Command(
      name = "inspect",
      description = "Show what everyone may know of a strategy; its weights are never shown.")
  static final class Inspect implements Runnable {

    @Parameters(paramLabel = "STRATEGY", description = "Folder of the strategy.")
    private Path folder = Path.of("");

    @Option(names = "--json", description = "Write it as one JSON object.")
    private boolean json;

    @Override
    public void run() {
      try (Screen screen = Screen.open(json)) {
        PublicStrategy strategy = PublicStrategy.load(folder);
        if (json) {
          screen.result(json(strategy));
        } else {
          text(strategy).forEach(screen::say);
        }
      }
    }

    private static List<String> text(PublicStrategy strategy) {
      StrategyManifest manifest = strategy.manifest();
      Architecture shape = manifest.architecture();
      ModelKey key = strategy.key();
      AgreementReport agreement = manifest.agreement();
      List<String> lines =
          List.of(
              "strategy      " + manifest.name(),
              "digest        " + key.digest().hex(),
              "architecture  %d -> %s, %s of %s"
                  .formatted(
                      shape.inputs(),
                      ModelCostCommand.widths(shape),
                      shape.readout().name().toLowerCase(Locale.ROOT),
                      String.join(", ", manifest.outputs())),
              "shifts        %s".formatted(shape.layers().stream().map(Layer::shift).toList()),
              "outputs       " + outputs(manifest),
              "parameters    %,d, all private".formatted(shape.parameters()),
              "rows          %d commitments, a key of %,d bytes"
                  .formatted(shape.rows(), key.bytes().length),
              "proof         %,d bytes, under a reference string of 2^%d points"
                  .formatted(key.proofBytes(), shape.logSize()),
              String.format(
                  Locale.ROOT,
                  "agreement     integers and real numbers decide alike in %.2f %% of %,d typical cases, and in %d of %d extreme ones",
                  100 * agreement.share(),
                  agreement.vectors(),
                  agreement.extremesAgreed(),
                  agreement.extremes()),
              "features      %d".formatted(manifest.features().size()));
      Stream<String> features =
          manifest.features().features().stream()
              .map(feature ->
                  "  %-34s %6d .. %-6d %s"
                      .formatted(feature.name(), feature.min(), feature.max(), feature.unit()));
      return Stream.of(lines.stream(), program(manifest), features)
          .flatMap(Function.identity())
          .toList();
    }

    private static String outputs(StrategyManifest manifest) {
      if (manifest.weightStepBps().isPresent()) {
        return "weights, 1 stands for %s basis points of the vault"
            .formatted(manifest.weightStepBps().getAsInt());
      }
      return manifest.architecture().readout() == Readout.LINEAR
          ? "1 stands for %s of the network's own unit"
              .formatted(BigDecimal.valueOf(1 / manifest.outputScale()).toPlainString())
          : "a choice of %s".formatted(manifest.outputs().size());
    }

    /** The sources that the features come from, as far as the strategy says it. */
    private static Stream<String> program(StrategyManifest manifest) {
      return manifest.program().stream()
          .flatMap(program -> program.entries().stream())
          .map(entry -> "  of            " + entry.identity());
    }

    private static String json(PublicStrategy strategy) {
      StrategyManifest manifest = strategy.manifest();
      Architecture shape = manifest.architecture();
      ObjectNode root = JsonNodeFactory.instance.objectNode();
      root.put("name", manifest.name());
      root.put("digest", strategy.key().digest().hex());
      root.put("inputs", shape.inputs());
      ArrayNode layers = root.putArray("layers");
      shape
          .layers()
          .forEach(
              layer -> layers.addObject().put("width", layer.width()).put("shift", layer.shift()));
      root.put("readout", shape.readout().name());
      root.put("outputScale", manifest.outputScale());
      manifest.weightStepBps().ifPresent(step -> root.put("weightStepBps", step));
      manifest.outputs().forEach(root.putArray("outputs")::add);
      root.put("parameters", shape.parameters());
      root.put("rows", shape.rows());
      root.put("keyBytes", strategy.key().bytes().length);
      root.put("proofBytes", strategy.key().proofBytes());
      root.put("logSize", shape.logSize());
      root.put("agreement", manifest.agreement().share());
      ArrayNode features = root.putArray("features");
      manifest
          .features()
          .features()
          .forEach(f ->
              features
                  .addObject()
                  .put("name", f.name())
                  .put("unit", f.unit())
                  .put("min", f.min())
                  .put("max", f.max()));
      manifest
          .program()
          .ifPresent(program -> {
            root.put("programDigest", program.digest().hex());
            ArrayNode sources = root.putArray("program");
            program.entries().forEach(entry -> sources.add(entry.identity()));
          });
      return root.toString();
    }
  }

  @Command(
      name = "example",
      description =
          "Train the example strategy and commit to it: a start for `deploy` and `run` on a test chain.")
  static final class Example implements Runnable {

    @Parameters(paramLabel = "STRATEGY", description = "New folder for the strategy.")
    private Path folder = Path.of("");

    @Option(
        names = "--srs",
        paramLabel = "FILE",
        required = true,
        description =
            "The reference string to commit under. If there is no such file, one is made for development: INSECURE, for test chains only.")
    private Path srsFile = Path.of("");

    @Override
    public void run() {
      Path file = srsFile;
      ModelImportCommand.requireNew(folder);
      try (Screen screen = Screen.open(false)) {
        Screen.Step training = screen.step("Training the example strategy");
        QuantisedStrategy strategy = Demo.strategy(training);
        training.done("The example strategy, trained and made exact integers");
        Srs srs = referenceString(screen, file, strategy.manifest().architecture().logSize());
        ModelImportCommand.commit(screen, strategy, srs, ComputeBackend.best(), folder);
      }
    }

    private static Srs referenceString(Screen screen, Path file, int logSize) {
      if (Files.exists(file)) {
        return Srs.load(file);
      }
      Screen.Step making = screen.step("Making a development reference string");
      Srs srs = Srs.development(logSize, Entropy.secure());
      srs.save(file);
      making.done("%s, a development reference string: INSECURE, for test chains only", file);
      return srs;
    }
  }
}
