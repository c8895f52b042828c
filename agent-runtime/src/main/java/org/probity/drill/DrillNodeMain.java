package org.probity.drill;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.probity.agent.checks.CheckReport;
import org.probity.agent.node.ProbityNode;
import org.probity.run.NodeRun;
import org.probity.terminal.Sentences;

/**
 * A node as {@code probity run} runs it, in the harness of a drill: it may halt right after an
 * event, and may listen behind a {@link TcpProxy}.
 */
final class DrillNodeMain {

  private static final String HALT = "--halt-after=";
  private static final String LISTEN = "--listen=";

  /** As {@code kill -9} leaves it: 128 + 9. */
  private static final int KILLED = 137;

  private DrillNodeMain() {}

  /** The argument to halt, without a word to anybody, right after an event is durable. */
  static String haltAfter(String event, int count) {
    return HALT + event + ":" + count;
  }

  /** The argument to listen at {@code host:port}, while others know the address in the settings. */
  static String listen(String address) {
    return LISTEN + address;
  }

  /** Runs the node of the configuration that the first argument names, and ends with its status. */
  public static void main(String[] arguments) {
    Locale.setDefault(Locale.ROOT);
    BiConsumer<String, String> written = (_, _) -> {};
    Optional<InetSocketAddress> bind = Optional.empty();
    for (String argument : arguments) {
      if (argument.startsWith(HALT)) {
        written = halting(argument.substring(HALT.length()));
      } else if (argument.startsWith(LISTEN)) {
        bind = Optional.of(address(argument.substring(LISTEN.length())));
      }
    }
    int status;
    try {
      ProbityNode.Harness harness = new ProbityNode.Harness(written, bind);
      status = NodeRun.of(Path.of(arguments[0]), harness, (_, report) -> refused(report));
    } catch (RuntimeException e) {
      System.err.println(Sentences.of(e));
      status = 1;
    }
    System.exit(status);
  }

  private static BiConsumer<String, String> halting(String point) {
    int colon = point.indexOf(':');
    String kind = point.substring(0, colon);
    AtomicInteger left = new AtomicInteger(Integer.parseInt(point.substring(colon + 1)));
    return (_, event) -> {
      if (event.equals(kind) && left.decrementAndGet() == 0) {
        Runtime.getRuntime().halt(KILLED);
      }
    };
  }

  private static InetSocketAddress address(String text) {
    int colon = text.lastIndexOf(':');
    return new InetSocketAddress(
        text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
  }

  private static OptionalInt refused(CheckReport report) {
    report.wrong().forEach(check -> System.err.println(check.finding().sentence()));
    return report.wrong().isEmpty() ? OptionalInt.empty() : OptionalInt.of(2);
  }
}
