package org.probity.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.probity.ground.TestKind;
import org.probity.zk.backend.ComputeBackend;

/** {@code probity bench}: real proofs, verified by the real contract. */
@TestKind.Acceptance
final class BenchCommandTest {

  @Test
  void resultIsOneLineOfJsonAndTheRestIsOnStandardError() throws IOException {
    ByteArrayOutputStream told = new ByteArrayOutputStream();
    PrintStream before = System.err;
    System.setErr(new PrintStream(told, true, StandardCharsets.UTF_8));
    Ran ran;
    try {
      ran = Ran.of("bench", "--sizes", "20k", "--proofs", 2, "--json").succeeded();
    } finally {
      System.setErr(before);
    }
    assertThat(ran.output().strip().lines()).hasSize(1);
    JsonNode json = new ObjectMapper().readTree(ran.output());
    assertThat(json.fieldNames())
        .toIterable()
        .containsExactly("sizes", "fieldMulSpeedup", "msmSpeedup", "threads", "cpu");
    JsonNode size = json.at("/sizes/0");
    assertThat(size.fieldNames())
        .toIterable()
        .containsExactly(
            "parameters",
            "rows",
            "proveMillis",
            "verifyMillis",
            "proofBytes",
            "verifyGas",
            "peakMemoryMb");
    assertThat(size.at("/parameters").asLong()).isEqualTo(19_587);
    assertThat(size.at("/proveMillis/p50").asDouble()).isPositive();
    assertThat(size.at("/proveMillis/p95").asDouble())
        .isGreaterThanOrEqualTo(size.at("/proveMillis/p50").asDouble());
    assertThat(size.at("/verifyMillis").asDouble()).isPositive();
    assertThat(size.at("/proofBytes").asInt()).isBetween(1_000, 5_000);
    assertThat(size.at("/verifyGas").asLong()).isBetween(200_000L, 450_000L);
    assertThat(size.at("/peakMemoryMb").asLong()).isPositive();
    assertThat(json.at("/msmSpeedup").asDouble()).isPositive();
    assertThat(json.at("/fieldMulSpeedup").asDouble())
        .isGreaterThanOrEqualTo(ComputeBackend.best().name().equals("simd") ? 1.5 : 1);
    assertThat(json.at("/threads").asInt()).isPositive();
    assertThat(told.toString(StandardCharsets.UTF_8))
        .contains("witness", "commitments", "products", "bits", "linear", "opening")
        .contains("multi-scalar multiplications", "times as fast", "gas")
        .contains("at least", "GB/s")
        .contains("linear forms at r", "combination of the commitments", "pairing");
  }

  @Test
  void sizeThatIsNoneIsRefusedWithThoseThereAre() {
    Ran.of("bench", "--sizes", "20k,huge").failed(1).saying("huge", "20k, 100k, 1m, 10m");
    Ran.of("bench", "--sizes", "").failed(1).saying("--sizes");
  }

  @Test
  void numberOfProofsOutOfRangeIsRefused() {
    Ran.of("bench", "--proofs", 0).failed(1).saying("--proofs is 0", "1 to");
    Ran.of("bench", "--proofs", "some").failed(2).saying("--proofs", "some");
  }
}
