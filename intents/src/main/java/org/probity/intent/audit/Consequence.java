package org.probity.intent.audit;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.probity.chain.Address;
import org.probity.intent.policy.Loan;
import org.probity.intent.policy.LoanStep;
import org.probity.intent.policy.Plan;
import org.probity.intent.policy.Plan.Reason;
import org.probity.intent.policy.PlanStep;
import org.probity.intent.policy.Planned;
import org.probity.intent.policy.Policy.Numbers;
import org.probity.intent.policy.Refusal;
import org.probity.intent.policy.VaultLedger;
import org.probity.intent.policy.VaultLedger.Moved;
import org.probity.intent.policy.VaultLedger.Told;
import org.probity.intent.policy.VaultLedger.Used;

/** What an execution's events tell, against the plan that its decision came to. */
final class Consequence {

  private static final BigInteger BPS = BigInteger.valueOf(10_000);

  private final VaultLedger before;
  private final Plan plan;
  private final Told told;
  private final long now;
  private final List<String> strays = new ArrayList<>();

  /** What of the numeraire came by loans before the trades. */
  private BigInteger borrowed = BigInteger.ZERO;

  private Consequence(VaultLedger before, Plan plan, Told told, long now) {
    this.before = before;
    this.plan = plan;
    this.told = told;
    this.now = now;
  }

  /**
   * What does not follow.
   *
   * @param before the ledger before the execution at the time {@code now}
   * @param reason that the event tells for there being no step
   */
  static List<String> strays(
      VaultLedger before, Planned planned, Told told, Reason reason, long now) {
    return switch (planned) {
      case Refusal refusal -> List.of("its policy would have refused it: %s".formatted(refusal));
      case Plan plan when plan.reason() != reason ->
          List.of("it came to %s, and its decision to %s".formatted(reason, Market.words(planned)));
      case Plan plan -> new Consequence(before, plan, told, now).found();
    };
  }

  private List<String> found() {
    Map<Integer, PlanStep> steps = new HashMap<>();
    plan.steps().forEach(step -> steps.put(step.asset(), step));
    for (int i = 1; i < told.deltas().size(); i++) {
      int sign = told.deltas().get(i).signum();
      PlanStep step = steps.get(i);
      if (sign != 0 && (step == null || (sign < 0) != step.sell())) {
        strays.add("it changed the book of asset %s, and its plan does not".formatted(i));
      }
    }
    lent();
    Optional<Used> used = told.used();
    if (strays.isEmpty() && used.isPresent()) {
      traded(used.get());
    }
    return strays;
  }

  /** Loans in their order, each of its amount, or of what was free or owed then. */
  private void lent() {
    List<BigInteger> free = new ArrayList<>(before.amounts());
    Iterator<Moved> moved = told.loans().iterator();
    for (LoanStep step : plan.before()) {
      BigInteger amount = moved(moved, step);
      if (!amount.equals(step.amount())) {
        strays.add("it moved %s in a loan, and its plan %s".formatted(amount, step.amount()));
      }
      free.set(step.asset(), free.get(step.asset()).add(amount));
      if (step.asset() == 0) {
        borrowed = borrowed.add(amount);
      }
    }
    for (int i = 0; i < free.size(); i++) {
      free.set(i, free.get(i).add(told.deltas().get(i)));
    }
    for (LoanStep step : plan.later()) {
      BigInteger most = step.amount().min(free.get(step.asset()));
      if (most.signum() == 0) {
        continue; // it was left out
      }
      BigInteger amount = moved(moved, step);
      // Others may have repaid of what is owed.
      boolean fits = step.loan() == Loan.REPAY ? amount.compareTo(most) <= 0 : amount.equals(most);
      if (!fits) {
        strays.add("it moved %s in a loan, and its plan %s".formatted(amount, most));
      }
      free.set(step.asset(), free.get(step.asset()).subtract(amount));
    }
    if (moved.hasNext()) {
      strays.add("it moved more loans than its plan has");
    }
  }

