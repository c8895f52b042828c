package org.probity.agent.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.probity.agent.gateway.RunningApi.Answer;
import org.probity.ground.TestKind;

/**
 * Random, mutated and nearly right requests against a running API. For two seconds in every build;
 * {@code -Dprobity.fuzz.seconds} has it go on for longer.
 */
@TestKind.Fuzz
final class HttpApiFuzzTest {

  private static final long SECONDS = Long.getLong("probity.fuzz.seconds", 2);
  private static final List<String> METHODS =
      List.of("GET", "POST", "GET", "POST", "GET", "POST", "HEAD", "PUT", "QUERY", "OPTIONS", "p");
  private static final List<String> TEXTS =
      List.of(
          "",
          "a",
          "..",
          ".",
          "%2e%2e",
          "a..b",
          "%00",
          "%",
          "%zz",
          "0x",
          "null",
          "-1",
          "+2",
          "02",
          "1.9",
          "9223372036854775808",
          "18446744073709551616",
          "\u0663",
          "\u00c0\u00ae",
          "\u0000",
          "\r\n",
          "\"",
          "\\ud800",
          "a/b",
          "{}",
          "[]",
          RunningApi.VAULT,
          RunningApi.ACCOUNT,
          "0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
          "chunked",
          "A".repeat(300));
  private static final List<String> FIELDS =
      List.of(
          "Content-Length: 3",
          "Content-Length: -1",
          "Content-Length: 18446744073709551618",
          "Transfer-Encoding: chunked",
          "Transfer-Encoding: gzip",
          "Expect: 100-continue",
          "Connection: close",
          "Upgrade: h2c",
          "X-Folded: a\r\n b",
          "Host: elsewhere",
          "X: \u0001",
          "Authorization: Bearer x",
          "Content-Type: text/plain",
          "Range: bytes=0-",
          "Cookie: a=b");

  private static RunningApi api = unopened();
  private static JsonNode description = new ObjectMapper().createObjectNode();
  private static List<byte[]> corpus = List.of();

  @SuppressWarnings("NullAway") // Opened before the property.
  private static RunningApi unopened() {
    return null;
  }

  @BeforeContainer
  static void open() throws IOException {
    api = new RunningApi(Files.createTempDirectory("fuzz")).serve();
    description = OpenApi.of(RunningApi.endpoints());
    corpus = corpus();
  }

  @AfterContainer
  static void close() {
    api.close();
  }

  /** Requests that once did harm, or nearly. */
  private static List<byte[]> corpus() throws IOException {
    try (InputStream in = HttpApiFuzzTest.class.getResourceAsStream("/fuzz/http.txt")) {
      assertThat(in).isNotNull();
      return Arrays.stream(
              new String(in.readAllBytes(), StandardCharsets.UTF_8).strip().split("\n----\n"))
          .map(text ->
              text.translateEscapes()
                  .replace("TOKEN", api.token)
                  .replace("\n", "\r\n")
                  .getBytes(StandardCharsets.ISO_8859_1))
          .toList();
    }
  }

  @Property(tries = 1, shrinking = ShrinkingMode.OFF)
  void nothingThatIsSentFailsTheApi(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    long end = System.nanoTime() + SECONDS * 1_000_000_000L;
    int sent = 0;
    for (byte[] known : corpus) {
      check(known);
    }
    while (System.nanoTime() < end) {
      check(bytes(random));
      sent++;
    }
    assertThat(sent).isGreaterThan(20);
    while (api.gateway.connections() > 0 && System.nanoTime() < end + 10_000_000_000L) {
      Thread.sleep(10);
    }
    assertThat(api.gateway.connections()).isZero();
    assertThat(api.traces()).isEmpty();
    assertThat(api.ended).isEmpty();
  }

  private static void check(byte[] raw) {
    String sent = new String(raw, StandardCharsets.ISO_8859_1);
    String shown = sent.substring(0, Math.min(4_000, sent.length()));
    boolean token = sent.contains(api.token);
    for (Answer answer : api.send(raw)) {
      assertThat(answer.status())
          .as(shown)
          .isIn(
              100, 200, 201, 400, 401, 404, 405, 408, 409, 413, 414, 417, 421, 422, 429, 431, 501,
              503, 505);
      if (answer.status() == 503) {
        assertThat(answer.body()).as(shown).contains("ready");
      }
      if (!token) {
        assertThat(answer.body())
            .as(shown)
            .doesNotContain("agents", "vault\":", "# TYPE", "openapi\":");
        assertThat(answer.status()).as(shown).isNotIn(201, 409, 422);
      }
      assertThat(answer.body())
          .as(shown)
          .doesNotContain("org.probity", "java.lang", "fasterxml", "Exception", api.token);
      if (answer.status() >= 400 && answer.status() != 503) {
        assertThat(answer.header("Content-Type")).as(shown).contains("application/problem+json");
      }
    }
  }

