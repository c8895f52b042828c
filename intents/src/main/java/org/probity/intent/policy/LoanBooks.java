package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.probity.chain.Address;
import org.probity.intent.policy.Policy.Lending;
import org.probity.intent.policy.VaultLedger.Book;
import org.probity.intent.policy.VaultLedger.Moved;
import org.probity.strategy.feature.OwnLoans;

/**
 * What a vault's accounts with lending markets remember; the storage of {@code AaveV3Account.sol}.
 * A value: each change gives another. Amounts are scaled, as the market's own balances are: times
 * an index they are units of the asset.
 *
 * @param lines by market and token; one that is not there was never used
 */
public record LoanBooks(Map<Place, Line> lines) {

  /** Of a vault that never lent. */
  public static final LoanBooks EMPTY = new LoanBooks(Map.of());

  private static final BigInteger RAY = BigInteger.TEN.pow(27);
  private static final BigInteger YEAR_BPS = BigInteger.valueOf(31_536_000L * PolicyBounds.BPS);
  private static final BigInteger INDEX_MOST =
      BigInteger.ONE.shiftLeft(104).subtract(BigInteger.ONE);
  private static final long APART = 3_600;
  private static final int KEPT = 3;

  /** Copies the map. */
  public LoanBooks {
    lines = Map.copyOf(lines);
  }

  /** A token in one market: a vault has an account with each. */
  public record Place(Address desk, Address pool, Address token) {

    static Place of(Lending lending, Address token) {
      return new Place(lending.desk(), lending.pool(), token);
    }
  }

  /**
   * One reserve.
   *
   * @param supplied scaled
   * @param owed scaled
   * @param checkpoints the newest three, oldest first
   */
  public record Line(Book supplied, Book owed, List<Checkpoint> checkpoints) {

    static final Line EMPTY = new Line(Book.EMPTY, Book.EMPTY, List.of());

    /** Copies the list. */
    public Line {
      checkpoints = List.copyOf(checkpoints);
    }

    boolean used() {
      return supplied.amount().signum() != 0 || owed.amount().signum() != 0;
    }

    private Line with(boolean debt, Book book) {
      return debt ? new Line(supplied, book, checkpoints) : new Line(book, owed, checkpoints);
    }
  }

  /**
   * What a reserve's indices were at a time.
   *
   * @param time seconds of Unix time
   * @param supplyIndex worth of one scaled unit of supply, times 10^27
   * @param debtIndex worth of one scaled unit of debt, times 10^27
   * @param thresholdBps what its supply counted for as collateral until it is liquidated
   */
  public record Checkpoint(
      long time, BigInteger supplyIndex, BigInteger debtIndex, int thresholdBps) {}

  /** What is booked of a token in a market. */
  public Line line(Lending lending, Address token) {
    return lines.getOrDefault(Place.of(lending, token), Line.EMPTY);
  }

  /** A token of which something is supplied or owed, and that a policy does not lend there. */
  Optional<Address> leftBy(Policy next) {
    Lending lending = next.parts().lending();
    List<Place> kept =
        lending.reserves().stream()
            .map(reserve -> next.parts().assets().get(reserve.asset()).token())
            .map(token -> Place.of(lending, token))
            .toList();
    return lines.entrySet().stream()
        .filter(line -> line.getValue().used() && !kept.contains(line.getKey()))
        .map(line -> line.getKey().token())
        .findFirst();
  }

  // ---- movements ----

  /** After a movement of the account's own. */
  LoanBooks moved(Place place, Loan loan, BigInteger amount, LoanFill fill, long now, long step) {
    Line line = lines.getOrDefault(place, Line.EMPTY);
    boolean debt = loan == Loan.BORROW || loan == Loan.REPAY;
    Book book = debt ? line.owed : line.supplied;
    BigInteger after =
        loan == Loan.WITHDRAW && isAll(book, amount, fill)
            ? BigInteger.ZERO
            : book.amount().add(fill.left()).subtract(fill.before()).max(BigInteger.ZERO);
    return with(place, line.with(debt, book.changed(after.min(fill.left()), now, step)));
  }

  /** What is left of such a withdrawal is dust, or a gift. */
  private static boolean isAll(Book book, BigInteger amount, LoanFill fill) {
    BigInteger booked = book.amount().min(fill.before());
    return amount.compareTo(Uint.mulDiv(booked, fill.index(), RAY)) >= 0;
  }

  /**
   * As an account's event tells of a movement.
   *
   * @throws IllegalArgumentException if it tells of another book than it moved
   */
  LoanBooks told(Moved moved, long now, long step) {
    Line line = lines.getOrDefault(moved.place(), Line.EMPTY);
    boolean debt = moved.loan() == Loan.BORROW || moved.loan() == Loan.REPAY;
    Book other = debt ? line.supplied : line.owed;
    if (!other.amount().equals(debt ? moved.supplied() : moved.owed())) {
      throw new IllegalArgumentException(
          "A movement of %s changes what it does not move".formatted(moved.place().token()));
    }
    Book book = debt ? line.owed : line.supplied;
    return with(
        moved.place(),
        line.with(debt, book.changed(debt ? moved.owed() : moved.supplied(), now, step)));
  }

