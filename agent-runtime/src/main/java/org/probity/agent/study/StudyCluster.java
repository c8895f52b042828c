package org.probity.agent.study;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorSystem;
import org.probity.agent.Ending;
import org.probity.agent.tls.NodeKeys;
import org.probity.sim.study.Job;
import org.probity.sim.study.JobRunner;

/**
 * Runs jobs here and on the workers that come. Which node makes a run changes nothing about its
 * result: a worker is given one only after it has shown the same code, model and history.
 */
public final class StudyCluster implements JobRunner, AutoCloseable {

  private static final Duration FAREWELL = Duration.ofSeconds(10);

  private final ActorSystem<Coordinator.Command> system;
  private final ExecutorService threads;
  private final Map<String, Integer> made;

  private StudyCluster(
      ActorSystem<Coordinator.Command> system, ExecutorService threads, Map<String, Integer> made) {
    this.system = system;
    this.threads = threads;
    this.made = made;
  }

  /**
   * Listens for workers.
   *
   * @param keys workers need some of the same authority
   * @param threads runs at once in this process; 0 to leave all to workers
   * @param codeVersion what workers must run too
   * @param news told what becomes of workers, a sentence each
   * @throws IllegalStateException if the address cannot be used
   */
  public static StudyCluster listen(
      StudyAddress address, NodeKeys keys, int threads, String codeVersion, Consumer<String> news) {
    ExecutorService executor = Executors.newFixedThreadPool(Math.max(1, threads));
    Map<String, Integer> made = new ConcurrentSkipListMap<>();
    try {
      return new StudyCluster(
          address.start(
              Coordinator.create(
                  new Coordinator.Self(
                      threads, codeVersion, news, node -> made.merge(node, 1, Integer::sum)),
                  executor),
              keys,
              List.of()),
          executor,
          made);
    } catch (RuntimeException e) {
      executor.shutdownNow();
      throw e;
    }
  }

  /** What workers join. */
  public StudyAddress address() {
    return StudyAddress.of(system);
  }

  /** Runs finished so far by node; "here" is this one. */
  public Map<String, Integer> finishedByNode() {
    return Map.copyOf(made);
  }

  @Override
  public void run(List<Job> jobs, Finished finished) {
    var done = new CompletableFuture<Void>();
    system.tell(new Coordinator.Submit(jobs, finished, done));
    try {
      CompletableFuture.anyOf(done, system.getWhenTerminated().toCompletableFuture()).get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException failure
          ? failure
          : new IllegalStateException("A run failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(
          "The study was interrupted: run it again, and it goes on where it was", e);
    }
    if (!done.isDone()) {
      throw new IllegalStateException(
          "The coordinator ended: run the study again, and it goes on where it was");
    }
  }

  /** Fails the study under way if no worker is there, for none will come. */
  public void giveUp(String reason) {
    system.tell(new Coordinator.GiveUp(reason));
  }

  /** Tells the workers that it is over, and leaves. */
  @Override
  public void close() {
    var closed = new CompletableFuture<Void>();
    system.tell(new Coordinator.Close(closed));
    closed.completeOnTimeout(null, FAREWELL.toSeconds(), TimeUnit.SECONDS).join();
    Ending.endActors(system, "coordinator", FAREWELL);
    threads.shutdownNow();
  }
}
