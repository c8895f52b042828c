package org.probity.sim.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.math.BigInteger;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.sim.market.Amounts;
import org.probity.sim.market.LendingPool;
import org.probity.sim.market.RateCurve;
import org.probity.sim.market.ReserveTerms;
import org.probity.sim.random.RandomStream;
import org.probity.sim.scenario.LendingTerms.Listing;
import org.probity.sim.scenario.LendingTerms.PriceSource;
import org.probity.sim.scenario.MarketActivity.Liquidation;

class LendingMarketTest {

  private static final PriceSource FEED = new PriceSource.Feed(0.005, 3_600, 12);
  private static final PriceSource TWAP = new PriceSource.Twap(900);
  private static final double PRICE = 2_500;
  private static final long DAY = 86_400;

  /** When the price falls or rises, within an hour. */
  private static final long FALL = 8 * 3_600;

  private static final GasCost GAS = (units, _, _) -> units * 1e-5;

  private static PoolTerms terms(boolean baseIsToken0) {
    return new PoolTerms("WETH", "USD", 18, 6, baseIsToken0, 500);
  }

  private static LendingTerms lending(PriceSource prices, double shortShare) {
    return new LendingTerms(
        30,
        40,
        shortShare,
        1.1,
        1.6,
        0.5,
        2_000,
        5_000_000,
        new Listing(
            ReserveTerms.open(18, 8_050, 8_300, 10_500, 1_500, 1_000),
            RateCurve.ofBasisPoints(8_000, 0, 330, 8_000)),
        new Listing(
            ReserveTerms.open(6, 7_500, 7_800, 10_450, 1_000, 1_000),
            RateCurve.ofBasisPoints(9_000, 0, 600, 6_000)),
        prices,
        0.9,
        600_000);
  }

  /** Nobody trades but liquidators and, if there are any, arbitrageurs. */
  private static AgentScenario scenario(
      long seed,
      LendingTerms lending,
      boolean baseIsToken0,
      double arbitrageChance,
      double noisePerHour,
      Optional<PairTerms> pair,
      double shock) {
    RandomStream random = RandomStream.of(seed, "test");
    PriceProcess quiet = PriceProcess.gbm(Math.log(PRICE), 0.1, 0, 60, random.named("price"));
    PriceProcess process = PriceProcess.shocked(quiet, Math.log(1 + shock), FALL / 60, 60);
    MarketPopulation population =
        new MarketPopulation(
            new MarketPopulation.Agents(noisePerHour, 2, arbitrageChance, 0, 600, 0, 0, 0, 0),
            pair,
            Optional.of(lending));
    return (AgentScenario)
        Scenarios.agents(
            new Opening(terms(baseIsToken0), PRICE, 1_500, 2_000, 0, DAY, "test"),
            population,
            process,
            60,
            GAS,
            random.named("agents"));
  }

