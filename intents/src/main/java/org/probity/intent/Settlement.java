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
   */
  record Executed(Receipt receipt, List<AssetDelta> deltas) implements Settlement {

    public Executed {
      deltas = List.copyOf(deltas);
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
   * @param lasting whether it would most likely be refused again before its moment is over
   */
  record Refused(String reason, Optional<Receipt> receipt, boolean lasting) implements Settlement {
    public Refused(String reason, Optional<Receipt> receipt) {
      this(reason, receipt, false);
    }
  }

  /**
   * Nobody knows yet: sent, and not seen in a block in time. The nonce keeps it from acting twice.
   */
  record Unsettled(String reason) implements Settlement {}
}
