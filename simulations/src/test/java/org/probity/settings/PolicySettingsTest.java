package org.probity.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.probity.chain.Address;
import org.probity.ground.Bytes32;
import org.probity.intent.policy.ActionContracts;
import org.probity.intent.policy.BadPolicy;
import org.probity.intent.policy.ModelShape;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyRules;
import org.probity.intent.policy.VenueWay;
import org.probity.intent.policy.VenueWay.PoolKey;
import org.probity.intent.source.SourceContracts;
import org.probity.settings.PolicySettings.Contracts;
import org.probity.settings.PolicySettings.Facts;
import org.probity.settings.PolicySettings.PoolFacts;
import org.probity.settings.PolicySettings.TokenFacts;
import org.probity.settings.PolicySettings.VenueFacts;

/** How people write a policy for a vault over many assets, and what it comes to. */
final class PolicySettingsTest {

  private static final Address USD = address('1');
  private static final Address WETH = address('2');
  private static final Address WBTC = address('3');
  private static final Address WETH_USD = address('a');
  private static final Address WBTC_WETH = address('b');
  private static final Address WETH_USD_DEAR = address('c');
  private static final Address ETH_FEED = address('d');
  private static final Address BTC_FEED = address('e');

  /**
   * Three assets over three pools, one of them a second opinion; everything that has no default.
   */
  private static final String POLICY =
      """
      policy {
        max-deviation = 1 %
        min-trade = 100
        max-action = 20000
        turnover.most = 50000.5
        losses { day = 250, month = 1500, action = 100 }
        pools = [
          { name = weth-usd, address = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", min-liquidity = 80 %, counted-liquidity = 50 % }
          { name = wbtc-weth, address = "0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", min-liquidity = 700 }
          { address = "0xcccccccccccccccccccccccccccccccccccccccc", min-liquidity = 10 }
        ]
        assets = [
          { symbol = USD }
          { symbol = WETH, route = [weth-usd], exposure { most = 60000, share = 60 % },
            feed { proxy = "0xdddddddddddddddddddddddddddddddddddddddd", heartbeat = 1 h, least = 100.000000001, most = 1e5, threshold = 0.5 %, in-numeraire = true },
            second-pool = "0xcccccccccccccccccccccccccccccccccccccccc" }
          { symbol = WBTC, token = "0x3333333333333333333333333333333333333333", route = [wbtc-weth, weth-usd], exposure { most = 30000 } }
        ]
        model {
          agent = "0x9999999999999999999999999999999999999999"
          targets = [ { WETH = 0 %, WBTC = 0 % }, hold, [30 %, 4500 bps] ]
          directions = [sell, both, buy]
          program = [
            { source = TwapReturns, pool = weth-usd, of = WETH, horizons = [1 min, 5 min, 2 h] }
            { source = TwapReturns, pool = wbtc-weth, of = WETH, horizons = [1 min, 5 min] }
            { source = ChainlinkReturns, of = WETH, horizons = [1 h] }
            { source = SignedReport, signers = ["0x1111111111111111111111111111111111111111"], threshold = 1,
              schema = "0xabababababababababababababababababababababababababababababababab", width = 2 }
            { source = OwnBooks }
          ]
        }
      }
      """;

  @TempDir private Path folder;

  private static Address address(char digit) {
    return new Address("0x" + String.valueOf(digit).repeat(40));
  }

  private PolicySettings read(String text) throws IOException {
    return PolicySettings.load(Files.writeString(folder.resolve("policy.conf"), text));
  }

  /** WETH comes first in one pool and last in another. */
  private static Facts facts() {
    return new Facts(
        List.of(new TokenFacts(USD, 6), new TokenFacts(WETH, 18), new TokenFacts(WBTC, 8)),
        Map.of(
            WETH_USD, new PoolFacts(USD, WETH, 500, BigInteger.valueOf(1_000_001)),
            WBTC_WETH, new PoolFacts(WETH, WBTC, 500, BigInteger.valueOf(1_000)),
            WETH_USD_DEAR, new PoolFacts(USD, WETH, 3_000, BigInteger.valueOf(1_000))),
        Map.of(ETH_FEED, 8, BTC_FEED, 8));
  }

