package org.probity.sim.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.ground.TestKind;
import org.probity.sim.TinyEngine;
import org.probity.sim.metrics.Measure;
import org.probity.sim.study.MonteCarlo;
import org.probity.sim.study.Period;
import org.probity.sim.study.RunSummary;
import org.probity.sim.study.SweepResult;
import org.probity.sim.study.WalkForward;

/** The pages of studies, seen in a real browser. */
@TestKind.Acceptance
final class StudyLookTest {

  @TempDir private Path folder;

  @Test
  void heatMapOfASweepHasACellForEachPoint() throws IOException, InterruptedException {
    var points = new ArrayList<SweepResult.Point>();
    for (int row = 0; row < 5; row++) {
      for (int column = 0; column < 6; column++) {
        points.add(
            new SweepResult.Point(
                Map.of("backtest.policy.step", 300 * (row + 1), "backtest.gas.gwei", 1.5 * column),
                summary(10 * row + column)));
      }
    }
    Path page = folder.resolve("sweep.html");
    StudyReport.write(new SweepResult(Measure.SHARPE, points), "thirty <points>", page);
    assertThat(Files.readString(page)).contains("thirty &lt;points&gt;").doesNotContain("<points>");
    JsonNode views = Browser.look(page, "sweep");
    Browser.isSound(views);
    for (JsonNode view : views) {
      assertThat(view.get("heatCells").asInt()).isEqualTo(30);
      assertThat(view.get("bestCells").asInt()).isEqualTo(1);
      assertThat(view.get("rows").asInt()).isGreaterThanOrEqualTo(30);
    }
  }

  @Test
  void heatMapOfOneSettingIsAColumn() throws IOException, InterruptedException {
    List<SweepResult.Point> points =
        IntStream.range(0, 4)
            .mapToObj(i ->
                new SweepResult.Point(
                    Map.of("backtest.policy.asset-with-an-unbrokenandverylongname", i), summary(i)))
            .toList();
    Path page = folder.resolve("sweep.html");
    StudyReport.write(new SweepResult(Measure.SHARPE, points), "four points", page);
    JsonNode views = Browser.look(page, "sweep-column");
    Browser.isSound(views);
    for (JsonNode view : views) {
      assertThat(view.get("heatCells").asInt()).isEqualTo(4);
    }
  }

  @Test
  void fanOfAMonteCarloIsDrawn() throws IOException, InterruptedException {
    Path page = folder.resolve("monte-carlo.html");
    StudyReport.write(
        new MonteCarlo(IntStream.range(0, 60).mapToObj(StudyLookTest::summary).toList()),
        "sixty paths",
        page);
    JsonNode views = Browser.look(page, "monte-carlo");
    Browser.isSound(views);
    for (JsonNode view : views) {
      assertThat(view.get("charts")).hasSize(5);
      assertThat(view.at("/charts/0/lines")).as("two bands and the median").hasSize(3);
      assertThat(view.at("/charts/1/rects").asInt()).isEqualTo(31);
    }
  }

  @Test
  void walkForwardShowsItsWindows() throws IOException, InterruptedException {
    List<WalkForward.Window> windows =
        IntStream.range(0, 4)
            .mapToObj(i -> {
              RunSummary test = summary(i);
              long shift = i * (test.to() - test.from());
              RunSummary moved =
                  new RunSummary(
                      test.codeVersion(),
                      test.dataHash(),
                      test.from() + shift,
                      test.to() + shift,
                      test.measures(),
                      test.growth(),
                      test.holding());
              return new WalkForward.Window(
                  new WalkForward.Split(
                      new Period(moved.from() - 86_400, moved.from()),
                      new Period(moved.from(), moved.to())),
                  "step = 10 min",
                  summary(i + 50),
                  moved);
            })
            .toList();
    Path page = folder.resolve("walk-forward.html");
    StudyReport.write(new WalkForward(Measure.SHARPE, windows, 16), "four windows", page);
    JsonNode views = Browser.look(page, "walk-forward");
    Browser.isSound(views);
    for (JsonNode view : views) {
      assertThat(view.get("charts")).hasSize(1);
      assertThat(view.get("rows").asInt()).isEqualTo(4);
    }
  }

  private static RunSummary summary(int seed) {
    return RunSummary.of(TinyEngine.run(seed, 1_500, 600, List.of()));
  }
}
