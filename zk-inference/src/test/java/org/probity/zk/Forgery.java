package org.probity.zk;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.probity.ground.Bytes32;
import org.probity.zk.Transcripts.Frozen;
import org.probity.zk.Transcripts.Statement;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.backend.VectorBackend;
import org.probity.zk.backend.Workspace;
import org.probity.zk.curve.G1;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;

/**
 * A proof of something false, by a prover who follows the protocol on a false witness and then
 * chooses one message anew, knowing the challenges that were drawn after it. If the transcript
 * missed that message, the challenges would stay as they are, and the proof would be accepted.
 */
final class Forgery {
  private static final VectorBackend BACKEND = ComputeBackend.scalar(1);

  private final Srs srs;
  private final ModelKey key;
  private final CommittedModel model;
  private final FeatureVector features;
  private final Witness witness;
  private final Masks masks;
  private final Layout layout;
  private final List<Fr> drawn;
  private final byte[] proof;
  private final Challenges c;

  final Statement statement;
  final Schedule schedule;

  /**
   * Runs the prover on the false witness.
   *
   * @param key what the statement names
   * @param model what the prover uses in its place; the same architecture
   */
  Forgery(
      Srs srs,
      ModelKey key,
      CommittedModel model,
      FeatureVector features,
      Witness witness,
      Bytes32 context) {
    this.srs = srs;
    this.key = key;
    this.model = model;
    this.features = features;
    this.witness = witness;
    layout = key.layout();
    schedule = Schedule.of(layout);
    masks = new Masks(layout, Networks.seeded(71));
    statement = new Statement(key.digest(), srs.digest(), features, witness.decision, context);
    var transcript = statement.transcript();
    new Prover(srs, BACKEND, Networks.seeded(72))
        .prove(model, features, witness, masks, transcript, BACKEND);
    drawn = transcript.challenges;
    proof = transcript.messages();
    c = Challenges.replay(new Frozen(drawn), layout, read(proof));
  }

  /** The proof before anything is chosen anew. */
  byte[] unrepaired() {
    return proof.clone();
  }

  /** The verdict of a verifier that draws the challenges which the prover counted on. */
  Verdict frozen(byte[] forged) {
    try {
      var messages = ProofMessages.read(layout, forged);
      new ProofVerifier(srs).check(key, features, witness.decision, messages, new Frozen(drawn));
      return Verdict.ACCEPTED;
    } catch (Rejection rejection) {
      return rejection.verdict();
    }
  }

  Verification verification(byte[] forged) {
    return new Verification(
        key.bytes(),
        Verification.integers(features.toArray()),
        Verification.integers(witness.decision.words()),
        statement.context(),
        forged);
  }

  private ProofMessages read(byte[] bytes) {
    try {
      return ProofMessages.read(layout, bytes);
    } catch (Rejection e) {
      throw new IllegalStateException(e);
    }
  }

  /** The claims' value e, and their forms into what is given. */
  private Fr claims(ProofMessages messages, FormValues into) {
    var seen = Challenges.replay(new Frozen(drawn), layout, messages);
    return Claims.of(
        layout, features, witness.decision, seen.product(), seen.bit(), seen.eta(), into);
  }

  private FormValues forms() {
    var forms = new FormValues(layout, c.r());
    claims(read(proof), forms);
    return forms;
  }

  /** By how much the last claim of sumcheck 3 misses what the opening shows. */
  private Fr gap(byte[] bytes) {
    var messages = read(bytes);
    Fr e = claims(messages, new FormValues(layout, c.r()));
    Fr claim = e.plus(c.theta().times(messages.first().mu()));
    var plain = new Sumcheck.Rule.Plain();
    Fr value = Sumcheck.verify(claim, messages.linearRounds(), c.r(), plain).end();
    var opening = messages.opening();
    var last =
        opening.rest().isEmpty()
            ? opening.evaluations().subList(8 * folds(), 8 * folds() + 8)
            : opening.rest();
    var point = c.r().subList(c.r().size() - Layout.log(last.size()), c.r().size());
    for (int i = 0; i < last.size(); i++) {
      value = value.minus(EqKernel.at(point, i).times(last.get(i)));
    }
    return value;
  }

  private int folds() {
    return layout.logSize / 3 - 1;
  }

  // ---- One scalar before the opening ----

  /** Every scalar on which the claims depend linearly. */
  List<Schedule.Step> repairableScalars() {
    var messages = schedule.messages();
    return messages.subList(0, messages.indexOf(schedule.message("P_1"))).stream()
        .filter(step -> step.kind() == Schedule.Kind.SCALAR && !step.name().equals("B^"))
        .toList();
  }

  /** The scalar chosen so that all claims hold. */
  byte[] withScalarChosenLast(Schedule.Step step) {
    return withScalarChosenLast(proof, step);
  }

