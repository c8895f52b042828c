package org.probity.agent;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.probity.intent.conduct.Event;

/**
 * Ends the process right after an event is durable, without a word to anybody, where the crash
 * drill asks for it: {@code -Dprobity.halt=IntentSubmitted:3} halts after the third one. Nothing
 * happens without the property.
 */
final class CrashPoint {

  static final String PROPERTY = "probity.halt";

  /** As {@code kill -9} leaves it: 128 + 9. */
  private static final int STATUS = 137;

  private CrashPoint() {}

  static BiConsumer<String, Event> ofSystemProperty() {
    String point = System.getProperty(PROPERTY, "");
    if (point.isEmpty()) {
      return (_, _) -> {};
    }
    int colon = point.indexOf(':');
    String kind = colon < 0 ? point : point.substring(0, colon);
    AtomicInteger left =
        new AtomicInteger(colon < 0 ? 1 : Integer.parseInt(point.substring(colon + 1)));
    return (_, event) -> {
      if (RecordCodec.name(event).equals(kind) && left.decrementAndGet() == 0) {
        Runtime.getRuntime().halt(STATUS);
      }
    };
  }
}
