package org.probity.intent.conduct;

/** The long states of an agent. Snapshots hold them by their place: new ones go to the end. */
public enum Life {
  /** Its journal is empty: nobody has created it. */
  UNBORN,
  /** It decides at every moment of its vault's schedule. */
  ACTIVE,
  /** It follows what it has sent, and decides nothing new until it is resumed. */
  PAUSED,
  /** It follows what it has sent, and never decides again. */
  RETIRED
}
