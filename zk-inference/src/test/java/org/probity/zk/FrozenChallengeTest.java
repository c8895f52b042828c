package org.probity.zk;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;
import org.probity.zk.Verification.Bench;
import org.probity.zk.backend.ComputeBackend;

/**
 * What the challenges are for: every step of the protocol, cheated by a prover who knows the
 * challenges that follow, is accepted by a verifier who draws just those, and refused by the real
 * one. Each test is one lie and the message that covers it up.
 */
@TestKind.Differential
class FrozenChallengeTest {
  private static final ComputeBackend BACKEND = ComputeBackend.scalar(1);

  private static Bench bench;

  @BeforeAll
  static void deploy() {
    bench = new Bench(11, 61);
  }

  // ---- False witnesses ----

  @TestFactory
  Stream<DynamicNode> anInferenceThatIsNotTheModels() {
    return Stream.of(argmax(), linear())
        .flatMap(network -> {
          var features = Networks.features(new Random(62), network.architecture().inputs());
          return Stream.of(
              lie(
                  "a product of layer 1 off by one",
                  new Inference(network, features) {
                    @Override
                    long preActivation(int layer, int neuron, long honest) {
                      return layer == 1 && neuron == 2 ? honest + 1 : honest;
                    }
                  }),
              lie(
                  "a product of layer 2 off by one",
                  new Inference(network, features) {
                    @Override
                    long preActivation(int layer, int neuron, long honest) {
                      return layer == 2 && neuron == 1 ? honest - 1 : honest;
                    }
                  }),
              lie(
                  "a negative value that passes the ReLU",
                  new Inference(network, features) {
                    @Override
                    long activation(int layer, int neuron, long z, long honest) {
                      return layer == 1 && z < 0 ? -z >> layout.shift(layer) : honest;
                    }
                  }),
              lie(
                  "a positive value that the ReLU stops",
                  new Inference(network, features) {
                    @Override
                    long activation(int layer, int neuron, long z, long honest) {
                      return layer == 1 && z > 0 ? 0 : honest;
                    }
                  }),
              lie(
                  "an activation shifted once too often",
                  new Inference(network, features) {
                    @Override
                    long activation(int layer, int neuron, long z, long honest) {
                      return layer == 1 ? honest >> 1 : honest;
                    }
                  }),
              lie(
                  "an activation rounded up",
                  new Inference(network, features) {
                    @Override
                    long activation(int layer, int neuron, long z, long honest) {
                      return layer == 1 && z > 0 ? honest + 1 : honest;
                    }
                  }),
              lie(
                  "a two where a bit should be",
                  new Inference(network, features) {
                    @Override
                    void edit(Witness witness) {
                      // 2·2^i in place of 2^(i+1): the value stays.
                      int bit = Layout.BITS * slot(1, 0) + layout.shift(1);
                      while (witness.bits[bit] != 0 || witness.bits[bit + 1] != 1) {
                        bit++;
                      }
                      witness.bits[bit] = 2;
                      witness.bits[bit + 1] = 0;
                    }
                  }),
              lie(
                  "bits that are the value only modulo r",
                  new Inference(network, features) {
                    @Override
                    void edit(Witness witness) {
                      // The sign bit's weight, given to a lower bit: a positive value reads as
                      // negative.
                      int neuron = 0;
                      while (witness.activations[slot(1, neuron)] == 0) {
                        neuron++;
                      }
                      int at = Layout.BITS * slot(1, neuron);
                      witness.bits[at + 31] = 0;
                      witness.bits[at + layout.shift(1)] += 1L << (31 - layout.shift(1));
                      witness.activations[slot(1, neuron)] = 0;
                    }
                  }));
        });
  }

  @TestFactory
  Stream<DynamicNode> aDecisionThatIsNotTheModels() {
    var features = Networks.features(new Random(63), 5);
    return Stream.of(
        lie(
            "the higher class of a tie",
            new Inference(tied(), features) {
              @Override
              Decision decision(Decision honest) {
                assertThat(honest).isEqualTo(new Decision.Choice(0));
                return new Decision.Choice(1);
              }
            }),
        lie(
            "a class with less, its difference wrapped at 2^32",
            new Inference(argmax(), features) {
              @Override
              Decision decision(Decision honest) {
                return new Decision.Choice((honest.words()[0] + 1) % 3);
              }
            }),
        lie(
            "an output off by one",
            new Inference(linear(), Networks.features(new Random(64), 4)) {
              @Override
              Decision decision(Decision honest) {
                var words = honest.words();
                words[1]++;
                return new Decision.Outputs(Arrays.stream(words).boxed().toList());
              }
            }));
  }

