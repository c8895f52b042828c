package org.probity.strategy.example;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongUnaryOperator;
import org.probity.strategy.feature.ChainlinkReturns.Round;

/**
 * Two made-up assets against one numeraire, in steps of a minute: each price in ticks is a {@link
 * MarketProcess} of its own, and the second follows the first in part. Each has a pool whose oracle
 * logs every tick; the second has a feed too, which answers as Chainlink's do: when the price has
 * moved by half a percent, and at the latest after an hour.
 */
final class PairMarket {

  static final int ASSETS = 2;
  static final int SECONDS_PER_STEP = 60;

  private static final double FOLLOWS = 0.5;
  private static final double OWN = 0.87;
  private static final int THRESHOLD_TICKS = 50;
  private static final int HEARTBEAT_STEPS = 60;

  /** A report needs so long to be in a block. */
  private static final int DELAY_SECONDS = 7;

  /** The feed's answer at tick 0: 18 decimals, so that small prices have digits too. */
  private static final double UNIT = 1e21;

  private final MarketProcess first;
  private final MarketProcess second;
  private final List<long[]> ticks = new ArrayList<>();
  private final List<long[]> cumulatives = new ArrayList<>();
  private final List<Round> rounds = new ArrayList<>();

  PairMarket(int steps, SplittableRandom random) {
    first = new MarketProcess(steps, random.split());
    second = new MarketProcess(steps, random.split());
    for (int asset = 0; asset < ASSETS; asset++) {
      long[] tick = new long[steps + 1];
      long[] cumulative = new long[steps + 1];
      for (int step = 0; step < steps; step++) {
        tick[step] =
            Math.round(
                asset == 0
                    ? first.tick(step)
                    : FOLLOWS * first.tick(step) + OWN * second.tick(step));
        cumulative[step + 1] = cumulative[step] + tick[step] * SECONDS_PER_STEP;
      }
      ticks.add(tick);
      cumulatives.add(cumulative);
    }
    answer(ticks.get(1), steps);
  }

  private void answer(long[] tick, int steps) {
    int last = 0;
    for (int step = 0; step < steps; step++) {
      if (step == 0
          || Math.abs(tick[step] - tick[last]) >= THRESHOLD_TICKS
          || step - last >= HEARTBEAT_STEPS) {
        BigInteger answer =
            new BigDecimal(UNIT * StrictMath.pow(1.0001, (double) tick[step])).toBigInteger();
        long updatedAt = (long) step * SECONDS_PER_STEP + DELAY_SECONDS;
        rounds.add(new Round(answer.max(BigInteger.ONE), updatedAt));
        last = step;
      }
    }
  }

  /** A pool's cumulative tick by the second; prices are constant within a step. */
  LongUnaryOperator cumulativeTick(int asset) {
    long[] tick = ticks.get(asset);
    long[] cumulative = cumulatives.get(asset);
    return second -> {
      int step = Math.toIntExact(second / SECONDS_PER_STEP);
      return cumulative[step] + tick[step] * (second % SECONDS_PER_STEP);
    };
  }

  /** The price of an asset in a step, in ticks. */
  long tick(int asset, int step) {
    return ticks.get(asset)[step];
  }

  /** The rounds of the second asset's feed, the oldest first. */
  List<Round> rounds() {
    return rounds;
  }

  /** What is expected of the coming {@link MarketProcess#LOOKAHEAD} steps, in ticks. */
  double[] expectedMoves(int step) {
    return moves(first.expectedMove(step), second.expectedMove(step));
  }

  /** What came of them, in ticks. */
  double[] realisedMoves(int step) {
    return moves(first.realisedMove(step), second.realisedMove(step));
  }

  private static double[] moves(double ofFirst, double ofSecond) {
    return new double[] {ofFirst, FOLLOWS * ofFirst + OWN * ofSecond};
  }
}
