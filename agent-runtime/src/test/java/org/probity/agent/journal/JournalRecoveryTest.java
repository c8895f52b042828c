package org.probity.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.agent.AgentRefused;
import org.probity.agent.AgentStatus;
import org.probity.agent.node.ProbityNode;
import org.probity.agent.node.ScriptedHeads;
import org.probity.agent.node.ScriptedWorld;
import org.probity.agent.node.TinyModel;
import org.probity.agent.record.AgentRecord;
import org.probity.agent.record.JournalState;
import org.probity.agent.record.RecordCodec;
import org.probity.agent.record.RecordSerializer;
import org.probity.agent.settings.JournalSettings;
import org.probity.agent.settings.NodeSettings;
import org.probity.ground.Bytes32;
import org.probity.intent.Pace;
import org.probity.intent.conduct.Notice;
import org.probity.settings.BadSetting;

/** What an agent compares when it comes back: lines with lines, snapshots with lines, nonces. */
final class JournalRecoveryTest {

  @TempDir private static Path written = Path.of("");
  private static long lines;

  @TempDir private Path folder;
  private final ScriptedWorld world = ScriptedWorld.ofNodes(new Pace(120, false));

  @BeforeAll
  static void write() {
    ScriptedWorld world = ScriptedWorld.ofNodes(new Pace(120, false));
    ScriptedHeads heads = new ScriptedHeads();
    try (ProbityNode node =
        ProbityNode.start(
            NodeSettings.alone(
                new JournalSettings.Embedded(written.resolve("journal")), 1, ScriptedWorld.RETRY),
            _ -> world.equipment(heads),
            InstantSource.system())) {
      long head = 0;
      while (world.status(node, "one").tally().executions() < 2) {
        heads.bring(TinyModel.head(++head));
        world.awaitQuiet(node, "one");
      }
      lines = world.status(node, "one").events();
    }
  }

  @BeforeEach
  void copy() throws IOException {
    Path copy = Files.createDirectory(folder.resolve("journal"));
    Files.copy(written.resolve("journal/journal.mv.db"), copy.resolve("journal.mv.db"));
  }

  @Test
  void aLineThatDoesNotFollowStopsItsAgent() throws SQLException {
    rewrite(
        3,
        bytes -> {
          AgentRecord line = RecordCodec.decode(bytes);
          return RecordCodec.encode(line.previous(), line.at().plusSeconds(1), line.event());
        });
    requireStopped("line 4 does not follow the line before it");
  }

  @Test
  void aLineThatCannotBeReadStopsItsAgent() throws SQLException {
    rewrite(
        3,
        bytes -> {
          bytes[1] = 99;
          return bytes;
        });
    requireStopped("line 3 cannot be read (There is no event of kind 99)");
  }

  @Test
  void aMissingLineStopsItsAgent() throws SQLException {
    change("UPDATE \"event_journal\" SET \"deleted\" = TRUE WHERE \"sequence_number\" = 3");
    requireStopped("line 3 does not follow the line before it");
  }

  @Test
  void aSnapshotThatIsNotOfItsLineIsLeftOut() throws SQLException {
    JournalState other = JournalState.of("one");
    assertThatThrownBy(() -> RecordCodec.decodeState(changed(snapshot(lines))))
        .hasMessageContaining("The snapshot's bytes were changed");
    put(lines, RecordCodec.encode(other));
    put(lines - 1, changed(snapshot(lines - 1)));
    try (ProbityNode node = node()) {
      AgentStatus status = world.status(node, "one");
      assertThat(status.events()).isEqualTo(lines);
      assertThat(status.tally().executions()).isEqualTo(2);
    }
  }

  @Test
  void fromAGoodSnapshotItGoesOnAndLooksAtWhatFollows() throws SQLException {
    byte[] good = snapshot(5);
    put(5, good);
    // Before the snapshot nothing is read: that is for journal verify to find.
    rewrite(2, JournalRecoveryTest::changed);
    try (ProbityNode node = node()) {
      assertThat(world.status(node, "one").events()).isEqualTo(lines);
    }
    rewrite(6, JournalRecoveryTest::changed);
    requireStopped("line 7 does not follow");
  }

