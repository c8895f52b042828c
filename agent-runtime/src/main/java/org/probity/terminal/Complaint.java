package org.probity.terminal;

/**
 * What the user is told when a command cannot do its work: one sentence with the cause and the
 * remedy.
 */
public final class Complaint extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public Complaint(String sentence) {
    super(sentence);
  }

  public Complaint(String sentence, Throwable cause) {
    super(sentence, cause);
  }

  /**
   * Takes a number that an option may be.
   *
   * @throws Complaint if it is below {@code least} or above {@code most}
   */
  public static void unlessWithin(String option, int given, int least, int most) {
    if (given < least || given > most) {
      throw new Complaint("%s is %d: it must be %d to %d.".formatted(option, given, least, most));
    }
  }
}
