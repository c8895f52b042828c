package org.probity.sim.market;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * A vault's account with a {@link LendingPool}, and what its desk tells of it: exactly what {@code
 * AaveV3Account.sol} does and {@code AaveV3Desk.sol} says in a market of the pool's version. What
 * is booked of it is the vault's to remember.
 *
 * <p>Not thread-safe.
 */
public final class LendingAccount {

  private static final BigInteger RAY = BigInteger.TEN.pow(27);
  private static final BigInteger BPS = BigInteger.valueOf(10_000);
  private static final BigInteger NO_CAP = BigInteger.ONE.shiftLeft(128).subtract(BigInteger.ONE);
  private static final int PRICE_BITS = 96;

  private final LendingPool pool;
  private final String account;

  /**
   * @param account what the pool calls it
   */
  public LendingAccount(LendingPool pool, String account) {
    this.pool = pool;
    this.account = account;
  }

  /**
   * A movement.
   *
   * @param amount that went between the vault and the market
   * @param before the account's balance that it changed, of supply or of debt, scaled
   * @param left the same afterwards
   * @param index of the reserve's supply at the time, ray
   */
  public record Moved(BigInteger amount, BigInteger before, BigInteger left, BigInteger index) {}

  /** What a vault has booked of a reserve, both scaled. */
  public record Booked(BigInteger supplied, BigInteger owed) {}

  /**
   * A reserve as the desk tells of it; amounts in the token's smallest unit.
   *
   * @param supplied of what is booked, with interest, rounded down; no more than is there
   * @param owed of what is booked, with interest, rounded up
   * @param liquid what the market could pay out
   * @param supplyRoom what it would take
   * @param borrowRoom what it would lend
   * @param price of one whole token
   * @param thresholdBps 0 where the account's supply is no collateral
   * @param ltvBps likewise
   */
  public record State(
      BigInteger supplied,
      BigInteger owed,
      BigInteger liquid,
      BigInteger supplyRoom,
      BigInteger borrowRoom,
      boolean repayable,
      BigInteger price,
      int thresholdBps,
      int ltvBps) {

    private State withOwed(BigInteger least) {
      return new State(
          supplied,
          owed.min(least),
          liquid,
          supplyRoom,
          borrowRoom,
          repayable,
          price,
          thresholdBps,
          ltvBps);
    }

    private State notLiquid() {
      return new State(
          supplied,
          owed,
          BigInteger.ZERO,
          supplyRoom,
          borrowRoom,
          repayable,
          price,
          thresholdBps,
          ltvBps);
    }
  }

  // ---- movements ----

  /** Takes supply back for the vault, all of it for {@link LendingPool#ALL}. */
  public Moved withdraw(long time, int reserve, BigInteger amount) {
    BigInteger before = pool.scaledSupply(reserve, account);
    BigInteger given =
        before.signum() == 0 ? BigInteger.ZERO : pool.withdraw(time, reserve, amount, account);
    return supplyMoved(time, reserve, given, before);
  }

  /** Borrows for the vault. */
  public Moved borrow(long time, int reserve, BigInteger amount) {
    BigInteger before = pool.scaledDebt(reserve, account);
    pool.borrow(time, reserve, amount, account);
    return debtMoved(time, reserve, amount, before);
  }

  /** Pays a debt back out of the vault, at most all of it. */
  public Moved repay(long time, int reserve, BigInteger amount) {
    BigInteger before = pool.scaledDebt(reserve, account);
    BigInteger paid = amount.min(pool.debt(time, reserve, account));
    if (paid.signum() != 0) {
      pool.repay(time, reserve, paid, account, account);
    }
    return debtMoved(time, reserve, paid, before);
  }

  /** Supplies out of the vault, as collateral where it may be. */
  public Moved supply(long time, int reserve, BigInteger amount) {
    BigInteger before = pool.scaledSupply(reserve, account);
    pool.supply(time, reserve, amount, account);
    if (!isCollateral(reserve) && pool.terms(reserve).ltv() != 0) {
      try {
        pool.useAsCollateral(time, reserve, true, account);
      } catch (Reverted e) {
        // What was supplied stays, and is no collateral.
      }
    }
    return supplyMoved(time, reserve, amount, before);
  }

  private Moved supplyMoved(long time, int reserve, BigInteger amount, BigInteger before) {
    return new Moved(
        amount, before, pool.scaledSupply(reserve, account), pool.normalizedIncome(time, reserve));
  }

  private Moved debtMoved(long time, int reserve, BigInteger amount, BigInteger before) {
    return new Moved(
        amount, before, pool.scaledDebt(reserve, account), pool.normalizedIncome(time, reserve));
  }

