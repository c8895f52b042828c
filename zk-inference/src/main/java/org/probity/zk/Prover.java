package org.probity.zk;

import java.util.ArrayList;
import java.util.List;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.curve.G1;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;

/**
 * Proves decisions of committed models. One call is one proof, with masks of its own; a prover may
 * be shared by threads.
 */
public final class Prover {
  private final Srs srs;
  private final ComputeBackend backend;
  private final Entropy entropy;
  private final ProofListener listener;

  /** A prover over the given SRS. Outside tests, {@code entropy} is {@link Entropy#secure()}. */
  public Prover(Srs srs, ComputeBackend backend, Entropy entropy) {
    this(srs, backend, entropy, step -> {});
  }

  /** A prover that tells a listener how far it is. */
  public Prover(Srs srs, ComputeBackend backend, Entropy entropy, ProofListener listener) {
    this.srs = srs;
    this.backend = backend;
    this.entropy = entropy;
    this.listener = listener;
  }

  /**
   * Gets ready for many proofs: the backend computes what it can of the SRS once, which takes about
   * as long as ten proofs and some memory. Changes no proof.
   */
  public void prepare() {
    backend.prepare(srs.powers());
  }

  /**
   * Proves that the model decided {@code decision} on {@code features}, for {@code context} alone.
   *
   * @throws IllegalArgumentException if it did not, or if the features do not fit the model
   */
  public DecisionProof prove(
      CommittedModel model, FeatureVector features, Decision decision, Bytes32 context) {
    var layout = model.key().layout();
    Witness witness;
    try {
      witness = Witness.of(model.network(), features, layout);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("this decision cannot be proven: " + e.getMessage(), e);
    }
    try {
      if (!witness.decision.equals(decision)) {
        throw new IllegalArgumentException(
            "the model decided " + witness.decision + " on these features, not " + decision);
      }
      var transcript =
          new Transcript(model.key().digest(), srs.digest(), features, decision, context);
      var masks = new Masks(layout, entropy);
      try {
        prove(model, features, witness, masks, transcript);
      } finally {
        masks.clear();
      }
      return DecisionProof.of(transcript.messages());
    } finally {
      witness.clear();
    }
  }

  /** One proof into the transcript; no vector made here outlives it. */
  void prove(
      CommittedModel model,
      FeatureVector features,
      Witness witness,
      Masks masks,
      Transcript transcript) {
    var secrets = new ArrayList<FieldVector>();
    try {
      prove(model, features, witness, masks, transcript, secrets);
    } finally {
      secrets.forEach(FieldVector::clear);
    }
  }

  /**
   * The protocol, message by message (docs/protocol.md, section 5).
   *
   * @param secrets takes the vectors that are to be overwritten at the end
   */
  private void prove(
      CommittedModel model,
      FeatureVector features,
      Witness witness,
      Masks masks,
      Transcript transcript,
      List<FieldVector> secrets) {
    var layout = model.key().layout();
    var bases = srs.powers(layout.logSize);
    var bits = backend.vector(witness.bits);
    var activations = backend.vector(witness.activations);
    var aux = aux(layout, activations, masks);
    secrets.addAll(List.of(bits, activations, aux));
    listener.finished(ProofStep.WITNESS);

    // 1: everything private is fixed, and every mask, before the first challenge.
    transcript.send(blinded(backend.msm(bases, witness.bits), masks.bitsBlinder));
    transcript.send(blinded(backend.msm(bases, aux), masks.auxBlinder));
    transcript.send(masks.m1.commit(backend, bases, masks.m1Blinder));
    transcript.send(masks.m2.commit(backend, bases, masks.m2Blinder));
    Fr mu = masks.m1.sum().plus(masks.m2.sum());
    transcript.send(mu);
    var rho = challenges(transcript, layout.outputVariables);
    Fr gamma = transcript.challenge();

    listener.finished(ProofStep.COMMITMENTS);

    // 2, 3: the products.
    var rowWeights = backend.eq(rho.subList(0, layout.logRows));
    var folded = backend.combine(model.rows(), list(rowWeights));
    secrets.add(folded);
    var rows = foldedRows(layout, model, witness, folded, rho, backend);
    var inputs = inputs(layout, activations);
    secrets.addAll(rows);
    secrets.addAll(inputs);
    var product =
        layout.layers == 1
            ? ProductSumcheck.NONE
            : ProductSumcheck.prove(layout, rows, inputs, gamma, masks, backend, transcript);

    listener.finished(ProofStep.PRODUCTS);

    // 4, 5, 6: the bits.
    var tau = challenges(transcript, layout.bitVariables());
    Fr delta = transcript.challenge();
    var signs = backend.vector(witness.signs());
    var magnitudes = backend.vector(witness.magnitudes(layout));
    secrets.addAll(List.of(signs, magnitudes));
    var bit =
        BitSumcheck.prove(
            layout, bits, signs, magnitudes, activations, tau, delta, masks, backend, transcript);

    listener.finished(ProofStep.BITS);

    // 7: what is left is linear.
    Fr eta = transcript.challenge();
    Fr theta = transcript.challenge();
    var claims =
        LinearClaims.of(
            layout, features, witness.decision, rho, gamma, product, tau, delta, bit, eta, backend);
    int chosenRow = layout.argmax() ? witness.decision.words()[0] & ((1 << layout.logRows) - 1) : 0;
    var chosen =
        layout.argmax()
            ? backend.combine(List.of(model.rows().get(chosenRow)), List.of(Fr.ONE))
            : FieldVector.ofFr(1);
    secrets.add(chosen);
    var linear =
        LinearSumcheck.prove(
            layout.logSize,
            List.of(
                new LinearSumcheck.Term(claims.bits(), bits),
                new LinearSumcheck.Term(claims.aux(), aux),
                new LinearSumcheck.Term(claims.model(), folded),
                new LinearSumcheck.Term(claims.chosen(), chosen)),
            List.of(masks.m1, masks.m2),
            theta,
            claims.value().plus(theta.times(mu)),
            backend,
            transcript);

    listener.finished(ProofStep.LINEAR);

    // 8 to 11: the opening of P.
    Fr atBits = linear.forms().get(0);
    Fr atAux = linear.forms().get(1);
    Fr atModel = linear.forms().get(2);
    Fr atChosen = linear.forms().get(3);
    Fr atM1 = theta.times(form(masks.m1, linear.point()));
    Fr atM2 = theta.times(form(masks.m2, linear.point()));
    var polynomial = FieldVector.ofFr(1 << layout.logSize);
    secrets.add(polynomial);
    backend.addScaled(polynomial, bits, atBits);
    backend.addScaled(polynomial, aux, atAux);
    backend.addScaled(polynomial, folded, atModel);
    backend.addScaled(polynomial, chosen, atChosen);
    addScaled(polynomial, masks.m1, atM1);
    addScaled(polynomial, masks.m2, atM2);
    Fr blinder =
        atBits
            .times(masks.bitsBlinder)
            .plus(atAux.times(masks.auxBlinder))
            .plus(atM1.times(masks.m1Blinder))
            .plus(atM2.times(masks.m2Blinder));
    for (int c = 0; c < model.blinders().size(); c++) {
      Fr weight = atModel.times(rowWeights.fr(c));
      weight = layout.argmax() && c == chosenRow ? weight.plus(atChosen) : weight;
      blinder = blinder.plus(weight.times(model.blinders().get(c)));
    }
    HyperKzg.prove(polynomial, linear.point(), blinder, bases, backend, transcript);
    listener.finished(ProofStep.OPENING);
  }

