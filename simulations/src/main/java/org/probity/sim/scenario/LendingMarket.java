package org.probity.sim.scenario;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.probity.sim.market.LendingPool;
import org.probity.sim.market.Reverted;
import org.probity.sim.market.V3Pool;
import org.probity.sim.random.RandomStream;
import org.probity.sim.scenario.MarketActivity.Liquidation;

/**
 * Borrowers and liquidators around an exact Aave v3 market, beside a scenario's pool.
 *
 * <p>Borrowers secure a debt in one of the two assets with a deposit of the other, and keep what
 * they borrowed; now and then one chooses another health factor, and borrows more or repays.
 * Liquidators look at every position when the market's oracle reports and at each price of the
 * other market. What may be liquidated they liquidate in a flash swap: the pool pays for the
 * collateral before it gets it, the debt is repaid out of that, and what remains must be worth more
 * than the gas. So they need no money of their own, and every collateral seized is sold into the
 * pool in the same block.
 *
 * <p>Who pays into the market has the tokens; nothing is made or lost in it: see {@link #books}.
 */
final class LendingMarket {

  static final int BASE = 0;
  static final int QUOTE = 1;

  static final String LENDERS = "lenders";
  static final String TREASURY = "treasury";

  private static final BigInteger WAD = BigInteger.TEN.pow(18);
  private static final double BPS = 10_000;
  private static final double DAY = 86_400;

  /** A cent, in the oracle's currency. */
  private static final double DUST = 1e6;

  /**
   * All that may be repaid, or a half of it, and so on: a whole sale may move the price too far.
   */
  private static final int PARTS = 6;

  final LendingPool lending = new LendingPool(TREASURY);
  private final LendingTerms terms;
  private final PoolTerms assets;
  private final ExactPool pool;
  private final LendingOracle oracle;
  private final GasCost gas;
  private final RandomStream borrowing;
  private final RandomStream liquidating;
  private final List<Borrower> borrowers = new ArrayList<>();
  private final List<Liquidation> liquidations = new ArrayList<>();
  final Books books = new Books();
  private double nextMove;

  /** One who has a debt. */
  private static final class Borrower {
    private final String name;
    private final boolean isShort;

    /** What it borrowed and has not repaid yet, smallest units. */
    private BigInteger wallet = BigInteger.ZERO;

    Borrower(String name, boolean isShort) {
      this.name = name;
      this.isShort = isShort;
    }

    int collateral() {
      return isShort ? QUOTE : BASE;
    }

    int debt() {
      return isShort ? BASE : QUOTE;
    }
  }

  /** Where the tokens of each asset are, in smallest units, in the order of the reserves. */
  static final class Books {
    /** What was brought in from outside: deposits of lenders and borrowers. */
    final BigInteger[] deposited = {BigInteger.ZERO, BigInteger.ZERO};

    /** What borrowers hold. */
    final BigInteger[] borrowed = {BigInteger.ZERO, BigInteger.ZERO};

    /** What liquidators earned, before gas. */
    final BigInteger[] earned = {BigInteger.ZERO, BigInteger.ZERO};

    /** What liquidators sold into the pool, less what they got from it. */
    final BigInteger[] sold = {BigInteger.ZERO, BigInteger.ZERO};
  }

  /** A liquidation that would pay. */
  private record Chance(
      BigInteger cover, BigInteger proceeds, double price, double gas, double profit) {}

  LendingMarket(
      LendingTerms terms,
      PoolTerms assets,
      ExactPool pool,
      GasCost gas,
      double price,
      long time,
      RandomStream random) {
    this.terms = terms;
    this.assets = assets;
    this.pool = pool;
    this.gas = gas;
    this.oracle = new LendingOracle(terms.prices(), assets, pool, price, time);
    this.borrowing = random.named("borrowers");
    this.liquidating = random.named("liquidators");
    lending.addReserve(terms.base().terms(), terms.base().curve());
    lending.addReserve(terms.quote().terms(), terms.quote().curve());
    lending.setPrice(QUOTE, LendingOracle.ONE);
    lending.setPrice(BASE, oracle.price(time));
    deposit(time, BASE, assets.baseUnits(terms.baseSupply()), LENDERS);
    deposit(time, QUOTE, assets.quoteUnits(terms.quoteSupply()), LENDERS);
    for (int i = 0; i < terms.borrowers(); i++) {
      open(new Borrower("borrower " + i, borrowing.chance(terms.shortShare())), price, time);
    }
    this.nextMove = time + waitForMove();
  }

