package org.probity.zk;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.probity.ground.TestKind;
import org.probity.zk.Verification.Bench;
import org.probity.zk.backend.ComputeBackend;

/**
 * Changed proofs by the ten thousand ({@code mvn -Pfull}: by the hundred thousand; {@code
 * -Dprobity.fuzz.proofs} for another number): each gets a verdict, the same of both verifiers.
 */
@TestKind.Fuzz
class ProofFuzzTest {
  private static final int JAVA = TestKind.count("probity.fuzz.proofs", 10_000, 100_000);
  private static final int EVM =
      Math.min(JAVA, TestKind.count("probity.fuzz.contract", 1_000, 2_000));

  private static Bench bench;

  /**
   * Two proofs each of one statement: of one layer, of two with rows, of three with a last fold.
   */
  private static List<Pair> pairs;

  private record Pair(Verification one, Verification other) {
    boolean isHonest(byte[] proof) {
      return Arrays.equals(proof, one.proof()) || Arrays.equals(proof, other.proof());
    }

    Verification mutant(Random random) {
      return random.nextBoolean()
          ? one.withProof(Mutations.mutate(random, one.proof(), other.proof()))
          : one.withProof(Mutations.mutate(random, other.proof(), one.proof()));
    }
  }

  @BeforeAll
  static void prove() {
    bench = new Bench(8, 111);
    var random = new Random(112);
    pairs =
        IntStream.range(0, 3)
            .mapToObj(i ->
                switch (i) {
                  case 0 -> Networks.random(random, Readout.LINEAR, 0, 1, 1);
                  case 1 -> Networks.random(random, Readout.ARGMAX, 1, 2, 2, 2);
                  default -> Networks.random(random, Readout.LINEAR, 0, 2, 2, 2, 2);
                })
            .map(ProofFuzzTest::pair)
            .toList();
  }

  private static Pair pair(Network network) {
    var backend = ComputeBackend.scalar(1);
    var model = CommittedModel.commit(network, bench.srs, backend, Networks.seeded(113));
    var one = bench.prove(model, new Random(114));
    var features =
        FeatureVector.of(Arrays.stream(one.features()).mapToInt(x -> x.intValueExact()).toArray());
    var again =
        new Prover(bench.srs, backend, Networks.seeded(115))
            .prove(model, features, network.decide(features), one.context());
    return new Pair(one, one.withProof(again.bytes()));
  }

  private static Pair pairOf(int mutant) {
    return pairs.get(mutant % pairs.size());
  }

  private static Verification mutant(int i) {
    var random = new Random(31L * i + 116);
    random.nextLong();
    return pairOf(i).mutant(random);
  }

  @Test
  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  void noChangedProofIsAcceptedAndEachGetsAVerdict() {
    Map<Verdict, Long> verdicts =
        IntStream.range(0, JAVA)
            .parallel()
            .boxed()
            .collect(
                Collectors.groupingByConcurrent(
                    i -> {
                      var mutant = mutant(i);
                      var verdict = bench.java(mutant);
                      assertThat(verdict.accepted())
                          .as("mutant %d", i)
                          .isEqualTo(pairOf(i).isHonest(mutant.proof()));
                      return verdict;
                    },
                    Collectors.counting()));
    // The mutations reach every check of the proof, or they would show little.
    assertThat(new EnumMap<>(verdicts).keySet())
        .contains(
            Verdict.MALFORMED_PROOF,
            Verdict.SCALAR_OUT_OF_RANGE,
            Verdict.INVALID_POINT,
            Verdict.OPENING_MISMATCH,
            Verdict.PAIRING_FAILED);
  }

  @Test
  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  void theContractGivesTheSameVerdict() {
    for (int i = 0; i < EVM; i++) {
      var mutant = mutant(i);
      assertThat(bench.both(mutant).accepted())
          .as("mutant %d", i)
          .isEqualTo(pairOf(i).isHonest(mutant.proof()));
    }
  }
}
