package org.probity.drill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.probity.cli.Ran;
import org.probity.ground.TestKind;

/** {@code probity drill cluster}, a short one: real processes, one of them really killed. */
@TestKind.Acceptance
final class ClusterDrillTest {

  @Test
  @TestKind.Full // four processes; ClusterTest loses a node in one
  void agentsOfANodeThatIsKilledGoOnElsewhereAndANewNodeGetsSome() throws IOException {
    Ran ran = Ran.of("drill", "cluster", "--runs", 1, "--agents", 3, "--within", 80, "--json");
    JsonNode report = new ObjectMapper().readTree(ran.output().lines().toList().getLast());
    assertThat(report.at("/violations")).isEmpty();
    ran.succeeded();
    assertThat(report.at("/facts/nodes killed").asInt()).isOne();
    assertThat(report.at("/facts/executions in the chain").asLong()).isPositive();
    assertThat(report.at("/facts/decisions without an end").asLong()).isZero();
  }

  @Test
  void clustersOutOfRangeAreRefused() {
    Ran.of("cluster", "--nodes", 0).failed(1).saying("--nodes must be 1 to 9");
  }
}
