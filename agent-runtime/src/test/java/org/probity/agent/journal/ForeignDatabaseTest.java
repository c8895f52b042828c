package org.probity.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.WriteBuffer;
import org.h2.mvstore.type.BasicDataType;
import org.h2.mvstore.type.LongDataType;
import org.h2.mvstore.type.StringDataType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.agent.node.TinyModel;
import org.probity.agent.settings.JournalSettings;
import org.probity.chain.JdbcTransactionJournal;
import org.probity.ground.Bytes32;
import org.probity.settings.BadSetting;

/**
 * What a stranger may have put into a journal's database, or into the name of its folder: none of
 * it runs, each is named. The databases are made from a journal that an earlier program wrote.
 */
final class ForeignDatabaseTest {

  @TempDir private Path folder;
  private Path journal = Path.of("");
  private Path pwned = Path.of("");

  @BeforeEach
  void copy() throws IOException {
    journal = Files.createDirectory(folder.resolve("journal"));
    Files.setPosixFilePermissions(journal, PosixFilePermissions.fromString("rwxr-xr-x"));
    pwned = folder.resolve("PWNED");
    try (InputStream in =
        new GZIPInputStream(
            Objects.requireNonNull(
                ForeignDatabaseTest.class.getResourceAsStream(
                    "/frozen/journal/journal.mv.db.gz")))) {
      Files.copy(in, file());
    }
  }

  static Stream<List<String>> attacks() {
    String code =
        " AS 'int e() throws Exception { new java.io.FileWriter(\"%s\", true).append(\"x\").close(); return 0; }'";
    String trigger =
        """
         AS $$org.h2.api.Trigger create() throws Exception {
          new java.io.FileWriter("%s", true).append("x").close();
          return new org.h2.tools.TriggerAdapter() {
            public void fire(java.sql.Connection c, java.sql.ResultSet a, java.sql.ResultSet b) {}
          };
        }$$\
        """;
    return Stream.of(
        List.of(
            "CREATE ALIAS E" + code,
            "ALTER TABLE \"event_journal\" RENAME TO \"ej\"",
            "CREATE VIEW \"event_journal\" AS SELECT * FROM \"ej\" WHERE E() = 0"),
        List.of("CREATE ALIAS E" + code),
        List.of("CREATE FORCE ALIAS E FOR 'java.lang.System.exit'"),
        List.of("CREATE TRIGGER T BEFORE INSERT ON \"event_journal\" FOR EACH ROW" + trigger),
        List.of("CREATE VIEW V AS SELECT * FROM \"event_journal\""),
        List.of(
            "CREATE FORCE LINKED TABLE L(NULL, 'jdbc:h2:mem:x;INIT=RUNSCRIPT FROM ''%s''', '', '', 'X')"),
        List.of("CREATE DOMAIN D AS INT CHECK (VALUE > 0)"),
        List.of("CREATE CONSTANT C VALUE 1"),
        List.of("CREATE SCHEMA S"),
        List.of("CREATE SEQUENCE S START WITH 1"),
        List.of("CREATE USER STRANGER PASSWORD 'x' ADMIN"),
        List.of("CREATE ROLE R"),
        List.of("CREATE SYNONYM S FOR \"event_journal\""),
        List.of("CREATE TABLE T(I INT, J INT GENERATED ALWAYS AS (I + 1))"),
        List.of("ALTER TABLE \"event_journal\" ALTER COLUMN \"writer\" SET DEFAULT USER"),
        List.of("ALTER TABLE \"event_journal\" ADD CHECK \"event_ser_id\" > FILE_WRITE('x', '%s')"),
        List.of("CREATE INDEX I ON \"event_journal\"(\"writer\")"),
        List.of("SET DEFAULT_LOCK_TIMEOUT 5"),
        List.of("SET ALLOW_LITERALS NONE"),
        List.of("COMMENT ON TABLE \"event_journal\" IS 'mine'"),
        List.of("DROP TABLE \"snapshot\"", "CREATE TABLE \"snapshot\"(I INT)"));
  }

