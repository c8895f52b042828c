package org.probity.agent.gateway;

import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpStatus;
import org.probity.agent.AgentRefused;
import org.probity.ground.Printable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A request that cannot be answered as asked, told as RFC 9457 says. */
final class Problem extends RuntimeException {

  static final String TYPE = "application/problem+json";

  private static final Logger LOG = LoggerFactory.getLogger(Problem.class);
  private static final int SHOWN = 100;
  private static final Pattern TOKEN =
      Pattern.compile("\\b(bearer)\\b.*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
  private static final long serialVersionUID = 1;

  private final int status;
  private final transient Map<String, String> headers;

  /**
   * @param detail a sentence for the user
   */
  Problem(int status, String detail) {
    this(status, detail, Map.of());
  }

  /**
   * @param detail a sentence for the user
   * @param headers that go with the answer
   */
  Problem(int status, String detail, Map<String, String> headers) {
    super(detail, null, false, false);
    this.status = status;
    this.headers = Map.copyOf(headers);
  }

  int status() {
    return status;
  }

  /**
   * What somebody sent, as part of a sentence: on one line, not too much of it, and no token that a
   * line that was broken in the wrong place has brought there.
   */
  static String shown(String text) {
    return shown(text, SHOWN);
  }

  static String shown(String text, int most) {
    return Printable.line(TOKEN.matcher(text).replaceAll("$1 …"), most);
  }

  /** What a failure is to whoever asked: nothing of our inside but what was made to be told. */
  static Problem of(Throwable failure) {
    return switch (unwrapped(failure)) {
      case Problem problem -> problem;
      case AgentRefused refused ->
          new Problem(refused.isUnknown() ? 404 : 409, String.valueOf(refused.getMessage()));
      case TimeoutException _ ->
          new Problem(
              504, "The agent's node does not answer; what was asked may be done all the same.");
      case Throwable other when isOfDatabase(other) -> {
        LOG.warn("The journal's database failed a request: {}", Printable.line(other.toString()));
        yield new Problem(
            503, "The journal's database does not answer: check it, its disk and the node's log.");
      }
      case Throwable other -> {
        LOG.error("A request failed", other);
        yield new Problem(500, "The node failed to do this; its log says why.");
      }
    };
  }

  private static boolean isOfDatabase(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException) {
        return true;
      }
    }
    return false;
  }

  private static Throwable unwrapped(Throwable failure) {
    Throwable cause = failure.getCause();
    return (failure instanceof CompletionException || failure instanceof ExecutionException)
            && cause != null
        ? unwrapped(cause)
        : failure;
  }

  Answer.Whole answer() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("title", phrase(status));
    fields.put("status", status);
    fields.put("detail", getMessage());
    Answer.Whole answer = Answer.json(status, TYPE, fields);
    return new Answer.Whole(status, TYPE, answer.body(), headers);
  }

  /** What is wrong with a request as HTTP, in general: the protocol's reader quotes it. */
  static Problem ofProtocol(int status) {
    return new Problem(
        status,
        switch (status) {
          case 408 -> "The request did not come in time.";
          case 413 -> "The body is longer than %s bytes.".formatted(HttpServer.MOST_BODY);
          case 414, 431 ->
              "The request's head is longer than %s bytes.".formatted(HttpServer.MOST_HEAD);
          case 417 -> "Nothing but 100-continue can be expected.";
          case 501 -> "The only Transfer-Encoding that is read here is chunked.";
          case 505 -> "Speak HTTP/1.1: other versions are not spoken here.";
          case 400 -> "This is no request of HTTP/1.1, or one that can be read in two ways.";
          default -> "The node failed to do this; its log says why.";
        });
  }

  static String phrase(int status) {
    return HttpStatus.getMessage(status);
  }
}
