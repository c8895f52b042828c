package org.probity.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.agent.AgentStatus;
import org.probity.agent.DecisionRecord;
import org.probity.agent.node.ProbityNode;
import org.probity.agent.node.ScriptedHeads;
import org.probity.agent.node.ScriptedWorld;
import org.probity.agent.node.TinyModel;
import org.probity.agent.record.AgentRecord;
import org.probity.agent.record.Fields;
import org.probity.agent.record.FrozenLines;
import org.probity.agent.record.JournalState;
import org.probity.agent.record.OtherFormat;
import org.probity.agent.record.RecordCodec;
import org.probity.agent.record.RecordSerializer;
import org.probity.agent.settings.JournalSettings;
import org.probity.agent.settings.NodeSettings;
import org.probity.ground.Bytes32;
import org.probity.ground.Frozen;
import org.probity.ground.TestKind;
import org.probity.intent.Pace;
import org.probity.intent.conduct.AgentState;
import org.probity.intent.conduct.Event;
import org.probity.intent.conduct.Notice;
import org.probity.settings.BadSetting;
import org.probity.strategy.Strategy;
import org.probity.zk.ModelKey;
import org.probity.zk.ProofVerifier;

/**
 * A journal with every kind of event and all that their fields can hold, written once and kept: as
 * an export for others, as a database, and what is read of both.
 *
 * <ul>
 *   <li>{@code raw.jsonl}: {@code journal export --raw}, every line's bytes as they are stored
 *   <li>{@code export.jsonl}: {@code journal export}, what the lines say to others
 *   <li>{@code lines.txt}: every field of every line, as it is read
 *   <li>{@code states.txt}: the snapshots of the states that the lines lead to
 *   <li>{@code end.txt}: what a check finds, what became of the decisions, each agent's status
 *   <li>{@code journal.mv.db.gz}: the lines and a snapshot in an embedded database
 *   <li>{@code model.txt}: what verifies the proofs: [τ]_2, then the model's key
 * </ul>
 *
 * <p>Written anew by {@code -Dprobity.freeze=journal} ({@link Frozen}), as long as the format is
 * this one. Users have journals like {@code raw.jsonl} and the database: a program that writes
 * other lines has to read these still, and gets files of its own beside them. Nobody has those of
 * before vaults of several assets, of which {@code journal-2} keeps some: they are refused.
 */
@TestKind.Differential
final class FrozenJournalTest {
  private static final String GROUP = "journal";

  private static final String RAW = "%s/raw.jsonl";
  private static final String EXPORT = "journal/export.jsonl";
  private static final String LINES = "journal/lines.txt";
  private static final String STATES = "journal/states.txt";
  private static final String END = "%s/end.txt";
  private static final String DATABASE = "%s/journal.mv.db.gz";
  private static final String MODEL = "%s/model.txt";

  /** The line whose snapshot is in the database. */
  private static final long SNAPSHOT_AT = 12;

  private static final JournalChain CHAIN = new JournalChain(31_337, TinyModel.hash(77));

  @TempDir private Path folder;

  // ---- lines ----

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void linesOfBeforeAreNamedAndNotRead(int format) {
    List<byte[]> lines =
        Frozen.text("journal-2/lines-%s.txt".formatted(format))
            .lines()
            .map(HexFormat.of()::parseHex)
            .toList();
    assertThat(lines).hasSizeGreaterThan(10);
    for (byte[] line : lines) {
      assertThatThrownBy(() -> RecordCodec.decode(line))
          .isInstanceOf(OtherFormat.class)
          .hasMessage(
              "it has format %s, of a release before vaults of several assets, and this one reads formats 3 to 4: begin a new journal, and keep the old one for the release that wrote it"
                  .formatted(format));
    }
  }

