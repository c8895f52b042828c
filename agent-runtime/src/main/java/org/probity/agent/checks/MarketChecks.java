package org.probity.agent.checks;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.probity.agent.Token;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.ChainClient;
import org.probity.chain.Head;
import org.probity.chain.uniswap.UniswapPool;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyBearing;
import org.probity.intent.source.ProgramReader;
import org.probity.intent.source.Reports;
import org.probity.intent.source.SourceContracts;
import org.probity.intent.source.SourceRefused;
import org.probity.intent.source.VaultProgram;
import org.probity.intent.source.VaultSource;
import org.probity.strategy.StrategyManifest;

/**
 * Whether the pools of a policy and the sources of its program give what a vault and its agent
 * read, and what the policy bears on them.
 */
final class MarketChecks {

  private static final int LEAST_RING = 3;

  /** So many blocks tell how far they are apart. */
  private static final long BLOCKS = 200;

  /** A pool writes one observation a second at most, however many blocks there are. */
  private static final double LEAST_BLOCK_SECONDS = 1;

  private final Examination exam;
  private final ChainClient chain;
  private final Map<Address, PoolFacts> pools = new LinkedHashMap<>();
  private final Map<Address, PolicyBearing.PoolFacts> states = new HashMap<>();

  MarketChecks(Examination exam, ChainClient chain) {
    this.exam = exam;
    this.chain = chain;
  }

  /**
   * Looks at the market of a vault that is there.
   *
   * @param policy in force
   * @param strategy that is to decide for it, if it is known
   * @return empty if a pool or the program cannot be used
   */
  static Optional<VaultBearing> ofVault(
      Examination exam, ChainClient chain, Policy policy, Optional<StrategyManifest> strategy) {
    Optional<VaultProgram> program = program(exam, chain, policy, strategy);
    MarketChecks market = new MarketChecks(exam, chain);
    Set<Address> asked = new LinkedHashSet<>();
    policy.parts().pools().forEach(pool -> asked.add(pool.pool()));
    program.ifPresent(found -> pools(found).forEach(asked::add));
    asked.forEach(market::pool);
    if (program.isEmpty() || !market.knows(asked)) {
      exam.skip(
          "a pool or the program cannot be used", CheckName.SOURCES, CheckName.POLICY_BEARING);
      return Optional.empty();
    }
    market.sources(program.get(), policy.limits().numbers().step());
    return market
        .bearing(
            policy,
            program.get(),
            policy.parts().assets().stream().map(asset -> market.symbol(asset.token())).toList(),
            policy.parts().assets().stream().skip(1).map(_ -> 0).toList())
        .map(bearing ->
            new VaultBearing(
                bearing,
                policy.parts().pools().stream().map(pool -> market.state(pool.pool())).toList()));
  }

  /** The program, whose wrong strategy is told and does not keep from looking at the rest. */
  private static Optional<VaultProgram> program(
      Examination exam, ChainClient chain, Policy policy, Optional<StrategyManifest> strategy) {
    try {
      VaultProgram program =
          VaultProgram.of(policy, SourceContracts.of(chain, policy.model().program()));
      exam.add(
          CheckName.FEATURES,
          strategy
              .map(known -> features(known, program))
              .orElseGet(() -> Finding.fine("%s sources".formatted(program.sources().size()))));
      return Optional.of(program);
    } catch (RuntimeException e) {
      exam.fail(CheckName.FEATURES, e);
      return Optional.empty();
    }
  }

  private String symbol(Address token) {
    return pools.values().stream()
        .flatMap(pool -> Stream.of(pool.token0(), pool.token1()))
        .filter(known -> known.address().equals(token))
        .map(Token::symbol)
        .findFirst()
        .orElse(token.toString());
  }

  // ---- pools ----

  /** Looks at a pool. */
  void pool(Address address) {
    Optional<PoolFacts> found = PoolChecks.look(exam, chain, address);
    if (found.isEmpty()) {
      exam.skip("there is no such pool", CheckName.POOL_CARDINALITY);
      return;
    }
    pools.put(address, found.get());
    UniswapPool pool = found.get().pool();
    UniswapPool.Slot0 slot0 = pool.slot0(BlockTag.LATEST);
    BigInteger liquidity = pool.liquidity(BlockTag.LATEST);
    if (slot0.sqrtPriceX96().signum() == 0 || liquidity.signum() == 0) {
      exam.skip("it has no price or no liquidity", CheckName.POOL_CARDINALITY);
      return;
    }
    exam.add(CheckName.POOL_CARDINALITY, ring(address, slot0));
    // A ring that was let grow takes its places when a trade moves the price.
    int places = Math.max(slot0.observationCardinality(), slot0.observationCardinalityNext());
    states.put(
        address,
        new PolicyBearing.PoolFacts(liquidity, slot0.sqrtPriceX96(), slot0.tick(), places));
  }

  /** Fewer than three, and no vault knows how a block began. */
  private static Finding ring(Address pool, UniswapPool.Slot0 slot0) {
    int written = slot0.observationCardinality();
    int places = slot0.observationCardinalityNext();
    if (written >= LEAST_RING) {
      return Finding.fine("%s places".formatted(Math.max(written, places)));
    }
    return Finding.wrong(
        "The ring of pool %s has %s places, and a vault needs %s to know how a block began"
            .formatted(pool, written, LEAST_RING),
        places >= LEAST_RING
            ? "wait until a trade moves its price: then it grows to %s".formatted(places)
            : "call increaseObservationCardinalityNext of the pool, which anybody can, and wait until a trade moves its price");
  }

