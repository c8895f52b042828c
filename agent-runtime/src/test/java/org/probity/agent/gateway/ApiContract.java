package org.probity.agent.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/**
 * Holds a running node to the description that it gives of itself: makes requests of {@code
 * openapi.json} (bounds and what is just beyond them, nulls, fields and parameters that there are
 * not, other types, long texts, every method), and compares each answer with it. What the
 * description forbids must be refused, what it admits must not be called malformed, every answer
 * must be one that is described, and none may say that the node failed.
 *
 * <p>Its schemas are JSON Schema 2020-12, which OpenAPI 3.1 takes them to be.
 */
public final class ApiContract {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> METHODS =
      Set.of("get", "post", "put", "delete", "patch", "options", "trace");

  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  private final String address;
  private final String token;
  private final Map<String, List<String>> known;
  private final JsonNode description;
  private final Map<String, JsonSchema> schemas = new HashMap<>();
  private final Random random;
  private final Set<String> done = new TreeSet<>();

  /**
   * @param known values that lead somewhere, by the name of parameter or field
   */
  public ApiContract(String address, String token, Map<String, List<String>> known, long seed)
      throws IOException, InterruptedException {
    this.address = address;
    this.token = token;
    this.known = known;
    this.random = new Random(seed);
    this.description =
        JSON.readTree(
            client
                .send(
                    HttpRequest.newBuilder(URI.create(address + "/v1/openapi.json"))
                        .header("Authorization", "Bearer " + token)
                        .build(),
                    HttpResponse.BodyHandlers.ofByteArray())
                .body());
  }

