package org.probity.agent.journal;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.persistence.AtomicWrite;
import org.apache.pekko.persistence.PersistentRepr;
import org.apache.pekko.persistence.journal.japi.AsyncWriteJournal;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializers;
import scala.concurrent.Future;
import scala.jdk.javaapi.CollectionConverters;
import scala.jdk.javaapi.FutureConverters;

/**
 * The journal of a node's persistent actors, by Pekko's plugin API: agents, and what shards
 * remember. It turns events into rows and back; {@link GroupCommit} writes them.
 */
public final class GroupCommitJournal extends AsyncWriteJournal {

  private final Serialization serialization = SerializationExtension.get(context().system());
  private final Executor readers = JournalDatabase.readers(context().system());
  private final JournalTable table = JournalDatabase.of(context().system()).table();
  private final GroupCommit commit = JournalDatabase.of(context().system()).commit();

  /** Pekko makes it, once for a node. */
  public GroupCommitJournal() {}

  /** An event that cannot be turned into bytes is refused, which its actor survives. */
  @Override
  public Future<Iterable<Optional<Exception>>> doAsyncWriteMessages(Iterable<AtomicWrite> writes) {
    List<JournalTable.Row> rows = new ArrayList<>();
    List<Optional<Exception>> refused = new ArrayList<>();
    for (AtomicWrite write : writes) {
      refused.add(gather(write, rows));
    }
    return FutureConverters.asScala(commit.write(rows).thenApply(_ -> refused));
  }

  private Optional<Exception> gather(AtomicWrite write, List<JournalTable.Row> rows) {
    try {
      rows.addAll(CollectionConverters.asJava(write.payload()).stream().map(this::row).toList());
      return Optional.empty();
    } catch (Exception e) {
      // Pekko throws checked exceptions that it does not declare.
      return Optional.of(e);
    }
  }

  private JournalTable.Row row(PersistentRepr event) {
    Object payload = event.payload();
    var serializer = serialization.findSerializerFor(payload);
    return new JournalTable.Row(
        event.persistenceId(),
        event.sequenceNr(),
        event.writerUuid(),
        serializer.identifier(),
        Serializers.manifestFor(serializer, payload),
        serialization.serialize(payload).get(),
        event.deleted());
  }

  @Override
  public Future<Void> doAsyncReplayMessages(
      String id, long from, long to, long most, Consumer<PersistentRepr> replay) {
    return FutureConverters.asScala(
        CompletableFuture.runAsync(() -> replay(id, from, to, most, replay), readers));
  }

  private void replay(String id, long from, long to, long most, Consumer<PersistentRepr> replay) {
    long left = most;
    for (long at = from; at <= to && left > 0; at += JournalTable.PAGE) {
      for (JournalTable.Row row : table.page(id, at, Math.min(to, at + JournalTable.PAGE - 1))) {
        if (!row.deleted() && left-- > 0) {
          replay.accept(event(row));
        }
      }
    }
  }

  private PersistentRepr event(JournalTable.Row row) {
    Object payload =
        serialization.deserialize(row.payload(), row.serializer(), row.manifest()).get();
    return PersistentRepr.apply(
        payload, row.sequence(), row.id(), "", false, ActorRef.noSender(), row.writer());
  }

  @Override
  public Future<Long> doAsyncReadHighestSequenceNr(String id, long from) {
    return FutureConverters.asScala(
        CompletableFuture.supplyAsync(() -> table.highest(id, from), readers));
  }

  @Override
  public Future<Void> doAsyncDeleteMessagesTo(String id, long to) {
    return FutureConverters.asScala(
        CompletableFuture.runAsync(() -> table.delete(id, to), readers));
  }
}
