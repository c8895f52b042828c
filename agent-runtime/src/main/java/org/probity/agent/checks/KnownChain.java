package org.probity.agent.checks;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.probity.chain.Address;

/**
 * What others have put on public chains, as they publish it: Uniswap's v3 factories
 * (https://docs.uniswap.org/contracts/v3/reference/deployments) and Chainlink's feeds of
 * sequencers' uptime (https://docs.chain.link/data-feeds/l2-sequencer-feeds).
 */
final class KnownChain {

  private static final Address FIRST_FACTORY =
      new Address("0x1F98431c8aD98523631AE4a59f267346ea31F984");

  private static final Map<Long, Address> FACTORIES =
      Map.of(
          1L, FIRST_FACTORY,
          10L, FIRST_FACTORY,
          137L, FIRST_FACTORY,
          42_161L, FIRST_FACTORY,
          8_453L, new Address("0x33128a8fC17869897dcE68Ed026d694621f6FDfD"));

  private static final Map<Long, Address> SEQUENCERS =
      Map.of(
          10L, new Address("0x371EAD81c9102C9BF4874A9075FFFf170F2Ee389"),
          42_161L, new Address("0xFdB631F5EE196F0ed6FAa767959853A9F217697D"),
          8_453L, new Address("0xBCF85224fc0756B9Fa45aA7892530B47e10b6433"));

  /** Chains whose blocks many propose. */
  private static final Set<Long> WITHOUT_SEQUENCER = Set.of(1L, 137L, 11_155_111L);

  private KnownChain() {}

  static Optional<Address> v3Factory(long chainId) {
    return Optional.ofNullable(FACTORIES.get(chainId));
  }

  static Optional<Address> sequencer(long chainId) {
    return Optional.ofNullable(SEQUENCERS.get(chainId));
  }

  static boolean hasNoSequencer(long chainId) {
    return WITHOUT_SEQUENCER.contains(chainId);
  }
}
