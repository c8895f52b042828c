package org.probity.sim.backtest;

import java.math.BigInteger;
import java.util.List;
import org.probity.chain.Address;
import org.probity.ground.Bytes32;
import org.probity.intent.policy.Fill;
import org.probity.intent.policy.Refusal;
import org.probity.intent.policy.StepResult;
import org.probity.sim.market.Amounts;
import org.probity.sim.market.Reverted;
import org.probity.sim.market.V2Pair;
import org.probity.sim.market.V4Pool;

/**
 * The way of a policy's venue through one to three pools of one kind, gone exactly as {@code
 * UniswapV2Action.sol}, {@code UniswapV4Action.sol} and {@code UniswapV3PathAction.sol} go it: a
 * step is filled whole or refused. It goes forwards if its first pool takes what is given, else
 * backwards.
 *
 * <p>A refused step leaves the pools somewhere on the way: what a revert would take back is the
 * caller's to take back.
 *
 * @param hops from the asset to the numeraire
 * @param ether the token that stands for the chain's own coin; zero for none
 */
record VenuePath(List<Hop> hops, Address ether) {

  private static final BigInteger PIPS = BigInteger.valueOf(1_000_000);
  private static final BigInteger UNBOUNDED =
      BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE);
  private static final BigInteger ONE_X96 = BigInteger.ONE.shiftLeft(96);

  VenuePath {
    hops = List.copyOf(hops);
  }

  /** A pool on the way. */
  sealed interface Hop {

    /** The pool's own token0; zero for ether. */
    Address token0();

    Address token1();

    /** What this hop charges, in hundredths of a basis point. */
    int feePips();
  }

  /** A pair of Uniswap v2. */
  record OfPair(SimulatedMarket.Pair pair) implements Hop {

    @Override
    public Address token0() {
      return pair.token0();
    }

    @Override
    public Address token1() {
      return pair.token1();
    }

    @Override
    public int feePips() {
      return V2Pair.FEE_PIPS;
    }
  }

  /** A pool of Uniswap v3. */
  record OfPool(SimulatedMarket.Place pool) implements Hop {

    @Override
    public Address token0() {
      return pool.token0();
    }

    @Override
    public Address token1() {
      return pool.token1();
    }

    @Override
    public int feePips() {
      return pool.exact().feePips();
    }
  }

  /**
   * A pool of Uniswap v4.
   *
   * @param protocolFee what the policy says that the protocol takes, as the manager packs it
   */
  record OfKey(SimulatedMarket.Hookless pool, int protocolFee) implements Hop {

    @Override
    public Address token0() {
      return pool.currency0();
    }

    @Override
    public Address token1() {
      return pool.currency1();
    }

    @Override
    public int feePips() {
      return Math.max(pool.exact().swapFeePips(true), pool.exact().swapFeePips(false));
    }

    private void require(Bytes32 id) {
      int charged = pool.exact().protocolFee();
      if (charged != protocolFee) {
        throw new ActionRefused(Refusal.of("OtherProtocolFee", id, charged, protocolFee));
      }
    }
  }

  /** All that is charged on the way at most, in hundredths of a basis point. */
  int feePips() {
    return hops.stream().mapToInt(Hop::feePips).sum();
  }

  /** What the protocol takes of each pool of v4 on the way, as the manager packs it. */
  List<Integer> protocolFees() {
    return hops.stream()
        .filter(OfKey.class::isInstance)
        .map(hop -> ((OfKey) hop).pool.exact().protocolFee())
        .toList();
  }

  // ---- what there is ----

  /**
   * What there is to trade with, as the liquidity of one pool of asset and numeraire: each pool
   * counts with its part of all fees, as whoever moves it alone pays no others.
   *
   * @throws ActionRefused where the action would revert
   */
  BigInteger liquidity(Address asset) {
    int count = hops.size();
    BigInteger[] depths = new BigInteger[count];
    BigInteger[] rootsX96 = new BigInteger[count];
    Address side = sideOf(hops.getFirst(), asset);
    for (int i = 0; i < count; i++) {
      Hop hop = hops.get(i);
      Depth here = depth(hop);
      if (here.liquidity.signum() == 0) {
        return BigInteger.ZERO;
      }
      depths[i] = here.liquidity;
      boolean zeroForOne = side.equals(hop.token0());
      rootsX96[i] = zeroForOne ? here.rootX96 : ONE_X96.shiftLeft(96).divide(here.rootX96);
      side = across(hop, side);
    }
    BigInteger fees = BigInteger.valueOf(feePips());
    BigInteger least = UNBOUNDED;
    for (int i = 0; i < count; i++) {
      BigInteger fee = BigInteger.valueOf(hops.get(i).feePips());
      BigInteger depth = depths[i].multiply(fee).divide(fees);
      for (int j = 0; j < count; j++) {
        if (j < i) {
          depth = depth.multiply(ONE_X96).divide(rootsX96[j]);
        } else if (j > i) {
          depth = depth.multiply(rootsX96[j]).shiftRight(96);
        }
      }
      least = least.min(depth);
    }
    return least;
  }

  private record Depth(BigInteger liquidity, BigInteger rootX96) {}

  private static Depth depth(Hop hop) {
    return switch (hop) {
      case OfPair(var pair) -> {
        V2Pair.State state = pair.exact().state();
        BigInteger liquidity = state.reserve0().multiply(state.reserve1()).sqrt();
        yield liquidity.signum() == 0
            ? new Depth(liquidity, liquidity)
            : new Depth(
                liquidity,
                state.reserve1().shiftLeft(128).divide(state.reserve0()).sqrt().shiftLeft(32));
      }
      case OfPool(var pool) -> new Depth(pool.exact().liquidity(), pool.exact().sqrtPriceX96());
      case OfKey key -> {
        key.require(key.pool.id());
        yield new Depth(key.pool.exact().liquidity(), key.pool.exact().sqrtPriceX96());
      }
    };
  }

  // ---- a step ----

  /**
   * Gives all of {@code amount} and gets what comes of it.
   *
   * @param now the block's time
   */
  StepResult run(Address tokenIn, Address tokenOut, BigInteger amount, long now, Pools pools) {
    Hop first = hops.getFirst();
    Address side = sideOf(first, tokenIn);
    boolean forward = side.equals(first.token0()) || side.equals(first.token1());
    List<Hop> order = forward ? hops : hops.reversed();
    boolean v3 = first instanceof OfPool;
    BigInteger got = amount;
    side = sideOf(order.getFirst(), tokenIn);
    try {
      for (int i = 0; i < order.size(); i++) {
        Hop hop = order.get(i);
        boolean zeroForOne = side.equals(hop.token0());
        if (!zeroForOne && !side.equals(hop.token1())) {
          return Refusal.of(v3 ? "NotARoute" : "NotAPath", side, hop.token1());
        }
        side = zeroForOne ? hop.token1() : hop.token0();
        boolean last = i + 1 == order.size();
        if (last && !(hop instanceof OfKey) && !side.equals(tokenOut)) {
          return Refusal.of(v3 ? "NotARoute" : "NotAPath", side, tokenOut);
        }
        got =
            switch (hop) {
              case OfPair(var pair) -> through(pools.of(pair.exact()), zeroForOne, got, now);
              case OfPool(var pool) -> StepSwaps.through(pool, zeroForOne, got, now, pools, last);
              case OfKey key -> through(key, zeroForOne, got, pools);
            };
      }
    } catch (ActionRefused e) {
      return e.refusal();
    } catch (Reverted e) {
      return StepSwaps.reverted(e);
    }
    return tokenOf(side).equals(tokenOut)
        ? new Fill(amount, got)
        : Refusal.of("NotAPath", tokenOf(side), tokenOut);
  }

  /** The most that the pair lets go for what has come in. */
  private static BigInteger through(V2Pair pair, boolean zeroForOne, BigInteger amount, long now) {
    V2Pair.State state = pair.state();
    pair.deposit(zeroForOne ? amount : BigInteger.ZERO, zeroForOne ? BigInteger.ZERO : amount);
    BigInteger kept = amount.multiply(PIPS.subtract(BigInteger.valueOf(V2Pair.FEE_PIPS)));
    BigInteger in = zeroForOne ? state.reserve0() : state.reserve1();
    BigInteger out = zeroForOne ? state.reserve1() : state.reserve0();
    BigInteger got = kept.multiply(out).divide(in.multiply(PIPS).add(kept));
    pair.swap(now, zeroForOne ? BigInteger.ZERO : got, zeroForOne ? got : BigInteger.ZERO);
    return got;
  }

  private static BigInteger through(OfKey key, boolean zeroForOne, BigInteger amount, Pools pools) {
    Bytes32 id = key.pool.id();
    key.require(id);
    V4Pool pool = pools.of(key.pool.exact());
    BigInteger limit = zeroForOne ? V4Pool.LEAST_LIMIT : V4Pool.GREATEST_LIMIT;
    Amounts moved;
    try {
      moved = pool.swap(zeroForOne, amount, limit);
    } catch (Reverted e) {
      // The manager's errors have names, and this one numbers.
      throw new ActionRefused(
          e.reason().equals("PriceLimitAlreadyExceeded")
              ? Refusal.of(e.reason(), pool.sqrtPriceX96(), limit)
              : Refusal.of(e.reason()));
    }
    BigInteger taken = zeroForOne ? moved.amount0() : moved.amount1();
    if (!taken.equals(amount)) {
      throw new ActionRefused(Refusal.of("FilledInPart", id, taken, amount));
    }
    return (zeroForOne ? moved.amount1() : moved.amount0()).negate();
  }

  // ---- ether ----

  private Address sideOf(Hop hop, Address token) {
    return token.equals(ether) && !token.equals(hop.token1()) && hop.token0().equals(Address.ZERO)
        ? Address.ZERO
        : token;
  }

  private Address tokenOf(Address side) {
    return side.equals(Address.ZERO) ? ether : side;
  }

  private static Address across(Hop hop, Address side) {
    return side.equals(hop.token0()) ? hop.token1() : hop.token0();
  }
}
