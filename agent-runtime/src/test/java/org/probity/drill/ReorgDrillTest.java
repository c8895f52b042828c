package org.probity.drill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.probity.cli.Ran;
import org.probity.ground.TestKind;

/** {@code probity drill reorg}, a short one: a real node on a real chain that loses blocks. */
@TestKind.Acceptance
final class ReorgDrillTest {

  @Test
  void whatStandsAfterReorgsIsWhatTheFinalChainAloneGives() throws IOException {
    Ran ran = Ran.of("drill", "reorg", "--runs", 6, "--seed", 5, "--json");
    JsonNode report = new ObjectMapper().readTree(ran.output());
    assertThat(report.at("/violations")).isEmpty();
    ran.succeeded();
    assertThat(report.at("/passed").asBoolean()).isTrue();
    assertThat(report.at("/facts/heads taken back").asLong()).isPositive();
    assertThat(report.at("/facts/decided the same on the final chain alone").asLong())
        .isEqualTo(report.at("/facts/executions in the chain").asLong())
        .isGreaterThanOrEqualTo(2);
  }
}
