package org.probity.sim.history;

import java.util.function.LongConsumer;

/** How long a fuzz test goes on. */
final class Fuzzing {

  /** Tests that share the time, over all modules. */
  private static final int SHARES = 20;

  private Fuzzing() {}

  /**
   * One round with {@code seed}; with the system property {@code probity.fuzz.seconds}, rounds with
   * new seeds for this test's share of that time. A failure names the round's seed.
   */
  static void rounds(long seed, LongConsumer round) {
    long until = System.nanoTime() + Long.getLong("probity.fuzz.seconds", 0) * 1_000_000_000 / SHARES;
    long next = seed;
    do {
      try {
        round.accept(next);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("The round with seed %d failed".formatted(next), e);
      }
      next = next == seed ? System.nanoTime() : next + 1;
    } while (System.nanoTime() - until < 0);
  }
}
