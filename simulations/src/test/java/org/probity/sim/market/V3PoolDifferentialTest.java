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
import org.probity.chain.local.LocalChain;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;
import org.probity.sim.market.Twins.Operation;
import org.probity.sim.market.Twins.View;

/**
 * Random sequences of operations on the bytecode of v3-core and on {@link V3Pool}: what each
 * returns or why it reverts, and all state after it, are the same. A failure names its seed; {@code
 * -Dprobity.market.seed} repeats it, {@code -Dprobity.market.operations} makes the run longer.
 */
@TestKind.Differential
final class V3PoolDifferentialTest {

  private static final int OPERATIONS =
      Integer.getInteger("probity.market.operations", 2_000) * 6 / 10;
  private static final long SEED = Long.getLong("probity.market.seed", 1);
  private static final int[][] KINDS = {
    {500, 10}, {3000, 60}, {10_000, 200}, {100, 1}, {50_000, 2_000}
  };
  private static final int OBSERVATIONS = 7;

  private static final AbiFunction ENABLE = AbiFunction.parse("enableFeeAmount(uint24,int24)");
  private static final AbiFunction CREATE =
      AbiFunction.parse("createPool(address,address,uint24) returns (address)");
  private static final AbiFunction GET =
      AbiFunction.parse("getPool(address,address,uint24) returns (address)");
  private static final AbiFunction SET_OWNER = AbiFunction.parse("setOwner(address)");
  private static final AbiFunction BALANCE =
      AbiFunction.parse("balanceOf(address) returns (uint256)");

  private static final AbiFunction INITIALIZE = AbiFunction.parse("initialize(uint160)");
  private static final AbiFunction MINT =
      AbiFunction.parse("mint(address,int24,int24,uint128,bytes) returns (uint256,uint256)");
  private static final AbiFunction BURN =
      AbiFunction.parse("burn(int24,int24,uint128) returns (uint256,uint256)");
  private static final AbiFunction COLLECT =
      AbiFunction.parse("collect(address,int24,int24,uint128,uint128) returns (uint128,uint128)");
  private static final AbiFunction SWAP =
      AbiFunction.parse("swap(address,bool,int256,uint160,bytes) returns (int256,int256)");
  private static final AbiFunction FLASH =
      AbiFunction.parse("flash(address,uint256,uint256,bytes)");
  private static final AbiFunction GROW =
      AbiFunction.parse("increaseObservationCardinalityNext(uint16)");
  private static final AbiFunction SET_FEE = AbiFunction.parse("setFeeProtocol(uint8,uint8)");
  private static final AbiFunction COLLECT_PROTOCOL =
      AbiFunction.parse("collectProtocol(address,uint128,uint128) returns (uint128,uint128)");
  private static final AbiFunction OBSERVE =
      AbiFunction.parse("observe(uint32[]) returns (int56[],uint160[])");
  private static final AbiFunction INSIDE =
      AbiFunction.parse("snapshotCumulativesInside(int24,int24) returns (int56,uint160,uint32)");
  private static final AbiFunction FLASH_DATA =
      AbiFunction.parse("f(uint256,uint256,uint256,uint256)");

  private static final AbiFunction SLOT0 =
      AbiFunction.parse("slot0() returns (uint160,int24,uint16,uint16,uint16,uint8,bool)");
  private static final AbiFunction LIQUIDITY = AbiFunction.parse("liquidity() returns (uint128)");
  private static final AbiFunction GROWTH0 =
      AbiFunction.parse("feeGrowthGlobal0X128() returns (uint256)");
  private static final AbiFunction GROWTH1 =
      AbiFunction.parse("feeGrowthGlobal1X128() returns (uint256)");
  private static final AbiFunction FEES =
      AbiFunction.parse("protocolFees() returns (uint128,uint128)");
  private static final AbiFunction MAX =
      AbiFunction.parse("maxLiquidityPerTick() returns (uint128)");
  private static final AbiFunction TICKS =
      AbiFunction.parse(
          "ticks(int24) returns (uint128,int128,uint256,uint256,int56,uint160,uint32,bool)");
  private static final AbiFunction POSITIONS =
      AbiFunction.parse("positions(bytes32) returns (uint128,uint256,uint256,uint128,uint128)");
  private static final AbiFunction OBSERVATION =
      AbiFunction.parse("observations(uint256) returns (uint32,int56,uint160,bool)");

