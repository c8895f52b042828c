package org.probity.agent.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.probity.agent.Fatal;

/**
 * Watches an embedded journal while a node runs. Its database closes for good when a write fails,
 * for instance on a full disk, and goes on without a word when its file is taken away: in both
 * cases nothing that agents do is recorded any more, so the node must end.
 *
 * <p>The file is looked at by its attributes only. To open and close it would give up the lock that
 * the database has on it (POSIX, fcntl).
 */
final class JournalGuard implements AutoCloseable {

  private static final long PERIOD_MILLIS = 1_000;

  private static final long FAREWELL_SECONDS = 5;

  /** Two copies of the header, 4 KiB each: no database has fewer bytes. */
  private static final long LEAST_BYTES = 8_192;

  private final Path file;
  private final Connection pulse;
  private final Fatal fatal;
  private final @Nullable Object identity;
  private final AtomicReference<@Nullable String> trouble = new AtomicReference<>();
  private final AtomicReference<@Nullable Throwable> firstFailure = new AtomicReference<>();
  private final ScheduledExecutorService looks =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("probity-journal-guard").factory());

  /**
   * @param pulse a connection of its own, which the guard closes
   */
  JournalGuard(Path file, Connection pulse, Fatal fatal) throws IOException {
    this.file = file;
    this.pulse = pulse;
    this.fatal = fatal;
    this.identity = attributes().fileKey();
    looks.scheduleWithFixedDelay(this::look, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Something could not be written: looks at once whether that is the end. */
  void failed(Throwable failure) {
    firstFailure.compareAndSet(null, failure);
    looks.execute(this::look);
  }

  /** Whether the journal can take no line any more. */
  boolean isBroken() {
    return trouble.get() != null;
  }

  private void look() {
    if (isBroken()) {
      return;
    }
    String found = find();
    if (found != null && trouble.compareAndSet(null, found)) {
      fatal.because("The journal in %s %s.".formatted(file.getParent(), found));
    }
  }

  private @Nullable String find() {
    try {
      BasicFileAttributes now = attributes();
      if (!Objects.equals(identity, now.fileKey())) {
        return "was replaced while the node ran: stop whatever did it, put the right file back and start the node again";
      }
      if (now.size() < LEAST_BYTES) {
        return "was emptied while the node ran: put back a copy and start the node again";
      }
    } catch (NoSuchFileException e) {
      return "was removed while the node ran: put it back and start the node again";
    } catch (IOException e) {
      return "cannot be looked at (%s): check its disk and start the node again"
          .formatted(e.getMessage());
    }
    try (Statement statement = pulse.createStatement()) {
      statement.execute("SELECT 1");
      firstFailure.set(null);
      return null;
    } catch (SQLException e) {
      Throwable first = firstFailure.get();
      return "cannot be written any more (%s): make room on its disk, or repair it, and start the node again"
          .formatted(JournalStore.said(first == null ? e : first));
    }
  }

  private BasicFileAttributes attributes() throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  @Override
  public void close() {
    // Never by an interrupt, which would close the database's file.
    looks.shutdown();
    try {
      if (looks.awaitTermination(FAREWELL_SECONDS, TimeUnit.SECONDS)) {
        pulse.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (SQLException e) {
      // It is closed with its database.
    }
  }
}