  private double waitForMove() {
    double perSecond = terms.borrowers() * terms.movesPerDay() / DAY;
    return perSecond > 0 ? borrowing.nextExponential(1 / perSecond) : Double.POSITIVE_INFINITY;
  }

  // ---- borrowers ----

  private void open(Borrower borrower, double price, long time) {
    double size = borrowing.nextExponential(terms.size());
    BigInteger amount = borrower.isShort ? assets.quoteUnits(size * price) : assets.baseUnits(size);
    borrowers.add(borrower);
    deposit(time, borrower.collateral(), amount, borrower.name);
    choose(borrower, time);
  }

  private void deposit(long time, int reserve, BigInteger amount, String account) {
    if (amount.signum() > 0) {
      lending.supply(time, reserve, amount, account);
      books.deposited[reserve] = books.deposited[reserve].add(amount);
    }
  }

  /** Borrows or repays until the health factor is a new one. */
  private void choose(Borrower borrower, long time) {
    double health = borrowing.nextDouble(terms.lowestHealth(), terms.highestHealth());
    LendingPool.AccountData account = lending.account(time, borrower.name);
    double secured =
        account.collateral().doubleValue() * account.liquidationThreshold().doubleValue();
    double change = secured / BPS / health - account.debt().doubleValue();
    BigInteger amount = unitsOfWorth(borrower.debt(), Math.abs(change), time);
    if (change > 0) {
      borrow(borrower, amount, account, time);
    } else {
      repay(borrower, amount, time);
    }
  }

  private BigInteger unitsOfWorth(int reserve, double worth, long time) {
    double price = (reserve == BASE ? oracle.price(time) : LendingOracle.ONE).doubleValue();
    double whole = worth / price;
    return reserve == BASE ? assets.baseUnits(whole) : assets.quoteUnits(whole);
  }

  /** As much as is asked, may be borrowed and is there. */
  private void borrow(
      Borrower borrower, BigInteger asked, LendingPool.AccountData account, long time) {
    int reserve = borrower.debt();
    // A little below the limit: the contract rounds against the borrower.
    double most = account.availableBorrows().doubleValue() * (1 - 1e-6) - DUST;
    BigInteger amount =
        asked
            .min(unitsOfWorth(reserve, Math.max(0, most), time))
            .min(lending.state(reserve).available());
    if (amount.signum() > 0 && account.healthFactor().compareTo(WAD) > 0) {
      lending.borrow(time, reserve, amount, borrower.name);
      keep(borrower, amount);
    }
  }

  /** As much as is asked and it has left of what it borrowed. */
  private void repay(Borrower borrower, BigInteger asked, long time) {
    int reserve = borrower.debt();
    BigInteger amount = asked.min(borrower.wallet).min(lending.debt(time, reserve, borrower.name));
    if (amount.signum() > 0) {
      keep(borrower, lending.repay(time, reserve, amount, borrower.name, borrower.name).negate());
    }
  }

  private void keep(Borrower borrower, BigInteger change) {
    borrower.wallet = borrower.wallet.add(change);
    books.borrowed[borrower.debt()] = books.borrowed[borrower.debt()].add(change);
  }

  // ---- time ----

  /** When something happens next without a new price of the other market. */
  double nextTime() {
    return Math.min(nextMove, (double) oracle.nextReport());
  }

  /** Lets that happen. Returns whether anything was sold into the pool. */
  boolean advance(long time) {
    if (oracle.nextReport() <= nextMove) {
      oracle.report();
      return look(time);
    }
    lending.setPrice(BASE, oracle.price(time));
    choose(borrowers.get(borrowing.nextInt(borrowers.size())), time);
    nextMove += waitForMove();
    return false;
  }

  /** The other market has a new price. Returns whether anything was sold into the pool. */
  boolean see(double price, long time) {
    oracle.see(price, time);
    return look(time);
  }

  // ---- liquidators ----

  /** Whoever may be liquidated, the unhealthiest first. */
  private boolean look(long time) {
    lending.setPrice(BASE, oracle.price(time));
    record Found(Borrower borrower, BigInteger health) {}
    var found = new ArrayList<Found>();
    for (Borrower borrower : borrowers) {
      LendingPool.AccountData account = lending.account(time, borrower.name);
      if (account.healthFactor().compareTo(WAD) < 0 && account.collateral().signum() > 0) {
        found.add(new Found(borrower, account.healthFactor()));
      }
    }
    found.sort(Comparator.comparing(Found::health));
    boolean sold = false;
    for (Found one : found) {
      if (liquidating.chance(terms.noticeChance())) {
        sold |= liquidate(one.borrower, time);
      }
    }
    return sold;
  }

