package org.probity.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import org.probity.zk.bench.SizeReport;
import org.probity.zk.bench.Throughput;
import org.probity.zk.gpu.GpuReport;
import org.probity.zk.gpu.KernelTime;

/** What `probity bench` measured. */
public record BenchReport(List<Size> sizes, Throughput throughput, Optional<Card> card) {

  public BenchReport {
    sizes = List.copyOf(sizes);
  }

  /**
   * One network.
   *
   * @param msmShare what part of proving is multi-scalar multiplication, 0 to 1
   * @param gas of a transaction that calls the verifier, call data included
   * @param onCard what else was measured if the proofs were made on a card
   */
  record Size(SizeReport proofs, double msmShare, GasBySection gas, Optional<OnCard> onCard) {

    long verifyGas() {
      return gas.sections().stream().mapToLong(GasBySection.Section::gas).sum();
    }
  }

  /**
   * Proofs of one network on a card.
   *
   * @param inFlight how many at a time
   * @param proofsPerSecond with that many in flight
   * @param processorMillis median of a proof by the processor's backend in the same run, where that
   *     was measured
   * @param kernels time by kernel, of single proofs
   */
  record OnCard(
      int inFlight,
      double proofsPerSecond,
      Optional<Double> processorMillis,
      List<KernelTime> kernels) {

    OnCard {
      kernels = List.copyOf(kernels);
    }
  }

  /**
   * The card itself.
   *
   * @param logMsm base-2 logarithm of the terms of the multi-scalar multiplication
   * @param msmMillis one of full-size scalars, on the card
   * @param processorMsmMillis one by the processor's backend
   */
  record Card(
      GpuReport found, String processor, int logMsm, double msmMillis, double processorMsmMillis) {}

  /** The whole as one line of JSON. */
  public String toJson() {
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
      size.onCard.ifPresent(card -> describe(card, proofs, node.putObject("card")));
    }
    root.put("fieldMulSpeedup", rounded(throughput.fieldMulSpeedup()));
    root.put("msmSpeedup", rounded(throughput.msmSpeedup()));
    root.put("threads", throughput.threads());
    root.put("cpu", throughput.cpu());
    card.ifPresent(found -> describe(found, root.putObject("card")));
    return root.toString();
  }

  private static void describe(OnCard card, SizeReport proofs, ObjectNode node) {
    node.put("inFlight", card.inFlight);
    node.put("proofsPerSecond", rounded(card.proofsPerSecond));
    card.processorMillis.ifPresent(millis -> {
      node.put("processorMillis", rounded(millis));
      node.put("speedup", rounded(millis / proofs.proveMillis().p50()));
    });
    ArrayNode kernels = node.putArray("kernels");
    for (KernelTime kernel : card.kernels) {
      kernels
          .addObject()
          .put("kernel", kernel.kernel())
          .put("launches", rounded(kernel.launches()))
          .put("millis", Math.round(kernel.millis() * 1e4) / 1e4)
          .put("registers", kernel.registers())
          .put("occupancy", rounded(kernel.occupancy()))
          .put("memoryShare", rounded(kernel.memoryShare()))
          .put("arithmeticShare", rounded(kernel.arithmeticShare()))
          .put("bound", kernel.bound());
    }
  }

  private static void describe(Card card, ObjectNode node) {
    node.put("name", card.found.name());
    node.put("computeCapability", card.found.computeCapability());
    node.put("driver", card.found.driver());
    node.put("kernels", card.found.kernels());
    node.put("processor", card.processor);
    node.putObject("msm")
        .put("log", card.logMsm)
        .put("millis", rounded(card.msmMillis))
        .put("processorMillis", rounded(card.processorMsmMillis));
  }

  private static double rounded(double value) {
    return Math.round(value * 100) / 100.0;
  }
}
