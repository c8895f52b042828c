package org.probity.cli.proving;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.probity.ground.PlainFile;
import org.probity.intent.SavedProof;
import org.probity.run.DecisionText;
import org.probity.terminal.Complaint;
import org.probity.terminal.Screen;
import org.probity.zk.ModelKey;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Srs;
import org.probity.zk.Verdict;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code probity verify}: 1 if the proof does not hold. */
@Command(
    name = "verify",
    description =
        "Check a saved proof against a model key, offline. Exit status 0 if it holds, else 1.")
public final class VerifyCommand implements Callable<Integer> {

  /** With 65,536 features and outputs such a file has less than 2 MiB. */
  private static final long LARGEST_PROOF = 16L << 20;

  private static final long LARGEST_KEY = 1L << 20;

  @Parameters(paramLabel = "PROOF", description = "A file that `probity prove` wrote.")
  private Path proofFile = Path.of("");

  @Option(
      names = "--key",
      paramLabel = "FILE",
      required = true,
      description = "The model key, or the folder of the strategy that it is in.")
  private Path keyFile = Path.of("");

  @Option(
      names = "--srs",
      paramLabel = "FILE",
      required = true,
      description = "The reference string that you trust.")
  private Path srsFile = Path.of("");

  @Override
  public Integer call() throws IOException {
    try (Screen screen = Screen.open(false)) {
      SavedProof saved = SavedProof.parse(PlainFile.text(proofFile, LARGEST_PROOF));
      ModelKey key = key(keyFile);
      Srs srs = Srs.load(srsFile);
      if (!saved.model().equals(key.digest())) {
        throw new Complaint(
            "The proof is of model %s, not of %s: name the key of that model."
                .formatted(saved.model(), key.digest()));
      }
      if (!saved.reference().equals(srs.digest())) {
        throw new Complaint(
            "The proof was made under another reference string (%s, not %s): name that one, if you trust it."
                .formatted(saved.reference(), srs.digest()));
      }
      Verdict verdict =
          new ProofVerifier(srs)
              .verify(key, saved.features(), saved.decision(), saved.context(), saved.proof());
      if (!verdict.accepted()) {
        throw new Complaint("The proof does not hold: %s.".formatted(verdict));
      }
      screen.say("The proof holds.");
      screen.say("  model     " + saved.model());
      screen.say("  features  " + saved.features());
      screen.say("  decision  " + DecisionText.of(saved.decision(), List.of()));
      screen.say("  context   " + saved.context());
      if (srs.isDevelopment()) {
        screen.say(
            "  The reference string is one for development: whoever made it can forge proofs.");
      }
      return 0;
    }
  }

  private static ModelKey key(Path file) throws IOException {
    Path real = Files.isDirectory(file) ? file.resolve("model.key") : file;
    byte[] bytes = PlainFile.bytes(real, LARGEST_KEY);
    try {
      return ModelKey.parse(bytes);
    } catch (IllegalArgumentException e) {
      throw new Complaint(
          "%s is not a model key (%s): take the model.key of a strategy."
              .formatted(real, e.getMessage()),
          e);
    }
  }
}
