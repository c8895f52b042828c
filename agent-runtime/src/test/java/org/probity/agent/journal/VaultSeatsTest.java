package org.probity.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.agent.AgentRefused;
import org.probity.agent.node.ProbityNode;
import org.probity.agent.node.ScriptedHeads;
import org.probity.agent.node.ScriptedWorld;
import org.probity.agent.node.TinyModel;
import org.probity.agent.record.AgentRecord;
import org.probity.agent.record.RecordCodec;
import org.probity.agent.record.RecordSerializer;
import org.probity.agent.settings.JournalSettings;
import org.probity.agent.settings.NodeSettings;
import org.probity.chain.Address;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;
import org.probity.intent.Pace;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.Event;
import org.probity.settings.BadSetting;

/** A vault has one agent, whoever creates another, and when; on journals on disk. */
@TestKind.Acceptance
final class VaultSeatsTest {

  private static final Address VAULT = new Address("0x" + "aa".repeat(20));
  private static final Instant BEGIN = Instant.ofEpochSecond(1_800_000_000);

  @TempDir private Path folder = Path.of("");

  @Test
  void aSecondAgentOfAVaultIsRefusedWithTheNameOfTheFirst() throws Exception {
    try (JournalStore store = open()) {
      VaultSeats seats = seats(store);
      take(seats, store, "first");
      assertThatThrownBy(() -> take(seats, store, "twin"))
          .isInstanceOf(AgentRefused.class)
          .hasMessageContaining("Agent first acts for vault " + VAULT);
      assertThat(seats.take(spec("first"), () -> "asked again")).isEqualTo("asked again");
    }
    try (JournalStore store = open()) {
      assertThatThrownBy(() -> take(seats(store), store, "twin"))
          .as("after a restart")
          .hasMessageContaining("Agent first acts");
    }
  }