  private boolean liquidate(Borrower borrower, long time) {
    Chance best = null;
    BigInteger cover = lending.debt(time, borrower.debt(), borrower.name);
    for (int part = 0; part < PARTS && cover.signum() > 0; part++) {
      Chance chance = chance(borrower, cover, time);
      if (chance != null && (best == null || chance.profit > best.profit)) {
        best = chance;
      }
      cover = (chance == null ? cover : chance.cover).shiftRight(1);
    }
    if (best == null || best.profit <= 0) {
      return false;
    }
    carryOut(borrower, best, time);
    return true;
  }

  /** What the pool would pay for the collateral, and what that leaves; null if it cannot be. */
  private @Nullable Chance chance(Borrower borrower, BigInteger cover, long time) {
    LendingPool.Liquidation moves;
    try {
      moves =
          lending.quoteLiquidation(
              time, borrower.collateral(), borrower.debt(), borrower.name, cover);
    } catch (Reverted dust) {
      return null;
    }
    boolean zeroForOne = borrower.isShort != assets.baseIsToken0();
    V3Pool.Quote sale = pool.quote(time, zeroForOne, moves.collateralSeized());
    BigInteger taken = zeroForOne ? sale.amount0() : sale.amount1();
    BigInteger proceeds = (zeroForOne ? sale.amount1() : sale.amount0()).negate();
    if (!taken.equals(moves.collateralSeized()) || proceeds.signum() == 0) {
      return null;
    }
    BigInteger gain = proceeds.subtract(moves.debtRepaid());
    double now = assets.price(pool.sqrtPriceX96());
    double cost = gas.quote(terms.liquidationGas(), time, now);
    double worth = borrower.isShort ? assets.base(gain) * now : assets.quote(gain);
    double price =
        borrower.isShort
            ? assets.quote(taken) / assets.base(proceeds)
            : assets.quote(proceeds) / assets.base(taken);
    return new Chance(moves.debtRepaid(), proceeds, price, cost, worth - cost);
  }

  private void carryOut(Borrower borrower, Chance chance, long time) {
    int collateral = borrower.collateral();
    int debt = borrower.debt();
    LendingPool.Liquidation moved =
        lending.liquidate(time, collateral, debt, borrower.name, chance.cover, false, "liquidator");
    boolean zeroForOne = borrower.isShort != assets.baseIsToken0();
    pool.swap(time, zeroForOne, moved.collateralSeized());
    BigInteger gain = chance.proceeds.subtract(moved.debtRepaid());
    books.sold[collateral] = books.sold[collateral].add(moved.collateralSeized());
    books.sold[debt] = books.sold[debt].subtract(chance.proceeds);
    books.earned[debt] = books.earned[debt].add(gain);
    liquidations.add(
        new Liquidation(
            time,
            !borrower.isShort,
            moved.debtRepaid(),
            moved.collateralSeized(),
            moved.protocolFee(),
            chance.proceeds,
            chance.price,
            borrower.isShort
                ? assets.base(moved.debtRepaid()) * chance.price
                : assets.quote(moved.debtRepaid()),
            chance.gas,
            chance.profit));
  }

  // ---- what is to be told ----

  List<Liquidation> liquidations() {
    return liquidations;
  }

  /** How the borrowers stand, in whole quote tokens at the oracle's price. */
  MarketActivity.Lending standing(long time) {
    lending.setPrice(BASE, oracle.price(time));
    int owing = 0;
    int underwater = 0;
    double collateral = 0;
    double debt = 0;
    double bad = 0;
    for (Borrower borrower : borrowers) {
      LendingPool.AccountData account = lending.account(time, borrower.name);
      owing += account.debt().signum() > 0 ? 1 : 0;
      collateral += worth(account.collateral());
      debt += worth(account.debt());
      BigInteger missing = account.debt().subtract(account.collateral());
      if (missing.signum() > 0) {
        underwater++;
        bad += worth(missing);
      }
    }
    return new MarketActivity.Lending(owing, collateral, debt, underwater, bad);
  }

  private static double worth(BigInteger inOracleCurrency) {
    return new BigDecimal(inOracleCurrency, 8).doubleValue();
  }
}
