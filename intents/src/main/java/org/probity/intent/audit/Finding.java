package org.probity.intent.audit;

/**
 * Something that an audit came upon.
 *
 * @param block where
 * @param sentence what, for people
 */
public record Finding(Weight weight, long block, String sentence) {

  /** What it means for the verdict, the worst last. */
  public enum Weight {
    /** Good to know. */
    NOTED,
    /** It could not be looked at, and so it is not passed. */
    UNCHECKED,
    /** The chain, or the node that tells of it, contradicts the vault's rules. */
    WRONG
  }

  static Finding noted(long block, String sentence) {
    return new Finding(Weight.NOTED, block, sentence);
  }

  static Finding unchecked(long block, String sentence) {
    return new Finding(Weight.UNCHECKED, block, sentence);
  }

  static Finding wrong(long block, String sentence) {
    return new Finding(Weight.WRONG, block, sentence);
  }
}
