package org.probity.sim.history;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.probity.ground.Printable;
import org.probity.json.StrictJson;

/**
 * What a series is and what is in it. On disk a JSON file beside the Parquet files that it names.
 *
 * @param name of the series, unique in its store
 * @param kind of its rows
 * @param about facts about its origin: {@code pool}, {@code chain}, {@code token0.decimals} and
 *     such, by name
 * @param cadence seconds from row to row of a regular series; 0 for events
 * @param files the Parquet files
 * @param quality what was noticed about the rows
 * @param hash SHA-256 over the rows in order, hex
 */
public record SeriesManifest(
    String name,
    SeriesKind kind,
    SortedMap<String, String> about,
    long cadence,
    List<FileEntry> files,
    Quality quality,
    String hash) {

  private static final String FORMAT = "probity-history-1";
  private static final int LONGEST_FACT = 200;
  private static final Pattern FILE = Pattern.compile("[0-9a-f]{16}\\.parquet");
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");
  private static final String HASH_FORM = "64 hex digits";
  private static final Map<String, Pattern> FACTS =
      Map.of(
          "token0.decimals", Pattern.compile("[0-9]|[12][0-9]|3[0-6]"),
          "token1.decimals", Pattern.compile("[0-9]|[12][0-9]|3[0-6]"),
          "base.token", Pattern.compile("[01]"),
          "blocks.from", Pattern.compile("[0-9]{1,18}"),
          "blocks.to", Pattern.compile("[0-9]{1,18}"));
  private static final long LAST_SECOND = Instant.MAX.getEpochSecond();

  /**
   * One Parquet file.
   *
   * @param sha256 of its bytes, hex
   */
  public record FileEntry(String file, long bytes, String sha256) {}

  /**
   * A stretch without rows.
   *
   * @param from the last time before it
   * @param to the first time after it
   * @param missing rows that were due in it
   */
  public record Gap(long from, long to, long missing) {}

  /**
   * What was noticed about the rows.
   *
   * @param rows how many there are
   * @param first time of the first row, in seconds of Unix time; 0 without rows
   * @param last time of the last row
   * @param gaps stretches without rows
   * @param duplicates rows that came more than once; one of each was kept
   * @param outliers times of rows whose move is large beside their neighbours'
   */
  public record Quality(
      long rows, long first, long last, List<Gap> gaps, long duplicates, List<Long> outliers) {

    public Quality {
      gaps = List.copyOf(gaps);
      outliers = List.copyOf(outliers);
    }

    /** Rows that were due and are not there. */
    public long missing() {
      return gaps.stream().mapToLong(Gap::missing).sum();
    }
  }

  public SeriesManifest {
    var facts = new TreeMap<String, String>();
    // Symbols are what a token's maker, or a store's, made them.
    about.forEach((fact, value) ->
        facts.put(Printable.line(fact, LONGEST_FACT), Printable.line(value, LONGEST_FACT)));
    about = facts;
    files = List.copyOf(files);
  }

  /** A fact about the series' origin. */
  public String about(String fact) {
    String value = about.get(fact);
    if (value == null) {
      throw new HistoryRefused(
          "The series %s does not say its %s: import it again with --%s."
              .formatted(name, fact, fact.replace('.', '-')));
    }
    return value;
  }

  String toJson() {
    ObjectNode root = StrictJson.MAPPER.createObjectNode();
    root.put("format", FORMAT);
    root.put("name", name);
    root.put("kind", kind.word());
    ObjectNode facts = root.putObject("about");
    about.forEach(facts::put);
    root.put("cadenceSeconds", cadence);
    root.put("rows", quality.rows);
    root.put("first", quality.first);
    root.put("last", quality.last);
    root.put("missing", quality.missing());
    root.put("duplicates", quality.duplicates);
    root.put("hash", hash);
    ArrayNode gaps = root.putArray("gaps");
    for (Gap gap : quality.gaps) {
      gaps.addObject().put("from", gap.from).put("to", gap.to).put("missing", gap.missing);
    }
    ArrayNode outliers = root.putArray("outliers");
    quality.outliers.forEach(outliers::add);
    ArrayNode entries = root.putArray("files");
    for (FileEntry entry : files) {
      entries
          .addObject()
          .put("file", entry.file)
          .put("bytes", entry.bytes)
          .put("sha256", entry.sha256);
    }
    try {
      return StrictJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A tree of strings and numbers always has a text", e);
    }
  }

  /**
   * Reads what {@link #toJson} writes.
   *
   * @param name of the folder that it is in, and so of the series
   * @param where the file, for complaints
   */
  static SeriesManifest parse(String text, String name, String where) {
    StrictJson root =
        StrictJson.parse(
            where,
            text.getBytes(StandardCharsets.UTF_8),
            "restore it from a copy, or import the series again",
            HistoryRefused::new);
    root.constant("format", FORMAT);
    root.constant("name", name);
    SortedMap<String, String> about = root.textsByName("about");
    FACTS.forEach((fact, pattern) -> {
      if (!pattern.matcher(about.getOrDefault(fact, "0")).matches()) {
        throw root.refused("about." + fact, "a number");
      }
    });
    SeriesManifest manifest =
        new SeriesManifest(
            name,
            SeriesKind.of(root.text("kind")),
            about,
            count(root, "cadenceSeconds"),
            root.objects("files").stream().map(SeriesManifest::file).toList(),
            new Quality(
                count(root, "rows"),
                time(root, "first"),
                time(root, "last"),
                root.objects("gaps").stream().map(SeriesManifest::gap).toList(),
                count(root, "duplicates"),
                root.wholes("outliers", 0, LAST_SECOND)),
            root.text("hash", HASH, HASH_FORM));
    if (count(root, "missing") != manifest.quality.missing()) {
      throw root.refused("missing", "the sum of its gaps");
    }
    root.end();
    return manifest;
  }

  private static Gap gap(StrictJson gap) {
    var read = new Gap(time(gap, "from"), time(gap, "to"), count(gap, "missing"));
    gap.end();
    return read;
  }

  private static FileEntry file(StrictJson entry) {
    var read =
        new FileEntry(
            entry.text("file", FILE, "the name of a Parquet file of ours"),
            count(entry, "bytes"),
            entry.text("sha256", HASH, HASH_FORM));
    entry.end();
    return read;
  }

  private static long time(StrictJson node, String field) {
    return node.whole(field, 0, LAST_SECOND);
  }

  private static long count(StrictJson node, String field) {
    return node.whole(field, 0, Long.MAX_VALUE);
  }
}
