package org.probity.zk;

import java.util.ArrayList;
import java.util.List;
import org.probity.zk.curve.G1;
import org.probity.zk.field.FieldElement;
import org.probity.zk.field.Fr;

/**
 * A proof taken apart into its messages (docs/protocol.md, section 5), each scalar and each point
 * checked. Lists of rounds hold what each round sends; what a network of one layer does not send is
 * empty or zero.
 *
 * @param bits commitment to B; {@code aux}, {@code mask1}, {@code mask2}: to A, M1, M2
 * @param mu message 1's scalar
 * @param productSum S1, and {@code productRounds}: message 2
 * @param weightHats ŵ_2 .. ŵ_L, and {@code inputHats} â_2 .. â_L: message 3
 * @param bitSum C2, and {@code bitRounds}: message 5
 * @param bitHat B̂, {@code signHat} Ŝ, {@code magnitudeHat} T̂: message 6
 * @param linearRounds message 7
 * @param folds P_1 .. P_f, {@code rest} the last fold's coefficients, and {@code blinder} β:
 *     message 8
 * @param evaluations message 9
 * @param quotient W: message 10; {@code opening} W': message 11
 */
record ProofMessages(
    G1 bits,
    G1 aux,
    G1 mask1,
    G1 mask2,
    Fr mu,
    Fr productSum,
    List<List<Fr>> productRounds,
    List<Fr> weightHats,
    List<Fr> inputHats,
    Fr bitSum,
    List<List<Fr>> bitRounds,
    Fr bitHat,
    Fr signHat,
    Fr magnitudeHat,
    List<List<Fr>> linearRounds,
    List<G1> folds,
    List<Fr> rest,
    Fr blinder,
    List<Fr> evaluations,
    G1 quotient,
    G1 opening) {

  /** Reads a proof: its length first, then every scalar, then every point. */
  static ProofMessages read(Layout layout, byte[] proof) throws Rejection {
    Rejection.unless(proof.length == layout.proofBytes(), Verdict.MALFORMED_PROOF);
    parse(layout, new Reader(proof, Reader.Check.SCALARS));
    return parse(layout, new Reader(proof, Reader.Check.POINTS));
  }

  private static ProofMessages parse(Layout layout, Reader in) throws Rejection {
    boolean products = layout.layers > 1;
    int hats = layout.layers - 1;
    return new ProofMessages(
        in.point(),
        in.point(),
        in.point(),
        in.point(),
        in.scalar(),
        products ? in.scalar() : Fr.ZERO,
        products ? in.maskedRounds(layout.innerVariables) : List.of(),
        in.scalars(hats),
        in.scalars(hats),
        in.scalar(),
        in.maskedRounds(layout.bitVariables()),
        in.scalar(),
        in.scalar(),
        in.scalar(),
        in.rounds(layout.logSize),
        in.points(HyperKzg.folds(layout.logSize)),
        in.scalars(HyperKzg.remaining(layout.logSize)),
        in.scalar(),
        in.scalars(HyperKzg.evaluations(layout.logSize)),
        in.point(),
        in.point());
  }

  /** Reads front to back; refuses scalars or points that are not valid, as asked. */
  private static final class Reader {
    enum Check {
      SCALARS,
      POINTS
    }

    private final byte[] proof;
    private final Check check;
    private int at;

    Reader(byte[] proof, Check check) {
      this.proof = proof;
      this.check = check;
    }

    Fr scalar() throws Rejection {
      int from = at;
      at += FieldElement.BYTES;
      Rejection.unless(
          check != Check.SCALARS || Fr.isCanonical(proof, from), Verdict.SCALAR_OUT_OF_RANGE);
      return Fr.ofBytes(proof, from);
    }

    G1 point() throws Rejection {
      int from = at;
      at += G1.BYTES;
      if (check != Check.POINTS) {
        return G1.INFINITY;
      }
      return G1.decode(proof, from).orElseThrow(() -> new Rejection(Verdict.INVALID_POINT));
    }

    List<Fr> scalars(int count) throws Rejection {
      var out = new ArrayList<Fr>();
      for (int i = 0; i < count; i++) {
        out.add(scalar());
      }
      return out;
    }

    List<G1> points(int count) throws Rejection {
      var out = new ArrayList<G1>();
      for (int i = 0; i < count; i++) {
        out.add(point());
      }
      return out;
    }

    /** Rounds of degree 2: two coefficients each, for one follows from the claim. */
    List<List<Fr>> rounds(int count) throws Rejection {
      var out = new ArrayList<List<Fr>>();
      for (int t = 0; t < count; t++) {
        out.add(scalars(2));
      }
      return out;
    }

    /** The same with a last round of degree 4. */
    List<List<Fr>> maskedRounds(int count) throws Rejection {
      var out = rounds(count - 1);
      out.add(scalars(4));
      return out;
    }
  }
}