  /** A tick that random ranges seldom begin at. */
  private static final int BELOW_ALL = -887_400;

  @Test
  void everyOperationReturnsRevertsAndLeavesTheStateOfTheContract() {
    Twins.Met met =
        Twins.inSequences(
            OPERATIONS,
            Twins.ACTORS,
            (twins, i, operations) ->
                new Sequence(twins, factory(twins), KINDS[i % KINDS.length], SEED + i)
                    .run(operations));
    assertThat(met.returned())
        .containsAll(
            Set.of(
                "initialize",
                "mint",
                "burn",
                "collect",
                "swap",
                "flash",
                "observe",
                "snapshotCumulativesInside",
                "increaseObservationCardinalityNext",
                "setFeeProtocol",
                "collectProtocol"));
    assertThat(met.reasons())
        .contains("", "AI", "LOK", "SPL", "TLU", "TLM", "LO", "NP", "LS", "OLD", "F0", "F1");
  }

  /** Seed 8: a flash loan whose protocol fee is wider than 128 bits. */
  @Test
  void sequenceThatOnceFoundADifferenceFindsNone() {
    try (Twins twins = new Twins(LocalChain.start())) {
      new Sequence(twins, factory(twins), KINDS[2], 8).run(Twins.SEQUENCE);
      assertThat(twins.returned()).contains("flash", "setFeeProtocol");
    }
  }

  private static Address factory(Twins twins) {
    Address factory =
        twins.chain.deploy(twins.deployer, ContractArtifact.load("UniswapV3Factory").deployment());
    twins.chain.execute(twins.deployer, Call.of(factory, ENABLE, 100, 1));
    twins.chain.execute(twins.deployer, Call.of(factory, ENABLE, 50_000, 2_000));
    twins.chain.execute(twins.deployer, Call.of(factory, SET_OWNER, twins.actor(0)));
    return factory;
  }

  private record Range(int actor, int lower, int upper) {}

  private static final class Sequence {
    final Twins twins;
    final long seed;
    final Draw draw;
    final int fee;
    final int spacing;
    V3Pool pool;
    final Address contract;
    final List<Address> tokens;
    final List<Integer> ends = new ArrayList<>();
    final Set<Range> ranges = new LinkedHashSet<>();

    Sequence(Twins twins, Address factory, int[] kind, long seed) {
      this.twins = twins;
      this.seed = seed;
      this.draw = new Draw(seed);
      this.fee = kind[0];
      this.spacing = kind[1];
      this.tokens = twins.tokens();
      this.pool = new V3Pool(fee, spacing);
      twins.chain.execute(
          twins.deployer, Call.of(factory, CREATE, tokens.get(0), tokens.get(1), fee));
      this.contract =
          (Address)
              twins.chain.client().call(factory, GET, tokens.get(0), tokens.get(1), fee).getFirst();
      int edge = TickMath.MAX_TICK / spacing * spacing;
      ends.addAll(List.of(-edge, edge));
      int reach = spacing == 1 ? 3_000 : 60 * spacing;
      while (ends.size() < 14) {
        int end = Math.clamp(draw.between(-reach, reach), -edge, edge) / spacing * spacing;
        if (!ends.contains(end)) {
          ends.add(end);
        }
      }
    }

    void run(int operations) {
      String name = "seed %d, fee %d, spacing %d".formatted(seed, fee, spacing);
      twins.follow();
      int done = 0;
      while (done < operations) {
        if (done % 5 == 0) {
          // A copy is as good as the pool.
          pool = pool.copy();
        }
        int actor = draw.below(Twins.ACTORS);
        List<Operation> block = new ArrayList<>();
        int size = Math.min(draw.between(1, 4), operations - done);
        for (int i = 0; i < size; i++) {
          block.add(
              switch (done + i) {
                case 4 -> initialize(BigInteger.ONE.shiftLeft(96));
                case 40 -> mint(new Range(actor, BELOW_ALL, 0), BigInteger.ONE);
                default -> operation(actor, done + i);
              });
        }
        twins.run(actor, block, views());
        done += size;
        if (draw.oneIn(3)) {
          twins.pass(draw.oneIn(10) ? draw.between(0, 500_000_000) : draw.between(0, 5_000));
        }
      }
      twins.compare(name);
      twins.unfollow();
    }

