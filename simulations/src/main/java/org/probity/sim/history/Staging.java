package org.probity.sim.history;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.LongFunction;
import org.probity.ground.LineReader;
import org.probity.ground.PlainFile;
import org.probity.ground.WholeFile;
import org.probity.json.StrictJson;

/**
 * An import under way, on disk: the rows fetched so far, and how far that is. The rows are written
 * first and then, in one step, how many bytes of them count; bytes beyond are of a range that was
 * cut off, and dropped.
 */
final class Staging {

  private static final String STATE = "state.json";
  private static final String ROWS = "rows.csv";
  private static final long LARGEST_STATE = 1L << 20;
  private static final int LONGEST_ROW = 1 << 16;

  private final Path folder;
  private final String name;
  private final SortedMap<String, String> facts;
  private final long from;
  private final long to;
  private long next;
  private String lastHash;
  private long bytes;

  /**
   * What is to be fetched.
   *
   * @param fixed whether the caller named the last block; else an import that goes on keeps its own
   */
  record Plan(long from, long to, boolean fixed) {}

  private Staging(
      Path folder,
      String name,
      SortedMap<String, String> facts,
      long from,
      long to,
      long next,
      String lastHash,
      long bytes) {
    this.folder = folder;
    this.name = name;
    this.facts = facts;
    this.from = from;
    this.to = to;
    this.next = next;
    this.lastHash = lastHash;
    this.bytes = bytes;
  }

  /**
   * The import of {@code name} that was under way, if it is the same one and the chain still has
   * its last block; else a new one.
   */
  static Staging open(
      Path store,
      String name,
      SortedMap<String, String> facts,
      Plan plan,
      LongFunction<String> hashOf) {
    Path folder = store.resolve(".import-" + name);
    try {
      Optional<Staging> under = underWay(folder, name);
      if (under.isPresent()) {
        Staging before = under.get();
        boolean same =
            before.facts.equals(facts)
                && before.from == plan.from
                && (before.to == plan.to || !plan.fixed);
        boolean there =
            before.next == before.from || hashOf.apply(before.next - 1).equals(before.lastHash);
        if (same && there) {
          before.dropCutOff();
          return before;
        }
      }
      var fresh = new Staging(folder, name, facts, plan.from, plan.to, plan.from, "", 0);
      // The state first: from here on what is in the folder is ours.
      fresh.save();
      Files.write(folder.resolve(ROWS), new byte[0]);
      return fresh;
    } catch (IOException e) {
      throw refused(folder, e);
    }
  }

