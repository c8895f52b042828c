package org.probity.sim.study;

import java.util.List;

/** Where the jobs of a study run: on threads of this process, or on other nodes too. */
public interface JobRunner {

  /** Told of each run that is finished, by several threads. */
  @FunctionalInterface
  interface Finished {
    /** Called once for each job. */
    void with(Job job, RunSummary summary);
  }

  /**
   * Runs each of the jobs and returns when all are finished.
   *
   * @throws RuntimeException the first failure of a job
   */
  void run(List<Job> jobs, Finished finished);
}
