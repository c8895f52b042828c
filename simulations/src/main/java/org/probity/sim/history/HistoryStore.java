package org.probity.sim.history;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.probity.ground.PlainFile;
import org.probity.ground.Sha256;
import org.probity.ground.WholeFile;
import org.probity.sim.history.SeriesManifest.FileEntry;
import org.probity.sim.history.SeriesManifest.Quality;

/**
 * A folder of series. Each is a folder with {@code manifest.json} and the Parquet file that it
 * names by its hash. To change a series a new Parquet file is written beside the old one, and then
 * the manifest is replaced in one step: whatever fails before leaves the series as it was.
 */
public final class HistoryStore {

  private static final String MANIFEST = "manifest.json";
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

  /** The manifest of a series of years with a gap in every second row has less. */
  private static final long LARGEST_MANIFEST = 64L << 20;

  /** What a row in memory takes at least. */
  private static final long ROW_BYTES = 100;

  private static final SecureRandom NAMES = new SecureRandom();
  private static final Quality EMPTY = new Quality(0, 0, 0, List.of(), 0, List.of());

  private final Path folder;

  private HistoryStore(Path folder) {
    this.folder = folder;
  }

  /** The store in {@code folder}, which need not exist before something is put in. */
  public static HistoryStore at(Path folder) {
    return new HistoryStore(folder);
  }

  /**
   * Rows on their way in.
   *
   * @param origin where they are from, for complaints: a file's name
   * @param zoned whether their times are known to be UTC, and not those of some place
   */
  record Batch(String origin, List<Row> rows, boolean zoned) {
    Batch {
      rows = List.copyOf(rows);
    }

    Batch(String origin, List<Row> rows) {
      this(origin, rows, true);
    }
  }

  /**
   * What a check found.
   *
   * @param manifest of the series
   * @param fault why it cannot be used; empty if it can
   */
  public record Checked(SeriesManifest manifest, Optional<String> fault) {}

  public Path folder() {
    return folder;
  }

