package org.probity.agent.study;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.apache.pekko.actor.typed.receptionist.ServiceKey;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.probity.agent.study.StudyMessage.FromWorker;
import org.probity.agent.study.StudyMessage.ToWorker;
import org.probity.sim.study.Evidence;
import org.probity.sim.study.Job;
import org.probity.sim.study.JobRunner;
import org.probity.sim.study.RunSummary;

/**
 * Holds a study's queue. Whoever has a free thread, here or on a worker, gets the next run; a run
 * whose worker is gone goes back to the head of the queue. Nothing is kept here that a restart
 * would miss: finished runs are on disk before the next one is handed out.
 */
final class Coordinator extends AbstractBehavior<Coordinator.Command> {

  static final ServiceKey<FromWorker> KEY =
      ServiceKey.create(FromWorker.class, "probity-study-coordinator");

  /** Workers that one run may take with it before it is thought to be the reason. */
  private static final int LOSSES = 3;

  /** A longer one does not go into a message with certainty. */
  private static final int LONGEST_SETTINGS = 64_000;

  interface Command {}

  /** Run these; {@code done} is completed when all are finished, or at the first failure. */
  record Submit(List<Job> jobs, JobRunner.Finished finished, CompletableFuture<Void> done)
      implements Command {}

  /** No worker will come any more. */
  record GiveUp(String reason) implements Command {}

  /** Everything is over: workers may go. */
  record Close(CompletableFuture<Void> closed) implements Command {}

  private record MadeHere(long ticket, RunSummary summary) implements Command {}

  private record FailedHere(long ticket, RuntimeException failure) implements Command {}

  private record Gone(ActorRef<ToWorker> worker) implements Command {}

  /** A run that somebody makes; without a worker it is made here. */
  private record Order(Submit study, Job job, Optional<Peer> peer) {}

  private static final class Peer {
    final ActorRef<ToWorker> worker;
    final String node;
    final int threads;
    final Set<String> proven = new HashSet<>();
    int inHand;
    boolean leaving;

    Peer(StudyMessage.Hello hello) {
      this.worker = hello.worker();
      this.node = hello.node();
      this.threads = Math.clamp(hello.threads(), 1, 1_024);
    }

    boolean isFree() {
      return !leaving && inHand < threads;
    }
  }

  /**
   * What a coordinator is.
   *
   * @param threads runs at once in this process; 0 to leave all to workers
   * @param codeVersion of this program
   * @param news told what becomes of workers, a sentence each
   * @param finishedBy told the node of each finished run
   */
  record Self(
      int threads, String codeVersion, Consumer<String> news, Consumer<String> finishedBy) {}

  private final Self self;
  private final Executor executor;
  private final Deque<Job> anywhere = new ArrayDeque<>();
  private final Deque<Job> here = new ArrayDeque<>();
  private final Map<Long, Order> orders = new LinkedHashMap<>();
  private final Map<ActorRef<ToWorker>, Peer> peers = new LinkedHashMap<>();
  private final Map<String, Integer> losses = new HashMap<>();
  private Optional<Submit> study = Optional.empty();
  private int missing;
  private int busy;
  private long tickets;

  private Coordinator(ActorContext<Command> context, Self self, Executor executor) {
    super(context);
    this.self = self;
    this.executor = executor;
  }

