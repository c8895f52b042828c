package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.probity.intent.policy.LendingView.State;
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

  /** Collateral by threshold and by loan to value, and debts: the market's currency. */
  private BigInteger secured = BigInteger.ZERO;

  private BigInteger borrowable = BigInteger.ZERO;
  private BigInteger owed = BigInteger.ZERO;

  /** The first thing that was wanted and that the market's state made a crumb of. */
  private @Nullable Refusal hindered;

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

  LoanPlanning(
      Policy policy, LendingView view, List<BigInteger> books, int[] refs, Wanted wanted) {
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
  }

  private static BigInteger[] zeros(int count) {
    BigInteger[] zeros = new BigInteger[count];
    Arrays.fill(zeros, BigInteger.ZERO);
    return zeros;
  }

  // ---- before the trades are sized ----

  /**
   * What may come to the vault.
   *
   * @param sellUnits by asset what the weights ask to sell, before any cap
   */
  void open(BigInteger[] sellUnits) {
    BigInteger[] wantBorrow = debts();
    BigInteger freed = BigInteger.ZERO;
    for (int r = 0; r < reserves.size(); r++) {
      State s = states.get(r);
      secured = secured.add(base(r, s.supplied()).multiply(bps(s.thresholdBps())));
      borrowable = borrowable.add(base(r, s.supplied()).multiply(bps(s.ltvBps())));
      owed = owed.add(baseUp(r, s.owed()));
      freed = freed.add(base(r, repay[r]));
    }
    BigInteger slack = less(secured, owed.multiply(floorBps));
    BigInteger brim = less(secured, owed.multiply(BRIM_BPS));
    for (int r = 0; r < reserves.size(); r++) {
      State s = states.get(r);
      int asset = reserves.get(r).asset();
      back[r] = back(r);
      BigInteger need = less(sellUnits[asset], books.get(asset)).max(back[r]);
      BigInteger most = s.supplied().min(s.liquid()).min(need);
      BigInteger threshold = bps(s.thresholdBps());
      boolean secures = threshold.signum() != 0;
      if (owed.signum() != 0 && secures) {
        BigInteger worth = slack.divide(threshold).add(freed).min(brim.divide(threshold));
        most = most.min(units(r, worth));
      }
      room[r] = most;
      BigInteger taken = baseUp(r, most);
      if (secures) {
        BigInteger weight = taken.multiply(threshold);
        freed = less(freed, less(taken, slack.divide(threshold)));
        slack = less(slack, weight);
        brim = less(brim, weight);
        secured = less(secured, weight);
      }
      borrowable = less(borrowable, taken.multiply(bps(s.ltvBps())));
      if (need.signum() != 0 && isCrumb(r, most) && !isCrumb(r, need)) {
        hinder(r, Loan.WITHDRAW);
      }
    }
    borrow(wantBorrow, slack);
  }

  /** By reserve what is to be owed more, as a value; what is to be owed less goes to repay. */
  private BigInteger[] debts() {
    BigInteger[] more = zeros(reserves.size());
    BigInteger supplied = BigInteger.ZERO;
    for (int r = 0; r < reserves.size(); r++) {
      supplied = supplied.add(value(r, states.get(r).supplied()));
    }
    for (int r = 0; r < reserves.size(); r++) {
      int target = wanted.owe.get(r);
      if (target == Policy.HOLD) {
        continue;
      }
      BigInteger units = states.get(r).owed();
      BigInteger debt = value(r, units);
      BigInteger most =
          reserves.get(r).borrowable()
              ? Uint.mulDiv(supplied, bps(target), Uint.BPS).min(limits(r).mostBorrowed())
              : BigInteger.ZERO;
      if (most.compareTo(debt) > 0) {
        BigInteger gap = most.subtract(debt);
        more[r] = wanted.takes && !isCrumb(gap) ? gap : BigInteger.ZERO;
      } else if (wanted.gives && most.signum() == 0) {
        repay[r] = units;
      } else if (wanted.gives && !isCrumb(debt.subtract(most))) {
        repay[r] = Uint.mulDiv(units, debt.subtract(most), debt);
      }
    }
    return more;
  }

  /** What is to be supplied less. */
  private BigInteger back(int r) {
    if (wanted.supply.get(r) == Policy.HOLD || !wanted.takes) {
      return BigInteger.ZERO;
    }
    BigInteger over = less(states.get(r).supplied(), supplyTarget(r));
    return isCrumb(r, over) ? BigInteger.ZERO : over;
  }

  private BigInteger supplyTarget(int r) {
    BigInteger held = books.get(reserves.get(r).asset()).add(states.get(r).supplied());
    return Uint.mulDiv(held, bps(wanted.supply.get(r)), Uint.BPS);
  }

  /** In order of reserves: none may lead where the next would bring the health below its floor. */
  private void borrow(BigInteger[] wantBorrow, BigInteger slackNow) {
    BigInteger slack = slackNow;
    for (int r = 0; r < reserves.size(); r++) {
      State s = states.get(r);
      int asset = reserves.get(r).asset();
      if (wantBorrow[r].signum() == 0) {
        continue;
      }
      BigInteger power = less(borrowable, owed.multiply(Uint.BPS)).divide(Uint.BPS);
      BigInteger most = slack.divide(floorBps).min(power).multiply(NEARLY).divide(Uint.BPS);
      BigInteger units =
          units(r, most).min(unitsOf(asset, wantBorrow[r])).min(s.borrowRoom());
      if (isCrumb(r, units)) {
        hinder(r, Loan.BORROW);
        continue;
      }
      borrow[r] = units;
      BigInteger taken = baseUp(r, units);
      owed = owed.add(taken);
      slack = less(slack, taken.multiply(floorBps));
    }
  }

  /** What trades may count on of an asset besides what is booked of it. */
  BigInteger comes(int asset) {
    for (int r = 0; r < reserves.size(); r++) {
      if (reserves.get(r).asset() == asset) {
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
   */
  record Loans(List<LoanStep> before, List<LoanStep> later) {}

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
    BigInteger[] free = new BigInteger[reserves.size()];
    for (int r = 0; r < reserves.size(); r++) {
      int asset = reserves.get(r).asset();
      BigInteger ofSale = asset == 0 ? BigInteger.ZERO : less(sold[asset], books.get(asset));
      BigInteger withdraw = back[r].min(room[r]).max(ofSale);
      free[r] = books.get(asset).add(withdraw).add(borrow[r]);
      add(before, asset, Loan.WITHDRAW, withdraw);
    }
    for (int r = 0; r < reserves.size(); r++) {
      add(before, reserves.get(r).asset(), Loan.BORROW, borrow[r]);
    }
    for (int r = 0; r < reserves.size(); r++) {
      int asset = reserves.get(r).asset();
      BigInteger left = less(free[r], sold[asset]);
      if (repay[r].signum() != 0 && (left.signum() != 0 || bought[asset])) {
        if (states.get(r).repayable()) {
          add(later, asset, Loan.REPAY, repay[r]);
        } else {
          hinder(r, Loan.REPAY);
        }
      }
    }
    for (int r = 0; r < reserves.size(); r++) {
      int asset = reserves.get(r).asset();
      add(later, asset, Loan.SUPPLY, supply(r, sold[asset]));
    }
    if (hindered != null && before.isEmpty() && later.isEmpty() && !traded(sold)) {
      throw Refused.by(hindered);
    }
    return new Loans(before, later);
  }

  private BigInteger supply(int r, BigInteger sold) {
    State s = states.get(r);
    int asset = reserves.get(r).asset();
    if (wanted.supply.get(r) == Policy.HOLD || !wanted.gives) {
      return BigInteger.ZERO;
    }
    BigInteger more = less(supplyTarget(r), s.supplied()).min(less(books.get(asset), sold));
    BigInteger capped =
        more.min(less(unitsOf(asset, limits(r).mostSupplied()), s.supplied()));
    if (isCrumb(r, capped)) {
      return BigInteger.ZERO;
    }
    BigInteger amount = capped.min(s.supplyRoom());
    if (isCrumb(r, amount)) {
      hinder(r, Loan.SUPPLY);
      return BigInteger.ZERO;
    }
    return amount;
  }

  private static void add(List<LoanStep> steps, int asset, Loan loan, BigInteger amount) {
    if (amount.signum() != 0) {
      steps.add(new LoanStep(asset, loan, amount));
    }
  }

  private static boolean traded(BigInteger[] sold) {
    return Arrays.stream(sold).anyMatch(amount -> amount.signum() != 0);
  }

  private void hinder(int r, Loan loan) {
    if (hindered == null) {
      int asset = reserves.get(r).asset();
      hindered =
          Refusal.of(
              "LoanHindered", policy.parts().assets().get(asset).token(), loan.ordinal());
    }
  }

  // ---- units, values, the market's currency ----

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
    int asset = reserves.get(r).asset();
    return asset == 0 ? units : PriceGuard.valueAt(units, refs[asset]);
  }

  /** So many units of an asset are worth so much at the reference. */
  private BigInteger unitsOf(int asset, BigInteger value) {
    return asset == 0 ? value : Uint.mulDiv(value, Uint.ONE_X96, PriceGuard.priceX96(refs[asset]));
  }

  private BigInteger unit(int r) {
    return BigInteger.TEN.pow(policy.parts().assets().get(reserves.get(r).asset()).decimals());
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
