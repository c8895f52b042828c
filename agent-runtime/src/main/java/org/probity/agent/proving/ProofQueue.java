package org.probity.agent.proving;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.delivery.ConsumerController;
import org.apache.pekko.actor.typed.delivery.WorkPullingProducerController;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.apache.pekko.actor.typed.receptionist.ServiceKey;
import org.jspecify.annotations.Nullable;
import org.probity.agent.Ending;
import org.probity.ground.Bytes32;
import org.probity.intent.AgentCycle;
import org.probity.intent.Proposal;
import org.probity.intent.ProvenIntent;
import org.probity.zk.DecisionProof;
import org.probity.zk.Verdict;
import org.probity.zk.backend.Background;

/**
 * The orders for proofs of one node's agents, until provers pull them.
 *
 * <p>There is a line for each model, pulled by the provers that have it, on any node. An order
 * waits here, where it can still be withdrawn or overtaken by its deadline, until a prover asks for
 * work; a prover that dies gives its order back to the line, by Pekko's reliable delivery. Every
 * proof that comes back is checked before it is handed on: a prover is another machine.
 */
public final class ProofQueue {

  private static final Duration SWEEP = Duration.ofMillis(500);

  /** What a queue is told. */
  public sealed interface Command {}

  /**
   * Asks for a proof.
   *
   * @param ticket names the order among those of {@code replyTo}
   * @param trades whether it is a trade's, which goes before all that are none
   * @param expires when nobody needs the proof any more
   */
  public record Order(
      long ticket,
      AgentCycle cycle,
      Proposal proposal,
      boolean trades,
      Instant expires,
      ActorRef<Answer> replyTo)
      implements Command {}

  /** Takes an order back, unless a prover has it. */
  public record Withdraw(long ticket, ActorRef<Answer> replyTo) implements Command {}

  /** Asks for an answer once no proof that has come back is still being checked. */
  public record Settle(ActorRef<Done> replyTo) implements Command {}

  private record Wanted(Bytes32 model, WorkPullingProducerController.RequestNext<ProofOrder> next)
      implements Command {}

  private record Answered(ProofOrder.Answer answer) implements Command {}

  private record Checked(Pending pending, ProvenIntent intent, Duration took, Verdict verdict)
      implements Command {}

  private record CheckFailed(Pending pending, Throwable cause) implements Command {}

  private record Sweep() implements Command {}

  /** What became of an order. */
  public sealed interface Answer {
    long ticket();
  }

  /** The proof holds. */
  public record Proved(long ticket, ProvenIntent intent, Duration took) implements Answer {}

  /** The prover made something that the verifier refuses. It must never be sent. */
  public record Unsound(long ticket, Verdict verdict) implements Answer {}

  /** The prover failed. */
  public record Failed(long ticket, String reason) implements Answer {}

  /** It was taken back, or its time was over before it was made. */
  public record Dropped(long ticket, String reason) implements Answer {}

  /**
   * How proofs stand.
   *
   * @param waiting orders that no station has yet
   * @param underway orders that a station is at
   * @param made by this node's provers, for the agents of any node
   */
  public record Figures(int waiting, int underway, int made) {}

  /** What a node's figures are read from. */
  public static final class Gauge {
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger underway = new AtomicInteger();
    private final AtomicInteger made = new AtomicInteger();

    public Figures read() {
      return new Figures(waiting.get(), underway.get(), made.get());
    }

    /** {@code prover}, whose proofs are counted. */
    public AgentCycle.Proving counting(AgentCycle.Proving prover) {
      return (features, decision, context) -> {
        DecisionProof proof = prover.prove(features, decision, context);
        made.incrementAndGet();
        return proof;
      };
    }
  }

  private record Pending(long number, Order order) {
    boolean isOf(Withdraw withdrawn) {
      return order.ticket() == withdrawn.ticket() && order.replyTo().equals(withdrawn.replyTo());
    }
  }

