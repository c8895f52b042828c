package org.probity.agent.journal;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.ground.PlainFile;
import org.probity.ground.Printable;

/**
 * A journal as somebody else may have it: lines of JSON with the rows' bytes as stored, which
 * nothing can be told to run. {@code journal export --raw} writes it.
 *
 * <p>Its first line names the format, its last one how many lines each agent has, so that a file
 * that was cut off is told from a whole one. Between them is a line for each row, agent by agent.
 * Nothing is taken that is not written in exactly this form, and no line is read further than a
 * line can be long.
 */
final class JournalFile implements JournalSource {

  private static final String FORMAT = "probity-journal";
  private static final int VERSION = 2;

  /** What every file of this format begins with, whatever its version. */
  private static final String BEGINNING = "{\"format\":\"" + FORMAT + "\"";

  /** A row's bytes are 1 MiB at most, and two digits each. */
  private static final int LONGEST_LINE = 4 << 20;

  /** As many as the last line can name, with a margin. */
  private static final int MOST_AGENTS = 200_000;

  /** Letters that the database has room for. */
  private static final int LONGEST_NAME = 255;

  /** Of a character in UTF-8. */
  private static final int MOST_OCTETS = 3;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .build();

  private static final Set<String> FIELDS =
      Set.of("agent", "sequence", "kind", "serializer", "deleted", "payload", "hash");

  private final Path path;
  private final long count;

  private JournalFile(Path path, long count) {
    this.path = path;
    this.count = count;
  }

  /**
   * Reads all of it once, so that nothing is said about a file that is not whole.
   *
   * @throws JournalRefused if it is not whole, or not written as an export is
   */
  static JournalFile open(Path path) {
    return new JournalFile(path, new Reading(path).all(null));
  }

