package org.probity.agent.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.probity.ground.Fuzzing;
import org.probity.ground.TestKind;
import org.probity.settings.BadSetting;
import org.probity.settings.PolicySettings;
import org.probity.sim.study.StudySettings;

/** Changed configurations: each gives settings, or is refused with a sentence. */
@TestKind.Fuzz
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class SettingsFuzzTest {
  private static final Path EXAMPLES =
      Path.of(System.getProperty("probity.home")).resolve("examples");

  private static final Duration TIME = Duration.ofSeconds(10);

  /** The parser joins a value of many words word by word: much, but none of it for long. */
  private static final long GARBAGE = 16L << 30;

  /** What HOCON knows, and values that settings seldom expect. */
  private static final List<String> WORDS =
      List.of(
          "{",
          "}",
          "[",
          "]",
          "=",
          "+=",
          ":",
          ",",
          "\"",
          "\"\"\"",
          "\n",
          "#",
          "//",
          ".",
          "${probity}",
          "${?HOME}",
          "${nowhere}",
          "a = ${a}\n",
          "x = ${y}, y = ${x}\n",
          "include \"changed.conf\"\n",
          "include required(file(\"changed.conf\"))\n",
          "include classpath(\"reference.conf\")\n",
          "null",
          "true",
          "\\u0000",
          "\u202e",
          "é",
          "1 s",
          "99999 days",
          "-1 ms",
          "1 YiB",
          "..",
          "/dev/null",
          "http://[::1",
          "jdbc:h2:mem:x",
          "0x");

  @TempDir private Path folder;

  @Test
  void configurationsOfAgents() throws IOException {
    Path file = folder.resolve("changed.conf");
    Fuzzing.of(
            "agent configurations",
            Fuzzing.files(Path.of("src/test/resources/fuzz/agent-settings")),
            WORDS,
            BadSetting.class)
        .within(TIME, GARBAGE, 0)
        .feed(input -> AgentSettings.load(Files.write(file, input)));
  }

  @Test
  void policies() throws IOException {
    Path file = folder.resolve("changed.conf");
    Fuzzing.of(
            "policies",
            List.of(Files.readAllBytes(EXAMPLES.resolve("policy.conf"))),
            WORDS,
            BadSetting.class)
        .within(TIME, GARBAGE, 0)
        .feed(input -> PolicySettings.load(Files.write(file, input)));
  }

  @Test
  void backtestsAndStudies() throws IOException {
    List<byte[]> examples = new ArrayList<>(Fuzzing.files(EXAMPLES));
    Path file = folder.resolve("changed.conf");
    Fuzzing.of("backtest and study configurations", examples, WORDS, BadSetting.class)
        .within(TIME, GARBAGE, 0)
        .feed(input -> StudySettings.load(Files.write(file, input)));
  }
}
