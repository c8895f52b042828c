package org.probity.sim.scenario;

import java.math.BigInteger;
import org.probity.strategy.feature.PriceMath;

/** Stands in for the exact pool until that is here: liquidity over every price only. */
public final class ExactPool {
  public static final BigInteger LEAST_SQRT = BigInteger.valueOf(4295128740L);
  public static final BigInteger GREATEST_SQRT =
      new BigInteger("1461446703485210103287273052203988822378723970341");
  private static final BigInteger HUGE = BigInteger.ONE.shiftLeft(200);
  private static final BigInteger MILLION = BigInteger.valueOf(1_000_000);

  public record Swapped(BigInteger amount0, BigInteger amount1) {}

  public record Mark(BigInteger sqrt, int tick, BigInteger liquidity, int index, long time, long cumulative) {}

  private final int fee;
  private BigInteger sqrt;
  private int tick;
  private BigInteger liquidity = BigInteger.ZERO;
  private final long[] times;
  private final long[] cumulatives;
  private final boolean[] set;
  private int index;

  private ExactPool(int fee, BigInteger sqrt, long time, int observations) {
    this.fee = fee;
    this.sqrt = sqrt;
    this.tick = tickAt(sqrt);
    times = new long[observations];
    cumulatives = new long[observations];
    set = new boolean[observations];
    times[0] = time;
    set[0] = true;
  }

  public static ExactPool create(int fee, BigInteger sqrt, long time, int observations) {
    return new ExactPool(fee, sqrt, time, observations);
  }

  public static ExactPool create(int fee, int spacing, BigInteger sqrt, long time, int observations) {
    return new ExactPool(fee, sqrt, time, Math.max(observations, 1200));
  }

  private static int tickAt(BigInteger sqrt) {
    int t = (int) Math.floor(2 * (Math.log(sqrt.doubleValue()) - 96 * Math.log(2)) / Math.log(1.0001));
    t = Math.clamp(t, -887271, 887271);
    while (PriceMath.sqrtRatioX96(t + 1).compareTo(sqrt) <= 0) t++;
    while (PriceMath.sqrtRatioX96(t).compareTo(sqrt) > 0) t--;
    return t;
  }

  public int feePips() {
    return fee;
  }

  public BigInteger sqrtPriceX96() {
    return sqrt;
  }

  public int tick() {
    return tick;
  }

  private void observe(long time) {
    if (times[index] == time) return;
    int next = index + 1 == times.length ? 0 : index + 1;
    cumulatives[next] = cumulatives[index] + tick * (time - times[index]);
    times[next] = time;
    set[next] = true;
    index = next;
  }

  public void setWideLiquidity(long time, BigInteger l) {
    if (!l.equals(liquidity)) {
      observe(time);
      liquidity = l;
    }
  }

  public void mint(long time, String owner, int lower, int upper, BigInteger amount) {
    observe(time);
    liquidity = liquidity.add(amount);
  }

  public void burn(long time, String owner, int lower, int upper, BigInteger amount) {
    observe(time);
    liquidity = liquidity.subtract(amount);
  }

  public void grow(int n) {}

  public void setProtocolFee(int a, int b) {}

  public Swapped swapTo(long time, BigInteger target) {
    return swap(time, target.compareTo(sqrt) < 0, HUGE, target);
  }

  private static BigInteger ceil(BigInteger a, BigInteger b) {
    return a.add(b).subtract(BigInteger.ONE).divide(b);
  }

  public Swapped swap(long time, boolean zeroForOne, BigInteger amount, BigInteger limit) {
    BigInteger less = amount.multiply(MILLION.subtract(BigInteger.valueOf(fee))).divide(MILLION);
    BigInteger in = in(zeroForOne, sqrt, limit, true);
    BigInteger next;
    BigInteger feeAmount;
    if (less.compareTo(in) >= 0) {
      next = limit;
      feeAmount = ceil(in.multiply(BigInteger.valueOf(fee)), MILLION.subtract(BigInteger.valueOf(fee)));
    } else {
      if (zeroForOne) {
        BigInteger n = liquidity.shiftLeft(96);
        next = ceil(n.multiply(sqrt), n.add(less.multiply(sqrt)));
      } else {
        next = sqrt.add(less.shiftLeft(96).divide(liquidity));
      }
      in = in(zeroForOne, sqrt, next, true);
      feeAmount = amount.subtract(in);
    }
    BigInteger out = zeroForOne ? liquidity.multiply(sqrt.subtract(next)).shiftRight(96)
        : liquidity.shiftLeft(96).multiply(next.subtract(sqrt)).divide(next).divide(sqrt);
    int nextTick = tickAt(next);
    if (nextTick != tick) observe(time);
    tick = nextTick;
    sqrt = next;
    BigInteger paid = in.add(feeAmount);
    return zeroForOne ? new Swapped(paid, out.negate()) : new Swapped(out.negate(), paid);
  }

  private BigInteger in(boolean zeroForOne, BigInteger from, BigInteger to, boolean up) {
    if (zeroForOne) {
      return ceil(ceil(liquidity.shiftLeft(96).multiply(from.subtract(to)), from), to);
    }
    return ceil(liquidity.multiply(to.subtract(from)), BigInteger.ONE.shiftLeft(96));
  }

  public Mark mark() {
    return new Mark(sqrt, tick, liquidity, index, times[index], cumulatives[index]);
  }

  public void restore(Mark m) {
    sqrt = m.sqrt;
    tick = m.tick;
    liquidity = m.liquidity;
    index = m.index;
  }

  public int observationIndex() {
    return index;
  }

  public int observationCardinality() {
    return times.length;
  }

  public int oldestObservation() {
    int next = index + 1 == times.length ? 0 : index + 1;
    return set[next] ? next : 0;
  }

  public long observationTime(int i) {
    return times[i];
  }

  public long tickCumulative(int i) {
    return cumulatives[i];
  }

  public boolean observationInitialized(int i) {
    return set[i];
  }
}
