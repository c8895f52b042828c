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
import org.probity.sim.market.V2Pair;
import org.probity.sim.market.V3Pool;
import org.probity.sim.math.Word;

/**
 * One swap in the simulator's pools; nanoseconds. {@link ContractSwapBenchmark} has the same swap
 * in the contract itself.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class SwapBenchmark {

  private static final int FEE = 500;
  private static final int SPACING = 10;
  private static final int LADDER = 200;
  private static final BigInteger DEPTH = BigInteger.TEN.pow(24);
  private static final BigInteger IN = BigInteger.TEN.pow(15);
  private static final BigInteger RESERVE = BigInteger.TEN.pow(24);

  private final V3Pool wide = wide();
  private final V3Pool ladder = ladder();
  private final V2Pair pair = pair();
  private final Word amount = Word.of(IN);
  private final Word large = Word.of(BigInteger.TEN.pow(22).multiply(BigInteger.TWO));
  private final Word down = Word.of(V3Pool.LEAST_LIMIT);
  private final Word up = Word.of(V3Pool.GREATEST_LIMIT);
  private final Word amount0 = new Word();
  private final Word amount1 = new Word();
  private final Word in = Word.of(IN);
  private final Word out =
      Word.of(IN.multiply(BigInteger.valueOf(99)).divide(BigInteger.TEN.pow(2)));
  private final Word none = new Word();
  private long time = 2;
  private boolean zeroForOne;

  static V3Pool wide() {
    V3Pool pool = new V3Pool(FEE, SPACING);
    pool.initialize(1, BigInteger.ONE.shiftLeft(96));
    pool.mint(1, "bench", -887_270, 887_270, DEPTH);
    return pool;
  }

  /** A position on each spacing, so that a large swap crosses a tick each ten. */
  private static V3Pool ladder() {
    V3Pool pool = wide();
    for (int i = -LADDER; i < LADDER; i++) {
      pool.mint(1, "bench", i * SPACING, (i + 1) * SPACING, DEPTH);
    }
    return pool;
  }

  private static V2Pair pair() {
    V2Pair pair = new V2Pair("0x00000000000000000000000000000000000000aa");
    pair.deposit(RESERVE, RESERVE);
    pair.mint(1, "bench");
    return pair;
  }

  /** To and fro inside one tick range. */
  @Benchmark
  public Word v3InsideRange() {
    zeroForOne = !zeroForOne;
    wide.swap(time++, zeroForOne, amount, zeroForOne ? down : up, amount0, amount1);
    return amount1;
  }

  /** To and fro over about twenty initialized ticks. */
  @Benchmark
  public Word v3CrossingTicks() {
    zeroForOne = !zeroForOne;
    ladder.swap(time++, zeroForOne, large, zeroForOne ? down : up, amount0, amount1);
    return amount1;
  }

  /** What a swap inside one range would give. */
  @Benchmark
  public V3Pool.Quote v3Quote() {
    zeroForOne = !zeroForOne;
    return wide.quote(
        time, zeroForOne, IN, zeroForOne ? V3Pool.LEAST_LIMIT : V3Pool.GREATEST_LIMIT);
  }

  /** To and fro in a v2 pair. */
  @Benchmark
  public Word v2() {
    zeroForOne = !zeroForOne;
    if (zeroForOne) {
      pair.swap(time++, none, out, in, none);
    } else {
      pair.swap(time++, out, none, none, in);
    }
    return out;
  }
}
