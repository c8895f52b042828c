package org.probity.agent.study;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.probity.agent.study.StudyMessage.FromWorker;
import org.probity.agent.study.StudyMessage.ToWorker;
import org.probity.sim.study.BacktestJobs;
import org.probity.sim.study.Job;
import org.probity.sim.study.Recipe;

/** Finds the coordinator, shows what it is asked for, makes the runs that it is given. */
final class Worker extends AbstractBehavior<Worker.Command> {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  interface Command {}

  /** To finish what is in hand and go. */
  enum Leave implements Command {
    NOW
  }

  private enum Silence implements Command {
    LASTED
  }

  private enum CoordinatorGone implements Command {
    LOST
  }

  private record Found(Receptionist.Listing listing) implements Command {}

  private record Answer(FromWorker message) implements Command {}

  /**
   * What a worker is.
   *
   * @param threads runs at once
   * @param codeVersion of this program
   * @param folder what relative paths in settings are relative to
   */
  record Self(int threads, String codeVersion, Path folder) {}

  private final Self self;
  private final Executor executor;
  private final CompletableFuture<Integer> outcome;
  private final BacktestJobs jobs = new BacktestJobs();
  private ActorRef<? super FromWorker> coordinator;
  private boolean found;
  private boolean welcome;
  private int made;

  private Worker(
      ActorContext<Command> context,
      Self self,
      Executor executor,
      CompletableFuture<Integer> outcome) {
    super(context);
    this.self = self;
    this.executor = executor;
    this.outcome = outcome;
    this.coordinator = context.getSystem().ignoreRef();
  }

  /**
   * @param executor runs as many at once as the worker has threads
   * @param outcome completed with the number of runs made, or the reason why it could not go on
   */
  static Behavior<Command> create(
      Self self, Executor executor, CompletableFuture<Integer> outcome) {
    return Behaviors.setup(context ->
        Behaviors.withTimers(timers -> {
          timers.startSingleTimer(Silence.LASTED, PATIENCE);
          context
              .getSystem()
              .receptionist()
              .tell(
                  Receptionist.subscribe(
                      Coordinator.KEY,
                      context.messageAdapter(Receptionist.Listing.class, Found::new)));
          return new Worker(context, self, executor, outcome);
        }));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Found.class, this::found)
        .onMessage(StudyMessage.Welcome.class, _ -> welcomed())
        .onMessage(StudyMessage.Show.class, this::show)
        .onMessage(StudyMessage.Make.class, this::make)
        .onMessage(Answer.class, this::answer)
        .onMessage(StudyMessage.Refused.class, refusal -> fail(refusal.reason()))
        .onMessage(StudyMessage.Over.class, _ -> end())
        .onMessage(Leave.class, _ -> leave())
        .onMessage(
            CoordinatorGone.class,
            _ -> fail("The coordinator is gone: start its study again, and then this worker."))
        .onMessage(Silence.class, _ -> silence())
        .build();
  }

  private Behavior<Command> found(Found found) {
    if (!this.found) {
      for (ActorRef<FromWorker> one : found.listing().getServiceInstances(Coordinator.KEY)) {
        this.found = true;
        coordinator = one;
        getContext().watchWith(one, CoordinatorGone.LOST);
        ActorRef<ToWorker> me = getContext().getSelf().narrow();
        one.tell(
            new StudyMessage.Hello(
                StudyMessage.PROTOCOL,
                self.codeVersion(),
                StudyAddress.of(getContext().getSystem()).toString(),
                self.threads(),
                me));
        break;
      }
    }
    return this;
  }

  private Behavior<Command> welcomed() {
    welcome = true;
    return this;
  }

  private Behavior<Command> silence() {
    return welcome
        ? this
        : fail(
            "Nothing at that address coordinates a study: check --join, and that both are of one version.");
  }

  private Behavior<Command> show(StudyMessage.Show order) {
    return work(() -> evidence(order.ticket(), order.recipe()));
  }

  private Behavior<Command> make(StudyMessage.Make order) {
    return work(() -> run(order));
  }

  private Behavior<Command> work(java.util.function.Supplier<FromWorker> what) {
    ActorRef<Command> me = getContext().getSelf();
    executor.execute(() -> me.tell(new Answer(what.get())));
    return this;
  }

  private FromWorker evidence(long ticket, Recipe recipe) {
    try {
      return new StudyMessage.Shown(
          ticket, jobs.job(recipe, self.folder()).portable().orElseThrow().evidence());
    } catch (RuntimeException | Error e) {
      return new StudyMessage.Unable(ticket, Failures.words(e));
    }
  }

  private FromWorker run(StudyMessage.Make order) {
    try {
      Job job = jobs.job(order.recipe(), self.folder());
      return job.key().equals(order.key())
          ? new StudyMessage.Finished(order.ticket(), job.run().get().toJson())
          : new StudyMessage.Unable(
              order.ticket(), "its model or its history is another than when it joined");
    } catch (OutOfMemoryError e) {
      return new StudyMessage.Unable(
          order.ticket(), "it has not enough memory: give it fewer --threads");
    } catch (RuntimeException | Error e) {
      return new StudyMessage.Failed(order.ticket(), Failures.words(e));
    }
  }

  private Behavior<Command> answer(Answer answer) {
    if (answer.message() instanceof StudyMessage.Finished) {
      made++;
    }
    coordinator.tell(answer.message());
    return this;
  }

  /**
   * Whoever is welcome waits to hear that it is over: news of an actor's end may come to another
   * node before the last message that it sent.
   */
  private Behavior<Command> leave() {
    if (!welcome) {
      return end();
    }
    coordinator.tell(new StudyMessage.Leaving(getContext().getSelf().narrow()));
    return this;
  }

  private Behavior<Command> end() {
    outcome.complete(made);
    return Behaviors.stopped();
  }

  private Behavior<Command> fail(String sentence) {
    outcome.completeExceptionally(new IllegalStateException(sentence));
    return Behaviors.stopped();
  }
}
