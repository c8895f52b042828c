package org.probity.agent.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.probity.agent.AgentRefused;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A request that cannot be answered as asked, told as RFC 9457 says. */
final class Problem extends RuntimeException {

  private static final Logger LOG = LoggerFactory.getLogger(Problem.class);
  private static final long serialVersionUID = 1;

  private final int status;

  /**
   * @param detail a sentence for the user
   */
  Problem(int status, String detail) {
    super(detail);
    this.status = status;
  }

  int status() {
    return status;
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
      case Throwable other -> {
        LOG.error("A request failed", other);
        yield new Problem(500, "The node failed to do this; its log says why.");
      }
    };
  }

  private static Throwable unwrapped(Throwable failure) {
    Throwable cause = failure.getCause();
    return (failure instanceof CompletionException || failure instanceof ExecutionException)
            && cause != null
        ? unwrapped(cause)
        : failure;
  }

  ApiRoutes.Answer answer(String title) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("title", title);
    fields.put("status", status);
    fields.put("detail", getMessage());
    try {
      return new ApiRoutes.Answer(
          status, "application/problem+json", ApiRoutes.JSON.writeValueAsBytes(fields), null);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Strings and numbers always have a text", e);
    }
  }
}
