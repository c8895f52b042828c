package org.probity.sim.scenario;

import java.util.List;
import java.util.Optional;
import org.probity.sim.history.Candle;
import org.probity.sim.history.PoolEvent;
import org.probity.sim.history.PoolMinute;
import org.probity.sim.random.RandomStream;

/** The scenarios that there are. */
public final class Scenarios {

  private Scenarios() {}

  /**
   * A pool held to a price process by arbitrage.
   *
   * @param process logarithm of the price, a step at a time
   * @param stepSeconds of a step
   * @param noiseTrades between two prices, in the mean
   * @param noiseSize their mean size in whole base tokens
   */
  public static PoolScenario synthetic(
      Opening opening,
      PriceProcess process,
      int stepSeconds,
      double noiseTrades,
      double noiseSize,
      RandomStream noise) {
    return new ArbitrageScenario(
        opening,
        new Steps(process, stepSeconds, opening.start()),
        noiseTrades / stepSeconds,
        noiseSize,
        noise);
  }

  /**
   * A pool in which others act for reasons of their own, around a price process.
   *
   * @param process logarithm of the price on another market, a step at a time
   * @param gas what liquidators pay for a transaction
   */
  public static PoolScenario agents(
      Opening opening,
      MarketPopulation population,
      PriceProcess process,
      int stepSeconds,
      GasCost gas,
      RandomStream random) {
    Steps prices = new Steps(process, stepSeconds, opening.start());
    return new AgentScenario(opening, population, prices, gas, random);
  }

  /** A pool held to candles by arbitrage: to the open, the turning points and the close of each. */
  public static PoolScenario candles(
      PoolTerms terms,
      List<Candle> candles,
      long cadence,
      double depth,
      int observations,
      String title) {
    Candle first = candles.getFirst();
    long end = candles.getLast().time() + cadence;
    return new ArbitrageScenario(
        new Opening(terms, first.open(), depth, observations, first.time(), end, title),
        new CandlePrices(candles, cadence),
        0,
        0,
        RandomStream.of(0, "unused"));
  }

  /** A pool's recorded minutes. */
  public static PoolScenario minutes(
      PoolTerms terms, List<PoolMinute> minutes, int observations, String title) {
    return new MinuteScenario(terms, minutes, observations, title);
  }

  /**
   * A pool's recorded events.
   *
   * @param without the account whose swaps are left out, hex
   */
  public static PoolScenario events(
      PoolTerms terms,
      int tickSpacing,
      List<PoolEvent> events,
      int observations,
      Optional<String> without,
      String title) {
    return new EventScenario(terms, tickSpacing, events, observations, without, title);
  }

  /** A process's prices at a steady beat, without end. */
  private static final class Steps implements ExternalPrice {
    private final PriceProcess process;
    private final int seconds;
    private long time;

    Steps(PriceProcess process, int seconds, long start) {
      this.process = process;
      this.seconds = seconds;
      this.time = start + seconds;
    }

    @Override
    public long nextTime() {
      return time;
    }

    @Override
    public double next() {
      time += seconds;
      return StrictMath.exp(process.next());
    }
  }

  /** Four prices of each candle: open, the nearer extreme, the other one, close. */
  private static final class CandlePrices implements ExternalPrice {
    private static final int PRICES = 4;

    private final List<Candle> candles;
    private final long cadence;
    private int index;
    private int part;

    CandlePrices(List<Candle> candles, long cadence) {
      this.candles = candles;
      this.cadence = cadence;
    }

    @Override
    public long nextTime() {
      // The close comes in the candle's last second, or the next head would not know it.
      return index == candles.size()
          ? Long.MAX_VALUE
          : candles.get(index).time() + (cadence - 1) * part / (PRICES - 1);
    }

    @Override
    public double next() {
      Candle candle = candles.get(index);
      boolean rises = candle.close() >= candle.open();
      double price =
          switch (part) {
            case 0 -> candle.open();
            case 1 -> rises ? candle.low() : candle.high();
            case 2 -> rises ? candle.high() : candle.low();
            default -> candle.close();
          };
      part++;
      if (part == PRICES) {
        part = 0;
        index++;
      }
      return price;
    }
  }
}
