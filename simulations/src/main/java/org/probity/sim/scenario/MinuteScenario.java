package org.probity.sim.scenario;

import java.math.BigInteger;
import java.util.List;
import org.probity.sim.history.PoolMinute;
import org.probity.strategy.feature.PriceMath;

/**
 * A pool's recorded minutes, turned into flow through the exact pool.
 *
 * <p>A minute's record has what came in and went out of each token, the ticks it opened, closed and
 * turned at, and the liquidity. For each direction of trade there is one swap, whose start and
 * liquidity are chosen so that exactly the recorded amount goes in and, but for rounding, the
 * recorded amount comes out: with liquidity {@code L}, square roots of the price {@code a} before
 * and {@code b} after, and {@code x} in after the fee,
 *
 * <pre>{@code out = L (a - b)   and   x = L (1/b - 1/a)   so   a b = out / x}</pre>
 *
 * <p>(Uniswap v3 white paper, 6.2.3), which with {@code a - b = out / L} gives {@code a}. Between
 * those swaps the price moves with next to no liquidity and so with next to no volume: what moved
 * it in truth were swaps at other liquidity, which a minute's record does not tell apart. The flow
 * touches the opening, lowest, highest and closing tick of each minute, and leaves the recorded
 * liquidity over every price for the vault to trade with. Whatever the vault does to the price, the
 * next minute's flow takes it back, as arbitrage would.
 */
final class MinuteScenario extends PoolScenario {

  /** When in a minute the first swap, the second swap and the close come. */
  private static final int[] OFFSETS = {12, 32, 52};

  private static final BigInteger Q96 = BigInteger.ONE.shiftLeft(96);
  private static final BigInteger PIPS = BigInteger.valueOf(1_000_000);

  /** Amounts below this imply no price worth the name. */
  private static final BigInteger CRUMB = BigInteger.valueOf(1_000);

  /** How far from the recorded ticks a swap may begin or end. */
  private static final int SLACK_TICKS = 60;

  private final PoolTerms terms;
  private final List<PoolMinute> minutes;
  private int minute;
  private int phase;

  MinuteScenario(PoolTerms terms, List<PoolMinute> minutes, int observations, String title) {
    PoolMinute first = minutes.getFirst();
    super(
        ExactPool.create(terms.feePips(), middle(first.openTick()), first.time(), observations),
        first.time(),
        minutes.getLast().time() + 60,
        title);
    this.terms = terms;
    this.minutes = minutes;
    pool.setWideLiquidity(first.time(), first.liquidity().max(BigInteger.ONE));
  }

  @Override
  public void advanceTo(long time) {
    while (minute < minutes.size() && minutes.get(minute).time() + OFFSETS[phase] <= time) {
      PoolMinute record = minutes.get(minute);
      play(record, record.time() + OFFSETS[phase]);
      phase++;
      if (phase == OFFSETS.length) {
        phase = 0;
        minute++;
      }
    }
  }

  private void play(PoolMinute record, long time) {
    boolean rises = record.closeTick() >= record.openTick();
    switch (phase) {
      case 0 -> {
        if (!record.quiet()) {
          moveTo(record.openTick(), time);
          moveTo(rises ? record.lowestTick() : record.highestTick(), time);
          swap(record, rises, time);
        }
      }
      case 1 -> {
        if (!record.quiet()) {
          moveTo(rises ? record.highestTick() : record.lowestTick(), time);
          swap(record, !rises, time);
        }
      }
      default -> moveTo(record.closeTick(), time);
    }
    pool.setWideLiquidity(time, record.liquidity().max(BigInteger.ONE));
  }

  /** Moves the price into a tick, unless it is there, with next to no volume. */
  private void moveTo(int tick, long time) {
    if (pool.tick() != tick) {
      moveTo(middle(tick), time);
    }
  }

  private void moveTo(BigInteger sqrtX96, long time) {
    if (!pool.sqrtPriceX96().equals(sqrtX96)) {
      pool.setWideLiquidity(time, BigInteger.ONE);
      pool.swapTo(time, sqrtX96);
    }
  }

  /** The square root of the price in the middle of a tick: rounding cannot leave it. */
  private static BigInteger middle(int tick) {
    return PriceMath.sqrtRatioX96(tick).add(PriceMath.sqrtRatioX96(tick + 1)).shiftRight(1);
  }

  private void swap(PoolMinute record, boolean zeroForOne, long time) {
    BigInteger in = zeroForOne ? record.in0() : record.in1();
    if (in.signum() == 0) {
      return;
    }
    BigInteger out = zeroForOne ? record.out1() : record.out0();
    BigInteger net = in.multiply(PIPS.subtract(BigInteger.valueOf(terms.feePips()))).divide(PIPS);
    BigInteger liquidity = record.liquidity().max(BigInteger.ONE);
    if (net.compareTo(CRUMB) > 0 && out.compareTo(CRUMB) > 0) {
      liquidity = liquidity.max(leastLiquidity(record, zeroForOne, out));
      BigInteger from = startOf(zeroForOne, net, out, liquidity);
      if (isNear(record, from)) {
        moveTo(from, time);
      }
    }
    pool.setWideLiquidity(time, liquidity);
    pool.swap(time, zeroForOne, in);
  }

  /**
   * What keeps a swap within the minute's ticks: from the lowest to the highest and one tick, the
   * price moves as far as the record says and no farther.
   */
  private static BigInteger leastLiquidity(PoolMinute record, boolean zeroForOne, BigInteger out) {
    BigInteger low = PriceMath.sqrtRatioX96(record.lowestTick());
    BigInteger high = PriceMath.sqrtRatioX96(record.highestTick() + 1);
    BigInteger width = high.subtract(low);
    return zeroForOne
        ? out.shiftLeft(96).divide(width)
        : out.multiply(low.multiply(high).shiftRight(96)).divide(width);
  }

  /** Where a swap must begin for {@code net} in to give {@code out}; see the class. */
  private static BigInteger startOf(
      boolean zeroForOne, BigInteger net, BigInteger out, BigInteger liquidity) {
    if (zeroForOne) {
      BigInteger step = out.multiply(Q96).divide(liquidity);
      BigInteger product = out.shiftLeft(192).divide(net);
      return step.add(step.pow(2).add(product.shiftLeft(2)).sqrt()).shiftRight(1);
    }
    // The same with the prices upside down: 1/a - 1/b = out / L, and b - a = net / L.
    BigInteger step = net.multiply(Q96).divide(liquidity);
    BigInteger product = net.shiftLeft(192).divide(out);
    return step.pow(2).add(product.shiftLeft(2)).sqrt().subtract(step).shiftRight(1);
  }

  private static boolean isNear(PoolMinute record, BigInteger sqrtX96) {
    int low = record.lowestTick() - SLACK_TICKS;
    int high = record.highestTick() + SLACK_TICKS + 1;
    return sqrtX96.compareTo(PriceMath.sqrtRatioX96(low)) > 0
        && sqrtX96.compareTo(PriceMath.sqrtRatioX96(high)) < 0;
  }
}
