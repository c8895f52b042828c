package org.probity.agent;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.apache.pekko.actor.typed.ActorSystem;
import org.jspecify.annotations.Nullable;
import org.probity.ground.Printable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a node ends that cannot go on. The first reason counts. The node then ends in good order if
 * it can, and in any case soon: one that is half there is worse than none, since nobody starts it
 * again.
 *
 * <p>After an {@link Error} of the virtual machine nothing in the process can be relied upon: it
 * ends at once. The journal is made for that.
 */
public final class Ending implements Fatal, Thread.UncaughtExceptionHandler, AutoCloseable {

  /** Exit status of a process that ends by itself: EX_SOFTWARE of BSD's sysexits.h. */
  public static final int STATUS = 70;

  private static final Logger LOG = LoggerFactory.getLogger(Ending.class);

  /** More than a node needs to hand its agents over, less than a supervisor waits. */
  private static final Duration GRACE = Duration.ofSeconds(15);

  private static final int LONGEST = 300;
  private static final int DEEPEST = 20;

  /** Without it no agent decides, and nothing else would notice. */
  private static final String HEADS = "heads";

  private final Consumer<String> told;
  private final IntConsumer halt;
  private final Duration grace;
  private final CompletableFuture<String> reason = new CompletableFuture<>();
  private final Thread.@Nullable UncaughtExceptionHandler before =
      Thread.getDefaultUncaughtExceptionHandler();

  /** Made early: without memory there are no threads to be had. */
  private final Thread last =
      Thread.ofPlatform().daemon().name("ending").unstarted(this::haltInTheEnd);

  /**
   * @param told the sentence, once
   * @param halt ends the process at once
   * @param grace until a process that does not end in good order is halted
   */
  public Ending(Consumer<String> told, IntConsumer halt, Duration grace) {
    this.told = told;
    this.halt = halt;
    this.grace = grace;
  }

  /** Of a node that shares its process with others, which go on: it keeps the reason. */
  public static Ending ofNode() {
    return new Ending(_ -> {}, _ -> {}, GRACE);
  }

  /**
   * Of a process that is nothing but a node: it hears of every thread that dies, until it is
   * closed.
   *
   * @param errors where the sentence is written
   */
  public static Ending ofProcess(PrintStream errors) {
    Ending ending = new Ending(errors::println, Runtime.getRuntime()::halt, GRACE);
    Thread.setDefaultUncaughtExceptionHandler(ending);
    ending.last.start();
    return ending;
  }

  @Override
  public void because(String sentence) {
    if (reason.complete(sentence)) {
      told.accept(sentence);
    }
  }

  /** An error of the virtual machine, wherever it was noticed. */
  public void error(String thread, Throwable error) {
    try {
      because(
          switch (error) {
            case OutOfMemoryError _ ->
                "The node cannot go on, for it has not enough memory: start it again with more (JAVA_TOOL_OPTIONS=-Xmx4g).";
            default ->
                "The node cannot go on, for an error ended its thread %s (%s): start it again, with --verbose if this comes back."
                    .formatted(
                        Printable.line(thread, LONGEST), Printable.line(error.toString(), LONGEST));
          });
      LOG.debug("The thread {} died", thread, error);
    } finally {
      halt.accept(STATUS);
    }
  }

  /** The error of the virtual machine behind a failure: nothing in the process is safe after it. */
  public static Optional<Error> ofTheMachine(@Nullable Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
      if (cause instanceof VirtualMachineError || cause instanceof LinkageError) {
        return Optional.of((Error) cause);
      }
      cause = cause.getCause();
    }
    return Optional.empty();
  }

  /**
   * Tells this process of an error of the virtual machine that a future or an executor would keep
   * to itself. Of any other failure nothing is told.
   */
  public static void report(@Nullable Throwable failure) {
    Thread.UncaughtExceptionHandler process = Thread.getDefaultUncaughtExceptionHandler();
    if (process != null) {
      ofTheMachine(failure)
          .ifPresent(error -> process.uncaughtException(Thread.currentThread(), error));
    }
  }

  /**
   * A step that ended by an error of the virtual machine is not tried again: the process is told,
   * and the error goes on.
   */
  public static void passOn(@Nullable Throwable failure) {
    report(failure);
    ofTheMachine(failure)
        .ifPresent(error -> {
          throw error;
        });
  }

  @Override
  public void uncaughtException(Thread thread, Throwable failure) {
    if (failure instanceof Error) {
      error(thread.getName(), failure);
    } else if (thread.getName().equals(HEADS)) {
      LOG.debug("No heads come any more", failure);
      because(
          "The node cannot go on, for it hears of no heads any more (%s): start it again."
              .formatted(Printable.line(failure.toString(), LONGEST)));
    } else {
      LOG.error("The thread {} died", thread.getName(), failure);
    }
  }

  /** Ends all actors, and says so if they take longer than {@code patience}. */
  public static void endActors(ActorSystem<?> system, String who, Duration patience) {
    system.terminate();
    try {
      system
          .getWhenTerminated()
          .toCompletableFuture()
          .get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      system.log().warn("The {} did not end in time: {}", who, e.toString());
    }
  }

  /** Whether somebody said why the node cannot go on. */
  public boolean isAsked() {
    return reason.isDone();
  }

  /** Completed with the sentence once there is a reason. */
  public CompletionStage<String> reason() {
    return reason.minimalCompletionStage();
  }

  /** The sentence, if there is a reason. */
  public Optional<String> sentence() {
    return Optional.ofNullable(reason.getNow(null));
  }

  private void haltInTheEnd() {
    try {
      reason.get();
      Thread.sleep(grace);
      halt.accept(STATUS);
    } catch (InterruptedException e) {
      // The node has ended as it was asked to.
    } catch (ExecutionException e) {
      throw new AssertionError("A reason cannot fail", e);
    }
  }

  /** The node has ended: threads may die again. A process that could not go on still ends. */
  @Override
  public void close() {
    if (Thread.getDefaultUncaughtExceptionHandler() == this) {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
    if (!isAsked()) {
      last.interrupt();
    }
  }
}
