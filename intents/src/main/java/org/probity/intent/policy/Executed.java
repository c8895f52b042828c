package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.List;

/**
 * A decision was carried out, or was found to lead to no step.
 *
 * @param ledger what the vault remembers afterwards
 * @param deltas what it gained of each asset, negative for what it gave
 */
public record Executed(VaultLedger ledger, Plan plan, List<BigInteger> deltas)
    implements Execution {
  public Executed {
    deltas = List.copyOf(deltas);
  }
}
