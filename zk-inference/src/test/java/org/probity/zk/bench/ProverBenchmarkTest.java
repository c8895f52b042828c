package org.probity.zk.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.probity.zk.ProofStep;

class ProverBenchmarkTest {
  @Test
  void aSizeIsProvenAndEveryStepIsTimed() {
    var report =
        new ProverBenchmark(System::nanoTime, new Random(1)::nextBytes).run("20k", 2, _ -> {});
    assertThat(report.shape()).isEqualTo("20-128-128-3");
    assertThat(report.parameters()).isEqualTo(19_587);
    assertThat(report.stepMillis()).containsOnlyKeys(ProofStep.values());
    double steps = report.stepMillis().values().stream().mapToDouble(Double::doubleValue).sum();
    assertThat(steps)
        .isPositive()
        .isLessThanOrEqualTo(report.proveMillis().p50() + report.proveMillis().p95());
    assertThat(report.proveMillis().p50()).isLessThanOrEqualTo(report.proveMillis().p95());
    assertThat(report.proofBytes()).isEqualTo(report.sample().proof().size());
    assertThat(report.peakMemoryMb()).isPositive();
  }

  @Test
  void anUnknownSizeIsRefusedWithTheKnownOnes() {
    assertThatThrownBy(() -> ProverBenchmark.architecture("5k"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("No benchmark size is called 5k: choose from 20k, 100k, 1m, 10m, 50m");
  }
}