  private boolean isCollateral(int reserve) {
    return pool.accountFlags(account).testBit(2 * reserve + 1);
  }

  // ---- what the desk says ----

  /** The health factor times 10^18; the greatest number of 256 bits without debt. */
  public BigInteger health(long time) {
    return pool.account(time, account).healthFactor();
  }

  /**
   * What the account has and may do.
   *
   * @param reserves of the vault's policy
   * @param borrowable whether it may borrow each of them
   * @param booked of each of them
   * @throws Reverted {@code NoPrice} where the oracle has none that the desk takes
   */
  public List<State> look(
      long time, List<Integer> reserves, List<Boolean> borrowable, List<Booked> booked) {
    List<State> states = new ArrayList<>();
    boolean taken = false;
    boolean owes = false;
    for (int i = 0; i < reserves.size(); i++) {
      int reserve = reserves.get(i);
      State state = state(time, reserve, borrowable.get(i), booked.get(i));
      states.add(state);
      taken |= pool.scaledSupply(reserve, account).compareTo(booked.get(i).supplied) < 0;
      owes |= state.owed.signum() != 0;
    }
    if (taken) {
      // Somebody liquidated: what is owed may be less than is booked.
      for (int i = 0; i < states.size(); i++) {
        int reserve = reserves.get(i);
        states.set(
            i, states.get(i).withOwed(debt(time, reserve, pool.scaledDebt(reserve, account))));
      }
    }
    boolean zeroes =
        states.stream()
            .anyMatch(
                one -> one.supplied.signum() != 0 && one.thresholdBps != 0 && one.ltvBps == 0);
    if (owes && zeroes) {
      // The market first gives back what nothing may be borrowed on.
      states.replaceAll(one -> one.ltvBps == 0 ? one : one.notLiquid());
    }
    return List.copyOf(states);
  }

  private State state(long time, int reserve, boolean borrowable, Booked booked) {
    ReserveTerms terms = pool.terms(reserve);
    LendingPool.ReserveState there = pool.state(reserve);
    BigInteger price = pool.price(reserve);
    Reverted.require(price.signum() != 0 && price.bitLength() <= PRICE_BITS, "NoPrice");
    boolean live = terms.active() && !terms.paused();
    boolean open = live && !terms.frozen();
    BigInteger index = pool.normalizedIncome(time, reserve);
    BigInteger liquid = live ? there.available() : BigInteger.ZERO;
    boolean collateral = isCollateral(reserve);
    return new State(
        booked.supplied.min(pool.scaledSupply(reserve, account)).multiply(index).divide(RAY),
        debt(time, reserve, booked.owed),
        liquid,
        open ? supplyRoom(terms, there, index) : BigInteger.ZERO,
        open && borrowable && terms.borrowing()
            ? liquid.min(borrowRoom(time, reserve, terms, there))
            : BigInteger.ZERO,
        live,
        price,
        collateral ? terms.liquidationThreshold() : 0,
        collateral ? terms.ltv() : 0);
  }

  private BigInteger debt(long time, int reserve, BigInteger scaled) {
    return overRay(scaled.multiply(pool.normalizedDebt(time, reserve)));
  }

  private static BigInteger overRay(BigInteger value) {
    return value.add(RAY).subtract(BigInteger.ONE).divide(RAY);
  }

  /** With room for what the treasury gets of interest that is not counted yet. */
  private static BigInteger supplyRoom(
      ReserveTerms terms, LendingPool.ReserveState there, BigInteger index) {
    if (terms.supplyCap() == 0) {
      return NO_CAP;
    }
    BigInteger factor = BigInteger.valueOf(terms.reserveFactor());
    BigInteger share =
        factor.compareTo(BPS) < 0
            ? there
                .totalSupplied()
                .multiply(index.subtract(there.liquidityIndex()))
                .divide(RAY)
                .multiply(factor)
                .divide(BPS.subtract(factor))
            : BigInteger.ZERO;
    BigInteger total =
        overRay(there.totalSupplied().add(there.accruedToTreasury()).multiply(index))
            .add(share.shiftLeft(1))
            .add(BigInteger.ONE);
    return room(terms.supplyCap(), terms, total);
  }

  private BigInteger borrowRoom(
      long time, int reserve, ReserveTerms terms, LendingPool.ReserveState there) {
    return terms.borrowCap() == 0
        ? NO_CAP
        : room(
            terms.borrowCap(),
            terms,
            debt(time, reserve, there.totalBorrowed()).add(BigInteger.ONE));
  }

  private static BigInteger room(long cap, ReserveTerms terms, BigInteger total) {
    return BigInteger.valueOf(cap)
        .multiply(BigInteger.TEN.pow(terms.decimals()))
        .subtract(total)
        .max(BigInteger.ZERO);
  }
}
