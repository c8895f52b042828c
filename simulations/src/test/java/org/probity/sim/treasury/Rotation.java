package org.probity.sim.treasury;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.probity.chain.Address;
import org.probity.ground.Keccak;
import org.probity.intent.policy.ModelShape;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyEngine;
import org.probity.intent.policy.PolicyRules;
import org.probity.intent.policy.VaultLedger;
import org.probity.intent.source.Reports;
import org.probity.intent.source.SourceContracts;
import org.probity.intent.source.VaultProgram;
import org.probity.intent.source.VaultSource;
import org.probity.sim.backtest.BacktestSettings;
import org.probity.sim.market.OcrFeed;
import org.probity.sim.random.RandomStream;
import org.probity.sim.scenario.Basket;
import org.probity.sim.scenario.BasketScenario;
import org.probity.strategy.example.ExampleStrategies;
import org.probity.strategy.feature.ChainlinkReturns;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.TwapReturns;

/**
 * A vault of dollars, ether and bitcoin for the rotation example: ether in a pool with dollars,
 * bitcoin in one with ether, and a feed of bitcoin's price.
 */
final class Rotation {

  static final long START = 1_780_000_200L;
  static final long WARM_UP = 16_000;
  static final int STEP = 600;

  /** What a run of it costs: half a dollar a trade or refusal, a cent a proof. */
  static final TreasuryBacktest.Costs COSTS =
      new TreasuryBacktest.Costs(
          BigInteger.valueOf(500_000),
          BigInteger.valueOf(100_000),
          BigInteger.valueOf(500_000),
          BigInteger.valueOf(10_000));

  private static final Address USD = new Address("0x00000000000000000000000000000000000000b0");
  private static final Address ETH = new Address("0x00000000000000000000000000000000000000c0");
  private static final Address BTC = new Address("0x00000000000000000000000000000000000000a0");
  private static final Address ETH_USD = new Address("0x0000000000000000000000000000000000000e01");
  private static final Address BTC_ETH = new Address("0x0000000000000000000000000000000000000b02");
  private static final Address FEED = new Address("0x0000000000000000000000000000000000000f03");
  private static final Address ACTION = new Address("0x00000000000000000000000000000000000000ac");
  private static final SourceContracts SOURCES =
      new SourceContracts(
          new Address("0x0000000000000000000000000000000000000501"),
          new Address("0x0000000000000000000000000000000000000502"),
          new Address("0x0000000000000000000000000000000000000503"));
  private static final OcrFeed.Terms FEED_TERMS = new OcrFeed.Terms(8, 50, 3_600, 12);

  /** The whole ether in its pool with dollars. */
  private static final double DEPTH = 60_000;

  private static Basket basket(double depth) {
    return new Basket(
        List.of(
            new Basket.Asset("USD", USD, 6, 1, 0, 0, 0),
            new Basket.Asset("ETH", ETH, 18, 2_500, 0.35, 0, 0.5),
            new Basket.Asset("BTC", BTC, 8, 60_000, 0.3, 0, 0.4)),
        List.of(List.of(1.0, 0.7), List.of(0.7, 1.0)),
        List.of(
            new Basket.Pool(ETH_USD, 1, 0, 500, depth, 40, 3),
            new Basket.Pool(BTC_ETH, 2, 1, 500, 2_500, 20, 0.1)),
        List.of(new Basket.Feed(FEED, 2, FEED_TERMS)),
        12,
        1_800);
  }

  final BasketScenario scenario;
  final SimulatedTreasury vault;
  final SimulatedProgram program;
  private final long end;
  private final long seed;

  Rotation(int hours, long seed) {
    this(hours, seed, DEPTH, 4);
  }

  /**
   * @param depth whole ether in its pool with dollars
   * @param bitcoin tenths of one that the vault begins with
   */
  Rotation(int hours, long seed, double depth, int bitcoin) {
    this.seed = seed;
    this.end = START + WARM_UP + 3_600L * hours;
    this.scenario = new BasketScenario(basket(depth), START, end, RandomStream.of(seed, "market"));
    SimulatedMarket market = SimulatedMarket.of(scenario);
    VaultProgram sources =
        new VaultProgram(
            List.of(
                pool(ETH_USD, ETH.compareTo(USD) > 0),
                pool(BTC_ETH, BTC.compareTo(ETH) > 0),
                new VaultSource.OfFeed(
                    SOURCES.chainlinkReturns(), FEED, new ChainlinkReturns(List.of(3_600, 14_400))),
                new VaultSource.OfBooks(new OwnBooks(3))));
    Policy policy = policy(sources, market);
    PolicyRules.check(policy, new ModelShape(sources.program().width(), false, 5), false);
    this.vault =
        new SimulatedTreasury(
            market, new PolicyEngine(Optional.empty()), VaultLedger.created(policy, START));
    this.program = new SimulatedProgram(sources, market, Reports.NONE);
    deposit(USD, 50_000, 6);
    deposit(ETH, 12, 18);
    deposit(BTC, bitcoin, 7);
  }

