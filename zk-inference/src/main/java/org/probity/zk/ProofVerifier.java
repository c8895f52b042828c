package org.probity.zk;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.zk.curve.G2;
import org.probity.zk.field.Fp;
import org.probity.zk.field.Fr;

/**
 * Verifies proofs of decisions: needs the reference string's point in G2 and public values only.
 * Gives the same verdict as the contract {@code DecisionVerifier} on every input (docs/protocol.md,
 * section 10). Safe for use by several threads.
 */
public final class ProofVerifier {
  private static final BigInteger RANGE = BigInteger.ONE.shiftLeft(31);

  private final G2 tau;
  private final Bytes32 srsDigest;

  /** A verifier of proofs over the given string. */
  public ProofVerifier(Srs srs) {
    this(srs.tauG2Words());
  }

  /**
   * A verifier of proofs over the string with this {@code [τ]_2}.
   *
   * @param tauG2Words x.c1, x.c0, y.c1, y.c0, as {@link Srs#tauG2Words} and the contract have them
   * @throws IllegalArgumentException if they are not a point, other than zero, of the group
   */
  public ProofVerifier(List<BigInteger> tauG2Words) {
    var modulus = Fp.ONE.field().modulus();
    if (tauG2Words.size() != 4
        || tauG2Words.stream().anyMatch(w -> w.signum() < 0 || w.compareTo(modulus) >= 0)) {
      throw new IllegalArgumentException(
          "A reference string's [tau]_2 is four words below the field's modulus: import the string again");
    }
    tau = G2.ofWords(tauG2Words);
    if (tau.isInfinity() || !tau.isOnCurve() || !tau.isInSubgroup()) {
      throw new IllegalArgumentException(
          "A reference string's [tau]_2 is a point of order r on the twisted curve, and this is not: import the string again");
    }
    srsDigest =
        Keccak.hash(tauG2Words.stream().map(word -> Fp.of(word).toBytes()).toArray(byte[][]::new));
  }

  /** Whether the proof shows that the key's model decided this, and if not, the first reason. */
  public Verdict verify(
      ModelKey key,
      FeatureVector features,
      Decision decision,
      Bytes32 context,
      DecisionProof proof) {
    try {
      verify(key, integers(features.toArray()), integers(decision.words()), context, proof.bytes());
      return Verdict.ACCEPTED;
    } catch (Rejection rejection) {
      return rejection.verdict();
    }
  }

  /**
   * The same on unchecked input, as the contract gets it: any bytes, any integers.
   *
   * @param decision one integer, the class, for an ARGMAX readout; one an output for a LINEAR one
   */
  public Verdict verify(
      byte[] key, BigInteger[] features, BigInteger[] decision, Bytes32 context, byte[] proof) {
    try {
      verify(parse(key), features, decision, context, proof);
      return Verdict.ACCEPTED;
    } catch (Rejection rejection) {
      return rejection.verdict();
    }
  }

  private static ModelKey parse(byte[] key) throws Rejection {
    try {
      return ModelKey.parse(key);
    } catch (IllegalArgumentException e) {
      throw new Rejection(Verdict.MALFORMED_KEY);
    }
  }

  private void verify(
      ModelKey key,
      BigInteger[] featureWords,
      BigInteger[] decisionWords,
      Bytes32 context,
      byte[] bytes)
      throws Rejection {
    var layout = key.layout();
    var features = FeatureVector.of(features(key.architecture(), featureWords));
    var words = decision(key.architecture(), decisionWords);
    var decision =
        layout.argmax()
            ? new Decision.Choice(words[0])
            : new Decision.Outputs(Arrays.stream(words).boxed().toList());
    var proof = ProofMessages.read(layout, bytes);
    check(
        key,
        features,
        decision,
        proof,
        new Transcript(key.digest(), srsDigest, features, decision, context));
  }

  void check(
      ModelKey key,
      FeatureVector features,
      Decision decision,
      ProofMessages proof,
      Transcript transcript)
      throws Rejection {
    var layout = key.layout();
    // Sections 6 and 7: what the sumchecks leave, and section 8: all of it as one linear claim.
    var c = Challenges.replay(transcript, layout, proof);
    var forms = new FormValues(layout, c.r());
    Fr e = Claims.of(layout, features, decision, c.product(), c.bit(), c.eta(), forms);
    Fr claim = e.plus(c.theta().times(proof.first().mu()));
    var linear = Sumcheck.verify(claim, proof.linearRounds(), c.r(), new Sumcheck.Rule.Plain());

    // Section 9.
    var terms = commitment(key, forms, proof.first(), c, decision);
    OpeningCheck.check(terms, linear.end(), proof.opening(), c, tau);
  }

  private static int[] features(Architecture architecture, BigInteger[] words) throws Rejection {
    Rejection.unless(words.length == architecture.inputs(), Verdict.MALFORMED_FEATURES);
    return inRange(words, Verdict.MALFORMED_FEATURES);
  }

  private static int[] decision(Architecture architecture, BigInteger[] words) throws Rejection {
    Rejection.unless(words.length == architecture.decisionWords(), Verdict.MALFORMED_DECISION);
    var values = inRange(words, Verdict.MALFORMED_DECISION);
    if (architecture.readout() == Readout.ARGMAX) {
      boolean isClass = values[0] >= 0 && values[0] < architecture.outputs();
      Rejection.unless(isClass, Verdict.MALFORMED_DECISION);
    }
    return values;
  }

  private static int[] inRange(BigInteger[] words, Verdict otherwise) throws Rejection {
    var values = new int[words.length];
    for (int i = 0; i < values.length; i++) {
      Rejection.unless(words[i].abs().compareTo(RANGE) < 0, otherwise);
      values[i] = words[i].intValueExact();
    }
    return values;
  }

  private static BigInteger[] integers(int[] values) {
    return Arrays.stream(values).mapToObj(BigInteger::valueOf).toArray(BigInteger[]::new);
  }

  /**
   * {@code L_B·C_B + L_A·C_A + Σ_c (L_W·eq(ρ_{<ρr},c) + [c = y mod R]·L_Y)·K_c + θ·L1·C_M1 +
   * θ·L2·C_M2}, all forms at r.
   */
  static Combination commitment(
      ModelKey key,
      FormValues forms,
      ProofMessages.Commitments first,
      Challenges c,
      Decision decision) {
    var layout = key.layout();
    var sum = new Combination();
    sum.add(forms.get(Slice.Vector.BITS), first.bits());
    sum.add(forms.get(Slice.Vector.AUX), first.aux());
    var rowPoint = c.product().rho().subList(0, layout.logRows);
    for (int row = 0; row < key.rows().size(); row++) {
      Fr scale = forms.get(Slice.Vector.MODEL).times(EqKernel.at(rowPoint, row));
      if (layout.isChosenRow(row, decision)) {
        scale = scale.plus(forms.get(Slice.Vector.CHOSEN));
      }
      sum.add(scale, key.rows().get(row));
    }
    sum.add(c.theta().times(SparseMask.form(1, c.r())), first.mask1());
    sum.add(c.theta().times(SparseMask.form(2, c.r())), first.mask2());
    return sum;
  }
}
