package org.probity.agent.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;

/**
 * The API's description, made of its endpoints: what {@code GET /v1/openapi.json} answers. The
 * schemas of bodies are in {@code api-schemas.json}.
 */
final class OpenApi {

  private static final String ABOUT =
      "Agents of a cluster, their decisions and proofs, from any node of role gateway. Every request but /health and /ready shows the bearer token. A method that is not described is answered with 405 and Allow, and what is no request of HTTP/1.1 with 400, 417, 501 or 505, each as a Problem. Unknown fields, parameters and nulls are refused.";

  private OpenApi() {}

  static ObjectNode of(List<Endpoint> endpoints) {
    ObjectNode root = Answer.JSON.createObjectNode();
    root.put("openapi", "3.1.0");
    root.putObject("info")
        .put("title", "Probity node")
        .put("version", "2")
        .put("description", ABOUT);
    root.putArray("security").addObject().putArray("token");
    ObjectNode paths = root.putObject("paths");
    endpoints.forEach(endpoint ->
        describe(
            paths
                .withObjectProperty(endpoint.path())
                .putObject(endpoint.method().toLowerCase(Locale.ROOT)),
            endpoint));
    ObjectNode components = root.putObject("components");
    components
        .putObject("securitySchemes")
        .putObject("token")
        .put("type", "http")
        .put("scheme", "bearer");
    components.set("schemas", schemas());
    return root;
  }

  private static void describe(ObjectNode operation, Endpoint endpoint) {
    operation.put("summary", endpoint.summary());
    if (endpoint.open()) {
      var either = operation.putArray("security");
      either.addObject();
      either.addObject().putArray("token");
    }
    if (!endpoint.parameters().isEmpty()) {
      var parameters = operation.putArray("parameters");
      for (Parameter parameter : endpoint.parameters()) {
        ObjectNode told = parameters.addObject();
        told.put("name", parameter.name()).put("in", parameter.place());
        told.put("required", parameter.place().equals("path"));
        told.put("description", parameter.description());
        parameter.describe(told.putObject("schema"));
      }
    }
    if (endpoint.body() != null) {
      ObjectNode body = operation.putObject("requestBody").put("required", true);
      content(body, "application/json", endpoint.body());
    }
    ObjectNode responses = operation.putObject("responses");
    for (int status : endpoint.problems()) {
      ObjectNode response = responses.putObject(String.valueOf(status));
      response.put("description", "A problem, as RFC 9457 says: " + Problem.phrase(status));
      content(response, Problem.TYPE, "Problem");
    }
    for (Endpoint.Reply reply : endpoint.replies()) {
      // A status may be both, told apart by the type.
      ObjectNode response = responses.withObjectProperty(String.valueOf(reply.status()));
      response.put("description", reply.description());
      content(response, reply.type(), reply.schema());
    }
  }

  private static void content(
      ObjectNode of, String type, @org.jspecify.annotations.Nullable String schema) {
    ObjectNode content =
        of.withObjectProperty("content")
            .putObject(type.replaceFirst(";.*", ""))
            .putObject("schema");
    if (schema != null) {
      content.put("$ref", "#/components/schemas/" + schema);
    } else {
      content.put("type", "string");
    }
  }

  private static JsonNode schemas() {
    try (InputStream in = OpenApi.class.getResourceAsStream("/api-schemas.json")) {
      if (in == null) {
        throw new IllegalStateException("api-schemas.json is missing from the class path");
      }
      return Answer.JSON.readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
