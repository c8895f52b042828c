package org.probity.zk.ceremony;

/** A file is not admitted; the message is the rest of a sentence that begins with its name. */
final class Refusal extends Exception {
  private static final long serialVersionUID = 1;

  Refusal(String why) {
    super(why);
  }

  /** Of a file that is damaged or forged. */
  static Refusal damaged(String why, Object... parts) {
    return new Refusal(
        why.formatted(parts) + ": download it again, or take another ceremony's file");
  }
}
