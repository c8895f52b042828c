package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.probity.intent.policy.LendingView.State;
import org.probity.intent.policy.Plan.Reason;
import org.probity.intent.policy.Policy.Lending;
import org.probity.intent.policy.Policy.Model;
import org.probity.intent.policy.Policy.Reserve;
import org.probity.intent.policy.Policy.ReserveLimits;

/**
 * The loans of one plan; exactly {@code LoanEngine.sol}, which says why. First what may come to the
 * vault, before its trades are sized; then, when they are, what is moved in fact.
 *
 * <p>Values are in units of the numeraire, at the reference. Prices and thresholds are the
 * market's, since it is the market that liquidates.
 */
final class LoanPlanning {

  /** The market itself refuses what brings a health factor below one; a margin is kept. */
  private static final BigInteger BRIM_BPS = BigInteger.valueOf(10_100);

  /** What the market's own rounding may take of the power to borrow. */
  private static final BigInteger NEARLY = BigInteger.valueOf(9_999);

  private final Policy policy;
  private final List<Reserve> reserves;
  private final List<State> states;
  private final List<BigInteger> books;
  private final BigInteger minTrade;
  private final BigInteger floorBps;
  private final int[] refs;
  private final Wanted wanted;

  private final BigInteger[] back;
  private final BigInteger[] room;
  private final BigInteger[] borrow;
  private final BigInteger[] repay;

  /** What is to be supplied by the decision and the policy, whatever the market takes of it. */
  private final BigInteger[] supply;

  /** The power to borrow, and debts: in the market's currency, the power times basis points. */
  private BigInteger power = BigInteger.ZERO;

  private BigInteger debt = BigInteger.ZERO;

  /** What of the collateral is above the policy's floor, and above the market's own. */
  private BigInteger slack = BigInteger.ZERO;

  private BigInteger brim = BigInteger.ZERO;

  /** What is repaid, and has not been counted on yet. */
  private BigInteger repaid = BigInteger.ZERO;

  /** The first thing that was wanted and that the market's state made a crumb of. */
  private @Nullable Refusal hindered;

  private Reason reason = Reason.HOLD;

  /**
   * What a decision wants of a lending market.
   *
   * @param supply by reserve which part of all that is held of its asset, in basis points, or HOLD
   * @param owe by reserve how much of it, as a part of the value of all that is supplied, in basis
   *     points, or HOLD
   * @param takes whether it may borrow and take back
   * @param gives whether it may repay and supply
   */
  record Wanted(List<Integer> supply, List<Integer> owe, boolean takes, boolean gives) {

    /** Of outputs that were found to mean something. */
    static Wanted of(PlanInput input) {
      Model model = input.policy().model();
      int reserves = input.policy().parts().lending().reserves().size();
      List<Integer> supply = new ArrayList<>(reserves);
      List<Integer> owe = new ArrayList<>(reserves);
      if (model.linear()) {
        BigInteger most = BigInteger.valueOf(PolicyBounds.BPS / model.weightStepBps());
        for (int r = 0; r < 2 * reserves; r++) {
          BigInteger output = input.outputs().get(input.policy().assets() - 1 + r);
          int steps = output.max(BigInteger.ZERO).min(most).intValueExact();
          (r % 2 == 0 ? supply : owe).add(steps * model.weightStepBps());
        }
        return new Wanted(supply, owe, true, true);
      }
      int decision = input.outputs().getFirst().intValueExact();
      for (int r = 0; r < 2 * reserves; r++) {
        (r % 2 == 0 ? supply : owe).add(model.lendingTargets().get(2 * reserves * decision + r));
      }
      int directions = model.directions().get(decision);
      return new Wanted(supply, owe, (directions & 4) != 0, (directions & 8) != 0);
    }
  }

  /**
   * What the weights ask to trade, before any cap; by asset.
   *
   * @param gaps values that are to be bought, or, below 0, sold; 0 where nothing is
   * @param held in units, with what is supplied
   * @param values of what is held
   */
  @SuppressWarnings("ArrayRecordComponent") // internal, never compared
  record Gaps(BigInteger[] gaps, BigInteger[] held, BigInteger[] values) {

    /** What is to be sold of an asset, in units. */
    private BigInteger units(int asset) {
      return gaps[asset].signum() < 0
          ? Uint.mulDiv(held[asset], gaps[asset].negate(), values[asset])
          : BigInteger.ZERO;
    }
  }

