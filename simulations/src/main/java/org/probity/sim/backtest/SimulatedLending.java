package org.probity.sim.backtest;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.probity.chain.Address;
import org.probity.intent.policy.LendingView;
import org.probity.intent.policy.Loan;
import org.probity.intent.policy.LoanBooks;
import org.probity.intent.policy.LoanFill;
import org.probity.intent.policy.LoanMarket;
import org.probity.intent.policy.LoanResult;
import org.probity.intent.policy.LoanStep;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.Refusal;
import org.probity.sim.market.LendingAccount;
import org.probity.sim.market.LendingPool;
import org.probity.sim.market.Reverted;

/**
 * A vault's account in a simulated lending market, in one block: what a plan asks of it, and how it
 * acts. The market has no categories of efficiency and no isolated reserves.
 */
final class SimulatedLending implements LoanMarket {

  /** A movement that was made. */
  record Done(LoanStep step, BigInteger amount) {}

  private final Policy policy;
  private final SimulatedMarket.Lending market;
  private final LendingPool pool;
  private final LendingAccount account;
  private final long now;
  private final List<Done> done = new ArrayList<>();

  /**
   * @param pools where it acts: the market's own pool or a copy
   */
  SimulatedLending(Policy policy, SimulatedMarket.Lending market, long now, Pools pools) {
    this.policy = policy;
    this.market = market;
    this.pool = pools.of(market.exact());
    this.account = new LendingAccount(pool, market.account().hex());
    this.now = now;
  }

  /** The movements that were made, in their order. */
  List<Done> done() {
    return done;
  }

  private int reserveOf(int asset) {
    return market.reserve(policy.parts().assets().get(asset).token());
  }

  /**
   * What the vault has there and may do.
   *
   * @param books what it has booked
   * @throws ActionRefused where the desk would revert
   */
  LendingView view(LoanBooks books) {
    List<Integer> reserves = new ArrayList<>();
    List<Boolean> borrowable = new ArrayList<>();
    List<LendingAccount.Booked> booked = new ArrayList<>();
    for (Policy.Reserve reserve : policy.parts().lending().reserves()) {
      Address token = policy.parts().assets().get(reserve.asset()).token();
      LoanBooks.Line line = books.line(policy.parts().lending(), token);
      reserves.add(market.reserve(token));
      borrowable.add(reserve.borrowable());
      booked.add(new LendingAccount.Booked(line.supplied().amount(), line.owed().amount()));
    }
    try {
      return new LendingView(
          market.account(),
          account.look(now, reserves, borrowable, booked).stream()
              .map(state ->
                  new LendingView.State(
                      state.supplied(),
                      state.owed(),
                      state.liquid(),
                      state.supplyRoom(),
                      state.borrowRoom(),
                      state.repayable(),
                      state.price(),
                      state.thresholdBps(),
                      state.ltvBps()))
              .toList());
    } catch (Reverted e) {
      throw new ActionRefused(Refusal.of(e.reason()));
    }
  }

  @Override
  public LoanResult move(LoanStep step, BigInteger amount) {
    int reserve = reserveOf(step.asset());
    LendingAccount.Moved moved;
    try {
      moved =
          switch (step.loan()) {
            case Loan.WITHDRAW -> account.withdraw(now, reserve, amount);
            case Loan.BORROW -> account.borrow(now, reserve, amount);
            case Loan.REPAY -> account.repay(now, reserve, amount);
            case Loan.SUPPLY -> account.supply(now, reserve, amount);
          };
    } catch (Reverted e) {
      return StepSwaps.reverted(e);
    }
    done.add(new Done(step, amount));
    return new LoanFill(moved.amount(), moved.before(), moved.left(), moved.index());
  }

  @Override
  public BigInteger health() {
    return account.health(now);
  }

  @Override
  public List<LoanBooks.Checkpoint> indices() {
    return policy.parts().lending().reserves().stream()
        .map(reserve -> reserveOf(reserve.asset()))
        .map(reserve ->
            new LoanBooks.Checkpoint(
                now,
                pool.normalizedIncome(now, reserve),
                pool.normalizedDebt(now, reserve),
                pool.terms(reserve).liquidationThreshold()))
        .toList();
  }
}
