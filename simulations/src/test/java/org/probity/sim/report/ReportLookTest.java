package org.probity.sim.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.sim.TinyEngine;
import org.probity.sim.backtest.BacktestResult;
import org.probity.sim.backtest.DataWarning;

/** The report of a run, seen in a real browser. */
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
        result,
        List.of(
            new Report.Check(
                "look-ahead",
                true,
                "No decision before a cut changed when the data after it was removed (3 cuts).")),
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
    Report.write(TinyEngine.run(8, 4_320, 60, List.of()), page);
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

  private static JsonNode chart(JsonNode view, String id) {
    return StreamSupport.stream(view.get("charts").spliterator(), false)
        .filter(chart -> chart.get("id").asText().equals(id))
        .findFirst()
        .orElseThrow();
  }
}
