package org.probity.sim.study;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs jobs on threads of this process. */
record JobThreads(int threads) implements JobRunner {

  JobThreads {
    if (threads < 1) {
      throw new IllegalArgumentException("A study needs at least one thread, not " + threads);
    }
  }

  @Override
  public void run(List<Job> jobs, Finished finished) {
    var futures = new ArrayList<Future<?>>();
    try (ExecutorService workers = Executors.newFixedThreadPool(Math.min(threads, jobs.size()))) {
      for (Job job : jobs) {
        futures.add(workers.submit(() -> finished.with(job, job.run().get())));
      }
      try {
        for (Future<?> future : futures) {
          future.get();
        }
      } catch (ExecutionException e) {
        workers.shutdownNow();
        throw e.getCause() instanceof RuntimeException failure
            ? failure
            : new IllegalStateException("A run failed", e.getCause());
      } catch (InterruptedException e) {
        workers.shutdownNow();
        Thread.currentThread().interrupt();
        throw new IllegalStateException(
            "The study was interrupted: run it again, and it goes on where it was", e);
      }
    }
  }
}
