package org.probity.sim.backtest;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.probity.ground.Sha256;
import org.probity.zk.FeatureVector;

/** Keeps what happens in a run. */
final class RunRecorder {

  private final SpotPrices prices;
  private final List<BigInteger> start;
  private final List<Trade> trades = new ArrayList<>();
  private final MessageDigest sha256 = Sha256.begun();

  private final List<EquityCurve.Point> points = new ArrayList<>();
  private final List<DecisionLog.Entry> decisions = new ArrayList<>();
  private List<Double> firstPrices = List.of();
  private double fees;
  private double slippage;
  private double gas;
  private double proving;
  private int transactions;
  private int proofs;

  /**
   * @param start what the vault begins with, by asset
   */
  RunRecorder(SpotPrices prices, List<BigInteger> start) {
    this.prices = prices;
    this.start = start;
  }

  /** The number of points so far, and so the index of the next one. */
  int points() {
    return points.size();
  }

  /**
   * A head, and what the vault is worth after it.
   *
   * @param books of the vault, by asset
   */
  void point(long time, List<BigInteger> books) {
    double[] now = prices.all();
    if (points.isEmpty()) {
      firstPrices = Arrays.stream(now).boxed().toList();
    }
    double quote = prices.whole(0, books.getFirst());
    double holding = prices.whole(0, start.getFirst());
    double others = 0;
    for (int i = 1; i < now.length; i++) {
      others += prices.whole(i, books.get(i)) * now[i];
      holding += prices.whole(i, start.get(i)) * now[i];
    }
    double value = others + quote;
    points.add(
        new EquityCurve.Point(
            time,
            now.length == 2 ? now[1] : multiple(holding),
            value - gas - proving,
            holding,
            value > 0 ? others / value : 0,
            books));
  }

  private double multiple(double holding) {
    double first = points.isEmpty() ? holding : points.getFirst().holding();
    return first > 0 ? holding / first : 1;
  }

  /**
   * A decision.
   *
   * @return its place, for {@link #fate}
   */
  int decision(int head, long time, List<Integer> outputs, FeatureVector features) {
    decisions.add(
        new DecisionLog.Entry(head, time, outputs, digest(features), DecisionLog.Fate.PENDING, ""));
    return decisions.size() - 1;
  }

  private long digest(FeatureVector features) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * features.size());
    for (int i = 0; i < features.size(); i++) {
      bytes.putInt(features.get(i));
    }
    return ByteBuffer.wrap(sha256.digest(bytes.array())).getLong();
  }

  void fate(int decision, DecisionLog.Fate fate, String why) {
    decisions.set(decision, decisions.get(decision).with(fate, why));
  }

  void proof(double cost) {
    proofs++;
    proving += cost;
  }

  void transaction(double cost) {
    transactions++;
    gas += cost;
  }

  void trade(Trade trade) {
    trades.add(trade);
    fees += trade.fee();
    slippage += trade.slippage();
  }

  EquityCurve curve() {
    return new EquityCurve(points);
  }

  DecisionLog decisions() {
    return new DecisionLog(decisions);
  }

  List<Trade> trades() {
    return trades;
  }

  /** What all of it adds up to, with what the vault has of each asset at the end. */
  Totals totals(List<BigInteger> end) {
    return new Totals(
        points.getFirst().equity(),
        points.getLast().equity(),
        fees,
        slippage,
        gas,
        proving,
        transactions,
        proofs,
        firstPrices,
        start,
        end);
  }
}
