package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.probity.intent.VaultBench.ints;
import static org.probity.intent.VaultBench.longs;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.RevertReason;
import org.probity.chain.local.LocalChain;
import org.probity.chain.local.LocalMarket;
import org.probity.chain.uniswap.Observation;
import org.probity.chain.uniswap.UniswapPool;
import org.probity.ground.TestKind;
import org.probity.strategy.feature.TwapDefinition;
import org.probity.strategy.feature.TwapFeatures;

/** The contract's features against the pool's own {@code observe} and against Java. */
@TestKind.Differential
class TwapFeatureSourceTest extends OnOneChain {

  private static final TwapDefinition STANDARD = TwapDefinition.STANDARD;
  private static final AbiFunction FEATURES = VaultBench.SOURCE.function("features");
  private static final AbiFunction LOCATE = VaultBench.SOURCE.function("locate");
  private static final AbiFunction CUMULATIVES = VaultBench.SOURCE.function("cumulativesAt");
  private static final int RING = 400;

  private static UniswapPool pool;

  /** More swaps than the ring has places, so that it has come round. */
  @BeforeAll
  static void fillTheRing() {
    bench = new VaultBench(new LocalMarket.Settings(BigDecimal.valueOf(2500), 10_000, RING));
    bench.wander(RING + 120, 1);
    pool = bench.market.pool();
  }

  private static long now() {
    return bench.chain.client().head().timestamp();
  }

  private static List<Object> locate(long asOf) {
    return bench.chain.client().call(bench.source, LOCATE, pool.address(), asOf);
  }

  private static Bytes indicesAt(long asOf) {
    return (Bytes) locate(asOf).getFirst();
  }

  private static List<Object> features(boolean inverted, long asOf, Bytes indices) {
    return bench
        .chain
        .client()
        .call(bench.source, FEATURES, pool.address(), inverted, asOf, indices);
  }

  private static RevertReason.Custom refusal(long asOf, Bytes indices) {
    return (RevertReason.Custom)
        bench.refusal(
            bench.stranger, Call.of(bench.source, FEATURES, pool.address(), false, asOf, indices));
  }

  private static Bytes withIndex(Bytes indices, int point, int index) {
    byte[] changed = indices.toArray();
    changed[2 * point] = (byte) (index >> 8);
    changed[2 * point + 1] = (byte) index;
    return Bytes.of(changed);
  }

  private static List<Long> longList(Object list) {
    return Arrays.stream(longs(list)).boxed().toList();
  }

  private static List<Integer> intList(Object list) {
    return Arrays.stream(ints(list)).boxed().toList();
  }

  private static int index(Bytes indices, int point) {
    byte[] bytes = indices.toArray();
    return (bytes[2 * point] & 0xff) << 8 | bytes[2 * point + 1] & 0xff;
  }

  @Test
  void cumulativeTicksAreExactlyThePoolsOwnAtEveryMoment() {
    bench.pass(17);
    var random = new SplittableRandom(7);
    for (int i = 0; i < 40; i++) {
      long now = now();
      long asOf = now - (i < 3 ? 0 : random.nextInt(600));
      List<Long> secondsAgo =
          Arrays.stream(STANDARD.points(asOf)).map(t -> now - t).boxed().toList();
      assertThat(longList(locate(asOf).get(1)))
          .isEqualTo(pool.observe(secondsAgo, BlockTag.LATEST));
    }
  }

  @Test
  void featuresAreBitForBitThoseOfJava() {
    bench.pass(9);
    var random = new SplittableRandom(11);
    int distinct = 0;
    TwapFeatures last = null;
    for (int i = 0; i < 40; i++) {
      long asOf = now() - random.nextInt(900);
      List<Object> located = locate(asOf);
      for (boolean inverted : new boolean[] {false, true}) {
        TwapFeatures own = STANDARD.features(longs(located.get(1)), inverted);
        List<Object> theirs = features(inverted, asOf, (Bytes) located.get(0));
        assertThat(intList(theirs.get(0))).isEqualTo(own.returns());
        assertThat(theirs.get(1)).isEqualTo(BigInteger.valueOf(own.referenceTick()));
        distinct += own.equals(last) ? 0 : 1;
        last = own;
      }
    }
    assertThat(distinct).as("the price moves, so the features do").isGreaterThan(40);
  }

