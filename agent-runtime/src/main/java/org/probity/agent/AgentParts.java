package org.probity.agent;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.probity.intent.AgentCycle;
import org.probity.intent.Venue;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.Retry;
import org.probity.zk.Decision;
import org.probity.zk.FeatureVector;

/**
 * What an agent is made of on the node that it runs on. Calls of {@code cycle} and {@code venue}
 * may block; they run on virtual threads.
 *
 * @param cycle the pure steps from a head to a proven intent
 * @param inference has the model decide
 * @param venue where intents are executed
 * @param retry what to do after a failed step
 */
public record AgentParts(AgentCycle cycle, Inference inference, Venue venue, Retry retry) {

  /** With the cycle's own model, which decides for this agent alone. */
  public AgentParts(AgentCycle cycle, Venue venue, Retry retry) {
    this(cycle, x -> CompletableFuture.completedFuture(cycle.decide(x)), venue, retry);
  }

  /** Has a model decide, perhaps for many agents at once. */
  @FunctionalInterface
  public interface Inference {
    CompletionStage<Decision> decide(FeatureVector features);
  }

  /** Equips agents on one node. */
  @FunctionalInterface
  public interface Outfitter {

    /**
     * The parts of the agent that {@code spec} describes. May block and may be called by many
     * threads.
     *
     * @throws RuntimeException whose message says what this node lacks; it is tried again later
     */
    AgentParts outfit(AgentSpec spec);
  }
}
