package org.probity.sim.market;

import static org.assertj.core.api.Assertions.assertThat;
import static org.probity.sim.market.Twins.big;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ContractArtifact;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;
import org.probity.sim.market.Twins.Operation;
import org.probity.sim.market.Twins.View;
import org.probity.sim.math.WideMath;

/**
 * Random sequences of operations on several pools of the byte code of v4-core's PoolManager and on
 * {@link V4Pool}: what each returns or why it reverts, and all state after it, are the same. {@code
 * -Dprobity.market.seed} repeats a failure, {@code -Dprobity.market.operations} makes the run
 * longer.
 */
@TestKind.Differential
final class V4PoolDifferentialTest {

  private static final int OPERATIONS = Integer.getInteger("probity.market.operations", 600);
  private static final long SEED = Long.getLong("probity.market.seed", 1);

  /** Fee and spacing of the pools of a sequence. */
  private static final int[][][] KINDS = {
    {{500, 10}, {3_000, 60}, {0, 200}},
    {{100, 1}, {10_000, 200}, {1_000_000, 60}},
    {{3_000, 60}, {999_999, 2_000}, {50, 32_767}},
  };

  private static final AbiFunction INITIALIZE =
      AbiFunction.parse(
          "initialize((address,address,uint24,int24,address),uint160) returns (int24)");
  private static final AbiFunction SET_FEE =
      AbiFunction.parse("setProtocolFee((address,address,uint24,int24,address),uint24)");
  private static final AbiFunction SET_CONTROLLER =
      AbiFunction.parse("setProtocolFeeController(address)");
  private static final AbiFunction ACCRUED =
      AbiFunction.parse("protocolFeesAccrued(address) returns (uint256)");
  private static final AbiFunction LOAD =
      AbiFunction.parse("extsload(bytes32,uint256) returns (bytes32[])");
  private static final AbiFunction MINT = AbiFunction.parse("mint(address,uint256)");

  // Where the manager keeps a pool (v4-core, StateLibrary).
  private static final int POOLS = 6;
  private static final int TICKS = 4;
  private static final int POSITIONS = 6;