  private static Contracts contracts() {
    return new Contracts(
        Bytes32.of(7),
        address('4'),
        new SourceContracts(address('5'), address('6'), address('7')),
        ActionContracts.of(address('8')));
  }

  private static Policy drafted(PolicySettings settings) {
    return settings.policy(facts(), contracts());
  }

  // ---- what is read ----

  @Test
  void everySettingBecomesAFieldOfThePolicy() throws IOException {
    Policy policy = drafted(read(POLICY));
    BigInteger dollar = BigInteger.valueOf(1_000_000);
    assertThat(policy.limits().numbers())
        .isEqualTo(
            new Policy.Numbers(
                600,
                120,
                480,
                300,
                60,
                50,
                50,
                5,
                5_000,
                2_500,
                100,
                3_600,
                dollar.multiply(BigInteger.valueOf(100)),
                dollar.multiply(BigInteger.valueOf(20_000)),
                BigInteger.valueOf(50_000_500_000L),
                86_400,
                dollar.multiply(BigInteger.valueOf(250)),
                dollar.multiply(BigInteger.valueOf(1_500)),
                dollar.multiply(BigInteger.valueOf(100))));
    assertThat(policy.limits().exposures())
        .containsExactly(
            new Policy.Exposure(dollar.multiply(BigInteger.valueOf(60_000)), 6_000),
            new Policy.Exposure(dollar.multiply(BigInteger.valueOf(30_000)), 10_000));
    assertThat(policy.limits().pools())
        .containsExactly(
            new Policy.PoolLimits(BigInteger.valueOf(800_000), BigInteger.valueOf(500_000)),
            new Policy.PoolLimits(BigInteger.valueOf(700), BigInteger.valueOf(700)),
            new Policy.PoolLimits(BigInteger.TEN, BigInteger.TEN));
    assertThat(policy.parts().pools())
        .containsExactly(
            new Policy.PoolPart(WETH_USD, 500),
            new Policy.PoolPart(WBTC_WETH, 500),
            new Policy.PoolPart(WETH_USD_DEAR, 3_000));
    assertThat(policy.parts().action()).isEqualTo(address('8'));
  }

  @Test
  void orientationAndDecimalsAreTheChains() throws IOException {
    List<Policy.Asset> assets = drafted(read(POLICY)).parts().assets();
    assertThat(assets)
        .containsExactly(
            new Policy.Asset(USD, 6, false, List.of(), Policy.Feed.NONE, false, 0, false),
            new Policy.Asset(
                WETH,
                18,
                false,
                List.of(new Policy.Hop(0, true)),
                new Policy.Feed(
                    ETH_FEED,
                    8,
                    3_600,
                    BigInteger.valueOf(10_000_000_001L),
                    BigInteger.valueOf(10_000_000_000_000L)),
                true,
                3,
                true),
            new Policy.Asset(
                WBTC,
                8,
                false,
                List.of(new Policy.Hop(1, true), new Policy.Hop(0, true)),
                Policy.Feed.NONE,
                false,
                0,
                false));
  }

  @Test
  void modelReadsItsProgramAndItsTargets() throws IOException {
    PolicySettings settings = read(POLICY);
    Policy.Model model = drafted(settings).model();
    assertThat(model.targets()).containsExactly(0, 0, Policy.HOLD, Policy.HOLD, 3_000, 4_500);
    assertThat(model.directions()).containsExactly(1, 3, 2);
    assertThat(model.agent()).isEqualTo(address('9'));
    assertThat(model.program()).extracting(Policy.Feature::width).containsExactly(2, 1, 1, 2, 6);
    assertThat(model.program())
        .extracting(Policy.Feature::source)
        .containsExactly(address('5'), address('5'), address('6'), address('7'), Address.ZERO);
    // In the first pool WETH is token1, in the second token0.
    assertThat(settings.program(facts(), contracts().sources()).sources().subList(0, 2))
        .extracting(Object::toString)
        .satisfiesExactly(
            first -> assertThat(first).contains("inverted=true"),
            second -> assertThat(second).contains("inverted=false"));
  }

