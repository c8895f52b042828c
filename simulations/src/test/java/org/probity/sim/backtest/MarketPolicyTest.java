package org.probity.sim.backtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.probity.chain.Address;
import org.probity.ground.Bytes32;
import org.probity.intent.policy.Policy;
import org.probity.settings.BadSetting;
import org.probity.settings.PolicySettings;
import org.probity.sim.backtest.DecisionLog.Fate;
import org.probity.strategy.FloatNetwork;
import org.probity.strategy.FloatNetwork.FloatLayer;
import org.probity.strategy.TrainedStrategy;
import org.probity.strategy.example.ExampleStrategies;
import org.probity.strategy.feature.ChainlinkReturns;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.SignedReport;
import org.probity.strategy.feature.TwapReturns;
import org.probity.zk.Decision;
import org.probity.zk.Readout;

/** One form of policy, for a chain and for a market that knows some of it already. */
final class MarketPolicyTest {

  private static final Path EXAMPLES =
      Path.of(System.getProperty("probity.home", ".."), "examples");

  private static final StrategyUnderTest HOLDING =
      holding(ExampleStrategies.PAIR_PROGRAM, ExampleStrategies.ACTIONS);

  private static StrategyUnderTest holding(FeatureProgram program, List<String> decisions) {
    return new StrategyUnderTest(
        "holding",
        decisions,
        OptionalInt.empty(),
        Bytes32.of(1),
        program,
        () -> _ -> new Decision.Choice(1),
        Optional.empty());
  }

  private static BacktestSettings settings(String more) {
    return settings(ConfigFactory.parseString(more));
  }

  private static BacktestSettings settings(Config more) {
    return BacktestSettings.read(
        more.withFallback(ConfigFactory.parseString("backtest.days = 0.05")), Path.of(""));
  }

  private static World.Drafted drafted(BacktestSettings settings, StrategyUnderTest strategy) {
    return World.open(settings, 14_400).drafted(settings.policy(), strategy);
  }

  private static Policy policy(String more) {
    return drafted(settings(more), HOLDING).policy();
  }

  @Test
  void ofAPairNothingNeedsToBeWritten() {
    Policy policy = policy("");
    assertThat(policy.assets()).isEqualTo(2);
    assertThat(policy.parts().assets().get(1).route()).containsExactly(new Policy.Hop(0, false));
    assertThat(policy.model().targets()).containsExactly(2_500, Policy.HOLD, 7_500);
    assertThat(policy.model().program()).hasSize(2);
    Policy.Numbers numbers = policy.limits().numbers();
    assertThat(numbers.step()).isEqualTo(600);
    assertThat(numbers.maxAge()).isEqualTo(300);
    assertThat(numbers.minInterval()).isEqualTo(300);
    assertThat(numbers.minTrade()).isEqualTo(BigInteger.valueOf(1_000_000_000));
    Policy.PoolLimits pool = policy.limits().pools().getFirst();
    assertThat(pool.minLiquidity()).isEqualTo(pool.countedLiquidity());
    assertThat(policy("backtest.market.base-token = 1").parts().assets().get(1).route())
        .containsExactly(new Policy.Hop(0, true));
  }

  @Test
  void theShortFormAndTheLongOneAreTheSame() {
    Policy policy = policy("backtest.policy.targets = [0 %, hold, 60 %]");
    assertThat(policy("backtest.policy.model.targets = [0 %, hold, 60 %]")).isEqualTo(policy);
    assertThat(policy.model().targets()).containsExactly(0, Policy.HOLD, 6_000);
    assertThat(policy("backtest.policy { directions = [sell, both, buy] }").model().directions())
        .containsExactly(1, 3, 2);
  }

  @Test
  void aPoolMayBeNamedWithLimitsOfItsOwnAndWithoutAnAddress() {
    Policy policy =
        policy(
            "backtest.policy.pools = [{ name = pool, min-liquidity = 700, counted-liquidity = 300 }]");
    assertThat(policy.limits().pools())
        .containsExactly(new Policy.PoolLimits(BigInteger.valueOf(700), BigInteger.valueOf(300)));
  }