  private void deposit(Address token, long amount, int zeros) {
    BigInteger units = BigInteger.valueOf(amount).multiply(BigInteger.TEN.pow(zeros));
    vault.own(ledger -> ledger.deposited(token, units, START));
  }

  private static VaultSource pool(Address place, boolean inverted) {
    return new VaultSource.OfPool(
        SOURCES.twapReturns(),
        place,
        inverted,
        new TwapReturns(List.of(60, 300, 900, 1_800, 3_600, 5_400, 7_200)));
  }

  FeatureProgram features() {
    return program.program().program();
  }

  TreasuryResult run(TreasuryStrategy strategy) {
    return TreasuryBacktest.run(
        scenario,
        vault,
        program,
        strategy,
        new TreasuryBacktest.Terms(
            START + WARM_UP,
            end,
            new BacktestSettings.Chain(1, 12, 0.01, 0.9, 0, 0, 0, 1),
            new BacktestSettings.Proving(OptionalLong.empty(), 1, 0, false),
            50,
            false,
            COSTS,
            seed));
  }

  // ---- the policy ----

  private static Policy policy(VaultProgram program, SimulatedMarket market) {
    Policy.Numbers numbers =
        new Policy.Numbers(
            STEP,
            180,
            400,
            300,
            60,
            50,
            80,
            5,
            8_000,
            2_500,
            100,
            0,
            usd(500),
            usd(15_000),
            usd(60_000),
            86_400,
            usd(1_000),
            usd(5_000),
            usd(200));
    Policy.Limits limits =
        new Policy.Limits(
            numbers,
            List.of(
                new Policy.Exposure(usd(1_000_000), 9_000),
                new Policy.Exposure(usd(1_000_000), 9_000)),
            List.of(counted(market, ETH_USD), counted(market, BTC_ETH)));
    List<Integer> targets = new ArrayList<>();
    List<Integer> directions = new ArrayList<>();
    for (List<Optional<Integer>> row : ExampleStrategies.ROTATION_WEIGHTS_BPS) {
      row.forEach(weight -> targets.add(weight.orElse(Policy.HOLD)));
      directions.add(3);
    }
    Policy.Model model =
        new Policy.Model(
            Keccak.hash("rotation"),
            new Address("0x00000000000000000000000000000000000000cc"),
            new Address("0x00000000000000000000000000000000000000a6"),
            targets,
            directions,
            0,
            program.sources().stream()
                .map(source ->
                    new Policy.Feature(
                        source.contract(), source.entry().width(), source.parameters()))
                .toList());
    Policy.Hop ether = new Policy.Hop(0, ETH.compareTo(USD) > 0);
    Policy.Hop bitcoin = new Policy.Hop(1, BTC.compareTo(ETH) > 0);
    Policy.Parts parts =
        new Policy.Parts(
            List.of(
                asset(USD, 6, List.of(), Policy.Feed.NONE),
                asset(ETH, 18, List.of(ether), Policy.Feed.NONE),
                asset(
                    BTC,
                    8,
                    List.of(bitcoin, ether),
                    new Policy.Feed(FEED, 8, 3_900, BigInteger.ONE, BigInteger.TEN.pow(16)))),
            List.of(new Policy.PoolPart(ETH_USD, 500), new Policy.PoolPart(BTC_ETH, 500)),
            ACTION);
    return new Policy(limits, model, parts);
  }

  private static BigInteger usd(long whole) {
    return BigInteger.valueOf(whole).multiply(BigInteger.TEN.pow(6));
  }

  private static Policy.Asset asset(
      Address token, int decimals, List<Policy.Hop> route, Policy.Feed feed) {
    return new Policy.Asset(token, decimals, false, route, feed, true, 0, false);
  }

  private static Policy.PoolLimits counted(SimulatedMarket market, Address pool) {
    BigInteger counted =
        market
            .pool(pool)
            .exact()
            .liquidity()
            .multiply(BigInteger.valueOf(4))
            .divide(BigInteger.valueOf(5));
    return new Policy.PoolLimits(counted, counted);
  }
}
