package org.probity.agent.checks;

import java.util.Locale;

/**
 * What came of one look.
 *
 * @param seen what was looked at and found, in words; for what was not looked at, why
 * @param remedy what to do about it; empty if nothing is to be done
 */
public record Finding(Verdict verdict, String seen, String remedy) {

  /** How it is. */
  public enum Verdict {
    FINE,
    NOT_LOOKED_AT,
    /** It may work; whoever knows better goes on. */
    DOUBTFUL,
    /** It cannot work. */
    WRONG;

    /** In words. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  public static Finding fine(String seen) {
    return new Finding(Verdict.FINE, seen, "");
  }

  public static Finding doubtful(String seen, String remedy) {
    return new Finding(Verdict.DOUBTFUL, seen, remedy);
  }

  public static Finding wrong(String seen, String remedy) {
    return new Finding(Verdict.WRONG, seen, remedy);
  }

  /**
   * A sentence of cause and remedy, as exceptions of ours have it: the remedy follows the last
   * colon.
   */
  static Finding wrong(String sentence) {
    int colon = sentence.lastIndexOf(": ");
    return colon < 0
        ? wrong(stripped(sentence), "")
        : wrong(sentence.substring(0, colon), stripped(sentence.substring(colon + 2)));
  }

  static Finding notLookedAt(String because) {
    return new Finding(Verdict.NOT_LOOKED_AT, because, "");
  }

  /** Cause and remedy as one sentence. */
  public String sentence() {
    return remedy.isEmpty() ? seen + "." : seen + ": " + remedy + ".";
  }

  private static String stripped(String sentence) {
    return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
  }
}