  /** Asks for so long; returns how many requests there were. */
  public int ask(Duration time) throws IOException, InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    List<String> operations = operations();
    int asked = 0;
    while (System.nanoTime() < end || asked < 5 * operations.size()) {
      String operation = operations.get(asked++ % operations.size());
      String path = operation.substring(operation.indexOf(' ') + 1);
      if (random.nextInt(12) == 0) {
        askOtherwise(path);
      } else {
        ask(operation.substring(0, operation.indexOf(' ')), path);
      }
    }
    assertThat(done).as("operations that have done what they are for").containsAll(operations);
    return asked;
  }

  private List<String> operations() {
    List<String> operations = new ArrayList<>();
    description
        .path("paths")
        .properties()
        .forEach(path ->
            path.getValue()
                .fieldNames()
                .forEachRemaining(method -> operations.add(method + " " + path.getKey())));
    return operations;
  }

  // ---- one request ----

  /** What is sent, and what the description makes of it. */
  private static final class Asked {
    private String target = "";
    private byte[] body = new byte[0];
    private final List<String> headers = new ArrayList<>();
    private boolean admitted = true;

    @Override
    public String toString() {
      String text = new String(body, StandardCharsets.UTF_8);
      return "%s %s %s"
          .formatted(target, headers, text.length() > 400 ? text.substring(0, 400) + "…" : text);
    }
  }

  private void ask(String method, String path) throws IOException, InterruptedException {
    JsonNode operation = description.path("paths").path(path).path(method);
    Asked asked = new Asked();
    asked.target = path;
    List<String> query = new ArrayList<>();
    for (JsonNode parameter : operation.path("parameters")) {
      parameter(asked, parameter, query);
    }
    if (random.nextInt(12) == 0) {
      query.add("unknown=" + random.nextInt());
      asked.admitted &= !path.startsWith("/v1/");
    }
    if (!query.isEmpty()) {
      asked.target += "?" + String.join("&", query);
    }
    if (operation.has("requestBody")) {
      body(asked, operation.at("/requestBody/content/application~1json/schema"));
    }
    compare(method, path, operation, asked);
  }

  private void parameter(Asked asked, JsonNode parameter, List<String> query) {
    String name = parameter.path("name").textValue();
    String place = parameter.path("in").textValue();
    if (!place.equals("path") && random.nextBoolean()) {
      return;
    }
    JsonNode schema = parameter.path("schema");
    String drawn = text(name, schema, place);
    String value = place.equals("header") ? drawn.replaceAll("[^ -~]", "_").strip() : drawn;
    boolean number = schema.path("type").asText().equals("integer");
    boolean fits =
        fits(schema, number ? number(value) : JSON.getNodeFactory().textNode(value))
            && (!name.equals("after") || known(name).contains(value))
            && (!place.equals("header") || isOfItsAgent(asked.target, value));
    asked.admitted &= fits;
    String encoded = URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
    switch (place) {
      case "path" -> asked.target = asked.target.replace("{" + name + "}", encoded);
      case "query" -> query.add(name + "=" + encoded);
      default -> asked.headers.addAll(List.of(name, value));
    }
  }

  /** An agent's events go on after one of its own. */
  private static boolean isOfItsAgent(String target, String event) {
    return event.isEmpty()
        || !target.startsWith("/v1/agents/")
        || target.startsWith("/v1/agents/" + event.replaceFirst(":.*", "/"));
  }

  private List<String> known(String name) {
    return known.getOrDefault(name, List.of());
  }

  /** As whoever writes a number means it; else a text, which no number is. */
  private static JsonNode number(String text) {
    try {
      return text.matches("0|-?[1-9][0-9]*")
          ? JSON.readTree(text)
          : JSON.getNodeFactory().textNode(text);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private String text(String name, JsonNode schema, String place) {
    List<String> values = new ArrayList<>();
    List<String> good = known(name);
    for (int i = 0; i < 12; i++) {
      values.addAll(good);
    }
    if (schema.has("enum")) {
      for (int i = 0; i < 4; i++) {
        schema.path("enum").forEach(word -> values.add(word.textValue()));
      }
    }
    if (schema.has("minimum")) {
      for (String bound : List.of("minimum", "maximum")) {
        var at = schema.path(bound).bigIntegerValue();
        values.add(at.toString());
        values.add(at.add(java.math.BigInteger.ONE).toString());
        values.add(at.subtract(java.math.BigInteger.ONE).toString());
      }
      values.addAll(List.of("007", "+5", "1e2", "5.0", "\u0663", "-0"));
    }
    values.addAll(List.of("null", "x", "x".repeat(101), "x".repeat(300), "\u00e9", "\"", "a b"));
    if (!place.equals("path")) {
      values.addAll(List.of("", "%", "\u0000", "a\r\nb: c", ":", "a:", ":1", "a:-1", "a:1e3"));
    }
    return values.get(random.nextInt(values.size()));
  }

  // ---- bodies ----

  private void body(Asked asked, JsonNode schema) throws IOException {
    if (random.nextInt(15) == 0) {
      List<String> texts =
          List.of(
              "", "null", "[]", "5", "\"x\"", "{", "{}{}", "{\"a\":1,\"a\":2}", "{'a':1}", "NaN");
      asked.body = texts.get(random.nextInt(texts.size())).getBytes(StandardCharsets.UTF_8);
      asked.admitted = false;
      return;
    }
    ObjectNode body = (ObjectNode) value("", schema);
    if (random.nextBoolean()) {
      spoil(body);
    }
    asked.body = JSON.writeValueAsBytes(body);
    asked.admitted &= fits(schema, body) && asked.body.length <= HttpServer.MOST_BODY;
  }

  private JsonNode value(String name, JsonNode schema) {
    JsonNode own = resolved(schema);
    List<String> good = known(name);
    if (!good.isEmpty() && own.path("type").asText().equals("string")) {
      return JSON.getNodeFactory().textNode(good.get(random.nextInt(good.size())));
    }
    return switch (own.path("type").asText()) {
      case "object" -> {
        ObjectNode object = JSON.createObjectNode();
        Set<String> required = new TreeSet<>();
        own.path("required").forEach(field -> required.add(field.textValue()));
        own.path("properties")
            .properties()
            .forEach(field -> {
              if (required.contains(field.getKey()) || random.nextBoolean()) {
                object.set(field.getKey(), value(field.getKey(), field.getValue()));
              }
            });
        yield object;
      }
      case "integer" -> {
        long least = own.path("minimum").longValue();
        long most = own.path("maximum").longValue();
        long[] values = {least, most, least + 1, least - 1, most + 1};
        yield JSON.getNodeFactory().numberNode(values[random.nextInt(values.length)]);
      }
      case "boolean" -> JSON.getNodeFactory().booleanNode(random.nextBoolean());
      default -> JSON.getNodeFactory().textNode("a text of " + random.nextInt(1_000));
    };
  }

  /** Changes one field of it, or of an object in it. */
  private void spoil(ObjectNode object) {
    List<String> fields = new ArrayList<>();
    object.fieldNames().forEachRemaining(fields::add);
    if (fields.isEmpty() || random.nextInt(6) == 0) {
      object.put("unknown", 1);
      return;
    }
    String field = fields.get(random.nextInt(fields.size()));
    if (object.get(field) instanceof ObjectNode inner && random.nextBoolean()) {
      spoil(inner);
      return;
    }
    switch (random.nextInt(9)) {
      case 0 -> object.putNull(field);
      case 1 -> object.put(field, random.nextInt());
      case 2 -> object.put(field, 1.5);
      case 3 -> object.put(field, "x".repeat(random.nextInt(70_000)));
      case 4 -> object.put(field, true);
      case 5 -> object.putArray(field).add(1);
      case 6 -> object.putObject(field).put("a", "b");
      case 7 -> object.put(field, "");
      default -> object.remove(field);
    }
  }

  // ---- answers ----

  private void compare(String method, String path, JsonNode operation, Asked asked)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(address + asked.target))
            .timeout(Duration.ofSeconds(30))
            .method(
                method.toUpperCase(Locale.ROOT),
                HttpRequest.BodyPublishers.ofByteArray(asked.body));
    boolean shown = random.nextInt(20) > 0;
    if (shown) {
      request.header("Authorization", "Bearer " + token);
    }
    for (int i = 0; i < asked.headers.size(); i += 2) {
      request.header(asked.headers.get(i), asked.headers.get(i + 1));
    }
    HttpResponse<InputStream> answer =
        client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    String about = method + " " + asked + " -> " + answer.statusCode();
    try (InputStream in = answer.body()) {
      String type = answer.headers().firstValue("Content-Type").orElse("").replaceFirst(";.*", "");
      JsonNode described =
          operation
              .path("responses")
              .path(String.valueOf(answer.statusCode()))
              .path("content")
              .path(type);
      String body =
          type.equals("text/event-stream")
              ? new String(in.readNBytes(3), StandardCharsets.UTF_8)
              : new String(in.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(described.isMissingNode())
          .as("%s, which is not described: %s", about, body)
          .isFalse();
      if (answer.statusCode() >= 500) {
        assertThat(path).as(about + " " + body).matches("/health|/ready");
      }
      if (type.endsWith("json")) {
        assertThat(schema(described.path("schema")).validate(JSON.readTree(body)))
            .as("%s %s", about, body)
            .isEmpty();
      }
      if (!shown) {
        boolean open = operation.path("responses").has("401");
        assertThat(answer.statusCode() == 401).as(about).isEqualTo(open);
        return;
      }
      judge(method + " " + path, asked, answer.statusCode(), about + " " + body);
    }
  }

  private void judge(String operation, Asked asked, int status, String about) {
    if (!asked.admitted) {
      assertThat(status).as("It is not admitted: " + about).isBetween(400, 499);
    } else {
      assertThat(status).as("It is admitted: " + about).isNotIn(400, 401, 405, 413);
    }
    // A retired agent cannot be paused any more, and a node may be unwell.
    if (status < 400 || status == 409 || operation.matches("get /(health|ready)")) {
      done.add(operation);
    }
  }

  /** With a method that the path does not have. */
  private void askOtherwise(String path) throws IOException, InterruptedException {
    JsonNode methods = description.path("paths").path(path);
    Set<String> others = new TreeSet<>(METHODS);
    methods.fieldNames().forEachRemaining(others::remove);
    String method = List.copyOf(others).get(random.nextInt(others.size()));
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(
                    URI.create(address + path.replace("{id}", "a").replace("{sequence}", "1")))
                .header("Authorization", "Bearer " + token)
                .method(method.toUpperCase(Locale.ROOT), HttpRequest.BodyPublishers.noBody())
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(method + " " + path).isEqualTo(405);
    Set<String> allowed = new TreeSet<>();
    methods.fieldNames().forEachRemaining(name -> allowed.add(name.toUpperCase(Locale.ROOT)));
    assertThat(answer.headers().firstValue("Allow")).contains(String.join(", ", allowed));
  }

  // ---- schemas ----

  private boolean fits(JsonNode schema, JsonNode value) {
    return schema(schema).validate(value).isEmpty();
  }

  private JsonSchema schema(JsonNode schema) {
    return schemas.computeIfAbsent(
        schema.toString(),
        _ -> {
          ObjectNode whole = schema.deepCopy();
          whole.set("$defs", description.at("/components/schemas"));
          return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
              .getSchema(whole.toString().replace("#/components/schemas/", "#/$defs/"));
        });
  }

  private JsonNode resolved(JsonNode schema) {
    return schema.has("$ref")
        ? description.at(schema.path("$ref").textValue().substring(1))
        : schema;
  }
}
