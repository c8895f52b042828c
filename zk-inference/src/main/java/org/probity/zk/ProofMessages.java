package org.probity.zk;

import java.util.ArrayList;
import java.util.List;
import org.probity.zk.curve.G1;
import org.probity.zk.field.FieldElement;
import org.probity.zk.field.Fr;

/**
 * A proof taken apart into its messages (docs/protocol.md, section 5), each scalar and each point
 * checked. Lists of rounds hold what each round sends.
 *
 * @param first message 1
 * @param products messages 2 and 3; empty for a network of one layer
 * @param bits messages 5 and 6
 * @param linearRounds message 7
 * @param opening messages 8 to 11
 */
record ProofMessages(
    Commitments first, Products products, Bits bits, List<List<Fr>> linearRounds, Opening opening) {

  /** Commitments to B, A, M1 and M2, and μ. */
  record Commitments(G1 bits, G1 aux, G1 mask1, G1 mask2, Fr mu) {}

  /** S1, the rounds, ŵ_2 .. ŵ_L and â_2 .. â_L. */
  record Products(Fr sum, List<List<Fr>> rounds, List<Fr> weights, List<Fr> inputs) {}

  /** C2, the rounds, B̂, Ŝ and T̂. */
  record Bits(Fr sum, List<List<Fr>> rounds, Fr bit, Fr sign, Fr magnitude) {}

  /**
   * The opening.
   *
   * @param folds P_1 .. P_f, {@code rest} the last fold's coefficients, and {@code blinder} β
   * @param evaluations message 9
   * @param quotient W; {@code last} W'
   */
  record Opening(
      List<G1> folds, List<Fr> rest, Fr blinder, List<Fr> evaluations, G1 quotient, G1 last) {}

  /** Reads a proof: its length first, then every scalar, then every point. */
  static ProofMessages read(Layout layout, byte[] proof) throws Rejection {
    Rejection.unless(proof.length == layout.proofBytes(), Verdict.MALFORMED_PROOF);
    parse(layout, new Reader(proof, Reader.Check.SCALARS));
    return parse(layout, new Reader(proof, Reader.Check.POINTS));
  }

  private static ProofMessages parse(Layout layout, Reader in) throws Rejection {
    int hats = layout.layers - 1;
    return new ProofMessages(
        new Commitments(in.point(), in.point(), in.point(), in.point(), in.scalar()),
        hats == 0
            ? new Products(Fr.ZERO, List.of(), List.of(), List.of())
            : new Products(
                in.scalar(),
                in.maskedRounds(layout.innerVariables),
                in.scalars(hats),
                in.scalars(hats)),
        new Bits(
            in.scalar(),
            in.maskedRounds(layout.bitVariables()),
            in.scalar(),
            in.scalar(),
            in.scalar()),
        in.rounds(layout.logSize),
        new Opening(
            in.points(HyperKzg.folds(layout.logSize)),
            in.scalars(HyperKzg.remaining(layout.logSize)),
            in.scalar(),
            in.scalars(HyperKzg.evaluations(layout.logSize)),
            in.point(),
            in.point()));
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
