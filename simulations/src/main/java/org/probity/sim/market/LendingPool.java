package org.probity.sim.market;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.probity.sim.math.Word;

/**
 * An Aave v3 pool, equal to the contracts of core-v3 1.19.3 to the smallest unit (Aave, <i>Aave
 * Protocol v3 technical paper</i>, 2022): supply, withdrawal, borrowing at the variable rate,
 * repayment, collateral, liquidation, flash loans, the treasury's part, and supply changing hands.
 *
 * <p>Not in it: borrowing at a stable rate, e-mode, isolation, siloed borrowing, the bridge, credit
 * delegation and the price sentinel. A pool with none of these configured is equal to this one.
 *
 * <p>Reserves are named by their place in the pool's list, accounts by a text. Amounts are in a
 * token's smallest unit; {@link #ALL} stands for all that there is. {@code time} is the block's, in
 * seconds of Unix time, and does not go back. Tokens outside the pool are not its affair: whoever
 * pays has enough. An operation that reverts throws {@link Reverted}, whose reason is the
 * contract's code such as {@code 35}, and changes nothing.
 *
 * <p>Not thread-safe.
 */
public final class LendingPool {

  /** As an amount, all of a balance or a debt: the greatest 256-bit number. */
  public static final BigInteger ALL = BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE);

  /** More reserves would not fit into an account's 64 flags here. */
  private static final int MOST_RESERVES = 32;

  private static final Word HEALTHY = RayMath.WAD;
  private static final Word CLOSE_ALL_BELOW = Word.of(950_000_000_000_000_000L);
  private static final Word HALF = Word.of(5_000);

  private final RayMath math = new RayMath();
  private final Journal journal = new Journal();
  private final List<Reserve> reserves = new ArrayList<>();
  private final Map<String, Word> flags = new HashMap<>();
  private final String treasury;
  private final Word flashPremium = new Word();
  private final Word flashPremiumToTreasury = new Word();

  /**
   * A pool without reserves.
   *
   * @param treasury the account that gets the protocol's part
   */
  public LendingPool(String treasury) {
    this.treasury = treasury;
  }

  /** Another pool in the same state: what is done to one is not seen in the other. */
  public LendingPool copy() {
    LendingPool copy = new LendingPool(treasury);
    reserves.forEach(reserve -> copy.reserves.add(reserve.copy(copy.math, copy.journal)));
    flags.forEach((account, bits) -> copy.flags.put(account, bits.copy()));
    copy.flashPremium.set(flashPremium);
    copy.flashPremiumToTreasury.set(flashPremiumToTreasury);
    return copy;
  }

  /**
   * A position in the oracle's currency.
   *
   * @param collateral worth of what secures it
   * @param debt worth of what is owed
   * @param availableBorrows worth of what may still be borrowed
   * @param liquidationThreshold mean of the collateral's, in basis points
   * @param ltv mean of the collateral's, in basis points
   * @param healthFactor wad; below one it may be liquidated; {@link #ALL} without debt
   */
  public record AccountData(
      BigInteger collateral,
      BigInteger debt,
      BigInteger availableBorrows,
      BigInteger liquidationThreshold,
      BigInteger ltv,
      BigInteger healthFactor) {}

  /**
   * What a liquidation moved.
   *
   * @param debtRepaid what the liquidator paid of the debt's token
   * @param collateralSeized what it got of the collateral
   * @param protocolFee what the treasury got of the collateral
   */
  public record Liquidation(
      BigInteger debtRepaid, BigInteger collateralSeized, BigInteger protocolFee) {}

  /**
   * A reserve as of its last update.
   *
   * @param liquidityIndex worth of one scaled unit of supply, ray
   * @param liquidityRate yearly, of suppliers, ray
   * @param borrowIndex worth of one scaled unit of debt, ray
   * @param borrowRate yearly, variable, ray
   * @param stableRate yearly, as published, ray
   * @param accruedToTreasury scaled, not yet minted
   * @param available what the reserve holds of its token
   * @param totalSupplied scaled
   * @param totalBorrowed scaled
   */
  public record ReserveState(
      BigInteger liquidityIndex,
      BigInteger liquidityRate,
      BigInteger borrowIndex,
      BigInteger borrowRate,
      BigInteger stableRate,
      long lastUpdate,
      BigInteger accruedToTreasury,
      BigInteger available,
      BigInteger totalSupplied,
      BigInteger totalBorrowed) {}

  // ---- administration ----

  /** Lists a reserve and returns its place. */
  public int addReserve(ReserveTerms terms, RateCurve curve) {
    if (reserves.size() == MOST_RESERVES) {
      throw new IllegalStateException("A pool here has at most " + MOST_RESERVES + " reserves");
    }
    reserves.add(new Reserve(reserves.size(), math, journal, terms, curve));
    return reserves.size() - 1;
  }

  /** Changes the terms from now on; interest goes on at the rates that stand. */
  public void setTerms(int reserve, ReserveTerms terms) {
    if (terms.decimals() != of(reserve).terms.decimals()) {
      throw new IllegalArgumentException("The decimals of a token do not change");
    }
    of(reserve).setTerms(terms);
  }

  public ReserveTerms terms(int reserve) {
    return of(reserve).terms;
  }

  /** What the oracle says that one whole token is worth, in the oracle's currency. */
  public void setPrice(int reserve, BigInteger price) {
    of(reserve).price.set(Word.ofUnsigned(price));
  }

  /**
   * Sets the price of flash loans.
   *
   * @param total basis points of the loan
   * @param toTreasury the treasury's part of that, in basis points
   */
  public void setFlashLoanPremium(int total, int toTreasury) {
    if (total < 0 || total > 10_000 || toTreasury < 0 || toTreasury > 10_000) {
      throw new IllegalArgumentException("Premiums are 0 to 10,000 basis points");
    }
    flashPremium.setUnsigned(total);
    flashPremiumToTreasury.setUnsigned(toTreasury);
  }

  // ---- supply ----

  /** Supplies a token; the first of it becomes collateral where it may. */
  public void supply(long time, int reserve, BigInteger amount, String onBehalfOf) {
    Word given = Word.ofUnsigned(amount);
    atomically(() -> {
      Reserve r = of(reserve);
      r.update(Word.of(time));
      Reverted.require(!given.isZero(), LendingErrors.INVALID_AMOUNT);
      requireOpen(r);
      Reverted.require(!r.terms.frozen(), LendingErrors.RESERVE_FROZEN);
      requireBelowSupplyCap(r, given);
      r.updateRates(given, RayMath.ZERO);
      r.receive(given);
      if (r.mintSupply(r.of(onBehalfOf), given, r.liquidityIndex)) {
        secureWithFirst(r, onBehalfOf);
      }
      return "";
    });
  }

  private void requireBelowSupplyCap(Reserve r, Word amount) {
    if (r.terms.supplyCap() != 0) {
      Word scaled = RayMath.plus(r.totalSupplied, r.accruedToTreasury);
      Word after = RayMath.plus(math.rayMul(scaled, r.liquidityIndex), amount);
      Word cap = math.times(Word.of(r.terms.supplyCap()), r.unit);
      Reverted.require(!after.above(cap), LendingErrors.SUPPLY_CAP_EXCEEDED);
    }
  }

  /**
   * Takes supply back, {@link #ALL} of it or an amount.
   *
   * @return how much
   */
  public BigInteger withdraw(long time, int reserve, BigInteger amount, String account) {
    Word asked = Word.ofUnsigned(amount);
    return atomically(() -> {
      Word now = Word.of(time);
      Reserve r = of(reserve);
      r.update(now);
      Reserve.Holding holding = r.of(account);
      Word balance = math.rayMul(holding.supplied, r.liquidityIndex);
      Word taken = asked.same(RayMath.MAX) ? balance : asked;
      Reverted.require(!taken.isZero(), LendingErrors.INVALID_AMOUNT);
      Reverted.require(!taken.above(balance), LendingErrors.NOT_ENOUGH_BALANCE);
      requireOpen(r);
      r.updateRates(RayMath.ZERO, taken);
      boolean secured = secures(account, r);
      if (secured && taken.same(balance)) {
        setSecures(account, r, false);
      }
      r.burnSupply(holding, taken, r.liquidityIndex);
      r.pay(taken);
      if (secured && borrowsAny(account)) {
        requireHealthAndLtv(account, r, now);
      }
      return taken.toUnsigned();
    });
  }

  /** Gives supply to another account, who gets it as collateral if it is its first. */
  public void transferSupply(long time, int reserve, String from, String to, BigInteger amount) {
    Word given = Word.ofUnsigned(amount);
    atomically(() -> {
      Word now = Word.of(time);
      Reserve r = of(reserve);
      RayMath.narrow(given);
      Reserve.Holding sender = r.of(from);
      Reserve.Holding recipient = r.of(to);
      Word index = r.normalizedIncome(now);
      Word senderBefore = math.rayMul(sender.supplied, index);
      Word recipientBefore = math.rayMul(recipient.supplied, index);
      r.transfer(sender, recipient, given, index);
      Reverted.require(!r.terms.paused(), LendingErrors.RESERVE_PAUSED);
      if (!from.equals(to) && !given.isZero()) {
        if (secures(from, r)) {
          if (borrowsAny(from)) {
            requireHealthAndLtv(from, r, now);
          }
          if (senderBefore.same(given)) {
            setSecures(from, r, false);
          }
        }
        if (recipientBefore.isZero()) {
          secureWithFirst(r, to);
        }
      }
      return "";
    });
  }

  /** Says whether an account's supply secures its debts. */
  public void useAsCollateral(long time, int reserve, boolean use, String account) {
    atomically(() -> {
      Word now = Word.of(time);
      Reserve r = of(reserve);
      Word balance = r.balance(r.of(account), now);
      Reverted.require(!balance.isZero(), LendingErrors.UNDERLYING_BALANCE_ZERO);
      requireOpen(r);
      if (use != secures(account, r)) {
        if (use) {
          Reverted.require(r.terms.ltv() != 0, LendingErrors.LTV_ZERO);
          setSecures(account, r, true);
        } else {
          setSecures(account, r, false);
          requireHealthAndLtv(account, r, now);
        }
      }
      return "";
    });
  }

  // ---- debt ----

  /** Borrows at the variable rate. */
  public void borrow(long time, int reserve, BigInteger amount, String account) {
    Word taken = Word.ofUnsigned(amount);
    atomically(() -> {
      Word now = Word.of(time);
      Reserve r = of(reserve);
      r.update(now);
      validateBorrow(r, taken, account, now);
      if (r.mintDebt(r.of(account), taken, r.borrowIndex)) {
        setBorrows(account, r, true);
      }
      r.updateRates(RayMath.ZERO, taken);
      r.pay(taken);
      return "";
    });
  }

  private void validateBorrow(Reserve r, Word amount, String account, Word now) {
    Reverted.require(!amount.isZero(), LendingErrors.INVALID_AMOUNT);
    requireOpen(r);
    Reverted.require(!r.terms.frozen(), LendingErrors.RESERVE_FROZEN);
    Reverted.require(r.terms.borrowing(), LendingErrors.BORROWING_NOT_ENABLED);
    if (r.terms.borrowCap() != 0) {
      Word after = RayMath.plus(math.rayMul(r.totalBorrowed, r.borrowIndex), amount);
      Word cap = math.times(Word.of(r.terms.borrowCap()), r.unit);
      Reverted.require(!after.above(cap), LendingErrors.BORROW_CAP_EXCEEDED);
    }
    Position position = position(account, now);
    Reverted.require(!position.collateral.isZero(), LendingErrors.NO_COLLATERAL);
    Reverted.require(!position.ltv.isZero(), LendingErrors.LTV_VALIDATION_FAILED);
    Reverted.require(position.healthFactor.above(HEALTHY), LendingErrors.HEALTH_FACTOR_TOO_LOW);
    Word worth = math.over(math.times(r.price, amount), r.unit);
    Word needed = math.percentDiv(RayMath.plus(position.debt, worth), position.ltv);
    Reverted.require(!needed.above(position.collateral), LendingErrors.COLLATERAL_CANNOT_COVER);
  }

  /**
   * Pays a debt back, {@link #ALL} of it or an amount.
   *
   * @param payer who pays; may give {@link #ALL} only for its own debt
   * @return how much
   */
  public BigInteger repay(
      long time, int reserve, BigInteger amount, String onBehalfOf, String payer) {
    return repay(time, reserve, Word.ofUnsigned(amount), onBehalfOf, payer, false);
  }

  /**
   * Pays a debt back out of what the same account has supplied of its token.
   *
   * @return how much
   */
  public BigInteger repayWithSupply(long time, int reserve, BigInteger amount, String account) {
    return repay(time, reserve, Word.ofUnsigned(amount), account, account, true);
  }

  private BigInteger repay(
      long time, int reserve, Word amount, String debtor, String payer, boolean fromSupply) {
    return atomically(() -> {
      Word now = Word.of(time);
      Reserve r = of(reserve);
      r.update(now);
      Word debt = r.debt(r.of(debtor), now);
      Reverted.require(!amount.isZero(), LendingErrors.INVALID_AMOUNT);
      Reverted.require(
          !amount.same(RayMath.MAX) || payer.equals(debtor), LendingErrors.NO_EXPLICIT_AMOUNT);
      requireOpen(r);
      Reverted.require(!debt.isZero(), LendingErrors.NO_DEBT);
      Word offered = fromSupply && amount.same(RayMath.MAX) ? r.balance(r.of(payer), now) : amount;
      Word paid = offered.below(debt) ? offered : debt;
      r.burnDebt(r.of(debtor), paid, r.borrowIndex);
      r.updateRates(fromSupply ? RayMath.ZERO : paid, RayMath.ZERO);
      if (debt.same(paid)) {
        setBorrows(debtor, r, false);
      }
      if (fromSupply) {
        r.burnSupply(r.of(payer), paid, r.liquidityIndex);
      } else {
        r.receive(paid);
      }
      return paid.toUnsigned();
    });
  }

  // ---- liquidation ----

  /**
   * Pays another's debt for its collateral and a bonus: half of the debt at most, or all where the
   * health factor is not above 0.95.
   *
   * @param debtToCover most that is to be paid; {@link #ALL} for what is allowed
   * @param receiveSupply whether the collateral stays in the pool as the liquidator's supply
   */
  public Liquidation liquidate(
      long time,
      int collateral,
      int debt,
      String account,
      BigInteger debtToCover,
      boolean receiveSupply,
      String liquidator) {
    Word cover = Word.ofUnsigned(debtToCover);
    return atomically(() ->
        liquidate(
            Word.of(time), of(collateral), of(debt), account, cover, receiveSupply, liquidator));
  }

  /**
   * What {@link #liquidate} would move, with the collateral paid out; changes nothing.
   *
   * @throws Reverted as that
   */
  public Liquidation quoteLiquidation(
      long time, int collateral, int debt, String account, BigInteger debtToCover) {
    Word cover = Word.ofUnsigned(debtToCover);
    try {
      return liquidate(Word.of(time), of(collateral), of(debt), account, cover, false, "");
    } finally {
      journal.rollback();
    }
  }

  private Liquidation liquidate(
      Word now,
      Reserve collateral,
      Reserve debt,
      String account,
      Word cover,
      boolean receiveSupply,
      String liquidator) {
    debt.update(now);
    Word healthFactor = position(account, now).healthFactor;
    Reserve.Holding debtor = debt.of(account);
    Reserve.Holding secured = collateral.of(account);
    Word owed = debt.debt(debtor, now);
    Word most = math.percentMul(owed, healthFactor.above(CLOSE_ALL_BELOW) ? HALF : RayMath.PERCENT);
    validateLiquidation(collateral, debt, account, healthFactor, owed);

    Word balance = collateral.balance(secured, now);
    Seizure seizure = seizure(collateral, debt, cover.above(most) ? most : cover, balance);
    if (owed.same(seizure.repaid)) {
      setBorrows(account, debt, false);
    }
    if (RayMath.plus(seizure.seized, seizure.fee).same(balance)) {
      setSecures(account, collateral, false);
    }
    debt.burnDebt(debtor, seizure.repaid, debt.borrowIndex);
    debt.updateRates(seizure.repaid, RayMath.ZERO);
    if (receiveSupply) {
      giveSupply(collateral, secured, liquidator, seizure.seized, now);
    } else {
      collateral.update(now);
      collateral.updateRates(RayMath.ZERO, seizure.seized);
      collateral.burnSupply(secured, seizure.seized, collateral.liquidityIndex);
      collateral.pay(seizure.seized);
    }
    Word fee = takeProtocolFee(collateral, secured, seizure.fee, now);
    debt.receive(seizure.repaid);
    return new Liquidation(
        seizure.repaid.toUnsigned(), seizure.seized.toUnsigned(), fee.toUnsigned());
  }

  private void validateLiquidation(
      Reserve collateral, Reserve debt, String account, Word healthFactor, Word owed) {
    Reverted.require(
        collateral.terms.active() && debt.terms.active(), LendingErrors.RESERVE_INACTIVE);
    Reverted.require(
        !collateral.terms.paused() && !debt.terms.paused(), LendingErrors.RESERVE_PAUSED);
    Reverted.require(healthFactor.below(HEALTHY), LendingErrors.HEALTH_FACTOR_NOT_BELOW_THRESHOLD);
    Reverted.require(
        collateral.terms.liquidationThreshold() != 0 && secures(account, collateral),
        LendingErrors.COLLATERAL_CANNOT_BE_LIQUIDATED);
    Reverted.require(!owed.isZero(), LendingErrors.CURRENCY_NOT_BORROWED);
  }

  private record Seizure(Word seized, Word repaid, Word fee) {}

  /** How much collateral a payment is worth, and if there is less, what that costs. */
  private Seizure seizure(Reserve collateral, Reserve debt, Word cover, Word balance) {
    Word bonus = Word.of(collateral.terms.liquidationBonus());
    Word base =
        math.over(
            math.times(math.times(debt.price, cover), collateral.unit),
            math.times(collateral.price, debt.unit));
    Word most = math.percentMul(base, bonus);
    Word amount = most;
    Word repaid = cover;
    if (most.above(balance)) {
      amount = balance;
      Word worth =
          math.over(
              math.times(math.times(collateral.price, balance), debt.unit),
              math.times(debt.price, collateral.unit));
      repaid = math.percentDiv(worth, bonus);
    }
    if (collateral.terms.liquidationProtocolFee() == 0) {
      return new Seizure(amount, repaid, RayMath.ZERO);
    }
    Word extra = RayMath.minus(amount, math.percentDiv(amount, bonus));
    Word fee = math.percentMul(extra, Word.of(collateral.terms.liquidationProtocolFee()));
    return new Seizure(RayMath.minus(amount, fee), repaid, fee);
  }

  private void giveSupply(
      Reserve r, Reserve.Holding from, String liquidator, Word amount, Word now) {
    Reserve.Holding to = r.of(liquidator);
    boolean first = r.balance(to, now).isZero();
    r.transfer(from, to, amount, r.normalizedIncome(now));
    if (first) {
      secureWithFirst(r, liquidator);
    }
  }

  private Word takeProtocolFee(Reserve r, Reserve.Holding from, Word fee, Word now) {
    if (fee.isZero()) {
      return fee;
    }
    Word index = r.normalizedIncome(now);
    Word taken =
        math.rayDiv(fee, index).above(from.supplied) ? math.rayMul(from.supplied, index) : fee;
    r.transfer(from, r.of(treasury), taken, index);
    return taken;
  }

  // ---- treasury and flash loans ----

  /** Gives the treasury as supply what it has accrued of these reserves. */
  public void mintToTreasury(long time, List<Integer> places) {
    atomically(() -> {
      Word now = Word.of(time);
      for (int place : places) {
        Reserve r = of(place);
        if (r.terms.active() && !r.accruedToTreasury.isZero()) {
          Word index = r.normalizedIncome(now);
          Word amount = math.rayMul(r.accruedToTreasury, index);
          journal.set(r.accruedToTreasury, RayMath.ZERO);
          if (!amount.isZero()) {
            r.mintSupply(r.of(treasury), amount, index);
          }
        }
      }
      return "";
    });
  }

  /**
   * Lends within a transaction to one who pays back at its end.
   *
   * @return the premium, which is paid back beyond the loan
   */
  public BigInteger flashLoan(long time, int reserve, BigInteger amount) {
    Word lent = Word.ofUnsigned(amount);
    return atomically(() -> {
      Word now = Word.of(time);
      Reserve r = of(reserve);
      Reverted.require(!r.terms.paused(), LendingErrors.RESERVE_PAUSED);
      Reverted.require(r.terms.active(), LendingErrors.RESERVE_INACTIVE);
      Reverted.require(r.terms.flashLoans(), LendingErrors.FLASH_LOAN_DISABLED);
      Word premium = math.percentMul(lent, flashPremium);
      r.pay(lent);
      Word toTreasury = math.percentMul(premium, flashPremiumToTreasury);
      Word back = RayMath.plus(lent, premium);
      r.update(now);
      r.distribute(RayMath.minus(premium, toTreasury), now);
      r.accruePremium(toTreasury);
      r.updateRates(back, RayMath.ZERO);
      r.receive(back);
      return premium.toUnsigned();
    });
  }

  // ---- state ----

  public ReserveState state(int reserve) {
    Reserve r = of(reserve);
    return new ReserveState(
        r.liquidityIndex.toUnsigned(),
        r.liquidityRate.toUnsigned(),
        r.borrowIndex.toUnsigned(),
        r.borrowRate.toUnsigned(),
        r.stableRate.toUnsigned(),
        r.updated.limb(0),
        r.accruedToTreasury.toUnsigned(),
        r.available.toUnsigned(),
        r.totalSupplied.toUnsigned(),
        r.totalBorrowed.toUnsigned());
  }

  /** What an account has supplied, with interest up to {@code time}. */
  public BigInteger supplied(long time, int reserve, String account) {
    Reserve r = of(reserve);
    return r.balance(r.of(account), Word.of(time)).toUnsigned();
  }

  /** What an account owes, with interest up to {@code time}. */
  public BigInteger debt(long time, int reserve, String account) {
    Reserve r = of(reserve);
    return r.debt(r.of(account), Word.of(time)).toUnsigned();
  }

  /** What one scaled unit of supply is worth at {@code time}, ray. */
  public BigInteger normalizedIncome(long time, int reserve) {
    return of(reserve).normalizedIncome(Word.of(time)).toUnsigned();
  }

  /** What one scaled unit of debt is worth at {@code time}, ray. */
  public BigInteger normalizedDebt(long time, int reserve) {
    return of(reserve).normalizedDebt(Word.of(time)).toUnsigned();
  }

  /** What the oracle says that one whole token is worth. */
  public BigInteger price(int reserve) {
    return of(reserve).price.toUnsigned();
  }

  /** What an account has supplied, by the index it was counted at. */
  public BigInteger scaledSupply(int reserve, String account) {
    return of(reserve).of(account).supplied.toUnsigned();
  }

  /** What an account owes, by the index it was counted at. */
  public BigInteger scaledDebt(int reserve, String account) {
    return of(reserve).of(account).borrowed.toUnsigned();
  }

  /** Two bits for each reserve, from the lowest: whether it is borrowed, whether it secures. */
  public BigInteger accountFlags(String account) {
    return flagsOf(account).toUnsigned();
  }

  /**
   * The position of an account.
   *
   * @throws Reverted if its worth passes 256 bits
   */
  public AccountData account(long time, String account) {
    Position p = position(account, Word.of(time));
    Word most = math.percentMul(p.collateral, p.ltv);
    return new AccountData(
        p.collateral.toUnsigned(),
        p.debt.toUnsigned(),
        most.below(p.debt) ? BigInteger.ZERO : RayMath.minus(most, p.debt).toUnsigned(),
        p.threshold.toUnsigned(),
        p.ltv.toUnsigned(),
        p.healthFactor.toUnsigned());
  }

  // ---- what operations share ----

  private record Position(
      Word collateral,
      Word debt,
      Word ltv,
      Word threshold,
      Word healthFactor,
      boolean hasZeroLtv) {}

  /** GenericLogic.calculateUserAccountData. */
  private Position position(String account, Word now) {
    long bits = flagsOf(account).limb(0);
    Word collateral = new Word();
    Word debt = new Word();
    Word ltv = new Word();
    Word threshold = new Word();
    boolean hasZeroLtv = false;
    for (int i = 0; i < reserves.size() && bits != 0; i++, bits >>>= 2) {
      if ((bits & 3) == 0) {
        continue;
      }
      Reserve r = reserves.get(i);
      Reserve.Holding holding = r.of(account);
      if (r.terms.liquidationThreshold() != 0 && (bits & 2) != 0) {
        Word worth = math.over(math.times(r.balance(holding, now), r.price), r.unit);
        collateral = RayMath.plus(collateral, worth);
        if (r.terms.ltv() != 0) {
          ltv = RayMath.plus(ltv, math.times(worth, Word.of(r.terms.ltv())));
        } else {
          hasZeroLtv = true;
        }
        threshold =
            RayMath.plus(threshold, math.times(worth, Word.of(r.terms.liquidationThreshold())));
      }
      if ((bits & 1) != 0) {
        debt = RayMath.plus(debt, math.over(math.times(r.price, r.debt(holding, now)), r.unit));
      }
    }
    ltv = collateral.isZero() ? RayMath.ZERO : math.over(ltv, collateral);
    threshold = collateral.isZero() ? RayMath.ZERO : math.over(threshold, collateral);
    Word health =
        debt.isZero() ? RayMath.MAX : math.wadDiv(math.percentMul(collateral, threshold), debt);
    return new Position(collateral, debt, ltv, threshold, health, hasZeroLtv);
  }

  private void requireHealthAndLtv(String account, Reserve r, Word now) {
    Position position = position(account, now);
    Reverted.require(!position.healthFactor.below(HEALTHY), LendingErrors.HEALTH_FACTOR_TOO_LOW);
    Reverted.require(
        !position.hasZeroLtv || r.terms.ltv() == 0, LendingErrors.LTV_VALIDATION_FAILED);
  }

  private static void requireOpen(Reserve r) {
    Reverted.require(r.terms.active(), LendingErrors.RESERVE_INACTIVE);
    Reverted.require(!r.terms.paused(), LendingErrors.RESERVE_PAUSED);
  }

  private void secureWithFirst(Reserve r, String account) {
    if (r.terms.ltv() != 0) {
      setSecures(account, r, true);
    }
  }

  private Word flagsOf(String account) {
    return flags.computeIfAbsent(account, _ -> new Word());
  }

  private boolean secures(String account, Reserve r) {
    return (flagsOf(account).limb(0) >>> (2 * r.id + 1) & 1) != 0;
  }

  private boolean borrowsAny(String account) {
    return (flagsOf(account).limb(0) & 0x5555_5555_5555_5555L) != 0;
  }

  private void setSecures(String account, Reserve r, boolean on) {
    setFlag(account, 2 * r.id + 1, on);
  }

  private void setBorrows(String account, Reserve r, boolean on) {
    setFlag(account, 2 * r.id, on);
  }

  private void setFlag(String account, int bit, boolean on) {
    Word held = flagsOf(account);
    long bits = held.limb(0);
    bits = on ? bits | 1L << bit : bits & ~(1L << bit);
    journal.set(held, new Word().setUnsigned(bits));
  }

  private Reserve of(int reserve) {
    if (reserve < 0 || reserve >= reserves.size()) {
      throw new IllegalArgumentException(
          "The pool has " + reserves.size() + " reserves, counted from 0, and none at " + reserve);
    }
    return reserves.get(reserve);
  }

  private <T> T atomically(Supplier<T> operation) {
    boolean done = false;
    try {
      T result = operation.get();
      done = true;
      return result;
    } finally {
      if (done) {
        journal.commit();
      } else {
        journal.rollback();
      }
    }
  }
}