  LoanPlanning(Policy policy, LendingView view, List<BigInteger> books, int[] refs, Wanted wanted) {
    Lending lending = policy.parts().lending();
    this.policy = policy;
    this.reserves = lending.reserves();
    this.states = view.reserves();
    this.books = books;
    this.minTrade = policy.limits().numbers().minTrade();
    this.floorBps = BigInteger.valueOf(policy.limits().healthFloorBps());
    this.refs = refs;
    this.wanted = wanted;
    int count = reserves.size();
    this.back = zeros(count);
    this.room = zeros(count);
    this.borrow = zeros(count);
    this.repay = zeros(count);
    this.supply = zeros(count);
  }

  private static BigInteger[] zeros(int count) {
    BigInteger[] zeros = new BigInteger[count];
    Arrays.fill(zeros, BigInteger.ZERO);
    return zeros;
  }

  // ---- before the trades are sized ----

  /** What may come to the vault, and what is to be given to the market whatever is traded. */
  void open(Gaps gaps) {
    BigInteger[] wantBorrow = debts();
    for (int r = 0; r < reserves.size(); r++) {
      back[r] = back(r);
    }
    health();
    for (int r = 0; r < reserves.size(); r++) {
      if (repay[r].signum() != 0 && states.get(r).repayable()) {
        repaid = repaid.add(base(r, repay[r].min(left(r, gaps))));
      }
    }
    for (int r = 0; r < reserves.size(); r++) {
      withdraw(r, gaps.units(asset(r)));
    }
    for (int r = 0; r < reserves.size(); r++) {
      borrow(r, wantBorrow[r]);
    }
    for (int r = 0; r < reserves.size(); r++) {
      if (repay[r].signum() != 0 && !states.get(r).repayable()) {
        repay[r] = BigInteger.ZERO;
        hinder(r, Loan.REPAY);
      }
    }
    for (int r = 0; r < reserves.size(); r++) {
      supply[r] = supply(r);
    }
  }

  /** By reserve what is to be owed more, as a value; what is to be owed less goes to repay. */
  private BigInteger[] debts() {
    BigInteger[] more = zeros(reserves.size());
    BigInteger supplied = BigInteger.ZERO;
    for (int r = 0; r < reserves.size(); r++) {
      supplied = supplied.add(value(r, states.get(r).supplied()));
    }
    for (int r = 0; r < reserves.size(); r++) {
      if (wanted.owe.get(r) == Policy.HOLD) {
        continue;
      }
      BigInteger units = states.get(r).owed();
      BigInteger owed = value(r, units);
      BigInteger target = owedTarget(r, supplied);
      Reason why = Reason.AT_TARGET;
      if (target.compareTo(owed) > 0) {
        BigInteger gap = target.subtract(owed);
        if (!isCrumb(gap)) {
          why = wanted.takes ? why : Reason.DIRECTION;
          more[r] = wanted.takes ? gap : BigInteger.ZERO;
        }
      } else if (target.signum() == 0 ? units.signum() != 0 : !isCrumb(owed.subtract(target))) {
        why = wanted.gives ? why : Reason.DIRECTION;
        if (wanted.gives) {
          repay[r] = target.signum() == 0 ? units : Uint.mulDiv(units, owed.subtract(target), owed);
        }
      }
      tell(why);
    }
    return more;
  }

  private BigInteger owedTarget(int r, BigInteger supplied) {
    return reserves.get(r).borrowable()
        ? supplied.multiply(bps(wanted.owe.get(r))).divide(Uint.BPS).min(limits(r).mostBorrowed())
        : BigInteger.ZERO;
  }

  private void health() {
    BigInteger secured = BigInteger.ZERO;
    for (int r = 0; r < reserves.size(); r++) {
      State s = states.get(r);
      BigInteger base = base(r, s.supplied());
      secured = secured.add(base.multiply(lessOne(s.thresholdBps())));
      power = power.add(base.multiply(lessOne(s.ltvBps())));
      debt = debt.add(baseUp(r, s.owed()));
    }
    slack = less(secured, debt.multiply(floorBps));
    brim = less(secured, debt.multiply(BRIM_BPS));
  }

  /** What the trades that the weights ask for would leave free of a reserve's asset. */
  private BigInteger left(int r, Gaps gaps) {
    int asset = asset(r);
    BigInteger most = policy.limits().numbers().maxAction();
    BigInteger free = books.get(asset).add(back[r]);
    if (asset == 0) {
      BigInteger all = free;
      for (BigInteger gap : gaps.gaps) {
        all = all.subtract(gap.min(most).max(most.negate()));
      }
      return all.max(BigInteger.ZERO);
    }
    BigInteger gap = gaps.gaps[asset];
    return gap.signum() < 0
        ? less(free, Uint.mulDiv(gaps.held[asset], gap.negate().min(most), gaps.values[asset]))
        : free.add(unitsOf(asset, gap.min(most)));
  }

