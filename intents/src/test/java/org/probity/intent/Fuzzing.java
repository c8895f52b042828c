package org.probity.intent;

/** How long a fuzz test goes on. */
public final class Fuzzing {

  /** Tests that share the time, over all modules. */
  private static final int SHARES = 20;

  private Fuzzing() {}

  /** One round of a test. */
  public interface Round {
    void with(long seed) throws Exception;
  }

  /**
   * One round with {@code seed}; with the system property {@code probity.fuzz.seconds}, rounds with
   * new seeds for this test's share of that time. A failure names the round's seed.
   */
  public static void rounds(long seed, Round round) {
    long share = Long.getLong("probity.fuzz.seconds", 0) * 1_000_000_000 / SHARES;
    long begun = System.nanoTime();
    long next = seed;
    do {
      try {
        round.with(next);
      } catch (Exception | AssertionError e) {
        throw new AssertionError("The round with seed %d failed".formatted(next), e);
      }
      next = next == seed ? begun : next + 1;
    } while (System.nanoTime() - begun < share);
  }
}