  /** The series, by name. */
  public List<SeriesManifest> series() {
    var found = new TreeMap<String, SeriesManifest>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
        for (Path entry : entries) {
          String name = String.valueOf(entry.getFileName());
          // A series on its way in, or one that a killed import left there, has no such name.
          if (NAME.matcher(name).matches() && Files.isRegularFile(entry.resolve(MANIFEST))) {
            found.put(name, manifest(name));
          }
        }
      } catch (IOException e) {
        throw unreadable(folder, e);
      }
    }
    return List.copyOf(found.values());
  }

  /**
   * What is in the series {@code name}.
   *
   * @throws HistoryRefused if there is none
   */
  public SeriesManifest manifest(String name) {
    return find(name)
        .orElseThrow(() -> {
          List<String> names = series().stream().map(SeriesManifest::name).toList();
          return new HistoryRefused(
              names.isEmpty()
                  ? "There is no history in %s: fill it with `probity data import`."
                      .formatted(folder)
                  : "There is no series %s in %s: it has %s."
                      .formatted(name, folder, String.join(", ", names)));
        });
  }

  /** What is in the series {@code name}, if there is one. */
  public Optional<SeriesManifest> find(String name) {
    Path file = folder.resolve(requireName(name)).resolve(MANIFEST);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          SeriesManifest.parse(PlainFile.text(file, LARGEST_MANIFEST), name, file.toString()));
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /** Reads every row of a series again and compares with what its manifest says. */
  public Checked check(String name) {
    SeriesManifest manifest = manifest(name);
    try {
      List<Row> rows = rows(manifest);
      for (Row row : rows) {
        RowRules.require(manifest.kind(), row, name);
      }
      return new Checked(manifest, Optional.empty());
    } catch (HistoryRefused e) {
      return new Checked(manifest, Optional.ofNullable(e.getMessage()));
    }
  }

  /** The hash of the whole store: over the names and hashes of its series. */
  public String hash() {
    return Sha256.hex(
        series().stream()
            .map(one -> one.name() + " " + one.hash() + "\n")
            .collect(Collectors.joining()));
  }

  /** A series as one number at each time. */
  public Levels levels(String name) {
    SeriesManifest manifest = manifest(name);
    return Levels.of(manifest, rows(manifest));
  }

  /** A pool's minutes, in order. */
  public List<PoolMinute> poolMinutes(String name) {
    return rows(name, SeriesKind.POOL_MINUTES).stream().map(PoolMinute::of).toList();
  }

  /** A pool's events, in the order of the chain. */
  public List<PoolEvent> poolEvents(String name) {
    return rows(name, SeriesKind.POOL_EVENTS).stream().map(PoolEvent::of).toList();
  }

  /** Candles, in order. */
  public List<Candle> candles(String name) {
    return rows(name, SeriesKind.CANDLES).stream().map(Candle::of).toList();
  }

  /** Gas prices, in order. */
  public List<GasMinute> gasMinutes(String name) {
    return rows(name, SeriesKind.GAS_MINUTES).stream().map(GasMinute::of).toList();
  }

  private List<Row> rows(String name, SeriesKind kind) {
    SeriesManifest manifest = manifest(name);
    if (manifest.kind() != kind) {
      throw new HistoryRefused(
          "The series %s holds %s, and %s are needed: name another."
              .formatted(name, manifest.kind().word(), kind.word()));
    }
    return rows(manifest);
  }

  /**
   * Refuses the name of a folder that is there and no series: whatever it holds is not ours.
   *
   * @throws HistoryRefused if the name is none, or taken by something else
   */
  void requireOurs(String name) {
    Path home = folder.resolve(requireName(name));
    if (Files.exists(home, LinkOption.NOFOLLOW_LINKS) && find(name).isEmpty()) {
      throw new HistoryRefused(
          "%s is there already and is no series, for it has no %s: use another name or another --store; nothing in it was touched."
              .formatted(home, MANIFEST));
    }
  }

  /** The rows of a series, its files checked. */
  List<Row> rows(SeriesManifest manifest) {
    requireMemory(manifest);
    List<Row> rows = new ArrayList<>();
    for (FileEntry entry : manifest.files()) {
      Path file = folder.resolve(manifest.name()).resolve(entry.file());
      requireInside(file, manifest.name());
      requireWhole(file, entry, manifest.name());
      try {
        rows.addAll(Parquet.read(file, manifest.kind(), manifest.quality().rows() - rows.size()));
      } catch (SQLException e) {
        throw new HistoryRefused(
            "%s cannot be read (%s): import the series %s again."
                .formatted(file, firstLine(e), manifest.name()),
            e);
      }
    }
    if (!SeriesMerge.hash(rows).equals(manifest.hash())) {
      throw new HistoryRefused(
          "The rows of %s do not have the hash that its manifest names: import the series again."
              .formatted(manifest.name()));
    }
    return rows;
  }

  private static void requireMemory(SeriesManifest manifest) {
    long most = Runtime.getRuntime().maxMemory();
    if (manifest.quality().rows() > most / ROW_BYTES) {
      throw new HistoryRefused(
          "The series %s has %d rows, more than the %d MiB that Java may use can hold: allow more with -Xmx, or import a shorter stretch."
              .formatted(manifest.name(), manifest.quality().rows(), most >> 20));
    }
  }

  /** A link in a store may not lead to a file somewhere else. */
  private void requireInside(Path file, String series) {
    try {
      if (Files.exists(file) && !file.toRealPath().startsWith(folder.toRealPath())) {
        throw new HistoryRefused(
            "%s leads to a file outside of %s: put a copy in its place, or import the series %s again."
                .formatted(file, folder, series));
      }
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static void requireWhole(Path file, FileEntry entry, String series) {
    try {
      if (!Files.isRegularFile(file)) {
        throw new HistoryRefused(
            "%s is missing: restore it from a copy, or import the series %s again."
                .formatted(file, series));
      }
      long size = Files.size(file);
      if (size != entry.bytes()) {
        throw new HistoryRefused(
            "%s is truncated or changed (%d bytes, not %d): restore it from a copy, or import the series %s again."
                .formatted(file, size, entry.bytes(), series));
      }
      if (!sha256(file).equals(entry.sha256())) {
        throw new HistoryRefused(
            "%s is damaged, its checksum does not match: restore it from a copy, or import the series %s again."
                .formatted(file, series));
      }
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /**
   * Adds rows to a series, or begins one.
   *
   * @param about facts about its origin; those that the series has already must agree
   * @param cadence seconds from row to row; 0 for events
   * @throws HistoryRefused if rows cannot be, or do not go with the others; the store is then as it
   *     was
   */
  SeriesManifest put(
      String name,
      SeriesKind kind,
      SortedMap<String, String> about,
      long cadence,
      List<Batch> batches,
      Tolerance tolerance) {
    requireOurs(name);
    for (Batch batch : batches) {
      for (Row row : batch.rows) {
        RowRules.require(kind, row, batch.origin);
      }
    }
    try (FileChannel _ = lock()) {
      Optional<SeriesManifest> before = find(name);
      SortedMap<String, String> facts = new TreeMap<>(about);
      before.ifPresent(known -> agreed(known, kind, about, cadence).forEach(facts::putIfAbsent));
      var merge = new SeriesMerge(kind, cadence, tolerance);
      List<Row> rows = before.map(this::rows).orElse(List.of());
      Quality quality = before.map(SeriesManifest::quality).orElse(EMPTY);
      for (Batch batch : batches) {
        SeriesMerge.Merged merged = merge.with(rows, quality, merge.checked(batch), batch.origin);
        rows = merged.rows();
        quality = merged.quality();
      }
      if (rows.isEmpty()) {
        throw new HistoryRefused(
            "There is nothing to keep for %s: no row came in.".formatted(name));
      }
      requireOurs(name);
      return write(name, kind, facts, cadence, rows, quality, before);
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  private static SortedMap<String, String> agreed(
      SeriesManifest known, SeriesKind kind, SortedMap<String, String> about, long cadence) {
    if (known.kind() != kind) {
      throw new HistoryRefused(
          "The series %s holds %s: choose another NAME for %s."
              .formatted(known.name(), known.kind().word(), kind.word()));
    }
    if (known.cadence() != cadence) {
      throw new HistoryRefused(
          "The series %s has a row every %d s, and what comes in has one every %d s: choose another NAME for it."
              .formatted(known.name(), known.cadence(), cadence));
    }
    for (var fact : about.entrySet()) {
      String had = known.about().get(fact.getKey());
      // How far an import reached is for the next one to go on from.
      if (had != null
          && !fact.getKey().startsWith("blocks.")
          && !had.equalsIgnoreCase(fact.getValue())) {
        throw new HistoryRefused(
            "The series %s has %s %s, and this import says %s: choose another --name, or correct the import."
                .formatted(known.name(), fact.getKey(), had, fact.getValue()));
      }
    }
    return known.about();
  }

  private SeriesManifest write(
      String name,
      SeriesKind kind,
      SortedMap<String, String> about,
      long cadence,
      List<Row> rows,
      Quality quality,
      Optional<SeriesManifest> before)
      throws IOException {
    String hash = SeriesMerge.hash(rows);
    var series =
        new Unwritten(
            kind,
            rows,
            hash.substring(0, 16) + ".parquet",
            entry -> new SeriesManifest(name, kind, about, cadence, List.of(entry), quality, hash));
    try {
      return before.isPresent() ? changed(before.get(), series) : begun(name, series);
    } catch (SQLException e) {
      throw unwritable(e);
    }
  }

  /**
   * A series that is to be written.
   *
   * @param file the name of its Parquet file
   * @param manifest what describes that file, once it is there
   */
  private record Unwritten(
      SeriesKind kind, List<Row> rows, String file, Function<FileEntry, SeriesManifest> manifest) {

    /** Writes both files into {@code home}, the manifest last: both, or none. */
    SeriesManifest into(Path home) throws IOException, SQLException {
      Path data = home.resolve(file);
      boolean there = Files.exists(data, LinkOption.NOFOLLOW_LINKS);
      WholeFile.<SQLException>replace(data, draft -> Parquet.write(draft, kind, rows));
      boolean done = false;
      try {
        SeriesManifest written =
            manifest.apply(new FileEntry(file, Files.size(data), sha256(data)));
        WholeFile.replace(home.resolve(MANIFEST), text(written));
        done = true;
        return written;
      } finally {
        if (!done && !there) {
          Files.deleteIfExists(data);
        }
      }
    }

    private static String text(SeriesManifest written) {
      String text = written.toJson();
      if (text.length() > LARGEST_MANIFEST) {
        throw new HistoryRefused(
            "The series %s has %d gaps, more than a manifest holds: import it in several series."
                .formatted(written.name(), written.quality().gaps().size()));
      }
      return text;
    }
  }

  /** A new series appears with all its files, or not at all. */
  private SeriesManifest begun(String name, Unwritten series) throws IOException, SQLException {
    Path draft = folder.resolve(".new-%s-%016x".formatted(name, NAMES.nextLong()));
    Files.createDirectory(draft);
    try {
      SeriesManifest written = series.into(draft);
      Files.move(draft, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
      return written;
    } finally {
      // Gone from here, unless something failed; and then there is nothing in it but ours.
      for (String file : List.of(series.file, MANIFEST, "")) {
        Files.deleteIfExists(draft.resolve(file));
      }
    }
  }

  private SeriesManifest changed(SeriesManifest before, Unwritten series)
      throws IOException, SQLException {
    Path home = folder.resolve(before.name());
    SeriesManifest written = series.into(home);
    // Only what a manifest of ours named.
    for (FileEntry had : before.files()) {
      if (!had.file().equals(series.file)) {
        Files.deleteIfExists(home.resolve(had.file()));
      }
    }
    return written;
  }

  /** One import at a time. */
  private FileChannel lock() throws IOException {
    Files.createDirectories(folder);
    Path file = folder.resolve(".lock");
    if (Files.exists(file)) {
      PlainFile.requireRegular(file);
    }
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock held = channel.tryLock();
      if (held != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // Held by another thread of this process.
    }
    channel.close();
    throw new HistoryRefused(
        "Another import into %s is under way: wait until it is done.".formatted(folder));
  }

  static String requireName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new HistoryRefused(
          "\"%s\" is no name for a series: use small letters, digits, dots and hyphens, 64 at most."
              .formatted(name));
    }
    return name;
  }

  private static String sha256(Path file) throws IOException {
    var digest = Sha256.begun();
    try (InputStream in = PlainFile.stream(file)) {
      in.transferTo(new DigestOutputStream(OutputStream.nullOutputStream(), digest));
    }
    return Sha256.hex(digest);
  }

  private static HistoryRefused unreadable(Path file, IOException e) {
    return new HistoryRefused(
        "%s cannot be read (%s): check its permissions."
            .formatted(
                file,
                e instanceof FileSystemException told && told.getReason() != null
                    ? told.getReason()
                    : e.getClass().getSimpleName()),
        e);
  }

  HistoryRefused unwritable(Exception e) {
    String said = firstLine(e).toLowerCase(Locale.ROOT);
    boolean full = said.contains("no space left") || said.contains("disk quota");
    return new HistoryRefused(
        full
            ? "There is no space left on the disk of %s: free some and import again; the store is as it was."
                .formatted(folder)
            : "%s cannot be written (%s): check its permissions and the space on the disk; the store is as it was."
                .formatted(folder, firstLine(e)),
        e);
  }

  private static String firstLine(Exception e) {
    if (e instanceof FileSystemException told && told.getReason() != null) {
      return told.getReason();
    }
    return String.valueOf(e.getMessage()).lines().findFirst().orElse(e.getClass().getSimpleName());
  }
}