  private byte[] withScalarChosenLast(byte[] bytes, Schedule.Step step) {
    Fr zero = gap(set(bytes, step, Fr.ZERO));
    Fr one = gap(set(bytes, step, Fr.ONE));
    return set(bytes, step, zero.times(zero.minus(one).inverse()));
  }

  /** B̂ enters its claim as a square; so another B̂, and Ŝ to match. */
  byte[] withBitEvaluationsChosenLast() {
    return withScalarChosenLast(add(proof, "B^", Fr.ONE), schedule.message("S^"));
  }

  // ---- A commitment of the first message ----

  /** One of B, A, M1, M2 chosen when r is known: as another P that meets the false claim. */
  byte[] withCommitmentChosenLast(String name) {
    Fr shift = gap(proof).times(EqKernel.at(c.r(), 0).inverse());
    var polynomial = polynomial();
    polynomial.set(0, polynomial.fr(0).plus(shift));
    var forged = add(proof, name, G1.GENERATOR.times(shift.times(weight(name).inverse())));
    var first = schedule.message("P_1");
    var opening = new Frozen(drawn.subList(schedule.challengesBefore(first), drawn.size()));
    try (var work = workspace()) {
      var resident = work.zeros(polynomial.size());
      work.put(resident, 0, polynomial);
      HyperKzg.prove(resident, c.r(), read(proof).opening().blinder(), work, opening);
    }
    var out = new ByteArrayOutputStream();
    out.write(forged, 0, first.offset());
    out.writeBytes(opening.messages());
    return out.toByteArray();
  }

  /** What C_P takes of a commitment. */
  private Fr weight(String commitment) {
    var forms = forms();
    return switch (commitment) {
      case "B" -> forms.get(Slice.Vector.BITS);
      case "A" -> forms.get(Slice.Vector.AUX);
      case "M1" -> c.theta().times(masks.m1.form(c.r()));
      case "M2" -> c.theta().times(masks.m2.form(c.r()));
      default -> throw new IllegalArgumentException(commitment);
    };
  }

  private Workspace workspace() {
    return BACKEND.open(srs.powers(layout.logSize), 1 << layout.logSize, model.rows());
  }

  private FieldVector polynomial() {
    var forms = forms();
    try (var work = workspace()) {
      var out = work.zeros(1 << layout.logSize);
      work.addScaled(out, 0, work.integers(witness.bits), forms.get(Slice.Vector.BITS));
      var activations = work.integers(witness.activations);
      var aux = Prover.aux(layout, activations, masks, work);
      work.addScaled(out, 0, aux, forms.get(Slice.Vector.AUX));
      var rowPoint = c.product().rho().subList(0, layout.logRows);
      for (int row = 0; row < model.rows().count(); row++) {
        Fr weight = forms.get(Slice.Vector.MODEL).times(EqKernel.at(rowPoint, row));
        if (layout.isChosenRow(row, witness.decision)) {
          weight = weight.plus(forms.get(Slice.Vector.CHOSEN));
        }
        work.addScaled(out, 0, work.row(row), weight);
      }
      work.addSparse(out, masks.m1.entries(), weight("M1"));
      work.addSparse(out, masks.m2.entries(), weight("M2"));
      return FieldVector.of(work.read(out));
    }
  }

  /** A blinder announced at will, and the commitment to M1 chosen to match it. */
  byte[] withBlinderChosenLast() {
    var forged = withScalarChosenLast(schedule.message("mu"));
    forged = add(forged, "beta", Fr.ONE);
    return add(forged, "M1", G1.BLINDING.times(weight("M1").inverse()));
  }

  // ---- The opening ----

  /** What F's first coefficient is short of, for F to meet the false claim. */
  private Fr shortfall() {
    Fr gap = gap(proof);
    return rest() ? gap.times(EqKernel.at(restPoint(), 0).inverse()) : gap;
  }

  private boolean rest() {
    return layout.logSize % 3 > 0;
  }

  private List<Fr> restPoint() {
    return c.r().subList(3 * folds() + 3, c.r().size());
  }

  private List<Fr> foldPoint(int j) {
    return c.r().subList(3 * j, 3 * j + 3);
  }

  /** F chosen when z is known: shifted by a multiple of X - z. */
  byte[] withLastFoldChosenLast() {
    Fr slope = EqKernel.at(restPoint(), 1).minus(c.z().times(EqKernel.at(restPoint(), 0)));
    Fr scale = gap(proof).times(slope.inverse());
    return add(add(proof, "F_1", scale), "F_0", scale.times(c.z()).negate());
  }

