package org.probity.zk.ceremony;

import java.util.List;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.G2;
import org.probity.zk.curve.G2Vector;
import org.probity.zk.curve.Pairing;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;

/** {@link G1Sequence} with the groups exchanged. */
final class G2Sequence {
  private final Fr rho;
  private Fr next = Fr.ONE;
  private Fr lastWeight = Fr.ONE;
  private G2 sum = G2.INFINITY;
  private G2 first = G2.INFINITY;
  private G2 last = G2.INFINITY;

  G2Sequence(Fr rho) {
    this.rho = rho;
  }

  void add(G2Vector points) {
    if (first.isInfinity()) {
      first = points.get(0);
    }
    last = points.get(points.size() - 1);
    var weights = FieldVector.ofFr(points.size());
    for (int i = 0; i < points.size(); i++) {
      weights.set(i, next);
      lastWeight = next;
      next = next.times(rho);
    }
    sum = sum.plus(points.combination(weights));
  }

  boolean isGeometric(G1 tau) {
    G2 shifted = sum.plus(first.negate()).times(rho.inverse());
    G2 unshifted = sum.plus(last.times(lastWeight).negate());
    return Pairing.productIsOne(List.of(G1.GENERATOR, tau.negate()), List.of(shifted, unshifted));
  }
}
