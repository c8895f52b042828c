package org.probity.sim.history;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.probity.ground.Printable;

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
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          // What Python writes for numbers that are none: read, so that its field is named.
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS.mappedFeature());

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
    ObjectNode root = JSON.createObjectNode();
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
      return JSON.writeValueAsString(root) + "\n";
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
    JsonNode root;
    try {
      root = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new HistoryRefused(
          "%s is not valid JSON: restore it from a copy, or import the series again."
              .formatted(where),
          e);
    }
    if (root == null || !FORMAT.equals(root.path("format").asText())) {
      throw new HistoryRefused(
          "%s is no manifest of this version (%s): restore it from a copy, or import the series again."
              .formatted(where, FORMAT));
    }
    return new Fields(root, where).manifest(name);
  }

  /** A manifest's fields, each of its type and within its bounds. */
  private record Fields(JsonNode root, String where) {

    private static final Pattern FILE = Pattern.compile("[0-9a-f]{16}\\.parquet");
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");
    private static final Map<String, Pattern> FACTS =
        Map.of(
            "token0.decimals", Pattern.compile("[0-9]|[12][0-9]|3[0-6]"),
            "token1.decimals", Pattern.compile("[0-9]|[12][0-9]|3[0-6]"),
            "base.token", Pattern.compile("[01]"),
            "blocks.from", Pattern.compile("[0-9]{1,18}"),
            "blocks.to", Pattern.compile("[0-9]{1,18}"));
    private static final long LAST_SECOND = Instant.MAX.getEpochSecond();

    SeriesManifest manifest(String name) {
      require(name.equals(root.path("name").asText()), "name", "that of its folder");
      var about = new TreeMap<String, String>();
      root.path("about").properties().forEach(e -> about.put(e.getKey(), e.getValue().asText()));
      FACTS.forEach((fact, pattern) ->
          require(
              pattern.matcher(about.getOrDefault(fact, "0")).matches(),
              "about." + fact,
              "a number"));
      List<FileEntry> files = new ArrayList<>();
      root.path("files").forEach(f -> files.add(file(f)));
      List<Gap> gaps = new ArrayList<>();
      root.path("gaps")
          .forEach(g -> gaps.add(new Gap(time(g, "from"), time(g, "to"), count(g, "missing"))));
      List<Long> outliers = new ArrayList<>();
      root.path("outliers").forEach(o -> outliers.add(within(o, "outliers", LAST_SECOND)));
      return new SeriesManifest(
          name,
          SeriesKind.of(root.path("kind").asText()),
          about,
          count(root, "cadenceSeconds"),
          files,
          new Quality(
              count(root, "rows"),
              time(root, "first"),
              time(root, "last"),
              gaps,
              count(root, "duplicates"),
              outliers),
          hash(root, "hash"));
    }

    private FileEntry file(JsonNode entry) {
      String file = entry.path("file").asText();
      require(FILE.matcher(file).matches(), "files.file", "the name of a Parquet file of ours");
      return new FileEntry(file, count(entry, "bytes"), hash(entry, "sha256"));
    }

    private String hash(JsonNode node, String field) {
      String hash = node.path(field).asText();
      require(HASH.matcher(hash).matches(), field, "64 hex digits");
      return hash;
    }

    private long time(JsonNode node, String field) {
      return within(node.path(field), field, LAST_SECOND);
    }

    private long count(JsonNode node, String field) {
      return within(node.path(field), field, Long.MAX_VALUE);
    }

    private long within(JsonNode node, String field, long most) {
      require(
          node.isIntegralNumber()
              && node.canConvertToLong()
              && node.longValue() >= 0
              && node.longValue() <= most,
          field,
          "a whole number from 0 to " + most);
      return node.longValue();
    }

    private void require(boolean right, String field, String admitted) {
      if (!right) {
        throw new HistoryRefused(
            "%s cannot be used: its %s must be %s; restore it from a copy, or import the series again."
                .formatted(where, field, admitted));
      }
    }
  }
}
