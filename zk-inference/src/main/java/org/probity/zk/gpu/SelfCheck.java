package org.probity.zk.gpu;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.probity.ground.Bytes32;
import org.probity.zk.Architecture;
import org.probity.zk.CommittedModel;
import org.probity.zk.Dense;
import org.probity.zk.Entropy;
import org.probity.zk.FeatureVector;
import org.probity.zk.Layer;
import org.probity.zk.Network;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Prover;
import org.probity.zk.Readout;
import org.probity.zk.Srs;
import org.probity.zk.Verdict;
import org.probity.zk.backend.Committed;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.backend.IntegerRows;
import org.probity.zk.backend.Workspace;
import org.probity.zk.curve.FixedBase;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.PointVector;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;

/**
 * Whether a card computes what the processor does: vectors of field elements, a multi-scalar
 * multiplication, and a whole proof, which must be the same bytes and hold. Nothing in it is
 * secret.
 */
final class SelfCheck {
  private static final int SIZE = 1 << 8;

  private SelfCheck() {}

  /**
   * Runs it.
   *
   * @throws GpuUnavailableException naming what differs
   * @throws DeviceException if the card fails
   */
  static void run(CudaBackend cuda, ComputeBackend processor) {
    var numbers = new Counting(1);
    var bases = FixedBase.multiples(G1.GENERATOR, elements(numbers, SIZE));
    var rows =
        new IntegerRows(
            List.of(
                IntStream.range(0, SIZE).map(i -> i * 7919 - 1_000_000).toArray(),
                IntStream.range(0, SIZE).map(i -> i % 3 - 1).toArray()));
    requireSame("vectors", vectors(cuda, bases, rows), vectors(processor, bases, rows));
    requireSame("commitments", commitments(cuda, bases, rows), commitments(processor, bases, rows));
    requireSameProof(cuda, processor);
  }

  private static FieldVector elements(Entropy numbers, int count) {
    return FieldVector.of(IntStream.range(0, count).mapToObj(i -> numbers.nextFr()).toList());
  }

  private static List<Fr> vectors(ComputeBackend backend, PointVector bases, IntegerRows rows) {
    try (var work = backend.open(bases, SIZE, rows)) {
      var numbers = new Counting(2);
      var v = work.zeros(SIZE);
      work.put(v, 0, elements(numbers, SIZE));
      work.addScaled(
          v, 0, work.combineRows(List.of(numbers.nextFr(), numbers.nextFr())), Fr.of(-1));
      var quotient = work.divide(v, 8, numbers.nextFr());
      return work.read(quotient);
    }
  }

  private static List<G1> commitments(ComputeBackend backend, PointVector bases, IntegerRows rows) {
    try (Workspace work = backend.open(bases, SIZE, rows)) {
      var numbers = new Counting(3);
      var v = work.zeros(SIZE);
      work.put(v, 0, elements(numbers, SIZE));
      var skewed =
          work.integers(IntStream.range(0, SIZE).mapToLong(i -> i % 5 == 0 ? 0 : 1).toArray());
      var message =
          List.of(
              new Committed.Dense(v, numbers.nextFr()),
              new Committed.Dense(skewed),
              new Committed.Dense(work.row(0)));
      // Launched one by one, recorded, and replayed with other scalars.
      var out = new ArrayList<G1>();
      for (int i = 0; i < 3; i++) {
        out.addAll(work.commit(List.copyOf(message)));
        work.addScaled(v, 0, work.row(1), numbers.nextFr());
      }
      return out;
    }
  }

  private static void requireSameProof(CudaBackend cuda, ComputeBackend processor) {
    var numbers = new Counting(4);
    var architecture =
        new Architecture(
            6, List.of(new Layer(8, 4), new Layer(5, 3), new Layer(3, 0)), Readout.ARGMAX, 1);
    int[] widths = {6, 8, 5, 3};
    var network =
        new Network(
            architecture,
            IntStream.range(1, widths.length)
                .mapToObj(l ->
                    new Dense(integers(widths[l] * widths[l - 1], l), integers(widths[l], 10 + l)))
                .toList());
    var features = FeatureVector.of(integers(6, 20));
    var decision = network.decide(features);
    var context = Bytes32.of(new byte[Bytes32.SIZE]);
    var srs = Srs.development(architecture.logSize(), numbers);
    var model = CommittedModel.commit(network, srs, processor, numbers);
    var expected =
        new Prover(srs, processor, new Counting(5)).prove(model, features, decision, context);
    var actual =
        new Prover(srs, cuda.unguarded(), new Counting(5))
            .prove(model, features, decision, context);
    if (new ProofVerifier(srs).verify(model.key(), features, decision, context, actual)
        != Verdict.ACCEPTED) {
      throw differs("a proof made on it does not hold");
    }
    requireSame("proofs", actual, expected);
  }

  private static int[] integers(int count, int start) {
    return IntStream.range(0, count).map(i -> (start + i) * 37 % 101 - 50).toArray();
  }

  private static void requireSame(String what, Object actual, Object expected) {
    if (!actual.equals(expected)) {
      throw differs("its " + what + " are not the processor's");
    }
  }

  private static GpuUnavailableException differs(String how) {
    return new GpuUnavailableException(
        Fallbacks.Cause.SELF_CHECK, "the card fails its self-check: " + how);
  }

  /** Bytes that anybody can compute: the check must see the same everywhere. */
  private static final class Counting implements Entropy {
    private long state;

    Counting(long seed) {
      state = seed;
    }

    @Override
    public void fill(byte[] bytes) {
      for (int i = 0; i < bytes.length; i++) {
        // Knuth's MMIX generator (The Art of Computer Programming 2, section 3.3.4).
        state = state * 6364136223846793005L + 1442695040888963407L;
        bytes[i] = (byte) (state >>> 56);
      }
    }
  }
}
