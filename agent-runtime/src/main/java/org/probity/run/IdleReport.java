package org.probity.run;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.probity.agent.AgentStatus;

/**
 * Says at least once an hour why an agent has decided nothing: an agent that waits and one that is
 * stuck look alike from outside.
 */
final class IdleReport implements AutoCloseable {

  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration LOOK = Duration.ofMinutes(1);

  private final Supplier<CompletionStage<List<AgentStatus>>> agents;
  private final Consumer<String> say;
  private final InstantSource clock;
  private final Map<String, Seen> seen = new HashMap<>();
  private final ScheduledExecutorService looks =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("idle-report").factory());

  /** How many decisions an agent had made, and since when it has not made another. */
  private record Seen(long decisions, Instant since, Instant told) {}

  IdleReport(
      Supplier<CompletionStage<List<AgentStatus>>> agents,
      Consumer<String> say,
      InstantSource clock) {
    this.agents = agents;
    this.say = say;
    this.clock = clock;
  }

  /** Begins to look, until it is closed. */
  void begin() {
    looks.scheduleWithFixedDelay(
        this::look, LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS);
  }

  void look() {
    List<AgentStatus> all;
    try {
      all = agents.get().toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    } catch (RuntimeException e) {
      // A node that cannot say how its agents do has alerts for that.
      return;
    }
    Instant now = clock.instant();
    for (AgentStatus agent : all) {
      @Nullable Seen before = seen.get(agent.id());
      if (before == null || before.decisions() != agent.tally().decisions()) {
        seen.put(agent.id(), new Seen(agent.tally().decisions(), now, now));
      } else if (Duration.between(before.told(), now).compareTo(HOUR) >= 0) {
        say.accept(words(agent, Duration.between(before.since(), now)));
        seen.put(agent.id(), new Seen(before.decisions(), before.since(), now));
      }
    }
  }

  private static String words(AgentStatus agent, Duration idle) {
    String why =
        switch (agent.life()) {
          case UNBORN -> "it has not begun yet";
          case PAUSED -> "it is paused: resume it";
          case RETIRED -> "it is retired";
          case ACTIVE -> doing(agent);
        };
    return "%s  has decided nothing for %s min (%s decisions in all): %s"
        .formatted(agent.id(), idle.toMinutes(), agent.tally().decisions(), why);
  }

  private static String doing(AgentStatus agent) {
    String last =
        agent.lastDecided() == 0
            ? ""
            : ", the last moment decided for was %s"
                .formatted(Instant.ofEpochSecond(agent.lastDecided()));
    String failed = agent.lastFailure().isEmpty() ? "" : "; last failure: " + agent.lastFailure();
    return agent.doing() + last + failed;
  }

  @Override
  public void close() {
    looks.shutdownNow();
  }
}