  @Test
  void ofTwoCreationsAtOnceOnePasses() throws Exception {
    try (JournalStore store = open();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      VaultSeats seats = seats(store);
      CyclicBarrier together = new CyclicBarrier(8);
      List<Future<String>> creations = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        String id = "agent-" + i;
        creations.add(
            threads.submit(() -> {
              together.await();
              return take(seats, store, id);
            }));
      }
      int passed = 0;
      for (Future<String> creation : creations) {
        try {
          creation.get();
          passed++;
        } catch (ExecutionException e) {
          assertThat(e.getCause()).isInstanceOf(AgentRefused.class);
        }
      }
      assertThat(passed).isOne();
    }
  }

  @Test
  void aRetiredAgentLeavesItsVaultToAnother() throws Exception {
    try (JournalStore store = open()) {
      VaultSeats seats = seats(store);
      take(seats, store, "first");
      write(store, "first", 2, new Event.AgentRetired("done"));
      take(seats, store, "second");
      seats.requireFirst(spec("second"));
    }
  }

  @Test
  void ofTwoInAnOldJournalTheOlderActsUntilItIsRetired() throws Exception {
    try (JournalStore store = open()) {
      write(store, "younger", 1, new Event.AgentCreated(spec("younger")), 60);
      write(store, "older", 1, new Event.AgentCreated(spec("older")), 0);
      VaultSeats seats = seats(store);
      seats.requireFirst(spec("older"));
      assertThatThrownBy(() -> seats.requireFirst(spec("younger")))
          .isInstanceOf(BadSetting.class)
          .hasMessageContaining("Agent older acts for vault")
          .hasMessageContaining("retire one of the two");
      assertThat(seats.take(spec("younger"), () -> "still asked")).isEqualTo("still asked");
      write(store, "older", 2, new Event.AgentRetired("the other one is meant"));
      seats.requireFirst(spec("younger"));
    }
  }

  @Test
  void aCreationThatFailsLeavesTheVaultFree() throws Exception {
    try (JournalStore store = open()) {
      VaultSeats seats = seats(store);
      assertThatThrownBy(() ->
              seats.take(
                  spec("lost"),
                  () -> {
                    throw new CompletionException(new TimeoutException());
                  }))
          .isInstanceOf(CompletionException.class);
      take(seats, store, "found");
    }
  }

  @Test
  void whatTwoAgentsOfAVaultHaveJournalledIsCountedOnce() throws Exception {
    ScriptedWorld world = ScriptedWorld.ofNodes(new Pace(120, false));
    ScriptedHeads heads = new ScriptedHeads();
    JournalSettings settings = new JournalSettings.Embedded(folder.resolve("journal"));
    try (ProbityNode node =
        ProbityNode.start(
            NodeSettings.alone(settings, 1, ScriptedWorld.RETRY),
            _ -> world.equipment(heads),
            InstantSource.system())) {
      for (long head = 1; world.status(node, "one").tally().executions() < 1; head++) {
        heads.bring(TinyModel.head(head));
        world.awaitQuiet(node, "one");
      }
    }
    try (JournalStore store = JournalStore.open(settings, _ -> {})) {
      List<AgentRecord> lines = new ArrayList<>();
      JournalRows rows = new JournalRows(store.table());
      rows.each("one", 100, row -> lines.add(RecordCodec.decode(row.payload())));
      Bytes32 previous = AgentRecord.origin("twin");
      for (AgentRecord line : lines) {
        AgentRecord copy = AgentRecord.after(previous, line.at(), line.event());
        append(store, "twin", lines.indexOf(line) + 1L, copy);
        previous = copy.hash();
      }
    }
    try (Journal journal = Journal.open(settings)) {
      Journal.Checked checked =
          journal.verify(
              Map.of(TinyModel.digest(), TinyModel.model().key()), TinyModel.VERIFIER, _ -> {});
      assertThat(checked.fault()).isEmpty();
      assertThat(checked.last()).containsOnlyKeys("one", "twin");
      assertThat(checked.executions()).isOne();
    }
  }

  @Test
  void nobodyIsCalledByDotsAloneButWhoWas() throws Exception {
    try (JournalStore store = open()) {
      VaultSeats seats = seats(store);
      for (String dots : List.of(".", "..", "...")) {
        assertThatThrownBy(() -> take(seats, store, dots))
            .isInstanceOf(AgentRefused.class)
            .hasMessageContaining("more than dots");
      }
      write(store, "..", 1, new Event.AgentCreated(spec("..")));
      assertThat(seats.take(spec(".."), () -> "still asked")).isEqualTo("still asked");
      take(seats, store, ".hidden");
    }
  }

  // ---- what the tests are made of ----

  private JournalStore open() {
    return JournalStore.open(new JournalSettings.Embedded(folder.resolve("journal")), _ -> {});
  }

  private static VaultSeats seats(JournalStore store) {
    return new VaultSeats(store.table(), store.source(), InstantSource.fixed(BEGIN));
  }

  private static String take(VaultSeats seats, JournalStore store, String id) {
    return seats.take(
        spec(id),
        () -> {
          write(store, id, 1, new Event.AgentCreated(spec(id)));
          return id;
        });
  }

  private static AgentSpec spec(String id) {
    Address vault = id.startsWith(".h") ? TinyModel.VAULT : VAULT;
    return new AgentSpec(id, vault, TinyModel.digest(), TinyModel.VAULT, new Pace(120, false));
  }

  private static void write(JournalStore store, String id, long sequence, Event event) {
    write(store, id, sequence, event, 0);
  }

  private static void write(JournalStore store, String id, long sequence, Event event, int later) {
    append(
        store,
        id,
        sequence,
        AgentRecord.after(AgentRecord.origin(id), BEGIN.plusSeconds(later), event));
  }

  private static void append(JournalStore store, String id, long sequence, AgentRecord line) {
    try {
      store
          .table()
          .append(
              List.of(
                  new JournalTable.Row(
                      "agent|" + id,
                      sequence,
                      "",
                      RecordSerializer.IDENTIFIER,
                      RecordCodec.name(line.event()),
                      line.bytes(),
                      false)));
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }
}
