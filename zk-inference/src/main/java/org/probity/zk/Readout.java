package org.probity.zk;

/** How the last layer's values become a decision. */
public enum Readout {
  /** The lowest index of the greatest value. */
  ARGMAX,
  /** Every value, shifted right (floor) by the last layer's shift. */
  LINEAR
}
