package org.probity.intent.policy;

import java.math.BigInteger;
import org.probity.chain.Address;
import org.probity.intent.policy.MarketView.Round;
import org.probity.intent.policy.Policy.Asset;
import org.probity.intent.policy.Policy.Feed;

/** What others say that an asset is worth; exactly {@code IndependentPrice.sol}. */
final class IndependentPrice {

  private final MarketView market;
  private final long now;

  IndependentPrice(MarketView market, long now) {
    this.market = market;
    this.now = now;
  }

  /** The value of 10^9 whole units of an asset in the numeraire, by their feeds. */
  BigInteger value(Asset numeraire, Asset asset) {
    BigInteger answer = answer(asset.feed());
    BigInteger base = asset.feedInNumeraire() ? BigInteger.ONE : answer(numeraire.feed());
    int baseDecimals = asset.feedInNumeraire() ? 0 : numeraire.feed().decimals();
    return Uint.mulDiv(
        answer,
        BigInteger.TEN.pow(9 + numeraire.decimals() + baseDecimals),
        Uint.multiply(base, BigInteger.TEN.pow(asset.feed().decimals())));
  }

  /** Refuses two values of one amount that lie further apart than so many basis points. */
  static void requireAgree(Address token, BigInteger pool, BigInteger other, int mostBps) {
    BigInteger most = BigInteger.valueOf(mostBps);
    BigInteger apart = pool.subtract(other).abs();
    if (Uint.multiply(apart, Uint.BPS).compareTo(Uint.multiply(most, other)) > 0) {
      throw Refused.by("PricesDisagree", token, pool, other, most);
    }
  }

  /** Refuses while the sequencer is down, and for a grace after it came back. */
  void requireSequencer(Address feed, long grace) {
    Round round = market.latestRound(feed);
    long since = round.startedAt();
    if (round.answer().signum() != 0 || since == 0 || since > now || now - since <= grace) {
      throw Refused.by("SequencerDown", round.answer(), since);
    }
  }

  private BigInteger answer(Feed feed) {
    Round round = market.latestRound(feed.proxy());
    long updatedAt = round.updatedAt();
    if (updatedAt == 0 || updatedAt > now || now - updatedAt > feed.heartbeat()) {
      throw Refused.by("OracleStale", feed.proxy(), updatedAt);
    }
    BigInteger answer = round.answer();
    if (answer.signum() <= 0
        || answer.compareTo(feed.least()) < 0
        || answer.compareTo(feed.most()) > 0) {
      throw Refused.by("OracleOutOfBounds", feed.proxy(), answer);
    }
    return answer;
  }
}
