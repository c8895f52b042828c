package org.probity.sim.bench;

import java.math.BigInteger;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.probity.sim.market.LendingPool;
import org.probity.sim.market.RateCurve;
import org.probity.sim.market.ReserveTerms;

/**
 * One operation in the simulator's Aave v3 market, a second after the last one, interest included;
 * nanoseconds. Deposits are so large that millions of operations change no rate to speak of.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class LendingBenchmark {

  private static final int WETH = 0;
  private static final int USD = 1;
  private static final BigInteger DOLLAR = BigInteger.TEN.pow(6);
  private static final BigInteger ETHER = BigInteger.TEN.pow(18);
  private static final BigInteger MILLION = DOLLAR;

  private final LendingPool healthy = pool();
  private final LendingPool fallen = fallen();
  private long time = 1;

  private static LendingPool pool() {
    LendingPool pool = new LendingPool("treasury");
    pool.addReserve(
        ReserveTerms.open(18, 8_050, 8_300, 10_500, 1_500, 1_000),
        RateCurve.ofBasisPoints(8_000, 0, 330, 8_000));
    pool.addReserve(
        ReserveTerms.open(6, 7_500, 7_800, 10_450, 1_000, 1_000),
        RateCurve.ofBasisPoints(9_000, 0, 600, 6_000));
    price(pool, 2_500);
    pool.setPrice(USD, BigInteger.TEN.pow(8));
    pool.supply(1, USD, DOLLAR.multiply(MILLION).multiply(MILLION), "lender");
    pool.supply(1, WETH, ETHER.multiply(MILLION).multiply(BigInteger.TEN.pow(3)), "borrower");
    pool.borrow(1, USD, DOLLAR.multiply(MILLION).multiply(MILLION), "borrower");
    pool.supply(1, USD, DOLLAR.multiply(MILLION), "lender");
    return pool;
  }

  private static void price(LendingPool pool, long dollars) {
    pool.setPrice(WETH, BigInteger.valueOf(dollars).multiply(BigInteger.TEN.pow(8)));
  }

  /** The same after a fall that leaves the borrower a health factor of about 0.97. */
  private static LendingPool fallen() {
    LendingPool pool = pool();
    price(pool, 1_170);
    return pool;
  }

  /** Borrows, and repays the same a second later. */
  @Benchmark
  public BigInteger borrowAndRepay() {
    healthy.borrow(time++, USD, DOLLAR, "borrower");
    return healthy.repay(time++, USD, DOLLAR, "borrower", "borrower");
  }

  /** Supplies, and withdraws the same a second later. */
  @Benchmark
  public BigInteger supplyAndWithdraw() {
    healthy.supply(time++, USD, DOLLAR, "lender");
    return healthy.withdraw(time++, USD, DOLLAR, "lender");
  }

  /** The position of an account with a deposit and a debt, interest up to now included. */
  @Benchmark
  public LendingPool.AccountData healthFactor() {
    return healthy.account(time++, "borrower");
  }

  /** Liquidates a small part of a debt. */
  @Benchmark
  public LendingPool.Liquidation liquidation() {
    return fallen.liquidate(time++, WETH, USD, "borrower", DOLLAR, false, "liquidator");
  }
}
