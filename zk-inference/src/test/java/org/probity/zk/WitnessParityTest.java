package org.probity.zk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;
import org.probity.zk.Verification.Bench;
import org.probity.zk.backend.ComputeBackend;

/**
 * Three evaluations of one network agree to the last bit: unbounded integers, the reference and the
 * prover's witness; at the ends of every range, and just beyond them, where the prover refuses.
 */
@TestKind.Differential
class WitnessParityTest {
  private static final int MAX = Integer.MAX_VALUE;
  private static final int[] EXTREMES = {0, 1, -1, 2, MAX, -MAX, Integer.MIN_VALUE, 1 << 30, 46341};

  private static final ComputeBackend SCALAR = ComputeBackend.scalar(1);
  private static final ComputeBackend BEST = ComputeBackend.best();

  private static Bench bench;

  @BeforeAll
  static void deploy() {
    bench = new Bench(10, 131);
  }

  @Test
  void extremeWeightsGiveTheSameValuesOrAreRefused() {
    var random = new Random(137);
    int provable = 0;
    for (int i = 0; i < 4_000; i++) {
      var readout = Readout.values()[i % 2];
      int[] widths = {1 + random.nextInt(4), 1 + random.nextInt(5), 1 + random.nextInt(4)};
      int depth = 1 + random.nextInt(2);
      boolean mild = random.nextBoolean();
      var shapes = new ArrayList<Layer>();
      var layers = new ArrayList<Dense>();
      for (int l = 1; l <= depth; l++) {
        boolean head = l == depth && readout == Readout.ARGMAX;
        shapes.add(new Layer(widths[l], head ? 0 : random.nextInt(31)));
        layers.add(
            new Dense(
                extremes(random, widths[l] * widths[l - 1], mild && l > 1),
                extremes(random, widths[l], mild)));
      }
      var network = new Network(new Architecture(widths[0], shapes, readout, i % 3), layers);
      var features =
          FeatureVector.of(
              Arrays.stream(extremes(random, widths[0], random.nextInt(3) > 0))
                  .map(x -> x == Integer.MIN_VALUE ? -MAX : x)
                  .toArray());
      provable += agrees(network, features) ? 1 : 0;
    }
    // Both outcomes are tried often.
    assertThat(provable).isBetween(500, 3_500);
  }

  private static int[] extremes(Random random, int count, boolean mild) {
    return random.ints(count, 0, mild ? 4 : EXTREMES.length).map(i -> EXTREMES[i]).toArray();
  }

  @Test
  void randomNetworksGiveTheSameValues() {
    for (var network : Networks.shapes(138)) {
      var random = new Random(139);
      for (int i = 0; i < 50; i++) {
        var features = Networks.features(random, network.architecture().inputs());
        assertThat(agrees(network, features)).isTrue();
      }
    }
  }

  /** Whether the inference can be proven; fails the test if the three evaluations disagree. */
  private static boolean agrees(Network network, FeatureVector features) {
    var layout = network.architecture().layout();
    var exact = exact(network, features);
    if (exact.isEmpty()) {
      assertThatThrownBy(() -> Witness.of(network, features, layout))
          .isInstanceOf(ArithmeticException.class)
          .hasMessageMatching("A value of layer \\d+ leaves \\(-2\\^31, 2\\^31\\).*|A logit is .*");
      return false;
    }
    var values = network.evaluate(features);
    for (int l = 0; l < values.size(); l++) {
      assertThat(Arrays.stream(values.get(l)).mapToObj(BigInteger::valueOf).toList())
          .isEqualTo(exact.get().get(l));
    }
    matches(Witness.of(network, features, layout), network, layout, exact.get());
    return true;
  }

  /** The witness's bits and activations, against the values. */
  private static void matches(
      Witness witness, Network network, Layout layout, List<List<BigInteger>> exact) {
    var decision = decision(network, exact.getLast());
    assertThat(witness.decision).isEqualTo(decision);
    for (int l = 1; l <= layout.layers; l++) {
      var z = exact.get(l - 1);
      for (int i = 0; i < z.size(); i++) {
        int slot = layout.neurons(l).at() + i;
        var value = z.get(i).add(BigInteger.TWO.pow(31));
        if (layout.isArgmaxHead(l)) {
          int y = decision.words()[0];
          value = z.get(y).subtract(z.get(i)).subtract(BigInteger.valueOf(i < y ? 1 : 0));
        }
        var bits = BigInteger.ZERO;
        for (int b = 0; b < Layout.BITS; b++) {
          assertThat(witness.bits[Layout.BITS * slot + b]).isBetween(0L, 1L);
          bits = bits.add(BigInteger.valueOf(witness.bits[Layout.BITS * slot + b]).shiftLeft(b));
        }
        assertThat(bits).isEqualTo(value);
        if (l < layout.layers) {
          var activation = z.get(i).max(BigInteger.ZERO).shiftRight(layout.shift(l));
          assertThat(BigInteger.valueOf(witness.activations[slot])).isEqualTo(activation);
        }
      }
    }
  }

