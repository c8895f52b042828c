package org.probity.agent.journal;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.apache.pekko.actor.setup.Setup;
import org.jspecify.annotations.Nullable;
import org.probity.agent.Fatal;
import org.probity.agent.settings.JournalSettings;
import org.probity.ground.PlainFile;
import org.probity.ground.Printable;
import org.probity.settings.BadSetting;

/**
 * The database behind the journal: made on first use.
 *
 * <p>H2 by default. It must survive {@code kill -9} at any moment: {@code WRITE_DELAY=0} has every
 * commit written to the file before it is acknowledged (the default may lose half a second), and
 * H2's store is a log of checksummed chunks that are never overwritten in place, so that an
 * unfinished one is ignored at the next start. What a process has given to the operating system
 * outlives the process; against the loss of power itself only PostgreSQL, which waits for the disk,
 * is sure. {@code FILE_LOCK=FS} locks the file by the operating system, which forgets the lock when
 * a process dies, and keeps a second process out. {@code DB_CLOSE_ON_EXIT=FALSE}: the node closes
 * the database after its last agent, not a shutdown hook in the middle.
 */
public final class JournalStore implements AutoCloseable {

  /**
   * Written into the database; another number is another layout, or lines of another format. Up to
   * 2 lines were of vaults of two assets.
   */
  private static final int SCHEMA = 3;

  /** What fails is thrown; a file of traces beside the journal would say it again. */
  private static final String H2_OPTIONS =
      ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE;FILE_LOCK=FS;CACHE_SIZE=65536;TRACE_LEVEL_FILE=0";

  private static final String H2_READING =
      ";ACCESS_MODE_DATA=r;IFEXISTS=TRUE;DB_CLOSE_ON_EXIT=FALSE;FILE_LOCK=FS;TRACE_LEVEL_FILE=0";

  private static final String H2_USER = "probity";

  static {
    // A second defence behind DatabaseLook: whatever is in a database, no class is loaded by name.
    System.setProperty("h2.allowedClasses", "");
  }

  /** Tells the databases of one process apart. */
  private static final AtomicInteger IN_MEMORY = new AtomicInteger();

  private final HikariDataSource pool;
  private final boolean embedded;
  private final JournalTable table;
  private final GroupCommit commit;
  private @Nullable JournalGuard guard;

  private JournalStore(HikariDataSource pool, boolean embedded) {
    this.pool = pool;
    this.embedded = embedded;
    this.table = new JournalTable(pool, embedded);
    this.commit = new GroupCommit(table, this::failed);
  }

  /**
   * Opens the database for a node and makes what is missing in it.
   *
   * @param fatal told if the database is lost while the node runs
   * @throws BadSetting if it cannot be used, with the reason
   */
  public static JournalStore open(JournalSettings settings, Fatal fatal) {
    return switch (settings) {
      case JournalSettings.Memory() ->
          made(
              settings,
              embedded(
                  "jdbc:h2:mem:journal-%s;DB_CLOSE_DELAY=-1;DB_CLOSE_ON_EXIT=FALSE"
                      .formatted(IN_MEMORY.incrementAndGet())));
      case JournalSettings.Embedded embedded -> {
        JournalFolder folder = JournalFolder.forNode(embedded.folder());
        JournalStore store = made(settings, embedded(folder.url(H2_OPTIONS)));
        store.using(settings, () -> store.guard(folder, fatal));
        yield store;
      }
      case JournalSettings.Postgres postgres -> made(settings, postgres(postgres));
    };
  }

  private static JournalStore made(JournalSettings settings, HikariConfig pool) {
    JournalStore store = connect(settings, pool);
    store.using(settings, store::makeTables);
    return store;
  }

  /**
   * Opens the database for those who only read: nothing in it is changed, not even in its file.
   *
   * @throws BadSetting if there is no journal or it cannot be used, with the reason
   */
  static JournalStore read(JournalSettings settings) {
    HikariConfig pool =
        switch (settings) {
          case JournalSettings.Memory() ->
              throw new IllegalArgumentException("A journal in memory is its node's alone");
          case JournalSettings.Embedded(Path folder) ->
              embedded(JournalFolder.toRead(folder).url(H2_READING));
          case JournalSettings.Postgres postgres -> postgres(postgres);
        };
    pool.setReadOnly(true);
    JournalStore store = connect(settings, pool);
    store.using(settings, store::requireLayout);
    return store;
  }

  private static HikariConfig embedded(String url) {
    HikariConfig pool = pool();
    pool.setJdbcUrl(url);
    pool.setUsername(H2_USER);
    pool.setPassword("");
    return pool;
  }

  private static HikariConfig postgres(JournalSettings.Postgres settings) {
    HikariConfig pool = pool();
    pool.setJdbcUrl(settings.url());
    pool.setUsername(settings.user());
    settings.password().ifPresent(pool::setPassword);
    // A batch is one statement on the wire.
    pool.addDataSourceProperty("reWriteBatchedInserts", "true");
    return pool;
  }

