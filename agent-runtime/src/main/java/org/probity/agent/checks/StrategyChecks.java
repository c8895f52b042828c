package org.probity.agent.checks;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.probity.strategy.StrategyBundle;
import org.probity.zk.Srs;

/** Whether a strategy opens, and its proofs hold. */
public final class StrategyChecks {

  private StrategyChecks() {}

  /** Opens a strategy. */
  public static Optional<StrategyBundle> strategy(Examination exam, Path folder) {
    return exam.find(
        CheckName.STRATEGY,
        () -> StrategyBundle.load(folder),
        bundle ->
            "%s, of model %s".formatted(bundle.manifest().name(), bundle.model().key().digest()));
  }

  /** Opens a reference string and looks whether the chain may rely on it. */
  public static Optional<Srs> reference(Examination exam, Path file, long chainId) {
    Optional<Srs> srs =
        exam.find(
            CheckName.SRS,
            () -> Srs.load(file),
            string -> "2^%s points".formatted(string.logSize()));
    if (srs.isEmpty()) {
      exam.skip("it does not open", CheckName.SRS_ORIGIN);
      return srs;
    }
    exam.look(
        CheckName.SRS_ORIGIN,
        () -> {
          srs.get().requireAdmissibleOn(chainId);
          return Finding.fine(
              srs.get().isDevelopment()
                  ? "made here, which a local chain admits"
                  : "from a ceremony");
        });
    return srs;
  }

  /**
   * Makes a proof on trial.
   *
   * @param rehearsal throws if a proof of the strategy does not hold under the string
   */
  public static void proof(
      Examination exam, StrategyBundle bundle, Srs srs, BiConsumer<StrategyBundle, Srs> rehearsal) {
    exam.look(
        CheckName.PROOF,
        () -> {
          rehearsal.accept(bundle, srs);
          return Finding.fine("it holds: strategy and reference string belong together");
        });
  }
}
