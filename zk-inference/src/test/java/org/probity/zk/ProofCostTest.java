package org.probity.zk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.probity.zk.backend.ComputeBackend;

class ProofCostTest {
  private static Architecture shape(int logRows, int... widths) {
    return Networks.random(new Random(1), Readout.ARGMAX, logRows, widths).architecture();
  }

  @Test
  void proofBytesAreExact() {
    var network = Networks.random(new Random(1), Readout.ARGMAX, 1, 6, 8, 3);
    var srs = Srs.development(network.architecture().logSize(), Networks.seeded(1));
    var backend = ComputeBackend.best();
    var model = CommittedModel.commit(network, srs, backend, Networks.seeded(2));
    var features = Networks.features(new Random(3), 6);
    var proof =
        new Prover(srs, backend, Networks.seeded(4))
            .prove(model, features, network.decide(features), Networks.context(new Random(5)));
    var cost = ProofCost.of(network.architecture(), MachineSpeed.REFERENCE);
    assertThat(cost.proofBytes()).isEqualTo(proof.size());
  }

  @Test
  void gasIsWhatWasMeasuredOfTheDefaultShape() {
    var cost = ProofCost.of(shape(1, 20, 128, 128, 3), MachineSpeed.REFERENCE);
    assertThat((double) cost.verificationGas()).isCloseTo(414_700, within(6_000.0));
  }

  @Test
  void rowsForTimeStopWhereTheBitsAreLonger() {
    assertThat(ProofCost.withBestRows(shape(0, 20, 128, 128, 3), Objective.TIME).rows())
        .isEqualTo(2);
    assertThat(ProofCost.withBestRows(shape(0, 64, 1024, 1024, 3), Objective.TIME).rows())
        .isEqualTo(16);
    assertThat(ProofCost.withBestRows(shape(0, 3, 4), Objective.TIME).rows()).isEqualTo(1);
  }

  @Test
  void rowsForGasAreTheCheapestOfAll() {
    var shape = shape(0, 64, 1024, 1024, 3);
    var best = ProofCost.withBestRows(shape, Objective.GAS);
    var costs = ProofCost.byRows(shape, MachineSpeed.REFERENCE);
    assertThat(costs).hasSize(11);
    assertThat(costs)
        .allSatisfy(cost ->
            assertThat(cost.verificationGas())
                .isGreaterThanOrEqualTo(
                    ProofCost.of(best, MachineSpeed.REFERENCE).verificationGas()));
    assertThat(best.rows()).isLessThan(16);
  }

  @Test
  void aFasterMachineProvesFaster() {
    var shape = shape(1, 20, 128, 128, 3);
    var costs =
        List.of(
            ProofCost.of(shape, new MachineSpeed(110, 16, 8)),
            ProofCost.of(shape, new MachineSpeed(110, 16, 2)),
            ProofCost.of(shape, new MachineSpeed(550, 60, 2)));
    assertThat(costs).isSortedAccordingTo(Comparator.comparing(ProofCost::proveMillis));
  }
}