  /** The import that left this folder; refuses one that no import left. */
  private static Optional<Staging> underWay(Path folder, String name) throws IOException {
    Files.createDirectories(folder.toAbsolutePath().getParent());
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      Files.createDirectory(folder);
      return Optional.empty();
    }
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      throw notOurs(folder);
    }
    if (Files.exists(folder.resolve(STATE))) {
      requireOurRows(folder);
      return Optional.of(read(folder, name));
    }
    if (!PlainFile.isEmptyFolder(folder)) {
      throw notOurs(folder);
    }
    return Optional.empty();
  }

  /** Rows are written in place: through a link they would be written over a file elsewhere. */
  private static void requireOurRows(Path folder) {
    Path rows = folder.resolve(ROWS);
    if (Files.exists(rows, LinkOption.NOFOLLOW_LINKS)
        && !Files.isRegularFile(rows, LinkOption.NOFOLLOW_LINKS)) {
      throw notOurs(folder);
    }
  }

  private static Staging read(Path folder, String name) throws IOException {
    StrictJson state =
        StrictJson.parse(
            STATE, PlainFile.bytes(folder.resolve(STATE), LARGEST_STATE), "", _ -> notOurs(folder));
    return new Staging(
        folder,
        name,
        state.textsByName("facts"),
        state.whole("from", 0, Long.MAX_VALUE),
        state.whole("to", 0, Long.MAX_VALUE),
        state.whole("next", 0, Long.MAX_VALUE),
        state.text("lastHash"),
        state.whole("bytes", 0, Long.MAX_VALUE));
  }

  private static HistoryRefused notOurs(Path folder) {
    return new HistoryRefused(
        "%s is there and is no import under way: move it away, or use another name; nothing in it was touched."
            .formatted(folder));
  }

  private void dropCutOff() throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            folder.resolve(ROWS), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      if (channel.size() < bytes) {
        throw damaged();
      }
      channel.truncate(bytes);
    }
  }

  long from() {
    return from;
  }

  long to() {
    return to;
  }

  /** The first block that was not fetched yet. */
  long next() {
    return next;
  }

  /** Keeps the rows of the blocks up to {@code last}, whose hash is {@code hash}. */
  void add(List<Row> rows, long last, String hash) {
    try (FileChannel channel = FileChannel.open(folder.resolve(ROWS), StandardOpenOption.WRITE)) {
      var text = new StringBuilder();
      rows.forEach(row -> text.append(row.canonical()));
      ByteBuffer buffer = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
      channel.position(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(false);
      bytes = channel.position();
      next = last + 1;
      lastHash = hash;
      save();
    } catch (IOException e) {
      throw refused(folder, e);
    }
  }

  private void save() throws IOException {
    ObjectNode state = StrictJson.MAPPER.createObjectNode();
    state.put("from", from).put("to", to).put("next", next);
    state.put("lastHash", lastHash).put("bytes", bytes);
    ObjectNode about = state.putObject("facts");
    facts.forEach(about::put);
    WholeFile.replace(folder.resolve(STATE), StrictJson.MAPPER.writeValueAsString(state));
  }

  boolean isEmpty() {
    return bytes == 0;
  }

  /** Everything fetched. */
  HistoryStore.Batch batch(SeriesKind kind) {
    try {
      List<Row> rows = new ArrayList<>();
      try (LineReader lines = LineReader.open(folder.resolve(ROWS), LONGEST_ROW)) {
        for (String line = lines.next(); line != null; line = lines.next()) {
          rows.add(row(kind, line.split(",", -1)));
        }
      }
      return new HistoryStore.Batch("the import of " + name, rows);
    } catch (IOException e) {
      throw refused(folder, e);
    }
  }

  private HistoryRefused damaged() {
    return new HistoryRefused(
        "The import under way in %s lost rows: remove that folder and import again."
            .formatted(folder));
  }

  private Row row(SeriesKind kind, String[] fields) {
    if (fields.length != kind.columns().size()) {
      throw damaged();
    }
    try {
      return new Row(kind, values(kind, fields));
    } catch (NumberFormatException e) {
      throw damaged();
    }
  }

  private static Object[] values(SeriesKind kind, String[] fields) {
    Object[] values = new Object[fields.length];
    for (int c = 0; c < fields.length; c++) {
      values[c] =
          switch (kind.columns().get(c).type()) {
            case WHOLE -> (Object) Long.valueOf(fields[c]);
            case INTEGER -> new BigInteger(fields[c]);
            case REAL -> Double.valueOf(fields[c]);
            case TEXT -> fields[c];
          };
    }
    return values;
  }

  /** It is all in the series now. */
  void remove() {
    try {
      for (String file : List.of(STATE, ROWS)) {
        Files.deleteIfExists(folder.resolve(file));
      }
      if (PlainFile.isEmptyFolder(folder)) {
        Files.deleteIfExists(folder);
      }
    } catch (IOException e) {
      throw refused(folder, e);
    }
  }

  private static HistoryRefused refused(Path folder, IOException e) {
    return new HistoryRefused(
        "%s cannot be used (%s): check its permissions and the space on the disk. The series is as it was."
            .formatted(folder, String.valueOf(e.getMessage()).lines().findFirst().orElse("")),
        e);
  }
}
