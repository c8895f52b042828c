package org.probity.intent.policy;

import java.util.List;
import java.util.Optional;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.ContractArtifact;
import org.probity.ground.Bytes32;

/**
 * The way of a policy's venue from its asset to the numeraire, over one to three pools: what its
 * action is told, and what of it a person reads.
 */
public sealed interface VenueWay {

  /** How many pools a way has at most. */
  int MOST = 3;

  /** What the release's action for such ways takes, {@code abi.encode}. */
  Bytes parameters();

  /** How many pools there are on the way. */
  int length();

  /**
   * Over pairs of Uniswap v2; for {@code UniswapV2Action}.
   *
   * @param pairs from the asset to the numeraire
   */
  record OfPairs(List<Address> pairs) implements VenueWay {
    private static final AbiFunction LAYOUT = AbiFunction.parse("f() returns (address[] pairs)");

    /** Copies the list. */
    public OfPairs {
      pairs = List.copyOf(pairs);
    }

    @Override
    public Bytes parameters() {
      return LAYOUT.encodeReturn(pairs);
    }

    @Override
    public int length() {
      return pairs.size();
    }
  }

  /**
   * Over pools of Uniswap v3 that are not the asset's route; for {@code UniswapV3PathAction}.
   *
   * @param pools from the asset to the numeraire
   */
  record OfPools(List<Address> pools) implements VenueWay {
    private static final AbiFunction LAYOUT = AbiFunction.parse("f() returns (address[] pools)");

    /** Copies the list. */
    public OfPools {
      pools = List.copyOf(pools);
    }

    @Override
    public Bytes parameters() {
      return LAYOUT.encodeReturn(pools);
    }

    @Override
    public int length() {
      return pools.size();
    }
  }

  /**
   * Over pools of Uniswap v4; for {@code UniswapV4Action}.
   *
   * @param keys from the asset to the numeraire, without hooks
   */
  record OfKeys(List<PoolKey> keys) implements VenueWay {
    private static final AbiFunction LAYOUT =
        AbiFunction.parse(
            "f() returns ((address currency0, address currency1, uint24 fee, int24 tickSpacing,"
                + " uint24 protocolFee)[] pools)");

    /** Copies the list. */
    public OfKeys {
      keys = List.copyOf(keys);
    }

    @Override
    public Bytes parameters() {
      return LAYOUT.encodeReturn(keys.stream().map(PoolKey::struct).toList());
    }

    @Override
    public int length() {
      return keys.size();
    }
  }

  /**
   * A pool of Uniswap v4 without hooks.
   *
   * @param currency0 the lower of two tokens; zero for the chain's own coin
   * @param fee what its providers take, in hundredths of a basis point
   * @param protocolFee what the protocol takes besides, as the pool has it: from currency 0 to 1 in
   *     the low 12 bits, from 1 to 0 in the high ones
   */
  record PoolKey(Address currency0, Address currency1, int fee, int tickSpacing, int protocolFee) {

    private static final AbiFunction LAYOUT =
        AbiFunction.parse(
            "f() returns (address currency0, address currency1, uint24 fee, int24 tickSpacing,"
                + " address hooks)");

    private List<Object> struct() {
      return List.of(currency0, currency1, fee, tickSpacing, protocolFee);
    }

    private static PoolKey of(AbiValues key) {
      return new PoolKey(
          key.address("currency0"),
          key.address("currency1"),
          key.int32("fee"),
          key.int32("tickSpacing"),
          key.int32("protocolFee"));
    }

    /** What the pool manager calls it. */
    public Bytes32 id() {
      return LAYOUT.encodeReturn(currency0, currency1, fee, tickSpacing, Address.ZERO).keccak();
    }
  }

  /**
   * The way of a venue whose action has this code; empty if that is none of this release's.
   *
   * @throws IllegalArgumentException if the action would not take the parameters
   */
  static Optional<VenueWay> of(Bytes code, Bytes parameters) {
    if (is("UniswapV2Action", code)) {
      return Optional.of(pairs(parameters));
    }
    if (is("UniswapV3PathAction", code)) {
      return Optional.of(pools(parameters));
    }
    return is("UniswapV4Action", code) ? Optional.of(keys(parameters)) : Optional.empty();
  }

  /**
   * The way of a venue of this release; empty if its action is none of the release's.
   *
   * @throws IllegalArgumentException as {@link #of(Bytes, Bytes)}
   */
  static Optional<VenueWay> of(ActionContracts release, Policy.Venue venue) {
    Address action = venue.action();
    Bytes parameters = venue.parameters();
    if (action.equals(Address.ZERO)) {
      return Optional.empty();
    }
    if (action.equals(release.pairs())) {
      return Optional.of(pairs(parameters));
    }
    if (action.equals(release.pools())) {
      return Optional.of(pools(parameters));
    }
    return action.equals(release.keys()) ? Optional.of(keys(parameters)) : Optional.empty();
  }

  private static VenueWay pairs(Bytes parameters) {
    return new OfPairs(OfPairs.LAYOUT.decode(parameters).addresses("pairs"));
  }

  private static VenueWay pools(Bytes parameters) {
    return new OfPools(OfPools.LAYOUT.decode(parameters).addresses("pools"));
  }

  private static VenueWay keys(Bytes parameters) {
    AbiValues way = OfKeys.LAYOUT.decode(parameters);
    return new OfKeys(way.structs("pools").stream().map(PoolKey::of).toList());
  }

  private static boolean is(String action, Bytes code) {
    return ContractArtifact.load(action).isCode(code);
  }
}
