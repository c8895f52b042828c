package org.probity.zk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.probity.ground.Keccak;
import org.probity.zk.backend.ComputeBackend;

/** What a prover gives, whatever it runs on. */
class ProverTest {
  static List<Network> shapes() {
    var shapes = new ArrayList<>(Networks.shapes(41));
    shapes.add(Networks.random(new Random(42), Readout.ARGMAX, 2, 20, 64, 100, 3));
    shapes.add(Networks.random(new Random(43), Readout.LINEAR, 3, 40, 130, 64, 70));
    return shapes;
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void everyBackendGivesTheSameKeyAndTheSameProof(Network network) {
    var srs = Srs.development(network.architecture().logSize(), Networks.seeded(1));
    var features = Networks.features(new Random(3), network.architecture().inputs());
    var decision = network.decide(features);
    var context = Networks.context(new Random(4));
    var proofs = new ArrayList<DecisionProof>();
    var keys = new ArrayList<ModelKey>();
    for (var backend : List.of(ComputeBackend.scalar(2), ComputeBackend.best())) {
      var model = CommittedModel.commit(network, srs, backend, Networks.seeded(2));
      keys.add(model.key());
      var prover = new Prover(srs, backend, Networks.seeded(5));
      proofs.add(prover.prove(model, features, decision, context));
    }
    assertThat(keys.get(1)).isEqualTo(keys.get(0));
    assertThat(proofs.get(1).bytes()).isEqualTo(proofs.get(0).bytes());
    assertThat(
            new ProofVerifier(srs).verify(keys.get(0), features, decision, context, proofs.get(0)))
        .isEqualTo(Verdict.ACCEPTED);
  }

  @Test
  void theProofsForFixedEntropyAreWhatTheyWereWhenTheProtocolWasFixed() {
    var proofs = new ByteArrayOutputStream();
    for (var network : shapes()) {
      var srs = Srs.development(network.architecture().logSize(), Networks.seeded(1));
      var features = Networks.features(new Random(3), network.architecture().inputs());
      var backend = ComputeBackend.best();
      var model = CommittedModel.commit(network, srs, backend, Networks.seeded(2));
      proofs.writeBytes(
          new Prover(srs, backend, Networks.seeded(5))
              .prove(model, features, network.decide(features), Networks.context(new Random(4)))
              .bytes());
    }
    assertThat(Keccak.hash(proofs.toByteArray()))
        .hasToString("0xdc665fa47f4637e40403fb667031ca0c85e3c12d7697ad558c65a9ab02e3ccb0");
  }

  @Test
  void preparingChangesNoProofAndEveryStepIsReported() {
    var network = Networks.random(new Random(6), Readout.ARGMAX, 1, 8, 16, 16, 3);
    var srs = Srs.development(network.architecture().logSize(), Networks.seeded(1));
    var backend = ComputeBackend.best();
    var model = CommittedModel.commit(network, srs, backend, Networks.seeded(2));
    var features = Networks.features(new Random(3), 8);
    var decision = network.decide(features);
    var context = Networks.context(new Random(4));
    var steps = new ArrayList<ProofStep>();
    var first =
        new Prover(srs, backend, Networks.seeded(5), steps::add)
            .prove(model, features, decision, context);
    var prover = new Prover(srs, backend, Networks.seeded(5));
    prover.prepare();
    assertThat(prover.prove(model, features, decision, context).bytes()).isEqualTo(first.bytes());
    assertThat(steps).containsExactly(ProofStep.values());
  }

  @Test
  void aDecisionThatIsNotTheModelsIsRefused() {
    var network = Networks.random(new Random(6), Readout.ARGMAX, 0, 4, 3);
    var srs = Srs.development(network.architecture().logSize(), Networks.seeded(1));
    var backend = ComputeBackend.best();
    var model = CommittedModel.commit(network, srs, backend, Networks.seeded(2));
    var features = Networks.features(new Random(3), 4);
    int other = (network.decide(features).words()[0] + 1) % 3;
    assertThatThrownBy(() ->
            new Prover(srs, backend, Networks.seeded(5))
                .prove(
                    model, features, new Decision.Choice(other), Networks.context(new Random(4))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not " + new Decision.Choice(other));
  }
}
