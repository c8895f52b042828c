package org.probity.intent.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.probity.chain.AbiFunction;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.ContractArtifact;
import org.probity.chain.local.LocalMarket;
import org.probity.chain.uniswap.Observation;
import org.probity.chain.uniswap.UniswapPool;
import org.probity.ground.TestKind;
import org.probity.intent.source.ProgramReader.Books;
import org.probity.intent.source.ProgramReader.Reading;
import org.probity.intent.source.VaultSource.OfPool;
import org.probity.strategy.feature.TwapReturns;

/** Returns of a pool, by the contract and by what Java reads of Uniswap's own one. */
@TestKind.Differential
class TwapReturnsParityTest {

  private static final int RING = 150;
  private static final int HINT = 2;
  private static final int TRIALS = TestKind.count("probity.sources", 25, 1_000);

  /** A dollar has 6 decimals and an ether 18: at this price the tick wanders about 0. */
  private static final BigDecimal PRICE = BigDecimal.TEN.pow(12);

  private static final AbiFunction LOCATE = ContractArtifact.load("TwapReturns").function("locate");

  @SuppressWarnings("NullAway.Init") // by start()
  private static SourceBench bench;

  @SuppressWarnings("NullAway.Init") // by start()
  private static LocalMarket market;

  @SuppressWarnings("NullAway.Init") // by start()
  private static UniswapPool pool;

  private String snapshot = "";

  /** More swaps than the ring has places, so that it has come round. */
  @BeforeAll
  static void start() {
    bench = new SourceBench();
    market = LocalMarket.deploy(bench.chain, new LocalMarket.Settings(PRICE, 10_000, RING));
    pool = market.pool();
    wander(RING + 40, 1);
  }

  @AfterAll
  static void stop() {
    bench.close();
  }

  @BeforeEach
  void remember() {
    snapshot = bench.chain.snapshot();
  }

  @AfterEach
  void restore() {
    bench.chain.revert(snapshot);
  }

  private static void wander(int swaps, long seed) {
    var random = new SplittableRandom(seed);
    long time = bench.now();
    var trades = new ArrayList<LocalMarket.Trade>();
    for (int i = 0; i < swaps; i++) {
      time += 5 + random.nextInt(56);
      boolean sell = random.nextBoolean();
      LocalMarket.Token token = sell ? market.weth() : market.usd();
      BigDecimal size = BigDecimal.valueOf(1 + random.nextInt(60));
      trades.add(
          new LocalMarket.Trade(
              market.pool(),
              time,
              token.address(),
              token.units(sell ? size : PRICE.multiply(size))));
    }
    market.replay(trades);
  }

  private static OfPool source(boolean inverted, List<Integer> horizons) {
    return new OfPool(
        bench.release.twapReturns(), pool.address(), inverted, new TwapReturns(horizons));
  }

  /** Any number of them, up to an hour. */
  private static List<Integer> horizons(SplittableRandom random) {
    var horizons = new TreeSet<Integer>();
    int count = random.nextInt(2, random.nextInt(3, 65) + 1);
    int longest = random.nextInt(100, 3_600);
    while (horizons.size() < count) {
      horizons.add(random.nextInt(1, longest));
    }
    return List.copyOf(horizons);
  }

  @Test
  void featuresAndHintsAreThoseOfTheContractAtAnyMomentAndOverAnyHorizons() {
    bench.chain.mineAt(bench.now() + 17);
    var random = new SplittableRandom(3);
    var seen = new TreeSet<String>();
    for (int i = 0; i < TRIALS; i++) {
      OfPool source = source(random.nextBoolean(), horizons(random));
      long asOf = bench.now() - random.nextInt(400);
      Reading reading = bench.read(source, asOf, Reports.NONE);
      Bytes hints = reading.hints().getFirst();
      assertThat(bench.width(source)).isEqualTo(source.entry().width());
      assertThat(bench.computed(source, asOf, hints)).isEqualTo(reading.features().toArray());
      assertThat(
              bench
                  .client()
                  .call(source.contract(), LOCATE, source.parameters(), asOf)
                  .bytes("hints"))
          .isEqualTo(hints);
      seen.add(reading.features().toString());
    }
    assertThat(seen).as("the price moves, so the features do").hasSizeGreaterThan(TRIALS * 4 / 5);
  }

  @Test
  void oneReaderFollowsTheHeadsAndABranchThatReplacesThem() {
    OfPool source = source(false, List.of(60, 300, 900));
    ProgramReader reader = bench.reader(source, Reports.NONE);
    for (int i = 0; i < 12; i++) {
      long asOf = bench.now() - 30;
      Reading reading = reader.at(bench.head(), asOf, Books.NONE);
      assertThat(reading).isEqualTo(bench.read(source, asOf, Reports.NONE));
      assertThat(bench.computed(source, asOf, reading.hints().getFirst()))
          .isEqualTo(reading.features().toArray());
      if (i % 4 == 3) {
        bench.chain.reorg(3);
      }
      wander(i % 3, 40 + i);
    }
  }

  @Test
  void featuresStandStillWhileTheMarketMovesOn() {
    OfPool source = source(true, List.of(60, 120, 600, 1800));
    long asOf = bench.now();
    Reading proven = bench.read(source, asOf, Reports.NONE);
    wander(4, 9);
    assertThat(bench.computed(source, asOf, proven.hints().getFirst()))
        .isEqualTo(proven.features().toArray());
    assertThat(bench.read(source, asOf, Reports.NONE)).isEqualTo(proven);
  }

  @Test
  void whereAPointIsAnObservationBothNeighboursAreRightAndNoOtherIs() {
    int newest = pool.slot0(BlockTag.LATEST).observationIndex();
    Observation last = pool.observations(List.of(newest - 3), BlockTag.LATEST).getFirst();
    OfPool source = source(false, List.of(60, 300));
    Reading reading = bench.read(source, last.timestamp(), Reports.NONE);
    Bytes hints = reading.hints().getFirst();
    assertThat(SourceBench.at(hints, 0, HINT)).isEqualTo(newest - 3);
    for (int other = 0; other < RING; other += 1 + other % 7) {
      Bytes changed = SourceBench.with(hints, 0, HINT, BigInteger.valueOf(other));
      if (other == newest - 3 || other == newest - 4) {
        assertThat(bench.computed(source, last.timestamp(), changed))
            .isEqualTo(reading.features().toArray());
      } else {
        assertThat(bench.refusalName(source, last.timestamp(), changed))
            .isIn("ObservationTooLate", "ObservationTooEarly");
      }
    }
    Bytes before = SourceBench.with(hints, 0, HINT, BigInteger.valueOf(newest - 4));
    assertThat(bench.computed(source, last.timestamp(), before))
        .isEqualTo(reading.features().toArray());
    assertThat(bench.refusalName(source, last.timestamp(), hints.slice(1, 6)))
        .isEqualTo("WrongHintLength");
  }

  @Test
  void aHistoryThatIsTooShortAndAMomentToComeAreRefused() {
    OfPool source = source(false, List.of(60, 1_000_000));
    assertThatThrownBy(() -> bench.read(source, bench.now(), Reports.NONE))
        .isInstanceOf(SourceRefused.class)
        .hasMessageContainingAll("Source 1 of the program", "raise its cardinality");
    assertThatThrownBy(() -> bench.read(source, bench.now() + 1, Reports.NONE))
        .hasMessageContaining("lies after the head's time");
    assertThat(bench.refusalName(source, bench.now() + 1, Bytes.of(new byte[6])))
        .isEqualTo("InFuture");
  }
}
