package org.probity.agent.proving;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.probity.agent.AgentParts;
import org.probity.strategy.Strategy;
import org.probity.zk.Decision;
import org.probity.zk.FeatureVector;

/**
 * Has one model decide for many agents at once. While a batch is computed the next one gathers, so
 * that a lone agent does not wait and thousands share a few matrix products: batching without a
 * timer.
 */
public final class InferenceBatch implements AgentParts.Inference {

  private record Request(FeatureVector features, CompletableFuture<Decision> answer) {}

  private final Strategy strategy;
  private final Executor threads;
  private List<Request> gathering = new ArrayList<>();
  private boolean computing;

  /**
   * @param threads computes; one thread does where the strategy uses all cores by itself
   */
  public InferenceBatch(Strategy strategy, Executor threads) {
    this.strategy = strategy;
    this.threads = threads;
  }

  @Override
  public CompletionStage<Decision> decide(FeatureVector features) {
    Request request = new Request(features, new CompletableFuture<>());
    synchronized (this) {
      gathering.add(request);
      if (!computing) {
        computing = true;
        threads.execute(this::compute);
      }
    }
    return request.answer();
  }

  private void compute() {
    while (true) {
      List<Request> batch;
      synchronized (this) {
        batch = gathering;
        if (batch.isEmpty()) {
          computing = false;
          return;
        }
        gathering = new ArrayList<>();
      }
      decide(batch);
    }
  }

  private void decide(List<Request> batch) {
    List<Decision> decisions;
    try {
      decisions = strategy.decideAll(batch.stream().map(Request::features).toList());
    } catch (RuntimeException e) {
      if (batch.size() == 1) {
        batch.getFirst().answer().completeExceptionally(e);
      } else {
        // One bad vector must not fail the others.
        batch.forEach(request -> decide(List.of(request)));
      }
      return;
    }
    for (int i = 0; i < batch.size(); i++) {
      batch.get(i).answer().complete(decisions.get(i));
    }
  }
}
