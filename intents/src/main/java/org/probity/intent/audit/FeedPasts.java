package org.probity.intent.audit;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.ChainClient;
import org.probity.chain.ChainException;

/**
 * The aggregators behind feeds' proxies, by their phases. A proxy keeps each that it ever had; when
 * one made way for the next it does not log.
 */
final class FeedPasts {

  private static final AbiFunction PHASE = AbiFunction.parse("phaseId() returns (uint16 phase)");
  private static final AbiFunction OF_PHASE =
      AbiFunction.parse("phaseAggregators(uint16) returns (address aggregator)");

  private final ChainClient chain;
  private final Reading reading;
  private final Map<Address, List<FeedPast>> phases = new HashMap<>();

  FeedPasts(ChainClient chain, Reading reading) {
    this.chain = chain;
    this.reading = reading;
  }

  /** The aggregators of all phases so far, the first phase first; none of what is no proxy. */
  List<FeedPast> of(Address proxy) {
    return phases.computeIfAbsent(proxy, this::asked);
  }

  /** The aggregator of one phase. */
  Optional<FeedPast> of(Address proxy, BigInteger phase) {
    List<FeedPast> all = of(proxy);
    int at = phase.intValueExact() - 1;
    return at < 0 || at >= all.size() ? Optional.empty() : Optional.of(all.get(at));
  }

  private List<FeedPast> asked(Address proxy) {
    try {
      int newest = reading.timed(() -> chain.call(proxy, PHASE).int32("phase"));
      return IntStream.rangeClosed(1, newest)
          .mapToObj(phase ->
              reading.timed(() -> chain.call(proxy, OF_PHASE, phase).address("aggregator")))
          .map(aggregator -> new FeedPast(reading, aggregator))
          .toList();
    } catch (ChainException | IllegalArgumentException | ArithmeticException e) {
      return List.of();
    }
  }
}
