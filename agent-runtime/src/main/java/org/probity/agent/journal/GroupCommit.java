package org.probity.agent.journal;

import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Group commit: one thread writes, and what arrives while it commits is its next transaction. The
 * busier the node, the fewer commits a line costs; a lone line does not wait.
 *
 * <p>A line that is there already fails its own write and no other: those it was together with are
 * written one by one. Any other failure is the database's, and fails all of them; whether they were
 * committed is not known, and their agents read the journal anew.
 */
final class GroupCommit implements AutoCloseable {

  /** Bounds a transaction. */
  private static final int MOST_ROWS = 1_000;

  private static final long FAREWELL_SECONDS = 10;

  private record Write(List<JournalTable.Row> rows, CompletableFuture<Void> done) {}

  /** Says that somebody else has written the line that was to be written. */
  static final class Conflict extends RuntimeException {
    private static final long serialVersionUID = 1;

    Conflict(JournalTable.Row row, Throwable cause) {
      super(
          "Line %d of %s is written already: there is another writer"
              .formatted(row.sequence(), row.id()),
          cause);
    }
  }

  private final JournalTable table;
  private final Consumer<Throwable> failed;
  private final ExecutorService thread;
  private final Queue<Write> gathering = new ArrayDeque<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private boolean writing;

  /**
   * @param failed told of every failure that is the database's
   */
  GroupCommit(JournalTable table, Consumer<Throwable> failed) {
    this.table = table;
    this.failed = failed;
    this.thread =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("probity-journal-writer").daemon().factory());
  }

  /**
   * Writes rows of one id, all or none.
   *
   * @return completed once they are durable; or with a {@link Conflict}, or a failure of the
   *     database
   */
  CompletableFuture<Void> write(List<JournalTable.Row> rows) {
    Write write = new Write(rows, new CompletableFuture<>());
    waiting.incrementAndGet();
    synchronized (gathering) {
      gathering.add(write);
      if (!writing) {
        writing = true;
        thread.execute(this::writeAll);
      }
    }
    return write.done();
  }

  /** How many writes are not done. No actor has more than one. */
  int waiting() {
    return waiting.get();
  }

  private void writeAll() {
    for (List<Write> group = next(); !group.isEmpty(); group = next()) {
      write(group, group.stream().flatMap(write -> write.rows.stream()).toList());
      waiting.addAndGet(-group.size());
    }
  }

  private List<Write> next() {
    List<Write> group = new ArrayList<>();
    synchronized (gathering) {
      int rows = 0;
      while (rows < MOST_ROWS && !gathering.isEmpty()) {
        Write write = gathering.remove();
        rows += write.rows.size();
        group.add(write);
      }
      writing = !group.isEmpty();
    }
    return group;
  }

  private void write(List<Write> group, List<JournalTable.Row> rows) {
    try {
      if (!rows.isEmpty()) {
        table.append(rows);
      }
    } catch (SQLException e) {
      if (!JournalTable.isConflict(e)) {
        failed.accept(e);
        group.forEach(write -> write.done.completeExceptionally(e));
      } else if (group.size() == 1) {
        group.getFirst().done.completeExceptionally(new Conflict(rows.getFirst(), e));
      } else {
        group.forEach(write -> write(List.of(write), write.rows));
      }
      return;
    } catch (RuntimeException | Error e) {
      failed.accept(e);
      group.forEach(write -> write.done.completeExceptionally(e));
      return;
    }
    group.forEach(write -> write.done.complete(null));
  }

  /** Writes what waits, and ends. Never by an interrupt, which would close the database's file. */
  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(FAREWELL_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException(
            "The journal's writer did not end within %d s".formatted(FAREWELL_SECONDS));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
