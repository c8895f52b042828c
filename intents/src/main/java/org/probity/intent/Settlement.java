package org.probity.intent;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import org.probity.chain.Address;
import org.probity.chain.Receipt;

/** What became of an intent. */
public sealed interface Settlement {

  /**
   * The vault carried it out.
   *
   * @param deltas what the vault gained, asset by asset; empty for a hold
   * @param quotes what its execution was said to come to at the policy's venues: first the one that
   *     was sent, then the others as they were asked for; empty where there was nothing to choose
   *     from, or another sent it
   */
  record Executed(Receipt receipt, List<AssetDelta> deltas, List<VenueQuote> quotes)
      implements Settlement {

    public Executed {
      deltas = List.copyOf(deltas);
      quotes = List.copyOf(quotes);
    }

    /** Of what nothing was quoted. */
    public Executed(Receipt receipt, List<AssetDelta> deltas) {
      this(receipt, deltas, List.of());
    }

    /** Whether anything was exchanged. */
    public boolean traded() {
      return !deltas.isEmpty();
    }

    /** What the vault gained of {@code asset}, in the token's smallest unit. */
    public BigInteger gained(Address asset) {
      return deltas.stream()
          .filter(delta -> delta.asset().equals(asset))
          .map(AssetDelta::amount)
          .reduce(BigInteger.ZERO, BigInteger::add);
    }
  }

  /**
   * The vault refused it, before it was sent or in a block.
   *
   * @param receipt of the transaction that was mined and reverted; empty if none was sent
   */
  record Refused(String reason, Optional<Receipt> receipt) implements Settlement {}

  /**
   * The vault refused it for what the market or the clock was just then ({@link
   * org.probity.intent.policy.Refusal#passes}): in a later block of its moment it may take it.
   *
   * @param receipt of the transaction that was mined and reverted; empty if none was sent
   */
  record NotNow(String reason, Optional<Receipt> receipt) implements Settlement {}

  /**
   * Nobody knows yet: sent, and not seen in a block in time. The nonce keeps it from acting twice.
   */
  record Unsettled(String reason) implements Settlement {}
}
