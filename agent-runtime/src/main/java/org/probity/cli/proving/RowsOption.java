package org.probity.cli.proving;

import java.util.Comparator;
import java.util.List;
import org.probity.terminal.Complaint;
import org.probity.zk.Architecture;
import org.probity.zk.MachineSpeed;
import org.probity.zk.Objective;
import org.probity.zk.ProofCost;
import picocli.CommandLine.Option;

/**
 * The option {@code --optimize}: into how many rows a model is cut when it is committed to. More
 * rows make its vectors shorter, and so its proofs quicker and its reference string smaller; each
 * is one more commitment that every verification pays for.
 */
final class RowsOption {

  @Option(
      names = "--optimize",
      paramLabel = "WHAT",
      description =
          "What to choose the number of the model's rows for: time (quick proofs, the default) or gas (cheap verification). `probity model cost` shows both.")
  private Objective objective = Objective.TIME;

  /**
   * The shape with the best number of rows among those that a reference string is long enough for.
   *
   * @param mostLogSize base-2 logarithm of its points
   * @throws Complaint if it is too short for any
   */
  Architecture choose(Architecture shape, int mostLogSize) {
    Architecture best = ProofCost.withBestRows(shape, objective);
    if (best.logSize() <= mostLogSize) {
      return best;
    }
    List<ProofCost> costs = ProofCost.byRows(shape, MachineSpeed.REFERENCE);
    return costs.stream()
        .filter(cost -> cost.architecture().logSize() <= mostLogSize)
        .min(
            objective == Objective.GAS
                ? Comparator.comparingLong(ProofCost::verificationGas)
                : Comparator.comparingDouble(ProofCost::proveMillis))
        .map(ProofCost::architecture)
        .orElseThrow(() ->
            new Complaint(
                "The model needs a reference string of 2^%d points or more, and this one has 2^%d: take a longer one."
                    .formatted(
                        costs.stream().mapToInt(c -> c.architecture().logSize()).min().orElse(0),
                        mostLogSize)));
  }
}
