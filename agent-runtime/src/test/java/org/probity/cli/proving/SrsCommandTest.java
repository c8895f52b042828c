package org.probity.cli.proving;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.cli.Ran;
import org.probity.ground.TestKind;
import org.probity.zk.Srs;

/** {@code probity srs}, on ceremonies that snarkjs held. */
@TestKind.Acceptance
final class SrsCommandTest {

  @TempDir private static Path shared;
  private static Path ceremony;

  @TempDir private Path folder;

  @BeforeAll
  static void holdACeremony() throws Exception {
    Path blank = shared.resolve("blank.ptau");
    Path first = shared.resolve("first.ptau");
    ceremony = shared.resolve("ceremony.ptau");
    snarkjs("new", "bn128", "6", blank);
    snarkjs("contribute", blank, first, "--name=Ada", "-e=one");
    snarkjs("contribute", first, ceremony, "--name=Émile", "-e=two");
  }

  private static void snarkjs(Object... arguments) throws IOException, InterruptedException {
    Path program =
        Path.of(System.getProperty("probity.home"), "node_modules/snarkjs/build/cli.cjs");
    List<String> command = new ArrayList<>(List.of("node", program.toString(), "powersoftau"));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }

  // ---- import ----

  @Test
  void ceremonyIsImportedWithItsContributions() {
    Path out = folder.resolve("srs.bin");
    Ran ran = Ran.of("srs", "import", ceremony, "--out", out).succeeded();
    ran.showing("64 points (2^6) of a ceremony", "1. Ada", "2. Émile", "confirmed", "published");
    Srs srs = Srs.load(out);
    assertThat(srs.isDevelopment()).isFalse();
    assertThat(srs.logSize()).isEqualTo(6);
    assertThat(folder).isDirectoryContaining(file -> file.equals(out));
    assertThat(folder.toFile().list()).hasSize(1);
  }

  @Test
  void beginningOfACeremonyIsImported() {
    Path out = folder.resolve("srs.bin");
    Ran.of("srs", "import", ceremony, "--power", 4, "--out", out)
        .succeeded()
        .showing("16 points (2^4) of a ceremony");
    assertThat(Srs.load(out).logSize()).isEqualTo(4);
  }

  @Test
  void powerThatTheCeremonyLacksIsRefused() {
    Path out = folder.resolve("srs.bin");
    Ran.of("srs", "import", ceremony, "--power", 7, "--out", out)
        .failed(1)
        .saying("ceremony.ptau", "2^6", "2^7", "larger ceremony");
    Ran.of("srs", "import", ceremony, "--power", 29, "--out", out)
        .failed(1)
        .saying("--power is 29", "1 to 28");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void ceremonyWithOneByteChangedIsRefusedAndNothingIsWritten() throws IOException {
    byte[] bytes = Files.readAllBytes(ceremony);
    bytes[bytes.length / 3] ^= 1;
    Path changed = Files.write(folder.resolve("changed.ptau"), bytes);
    Path out = folder.resolve("srs.bin");
    Ran.of("srs", "import", changed, "--out", out)
        .failed(1)
        .saying("changed.ptau", "download it again");
    assertThat(out).doesNotExist();
    assertThat(folder.toFile().list()).containsExactly("changed.ptau");
  }

  @Test
  void ceremonyWithoutContributionsIsRefused() {
    Path out = folder.resolve("srs.bin");
    Ran.of("srs", "import", shared.resolve("blank.ptau"), "--out", out)
        .failed(1)
        .saying("no contribution");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void fileThatIsNoCeremonyIsRefused() throws IOException {
    Path out = folder.resolve("srs.bin");
    Ran.of("srs", "import", folder.resolve("none.ptau"), "--out", out)
        .failed(1)
        .saying("none.ptau is not a file");
    Path text = Files.writeString(folder.resolve("text.ptau"), "not a ceremony");
    Ran.of("srs", "import", text, "--out", out).failed(1).saying("text.ptau");
    assertThat(out).doesNotExist();
  }

  @Test
  void fileThatExistsIsNotOverwritten() throws IOException {
    Path out = Files.writeString(folder.resolve("srs.bin"), "precious");
    Ran.of("srs", "import", ceremony, "--out", out).failed(1).saying("exists already");
    Ran.of("srs", "new", "--power", 3, "--out", out).failed(1).saying("exists already");
    assertThat(out).hasContent("precious");
  }

  @Test
  void folderThatIsMissingIsNamedBeforeTheWorkBegins() {
    Path out = folder.resolve("none").resolve("srs.bin");
    Ran.of("srs", "new", "--power", 3, "--out", out)
        .failed(1)
        .saying("There is no folder", "none", "make it first");
  }

  // ---- new ----

  @Test
  void developmentStringSaysThatItIsInsecure() {
    Path out = folder.resolve("srs.bin");
    Ran.of("srs", "new", "--power", 5, "--out", out)
        .succeeded()
        .showing("32 points (2^5)", "INSECURE", "every chain but a local one");
    assertThat(Srs.load(out).isDevelopment()).isTrue();
    assertThat(Srs.load(out).logSize()).isEqualTo(5);
  }

  @Test
  void powerOutOfRangeIsRefused() {
    Path out = folder.resolve("srs.bin");
    Ran.of("srs", "new", "--power", 0, "--out", out).failed(1).saying("--power is 0");
    Ran.of("srs", "new", "--power", "many", "--out", out).failed(2).saying("--power", "many");
    Ran.of("srs", "new", "--out", out).failed(2).saying("--power");
    assertThat(folder).isEmptyDirectory();
  }

  // ---- show ----

  @Test
  void showSaysWhereAStringIsFrom() {
    Path made = folder.resolve("made.bin");
    Path imported = folder.resolve("imported.bin");
    Ran.of("srs", "new", "--power", 5, "--out", made).succeeded();
    Ran.of("srs", "import", ceremony, "--out", imported).succeeded();
    Ran.of("srs", "show", made).succeeded().showing("INSECURE", Srs.load(made).digest().hex());
    Ran.of("srs", "show", imported, "--check")
        .succeeded()
        .showing("powers of one secret", "1. Ada", "2. Émile", Srs.load(imported).digest().hex());
  }

  @Test
  void showRefusesWhatIsNoReferenceString() throws IOException {
    Ran.of("srs", "show", ceremony).failed(1).saying("ceremony.ptau is not an SRS");
    Ran.of("srs", "show", folder.resolve("none.bin")).failed(1).saying("none.bin");
    Path made = folder.resolve("made.bin");
    Ran.of("srs", "new", "--power", 5, "--out", made).succeeded();
    byte[] bytes = Files.readAllBytes(made);
    bytes[bytes.length / 2] ^= 1;
    Files.write(made, bytes);
    Ran.of("srs", "show", made).failed(1).saying("made.bin was changed");
  }
}
