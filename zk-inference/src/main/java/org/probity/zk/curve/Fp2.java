package org.probity.zk.curve;

import java.util.Optional;
import org.probity.zk.field.Fp;

/**
 * An element {@code c0 + c1·u} of the quadratic extension of BN254's base field, {@code u² = -1}.
 */
public record Fp2(Fp c0, Fp c1) {
  public static final Fp2 ZERO = new Fp2(Fp.ZERO, Fp.ZERO);
  public static final Fp2 ONE = new Fp2(Fp.ONE, Fp.ZERO);

  public Fp2 plus(Fp2 other) {
    return new Fp2(c0.plus(other.c0), c1.plus(other.c1));
  }

  public Fp2 minus(Fp2 other) {
    return new Fp2(c0.minus(other.c0), c1.minus(other.c1));
  }

  public Fp2 times(Fp2 other) {
    Fp a = c0.times(other.c0);
    Fp b = c1.times(other.c1);
    return new Fp2(a.minus(b), c0.plus(c1).times(other.c0.plus(other.c1)).minus(a).minus(b));
  }

  public Fp2 times(Fp scale) {
    return new Fp2(c0.times(scale), c1.times(scale));
  }

  public Fp2 square() {
    return new Fp2(c0.plus(c1).times(c0.minus(c1)), c0.times(c1).twice());
  }

  public Fp2 twice() {
    return plus(this);
  }

  /** This to the power of p. */
  Fp2 conjugate() {
    return new Fp2(c0, c1.negate());
  }

  public Fp2 negate() {
    return new Fp2(c0.negate(), c1.negate());
  }

  /**
   * The multiplicative inverse.
   *
   * @throws ArithmeticException if this is zero
   */
  public Fp2 inverse() {
    Fp norm = c0.square().plus(c1.square()).inverse();
    return new Fp2(c0.times(norm), c1.times(norm).negate());
  }

  /** A square root, if there is one (the complex method: p is 3 modulo 4). */
  public Optional<Fp2> squareRoot() {
    Optional<Fp> norm = c0.square().plus(c1.square()).squareRoot();
    if (norm.isEmpty()) {
      return Optional.empty();
    }
    Fp half = Fp.of(2).inverse();
    Optional<Fp> real = c0.plus(norm.get()).times(half).squareRoot();
    if (real.isEmpty()) {
      real = c0.minus(norm.get()).times(half).squareRoot();
    }
    if (real.isEmpty()) {
      return Optional.empty();
    }
    Fp2 root =
        real.get().isZero()
            ? new Fp2(Fp.ZERO, c0.negate().squareRoot().orElse(Fp.ZERO))
            : new Fp2(real.get(), c1.times(half).times(real.get().inverse()));
    return root.square().equals(this) ? Optional.of(root) : Optional.empty();
  }

  public boolean isZero() {
    return c0.isZero() && c1.isZero();
  }
}
