package org.probity.agent.journal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.WriteBuffer;
import org.h2.mvstore.db.NullValueDataType;
import org.h2.mvstore.db.RowDataType;
import org.h2.mvstore.tx.VersionedValueType;
import org.h2.mvstore.type.BasicDataType;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.DataType;
import org.h2.mvstore.type.LongDataType;
import org.h2.mvstore.type.StringDataType;
import org.h2.result.RowFactory;
import org.h2.result.SearchRow;
import org.h2.value.CompareMode;
import org.h2.value.Value;
import org.h2.value.ValueInteger;
import org.h2.value.ValueVarchar;
import org.h2.value.VersionedValue;
import org.jspecify.annotations.Nullable;
import org.probity.ground.Printable;

/**
 * A look into the file of an embedded database before the database engine opens it. The engine runs
 * what the file says: it executes every statement of its own catalogue, compiles Java that is
 * stored as an alias, loads classes of triggers and settings, connects linked tables; below that it
 * loads the classes of its types by their names, and makes Java objects of what it finds among
 * prepared transactions. So the look reads the file's maps themselves, without the engine, without
 * writing, and admits only what a node's own statements leave there:
 *
 * <ul>
 *   <li>maps by name: tables, indexes, large objects, undo logs, types, and no prepared
 *       transactions;
 *   <li>types by name, of which none can do anything;
 *   <li>in undo logs, changes of tables and indexes only;
 *   <li>in the catalogue, statements of {@code journal-database.sql} and no others.
 * </ul>
 */
@SuppressWarnings({"rawtypes", "unchecked"}) // The types of H2's own maps are known by name only.
final class DatabaseLook {

  private static final String CATALOGUE = "table.0";
  private static final String TYPES = "_";
  private static final String PREPARED = "openTransactions";
  private static final int CATALOGUE_COLUMNS = 4;
  private static final int SHOWN = 80;

  private static final Pattern ROWS = Pattern.compile("(table|index)\\.[0-9]{1,9}");
  private static final Pattern UNDO = Pattern.compile("undoLog[.-][0-9]{1,9}");
  private static final List<String> OTHERS =
      List.of(TYPES, PREPARED, "lobMap", "tempLobMap", "lobRef", "lobData");

  /** How selective a column is; the engine notes it by itself. */
  private static final Pattern STATISTICS = Pattern.compile(" SELECTIVITY [0-9]{1,3}(?= )");

  private static final List<Pattern> ADMITTED = admitted();

  private final MVStore store;
  private final Map<Integer, Map<String, String>> maps = new HashMap<>();
  private final Map<String, DataType> types = new HashMap<>();

  private DatabaseLook(MVStore store) {
    this.store = store;
  }

  /** What is there is not what a node puts there. */
  private static final class Strange extends RuntimeException {
    private static final long serialVersionUID = 1;

    Strange(String what) {
      super("it holds what no node puts there (" + Printable.line(what, SHOWN) + ")");
    }
  }

  /**
   * Refuses a file that holds anything else than a journal.
   *
   * @throws FileSystemException whose reason is a clause, if it does, is damaged, or is in use
   */
  static void require(Path file) throws FileSystemException {
    MVStore.Builder reading =
        new MVStore.Builder().fileName(file.toString()).readOnly().autoCommitDisabled();
    try (MVStore store = reading.open()) {
      new DatabaseLook(store).look();
    } catch (RuntimeException e) {
      FileSystemException refused = new FileSystemException(file.toString(), null, reason(e));
      refused.initCause(e);
      throw refused;
    }
  }

