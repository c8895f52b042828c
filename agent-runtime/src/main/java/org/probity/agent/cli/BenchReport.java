package org.probity.agent.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.probity.zk.bench.SizeReport;
import org.probity.zk.bench.Throughput;

/** What `probity bench` measured. */
record BenchReport(List<Size> sizes, Throughput throughput) {

  BenchReport {
    sizes = List.copyOf(sizes);
  }

  /**
   * One network.
   *
   * @param msmShare what part of proving is multi-scalar multiplication, 0 to 1
   * @param gas of a transaction that calls the verifier, call data included
   */
  record Size(SizeReport proofs, double msmShare, GasBySection gas) {

    long verifyGas() {
      return gas.sections().stream().mapToLong(GasBySection.Section::gas).sum();
    }
  }

  /** The whole as one line of JSON. */
  String toJson() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    ArrayNode array = root.putArray("sizes");
    for (Size size : sizes) {
      SizeReport proofs = size.proofs;
      ObjectNode node = array.addObject();
      node.put("parameters", proofs.parameters());
      node.put("rows", proofs.rows());
      node.putObject("proveMillis")
          .put("p50", rounded(proofs.proveMillis().p50()))
          .put("p95", rounded(proofs.proveMillis().p95()));
      node.put("verifyMillis", rounded(proofs.verifyMillis().p50()));
      node.put("proofBytes", proofs.proofBytes());
      node.put("verifyGas", size.verifyGas());
      node.put("peakMemoryMb", Math.round(proofs.peakMemoryMb()));
    }
    root.put("fieldMulSpeedup", rounded(throughput.fieldMulSpeedup()));
    root.put("msmSpeedup", rounded(throughput.msmSpeedup()));
    root.put("threads", throughput.threads());
    root.put("cpu", throughput.cpu());
    return root.toString();
  }

  private static double rounded(double value) {
    return Math.round(value * 100) / 100.0;
  }
}