  /** In unbounded integers; empty if a value leaves its range. */
  private static Optional<List<List<BigInteger>>> exact(Network network, FeatureVector features) {
    var limit = BigInteger.TWO.pow(31);
    var values = new ArrayList<List<BigInteger>>();
    List<BigInteger> input =
        Arrays.stream(features.toArray()).mapToObj(BigInteger::valueOf).toList();
    for (int l = 0; l < network.layers().size(); l++) {
      var layer = network.layers().get(l);
      var weights = layer.weights();
      var before = input;
      var z =
          IntStream.range(0, layer.biases().length)
              .mapToObj(i ->
                  IntStream.range(0, before.size())
                      .mapToObj(j ->
                          before
                              .get(j)
                              .multiply(BigInteger.valueOf(weights[i * before.size() + j])))
                      .reduce(BigInteger.valueOf(layer.biases()[i]), BigInteger::add))
              .toList();
      boolean head =
          l == network.layers().size() - 1 && network.architecture().readout() == Readout.ARGMAX;
      var floor = head ? BigInteger.TWO.pow(30).negate() : limit.negate();
      if (z.stream().anyMatch(v -> v.compareTo(limit) >= 0 || v.compareTo(floor) <= 0)) {
        return Optional.empty();
      }
      values.add(z);
      int shift = network.architecture().layers().get(l).shift();
      input = z.stream().map(v -> v.max(BigInteger.ZERO).shiftRight(shift)).toList();
    }
    return Optional.of(values);
  }

  private static Decision decision(Network network, List<BigInteger> last) {
    if (network.architecture().readout() == Readout.ARGMAX) {
      return new Decision.Choice(last.indexOf(last.stream().max(BigInteger::compareTo).get()));
    }
    int shift = network.architecture().layers().getLast().shift();
    return new Decision.Outputs(
        last.stream().map(v -> v.shiftRight(shift).intValueExact()).toList());
  }

  // ---- The ends of the ranges, up to the verdict ----

  @ParameterizedTest
  @ValueSource(ints = {MAX, -MAX, MAX - 1, 0, -1})
  void valuesUpToTheEndsOfTheirRangeAreProven(int value) {
    for (int shift : new int[] {0, 1, 30}) {
      // One feature, at its own end, reaches the value by the bias alone; then by the weight.
      var bias = linear(shift, new int[] {0}, value);
      assertThat(proven(bias, FeatureVector.of(MAX))).isEqualTo(List.of(value >> shift));
      assertThat(proven(bias, FeatureVector.of(-MAX))).isEqualTo(List.of(value >> shift));
      var weight = linear(shift, new int[] {1}, 0);
      assertThat(proven(weight, FeatureVector.of(value))).isEqualTo(List.of(value >> shift));
    }
  }

  @Test
  void aHiddenValueAtItsEndPassesTheReLu() {
    for (int value : new int[] {MAX, -MAX}) {
      for (int shift : new int[] {0, 30}) {
        var network =
            new Network(
                new Architecture(
                    1, List.of(new Layer(1, shift), new Layer(1, 0)), Readout.LINEAR, 0),
                List.of(
                    new Dense(new int[] {1}, new int[] {0}),
                    new Dense(new int[] {1}, new int[] {0})));
        assertThat(proven(network, FeatureVector.of(value)))
            .isEqualTo(List.of(Math.max(value, 0) >> shift));
      }
    }
  }

  @Test
  void theLowestOfTiedClassesIsProvenAtEveryHeight() {
    for (int height : new int[] {0, 1, -1, MAX, -(1 << 30) + 1}) {
      for (int first = 0; first < 3; first++) {
        var biases = new int[5];
        Arrays.fill(biases, -(1 << 30) + 1);
        for (int i = first; i < 5; i += 2) {
          biases[i] = height;
        }
        var network =
            new Network(
                new Architecture(1, List.of(new Layer(5, 0)), Readout.ARGMAX, 1),
                List.of(new Dense(new int[5], biases)));
        int expected = height == -(1 << 30) + 1 ? 0 : first;
        assertThat(proven(network, FeatureVector.of(7))).isEqualTo(List.of(expected));
      }
    }
  }

