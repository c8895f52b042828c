package org.probity.intent;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.probity.chain.Address;
import org.probity.ground.Bytes32;
import org.probity.intent.policy.LendingView;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.VaultLedger;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.PriceMath;

/**
 * A vault at one block: all that its next decision depends on, but for the market. Amounts are in a
 * token's smallest unit, values in that of the numeraire, which is the first asset; moments are
 * seconds of Unix time.
 *
 * @param nonce the number that the next execution spends
 * @param paused whether the owner has stopped it
 * @param policy hash of the policy in force, which each decision is bound to
 * @param policyAt where that policy lies as code
 * @param model digest of the key of the model that it pins
 * @param stepSeconds the moments that may be decided for are its multiples, above 0
 * @param lastAsOf the moment of the last execution; the next one's must lie after it
 * @param lastTradeAsOf the moment of the last that traded; 0 before the first
 * @param lastTradeTime when that was carried out
 * @param lastRefs its reference ticks by asset
 * @param turnoverLeft what the allowance for trades still bears
 * @param dayLoss what of the day's allowance for losses is used
 * @param monthLoss what of the month's is used
 * @param turnover what of the allowance for trades was used when it was last written, at {@code
 *     turnoverSince}
 * @param books one for each asset of the policy
 * @param lent one for each reserve of its lending market; none without one
 */
public record VaultState(
    BigInteger nonce,
    boolean paused,
    Bytes32 policy,
    Address policyAt,
    Bytes32 model,
    long stepSeconds,
    long lastAsOf,
    long lastTradeAsOf,
    long lastTradeTime,
    List<Integer> lastRefs,
    BigInteger turnoverLeft,
    BigInteger dayLoss,
    BigInteger monthLoss,
    BigInteger turnover,
    long turnoverSince,
    List<Book> books,
    List<Lent> lent) {

  public VaultState {
    lastRefs = List.copyOf(lastRefs);
    books = List.copyOf(books);
    lent = List.copyOf(lent);
  }

  /** Of a vault that lends nothing. */
  public VaultState(
      BigInteger nonce,
      boolean paused,
      Bytes32 policy,
      Address policyAt,
      Bytes32 model,
      long stepSeconds,
      long lastAsOf,
      long lastTradeAsOf,
      long lastTradeTime,
      List<Integer> lastRefs,
      BigInteger turnoverLeft,
      BigInteger dayLoss,
      BigInteger monthLoss,
      BigInteger turnover,
      long turnoverSince,
      List<Book> books) {
    this(
        nonce,
        paused,
        policy,
        policyAt,
        model,
        stepSeconds,
        lastAsOf,
        lastTradeAsOf,
        lastTradeTime,
        lastRefs,
        turnoverLeft,
        dayLoss,
        monthLoss,
        turnover,
        turnoverSince,
        books,
        List.of());
  }

  /**
   * What is booked of one asset.
   *
   * @param before what it was before the first change of the step in which it last changed
   * @param changedAt when it last changed; 0 for never
   */
  public record Book(Address token, BigInteger amount, BigInteger before, long changedAt) {}

  /**
   * What a vault has in one reserve of its lending market, with interest.
   *
   * @param asset its index in the books
   */
  public record Lent(int asset, BigInteger supplied, BigInteger owed) {

    static List<Lent> of(Policy policy, LendingView view) {
      List<Lent> all = new ArrayList<>();
      for (int r = 0; r < view.reserves().size(); r++) {
        LendingView.State state = view.reserves().get(r);
        int asset = policy.parts().lending().reserves().get(r).asset();
        all.add(new Lent(asset, state.supplied(), state.owed()));
      }
      return all;
    }
  }

  /** What a ledger of a vault that lends nothing comes to in a block of the time {@code now}. */
  public static VaultState of(VaultLedger ledger, long now) {
    return of(ledger, now, LendingView.NONE);
  }

  /**
   * What a ledger comes to in a block of the time {@code now}.
   *
   * @param lending what it has with its lending market then
   */
  public static VaultState of(VaultLedger ledger, long now, LendingView lending) {
    Policy policy = ledger.policy();
    VaultLedger.Losses losses = ledger.losses(now);
    return new VaultState(
        BigInteger.valueOf(ledger.nonce()),
        ledger.paused(),
        ledger.policyHash(),
        Address.ZERO,
        policy.model().digest(),
        policy.limits().numbers().step(),
        ledger.lastAsOf(),
        ledger.lastTradeAsOf(),
        ledger.lastTradeTime(),
        ledger.lastRefs(),
        ledger.turnoverLeft(now),
        losses.day(),
        losses.month(),
        ledger.turnover().used(),
        ledger.turnover().since(),
        policy.parts().assets().stream()
            .map(Policy.Asset::token)
            .map(token -> {
              VaultLedger.Book book = ledger.book(token);
              return new Book(token, book.amount(), book.before(), book.changedAt());
            })
            .toList(),
        Lent.of(policy, lending));
  }

  /** The latest moment at or before {@code timestamp} that may be decided for. */
  public long momentAt(long timestamp) {
    return timestamp - timestamp % stepSeconds;
  }

  /**
   * What the vault has of each asset is worth at its reference tick: what is booked and what is
   * supplied, less what is owed. Below 0 where it owes more of an asset than it has.
   *
   * @param refs by asset; the numeraire's is not looked at
   */
  public List<BigInteger> values(List<Integer> refs) {
    List<BigInteger> values = new ArrayList<>();
    for (int i = 0; i < books.size(); i++) {
      BigInteger has = books.get(i).amount;
      BigInteger owes = BigInteger.ZERO;
      for (Lent one : lent) {
        if (one.asset == i) {
          has = has.add(one.supplied);
          owes = owes.add(one.owed);
        }
      }
      values.add(value(has, i, refs).subtract(value(owes, i, refs)));
    }
    return List.copyOf(values);
  }

  private static BigInteger value(BigInteger amount, int asset, List<Integer> refs) {
    return asset == 0 ? amount : PriceMath.valueAt(amount, PriceMath.sqrtRatioX96(refs.get(asset)));
  }

  /** What all of it is worth at the reference ticks. */
  public BigInteger equity(List<Integer> refs) {
    return values(refs).stream().reduce(BigInteger.ZERO, BigInteger::add);
  }

  /** What the features of own books are made of, under {@code limits} of the policy in force. */
  OwnBooks.State ownBooks(Policy.Numbers limits) {
    return new OwnBooks.State(
        books.stream()
            .map(book -> new OwnBooks.Book(book.amount, book.before, book.changedAt))
            .toList(),
        stepSeconds,
        lastTradeAsOf == 0
            ? OwnBooks.LastTrade.NONE
            : new OwnBooks.LastTrade(lastTradeAsOf, lastRefs),
        new OwnBooks.Turnover(turnover, turnoverSince, limits.turnover(), limits.turnoverWindow()));
  }
}