  private static final class Line {
    private final Deque<Pending> waiting = new ArrayDeque<>();
    private Optional<WorkPullingProducerController.RequestNext<ProofOrder>> wanted =
        Optional.empty();

    /** The oldest order of a trade; without one, the oldest. */
    @Nullable Pending next() {
      for (Pending pending : waiting) {
        if (pending.order.trades()) {
          waiting.remove(pending);
          return pending;
        }
      }
      return waiting.poll();
    }
  }

  private final ActorContext<Command> context;
  private final String node;
  private final Executor threads;
  private final InstantSource clock;
  private final Gauge gauge;
  private final ActorRef<ProofOrder.Answer> answers;
  private final Map<Bytes32, Line> lines = new HashMap<>();
  private final Map<Long, Pending> underway = new HashMap<>();
  private final List<ActorRef<Done>> settlers = new ArrayList<>();
  private int checking;
  private long numbers;

  /** The key under which provers find the queues of all nodes. */
  static final ServiceKey<Command> QUEUES = ServiceKey.create(Command.class, "proof-queues");

  /**
   * The key under which {@code queue} finds the provers of {@code model}. A prover's line belongs
   * to one queue: Pekko's work pulling knows many workers of one producer, and no more.
   */
  static ServiceKey<ConsumerController.Command<ProofOrder>> provers(
      Bytes32 model, ActorRef<Command> queue, ActorSystem<?> system) {
    return ServiceKey.create(
        ConsumerController.serviceKeyClass(),
        "prover-%s-%s"
            .formatted(model.hex(), ActorRefResolver.get(system).toSerializationFormat(queue)));
  }

  /**
   * @param node unique in the cluster
   * @param threads where proofs are checked; they give way to the others of this process
   */
  public static Behavior<Command> create(
      String node, Executor threads, InstantSource clock, Gauge gauge) {
    return Behaviors.setup(context ->
        Behaviors.withTimers(
            timers -> new ProofQueue(context, timers, node, threads, clock, gauge).behavior()));
  }

  private ProofQueue(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      String node,
      Executor threads,
      InstantSource clock,
      Gauge gauge) {
    this.context = context;
    this.node = node;
    this.threads = threads;
    this.clock = clock;
    this.gauge = gauge;
    this.answers = context.messageAdapter(ProofOrder.Answer.class, Answered::new);
    timers.startTimerWithFixedDelay(new Sweep(), SWEEP);
    context.getSystem().receptionist().tell(Receptionist.register(QUEUES, context.getSelf()));
  }

  private Behavior<Command> behavior() {
    return Behaviors.receiveMessage(message -> {
      handle(message);
      return Behaviors.same();
    });
  }

  private void handle(Command message) {
    switch (message) {
      case Order order -> {
        Line line = lines.computeIfAbsent(order.proposal().mandate().model(), this::open);
        line.waiting.add(new Pending(numbers++, order));
        gauge.waiting.incrementAndGet();
        handOver(line);
      }
      case Withdraw withdrawn -> {
        for (Line line : lines.values()) {
          dropIf(line, pending -> pending.isOf(withdrawn), "a newer moment has come");
        }
      }
      case Wanted(Bytes32 model, var next) -> {
        Line line = lines.computeIfAbsent(model, this::open);
        line.wanted = Optional.of(next);
        handOver(line);
      }
      case Answered(ProofOrder.Answer answer) -> {
        Pending pending = underway.remove(answer.ticket());
        gauge.underway.set(underway.size());
        // A second answer to one order, after a prover was believed dead, is of no use.
        if (pending != null) {
          onAnswer(pending, answer);
        }
      }
      case Checked(Pending pending, ProvenIntent intent, Duration took, Verdict verdict) ->
          checked(
              pending,
              verdict == Verdict.ACCEPTED
                  ? new Proved(pending.order.ticket(), intent, took)
                  : new Unsound(pending.order.ticket(), verdict));
      case CheckFailed(Pending pending, Throwable cause) ->
          checked(
              pending,
              new Failed(pending.order.ticket(), "its check failed: " + cause.getMessage()));
      case Settle(ActorRef<Done> replyTo) -> {
        settlers.add(replyTo);
        settle();
      }
      case Sweep() -> sweep();
    }
  }

