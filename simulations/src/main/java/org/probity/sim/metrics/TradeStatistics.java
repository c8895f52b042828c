package org.probity.sim.metrics;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.probity.sim.backtest.BacktestResult;
import org.probity.sim.backtest.EquityCurve.Point;
import org.probity.sim.backtest.MarketDescription;
import org.probity.sim.backtest.Totals;
import org.probity.sim.backtest.Trade;

/**
 * What the trades came to. Each asset is kept at its average cost, the initial holding at the first
 * price; a sale realises what it brings over that cost. Gas and proving are part of a purchase's
 * cost and taken off a sale's result.
 *
 * @param trades all of them
 * @param closed results of the sales, in the numeraire, in their order
 * @param winRate part of the sales with a positive result
 * @param profitFactor gains over losses of the sales; infinite without a loss
 * @param expectancy mean result of a sale, in the numeraire
 * @param tradedValue sum of what was bought and sold, at the pools' prices before each trade
 * @param turnover traded value over mean equity
 * @param turnoverPerYear the same for a year
 */
public record TradeStatistics(
    int trades,
    List<Double> closed,
    double winRate,
    double profitFactor,
    double expectancy,
    double tradedValue,
    double turnover,
    double turnoverPerYear) {

  public TradeStatistics {
    closed = List.copyOf(closed);
  }

  /** The statistics of a result. */
  public static TradeStatistics of(BacktestResult result) {
    var curve = result.curve();
    List<Trade> trades =
        result.trades().stream().sorted(Comparator.comparingLong(Trade::executedAt)).toList();
    double traded = 0;
    for (Trade trade : trades) {
      traded += Math.abs(base(trade, result.market())) * trade.mid();
    }
    double meanEquity = Statistics.mean(curve.each(Point::equity));
    double turnover = meanEquity > 0 ? traded / meanEquity : Double.NaN;
    double years =
        curve.size() < 2 ? 0 : Sampling.years(curve.time(curve.size() - 1) - curve.time(0));
    List<Double> closed = closed(trades, result.market(), result.totals());
    double gains = closed.stream().mapToDouble(x -> Math.max(x, 0)).sum();
    double losses = closed.stream().mapToDouble(x -> Math.max(-x, 0)).sum();
    long won = closed.stream().filter(x -> x > 0).count();
    boolean none = closed.isEmpty();
    return new TradeStatistics(
        trades.size(),
        closed,
        none ? Double.NaN : (double) won / closed.size(),
        Returns.over(gains, losses),
        none ? Double.NaN : (gains - losses) / closed.size(),
        traded,
        turnover,
        years > 0 ? turnover / years : Double.NaN);
  }

  private static List<Double> closed(List<Trade> trades, MarketDescription market, Totals totals) {
    var closed = new ArrayList<Double>();
    double[] held = new double[market.assets().size()];
    double[] cost = new double[held.length];
    for (int i = 1; i < held.length; i++) {
      held[i] = whole(totals.booksStart().get(i), market.assets().get(i).decimals());
      cost[i] = held[i] * totals.pricesStart().get(i);
    }
    for (Trade trade : trades) {
      int asset = trade.asset();
      double amount = base(trade, market);
      double quote = whole(trade.quoteDelta(), market.quote().decimals());
      double expenses = trade.gas() + trade.proving();
      if (trade.buys()) {
        cost[asset] += -quote + expenses;
      } else {
        double part = held[asset] > 0 ? Math.min(1, -amount / held[asset]) : 1;
        closed.add(quote - cost[asset] * part - expenses);
        cost[asset] -= cost[asset] * part;
      }
      held[asset] += amount;
    }
    return closed;
  }

  private static double base(Trade trade, MarketDescription market) {
    return whole(trade.baseDelta(), market.assets().get(trade.asset()).decimals());
  }

  /** Whole tokens of an amount in smallest units. */
  static double whole(BigInteger amount, int decimals) {
    return new BigDecimal(amount, decimals).doubleValue();
  }
}
