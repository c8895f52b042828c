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

  /**
   * What has become of a decision that may have been sent, as far as the chain and the record of
   * what was sent can tell: the question to ask after a crash or a reorg, before anything else is
   * done.
   *
   * @throws org.probity.chain.ChainException if the chain does not answer
   */
  Standing standing(Proposal proposal);
}
