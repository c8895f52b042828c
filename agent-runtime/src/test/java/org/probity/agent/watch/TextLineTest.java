package org.probity.agent.watch;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

final class TextLineTest {

  private static final String EVIL = "\u001b[2J\u001b[31mEVIL\r\n12:00:00.000 ERROR forged\u202e";

  @Test
  void whatOthersWroteIsPartOfOneLine() {
    LoggingEvent event = event(EVIL, null);
    event.setKeyValuePairs(List.of(new KeyValuePair("reason", EVIL)));
    String text = encoded(event);
    assertThat(text.lines()).hasSize(1);
    assertThat(text)
        .contains(" WARN  test - \\u001b[2J", "reason=\"\\u001b[2J", "\\r\\n12:00")
        .doesNotContain("\u001b", "\r", "\u202e");
  }

  @Test
  void aFailureIsToldWithItsCausesAndPlaces() {
    Throwable failure = new IllegalStateException("outer", new RuntimeException(EVIL));
    String text = encoded(event("failed", failure));
    assertThat(text)
        .contains("java.lang.IllegalStateException: outer\n\t")
        .contains("Caused by: java.lang.RuntimeException: \\u001b[2J")
        .contains("TextLineTest")
        .doesNotContain("\u001b", "\r");
    assertThat(text.lines()).noneMatch(line -> line.startsWith("12:00:00.000 ERROR"));
  }

  private static String encoded(LoggingEvent event) {
    return new TextLine().doLayout(event);
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