  private Line open(Bytes32 model) {
    ActorRef<WorkPullingProducerController.Command<ProofOrder>> controller =
        context.spawn(
            WorkPullingProducerController.create(
                ProofOrder.class,
                node + "-" + model.hex(),
                provers(model, context.getSelf(), context.getSystem()),
                Optional.empty()),
            "line-" + model.hex());
    ActorRef<WorkPullingProducerController.RequestNext<ProofOrder>> wanted =
        context.spawnAnonymous(
            Behaviors.receiveMessage(next -> {
              context.getSelf().tell(new Wanted(model, next));
              return Behaviors.same();
            }));
    controller.tell(new WorkPullingProducerController.Start<>(wanted));
    return new Line();
  }

  private void handOver(Line line) {
    dropIf(line, this::isLate, "its time is over");
    Pending pending = line.wanted.isEmpty() ? null : line.next();
    if (pending == null) {
      return;
    }
    gauge.waiting.decrementAndGet();
    underway.put(pending.number, pending);
    gauge.underway.set(underway.size());
    Proposal proposal = pending.order.proposal();
    line.wanted
        .get()
        .sendNextTo()
        .tell(
            new ProofOrder(
                pending.number,
                proposal.mandate().model(),
                proposal.observation().features(),
                proposal.decision(),
                proposal.context(),
                pending.order.expires(),
                answers));
    line.wanted = Optional.empty();
  }

  private void checked(Pending pending, Answer answer) {
    checking--;
    reply(pending, answer);
    settle();
  }

  private void settle() {
    if (checking == 0) {
      settlers.forEach(settler -> settler.tell(Done.getInstance()));
      settlers.clear();
    }
  }

  private void onAnswer(Pending pending, ProofOrder.Answer answer) {
    switch (answer) {
      case ProofOrder.Made(long _, DecisionProof proof, Duration took) -> {
        ProvenIntent intent = new ProvenIntent(pending.order.proposal(), proof);
        checking++;
        context.pipeToSelf(
            CompletableFuture.supplyAsync(
                () -> {
                  Background.enter();
                  return pending.order.cycle().check(intent);
                },
                threads),
            (verdict, cause) -> {
              Ending.passOn(cause);
              return cause == null
                  ? new Checked(pending, intent, took, verdict)
                  : new CheckFailed(pending, cause);
            });
      }
      case ProofOrder.Failed(long _, String reason) ->
          reply(pending, new Failed(pending.order.ticket(), reason));
      case ProofOrder.Expired(long _) ->
          reply(pending, new Dropped(pending.order.ticket(), "its time is over"));
    }
  }

  /** Orders whose time is over are dropped wherever they are: the vault would refuse the proof. */
  private void sweep() {
    lines.values().forEach(line -> dropIf(line, this::isLate, "its time is over"));
    List<Pending> late = underway.values().stream().filter(this::isLate).toList();
    for (Pending pending : late) {
      underway.remove(pending.number);
      reply(pending, new Dropped(pending.order.ticket(), "no prover made it in time"));
    }
    gauge.underway.set(underway.size());
  }

  private boolean isLate(Pending pending) {
    return clock.instant().isAfter(pending.order.expires());
  }

  private void dropIf(Line line, Predicate<Pending> unwanted, String reason) {
    List<Pending> dropped = new ArrayList<>();
    line.waiting.removeIf(pending -> unwanted.test(pending) && dropped.add(pending));
    gauge.waiting.addAndGet(-dropped.size());
    dropped.forEach(pending -> reply(pending, new Dropped(pending.order.ticket(), reason)));
  }

  private static void reply(Pending pending, Answer answer) {
    pending.order.replyTo().tell(answer);
  }
}