  private static AgentScenario run(
      PriceSource prices, double shortShare, boolean baseIsToken0, double shock) {
    AgentScenario scenario =
        scenario(3, lending(prices, shortShare), baseIsToken0, 0.9, 0, Optional.empty(), shock);
    scenario.advanceTo(DAY);
    return scenario;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void fallLiquidatesThoseWhoOweQuoteAndNoFallNobody(boolean baseIsToken0) {
    for (PriceSource prices : List.of(FEED, TWAP)) {
      assertThat(run(prices, 0.2, baseIsToken0, 0).activity(DAY).liquidations()).isEmpty();
      MarketActivity fallen = run(prices, 0.2, baseIsToken0, -0.3).activity(DAY);
      assertThat(fallen.liquidations())
          .hasSizeGreaterThan(10)
          .allSatisfy(one -> {
            assertThat(one.sellsBase()).isTrue();
            assertThat(one.profit()).isPositive();
            assertThat(one.proceeds()).isGreaterThan(one.debtRepaid());
            assertThat(one.time()).isBetween(FALL, DAY);
          })
          .isSortedAccordingTo((a, b) -> Long.compare(a.time(), b.time()));
      assertThat(fallen.sold(true)).isPositive();
      assertThat(fallen.sold(false)).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void riseLiquidatesThoseWhoOweBase(boolean baseIsToken0) {
    for (PriceSource prices : List.of(FEED, TWAP)) {
      MarketActivity risen = run(prices, 0.5, baseIsToken0, 0.5).activity(DAY);
      assertThat(risen.liquidations())
          .hasSizeGreaterThan(5)
          .allSatisfy(one -> assertThat(one.sellsBase()).isFalse());
      assertThat(risen.sold(true)).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void tokensAreNeitherMadeNorLost(boolean baseIsToken0) {
    // Nobody else trades: what the pool gained is what liquidators sold into it.
    for (double shock : new double[] {-0.3, 0.4}) {
      AgentScenario scenario =
          scenario(5, lending(FEED, 0.4), baseIsToken0, 0, 0, Optional.empty(), shock);
      Amounts before = scenario.pool().exact().balances();
      for (long time = 0; time <= DAY; time += 1_800) {
        scenario.advanceTo(time);
        LendingMarket market = Objects.requireNonNull(scenario.lending);
        LendingMarket.Books books = market.books;
        for (int reserve : List.of(LendingMarket.BASE, LendingMarket.QUOTE)) {
          assertThat(market.lending.state(reserve).available())
              .isEqualTo(
                  books
                      .deposited[reserve]
                      .subtract(books.borrowed[reserve])
                      .subtract(books.sold[reserve])
                      .subtract(books.earned[reserve]));
        }
        Amounts now = scenario.pool().exact().balances();
        BigInteger base = baseIsToken0 ? now.amount0() : now.amount1();
        BigInteger quote = baseIsToken0 ? now.amount1() : now.amount0();
        BigInteger baseBefore = baseIsToken0 ? before.amount0() : before.amount1();
        BigInteger quoteBefore = baseIsToken0 ? before.amount1() : before.amount0();
        assertThat(base.subtract(baseBefore)).isEqualTo(books.sold[LendingMarket.BASE]);
        assertThat(quote.subtract(quoteBefore)).isEqualTo(books.sold[LendingMarket.QUOTE]);
      }
      assertThat(scenario.activity(DAY).liquidations()).isNotEmpty();
    }
  }

  @Test
  void lendingPoolsStateStaysConsistent() {
    for (double shock : new double[] {-0.3, 0, 0.4}) {
      AgentScenario scenario = run(FEED, 0.3, true, shock);
      LendingMarket market = Objects.requireNonNull(scenario.lending);
      LendingPool pool = market.lending;
      for (int reserve : List.of(LendingMarket.BASE, LendingMarket.QUOTE)) {
        int of = reserve;
        LendingPool.ReserveState state = pool.state(reserve);
        assertThat(sum(accounts().stream().map(name -> pool.scaledSupply(of, name))))
            .isEqualTo(state.totalSupplied());
        assertThat(sum(accounts().stream().map(name -> pool.scaledDebt(of, name))))
            .isEqualTo(state.totalBorrowed());
        BigInteger owed = sum(accounts().stream().map(name -> pool.debt(DAY, of, name)));
        BigInteger claims = sum(accounts().stream().map(name -> pool.supplied(DAY, of, name)));
        assertThat(owed).isPositive();
        // Suppliers' claims are covered by what is there and what is owed, but for rounding.
        assertThat(claims).isLessThan(state.available().add(owed).add(BigInteger.valueOf(1_000)));
        assertThat(state.borrowIndex()).isGreaterThan(BigInteger.TEN.pow(27));
      }
    }
  }

  @Test
  void cascadeIsSeenInThePool() {
    // Sales push the price below where arbitrage alone would leave it.
    AgentScenario with = scenario(3, lending(FEED, 0), true, 0.2, 0, Optional.empty(), -0.3);
    LendingTerms safe =
        new LendingTerms(
            30,
            40,
            0,
            50,
            100,
            0,
            2_000,
            5_000_000,
            lending(FEED, 0).base(),
            lending(FEED, 0).quote(),
            FEED,
            0.9,
            600_000);
    AgentScenario without = scenario(3, safe, true, 0.2, 0, Optional.empty(), -0.3);
    double least = Double.MAX_VALUE;
    double leastWithout = Double.MAX_VALUE;
    for (long time = FALL; time <= FALL + 2 * 3_600; time += 12) {
      with.advanceTo(time);
      without.advanceTo(time);
      least = Math.min(least, terms(true).price(with.pool().sqrtPriceX96()));
      leastWithout = Math.min(leastWithout, terms(true).price(without.pool().sqrtPriceX96()));
    }
    assertThat(without.activity(DAY).liquidations()).isEmpty();
    assertThat(with.activity(DAY).liquidations()).hasSizeGreaterThan(10);
    assertThat(least).isLessThan(0.99 * leastWithout);
  }

  @Test
  void nobodyLiquidatesAtALoss() {
    LendingTerms few = lending(FEED, 0.2);
    LendingTerms dear =
        new LendingTerms(
            few.borrowers(),
            few.size(),
            few.shortShare(),
            few.lowestHealth(),
            few.highestHealth(),
            few.movesPerDay(),
            few.baseSupply(),
            few.quoteSupply(),
            few.base(),
            few.quote(),
            few.prices(),
            few.noticeChance(),
            1_000_000_000_000L);
    AgentScenario scenario = scenario(3, dear, true, 0.9, 0, Optional.empty(), -0.5);
    scenario.advanceTo(DAY);
    MarketActivity activity = scenario.activity(DAY);
    assertThat(activity.liquidations()).isEmpty();
    MarketActivity.Lending lending = activity.lending().orElseThrow();
    assertThat(lending.underwater()).isPositive();
    assertThat(lending.badDebt()).isPositive();
  }

  @Test
  void healthThatNobodyCanHaveIsRefused() {
    LendingTerms fine = lending(FEED, 0.2);
    assertThatThrownBy(() ->
            new LendingTerms(
                30, 40, 0, 1.02, 2, 0, 0, 0, fine.base(), fine.quote(), FEED, 0.9, 600_000))
        .hasMessageContaining("1.0311");
  }

  // ---- the second venue ----

  @Test
  void arbitrageursHoldTheVenuesTogether() {
    for (boolean baseIsToken0 : new boolean[] {true, false}) {
      var pair = Optional.of(new PairTerms(500, 0.5, 1));
      AgentScenario scenario = scenario(7, lending(FEED, 0.2), baseIsToken0, 0.5, 120, pair, -0.2);
      PairVenue venue = Objects.requireNonNull(scenario.pair);
      for (long time = 600; time <= DAY; time += 1_200) {
        scenario.advanceTo(time);
        double there = terms(baseIsToken0).price(scenario.pool().sqrtPriceX96());
        // Both fees, 0.05 % and 0.3 %, and a hair for what one base unit moves.
        assertThat(venue.price() / there).isBetween(1 / 1.00352, 1.00352);
      }
      MarketActivity activity = scenario.activity(DAY);
      assertThat(activity.venues())
          .hasSize(2)
          .allSatisfy(one -> {
            assertThat(one.trades()).isGreaterThan(1_000);
            assertThat(one.volume()).isPositive();
          });
      assertThat(activity.since(activity).venues())
          .allSatisfy(one -> assertThat(one.trades()).isZero());
    }
  }

  @Test
  void withoutArbitrageVenuesDriftApart() {
    var pair = Optional.of(new PairTerms(50, 0.5, 0));
    AgentScenario scenario = scenario(7, lending(FEED, 0.2), true, 0, 120, pair, 0);
    scenario.advanceTo(DAY);
    double there = terms(true).price(scenario.pool().sqrtPriceX96());
    double here = Objects.requireNonNull(scenario.pair).price();
    assertThat(Math.abs(here / there - 1)).isGreaterThan(0.02);
  }

  @Test
  void pairIsTradedToTheEdgeOfItsFeesBand() {
    PairVenue venue = new PairVenue(terms(true), 100, PRICE, 0);
    venue.arbitrage(PRICE * 1.1, 60);
    assertThat(venue.price()).isCloseTo(PRICE * 1.1 * 0.997, within(0.5));
    venue.arbitrage(PRICE, 120);
    assertThat(venue.price()).isCloseTo(PRICE / 0.997, within(0.5));
    double before = venue.price();
    venue.arbitrage(PRICE * 1.001, 180);
    assertThat(venue.price()).isEqualTo(before);
  }

  @Test
  void equalSeedsGiveEqualMarkets() {
    var pair = Optional.of(new PairTerms(300, 0.3, 0.8));
    List<MarketActivity> both =
        Stream.of(1, 2)
            .map(_ -> {
              AgentScenario one = scenario(9, lending(TWAP, 0.3), false, 0.8, 60, pair, -0.3);
              one.advanceTo(DAY);
              return one.activity(DAY);
            })
            .toList();
    assertThat(both.get(0)).isEqualTo(both.get(1));
    assertThat(both.get(0).liquidations()).hasSizeGreaterThan(5);
  }

  @Test
  void advancingInStepsChangesNothing() {
    AgentScenario whole = scenario(11, lending(FEED, 0.3), true, 0.8, 60, Optional.empty(), -0.3);
    whole.advanceTo(DAY);
    AgentScenario steps = scenario(11, lending(FEED, 0.3), true, 0.8, 60, Optional.empty(), -0.3);
    for (long time = 0; time <= DAY; time += 7) {
      steps.advanceTo(Math.min(time, DAY));
    }
    steps.advanceTo(DAY);
    List<Liquidation> expected = whole.activity(DAY).liquidations();
    assertThat(steps.activity(DAY).liquidations()).isEqualTo(expected).isNotEmpty();
    assertThat(steps.pool().sqrtPriceX96()).isEqualTo(whole.pool().sqrtPriceX96());
  }

  /** Every account that may have anything in the market. */
  private static List<String> accounts() {
    return Stream.concat(
            Stream.of(LendingMarket.LENDERS, LendingMarket.TREASURY),
            IntStream.range(0, 30).mapToObj(i -> "borrower " + i))
        .toList();
  }

  private static BigInteger sum(Stream<BigInteger> amounts) {
    return amounts.reduce(BigInteger.ZERO, BigInteger::add);
  }
}
