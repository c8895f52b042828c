package org.probity.zk;

/** A verifier's answer; the first failed check in the order of docs/protocol.md, section 10. */
public enum Verdict {
  ACCEPTED,
  /** The model key's header, length or points are not admitted. */
  MALFORMED_KEY,
  /** Not as many features as the model has inputs, or one outside (-2^31, 2^31). */
  MALFORMED_FEATURES,
  /** Not as many decision words as the readout has, or one out of range. */
  MALFORMED_DECISION,
  /** The proof has another length than the key gives. */
  MALFORMED_PROOF,
  /** A scalar of the proof is not below r. */
  SCALAR_OUT_OF_RANGE,
  /** A point of the proof has a coordinate not below p, is off the curve, or is infinity. */
  INVALID_POINT,
  /** The folded evaluations do not end in the sumcheck's last claim. */
  OPENING_MISMATCH,
  /** The pairing equation does not hold. */
  PAIRING_FAILED;

  public boolean accepted() {
    return this == ACCEPTED;
  }
}
