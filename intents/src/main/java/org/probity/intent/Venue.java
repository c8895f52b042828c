package org.probity.intent;

/** Where proven intents are executed. */
public interface Venue {

  /**
   * What executing {@code proposal} would come to, before anybody pays for a proof of it.
   *
   * @throws IllegalStateException if the venue sees other features, or would ask for another
   *     context, than the proposal has: its proof could not hold there
   * @throws org.probity.chain.ChainException if the chain does not answer
   */
  Prospect prospect(Proposal proposal);

  /**
   * Has {@code intent} executed and waits for what becomes of it.
   *
   * @throws org.probity.chain.ChainException if the chain does not answer before anything was sent
   */
  Settlement submit(ProvenIntent intent);
}