  /** The market rounds the mean of all thresholds down. */
  private static BigInteger lessOne(int bps) {
    return BigInteger.valueOf(Math.max(0, bps - 1));
  }

  private void withdraw(int r, BigInteger sells) {
    BigInteger ofSale = asset(r) == 0 ? BigInteger.ZERO : less(sells, books.get(asset(r)));
    BigInteger need = ofSale.max(back[r]);
    if (need.signum() == 0) {
      return;
    }
    room[r] = room(r, need);
    if (isCrumb(r, room[r]) && !isCrumb(r, need)) {
      room[r] = BigInteger.ZERO;
      hinder(r, Loan.WITHDRAW);
    }
    BigInteger taken = baseUp(r, room[r]);
    power = less(power, taken.multiply(lessOne(states.get(r).ltvBps())));
    BigInteger threshold = lessOne(states.get(r).thresholdBps());
    if (threshold.signum() != 0) {
      repaid = less(repaid, less(taken, slack.divide(threshold)));
      slack = less(slack, taken.multiply(threshold));
      brim = less(brim, taken.multiply(threshold));
    }
  }

  /** What the decision itself takes back of a reserve. */
  private BigInteger back(int r) {
    if (wanted.supply.get(r) == Policy.HOLD) {
      return BigInteger.ZERO;
    }
    BigInteger over = less(states.get(r).supplied(), supplyTarget(r));
    boolean crumb = isCrumb(r, over);
    tell(crumb || wanted.takes ? Reason.AT_TARGET : Reason.DIRECTION);
    return crumb || !wanted.takes ? BigInteger.ZERO : over;
  }

  private BigInteger supplyTarget(int r) {
    BigInteger held = books.get(asset(r)).add(states.get(r).supplied());
    return Uint.mulDiv(held, bps(wanted.supply.get(r)), Uint.BPS);
  }

  /** What can be withdrawn now, and leaves enough health. */
  private BigInteger room(int r, BigInteger need) {
    State s = states.get(r);
    BigInteger most = s.supplied().min(s.liquid()).min(need);
    BigInteger threshold = lessOne(s.thresholdBps());
    return debt.signum() == 0 || threshold.signum() == 0
        ? most
        : most.min(units(r, slack.divide(threshold).add(repaid).min(brim.divide(threshold))));
  }

  private void borrow(int r, BigInteger want) {
    if (want.signum() == 0) {
      return;
    }
    BigInteger most =
        slack.divide(floorBps).min(less(power, debt.multiply(Uint.BPS)).divide(Uint.BPS));
    BigInteger units =
        units(r, most.multiply(NEARLY).divide(Uint.BPS))
            .min(unitsOf(asset(r), want))
            .min(states.get(r).borrowRoom());
    if (isCrumb(r, units)) {
      hinder(r, Loan.BORROW);
      return;
    }
    borrow[r] = units;
    BigInteger taken = baseUp(r, units);
    debt = debt.add(taken);
    slack = less(slack, taken.multiply(floorBps));
  }

  private BigInteger supply(int r) {
    if (wanted.supply.get(r) == Policy.HOLD) {
      return BigInteger.ZERO;
    }
    BigInteger supplied = states.get(r).supplied();
    BigInteger more = less(supplyTarget(r), supplied);
    if (isCrumb(r, more)) {
      return BigInteger.ZERO;
    }
    if (!wanted.gives) {
      tell(Reason.DIRECTION);
      return BigInteger.ZERO;
    }
    BigInteger capped =
        more.min(unitsOf(asset(r), less(limits(r).mostSupplied(), value(r, supplied))));
    if (isCrumb(r, capped)) {
      tell(Reason.EXPOSURE);
      return BigInteger.ZERO;
    }
    return capped;
  }

  /** What trades may count on of an asset besides what is booked of it. */
  BigInteger comes(int asset) {
    for (int r = 0; r < reserves.size(); r++) {
      if (asset(r) == asset) {
        return asset == 0 ? back[r].min(room[r]).add(borrow[r]) : room[r];
      }
    }
    return BigInteger.ZERO;
  }

  // ---- when the trades are sized ----

  /**
   * What is moved.
   *
   * @param before what comes to the vault before it trades
   * @param later what it gives afterwards
   * @param reason why there is nothing of either
   */
  record Loans(List<LoanStep> before, List<LoanStep> later, Reason reason) {}

