package org.probity.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.probity.agent.AgentStatus;
import org.probity.chain.Address;
import org.probity.ground.Bytes32;
import org.probity.intent.Pace;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.AgentState;
import org.probity.intent.conduct.Life;

/** An agent that does nothing says why, once an hour. */
final class IdleReportTest {

  private Instant now = Instant.parse("2030-01-01T00:00:00Z");
  private AgentStatus status = status(Life.ACTIVE, 3, "");
  private final List<String> said = new ArrayList<>();
  private final IdleReport idle =
      new IdleReport(
          () -> CompletableFuture.completedFuture(List.of(status)), said::add, () -> now);

  @Test
  void onceAnHourUntilItDecides() {
    minutes(59);
    assertThat(said).isEmpty();
    minutes(2);
    assertThat(said)
        .containsExactly(
            "a  has decided nothing for 60 min (3 decisions in all): waiting for a head, the last moment decided for was 2025-06-15T15:06:40Z");
    minutes(58);
    assertThat(said).hasSize(1);
    status = status(Life.ACTIVE, 3, "the node refused eth_call");
    minutes(2);
    assertThat(said).hasSize(2);
    assertThat(said.getLast()).contains("for 120 min", "last failure: the node refused eth_call");
    status = status(Life.ACTIVE, 4, "");
    minutes(59);
    assertThat(said).hasSize(2);
  }

  @Test
  void pausedAgentIsNoRiddle() {
    status = status(Life.PAUSED, 0, "");
    minutes(61);
    assertThat(said).singleElement().asString().contains("0 decisions in all", "it is paused");
  }

  private void minutes(int count) {
    for (int i = 0; i < count; i++) {
      idle.look();
      now = now.plus(Duration.ofMinutes(1));
    }
  }

  private static AgentStatus status(Life life, long decisions, String failure) {
    Bytes32 model = Bytes32.of(new byte[Bytes32.SIZE]);
    return new AgentStatus(
        new AgentSpec("a", Address.ZERO, model, Address.ZERO, new Pace(300, true)),
        life,
        "waiting for a head",
        "",
        1_750_000_000L,
        0,
        new AgentState.Tally(decisions, 0, 0, 0, 0, BigInteger.ZERO, ""),
        failure);
  }
}