  @Test
  void betweenNeighbouringObservationsTheTickIsConstantSoThatInterpolationIsExact() {
    List<Observation> ring =
        pool.observations(
            LongStream.range(0, RING).mapToObj(i -> (int) i).toList(), BlockTag.LATEST);
    int newest = pool.slot0(BlockTag.LATEST).observationIndex();
    int stretches = 0;
    for (int i = 0; i < RING; i++) {
      if (i != newest) {
        Observation before = ring.get(i);
        Observation after = ring.get((i + 1) % RING);
        long seconds = after.timestamp() - before.timestamp();
        assertThat((after.tickCumulative() - before.tickCumulative()) % seconds).isZero();
        stretches++;
      }
    }
    assertThat(stretches).isEqualTo(RING - 1);
  }

  @Test
  void featuresAndIndicesStandStillWhileTheMarketMovesOn() {
    long asOf = now();
    Bytes indices = indicesAt(asOf);
    List<Object> proven = features(false, asOf, indices);
    // A swap in the very second of asOf would have come before it in the block; later ones follow.
    bench.wander(3, 5);
    assertThat(features(false, asOf, indices)).isEqualTo(proven);
    bench.pass(48);
    assertThat(features(false, asOf, indices)).isEqualTo(proven);
    assertThat(indicesAt(asOf)).isEqualTo(indices);
  }

  @Test
  void aSwapInTheSecondOfAsOfDoesNotChangeTheFeaturesAsOfThatSecond() {
    long moment = now() + 30;
    LocalMarket.Token weth = bench.market.weth();
    bench.chain.mineAt(moment);
    List<Object> quiet = features(false, moment, indicesAt(moment));
    bench.chain.revert(snapshot);
    snapshot = bench.chain.snapshot();
    bench.market.replay(List.of(new LocalMarket.Trade(moment, weth.address(), weth.units(1000))));
    int newest = pool.slot0(BlockTag.LATEST).observationIndex();
    assertThat(pool.observations(List.of(newest), BlockTag.LATEST))
        .extracting(Observation::timestamp)
        .containsExactly(moment);
    assertThat(features(false, moment, indicesAt(moment))).isEqualTo(quiet);
  }

  @Test
  void afterTheNewestObservationThePresentTickGoesOn() {
    bench.pass(20_000);
    long asOf = now();
    Bytes indices = indicesAt(asOf);
    List<Object> features = features(false, asOf, indices);
    int tick = pool.slot0(BlockTag.LATEST).tick();
    assertThat(ints(features.get(0))).containsOnly(0);
    assertThat(features.get(1)).isEqualTo(BigInteger.valueOf(tick));
  }

  @Test
  void anyOtherIndexIsRefusedAtItsPoint() {
    bench.pass(9);
    long asOf = now();
    Bytes right = indicesAt(asOf);
    for (int point = 0; point < TwapDefinition.POINTS; point++) {
      int index = index(right, point);
      for (int step : new int[] {1, 2, 37, RING / 2, RING - 37, RING - 2, RING - 1}) {
        int wrong = (index + step) % RING;
        RevertReason.Custom reason = refusal(asOf, withIndex(right, point, wrong));
        assertThat(reason.name()).isIn("ObservationTooLate", "ObservationTooEarly");
        assertThat(reason.arguments())
            .containsExactly(BigInteger.valueOf(point), BigInteger.valueOf(wrong));
      }
    }
    int first = index(right, 0);
    int oldestAllowed = index(right, 17);
    assertThat(refusal(asOf, withIndex(right, 17, first)).name()).isEqualTo("ObservationTooLate");
    assertThat(refusal(asOf, withIndex(right, 0, oldestAllowed)).name())
        .isEqualTo("ObservationTooEarly");
  }