    Operation operation(int actor, int index) {
      int kind = index > 4 && index < 12 ? 0 : draw.below(100);
      if (kind < 18) {
        return mint(actor);
      } else if (kind < 28) {
        return burn(actor);
      } else if (kind < 36) {
        return collect(actor);
      } else if (kind < 76) {
        return swap();
      } else if (kind < 81) {
        return observe();
      } else if (kind < 86) {
        return inside();
      } else if (kind < 90) {
        return flash();
      } else if (kind < 93) {
        return grow();
      } else if (kind < 96) {
        return actor == 0 ? setFee() : swap();
      } else if (kind < 99) {
        return actor == 0 ? collectProtocol() : swap();
      }
      return initialize(draw.sized(160));
    }

    private Operation op(
        AbiFunction function, List<Object> arguments, Supplier<List<Object>> java) {
      return new Operation(contract, function, arguments, java);
    }

    private Operation initialize(BigInteger price) {
      return op(
          INITIALIZE,
          List.of(price),
          () -> {
            pool.initialize(twins.time(), price);
            return List.of();
          });
    }

    private Range range(int actor) {
      if (draw.oneIn(12)) {
        int a = anyTick();
        int b = anyTick();
        return draw.oneIn(3)
            ? new Range(actor, a, b)
            : new Range(actor, Math.min(a, b), Math.max(a, b));
      }
      int a = draw.of(ends);
      int b = draw.of(ends);
      return new Range(actor, Math.min(a, b), Math.max(a, b));
    }

    private Range known(int actor) {
      List<Range> mine = ranges.stream().filter(r -> r.actor() == actor).toList();
      return mine.isEmpty() || draw.oneIn(10) ? range(actor) : draw.of(mine);
    }

    private int anyTick() {
      return draw.oneIn(3) ? draw.between(-950_000, 950_000) : draw.between(-1000, 1000);
    }

    private Operation mint(int actor) {
      Range range = range(actor);
      BigInteger amount = draw.oneIn(12) ? draw.sized(128) : draw.sized(20, 90);
      ranges.add(range);
      return mint(range, amount);
    }

    private Operation mint(Range range, BigInteger amount) {
      int actor = range.actor();
      return op(
          MINT,
          List.of(twins.actor(actor), range.lower(), range.upper(), amount, Bytes.EMPTY),
          () -> list(pool.mint(twins.time(), name(actor), range.lower(), range.upper(), amount)));
    }

    private Operation burn(int actor) {
      Range range = known(actor);
      BigInteger has = pool.position(name(actor), range.lower(), range.upper()).liquidity();
      BigInteger amount =
          draw.oneIn(6)
              ? BigInteger.ZERO
              : draw.oneIn(4) ? has : draw.oneIn(12) ? draw.sized(128) : draw.part(has);
      return op(
          BURN,
          List.of(range.lower(), range.upper(), amount),
          () -> list(pool.burn(twins.time(), name(actor), range.lower(), range.upper(), amount)));
    }

    private Operation collect(int actor) {
      Range range = known(actor);
      BigInteger most0 = draw.oneIn(2) ? V3PoolDifferentialTest.UINT128 : draw.sized(128);
      BigInteger most1 = draw.oneIn(2) ? V3PoolDifferentialTest.UINT128 : draw.sized(60);
      return op(
          COLLECT,
          List.of(twins.actor(actor), range.lower(), range.upper(), most0, most1),
          () -> list(pool.collect(name(actor), range.lower(), range.upper(), most0, most1)));
    }

    private Operation swap() {
      boolean zeroForOne = draw.oneIn(2);
      BigInteger size = draw.oneIn(20) ? draw.sized(255) : draw.sized(1, 100);
      BigInteger amount = draw.oneIn(2) ? size : size.negate();
      BigInteger limit = affordable(zeroForOne, limit(zeroForOne));
      return op(
          SWAP,
          List.of(twins.actor(0), zeroForOne, amount, limit, Bytes.EMPTY),
          () -> list(pool.swap(twins.time(), zeroForOne, amount, limit)));
    }