  @Test
  void theDatabaseOfBeforeIsRefusedAndLeftAsItIs() throws IOException {
    Path journal = unpacked("journal-2/journal.mv.db.gz");
    byte[] before = Files.readAllBytes(journal.resolve("journal.mv.db"));
    JournalSettings settings = new JournalSettings.Embedded(journal);
    String refused =
        "its layout is of version 2, and this program's of version 3: begin a new journal in another place, and keep this one for the release that wrote it.";
    assertThatThrownBy(() -> Journal.open(settings))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining(refused);
    assertThat(Files.readAllBytes(journal.resolve("journal.mv.db"))).isEqualTo(before);
    assertThatThrownBy(() -> JournalStore.open(settings, _ -> {}))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining(refused);
  }

  @Test
  void anExportOfBeforeIsRefused() throws IOException {
    Path export =
        Files.writeString(
            folder.resolve("before.jsonl"),
            Frozen.text(RAW.formatted(GROUP)).replaceFirst("\"version\":2", "\"version\":1"));
    assertThatThrownBy(() -> Journal.open(export))
        .isInstanceOf(JournalRefused.class)
        .hasMessageContaining("it has another version than 2: use the program that wrote it");
  }

  @Test
  void everyLineIsReadAsItWasAndWrittenAgainAsItWas() {
    StringBuilder read = new StringBuilder();
    Map<String, Bytes32> last = new TreeMap<>();
    for (JournalSource.Row row : rows(GROUP)) {
      AgentRecord line = RecordCodec.decode(row.payload());
      assertThat(line.bytes())
          .as("line %d of %s", row.sequence(), row.agent())
          .isEqualTo(row.payload());
      assertThat(RecordCodec.name(line.event())).isEqualTo(row.kind());
      assertThat(row.serializer()).isEqualTo(RecordSerializer.IDENTIFIER);
      assertThat(line.previous())
          .isEqualTo(last.getOrDefault(row.agent(), AgentRecord.origin(row.agent())));
      last.put(row.agent(), line.hash());
      read.append(text(row, line));
    }
    assertThat(read.toString()).isEqualTo(Frozen.text(LINES));
  }

  @Test
  void todaysCodeWritesTheSameLines() {
    assertThat(rows(GROUP).stream().map(row -> HexFormat.of().formatHex(row.payload())))
        .containsExactlyElementsOf(
            FrozenLines.all().stream()
                .map(placed -> HexFormat.of().formatHex(placed.line().bytes()))
                .toList());
  }

  @Test
  void exportsAreAsTheyWere() throws IOException {
    try (Journal journal = open(GROUP)) {
      assertThat(exported(journal)).isEqualTo(Frozen.text(EXPORT));
    }
    try (Journal journal = open(GROUP)) {
      assertThat(raw(journal)).isEqualTo(Frozen.text(RAW.formatted(GROUP)));
    }
  }

  @Test
  void checkReplayAndStatesEndAsTheyDid() throws IOException {
    try (Journal journal = open(GROUP)) {
      assertThat(end(GROUP, journal)).isEqualTo(Frozen.text(END.formatted(GROUP)));
    }
    assertThat(text(states(rows(GROUP)))).isEqualTo(Frozen.text(STATES));
  }

  @Test
  void snapshotsAreReadAsTheStatesThatTheirLinesLeadTo() {
    Frozen.text(STATES)
        .lines()
        .forEach(line -> {
          byte[] bytes = HexFormat.of().parseHex(line.substring(line.indexOf(": ") + 2));
          JournalState state = RecordCodec.decodeState(bytes);
          assertThat(RecordCodec.encode(state)).isEqualTo(bytes);
          assertThat(line).startsWith(name(state));
        });
  }

  // ---- the database ----

  @Test
  void theDatabaseHasTheSameLinesAndAgentsGoOnFromIt() throws IOException {
    JournalSettings settings = new JournalSettings.Embedded(unpacked(DATABASE.formatted(GROUP)));
    try (Journal own = Journal.open(settings)) {
      assertThat(raw(own)).isEqualTo(Frozen.text(RAW.formatted(GROUP)));
      assertThat(end(GROUP, own)).isEqualTo(Frozen.text(END.formatted(GROUP)));
    }
    assertThat(recovered(settings)).isEqualTo(statuses(GROUP));
  }

  private Path unpacked(String packed) throws IOException {
    Path journal = Files.createDirectory(folder.resolve("journal"));
    try (var in = new GZIPInputStream(new ByteArrayInputStream(Frozen.bytes(packed)))) {
      Files.copy(in, journal.resolve("journal.mv.db"));
    }
    return journal;
  }

