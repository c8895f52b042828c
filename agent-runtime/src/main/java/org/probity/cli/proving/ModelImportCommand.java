package org.probity.cli.proving;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.probity.agent.checks.Places;
import org.probity.cli.shared.BackendOption;
import org.probity.strategy.AgreementReport;
import org.probity.strategy.Disclosure;
import org.probity.strategy.Fidelity;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.StrategyBundle;
import org.probity.strategy.TrainedStrategy;
import org.probity.strategy.WeightsFile;
import org.probity.terminal.Complaint;
import org.probity.terminal.Screen;
import org.probity.zk.Architecture;
import org.probity.zk.CommittedModel;
import org.probity.zk.Entropy;
import org.probity.zk.Srs;
import org.probity.zk.backend.ComputeBackend;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code probity model import}: 1 if the integers decide otherwise too often. */
@Command(
    name = "import",
    description = {
      "Make a strategy of a network of your own: turn it into exact integers that cannot overflow, commit to it, and save it.",
      "The format of the file is described in strategies/README.md."
    })
public final class ModelImportCommand implements Runnable {

  private static final String AGREEMENT = "agreement=";

  @Parameters(paramLabel = "WEIGHTS.json", description = "The network, in real numbers.")
  private Path weights = Path.of("");

  @Option(
      names = "--srs",
      paramLabel = "FILE",
      required = true,
      description = "The reference string to commit under.")
  private Path srsFile = Path.of("");

  @Option(
      names = "--out",
      paramLabel = "FOLDER",
      required = true,
      description = "New folder for the strategy.")
  private Path out = Path.of("");

  @Option(
      names = "--accept",
      paramLabel = "agreement=SHARE",
      description =
          "Take integers that decide as the network does in this share of cases only, such as 0.93 (default: 0.99).")
  private @Nullable String accept;

  @Option(
      names = "--weight-step",
      paramLabel = "BPS",
      description =
          "For weights (a linear head over a feature program): the basis points that one unit of output means, as in the vault's policy (default: 250).")
  private @Nullable Integer weightStep;

  @Option(
      names = "--reveals-weights",
      description =
          "Take a linear head whose outputs are finer than steps of 250 basis points: they are public, and tell its last layer sooner.")
  private boolean revealsWeights;

  @Mixin private final RowsOption rows = new RowsOption();

  @Mixin private final BackendOption backend = new BackendOption();

  @Override
  public void run() {
    Path folder = out;
    requireNew(folder);
    Optional<Double> floor = Optional.ofNullable(accept).map(ModelImportCommand::share);
    ComputeBackend computing = backend.start();
    Srs srs = Srs.load(srsFile);
    try (Screen screen = Screen.open(false)) {
      Screen.Step reading = screen.step("Reading the network");
      TrainedStrategy trained = WeightsFile.read(weights);
      Optional<Disclosure> disclosure = disclosure(trained);
      Architecture shape = rows.choose(ModelCostCommand.shape(trained.proven()), srs.logSize());
      reading.done("%s, a network of %,d parameters", trained.name(), shape.parameters());
      Screen.Step quantising = screen.step("Turning it into exact integers");
      QuantisedStrategy strategy = trained.quantise(step()).withLogRows(shape.logRows());
      quantising.done("Exact integers, of which no sum can overflow");
      report(screen, strategy.manifest().agreement());
      Fidelity fidelity = Fidelity.of(trained, strategy);
      fidelity.require(floor);
      screen.say(
          "    anywhere in the ranges they decide alike in %.2f %% of %,d cases",
          100 * fidelity.agreement().share(), fidelity.agreement().vectors());
      StrategyBundle bundle = commit(screen, strategy, srs, computing, folder);
      screen.say(
          "    %s of 2^%d entries, proofs of %,d bytes",
          shape.rows() == 1 ? "1 row" : shape.rows() + " rows",
          shape.logSize(),
          bundle.model().key().proofBytes());
      screen.say(
          "    private.model in it is your secret: whoever has it can prove in the strategy's name.");
      disclosure.ifPresent(told ->
          screen.say(
              "    %s: train another model before that%s, or let it choose (argmax).",
              told, trained.givesWeights() ? ", take larger steps" : ""));
    }
  }

  private int step() {
    return weightStep == null ? TrainedStrategy.DEFAULT_WEIGHT_STEP_BPS : weightStep;
  }

  /**
   * What outputs will give away.
   *
   * @throws Complaint if they are finer than they need be, and nobody has said that they may
   */
  private Optional<Disclosure> disclosure(TrainedStrategy trained) {
    if (weightStep != null && !trained.givesWeights()) {
      throw new Complaint(
          "--weight-step is for a linear head over a feature program, and %s is none: leave it out."
              .formatted(trained.name()));
    }
    Optional<Disclosure> disclosure = trained.disclosure(step());
    if (disclosure.isPresent() && disclosure.get().isFine() && !revealsWeights) {
      throw new Complaint(
          "%s: %s, or add --reveals-weights to take it as it is."
              .formatted(
                  disclosure.get(),
                  trained.givesWeights()
                      ? "take steps of %s or more"
                          .formatted(TrainedStrategy.DEFAULT_WEIGHT_STEP_BPS)
                      : "let it choose (argmax)"));
    }
    return disclosure;
  }

  static StrategyBundle commit(
      Screen screen, QuantisedStrategy strategy, Srs srs, ComputeBackend backend, Path folder) {
    Screen.Step committing = screen.step("Committing");
    StrategyBundle bundle =
        StrategyBundle.of(
            strategy, CommittedModel.commit(strategy.network(), srs, backend, Entropy.secure()));
    bundle.save(folder);
    committing.done("%s, model %s", folder, bundle.model().key().digest());
    return bundle;
  }

  private static double share(String accepted) {
    String text = accepted.startsWith(AGREEMENT) ? accepted.substring(AGREEMENT.length()) : "";
    try {
      double share = Double.parseDouble(text);
      if (share > 0 && share <= 1) {
        return share;
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw new Complaint(
        "--accept is \"%s\": it must be agreement= and a share above 0 and up to 1, such as agreement=0.93."
            .formatted(accepted));
  }

  /** Sees to it that a folder can be made there, before there is anything to write to it. */
  public static void requireNew(Path folder) {
    if (Files.exists(folder)) {
      throw new Complaint("%s exists already: name a new folder.".formatted(folder));
    }
    Places.requireWritable(folder);
  }

  private static void report(Screen screen, AgreementReport agreement) {
    screen.say(
        "    integers and real numbers decide alike in %,d of %,d cases spread over the ranges (%.2f %%),",
        agreement.agreed(), agreement.vectors(), 100 * agreement.share());
    screen.say(
        "    and in %d of %d at their ends; the largest error is %.2g of the greatest output",
        agreement.extremesAgreed(), agreement.extremes(), agreement.largestError());
  }
}
