package org.probity.zk;

import java.util.ArrayList;
import java.util.List;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.curve.PointVector;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;

/**
 * The opening, the prover's side: that the multilinear extension of P is v at r, by Gemini's
 * folding with one batched KZG opening at {@code q, -q, q²} (docs/protocol.md, section 9; Gemini,
 * ePrint 2022/420; HyperKZG in Nova; Shplonk, ePrint 2020/081).
 */
final class HyperKzg {
  private HyperKzg() {}

  /**
   * Opens P.
   *
   * @param polynomial P, of {@code 2^|point|} coefficients
   * @param blinder β, what P's commitment carries of the blinding generator
   */
  static void prove(
      FieldVector polynomial,
      List<Fr> point,
      Fr blinder,
      PointVector bases,
      ComputeBackend backend,
      Transcript transcript) {
    var folds = new ArrayList<FieldVector>(List.of(polynomial));
    for (Fr r : point.subList(0, point.size() - 1)) {
      folds.add(backend.bind(folds.getLast(), r));
    }
    for (var fold : folds.subList(1, folds.size())) {
      transcript.send(backend.msm(bases, fold));
    }
    transcript.send(blinder);

    Fr q = transcript.challenge();
    for (var fold : folds) {
      transcript.send(backend.evaluate(fold, q));
      transcript.send(backend.evaluate(fold, q.negate()));
    }
    Fr square = q.square();
    transcript.send(backend.evaluate(polynomial, square));

    Fr kappa = transcript.challenge();
    var batch = polynomial.copy();
    Fr power = Fr.ONE;
    for (var fold : folds.subList(1, folds.size())) {
      power = power.times(kappa);
      backend.addScaled(batch, fold, power);
    }
    var quotient =
        backend.divide(backend.divide(backend.divide(padded(batch), q), q.negate()), square);
    transcript.send(backend.msm(bases, quotient));

    Fr zeta = transcript.challenge();
    Fr vanishing = zeta.square().minus(square).times(zeta.minus(square));
    // The constant I(ζ) is the remainder of this division, which is dropped.
    backend.addScaled(batch, quotient, vanishing.negate());
    transcript.send(backend.msm(bases, backend.divide(batch, zeta)));
  }

  /** At least four coefficients, so that a division by a cubic has a quotient. */
  private static FieldVector padded(FieldVector v) {
    if (v.size() >= 4) {
      return v;
    }
    var out = FieldVector.ofFr(4);
    for (int i = 0; i < v.size(); i++) {
      out.set(i, v.fr(i));
    }
    return out;
  }
}