  private static final BigInteger MASK = BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE);

  @Test
  void everyOperationReturnsRevertsAndLeavesTheStateOfTheContract() {
    Twins.Met met =
        Twins.inSequences(
            OPERATIONS,
            Twins.ACTORS,
            (twins, i, operations) ->
                new Sequence(twins, KINDS[i % KINDS.length], SEED + i).run(operations));
    assertThat(met.returned()).contains("provide", "swap", "setProtocolFee", "initialize");
    assertThat(met.reasons())
        .contains(
            "TicksMisordered",
            "TickLowerOutOfBounds",
            "TickUpperOutOfBounds",
            "TickLiquidityOverflow",
            "TickMisaligned",
            "CannotUpdateEmptyPosition",
            "SafeCastOverflow",
            "SwapAmountCannotBeZero",
            "PriceLimitAlreadyExceeded",
            "PriceLimitOutOfBounds",
            "ProtocolFeeTooLarge");
  }

  private record Range(int driver, int lower, int upper) {}

  /** A pool twice. */
  private static final class Pool {
    final V4Market.Key key;
    final BigInteger state;
    final List<Integer> ends = new ArrayList<>();
    final Set<Range> ranges = new LinkedHashSet<>();
    V4Pool exact;

    Pool(V4Market.Key key, V4Pool exact) {
      this.key = key;
      this.exact = exact;
      Bytes id =
          joined(
              bytes32(key.currency0()),
              bytes32(key.currency1()),
              bytes32(big(key.fee())),
              bytes32(big(key.tickSpacing())),
              Bytes32.ZERO);
      this.state = slot(id.keccak(), big(POOLS));
    }
  }

  private static final class Sequence {
    final Twins twins;
    final long seed;
    final Draw draw;
    final V4Market market;
    final List<Address> drivers = new ArrayList<>();
    final List<Address> tokens;
    final List<Pool> pools = new ArrayList<>();

    Sequence(Twins twins, int[][] kinds, long seed) {
      this.twins = twins;
      this.seed = seed;
      this.draw = new Draw(seed);
      this.tokens = twins.tokens();
      this.market = new V4Market(twins.chain, twins.deployer);
      drivers.add(market.driver);
      drivers.add(
          twins.chain.deploy(
              twins.deployer, ContractArtifact.load("V4Driver").deployment(market.manager)));
      for (Address driver : drivers) {
        for (Address token : tokens) {
          twins.chain.execute(twins.deployer, Call.of(token, MINT, driver, Twins.FUNDS));
        }
      }
      for (int[] kind : kinds) {
        V4Market.Key key = new V4Market.Key(tokens.get(0), tokens.get(1), kind[0], kind[1]);
        BigInteger price = pools.isEmpty() ? BigInteger.ONE.shiftLeft(96) : draw.sized(80, 112);
        market.initialize(key, price);
        Pool pool = new Pool(key, new V4Pool(kind[0], kind[1], price));
        int edge = TickMath.MAX_TICK / kind[1] * kind[1];
        pool.ends.addAll(List.of(-edge, edge));
        int reach = kind[1] == 1 ? 3_000 : 60 * kind[1];
        for (int i = 0; i < 60 && pool.ends.size() < 14; i++) {
          int near = pool.exact.tick() + draw.between(-reach, reach);
          int end = Math.clamp(near, -edge, edge) / kind[1] * kind[1];
          if (!pool.ends.contains(end)) {
            pool.ends.add(end);
          }
        }
        pools.add(pool);
      }
      twins.chain.execute(twins.deployer, Call.of(market.manager, SET_CONTROLLER, twins.actor(0)));
    }

    void run(int operations) {
      String name = "seed %d, %s".formatted(seed, pools.stream().map(p -> p.key).toList());
      twins.follow();
      int done = 0;
      while (done < operations) {
        Pool pool = done < 20 ? pools.get(done % 3) : draw.of(pools);
        if (draw.oneIn(5)) {
          // A copy is as good as the pool.
          pool.exact = pool.exact.copy();
        }
        int actor = draw.below(Twins.ACTORS);
        List<Operation> block = new ArrayList<>();
        int size = Math.min(draw.between(1, 4), operations - done);
        for (int i = 0; i < size; i++) {
          block.add(
              switch (done + i) {
                case 40 -> provide(pool, new Range(0, -887_400, 0), BigInteger.ONE);
                case 41 -> provide(pool, new Range(0, 0, 887_400), BigInteger.ONE);
                default -> operation(pool, actor, done + i);
              });
        }
        twins.run(actor, block, views(pool));
        done += size;
      }
      twins.compare(name);
      twins.unfollow();
    }

    Operation operation(Pool pool, int actor, int index) {
      int kind = index < 20 ? 0 : draw.below(100);
      if (kind < 22) {
        return provide(pool);
      } else if (kind < 42) {
        return take(pool);
      } else if (kind < 90) {
        return swap(pool);
      } else if (kind < 96) {
        return actor == 0 ? setFee(pool) : swap(pool);
      }
      return initialize(index);
    }

    private Operation op(
        Address target, AbiFunction function, List<Object> arguments, Supplier<List<Object>> java) {
      return new Operation(target, function, arguments, java);
    }

    private Range range(Pool pool) {
      if (draw.oneIn(12)) {
        int a = anyTick();
        int b = anyTick();
        return draw.oneIn(3)
            ? new Range(draw.below(2), a, b)
            : new Range(draw.below(2), Math.min(a, b), Math.max(a, b));
      }
      int a = draw.of(pool.ends);
      int b = draw.of(pool.ends);
      return new Range(draw.below(2), Math.min(a, b), Math.max(a, b));
    }

    private int anyTick() {
      return draw.oneIn(3) ? draw.between(-950_000, 950_000) : draw.between(-1000, 1000);
    }

    private Operation provide(Pool pool) {
      return provide(pool, range(pool), draw.oneIn(12) ? draw.sized(129) : draw.sized(20, 90));
    }

    private Operation take(Pool pool) {
      Range range =
          pool.ranges.isEmpty() || draw.oneIn(8) ? range(pool) : draw.of(List.copyOf(pool.ranges));
      BigInteger has =
          pool.exact
              .position(drivers.get(range.driver()).hex(), range.lower(), range.upper())
              .liquidity();
      BigInteger amount =
          draw.oneIn(5)
              ? BigInteger.ZERO
              : draw.oneIn(4) ? has : draw.oneIn(12) ? draw.sized(129) : draw.part(has);
      return provide(pool, range, amount.negate());
    }

    private Operation provide(Pool pool, Range range, BigInteger delta) {
      if (delta.signum() > 0) {
        pool.ranges.add(range);
      }
      Address driver = drivers.get(range.driver());
      return op(
          driver,
          V4Market.PROVIDE,
          List.of(pool.key.abi(), big(range.lower()), big(range.upper()), delta),
          () -> {
            V4Pool.Change change =
                pool.exact.modifyLiquidity(driver.hex(), range.lower(), range.upper(), delta);
            return List.of(
                change.total().amount0().negate(),
                change.total().amount1().negate(),
                change.fees().amount0(),
                change.fees().amount1());
          });
    }

    private Operation swap(Pool pool) {
      boolean zeroForOne = draw.oneIn(2);
      BigInteger size =
          draw.oneIn(20) ? draw.sized(255) : draw.oneIn(25) ? BigInteger.ZERO : draw.sized(1, 100);
      BigInteger amount = draw.oneIn(2) ? size : size.negate();
      BigInteger limit = affordable(pool, zeroForOne, limit(pool, zeroForOne));
      boolean quoted = draw.oneIn(4);
      return op(
          draw.of(drivers),
          V4Market.SWAP,
          List.of(pool.key.abi(), zeroForOne, amount.negate(), limit),
          () -> {
            Amounts quote = quoted ? pool.exact.quote(zeroForOne, amount, limit) : null;
            Amounts moved = pool.exact.swap(zeroForOne, amount, limit);
            if (quote != null) {
              assertThat(quote).isEqualTo(moved);
            }
            return List.of(moved.amount0().negate(), moved.amount1().negate());
          });
    }

    /** Never 0, which is the driver's own word for the farthest. */
    private BigInteger limit(Pool pool, boolean zeroForOne) {
      BigInteger price = pool.exact.sqrtPriceX96();
      if (draw.oneIn(15)) {
        return draw.sized(1, 160);
      }
      if (draw.oneIn(4)) {
        return new TickMath(new WideMath()).sqrtRatioAt(draw.of(pool.ends)).toUnsigned();
      }
      if (pool.key.tickSpacing() >= 10 && draw.oneIn(2)) {
        return zeroForOne ? V4Pool.LEAST_LIMIT : V4Pool.GREATEST_LIMIT;
      }
      int parts = draw.between(1, pool.key.tickSpacing() == 1 ? 300 : 1_000);
      return zeroForOne
          ? price.subtract(price.multiply(big(parts)).shiftRight(10)).max(V4Pool.LEAST_LIMIT)
          : price.add(price.multiply(big(parts)).shiftRight(10)).min(V4Pool.GREATEST_LIMIT);
    }

    /** As for pools of v3: a search over ticks of spacing 1 takes more gas than there is. */
    private BigInteger affordable(Pool pool, boolean zeroForOne, BigInteger limit) {
      BigInteger price = pool.exact.sqrtPriceX96();
      if (pool.key.tickSpacing() > 1) {
        return limit;
      }
      return zeroForOne
          ? limit.compareTo(V4Pool.LEAST_LIMIT) < 0 ? limit : limit.max(price.shiftRight(2))
          : limit.compareTo(V4Pool.GREATEST_LIMIT) > 0 ? limit : limit.min(price.shiftLeft(2));
    }

    private Operation setFee(Pool pool) {
      int zeroForOne = draw.oneIn(3) ? 0 : draw.between(0, 1_050);
      int oneForZero = draw.oneIn(3) ? 0 : draw.between(0, 1_050);
      return op(
          market.manager,
          SET_FEE,
          List.of(pool.key.abi(), big(zeroForOne + (oneForZero << 12))),
          () -> {
            pool.exact.setProtocolFee(zeroForOne, oneForZero);
            return List.of();
          });
    }

    private Operation initialize(int index) {
      int fee = draw.oneIn(8) ? 1_000_000 + draw.below(3) : 700_000 + 200 * index + draw.below(200);
      int spacing = draw.oneIn(4) ? draw.between(32_760, 32_780) : draw.between(-1, 50);
      BigInteger price = draw.oneIn(3) ? draw.sized(160) : draw.sized(33, 150);
      V4Market.Key key = new V4Market.Key(tokens.get(0), tokens.get(1), fee, spacing);
      return op(
          market.manager,
          INITIALIZE,
          List.of(key.abi(), price),
          () -> List.of(big(new V4Pool(fee, spacing, price).tick())));
    }

    // ---- all state ----

    List<View> views(Pool pool) {
      List<View> views = new ArrayList<>();
      views.add(
          new View(
              "state",
              market.driver,
              V4Market.STATE,
              List.of(pool.key.abi()),
              () ->
                  List.of(
                      pool.exact.sqrtPriceX96(),
                      big(pool.exact.tick()),
                      big(pool.exact.protocolFee()),
                      pool.exact.feeGrowthGlobal0(),
                      pool.exact.feeGrowthGlobal1(),
                      pool.exact.liquidity())));
      views.add(accrued(0));
      views.add(accrued(1));
      Stream.concat(
              pool.ends.stream(),
              pool.ranges.stream().flatMap(r -> Stream.of(r.lower(), r.upper())).limit(6))
          .distinct()
          .forEach(at -> views.add(tick(pool, at)));
      List<Range> ranges = List.copyOf(pool.ranges);
      for (int i = 0; i < Math.min(3, ranges.size()); i++) {
        views.add(position(pool, draw.of(ranges)));
      }
      return views;
    }

    private View accrued(int token) {
      return new View(
          "protocol fees " + token,
          market.manager,
          ACCRUED,
          List.of(tokens.get(token)),
          () ->
              List.of(
                  pools.stream()
                      .map(p -> p.exact.protocolFees())
                      .map(a -> token == 0 ? a.amount0() : a.amount1())
                      .reduce(BigInteger.ZERO, BigInteger::add)));
    }

    private View tick(Pool pool, int at) {
      Bytes32 slot = bytes32(slot(bytes32(big(at)), pool.state.add(big(TICKS))));
      return load(
          "tick " + at,
          slot,
          () -> {
            V4Pool.Tick tick = pool.exact.tickAt(at);
            return List.of(
                bytes32(tick.liquidityNet().shiftLeft(128).add(tick.liquidityGross())),
                bytes32(tick.feeGrowthOutside0()),
                bytes32(tick.feeGrowthOutside1()));
          });
    }

    private View position(Pool pool, Range range) {
      String owner = drivers.get(range.driver()).hex();
      byte[] packed = new byte[58];
      System.arraycopy(Bytes.parse(owner).toArray(), 0, packed, 0, 20);
      for (int i = 0; i < 3; i++) {
        packed[20 + i] = (byte) (range.lower() >> (16 - 8 * i));
        packed[23 + i] = (byte) (range.upper() >> (16 - 8 * i));
      }
      BigInteger slot = slot(Bytes.of(packed).keccak(), pool.state.add(big(POSITIONS)));
      return load(
          "position " + range,
          bytes32(slot),
          () -> {
            V4Pool.Position at = pool.exact.position(owner, range.lower(), range.upper());
            return List.of(
                bytes32(at.liquidity()),
                bytes32(at.feeGrowthInside0()),
                bytes32(at.feeGrowthInside1()));
          });
    }

    private View load(String name, Bytes32 slot, Supplier<List<Object>> java) {
      return new View(name, market.manager, LOAD, List.of(slot, big(3)), () -> List.of(java.get()));
    }
  }

  private static BigInteger slot(Bytes32 key, BigInteger mapping) {
    return new BigInteger(1, joined(key, bytes32(mapping)).keccak().toByteArray());
  }

  private static Bytes joined(Bytes32... words) {
    byte[] joined = new byte[32 * words.length];
    for (int i = 0; i < words.length; i++) {
      System.arraycopy(words[i].toByteArray(), 0, joined, 32 * i, 32);
    }
    return Bytes.of(joined);
  }

  private static Bytes32 bytes32(Address address) {
    return bytes32(new BigInteger(address.hex().substring(2), 16));
  }

  private static Bytes32 bytes32(BigInteger value) {
    return Bytes32.ofUnsigned(value.and(MASK));
  }
}