  /** What agents say of themselves that start with this database. */
  private static Map<String, String> recovered(JournalSettings settings) {
    ScriptedWorld world = ScriptedWorld.ofNodes(new Pace(120, false));
    Map<String, String> statuses = new TreeMap<>();
    try (ProbityNode node =
        ProbityNode.start(
            NodeSettings.alone(settings, 1, ScriptedWorld.RETRY),
            database -> {
              CHAIN.require(database);
              return world.equipment(new ScriptedHeads());
            },
            InstantSource.system())) {
      for (String agent : List.of("agent-1.life_a", "edges")) {
        statuses.put(agent, text(node.agents().status(agent).toCompletableFuture().join()));
      }
    }
    assertThat(world.events).noneMatch(Notice.Stopped.class::isInstance);
    return statuses;
  }

  // ---- nothing is missing ----

  @Test
  void everyKindOfEventAndEveryValueOfFewIsInIt() {
    Map<String, Set<String>> seen = new TreeMap<>();
    Map<String, Set<String>> possible = new TreeMap<>();
    possible.put("Event", new TreeSet<>(kinds(Event.class)));
    // Nobody writes it, and an Execution is a part.
    possible.get("Event").remove(Event.Unreadable.class.getSimpleName());
    for (JournalSource.Row row : rows(GROUP)) {
      Event event = RecordCodec.decode(row.payload()).event();
      seen.computeIfAbsent("Event", _ -> new TreeSet<>()).add(RecordCodec.name(event));
      look(event, seen, possible);
    }
    Frozen.text(STATES)
        .lines()
        .map(line -> HexFormat.of().parseHex(line.substring(line.indexOf(": ") + 2)))
        .map(RecordCodec::decodeState)
        .forEach(state -> look(state, seen, possible));
    // What nothing comes of now, or whatever is decided, is not proven.
    for (String proven : List.of("Decided.prospect", "DecisionProven.prospect")) {
      possible.computeIfPresent(
          proven,
          (_, kinds) ->
              kinds.stream()
                  .filter(kind -> !kind.equals("NotNow") && !kind.equals("Hindered"))
                  .collect(Collectors.toSet()));
    }
    assertThat(seen).isEqualTo(possible);
  }

  /** Notes what the fields of few values in {@code record} could be, and what they are. */
  private static void look(
      Object record, Map<String, Set<String>> seen, Map<String, Set<String>> possible) {
    Fields.each(
        record,
        (part, value) -> {
          Set<String> all = values(part);
          if (!all.isEmpty()) {
            String name = part.getDeclaringRecord().getSimpleName() + "." + part.getName();
            possible.put(name, all);
            seen.computeIfAbsent(name, _ -> new TreeSet<>()).add(value(value));
          }
        });
  }