  /**
   * @param executor makes runs here, as many at once as there are threads
   */
  static Behavior<Command> create(Self self, Executor executor) {
    return Behaviors.setup(context -> {
      Cluster cluster = Cluster.get(context.getSystem());
      cluster.manager().tell(Join.create(cluster.selfMember().address()));
      ActorRef<FromWorker> me = context.getSelf().narrow();
      context.getSystem().receptionist().tell(Receptionist.register(KEY, me));
      return new Coordinator(context, self, executor);
    });
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Submit.class, this::submit)
        .onMessage(MadeHere.class, made -> finish(made.ticket(), made.summary()))
        .onMessage(FailedHere.class, this::failedHere)
        .onMessage(StudyMessage.Hello.class, this::hello)
        .onMessage(StudyMessage.Shown.class, this::shown)
        .onMessage(StudyMessage.Unable.class, this::unable)
        .onMessage(StudyMessage.Finished.class, this::finished)
        .onMessage(StudyMessage.Failed.class, this::failed)
        .onMessage(StudyMessage.Leaving.class, this::leaving)
        .onMessage(Gone.class, this::gone)
        .onMessage(GiveUp.class, this::giveUp)
        .onMessage(Close.class, this::close)
        .build();
  }

  // ---- the study ----

  private Behavior<Command> submit(Submit submitted) {
    study = Optional.of(submitted);
    missing = submitted.jobs().size();
    losses.clear();
    for (Job job : submitted.jobs()) {
      boolean portable =
          job.portable()
              .filter(p -> p.recipe().settings().length() <= LONGEST_SETTINGS)
              .isPresent();
      (portable ? anywhere : here).add(job);
    }
    if (self.threads() == 0 && !here.isEmpty()) {
      return failStudy(
          new IllegalStateException(
              "The run \"%s\" has a strategy that was trained in this process, and weights do not travel: give it --threads of 1 or more."
                  .formatted(here.getFirst().label())));
    }
    return dispatch();
  }

  private Behavior<Command> dispatch() {
    dismissLeavers();
    while (busy < self.threads() && !(here.isEmpty() && anywhere.isEmpty())) {
      workHere(here.isEmpty() ? anywhere.removeFirst() : here.removeFirst());
    }
    for (Peer peer : peers.values()) {
      while (peer.isFree() && !anywhere.isEmpty()) {
        hand(anywhere.removeFirst(), peer);
      }
    }
    return this;
  }

  private void workHere(Job job) {
    busy++;
    long ticket = order(job, Optional.empty());
    ActorRef<Command> me = getContext().getSelf();
    executor.execute(() -> {
      try {
        me.tell(new MadeHere(ticket, job.run().get()));
      } catch (RuntimeException e) {
        me.tell(new FailedHere(ticket, e));
      } catch (Error e) {
        me.tell(new FailedHere(ticket, new IllegalStateException(Failures.words(e), e)));
      }
    });
  }

  private void hand(Job job, Peer peer) {
    peer.inHand++;
    Job.Portable portable = job.portable().orElseThrow();
    long ticket = order(job, Optional.of(peer));
    peer.worker.tell(
        peer.proven.contains(portable.evidence().subject())
            ? new StudyMessage.Make(ticket, job.key(), portable.recipe())
            : new StudyMessage.Show(ticket, portable.recipe()));
  }

  private long order(Job job, Optional<Peer> peer) {
    long ticket = ++tickets;
    orders.put(ticket, new Order(study.orElseThrow(), job, peer));
    return ticket;
  }

  private Behavior<Command> finish(long ticket, RunSummary summary) {
    Order order = take(ticket);
    if (order == null || !isCurrent(order)) {
      return dispatch();
    }
    try {
      self.finishedBy().accept(order.peer().map(peer -> peer.node).orElse("here"));
      order.study().finished().with(order.job(), summary);
    } catch (RuntimeException e) {
      return failStudy(e);
    }
    missing--;
    if (missing == 0) {
      study = Optional.empty();
      order.study().done().complete(null);
      return dispatch();
    }
    return dispatch();
  }

  /** Frees the thread that an order had; null if its worker was thought to be gone. */
  private @org.jspecify.annotations.Nullable Order take(long ticket) {
    Order order = orders.remove(ticket);
    if (order != null) {
      if (order.peer().isPresent()) {
        order.peer().get().inHand--;
      } else {
        busy--;
      }
    }
    return order;
  }

  private boolean isCurrent(Order order) {
    return study.isPresent() && study.get() == order.study();
  }

  private Behavior<Command> failedHere(FailedHere failed) {
    Order order = take(failed.ticket());
    return order != null && isCurrent(order) ? failStudy(failed.failure()) : dispatch();
  }

  private Behavior<Command> failStudy(RuntimeException failure) {
    anywhere.clear();
    here.clear();
    Optional<Submit> failed = study;
    study = Optional.empty();
    failed.ifPresent(one -> one.done().completeExceptionally(failure));
    return dispatch();
  }

  private Behavior<Command> giveUp(GiveUp end) {
    return peers.isEmpty() ? failStudy(new IllegalStateException(end.reason())) : this;
  }

  // ---- workers ----

  private Behavior<Command> hello(StudyMessage.Hello hello) {
    if (hello.protocol() != StudyMessage.PROTOCOL
        || !hello.codeVersion().equals(self.codeVersion())) {
      String reason =
          "it runs the code %s, and ours is %s: give it the same build"
              .formatted(hello.codeVersion(), self.codeVersion());
      refuse(hello.worker(), hello.node(), reason);
      return this;
    }
    Peer peer = new Peer(hello);
    peers.put(hello.worker(), peer);
    getContext().watchWith(hello.worker(), new Gone(hello.worker()));
    hello.worker().tell(new StudyMessage.Welcome());
    self.news()
        .accept(
            "The worker %s has come, with %d thread%s"
                .formatted(peer.node, peer.threads, peer.threads == 1 ? "" : "s"));
    return dispatch();
  }

  private void refuse(ActorRef<ToWorker> worker, String node, String reason) {
    worker.tell(new StudyMessage.Refused("The coordinator refuses this worker: " + reason + "."));
    self.news().accept("The worker %s is refused: %s".formatted(node, reason));
  }

  private Behavior<Command> shown(StudyMessage.Shown shown) {
    Order order = orders.get(shown.ticket());
    if (order == null || order.peer().isEmpty()) {
      return this;
    }
    Peer peer = order.peer().get();
    Job.Portable portable = order.job().portable().orElseThrow();
    Evidence ours = portable.evidence();
    Optional<String> difference = ours.difference(shown.evidence());
    if (difference.isPresent()) {
      return dismiss(peer, difference.get());
    }
    peer.proven.add(ours.subject());
    if (!isCurrent(order)) {
      take(shown.ticket());
      return dispatch();
    }
    peer.worker.tell(new StudyMessage.Make(shown.ticket(), order.job().key(), portable.recipe()));
    return this;
  }

  private Behavior<Command> unable(StudyMessage.Unable unable) {
    Order order = orders.get(unable.ticket());
    return order == null || order.peer().isEmpty()
        ? this
        : dismiss(order.peer().get(), unable.reason());
  }

  private Behavior<Command> dismiss(Peer peer, String reason) {
    String sentence = reason.endsWith(".") ? reason.substring(0, reason.length() - 1) : reason;
    refuse(peer.worker, peer.node, sentence);
    release(peer);
    return dispatch();
  }

  private Behavior<Command> finished(StudyMessage.Finished finished) {
    Optional<RunSummary> summary =
        RunSummary.parse(finished.summary())
            .filter(one -> one.codeVersion().equals(self.codeVersion()));
    return summary.isPresent()
        ? finish(finished.ticket(), summary.get())
        : unable(new StudyMessage.Unable(finished.ticket(), "its summary of a run cannot be used"));
  }

  private Behavior<Command> failed(StudyMessage.Failed failed) {
    Order order = take(failed.ticket());
    return order == null || !isCurrent(order)
        ? dispatch()
        : failStudy(
            new IllegalStateException(
                "The run \"%s\" failed on %s: %s"
                    .formatted(
                        order.job().label(),
                        order.peer().map(peer -> peer.node).orElse("this node"),
                        failed.reason())));
  }

  private Behavior<Command> leaving(StudyMessage.Leaving leaving) {
    Peer peer = peers.get(leaving.worker());
    if (peer != null) {
      peer.leaving = true;
    }
    return dispatch();
  }

  /** Lets those go who want to and have nothing in hand. */
  private void dismissLeavers() {
    List<Peer> idle =
        peers.values().stream().filter(peer -> peer.leaving && peer.inHand == 0).toList();
    for (Peer peer : idle) {
      peers.remove(peer.worker);
      getContext().unwatch(peer.worker);
      peer.worker.tell(new StudyMessage.Over());
      self.news().accept("The worker %s has left".formatted(peer.node));
    }
  }

  private Behavior<Command> gone(Gone gone) {
    Peer peer = peers.get(gone.worker());
    if (peer == null) {
      return this;
    }
    self.news()
        .accept(
            peer.inHand == 0
                ? "The worker %s has left".formatted(peer.node)
                : "The worker %s is lost: what it had in hand goes to others (%d run%s)"
                    .formatted(peer.node, peer.inHand, peer.inHand == 1 ? "" : "s"));
    for (Job job : release(peer)) {
      if (losses.merge(job.key(), 1, Integer::sum) >= LOSSES) {
        return failStudy(
            new IllegalStateException(
                "%d workers were lost while they made the run \"%s\": see whether it needs more memory than they have."
                    .formatted(LOSSES, job.label())));
      }
    }
    return dispatch();
  }

  /** Puts what a worker has in hand back to the head of the queue. */
  private List<Job> release(Peer peer) {
    peers.remove(peer.worker);
    List<Map.Entry<Long, Order>> held =
        orders.entrySet().stream()
            .filter(entry -> entry.getValue().peer().filter(one -> one == peer).isPresent())
            .map(entry -> Map.entry(entry.getKey(), entry.getValue()))
            .toList();
    held.forEach(entry -> orders.remove(entry.getKey()));
    List<Job> jobs =
        held.stream().map(Map.Entry::getValue).filter(this::isCurrent).map(Order::job).toList();
    jobs.reversed().forEach(anywhere::addFirst);
    return jobs;
  }

  private Behavior<Command> close(Close close) {
    peers
        .keySet()
        .forEach(worker -> {
          getContext().unwatch(worker);
          worker.tell(new StudyMessage.Over());
        });
    peers.clear();
    close.closed().complete(null);
    return this;
  }
}
