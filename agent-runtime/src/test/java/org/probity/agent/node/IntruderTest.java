package org.probity.agent.node;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.agent.AgentStatus;
import org.probity.agent.settings.JournalSettings;
import org.probity.agent.settings.NodeSettings;
import org.probity.ground.TestKind;
import org.probity.intent.Pace;
import org.slf4j.LoggerFactory;

/** Another user of the machine who comes to a node's inner port. */
@TestKind.Acceptance
final class IntruderTest {

  /** Reads all files, the program's among them, so that it can be started; is nobody otherwise. */
  private static final List<String> NOBODY =
      List.of(
          "setpriv",
          "--reuid=65534",
          "--regid=65534",
          "--clear-groups",
          "--inh-caps=+dac_read_search",
          "--ambient-caps=+dac_read_search");

  @TempDir private Path folder;

  @Test
  void strangerIsRefusedAtTheHandshakeWhateverItTries() throws Exception {
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    Logger refusals = (Logger) LoggerFactory.getLogger("org.probity.agent.tls.Refusals");
    refusals.setLevel(Level.WARN);
    refusals.addAppender(log);
    log.start();
    ScriptedWorld vault = ScriptedWorld.ofNodes(new Pace(120, false));
    try (ProbityNode node =
        ProbityNode.start(
            NodeSettings.alone(
                new JournalSettings.Embedded(folder.resolve("journal")), 1, ScriptedWorld.RETRY),
            _ -> vault.equipment(new ScriptedHeads()),
            InstantSource.system())) {
      vault.awaitQuiet(node, "guarded");
      AgentStatus before = vault.status(node, "guarded");
      assertThat(intrude(node.address(), "guarded"))
          .containsExactly("PLAIN: nothing", "NO_CERTIFICATE: nothing", "OWN_CERTIFICATE: nothing");
      assertThat(node.isUp()).isTrue();
      assertThat(vault.status(node, "guarded")).isEqualTo(before);
      assertThat(log.list)
          .extracting(ILoggingEvent::getFormattedMessage)
          .hasSize(1)
          .first()
          .asString()
          .startsWith("Somebody without a certificate of this cluster was refused at its port: ");
      assertThat(connectionsKept(node.address(), 60)).isLessThan(40);
      assertThat(vault.status(node, "guarded")).isEqualTo(before);
    } finally {
      refusals.detachAppender(log);
      refusals.setLevel(null);
    }
  }

  /** Of how many who connect and say nothing the node keeps a file descriptor. */
  private static long connectionsKept(String node, int made) throws IOException {
    var system = ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class);
    long before = system.getOpenFileDescriptorCount();
    int colon = node.lastIndexOf(':');
    List<Socket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < made; i++) {
        sockets.add(
            new Socket(node.substring(0, colon), Integer.parseInt(node.substring(colon + 1))));
      }
      for (Socket socket : sockets) {
        socket.setSoTimeout(20);
        try {
          socket.getInputStream().read();
        } catch (SocketTimeoutException | SocketException e) {
          // Kept, or in the queue before the port; or refused.
        }
      }
      return system.getOpenFileDescriptorCount() - before - made;
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  private List<String> intrude(String node, String agent) throws Exception {
    List<String> line = new ArrayList<>(canBeNobody() ? NOBODY : List.of());
    line.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            classPath(),
            Intruder.class.getName(),
            node,
            agent));
    Path said = folder.resolve("said");
    Process process =
        new ProcessBuilder(line)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .redirectOutput(said.toFile())
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return java.nio.file.Files.readAllLines(said);
  }

  private static boolean canBeNobody() throws InterruptedException {
    try {
      List<String> line = new ArrayList<>(NOBODY);
      line.addAll(List.of("test", "-r", "/"));
      return new ProcessBuilder(line)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** Of this test, whoever runs it. */
  private static String classPath() {
    return IntruderTest.class.getClassLoader() instanceof URLClassLoader loader
        ? Arrays.stream(loader.getURLs()).map(URL::getPath).collect(Collectors.joining(":"))
        : System.getProperty("java.class.path");
  }
}
