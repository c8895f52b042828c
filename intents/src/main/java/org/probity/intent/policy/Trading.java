package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.probity.chain.Address;
import org.probity.intent.policy.Policy.Numbers;
import org.probity.intent.policy.VaultLedger.Book;
import org.probity.intent.policy.VaultLedger.Losses;
import org.probity.strategy.feature.Bucket;

/** The steps and loans of one decision being carried out, as {@code Vault.sol} does. */
final class Trading {

  private static final BigInteger HEALTH_BPS = BigInteger.TEN.pow(14);
  private static final BigInteger MASK_96 = BigInteger.ONE.shiftLeft(96).subtract(BigInteger.ONE);

  private final VaultLedger before;
  private final VaultDecision decision;
  private final long now;
  private final Plan plan;
  private final StepAction action;
  private final LoanMarket market;
  private final Numbers limits;
  private final List<BigInteger> books;

  /** By asset, what trades changed and what loans did. */
  private final BigInteger[] deltas;

  private final BigInteger[] lent;
  private LoanBooks loans;
  private BigInteger turned = BigInteger.ZERO;
  private BigInteger gained = BigInteger.ZERO;

  Trading(
      VaultLedger before,
      VaultDecision decision,
      long now,
      Plan plan,
      StepAction action,
      LoanMarket market) {
    this.before = before;
    this.decision = decision;
    this.now = now;
    this.plan = plan;
    this.action = action;
    this.market = market;
    this.limits = before.policy().limits().numbers();
    this.books = before.amounts();
    this.deltas = new BigInteger[books.size()];
    this.lent = new BigInteger[books.size()];
    this.loans = before.loans();
    Arrays.fill(deltas, BigInteger.ZERO);
    Arrays.fill(lent, BigInteger.ZERO);
  }

  Executed executed() {
    // What only repays and supplies makes no debt less safe.
    boolean risks = !plan.before().isEmpty();
    BigInteger health = risks ? market.health() : BigInteger.ZERO;
    plan.before().forEach(step -> lend(step, step.amount()));
    trade();
    plan.later().forEach(step -> lend(step, step.amount().min(free(step.asset()))));
    if (risks) {
      requireHealthy(health);
    }
    return new Executed(ledger(traded(), lost()), plan, List.of(deltas));
  }

  private BigInteger free(int asset) {
    return books.get(asset).add(deltas[asset]).add(lent[asset]);
  }

  private void lend(LoanStep step, BigInteger amount) {
    if (amount.signum() == 0) {
      return;
    }
    LoanFill fill =
        switch (market.move(step, amount)) {
          case Refusal refusal -> throw Refused.by(refusal);
          case LoanFill done -> done;
        };
    boolean comes = step.loan() == Loan.WITHDRAW || step.loan() == Loan.BORROW;
    int i = step.asset();
    if (comes && fill.moved().compareTo(amount) < 0) {
      Address token = before.policy().parts().assets().get(i).token();
      throw Refused.by("GaveTooLittle", token, fill.moved(), amount);
    }
    if (!comes && fill.moved().compareTo(amount) > 0) {
      throw Refused.by("TookTooMuch", fill.moved(), amount);
    }
    lent[i] = lent[i].add(comes ? fill.moved() : fill.moved().negate());
    loans = loans.moved(before.lentAt(i), step.loan(), amount, fill, now, limits.step());
  }

  private void requireHealthy(BigInteger health) {
    BigInteger after = market.health();
    BigInteger floor =
        BigInteger.valueOf(before.policy().limits().healthFloorBps()).multiply(HEALTH_BPS);
    if (after.compareTo(floor) < 0 && after.compareTo(health) <= 0) {
      throw Refused.by("HealthTooLow", health, after, floor);
    }
  }

  private void trade() {
    BigInteger wanted =
        plan.steps().stream()
            .filter(step -> !step.sell())
            .map(PlanStep::amountIn)
            .reduce(BigInteger.ZERO, BigInteger::add);
    BigInteger have = BigInteger.ZERO;
    for (PlanStep step : plan.steps()) {
      if (!step.sell() && have.signum() == 0) {
        have = free(0);
      }
      BigInteger amountIn = step.amountIn();
      if (!step.sell() && wanted.compareTo(have) > 0) {
        // Buys share, alike, what is there after the sells.
        amountIn = Uint.mulDiv(amountIn, have, wanted);
      }
      if (amountIn.signum() != 0) {
        take(step, amountIn);
      }
    }
    if (lost().compareTo(limits.maxLossPerAction()) > 0) {
      throw Refused.by("ActionLost", lost(), limits.maxLossPerAction());
    }
  }

  private BigInteger lost() {
    return gained.negate().max(BigInteger.ZERO);
  }

  private void take(PlanStep step, BigInteger amountIn) {
    Fill fill =
        switch (action.run(step, amountIn)) {
          case Refusal refusal -> throw Refused.by(refusal);
          case Fill done -> done;
        };
    BigInteger given = fill.given();
    requireEnough(step, amountIn, fill);
    BigInteger ofAsset = step.sell() ? given.negate() : fill.received();
    BigInteger ofNumeraire = step.sell() ? fill.received() : given.negate();
    deltas[step.asset()] = deltas[step.asset()].add(ofAsset);
    deltas[0] = deltas[0].add(ofNumeraire);
    BigInteger value = step.used(given, amountIn);
    // A crumb is not worth the decision.
    if (given.compareTo(amountIn) < 0 && value.compareTo(limits.minTrade()) < 0) {
      throw Refused.by("FilledTooLittle", given, amountIn);
    }
    turned = turned.add(value);
    gained = gained.add(ofNumeraire).add(step.valued(ofAsset));
  }

  private void requireEnough(PlanStep step, BigInteger amountIn, Fill fill) {
    BigInteger given = fill.given();
    if (given.compareTo(amountIn) > 0) {
      throw Refused.by("TookTooMuch", given, amountIn);
    }
    BigInteger least = amountIn.multiply(BigInteger.valueOf(limits.minFillBps()));
    if (given.multiply(Uint.BPS).compareTo(least) < 0) {
      throw Refused.by("FilledTooLittle", given, amountIn);
    }
    BigInteger minimum = step.least(given);
    if (fill.received().compareTo(minimum) < 0) {
      throw Refused.by("SlippageExceeded", fill.received(), minimum);
    }
  }

  private Map<Address, Book> traded() {
    Map<Address, Book> after = new HashMap<>(before.books());
    for (int i = 0; i < deltas.length; i++) {
      if (!free(i).equals(books.get(i))) {
        Address token = before.policy().parts().assets().get(i).token();
        after.put(token, before.book(token).traded(free(i), now));
      }
    }
    return after;
  }

  private VaultLedger ledger(Map<Address, Book> after, BigInteger lost) {
    if (plan.steps().isEmpty()) {
      return before.lent(decision.asOf(), after, loans);
    }
    Losses losses = before.losses(now);
    return new VaultLedger(
        before.policy(),
        before.policyHash(),
        before.nonce() + 1,
        false,
        decision.asOf(),
        decision.asOf(),
        now,
        plan.refs(),
        after,
        loans,
        new Bucket(before.turnoverUsed(now).add(turned), now),
        // The contract keeps 96 bits of each, and says nothing if there are more.
        new Bucket(losses.day().add(lost).and(MASK_96), now),
        new Bucket(losses.month().add(lost).and(MASK_96), now));
  }
}
