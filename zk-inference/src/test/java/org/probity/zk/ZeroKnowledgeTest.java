package org.probity.zk;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.probity.ground.Bytes32;
import org.probity.zk.backend.BitRounds;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.backend.IntegerRows;
import org.probity.zk.backend.VectorBackend;
import org.probity.zk.backend.Workspace;
import org.probity.zk.curve.PointVector;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;

/**
 * What a proof must not show. That sumcheck 3 and the opening show nothing is {@link
 * MaskRankTest}'s; here, that the masks are there, fresh in every proof, and do what they are for:
 * without them linear algebra reads the weights out of a few proofs, with them not out of ten
 * thousand.
 */
class ZeroKnowledgeTest {
  private static final VectorBackend BACKEND = ComputeBackend.scalar(1);
  private static final int MANY = 10_000;

  static List<Network> shapes() {
    return Networks.shapes(91);
  }

  // ---- Fresh masks ----

  @ParameterizedTest
  @MethodSource("shapes")
  void twoProofsOfOneStatementShareNoWord(Network network) {
    // Not one word of a proof is a constant of the protocol: every one carries a mask or a blinder.
    var layout = network.architecture().layout();
    var srs = Srs.development(layout.logSize, Networks.seeded(92));
    var model = CommittedModel.commit(network, srs, BACKEND, Networks.seeded(93));
    var prover = new Prover(srs, BACKEND, Entropy.secure());
    var features = Networks.features(new Random(94), network.architecture().inputs());
    var decision = network.decide(features);
    var context = Bytes32.of(new byte[32]);
    var words = new HashSet<BigInteger>(Set.of(BigInteger.ZERO, BigInteger.ONE));
    for (int proof = 0; proof < 3; proof++) {
      var bytes = prover.prove(model, features, decision, context).bytes();
      for (var step : Schedule.of(layout).messages()) {
        for (int at = step.offset(); at < step.end(); at += 32) {
          assertThat(words.add(new BigInteger(1, bytes, at, 32)))
              .as("%s is new in proof %d", step, proof)
              .isTrue();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void everyMaskIsDrawnAnew(Network network) {
    var layout = network.architecture().layout();
    var drawn = new HashSet<Fr>(Set.of(Fr.ZERO));
    int support = SparseMask.support(layout.logSize).size();
    int count = layout.masks.count() + 2 * support + 4;
    for (int proof = 0; proof < 3; proof++) {
      var all = all(new Masks(layout, Entropy.secure()));
      assertThat(all).hasSize(count);
      all.forEach(mask -> assertThat(drawn.add(mask)).isTrue());
    }
  }

  private static List<Fr> all(Masks masks) {
    var out = new ArrayList<>(Arrays.asList(masks.block));
    out.addAll(masks.m1.entries().values());
    out.addAll(masks.m2.entries().values());
    out.addAll(List.of(masks.bitsBlinder, masks.auxBlinder, masks.m1Blinder, masks.m2Blinder));
    return out;
  }

  @Test
  void commitmentsOfEqualWitnessesDiffer() {
    var network = tiny();
    var layout = network.architecture().layout();
    var srs = Srs.development(layout.logSize, Networks.seeded(95));
    var first = CommittedModel.commit(network, srs, BACKEND, Entropy.secure());
    var second = CommittedModel.commit(network, srs, BACKEND, Entropy.secure());
    assertThat(first.key().rows()).doesNotContainAnyElementsOf(second.key().rows());

    // Two rows of one model that hold the same weights do not look the same either.
    var rows = Networks.random(new Random(96), Readout.LINEAR, 1, 3, 2);
    var same = rows.layers().getFirst().weights();
    System.arraycopy(same, 0, same, 3, 3);
    var twins = new Network(rows.architecture(), List.of(new Dense(same, new int[] {7, 7})));
    var model = CommittedModel.commit(twins, srs, BACKEND, Entropy.secure());
    assertThat(model.rows().get(0)).isEqualTo(model.rows().get(1));
    assertThat(model.key().rows().get(0)).isNotEqualTo(model.key().rows().get(1));
  }

  // ---- Reading the weights out of many proofs ----

  @Test
  void tenThousandProofsDoNotGiveTheWeights() {
    var network = tiny();
    var entropy = Networks.seeded(97);
    var layout = network.architecture().layout();
    var proofs =
        IntStream.range(0, MANY)
            .mapToObj(i -> products(network, new Masks(layout, entropy), i))
            .toList();
    var weights = secondLayer(network);
    var attack = new Attack(weights.size(), proofs.stream().map(Seen::weightEquation).toList());
    assertThat(attack.allAtOnce()).isEmpty();
    assertThat(attack.withOneMaskForAll()).isEmpty();
    assertThat(attack.byWindows()).isNotEmpty().doesNotContain(weights);
    // What the weights leave unexplained of each message is its mask: never zero, never twice.
    assertThat(attack.residues(weights)).hasSize(MANY).doesNotContain(Fr.ZERO);

    var inputs = new Attack(3, proofs.stream().map(Seen::inputEquation).toList());
    assertThat(inputs.allAtOnce()).isEmpty();
    assertThat(inputs.withOneMaskForAll()).isEmpty();
    assertThat(inputs.byWindows()).isNotEmpty().doesNotContain(hidden(network));
    assertThat(inputs.residues(hidden(network))).hasSize(MANY).doesNotContain(Fr.ZERO);
  }

  @Test
  void withoutMasksAFewProofsGiveTheWeights() {
    var network = tiny();
    var layout = network.architecture().layout();
    var proofs =
        IntStream.range(0, 8)
            .mapToObj(i -> products(network, new Masks(layout, bytes -> {}), i))
            .toList();
    var weights = secondLayer(network);
    var attack = new Attack(weights.size(), proofs.stream().map(Seen::weightEquation).toList());
    assertThat(attack.allAtOnce()).contains(weights);
    assertThat(attack.byWindows()).containsOnly(weights);
    var inputs = new Attack(3, proofs.stream().map(Seen::inputEquation).toList());
    assertThat(inputs.allAtOnce()).contains(hidden(network));
  }

  @Test
  void oneMaskForAllProofsWouldGiveTheWeights() {
    var network = tiny();
    var masks = new Masks(network.architecture().layout(), Networks.seeded(98));
    var proofs = IntStream.range(0, 9).mapToObj(i -> products(network, masks, i)).toList();
    var weights = secondLayer(network);
    var attack = new Attack(weights.size(), proofs.stream().map(Seen::weightEquation).toList());
    assertThat(attack.allAtOnce()).isEmpty();
    assertThat(attack.withOneMaskForAll()).contains(weights);
  }

  @Test
  void theBitsOfTheWitnessAreHiddenToo() {
    var network = tiny();
    var layout = network.architecture().layout();
    var witness = Witness.of(network, features(), layout);
    var bits = Arrays.stream(witness.bits).mapToObj(Fr::of).toList();
    int proofs = bits.size() + 2;
    var bare =
        IntStream.range(0, proofs)
            .mapToObj(i -> bitEquation(network, new Masks(layout, bytes -> {}), i))
            .toList();
    assertThat(new Attack(bits.size(), bare).allAtOnce()).contains(bits);
    var entropy = Networks.seeded(99);
    var masked =
        IntStream.range(0, proofs)
            .mapToObj(i -> bitEquation(network, new Masks(layout, entropy), i))
            .toList();
    var attack = new Attack(bits.size(), masked);
    assertThat(attack.allAtOnce()).isEmpty();
    assertThat(attack.residues(bits)).hasSize(proofs).doesNotContain(Fr.ZERO);
  }

  @Test
  void theAttackReadsWholeProofsToo() {
    var network = tiny();
    var layout = network.architecture().layout();
    var srs = Srs.development(layout.logSize, Networks.seeded(100));
    var model = CommittedModel.commit(network, srs, BACKEND, Networks.seeded(101));
    var weights = secondLayer(network);
    for (boolean masked : new boolean[] {false, true}) {
      var equations = new ArrayList<Equation>();
      for (int i = 0; i < 12; i++) {
        var statement =
            new Transcripts.Statement(
                model.key().digest(),
                srs.digest(),
                features(),
                network.decide(features()),
                context(i));
        var transcript = statement.transcript();
        // Without masks, but with blinders: the commitments are as they always are.
        int masks = layout.masks.count() + 2 * SparseMask.support(layout.logSize).size();
        var secure = Entropy.secure();
        var entropy = masked ? secure : zeros(masks, secure);
        new Prover(srs, BACKEND, secure)
            .prove(
                model,
                features(),
                Witness.of(network, features(), layout),
                new Masks(layout, entropy),
                transcript,
                BACKEND);
        var proof = DecisionProof.of(transcript.messages());
        assertThat(
                new ProofVerifier(srs)
                    .verify(
                        model.key(), features(), statement.decision(), statement.context(), proof))
            .isEqualTo(Verdict.ACCEPTED);
        equations.add(seen(layout, statement, proof.bytes()).weightEquation());
      }
      var attack = new Attack(weights.size(), equations);
      if (masked) {
        assertThat(attack.allAtOnce()).isEmpty();
        assertThat(attack.byWindows()).doesNotContain(weights);
      } else {
        assertThat(attack.allAtOnce()).contains(weights);
      }
    }
  }

  /** Zeros for the first draws, then what the other source gives. */
  private static Entropy zeros(int draws, Entropy then) {
    return new Entropy() {
      private int drawn;

      @Override
      public void fill(byte[] bytes) {
        if (drawn++ >= draws) {
          then.fill(bytes);
        }
      }
    };
  }

  /** Two features, three hidden neurons, two outputs: six weights in the second layer. */
  private static Network tiny() {
    return new Network(
        new Architecture(2, List.of(new Layer(3, 1), new Layer(2, 4)), Readout.LINEAR, 0),
        List.of(
            new Dense(new int[] {11, -7, 5, 13, 3, 2}, new int[] {400, 500, 600}),
            new Dense(new int[] {17, -19, 23, -29, 31, 37}, new int[] {-41, 43})));
  }

  private static FeatureVector features() {
    return FeatureVector.of(21, -6);
  }

  private static Bytes32 context(int i) {
    return Bytes32.of(Evm.word(BigInteger.valueOf(i)));
  }

  /** The weights of layer 2, padded to two outputs of four inputs, as field elements. */
  private static List<Fr> secondLayer(Network network) {
    var weights = network.layers().get(1);
    return IntStream.range(0, 8)
        .mapToObj(i -> Fr.of(i % 4 < 3 ? weights.weight(i / 4 * 3 + i % 4) : 0))
        .toList();
  }

  /** The activations of layer 1, as many as there are. */
  private static List<Fr> hidden(Network network) {
    var z = network.evaluate(features()).getFirst();
    return Arrays.stream(z).mapToObj(value -> Fr.of(Math.max(value, 0) >> 1)).toList();
  }

  /** What anybody sees of sumcheck 1. */
  private record Seen(List<Fr> rho, List<Fr> s, Fr weightHat, Fr inputHat) {
    /** {@code Σ_ij eq(ρ,i)·eq(s,j)·W(i,j) + σ·u = ŵ}. */
    Equation weightEquation() {
      var coefficients = new ArrayList<Fr>();
      for (int i = 0; i < 2; i++) {
        for (int j = 0; j < 4; j++) {
          coefficients.add(EqKernel.at(rho.subList(0, 1), i).times(EqKernel.at(s, j)));
        }
      }
      return new Equation(coefficients, sigma(s), weightHat);
    }

    /** {@code Σ_k eq(s,k)·a(k) + σ·v = â}. */
    Equation inputEquation() {
      var coefficients = IntStream.range(0, 3).mapToObj(k -> EqKernel.at(s, k)).toList();
      return new Equation(coefficients, sigma(s), inputHat);
    }
  }

  private static Fr sigma(List<Fr> point) {
    return point.getLast().times(Fr.ONE.minus(point.getLast()));
  }

  /**
   * The prover's own step, on a transcript without the commitments: they only make the challenges
   * unpredictable, which here the context does.
   */
  private static Seen products(Network network, Masks masks, int context) {
    var layout = network.architecture().layout();
    var witness = Witness.of(network, features(), layout);
    var transcript = transcript(witness, context);
    transcript.send(masks.m1.sum().plus(masks.m2.sum()));
    var rho = transcript.challenges(layout.outputVariables);
    Fr gamma = transcript.challenge();
    var row = secondLayer(network);
    var sum = FieldVector.ofFr(4);
    for (int j = 0; j < 4; j++) {
      sum.set(
          j,
          EqKernel.at(rho.subList(0, 1), 0)
              .times(row.get(j))
              .plus(EqKernel.at(rho.subList(0, 1), 1).times(row.get(4 + j))));
    }
    var work = workspace();
    var folded = work.zeros(4);
    work.put(folded, 0, sum);
    var product =
        ProductSumcheck.prove(
            List.of(folded),
            Prover.inputs(layout, work.integers(witness.activations), work),
            rho,
            gamma,
            masks,
            work,
            transcript);
    return new Seen(
        rho, product.run().point(), product.weights().getFirst(), product.inputs().getFirst());
  }

  private static Equation bitEquation(Network network, Masks masks, int context) {
    var layout = network.architecture().layout();
    var witness = Witness.of(network, features(), layout);
    var transcript = transcript(witness, context);
    var work = workspace();
    var step = BitSumcheck.prove(neurons(witness, layout, work), masks, work, transcript);
    var kernel = BACKEND.eq(step.run().point());
    var coefficients = IntStream.range(0, kernel.size()).mapToObj(kernel::fr).toList();
    return new Equation(coefficients, sigma(step.run().point()), step.bit());
  }

  private static BitRounds.Neurons neurons(Witness witness, Layout layout, Workspace work) {
    return new BitRounds.Neurons(
        work.integers(witness.bits),
        work.integers(witness.signs()),
        work.integers(witness.magnitudes(layout)),
        work.integers(witness.activations));
  }

  private static Workspace workspace() {
    return BACKEND.open(PointVector.of(), 0, new IntegerRows(List.of(new int[1])));
  }

  private static Transcript transcript(Witness witness, int context) {
    var zero = Bytes32.of(new byte[32]);
    return new Transcript(zero, zero, features(), witness.decision, context(context));
  }

  private static Seen seen(Layout layout, Transcripts.Statement statement, byte[] proof) {
    try {
      var messages = ProofMessages.read(layout, proof);
      var c = Challenges.replay(statement.transcript(), layout, messages);
      return new Seen(
          c.product().rho(),
          c.product().run().point(),
          c.product().weights().getFirst(),
          c.product().inputs().getFirst());
    } catch (Rejection e) {
      throw new AssertionError(e);
    }
  }

  // ---- Linear algebra ----

  /** {@code Σ coefficients·unknowns + maskCoefficient·mask = value}. */
  private record Equation(List<Fr> coefficients, Fr maskCoefficient, Fr value) {}

  /** Ways to solve for the unknowns, given that one does not know the masks. */
  private record Attack(int unknowns, List<Equation> equations) {
    /** As if there were no masks: the one solution of all equations, if there is one. */
    Optional<List<Fr>> allAtOnce() {
      var system = new LinearSystem(unknowns);
      equations.forEach(e -> system.add(e.coefficients, e.value));
      return system.solution();
    }

    /** As if all proofs had one mask: one unknown more. */
    Optional<List<Fr>> withOneMaskForAll() {
      var system = new LinearSystem(unknowns + 1);
      for (var e : equations) {
        var coefficients = new ArrayList<>(e.coefficients);
        coefficients.add(e.maskCoefficient);
        system.add(coefficients, e.value);
      }
      return system.solution().map(solution -> solution.subList(0, unknowns));
    }

    /** Every few equations by themselves, in case some proofs are masked and some are not. */
    List<List<Fr>> byWindows() {
      var out = new ArrayList<List<Fr>>();
      for (int from = 0; from + unknowns <= equations.size(); from += unknowns) {
        var system = new LinearSystem(unknowns);
        equations.subList(from, from + unknowns).forEach(e -> system.add(e.coefficients, e.value));
        system.solution().ifPresent(out::add);
      }
      return out;
    }

    /** The masks that the true values imply. */
    Set<Fr> residues(List<Fr> truth) {
      var out = new HashSet<Fr>();
      for (var e : equations) {
        Fr rest = e.value;
        for (int i = 0; i < unknowns; i++) {
          rest = rest.minus(e.coefficients.get(i).times(truth.get(i)));
        }
        out.add(rest.times(e.maskCoefficient.inverse()));
      }
      return out;
    }
  }

  /** Gauss-Jordan elimination, one equation after the other, until a contradiction. */
  private static final class LinearSystem {
    private final int unknowns;
    private final Fr[][] pivots;
    private int rank;
    private boolean contradictory;

    LinearSystem(int unknowns) {
      this.unknowns = unknowns;
      pivots = new Fr[unknowns][];
    }

    void add(List<Fr> coefficients, Fr value) {
      if (contradictory) {
        return;
      }
      var row = new Fr[unknowns + 1];
      for (int i = 0; i < unknowns; i++) {
        row[i] = coefficients.get(i);
      }
      row[unknowns] = value;
      for (int i = 0; i < unknowns; i++) {
        if (!row[i].isZero() && pivots[i] != null) {
          eliminate(row, pivots[i], i);
        }
      }
      for (int i = 0; i < unknowns; i++) {
        if (!row[i].isZero()) {
          Fr inverse = row[i].inverse();
          for (int j = 0; j <= unknowns; j++) {
            row[j] = row[j].times(inverse);
          }
          for (var pivot : pivots) {
            if (pivot != null) {
              eliminate(pivot, row, i);
            }
          }
          pivots[i] = row;
          rank++;
          return;
        }
      }
      contradictory = !row[unknowns].isZero();
    }

    private static void eliminate(Fr[] row, Fr[] pivot, int at) {
      Fr scale = row[at];
      for (int j = 0; j < row.length; j++) {
        row[j] = row[j].minus(scale.times(pivot[j]));
      }
    }

    Optional<List<Fr>> solution() {
      if (contradictory || rank < unknowns) {
        return Optional.empty();
      }
      return Optional.of(Arrays.stream(pivots).map(pivot -> pivot[unknowns]).toList());
    }
  }
}
