package org.probity.intent.conduct;

import org.jspecify.annotations.Nullable;
import org.probity.chain.Head;

/** What an agent does at the moment; follows from its state, and is found again after a crash. */
sealed interface Phase {

  record Outfitting() implements Phase {}

  record Idle() implements Phase {}

  record Observing(Head head) implements Phase {}

  record Asking() implements Phase {}

  record Proving() implements Phase {}

  record Settling() implements Phase {}

  /**
   * @param head to be tried again; null if the state says what to do next
   */
  record Pausing(@Nullable Head head) implements Phase {}
}
