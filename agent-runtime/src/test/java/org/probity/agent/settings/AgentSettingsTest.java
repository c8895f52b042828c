package org.probity.agent.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.probity.intent.Pace;
import org.probity.settings.BadSetting;

final class AgentSettingsTest {

  private static final String WHOLE =
      """
      probity {
        chain { rpc = "http://127.0.0.1:8545", id = 31337 }
        vault = "0x1111111111111111111111111111111111111111"
        strategy = "model"
        srs = "/srv/srs.bin"
        key { store = "keys", account = "0x2222222222222222222222222222222222222222" }
      }
      """;

  @TempDir private Path folder;

  @Test
  void fileWithTheNecessaryGivesSettingsWithDefaults() throws IOException {
    AgentSettings settings = load(WHOLE);
    assertThat(settings.chain().id()).isEqualTo(31_337);
    assertThat(settings.chain().webSockets()).isEmpty();
    assertThat(settings.chain().poll()).isEqualTo(Duration.ofSeconds(1));
    assertThat(settings.pace()).isEqualTo(new Pace(300, false));
    assertThat(settings.node().provingThreads()).isEqualTo(1);
    assertThat(settings.backend()).isEqualTo(ProverBackend.AUTO);
  }

  @Test
  void relativePathsStartFromTheFilesOwnFolder() throws IOException {
    AgentSettings settings = load(WHOLE);
    assertThat(settings.agents().getFirst().strategy())
        .isEqualTo(folder.toAbsolutePath().resolve("model"));
    assertThat(settings.srs()).isEqualTo(Path.of("/srv/srs.bin"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          probity.chain.rpc = "ftp://x"         | probity.chain.rpc         | ftp://x   | http:// or https://
          probity.chain.rpc = "nonsense"        | probity.chain.rpc         | nonsense  | http:// or https://
          probity.chain.web-socket = "http://x" | probity.chain.web-socket  | http://x  | ws:// or wss://
          probity.chain.id = 0                  | probity.chain.id          | 0         | at least 1
          probity.chain.id = "mainnet"          | probity.chain.id          | mainnet   | whole number
          probity.chain.id = [1]                | probity.chain.id          | [1]       | whole number
          probity.chain.poll = "1 ms"           | probity.chain.poll        | 1 ms      | 50 ms to 1 min
          probity.chain.poll = soon             | probity.chain.poll        | soon      | duration
          probity.vault = "0x12"                | probity.vault             | 0x12      | 40 hex digits
          probity.pace.lifetime-seconds = 0     | probity.pace.lifetime-seconds | 0     | from 1 to 86400
          probity.holds { conduct = claim }, probity.pace.by-anyone = true | probity.pace.by-anyone | true | false where probity.holds.conduct is claim, for the agent alone may claim
          probity.holds { conduct = claim }, probity.pace.prove-all = false | probity.pace.prove-all | false | true where probity.holds.conduct is claim, for what is claimed is proven
          probity.pace.send-holds = perhaps     | probity.pace.send-holds   | perhaps   | true or false
          probity.prover.threads = 1000         | probity.prover.threads    | 1000      | from 1 to 256
          probity.prover.backend = quantum      | probity.prover.backend    | quantum   | auto, or cuda, or simd, or scalar
          probity.fees.max-gwei = 0.5           | probity.fees.tip-gwei     | 1000000000| at most probity.fees.max-gwei
          probity.fees.max-gwei = cheap         | probity.fees.max-gwei     | cheap     | positive amount
          probity.retry.most = "1 ms"           | probity.retry.most        | PT0.001S  | at least probity.retry.first
          """)
  void valueThatCannotBeNamesKeyValueAndWhatIsAdmitted(
      String line, String key, String value, String admitted) {
    assertThatThrownBy(() -> load(WHOLE + line + "\n"))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining(key)
        .hasMessageContaining(value)
        .hasMessageContaining(admitted);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          chain.rpc = "ftp://user:horse@node/v3/horse?key=horse"     | ftp://node/…
          chain.rpc = ["http://ok", "node/v3/horse"]                 | node/…
          chain.web-socket = "http://horse@node:1/horse"             | http://node:1/…
          chain.rpc = "ftp://u:horse/horse@node/x"                   | ftp://…/…
          """)
  void whatIsSecretInAnAddressIsNotShown(String line, String shown) {
    assertThatThrownBy(() -> load(WHOLE + "probity." + line + "\n"))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining('"' + shown + '"')
        .hasMessageNotContaining("horse");
  }

  @Test
  void sectionThatIsHalfASubstitutionIsRefused() {
    assertThatThrownBy(() ->
            load(WHOLE + "probity.kex = ${probity.y}\nprobity.y = ${x}\nprobity.y { a = 1 }\n"))
        .isInstanceOf(BadSetting.class);
  }

  @Test
  void missingSettingIsNamed() {
    assertThatThrownBy(() -> load(WHOLE.replace("srs =", "# srs =")))
        .isInstanceOf(BadSetting.class)
        .hasMessage("The setting probity.srs is missing: it must be a path.");
  }

  @Test
  void halfOfTheSettingsOfEncryptionAreNoEncryption() throws IOException {
    assertThatThrownBy(() -> load(WHOLE + "probity.http.tls.password-file = p\n"))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("probity.http.tls.key-store is missing");
    assertThatThrownBy(() -> load(WHOLE + "probity.http.tls.key-store = k.p12\n"))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("probity.http.tls.password-file is missing");
    assertThat(
            load(WHOLE + "probity.http.tls { key-store = k.p12, password-file = p }\n")
                .operation()
                .http()
                .tls())
        .isPresent();
  }

  @Test
  void misspeltSettingIsNamedWithTheNearestOne() {
    assertThatThrownBy(() -> load(WHOLE + "probity.pace.lifetime-second = 5\n"))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("no setting probity.pace.lifetime-second")
        .hasMessageContaining("probity.pace.lifetime-seconds");
  }

  @Test
  void fileThatIsNotHoconIsRefusedInOneLine() {
    assertThatThrownBy(() -> load("probity { chain {"))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("not valid HOCON")
        .hasMessageNotContaining("\n");
  }

  @Test
  void unresolvedSubstitutionIsRefused() {
    assertThatThrownBy(() -> load(WHOLE + "probity.srs = ${nowhere}\n"))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("nowhere");
  }

  @Test
  void fileWithoutOurSectionSaysSo() {
    assertThatThrownBy(() -> load("agent { }"))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("probity { … }");
  }

  @Test
  void absentFileSaysSo() {
    assertThatThrownBy(() -> AgentSettings.load(folder.resolve("none.conf")))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("There is no configuration file");
  }

  private AgentSettings load(String text) throws IOException {
    Path file = folder.resolve("agent.conf");
    Files.writeString(file, text);
    return AgentSettings.load(file);
  }
}
