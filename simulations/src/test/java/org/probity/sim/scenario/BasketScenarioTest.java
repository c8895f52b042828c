package org.probity.sim.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.probity.chain.Address;
import org.probity.sim.market.OcrFeed;
import org.probity.sim.market.V3Pool;
import org.probity.sim.random.RandomStream;
import org.probity.sim.scenario.CorrelatedPrices.Walk;

/** Markets of several assets: how prices move together, and pools and feeds with them. */
final class BasketScenarioTest {

  private static final long START = 1_700_000_000L;
  private static final List<List<Double>> CORRELATION =
      List.of(List.of(1.0, 0.8, -0.3), List.of(0.8, 1.0, 0.1), List.of(-0.3, 0.1, 1.0));

  private static List<double[]> increments(List<Walk> walks, int steps, long seed) {
    List<List<Double>> correlation =
        CORRELATION.stream().limit(walks.size()).map(row -> row.subList(0, walks.size())).toList();
    CorrelatedPrices prices =
        new CorrelatedPrices(walks, correlation, 3_600, RandomStream.of(seed, "prices"));
    double[] last = walks.stream().mapToDouble(Walk::price).toArray();
    List<double[]> increments = new ArrayList<>();
    for (int i = 0; i < steps; i++) {
      double[] next = prices.next();
      double[] moved = new double[next.length];
      for (int j = 0; j < next.length; j++) {
        moved[j] = StrictMath.log(next[j] / last[j]);
      }
      last = next;
      increments.add(moved);
    }
    return increments;
  }

  private static double covariance(List<double[]> increments, int a, int b) {
    double sum = 0;
    for (double[] increment : increments) {
      sum += increment[a] * increment[b];
    }
    return sum / increments.size();
  }

  @Test
  void pricesMoveWithTheGivenVolatilitiesAndCorrelations() {
    List<Walk> walks =
        List.of(new Walk(10, 0.5, 0, 0), new Walk(2_000, 1.0, 0, 0), new Walk(0.3, 0.2, 0, 0));
    List<double[]> increments = increments(walks, 40_000, 1);
    for (int a = 0; a < 3; a++) {
      double deviation = Math.sqrt(covariance(increments, a, a));
      assertThat(deviation * Math.sqrt(PriceProcess.YEAR / 3_600))
          .isCloseTo(walks.get(a).volatility(), within(0.02 * walks.get(a).volatility()));
      for (int b = 0; b < a; b++) {
        double correlation =
            covariance(increments, a, b) / (deviation * Math.sqrt(covariance(increments, b, b)));
        assertThat(correlation).isCloseTo(CORRELATION.get(a).get(b), within(0.02));
      }
    }
  }

  @Test
  void oneAssetMoreChangesNothingInThoseBeforeIt() {
    List<Walk> two = List.of(new Walk(10, 0.5, 0, 0.4), new Walk(2_000, 1.0, 0, 0.4));
    List<Walk> three = new ArrayList<>(two);
    three.add(new Walk(0.3, 0.2, 0.1, 0));
    List<double[]> fewer = increments(two, 50, 9);
    List<double[]> more = increments(three, 50, 9);
    for (int i = 0; i < fewer.size(); i++) {
      assertThat(more.get(i)[0]).isEqualTo(fewer.get(i)[0]);
      assertThat(more.get(i)[1]).isEqualTo(fewer.get(i)[1]);
    }
  }

  @Test
  void correlationsThatContradictOneAnotherAreRefused() {
    assertThatThrownBy(() ->
            CorrelatedPrices.cholesky(
                List.of(List.of(1.0, 0.9, -0.9), List.of(0.9, 1.0, 0.9), List.of(-0.9, 0.9, 1.0)),
                3))
        .hasMessageContaining("contradict one another at asset 3");
    assertThatThrownBy(
            () -> CorrelatedPrices.cholesky(List.of(List.of(1.0, 0.5), List.of(0.4, 1.0)), 2))
        .hasMessageContaining("not symmetric");
    assertThatThrownBy(() -> CorrelatedPrices.cholesky(List.of(List.of(1.0)), 2))
        .hasMessageContaining("as many rows");
  }

  // ---- pools and feeds ----

  private static Address address(int number) {
    return new Address("0x%040x".formatted(number));
  }

  private static BasketScenario scenario(long seed) {
    Basket basket =
        new Basket(
            List.of(
                new Basket.Asset("USD", address(0xb0), 6, 1, 0, 0, 0),
                new Basket.Asset("ETH", address(0xc0), 18, 2_500, 0.6, 0, 0.3),
                new Basket.Asset("BTC", address(0xa0), 8, 60_000, 0.5, 0, 0.3)),
            List.of(List.of(1.0, 0.7), List.of(0.7, 1.0)),
            List.of(
                new Basket.Pool(address(1), 1, 0, 500, 10_000, 0, 0),
                new Basket.Pool(address(2), 2, 1, 3_000, 500, 30, 0.05)),
            List.of(new Basket.Feed(address(3), 2, new OcrFeed.Terms(8, 50, 3_600, 0))),
            60,
            400);
    return new BasketScenario(basket, START, START + 86_400, RandomStream.of(seed, "market"));
  }

  @Test
  void eachPoolIsHeldToItsPriceWithinItsFeeAndTheFeedFollows() {
    BasketScenario scenario = scenario(4);
    V3Pool ether = scenario.pools().getFirst().exact();
    for (int minute = 1; minute <= 600; minute++) {
      long time = START + 60L * minute;
      scenario.advanceTo(time);
      double root = ether.sqrtPriceX96().doubleValue() * 0x1p-96;
      // Dollars are token 0, of 6 digits, and ether is token 1, of 18.
      double price = 1e12 / (root * root);
      assertThat(price / scenario.price(1)).isCloseTo(1, within(5.1e-4));
      double answer =
          scenario.feeds().getFirst().latest(time).orElseThrow().answer().doubleValue() * 1e-8;
      assertThat(answer / scenario.price(2)).isCloseTo(1, within(5.1e-3));
    }
    assertThat(scenario.price(1)).isNotEqualTo(2_500);
  }

  @Test
  void theSameSeedGivesTheSameMarketHoweverItIsAdvanced() {
    BasketScenario once = scenario(6);
    once.advanceTo(START + 7_200);
    BasketScenario often = scenario(6);
    for (long time = START; time <= START + 7_200; time += 7) {
      often.advanceTo(time);
    }
    often.advanceTo(START + 7_200);
    for (int i = 0; i < 2; i++) {
      assertThat(often.pools().get(i).sqrtPriceX96()).isEqualTo(once.pools().get(i).sqrtPriceX96());
      assertThat(often.pools().get(i).exact().balances())
          .isEqualTo(once.pools().get(i).exact().balances());
    }
    assertThat(scenario(7).pools().getFirst().sqrtPriceX96())
        .isEqualTo(scenario(6).pools().getFirst().sqrtPriceX96());
    BasketScenario other = scenario(7);
    other.advanceTo(START + 7_200);
    assertThat(other.pools().getFirst().sqrtPriceX96())
        .isNotEqualTo(once.pools().getFirst().sqrtPriceX96());
  }
}
