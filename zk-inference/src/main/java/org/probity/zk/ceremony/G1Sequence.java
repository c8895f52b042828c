package org.probity.zk.ceremony;

import java.util.List;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.G2;
import org.probity.zk.curve.Pairing;
import org.probity.zk.curve.PointVector;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;

/**
 * Whether points that come in pieces are {@code P_i = [τ^i]P_0} for the τ of a point {@code [τ]} of
 * G2. With {@code A = Σ_i ρ^i·P_i} for a random ρ, it is one pairing equation:
 *
 * <pre>{@code e( Σ_{i<n-1} ρ^i·P_{i+1}, 1 ) = e( Σ_{i<n-1} ρ^i·P_i, τ ),
 *   the sums being (A - P_0)/ρ and A - ρ^{n-1}·P_{n-1}. }</pre>
 *
 * <p>It is a polynomial in ρ of a degree below n, so that a sequence with any wrong point passes
 * for fewer than n of the r values of ρ.
 */
public final class G1Sequence {
  private final ComputeBackend backend;
  private final Fr rho;
  private Fr next = Fr.ONE;
  private Fr lastWeight = Fr.ONE;
  private G1 sum = G1.INFINITY;
  private G1 first = G1.INFINITY;
  private G1 last = G1.INFINITY;

  /**
   * @param rho random, not zero, unknown to whoever made the points
   */
  public G1Sequence(ComputeBackend backend, Fr rho) {
    this.backend = backend;
    this.rho = rho;
  }

  /** Takes in the next points, at least one: each on the curve. */
  public void add(PointVector points) {
    if (first.isInfinity()) {
      first = points.get(0);
    }
    last = points.get(points.size() - 1);
    sum = sum.plus(backend.msm(points, weights(points.size())));
  }

  private FieldVector weights(int n) {
    var weights = FieldVector.ofFr(n);
    for (int i = 0; i < n; i++) {
      weights.set(i, next);
      lastWeight = next;
      next = next.times(rho);
    }
    return weights;
  }

  /** Whether all points taken in are as they should be. */
  public boolean isGeometric(G2 tau) {
    G1 shifted = sum.minus(first).times(rho.inverse());
    G1 unshifted = sum.minus(last.times(lastWeight));
    return Pairing.productIsOne(List.of(shifted, unshifted.negate()), List.of(G2.GENERATOR, tau));
  }
}
