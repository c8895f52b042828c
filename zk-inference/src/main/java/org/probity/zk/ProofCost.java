package org.probity.zk;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What a proof of an architecture costs, before anything is committed or deployed. Proof bytes are
 * exact; the rest is a model, fitted to measurements.
 *
 * <p>More rows make the folded row shorter, until the bits are longer (their length does not depend
 * on the rows), and cost one curve multiplication and 64 bytes of call data each.
 *
 * @param architecture the shape, with its number of rows
 * @param proofBytes length of a proof
 * @param verificationGas gas of one verification on the EVM as a transaction, call data included
 * @param proveMillis time to prove
 * @param memoryBytes memory of a proving process beyond an idle one's: network, reference string
 *     and working vectors
 */
public record ProofCost(
    Architecture architecture,
    int proofBytes,
    long verificationGas,
    double proveMillis,
    long memoryBytes) {

  /** Rows that prove up to this much slower than the best are as good, if they are fewer. */
  private static final double NEARLY = 1.05;

  /** The cost on a machine of this speed. */
  public static ProofCost of(Architecture architecture, MachineSpeed speed) {
    var layout = architecture.layout();
    return new ProofCost(
        architecture,
        layout.proofBytes(),
        gas(architecture, layout),
        millis(architecture, layout, speed),
        memory(architecture, layout));
  }

  /** The costs of a shape for every admitted number of rows, fewest rows first. */
  public static List<ProofCost> byRows(Architecture shape, MachineSpeed speed) {
    var costs = new ArrayList<ProofCost>();
    for (int rows = 0; rows <= Architecture.MAX_LOG_ROWS; rows++) {
      var layout = new Layout(shape.inputs(), shape.layers(), shape.readout(), rows);
      if (layout.logSize <= Architecture.MAX_LOG_SIZE) {
        costs.add(
            of(new Architecture(shape.inputs(), shape.layers(), shape.readout(), rows), speed));
      }
    }
    return costs;
  }

  /**
   * The same shape with the number of rows that is best for something, on a reference machine.
   *
   * @throws IllegalArgumentException if the shape is too large with any number of rows
   */
  public static Architecture withBestRows(Architecture shape, Objective objective) {
    var costs = byRows(shape, MachineSpeed.REFERENCE);
    var best =
        switch (objective) {
          case GAS -> costs.stream().min(Comparator.comparingLong(ProofCost::verificationGas));
          case TIME -> {
            double least = costs.stream().mapToDouble(ProofCost::proveMillis).min().orElse(0);
            yield costs.stream().filter(cost -> cost.proveMillis() <= NEARLY * least).findFirst();
          }
        };
    return best.map(ProofCost::architecture)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "The network is too large for any number of rows: make it smaller"));
  }

  /**
   * A least-squares fit to 78 verifications on anvil (shapes of 1 to 5 layers, 1 to 8 rows, 3 to
   * 200 inputs), whose mean error is 1,200 gas and largest 4,600.
   */
  private static long gas(Architecture architecture, Layout layout) {
    int data = layout.proofBytes() + architecture.headerBytes() + 64 * architecture.rows();
    int rounds = layout.innerVariables + layout.bitVariables() + layout.logSize;
    return Math.round(
        212_400
            + 15.9 * data
            + 6_640.0 * architecture.rows()
            + 5_590.0 * HyperKzg.folds(layout.logSize)
            + 1_725.0 * rounds
            + 7_920.0 * layout.layers
            + 618.0 * architecture.inputs());
  }

  private static double millis(Architecture architecture, Layout layout, MachineSpeed speed) {
    var work = ProofWork.of(architecture, layout);
    double fixed = 3;
    return fixed
        + (work.curveAdditions() * speed.additionNanos()
                + work.multiplications() * speed.multiplicationNanos())
            / 1e6
            / speed.threads();
  }

  private static long memory(Architecture architecture, Layout layout) {
    long element = 32;
    long size = 1L << layout.logSize;
    long bits = 1L << layout.bitVariables();
    long row = 1L << layout.logRow;
    // Integers twice, as a network and as rows; points as they are and in lanes.
    long model = 4 * architecture.parameters() + 4 * row * architecture.rows();
    long string = 2 * 64 * size;
    long vectors = element * (6 * bits + 6 * row + 8 * size);
    // References of about 20 digits a scalar, and the buckets' sums.
    long sums = size * (4 * 20 + 64);
    return model + string + vectors + sums;
  }
}
