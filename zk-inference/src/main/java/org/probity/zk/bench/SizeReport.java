package org.probity.zk.bench;

import java.util.Map;
import org.probity.ground.Bytes32;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;
import org.probity.zk.FeatureVector;
import org.probity.zk.ModelKey;
import org.probity.zk.ProofCost;
import org.probity.zk.ProofStep;
import org.probity.zk.ProofWork;
import org.probity.zk.Srs;

/**
 * Proofs of one network.
 *
 * @param name the size's name
 * @param shape inputs and widths
 * @param parameters weights and biases
 * @param rows model rows
 * @param proofs how many were made
 * @param proveMillis wall-clock time of a proof
 * @param verifyMillis wall-clock time of a verification in Java
 * @param stepMillis mean wall-clock time of each step of a proof
 * @param proofBytes length of a proof
 * @param peakMemoryMb greatest heap while proving, SRS and network included
 * @param expected what the cost model says
 * @param work what a proof has to compute at least
 * @param sample the last proof, for whoever measures its verification elsewhere
 */
public record SizeReport(
    String name,
    String shape,
    long parameters,
    int rows,
    int proofs,
    Percentiles proveMillis,
    Percentiles verifyMillis,
    Map<ProofStep, Double> stepMillis,
    int proofBytes,
    double peakMemoryMb,
    ProofCost expected,
    ProofWork work,
    Sample sample) {

  /** The median, and the value that one in twenty exceeds. */
  public record Percentiles(double p50, double p95) {}

  /** A statement, its proof, and the string it is over. */
  public record Sample(
      Srs srs,
      ModelKey key,
      FeatureVector features,
      Decision decision,
      Bytes32 context,
      DecisionProof proof) {}
}