  // ---- what is sent ----

  private static byte[] bytes(Random random) {
    byte[] request =
        switch (random.nextInt(4)) {
          case 0 -> pick(random, corpus);
          case 1 -> noise(random);
          default -> described(random).getBytes(StandardCharsets.ISO_8859_1);
        };
    byte[] sent = random.nextInt(3) == 0 ? request : mutated(random, request);
    return random.nextInt(8) == 0 ? joined(sent, pick(random, corpus)) : sent;
  }

  private static byte[] noise(Random random) {
    byte[] noise = new byte[random.nextInt(400)];
    random.nextBytes(noise);
    return noise;
  }

  /** A request as the API's own description has it, but for this and that. */
  private static String described(Random random) {
    List<String> paths = new ArrayList<>();
    description.path("paths").fieldNames().forEachRemaining(paths::add);
    String path = pick(random, paths);
    JsonNode schema = description.at("/components/schemas/NewAgent");
    if (path.endsWith("pause") || path.endsWith("retire")) {
      schema = description.at("/components/schemas/Reason");
    }
    String target =
        path.replace("{id}", pick(random, TEXTS))
            .replace("{sequence}", pick(random, TEXTS))
            .replaceAll("[\r\n \u0000]", "_");
    if (random.nextInt(4) == 0) {
      target += "?limit=" + pick(random, TEXTS).replaceAll("[\r\n \u0000]", "_");
    }
    String body = random.nextInt(4) == 0 ? pick(random, TEXTS) : value(random, schema, 0);
    StringBuilder request = new StringBuilder();
    request.append(pick(random, METHODS)).append(' ').append(target).append(" HTTP/1.1\r\n");
    request.append("Host: ").append(api.host()).append("\r\n");
    if (random.nextInt(4) > 0) {
      request.append("Authorization: Bearer ").append(api.token).append("\r\n");
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      request.append(pick(random, FIELDS)).append("\r\n");
    }
    boolean chunked = random.nextInt(3) == 0;
    int length = body.getBytes(StandardCharsets.ISO_8859_1).length;
    request.append(chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + length);
    request.append("\r\n\r\n");
    return request
        .append(chunked ? Integer.toHexString(length) + "\r\n" + body + "\r\n0\r\n\r\n" : body)
        .toString();
  }

  /** A value of {@code schema}; now and then of another type. */
  private static String value(Random random, JsonNode schema, int depth) {
    JsonNode own =
        schema.has("$ref") ? description.at(schema.path("$ref").textValue().substring(1)) : schema;
    if (random.nextInt(8) == 0 || depth > 4) {
      return pick(
          random,
          List.of("null", "1.9", "\"300\"", "true", "[]", "{}", "-0", "1e999", "\"\\ud800\"", "x"));
    }
    return switch (own.path("type").asText()) {
      case "object" -> {
        List<String> fields = new ArrayList<>();
        own.path("properties")
            .properties()
            .forEach(field -> {
              if (random.nextInt(6) > 0) {
                fields.add(
                    "\"" + field.getKey() + "\":" + value(random, field.getValue(), depth + 1));
              }
            });
        yield "{" + String.join(",", fields) + "}";
      }
      case "integer" -> String.valueOf(random.nextInt(100_000) - 10);
      case "boolean" -> String.valueOf(random.nextBoolean());
      default -> "\"" + pick(random, TEXTS).replaceAll("[\"\\\\\r\n]", "") + "\"";
    };
  }

  private static byte[] mutated(Random random, byte[] whole) {
    byte[] bytes = whole.clone();
    for (int i = 1 + random.nextInt(4); i > 0 && bytes.length > 0; i--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(5)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt(256);
        case 2 -> bytes = Arrays.copyOf(bytes, at);
        case 3 ->
            bytes =
                joined(
                    joined(
                        Arrays.copyOf(bytes, at),
                        pick(random, TEXTS).getBytes(StandardCharsets.ISO_8859_1)),
                    Arrays.copyOfRange(bytes, at, bytes.length));
        default -> bytes = joined(bytes, Arrays.copyOfRange(bytes, at, bytes.length));
      }
    }
    return bytes;
  }

  private static byte[] joined(byte[] first, byte[] second) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    joined.writeBytes(first);
    joined.writeBytes(second);
    return joined.toByteArray();
  }

  private static <T> T pick(Random random, List<T> all) {
    return all.get(random.nextInt(all.size()));
  }
}
