package org.probity.zk;

/** The steps of a proof, in their order (docs/protocol.md, section 5). */
public enum ProofStep {
  /** The network's run, every private value in its slot, the masks. */
  WITNESS,
  /** The first message: commitments to bits, activations and masks. */
  COMMITMENTS,
  /** The fold of the model rows, and the sumcheck of the matrix-vector products. */
  PRODUCTS,
  /** The sumcheck of bits and activations. */
  BITS,
  /** The sumcheck of the linear claims. */
  LINEAR,
  /** The opening: folds, quotients and their commitments. */
  OPENING
}
