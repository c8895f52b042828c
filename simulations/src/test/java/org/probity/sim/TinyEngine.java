package org.probity.sim;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.probity.intent.policy.Policy;
import org.probity.sim.backtest.BacktestResult;
import org.probity.sim.backtest.DataWarning;
import org.probity.sim.backtest.DecisionLog;
import org.probity.sim.backtest.DecisionLog.Entry;
import org.probity.sim.backtest.DecisionLog.Fate;
import org.probity.sim.backtest.EquityCurve;
import org.probity.sim.backtest.IdleWeek;
import org.probity.sim.backtest.MarketDescription;
import org.probity.sim.backtest.MarketDescription.Asset;
import org.probity.sim.backtest.Stamp;
import org.probity.sim.backtest.Totals;
import org.probity.sim.backtest.Trade;
import org.probity.sim.scenario.MarketActivity;

/**
 * Random trades on a random walk, with real books: a second source of results, beside the engine,
 * whose every number can be followed.
 */
public final class TinyEngine {

  private static final double FEE = 0.0005;
  private static final double IMPACT = 2e-9;
  private static final long START = 1_672_531_200; // 2023-01-01

  private final SplittableRandom random;
  private final List<Trade> trades = new ArrayList<>();
  private BigInteger base = new BigInteger("10000000000000000000");
  private BigInteger quote = new BigInteger("25000000000");
  private double fees;
  private double slippage;
  private double gas;
  private double proving;

  private TinyEngine(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /** A curve of these columns. */
  public static EquityCurve curve(
      long[] times, double[] prices, double[] equity, double[] holding, double[] exposure) {
    return new EquityCurve(
        IntStream.range(0, times.length)
            .mapToObj(i ->
                new EquityCurve.Point(
                    times[i], prices[i], equity[i], holding[i], exposure[i], List.of()))
            .toList());
  }

  /** A run of that many heads. */
  public static BacktestResult run(
      long seed, int heads, int headSeconds, List<DataWarning> warnings) {
    return new TinyEngine(seed).run(heads, headSeconds, seed, warnings);
  }

  private BacktestResult run(int heads, int headSeconds, long seed, List<DataWarning> warnings) {
    long[] times = new long[heads];
    double[] prices = new double[heads];
    double[] equity = new double[heads];
    double[] holding = new double[heads];
    double[] exposure = new double[heads];
    var decisions = new ArrayList<Entry>();
    BigInteger baseStart = base;
    BigInteger quoteStart = quote;
    double price = 2_000;
    double volatility = 0.6 * Math.sqrt(headSeconds / (365.0 * 86_400));
    int every = Math.max(1, heads / 240);
    for (int head = 0; head < heads; head++) {
      times[head] = START + (long) head * headSeconds;
      if (head > 0) {
        price *= Math.exp(volatility * random.nextGaussian());
        if (head % every == 0) {
          int decision = random.nextInt(3);
          boolean traded = decision != 1 && trade(head, times[head], price, decision);
          decisions.add(
              new Entry(
                  head,
                  times[head],
                  List.of(decision),
                  random.nextLong(),
                  traded ? Fate.TRADED : decision == 1 ? Fate.HELD : Fate.IDLE,
                  traded ? "" : decision == 1 ? "HOLD" : "AT_TARGET"));
        }
      }
      double inBase = whole(base, 18) * price;
      prices[head] = price;
      equity[head] = inBase + whole(quote, 6) - gas - proving;
      holding[head] = whole(baseStart, 18) * price + whole(quoteStart, 6);
      exposure[head] = inBase / (inBase + whole(quote, 6));
    }
    var totals =
        new Totals(
            equity[0],
            equity[heads - 1],
            fees,
            slippage,
            gas,
            proving,
            trades.size(),
            trades.size(),
            List.of(1.0, prices[0]),
            List.of(quoteStart, baseStart),
            List.of(quote, base));
    return new BacktestResult(
        new Stamp(
            "0.1.0-test",
            "{\"seed\":" + seed + "}",
            "ab".repeat(32),
            "cd".repeat(32),
            "ef".repeat(32),
            seed),
        new MarketDescription(
            List.of(new Asset("USDC", 6), new Asset("WETH", 18)),
            List.of(500),
            headSeconds,
            List.of("reduce", "hold", "increase"),
            List.of(List.of(2_500), List.of(Policy.HOLD), List.of(7_500)),
            "random trades on a random walk"),
        curve(times, prices, equity, holding, exposure),
        trades,
        new DecisionLog(decisions),
        totals,
        new IdleWeek(1_008, 0, 0),
        warnings,
        MarketActivity.NONE);
  }

  private boolean trade(int head, long time, double price, int decision) {
    double inBase = whole(base, 18) * price;
    double value = inBase + whole(quote, 6);
    double wanted = (decision == 0 ? 0.25 : 0.75) * value - inBase;
    double notional = Math.clamp(wanted, -0.1 * value, 0.1 * value);
    if (Math.abs(notional) < 0.02 * value || wanted > 0 != decision > 0) {
      return false;
    }
    double fee = FEE * Math.abs(notional);
    double impact = IMPACT * notional * notional;
    BigInteger baseDelta = units(notional / price, 18);
    BigInteger quoteDelta = units(-notional - fee - impact, 6);
    base = base.add(baseDelta);
    quote = quote.add(quoteDelta);
    double gasCost = 0.2 + 0.3 * random.nextDouble();
    double provingCost = 0.001;
    fees += fee;
    slippage += impact;
    gas += gasCost;
    proving += provingCost;
    trades.add(
        new Trade(
            head,
            time - 14,
            time,
            head,
            List.of(decision),
            1,
            baseDelta,
            quoteDelta,
            Math.abs(whole(quoteDelta, 6) / whole(baseDelta, 18)),
            price,
            price,
            price * (1 + 2 * IMPACT * notional),
            price,
            fee,
            impact,
            640_000,
            gasCost,
            provingCost,
            90 + random.nextInt(60),
            2_000 + random.nextInt(12_000)));
    return true;
  }

  private static double whole(BigInteger units, int decimals) {
    return new BigDecimal(units, decimals).doubleValue();
  }

  private static BigInteger units(double whole, int decimals) {
    return BigDecimal.valueOf(whole).setScale(decimals, RoundingMode.HALF_EVEN).unscaledValue();
  }
}
