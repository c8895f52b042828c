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
   * @param venues one for each of the parts' venues
   * @param reserves one for each of the parts' reserves
   * @param healthFloorBps what the health factor may fall to by what the vault does, in basis
   *     points of one; 0 without lending
   */
  public record Limits(
      Numbers numbers,
      List<Exposure> exposures,
      List<PoolLimits> pools,
      List<PoolLimits> venues,
      List<ReserveLimits> reserves,
      int healthFloorBps) {
    public Limits {
      exposures = List.copyOf(exposures);
      pools = List.copyOf(pools);
      venues = List.copyOf(venues);
      reserves = List.copyOf(reserves);
    }

    /** Without venues and lending. */
    public Limits(Numbers numbers, List<Exposure> exposures, List<PoolLimits> pools) {
      this(numbers, exposures, pools, List.of(), List.of(), 0);
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
   * What is asked of a pool's liquidity, or of a venue's.
   *
   * @param minLiquidity under which nothing is traded: a pool's in range, over the window and now;
   *     a venue's now
   * @param countedLiquidity what sizes are reckoned with
   */
  public record PoolLimits(BigInteger minLiquidity, BigInteger countedLiquidity) {}

  /** The most that may be supplied and borrowed of a reserve, in units of the numeraire. */
  public record ReserveLimits(BigInteger mostSupplied, BigInteger mostBorrowed) {}

  /**
   * Who decides, on what, and what a decision means.
   *
   * @param digest keccak256 of the key, which lies at {@code code}
   * @param agent who acts for the model
   * @param targets ARGMAX: for each class, and in it for each asset but the numeraire, the weight
   *     to trade to in basis points, or {@link #HOLD}; empty for a LINEAR head
   * @param directions ARGMAX: for each class what it may do: bit 0 sells, bit 1 buys; with lending
   *     also bit 2 borrows and takes back, bit 3 repays and supplies
   * @param weightStepBps LINEAR: the basis points that one unit of output means; 0 for ARGMAX
   * @param program the model's inputs, one after the other
   * @param lendingTargets ARGMAX with lending: for each class, and in it for each reserve, which
   *     part of all that is held of the asset is to be supplied, and how much of it is to be owed
   *     as a part of the value of all that is supplied, both in basis points or {@link #HOLD}
   */
  public record Model(
      Bytes32 digest,
      Address code,
      Address agent,
      List<Integer> targets,
      List<Integer> directions,
      int weightStepBps,
      List<Feature> program,
      List<Integer> lendingTargets) {
    public Model {
      targets = List.copyOf(targets);
      directions = List.copyOf(directions);
      program = List.copyOf(program);
      lendingTargets = List.copyOf(lendingTargets);
    }

    /** Without lending. */
    public Model(
        Bytes32 digest,
        Address code,
        Address agent,
        List<Integer> targets,
        List<Integer> directions,
        int weightStepBps,
        List<Feature> program) {
      this(digest, code, agent, targets, directions, weightStepBps, program, List.of());
    }

    /** Whether the head's outputs are weights, and not a class. */
    public boolean linear() {
      return weightStepBps != 0;
    }
  }

  /**
   * One entry of the feature program.
   *
   * @param source an {@code IFeatureSource}; zero for the vault's own books, and with {@link
   *     #LOANS} as parameters for its loans
   * @param width how many features it gives
   */
  public record Feature(Address source, int width, Bytes parameters) {

    /** The parameters of the entry that is the vault's loans. */
    public static final Bytes LOANS = Bytes.of(new byte[] {1});

    /** Whether these are features of the vault's own books. */
    public boolean ofOwnBooks() {
      return source.equals(Address.ZERO) && !parameters.equals(LOANS);
    }

    /** Whether these are features of the vault's loans. */
    public boolean ofLoans() {
      return source.equals(Address.ZERO) && parameters.equals(LOANS);
    }
  }

  /**
   * With whom.
   *
   * @param action trades along the routes
   * @param venues where else an asset may be traded against the numeraire; prices are the route's,
   *     wherever it is traded
   * @param lending where tokens are lent and borrowed
   */
  public record Parts(
      List<Asset> assets,
      List<PoolPart> pools,
      Address action,
      List<Venue> venues,
      Lending lending) {
    public Parts {
      assets = List.copyOf(assets);
      pools = List.copyOf(pools);
      venues = List.copyOf(venues);
    }

    /** Without venues and lending. */
    public Parts(List<Asset> assets, List<PoolPart> pools, Address action) {
      this(assets, pools, action, List.of(), Lending.NONE);
    }
  }

  /**
   * Another place to trade one asset against the numeraire.
   *
   * @param asset its index in the parts
   * @param action an {@code IVenue}
   * @param fee all that is charged on the way, in hundredths of a basis point
   * @param parameters the way from the asset to the numeraire, in the action's own words
   */
  public record Venue(int asset, Address action, int fee, Bytes parameters) {}

  /**
   * Where tokens are lent and borrowed.
   *
   * @param desk an {@code ILendingDesk}; zero for nowhere
   * @param pool the market's
   * @param eMode the market's category of efficiency; 0 for none
   */
  public record Lending(Address desk, Address pool, int eMode, List<Reserve> reserves) {

    /** No lending. */
    public static final Lending NONE = new Lending(Address.ZERO, Address.ZERO, 0, List.of());

    public Lending {
      reserves = List.copyOf(reserves);
    }

    /** Whether there is any. */
    public boolean exists() {
      return !desk.equals(Address.ZERO);
    }
  }

  /** An asset that is supplied, by its index in the parts, and whether it is borrowed, too. */
  public record Reserve(int asset, boolean borrowable) {}

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