    private BigInteger limit(boolean zeroForOne) {
      BigInteger price = pool.sqrtPriceX96();
      if (price.signum() == 0 || draw.oneIn(30)) {
        return draw.sized(160);
      }
      if (draw.oneIn(4)) {
        return new TickMath(new org.probity.sim.math.WideMath())
            .sqrtRatioAt(draw.of(ends))
            .toUnsigned();
      }
      if (spacing >= 10 && draw.oneIn(2)) {
        return zeroForOne ? V3Pool.LEAST_LIMIT : V3Pool.GREATEST_LIMIT;
      }
      int parts = draw.between(1, spacing == 1 ? 300 : 1_000);
      return zeroForOne
          ? price.subtract(price.multiply(big(parts)).shiftRight(10)).max(V3Pool.LEAST_LIMIT)
          : price.add(price.multiply(big(parts)).shiftRight(10)).min(V3Pool.GREATEST_LIMIT);
    }

    /**
     * The contract searches 256 spacings at a time and a transaction has only so much gas
     * (EIP-7825): where the spacing is 1 no swap goes further than to a sixteenth or to sixteen
     * times the price.
     */
    private BigInteger affordable(boolean zeroForOne, BigInteger limit) {
      BigInteger price = pool.sqrtPriceX96();
      if (spacing > 1 || price.signum() == 0) {
        return limit;
      }
      return zeroForOne
          ? limit.compareTo(V3Pool.LEAST_LIMIT) < 0 ? limit : limit.max(price.shiftRight(2))
          : limit.compareTo(V3Pool.GREATEST_LIMIT) > 0 ? limit : limit.min(price.shiftLeft(2));
    }

    private Operation observe() {
      List<Object> agos = new ArrayList<>();
      for (int i = draw.between(0, 3); i > 0; i--) {
        agos.add(draw.oneIn(3) ? 0L : (long) draw.between(0, draw.oneIn(3) ? 1_000_000 : 5_000));
      }
      return op(
          OBSERVE,
          List.of(agos),
          () -> {
            List<Object> ticks = new ArrayList<>();
            List<Object> seconds = new ArrayList<>();
            if (agos.isEmpty() && pool.observationCardinality() == 0) {
              throw new Reverted("I");
            }
            for (Object ago : agos) {
              V3Pool.Cumulatives answer = pool.observe(twins.time(), (Long) ago);
              ticks.add(big(answer.tickCumulative()));
              assertThat(pool.observeTicks(twins.time(), (Long) ago))
                  .isEqualTo(answer.tickCumulative());
              seconds.add(answer.secondsPerLiquidityCumulative());
            }
            return List.of(ticks, seconds);
          });
    }

    private Operation inside() {
      Range range = range(0);
      return op(
          INSIDE,
          List.of(range.lower(), range.upper()),
          () -> {
            V3Pool.Inside inside =
                pool.snapshotCumulativesInside(twins.time(), range.lower(), range.upper());
            return List.of(
                big(inside.tickCumulative()), inside.secondsPerLiquidity(), big(inside.seconds()));
          });
    }

    private Operation flash() {
      BigInteger loan0 = draw.oneIn(3) ? BigInteger.ZERO : draw.part(pool.balances().amount0());
      BigInteger loan1 = draw.oneIn(3) ? BigInteger.ZERO : draw.part(pool.balances().amount1());
      BigInteger paid0 = fee(loan0);
      BigInteger paid1 = fee(loan1);
      Bytes data = FLASH_DATA.encode(loan0, loan1, paid0, paid1);
      return op(
          FLASH,
          List.of(twins.actor(0), loan0, loan1, data.slice(4, data.length())),
          () -> {
            pool.flash(loan0, loan1, paid0, paid1);
            return List.of();
          });
    }

    private BigInteger fee(BigInteger loan) {
      BigInteger exact = loan.multiply(big(fee)).add(big(999_999)).divide(big(1_000_000));
      return switch (draw.below(4)) {
        case 0 -> exact.subtract(BigInteger.ONE).max(BigInteger.ZERO);
        case 1 -> exact.add(draw.sized(80));
        default -> exact;
      };
    }

    private Operation grow() {
      int next = draw.between(0, OBSERVATIONS);
      return op(
          GROW,
          List.of(next),
          () -> {
            pool.increaseObservationCardinalityNext(next);
            return List.of();
          });
    }

    private Operation setFee() {
      int share0 = draw.oneIn(4) ? 0 : draw.between(3, 11);
      int share1 = draw.oneIn(4) ? 0 : draw.between(4, 10);
      return op(
          SET_FEE,
          List.of(share0, share1),
          () -> {
            pool.setFeeProtocol(share0, share1);
            return List.of();
          });
    }

