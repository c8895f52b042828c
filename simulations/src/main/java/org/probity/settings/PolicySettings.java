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
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyBounds;
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
 * @param surroundings what the chain has already, where the file says it
 */
public record PolicySettings(
    String at,
    Limits limits,
    List<Asset> assets,
    List<Pool> pools,
    Model model,
    Surroundings surroundings) {

  private static final String ROOT = "policy";

  public PolicySettings {
    assets = List.copyOf(assets);
    pools = List.copyOf(pools);
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
   * @param directions for each class bit 0 if it may sell and bit 1 if it may buy
   * @param weightStepBps of a LINEAR head; 0 for ARGMAX
   * @param program empty where that was left to the strategy
   */
  public record Model(
      Address agent,
      List<List<Integer>> targets,
      List<Integer> directions,
      int weightStepBps,
      List<Source> program) {
    public Model {
      targets = targets.stream().map(List::copyOf).toList();
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
  }

  /** What the file says of the chain. */
  public record Surroundings(Optional<Address> v3Factory, Optional<Address> sequencer) {}

  /**
   * What the chain says of that which the file names.
   *
   * @param tokens one for each asset
   * @param pools all of {@link #poolsToAsk}
   * @param feedDecimals of all feeds of the assets
   */
  public record Facts(
      List<TokenFacts> tokens, Map<Address, PoolFacts> pools, Map<Address, Integer> feedDecimals) {
    public Facts {
      tokens = List.copyOf(tokens);
      pools = Map.copyOf(pools);
      feedDecimals = Map.copyOf(feedDecimals);
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
   * @param action swaps on Uniswap v3
   */
  public record Contracts(Bytes32 digest, Address key, SourceContracts sources, Address action) {}

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
        new Model(model.agent, model.targets, model.directions, model.weightStepBps, program),
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
