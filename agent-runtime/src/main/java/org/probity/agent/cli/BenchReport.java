package org.probity.agent.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * What was measured.
 *
 * @param fieldMulSpeedup multiplications in the scalar field, one thread against one thread of the
 *     scalar backend
 * @param msmSpeedup a multi-scalar multiplication of 2^16 points, prepared as an agent's prover has
 *     it, against the scalar backend on as many threads
 * @param threads that the backends use
 */
record BenchReport(
    List<Size> sizes, double fieldMulSpeedup, double msmSpeedup, int threads, String cpu) {

  BenchReport {
    sizes = List.copyOf(sizes);
  }

  /**
   * One network.
   *
   * @param proveMillis one entry a proof, in no order
   * @param stepMillis median of each step of a proof, in the order of {@link
   *     org.probity.zk.ProofStep}
   * @param msmShare what part of a proof goes into multi-scalar multiplications, 0 to 1
   * @param verifyGas of a transaction that calls the verifier, calldata included
   * @param peakMemoryMb of the whole process
   */
  record Size(
      long parameters,
      int rows,
      List<Double> proveMillis,
      List<Double> stepMillis,
      double msmShare,
      double verifyMillis,
      int proofBytes,
      long verifyGas,
      long peakMemoryMb) {

    Size {
      proveMillis = List.copyOf(proveMillis);
      stepMillis = List.copyOf(stepMillis);
    }

    double prove(int percent) {
      return percentile(proveMillis, percent);
    }
  }

  /** The {@code percent} percentile, by nearest rank. */
  static double percentile(List<Double> values, int percent) {
    List<Double> sorted = values.stream().sorted().toList();
    int rank = (int) Math.ceil(percent / 100.0 * sorted.size());
    return sorted.get(Math.max(rank, 1) - 1);
  }

  /** The whole as one line of JSON. */
  String toJson() {
    ObjectNode root = tree(sizes);
    root.put("fieldMulSpeedup", rounded(fieldMulSpeedup));
    root.put("msmSpeedup", rounded(msmSpeedup));
    root.put("threads", threads);
    root.put("cpu", cpu);
    return root.toString();
  }

  /** Sizes alone as one line of JSON. */
  static String toJson(List<Size> sizes) {
    return tree(sizes).toString();
  }

  private static ObjectNode tree(List<Size> sizes) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    ArrayNode array = root.putArray("sizes");
    for (Size size : sizes) {
      ObjectNode node = array.addObject();
      node.put("parameters", size.parameters);
      node.put("rows", size.rows);
      node.putObject("proveMillis")
          .put("p50", rounded(size.prove(50)))
          .put("p95", rounded(size.prove(95)));
      node.put("verifyMillis", rounded(size.verifyMillis));
      node.put("proofBytes", size.proofBytes);
      node.put("verifyGas", size.verifyGas);
      node.put("peakMemoryMb", size.peakMemoryMb);
    }
    return root;
  }

  private static double rounded(double value) {
    return Math.round(value * 100) / 100.0;
  }
}
