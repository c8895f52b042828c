package org.probity.zk;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.probity.ground.Bytes32;
import org.probity.zk.backend.BackendException;
import org.probity.zk.backend.BitRounds;
import org.probity.zk.backend.Committed;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.backend.FallibleBackend;
import org.probity.zk.backend.ResidentVector;
import org.probity.zk.backend.Workspace;
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
      throw new IllegalArgumentException("This decision cannot be proven: " + e.getMessage(), e);
    }
    try {
      if (!witness.decision.equals(decision)) {
        throw new IllegalArgumentException(
            "The model decided %s on these features, not %s".formatted(witness.decision, decision));
      }
      return proven(model, features, witness, context);
    } finally {
      witness.clear();
    }
  }

  /**
   * Proves several decisions, as many at a time as keep the backend busy. A listener hears of all
   * of them at once.
   *
   * @return the proofs, in the requests' order
   * @throws IllegalArgumentException if one of the decisions cannot be proven
   */
  public List<DecisionProof> proveAll(List<ProofRequest> requests) {
    int together = Math.min(backend.concurrency(), requests.size());
    if (together <= 1) {
      return requests.stream().map(this::prove).toList();
    }
    try (var threads = Executors.newFixedThreadPool(together)) {
      return requests.stream()
          .map(request -> CompletableFuture.supplyAsync(() -> prove(request), threads))
          .toList()
          .stream()
          .map(Prover::joined)
          .toList();
    }
  }

  private DecisionProof prove(ProofRequest request) {
    return prove(request.model(), request.features(), request.decision(), request.context());
  }

  private static DecisionProof joined(CompletableFuture<DecisionProof> proof) {
    try {
      return proof.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw e;
    }
  }

  /** A backend that can fail is given one chance, and its proof is checked before it is used. */
  private DecisionProof proven(
      CommittedModel model, FeatureVector features, Witness witness, Bytes32 context) {
    if (!(backend instanceof FallibleBackend fallible)) {
      return attempt(model, features, witness, context, backend);
    }
    if (fallible.isUsable()) {
      try {
        var proof = attempt(model, features, witness, context, fallible);
        var verdict =
            new ProofVerifier(srs).verify(model.key(), features, witness.decision, context, proof);
        if (verdict == Verdict.ACCEPTED) {
          fallible.succeeded();
          return proof;
        }
        fallible.refuted();
      } catch (BackendException failure) {
        fallible.failed(failure);
      }
    }
    return attempt(model, features, witness, context, fallible.substitute());
  }

  /** One proof, with masks of its own. */
  private DecisionProof attempt(
      CommittedModel model,
      FeatureVector features,
      Witness witness,
      Bytes32 context,
      ComputeBackend computing) {
    var transcript =
        new Transcript(model.key().digest(), srs.digest(), features, witness.decision, context);
    var masks = new Masks(model.key().layout(), entropy);
    try {
      prove(model, features, witness, masks, transcript, computing);
    } finally {
      masks.clear();
    }
    return DecisionProof.of(transcript.messages());
  }

  /** One proof into the transcript; no vector made here outlives it. */
  void prove(
      CommittedModel model,
      FeatureVector features,
      Witness witness,
      Masks masks,
      Transcript transcript,
      ComputeBackend computing) {
    int logSize = model.key().layout().logSize;
    try (var work = computing.open(srs.powers(logSize), 1 << logSize, model.rows())) {
      prove(model, features, witness, masks, work, transcript);
    }
  }

  /** The protocol, message by message (docs/protocol.md, section 5). */
  private void prove(
      CommittedModel model,
      FeatureVector features,
      Witness witness,
      Masks masks,
      Workspace work,
      Transcript transcript) {
    var layout = model.key().layout();
    var bits = work.integers(witness.bits);
    var activations = work.integers(witness.activations);
    var aux = aux(layout, activations, masks, work);
    listener.finished(ProofStep.WITNESS);

    // 1: everything private is fixed, and every mask, before the first challenge.
    work.commit(
            List.of(
                new Committed.Dense(bits, masks.bitsBlinder),
                new Committed.Dense(aux, masks.auxBlinder),
                masks.m1.committed(masks.m1Blinder),
                masks.m2.committed(masks.m2Blinder)))
        .forEach(transcript::send);
    Fr mu = masks.m1.sum().plus(masks.m2.sum());
    transcript.send(mu);
    var rho = transcript.challenges(layout.outputVariables);
    Fr gamma = transcript.challenge();
    listener.finished(ProofStep.COMMITMENTS);

    // 2, 3: the products.
    var rowPoint = rho.subList(0, layout.logRows);
    var rowWeights =
        IntStream.range(0, model.rows().count()).mapToObj(c -> EqKernel.at(rowPoint, c)).toList();
    var folded = work.combineRows(rowWeights);
    var chosen = layout.argmax() ? work.row(layout.chosenRow(witness.decision)) : work.zeros(1);
    var product =
        layout.layers == 1
            ? ProductSumcheck.none(rho, gamma)
            : ProductSumcheck.prove(
                foldedRows(layout, witness.decision, folded, chosen, rho, work),
                inputs(layout, activations, work),
                rho,
                gamma,
                masks,
                work,
                transcript);
    listener.finished(ProofStep.PRODUCTS);

    // 4, 5, 6: the bits.
    var signs = moved(witness.signs(), work);
    var magnitudes = moved(witness.magnitudes(layout), work);
    var neurons = new BitRounds.Neurons(bits, signs, magnitudes, activations);
    var bit = BitSumcheck.prove(neurons, masks, work, transcript);
    listener.finished(ProofStep.BITS);

    // 7: what is left is linear.
    Fr eta = transcript.challenge();
    Fr theta = transcript.challenge();
    var forms = new FormVectors(layout, work);
    Fr e = Claims.of(layout, features, witness.decision, product, bit, eta, forms);
    var linear =
        LinearSumcheck.prove(
            layout.logSize,
            forms.times(bits, aux, folded, chosen),
            List.of(masks.m1, masks.m2),
            theta,
            e.plus(theta.times(mu)),
            work,
            transcript);
    listener.finished(ProofStep.LINEAR);

    // 8 to 11: the opening of P.
    var point = linear.run().point();
    Fr atBits = linear.forms().get(0);
    Fr atAux = linear.forms().get(1);
    Fr atModel = linear.forms().get(2);
    Fr atChosen = linear.forms().get(3);
    Fr atM1 = theta.times(masks.m1.form(point));
    Fr atM2 = theta.times(masks.m2.form(point));
    var polynomial = work.zeros(1 << layout.logSize);
    work.addScaled(polynomial, 0, bits, atBits);
    work.addScaled(polynomial, 0, aux, atAux);
    work.addScaled(polynomial, 0, folded, atModel);
    work.addScaled(polynomial, 0, chosen, atChosen);
    work.addSparse(polynomial, masks.m1.entries(), atM1);
    work.addSparse(polynomial, masks.m2.entries(), atM2);
    Fr blinder =
        atBits
            .times(masks.bitsBlinder)
            .plus(atAux.times(masks.auxBlinder))
            .plus(atM1.times(masks.m1Blinder))
            .plus(atM2.times(masks.m2Blinder));
    for (int c = 0; c < model.blinders().size(); c++) {
      Fr weight = atModel.times(rowWeights.get(c));
      weight = layout.isChosenRow(c, witness.decision) ? weight.plus(atChosen) : weight;
      blinder = blinder.plus(weight.times(model.blinders().get(c)));
    }
    HyperKzg.prove(polynomial, point, blinder, work, transcript);
    listener.finished(ProofStep.OPENING);
  }

  /** Private integers that nobody needs any more outside the workspace. */
  private static ResidentVector moved(long[] values, Workspace work) {
    var out = work.integers(values);
    Arrays.fill(values, 0);
    return out;
  }

  /** A: the activations, then the mask block. */
  static ResidentVector aux(
      Layout layout, ResidentVector activations, Masks masks, Workspace work) {
    var out = work.zeros(1 << layout.variables(Slice.Vector.AUX));
    work.addScaled(out, 0, activations, Fr.ONE);
    var block = FieldVector.of(List.of(masks.block));
    work.put(out, 1 << layout.logMaskOffset, block);
    block.clear();
    return out;
  }

  /**
   * {@code W_l(κ,·)} for l = 2..L.
   *
   * @param chosen the row of the model that holds the chosen class's weights
   */
  static List<ResidentVector> foldedRows(
      Layout layout,
      Decision decision,
      ResidentVector folded,
      ResidentVector chosen,
      List<Fr> rho,
      Workspace work) {
    var out = new ArrayList<ResidentVector>();
    for (int l = 2; l <= layout.layers; l++) {
      var rows = work.eq(rho.subList(layout.logRows, layout.logWidth[l]));
      int width = 1 << layout.logWidth[l - 1];
      int first = layout.weights(l).at();
      var sum = work.vectorTimesMatrix(rows, folded, first, width);
      if (layout.isArgmaxHead(l)) {
        int at = first + (decision.words()[0] >> layout.logRows) * width;
        var difference = work.slice(chosen, at, at + width);
        work.addScaled(difference, 0, sum, Fr.of(-1));
        sum = difference;
      }
      out.add(sum);
    }
    return out;
  }

  /** {@code a_{l-1}} for l = 2..L. */
  static List<ResidentVector> inputs(Layout layout, ResidentVector activations, Workspace work) {
    return IntStream.range(1, layout.layers)
        .mapToObj(layout::neurons)
        .map(slice -> work.slice(activations, slice.at(), slice.at() + slice.size()))
        .toList();
  }
}
