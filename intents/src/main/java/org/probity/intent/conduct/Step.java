package org.probity.intent.conduct;

/**
 * The steps from a head to a receipt. Journals hold them by their place: new ones go to the end.
 */
public enum Step {
  OUTFITTING("getting ready"),
  OBSERVING("reading the features"),
  ASKING("asking what has become of it"),
  PROVING("proving"),
  CHECKING("checking its own proof"),
  SETTLING("executing");

  private final String words;

  Step(String words) {
    this.words = words;
  }

  @Override
  public String toString() {
    return words;
  }
}
