package org.probity.agent;

import java.time.Duration;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Routers;
import org.probity.intent.AgentCycle;
import org.probity.intent.Proposal;
import org.probity.intent.ProvenIntent;
import org.probity.zk.Verdict;

/**
 * Proves one decision at a time and checks every proof before it hands it out. A pool of these on
 * their own dispatcher is all the proving capacity of a process, however many agents share it; a
 * long proof delays other proofs and nothing else.
 */
final class ProvingWorker {

  static final String DISPATCHER = "probity-proving-dispatcher";

  /** Asks for the proof of {@code proposal}. */
  record Prove(AgentCycle cycle, Proposal proposal, ActorRef<? super Answer> replyTo) {}

  /** What became of a {@link Prove}. */
  sealed interface Answer extends VaultAgent.Command {
    Proposal proposal();
  }

  /** The proof holds. */
  record Proved(ProvenIntent intent, Duration took) implements Answer {
    @Override
    public Proposal proposal() {
      return intent.proposal();
    }
  }

  /** The prover made something that its own verifier refuses. It must never be sent. */
  record Refused(Proposal proposal, Verdict verdict) implements Answer {}

  /** The prover failed. */
  record Failed(Proposal proposal, Throwable cause) implements Answer {}

  private ProvingWorker() {}

  /** {@code workers} workers behind one reference. */
  static Behavior<Prove> pool(int workers) {
    return Routers.pool(
            workers, Behaviors.supervise(worker()).onFailure(SupervisorStrategy.restart()))
        .withRouteeProps(DispatcherSelector.fromConfig(DISPATCHER))
        .withRoundRobinRouting();
  }

  static Behavior<Prove> worker() {
    return Behaviors.receiveMessage(request -> {
      request.replyTo().tell(answer(request));
      return Behaviors.same();
    });
  }

  private static Answer answer(Prove request) {
    Proposal proposal = request.proposal();
    try {
      long started = System.nanoTime();
      ProvenIntent intent = request.cycle().prove(proposal);
      Duration took = Duration.ofNanos(System.nanoTime() - started);
      Verdict verdict = request.cycle().check(intent);
      return verdict == Verdict.ACCEPTED
          ? new Proved(intent, took)
          : new Refused(proposal, verdict);
    } catch (RuntimeException e) {
      return new Failed(proposal, e);
    }
  }
}
