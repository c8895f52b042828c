package org.probity.agent.gateway;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.probity.agent.JournalLine;
import org.probity.agent.JournalTail;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lines of the journal as they come, as server-sent events (the WHATWG's HTML, 9.2): {@code id} is
 * the agent's id and the line's number, {@code event} its kind, {@code data} the line.
 *
 * <p><b>Nothing is queued.</b> A stream reads its next lines from the journal when its client has
 * taken the last ones, so that a client that reads slowly costs a connection and a few lines; one
 * that takes too long over them is told so and cut off, and goes on from the last id it has. One
 * stream at a time asks the database, for at most a tenth of the time.
 */
final class EventStreams {

  static final int MOST = 16;

  private static final Logger LOG = LoggerFactory.getLogger(EventStreams.class);
  private static final Duration PAUSE = Duration.ofMillis(250);
  private static final Duration HEARTBEAT = Duration.ofSeconds(10);
  private static final Duration SLOW = Duration.ofSeconds(3);
  private static final Duration FAREWELL = Duration.ofSeconds(1);
  private static final byte[] COMMENT = ":\n\n".getBytes(StandardCharsets.US_ASCII);

  private final AtomicInteger open = new AtomicInteger();
  private final Semaphore asking = new Semaphore(1, true);
  private volatile boolean closed;

  /**
   * @throws Problem if there are as many as can be
   */
  Answer follow(Supplier<JournalTail> begin) {
    return new Answer.Stream("text/event-stream", reserve(begin.get()));
  }

  private Answer.Source reserve(JournalTail tail) {
    if (open.incrementAndGet() > MOST) {
      open.decrementAndGet();
      throw new Problem(
          429, "There are %s streams of events already: end one, or wait.".formatted(MOST));
    }
    return to -> {
      try {
        String reason = run(tail, to);
        LOG.info("A stream of events ended: {}", reason);
        to.send(event("", "end", "{\"reason\":%s}".formatted(Answer.JSON.valueToTree(reason))));
      } finally {
        open.decrementAndGet();
      }
    };
  }

  /** Sends until there is a reason not to. */
  private String run(JournalTail tail, Answer.Sink to) throws IOException, InterruptedException {
    long silentSince = System.nanoTime();
    to.send(COMMENT);
    while (!closed && !tail.isEnding()) {
      long began = System.nanoTime();
      List<JournalLine> lines;
      asking.acquire();
      try {
        lines = tail.next();
      } catch (IllegalArgumentException e) {
        return String.valueOf(e.getMessage());
      } catch (RuntimeException e) {
        return String.valueOf(Problem.of(e).getMessage());
      } finally {
        asking.release();
      }
      long asked = System.nanoTime() - began;
      for (JournalLine line : lines) {
        long sent = System.nanoTime();
        to.send(event(line.agent() + ":" + line.sequence(), line.kind(), line.json()));
        silentSince = System.nanoTime();
        if (silentSince - sent > SLOW.toNanos()) {
          return "An event was not taken within %s s: read faster, and go on from the last id."
              .formatted(SLOW.toSeconds());
        }
      }
      if (lines.isEmpty()) {
        Thread.sleep(Duration.ofNanos(Math.max(PAUSE.toNanos(), 10 * asked)));
      }
      if (System.nanoTime() - silentSince > HEARTBEAT.toNanos()) {
        to.send(COMMENT);
        silentSince = System.nanoTime();
      }
    }
    return "The node is ending: go on at another one, or when it is back, from the last id.";
  }

  private static byte[] event(String id, String kind, String data) {
    String named = id.isEmpty() ? "" : "id: " + id + "\n";
    return "%sevent: %s\ndata: %s\n\n"
        .formatted(named, kind, data)
        .getBytes(StandardCharsets.UTF_8);
  }

  /** Ends all streams, each with its last event if its client takes it at once. */
  void close() {
    closed = true;
    try {
      for (long end = System.nanoTime() + FAREWELL.toNanos();
          open.get() > 0 && System.nanoTime() < end; ) {
        Thread.sleep(Duration.ofMillis(10));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
