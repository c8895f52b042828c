package org.probity.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigInteger;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.probity.chain.Address;
import org.probity.chain.ChainClient;
import org.probity.chain.RpcUnreachable;
import org.probity.ground.TestKind;
import org.probity.terminal.Screen;

/** {@code probity chain}: a chain to try things on, for as long as the command runs. */
@TestKind.Acceptance
final class ChainCommandTest {

  private static final Address SOMEBODY = new Address("0x2222222222222222222222222222222222222222");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Test
  void marketMovesUntilTheCommandIsInterrupted() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    FutureTask<Ran> ran =
        new FutureTask<>(() -> Ran.of("chain", "--port", port, "--fund", SOMEBODY, "--pace", 1));
    Thread command = Thread.ofPlatform().start(ran);
    try (ChainClient chain = connect(port)) {
      await(() -> chain.balance(SOMEBODY).signum() > 0);
      assertThat(chain.balance(SOMEBODY)).isEqualTo(BigInteger.TEN.pow(20));
      long head = chain.head().number();
      await(() -> chain.head().number() > head + 10);
      command.interrupt();
    }
    ran.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)
        .succeeded()
        .showing("127.0.0.1:" + port, "chain id 31337", "pool", "WETH", "USD", SOMEBODY.toString());
  }

  @Test
  void chainThatStandsStillIsWaitedForAndOneThatIsGoneIsNot() {
    Iterator<RpcUnreachable> failures = List.of(silence(), silence()).iterator();
    AtomicInteger steps = new AtomicInteger();
    Supplier<String> step =
        () -> {
          if (steps.incrementAndGet() == 1 || !failures.hasNext()) {
            if (steps.get() > 4) {
              Thread.currentThread().interrupt();
            }
            return "head";
          }
          throw failures.next();
        };
    PrintStream before = System.out;
    ByteArrayOutputStream shown = new ByteArrayOutputStream();
    System.setOut(new PrintStream(shown, true, UTF_8));
    try (Screen screen = Screen.open(false)) {
      ChainCommand.keepOn(screen, Duration.ofMillis(1), () -> true, step);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(shown.toString(UTF_8))
          .containsOnlyOnce("The chain does not answer")
          .containsOnlyOnce("The chain answers again.");
      assertThatThrownBy(() ->
              ChainCommand.keepOn(
                  screen,
                  Duration.ofMillis(1),
                  () -> false,
                  () -> {
                    throw silence();
                  }))
          .isInstanceOf(RpcUnreachable.class);
    } finally {
      System.setOut(before);
    }
  }

  private static RpcUnreachable silence() {
    return catchThrowableOfType(
        RpcUnreachable.class, () -> ChainClient.connect(URI.create("http://127.0.0.1:1")).close());
  }

  @Test
  void wrongArgumentsAreRefused() throws IOException {
    Ran.of("chain", "--port", 0).failed(1).saying("--port is 0", "1 to 65535");
    Ran.of("chain", "--pace", 0).failed(1).saying("--pace is 0");
    Ran.of("chain", "--fund", "0x12").failed(1).saying("0x12");
    try (ServerSocket taken = new ServerSocket(0)) {
      Ran.of("chain", "--port", taken.getLocalPort())
          .failed(1)
          .saying("Port " + taken.getLocalPort() + " is taken");
    }
  }

  private static ChainClient connect(int port) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return ChainClient.connect(URI.create("http://127.0.0.1:" + port));
      } catch (RpcUnreachable e) {
        assertThat(System.nanoTime()).as("the chain came up").isLessThan(deadline);
        Thread.sleep(100);
      }
    }
  }

  private interface Condition {
    boolean holds();
  }

  private static void await(Condition condition) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
      Thread.sleep(100);
    }
  }
}
