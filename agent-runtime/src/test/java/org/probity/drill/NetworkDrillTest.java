package org.probity.drill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.probity.cli.Ran;
import org.probity.ground.TestKind;

/**
 * {@code probity drill network}, a short one: some ways in which an endpoint fails, and with {@code
 * mvn -Pfull} every one, once.
 */
@TestKind.Acceptance
final class NetworkDrillTest {

  /** In every third, two endpoints fail. */
  private static final int RUNS = TestKind.FULL ? 7 : 3;

  @Test
  @TestKind.Full // its parts have tests of their own in EndpointsTest and HostileEndpointTest
  void headsStayGaplessAndMetricsNameTheCauseWhateverAnEndpointDoes() throws IOException {
    Ran ran = Ran.of("drill", "network", "--runs", RUNS, "--seed", 5, "--json");
    JsonNode report = new ObjectMapper().readTree(ran.output());
    assertThat(report.at("/violations")).isEmpty();
    ran.succeeded();
    assertThat(report.at("/passed").asBoolean()).isTrue();
    assertThat(report.at("/facts/failures").asLong()).isEqualTo(RUNS + RUNS / 3);
    for (FaultyEndpoint.Fault fault : FaultyEndpoint.Fault.values()) {
      assertThat(report.at("/facts").path("an endpoint " + fault.words()).asLong())
          .as(fault.words())
          .isBetween(TestKind.FULL ? 1L : 0L, 1L);
    }
    assertThat(report.at("/facts/the same behind balancers over a late node").asLong())
        .isGreaterThanOrEqualTo(report.at("/facts/decisions in 4 moments").asLong())
        .isPositive();
    assertThat(report.at("/facts/executions in the chain").asLong())
        .isGreaterThanOrEqualTo(TestKind.FULL ? 3 : 1);
  }
}