  @Test
  void theGreatestDifferenceOfLogitsIsProven() {
    var network =
        new Network(
            new Architecture(1, List.of(new Layer(2, 0)), Readout.ARGMAX, 0),
            List.of(new Dense(new int[] {0, 0}, new int[] {-(1 << 30) + 1, MAX})));
    assertThat(proven(network, FeatureVector.of(0))).isEqualTo(List.of(1));
  }

  @Test
  void whatLeavesItsRangeIsRefusedWithASentence() {
    var tooHigh = "This decision cannot be proven: A value of layer 1 leaves (-2^31, 2^31): the ";
    refused(linear(0, new int[] {1}, 1), FeatureVector.of(MAX), tooHigh);
    refused(linear(0, new int[] {1}, -1), FeatureVector.of(-MAX), tooHigh);
    refused(linear(0, new int[] {0}, Integer.MIN_VALUE), FeatureVector.of(0), tooHigh);
    // A sum beyond 64 bits, which comes back into the range if it wraps.
    int[] many = {MAX, MAX, MAX, MAX, MAX};
    refused(linear(0, many, 0), FeatureVector.of(MAX, MAX, MAX, MAX, MAX), tooHigh);
    refused(linear(0, many, 0), FeatureVector.of(-MAX, -MAX, -MAX, -MAX, -MAX), tooHigh);
    var deep =
        new Network(
            new Architecture(1, List.of(new Layer(1, 0), new Layer(1, 0)), Readout.LINEAR, 0),
            List.of(
                new Dense(new int[] {1}, new int[] {0}), new Dense(new int[] {2}, new int[] {0})));
    refused(
        deep,
        FeatureVector.of(1 << 30),
        "This decision cannot be proven: A value of layer 2 leaves (-2^31, 2^31)");
    var low =
        new Network(
            new Architecture(1, List.of(new Layer(2, 0)), Readout.ARGMAX, 0),
            List.of(new Dense(new int[] {0, 0}, new int[] {5, -(1 << 30)})));
    refused(low, FeatureVector.of(0), "This decision cannot be proven: A logit is not above -2^30");
    assertThatThrownBy(() -> FeatureVector.of(Integer.MIN_VALUE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("A feature is greater than -2^31: scale the features down");
  }

  private static Network linear(int shift, int[] weights, int bias) {
    return new Network(
        new Architecture(weights.length, List.of(new Layer(1, shift)), Readout.LINEAR, 0),
        List.of(new Dense(weights, new int[] {bias})));
  }

  private static void refused(Network network, FeatureVector features, String sentence) {
    var model = CommittedModel.commit(network, bench.srs, SCALAR, Networks.seeded(140));
    var prover = new Prover(bench.srs, SCALAR, Networks.seeded(141));
    var claimed =
        network.architecture().readout() == Readout.ARGMAX
            ? new Decision.Choice(0)
            : new Decision.Outputs(List.of(0));
    assertThatThrownBy(() -> prover.prove(model, features, claimed, Bytes32.of(new byte[32])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(sentence);
  }

  /**
   * What is decided, once three evaluations agree, and two backends' proofs, and both verifiers.
   */
  private static List<Integer> proven(Network network, FeatureVector features) {
    assertThat(agrees(network, features)).isTrue();
    var decision = network.decide(features);
    var context = Bytes32.of(new byte[32]);
    var model = CommittedModel.commit(network, bench.srs, SCALAR, Networks.seeded(142));
    var proofs =
        Stream.of(SCALAR, BEST)
            .map(each ->
                new Prover(bench.srs, each, Networks.seeded(143))
                    .prove(model, features, decision, context))
            .toList();
    assertThat(proofs.getFirst()).isEqualTo(proofs.getLast());
    var proof = proofs.getFirst();
    var verification =
        new Verification(
            model.key().bytes(),
            Verification.integers(features.toArray()),
            Verification.integers(decision.words()),
            context,
            proof.bytes());
    assertThat(bench.both(verification)).isEqualTo(Verdict.ACCEPTED);
    return Arrays.stream(decision.words()).boxed().toList();
  }
}