  private static HikariConfig pool() {
    HikariConfig pool = new HikariConfig();
    pool.setPoolName("probity-journal");
    pool.setMaximumPoolSize(8);
    pool.setMinimumIdle(1);
    return pool;
  }

  private static JournalStore connect(JournalSettings settings, HikariConfig pool) {
    try {
      return new JournalStore(
          new HikariDataSource(pool), !(settings instanceof JournalSettings.Postgres));
    } catch (RuntimeException e) {
      throw new BadSetting(
          "The journal %s cannot be opened: %s.".formatted(where(settings), said(e)));
    }
  }

  private interface Step {
    void take() throws SQLException, IOException;
  }

  private void using(JournalSettings settings, Step step) {
    try {
      step.take();
    } catch (SQLException | IOException e) {
      close();
      throw new BadSetting(
          "The journal %s cannot be used: %s.".formatted(where(settings), said(e)));
    }
  }

  private void guard(JournalFolder folder, Fatal fatal) throws SQLException, IOException {
    PlainFile.tighten(folder.file());
    guard =
        new JournalGuard(
            folder.file(), DriverManager.getConnection(pool.getJdbcUrl(), H2_USER, ""), fatal);
  }

  /** What could not be written may be the end of an embedded database; a server may come back. */
  private void failed(Throwable failure) {
    JournalGuard watching = guard;
    if (watching != null) {
      watching.failed(failure);
    }
  }

  /** For readers and writers of our own. */
  public DataSource source() {
    return pool;
  }

  /** The lines in it. */
  public JournalRows rows() {
    return new JournalRows(table);
  }

  /** Who acts for which vault, by the lines in it. */
  public VaultSeats seats(InstantSource clock) {
    return new VaultSeats(table, pool, clock);
  }

  JournalTable table() {
    return table;
  }

  GroupCommit commit() {
    return commit;
  }

  /** How many lines are on their way into it. */
  public int waiting() {
    return commit.waiting();
  }

  /** What the plugins need besides their configuration. */
  public Setup setup() {
    return new JournalDatabase(this);
  }

  private static String where(JournalSettings settings) {
    return switch (settings) {
      case JournalSettings.Memory() -> "in memory";
      case JournalSettings.Embedded(Path folder) -> "in " + folder;
      case JournalSettings.Postgres postgres -> "at " + BadSetting.publicPart(postgres.url());
    };
  }

  /** The first line of what the first cause says. */
  static String said(Throwable cause) {
    Throwable root = cause;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message = root.getMessage();
    String line =
        message == null || message.isBlank()
            ? "it was cut off or damaged (%s)".formatted(root.getClass().getSimpleName())
            : message.strip().lines().findFirst().orElseThrow();
    return Printable.line(line.endsWith(".") ? line.substring(0, line.length() - 1) : line);
  }

  private void makeTables() throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE IF NOT EXISTS \"probity_schema\" (\"version\" INTEGER NOT NULL)");
      requireLayout(statement);
      statement.execute(JournalTable.definition(embedded));
      statement.execute(SnapshotTable.definition(embedded));
      statement.execute(JournalChain.DEFINITION);
      statement.execute(
          "INSERT INTO \"probity_schema\" SELECT "
              + SCHEMA
              + " WHERE NOT EXISTS (SELECT 1 FROM \"probity_schema\")");
    }
  }

  private void requireLayout() throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      requireLayout(statement);
    }
  }

  /** The number of the layout is looked at first: tables of another one are not touched. */
  private static void requireLayout(Statement statement) throws SQLException {
    try (var rows = statement.executeQuery("SELECT \"version\" FROM \"probity_schema\"")) {
      if (rows.next() && rows.getInt(1) != SCHEMA) {
        throw new SQLException(
            "its layout is of version %s, and this program's of version %s: begin a new journal in another place, and keep this one for the release that wrote it"
                .formatted(rows.getInt(1), SCHEMA));
      }
    }
  }

  @Override
  public void close() {
    commit.close();
    JournalGuard watching = guard;
    if (watching != null) {
      watching.close();
    }
    if (embedded && !pool.isReadOnly()) {
      // What is broken is left as it is: whatever is written now may hide what happened.
      String order = watching != null && watching.isBroken() ? "SHUTDOWN IMMEDIATELY" : "SHUTDOWN";
      String url = pool.getJdbcUrl() + ";IFEXISTS=TRUE";
      try (Connection connection = DriverManager.getConnection(url, H2_USER, "");
          Statement statement = connection.createStatement()) {
        statement.execute(order);
      } catch (SQLException e) {
        // The next start finds the log as it is, which is as good.
      }
    }
    pool.close();
  }
}
