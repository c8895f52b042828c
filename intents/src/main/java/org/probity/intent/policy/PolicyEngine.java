package org.probity.intent.policy;

import java.util.Optional;
import org.probity.chain.Address;

/**
 * What a decision comes to under a policy, now: which steps, how large, at which worst prices; or
 * why none. Exactly {@code PolicyEngine.sol}.
 *
 * <p>What depends on the market or the clock is refused, since a later block may answer otherwise;
 * what follows from the decision, the policy and the books alone gives no step and a reason. The
 * contract is told where in a pool's ring to look and refuses wrong hints; here the market finds
 * its past by itself, and a past that it does not hold is {@code HistoryTooShort}, the contract's
 * answer to who asks it for hints.
 */
public final class PolicyEngine {

  private final Optional<Address> sequencer;

  /**
   * The engine of a chain.
   *
   * @param sequencer the chain's uptime feed, where it has one
   */
  public PolicyEngine(Optional<Address> sequencer) {
    this.sequencer = sequencer;
  }

  /**
   * Outputs, sizes, caps, guard, in this order.
   *
   * @param now the block's time
   * @param market as it is then
   */
  public Planned plan(PlanInput input, long now, MarketView market) {
    try {
      return new Planning(input, now, market, sequencer).plan();
    } catch (Refused e) {
      return e.refusal();
    }
  }
}
