package org.probity.agent.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.typed.ActorSystem;
import org.probity.agent.AgentListener;
import org.probity.agent.journal.JournalStore;
import org.probity.agent.settings.JournalSettings;
import org.probity.chain.HeadSource;
import org.probity.intent.AgentCycle;
import org.probity.intent.Mandate;
import org.probity.intent.Pace;
import org.probity.intent.Venue;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.Retry;

/** A running agent: an actor system with one vault's agent and its provers. */
public final class AgentRuntime implements AutoCloseable {

  private static final Duration FAREWELL = Duration.ofSeconds(20);

  private final ActorSystem<Void> system;

  private AgentRuntime(ActorSystem<Void> system) {
    this.system = system;
  }

  /**
   * What the agent is made of.
   *
   * @param cycle the pure steps from a head to a proven intent
   * @param venue where intents are executed
   * @param provingThreads how many proofs may be under way at once
   * @param watcher told of heads and of how they come
   * @param listener told what the agent does
   */
  public record Parts(
      AgentCycle cycle,
      Venue venue,
      Pace pace,
      Retry retry,
      int provingThreads,
      HeadSource.Listener watcher,
      AgentListener listener) {}

  /** Starts an agent on the heads that {@code heads} brings; its journal is in memory. */
  public static AgentRuntime start(Parts parts, HeadSource heads) {
    Mandate mandate = parts.cycle().mandate();
    AgentSpec spec =
        new AgentSpec(
            mandate.vault().toString(),
            mandate.vault(),
            mandate.model(),
            mandate.vault(),
            parts.pace());
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    return new AgentRuntime(
        ActorSystem.create(
            Guardian.create(spec, parts, heads, InstantSource.system(), threads),
            "probity",
            actors(parts.provingThreads, new JournalSettings.Memory())));
  }

  /** The actors' own configuration; nothing of it comes from a user's file. */
  public static Config actors(int provingThreads, JournalSettings journal) {
    ClassLoader loader = AgentRuntime.class.getClassLoader();
    return ConfigFactory.parseString("probity.prover.threads = " + provingThreads)
        .withFallback(JournalStore.plugin(journal))
        .withFallback(ConfigFactory.parseResources(loader, "probity-actors.conf"))
        .withFallback(ConfigFactory.defaultReferenceUnresolved(loader))
        .resolve();
  }

  /** Waits until the agent has ended. */
  public void join() throws InterruptedException {
    try {
      system.getWhenTerminated().toCompletableFuture().get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("The agent ended by a failure", e.getCause());
    }
  }

  /** Ends the agent. What it has sent may still be executed. */
  @Override
  public void close() {
    end(system, "agent", FAREWELL);
  }

  /** Ends all actors, and says so if they take longer than {@code patience}. */
  static void end(ActorSystem<?> system, String who, Duration patience) {
    system.terminate();
    try {
      system
          .getWhenTerminated()
          .toCompletableFuture()
          .get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      system.log().warn("The {} did not end in time: {}", who, e.toString());
    }
  }
}
