package org.probity.sim.backtest;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.probity.ground.Sha256;
import org.probity.sim.scenario.PoolTerms;
import org.probity.strategy.feature.VaultBooks;
import org.probity.zk.FeatureVector;

/** Keeps what happens in a run. */
final class RunRecorder {

  private final PoolTerms terms;
  private final BigInteger baseStart;
  private final BigInteger quoteStart;
  private final List<Trade> trades = new ArrayList<>();
  private final MessageDigest sha256 = Sha256.begun();

  private final List<EquityCurve.Point> points = new ArrayList<>();
  private final List<DecisionLog.Entry> decisions = new ArrayList<>();
  private double fees;
  private double slippage;
  private double gas;
  private double proving;
  private int transactions;
  private int proofs;

  RunRecorder(PoolTerms terms, VaultBooks start) {
    this.terms = terms;
    this.baseStart = start.baseBalance();
    this.quoteStart = start.quoteBalance();
  }

  /** The number of points so far, and so the index of the next one. */
  int points() {
    return points.size();
  }

  /** A head, and what the vault is worth after it. */
  void point(long time, double price, VaultBooks books) {
    double base = terms.base(books.baseBalance()) * price;
    double value = base + terms.quote(books.quoteBalance());
    points.add(
        new EquityCurve.Point(
            time,
            price,
            value - gas - proving,
            terms.base(baseStart) * price + terms.quote(quoteStart),
            value > 0 ? base / value : 0));
  }

  /**
   * A decision.
   *
   * @return its place, for {@link #fate}
   */
  int decision(int head, long time, int decision, FeatureVector features) {
    decisions.add(
        new DecisionLog.Entry(head, time, decision, digest(features), DecisionLog.Fate.PENDING));
    return decisions.size() - 1;
  }

  private long digest(FeatureVector features) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * features.size());
    for (int i = 0; i < features.size(); i++) {
      bytes.putInt(features.get(i));
    }
    return ByteBuffer.wrap(sha256.digest(bytes.array())).getLong();
  }

  void fate(int decision, DecisionLog.Fate fate) {
    decisions.set(decision, decisions.get(decision).with(fate));
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

  Totals totals(VaultBooks end) {
    return new Totals(
        points.getFirst().equity(),
        points.getLast().equity(),
        fees,
        slippage,
        gas,
        proving,
        transactions,
        proofs,
        baseStart,
        quoteStart,
        end.baseBalance(),
        end.quoteBalance());
  }
}
