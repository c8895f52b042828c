package org.probity.chain;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What others have put on a public chain, as they publish it: {@code addresses/*.conf}, which name
 * their sources.
 *
 * @param sequencer Chainlink's feed of its sequencer's uptime; empty if the chain has no sequencer
 * @param wrappedNative the token that a unit of the chain's own coin is wrapped as
 * @param uniswap empty where nothing is published for good, as on a chain to try things on
 * @param aave likewise
 */
public record KnownChain(
    long id,
    String name,
    Optional<Address> sequencer,
    Optional<Address> wrappedNative,
    Optional<Uniswap> uniswap,
    Optional<Aave> aave) {

  private static final Map<Long, KnownChain> ALL =
      List.of("mainnet", "base", "arbitrum", "optimism", "polygon", "sepolia").stream()
          .map(KnownChain::read)
          .collect(Collectors.toUnmodifiableMap(KnownChain::id, Function.identity()));

  /** Uniswap's own deployments of its versions. */
  public record Uniswap(Address v2Factory, Address v3Factory, Address v4PoolManager) {}

  /**
   * The main market of Aave v3.
   *
   * @param oracle as published; the provider may name another by now
   * @param dataProvider likewise
   */
  public record Aave(Address provider, Address pool, Address oracle, Address dataProvider) {}

  /** The chain of an id; empty if nothing is known of it here. */
  public static Optional<KnownChain> of(long id) {
    return Optional.ofNullable(ALL.get(id));
  }

  private static KnownChain read(String name) {
    Config chain = parse("/addresses/" + name + ".conf");
    return new KnownChain(
        chain.getLong("chain-id"),
        chain.getString("name"),
        chain.getString("sequencer").equals("none")
            ? Optional.empty()
            : address(chain, "sequencer"),
        address(chain, "wrapped-native"),
        section(chain, "uniswap")
            .map(uniswap ->
                new Uniswap(
                    required(uniswap, "v2-factory"),
                    required(uniswap, "v3-factory"),
                    required(uniswap, "v4-pool-manager"))),
        section(chain, "aave-v3")
            .map(aave ->
                new Aave(
                    required(aave, "addresses-provider"),
                    required(aave, "pool"),
                    required(aave, "oracle"),
                    required(aave, "data-provider"))));
  }

  private static Config parse(String resource) {
    try (Reader text =
        new InputStreamReader(
            Objects.requireNonNull(KnownChain.class.getResourceAsStream(resource), resource),
            StandardCharsets.UTF_8)) {
      return ConfigFactory.parseReader(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<Config> section(Config chain, String name) {
    return chain.hasPath(name) ? Optional.of(chain.getConfig(name)) : Optional.empty();
  }

  private static Optional<Address> address(Config chain, String name) {
    return chain.hasPath(name) ? Optional.of(required(chain, name)) : Optional.empty();
  }

  private static Address required(Config section, String name) {
    return new Address(section.getString(name));
  }
}
