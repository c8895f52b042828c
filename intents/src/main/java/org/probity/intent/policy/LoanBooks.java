package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.probity.chain.Address;
import org.probity.intent.policy.VaultLedger.Book;
import org.probity.strategy.feature.OwnLoans;

/**
 * What a vault's account with its lending market remembers; the storage of {@code
 * AaveV3Account.sol}. A value: each change gives another. Amounts are scaled, as the market's own
 * balances are: times an index they are units of the asset.
 *
 * @param lines by token; one that is not there was never used
 */
public record LoanBooks(Map<Address, Line> lines) {

  /** Of a vault that never lent. */
  public static final LoanBooks EMPTY = new LoanBooks(Map.of());

  private static final BigInteger RAY = BigInteger.TEN.pow(27);
  private static final BigInteger YEAR_BPS = BigInteger.valueOf(31_536_000L * PolicyBounds.BPS);
  private static final int KEPT = 3;

  /** Copies the map. */
  public LoanBooks {
    lines = Map.copyOf(lines);
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

  /** What is booked of a token. */
  public Line line(Address token) {
    return lines.getOrDefault(token, Line.EMPTY);
  }

  /** Whether anything is booked of a token. */
  public boolean used(Address token) {
    Line line = line(token);
    return line.supplied.amount().signum() != 0 || line.owed.amount().signum() != 0;
  }

  /** After a movement, or after books were lowered: what is booked then. */
  LoanBooks booked(Address token, BigInteger supplied, BigInteger owed, long now, long step) {
    Line line = line(token);
    return with(
        token,
        new Line(
            line.supplied.amount().equals(supplied)
                ? line.supplied
                : line.supplied.changed(supplied, now, step),
            line.owed.amount().equals(owed) ? line.owed : line.owed.changed(owed, now, step),
            line.checkpoints));
  }

  /** With one checkpoint more, and the oldest forgotten. */
  LoanBooks remembered(Address token, Checkpoint checkpoint) {
    Line line = line(token);
    List<Checkpoint> kept = new ArrayList<>(line.checkpoints);
    kept.add(checkpoint);
    return with(
        token,
        new Line(
            line.supplied,
            line.owed,
            kept.subList(Math.max(0, kept.size() - KEPT), kept.size())));
  }

  private LoanBooks with(Address token, Line line) {
    Map<Address, Line> all = new HashMap<>(lines);
    all.put(token, line);
    return new LoanBooks(all);
  }

  /**
   * What there was as of a moment, by what was booked then and the newest checkpoint before it.
   *
   * @param step of the policy
   * @throws Refused {@code NoCheckpoint} if that is not known any more
   */
  List<OwnLoans.Reserve> asOf(Policy policy, long moment) {
    List<OwnLoans.Reserve> all = new ArrayList<>();
    for (Policy.Reserve reserve : policy.parts().lending().reserves()) {
      Address token = policy.parts().assets().get(reserve.asset()).token();
      all.add(asOf(token, line(token), reserve.asset(), moment, policy.limits().numbers().step()));
    }
    return all;
  }

  private static OwnLoans.Reserve asOf(
      Address token, Line line, int asset, long moment, long step) {
    List<Checkpoint> before =
        line.checkpoints.stream().filter(one -> one.time < moment).toList();
    if (before.isEmpty()) {
      throw Refused.by("NoCheckpoint", token, moment);
    }
    Checkpoint last = before.getLast();
    BigInteger supplied = at(line.supplied, token, moment, step);
    BigInteger owed = at(line.owed, token, moment, step);
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

  private static BigInteger yearly(BigInteger first, BigInteger last, long seconds) {
    return last.subtract(first)
        .multiply(YEAR_BPS)
        .divide(first.multiply(BigInteger.valueOf(seconds)));
  }
}
