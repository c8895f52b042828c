package org.probity.sim.scenario;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.probity.sim.market.OcrFeed;
import org.probity.sim.random.RandomStream;

/**
 * A {@link Basket} over time. At each price elsewhere an arbitrageur trades every pool to the edge
 * of the band that its fee leaves, and the feeds' oracles look; noise traders come and go between.
 *
 * <p>A function of the basket and the stream: the prices, and each pool's noise, have streams of
 * their own. Not thread-safe.
 */
public final class BasketScenario implements Scenario {

  private final Basket basket;
  private final long start;
  private final long end;
  private final String title;
  private final CorrelatedPrices process;
  private final double[] prices;
  private final List<Venue> venues = new ArrayList<>();
  private final List<OcrFeed> feeds = new ArrayList<>();
  private long nextPrice;

  /** A pool and who trades there for no reason. */
  private static final class Venue {
    private final Basket.Pool terms;
    private final PoolTerms meaning;
    private final ExactPool pool;
    private final RandomStream noise;
    private double nextNoise;

    Venue(Basket.Pool terms, PoolTerms meaning, ExactPool pool, RandomStream noise, long start) {
      this.terms = terms;
      this.meaning = meaning;
      this.pool = pool;
      this.noise = noise;
      this.nextNoise = start;
      drawNext();
    }

    private void drawNext() {
      nextNoise =
          terms.noisePerHour() > 0 && terms.noiseSize() > 0
              ? nextNoise + noise.nextExponential(3_600 / terms.noisePerHour())
              : Double.POSITIVE_INFINITY;
    }

    private void trade() {
      double size = noise.nextExponential(terms.noiseSize());
      boolean buys = noise.chance(0.5);
      ArbitrageScenario.trade(pool, meaning, buys, size, (long) nextNoise);
      drawNext();
    }
  }

  /**
   * The market as it begins.
   *
   * @param start seconds of Unix time
   * @param end the last moment there is a price for
   */
  public BasketScenario(Basket basket, long start, long end, RandomStream random) {
    this.basket = basket;
    this.start = start;
    this.end = end;
    this.title =
        basket.assets().stream().map(Basket.Asset::symbol).collect(Collectors.joining(", "))
            + " at prices that move together";
    List<Basket.Asset> assets = basket.assets();
    this.process =
        new CorrelatedPrices(
            assets.stream()
                .skip(1)
                .map(asset ->
                    new CorrelatedPrices.Walk(
                        asset.price(), asset.volatility(), asset.drift(), asset.regimes()))
                .toList(),
            basket.correlation(),
            basket.stepSeconds(),
            random.named("prices"));
    this.prices = assets.stream().mapToDouble(Basket.Asset::price).toArray();
    prices[0] = 1;
    for (int i = 0; i < basket.pools().size(); i++) {
      Basket.Pool pool = basket.pools().get(i);
      PoolTerms meaning = basket.terms(pool);
      double price = prices[pool.base()] / prices[pool.quote()];
      ExactPool exact =
          ExactPool.create(pool.feePips(), meaning.sqrtX96(price), start, basket.observations());
      exact.setWideLiquidity(start, meaning.liquidity(pool.depth(), price));
      venues.add(new Venue(pool, meaning, exact, random.named("noise of pool " + i), start));
    }
    for (Basket.Feed feed : basket.feeds()) {
      feeds.add(new OcrFeed(feed.terms()));
    }
    this.nextPrice = start + basket.stepSeconds();
    show(start);
  }

  /** What is traded. */
  public Basket basket() {
    return basket;
  }

  @Override
  public long start() {
    return start;
  }

  @Override
  public long end() {
    return end;
  }

  @Override
  public String title() {
    return title;
  }

  /** In the basket's order. */
  @Override
  public List<ExactPool> pools() {
    return venues.stream().map(venue -> venue.pool).toList();
  }

  /** In the basket's order. */
  @Override
  public List<OcrFeed> feeds() {
    return List.copyOf(feeds);
  }

  /** An asset's price elsewhere, in whole units of the numeraire. */
  public double price(int asset) {
    return prices[asset];
  }

  @Override
  public void advanceTo(long time) {
    while (true) {
      Venue noisiest = venues.getFirst();
      for (Venue venue : venues) {
        noisiest = venue.nextNoise < noisiest.nextNoise ? venue : noisiest;
      }
      if (noisiest.nextNoise < nextPrice && noisiest.nextNoise < time + 1.0) {
        noisiest.trade();
      } else if (nextPrice <= time && nextPrice <= end) {
        double[] next = process.next();
        System.arraycopy(next, 0, prices, 1, next.length);
        for (Venue venue : venues) {
          double price = prices[venue.terms.base()] / prices[venue.terms.quote()];
          ArbitrageScenario.arbitrage(venue.pool, venue.meaning, price, nextPrice);
        }
        show(nextPrice);
        nextPrice += basket.stepSeconds();
      } else {
        return;
      }
    }
  }

  private void show(long time) {
    for (int i = 0; i < feeds.size(); i++) {
      OcrFeed feed = feeds.get(i);
      BigInteger answer =
          BigDecimal.valueOf(prices[basket.feeds().get(i).asset()])
              .movePointRight(feed.terms().decimals())
              .toBigInteger();
      feed.see(time, answer.max(BigInteger.ONE));
    }
  }
}
