package org.probity.agent.study;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.probity.agent.Ending;
import org.probity.agent.tls.NodeKeys;

/** A node that makes runs for a coordinator elsewhere. */
public final class StudyWorker implements AutoCloseable {

  private static final Duration FAREWELL = Duration.ofSeconds(15);

  private final ActorSystem<Worker.Command> system;
  private final ExecutorService threads;
  private final CompletableFuture<Integer> outcome;

  private StudyWorker(
      ActorSystem<Worker.Command> system,
      ExecutorService threads,
      CompletableFuture<Integer> outcome) {
    this.system = system;
    this.threads = threads;
    this.outcome = outcome;
  }

  /**
   * Joins a coordinator's cluster and works.
   *
   * @param listen where it is reached itself
   * @param keys of the same authority as the coordinator's
   * @param threads runs at once
   * @param codeVersion of this program
   * @param folder what relative paths of a study's settings are relative to on this node
   * @throws IllegalStateException if the address to listen on cannot be used
   */
  public static StudyWorker join(
      StudyAddress coordinator,
      StudyAddress listen,
      NodeKeys keys,
      int threads,
      String codeVersion,
      Path folder) {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    var outcome = new CompletableFuture<Integer>();
    Behavior<Worker.Command> worker =
        Worker.create(new Worker.Self(threads, codeVersion, folder), executor, outcome);
    try {
      return new StudyWorker(listen.start(worker, keys, List.of(coordinator)), executor, outcome);
    } catch (RuntimeException e) {
      executor.shutdownNow();
      throw e;
    }
  }

  /** Where this worker is reached. */
  public StudyAddress address() {
    return StudyAddress.of(system);
  }

  /**
   * Works until there is nothing more to do.
   *
   * @return runs that it made
   * @throws IllegalStateException if the coordinator refuses it, is gone, or is not there
   */
  public int await() throws InterruptedException {
    try {
      CompletableFuture.anyOf(outcome, system.getWhenTerminated().toCompletableFuture()).get();
      if (!outcome.isDone()) {
        throw new IllegalStateException(
            "The coordinator is gone, or nothing at that address coordinates a study with keys of this authority: check --join and --keys.");
      }
      return outcome.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException failure
          ? failure
          : new IllegalStateException("The worker failed", e.getCause());
    }
  }

  /** Takes no more runs; {@link #await} returns once those in hand are finished. */
  public void leave() {
    system.tell(Worker.Leave.NOW);
  }

  @Override
  public void close() {
    Ending.endActors(system, "worker", FAREWELL);
    threads.shutdownNow();
  }
}
