package org.probity.agent.study;

import org.apache.pekko.actor.typed.ActorRef;
import org.probity.sim.study.Evidence;
import org.probity.sim.study.Recipe;

/** What a coordinator and its workers say to each other. */
sealed interface StudyMessage {

  /** Of this protocol; nodes of different ones do not work together. */
  int PROTOCOL = 1;

  sealed interface FromWorker extends StudyMessage, Coordinator.Command {}

  sealed interface ToWorker extends StudyMessage, Worker.Command {}

  /**
   * I would work. Its encoding is the same in every protocol, so that each can refuse another.
   *
   * @param node host and port, for people
   * @param threads how many runs it makes at once
   */
  record Hello(
      int protocol, String codeVersion, String node, int threads, ActorRef<ToWorker> worker)
      implements FromWorker {}

  /** What I have of a run's model and histories. */
  record Shown(long ticket, Evidence evidence) implements FromWorker {}

  /** I lack what a run needs. */
  record Unable(long ticket, String reason) implements FromWorker {}

  /** A run's summary, as JSON. */
  record Finished(long ticket, String summary) implements FromWorker {}

  /** A run failed, as it would anywhere. */
  record Failed(long ticket, String reason) implements FromWorker {}

  /** Give me no more; what I have I finish. */
  record Leaving(ActorRef<ToWorker> worker) implements FromWorker {}

  /** You are taken. */
  record Welcome() implements ToWorker {}

  /** Show what you have for this run. */
  record Show(long ticket, Recipe recipe) implements ToWorker {}

  /** Make this run. */
  record Make(long ticket, String key, Recipe recipe) implements ToWorker {}

  /** You get no work, and why. */
  record Refused(String reason) implements ToWorker {}

  /** There is nothing more to do. */
  record Over() implements ToWorker {}
}
