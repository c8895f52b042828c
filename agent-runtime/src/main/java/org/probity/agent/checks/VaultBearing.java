package org.probity.agent.checks;

import java.util.List;
import java.util.Optional;
import org.probity.chain.ChainClient;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyBearing;

/**
 * What the policy of a vault that is there bears on its pools as they are.
 *
 * @param pools one for each of the policy's
 */
public record VaultBearing(PolicyBearing bearing, List<PolicyBearing.PoolFacts> pools) {

  public VaultBearing {
    pools = List.copyOf(pools);
  }

  /**
   * Looks at pools and sources.
   *
   * @param exam is told of each check
   * @return empty if a pool or the program cannot be used
   */
  public static Optional<VaultBearing> look(Examination exam, ChainClient chain, Policy policy) {
    return MarketChecks.ofVault(exam, chain, policy, Optional.empty());
  }
}
