package org.probity.sim.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A real browser that looks at a page. */
final class Browser {

  private static final Path HOME =
      Path.of(System.getProperty("probity.home", "..")).toAbsolutePath();

  private Browser() {}

  /** What is to be seen on a page, one element for each view; screenshots go into target. */
  static JsonNode look(Path page, String name) throws IOException, InterruptedException {
    Optional<Path> chromium = chromium();
    boolean playwright = Files.isDirectory(HOME.resolve("node_modules/playwright-core"));
    assumeTrue(
        chromium.isPresent() && playwright,
        "No page was looked at: chromium and npm's playwright-core are needed.");
    Path folder = Files.createDirectories(HOME.resolve("simulations/target/screenshots"));
    Path errors = folder.resolve(name + ".err");
    Process node =
        new ProcessBuilder(
                "node",
                HOME.resolve("simulations/src/test/node/look.mjs").toString(),
                chromium.orElseThrow().toString(),
                page.toString(),
                folder.toString(),
                name)
            .redirectError(errors.toFile())
            .start();
    String output =
        new String(node.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(node.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(node.exitValue()).as(Files.readString(errors)).isZero();
    return new ObjectMapper().readTree(output).get("views");
  }

  private static Optional<Path> chromium() {
    List<String> names = List.of("chromium", "chromium-browser", "google-chrome");
    return Arrays.stream(String.valueOf(System.getenv("PATH")).split(File.pathSeparator))
        .flatMap(folder -> Stream.of(folder).flatMap(f -> names.stream().map(n -> Path.of(f, n))))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Holds for every page of ours, whatever is on it. */
  static void isSound(JsonNode views) {
    assertThat(views).hasSize(4);
    for (JsonNode view : views) {
      String name = view.get("view").asText();
      assertThat(view.get("complaints")).as(name + ": errors").isEmpty();
      assertThat(view.get("requests")).as(name + ": requests").hasSize(1);
      assertThat(view.get("scrollWidth").asInt())
          .as(name + ": sideways scrolling")
          .isLessThanOrEqualTo(view.get("innerWidth").asInt());
      assertThat(view.at("/leastContrast/contrast").asDouble())
          .as(name + ": contrast of " + view.get("leastContrast"))
          .isGreaterThanOrEqualTo(4.5);
      assertThat(view.get("barriers")).as(name + ": barriers that axe-core finds").isEmpty();
      assertThat(view.at("/touched/barriers")).as(name + ": barriers once zoomed").isEmpty();
      assertThat(view.get("smallestText").asDouble()).as(name).isGreaterThanOrEqualTo(11);
      for (JsonNode chart : view.get("charts")) {
        String which = name + " " + chart.get("id").asText();
        assertThat(chart.get("empty").asBoolean()).as(which + " is empty").isFalse();
        assertThat(chart.at("/box/width").asDouble()).as(which).isGreaterThan(200);
        assertThat(chart.at("/box/height").asDouble()).as(which).isGreaterThan(90);
        for (JsonNode line : chart.get("lines")) {
          assertThat(line.get("width").asDouble()).as(which).isGreaterThan(200);
          assertThat(line.get("height").asDouble()).as(which).isGreaterThan(5);
        }
      }
    }
  }
}
