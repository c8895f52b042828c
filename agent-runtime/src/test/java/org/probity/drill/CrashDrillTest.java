package org.probity.drill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.probity.cli.Ran;
import org.probity.ground.TestKind;

/** {@code probity drill crash}, a short one: real processes, really killed. */
@TestKind.Acceptance
final class CrashDrillTest {

  private static final int RUNS = 3;

  @Test
  @TestKind.Full // a dozen processes; VaultAgentTest ends a life after each kind of event in one
  void anAgentThatIsKilledLosesNothingAndDoesNothingTwice() throws IOException {
    Ran ran = Ran.of("drill", "crash", "--runs", RUNS, "--seed", 5, "--json");
    JsonNode report = new ObjectMapper().readTree(ran.output());
    assertThat(report.at("/violations")).isEmpty();
    ran.succeeded();
    assertThat(report.at("/passed").asBoolean()).isTrue();
    assertThat(report.at("/facts/executions in the chain").asLong()).isGreaterThanOrEqualTo(2);
    assertThat(report.at("/facts/killed at random moments").asInt()).isEqualTo(RUNS);
    for (String point :
        List.of(
            "AgentCreated",
            "DecisionMade",
            "AgentPaused",
            "AgentResumed",
            "AgentAmended",
            "HeadReverted",
            "IntentFailed")) {
      assertThat(report.at("/facts").path("halted right after " + point).asInt()).as(point).isOne();
    }
    assertThat(report.at("/facts/decisions without an end").asLong()).isZero();
  }

  @Test
  void runsOutOfRangeAreRefused() {
    Ran.of("drill", "crash", "--runs", 0).failed(1).saying("--runs is 0", "1 to");
  }
}
