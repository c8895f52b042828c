package org.probity.agent.study;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.probity.agent.tls.NodeKeys;

/** A node that makes runs for a coordinator elsewhere. */
public final class StudyWorker implements AutoCloseable {

  private static final long FAREWELL_SECONDS = 15;

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
    Behavior<Worker.Command> guardian =
        Behaviors.setup(context -> {
          ActorRef<Worker.Command> worker =
              context.spawn(
                  Worker.create(
                      new Worker.Self(
                          StudyAddress.of(context.getSystem()).toString(),
                          threads,
                          codeVersion,
                          folder),
                      executor,
                      outcome),
                  "worker");
          return Behaviors.receiveMessage(message -> {
            worker.tell(message);
            return Behaviors.same();
          });
        });
    try {
      return new StudyWorker(listen.start(guardian, keys, List.of(coordinator)), executor, outcome);
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
    system.terminate();
    try {
      system.getWhenTerminated().toCompletableFuture().get(FAREWELL_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      system.log().warn("The worker did not end in time: {}", e.toString());
    } finally {
      threads.shutdownNow();
    }
  }
}
