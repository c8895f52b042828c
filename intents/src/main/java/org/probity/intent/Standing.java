package org.probity.intent;

/** How a decision stands with its venue. */
public sealed interface Standing {

  /** It was never sent, and the vault would still take it. */
  record Open() implements Standing {}

  /**
   * It was sent and may still be executed.
   *
   * @param detail what is waited for
   */
  record Underway(String detail) implements Standing {}

  /** It was sent, and this came of it. */
  record Concluded(Settlement settlement) implements Standing {}

  /**
   * It can no longer be executed: its head is in no block any more, its nonce is spent, its time is
   * over, or its transaction is lost.
   */
  record Void(String reason) implements Standing {}
}
