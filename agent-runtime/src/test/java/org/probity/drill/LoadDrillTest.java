package org.probity.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.ground.TestKind;
import org.probity.terminal.Screen;

/** A short drill with few agents; how long things take is not judged here. */
@TestKind.Acceptance
final class LoadDrillTest {

  @Test
  void everyAgentDecidesAndNothingIsSentLate(@TempDir Path folder) throws InterruptedException {
    try (Screen screen = Screen.open(true)) {
      DrillReport report = new LoadDrill(screen, 20, 2, 3, 1, 5).run(folder);
      assertThat(report.facts())
          .containsEntry("agents", 20)
          .containsKeys("head to decision, p99 ms", "proofs sent in time");
      assertThat(report.facts().get("decisions")).isNotEqualTo(0L);
      assertThat(report.violations())
          .noneMatch(violation -> violation.contains("deadline") || violation.contains("failed"));
    }
  }
}
