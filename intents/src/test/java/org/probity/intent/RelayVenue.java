package org.probity.intent;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.probity.chain.Call;
import org.probity.chain.ChainException;

/**
 * An example of a venue: a relay executes the intent from an account of its own and pays for it;
 * what it leaves undone, the agent sends itself.
 *
 * <p>The relay needs no trust. It cannot change the intent, which its proof is bound to, and the
 * vault's nonce lets only one of two executions through. So the agent may send its own without
 * asking whether the relay has given up, and what became of an intent is read from the vault's
 * record, whoever sent it.
 */
final class RelayVenue implements Venue {

  /** Sends calls of others. */
  @FunctionalInterface
  interface Relay {

    /**
     * Takes a call that anyone may send.
     *
     * @throws ChainException if it does not take it
     */
    void offer(Call execution);
  }

  /**
   * How long the relay is waited for.
   *
   * @param looks how often the chain is asked whether the intent is executed
   * @param pause between two looks
   */
  record Patience(int looks, Duration pause) {}

  private final Vault vault;
  private final Relay relay;
  private final Patience patience;
  private final Venue own;

  /**
   * @param own executes what the relay does not
   */
  RelayVenue(Vault vault, Relay relay, Patience patience, Venue own) {
    this.vault = vault;
    this.relay = relay;
    this.patience = patience;
    this.own = own;
  }

  /** Whoever sends it, the vault does the same. */
  @Override
  public Prospect prospect(Proposal proposal) {
    return own.prospect(proposal);
  }

  @Override
  public Settlement submit(ProvenIntent intent) {
    try {
      relay.offer(vault.execution(intent));
    } catch (ChainException _) {
      return own.submit(intent); // nothing was sent yet
    }
    try {
      return relayed(intent.proposal()).orElseGet(() -> sentByItself(intent));
    } catch (ChainException e) {
      return new Settlement.Unsettled("a relay has it, and the chain does not answer: " + e);
    }
  }

  /** What became of it while the relay was waited for; empty if nothing did. */
  private Optional<Settlement> relayed(Proposal proposal) {
    for (int look = 0; look < patience.looks(); look++) {
      switch (standing(proposal)) {
        case Standing.Concluded(Settlement settlement) -> {
          return Optional.of(settlement);
        }
        case Standing.Void(String reason) -> {
          return Optional.of(new Settlement.Refused(reason, Optional.empty()));
        }
        case Standing.Open _, Standing.Underway _ ->
            LockSupport.parkNanos(patience.pause().toNanos());
      }
    }
    return Optional.empty();
  }

  /** A refusal may mean that the relay came first. */
  private Settlement sentByItself(ProvenIntent intent) {
    Settlement settlement = own.submit(intent);
    return settlement instanceof Settlement.Refused
        ? vault.execution(intent.proposal()).<Settlement>map(done -> done).orElse(settlement)
        : settlement;
  }

  /** The vault's record comes first: the agent's own transactions do not know of the relay's. */
  @Override
  public Standing standing(Proposal proposal) {
    return vault
        .execution(proposal)
        .<Standing>map(Standing.Concluded::new)
        .orElseGet(() -> own.standing(proposal));
  }
}
