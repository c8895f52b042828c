package org.probity.drill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.probity.cli.Ran;

/** {@code probity drill network}, a short one: every way in which an endpoint fails, once. */
final class NetworkDrillTest {

  @Test
  void headsStayGaplessAndMetricsNameTheCauseWhateverAnEndpointDoes() throws IOException {
    Ran ran = Ran.of("drill", "network", "--runs", 7, "--seed", 5, "--json");
    JsonNode report = new ObjectMapper().readTree(ran.output());
    assertThat(report.at("/violations")).isEmpty();
    ran.succeeded();
    assertThat(report.at("/passed").asBoolean()).isTrue();
    assertThat(report.at("/facts/failures").asLong()).isEqualTo(9);
    for (FaultyEndpoint.Fault fault : FaultyEndpoint.Fault.values()) {
      assertThat(report.at("/facts").path("an endpoint " + fault.words()).asLong())
          .as(fault.words())
          .isOne();
    }
    assertThat(report.at("/facts/the same behind balancers over a late node").asLong())
        .isGreaterThanOrEqualTo(report.at("/facts/decisions in 4 moments").asLong())
        .isPositive();
    assertThat(report.at("/facts/executions in the chain").asLong()).isGreaterThanOrEqualTo(3);
  }
}
