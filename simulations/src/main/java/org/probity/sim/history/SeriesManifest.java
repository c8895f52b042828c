package org.probity.sim.history;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

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
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

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
    about = new TreeMap<>(about);
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

  static SeriesManifest parse(String text, String where) {
    try {
      JsonNode root = JSON.readTree(text);
      if (!FORMAT.equals(root.path("format").asText())) {
        throw new HistoryRefused(
            "%s is no manifest of this version (%s): restore it from a copy, or import the series again."
                .formatted(where, FORMAT));
      }
      var about = new TreeMap<String, String>();
      root.path("about").properties().forEach(e -> about.put(e.getKey(), e.getValue().asText()));
      List<FileEntry> files = new ArrayList<>();
      root.path("files")
          .forEach(f ->
              files.add(
                  new FileEntry(
                      f.path("file").asText(),
                      f.path("bytes").asLong(),
                      f.path("sha256").asText())));
      List<Gap> gaps = new ArrayList<>();
      root.path("gaps")
          .forEach(g ->
              gaps.add(
                  new Gap(
                      g.path("from").asLong(), g.path("to").asLong(), g.path("missing").asLong())));
      List<Long> outliers = new ArrayList<>();
      root.path("outliers").forEach(o -> outliers.add(o.asLong()));
      return new SeriesManifest(
          root.path("name").asText(),
          SeriesKind.of(root.path("kind").asText()),
          about,
          root.path("cadenceSeconds").asLong(),
          files,
          new Quality(
              root.path("rows").asLong(),
              root.path("first").asLong(),
              root.path("last").asLong(),
              gaps,
              root.path("duplicates").asLong(),
              outliers),
          root.path("hash").asText());
    } catch (JsonProcessingException e) {
      throw new HistoryRefused(
          "%s is not valid JSON: restore it from a copy, or import the series again."
              .formatted(where),
          e);
    }
  }
}
