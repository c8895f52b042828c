package org.probity.zk;

import java.util.Arrays;
import org.probity.zk.field.Fr;

/**
 * All the fresh randomness of one proof, drawn before its first message: nothing here ever serves a
 * second proof.
 */
final class Masks {
  private final MaskBlock place;

  /** The mask block of the aux vector. */
  final Fr[] block;

  final UnivariateMask g1;
  final UnivariateMask g2;
  final SparseMask m1;
  final SparseMask m2;
  final Fr bitsBlinder;
  final Fr auxBlinder;
  final Fr m1Blinder;
  final Fr m2Blinder;

  Masks(Layout layout, Entropy entropy) {
    place = layout.masks;
    block = new Fr[place.count()];
    Arrays.setAll(block, _ -> entropy.nextFr());
    g1 = new UnivariateMask(block, place.g1());
    g2 = new UnivariateMask(block, place.g2());
    m1 = new SparseMask(layout.logSize, 1, entropy);
    m2 = new SparseMask(layout.logSize, 2, entropy);
    bitsBlinder = entropy.nextFr();
    auxBlinder = entropy.nextFr();
    m1Blinder = entropy.nextFr();
    m2Blinder = entropy.nextFr();
  }

  /** Lets go of every mask; an {@link Fr} itself cannot be overwritten. */
  void clear() {
    Arrays.fill(block, Fr.ZERO);
    m1.entries().clear();
    m2.entries().clear();
  }

  /** The mask {@code u_l} of layer l's weights in sumcheck 1. */
  Fr u(int l) {
    return block[place.u(l)];
  }

  /** The mask {@code v_l} of layer l's inputs in sumcheck 1. */
  Fr v(int l) {
    return block[place.v(l)];
  }

  Fr bit() {
    return block[place.bit()];
  }

  Fr sign() {
    return block[place.sign()];
  }

  Fr magnitude() {
    return block[place.magnitude()];
  }
}