  @ParameterizedTest
  @MethodSource("attacks")
  void whateverIsNotAJournalsOwnIsNamedAndNotRun(List<String> statements) throws Exception {
    for (String statement : statements) {
      execute(statement.formatted(pwned));
    }
    Files.deleteIfExists(pwned);
    requireRefused("it holds what no node puts there (");
  }

  @Test
  void typesThatLoadClassesAreNamedAndNotLoaded() throws Exception {
    store(store -> {
      store.removeMap("_");
      MVMap<String, String> types =
          store.openMap(
              "_",
              new MVMap.Builder<String, String>()
                  .keyType(StringDataType.INSTANCE)
                  .valueType(new ClassName()));
      types.put("1", ForeignClass.class.getName());
    });
    requireRefused("type " + ForeignClass.class.getName().substring(0, 20));
    assertThat(System.getProperty(ForeignClass.LOADED)).isNull();
  }

  @Test
  void preparedTransactionsWhichAreJavaObjectsAreNamedAndNotRead() throws Exception {
    store(store -> store.openMap("openTransactions").put(1, new ArrayList<>(List.of("object"))));
    requireRefused("prepared transactions");
  }

  @Test
  void undoLogsMayChangeTablesOnly() throws Exception {
    store(store -> {
      int prepared = store.openMap("openTransactions").getId();
      MVMap<Long, Integer> log =
          store.openMap(
              "undoLog.7",
              new MVMap.Builder<Long, Integer>()
                  .keyType(LongDataType.INSTANCE)
                  .valueType(new MapNumber()));
      log.put(7L << 40, prepared);
    });
    requireRefused("a change of map openTransactions");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "j;INIT=CREATE ALIAS E AS 'int e() { return 0; }'",
        "j;CACHE_SIZE=1",
        "j\\u",
        "j\u001b[2J",
        "j\nx",
        "j\u202ex"
      })
  void namesOfFoldersAreNoOrders(String name) throws IOException {
    Path named = Files.createDirectory(folder.resolve(name));
    Files.copy(file(), named.resolve("journal.mv.db"));
    List<Consumer<JournalSettings>> openings =
        List.of(JournalStore::read, settings -> JournalStore.open(settings, _ -> {}));
    for (var opening : openings) {
      assertThatThrownBy(() -> opening.accept(new JournalSettings.Embedded(named)))
          .isInstanceOf(BadSetting.class)
          .hasMessageContaining("must have no semicolon, backslash or control character")
          .message()
          .doesNotContain("\n", "\u001b", "\u202e");
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).hasSize(2);
    }
    Path link = Files.createSymbolicLink(folder.resolve("link"), named);
    assertThatThrownBy(() -> JournalStore.read(new JournalSettings.Embedded(link)))
        .hasMessageContaining("must have no semicolon");
  }

  @Test
  void whatOthersMayChangeIsRefusedAndWhatTheyMayReadIsTakenFromThem() throws IOException {
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-rw-r--"));
    requireRefused("others than its owner can change it (rw-rw-r--)");
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r--r--"));
    Files.setPosixFilePermissions(journal, PosixFilePermissions.fromString("rwxrwxrwx"));
    requireRefused("others than its owner can change it (rwxrwxrwx)");
    Files.setPosixFilePermissions(journal, PosixFilePermissions.fromString("rwxr-xr-x"));
    JournalStore.open(settings(), _ -> {}).close();
    assertThat(permissions(journal)).isEqualTo("rwx------");
    assertThat(permissions(file())).isEqualTo("rw-------");
    Path made = folder.resolve("new/journal");
    JournalStore.open(new JournalSettings.Embedded(made), _ -> {}).close();
    assertThat(permissions(made)).isEqualTo("rwx------");
    assertThat(permissions(made.resolve("journal.mv.db"))).isEqualTo("rw-------");
  }

  @Test
  void linksFoldersEmptyAndCutFilesAreNamed() throws IOException {
    Path elsewhere = Files.move(file(), folder.resolve("elsewhere"));
    Files.createSymbolicLink(file(), elsewhere);
    requireRefused("journal.mv.db is a folder, a link or a device");
    Files.delete(file());
    Files.createSymbolicLink(file(), folder.resolve("nothing"));
    requireRefused("journal.mv.db is a folder, a link or a device");
    Files.delete(file());
    Files.createDirectory(file());
    requireRefused("journal.mv.db is a folder, a link or a device");
    Files.delete(file());
    Files.createFile(file());
    requireRefused("journal.mv.db is empty, and what agents did was in it");
    byte[] whole = Files.readAllBytes(elsewhere);
    for (int length : List.of(1, 4_096, 8_192, 20_000)) {
      Files.write(file(), Arrays.copyOf(whole, length));
      requireRefused("it was cut off, damaged, or is no journal");
    }
    Files.writeString(file(), "no database".repeat(2_000));
    requireRefused("it was cut off, damaged, or is no journal");
    Files.delete(file());
    Files.copy(elsewhere, journal.resolve("journal.mv.db.newFile"));
    assertThatThrownBy(() -> JournalStore.open(settings(), _ -> {}))
        .hasMessageContaining("there is a file journal.mv.db.newFile");
  }

  @Test
  void aJournalOfAnEarlierProgramIsCheckedAsItIsAndGoesOn() throws Exception {
    byte[] before = Files.readAllBytes(file());
    FileTime written = Files.getLastModifiedTime(file());
    List<String> lines = new ArrayList<>();
    List<String> raw = new ArrayList<>();
    try (Journal read = Journal.open(settings())) {
      Journal.Checked checked = read.verify(Map.of(), null, _ -> {});
      assertThat(checked.fault()).isEmpty();
      assertThat(checked.lines()).isEqualTo(read.lines()).isEqualTo(SAVED_LINES);
      assertThat(checked.executions()).isEqualTo(SAVED_EXECUTIONS);
      read.export(lines::add);
      read.raw(raw::add);
    }
    assertThat(lines).hasSize(SAVED_LINES);
    assertThat(raw).hasSize(SAVED_LINES + 2);
    assertThat(Files.readAllBytes(file())).isEqualTo(before);
    assertThat(Files.getLastModifiedTime(file())).isEqualTo(written);
    Path export = Files.write(folder.resolve("export"), raw);
    try (Journal handed = Journal.open(export)) {
      assertThat(handed.verify(Map.of(), null, _ -> {}).executions()).isEqualTo(SAVED_EXECUTIONS);
    }
    Bytes32 genesis = TinyModel.hash(77);
    try (JournalStore store = JournalStore.open(settings(), _ -> {})) {
      new JdbcTransactionJournal(store.source());
      new JournalChain(31_337, genesis).require(store.source());
      new JournalChain(31_337, genesis).require(store.source());
      assertThatThrownBy(() -> new JournalChain(31_337, Bytes32.ZERO).require(store.source()))
          .hasMessageContaining("another chain with the same id 31337")
          .hasMessageContaining("name another folder");
      assertThatThrownBy(() -> new JournalChain(1, genesis).require(store.source()))
          .hasMessageContaining("of chain 31337, and this is chain 1");
    }
    JournalStore.open(settings(), _ -> {}).close();
  }

  @Test
  void whatANodeLeavesInAnyStateIsAdmitted() throws Exception {
    // Killed in the middle, and with the statistics that the engine adds by itself.
    Path own = folder.resolve("own");
    try (JournalStore store = JournalStore.open(new JournalSettings.Embedded(own), _ -> {})) {
      new JdbcTransactionJournal(store.source());
      List<JournalTable.Row> rows = new ArrayList<>();
      for (int i = 1; i <= 3_000; i++) {
        rows.add(new JournalTable.Row("agent|a", i, "", 1, "", new byte[] {1}, false));
      }
      store.table().append(rows);
      execute(store.source().getConnection(), "ANALYZE");
      try (Connection open = store.source().getConnection()) {
        open.setAutoCommit(false);
        execute(open, "DELETE FROM \"event_journal\" WHERE \"sequence_number\" > 2000");
        store
            .table()
            .append(List.of(new JournalTable.Row("agent|b", 1, "", 1, "", new byte[] {1}, false)));
        Files.delete(file());
        Files.copy(own.resolve("journal.mv.db"), file());
        open.rollback();
      }
    }
    boolean[] undoes = {false};
    store(store ->
        store.getMapNames().stream()
            .filter(name -> name.startsWith("undoLog"))
            .forEach(name -> undoes[0] |= store.hasData(name)));
    assertThat(undoes[0]).as("a transaction is open in it").isTrue();
    try (JournalStore store = JournalStore.read(settings())) {
      assertThat(store.table().count("")).isEqualTo(3_001);
    }
    JournalStore.open(settings(), _ -> {}).close();
  }

  // ---- helpers ----

  private static final int SAVED_LINES = 74;
  private static final int SAVED_EXECUTIONS = 3;

  private JournalSettings settings() {
    return new JournalSettings.Embedded(journal);
  }

  private Path file() {
    return journal.resolve("journal.mv.db");
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void journalThatAnotherHasOpenIsSaidToBe() {
    JournalStore.open(settings(), _ -> {}).close();
    try (JournalStore _ = JournalStore.open(settings(), _ -> {})) {
      assertThatThrownBy(() -> JournalStore.open(settings(), _ -> {}))
          .isInstanceOf(BadSetting.class)
          .hasMessageContaining("another process has it open, perhaps the node that writes it");
    }
  }

  private void requireRefused(String why) throws IOException {
    boolean plain = Files.isRegularFile(file());
    byte[] before = plain ? Files.readAllBytes(file()) : new byte[0];
    FileTime written = plain ? Files.getLastModifiedTime(file()) : FileTime.fromMillis(0);
    List<Consumer<JournalSettings>> openings =
        List.of(JournalStore::read, settings -> JournalStore.open(settings, _ -> {}));
    for (var opening : openings) {
      assertThatThrownBy(() -> opening.accept(settings()))
          .isInstanceOf(BadSetting.class)
          .hasMessageStartingWith("The journal in " + journal + " cannot be opened: ")
          .hasMessageContaining(why)
          .message()
          .doesNotContain("\n");
    }
    assertThat(pwned).doesNotExist();
    if (plain) {
      assertThat(Files.readAllBytes(file())).isEqualTo(before);
      assertThat(Files.getLastModifiedTime(file())).isEqualTo(written);
    }
  }

  private void execute(String sql) throws SQLException {
    execute(
        DriverManager.getConnection("jdbc:h2:file:" + journal.resolve("journal"), "probity", ""),
        sql);
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    boolean ours = connection.getAutoCommit();
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } finally {
      if (ours) {
        connection.close();
      }
    }
  }

  private void store(Consumer<MVStore> change) {
    try (MVStore store = new MVStore.Builder().fileName(file().toString()).open()) {
      change.accept(store);
    }
  }

  /** Says so when it is made ready. */
  static final class ForeignClass {
    /** A constant, which is read without the class. */
    static final String LOADED = "probity.test.foreign";

    static {
      System.setProperty(LOADED, "yes");
    }

    private ForeignClass() {}
  }

  private abstract static class Written<T> extends BasicDataType<T> {
    @Override
    public int getMemory(T value) {
      return 0;
    }

    @Override
    public T read(ByteBuffer in) {
      throw new UnsupportedOperationException();
    }
  }

  private static final class ClassName extends Written<String> {
    @Override
    public String[] createStorage(int size) {
      return new String[size];
    }

    @Override
    public void write(WriteBuffer out, String name) {
      byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
      out.putVarInt(bytes.length).put(bytes);
    }
  }

  private static final class MapNumber extends Written<Integer> {
    @Override
    public Integer[] createStorage(int size) {
      return new Integer[size];
    }

    @Override
    public void write(WriteBuffer out, Integer map) {
      out.putVarInt(map);
    }
  }
}
