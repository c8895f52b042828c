package org.probity.sim.treasury;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.probity.ground.Sha256;
import org.probity.intent.policy.Plan;
import org.probity.intent.policy.Refusal;
import org.probity.intent.policy.VaultLedger;
import org.probity.sim.backtest.EquityCurve;

/**
 * What a backtest of the next vault came to. Values are in smallest units of the numeraire at the
 * pools' prices; amounts are in smallest units of their asset.
 *
 * @param name of the strategy
 * @param decisions one for each moment of the vault's schedule, in order
 * @param curve one point for each moment, before it is decided for, and one for the end
 * @param costs of all proofs and transactions
 * @param end all that the vault remembers at the end
 */
public record TreasuryResult(
    String name, List<Decided> decisions, List<Point> curve, BigInteger costs, VaultLedger end) {

  public TreasuryResult {
    decisions = List.copyOf(decisions);
    curve = List.copyOf(curve);
  }

  /**
   * One moment.
   *
   * @param asOf the moment, in seconds of Unix time
   * @param head time of the block after which it was decided
   * @param outputs the model's; empty if it could not decide
   * @param featuresDigest SHA-256 of the features as text, hex; empty if there were none
   * @param outcome what became of it
   */
  public record Decided(
      long asOf, long head, List<Integer> outputs, String featuresDigest, Outcome outcome) {
    public Decided {
      outputs = List.copyOf(outputs);
    }
  }

  /** What became of a decision. */
  public sealed interface Outcome {

    /**
     * The vault traded.
     *
     * @param time of the block, in seconds of Unix time
     * @param plan what it set out to do
     * @param deltas what it gained of each asset, negative for what it gave
     */
    record Traded(long time, Plan plan, List<BigInteger> deltas) implements Outcome {
      public Traded {
        deltas = List.copyOf(deltas);
      }
    }

    /** The decision led to no step, and was executed, which records it. */
    record Recorded(long time, Plan.Reason reason) implements Outcome {}

    /** The decision led to no step, and nothing was sent. */
    record Idle(Plan.Reason reason) implements Outcome {}

    /** Before it was sent, the agent saw that the vault would refuse it. */
    record Foreseen(Refusal refusal) implements Outcome {}

    /** The vault refused it in a block. */
    record Refused(long time, Refusal refusal) implements Outcome {}

    /** No block took it before its deadline or the run's end. */
    record Lost() implements Outcome {}

    /** Nothing could be decided; says why. */
    record Undecided(String why) implements Outcome {}
  }

  /**
   * The vault at one moment.
   *
   * @param time of a block, in seconds of Unix time
   * @param values what each asset's book is worth
   * @param equity their sum, less all that proofs and transactions have cost so far
   * @param holding the same, had the vault never traded: the benchmark
   * @param books what it has of each asset
   */
  public record Point(
      long time,
      List<BigInteger> values,
      BigInteger equity,
      BigInteger holding,
      List<BigInteger> books) {
    public Point {
      values = List.copyOf(values);
      books = List.copyOf(books);
    }
  }

  /**
   * The curve in whole units of the numeraire, for measures of returns. There is no one price: in
   * its place stands what the first books are worth, as a multiple of what they were.
   */
  public EquityCurve equityCurve() {
    double unit =
        BigDecimal.ONE
            .scaleByPowerOfTen(end.policy().parts().assets().getFirst().decimals())
            .doubleValue();
    double first = curve.getFirst().holding.doubleValue();
    return new EquityCurve(
        curve.stream()
            .map(point -> {
              double all =
                  point.values.stream().reduce(BigInteger.ZERO, BigInteger::add).doubleValue();
              return new EquityCurve.Point(
                  point.time,
                  point.holding.doubleValue() / first,
                  point.equity.doubleValue() / unit,
                  point.holding.doubleValue() / unit,
                  all == 0 ? 0 : 1 - point.values.getFirst().doubleValue() / all);
            })
            .toList());
  }

  /** The trades, in their order. */
  public List<Outcome.Traded> trades() {
    return decisions.stream()
        .map(Decided::outcome)
        .filter(Outcome.Traded.class::isInstance)
        .map(Outcome.Traded.class::cast)
        .toList();
  }

  /** How often the vault refused, or would have, by the error's name. */
  public Map<String, Integer> refusals() {
    Map<String, Integer> counts = new TreeMap<>();
    for (Decided decided : decisions) {
      switch (decided.outcome) {
        case Outcome.Foreseen(Refusal refusal) -> counts.merge(refusal.error(), 1, Integer::sum);
        case Outcome.Refused(long _, Refusal refusal) ->
            counts.merge(refusal.error(), 1, Integer::sum);
        default -> {}
      }
    }
    return counts;
  }

  /** How many decisions had each kind of outcome. */
  public Map<String, Integer> outcomes() {
    Map<String, Integer> counts = new TreeMap<>();
    decisions.forEach(
        decided -> counts.merge(decided.outcome.getClass().getSimpleName(), 1, Integer::sum));
    return counts;
  }

  /** SHA-256 over every decision and point, hex: equal runs have equal digests. */
  public String digest() {
    MessageDigest digest = Sha256.begun();
    decisions.forEach(decided -> Sha256.add(digest, decided + "\n"));
    curve.forEach(point -> Sha256.add(digest, point + "\n"));
    return Sha256.hex(digest);
  }

  /** Name and counts only. */
  @Override
  public String toString() {
    return "TreasuryResult[%s, %s, refused %s]".formatted(name, outcomes(), refusals());
  }
}