  /**
   * The steps around these trades.
   *
   * @param sold by asset how much of it the trades give
   * @param bought by asset whether the trades get some of it
   * @throws Refused {@code LoanHindered} if there is neither a trade nor a loan, and the market's
   *     state is why: another block may answer otherwise
   */
  Loans close(BigInteger[] sold, boolean[] bought) {
    List<LoanStep> before = new ArrayList<>();
    List<LoanStep> later = new ArrayList<>();
    for (int r = 0; r < reserves.size(); r++) {
      add(before, r, Loan.WITHDRAW, withdrawn(r, sold));
    }
    for (int r = 0; r < reserves.size(); r++) {
      add(before, r, Loan.BORROW, borrow[r]);
    }
    for (int r = 0; r < reserves.size(); r++) {
      if (repay[r].signum() == 0) {
        continue;
      }
      BigInteger there = books.get(asset(r)).add(withdrawn(r, sold)).add(borrow[r]);
      if (there.compareTo(sold[asset(r)]) > 0 || bought[asset(r)]) {
        add(later, r, Loan.REPAY, repay[r]);
      } else {
        tell(Reason.FUNDS);
      }
    }
    for (int r = 0; r < reserves.size(); r++) {
      supply(r, less(books.get(asset(r)), sold[asset(r)]), later);
    }
    boolean nothing = before.isEmpty() && later.isEmpty();
    boolean traded = Arrays.stream(sold).anyMatch(amount -> amount.signum() != 0);
    if (hindered != null && nothing && !traded) {
      throw Refused.by(hindered);
    }
    return new Loans(before, later, reason);
  }

  /** What is taken back for the decision's own sake, or as much more as a sell needs. */
  private BigInteger withdrawn(int r, BigInteger[] sold) {
    BigInteger own = back[r].min(room[r]);
    return asset(r) == 0 ? own : own.max(less(sold[asset(r)], books.get(asset(r))));
  }

  /** Of what is free. What is bought meanwhile is for the next decision. */
  private void supply(int r, BigInteger free, List<LoanStep> later) {
    if (supply[r].signum() == 0) {
      return;
    }
    BigInteger amount = supply[r].min(free);
    if (isCrumb(r, amount)) {
      tell(Reason.FUNDS);
      return;
    }
    amount = amount.min(states.get(r).supplyRoom());
    if (isCrumb(r, amount)) {
      hinder(r, Loan.SUPPLY);
      return;
    }
    add(later, r, Loan.SUPPLY, amount);
  }

  private void add(List<LoanStep> steps, int r, Loan loan, BigInteger amount) {
    if (amount.signum() != 0) {
      steps.add(new LoanStep(asset(r), loan, amount));
    }
  }

  private void hinder(int r, Loan loan) {
    if (hindered == null) {
      hindered =
          Refusal.of("LoanHindered", policy.parts().assets().get(asset(r)).token(), loan.ordinal());
    }
  }

  private void tell(Reason why) {
    reason = reason.compareTo(why) < 0 ? why : reason;
  }

  // ---- units, values, the market's currency ----

  private int asset(int r) {
    return reserves.get(r).asset();
  }

  private ReserveLimits limits(int r) {
    return policy.limits().reserves().get(r);
  }

  private static BigInteger bps(int bps) {
    return BigInteger.valueOf(bps);
  }

  private static BigInteger less(BigInteger from, BigInteger what) {
    return from.subtract(what).max(BigInteger.ZERO);
  }

  private boolean isCrumb(BigInteger value) {
    return value.compareTo(minTrade) < 0;
  }

  private boolean isCrumb(int r, BigInteger units) {
    return isCrumb(value(r, units));
  }

  private BigInteger value(int r, BigInteger units) {
    return asset(r) == 0 ? units : PriceGuard.valueAt(units, refs[asset(r)]);
  }

  /** So many units of an asset are worth so much at the reference. */
  private BigInteger unitsOf(int asset, BigInteger value) {
    return asset == 0 ? value : Uint.mulDiv(value, Uint.ONE_X96, PriceGuard.priceX96(refs[asset]));
  }

  private BigInteger unit(int r) {
    return BigInteger.TEN.pow(policy.parts().assets().get(asset(r)).decimals());
  }

  private BigInteger base(int r, BigInteger units) {
    return Uint.mulDiv(units, states.get(r).price(), unit(r));
  }

  private BigInteger baseUp(int r, BigInteger units) {
    return Uint.mulDivUp(units, states.get(r).price(), unit(r));
  }

  private BigInteger units(int r, BigInteger base) {
    BigInteger price = states.get(r).price();
    return price.signum() == 0 ? BigInteger.ZERO : Uint.mulDiv(base, unit(r), price);
  }
}