  private static String reason(RuntimeException e) {
    // What is found while a page is read comes wrapped, as a page that cannot be read.
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof Strange strange) {
        return String.valueOf(strange.getMessage());
      }
    }
    if (e instanceof MVStoreException known
        && known.getErrorCode() == DataUtils.ERROR_FILE_LOCKED) {
      return "another process has it open, perhaps the node that writes it";
    }
    String said = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    return "it was cut off, damaged, or is no journal (%s)".formatted(Printable.line(said, SHOWN));
  }

  private void look() {
    lookAtNames();
    if (store.hasData(PREPARED)) {
      throw new Strange("prepared transactions");
    }
    readTypes();
    for (String name : store.getMapNames()) {
      if (UNDO.matcher(name).matches() && store.hasData(name)) {
        lookAtChanges(name);
      }
    }
    if (!store.hasData(CATALOGUE)) {
      throw new IllegalStateException("there are no tables");
    }
    lookAtCatalogue();
  }

  /** The store itself sees to it that every name is of one map. */
  private void lookAtNames() {
    store
        .getMetaMap()
        .forEach((key, value) -> {
          if (key.startsWith(DataUtils.META_MAP)) {
            Map<String, String> map = DataUtils.parseMap(value);
            if (!isKnown(name(map)) || map.containsKey("type")) {
              throw new Strange("map " + name(map));
            }
            maps.put(DataUtils.parseHexInt(key.substring(DataUtils.META_MAP.length())), map);
          } else if (!key.startsWith(DataUtils.META_NAME)) {
            throw new Strange(key);
          }
        });
  }

  private static String name(Map<String, String> map) {
    return String.valueOf(map.get("name"));
  }

  private static boolean isKnown(String name) {
    return OTHERS.contains(name) || ROWS.matcher(name).matches() || UNDO.matcher(name).matches();
  }

  private void readTypes() {
    if (store.hasMap(TYPES)) {
      MVMap<String, DataType> registered =
          store.openMap(
              TYPES,
              new MVMap.Builder<String, DataType>()
                  .keyType(StringDataType.INSTANCE)
                  .valueType(new Types()));
      registered.forEach(types::put);
    }
  }

  private void lookAtChanges(String log) {
    MVMap<Long, String> changes =
        store.openMap(
            log,
            new MVMap.Builder<Long, String>()
                .keyType(LongDataType.INSTANCE)
                .valueType(new Changes()));
    // Reading them is the look: what changes no rows is not read.
    changes.forEach((_, _) -> {});
  }

  private void lookAtCatalogue() {
    RowDataType row =
        RowFactory.getDefaultRowFactory()
            .createRowFactory(
                null,
                CompareMode.getInstance(null, 0),
                null,
                new int[CATALOGUE_COLUMNS],
                null,
                null,
                CATALOGUE_COLUMNS,
                false)
            .getRowDataType();
    MVMap<Long, VersionedValue<SearchRow>> catalogue =
        store.openMap(
            CATALOGUE,
            new MVMap.Builder<Long, VersionedValue<SearchRow>>()
                .keyType(LongDataType.INSTANCE)
                .valueType(new VersionedValueType(row)));
    // Which version of a row counts depends on how its transaction ended: both are looked at.
    catalogue.forEach((_, version) -> {
      lookAt(version.getCurrentValue());
      lookAt(version.getCommittedValue());
    });
  }

  private static void lookAt(@Nullable SearchRow row) {
    if (row == null) {
      return;
    }
    for (int i = 0; i < CATALOGUE_COLUMNS - 1; i++) {
      if (!(row.getValue(i) instanceof ValueInteger)) {
        throw new Strange("an entry of the catalogue that is none");
      }
    }
    Value last = row.getValue(CATALOGUE_COLUMNS - 1);
    String statement = last instanceof ValueVarchar text ? text.getString() : "no statement";
    String bare = STATISTICS.matcher(statement).replaceAll("");
    if (ADMITTED.stream().noneMatch(shape -> shape.matcher(bare).matches())) {
      throw new Strange(statement);
    }
  }

  private static List<Pattern> admitted() {
    try (InputStream in = DatabaseLook.class.getResourceAsStream("/journal-database.sql")) {
      String all = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      return Stream.of(all.strip().split("\n\n")).map(DatabaseLook::shape).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Pattern shape(String statement) {
    Map<String, String> parts =
        Map.of("number", "[0-9]{1,19}", "hex", "[0-9a-f]{1,64}", "name", "[A-Z0-9_]{1,128}");
    StringBuilder shape = new StringBuilder();
    Matcher part = Pattern.compile("\\{([a-z]+)}").matcher(statement);
    int at = 0;
    while (part.find()) {
      shape.append(Pattern.quote(statement.substring(at, part.start())));
      shape.append(Objects.requireNonNull(parts.get(part.group(1))));
      at = part.end();
    }
    return Pattern.compile(shape + Pattern.quote(statement.substring(at)));
  }

  /** A type of values that are only read. */
  private abstract static class Reading<T> extends BasicDataType<T> {
    @Override
    public int getMemory(T value) {
      return 0;
    }

    @Override
    public int compare(T one, T other) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void write(WriteBuffer buffer, T value) {
      throw new UnsupportedOperationException();
    }
  }

  /** The registered types: by name, as the engine reads them, but no class is loaded by it. */
  private static final class Types extends Reading<DataType> {
    @Override
    public DataType[] createStorage(int size) {
      return new DataType[size];
    }

    @Override
    public DataType read(ByteBuffer in) {
      String name = DataUtils.readString(in, DataUtils.readVarInt(in));
      return switch (name) {
        case "org.h2.mvstore.type.LongDataType" -> LongDataType.INSTANCE;
        case "org.h2.mvstore.db.NullValueDataType" -> NullValueDataType.INSTANCE;
        case "org.h2.mvstore.db.RowDataType$Factory" ->
            new RowDataType.Factory().create(in, null, null);
        case "org.h2.mvstore.tx.VersionedValueType$Factory" -> new VersionedValueType(read(in));
        // Of large objects, which are in no undo log: nothing is read by these.
        case "org.h2.mvstore.type.ByteArrayDataType",
            "org.h2.mvstore.db.LobStorageMap$BlobReference$Type",
            "org.h2.mvstore.db.LobStorageMap$BlobMeta$Type" ->
            ByteArrayDataType.INSTANCE;
        default -> throw new Strange("type " + name);
      };
    }
  }

  /** Entries of an undo log: the table or index that each is of. */
  private final class Changes extends Reading<String> {
    @Override
    public String[] createStorage(int size) {
      return new String[size];
    }

    @Override
    public String read(ByteBuffer in) {
      int id = DataUtils.readVarInt(in);
      if (id < 0) {
        return "";
      }
      Map<String, String> map = maps.getOrDefault(id, Map.of());
      if (!ROWS.matcher(name(map)).matches()) {
        throw new Strange("a change of map " + name(map));
      }
      Object unused = type(map, "key").read(in);
      if (in.get() == 1) {
        unused = type(map, "val").read(in);
      }
      return name(map);
    }

    private DataType type(Map<String, String> map, String of) {
      DataType type = types.get(String.valueOf(map.get(of)));
      if (type == null) {
        throw new Strange("a change without a type");
      }
      return type;
    }
  }
}
