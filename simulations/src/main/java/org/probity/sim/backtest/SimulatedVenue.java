package org.probity.sim.backtest;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.function.LongUnaryOperator;
import java.util.stream.Stream;
import org.probity.chain.Receipt;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.Settlement;
import org.probity.intent.Standing;
import org.probity.intent.VaultState;
import org.probity.intent.policy.LoanStep;
import org.probity.intent.policy.Plan;
import org.probity.intent.policy.PlanStep;
import org.probity.intent.policy.Planned;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.Refusal;
import org.probity.intent.policy.VaultDecision;

/**
 * What {@code DirectVenue} would say, of a simulated vault: in the same order, but for words. A
 * refusal of the vault's is told as the contract names it.
 */
final class SimulatedVenue {

  private final SimulatedVault vault;
  private final LongUnaryOperator nextBlock;

  /**
   * @param nextBlock the time of the block after a moment
   */
  SimulatedVenue(SimulatedVault vault, LongUnaryOperator nextBlock) {
    this.vault = vault;
    this.nextBlock = nextBlock;
  }

  /** What executing {@code proposal} would come to; its head must be the market's present. */
  Prospect prospect(Proposal proposal) {
    Optional<Refusal> refusal = notNow(proposal);
    if (refusal.isPresent()) {
      return nothing(refusal.get());
    }
    return switch (planned(proposal.statement(), proposal.head().timestamp())) {
      case Refusal refused -> nothing(refused);
      case Plan plan when plan.steps().isEmpty() && !plan.lends() ->
          new Prospect.Hold(plan.reason());
      case Plan plan -> {
        // Loans by themselves are no trade.
        Optional<Refusal> against =
            plan.steps().isEmpty() ? Optional.empty() : mayNotTrade(proposal);
        yield against.map(SimulatedVenue::nothing).orElseGet(() -> moving(plan));
      }
    };
  }

  private Prospect moving(Plan plan) {
    List<Policy.Asset> assets = vault.policy().parts().assets();
    return new Prospect.Trade(
        plan.steps().stream().map(this::step).toList(),
        Stream.concat(plan.before().stream(), plan.later().stream())
            .map(move ->
                new Prospect.Move(assets.get(move.asset()).token(), move.loan(), move.amount()))
            .toList());
  }

  /** What moved the price in the head's own block is the market's in the next one. */
  private Planned planned(VaultDecision decision, long head) {
    return vault.plan(decision, head, nextBlock.applyAsLong(head)) instanceof Plan plan
        ? plan
        : vault.plan(decision, head);
  }

  private static Prospect nothing(Refusal refusal) {
    return Refusal.passes(refusal.error())
        ? new Prospect.NotNow(refusal.toString())
        : new Prospect.Refused(refusal.toString());
  }

  /** What the vault's own clock and books say against it. */
  private Optional<Refusal> notNow(Proposal proposal) {
    long asOf = proposal.observation().asOf();
    long oldest = proposal.head().timestamp() - limits().maxAge();
    if (proposal.observation().state().paused()) {
      return Optional.of(new Refusal("Paused", List.of()));
    }
    return asOf < oldest
        ? Optional.of(new Refusal("Stale", List.of(asOf, oldest)))
        : Optional.empty();
  }

  private Policy.Numbers limits() {
    return vault.policy().limits().numbers();
  }

  private Prospect.Step step(PlanStep step) {
    BigInteger notional = step.notional();
    return new Prospect.Step(
        vault.policy().parts().assets().get(step.asset()).token(),
        step.sell() ? notional.negate() : notional);
  }

  private Prospect.Move move(LoanStep step) {
    return new Prospect.Move(
        vault.policy().parts().assets().get(step.asset()).token(), step.loan(), step.amount());
  }

  /** What keeps a vault from trading, though not from recording a decision. */
  private Optional<Refusal> mayNotTrade(Proposal proposal) {
    VaultState state = proposal.observation().state();
    long now = proposal.head().timestamp();
    long earliest = state.lastTradeTime() + limits().minInterval();
    if (now < earliest) {
      return Optional.of(new Refusal("TooSoon", List.of(now, earliest)));
    }
    if (state.dayLoss().compareTo(limits().dayLoss()) >= 0) {
      return Optional.of(
          new Refusal("DayLossReached", List.of(state.dayLoss(), limits().dayLoss())));
    }
    return state.monthLoss().compareTo(limits().monthLoss()) >= 0
        ? Optional.of(
            new Refusal("MonthLossReached", List.of(state.monthLoss(), limits().monthLoss())))
        : Optional.empty();
  }

  static Settlement refused(Refusal refusal, Optional<Receipt> receipt) {
    return Refusal.passes(refusal.error())
        ? new Settlement.NotNow(refusal.toString(), receipt)
        : new Settlement.Refused(refusal.toString(), receipt);
  }

  /** How a decision stands that was never sent. */
  Standing standing(Proposal proposal) {
    long nonce = proposal.observation().state().nonce().longValueExact();
    return nonce == vault.ledger().nonce()
        ? new Standing.Open()
        : new Standing.Void("its nonce is spent");
  }
}
