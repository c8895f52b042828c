package org.probity.agent.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.agent.node.ProbityNode;
import org.probity.agent.tls.Authority;
import org.probity.agent.tls.NodeKeys;
import org.probity.settings.BadSetting;

/** Nodes that are several need keys, and a node that is alone lets nobody in. */
final class NodeSettingsTest {

  private static final String WHOLE =
      """
      probity {
        chain { rpc = "http://127.0.0.1:8545", id = 31337 }
        vault = "0x1111111111111111111111111111111111111111"
        strategy = model
        srs = srs.bin
        key { store = keys, account = "0x2222222222222222222222222222222222222222" }
      }
      """;
  private static final String SHARED =
      "probity.journal { url = \"jdbc:postgresql://127.0.0.1/probity\", user = probity }\n";
  private static final String TLS =
      "probity.cluster.tls { key = k, certificate = c, authority = a }\n";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "seeds = [\"127.0.0.1:7355\"]",
        "host = \"10.0.0.11\"",
        "host = \"0.0.0.0\"",
        "host = \"127.evil.example\"",
        "port = 7355",
        "roles = [agent]",
        "roles = [prover, gateway]"
      })
  void oneOfSeveralNodesWithoutKeysIsRefusedOnLoopbackToo(String setting) {
    assertThatThrownBy(() -> read(SHARED + "probity.cluster { %s }".formatted(setting)))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("`probity cluster keys`")
        .hasMessageContaining("probity.cluster.tls");
    assertThat(read(SHARED + TLS + "probity.cluster { %s }".formatted(setting)).node().tls())
        .contains(
            new NodeKeys.Place(folder.resolve("k"), folder.resolve("c"), folder.resolve("a")));
  }

  @Test
  void nodeThatIsAloneNeedsNone() {
    assertThat(read(SHARED).node().tls()).isEmpty();
    assertThat(read(SHARED + "probity.cluster.roles = [agent, prover]").node().tls()).isEmpty();
    assertThat(read("").node().tls()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"host = \"10.0.0.11\"", "seeds = [\"127.0.0.1:7355\"]"})
  void embeddedJournalHasOneNode(String setting) {
    assertThatThrownBy(() -> read("probity.cluster { %s }".formatted(setting)))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("embedded");
    assertThatThrownBy(() -> read(TLS)).hasMessageContaining("embedded");
  }

  @Test
  void keysAreAllNamedAndCanBeUsed() throws IOException {
    assertThatThrownBy(() -> read(SHARED + "probity.cluster.tls.key = k"))
        .hasMessageContaining("probity.cluster.tls.certificate is missing");
    Authority.make().issue("node").save(folder.resolve("one"));
    Authority.make().issue("node").save(folder.resolve("other"));
    NodeSettings mixed =
        read(SHARED
                + "probity.cluster.tls { key = one/node.key, certificate = one/node.pem, authority = other/authority.pem }")
            .node();
    assertThatThrownBy(() ->
            ProbityNode.start(
                mixed,
                _ -> {
                  throw new AssertionError(
                      "nothing is opened before the keys are known to be good");
                },
                InstantSource.system()))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("not signed by the authority");
  }

  private AgentSettings read(String more) {
    return AgentSettings.read(
        ConfigFactory.parseString(more).withFallback(ConfigFactory.parseString(WHOLE)), folder);
  }
}
