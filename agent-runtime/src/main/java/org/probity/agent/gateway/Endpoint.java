package org.probity.agent.gateway;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What can be asked at one path by one method: where requests go to, and what {@code openapi.json}
 * is made of ({@link OpenApi}).
 *
 * @param path with variables in braces
 * @param open whether it answers without a token
 * @param body the schema of the request's body; null if it has none
 * @param replies what it answers if all is well
 * @param problems status codes of its own, besides {@link #COMMON}
 */
record Endpoint(
    String method,
    String path,
    String summary,
    boolean open,
    List<Parameter> parameters,
    @Nullable String body,
    List<Reply> replies,
    SortedSet<Integer> problems,
    Handler handler) {

  /** Whatever is asked can be answered with these. */
  private static final List<Integer> COMMON = List.of(400, 408, 413, 414, 421, 431, 503);

  private static final String JSON = "application/json";

  Endpoint {
    parameters = List.copyOf(parameters);
    replies = List.copyOf(replies);
  }

  /**
   * @param schema its name among the schemas; null if it is no JSON
   */
  record Reply(int status, String description, String type, @Nullable String schema) {}

  /** Does what an endpoint is for. Failures become answers: see {@link Problem}. */
  @FunctionalInterface
  interface Handler {
    CompletionStage<Answer> handle(Request request);
  }

  /**
   * A request as an endpoint gets it.
   *
   * @param variables of the path
   * @param resumed the Last-Event-ID header; empty if there is none
   * @param trusted whether it shows the token
   */
  record Request(
      Map<String, String> variables,
      Map<String, String> query,
      String resumed,
      byte[] body,
      boolean trusted) {}

  static Endpoint get(String path, String summary, Handler handler) {
    return of("GET", path, summary, handler);
  }

  static Endpoint post(String path, String summary, Handler handler) {
    return of("POST", path, summary, handler);
  }

  private static Endpoint of(String method, String path, String summary, Handler handler) {
    List<Parameter> variables = new ArrayList<>();
    if (path.contains("{id}")) {
      variables.add(Parameter.ID);
    }
    if (path.contains("{sequence}")) {
      variables.add(Parameter.SEQUENCE);
    }
    SortedSet<Integer> problems = new TreeSet<>(COMMON);
    problems.add(401);
    return new Endpoint(
        method, path, summary, false, variables, null, List.of(), problems, handler);
  }

  /** It answers without a token, too, and with no problem that is another endpoint's. */
  Endpoint openToAll() {
    SortedSet<Integer> fewer = new TreeSet<>(problems);
    fewer.remove(401);
    return new Endpoint(method, path, summary, true, parameters, body, replies, fewer, handler);
  }

  Endpoint with(Parameter... more) {
    List<Parameter> all = new ArrayList<>(parameters);
    all.addAll(List.of(more));
    return new Endpoint(method, path, summary, open, all, body, replies, problems, handler);
  }

  Endpoint taking(String schema) {
    return new Endpoint(
        method, path, summary, open, parameters, schema, replies, problems, handler);
  }

  Endpoint answers(int status, String description, String schema) {
    return answers(new Reply(status, description, JSON, schema));
  }

  Endpoint answers(Reply reply) {
    List<Reply> all = new ArrayList<>(replies);
    all.add(reply);
    return new Endpoint(method, path, summary, open, parameters, body, all, problems, handler);
  }

  Endpoint failing(Integer... statuses) {
    SortedSet<Integer> all = new TreeSet<>(problems);
    all.addAll(List.of(statuses));
    return new Endpoint(method, path, summary, open, parameters, body, replies, all, handler);
  }
}
