package org.probity.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.agent.DecisionRecord;
import org.probity.agent.DecisionSlice;
import org.probity.agent.JournalLine;
import org.probity.agent.node.TinyModel;
import org.probity.agent.record.AgentRecord;
import org.probity.agent.record.RecordCodec;
import org.probity.agent.record.RecordSerializer;
import org.probity.agent.settings.JournalSettings;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;
import org.probity.intent.AgentCycle;
import org.probity.intent.AssetDelta;
import org.probity.intent.Proposal;
import org.probity.intent.conduct.Event;

/** The journal read in pieces: what is left out, doubled or moved between them is nothing. */
@TestKind.Acceptance
final class JournalPagesTest {

  private static final Instant BEGINNING = Instant.parse("2026-11-30T10:00:00Z");
  private static final AgentCycle CYCLE =
      TinyModel.cycle(TinyModel::observation, TinyModel::prove, 120);
  private static final Event.Execution EXECUTION =
      new Event.Execution(
          TinyModel.hash(7),
          1,
          TinyModel.hash(8),
          600_000,
          BigInteger.ONE,
          List.of(new AssetDelta(TinyModel.VAULT, BigInteger.ONE)));

  @TempDir private Path folder;

  @Test
  void theEmbeddedOne() throws SQLException {
    pagesAreThoseOfTheWhole(new JournalSettings.Embedded(folder.resolve("journal")));
  }

  @Test
  void theOneOfPostgres() throws IOException, SQLException {
    try (EmbeddedPostgres server = EmbeddedPostgres.builder().start()) {
      pagesAreThoseOfTheWhole(
          new JournalSettings.Postgres(
              server.getJdbcUrl("postgres", "postgres"), "postgres", Optional.empty()));
    }
  }

  private static void pagesAreThoseOfTheWhole(JournalSettings settings) throws SQLException {
    try (JournalStore store = JournalStore.open(settings, _ -> {})) {
      JournalRows rows = new JournalRows(store.table());
      Writer one = new Writer(store.table(), "one", 0);
      Writer two = new Writer(store.table(), "two", 1_300);
      List<Long> made = new ArrayList<>();
      for (int i = 1; i <= 1_200; i++) {
        made.add(one.decision(i));
        if (i % 400 == 0) {
          one.write();
        }
      }
      two.decision(1);
      two.write();
      decisionsArePagedInBothOrders(rows, one, made);
      whatBecameOfADecisionIsKnownOnEveryPage(rows, made);
      linesAreFollowedWithoutAGap(rows, one, two);
    }
  }

  private static void decisionsArePagedInBothOrders(JournalRows rows, Writer one, List<Long> made)
      throws SQLException {
    for (int limit : new int[] {1_000, 97}) {
      assertThat(walked(rows, false, limit)).isEqualTo(made);
      assertThat(walked(rows, true, limit)).isEqualTo(made.reversed());
    }
    long oldest = walked(rows, true, 10).get(9);
    made.add(one.decision(1_201));
    one.write();
    assertThat(rows.decisions("one", new DecisionSlice(true, oldest, 10)))
        .as("what is new does not move what was")
        .extracting(DecisionRecord::sequence)
        .containsExactlyElementsOf(made.reversed().subList(11, 21));
    assertThat(rows.decisions("one", new DecisionSlice(true, made.getFirst(), 10))).isEmpty();
    assertThat(rows.decisions("one", new DecisionSlice(false, made.getLast(), 10))).isEmpty();
    assertThat(rows.decisions("nobody", new DecisionSlice(true, 0, 10))).isEmpty();
  }

  private static List<Long> walked(JournalRows rows, boolean newestFirst, int limit) {
    List<Long> seen = new ArrayList<>();
    for (List<DecisionRecord> page =
            rows.decisions("one", new DecisionSlice(newestFirst, 0, limit));
        !page.isEmpty();
        page = rows.decisions("one", new DecisionSlice(newestFirst, seen.getLast(), limit))) {
      assertThat(page.size()).isLessThanOrEqualTo(limit);
      page.forEach(decision -> seen.add(decision.sequence()));
    }
    return seen;
  }

  /** Each tenth was executed after the next had been decided. */
  private static void whatBecameOfADecisionIsKnownOnEveryPage(JournalRows rows, List<Long> made) {
    for (int i : new int[] {9, 599, 1_189}) {
      assertThat(rows.decision("one", made.get(i)).orElseThrow().outcome()).isEqualTo("executed");
      assertThat(rows.decision("one", made.get(i - 1)).orElseThrow().transaction()).isEmpty();
    }
    assertThat(rows.decision("one", made.get(10) + 1)).as("a line of another kind").isEmpty();
    assertThat(rows.decision("one", Long.MAX_VALUE)).isEmpty();
  }

  private static void linesAreFollowedWithoutAGap(JournalRows rows, Writer one, Writer two)
      throws SQLException {
    RowsTail alone = RowsTail.of(rows, "one", 0, () -> false);
    List<Long> had = new ArrayList<>();
    for (List<JournalLine> lines = alone.next(); !lines.isEmpty(); lines = alone.next()) {
      lines.forEach(line -> had.add(line.sequence()));
    }
    assertThat(had).isEqualTo(LongStream.rangeClosed(1, one.last).boxed().toList());

    RowsTail fresh = RowsTail.ofAll(rows, () -> false);
    assertThat(fresh.next()).isEmpty();
    two.decision(2);
    two.write();
    one.decision(1_202);
    one.write();
    List<String> seen = drained(fresh);
    assertThat(seen).contains("two:2", "one:" + one.last);

    // Whoever comes back after the first of those gets the rest, and of others what may be new.
    RowsTail resumed = RowsTail.ofAll(rows, "one", one.last - 1, () -> false);
    List<String> again = drained(resumed);
    assertThat(again).contains("one:" + one.last).doesNotContain("one:" + (one.last - 1));
    assertThat(again).contains("two:2");
  }

  private static List<String> drained(RowsTail tail) {
    List<String> seen = new ArrayList<>();
    for (List<JournalLine> lines = tail.next(); !lines.isEmpty(); lines = tail.next()) {
      lines.forEach(line -> seen.add(line.agent() + ":" + line.sequence()));
    }
    return seen;
  }

  /** Writes an agent's lines, a second apart. */
  private static final class Writer {
    private final JournalTable table;
    private final String agent;
    private final long later;
    private final List<JournalTable.Row> rows = new ArrayList<>();
    private Bytes32 previous;
    private Optional<Proposal> open = Optional.empty();
    private long last;

    Writer(JournalTable table, String agent, long later) {
      this.later = later;
      this.table = table;
      this.agent = agent;
      this.previous = AgentRecord.origin(agent);
    }

    /** Decides on head {@code number}; returns the line's number. */
    long decision(long number) {
      Proposal proposal = CYCLE.propose(TinyModel.head(number));
      long sequence = line(new Event.DecisionMade(proposal, TinyModel.HOLD));
      open.ifPresent(before -> line(new Event.IntentSettled(before.context(), EXECUTION)));
      open = number % 10 == 0 ? Optional.of(proposal) : Optional.empty();
      return sequence;
    }

    private long line(Event event) {
      last++;
      AgentRecord line = AgentRecord.after(previous, BEGINNING.plusSeconds(later + last), event);
      previous = line.hash();
      rows.add(
          new JournalTable.Row(
              JournalRows.AGENTS + "|" + agent,
              last,
              "",
              RecordSerializer.IDENTIFIER,
              RecordCodec.name(event),
              line.bytes(),
              false));
      return last;
    }

    void write() throws SQLException {
      table.append(rows);
      rows.clear();
    }
  }
}