  @Test
  void whatIsReadIsAPolicyThatTheRulesTake() throws IOException {
    Policy policy = drafted(read(POLICY));
    assertThatCode(() -> PolicyRules.check(policy, new ModelShape(12, false, 3), true))
        .doesNotThrowAnyException();
    assertThat(Policy.decode(policy.encoded())).isEqualTo(policy);
    assertThatThrownBy(() -> PolicyRules.check(policy, new ModelShape(11, false, 3), true))
        .isInstanceOf(BadPolicy.class);
  }

  @Test
  void numbersOfAModelThatGivesWeightsNeedNoTargets() throws IOException {
    String linear =
        POLICY
            .replaceFirst("targets = .*\n", "weight-step = 2 bps\n")
            .replaceFirst("directions = .*\n", "");
    Policy policy = drafted(read(linear));
    assertThat(policy.model().weightStepBps()).isEqualTo(2);
    assertThat(policy.model().targets()).isEmpty();
    PolicyRules.check(policy, new ModelShape(12, true, 2), true);
  }

  @Test
  void whatIsLeftOutHasItsDefault() throws IOException {
    String both = POLICY.replaceFirst("directions = .*\n", "");
    assertThat(read(both).model().directions()).containsExactly(3, 3, 3);
    String given = POLICY.replace("min-trade", "min-interval = 6 min\n step = 20 min\n min-trade");
    assertThat(read(given).limits().minInterval()).isEqualTo(360);
    assertThat(read(POLICY).surroundings().v3Factory()).isEmpty();
  }

  @Test
  void poolsOfTheProgramAloneAreAskedAboutToo() throws IOException {
    String other = POLICY.replaceFirst("pool = weth-usd", "pool = \"0x" + "f".repeat(40) + "\"");
    assertThat(read(other).poolsToAsk())
        .containsExactly(WETH_USD, WBTC_WETH, WETH_USD_DEAR, address('f'));
  }