  /** Whether {@code path} is, or pretends to be, such a file. */
  static boolean isOne(Path path) {
    byte[] beginning = BEGINNING.getBytes(StandardCharsets.UTF_8);
    try (InputStream in = PlainFile.stream(path)) {
      return Arrays.equals(in.readNBytes(beginning.length), beginning);
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public long count() {
    return count;
  }

  @Override
  public void read(Reader reader) {
    long unused = new Reading(path).all(reader);
  }

  /** Has {@code source} written, line by line. */
  static void write(JournalSource source, Consumer<String> out) {
    ObjectNode first = JSON.createObjectNode();
    first.put("format", FORMAT).put("version", VERSION);
    out.accept(text(first));
    Map<String, Long> counts = new LinkedHashMap<>();
    source.read(row -> {
      counts.merge(row.agent(), 1L, Long::sum);
      out.accept(text(row));
    });
    ObjectNode last = JSON.createObjectNode();
    last.put("lines", counts.values().stream().mapToLong(Long::longValue).sum());
    counts.forEach(last.putObject("agents")::put);
    String closing = text(last);
    if (closing.length() > LONGEST_LINE / MOST_OCTETS) {
      throw new JournalRefused(
          "The journal has %d agents, more than the last line of an export can name: ask for this to be changed."
              .formatted(counts.size()));
    }
    out.accept(closing);
  }

  private static String text(Row row) {
    ObjectNode json = JSON.createObjectNode();
    json.put("agent", row.agent());
    json.put("sequence", row.sequence());
    json.put("kind", row.kind());
    json.put("serializer", row.serializer());
    json.put("deleted", row.deleted());
    json.put("payload", HexFormat.of().formatHex(row.payload()));
    json.put("hash", Keccak.hash(row.payload()).hex());
    return text(json);
  }

  private static String text(ObjectNode json) {
    try {
      return JSON.writeValueAsString(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A tree of strings and numbers always has a text", e);
    }
  }

  private static final class Reading {
    private final Path path;
    private final Map<String, Long> counts = new LinkedHashMap<>();
    private long number;
    private @Nullable String agent;
    private long sequence;
    private boolean wanted;

    Reading(Path path) {
      this.path = path;
    }

    /**
     * @param reader of the rows; null if only the form is looked at
     * @return how many rows there are
     */
    long all(@Nullable Reader reader) {
      try (InputStream in = new BufferedInputStream(PlainFile.stream(path), 1 << 16)) {
        first(parse(line(in)));
        JsonNode line = parse(line(in));
        for (; !line.has("agents"); line = parse(line(in))) {
          row(row(line), reader);
        }
        if (agent != null && wanted && reader != null) {
          reader.end();
        }
        long rows = last(line);
        if (in.read() >= 0) {
          throw refused("something follows its last line");
        }
        return rows;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void first(JsonNode line) {
      if (!line.path("format").asText().equals(FORMAT)) {
        throw refused("it is no journal: make one with probity journal export CONFIG --raw");
      }
      if (!line.path("version").isInt() || line.get("version").intValue() != VERSION) {
        throw refused(
            "it has another version than %s: use the program that wrote it".formatted(VERSION));
      }
      if (line.size() != 2) {
        throw refused("its first line is not what an export begins with");
      }
    }

    private void row(Row row, @Nullable Reader reader) {
      if (!row.agent().equals(agent)) {
        if (agent != null && agent.compareTo(row.agent()) >= 0) {
          throw refused("agent %s is not where an export has it".formatted(shown(row.agent())));
        }
        if (agent != null && wanted && reader != null) {
          reader.end();
        }
        if (counts.size() == MOST_AGENTS) {
          throw refused("it has more agents than an export can have");
        }
        agent = row.agent();
        sequence = 0;
        wanted = reader != null && reader.begin(row.agent());
      }
      if (row.sequence() <= sequence) {
        throw refused(
            "line %d of agent %s does not come after line %d"
                .formatted(row.sequence(), shown(row.agent()), sequence));
      }
      sequence = row.sequence();
      counts.merge(row.agent(), 1L, Long::sum);
      if (wanted && reader != null) {
        reader.row(row);
      }
    }

    private Row row(JsonNode line) {
      boolean isRow =
          line.size() == FIELDS.size()
              && FIELDS.stream().allMatch(line::has)
              && line.get("agent").isTextual()
              && line.get("agent").textValue().length() <= LONGEST_NAME
              && isCount(line.get("sequence"))
              && line.get("kind").isTextual()
              && line.get("serializer").isInt()
              && line.get("deleted").isBoolean()
              && line.get("payload").isTextual()
              && line.get("hash").isTextual();
      if (!isRow) {
        throw refused("it is not what an export writes");
      }
      byte[] payload;
      try {
        payload = HexFormat.of().parseHex(line.get("payload").textValue());
      } catch (IllegalArgumentException e) {
        throw refused("its bytes are not hexadecimal digits");
      }
      Bytes32 hash = Keccak.hash(payload);
      if (!hash.hex().equals(line.get("hash").textValue())) {
        throw refused("its bytes are not those that its hash is of: it was changed");
      }
      return new Row(
          line.get("agent").textValue(),
          line.get("sequence").longValue(),
          line.get("kind").textValue(),
          payload,
          line.get("deleted").booleanValue(),
          line.get("serializer").intValue());
    }

    private long last(JsonNode line) {
      Map<String, Long> said = new LinkedHashMap<>();
      JsonNode agents = line.get("agents");
      if (line.size() != 2 || !agents.isObject() || !isCount(line.path("lines"))) {
        throw refused("it is not what an export ends with");
      }
      agents
          .properties()
          .forEach(entry ->
              said.put(
                  entry.getKey(), isCount(entry.getValue()) ? entry.getValue().longValue() : -1));
      Set<String> all = new TreeSet<>(said.keySet());
      all.addAll(counts.keySet());
      for (String each : all) {
        long has = counts.getOrDefault(each, 0L);
        if (said.getOrDefault(each, 0L) != has) {
          throw refused(
              "it says that agent %s has %d lines, and there are %d"
                  .formatted(shown(each), said.getOrDefault(each, 0L), has));
        }
      }
      long rows = counts.values().stream().mapToLong(Long::longValue).sum();
      if (line.get("lines").asLong() != rows) {
        throw refused("it says that there are other lines than there are");
      }
      return rows;
    }

    /** A larger one would be taken for its last 64 bits. */
    private static boolean isCount(JsonNode number) {
      return number.isIntegralNumber() && number.canConvertToLong();
    }

    private String line(InputStream in) throws IOException {
      number++;
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      for (int octet = in.read(); octet != '\n'; octet = in.read()) {
        if (octet < 0) {
          throw refused("the file ends here: it was cut off");
        }
        if (line.size() == LONGEST_LINE) {
          throw refused("it is longer than a line can be");
        }
        line.write(octet);
      }
      try {
        return StandardCharsets.UTF_8
            .newDecoder()
            .decode(ByteBuffer.wrap(line.toByteArray()))
            .toString();
      } catch (CharacterCodingException e) {
        throw refused("it is not UTF-8 text");
      }
    }

    private JsonNode parse(String line) {
      try {
        JsonNode json = JSON.readTree(line);
        if (json.isObject()) {
          return json;
        }
      } catch (JsonProcessingException e) {
        throw refused("it is no JSON");
      }
      throw refused("it is no JSON object");
    }

    private static String shown(String name) {
      return Printable.line(name, 80);
    }

    private JournalRefused refused(String why) {
      return new JournalRefused(
          "Line %d of %s cannot be taken: %s."
              .formatted(number, Printable.line(path.toString()), why));
    }
  }
}
