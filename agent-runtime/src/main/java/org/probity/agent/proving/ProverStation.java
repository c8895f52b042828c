package org.probity.agent.proving;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.delivery.ConsumerController;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.probity.ground.Bytes32;
import org.probity.intent.AgentCycle;
import org.probity.zk.DecisionProof;
import org.probity.zk.backend.Background;

/**
 * Makes proofs of one model for the agents of all nodes, one at a time: pulls an order, proves it,
 * answers, and only then confirms it, so that an order goes back to its line if this node dies over
 * it. Workers on their own dispatcher are all the proving capacity of a node, however many agents
 * there are; a long proof delays other proofs and nothing else.
 *
 * <p>It has a line to each node's queue, which ends with that node: Pekko's work pulling knows many
 * workers of one producer, and no more.
 */
public final class ProverStation {

  static final String DISPATCHER = "probity-proving-dispatcher";

  /** What a station is told. */
  public sealed interface Command {}

  /** The node ends: finish what is in hand, give back what is not begun, and pull no more. */
  public record Drain(ActorRef<Done> replyTo) implements Command {}

  private record Listed(Set<ActorRef<ProofQueue.Command>> queues) implements Command {}

  private record WorkerEnded(ActorRef<?> worker) implements Command {}

  /** A worker and what it pulls by. */
  private record Pull(
      ActorRef<ConsumerController.Command<ProofOrder>> controller,
      ActorRef<ConsumerController.Delivery<ProofOrder>> worker) {}

  private final ActorContext<Command> context;
  private final Bytes32 model;
  private final AgentCycle.Proving prover;
  private final InstantSource clock;
  private final int threads;
  private final Map<ActorRef<ProofQueue.Command>, List<Pull>> lines = new HashMap<>();
  private final Set<ActorRef<?>> workers = new HashSet<>();
  private final List<ActorRef<Done>> farewells = new ArrayList<>();
  private long numbers;

  private ProverStation(
      ActorContext<Command> context,
      Bytes32 model,
      AgentCycle.Proving prover,
      InstantSource clock,
      int threads) {
    this.context = context;
    this.model = model;
    this.prover = prover;
    this.clock = clock;
    this.threads = threads;
  }

  /**
   * Serves the queues of all nodes, those that come later too.
   *
   * @param model digest of the key of the model that {@code prover} is for
   * @param threads how many proofs a node makes at once, for all models together
   */
  public static Behavior<Command> create(
      Bytes32 model, AgentCycle.Proving prover, InstantSource clock, int threads) {
    return Behaviors.setup(context -> {
      ProverStation station = new ProverStation(context, model, prover, clock, threads);
      ActorRef<Receptionist.Listing> listings =
          context.messageAdapter(
              Receptionist.Listing.class,
              // With those that are not reachable for the moment: their orders are still theirs.
              listing -> new Listed(listing.getAllServiceInstances(ProofQueue.QUEUES)));
      context.getSystem().receptionist().tell(Receptionist.subscribe(ProofQueue.QUEUES, listings));
      return Behaviors.receiveMessage(message -> {
        station.handle(message);
        return Behaviors.same();
      });
    });
  }

  private void handle(Command message) {
    switch (message) {
      case Listed(Set<ActorRef<ProofQueue.Command>> queues) -> {
        if (farewells.isEmpty()) {
          serve(queues);
        }
      }
      case Drain(ActorRef<Done> replyTo) -> {
        farewells.add(replyTo);
        // A worker that is stopped ends after the proof in its hands; its line gives back the rest.
        lines.values().forEach(line -> line.forEach(pull -> context.stop(pull.worker)));
        sayFarewell();
      }
      case WorkerEnded(ActorRef<?> worker) -> {
        workers.remove(worker);
        sayFarewell();
      }
    }
  }

  private void sayFarewell() {
    if (workers.isEmpty()) {
      farewells.forEach(farewell -> farewell.tell(Done.getInstance()));
    }
  }

  private void serve(Set<ActorRef<ProofQueue.Command>> queues) {
    lines
        .entrySet()
        .removeIf(line -> {
          boolean gone = !queues.contains(line.getKey());
          if (gone) {
            line.getValue().forEach(this::end);
          }
          return gone;
        });
    queues.forEach(queue -> lines.computeIfAbsent(queue, this::line));
  }

  private void end(Pull pull) {
    context.stop(pull.controller);
    context.stop(pull.worker);
  }

  /** As many workers for one queue as this node makes proofs; the dispatcher bounds them all. */
  private List<Pull> line(ActorRef<ProofQueue.Command> queue) {
    List<Pull> line = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      long number = numbers++;
      ActorRef<ConsumerController.Command<ProofOrder>> controller =
          context.spawn(
              ConsumerController.create(ProofQueue.provers(model, queue, context.getSystem())),
              "line-" + number);
      ActorRef<ConsumerController.Delivery<ProofOrder>> worker =
          context.spawn(
              Behaviors.supervise(worker(prover, clock)).onFailure(SupervisorStrategy.restart()),
              "worker-" + number,
              DispatcherSelector.fromConfig(DISPATCHER));
      context.watchWith(worker, new WorkerEnded(worker));
      workers.add(worker);
      controller.tell(new ConsumerController.Start<>(worker));
      line.add(new Pull(controller, worker));
    }
    return line;
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
    Background.enter();
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
