package org.probity.agent.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

sealed interface Answer {

  ObjectMapper JSON = new ObjectMapper();

  int status();

  String type();

  /**
   * All of it.
   *
   * @param headers besides those of every answer
   */
  record Whole(int status, String type, byte[] body, Map<String, String> headers)
      implements Answer {}

  /** What goes on, until either side ends it. */
  record Stream(String type, Source source) implements Answer {
    @Override
    public int status() {
      return 200;
    }
  }

  @FunctionalInterface
  interface Source {
    /**
     * Sends until there is no more.
     *
     * @throws IOException if the client is gone
     */
    void send(Sink to) throws IOException, InterruptedException;
  }

  @FunctionalInterface
  interface Sink {
    /** Returns once the client's system has taken them, or nearly. */
    void send(byte[] bytes) throws IOException;
  }

  static Whole json(int status, Object value) {
    return json(status, "application/json", value);
  }

  static Whole json(int status, String type, Object value) {
    try {
      return new Whole(status, type, JSON.writeValueAsBytes(value), Map.of());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("An answer always has a text", e);
    }
  }

  static Whole text(String type, String text) {
    return new Whole(200, type, text.getBytes(StandardCharsets.UTF_8), Map.of());
  }
}
