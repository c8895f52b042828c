package org.probity.sim.scenario;

import java.util.List;
import org.probity.chain.Address;
import org.probity.sim.market.OcrFeed;

/**
 * A market of several assets: how their prices move elsewhere, which pools they are in, and which
 * feeds tell of them. All prices are in whole units of the numeraire, which is asset 0.
 *
 * @param assets the numeraire first; its price is 1 and does not move
 * @param correlation of the others' increments, see {@link Asset#volatility}
 * @param stepSeconds from one price elsewhere to the next
 * @param observations how many each pool keeps
 */
public record Basket(
    List<Asset> assets,
    List<List<Double>> correlation,
    List<Pool> pools,
    List<Feed> feeds,
    int stepSeconds,
    int observations) {

  /**
   * One asset.
   *
   * @param price of a whole one at the beginning
   * @param volatility of the price's logarithm, a year: the part that moves with the others
   * @param drift of the price, a year
   * @param regimes volatility of trends and returns of its own, a year; 0 for none
   */
  public record Asset(
      String symbol,
      Address token,
      int decimals,
      double price,
      double volatility,
      double drift,
      double regimes) {}

  /**
   * A Uniswap v3 pool of two assets with liquidity over every price; its token0 is the one of the
   * lower address.
   *
   * @param base index of one asset
   * @param quote index of the other
   * @param depth whole base tokens in it
   * @param noisePerHour trades of people who do not care for the price, in the mean
   * @param noiseSize their mean size in whole base tokens
   */
  public record Pool(
      Address place,
      int base,
      int quote,
      int feePips,
      double depth,
      double noisePerHour,
      double noiseSize) {}

  /** A feed of one asset's price in the numeraire. */
  public record Feed(Address proxy, int asset, OcrFeed.Terms terms) {}

  /** Refuses what is no market. */
  public Basket {
    assets = List.copyOf(assets);
    correlation = correlation.stream().map(List::copyOf).toList();
    pools = List.copyOf(pools);
    feeds = List.copyOf(feeds);
    if (assets.size() < 2 || stepSeconds < 1) {
      throw new IllegalArgumentException(
          "A market has a numeraire, at least one more asset, and prices at least a second apart: name them");
    }
    for (Pool pool : pools) {
      if (pool.base == pool.quote
          || Math.min(pool.base, pool.quote) < 0
          || Math.max(pool.base, pool.quote) >= assets.size()) {
        throw new IllegalArgumentException(
            "The pool at %s is of assets %d and %d: name two of the market's %d by their index"
                .formatted(pool.place, pool.base, pool.quote, assets.size()));
      }
    }
    for (Feed feed : feeds) {
      if (feed.asset < 1 || feed.asset >= assets.size()) {
        throw new IllegalArgumentException(
            "The feed at %s is of asset %d: name one of the market's that is not the numeraire"
                .formatted(feed.proxy, feed.asset));
      }
    }
  }

  /** What prices mean in a pool. */
  PoolTerms terms(Pool pool) {
    Asset base = assets.get(pool.base);
    Asset quote = assets.get(pool.quote);
    return new PoolTerms(
        base.symbol,
        quote.symbol,
        base.decimals,
        quote.decimals,
        base.token.compareTo(quote.token) < 0,
        pool.feePips);
  }
}
