package org.probity.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.probity.agent.AgentStatus;
import org.probity.agent.node.ProbityNode;
import org.probity.agent.node.ScriptedHeads;
import org.probity.agent.node.ScriptedWorld;
import org.probity.agent.node.TinyModel;
import org.probity.agent.record.AgentRecord;
import org.probity.agent.record.RecordCodec;
import org.probity.agent.record.RecordSerializer;
import org.probity.agent.settings.JournalSettings;
import org.probity.agent.settings.NodeSettings;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;
import org.probity.intent.Pace;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.Event;
import org.probity.strategy.Strategy;
import org.probity.zk.ModelKey;

/** The journal in real databases, written by real agents on real nodes, and what is done to it. */
@TestKind.Acceptance
final class JournalTest {

  private static final Map<Bytes32, ModelKey> KEYS =
      Map.of(TinyModel.digest(), TinyModel.model().key());

  @TempDir private Path folder;

  @Test
  void whatAgentsDidIsFoundWholeAndReplayedToTheBit() {
    JournalSettings settings = embedded();
    write(settings, 3);
    try (Journal journal = Journal.open(settings)) {
      Journal.Checked checked = journal.verify(KEYS, TinyModel.VERIFIER, _ -> {});
      assertThat(checked.fault()).isEmpty();
      assertThat(checked.proofs()).isEqualTo(3);
      assertThat(checked.executions()).isEqualTo(3);
      assertThat(checked.lines()).isEqualTo(journal.lines()).isEqualTo(13);
      Journal.Replayed replayed =
          journal.replay(
              Map.of(TinyModel.digest(), Strategy.reference(TinyModel.model().network())), _ -> {});
      assertThat(replayed.differing()).isEmpty();
      assertThat(replayed.unlike()).isEmpty();
      assertThat(replayed.decisions()).isEqualTo(3);
      Journal.Replayed otherwise =
          journal.replay(
              Map.of(TinyModel.digest(), _ -> new org.probity.zk.Decision.Choice(77)), _ -> {});
      assertThat(otherwise.differing()).isPresent();
      List<String> exported = new ArrayList<>();
      journal.export(exported::add);
      assertThat(exported).hasSize(13).allMatch(line -> line.startsWith("{\"agent\":\"one\""));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      textBlock =
          """
          DELETE FROM "event_journal" WHERE "sequence_number" = 4 AND "persistence_id" = 'agent|one' ; 4
          DELETE FROM "event_journal" WHERE "sequence_number" = 1 AND "persistence_id" = 'agent|one' ; 1
          UPDATE "event_journal" SET "event_ser_manifest" = 'AgentPaused' WHERE "sequence_number" = 2 AND "persistence_id" = 'agent|one' ; 2
          UPDATE "event_journal" SET "persistence_id" = 'agent|two' WHERE "persistence_id" = 'agent|one' ; 1
          """)
  void tamperedLineIsNamed(String sql, long line) throws SQLException {
    JournalSettings settings = embedded();
    write(settings, 2);
    run(settings, sql);
    try (Journal journal = Journal.open(settings)) {
      Journal.Checked checked = journal.verify(KEYS, TinyModel.VERIFIER, _ -> {});
      assertThat(checked.fault()).isPresent();
      assertThat(checked.fault().get().sequence()).isEqualTo(line);
    }
  }

  @Test
  void swappedLinesAreNamed() throws SQLException {
    JournalSettings settings = embedded();
    write(settings, 2);
    for (String move : List.of("3 TO 99", "6 TO 3", "99 TO 6")) {
      String[] fromTo = move.split(" TO ");
      run(
          settings,
          "UPDATE \"event_journal\" SET \"sequence_number\" = %s WHERE \"sequence_number\" = %s AND \"persistence_id\" = 'agent|one'"
              .formatted(fromTo[1], fromTo[0]));
    }
    try (Journal journal = Journal.open(settings)) {
      assertThat(journal.verify(KEYS, TinyModel.VERIFIER, _ -> {}).fault())
          .map(Journal.Fault::sequence)
          .contains(3L);
    }
  }

  @Test
  void forgedProofInAnUnbrokenChainIsFound() {
    AgentRecord created = line(AgentRecord.origin("one"), created());
    var intent =
        TinyModel.cycle(
                TinyModel::observation,
                (x, y, context) -> {
                  byte[] bytes = TinyModel.prove(x, y, context).bytes();
                  bytes[bytes.length / 2] ^= 1;
                  return org.probity.zk.DecisionProof.of(bytes);
                },
                120)
            .prove(
                TinyModel.cycle(TinyModel::observation, TinyModel::prove, 120)
                    .propose(TinyModel.head(1)));
    AgentRecord made =
        line(created.hash(), new Event.DecisionMade(intent.proposal(), TinyModel.HOLD));
    AgentRecord proven =
        line(
            made.hash(),
            new Event.DecisionProven(intent, TinyModel.HOLD, java.time.Duration.ofMillis(1)));
    JournalSettings settings = embedded();
    try (JournalStore store = JournalStore.open(settings, _ -> {})) {
      store.table().append(List.of(row(1, created), row(2, made), row(3, proven)));
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
    try (Journal journal = Journal.open(settings)) {
      assertThat(journal.verify(KEYS, TinyModel.VERIFIER, _ -> {}).fault())
          .map(Journal.Fault::toString)
          .hasValueSatisfying(fault ->
              assertThat(fault).startsWith("line 3 of agent one: its proof does not hold"));
    }
  }

  @Test
  void postgresKeepsTheJournalAsWell() throws IOException {
    try (EmbeddedPostgres server = EmbeddedPostgres.builder().start()) {
      JournalSettings settings =
          new JournalSettings.Postgres(
              server.getJdbcUrl("postgres", "postgres"), "postgres", Optional.empty());
      write(settings, 2);
      // A second node takes up where the first ended.
      write(settings, 1);
      try (Journal journal = Journal.open(settings)) {
        Journal.Checked checked = journal.verify(KEYS, TinyModel.VERIFIER, _ -> {});
        assertThat(checked.fault()).isEmpty();
        assertThat(checked.executions()).isEqualTo(3);
      }
    }
  }

  // ---- writing ----

  private JournalSettings embedded() {
    return new JournalSettings.Embedded(folder.resolve("journal"));
  }

  /** Has a node with one agent act on heads until so many more decisions are executed. */
  private static void write(JournalSettings journal, int executions) {
    ScriptedWorld world = ScriptedWorld.ofNodes(new Pace(120, false));
    ScriptedHeads heads = new ScriptedHeads();
    try (ProbityNode node =
        ProbityNode.start(
            NodeSettings.alone(journal, 1, ScriptedWorld.RETRY),
            _ -> world.equipment(heads),
            InstantSource.system())) {
      AgentStatus before = world.status(node, "one");
      long from = before.tally().executions();
      long head = before.lastDecided() / TinyModel.STEP_SECONDS;
      world.skipTo(from);
      while (world.status(node, "one").tally().executions() < from + executions) {
        heads.bring(TinyModel.head(++head));
        world.awaitQuiet(node, "one");
      }
    }
  }

  private static void run(JournalSettings settings, String sql) throws SQLException {
    try (JournalStore store = JournalStore.open(settings, _ -> {});
        Connection connection = store.source().getConnection();
        Statement statement = connection.createStatement()) {
      assertThat(statement.executeUpdate(sql)).isPositive();
    }
  }

  private static JournalTable.Row row(long sequence, AgentRecord line) {
    return new JournalTable.Row(
        "agent|one",
        sequence,
        "",
        RecordSerializer.IDENTIFIER,
        RecordCodec.name(line.event()),
        line.bytes(),
        false);
  }

  private static Event created() {
    return new Event.AgentCreated(
        new AgentSpec(
            "one", TinyModel.VAULT, TinyModel.digest(), TinyModel.VAULT, new Pace(120, false)));
  }

  private static AgentRecord line(Bytes32 previous, Event event) {
    return AgentRecord.after(previous, Instant.ofEpochSecond(1_800_000_000), event);
  }
}
