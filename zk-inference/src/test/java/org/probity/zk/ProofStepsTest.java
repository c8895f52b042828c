package org.probity.zk;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.probity.ground.Bytes32;
import org.probity.zk.backend.BitRounds;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.backend.ResidentVector;
import org.probity.zk.backend.VectorBackend;
import org.probity.zk.backend.Workspace;
import org.probity.zk.field.Fr;

/** Each equation of docs/protocol.md, sections 6 to 9, on honest witnesses of every shape. */
class ProofStepsTest {
  /** The one that the other tests use too; its results are the scalar one's bit for bit. */
  private static final VectorBackend BACKEND = ComputeBackend.best();

  private final Random random = new Random(5);

  static List<Network> shapes() {
    return Networks.shapes(7);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void everyStepHoldsOnAnHonestWitness(Network network) {
    var layout = network.architecture().layout();
    var srs = Srs.development(layout.logSize, Networks.seeded(1));
    var model = CommittedModel.commit(network, srs, BACKEND, Networks.seeded(2));
    var features = Networks.features(random, network.architecture().inputs());
    var witness = Witness.of(network, features, layout);
    var masks = new Masks(layout, Networks.seeded(3));
    var transcript =
        new Transcript(
            model.key().digest(),
            srs.digest(),
            features,
            witness.decision,
            Bytes32.of(new byte[32]));
    var work = BACKEND.open(srs.powers(layout.logSize), 1 << layout.logSize, model.rows());
    var activations = work.integers(witness.activations);
    var aux = Prover.aux(layout, activations, masks, work);
    var bits = work.integers(witness.bits);

    var rho = scalars(layout.outputVariables);
    Fr gamma = scalar();
    var folded = work.combineRows(work.read(work.eq(rho.subList(0, layout.logRows))));
    var chosen =
        layout.argmax()
            ? work.row(witness.decision.words()[0] & ((1 << layout.logRows) - 1))
            : work.zeros(1);
    var rows = Prover.foldedRows(layout, witness.decision, folded, chosen, rho, work);
    var inputs = Prover.inputs(layout, activations, work);
    var product =
        layout.layers == 1
            ? ProductSumcheck.none(rho, gamma)
            : ProductSumcheck.prove(rows, inputs, rho, gamma, masks, work, transcript);
    if (layout.layers > 1) {
      // Section 6: the last claim is f at the point, with the masked factors.
      Fr end = masks.g1.constant();
      for (int t = 1; t <= layout.innerVariables; t++) {
        end = end.plus(masks.g1.at(t, product.run().point().get(t - 1)));
      }
      var powers = ProductSumcheck.powers(gamma, layout.layers);
      for (int l = 2; l <= layout.layers; l++) {
        end =
            end.plus(
                powers
                    .get(l)
                    .times(product.weights().get(l - 2))
                    .times(product.inputs().get(l - 2)));
      }
      assertThat(product.run().end()).isEqualTo(end);
    }

    var bit =
        BitSumcheck.prove(
            new BitRounds.Neurons(
                bits,
                work.integers(witness.signs()),
                work.integers(witness.magnitudes(layout)),
                activations),
            masks,
            work,
            transcript);
    var x = bit.run().point();
    // Section 7: the last claim is the bracket at the point, with the masked factors.
    Fr mask = masks.g2.constant();
    for (int t = 1; t <= layout.bitVariables(); t++) {
      mask = mask.plus(masks.g2.at(t, x.get(t - 1)));
    }
    var neurons = x.subList(Layout.LOG_BITS, x.size());
    assertThat(bit.run().end())
        .isEqualTo(
            bit.bit()
                .square()
                .minus(bit.bit())
                .plus(mask)
                .plus(
                    bit.delta()
                        .times(
                            bit.sign()
                                .times(bit.magnitude())
                                .minus(evaluate(work, activations, neurons)))));

    // Section 8: the linear claims hold for the committed vectors.
    Fr eta = scalar();
    var forms = new FormVectors(layout, work);
    Fr e = Claims.of(layout, features, witness.decision, product, bit, eta, forms);
    var terms = forms.times(bits, aux, folded, chosen);
    Fr sum =
        terms.stream()
            .map(term -> inner(work.read(term.form()), work.read(term.vector())))
            .reduce(Fr.ZERO, Fr::plus);
    assertThat(sum).isEqualTo(e);

    // Both readings of the forms are one: the vectors' extensions at a point are the values there.
    var point = scalars(layout.logSize);
    var values = new FormValues(layout, point);
    assertThat(Claims.of(layout, features, witness.decision, product, bit, eta, values))
        .isEqualTo(e);
    for (var vector : Slice.Vector.values()) {
      assertThat(values.get(vector))
          .as(vector.name())
          .isEqualTo(evaluate(work, terms.get(vector.ordinal()).form(), point));
    }

    Fr theta = scalar();
    Fr mu = masks.m1.sum().plus(masks.m2.sum());
    var linear =
        LinearSumcheck.prove(
            layout.logSize,
            terms,
            List.of(masks.m1, masks.m2),
            theta,
            e.plus(theta.times(mu)),
            work,
            transcript);
    // The last claim is P at the point.
    var end = linear.run().point();
    var polynomial = work.zeros(1 << layout.logSize);
    for (int i = 0; i < terms.size(); i++) {
      work.addScaled(polynomial, 0, terms.get(i).vector(), linear.forms().get(i));
    }
    for (var sparse : List.of(masks.m1, masks.m2)) {
      work.addSparse(polynomial, sparse.entries(), sparse.form(end).times(theta));
    }
    assertThat(linear.run().end()).isEqualTo(evaluate(work, polynomial, end));
  }

  private Fr scalar() {
    return Networks.seeded(random.nextLong()).nextFr();
  }

  private List<Fr> scalars(int count) {
    return IntStream.range(0, count).mapToObj(i -> scalar()).toList();
  }

  private static Fr inner(List<Fr> a, List<Fr> b) {
    Fr sum = Fr.ZERO;
    for (int i = 0; i < a.size(); i++) {
      sum = sum.plus(a.get(i).times(b.get(i)));
    }
    return sum;
  }

  private static Fr evaluate(Workspace work, ResidentVector v, List<Fr> point) {
    var variables = point.subList(0, Integer.numberOfTrailingZeros(v.size()));
    return inner(work.read(v), work.read(work.eq(variables)));
  }
}
