package org.probity.agent.watch;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.core.LayoutBase;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.probity.ground.Printable;
import org.slf4j.event.KeyValuePair;

/**
 * A line for people: time of day, level, logger, message and the event's fields; under it the
 * failure that came with it, a line for each of its causes with the place that it came from. What
 * others wrote is escaped, so that none of it is a line of its own or acts on a terminal.
 */
public final class TextLine extends LayoutBase<ILoggingEvent> {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneId.systemDefault());
  private static final int MOST_CAUSES = 8;

  @Override
  public String doLayout(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(256);
    line.append(TIME.format(event.getInstant()))
        .append(String.format(Locale.ROOT, " %-5s ", event.getLevel()))
        .append(event.getLoggerName().substring(event.getLoggerName().lastIndexOf('.') + 1))
        .append(" - ")
        .append(Printable.line(String.valueOf(event.getFormattedMessage())));
    if (event.getKeyValuePairs() != null) {
      for (KeyValuePair pair : event.getKeyValuePairs()) {
        line.append(' ')
            .append(Printable.line(pair.key))
            .append("=\"")
            .append(Printable.line(String.valueOf(pair.value)))
            .append('"');
      }
    }
    line.append('\n');
    IThrowableProxy failure = event.getThrowableProxy();
    for (int i = 0; failure != null && i < MOST_CAUSES; i++) {
      append(line, i, failure);
      failure = failure.getCause();
    }
    return line.toString();
  }

  private static void append(StringBuilder line, int depth, IThrowableProxy failure) {
    line.append(depth == 0 ? "" : "Caused by: ")
        .append(failure.getClassName())
        .append(": ")
        .append(Printable.line(String.valueOf(failure.getMessage())))
        .append('\n');
    StackTraceElementProxy[] places = failure.getStackTraceElementProxyArray();
    if (places != null && places.length > 0) {
      line.append("\t").append(Printable.line(places[0].getSTEAsString())).append('\n');
    }
  }
}
