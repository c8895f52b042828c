package org.probity.settings;

import com.typesafe.config.ConfigFactory;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.probity.chain.Address;
import org.probity.ground.Bytes32;
import org.probity.intent.policy.ActionContracts;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyBounds;
import org.probity.intent.policy.VenueWay;
import org.probity.intent.source.SourceContracts;
import org.probity.intent.source.VaultProgram;

/**
 * A vault's policy as its owner writes it in a HOCON file: amounts in whole tokens of the
 * numeraire, assets and pools by their names. What the chain knows is not written, but asked:
 * {@link #policy} puts both together.
 *
 * @param at where in its file it stands, for who must be told what is wrong with it
 * @param assets the numeraire first
 * @param pools of all routes, and the second ones
 * @param venues where assets may be traded beside their routes
 * @param surroundings what the chain has already, where the file says it
 */
public record PolicySettings(
    String at,
    Limits limits,
    List<Asset> assets,
    List<Pool> pools,
    List<Venue> venues,
    Optional<Lending> lending,
    Model model,
    Surroundings surroundings) {

  private static final String ROOT = "policy";

  public PolicySettings {
    assets = List.copyOf(assets);
    pools = List.copyOf(pools);
    venues = List.copyOf(venues);
  }

  /**
   * The numbers of {@link Policy.Numbers}; what is left out of them has the default that {@code
   * policy-reference.conf} names.
   */
  public record Limits(
      long step,
      long maxAge,
      long minInterval,
      long window,
      long settle,
      int maxSlippageBps,
      int maxDrift,
      int impactMargin,
      int depthShareBps,
      int minFillBps,
      int maxDeviationBps,
      long sequencerGrace,
      BigDecimal minTrade,
      BigDecimal maxAction,
      BigDecimal turnover,
      long turnoverWindow,
      BigDecimal dayLoss,
      BigDecimal monthLoss,
      BigDecimal maxLossPerAction) {}

  /**
   * An asset.
   *
   * @param at where in the file it stands, for who must be told what is wrong with it
   * @param symbol what the token calls itself, or the file calls it; at least this or the token
   * @param route indices of the pools from the asset to the numeraire
   * @param exposure to what buys may raise it; none for the numeraire
   * @param secondPool the index of another pool as the independent price
   */
  public record Asset(
      String at,
      Optional<String> symbol,
      Optional<Address> token,
      boolean sellOnly,
      List<Integer> route,
      Optional<Exposure> exposure,
      Optional<Feed> feed,
      OptionalInt secondPool) {
    public Asset {
      route = List.copyOf(route);
    }

    /** What the file calls it. */
    public String name() {
      return symbol.or(() -> token.map(Address::toString)).orElseThrow();
    }
  }

  /** To what buys may raise an asset: whole tokens of the numeraire, and a share of all. */
  public record Exposure(BigDecimal most, int shareBps) {}

  /**
   * A Chainlink feed.
   *
   * @param heartbeat how old an answer may be, in seconds
   * @param least of an answer, as a price
   * @param most of an answer, as a price
   * @param thresholdBps at which deviation it answers anew
   * @param inNumeraire whether its answers are in the numeraire itself
   */
  public record Feed(
      Address proxy,
      long heartbeat,
      BigDecimal least,
      BigDecimal most,
      int thresholdBps,
      boolean inNumeraire) {}

  /** A pool, and what is asked of its liquidity. */
  public record Pool(String at, String name, Address address, Liquidity least, Liquidity counted) {}

  /**
   * Another place to trade an asset against the numeraire.
   *
   * @param asset its index
   */
  public record Venue(
      String at, String name, int asset, Way way, Liquidity least, Liquidity counted) {}

  /** The way of a venue, from its asset to the numeraire, over one to three pools. */
  public sealed interface Way {

    /** Over pairs of Uniswap v2. */
    record OfPairs(List<Address> pairs) implements Way {
      public OfPairs {
        pairs = List.copyOf(pairs);
      }
    }

    /** Over pools of Uniswap v3. */
    record OfPools(List<Address> pools) implements Way {
      public OfPools {
        pools = List.copyOf(pools);
      }
    }

    /** Over pools of Uniswap v4. */
    record OfKeys(List<Key> keys) implements Way {
      public OfKeys {
        keys = List.copyOf(keys);
      }
    }
  }

  /**
   * A pool of Uniswap v4.
   *
   * @param currencies two in any order; none for the asset and the numeraire
   * @param fee in hundredths of a basis point
   */
  public record Key(List<Currency> currencies, int fee, int tickSpacing) {
    public Key {
      currencies = List.copyOf(currencies);
    }
  }

  /** What a pool of Uniswap v4 trades. */
  public sealed interface Currency {

    /** The asset with this index. */
    record OfAsset(int asset) implements Currency {}

    /** A token, or the chain's own coin, which is zero. */
    record At(Address token) implements Currency {}
  }

  /**
   * Where tokens are lent and borrowed, with Aave v3.
   *
   * @param pool the market's, where the file says it
   * @param healthFloorBps what the health factor may fall to by what the vault does, in basis
   *     points of one
   * @param eMode the market's category of efficiency; 0 for none
   */
  public record Lending(
      String at, Optional<Address> pool, int healthFloorBps, int eMode, List<Reserve> reserves) {
    public Lending {
      reserves = List.copyOf(reserves);
    }
  }

  /**
   * An asset that is lent or borrowed; amounts in whole tokens of the numeraire.
   *
   * @param asset its index
   * @param mostBorrowed none where it is not borrowed
   */
  public record Reserve(
      String at, int asset, BigDecimal mostSupplied, Optional<BigDecimal> mostBorrowed) {}

  /** Liquidity, as a pool counts it. */
  public sealed interface Liquidity {

    /** What it comes to at a pool that has so much in range. */
    BigInteger of(BigInteger inRange);

    /** So many units. */
    record Units(BigInteger units) implements Liquidity {
      @Override
      public BigInteger of(BigInteger inRange) {
        return units;
      }
    }

    /** A share of what is in range when the policy is made. */
    record Share(int bps) implements Liquidity {
      @Override
      public BigInteger of(BigInteger inRange) {
        return inRange
            .multiply(BigInteger.valueOf(bps))
            .divide(BigInteger.valueOf(PolicyBounds.BPS));
      }
    }
  }

  /**
   * Who decides, and what a decision means.
   *
   * @param targets for each class and in it for each asset but the numeraire a weight in basis
   *     points, or {@link Policy#HOLD}; empty for a LINEAR head
   * @param lendingTargets with lending for each class and in it for each reserve what of the asset
   *     is to be supplied, and what is to be owed of the value of all that is supplied; in basis
   *     points, or {@link Policy#HOLD}
   * @param directions for each class bit 0 if it may sell and bit 1 if it may buy; with lending bit
   *     2 if it may borrow and take back, bit 3 if it may repay and supply
   * @param weightStepBps of a LINEAR head; 0 for ARGMAX
   * @param program empty where that was left to the strategy
   */
  public record Model(
      Address agent,
      List<List<Integer>> targets,
      List<List<Integer>> lendingTargets,
      List<Integer> directions,
      int weightStepBps,
      List<Source> program) {
    public Model {
      targets = targets.stream().map(List::copyOf).toList();
      lendingTargets = lendingTargets.stream().map(List::copyOf).toList();
      directions = List.copyOf(directions);
      program = List.copyOf(program);
    }

    /** Whether it gives weights, and does not choose. */
    public boolean linear() {
      return weightStepBps != 0;
    }
  }

  /** One source of the program. */
  public sealed interface Source {

    /** Where in the file it stands. */
    String at();

    /** Returns of a pool, of the price of the asset with this index. */
    record OfPool(String at, Address pool, int asset, List<Integer> horizons) implements Source {}

    /** Returns of a feed. */
    record OfFeed(String at, Address proxy, List<Integer> horizons) implements Source {}

    /** What signers report. */
    record OfSigners(String at, List<Address> signers, int threshold, Bytes32 schema, int width)
        implements Source {}

    /** The vault's own books. */
    record OfBooks(String at) implements Source {}

    /** What the vault has with its lending market. */
    record OfLoans(String at) implements Source {}
  }

  /**
   * What the file says of the chain.
   *
   * @param wrapped the token that stands for the chain's own coin
   */
  public record Surroundings(
      Optional<Address> v3Factory,
      Optional<Address> sequencer,
      Optional<Address> v2Factory,
      Optional<Address> v4PoolManager,
      Optional<Address> wrapped) {}

  /**
   * What the chain says of that which the file names.
   *
   * @param tokens one for each asset
   * @param pools all of {@link #poolsToAsk}
   * @param feedDecimals of all feeds of the assets
   * @param venues one for each venue
   * @param lendingPool the lending market's; zero without lending
   */
  public record Facts(
      List<TokenFacts> tokens,
      Map<Address, PoolFacts> pools,
      Map<Address, Integer> feedDecimals,
      List<VenueFacts> venues,
      Address lendingPool) {
    public Facts {
      tokens = List.copyOf(tokens);
      pools = Map.copyOf(pools);
      feedDecimals = Map.copyOf(feedDecimals);
      venues = List.copyOf(venues);
    }

    /** Of a policy without venues and lending. */
    public Facts(
        List<TokenFacts> tokens,
        Map<Address, PoolFacts> pools,
        Map<Address, Integer> feedDecimals) {
      this(tokens, pools, feedDecimals, List.of(), Address.ZERO);
    }
  }

  /**
   * What a venue's way is like now.
   *
   * @param fee all that it charges, in hundredths of a basis point
   * @param liquidity as {@code IVenue.liquidity} has it
   * @param protocolFees of its pools of Uniswap v4, one for each; none of others
   */
  public record VenueFacts(int fee, BigInteger liquidity, List<Integer> protocolFees) {
    public VenueFacts {
      protocolFees = List.copyOf(protocolFees);
    }
  }

  /** A token. */
  public record TokenFacts(Address address, int decimals) {}

  /** A pool; its fee is in hundredths of a basis point, its liquidity that in range. */
  public record PoolFacts(Address token0, Address token1, int fee, BigInteger liquidity) {}

  /**
   * What a policy refers to besides.
   *
   * @param digest of the model's key
   * @param key where it lies as code
   * @param sources the contracts of the program's sources
   * @param actions trade and lend
   */
  public record Contracts(
      Bytes32 digest, Address key, SourceContracts sources, ActionContracts actions) {}

  /**
   * Reads {@code file}, whose settings {@code policy-reference.conf} documents.
   *
   * @throws BadSetting if it cannot be used
   */
  public static PolicySettings load(Path file) {
    return read(
        Settings.section(
            Hocon.parse(file),
            ConfigFactory.parseResources(
                PolicySettings.class.getClassLoader(), "policy-reference.conf"),
            Hocon.folderOf(file),
            ROOT),
        ROOT,
        true);
  }

  /**
   * The policy in the section {@code at}.
   *
   * @param needsProgram whether the model's program must be written
   * @throws BadSetting if it cannot be used
   */
  public static PolicySettings read(Settings settings, String at, boolean needsProgram) {
    return new PolicyReader(settings, at, needsProgram).read();
  }

  /** The same with this program. */
  public PolicySettings with(List<Source> program) {
    return new PolicySettings(
        at,
        limits,
        assets,
        pools,
        venues,
        lending,
        new Model(
            model.agent,
            model.targets,
            model.lendingTargets,
            model.directions,
            model.weightStepBps,
            program),
        surroundings);
  }

  /** Every pool that the chain must be asked about: the listed ones, and those of the program. */
  public Set<Address> poolsToAsk() {
    Set<Address> asked = new LinkedHashSet<>();
    pools.forEach(pool -> asked.add(pool.address()));
    for (Source source : model.program()) {
      if (source instanceof Source.OfPool ofPool) {
        asked.add(ofPool.pool());
      }
    }
    return asked;
  }

  /**
   * The way of one of the venues, once the tokens of the assets are known.
   *
   * @param tokens one for each asset
   * @param protocolFees as {@link VenueFacts} has them; none if they are not known yet, and then 0
   */
  public VenueWay way(Venue venue, List<TokenFacts> tokens, List<Integer> protocolFees) {
    return PolicyDrafting.way(venue, tokens, protocolFees);
  }

  /**
   * The policy. Whether a vault takes it is for {@link org.probity.intent.policy.PolicyRules} and
   * the chain to say.
   *
   * @throws BadSetting if file and chain do not agree, such as on what a route leads to
   */
  public Policy policy(Facts facts, Contracts contracts) {
    return new PolicyDrafting(this, facts).policy(contracts);
  }

  /**
   * The model's program on that chain.
   *
   * @throws BadSetting as {@link #policy}
   */
  public VaultProgram program(Facts facts, SourceContracts sources) {
    return new PolicyDrafting(this, facts).program(sources);
  }
}
