package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.List;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;

/**
 * All that an owner allows; the {@code Policy} of {@code Policy.sol}, field by field. Its hash is a
 * part of every decision's context: another policy, and no proof in flight holds.
 *
 * <p>Asset 0 is the numeraire, the unit of every value and limit; each step trades one other asset
 * against it. Any values are taken here: {@link PolicyRules} says which may be.
 */
public record Policy(Limits limits, Model model, Parts parts) {

  /** A weight that means: leave this asset as it is. */
  public static final int HOLD = 0xffff;

  /**
   * How much, how often, at what price.
   *
   * @param exposures one for each asset but the numeraire
   * @param pools one for each of the parts' pools
   */
  public record Limits(Numbers numbers, List<Exposure> exposures, List<PoolLimits> pools) {
    public Limits {
      exposures = List.copyOf(exposures);
      pools = List.copyOf(pools);
    }
  }

  /**
   * Amounts are in units of the numeraire.
   *
   * @param step decisions are as of multiples of it, in seconds
   * @param maxAge how old a decision may be at execution, in seconds
   * @param minInterval seconds between two executions that trade, by the block's clock
   * @param window seconds that means are taken over
   * @param settle seconds after which a tick that stands is its own past
   * @param maxSlippageBps the worst price against each of three prices, fees included
   * @param maxDrift how far the start of the block may be from the means, in ticks
   * @param impactMargin ticks of impact beyond what the depth share needs
   * @param depthShareBps the part of fee times depth that a step may take
   * @param minFillBps the least part of a step that must be filled
   * @param maxDeviationBps how far pool and independent price may lie apart
   * @param sequencerGrace seconds that a sequencer must have been up, where the chain has one
   * @param minTrade the least of one step
   * @param maxAction the most of one step
   * @param turnover what leaks away in turnoverWindow seconds
   * @param turnoverWindow seconds
   * @param dayLoss losses of a day at which trading stops
   * @param monthLoss losses of thirty days at which trading stops
   * @param maxLossPerAction the most that one decision may lose
   */
  public record Numbers(
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
      BigInteger minTrade,
      BigInteger maxAction,
      BigInteger turnover,
      long turnoverWindow,
      BigInteger dayLoss,
      BigInteger monthLoss,
      BigInteger maxLossPerAction) {}

  /** What a buy may raise an asset to: its value, and its part of all in basis points. */
  public record Exposure(BigInteger most, int mostBps) {}

  /**
   * What is asked of a pool's liquidity.
   *
   * @param minLiquidity in range, over the window and now, under which nothing is traded
   * @param countedLiquidity what sizes are reckoned with
   */
  public record PoolLimits(BigInteger minLiquidity, BigInteger countedLiquidity) {}

  /**
   * Who decides, on what, and what a decision means.
   *
   * @param digest keccak256 of the key, which lies at {@code code}
   * @param agent who acts for the model
   * @param targets ARGMAX: for each class, and in it for each asset but the numeraire, the weight
   *     to trade to in basis points, or {@link #HOLD}; empty for a LINEAR head
   * @param directions ARGMAX: for each class which way it may trade: bit 0 sells, bit 1 buys
   * @param weightStepBps LINEAR: the basis points that one unit of output means; 0 for ARGMAX
   * @param program the model's inputs, one after the other
   */
  public record Model(
      Bytes32 digest,
      Address code,
      Address agent,
      List<Integer> targets,
      List<Integer> directions,
      int weightStepBps,
      List<Feature> program) {
    public Model {
      targets = List.copyOf(targets);
      directions = List.copyOf(directions);
      program = List.copyOf(program);
    }

    /** Whether the head's outputs are weights, and not a class. */
    public boolean linear() {
      return weightStepBps != 0;
    }
  }

  /**
   * One entry of the feature program.
   *
   * @param source an {@code IFeatureSource}; zero for the vault's own books
   * @param width how many features it gives
   */
  public record Feature(Address source, int width, Bytes parameters) {

    /** Whether these are features of the vault's own books. */
    public boolean ofOwnBooks() {
      return source.equals(Address.ZERO);
    }
  }

  /** With whom. */
  public record Parts(List<Asset> assets, List<PoolPart> pools, Address action) {
    public Parts {
      assets = List.copyOf(assets);
      pools = List.copyOf(pools);
    }
  }

  /**
   * One asset.
   *
   * @param sellOnly nothing more of it is bought
   * @param route the pools between the asset and the numeraire, from the asset on; none for the
   *     numeraire
   * @param feed an independent price; its proxy is zero for none
   * @param feedInNumeraire the feed's answer is in the numeraire itself
   * @param secondPool another pool as the independent price: its index and 1; 0 for none
   * @param secondInverted the asset's side of that pool is its token1
   */
  public record Asset(
      Address token,
      int decimals,
      boolean sellOnly,
      List<Hop> route,
      Feed feed,
      boolean feedInNumeraire,
      int secondPool,
      boolean secondInverted) {
    public Asset {
      route = List.copyOf(route);
    }
  }

  /**
   * One pool of a route.
   *
   * @param pool its index in the parts
   * @param inverted the asset's side of the pool is its token1
   */
  public record Hop(int pool, boolean inverted) {}

  /** A pool; its fee is in hundredths of a basis point. */
  public record PoolPart(Address pool, int fee) {}

  /** A Chainlink proxy, and what its answers must be like; the heartbeat in seconds. */
  public record Feed(
      Address proxy, int decimals, long heartbeat, BigInteger least, BigInteger most) {

    /** No feed. */
    public static final Feed NONE = new Feed(Address.ZERO, 0, 0, BigInteger.ZERO, BigInteger.ZERO);

    /** Whether there is one. */
    public boolean exists() {
      return !proxy.equals(Address.ZERO);
    }
  }

  /** How many assets there are. */
  public int assets() {
    return parts.assets().size();
  }

  /** {@code abi.encode(policy)}, the blob that a vault stores. */
  public byte[] encoded() {
    return PolicyEncoding.encode(this).toArray();
  }

  /** What a decision's context holds of it. */
  public Bytes32 hash() {
    return Keccak.hash(encoded());
  }

  /**
   * Reads what {@link #encoded} wrote.
   *
   * @throws IllegalArgumentException for anything else, be it another way to write the same policy
   */
  public static Policy decode(byte[] encoded) {
    return PolicyEncoding.decode(Bytes.of(encoded));
  }
}
