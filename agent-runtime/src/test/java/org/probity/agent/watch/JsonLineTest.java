package org.probity.agent.watch;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

final class JsonLineTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void anEventIsOneLineWithItsFieldsByName() throws IOException {
    LoggingEvent event = event("two\nlines \"quoted\"", null);
    event.setKeyValuePairs(
        List.of(
            new KeyValuePair("agent", "a-1"),
            new KeyValuePair("head", 17L),
            new KeyValuePair("level", "not this one")));
    event.setMDCPropertyMap(Map.of("node", "127.0.0.1:1"));
    String line = new JsonLine().doLayout(event);
    assertThat(line.lines()).hasSize(1);
    assertThat(line).endsWith("\n");
    JsonNode fields = JSON.readTree(line);
    assertThat(fields.path("agent").textValue()).isEqualTo("a-1");
    assertThat(fields.path("head").longValue()).isEqualTo(17);
    assertThat(fields.path("node").textValue()).isEqualTo("127.0.0.1:1");
    assertThat(fields.path("level").textValue()).isEqualTo("WARN");
    assertThat(fields.path("message").textValue()).isEqualTo("two\nlines \"quoted\"");
  }

  @Test
  void aFailureIsInTheSameLine() throws IOException {
    LoggingEvent event = event("failed", new IllegalStateException("why"));
    event.setMDCPropertyMap(Map.of());
    String line = new JsonLine().doLayout(event);
    assertThat(line.lines()).hasSize(1);
    assertThat(JSON.readTree(line).path("error").textValue())
        .contains("IllegalStateException: why");
  }

  private static LoggingEvent event(String message, @Nullable Throwable failure) {
    return new LoggingEvent(
        "test",
        new LoggerContext().getLogger("org.probity.test"),
        Level.WARN,
        message,
        failure,
        new Object[0]);
  }
}
