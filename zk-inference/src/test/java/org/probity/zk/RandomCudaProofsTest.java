package org.probity.zk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.probity.ground.TestKind;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.bench.ProvenDecision;
import org.probity.zk.gpu.OnDevice;

/**
 * Random networks on random features: what the card proves is what the network decides, and the
 * Java verifier accepts it. {@code -Dprobity.gpu.proofs=1000} for as many as a card is to make, and
 * {@code -Dprobity.gpu.written=FILE} to keep them for the contract: {@code ./probity bench
 * --verify-on-chain FILE}.
 */
@TestKind.Differential
class RandomCudaProofsTest {
  private static final int PROOFS = TestKind.count("probity.gpu.proofs", 2, 6);
  private static final int OF_ONE_MODEL = 10;
  private static final String WRITTEN = System.getProperty("probity.gpu.written", "");

  @Test
  void everyRandomDecisionIsProvenOnTheCard() throws IOException {
    var random = new Random(Long.getLong("probity.gpu.seed", 181));
    try (var cuda = OnDevice.backend(4)) {
      var processor = ComputeBackend.best();
      for (int done = 0; done < PROOFS; ) {
        var network = network(random);
        var srs =
            Srs.development(network.architecture().logSize(), Networks.seeded(random.nextLong()));
        var model =
            CommittedModel.commit(network, srs, processor, Networks.seeded(random.nextLong()));
        var requests = new ArrayList<ProofRequest>();
        for (int i = 0; i < OF_ONE_MODEL && done < PROOFS; i++, done++) {
          var features = Networks.features(random, network.architecture().inputs());
          requests.add(
              new ProofRequest(
                  model, features, network.decide(features), Networks.context(random)));
        }
        var proofs = new Prover(srs, cuda, Entropy.secure()).proveAll(requests);
        var verifier = new ProofVerifier(srs);
        for (int i = 0; i < requests.size(); i++) {
          var request = requests.get(i);
          assertThat(
                  verifier.verify(
                      model.key(),
                      request.features(),
                      request.decision(),
                      request.context(),
                      proofs.get(i)))
              .isEqualTo(Verdict.ACCEPTED);
          write(
              new ProvenDecision(
                  srs.tauG2Words(),
                  model.key(),
                  request.features(),
                  request.decision(),
                  request.context(),
                  proofs.get(i)));
        }
      }
      assertThat(cuda.proofs()).isEqualTo(PROOFS);
    }
  }

  /** Each is read again from what was written, so that the file is known to hold it. */
  private static void write(ProvenDecision proven) throws IOException {
    assertThat(ProvenDecision.parse(proven.line())).isEqualTo(proven);
    if (!WRITTEN.isEmpty()) {
      Files.writeString(
          Path.of(WRITTEN),
          proven.line() + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    }
  }

  private static Network network(Random random) {
    int layers = 1 + random.nextInt(4);
    var widths = new int[layers + 1];
    for (int l = 0; l <= layers; l++) {
      widths[l] = 1 + random.nextInt(l == layers ? 12 : 40);
    }
    boolean chooses = random.nextBoolean();
    if (chooses) {
      widths[layers] = Math.max(2, widths[layers]);
    }
    return Networks.random(
        random, chooses ? Readout.ARGMAX : Readout.LINEAR, random.nextInt(3), widths);
  }
}