  private BigInteger moved(Iterator<Moved> moved, LoanStep step) {
    if (!moved.hasNext()) {
      strays.add("it left out a loan of its plan");
      return BigInteger.ZERO;
    }
    Moved next = moved.next();
    Address token = before.policy().parts().assets().get(step.asset()).token();
    if (next.loan() != step.loan() || !next.place().token().equals(token)) {
      strays.add(
          "it moved the loan %s of %s, and its plan %s of %s"
              .formatted(next.loan(), next.place().token(), step.loan(), token));
    }
    return next.amount();
  }

  /** Each step by what was given and received; one asset has one step at most. */
  private void traded(Used used) {
    Numbers limits = before.policy().limits().numbers();
    BigInteger left = used.turnover().subtract(before.turnoverUsed(now));
    BigInteger least = BigInteger.ZERO;
    BigInteger wanted = BigInteger.ZERO;
    int buys = 0;
    for (PlanStep step : plan.steps()) {
      if (step.amountIn().signum() == 0) {
        continue; // it was left out
      }
      if (step.sell()) {
        BigInteger given = delta(step).negate();
        require(step, step.amountIn(), given, limits);
        left = left.subtract(step.used(given, step.amountIn()));
        least = least.add(step.least(given));
      } else {
        wanted = wanted.add(step.amountIn());
        buys += delta(step).signum();
      }
    }
    // What is left of the turnover is what was given for what was bought.
    BigInteger received = told.deltas().getFirst().add(left);
    if (received.compareTo(least) < 0) {
      strays.add("it received %s for what it sold, less than %s".formatted(received, least));
    }
    BigInteger funds = before.amounts().getFirst().add(borrowed).add(received);
    BigInteger share = wanted.min(funds);
    requireBuys(wanted, share, left, buys, limits);
    requireLoss(used);
  }

  private void requireBuys(
      BigInteger wanted, BigInteger share, BigInteger given, int buys, Numbers limits) {
    if (given.compareTo(share) > 0 || given.signum() < 0) {
      strays.add("it gave %s for what it bought, of %s at most".formatted(given, share));
    }
    for (PlanStep step : plan.steps()) {
      if (step.sell() || delta(step).signum() == 0) {
        continue;
      }
      BigInteger amountIn = step.amountIn().multiply(share).divide(wanted);
      if (buys == 1) {
        require(step, amountIn, given, limits);
      }
      BigInteger fill =
          buys == 1 ? given : ceil(amountIn.multiply(BigInteger.valueOf(limits.minFillBps())), BPS);
      if (delta(step).compareTo(step.least(fill)) < 0) {
        strays.add(
            "it bought %s of asset %s for %s, above its worst price"
                .formatted(delta(step), step.asset(), fill));
      }
    }
  }

  private void require(PlanStep step, BigInteger amountIn, BigInteger given, Numbers limits) {
    BigInteger least = amountIn.multiply(BigInteger.valueOf(limits.minFillBps()));
    if (given.compareTo(amountIn) > 0 || given.multiply(BPS).compareTo(least) < 0) {
      strays.add(
          "it gave %s in the step of asset %s, and its plan %s"
              .formatted(given, step.asset(), amountIn));
    }
  }

  /** At the price that losses are measured with, which is the plan's. */
  private void requireLoss(Used used) {
    BigInteger gained = told.deltas().getFirst();
    for (PlanStep step : plan.steps()) {
      gained = gained.add(step.valued(delta(step)));
    }
    BigInteger lost = used.dayLoss().subtract(before.losses(now).day());
    if (!gained.negate().max(BigInteger.ZERO).equals(lost)) {
      strays.add(
          "it counts a loss of %s, and its plan's prices make %s of it"
              .formatted(lost, gained.negate().max(BigInteger.ZERO)));
    }
  }

  private BigInteger delta(PlanStep step) {
    return told.deltas().get(step.asset());
  }

  private static BigInteger ceil(BigInteger value, BigInteger by) {
    return value.add(by).subtract(BigInteger.ONE).divide(by);
  }
}
