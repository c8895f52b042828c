package org.probity.sim.scenario;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.probity.sim.market.Amounts;
import org.probity.sim.random.RandomStream;
import org.probity.strategy.feature.PriceMath;

/**
 * A pool in which others act for reasons of their own: noise traders who come and go, liquidity
 * providers who keep a position around the price and move it now and then, arbitrageurs who trade
 * the pool back when another market's price leaves the fee's band and they notice, and an attacker
 * who trades before and after what it sees of ours.
 *
 * <p>Beside it there may be other pools of the same assets, and a lending market whose liquidators
 * sell into this one.
 */
final class AgentScenario extends PoolScenario {

  private static final double DAY = 86_400;

  private final PoolTerms terms;
  private final MarketPopulation population;
  private final MarketPopulation.Agents agents;
  private final ExternalPrice prices;
  private final RandomStream noise;
  private final RandomStream arbitrage;
  private final RandomStream providing;
  private final RandomStream attacking;
  private final RandomStream routing;
  final @Nullable PairVenue pair;
  private final List<SidePool> sides;
  final @Nullable LendingMarket lending;
  private final List<Provider> providers = new ArrayList<>();
  private double nextNoise;
  private double nextMove;
  private BigInteger loot = BigInteger.ZERO;
  private boolean attackedZeroForOne;

  /** A position around the price. */
  private static final class Provider {
    private final String name;
    private int lower;
    private int upper;
    private BigInteger liquidity = BigInteger.ZERO;

    Provider(String name) {
      this.name = name;
    }
  }

  AgentScenario(
      Opening opening,
      MarketPopulation population,
      ExternalPrice prices,
      GasCost gas,
      RandomStream random) {
    super(opening.pool(), opening.start(), opening.end(), opening.title());
    long start = opening.start();
    this.terms = opening.terms();
    this.population = population;
    this.agents = population.agents();
    this.prices = prices;
    this.noise = random.named("noise");
    this.arbitrage = random.named("arbitrage");
    this.providing = random.named("providers");
    this.attacking = random.named("attacker");
    for (int i = 0; i < agents.providers(); i++) {
      Provider provider = new Provider("provider " + i);
      providers.add(provider);
      provide(provider, start);
    }
    this.routing = random.named("venues");
    this.pair =
        population
            .pair()
            .map(second -> new PairVenue(terms, second.depth(), opening.price(), start))
            .orElse(null);
    SideTerms beside = population.sides();
    this.sides =
        Stream.concat(
                beside.v3().stream().map(one -> SidePool.of(terms, one, opening.price(), start)),
                beside.v4().stream().map(one -> SidePool.of(terms, one, opening.price())))
            .toList();
    this.lending =
        population
            .lending()
            .map(market ->
                new LendingMarket(
                    market, terms, pool, gas, opening.price(), start, random.named("lending")))
            .orElse(null);
    this.nextNoise = start + wait(noise, agents.noisePerHour() / 3_600);
    this.nextMove = start + wait(providing, movesPerSecond());
  }

  private static double wait(RandomStream random, double perSecond) {
    return perSecond > 0 ? random.nextExponential(1 / perSecond) : Double.POSITIVE_INFINITY;
  }

  private double movesPerSecond() {
    return agents.providers() * agents.movesPerDay() / DAY;
  }

  @Override
  public void advanceTo(long time) {
    while (true) {
      double nextLending = lending == null ? Double.POSITIVE_INFINITY : lending.nextTime();
      double next =
          Math.min(
              Math.min(nextNoise, nextMove), Math.min(nextLending, (double) prices.nextTime()));
      if (!(next < time + 1.0)) {
        return;
      }
      long second = (long) next;
      if (next == nextNoise) {
        noiseTrade(second);
      } else if (next == nextMove) {
        moveProvider(second);
      } else if (lending != null && next == nextLending) {
        if (lending.advance(second)) {
          alignVenues(second);
        }
      } else {
        newPrice(second);
      }
    }
  }

  private void noiseTrade(long second) {
    boolean buys = noise.chance(0.5);
    double size = noise.nextExponential(agents.noiseSize());
    if (pair != null && routing.chance(share())) {
      pair.trade(buys, size, second);
    } else if (!sides.isEmpty() && routing.chance(population.sides().noiseShare())) {
      sides.get(routing.nextInt(sides.size())).trade(buys, size, second);
    } else {
      ArbitrageScenario.trade(pool, terms, buys, size, second);
    }
    nextNoise += wait(noise, agents.noisePerHour() / 3_600);
    alignVenues(second);
  }

