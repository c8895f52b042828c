package org.probity.intent.audit;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.probity.chain.AbiEvent;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.ChainRecord.Written;

/** The rounds of one Chainlink aggregator, of its logs alone. */
final class FeedPast extends Backlog {

  private static final AbiEvent UPDATED =
      AbiEvent.parse(
          "AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt)");
  private static final int COMPACT = 4_096;

  /**
   * A round, as one of its logs tells it.
   *
   * @param id the aggregator's own number
   */
  record Round(Place place, BigInteger id, BigInteger answer, long updatedAt) {}

  private List<Round> rounds = new ArrayList<>();

  FeedPast(Reading reading, Address aggregator) {
    super(reading, aggregator, List.of(UPDATED.topic()));
  }

  @Override
  void restart() {
    rounds = new ArrayList<>();
  }

  @Override
  void append(Written log, long time) {
    AbiValues told =
        UPDATED
            .decode(log.entry())
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "The aggregator %s tells another event".formatted(contract)));
    rounds.add(
        new Round(
            Place.of(log.entry()),
            told.integer("roundId"),
            told.integer("current"),
            told.int64("updatedAt")));
  }

  @Override
  boolean isFirst(Written log) {
    return UPDATED
        .decode(log.entry())
        .filter(told -> told.integer("roundId").equals(BigInteger.ONE))
        .isPresent();
  }

  @Override
  boolean reaches(long since) {
    return !rounds.isEmpty() && rounds.getFirst().updatedAt < since;
  }

  @Override
  boolean forget(long since) {
    int keep = 0;
    while (keep < rounds.size() && rounds.get(keep).updatedAt < since) {
      keep++;
    }
    if (keep > COMPACT && keep > rounds.size() / 2) {
      rounds = new ArrayList<>(rounds.subList(keep - COMPACT / 2, rounds.size()));
      return true;
    }
    return false;
  }

  /** A round as it was before the log at a place. */
  Optional<Round> round(BigInteger id, Place place) {
    return last(round -> round.id.equals(id) && round.place.compareTo(place) < 0);
  }

  /** The last of the rounds that are asked for. */
  Optional<Round> last(Predicate<Round> asked) {
    return rounds.reversed().stream().filter(asked).findFirst();
  }
}
