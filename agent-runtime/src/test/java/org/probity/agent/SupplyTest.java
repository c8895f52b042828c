package org.probity.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.ground.TestKind;

/**
 * The build's check of its libraries, on a folder made for it: what must stop a build, and what is
 * written down.
 */
@TestKind.Acceptance
final class SupplyTest {
  private static final Path HOME = Path.of(System.getProperty("probity.home"));

  @TempDir private Path root;
  private Path library;

  @BeforeEach
  void oneReviewedLibrary() throws Exception {
    for (String folder : List.of("build", "target", "agent-runtime/target", "store")) {
      Files.createDirectories(root.resolve(folder));
    }
    for (String module :
        List.of("zk-inference", "strategies", "chain-adapters", "intents", "simulations")) {
      Files.createDirectories(root.resolve(module).resolve("target"));
    }
    library = root.resolve("store/codec-1.0.jar");
    Files.writeString(library, "as reviewed");
    classPath(library);
    review(library);
  }

  @Test
  void reviewedLibrariesPass() throws Exception {
    assertThat(supply("check")).isEqualTo(new Ended(0, ""));
  }

  @Test
  void libraryThatDiffersStopsTheBuild() throws Exception {
    Files.writeString(library, "as somebody else wants it");
    assertThat(supply("check").code()).isEqualTo(2);
    assertThat(supply("check").said()).contains("codec-1.0.jar differs", "supply.mjs renew");
  }

  @Test
  void libraryThatNobodyReviewedStopsTheBuild() throws Exception {
    assumeListed();
    Path other = Files.writeString(root.resolve("store/new-2.0.jar"), "new");
    classPath(library, other);
    assertThat(supply("check").code()).isEqualTo(2);
    assertThat(supply("check").said()).contains("new-2.0.jar is new");
  }

  @Test
  void libraryThatIsGoneStopsTheBuildUntilTheListIsRenewed() throws Exception {
    assumeListed();
    Path other = Files.writeString(root.resolve("store/new-2.0.jar"), "new");
    classPath(other);
    assertThat(supply("check").said()).contains("codec-1.0.jar is not used any more");
    assertThat(supply("renew").code()).isZero();
    assertThat(supply("check").code()).isZero();
  }

  @Test
  void damagedListIsNotAnEmptyOne() throws Exception {
    Files.writeString(root.resolve("build/dependencies.sha256"), "codec-1.0.jar\n");
    assertThat(supply("check").code()).isEqualTo(2);
  }

  @Test
  void twoLibrariesOfOneNameAreNotTakenForOne() throws Exception {
    Path other = Files.createDirectories(root.resolve("other")).resolve("codec-1.0.jar");
    Files.writeString(other, "another");
    classPath(library, other);
    assertThat(supply("check").said()).contains("Two libraries are called codec-1.0.jar");
  }

  @Test
  void billWithoutALibraryStopsTheBuild() throws Exception {
    Files.copy(HOME.resolve("package-lock.json"), root.resolve("package-lock.json"));
    bill("00".repeat(32));
    assertThat(supply("record").code()).isEqualTo(2);
    assertThat(supply("record").said()).contains("target/bom.json does not list codec-1.0.jar");
  }

  @Test
  void recordHoldsLibrariesArchivesAndEveryPackageOfNpm() throws Exception {
    Path lock = HOME.resolve("package-lock.json");
    Files.copy(lock, root.resolve("package-lock.json"));
    bill(hash(library));
    Files.writeString(root.resolve("intents/target/intents-0.1.jar"), "ours");
    assertThat(supply("record")).isEqualTo(new Ended(0, ""));

    ObjectMapper json = new ObjectMapper();
    JsonNode npm = json.readTree(Files.readString(root.resolve("target/bom-npm.json")));
    assertThat(npm.path("bomFormat").asText()).isEqualTo("CycloneDX");
    assertThat(npm.path("components").size())
        .isEqualTo(json.readTree(Files.readString(lock)).path("packages").size() - 1);
    assertThat(npm.path("components"))
        .allSatisfy(component -> {
          assertThat(component.at("/hashes/0/alg").asText()).isEqualTo("SHA-512");
          assertThat(component.at("/hashes/0/content").asText()).matches("[0-9a-f]{128}");
        });

    List<String> names = new ArrayList<>();
    for (String line : Files.readAllLines(root.resolve("target/checksums.txt"))) {
      String name = line.substring(66);
      names.add(name);
      assertThat(line).isEqualTo(hash(root.resolve(name)) + "  " + name);
    }
    assertThat(names)
        .containsExactly(
            "intents/target/intents-0.1.jar",
            "target/bom-npm.json",
            "target/bom.json",
            "target/lib/codec-1.0.jar");
  }

  private record Ended(int code, String said) {}

  private Ended supply(String command) throws Exception {
    Process process =
        new ProcessBuilder(
                "node", HOME.resolve("build/supply.mjs").toString(), command, root.toString())
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), said);
  }

  private void classPath(Path... libraries) throws IOException {
    List<String> entries = new ArrayList<>();
    for (Path entry : libraries) {
      entries.add(entry.toString());
    }
    Files.writeString(
        root.resolve("agent-runtime/target/launcher.classpath"),
        String.join(File.pathSeparator, entries));
  }

  private void review(Path file) throws Exception {
    Files.writeString(
        root.resolve("build/dependencies.sha256"), hash(file) + "  " + file.getFileName() + "\n");
  }

  private void bill(String hash) throws IOException {
    Files.writeString(
        root.resolve("target/bom.json"),
        "{\"components\":[{\"hashes\":[{\"alg\":\"SHA-256\",\"content\":\"" + hash + "\"}]}]}");
  }

  private static String hash(Path file) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
  }

  /** Elsewhere than on Linux on x86-64, only listed libraries are compared. */
  private static void assumeListed() {
    Assumptions.assumeTrue(
        System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("linux")
            && System.getProperty("os.arch").equals("amd64"));
  }
}
