package org.probity.agent.checks;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Locale;
import java.util.Optional;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.KnownChain;
import org.probity.intent.policy.PolicyBounds;
import org.probity.settings.PolicySettings.Feed;
import org.probity.zk.Srs;

/** Whether prices of others can be had, and agree with the pool's. */
final class FeedChecks {

  private static final AbiFunction DECIMALS = AbiFunction.parse("decimals() returns (uint8)");
  private static final AbiFunction LATEST =
      AbiFunction.parse(
          "latestRoundData() returns (uint80 roundId, int256 answer, uint256 startedAt, uint256"
              + " updatedAt, uint80 answeredInRound)");

  private final Examination exam;
  private final ChainClient chain;
  private final long now;

  FeedChecks(Examination exam, ChainClient chain) {
    this.exam = exam;
    this.chain = chain;
    this.now = chain.head().timestamp();
  }

  /** What a feed says: its decimals, and the price that it gives now. */
  record Told(int decimals, BigDecimal price) {}

  /** Looks at the feed of the asset {@code name}. */
  Optional<Told> feed(String name, Feed feed) {
    return exam.find(
        CheckName.FEED,
        () -> told(name, feed),
        told ->
            "%s for %s at %s, with %s decimals"
                .formatted(
                    told.price().stripTrailingZeros().toPlainString(),
                    name,
                    feed.proxy(),
                    told.decimals()));
  }

  private Told told(String name, Feed feed) {
    if (chain.code(feed.proxy()).isEmpty()) {
      throw new IllegalArgumentException(
          "There is no contract at %s, the feed of %s: check its address and the chain"
              .formatted(feed.proxy(), name));
    }
    int decimals;
    AbiValues round;
    try {
      decimals = chain.call(feed.proxy(), DECIMALS).int32("decimals");
      round = chain.call(feed.proxy(), LATEST);
    } catch (CallReverted | IllegalArgumentException | ArithmeticException e) {
      throw new IllegalArgumentException(
          "The contract %s does not answer as a Chainlink feed does: name the proxy of %s"
              .formatted(feed.proxy(), name),
          e);
    }
    if (decimals > PolicyBounds.FEED_DECIMALS_MOST) {
      throw new IllegalArgumentException(
          "The feed of %s has %s decimals and a vault reads up to %s: take another feed"
              .formatted(name, decimals, PolicyBounds.FEED_DECIMALS_MOST));
    }
    BigInteger updatedAt = round.integer("updatedAt");
    BigInteger age = BigInteger.valueOf(now).subtract(updatedAt);
    if (updatedAt.signum() == 0
        || age.signum() < 0
        || age.compareTo(BigInteger.valueOf(feed.heartbeat())) > 0) {
      throw new IllegalArgumentException(
          "The feed of %s was updated %s s before the newest block, and its heartbeat is %s s: write the heartbeat that Chainlink names, or take another feed"
              .formatted(name, age, feed.heartbeat()));
    }
    BigDecimal price = new BigDecimal(round.integer("answer"), decimals);
    if (price.compareTo(feed.least()) < 0 || price.compareTo(feed.most()) > 0) {
      throw new IllegalArgumentException(
          "The feed of %s says %s, which is not from %s to %s: check that it is the feed of %s, or widen what is believed"
              .formatted(
                  name,
                  price.stripTrailingZeros().toPlainString(),
                  feed.least().toPlainString(),
                  feed.most().toPlainString(),
                  name));
    }
    return new Told(decimals, price);
  }

  /** Looks whether pool and independent price agree. */
  void prices(String name, String other, double pool, double independent, int mostBps) {
    double apart = Math.abs(pool / independent - 1) * PolicyBounds.BPS;
    String seen =
        String.format(
            Locale.ROOT,
            "%s is at %,.6g in its route's pools and at %,.6g by %s, %.1f basis points apart",
            name,
            pool,
            independent,
            other,
            apart);
    exam.add(
        CheckName.PRICES,
        apart > mostBps
            ? Finding.wrong(
                seen + ", and the policy bears " + mostBps,
                "check that both are prices of it in the numeraire, or raise max-deviation")
            : Finding.fine(seen));
  }

  /**
   * Looks at the sequencer, where the chain has one.
   *
   * @return its feed, if it has one
   */
  Optional<Address> sequencer(Optional<Address> written, long grace) {
    Optional<KnownChain> known = KnownChain.of(chain.chainId());
    Optional<Address> feed = written.or(() -> known.flatMap(KnownChain::sequencer));
    if (feed.isEmpty()) {
      exam.add(
          CheckName.SEQUENCER,
          known.isPresent() || Srs.isLocalChain(chain.chainId())
              ? Finding.fine("the chain has none")
              : Finding.doubtful(
                  "No feed of a sequencer's uptime is known of chain %s".formatted(chain.chainId()),
                  "name it in surroundings.sequencer, if the chain has a sequencer"));
      return feed;
    }
    exam.look(CheckName.SEQUENCER, () -> sequencer(feed.get(), grace));
    return feed;
  }

  private Finding sequencer(Address feed, long grace) {
    AbiValues round;
    try {
      round = chain.call(feed, LATEST);
    } catch (CallReverted | IllegalArgumentException e) {
      return Finding.wrong(
          "The contract %s does not answer as a feed of a sequencer's uptime".formatted(feed),
          "name the one that Chainlink lists for this chain");
    }
    BigInteger since = round.integer("startedAt");
    BigInteger up = BigInteger.valueOf(now).subtract(since);
    if (round.integer("answer").signum() != 0) {
      return Finding.doubtful(
          "The sequencer is down, by %s".formatted(feed), "wait until it is up again");
    }
    return since.signum() == 0 || up.compareTo(BigInteger.valueOf(grace)) <= 0
        ? Finding.doubtful(
            "The sequencer is up for %s s, and the policy trades after %s s"
                .formatted(since.signum() == 0 ? "0" : up, grace),
            "wait so long")
        : Finding.fine("up since %s, by %s".formatted(since, feed));
  }
}
