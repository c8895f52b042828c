package org.probity.zk;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.probity.zk.curve.Accumulator;
import org.probity.zk.curve.G1;
import org.probity.zk.field.Fr;

/** A linear combination of points, computed with one chain of doublings for all (Straus). */
final class Combination {
  private final List<BigInteger> scalars = new ArrayList<>();
  private final List<G1> points = new ArrayList<>();

  void add(Fr scalar, G1 point) {
    scalars.add(scalar.toBigInteger());
    points.add(point);
  }

  G1 sum() {
    var sum = new Accumulator();
    int bits = scalars.stream().mapToInt(BigInteger::bitLength).max().orElse(0);
    for (int bit = bits - 1; bit >= 0; bit--) {
      sum.twice();
      for (int i = 0; i < points.size(); i++) {
        if (scalars.get(i).testBit(bit)) {
          sum.add(points.get(i));
        }
      }
    }
    return sum.toAffine();
  }
}
