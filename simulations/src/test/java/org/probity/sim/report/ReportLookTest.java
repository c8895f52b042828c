package org.probity.sim.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.ground.TestKind;
import org.probity.sim.TinyEngine;
import org.probity.sim.backtest.BacktestResult;
import org.probity.sim.backtest.DataWarning;
import org.probity.sim.scenario.MarketActivity;

/** The report of a run, seen in a real browser. */
@TestKind.Acceptance
final class ReportLookTest {

  @TempDir private Path folder;

  @Test
  void yearOfMinutesIsDrawnWholeOnEveryScreen() throws IOException, InterruptedException {
    BacktestResult result =
        TinyEngine.run(
            7,
            525_600,
            60,
            List.of(
                new DataWarning(
                    DataWarning.Kind.GAP,
                    3,
                    "Three stretches of 12, 40 and 95 minutes have no record; the price stands"
                        + " still there."),
                new DataWarning(
                    DataWarning.Kind.ASSUMPTION,
                    1,
                    "Proofs are not computed: their time and cost are drawn from measured"
                        + " distributions.")));
    Path page = folder.resolve("report.html");
    Report.write(
        Report.html(
            result,
            List.of(
                new Report.Check(
                    "look-ahead",
                    true,
                    "No decision before a cut changed when the data after it was removed (3 cuts)."))),
        page);
    assertThat(Files.size(page)).isLessThan(2_000_000);

    JsonNode views = Browser.look(page, "report");
    Browser.isSound(views);
    for (JsonNode view : views) {
      assertThat(view.get("leastStrokeContrast").asDouble())
          .as(view.get("view").asText())
          .isGreaterThanOrEqualTo(3);
      assertThat(chart(view, "equity").get("lines")).hasSize(2);
      assertThat(chart(view, "drawdown").get("lines")).hasSize(3);
      assertThat(chart(view, "price").get("lines")).hasSize(1);
      assertThat(chart(view, "price").get("marks").asInt()).isEqualTo(result.trades().size());
      assertThat(chart(view, "exposure").get("lines")).hasSize(2);
      assertThat(chart(view, "rolling-sharpe").at("/lines/0/commands").asInt()).isEqualTo(364 - 29);
      assertThat(chart(view, "returns").get("rects").asInt()).isEqualTo(41);
      assertThat(chart(view, "attribution").get("rects").asInt()).isEqualTo(6);
      assertThat(chart(view, "latency").get("rects").asInt()).isEqualTo(24);
      assertThat(view.get("warningsTop").asDouble())
          .as("warnings come first")
          .isBetween(0.0, 220.0);
    }
  }

  @Test
  void cursorAndZoomAreLinked() throws IOException, InterruptedException {
    Path page = folder.resolve("report.html");
    Report.write(Report.html(TinyEngine.run(8, 4_320, 60, List.of())), page);
    JsonNode views = Browser.look(page, "report-short");
    Browser.isSound(views);
    JsonNode touched = views.at("/0/touched");
    assertThat(touched.get("tip").asText()).contains("2023", "UTC", "strategy: ", "holding: ");
    assertThat(touched.get("keyTip").asText()).contains("strategy: ");
    assertThat(touched.get("cursors").asInt()).isEqualTo(5);
    assertThat(touched.get("changed").asInt()).isEqualTo(5);
    assertThat(touched.get("ticks").asInt()).isPositive();
    assertThat(touched.get("restored").asBoolean()).isTrue();
  }

  @Test
  void liquidationsAreMarkedAndWhatOthersDidIsTold() throws IOException, InterruptedException {
    BacktestResult quiet = TinyEngine.run(9, 2_000, 60, List.of());
    long start = quiet.curve().time(0);
    List<MarketActivity.Liquidation> liquidations =
        IntStream.range(0, 200)
            .mapToObj(i ->
                new MarketActivity.Liquidation(
                    start + 600 * i,
                    i % 3 > 0,
                    BigInteger.TEN.pow(9),
                    BigInteger.TEN.pow(18),
                    BigInteger.ONE,
                    BigInteger.TEN.pow(9),
                    quiet.curve().price(10 * i),
                    1_000 + i,
                    5,
                    20))
            .toList();
    var activity =
        new MarketActivity(
            liquidations,
            Optional.of(new MarketActivity.Lending(40, 2e6, 1.2e6, 2, 1_234.5)),
            List.of(
                new MarketActivity.Venue("Uniswap v3 pool", 3_000, BigInteger.TEN.pow(13)),
                new MarketActivity.Venue("Uniswap v2 pair", 1_000, BigInteger.TEN.pow(12))));
    var result =
        new BacktestResult(
            quiet.stamp(),
            quiet.market(),
            quiet.curve(),
            quiet.trades(),
            quiet.decisions(),
            quiet.totals(),
            quiet.idleWeek(),
            quiet.warnings(),
            activity);
    Path page = folder.resolve("report.html");
    Report.write(Report.html(result), page);
    assertThat(Files.readString(page))
        .contains("What others did", "Bad debt left", "2 of 40 borrowers owe more", "9.1 % of all")
        .contains("Of 200 liquidations the 150 largest are marked");
    JsonNode views = Browser.look(page, "report-liquidations");
    Browser.isSound(views);
    for (JsonNode view : views) {
      assertThat(chart(view, "price").get("marks").asInt())
          .isEqualTo(Math.min(400, result.trades().size()) + 150);
    }
    assertThat(Report.html(quiet)).doesNotContain("What others did", "◆");
  }

  private static JsonNode chart(JsonNode view, String id) {
    return StreamSupport.stream(view.get("charts").spliterator(), false)
        .filter(chart -> chart.get("id").asText().equals(id))
        .findFirst()
        .orElseThrow();
  }
}
