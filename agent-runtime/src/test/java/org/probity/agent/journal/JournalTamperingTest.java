package org.probity.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.jspecify.annotations.Nullable;
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
import org.probity.intent.Pace;

/**
 * A journal on disk, written by a real agent, whose rows are changed by SQL behind its back. A line
 * that is still readable contradicts the line after it, so that one of the two is named. The last
 * line has none after it: what tells of it is its hash, which {@code journal verify} shows.
 */
final class JournalTamperingTest {

  private static @Nullable Path folder;
  private static @Nullable JournalStore store;
  private static Bytes32 last = AgentRecord.origin("one");
  private static List<byte[]> payloads = List.of();

  @BeforeContainer
  static void write() throws IOException, SQLException {
    Path created = Files.createTempDirectory("tampering");
    folder = created;
    JournalSettings settings = new JournalSettings.Embedded(created.resolve("journal"));
    ScriptedWorld world = ScriptedWorld.ofNodes(new Pace(120, false));
    ScriptedHeads heads = new ScriptedHeads();
    try (ProbityNode node =
        ProbityNode.start(
            NodeSettings.alone(settings, 1, ScriptedWorld.RETRY),
            _ -> world.equipment(heads),
            InstantSource.system())) {
      long head = 0;
      while (world.status(node, "one").tally().executions() < 2) {
        heads.bring(TinyModel.head(++head));
        world.awaitQuiet(node, "one");
      }
    }
    JournalStore opened = JournalStore.open(settings, _ -> {});
    store = opened;
    List<byte[]> read = new ArrayList<>();
    JournalRows rows = new JournalRows(opened.table());
    rows.each("one", rows.ends().getOrDefault("one", 0L), row -> read.add(row.payload()));
    payloads = read;
    Journal.Checked checked = verify();
    assertThat(checked.fault()).isEmpty();
    last = Objects.requireNonNull(checked.last().get("one"));
  }

  @AfterContainer
  static void remove() throws IOException {
    store().close();
    try (Stream<Path> files = Files.walk(Objects.requireNonNull(folder))) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Property(tries = 300)
  void anyChangedByteIsFoundAtItsLineOrTheNext(
      @ForAll @IntRange(max = 9_999) int line,
      @ForAll @IntRange(max = 9_999) int position,
      @ForAll @IntRange(min = 1, max = 255) int change)
      throws SQLException {
    int index = line % payloads.size();
    byte[] changed = payloads.get(index).clone();
    changed[position % changed.length] ^= (byte) change;
    requireFound(index, changed);
  }

  @Property(tries = 60)
  void aShortenedLineIsFoundAtItsLineOrTheNext(
      @ForAll @IntRange(max = 9_999) int line, @ForAll @IntRange(max = 9_999) int part)
      throws SQLException {
    int index = line % payloads.size();
    byte[] whole = payloads.get(index);
    requireFound(index, Arrays.copyOf(whole, part % whole.length));
  }

  @Property(tries = 40)
  void everyColumnThatDecidesWhatAnAgentReadsCounts(
      @ForAll @IntRange(max = 9_999) int line, @ForAll @IntRange(max = 2) int column)
      throws SQLException {
    int index = line % payloads.size();
    List<String> changes =
        List.of(
            "\"deleted\" = TRUE", "\"event_ser_id\" = 1", "\"event_ser_manifest\" = 'AgentMoved'");
    List<String> restore =
        List.of(
            "\"deleted\" = FALSE",
            "\"event_ser_id\" = " + RecordSerializer.IDENTIFIER,
            "\"event_ser_manifest\" = '" + kind(index) + "'");
    set(index, changes.get(column));
    try {
      assertThat(verify().fault()).map(Journal.Fault::sequence).contains(index + 1L);
    } finally {
      set(index, restore.get(column));
    }
  }

  private static void requireFound(int index, byte[] changed) throws SQLException {
    put(index, changed);
    try {
      Journal.Checked checked = verify();
      Optional<Long> fault = checked.fault().map(Journal.Fault::sequence);
      if (index == payloads.size() - 1 && fault.isEmpty()) {
        assertThat(checked.last().get("one")).isNotEqualTo(last);
      } else {
        assertThat(fault).isPresent();
        assertThat(fault.get()).isBetween(index + 1L, index + 2L);
      }
    } finally {
      put(index, payloads.get(index));
    }
  }

  private static Journal.Checked verify() {
    return new Journal(store()).verify(Map.of(), null, _ -> {});
  }

  private static String kind(int index) {
    return RecordCodec.name(RecordCodec.decode(payloads.get(index)).event());
  }

  private static void put(int index, byte[] payload) throws SQLException {
    try (Connection connection = store().source().getConnection();
        var statement =
            connection.prepareStatement(
                "UPDATE \"event_journal\" SET \"event_payload\" = ? WHERE \"sequence_number\" = ?")) {
      statement.setBytes(1, payload);
      statement.setLong(2, index + 1L);
      statement.executeUpdate();
    }
  }

  private static void set(int index, String assignment) throws SQLException {
    try (Connection connection = store().source().getConnection();
        var statement =
            connection.prepareStatement(
                "UPDATE \"event_journal\" SET " + assignment + " WHERE \"sequence_number\" = ?")) {
      statement.setLong(1, index + 1L);
      statement.executeUpdate();
    }
  }

  private static JournalStore store() {
    return Objects.requireNonNull(store);
  }
}
