package org.probity.cli.proving;

import java.nio.file.Path;
import java.util.Arrays;
import org.probity.agent.checks.NewFile;
import org.probity.cli.shared.BackendOption;
import org.probity.deploy.TrialProof;
import org.probity.ground.Bytes32;
import org.probity.intent.SavedProof;
import org.probity.run.DecisionText;
import org.probity.strategy.StrategyBundle;
import org.probity.terminal.Complaint;
import org.probity.terminal.Screen;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;
import org.probity.zk.Entropy;
import org.probity.zk.FeatureVector;
import org.probity.zk.Prover;
import org.probity.zk.Srs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code probity prove}: 1 if the proof does not hold under the reference string. */
@Command(
    name = "prove",
    description = "Prove what a strategy decides on given features, and save the proof.")
public final class ProveCommand implements Runnable {

  @Option(
      names = "--strategy",
      paramLabel = "FOLDER",
      required = true,
      description = "The strategy, its private part included.")
  private Path strategyFolder = Path.of("");

  @Option(
      names = "--srs",
      paramLabel = "FILE",
      required = true,
      description = "The reference string that its model was committed under.")
  private Path srsFile = Path.of("");

  @Option(
      names = "--features",
      paramLabel = "N,N,…",
      required = true,
      description = "The features, whole numbers with commas between them.")
  private String features = "";

  @Option(
      names = "--context",
      paramLabel = "HEX",
      description = "32 bytes that the proof is bound to (default: zeros).")
  private String context = "0x" + "00".repeat(Bytes32.SIZE);

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "New file for the proof.")
  private Path out = Path.of("");

  @Mixin private final BackendOption backend = new BackendOption();

  @Override
  public void run() {
    NewFile target = NewFile.at(out);
    FeatureVector inputs = features(features);
    Bytes32 bound = context(context);
    try (Screen screen = Screen.open(false)) {
      StrategyBundle bundle = StrategyBundle.load(strategyFolder);
      Srs srs = Srs.load(srsFile);
      bundle
          .manifest()
          .features()
          .violation(inputs)
          .ifPresent(reason -> {
            throw new Complaint(reason);
          });
      Decision decision = bundle.network().decide(inputs);
      Screen.Step proving = screen.step("Proving");
      DecisionProof proof =
          new Prover(srs, backend.start(), Entropy.secure())
              .prove(bundle.model(), inputs, decision, bound);
      TrialProof.require(bundle, srs, inputs, decision, bound, proof);
      SavedProof saved =
          new SavedProof(
              bundle.model().key().digest(), srs.digest(), inputs, decision, bound, proof);
      target.write(saved.toJson());
      proving.done(
          "%s: %s, a proof of %,d bytes",
          target, DecisionText.of(decision, bundle.manifest()), proof.size());
    }
  }

  static FeatureVector features(String text) {
    try {
      return FeatureVector.of(
          Arrays.stream(text.split(",", -1))
              .map(String::strip)
              .mapToInt(Integer::parseInt)
              .toArray());
    } catch (NumberFormatException e) {
      throw new Complaint(
          "--features is \"%s\": it must be whole numbers of 32 bits with commas between them."
              .formatted(text),
          e);
    }
  }

  static Bytes32 context(String text) {
    try {
      return Bytes32.fromHex(text);
    } catch (IllegalArgumentException e) {
      throw new Complaint(
          "--context is \"%s\": it must be 0x and 64 hex digits.".formatted(text), e);
    }
  }
}