  private void moveProvider(long second) {
    Provider provider = providers.get(providing.nextInt(providers.size()));
    pool.exact().burn(second, provider.name, provider.lower, provider.upper, provider.liquidity);
    provide(provider, second);
    nextMove += wait(providing, movesPerSecond());
  }

  /** A price on the other market: arbitrageurs see it, and so do the lending market's. */
  private void newPrice(long second) {
    double price = prices.next();
    if (arbitrage.chance(agents.arbitrageChance())) {
      ArbitrageScenario.arbitrage(pool, terms, price, second);
      if (pair != null) {
        pair.arbitrage(price, second);
      }
      sides.forEach(side -> side.arbitrage(price, second));
    }
    if (lending != null && lending.see(price, second)) {
      alignVenues(second);
    }
  }

  /** Somebody may trade between the venues once one of them has moved. */
  private void alignVenues(long second) {
    if (pair != null
        && routing.chance(population.pair().map(PairTerms::arbitrageChance).orElse(0.0))) {
      pair.alignWith(pool, second);
    }
    for (SidePool side : sides) {
      if (routing.chance(population.sides().arbitrageChance())) {
        side.alignWith(pool, second);
      }
    }
  }

  @Override
  public List<OtherVenue> venues() {
    return Stream.concat(
            Optional.ofNullable(pair).stream().map(PairVenue::venue),
            sides.stream().map(SidePool::venue))
        .toList();
  }

  private double share() {
    return population.pair().map(PairTerms::noiseShare).orElse(0.0);
  }

  /** Puts a provider's funds around the present price. */
  private void provide(Provider provider, long time) {
    int spacing = pool.exact().tickSpacing();
    int half = Math.max(spacing, agents.providerTicks() / spacing * spacing);
    int middle = Math.floorDiv(pool.tick(), spacing) * spacing;
    provider.lower = middle - half;
    provider.upper = middle + half;
    provider.liquidity = liquidity(provider.lower, provider.upper);
    pool.exact().mint(time, provider.name, provider.lower, provider.upper, provider.liquidity);
  }

  /**
   * The liquidity that takes the provider's base tokens, all of which lie on one side of the price
   * (Uniswap v3 white paper, 6.2.3).
   */
  private BigInteger liquidity(int lower, int upper) {
    double now = root(pool.sqrtPriceX96());
    double units = terms.baseUnits(agents.providerSize()).doubleValue();
    double liquidity =
        terms.baseIsToken0()
            ? units / (1 / now - 1 / root(PriceMath.sqrtRatioX96(upper)))
            : units / (now - root(PriceMath.sqrtRatioX96(lower)));
    return BigDecimal.valueOf(Math.max(1, liquidity)).toBigInteger();
  }

  private static double root(BigInteger sqrtX96) {
    return sqrtX96.doubleValue() * 0x1p-96;
  }

  /** Trades ahead in the same direction, so that ours is at a worse price. */
  @Override
  public void beforeOurs(long time, int ofPool, boolean zeroForOne, BigInteger amountIn) {
    loot = BigInteger.ZERO;
    if (!attacking.chance(agents.sandwichChance()) || agents.sandwichSize() <= 0) {
      return;
    }
    double price = terms.price(pool.sqrtPriceX96());
    boolean paysBase = zeroForOne == terms.baseIsToken0();
    BigInteger most =
        paysBase
            ? terms.baseUnits(agents.sandwichSize())
            : terms.quoteUnits(agents.sandwichSize() * price);
    // More than ten times ours is not worth its own fees.
    BigInteger amount = most.min(amountIn.multiply(BigInteger.TEN)).max(BigInteger.ONE);
    Amounts swapped = pool.swap(time, zeroForOne, amount);
    loot = (zeroForOne ? swapped.amount1() : swapped.amount0()).negate();
    attackedZeroForOne = zeroForOne;
  }

  /** Sells what it bought, at the price that ours has left. */
  @Override
  public void afterOurs(long time) {
    if (loot.signum() > 0) {
      pool.swap(time, !attackedZeroForOne, loot);
      loot = BigInteger.ZERO;
    }
    alignVenues(time);
  }

  @Override
  public MarketActivity activity(long time) {
    List<MarketActivity.Venue> venues = new ArrayList<>();
    if (pair != null || !sides.isEmpty()) {
      venues.add(
          new MarketActivity.Venue(
              "Uniswap v3 pool", pool.swaps(), pool.volume(!terms.baseIsToken0())));
      Optional.ofNullable(pair).map(PairVenue::told).ifPresent(venues::add);
      sides.stream().map(SidePool::told).forEach(venues::add);
    }
    return new MarketActivity(
        lending == null ? List.of() : lending.liquidations(),
        Optional.ofNullable(lending).map(market -> market.standing(time)),
        venues);
  }
}
