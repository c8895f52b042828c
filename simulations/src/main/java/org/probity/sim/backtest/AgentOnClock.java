package org.probity.sim.backtest;

import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Head;
import org.probity.intent.conduct.AgentState;
import org.probity.intent.conduct.Conduct;
import org.probity.intent.conduct.Event;
import org.probity.intent.conduct.Input;
import org.probity.intent.conduct.Task;

/**
 * An agent's conduct on simulated time: what takes time is due later, and comes in the order of its
 * moments.
 */
public final class AgentOnClock {

  /** Does an agent's tasks. */
  public interface World {

    /**
     * Does {@code task} as of {@code atMillis}; what comes of it goes to {@link #later}. Waits and
     * continuations do not get here.
     */
    void perform(Task task, long atMillis);

    /** The newest head that is known at {@code millis}, before an answer of that time is heard. */
    @Nullable Head newest(long millis);

    /** The head after {@code head}; null if whoever runs the clock brings it. */
    @Nullable Head after(Head head);
  }

  private record Due(long atMillis, boolean isWait, long number, Supplier<Input> input) {}

  private final World world;
  private final Consumer<Event> journal;
  private final PriorityQueue<Due> due =
      new PriorityQueue<>(
          Comparator.comparingLong(Due::atMillis)
              .thenComparing(Due::isWait)
              .thenComparingLong(Due::number));
  private Conduct conduct;
  private @Nullable Due wait;
  private @Nullable Head heard;
  private long number;

  /**
   * @param journal told of every event, before the tasks that come with it are done
   */
  public AgentOnClock(Conduct conduct, World world, Consumer<Event> journal) {
    this.conduct = conduct;
    this.world = world;
    this.journal = journal;
  }

  public AgentState state() {
    return conduct.state();
  }

  /** Has the agent hear {@code input} at {@code millis}, when all that was due before is done. */
  public void hear(long millis, Input input) {
    if (input instanceof Input.NewHead(Head head, var _)) {
      heard = head;
    }
    take(millis, conduct.on(Instant.ofEpochMilli(millis), input));
  }

  /** Comes back from a crash with what its journal adds up to; what it had ordered is lost. */
  public void recover(long millis, AgentState recovered) {
    due.clear();
    wait = null;
    take(millis, conduct.recover(recovered, Instant.ofEpochMilli(millis)));
  }

  private void take(long millis, Conduct.Next next) {
    conduct = next.conduct();
    next.events().forEach(journal);
    for (Task task : next.tasks()) {
      switch (task) {
        case Task.Wait(var pause) -> {
          stopWaiting();
          wait = new Due(millis + pause.toMillis(), true, number++, Input.Waited::new);
          due.add(wait);
        }
        case Task.StopWaiting() -> stopWaiting();
        case Task.Continue(long turn) -> later(millis, () -> new Input.Continued(turn));
        default -> world.perform(task, millis);
      }
    }
  }

  private void stopWaiting() {
    if (wait != null) {
      due.remove(wait);
      wait = null;
    }
  }

  /** Has something happen at {@code millis}, which the agent hears of then. */
  public void later(long millis, Supplier<Input> input) {
    due.add(new Due(millis, false, number++, input));
  }

  /** Does all that is due up to {@code untilMillis}; a pause that ends then goes on. */
  public void runUntil(long untilMillis) {
    while (true) {
      Due next = due.peek();
      Head between = conduct.isPostponed() && heard != null ? world.after(heard) : null;
      if (between != null
          && 1000 * between.timestamp()
              < (next == null ? untilMillis : Math.min(untilMillis, next.atMillis))) {
        hear(1000 * between.timestamp(), news(between));
        continue;
      }
      if (next == null || !isDue(next, untilMillis)) {
        return;
      }
      due.remove();
      long at = next.atMillis;
      Head newest = world.newest(at);
      if (newest != null && (heard == null || newest.number() > heard.number())) {
        hear(at, news(newest));
      }
      if (next == wait) {
        wait = null;
      }
      hear(at, next.input.get());
    }
  }

  private static Input news(Head head) {
    return new Input.NewHead(head, Instant.ofEpochSecond(head.timestamp()));
  }

  private static boolean isDue(Due next, long untilMillis) {
    return next.isWait ? next.atMillis < untilMillis : next.atMillis <= untilMillis;
  }
}