  private static G1 blinded(G1 commitment, Fr blinder) {
    return commitment.plus(G1.BLINDING.times(blinder));
  }

  private static List<Fr> challenges(Transcript transcript, int count) {
    var out = new ArrayList<Fr>();
    for (int i = 0; i < count; i++) {
      out.add(transcript.challenge());
    }
    return out;
  }

  private static List<Fr> list(FieldVector v) {
    var out = new ArrayList<Fr>();
    for (int i = 0; i < v.size(); i++) {
      out.add(v.fr(i));
    }
    return out;
  }

  /** A: the activations, then the mask block. */
  static FieldVector aux(Layout layout, FieldVector activations, Masks masks) {
    var out = FieldVector.ofFr(1 << layout.auxVariables());
    for (int limb = 0; limb < 4; limb++) {
      System.arraycopy(
          activations.limbs(),
          limb * activations.stride(),
          out.limbs(),
          limb * out.stride(),
          activations.size());
    }
    for (int i = 0; i < masks.block.length; i++) {
      out.set((1 << layout.logMaskOffset) + i, masks.block[i]);
    }
    return out;
  }

  /** {@code W_l(κ,·)} for l = 2..L. */
  static List<FieldVector> foldedRows(
      Layout layout,
      CommittedModel model,
      Witness witness,
      FieldVector folded,
      List<Fr> rho,
      ComputeBackend backend) {
    var out = new ArrayList<FieldVector>();
    for (int l = 2; l <= layout.layers; l++) {
      var rows = backend.eq(rho.subList(layout.logRows, layout.logWidth[l]));
      int width = 1 << layout.logWidth[l - 1];
      var sum = backend.vectorTimesMatrix(rows, folded, (int) layout.weights[l], width);
      if (layout.isArgmaxHead(l)) {
        int y = witness.decision.words()[0];
        var row = model.rows().get(y & ((1 << layout.logRows) - 1));
        int at = (int) layout.weights[l] + (y >> layout.logRows) * width;
        var difference =
            backend.vector(
                java.util.stream.IntStream.range(at, at + width).mapToLong(j -> row[j]).toArray());
        backend.addScaled(difference, sum, Fr.of(-1));
        sum = difference;
      }
      out.add(sum);
    }
    return out;
  }

  /** {@code a_{l-1}} for l = 2..L. */
  static List<FieldVector> inputs(Layout layout, FieldVector activations) {
    var out = new ArrayList<FieldVector>();
    for (int l = 2; l <= layout.layers; l++) {
      int from = (int) layout.neurons[l - 1];
      out.add(activations.slice(from, from + (1 << layout.logWidth[l - 1])));
    }
    return out;
  }

  static Fr form(SparseMask mask, List<Fr> point) {
    Fr sum = Fr.ONE;
    for (int t = 0; t < point.size(); t++) {
      sum = sum.plus(mask.weight(t).times(point.get(t)));
    }
    return sum;
  }

  static void addScaled(FieldVector target, SparseMask mask, Fr scale) {
    mask.entries()
        .forEach((index, value) -> target.set(index, target.fr(index).plus(value.times(scale))));
  }
}
