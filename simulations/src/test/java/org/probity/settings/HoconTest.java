package org.probity.settings;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import com.typesafe.config.Config;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HoconTest {

  @TempDir private Path folder;

  @Test
  void includedFileIsFoundBesideTheIncludingOneFromWherever() throws IOException {
    write("a.conf", "include \"sub/b.conf\"\nx = 1\nsection { include \"sub/b\" }");
    write("sub/b.conf", "include file(\"c.conf\")\ny = 2\nz = ${y}");
    write("sub/c.conf", "w = 3");
    Path fromHere = Path.of("").toAbsolutePath().relativize(folder.resolve("a.conf"));
    Config config = Hocon.resolve(Hocon.parse(fromHere));
    assertThat(config.getInt("x") + config.getInt("y") + config.getInt("w")).isEqualTo(6);
    assertThat(config.getInt("section.z")).isEqualTo(2);
  }

  @Test
  void includedFileThatIsNotThereIsAnErrorAlsoForABareName() throws IOException {
    write("a.conf", "include \"fees.conf\"");
    Path bare = folder.resolve("a.conf");
    refused(bare, "fees.conf", "not there");
    refused(Path.of("").toAbsolutePath().relativize(bare), "fees.conf", "not there");
  }

  @Test
  void nothingIsFetched() throws IOException {
    AtomicInteger asked = new AtomicInteger();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.incrementAndGet();
          exchange.sendResponseHeaders(200, 5);
          exchange.getResponseBody().write("x = 1".getBytes(UTF_8));
          exchange.close();
        });
    server.start();
    try {
      String address = "http://127.0.0.1:%s/x.conf".formatted(server.getAddress().getPort());
      for (String include :
          new String[] {
            "url(\"" + address + "\")",
            "\"" + address + "\"",
            "file(\"" + address + "\")",
            "required(url(\"" + address + "\"))",
            "required(\"" + address + "\")"
          }) {
        refused("include " + include, "only files can be included");
      }
      assertThat(asked).hasValue(0);
    } finally {
      server.stop(0);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "classpath(\"reference.conf\")",
        "\"jar:file:/x.jar!/a.conf\"",
        "\"file:///etc/passwd\"",
        "required(classpath(\"reference.conf\"))",
        "\"ftp://x/y\""
      })
  void onlyFilesAreIncluded(String include) throws IOException {
    refused("include " + include, "only files can be included");
  }

  @Test
  void filesThatIncludeEachOtherEnd() throws IOException {
    write("a.conf", "include \"b.conf\"");
    write("b.conf", "include \"a.conf\"");
    refused(folder.resolve("a.conf"), "includes more than", "or itself");
    write("c.conf", "include \"c.conf\"\ninclude \"c.conf\"");
    refused(folder.resolve("c.conf"), "or itself");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PROBITY_PASSWORD",
        "PROBITY_HTTP_TOKEN",
        "PROBITY_API_KEY",
        "PROBITY_journal_password",
        "PROBITY_DB_PWD",
        "PROBITY_BASIC_AUTH",
        "PROBITY_SEED_PHRASE",
        "HOME"
      })
  void secretsOfTheEnvironmentStayThere(String name) throws IOException {
    Map<String, String> environment = Map.of(name, "correct-horse-battery");
    for (String text :
        new String[] {
          "rpc = \"http://127.0.0.1/\"${" + name + "}",
          "vault = ${?" + name + "}",
          "a { b = [${" + name + "}] }",
          "a = 1, a = ${?" + name + "}",
          "o { x = 1 }, o = ${?" + name + "} { y = 2 }"
        }) {
      Path file = write("env.conf", text);
      assertThatThrownBy(() -> Hocon.parse(file, environment))
          .as(text)
          .isInstanceOf(BadSetting.class)
          .hasMessageContaining(name)
          .hasMessageNotContaining("horse");
    }
  }

  @Test
  void namedVariablesAreTaken() throws IOException {
    Path file = write("env.conf", "rpc = \"https://node/\"${PROBITY_RPC_PATH}, o = ${?PROBITY_NO}");
    Map<String, String> environment = Map.of("PROBITY_RPC_PATH", "v3");
    Config config = Hocon.resolve(Hocon.parse(file, environment), environment);
    assertThat(config.getString("rpc")).isEqualTo("https://node/v3");
    assertThat(config.hasPath("o")).isFalse();
    // A setting of that name goes before the environment.
    Path own = write("own.conf", "HOME = here, x = ${HOME}");
    assertThat(Hocon.resolve(Hocon.parse(own)).getString("x")).isEqualTo("here");
  }

  @Test
  void secretIsWithheldFromWhatIsOnlyResolvedToo() {
    Config config = com.typesafe.config.ConfigFactory.parseString("a = ${PROBITY_PASSWORD}");
    assertThatThrownBy(() -> Hocon.resolve(config, Map.of("PROBITY_PASSWORD", "horse")))
        .isInstanceOf(BadSetting.class)
        .hasMessageNotContaining("horse");
  }

  @Test
  void substitutionsThatDoubleAreRefusedBeforeTheyDo() throws IOException {
    StringBuilder text = new StringBuilder("a0 = 0123456789\n");
    for (int i = 1; i <= 33; i++) {
      text.append("a%d = ${a%d}${a%d}\n".formatted(i, i - 1, i - 1));
    }
    refused(text.toString(), "would grow");
    refused("a = 0123456789\n" + "a = ${a}${a}\n".repeat(33), "would grow");
    refused("a = [1]\n" + "a = ${a} ${a}\n".repeat(33), "would grow");
    refused("o { x = 0123456789 }\n" + "o { x = ${o.x}${o.x} }\n".repeat(33), "would grow");
    refused("a = " + "${?x}".repeat(1_001), "more than 1000 substitutions");
  }

  @Test
  void listsThatGrowByTheirOwnAreTaken() throws IOException {
    Path file = write("list.conf", "a = []\n" + "a += word\n".repeat(10) + "b = ${a} ${a}");
    assertThat(Hocon.resolve(Hocon.parse(file)).getStringList("b")).hasSize(20);
  }

  @Test
  void deepNestingIsRefusedInOneSentence() throws IOException {
    refused("a = " + "[".repeat(20_000) + "]".repeat(20_000), "nests more than");
    refused("a = " + "{b=".repeat(20_000) + "1" + "}".repeat(20_000), "nests more than");
    refused("# \"\na = " + "[".repeat(20_000), "nests more than");
    refused("a".concat(".a".repeat(100_000)) + " = 1", "a line of more than 16384 characters");
    refused("a = " + "b ".repeat(20_000), "a line of more than 16384 characters");
    Path fine = write("fine.conf", "a = \"" + "[".repeat(10_000) + "\" // {{{{\n");
    assertThat(Hocon.parse(fine).getString("a")).hasSize(10_000);
  }

  @Test
  void filesWithoutEndAndOtherThingsAreRefused() throws IOException {
    refused("x = \"" + "a".repeat(1 << 20) + "\"", "more than 1048576 bytes");
    refused(folder, "it is a folder");
    refused(folder.resolve("absent.conf"), "There is no configuration file");
    write("includes.conf", "include \"/dev/zero\"");
    refused(folder.resolve("includes.conf"), "pipe or a device");
    Path latin = folder.resolve("latin.conf");
    Files.write(latin, new byte[] {'x', '=', (byte) 0xe4});
    refused(latin, "not UTF-8");
  }

  @Test
  void byteOrderMarkAndWindowsLineEndsAreTaken() throws IOException {
    Path file = write("bom.conf", "\uFEFFa = 1\r\nb = 2\r\n");
    assertThat(Hocon.parse(file).getInt("b")).isEqualTo(2);
  }

  @Test
  void whatIsQuotedFromTheFileIsHarmless() throws IOException {
    Path file = write("esc.conf", "a = \"\u001b[2J\", b = }");
    assertThatThrownBy(() -> Hocon.parse(file))
        .isInstanceOf(BadSetting.class)
        .hasMessageNotContaining("\u001b");
  }

  private void refused(String text, String... parts) throws IOException {
    refused(write("refused.conf", text), parts);
  }

  private static void refused(Path file, String... parts) {
    assertThatThrownBy(() -> Hocon.resolve(Hocon.parse(file)))
        .isInstanceOf(BadSetting.class)
        .hasMessageNotContaining("\n")
        .satisfies(e -> assertThat(e.getMessage()).contains(parts));
  }

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }
}