  @Test
  void indicesBeyondTheRingAreRefused() {
    bench.pass(9);
    long asOf = now();
    for (int index : new int[] {RING, RING + 1, 65_534, 65_535}) {
      RevertReason.Custom reason = refusal(asOf, withIndex(indicesAt(asOf), 5, index));
      assertThat(reason.toString()).isEqualTo("ObservationMissing(5, " + index + ")");
    }
  }

  @Test
  void placesThatThePoolHasNotFilledYetAreRefused() {
    // The ring grows when its last place is taken; until then the new places hold only markers.
    bench.chain.execute(bench.owner, pool.increaseCardinality(RING + 50));
    while (pool.slot0(BlockTag.LATEST).observationCardinality() == RING) {
      bench.wander(10, 3);
    }
    UniswapPool.Slot0 slot0 = pool.slot0(BlockTag.LATEST);
    assertThat(slot0.observationCardinality()).isEqualTo(RING + 50);
    long asOf = now();
    Bytes right = indicesAt(asOf);
    List<Long> secondsAgo =
        Arrays.stream(STANDARD.points(asOf)).map(t -> now() - t).boxed().toList();
    assertThat(longList(locate(asOf).get(1))).isEqualTo(pool.observe(secondsAgo, BlockTag.LATEST));
    for (int index = slot0.observationIndex() + 1; index < RING + 50; index += 7) {
      assertThat(refusal(asOf, withIndex(right, 9, index)).name()).isEqualTo("ObservationMissing");
    }
    assertThat(refusal(asOf, withIndex(right, 9, RING + 49)).name())
        .isEqualTo("ObservationMissing");
  }

  @Test
  void aMomentInTheFutureIsRefused() {
    long now = now();
    Bytes indices = indicesAt(now);
    assertThat(refusal(now + 1, indices).toString())
        .isEqualTo("AsOfInFuture(%d, %d)".formatted(now + 1, now));
    assertThat(features(false, now, indices)).isNotEmpty();
  }

  @Test
  void indicesOfAnotherLengthAreRefused() {
    Bytes indices = indicesAt(now());
    for (Bytes wrong :
        List.of(Bytes.EMPTY, indices.slice(0, 35), indices.concat(Bytes.of(new byte[1])))) {
      assertThat(refusal(now(), wrong).toString())
          .isEqualTo("WrongIndexLength(36, %d)".formatted(wrong.length()));
    }
  }

  @Test
  void aHistoryThatIsTooShortIsNamed() {
    long oldest = now() - 20_000;
    assertThat(bench.refusal(bench.stranger, Call.of(bench.source, LOCATE, pool.address(), oldest)))
        .extracting(Object::toString)
        .asString()
        .startsWith("HistoryTooShort(");
  }

  @Test
  void whatIsNoPoolIsNamed() {
    Bytes indices = indicesAt(now());
    for (Address other : List.of(bench.stranger, bench.registry, bench.market.usd().address())) {
      RevertReason reason =
          bench.refusal(
              bench.stranger, Call.of(bench.source, FEATURES, other, false, now(), indices));
      assertThat(reason.toString()).isEqualTo("NotAPool(" + other + ")");
    }
  }

  @Test
  void definitionsThatDoNotGrowAreRefused() {
    List<Integer> swapped = new ArrayList<>(STANDARD.horizonsSeconds());
    swapped.set(4, swapped.get(3));
    assertThat(bench.refusal(bench.owner, VaultBench.SOURCE.deployment(swapped, 4)).toString())
        .isEqualTo("HorizonsNotGrowing(4)");
    assertThat(
            bench
                .refusal(bench.owner, VaultBench.SOURCE.deployment(STANDARD.horizonsSeconds(), 18))
                .toString())
        .isEqualTo("ReferenceOutOfRange(18)");
  }