  /** After the books of a token were lowered to what is there; they are never raised. */
  LoanBooks lowered(Place place, BigInteger supplied, BigInteger owed, long now, long step) {
    Line line = lines.getOrDefault(place, Line.EMPTY);
    Line next = line;
    if (supplied.compareTo(line.supplied.amount()) < 0) {
      next = next.with(false, line.supplied.changed(supplied, now, step));
    }
    if (owed.compareTo(line.owed.amount()) < 0) {
      next = next.with(true, line.owed.changed(owed, now, step));
    }
    return with(place, next);
  }

  private LoanBooks with(Place place, Line line) {
    Map<Place, Line> all = new HashMap<>(lines);
    all.put(place, line);
    return new LoanBooks(all);
  }

  // ---- checkpoints ----

  /** Whether a reserve is to be remembered: once a step, and not more than once an hour. */
  boolean isDue(Place place, long now, long step) {
    List<Checkpoint> kept = lines.getOrDefault(place, Line.EMPTY).checkpoints;
    long last = kept.isEmpty() ? 0 : kept.getLast().time;
    return last == 0 || (now >= last + APART && now / step != last / step);
  }

  /** With one checkpoint more, and the oldest forgotten. */
  LoanBooks remembered(Place place, Checkpoint taken) {
    Line line = lines.getOrDefault(place, Line.EMPTY);
    List<Checkpoint> kept = new ArrayList<>(line.checkpoints);
    kept.add(
        new Checkpoint(
            taken.time,
            taken.supplyIndex.min(INDEX_MOST),
            taken.debtIndex.min(INDEX_MOST),
            taken.thresholdBps));
    return with(
        place,
        new Line(
            line.supplied, line.owed, kept.subList(Math.max(0, kept.size() - KEPT), kept.size())));
  }

  // ---- features ----

  /**
   * What there was as of a moment, by what was booked then and the newest checkpoint before it.
   *
   * @throws Refused {@code NoCheckpoint} if that is not known
   */
  List<OwnLoans.Reserve> asOf(Policy policy, long moment) {
    Lending lending = policy.parts().lending();
    List<OwnLoans.Reserve> all = new ArrayList<>();
    for (Policy.Reserve reserve : lending.reserves()) {
      Address token = policy.parts().assets().get(reserve.asset()).token();
      long step = policy.limits().numbers().step();
      all.add(asOf(token, line(lending, token), reserve.asset(), moment, step));
    }
    return all;
  }

  private static OwnLoans.Reserve asOf(
      Address token, Line line, int asset, long moment, long step) {
    List<Checkpoint> before = line.checkpoints.stream().filter(one -> one.time < moment).toList();
    BigInteger supplied = at(line.supplied, token, moment, step);
    BigInteger owed = at(line.owed, token, moment, step);
    if (before.isEmpty()) {
      if (supplied.signum() != 0 || owed.signum() != 0) {
        throw Refused.by("NoCheckpoint", token, moment);
      }
      return new OwnLoans.Reserve(
          asset, BigInteger.ZERO, BigInteger.ZERO, BigInteger.ZERO, BigInteger.ZERO, 0);
    }
    Checkpoint last = before.getLast();
    BigInteger supplyRate = BigInteger.ZERO;
    BigInteger debtRate = BigInteger.ZERO;
    if (before.size() > 1) {
      Checkpoint first = before.get(before.size() - 2);
      long seconds = last.time - first.time;
      supplyRate = yearly(first.supplyIndex, last.supplyIndex, seconds);
      debtRate = yearly(first.debtIndex, last.debtIndex, seconds);
    }
    return new OwnLoans.Reserve(
        asset,
        Uint.mulDiv(supplied, last.supplyIndex, RAY),
        Uint.mulDivUp(owed, last.debtIndex, RAY),
        supplyRate,
        debtRate,
        last.thresholdBps);
  }

  private static BigInteger at(Book book, Address token, long moment, long step) {
    if (book.changedAt() < moment) {
      return book.amount();
    }
    if (book.changedAt() - book.changedAt() % step == moment) {
      return book.before();
    }
    throw Refused.by("NoCheckpoint", token, moment);
  }

  /** Growth in a year, in basis points, without compounding. */
  private static BigInteger yearly(BigInteger from, BigInteger to, long seconds) {
    return to.compareTo(from) <= 0
        ? BigInteger.ZERO
        : Uint.mulDiv(to.subtract(from), YEAR_BPS, from.multiply(BigInteger.valueOf(seconds)));
  }
}
