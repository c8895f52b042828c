package org.probity.sim.backtest;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.probity.sim.scenario.PoolTerms;
import org.probity.strategy.feature.VaultBooks;
import org.probity.zk.FeatureVector;

/** Keeps what happens in a run, column by column. */
final class RunRecorder {

  private final PoolTerms terms;
  private final BigInteger baseStart;
  private final BigInteger quoteStart;
  private final List<Trade> trades = new ArrayList<>();
  private final MessageDigest sha256;

  private long[] times = new long[1024];
  private double[] prices = new double[1024];
  private double[] equity = new double[1024];
  private double[] holding = new double[1024];
  private double[] exposure = new double[1024];
  private int points;

  private int[] heads = new int[1024];
  private long[] decisionTimes = new long[1024];
  private byte[] decisions = new byte[1024];
  private long[] digests = new long[1024];
  private byte[] fates = new byte[1024];
  private int decided;

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
    try {
      this.sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }

  /** The number of points so far, and so the index of the next one. */
  int points() {
    return points;
  }

  /** A head, and what the vault is worth after it. */
  void point(long time, double price, VaultBooks books) {
    if (points == times.length) {
      int more = 2 * points;
      times = Arrays.copyOf(times, more);
      prices = Arrays.copyOf(prices, more);
      equity = Arrays.copyOf(equity, more);
      holding = Arrays.copyOf(holding, more);
      exposure = Arrays.copyOf(exposure, more);
    }
    double base = terms.base(books.baseBalance()) * price;
    double value = base + terms.quote(books.quoteBalance());
    times[points] = time;
    prices[points] = price;
    equity[points] = value - gas - proving;
    holding[points] = terms.base(baseStart) * price + terms.quote(quoteStart);
    exposure[points] = value > 0 ? base / value : 0;
    points++;
  }

  /**
   * A decision.
   *
   * @return its place, for {@link #fate}
   */
  int decision(int head, long time, int decision, FeatureVector features) {
    if (decided == heads.length) {
      int more = 2 * decided;
      heads = Arrays.copyOf(heads, more);
      decisionTimes = Arrays.copyOf(decisionTimes, more);
      decisions = Arrays.copyOf(decisions, more);
      digests = Arrays.copyOf(digests, more);
      fates = Arrays.copyOf(fates, more);
    }
    heads[decided] = head;
    decisionTimes[decided] = time;
    decisions[decided] = (byte) decision;
    digests[decided] = digest(features);
    fates[decided] = (byte) DecisionLog.Fate.PENDING.ordinal();
    return decided++;
  }

  private long digest(FeatureVector features) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * features.size());
    for (int i = 0; i < features.size(); i++) {
      bytes.putInt(features.get(i));
    }
    return ByteBuffer.wrap(sha256.digest(bytes.array())).getLong();
  }

  void fate(int decision, DecisionLog.Fate fate) {
    fates[decision] = (byte) fate.ordinal();
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
    return EquityCurve.of(
        Arrays.copyOf(times, points),
        Arrays.copyOf(prices, points),
        Arrays.copyOf(equity, points),
        Arrays.copyOf(holding, points),
        Arrays.copyOf(exposure, points));
  }

  DecisionLog decisions() {
    return DecisionLog.of(heads, decisionTimes, decisions, digests, fates, decided);
  }

  List<Trade> trades() {
    return trades;
  }

  Totals totals(VaultBooks end) {
    return new Totals(
        equity[0],
        equity[points - 1],
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
