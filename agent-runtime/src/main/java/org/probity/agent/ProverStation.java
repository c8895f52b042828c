package org.probity.agent;

import java.time.Duration;
import java.time.InstantSource;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.delivery.ConsumerController;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.probity.intent.AgentCycle;
import org.probity.zk.Bytes32;
import org.probity.zk.DecisionProof;

/**
 * Makes proofs of one model, one at a time: pulls an order, proves it, answers, and only then
 * confirms it, so that an order goes back to its line if this node dies over it. Workers on their
 * own dispatcher are all the proving capacity of a node, however many agents there are; a long
 * proof delays other proofs and nothing else.
 */
final class ProverStation {

  static final String DISPATCHER = "probity-proving-dispatcher";

  private ProverStation() {}

  /**
   * A worker that whoever has orders for {@code model} finds.
   *
   * @param threads how many proofs a node makes at once, for all models together
   */
  static Behavior<Void> create(
      Bytes32 model, AgentCycle.Proving prover, InstantSource clock, int threads) {
    return Behaviors.setup(context -> {
      for (int i = 0; i < threads; i++) {
        ActorRef<ConsumerController.Command<ProofOrder>> controller =
            context.spawn(ConsumerController.create(ProofQueue.provers(model)), "line-" + i);
        ActorRef<ConsumerController.Delivery<ProofOrder>> worker =
            context.spawn(
                Behaviors.supervise(worker(prover, clock)).onFailure(SupervisorStrategy.restart()),
                "worker-" + i,
                DispatcherSelector.fromConfig(DISPATCHER));
        controller.tell(new ConsumerController.Start<>(worker));
      }
      return Behaviors.empty();
    });
  }

  private static Behavior<ConsumerController.Delivery<ProofOrder>> worker(
      AgentCycle.Proving prover, InstantSource clock) {
    return Behaviors.receiveMessage(delivery -> {
      ProofOrder order = delivery.message();
      order.replyTo().tell(answer(order, prover, clock));
      delivery.confirmTo().tell(ConsumerController.confirmed());
      return Behaviors.same();
    });
  }

  private static ProofOrder.Answer answer(
      ProofOrder order, AgentCycle.Proving prover, InstantSource clock) {
    if (clock.instant().isAfter(order.expires())) {
      return new ProofOrder.Expired(order.ticket());
    }
    try {
      long started = System.nanoTime();
      DecisionProof proof = prover.prove(order.features(), order.decision(), order.context());
      return new ProofOrder.Made(
          order.ticket(), proof, Duration.ofNanos(System.nanoTime() - started));
    } catch (RuntimeException e) {
      String message = e.getMessage();
      return new ProofOrder.Failed(
          order.ticket(), message == null ? e.getClass().getSimpleName() : message);
    }
  }
}
