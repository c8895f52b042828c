package org.probity.zk.ceremony;

/** A file is not admitted; the message is the rest of a sentence that begins with its name. */
final class Refusal extends Exception {
  private static final long serialVersionUID = 1;

  /** What to do about a file that is damaged or forged. */
  static final String ANOTHER = ": download it again, or take another ceremony's file";

  Refusal(String why) {
    super(why);
  }
}
