package org.probity.zk.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.probity.ground.Bytes32;
import org.probity.zk.Architecture;
import org.probity.zk.CommittedModel;
import org.probity.zk.Dense;
import org.probity.zk.FeatureVector;
import org.probity.zk.Layer;
import org.probity.zk.Network;
import org.probity.zk.ProofRequest;
import org.probity.zk.ProofStep;
import org.probity.zk.Prover;
import org.probity.zk.Readout;
import org.probity.zk.Srs;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.bench.ProverBenchmark;

/**
 * What a proof asks of a card, call by call. Each costs some microseconds whatever it does, and a
 * small proof is little else, so their numbers are held here. {@code -Dprobity.gpu.size=20k} counts
 * those of a benchmark's network; all are printed.
 */
class RoundTripsTest {
  private static final String SIZE = System.getProperty("probity.gpu.size", "small");

  /** What a proof asks for once the card has seen its shape twice: less is better. */
  private static final Map<String, CountingDevice.Counts> ASKED =
      Map.of(
          "small", new CountingDevice.Counts(34, 96, 4, 0, 36, 0, 3, 0),
          "20k", new CountingDevice.Counts(43, 107, 4, 0, 35, 0, 14, 0));

  private record Subject(Srs srs, ProofRequest request) {
    static Subject of(String size) {
      var processor = ComputeBackend.best();
      if (!size.equals("small")) {
        var found = new ProverBenchmark(() -> 0, new Random(3)::nextBytes, processor).subject(size);
        return new Subject(found.srs(), found.request());
      }
      var random = new Random(3);
      var layers = List.of(new Layer(16, 6), new Layer(16, 6), new Layer(3, 0));
      int[] widths = {20, 16, 16, 3};
      var network =
          new Network(
              new Architecture(20, layers, Readout.ARGMAX, 2),
              IntStream.range(1, 4)
                  .mapToObj(l -> dense(random, widths[l - 1], widths[l]))
                  .toList());
      var features = FeatureVector.of(random.ints(20, -100, 100).toArray());
      var srs = Srs.development(network.architecture().logSize(), random::nextBytes);
      return new Subject(
          srs,
          new ProofRequest(
              CommittedModel.commit(network, srs, processor, random::nextBytes),
              features,
              network.decide(features),
              Bytes32.of(new byte[Bytes32.SIZE])));
    }

    private static Dense dense(Random random, int inputs, int outputs) {
      return new Dense(
          random.ints((long) inputs * outputs, -60, 61).toArray(),
          random.ints(outputs, -500, 501).toArray());
    }
  }

  @Test
  void aProofAsksNoMoreOfTheCardThanIsWrittenHere() {
    var device = new CountingDevice(TestDevices.open());
    var subject = Subject.of(SIZE);
    try (var cuda = OnDevice.over(device, 1, new Fallbacks((cause, warning) -> {}))) {
      // The first proof brings bases and model onto the card, and grows its memory; the second one
      // records what is launched again and again.
      var requests = new ArrayList<>(List.of(subject.request(), subject.request()));
      new Prover(subject.srs(), cuda, new Random(4)::nextBytes).proveAll(requests);
      device.kernels();
      var start = device.counts();
      var before = new CountingDevice.Counts[] {start};
      var steps = new EnumMap<ProofStep, CountingDevice.Counts>(ProofStep.class);
      var prover =
          new Prover(
              subject.srs(),
              cuda,
              new Random(5)::nextBytes,
              step -> {
                var now = device.counts();
                steps.put(step, now.minus(before[0]));
                before[0] = now;
              });
      prover.proveAll(List.of(subject.request()));
      assertThat(cuda.proofs()).isEqualTo(3);
      var all = device.counts().minus(start);
      steps.forEach((step, counts) -> System.out.println(step + " " + counts));
      System.out.println("cleared " + device.counts().minus(before[0]));
      System.out.println(SIZE + " " + all + ", by kernel " + device.kernels());
      var asked = ASKED.get(SIZE);
      if (asked != null) {
        assertThat(all).isEqualTo(asked);
      }
    }
  }
}