  /** Whether all of these can be traded on. */
  boolean knows(Set<Address> addresses) {
    return states.keySet().containsAll(addresses);
  }

  /** The pools that are pools, tradable or not. */
  Map<Address, PoolFacts> pools() {
    return pools;
  }

  /** A pool that can be traded on, as it is. */
  PolicyBearing.PoolFacts state(Address pool) {
    return Objects.requireNonNull(states.get(pool));
  }

  // ---- the program ----

  /** Whether a program is that of a strategy. */
  static Finding features(StrategyManifest strategy, VaultProgram program) {
    return strategy
        .mismatch(program.program())
        .map(Finding::wrong)
        .orElseGet(() ->
            strategy.program().isPresent()
                ? Finding.fine("the program is that of %s".formatted(strategy.name()))
                : Finding.doubtful(
                    "The strategy %s does not say which sources it was made for"
                        .formatted(strategy.name()),
                    "name its program in weights.json, as strategies/README.md says"));
  }

  /** Looks at what an agent would read now, source by source, but for what nobody has written. */
  void sources(VaultProgram program, long step) {
    Head head = chain.head();
    long asOf = head.timestamp() - head.timestamp() % step;
    for (int i = 0; i < program.sources().size(); i++) {
      VaultSource source = program.sources().get(i);
      int number = i + 1;
      switch (source) {
        case VaultSource.OfBooks _, VaultSource.OfLoans _ -> {}
        case VaultSource.OfSigners _ ->
            exam.skip(
                "whether signers report is seen when they do (source %s)".formatted(number),
                CheckName.SOURCES);
        case VaultSource.OfPool _, VaultSource.OfFeed _ ->
            exam.look(CheckName.SOURCES, () -> source(source, number, head, asOf));
      }
    }
  }

  private Finding source(VaultSource source, int number, Head head, long asOf) {
    try {
      new ProgramReader(chain, new VaultProgram(List.of(source)), Reports.NONE)
          .at(head, asOf, ProgramReader.Books.NONE);
      return Finding.fine(
          "source %s has its %s features now".formatted(number, source.entry().width()));
    } catch (SourceRefused e) {
      return Finding.wrong(
          String.valueOf(e.getMessage())
              .replaceFirst("^Source 1 ", "Source %s ".formatted(number)));
    }
  }

  // ---- what the policy bears ----

  /**
   * Looks at what contradicts the policy.
   *
   * @param names of the assets, the numeraire first
   * @param thresholds for each other asset at which deviation its feed answers anew, in basis
   *     points; 0 where that is not known
   */
  Optional<PolicyBearing> bearing(
      Policy policy, VaultProgram program, List<String> names, List<Integer> thresholds) {
    try {
      PolicyBearing bearing =
          new PolicyBearing(
              policy,
              new PolicyBearing.Facts(
                  names,
                  policy.parts().pools().stream().map(pool -> state(pool.pool())).toList(),
                  thresholds,
                  historySeconds(program),
                  blockSeconds()));
      List<String> contradictions = bearing.contradictions();
      if (contradictions.isEmpty()) {
        exam.add(CheckName.POLICY_BEARING, Finding.fine("nothing contradicts what it is for"));
      }
      contradictions.forEach(
          sentence -> exam.add(CheckName.POLICY_BEARING, Finding.wrong(sentence)));
      rings(policy, program, bearing.ringNeeded());
      return Optional.of(bearing);
    } catch (RuntimeException e) {
      exam.fail(CheckName.POLICY_BEARING, e);
      return Optional.empty();
    }
  }

  /** Pools that are read and not traded remember as much as the others. */
  private void rings(Policy policy, VaultProgram program, int needed) {
    pools(program)
        .distinct()
        .filter(pool -> policy.parts().pools().stream().noneMatch(part -> part.pool().equals(pool)))
        .forEach(pool -> {
          int places = state(pool).cardinality();
          exam.add(
              CheckName.POOL_CARDINALITY,
              places < needed
                  ? Finding.wrong(
                      "The ring of pool %s holds %s observations and needs %s"
                          .formatted(pool, places, needed),
                      "call increaseObservationCardinalityNext(%s)".formatted(needed))
                  : Finding.fine("%s places, %s are needed".formatted(places, needed)));
        });
  }

  private static Stream<Address> pools(VaultProgram program) {
    return program.sources().stream()
        .flatMap(source ->
            source instanceof VaultSource.OfPool pool ? Stream.of(pool.pool()) : Stream.empty());
  }

  private static long historySeconds(VaultProgram program) {
    return program.sources().stream()
        .mapToLong(
            source -> source instanceof VaultSource.OfPool pool ? pool.entry().historySeconds() : 0)
        .max()
        .orElse(0);
  }

  private double blockSeconds() {
    Head newest = chain.head();
    long back = Math.min(BLOCKS, newest.number());
    if (back == 0) {
      return LEAST_BLOCK_SECONDS;
    }
    long before = chain.head(BlockTag.at(newest.number() - back)).orElse(newest).timestamp();
    return Math.max(LEAST_BLOCK_SECONDS, (newest.timestamp() - before) / (double) back);
  }
}
