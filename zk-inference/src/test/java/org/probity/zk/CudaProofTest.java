package org.probity.zk;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.probity.ground.TestKind;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.gpu.CudaBackend;
import org.probity.zk.gpu.OnDevice;

/**
 * Whole proofs by the kernels of the card, compiled for the processor where there is none: the same
 * bytes as the scalar backend's, and accepted by both verifiers.
 */
@TestKind.Differential
class CudaProofTest {
  private static final ComputeBackend SCALAR = ComputeBackend.scalar(1);
  private static final long SEED = 171;

  private static CudaBackend cuda;
  private static Verification.Bench bench;

  static List<Network> shapes() {
    var shapes = Networks.shapes(41);
    // The last two are large for a processor in a card's place.
    return TestKind.FULL ? shapes : shapes.subList(0, 6);
  }

  @BeforeAll
  static void open() {
    cuda = OnDevice.backend(2);
    int logSize =
        shapes().stream().mapToInt(network -> network.architecture().logSize()).max().orElseThrow();
    bench = new Verification.Bench(Srs.development(logSize, Networks.seeded(SEED)), SEED);
  }

  @AfterAll
  static void close() {
    cuda.close();
    assertThat(cuda.allocatedBytes()).isZero();
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void aProofOnTheCardIsTheScalarOneAndBothVerifiersAcceptIt(Network network) {
    var random = new Random(5);
    var model = CommittedModel.commit(network, bench.srs, SCALAR, Networks.seeded(2));
    var features = Networks.features(random, network.architecture().inputs());
    var decision = network.decide(features);
    var context = Networks.context(random);
    long before = cuda.proofs();
    var proof =
        new Prover(bench.srs, cuda, Networks.seeded(7)).prove(model, features, decision, context);
    assertThat(cuda.proofs()).isEqualTo(before + 1);
    assertThat(proof)
        .isEqualTo(
            new Prover(bench.srs, SCALAR, Networks.seeded(7))
                .prove(model, features, decision, context));
    assertThat(
            bench.both(
                new Verification(
                    model.key().bytes(),
                    Verification.integers(features.toArray()),
                    Verification.integers(decision.words()),
                    context,
                    proof.bytes())))
        .isEqualTo(Verdict.ACCEPTED);
  }

  @Test
  void proofsInFlightTogetherHoldEach() {
    var network = shapes().get(3);
    var model = CommittedModel.commit(network, bench.srs, SCALAR, Networks.seeded(2));
    var features = Networks.features(new Random(9), network.architecture().inputs());
    var request =
        new ProofRequest(
            model, features, network.decide(features), Networks.context(new Random(10)));
    long before = cuda.proofs();
    var proofs =
        new Prover(bench.srs, cuda, Entropy.secure()).proveAll(Collections.nCopies(6, request));
    assertThat(cuda.proofs()).isEqualTo(before + 6);
    assertThat(proofs).doesNotHaveDuplicates().hasSize(6);
    for (var proof : proofs) {
      assertThat(
              new ProofVerifier(bench.srs)
                  .verify(model.key(), features, request.decision(), request.context(), proof))
          .isEqualTo(Verdict.ACCEPTED);
    }
  }
}
