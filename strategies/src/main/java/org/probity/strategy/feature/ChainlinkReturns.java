package org.probity.strategy.feature;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;

/**
 * Returns of one Chainlink feed, over any number of horizons; exactly {@code ChainlinkReturns.sol}.
 * The answer at {@code t} is that of the last round updated strictly before {@code t}. With {@code
 * a(t)} that answer, and floor toward minus infinity:
 *
 * <pre>
 *   feature_i = clamp(floor((a(asOf) - a(asOf - h_i)) * 10000 / a(asOf - h_i)), -4095, 4095)
 * </pre>
 *
 * @param horizonsSeconds {@code h_1..h_n}, 1 to 32, growing
 */
public record ChainlinkReturns(List<Integer> horizonsSeconds) implements ProgramEntry {

  /** Every feature lies in [-LIMIT, LIMIT], in basis points. */
  public static final int LIMIT = 4095;

  private static final int MOST_HORIZONS = 32;
  private static final BigInteger BPS = BigInteger.valueOf(10_000);
  private static final int SIGNED_BITS = 255;

  /** Refuses what the contract refuses. */
  public ChainlinkReturns {
    horizonsSeconds = Horizons.require(horizonsSeconds, 1, MOST_HORIZONS);
  }

  /**
   * One round of a feed.
   *
   * @param answer in the feed's decimals
   * @param updatedAt in seconds of Unix time
   */
  public record Round(BigInteger answer, long updatedAt) {}

  @Override
  public int historySeconds() {
    return horizonsSeconds.getLast();
  }

  /** The moments that answers are of, the newest first, in seconds. */
  public long[] points(long asOf) {
    return Horizons.points(horizonsSeconds, asOf);
  }

  /**
   * The features of a feed's rounds, in basis points.
   *
   * @param rounds in their order, the oldest first
   * @throws IllegalArgumentException if no round lies before a point, or an answer is not positive
   */
  public int[] features(List<Round> rounds, long asOf) {
    return features(
        Arrays.stream(points(asOf))
            .mapToObj(moment -> {
              int last = lastBefore(rounds, moment);
              if (last < 0) {
                throw new IllegalArgumentException(
                    "No round of the feed was updated before %d: wait until its history reaches back that far"
                        .formatted(moment));
              }
              return rounds.get(last).answer();
            })
            .toList());
  }

  /**
   * The features of the answers at all points, the newest first, in basis points.
   *
   * @throws IllegalArgumentException if an answer is not positive
   */
  public int[] features(List<BigInteger> answers) {
    if (answers.size() != horizonsSeconds.size() + 1) {
      throw new IllegalArgumentException(
          "%d answers are needed, not %d: give one for each point"
              .formatted(horizonsSeconds.size() + 1, answers.size()));
    }
    answers.forEach(ChainlinkReturns::requirePositive);
    return answers.stream().skip(1).mapToInt(past -> move(answers.getFirst(), past)).toArray();
  }

  /** The index of the last round updated strictly before a moment; -1 if there is none. */
  static int lastBefore(List<Round> rounds, long moment) {
    int low = -1;
    int high = rounds.size() - 1;
    while (low < high) {
      int middle = low + (high - low + 1) / 2;
      if (rounds.get(middle).updatedAt() < moment) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /**
   * The return from one positive answer to another, in basis points.
   *
   * @throws ArithmeticException where the contract's 256 bits do not suffice
   */
  static int move(BigInteger present, BigInteger past) {
    BigInteger change = present.subtract(past).multiply(BPS);
    if (change.bitLength() > SIGNED_BITS) {
      throw new ArithmeticException(
          "The change of an answer from %s to %s does not fit 256 bits".formatted(past, present));
    }
    BigInteger[] parts = change.divideAndRemainder(past);
    BigInteger floor = parts[1].signum() < 0 ? parts[0].subtract(BigInteger.ONE) : parts[0];
    return floor.max(BigInteger.valueOf(-LIMIT)).min(BigInteger.valueOf(LIMIT)).intValueExact();
  }

  private static void requirePositive(BigInteger answer) {
    if (answer.signum() <= 0) {
      throw new IllegalArgumentException(
          "The feed's answer %s is not positive, so it has no return: look at the feed"
              .formatted(answer));
    }
  }

  @Override
  public List<Input> inputs() {
    return horizonsSeconds.stream()
        .map(horizon -> new Input("return since %d s ago".formatted(horizon), "bps", -LIMIT, LIMIT))
        .toList();
  }

  @Override
  public int width() {
    return horizonsSeconds.size();
  }

  @Override
  public String identity() {
    return "ChainlinkReturns " + Horizons.joined(horizonsSeconds);
  }
}