  private static Set<String> values(RecordComponent part) {
    Class<?> type = part.getType();
    if (type == boolean.class) {
      return Set.of("true", "false");
    }
    if (type == Optional.class) {
      return Set.of("absent", "present");
    }
    if (List.class.isAssignableFrom(type)) {
      return Set.of("empty", "filled");
    }
    if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants())
          .map(constant -> ((Enum<?>) constant).name())
          .collect(Collectors.toSet());
    }
    return type.isSealed() ? kinds(type) : Set.of();
  }

  private static String value(Object value) {
    return switch (value) {
      case Boolean flag -> flag.toString();
      case Optional<?> optional -> optional.isPresent() ? "present" : "absent";
      case List<?> list -> list.isEmpty() ? "empty" : "filled";
      case Enum<?> constant -> constant.name();
      default -> value.getClass().getSimpleName();
    };
  }

  /** The kinds of a sealed type, those of its sealed kinds among them. */
  private static Set<String> kinds(Class<?> type) {
    return Stream.of(type.getPermittedSubclasses())
        .flatMap(kind -> kind.isSealed() ? kinds(kind).stream() : Stream.of(kind.getSimpleName()))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  // ---- reading ----

  private Journal open(String group) throws IOException {
    return Journal.open(
        Files.writeString(folder.resolve("raw.jsonl"), Frozen.text(RAW.formatted(group))));
  }

  private List<JournalSource.Row> rows(String group) {
    List<JournalSource.Row> rows = new ArrayList<>();
    try {
      Path file =
          Files.writeString(folder.resolve("rows.jsonl"), Frozen.text(RAW.formatted(group)));
      JournalFile.open(file)
          .read(
              new JournalSource.Reader() {
                @Override
                public boolean begin(String agent) {
                  return true;
                }

                @Override
                public void row(JournalSource.Row row) {
                  rows.add(row);
                }

                @Override
                public void end() {}
              });
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return rows;
  }

  private static String text(JournalSource.Row row, AgentRecord line) {
    return "%s %d at %s after %s\n%s\n"
        .formatted(
            row.agent(),
            row.sequence(),
            line.at(),
            line.previous(),
            Fields.text("event", line.event()));
  }

  private static String raw(Journal journal) {
    StringBuilder out = new StringBuilder();
    journal.raw(line -> out.append(line).append('\n'));
    return out.toString();
  }

  private static String exported(Journal journal) {
    StringBuilder out = new StringBuilder();
    journal.export(line -> out.append(line).append('\n'));
    return out.toString();
  }

  /** What a check with the frozen key finds, and what became of every decision. */
  private static String end(String group, Journal journal) {
    List<String> model = Frozen.text(MODEL.formatted(group)).lines().toList();
    ModelKey key = ModelKey.parse(HexFormat.of().parseHex(model.get(4)));
    ProofVerifier verifier =
        new ProofVerifier(model.subList(0, 4).stream().map(BigInteger::new).toList());
    Journal.Checked checked = journal.verify(Map.of(key.digest(), key), verifier, _ -> {});
    StringBuilder out = new StringBuilder();
    out.append(
        "lines %d, proofs %d, unchecked %d, executions %d, fault %s\n"
            .formatted(
                checked.lines(),
                checked.proofs(),
                checked.unchecked(),
                checked.executions(),
                checked.fault().map(Journal.Fault::toString).orElse("none")));
    new TreeMap<>(checked.last())
        .forEach((agent, hash) -> out.append("%s ends with %s\n".formatted(agent, hash)));
    Journal.Replayed replayed =
        journal.replay(
            Map.of(key.digest(), Strategy.reference(TinyModel.model().network())), _ -> {});
    out.append(
        "decided again %d, unchecked %d, differing %s\n"
            .formatted(
                replayed.decisions(),
                replayed.unchecked(),
                replayed.differing().map(Journal.Fault::toString).orElse("none")));
    for (String agent : journal.agents()) {
      for (DecisionRecord decision : journal.decisions(agent)) {
        out.append(
            "%s %d at %s: %s, transaction %s, %s\n"
                .formatted(
                    agent,
                    decision.sequence(),
                    decision.at(),
                    decision
                        .proof()
                        .map(proof -> proof.size() + " bytes of proof")
                        .orElse("no proof"),
                    decision.transaction().map(Object::toString).orElse("none"),
                    decision.outcome()));
      }
    }
    return out.toString();
  }

  // ---- states ----

  /** The first state of each kind that the lines lead to, by its name. */
  private static Map<String, byte[]> states(List<JournalSource.Row> rows) {
    Map<String, byte[]> states = new LinkedHashMap<>();
    Map<String, JournalState> now = new TreeMap<>();
    for (JournalSource.Row row : rows) {
      JournalState before = now.computeIfAbsent(row.agent(), JournalState::of);
      states.putIfAbsent(name(before), RecordCodec.encode(before));
      now.put(row.agent(), before.after(RecordCodec.decode(row.payload())));
    }
    now.values().forEach(state -> states.put(name(state), RecordCodec.encode(state)));
    return states;
  }

  private static String text(Map<String, byte[]> states) {
    return states.entrySet().stream()
        .map(state -> "%s: %s\n".formatted(state.getKey(), hex(state.getValue())))
        .collect(Collectors.joining());
  }

  private static String name(JournalState state) {
    return "%s %s, doubts %d, concluded %d"
        .formatted(
            state.agent().life(),
            state.agent().work().getClass().getSimpleName(),
            state.agent().doubts().size(),
            Math.min(state.agent().recent().size(), 2));
  }

  /** What agents' statuses are to be by the frozen lines. */
  private Map<String, String> statuses(String group) {
    Map<String, JournalState> now = new TreeMap<>();
    for (JournalSource.Row row : rows(group)) {
      JournalState before = now.getOrDefault(row.agent(), JournalState.of(row.agent()));
      now.put(row.agent(), before.after(RecordCodec.decode(row.payload())));
    }
    Map<String, String> statuses = new TreeMap<>();
    now.forEach((agent, state) ->
        statuses.put(
            agent,
            "%s %s %d events, decided %d, %s"
                .formatted(
                    state.agent().spec().orElseThrow(),
                    state.agent().life(),
                    state.lines(),
                    state.agent().lastDecided(),
                    state.agent().tally())));
    return statuses;
  }

  private static String text(AgentStatus status) {
    return "%s %s %d events, decided %d, %s"
        .formatted(
            status.spec(),
            status.life(),
            status.events(),
            status.lastDecided(),
            new AgentState.Tally(
                status.tally().decisions(),
                status.tally().proofs(),
                status.tally().executions(),
                status.tally().reverts(),
                status.tally().failures(),
                status.tally().gasSpent(),
                status.lastFailure()));
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  // ---- writing anew ----

  @Test
  @EnabledIfSystemProperty(named = Frozen.PROPERTY, matches = GROUP)
  void writeAnew() throws IOException, SQLException {
    Frozen.write(
        MODEL.formatted(GROUP),
        TinyModel.tau().stream().map(word -> word + "\n").collect(Collectors.joining())
            + hex(TinyModel.model().key().bytes())
            + "\n");
    Path journal = folder.resolve("new");
    JournalSettings settings = new JournalSettings.Embedded(journal);
    try (JournalStore store = JournalStore.open(settings, _ -> {})) {
      CHAIN.require(store.source());
      store
          .table()
          .append(
              FrozenLines.all().stream()
                  .map(placed ->
                      new JournalTable.Row(
                          JournalRows.AGENTS + "|" + placed.agent(),
                          placed.sequence(),
                          "",
                          RecordSerializer.IDENTIFIER,
                          RecordCodec.name(placed.line().event()),
                          placed.line().bytes(),
                          false))
                  .toList());
    }
    try (Journal own = Journal.open(settings)) {
      Frozen.write(RAW.formatted(GROUP), raw(own));
      Frozen.write(EXPORT, exported(own));
      Frozen.write(END.formatted(GROUP), end(GROUP, own));
    }
    List<JournalSource.Row> rows = rows(GROUP);
    snapshot(settings, rows);
    Frozen.write(
        LINES,
        rows.stream()
            .map(row -> text(row, RecordCodec.decode(row.payload())))
            .collect(Collectors.joining()));
    Frozen.write(STATES, text(states(rows)));
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      Files.copy(journal.resolve("journal.mv.db"), out);
    }
    Frozen.write(DATABASE.formatted(GROUP), packed.toByteArray());
    Frozen.writtenAnew(GROUP);
  }

  private static void snapshot(JournalSettings settings, List<JournalSource.Row> rows)
      throws SQLException {
    JournalState state = JournalState.of("agent-1.life_a");
    for (JournalSource.Row row : rows.subList(0, (int) SNAPSHOT_AT)) {
      state = state.after(RecordCodec.decode(row.payload()));
    }
    try (JournalStore store = JournalStore.open(settings, _ -> {});
        Connection connection = store.source().getConnection();
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO \"snapshot\" VALUES ('agent|agent-1.life_a', ?, 1, ?, 'State', ?)")) {
      insert.setLong(1, SNAPSHOT_AT);
      insert.setInt(2, RecordSerializer.IDENTIFIER);
      insert.setBytes(3, RecordCodec.encode(state));
      insert.executeUpdate();
    }
  }
}
