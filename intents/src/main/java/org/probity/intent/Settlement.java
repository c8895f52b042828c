package org.probity.intent;

import java.math.BigInteger;
import java.util.Optional;
import org.probity.chain.Receipt;

/** What became of an intent. */
public sealed interface Settlement {

  /**
   * The vault carried it out.
   *
   * @param baseDelta what the vault gained of its base asset, in the token's smallest unit;
   *     negative if it sold
   * @param quoteDelta the same of its quote asset; both are 0 for a hold
   */
  record Executed(Receipt receipt, BigInteger baseDelta, BigInteger quoteDelta)
      implements Settlement {

    /** Whether anything was exchanged. */
    public boolean traded() {
      return baseDelta.signum() != 0 || quoteDelta.signum() != 0;
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