  /** As it is deployed, but for the agent, whom the environment names. */
  @Test
  void thePolicyOfADeploymentIsThatOfABacktest() {
    String pools =
        """
        backtest.market { source = basket, basket {
          assets = [
            { symbol = USDC, decimals = 6 }
            { symbol = WETH, decimals = 18, price = 2500, volatility = 0.5 }
            { symbol = WBTC, decimals = 8, price = 60000, volatility = 0.5 }
          ]
          pools = [
            { name = usdc-weth, base = WETH, quote = USDC, fee-pips = 500, depth = 60000 }
            { name = wbtc-weth, base = WBTC, quote = WETH, fee-pips = 500, depth = 2500 }
          ]
          feeds = [ { asset = WETH, decimals = 8, threshold = 0.5 %, heartbeat = 1 h, delay = 12 s } ]
        } }
        backtest.policy.model.agent = "0x00000000000000000000000000000000000000a1"
        """;
    Config deployed =
        ConfigFactory.parseFile(EXAMPLES.resolve("policy.conf").toFile())
            .getConfig("policy")
            .atPath("backtest.policy");
    BacktestSettings settings =
        settings(ConfigFactory.parseString(pools).withFallback(deployed).resolve());
    World.Drafted drafted =
        drafted(
            settings,
            holding(ExampleStrategies.ROTATION_PROGRAM, ExampleStrategies.ROTATION_ACTIONS));
    assertThat(drafted.policy().parts().pools().getFirst().pool())
        .isEqualTo(new Address("0x88e6A0c2dDD26FEEb64F039a2c41296FcB3f5640"));
    assertThat(drafted.policy().parts().assets().get(1).feed().proxy())
        .isEqualTo(new Address("0x5f4eC3Df9cbd43714FE2740f5E3616155c5b8419"));
    assertThat(drafted.policy().model().directions()).startsWith(1);
  }

  @Test
  void aBasketsRoutesAndFeedsAreThoseOfItsMarket() {
    BacktestSettings settings = Rotation.settings(1, 1);
    PolicySettings written = settings.policy();
    assertThat(written.assets())
        .extracting(PolicySettings.Asset::name)
        .containsExactly("USD", "WETH", "WBTC");
    assertThat(written.assets().get(2).route()).containsExactly(1, 0);
    assertThat(written.limits().maxDeviationBps()).isEqualTo(100);
    Policy policy = drafted(settings, Rotation.STRATEGY).policy();
    assertThat(policy.parts().assets().get(2).feed().heartbeat()).isEqualTo(3_900);
    assertThat(policy.model().program()).hasSize(4);
  }

  @Test
  void whatTheMarketHasNotIsNamed() {
    BacktestSettings pair = settings("");
    refused(
        pair,
        new FeatureProgram(
            List.of(new TwapReturns(List.of(60, 120)), new TwapReturns(List.of(60, 120)))),
        "returns of one more pool than it has assets");
    refused(
        pair,
        new FeatureProgram(List.of(new ChainlinkReturns(List.of(60)), new OwnBooks(2))),
        "returns of one more feed than it has");
    refused(
        pair,
        new FeatureProgram(List.of(SignedReport.ofSchema(Bytes32.of(3), 2))),
        "nobody signs in a simulated market");
    assertThatThrownBy(() -> drafted(settings("backtest.market.source = basket"), HOLDING))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("A basket needs two assets and a pool at least");
    assertThatThrownBy(() ->
            Rotation.settings(1, 1)
                .with("backtest.policy.targets", List.of("hold"))
                .without("backtest.market.basket.pools"))
        .isInstanceOf(BadSetting.class);
    assertThatThrownBy(() -> settings("backtest.vault.holdings = [{ asset = WETH, amount = 1 }]"))
        .hasMessageContaining("of a market that is a basket");
  }

  private static void refused(BacktestSettings settings, FeatureProgram program, String why) {
    assertThatThrownBy(() -> drafted(settings, holding(program, ExampleStrategies.ACTIONS)))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining(why);
  }

  /** Its weight is half and some steps more or less; what it asks for is what is traded to. */
  @Test
  void aModelThatGivesWeightsHasAStepAndNoTargets() {
    FeatureProgram program = ExampleStrategies.PAIR_PROGRAM;
    double[] weights = new Random(5).doubles(program.width(), -1e-3, 1e-3).toArray();
    FloatNetwork network =
        new FloatNetwork(
            program.width(), List.of(new FloatLayer(weights, new double[] {0.5})), Readout.LINEAR);
    StrategyUnderTest strategy =
        StrategyUnderTest.of(
            TrainedStrategy.of("weights", program, List.of("base"), network).quantise());
    assertThatThrownBy(() -> drafted(settings(""), strategy))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("set backtest.policy.weight-step to \"250 bps\"");
    BacktestSettings settings =
        settings("backtest { days = 1, policy { weight-step = 250 bps, max-drift = 100 } }");
    BacktestResult result = Backtest.run(settings, strategy, BacktestListener.NONE);
    assertThat(result.decisions().count(Fate.TRADED)).isPositive();
    assertThat(result.market().targets()).isEmpty();
    for (DecisionLog.Entry entry : result.decisions().entries()) {
      assertThat(entry.outputs()).hasSize(1);
      assertThat(entry.outputs().getFirst()).isBetween(0, 40);
      assertThat(result.market().label(entry.outputs()))
          .isEqualTo(entry.outputs().getFirst().toString());
    }
    assertThat(
            Backtest.run(
                    settings.with("backtest.proving.real", true).with("backtest.days", 0.02),
                    strategy,
                    BacktestListener.NONE)
                .decisions()
                .size())
        .isPositive();
  }
}