  private static DynamicNode lie(String name, Inference inference) {
    var network = inference.network;
    var honest = Witness.of(network, inference.features, inference.layout);
    var witness = inference.witness();
    assertThat(
            Arrays.equals(honest.bits, witness.bits)
                && Arrays.equals(honest.activations, witness.activations)
                && honest.decision.equals(witness.decision))
        .as("the lie is none: %s", name)
        .isFalse();
    var model = CommittedModel.commit(network, bench.srs, BACKEND, Networks.seeded(65));
    var forgery =
        new Forgery(
            bench.srs, model.key(), model, inference.features, witness, Bytes32.of(new byte[32]));

    var tests = new ArrayList<DynamicTest>();
    tests.add(
        DynamicTest.dynamicTest(
            "nothing chosen last: refused, challenges frozen or not",
            () -> {
              assertThat(forgery.frozen(forgery.unrepaired())).isEqualTo(Verdict.OPENING_MISMATCH);
              assertThat(bench.both(forgery.verification(forgery.unrepaired())))
                  .isEqualTo(Verdict.OPENING_MISMATCH);
            }));
    for (var step : forgery.repairableScalars()) {
      tests.add(attack(forgery, step.name(), () -> forgery.withScalarChosenLast(step)));
    }
    tests.add(attack(forgery, "B^ and S^", forgery::withBitEvaluationsChosenLast));
    for (var point : List.of("B", "A", "M1", "M2")) {
      tests.add(attack(forgery, point, () -> forgery.withCommitmentChosenLast(point)));
    }
    tests.add(attack(forgery, "beta, and M1 to match", forgery::withBlinderChosenLast));
    if (inference.layout.logSize % 3 > 0) {
      tests.add(attack(forgery, "F", forgery::withLastFoldChosenLast));
    }
    tests.add(attack(forgery, "P_f", forgery::withFoldChosenLast));
    tests.add(attack(forgery, "parts and P_0(z)", forgery::withPartsChosenLast));
    tests.add(attack(forgery, "W", forgery::withQuotientChosenLast));
    return DynamicContainer.dynamicContainer(name + ", " + network.architecture(), tests);
  }

  private static DynamicTest attack(Forgery forgery, String message, Supplier<byte[]> forged) {
    return DynamicTest.dynamicTest(
        message + " chosen last: accepted only if the challenges are frozen",
        () -> {
          var proof = forged.get();
          assertThat(forgery.frozen(proof)).isEqualTo(Verdict.ACCEPTED);
          assertThat(bench.both(forgery.verification(proof))).isNotEqualTo(Verdict.ACCEPTED);
        });
  }

  // ---- Other models than the committed one ----

  @TestFactory
  Stream<DynamicNode> weightsThatAreNotTheCommittedOnes() {
    var network = argmax();
    var layers = new ArrayList<>(network.layers());
    var weights = layers.getFirst().weights();
    weights[0]++;
    layers.set(0, new Dense(weights, layers.getFirst().biases()));
    return Stream.of(
        hidden("a weight off by one", network, new Network(network.architecture(), layers)));
  }

  @TestFactory
  Stream<DynamicNode> modelRowsThatChangedPlaces() {
    var network = Networks.random(new Random(66), Readout.LINEAR, 1, 4, 6, 2);
    var layers = new ArrayList<Dense>();
    int inputs = 4;
    for (var layer : network.layers()) {
      // Row c holds the outputs of its parity.
      var weights = layer.weights();
      var biases = layer.biases();
      var swapped = new int[weights.length];
      var swappedBiases = new int[biases.length];
      for (int i = 0; i < biases.length; i++) {
        System.arraycopy(weights, i * inputs, swapped, (i ^ 1) * inputs, inputs);
        swappedBiases[i ^ 1] = biases[i];
      }
      layers.add(new Dense(swapped, swappedBiases));
      inputs = biases.length;
    }
    return Stream.of(
        hidden("rows 0 and 1 swapped", network, new Network(network.architecture(), layers)));
  }

  private static DynamicNode hidden(String name, Network committed, Network used) {
    // The same blinders, so that the commitments differ by the weights alone.
    var key = CommittedModel.commit(committed, bench.srs, BACKEND, Networks.seeded(67)).key();
    var model = CommittedModel.commit(used, bench.srs, BACKEND, Networks.seeded(67));
    var features = Networks.features(new Random(68), used.architecture().inputs());
    var witness = Witness.of(used, features, key.layout());
    var forgery = new Forgery(bench.srs, key, model, features, witness, Bytes32.of(new byte[32]));
    var tests = new ArrayList<DynamicTest>();
    tests.add(
        DynamicTest.dynamicTest(
            "nothing chosen last: refused, challenges frozen or not",
            () -> {
              assertThat(forgery.frozen(forgery.unrepaired())).isEqualTo(Verdict.PAIRING_FAILED);
              assertThat(bench.both(forgery.verification(forgery.unrepaired())))
                  .isEqualTo(Verdict.PAIRING_FAILED);
            }));
    for (var point : forgery.points()) {
      tests.add(attack(forgery, point, () -> forgery.withPointHidingTheModel(point)));
    }
    return DynamicContainer.dynamicContainer(name, tests);
  }

  // ---- Networks ----

  private static Network argmax() {
    return Networks.random(new Random(69), Readout.ARGMAX, 1, 5, 7, 3);
  }

  private static Network linear() {
    return Networks.random(new Random(70), Readout.LINEAR, 0, 4, 6, 5, 2);
  }

  /** Classes 0 and 1 are one and the same, and beat class 2. */
  private static Network tied() {
    var network = argmax();
    var hidden = network.layers().getFirst();
    var head = network.layers().getLast().weights();
    System.arraycopy(head, 0, head, 7, 7);
    return new Network(
        network.architecture(), List.of(hidden, new Dense(head, new int[] {1 << 24, 1 << 24, 0})));
  }
}
