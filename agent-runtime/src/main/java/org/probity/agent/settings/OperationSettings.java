package org.probity.agent.settings;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.ContextInitializer;
import ch.qos.logback.core.joran.spi.JoranException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/**
 * How a node is operated.
 *
 * @param http where its API listens
 * @param alerts when to call for a person
 * @param log how its log is written
 */
public record OperationSettings(Http http, Alerts alerts, Log log) {

  /**
   * @param host the address to listen on
   * @param port 0 for any free one
   * @param tokenFile holds the bearer token; made on the first start
   * @param tls without it the API listens on loopback alone
   */
  public record Http(String host, int port, Path tokenFile, Optional<Tls> tls) {}

  /**
   * @param keyStore PKCS#12 file with the certificate and its key
   * @param passwordFile whose first line is the file's password
   */
  public record Tls(Path keyStore, Path passwordFile) {}

  /**
   * @param headStalled the age of the newest head from which on heads count as stalled
   * @param intentStuck how long an intent may be on its way
   * @param journalBehind how long an event may wait for its place in the journal
   * @param balanceLow in wei, of an account that pays for gas
   */
  public record Alerts(
      Duration headStalled, Duration intentStuck, Duration journalBehind, BigInteger balanceLow) {}

  /**
   * @param level from which on our own events are written
   */
  public record Log(Format format, Level level) {

    /**
     * Lets the log be written so, also by loggers that there are already. What the command line
     * says with {@code --verbose} or a system property goes before it.
     */
    public void apply() {
      if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
        context.reset();
        put(context, "probity.log.format", format);
        put(context, "probity.log", level);
        try {
          new ContextInitializer(context).autoConfig();
        } catch (JoranException e) {
          throw new IllegalStateException("The log's own configuration cannot be read", e);
        }
      }
    }

    private static void put(LoggerContext context, String variable, Enum<?> value) {
      if (System.getProperty(variable) == null) {
        context.putProperty(variable, value.name().toLowerCase(Locale.ROOT));
      }
    }
  }

  /** How a line of the log is written. */
  public enum Format {
    /** For people. */
    TEXT,
    /** One JSON object a line, for a log store. */
    JSON
  }

  /** How much is written. */
  public enum Level {
    ERROR,
    WARN,
    INFO,
    DEBUG
  }
}