  @Test
  void theContractShowsItsDefinition() {
    assertThat(intList(bench.call(bench.source, VaultBench.SOURCE.function("horizons"))))
        .isEqualTo(STANDARD.horizonsSeconds());
    assertThat(bench.call(bench.source, VaultBench.SOURCE.function("referenceHorizon")))
        .isEqualTo(BigInteger.valueOf(STANDARD.referenceHorizon()));
  }

  @Test
  void theWholeFeatureVectorCostsLessThan150000Gas() {
    bench.pass(9);
    long asOf = now();
    Call features = Call.of(bench.source, FEATURES, pool.address(), false, asOf, indicesAt(asOf));
    long gas =
        ((BigInteger)
                bench.call(
                    bench.meter,
                    AbiFunction.parse("measure(address,bytes) returns (uint256)"),
                    bench.source,
                    features.data()))
            .longValueExact();
    assertThat(gas).isLessThan(150_000);
    assertThat(
            bench
                .chain
                .client()
                .call(bench.source, CUMULATIVES, pool.address(), asOf, indicesAt(asOf))
                .getFirst())
        .isEqualTo(locate(asOf).get(1));
  }

  @Test
  void historyGoesOnWhenThePoolsClockOf32BitsComesRound() {
    var defaults = LocalChain.Settings.DEFAULT;
    var late =
        new LocalChain.Settings(
            defaults.port(), 31_337, (1L << 32) - 6_000, 12, defaults.baseFee());
    try (VaultBench old =
        new VaultBench(late, new LocalMarket.Settings(BigDecimal.valueOf(2500), 10_000, RING))) {
      old.wander(380, 6);
      long now = old.now();
      assertThat(now).isGreaterThan(1L << 32);
      for (long asOf : new long[] {now, now - 33}) {
        List<Long> secondsAgo =
            Arrays.stream(STANDARD.points(asOf)).map(t -> now - t).boxed().toList();
        Address itsPool = old.market.pool().address();
        Object cumulatives =
            old.chain.client().call(old.source, LOCATE, itsPool, asOf & 0xffff_ffffL).get(1);
        assertThat(longList(cumulatives))
            .isEqualTo(old.market.pool().observe(secondsAgo, BlockTag.LATEST));
      }
    }
  }

  @Test
  void meansOfNegativeTicksAreRoundedDownAsInJava() {
    // A dollar has 6 decimals and an ether 18: at this price the tick wanders about 0.
    var even = new LocalMarket.Settings(BigDecimal.TEN.pow(12), 10_000, RING);
    try (VaultBench level = new VaultBench(even)) {
      level.wander(390, 8);
      Address itsPool = level.market.pool().address();
      boolean up = false;
      boolean down = false;
      for (int i = 0; i < 30; i++) {
        long asOf = level.now() - 11L * i;
        List<Object> located = level.chain.client().call(level.source, LOCATE, itsPool, asOf);
        long[] cumulatives = longs(located.get(1));
        for (int point = 1; point < cumulatives.length; point++) {
          up |= cumulatives[point - 1] > cumulatives[point];
          down |= cumulatives[point - 1] < cumulatives[point];
        }
        for (boolean inverted : new boolean[] {false, true}) {
          TwapFeatures own = STANDARD.features(cumulatives, inverted);
          List<Object> theirs =
              level
                  .chain
                  .client()
                  .call(level.source, FEATURES, itsPool, inverted, asOf, located.get(0));
          assertThat(intList(theirs.get(0))).isEqualTo(own.returns());
          assertThat(theirs.get(1)).isEqualTo(BigInteger.valueOf(own.referenceTick()));
        }
      }
      assertThat(up && down).as("ticks of both signs").isTrue();
    }
  }
}
