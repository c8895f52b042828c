package org.probity.agent.study;

/** What went wrong, in words that another node can be told. */
final class Failures {

  private static final int LONGEST = 2_000;

  private Failures() {}

  static String words(Throwable failure) {
    String message = failure.getMessage();
    String words = message == null ? failure.getClass().getSimpleName() : message;
    return words.length() > LONGEST ? words.substring(0, LONGEST) : words;
  }
}
