package org.probity.sim.market;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A Chainlink feed whose oracles agree off chain (OCR): they report once the price has left the
 * last answer by a threshold, and at the latest after a heartbeat; a report needs some seconds to
 * be in a block. Rounds are numbered from 1 within the proxy's first phase and never change.
 *
 * <p>Not thread-safe.
 */
public final class OcrFeed {

  private static final BigInteger FIRST_PHASE = BigInteger.ONE.shiftLeft(64);
  private static final BigInteger BPS = BigInteger.valueOf(10_000);

  private final Terms terms;
  private final List<Round> rounds = new ArrayList<>();

  /**
   * When a feed answers.
   *
   * @param decimals of its answers
   * @param thresholdBps a change of the price that is reported, in basis points of the last answer
   * @param heartbeatSeconds after which an unchanged price is reported
   * @param delaySeconds from what oracles see to the block of their report
   */
  public record Terms(int decimals, int thresholdBps, long heartbeatSeconds, long delaySeconds) {

    /** Refuses what no feed has. */
    public Terms {
      if (decimals < 0
          || decimals > 18
          || thresholdBps < 1
          || heartbeatSeconds < 1
          || delaySeconds < 0) {
        throw new IllegalArgumentException(
            "A feed has 0 to 18 decimals, a threshold and a heartbeat above 0 and no negative delay: give it such");
      }
    }
  }

  /**
   * One answer.
   *
   * @param id the proxy's number: the phase above 64 bits, the aggregator's own below
   * @param answer in the feed's decimals
   * @param updatedAt in seconds of Unix time
   */
  public record Round(BigInteger id, BigInteger answer, long updatedAt) {}

  public OcrFeed(Terms terms) {
    this.terms = terms;
  }

  public Terms terms() {
    return terms;
  }

  /** Shows its oracles a price, in the feed's decimals; moments must not fall. */
  public void see(long time, BigInteger price) {
    if (price.signum() <= 0) {
      throw new IllegalArgumentException("A feed reports positive prices, not " + price);
    }
    if (rounds.isEmpty()) {
      transmit(time, price);
      return;
    }
    Round last = rounds.getLast();
    BigInteger moved = price.subtract(last.answer).abs().multiply(BPS);
    boolean far =
        moved.compareTo(last.answer.multiply(BigInteger.valueOf(terms.thresholdBps))) >= 0;
    if (far || time + terms.delaySeconds - last.updatedAt >= terms.heartbeatSeconds) {
      transmit(Math.max(time + terms.delaySeconds, last.updatedAt + 1), price);
    }
  }

  /**
   * Puts a round on chain, whatever the terms say.
   *
   * @param time of its block, not before the last round's
   */
  public void transmit(long time, BigInteger answer) {
    if (!rounds.isEmpty() && time < rounds.getLast().updatedAt) {
      throw new IllegalArgumentException(
          "A round at %d cannot follow one at %d".formatted(time, rounds.getLast().updatedAt));
    }
    BigInteger id = FIRST_PHASE.add(BigInteger.valueOf(rounds.size() + 1L));
    rounds.add(new Round(id, answer, time));
  }

  /** The newest round at a moment, that moment included; empty before the first. */
  public Optional<Round> latest(long now) {
    return lastBefore(now + 1);
  }

  /** The last round that was updated strictly before a moment; empty if none was. */
  public Optional<Round> lastBefore(long moment) {
    int low = -1;
    int high = rounds.size() - 1;
    while (low < high) {
      int middle = low + (high - low + 1) / 2;
      if (rounds.get(middle).updatedAt < moment) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low < 0 ? Optional.empty() : Optional.of(rounds.get(low));
  }
}
