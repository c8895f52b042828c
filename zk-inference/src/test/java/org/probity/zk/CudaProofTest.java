package org.probity.zk;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.gpu.HostCard;

/** Whole proofs by the kernels, on the device of their tests. */
class CudaProofTest {
  static java.util.List<Network> shapes() {
    return Networks.shapes(41).subList(0, 3);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void aCardGivesTheProcessorsProof(Network network) {
    var srs = Srs.development(network.architecture().logSize(), Networks.seeded(1));
    var features = Networks.features(new Random(3), network.architecture().inputs());
    var decision = network.decide(features);
    var context = Networks.context(new Random(4));
    var scalar = ComputeBackend.scalar(2);
    var model = CommittedModel.commit(network, srs, scalar, Networks.seeded(2));
    var expected =
        new Prover(srs, scalar, Networks.seeded(5)).prove(model, features, decision, context);
    var proof =
        new Prover(srs, HostCard.open(), Networks.seeded(5))
            .prove(model, features, decision, context);
    assertThat(proof.bytes()).isEqualTo(expected.bytes());
  }
}
