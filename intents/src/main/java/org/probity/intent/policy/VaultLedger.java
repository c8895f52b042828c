package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.probity.chain.Address;
import org.probity.ground.Bytes32;
import org.probity.intent.policy.Policy.Numbers;
import org.probity.strategy.feature.Bucket;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.OwnLoans;

/**
 * All that a vault remembers; the storage of {@code Vault.sol}, and how executions and its owner
 * change it. A value: each change gives another ledger.
 *
 * <p>Not here is what only transactions have: that nothing is traded in one that deposits ({@code
 * DepositInThisTransaction}), who may call what, and whether a proof holds.
 *
 * @param policyHash the policy's, kept since every decision's context wants it
 * @param nonce of the next decision
 * @param lastAsOf moment of the last decision, which the next must lie after
 * @param lastTradeAsOf moment of the last decision that traded; 0 before the first
 * @param lastTradeTime when it was carried out
 * @param lastRefs its reference ticks by asset
 * @param books by token; one that is not there is empty
 * @param loans what its account with the lending market remembers
 */
public record VaultLedger(
    Policy policy,
    Bytes32 policyHash,
    long nonce,
    boolean paused,
    long lastAsOf,
    long lastTradeAsOf,
    long lastTradeTime,
    List<Integer> lastRefs,
    Map<Address, Book> books,
    LoanBooks loans,
    Bucket turnover,
    Bucket dayLoss,
    Bucket monthLoss) {

  static final long DAY = 86_400;
  static final long MONTH = 30 * DAY;

  public VaultLedger {
    lastRefs = List.copyOf(lastRefs);
    books = Map.copyOf(books);
  }

  /**
   * One asset's book.
   *
   * @param before what it was before the first change of the step in which it last changed
   * @param changedAt when it last changed; 0 for never
   */
  public record Book(BigInteger amount, BigInteger before, long changedAt) {

    /** Of an asset that was never there. */
    public static final Book EMPTY = new Book(BigInteger.ZERO, BigInteger.ZERO, 0);

    /** The same after a trade. Nobody will ask what was before it: the next moment is later. */
    Book traded(BigInteger now, long time) {
      return new Book(checked(now), before, time);
    }

    /** The same after any other change, which keeps what was booked at the step's moment. */
    Book changed(BigInteger now, long time, long step) {
      return new Book(checked(now), changedAt < time - time % step ? amount : before, time);
    }

    private static BigInteger checked(BigInteger amount) {
      if (amount.compareTo(PolicyBounds.BOOK_MOST) > 0) {
        throw Refused.by("AmountTooLarge", amount);
      }
      return amount;
    }
  }

  /** What of the two allowances for losses is used. */
  public record Losses(BigInteger day, BigInteger month) {}

  // ---- what its owner does ----

  /** A vault as it is created: empty, and for decisions of moments after now. */
  public static VaultLedger created(Policy policy, long now) {
    return new VaultLedger(
        policy,
        policy.hash(),
        0,
        false,
        now,
        0,
        0,
        List.of(),
        Map.of(),
        LoanBooks.EMPTY,
        Bucket.empty(now),
        Bucket.empty(now),
        Bucket.empty(now));
  }

  /**
   * After a deposit.
   *
   * @param arrived what the vault's balance grew by
   * @throws IllegalArgumentException with the contract's own error if the vault would refuse it
   */
  public VaultLedger deposited(Address token, BigInteger arrived, long now) {
    if (policy.parts().assets().stream().noneMatch(asset -> asset.token().equals(token))) {
      throw new IllegalArgumentException(
          Refusal.of("NotAnAsset", token) + ": deposit one of the policy's assets");
    }
    return changed(token, book(token).amount.add(arrived), now);
  }

  /**
   * After the owner took out what is booked of a token, or a part of it.
   *
   * @throws IllegalArgumentException with the contract's own error if the vault would refuse it
   */
  public VaultLedger exited(Address token, BigInteger amount, long now) {
    BigInteger booked = book(token).amount;
    if (amount.compareTo(booked) > 0) {
      throw new IllegalArgumentException(
          Refusal.of("BalanceTooLow", token, booked, amount) + ": take out what is booked");
    }
    return changed(token, booked.subtract(amount), now);
  }

  /** After the books of a token were lowered to what is held of it; they are never raised. */
  public VaultLedger synced(Address token, BigInteger held, long now) {
    return held.compareTo(book(token).amount) >= 0 ? this : changed(token, held, now);
  }

  private VaultLedger changed(Address token, BigInteger amount, long now) {
    try {
      Book changed = book(token).changed(amount, now, limits().step());
      Map<Address, Book> all = new HashMap<>(books);
      all.put(token, changed);
      return with(all, loans);
    } catch (Refused e) {
      throw new IllegalArgumentException(
          e.refusal() + ": a book holds at most 2^112 - 1 smallest units", e);
    }
  }

  /** Stopped, or allowed to go on. To stop spends a nonce: what was proven before is void. */
  public VaultLedger withPause(boolean stop) {
    return new VaultLedger(
        policy,
        policyHash,
        stop && !paused ? nonce + 1 : nonce,
        stop,
        lastAsOf,
        lastTradeAsOf,
        lastTradeTime,
        lastRefs,
        books,
        loans,
        turnover,
        dayLoss,
        monthLoss);
  }

  /**
   * Under another policy: what its allowances were used stays used, and the next decision must be
   * of a moment after now. Of other assets no price is remembered; in another numeraire nothing was
   * used.
   *
   * @throws IllegalArgumentException with the contract's own error if something is lent that the
   *     next policy does not lend there
   */
  public VaultLedger withPolicy(Policy next, long now) {
    loans
        .leftBy(next)
        .ifPresent(token -> {
          throw new IllegalArgumentException(
              Refusal.of("LoanLeft", token)
                  + ": repay and take back what the next policy does not lend");
        });
    Losses losses = losses(now);
    List<Address> listed = tokens(policy);
    List<Address> nextListed = tokens(next);
    boolean sameUnit = listed.getFirst().equals(nextListed.getFirst());
    return new VaultLedger(
        next,
        next.hash(),
        nonce,
        paused,
        now,
        listed.equals(nextListed) ? lastTradeAsOf : 0,
        lastTradeTime,
        lastRefs,
        books,
        loans,
        new Bucket(sameUnit ? turnoverUsed(now) : BigInteger.ZERO, now),
        new Bucket(sameUnit ? losses.day : BigInteger.ZERO, now),
        new Bucket(sameUnit ? losses.month : BigInteger.ZERO, now));
  }

  // ---- its account with a lending market ----

  /** Where what is lent of an asset is booked. */
  LoanBooks.Place lentAt(int asset) {
    return LoanBooks.Place.of(policy.parts().lending(), policy.parts().assets().get(asset).token());
  }

  /**
   * After anybody had the account remember the market's indices, which it does once a step and not
   * more than once an hour: {@code Vault.poke}, and the end of every execution and every change of
   * policy.
   *
   * @param lender the market in the same block
   */
  public VaultLedger remembering(LoanMarket lender, long now) {
    LoanBooks after = loans;
    List<LoanBooks.Checkpoint> taken = lender.indices();
    for (int r = 0; r < taken.size(); r++) {
      LoanBooks.Place place = lentAt(policy.parts().lending().reserves().get(r).asset());
      if (after.isDue(place, now, limits().step())) {
        after = after.remembered(place, taken.get(r));
      }
    }
    return with(books, after);
  }

  /**
   * After its owner repaid of a token's debt what is free, or took back what is supplied of it.
   *
   * @param loan {@link Loan#REPAY} or {@link Loan#WITHDRAW}
   * @param amount what was asked for
   * @param fill what the market did
   */
  public VaultLedger unwound(Address token, Loan loan, BigInteger amount, LoanFill fill, long now) {
    BigInteger booked = book(token).amount;
    VaultLedger after =
        changed(
            token,
            loan == Loan.REPAY ? booked.subtract(fill.moved()) : booked.add(fill.moved()),
            now);
    LoanBooks.Place place = LoanBooks.Place.of(policy.parts().lending(), token);
    return after.with(after.books, loans.moved(place, loan, amount, fill, now, limits().step()));
  }

  /** After the account's books of a token were lowered to what is there; never raised. */
  public VaultLedger lentSynced(Address token, BigInteger supplied, BigInteger owed, long now) {
    LoanBooks.Place place = LoanBooks.Place.of(policy.parts().lending(), token);
    return with(books, loans.lowered(place, supplied, owed, now, limits().step()));
  }

  private static List<Address> tokens(Policy policy) {
    return policy.parts().assets().stream().map(Policy.Asset::token).toList();
  }

  // ---- what it remembers ----

  private Numbers limits() {
    return policy.limits().numbers();
  }

  /** What is booked of a token. */
  public Book book(Address token) {
    return books.getOrDefault(token, Book.EMPTY);
  }

  /** What is booked of each asset now. */
  public List<BigInteger> amounts() {
    return policy.parts().assets().stream().map(asset -> book(asset.token()).amount).toList();
  }

  /** What of the turnover's allowance is used, after what has leaked away. */
  public BigInteger turnoverUsed(long now) {
    return turnover.usedAt(now, limits().turnover(), limits().turnoverWindow());
  }

  /** What the turnover's allowance still bears. */
  public BigInteger turnoverLeft(long now) {
    return limits().turnover().subtract(turnoverUsed(now)).max(BigInteger.ZERO);
  }

  /** What of the allowances for losses is used, after what has leaked away. */
  public Losses losses(long now) {
    return new Losses(
        dayLoss.usedAt(now, limits().dayLoss(), DAY),
        monthLoss.usedAt(now, limits().monthLoss(), MONTH));
  }

  /** What the vault asks its policy's engine. */
  public PlanInput planInput(VaultDecision decision, long now) {
    return planInput(decision, PlanInput.routes(policy), now);
  }

  /**
   * The same at venues.
   *
   * @param choices for each asset but the numeraire: 0 its route, k the policy's venue k - 1
   */
  public PlanInput planInput(VaultDecision decision, List<Integer> choices, long now) {
    return new PlanInput(
        policy,
        decision.asOf(),
        decision.maxSlippageBps(),
        decision.outputs(),
        amounts(),
        turnoverLeft(now),
        choices);
  }

  /**
   * The features of the vault's own books as they were at a moment; see {@link OwnBooks}.
   *
   * @param refs of the plan
   * @throws IllegalArgumentException with the contract's own error if the books of that moment are
   *     not known any more
   */
  public int[] ownFeatures(long asOf, List<Integer> refs) {
    try {
      return featuresOfBooks(asOf, refs);
    } catch (Refused e) {
      throw new IllegalArgumentException(
          e.refusal() + ": the books changed since; decide for the next moment", e);
    }
  }

  int[] featuresOfBooks(long asOf, List<Integer> refs) {
    policy.parts().assets().forEach(asset -> requireKnown(asset.token(), asOf));
    try {
      return new OwnBooks(policy.assets())
          .features(ownBooks(), loans.asOf(policy, asOf), asOf, refs);
    } catch (ArithmeticException e) {
      throw Refused.by("ValueOverflow");
    }
  }

  /**
   * What was booked at a moment is known if nothing changed since, but in the moment's own step.
   */
  private void requireKnown(Address token, long asOf) {
    long changedAt = book(token).changedAt;
    if (changedAt >= asOf && changedAt - changedAt % limits().step() != asOf) {
      throw Refused.by("NoCheckpoint", token, asOf);
    }
  }

  /**
   * What the vault has with its lending market as of a moment, by reserve; none without one.
   *
   * @throws IllegalArgumentException with the contract's own error if that is not known
   */
  public List<OwnLoans.Reserve> loansAsOf(long asOf) {
    try {
      return loans.asOf(policy, asOf);
    } catch (Refused e) {
      throw new IllegalArgumentException(
          e.refusal()
              + ": the loans changed since, or nothing was remembered; decide for the next moment",
          e);
    }
  }

  /** All that the features of own books depend on besides the prices. */
  public OwnBooks.State ownBooks() {
    return new OwnBooks.State(
        policy.parts().assets().stream()
            .map(asset -> book(asset.token()))
            .map(kept -> new OwnBooks.Book(kept.amount, kept.before, kept.changedAt))
            .toList(),
        limits().step(),
        lastTradeAsOf == 0
            ? OwnBooks.LastTrade.NONE
            : new OwnBooks.LastTrade(lastTradeAsOf, lastRefs),
        new OwnBooks.Turnover(
            turnover.used(), turnover.since(), limits().turnover(), limits().turnoverWindow()));
  }

  // ---- executions ----

  /**
   * Carries a decision out whose proof holds, as {@code Vault.execute} does: whether it is due,
   * what it comes to, whether it may trade, the steps, what they gave, and what is written
   * afterwards, in this order.
   *
   * <p>A decision that is refused after its action ran has changed nothing here; the market is the
   * caller's to take back.
   *
   * @param caller who executes it
   * @param now the block's time
   */
  public Execution execute(
      VaultDecision decision,
      Address caller,
      long now,
      PolicyEngine engine,
      MarketView market,
      StepAction action) {
    return execute(decision, caller, now, engine, market, action, LoanMarket.NONE);
  }

  /**
   * The same of a vault with a lending market.
   *
   * @param lender as its account acts in it, in the same block
   */
  public Execution execute(
      VaultDecision decision,
      Address caller,
      long now,
      PolicyEngine engine,
      MarketView market,
      StepAction action,
      LoanMarket lender) {
    return execute(decision, PlanInput.routes(policy), caller, now, engine, market, action, lender);
  }

  /**
   * The same at venues.
   *
   * @param choices for each asset but the numeraire: 0 its route, k the policy's venue k - 1
   */
  public Execution execute(
      VaultDecision decision,
      List<Integer> choices,
      Address caller,
      long now,
      PolicyEngine engine,
      MarketView market,
      StepAction action,
      LoanMarket lender) {
    try {
      requireDue(decision, caller, now);
      return switch (engine.plan(planInput(decision, choices, now), now, market)) {
        case Refusal refusal -> refusal;
        case Plan plan -> carryOut(decision, now, plan, action, lender);
      };
    } catch (Refused e) {
      return e.refusal();
    }
  }

  private Executed carryOut(
      VaultDecision decision, long now, Plan plan, StepAction action, LoanMarket lender) {
    if (!plan.steps().isEmpty()) {
      requireMayTrade(now);
    }
    if (policy.model().program().stream().anyMatch(one -> one.ofOwnBooks() || one.ofLoans())) {
      // The features that are proven. They may not be known any more.
      featuresOfBooks(decision.asOf(), plan.refs());
    }
    if (plan.steps().isEmpty() && !plan.lends()) {
      List<BigInteger> none = Collections.nCopies(policy.assets(), BigInteger.ZERO);
      VaultLedger after = lent(decision.asOf(), books, loans).remembering(lender, now);
      return new Executed(after, plan, none);
    }
    Executed done = new Trading(this, decision, now, plan, action, lender).executed();
    return new Executed(done.ledger().remembering(lender, now), plan, done.deltas());
  }

  /** What a decision's own words say of whether it may act now. */
  private void requireDue(VaultDecision d, Address caller, long now) {
    if (paused) {
      throw Refused.by("Paused");
    }
    Bytes32 pinned = policy.model().digest();
    if (!d.model().equals(pinned)) {
      throw Refused.by("ModelChanged", pinned, d.model());
    }
    if (d.nonce() != nonce) {
      throw Refused.by("WrongNonce", nonce, d.nonce());
    }
    if (BigInteger.valueOf(now).compareTo(d.deadline()) > 0) {
      throw Refused.by("Expired", d.deadline(), now);
    }
    if (!d.executor().equals(Address.ZERO) && !d.executor().equals(caller)) {
      throw Refused.by("NotExecutor", d.executor(), caller);
    }
    if (d.asOf() > now) {
      throw Refused.by("TooEarly", d.asOf(), now);
    }
    if (d.asOf() + limits().maxAge() < now) {
      throw Refused.by("Stale", d.asOf(), now - limits().maxAge());
    }
    if (d.asOf() % limits().step() != 0) {
      throw Refused.by("OffSchedule", d.asOf(), limits().step());
    }
    if (d.asOf() <= lastAsOf) {
      throw Refused.by("OutOfOrder", d.asOf(), lastAsOf);
    }
  }

  private void requireMayTrade(long now) {
    long earliest = lastTradeTime + limits().minInterval();
    if (now < earliest) {
      throw Refused.by("TooSoon", now, earliest);
    }
    Losses losses = losses(now);
    if (losses.day.compareTo(limits().dayLoss()) >= 0) {
      throw Refused.by("DayLossReached", losses.day, limits().dayLoss());
    }
    if (losses.month.compareTo(limits().monthLoss()) >= 0) {
      throw Refused.by("MonthLossReached", losses.month, limits().monthLoss());
    }
  }

  // ---- executions that others saw ----

  /**
   * What an execution tells of itself, in the vault's events.
   *
   * @param deltas what its trades changed, by asset
   * @param refs of its plan, by asset
   * @param used what of the allowances was used after it; empty if it had no step
   * @param loans in their order
   */
  public record Told(
      long nonce,
      long asOf,
      List<BigInteger> deltas,
      List<Integer> refs,
      Optional<Used> used,
      List<Moved> loans) {
    public Told {
      deltas = List.copyOf(deltas);
      refs = List.copyOf(refs);
      loans = List.copyOf(loans);
    }

    /** Without loans. */
    public Told(
        long nonce, long asOf, List<BigInteger> deltas, List<Integer> refs, Optional<Used> used) {
      this(nonce, asOf, deltas, refs, used, List.of());
    }
  }

  /**
   * What an account's event tells of a movement.
   *
   * @param amount what went between the vault and the market
   * @param supplied what is booked as supplied afterwards, scaled
   * @param owed what is booked as owed afterwards, scaled
   */
  public record Moved(
      LoanBooks.Place place, Loan loan, BigInteger amount, BigInteger supplied, BigInteger owed) {

    /** What the vault has more of the token, negative for less. */
    public BigInteger change() {
      return loan == Loan.WITHDRAW || loan == Loan.BORROW ? amount : amount.negate();
    }
  }

  /** What of the allowances is used at one time. */
  public record Used(BigInteger turnover, BigInteger dayLoss, BigInteger monthLoss) {}

  /**
   * Why the vault would not have executed a decision, whatever its proof and the market.
   *
   * @param trades whether it had a step
   */
  public Optional<Refusal> objection(
      VaultDecision decision, Address caller, long now, boolean trades) {
    try {
      requireDue(decision, caller, now);
      if (trades) {
        requireMayTrade(now);
      }
      return Optional.empty();
    } catch (Refused e) {
      return Optional.of(e.refusal());
    }
  }

  /**
   * After an execution in a block of the time {@code now}, as its events tell it.
   *
   * @throws IllegalArgumentException if it is of another number of assets, or takes from a book
   *     more than is there
   */
  public VaultLedger told(Told told, long now) {
    if (told.deltas.size() != policy.assets() || told.refs.size() != policy.assets()) {
      throw new IllegalArgumentException(
          "The execution of nonce %s tells of %s assets, and the policy has %s"
              .formatted(told.nonce, told.deltas.size(), policy.assets()));
    }
    Map<Address, BigInteger> changes = new LinkedHashMap<>();
    LoanBooks lent = loans;
    for (int i = 0; i < told.deltas.size(); i++) {
      changes.merge(policy.parts().assets().get(i).token(), told.deltas.get(i), BigInteger::add);
    }
    for (Moved moved : told.loans) {
      changes.merge(moved.place.token(), moved.change(), BigInteger::add);
      lent = lent.told(moved, now, limits().step());
    }
    Map<Address, Book> after = new HashMap<>(books);
    changes.forEach((token, change) -> {
      BigInteger left = book(token).amount.add(change);
      if (left.signum() < 0 || left.compareTo(PolicyBounds.BOOK_MOST) > 0) {
        throw new IllegalArgumentException(
            "The execution of nonce %s leaves %s booked of %s".formatted(told.nonce, left, token));
      }
      if (change.signum() != 0) {
        after.put(token, book(token).traded(left, now));
      }
    });
    boolean traded = told.used.isPresent();
    return new VaultLedger(
        policy,
        policyHash,
        told.nonce + 1,
        paused,
        told.asOf,
        traded ? told.asOf : lastTradeAsOf,
        traded ? now : lastTradeTime,
        traded ? told.refs : lastRefs,
        after,
        lent,
        told.used.map(used -> new Bucket(used.turnover, now)).orElse(turnover),
        told.used.map(used -> new Bucket(used.dayLoss, now)).orElse(dayLoss),
        told.used.map(used -> new Bucket(used.monthLoss, now)).orElse(monthLoss));
  }

  /** After a decision that traded nothing. */
  VaultLedger lent(long asOf, Map<Address, Book> after, LoanBooks lent) {
    return new VaultLedger(
        policy,
        policyHash,
        nonce + 1,
        paused,
        asOf,
        lastTradeAsOf,
        lastTradeTime,
        lastRefs,
        after,
        lent,
        turnover,
        dayLoss,
        monthLoss);
  }

  /**
   * After its owner had a loan undone, as the account's event tells.
   *
   * @throws IllegalArgumentException if it takes more from a book than is there
   */
  public VaultLedger told(Moved moved, long now) {
    Address token = moved.place.token();
    BigInteger left = book(token).amount.add(moved.change());
    if (left.signum() < 0) {
      throw new IllegalArgumentException(
          "A repayment leaves %s booked of %s".formatted(left, token));
    }
    return changed(token, left, now).with(loans.told(moved, now, limits().step()));
  }

  /** After an account's books of a token were lowered, as its event tells. */
  public VaultLedger told(LoanBooks.Place place, BigInteger supplied, BigInteger owed, long now) {
    return with(loans.lowered(place, supplied, owed, now, limits().step()));
  }

  /** After an account remembered a reserve, as its event tells. */
  public VaultLedger told(LoanBooks.Place place, LoanBooks.Checkpoint taken) {
    return with(loans.remembered(place, taken));
  }

  private VaultLedger with(LoanBooks lent) {
    return with(books, lent);
  }

  private VaultLedger with(Map<Address, Book> allBooks, LoanBooks allLoans) {
    return new VaultLedger(
        policy,
        policyHash,
        nonce,
        paused,
        lastAsOf,
        lastTradeAsOf,
        lastTradeTime,
        lastRefs,
        allBooks,
        allLoans,
        turnover,
        dayLoss,
        monthLoss);
  }
}