    private Operation collectProtocol() {
      BigInteger most0 = draw.sized(128);
      BigInteger most1 = draw.sized(128);
      return op(
          COLLECT_PROTOCOL,
          List.of(twins.actor(0), most0, most1),
          () -> list(pool.collectProtocol(most0, most1)));
    }

    private String name(int actor) {
      return twins.actor(actor).hex();
    }

    // ---- all state ----

    List<View> views() {
      List<View> views = new ArrayList<>();
      views.add(view("slot0", SLOT0, List.of(), this::slot0));
      views.add(view("liquidity", LIQUIDITY, List.of(), () -> List.of(pool.liquidity())));
      views.add(view("fee growth 0", GROWTH0, List.of(), () -> List.of(pool.feeGrowthGlobal0())));
      views.add(view("fee growth 1", GROWTH1, List.of(), () -> List.of(pool.feeGrowthGlobal1())));
      views.add(view("protocol fees", FEES, List.of(), () -> list(pool.protocolFees())));
      views.add(view("bound", MAX, List.of(), () -> List.of(pool.maxLiquidityPerTick())));
      views.add(
          new View(
              "balance 0",
              tokens.get(0),
              BALANCE,
              List.of(contract),
              () -> List.of(pool.balances().amount0())));
      views.add(
          new View(
              "balance 1",
              tokens.get(1),
              BALANCE,
              List.of(contract),
              () -> List.of(pool.balances().amount1())));
      Stream.concat(ends.stream(), ranges.stream().flatMap(r -> Stream.of(r.lower(), r.upper())))
          .distinct()
          .filter(end -> Math.abs(end) <= TickMath.MAX_TICK)
          .forEach(end -> views.add(view("tick " + end, TICKS, List.of(end), () -> tick(end))));
      for (Range range : ranges) {
        views.add(
            view(
                "position " + range,
                POSITIONS,
                List.of(key(range)),
                () -> {
                  V3Pool.Position p =
                      pool.position(name(range.actor()), range.lower(), range.upper());
                  return List.of(
                      p.liquidity(),
                      p.feeGrowthInside0(),
                      p.feeGrowthInside1(),
                      p.owed0(),
                      p.owed1());
                }));
      }
      for (int i = 0; i <= OBSERVATIONS; i++) {
        int at = i;
        views.add(
            view(
                "observation " + i,
                OBSERVATION,
                List.of(i),
                () -> {
                  V3Pool.Observation o = pool.observation(at);
                  return List.of(
                      big(o.time()),
                      big(o.tickCumulative()),
                      o.secondsPerLiquidityCumulative(),
                      o.initialized());
                }));
      }
      return views;
    }

    private View view(
        String name, AbiFunction function, List<Object> arguments, Supplier<List<Object>> java) {
      return new View(name, contract, function, arguments, java);
    }

    private List<Object> slot0() {
      return List.of(
          pool.sqrtPriceX96(),
          big(pool.tick()),
          big(pool.observationIndex()),
          big(pool.observationCardinality()),
          big(pool.observationCardinalityNext()),
          big(pool.feeProtocol()),
          pool.sqrtPriceX96().signum() != 0);
    }

    private List<Object> tick(int at) {
      V3Pool.Tick t = pool.tickAt(at);
      return List.of(
          t.liquidityGross(),
          t.liquidityNet(),
          t.feeGrowthOutside0(),
          t.feeGrowthOutside1(),
          big(t.tickCumulativeOutside()),
          t.secondsPerLiquidityOutside(),
          big(t.secondsOutside()),
          t.initialized());
    }

    private Bytes32 key(Range range) {
      byte[] packed = new byte[26];
      byte[] owner = Bytes.parse(name(range.actor())).toArray();
      System.arraycopy(owner, 0, packed, 0, 20);
      for (int i = 0; i < 3; i++) {
        packed[20 + i] = (byte) (range.lower() >> (16 - 8 * i));
        packed[23 + i] = (byte) (range.upper() >> (16 - 8 * i));
      }
      return Bytes.of(packed).keccak();
    }
  }

  private static final BigInteger UINT128 = BigInteger.ONE.shiftLeft(128).subtract(BigInteger.ONE);

  private static List<Object> list(Amounts amounts) {
    return List.of(amounts.amount0(), amounts.amount1());
  }
}