  // ---- what is refused ----

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u0001',
      textBlock =
          """
          min-trade = 100        | min-trades = 100             | There is no setting policy.min-trades: the nearest one is policy.min-trade
          min-trade = 100        | min-trade = none             | policy.min-trade is "none": it must be a positive amount
          min-trade = 100        |                              | policy.min-trade is missing
          min-trade = 100        | max-drift = 301 \\n min-trade = 1 | policy.max-drift is "301": it must be a whole number from 1 to 300
          min-trade = 100        | step = 600 \\n min-trade = 1 | policy.step is "600": it must be a duration from 1 min to 24 h with its unit
          min-trade = 100        | max-age = 6 min \\n min-trade = 1 | policy.max-age is "6 min": it must be a duration from 1 s to 5 min
          min-trade = 100        | min-interval = 9 min \\n min-trade = 1 | policy.min-interval is "9 min": it must be a duration from 0 h to 8 min
          min-trade = 100        | max-slippage = 50 \\n min-trade = 1 | policy.max-slippage is "50": it must be a share from 1 to 300 basis points with its unit
          min-trade = 100        | depth-share = 0.005 % \\n min-trade = 1 | policy.depth-share is "0.005 %"
          max-deviation = 1 %    |                              | policy.max-deviation is missing
          min-liquidity = 700    | min-liquidity = 0            | policy.pools.1.min-liquidity is "0"
          min-liquidity = 700    | min-liquid = 7               | There is no setting policy.pools.1.min-liquid: there are address, counted-liquidity, min-liquidity, name
          name = wbtc-weth       | name = weth-usd              | policy.pools.1.name is "weth-usd" as that of another pool
          "0xcccccccccccccccccccccccccccccccccccccccc", min | "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", min | stands in the list already
          second-pool = "0xcccccccccccccccccccccccccccccccccccccccc" | second-pool = weth-usd | is a pool of the route itself
          [wbtc-weth, weth-usd]  | [wbtc-weth, weth]            | policy.assets.2.route is "weth": it must be the name or the address of one of the pools
          [wbtc-weth, weth-usd]  | []                           | policy.assets.2.route is "0 pools"
          [wbtc-weth, weth-usd]  | [weth-usd]                   | The pool wbtc-weth (policy.pools.1) is in no route
          symbol = USD           | route = []                   | has neither symbol nor token
          symbol = USD           | symbol = USD, exposure { most = 1 } | policy.assets.0.exposure is of the numeraire
          symbol = USD           | symbol = WETH                | is another asset called "WETH"
          exposure { most = 30000 } | sell-only = true          | policy.assets.2.exposure.most is missing
          exposure { most = 30000 } | exposure { most = 1, parts = 2 } | There is no setting policy.assets.2.exposure.parts: there are most, share
          heartbeat = 1 h        | heartbeat = 3600             | policy.assets.1.feed.heartbeat is "3600"
          most = 1e5             | most = 5                     | policy.assets.1.feed.least is "100.000000001"
          in-numeraire = true    | in-numeraire = perhaps       | policy.assets.1.feed.in-numeraire is "perhaps": it must be true or false
          in-numeraire = true    | numeraire = true             | There is no setting policy.assets.1.feed.numeraire
          WBTC = 0 %             | WBTC = 0                     | policy.model.targets.0.WBTC is "0": it must be hold, or a share
          WBTC = 0 %             | WBTD = 0 %                   | policy.model.targets.0 is "WBTD": it must be one of the assets: USD, WETH, WBTC
          WBTC = 0 %             | USD = 0 %                    | is the numeraire's weight
          , WBTC = 0 %           |                              | policy.model.targets.0 does not say what becomes of WBTC
          [30 %, 4500 bps]       | [30 %]                       | must be of 2 weights
          [30 %, 4500 bps]       | 30 %                         | policy.model.targets.2 is "30 %": it must be a weight for each of 2 assets, or hold
          [sell, both, buy]      | [sell, both]                 | policy.model.directions is "2 words": it must be 3
          [sell, both, buy]      | [sell, both, up]             | policy.model.directions is "up"
          directions = [         | weight-step = 1 bps, directions = [ | policy.model.targets and policy.model.weight-step exclude each other
          source = OwnBooks      | source = Books               | policy.model.program.4.source is "Books": it must be one of ChainlinkReturns, OwnBooks, OwnLoans, SignedReport, TwapReturns
          source = OwnBooks      | source = OwnBooks, pool = weth-usd | There is no setting policy.model.program.4.pool: there are source
          { source = ChainlinkReturns, of = WETH | { source = ChainlinkReturns, of = WBTC | policy.model.program.2.of is "WBTC": it must be an asset with a feed
          { source = ChainlinkReturns, of = WETH | { source = ChainlinkReturns | needs either "of"
          [1 min, 5 min, 2 h]    | [60, 300]                    | policy.model.program.0.horizons is "60": it must be a duration
          threshold = 1,         | threshold = one,             | policy.model.program.3.threshold is "one"
          width = 2              | width = 65                   | policy.model.program.3.width is "65"
          schema = "0xab         | schema = "0x                 | the schema's hash
          agent = "0x9           | agent = "0x                  | policy.model.agent is
          model {                | surroundings.sequencer = no, model { | policy.surroundings.sequencer is "no"
          model {                | lending.market = compound, model { | policy.lending.market is "compound": it must be aave-v3
          source = OwnBooks      | source = OwnLoans            | The setting policy.model.program.4.source needs a lending market
          [sell, both, buy]      | [sell, both, [buy, repay]]   | The setting policy.model.directions.repay needs a lending market
          WBTC = 0 %             | WBTC = 0 %, supply { WETH = 1 % } | The setting policy.model.targets.0.supply needs a lending market
          """)
  void aMistakeIsOneSentence(String before, String after, String said) {
    assertThat(POLICY).contains(before);
    String wrong =
        POLICY.replaceFirst(
            java.util.regex.Pattern.quote(before),
            java.util.regex.Matcher.quoteReplacement(
                after == null ? "" : after.replace("\\n", "\n")));
    assertThatThrownBy(() -> read(wrong))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining(said)
        .hasMessageEndingWith(".");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          min-trade = 100        | min-trade = 0.0000001     | policy.min-trade is 0.0000001, and USD has 6 decimals
          most = 60000,          | most = 0.1234567,         | policy.assets.1.exposure.most is 0.1234567
          [wbtc-weth, weth-usd]  | [weth-usd, wbtc-weth]     | goes through pool weth-usd, which trades USD and WETH and not WBTC, which arrives there
          [wbtc-weth, weth-usd]  | [wbtc-weth]               | policy.assets.2.route leads to WETH and not to the numeraire USD
          pool = wbtc-weth, of = WETH | pool = wbtc-weth, of = USD | policy.model.program.1.of is USD, which the pool
          [1 min, 5 min, 2 h]    | [5 min, 1 min]            | The source policy.model.program.0 cannot be used: Each horizon must lie beyond
          threshold = 1,         | threshold = 2,            | The source policy.model.program.3 cannot be used: 1 to 1 of
          """)
  void whatTheChainContradictsIsOneSentence(String before, String after, String said)
      throws IOException {
    assertThat(POLICY).contains(before);
    PolicySettings settings = read(POLICY.replace(before, after));
    assertThatThrownBy(() -> drafted(settings))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining(said)
        .hasMessageEndingWith(".");
  }

  // ---- venues and lending ----

  /** The same with venues of two assets, and two reserves. */
  private static final String LENDING =
      POLICY
          .replace(
              "exposure { most = 30000 } }",
              """
              exposure { most = 30000 }, venues = [
                { name = sushi, v2 = ["0x%1$s"], min-liquidity = 80 %%, counted-liquidity = 300 }
                { v4 = [ { currencies = [coin, WBTC], fee = 45, tick-spacing = 1 }, { currencies = [USD, coin], fee = 500, tick-spacing = 10 } ], min-liquidity = 7 }
                { name = far, v3 = ["0x%1$s", "0xcccccccccccccccccccccccccccccccccccccccc"], min-liquidity = 9 }
              ] }
              """
                  .formatted("f".repeat(40)))
          .replace(
              "second-pool =",
              "venues = [ { name = near, v4 = [ { fee = 100, tick-spacing = 1 } ], min-liquidity = 5 } ], second-pool =")
          .replace(
              "model {",
              """
              lending { market = aave-v3, health-floor = 1.5, e-mode = 2, reserves = [
                { asset = WETH, supply-most = 20000.5 }
                { asset = USD, supply-most = 0, borrow-most = 9000 }
              ] }
              model {\
              """)
          .replace(
              "WBTC = 0 % }", "WBTC = 0 %, supply { WETH = 80 % }, borrow { USD = 3000 bps } }")
          .replace("[sell, both, buy]", "[sell, [both, repay], all]")
          .replace("{ source = OwnBooks }", "{ source = OwnBooks }, { source = OwnLoans }");

  private static final Address MARKET = address('b');

  private static Policy lending(PolicySettings settings) {
    Facts facts = facts();
    return settings.policy(
        new Facts(
            facts.tokens(),
            facts.pools(),
            facts.feedDecimals(),
            List.of(
                new VenueFacts(100, BigInteger.TWO, List.of(0x1002)),
                new VenueFacts(3_000, BigInteger.valueOf(1_000), List.of()),
                new VenueFacts(545, BigInteger.TWO, List.of(0, 0)),
                new VenueFacts(3_500, BigInteger.TWO, List.of())),
            MARKET),
        new Contracts(
            Bytes32.of(7),
            address('4'),
            contracts().sources(),
            new ActionContracts(
                address('8'), address('e'), address('d'), address('c'), address('6'))));
  }

  @Test
  void venuesAreOfTheirAssetsInOrder() throws IOException {
    Policy policy = lending(read(LENDING));
    Address coin = Address.ZERO;
    assertThat(policy.parts().venues())
        .containsExactly(
            new Policy.Venue(
                1,
                address('c'),
                100,
                new VenueWay.OfKeys(List.of(new PoolKey(USD, WETH, 100, 1, 0x1002))).parameters()),
            new Policy.Venue(
                2, address('d'), 3_000, new VenueWay.OfPairs(List.of(address('f'))).parameters()),
            new Policy.Venue(
                2,
                address('c'),
                545,
                new VenueWay.OfKeys(
                        List.of(
                            new PoolKey(coin, WBTC, 45, 1, 0), new PoolKey(coin, USD, 500, 10, 0)))
                    .parameters()),
            new Policy.Venue(
                2,
                address('e'),
                3_500,
                new VenueWay.OfPools(List.of(address('f'), WETH_USD_DEAR)).parameters()));
    assertThat(policy.limits().venues())
        .extracting(Policy.PoolLimits::minLiquidity)
        .containsExactly(
            BigInteger.valueOf(5),
            BigInteger.valueOf(800),
            BigInteger.valueOf(7),
            BigInteger.valueOf(9));
    assertThat(policy.limits().venues().get(1).countedLiquidity()).isEqualTo(300);
    assertThat(Policy.decode(policy.encoded())).isEqualTo(policy);
  }

  @Test
  void lendingIsWhatItsClassesSay() throws IOException {
    Policy policy = lending(read(LENDING));
    assertThat(policy.parts().lending())
        .isEqualTo(
            new Policy.Lending(
                address('6'),
                MARKET,
                2,
                List.of(new Policy.Reserve(1, false), new Policy.Reserve(0, true))));
    assertThat(policy.limits().reserves())
        .containsExactly(
            new Policy.ReserveLimits(BigInteger.valueOf(20_000_500_000L), BigInteger.ZERO),
            new Policy.ReserveLimits(BigInteger.ZERO, BigInteger.valueOf(9_000_000_000L)));
    assertThat(policy.limits().healthFloorBps()).isEqualTo(15_000);
    int hold = Policy.HOLD;
    assertThat(policy.model().lendingTargets())
        .containsExactly(8_000, hold, hold, 3_000, hold, hold, hold, hold, hold, hold, hold, hold);
    assertThat(policy.model().directions()).containsExactly(1, 11, 15);
    assertThat(policy.model().program().getLast())
        .isEqualTo(new Policy.Feature(Address.ZERO, 9, Policy.Feature.LOANS));
    PolicyRules.check(policy, new ModelShape(21, false, 3), true);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u0001',
      textBlock =
          """
          v2 = ["0xff           | v4 = [], v2 = ["0xff      | needs one of v2, v3 and v4, a list of the pools from the asset to the numeraire, and has v2 and v4
          v4 = [ { fee = 100    | v5 = [ { fee = 100        | There is no setting policy.assets.1.venues.0.v5
          v4 = [ { fee = 100    | v4 = [ { hooks = "0x1111111111111111111111111111111111111111", fee = 100 | policy.assets.1.venues.0.v4.0.hooks is of a pool whose trades run another's code
          v4 = [ { fee = 100    | v4 = [ { fee = 8388608    | is of a pool whose hooks say what it charges
          currencies = [coin, WBTC], | | policy.assets.2.venues.1.v4.0.currencies is missing
          currencies = [coin, WBTC] | currencies = [coin, WBTC, USD] | policy.assets.2.venues.1.v4.0.currencies is "3 words"
          currencies = [coin, WBTC] | currencies = [coin, DAI] | policy.assets.2.venues.1.v4.0.currencies is "DAI": it must be one of the assets
          name = far            | name = sushi              | is "sushi" as that of another venue
          { symbol = USD }      | { symbol = USD, venues = [] } | policy.assets.0.venues is of the numeraire
          health-floor = 1.5    | health-floor = 1.04       | policy.lending.health-floor is "1.04": it must be a health factor from 1.05 to 10
          health-floor = 1.5    | health-floor = 1.50001    | policy.lending.health-floor is "1.50001"
          market = aave-v3,     |                           | policy.lending.market is missing
          { asset = WETH, supply-most = 20000.5 } | { asset = USD, supply-most = 20000.5 } | policy.lending.reserves.1.asset is USD, which stands in the list already
          { asset = WETH, supply-most = 20000.5 } | { asset = WETH } | policy.lending.reserves.0.supply-most is missing
          supply { WETH = 80 % } | supply { WBTC = 80 % }   | policy.model.targets.0.supply is "WBTC": it must be one of the reserves: WETH, USD
          supply { WETH = 80 % } | supply = 80 %            | policy.model.targets.0.supply is "80 %": it must be a section
          borrow { USD = 3000 bps } | borrow { WETH = 3000 bps } | policy.model.targets.0.borrow names WETH, which is not borrowed
          [both, repay]         | [both, lend]              | policy.model.directions is "lend": it must be a list with some of buy, sell, both, borrow, repay and all
          """)
  void aMistakeInVenuesAndLendingIsOneSentence(String before, String after, String said) {
    assertThat(LENDING).contains(before);
    String wrong =
        LENDING.replaceFirst(
            java.util.regex.Pattern.quote(before),
            java.util.regex.Matcher.quoteReplacement(after == null ? "" : after));
    assertThatThrownBy(() -> read(wrong))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining(said)
        .hasMessageEndingWith(".");
  }

  @Test
  void whatAReleaseHasNotIsNamed() throws IOException {
    PolicySettings settings = read(LENDING);
    assertThatThrownBy(() ->
            settings.policy(
                new Facts(
                    facts().tokens(),
                    facts().pools(),
                    facts().feedDecimals(),
                    List.of(
                        new VenueFacts(100, BigInteger.TWO, List.of()),
                        new VenueFacts(100, BigInteger.TWO, List.of()),
                        new VenueFacts(100, BigInteger.TWO, List.of()),
                        new VenueFacts(100, BigInteger.TWO, List.of())),
                    Address.ZERO),
                contracts()))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining(
            "policy.assets.1.venues.0 is a venue for which this chain's release has no action");
  }

  @Test
  void aDeviationWithoutASecondPriceIsRefused() throws IOException {
    String alone =
        """
        policy {
          min-trade = 1, max-action = 1, turnover.most = 1
          losses { day = 1, month = 1, action = 1 }
          pools = [ { name = p, address = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", min-liquidity = 1 % } ]
          assets = [ { symbol = USD }, { symbol = WETH, route = [p], exposure.most = 1 } ]
          model {
            agent = "0x9999999999999999999999999999999999999999"
            targets = [10 %, hold]
            program = [ { source = OwnBooks } ]
          }
        }
        """;
    assertThat(read(alone).model().targets()).containsExactly(List.of(1_000), List.of(Policy.HOLD));
    assertThatThrownBy(() -> read(alone.replace("min-trade", "max-deviation = 1 %, min-trade")))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("policy.max-deviation has nothing to compare");
  }
}