  @Test
  void aVaultThatIsAheadOfItsJournalIsTold() {
    world.skipTo(7);
    world.events.clear();
    try (ProbityNode node = node()) {
      long moment = world.status(node, "one").lastDecided() / TinyModel.STEP_SECONDS;
      heads.bring(TinyModel.head(moment + 1));
      world.awaitQuiet(node, "one");
      heads.bring(TinyModel.head(moment + 2));
      world.awaitQuiet(node, "one");
    }
    assertThat(world.events.stream().filter(Notice.Ahead.class::isInstance))
        .singleElement()
        .satisfies(event ->
            assertThat(((Notice.Ahead) event).sentence())
                .contains("has executed 7 intents, and the agent's journal knows of 2")
                .contains("older copy"));
  }

  @Test
  void aNodeOfAnotherChainDoesNotStart() {
    JournalChain noted = new JournalChain(31_337, Bytes32.of(new byte[32]));
    try (JournalStore store = JournalStore.open(settings(), _ -> {})) {
      noted.require(store.source());
    }
    assertThatThrownBy(() ->
            ProbityNode.start(
                    NodeSettings.alone(settings(), 1, ScriptedWorld.RETRY),
                    database -> {
                      new JournalChain(31_337, Bytes32.fromHex("0x" + "1".repeat(64)))
                          .require(database);
                      return world.equipment(heads);
                    },
                    InstantSource.system())
                .close())
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("another chain with the same id 31337");
    // And the journal is free again.
    JournalStore.open(settings(), _ -> {}).close();
  }

  // ---- helpers ----

  private ScriptedHeads heads = new ScriptedHeads();

  private ProbityNode node() {
    heads = new ScriptedHeads();
    return ProbityNode.start(
        NodeSettings.alone(settings(), 1, ScriptedWorld.RETRY),
        _ -> world.equipment(heads),
        InstantSource.system());
  }

  private JournalSettings settings() {
    return new JournalSettings.Embedded(folder.resolve("journal"));
  }

  private void requireStopped(String why) {
    world.events.clear();
    try (ProbityNode node = node()) {
      assertThatThrownBy(() -> world.status(node, "one"))
          .isInstanceOf(CompletionException.class)
          .cause()
          .isInstanceOf(AgentRefused.class)
          .hasMessageContaining("The journal of agent one does not hold")
          .hasMessageContaining(why);
      AgentStatus status = node.agents().status("one").toCompletableFuture().join();
      assertThat(status.doing()).contains("nothing");
      assertThat(status.lastFailure()).contains(why);
      assertThatThrownBy(
              () -> node.agents().pause("one", "").toCompletableFuture().get(20, TimeUnit.SECONDS))
          .hasMessageContaining("does not hold");
      assertThat(world.events).anyMatch(Notice.Stopped.class::isInstance);
    }
    assertThat(rows()).hasSize((int) lines);
  }

  private List<byte[]> rows() {
    List<byte[]> rows = new ArrayList<>();
    try (JournalStore store = JournalStore.read(settings())) {
      new JournalRows(store.table()).each("one", 1_000, row -> rows.add(row.payload()));
    }
    return rows;
  }

  private byte[] snapshot(long sequence) {
    JournalState state = JournalState.of("one");
    for (byte[] row : rows().subList(0, (int) sequence)) {
      state = state.after(RecordCodec.decode(row));
    }
    return RecordCodec.encode(state);
  }

  private static byte[] changed(byte[] bytes) {
    byte[] changed = bytes.clone();
    changed[changed.length - 1] ^= 1;
    return changed;
  }

  private void rewrite(long sequence, UnaryOperator<byte[]> change) throws SQLException {
    byte[] payload = change.apply(rows().get((int) sequence - 1));
    change(
        "UPDATE \"event_journal\" SET \"event_payload\" = ? WHERE \"sequence_number\" = ?",
        payload,
        sequence);
  }

  private void put(long sequence, byte[] payload) throws SQLException {
    change(
        "INSERT INTO \"snapshot\" VALUES ('agent|one', ?, 1, %d, 'State', ?)"
            .formatted(RecordSerializer.IDENTIFIER),
        sequence,
        payload);
  }

  private void change(String sql, @Nullable Object... values) throws SQLException {
    try (JournalStore store = JournalStore.open(settings(), _ -> {});
        Connection connection = store.source().getConnection();
        PreparedStatement statement =
            connection.prepareStatement(
                sql.startsWith("UPDATE") ? sql + " AND \"persistence_id\" = 'agent|one'" : sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      statement.executeUpdate();
    }
  }
}
