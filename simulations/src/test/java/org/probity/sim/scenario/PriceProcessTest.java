package org.probity.sim.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.probity.sim.random.RandomStream;

class PriceProcessTest {

  private static final int STEPS = 200_000;
  private static final double MINUTE = 60;

  @Test
  void brownianMotionHasItsVolatilityAndDrift() {
    double[] moves = moves(PriceProcess.gbm(0, 0.8, 0, MINUTE, RandomStream.of(1, "gbm")), 0);
    assertThat(yearly(moves)).isBetween(0.79, 0.81);
  }

  @Test
  void jumpsAddTheirVarianceAndKeepTheMean() {
    PriceProcess process =
        PriceProcess.jumps(0, 0.5, 0, 10, 0.02, MINUTE, RandomStream.of(1, "jumps"));
    // Variances of a year add: 0.5^2 + 3650 jumps of 0.02^2 (and the jumps' mean, next to nothing).
    assertThat(yearly(moves(process, 0))).isBetween(1.24, 1.38);
  }

  @Test
  void anOrnsteinUhlenbeckProcessStaysWithinItsStationaryWidth() {
    double half = 3_600;
    PriceProcess process =
        PriceProcess.ornsteinUhlenbeck(7, 0.8, half, MINUTE, RandomStream.of(1, "ou"));
    double rate = Math.log(2) / half * PriceProcess.YEAR;
    double sum = 0;
    for (int i = 0; i < STEPS; i++) {
      double off = process.next() - 7;
      sum += off * off;
    }
    double expected = 0.8 * 0.8 / (2 * rate);
    assertThat(sum / STEPS / expected).isBetween(0.85, 1.15);
  }

  @Test
  void arbitrageHoldsThePoolWithinTheFeesBand() {
    PoolTerms terms = new PoolTerms("WETH", "USD", 18, 6, true, 500);
    double[] last = {Math.log(2_500)};
    PriceProcess inner = PriceProcess.gbm(last[0], 1, 0, MINUTE, RandomStream.of(2, "price"));
    PoolScenario scenario =
        Scenarios.synthetic(
            new Opening(terms, 2_500, 10_000, 600, 0, 600_000, "test"),
            () -> last[0] = inner.next(),
            60,
            0.5,
            1,
            RandomStream.of(2, "noise"));
    for (int i = 1; i <= 5_000; i++) {
      scenario.advanceTo(60L * i);
      double off = terms.price(scenario.pool().sqrtPriceX96()) / StrictMath.exp(last[0]) - 1;
      assertThat(Math.abs(off)).isLessThan(0.000502);
    }
  }

  @Test
  void agentsTradeProvideAndAttack() {
    PoolTerms terms = new PoolTerms("WETH", "USD", 18, 6, false, 500);
    MarketPopulation population =
        new MarketPopulation(
            new MarketPopulation.Agents(600, 5, 0.9, 5, 300, 400, 48, 1, 100),
            Optional.empty(),
            Optional.empty());
    PriceProcess process =
        PriceProcess.gbm(Math.log(2_500), 0.8, 0, MINUTE, RandomStream.of(4, "price"));
    PoolScenario scenario =
        Scenarios.agents(
            new Opening(terms, 2_500, 500, 600, 0, 86_400, "test"),
            population,
            process,
            60,
            (_, _, _) -> 0,
            RandomStream.of(4, "a"));
    BigInteger wide = terms.liquidity(500, 2_500);
    assertThat(scenario.pool().exact().liquidity()).isGreaterThan(wide.multiply(BigInteger.TWO));
    scenario.advanceTo(86_400);
    double price = terms.price(scenario.pool().sqrtPriceX96());
    assertThat(price).isBetween(1_500.0, 4_000.0);
    // Selling base (token1): the attacker sells first, and ours is at a lower price.
    BigInteger before = scenario.pool().sqrtPriceX96();
    scenario.beforeOurs(86_400, 0, false, terms.baseUnits(10));
    assertThat(terms.price(scenario.pool().sqrtPriceX96())).isLessThan(price);
    scenario.afterOurs(86_400);
    double back = scenario.pool().sqrtPriceX96().doubleValue() / before.doubleValue();
    assertThat(back).isBetween(0.9995, 1.0005);
  }

  private static double[] moves(PriceProcess process, double from) {
    double[] moves = new double[STEPS];
    double at = from;
    for (int i = 0; i < STEPS; i++) {
      double next = process.next();
      moves[i] = next - at;
      at = next;
    }
    return moves;
  }

  private static double yearly(double[] moves) {
    double sum = 0;
    for (double move : moves) {
      sum += move * move;
    }
    return Math.sqrt(sum / moves.length * PriceProcess.YEAR / MINUTE);
  }
}