  /** The last committed fold chosen when z is known: shifted by a multiple of X - z. */
  byte[] withFoldChosenLast() {
    int f = folds();
    Fr perUnit = EqKernel.at(foldPoint(f), 1).minus(c.z().times(EqKernel.at(foldPoint(f), 0)));
    Fr scale = shortfall().times(perUnit.inverse());
    Fr constant = scale.times(c.z()).negate();
    var bases = srs.powers(layout.logSize);
    var forged = rest() ? add(proof, "F_0", shortfall()) : proof.clone();
    forged = add(forged, "P_" + f, bases.get(1).times(scale).plus(G1.GENERATOR.times(constant)));
    forged = add(forged, "p_" + f + ",0", constant);
    forged = add(forged, "p_" + f + ",1", scale);

    var batch = polynomial();
    var folds = new ArrayList<FieldVector>();
    var fold = batch.slice(0, batch.size());
    for (int j = 0; j < f; j++) {
      for (Fr r : foldPoint(j)) {
        fold = BACKEND.bind(fold, r);
      }
      folds.add(fold);
    }
    folds.getLast().set(0, folds.getLast().fr(0).plus(constant));
    folds.getLast().set(1, folds.getLast().fr(1).plus(scale));
    for (int j = 1; j <= f; j++) {
      BACKEND.addScaled(batch, 0, folds.get(j - 1), power(c.kappa(), j));
    }
    var quotient = BACKEND.divide(BACKEND.divide(batch, 8, c.z()), 1, c.z());
    BACKEND.addScaled(batch, 0, quotient, vanishing().negate());
    forged = set(forged, "W", BACKEND.msm(bases, quotient));
    return set(forged, "W'", BACKEND.msm(bases, BACKEND.divide(batch, 1, c.zeta())));
  }

  /** Parts of two polynomials and P_0(z) chosen when κ is known: the batch does not show it. */
  byte[] withPartsChosenLast() {
    int f = folds();
    Fr upper = shortfall().times(EqKernel.at(foldPoint(f), 0).inverse());
    Fr lower = c.kappa().times(upper).negate();
    Fr atZ = EqKernel.at(foldPoint(f - 1), 0).times(lower);
    var forged = rest() ? add(proof, "F_0", shortfall()) : proof;
    forged = add(forged, "p_" + f + ",0", upper);
    forged = add(forged, "p_" + (f - 1) + ",0", lower);
    return add(forged, "P_0(z)", power(c.kappa(), f).times(atZ).negate());
  }

  /** A false part, and the quotient chosen when ζ is known. */
  byte[] withQuotientChosenLast() {
    int f = folds();
    Fr part = shortfall().times(EqKernel.at(foldPoint(f), 0).inverse());
    var forged = rest() ? add(proof, "F_0", shortfall()) : proof;
    forged = add(forged, "p_" + f + ",0", part);
    Fr slope = eighth(c.zeta()).minus(c.z()).times(eighth(c.z()).minus(c.z()).inverse());
    Fr remainder = power(c.kappa(), f).times(part).times(Fr.ONE.minus(slope));
    return add(forged, "W", G1.GENERATOR.times(remainder.times(vanishing().inverse()).negate()));
  }

  private Fr vanishing() {
    return eighth(c.zeta()).minus(c.z()).times(c.zeta().minus(c.z()));
  }

  private static Fr eighth(Fr x) {
    return x.square().square().square();
  }

  private static Fr power(Fr base, int exponent) {
    return base.power(BigInteger.valueOf(exponent));
  }

  // ---- Another model than the committed one ----

  /** A commitment chosen when all is known, to make up for model rows that are not the key's. */
  byte[] withPointHidingTheModel(String name) {
    var first = read(proof).first();
    var forms = forms();
    G1 used = ProofVerifier.commitment(model.key(), forms, first, c, witness.decision).sum();
    G1 named = ProofVerifier.commitment(key, forms, first, c, witness.decision).sum();
    Fr weight =
        name.equals("W")
            ? vanishing().negate()
            : name.startsWith("P_")
                ? power(c.kappa(), Integer.parseInt(name.substring(2)))
                : weight(name);
    return add(proof, name, used.minus(named).times(weight.inverse()));
  }

  List<String> points() {
    return schedule.messages().stream()
        .filter(step -> step.kind() == Schedule.Kind.POINT && !step.name().equals("W'"))
        .map(Schedule.Step::name)
        .toList();
  }

  // ---- Bytes ----

  private byte[] add(byte[] bytes, String name, Fr change) {
    var step = schedule.message(name);
    return set(bytes, step, Fr.ofBytes(bytes, step.offset()).plus(change));
  }

  private byte[] add(byte[] bytes, String name, G1 change) {
    var old = G1.decode(bytes, schedule.message(name).offset()).orElseThrow();
    return set(bytes, name, old.plus(change));
  }

  private byte[] set(byte[] bytes, String name, G1 point) {
    return set(bytes, schedule.message(name), point.encode());
  }

  private static byte[] set(byte[] bytes, Schedule.Step step, Fr value) {
    return set(bytes, step, value.toBytes());
  }

  private static byte[] set(byte[] bytes, Schedule.Step step, byte[] value) {
    var out = Arrays.copyOf(bytes, bytes.length);
    System.arraycopy(value, 0, out, step.offset(), value.length);
    return out;
  }
}
