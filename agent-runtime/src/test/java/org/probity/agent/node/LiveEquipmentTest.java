package org.probity.agent.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.agent.AgentListener;
import org.probity.agent.journal.JournalStore;
import org.probity.agent.settings.AgentSettings;
import org.probity.settings.BadSetting;
import org.probity.zk.Entropy;
import org.probity.zk.Srs;

/** A node's equipment and the chain that its journal is of. */
final class LiveEquipmentTest {

  private static final String ZERO = "0x" + "0".repeat(64);

  @TempDir private Path folder;

  private final WireMockServer chain =
      new WireMockServer(WireMockConfiguration.options().dynamicPort());

  @BeforeEach
  void begin() {
    chain.start();
    answer("eth_chainId", "\"0x7a69\"");
  }

  @AfterEach
  void end() {
    chain.stop();
  }

  @Test
  void aJournalIsOfOneChainEvenWhereAnotherHasItsId() throws IOException {
    Srs.development(4, Entropy.secure()).save(folder.resolve("srs.bin"));
    Path config =
        Files.writeString(
            folder.resolve("node.conf"),
            """
            probity {
              chain { rpc = "%s", id = 31337 }
              agents = []
              srs = "srs.bin"
              key.store = "keys"
              prover.backend = scalar
            }
            """
                .formatted(chain.baseUrl()));
    AgentSettings settings = AgentSettings.load(config);
    try (LiveEquipment equipment = LiveEquipment.open(settings, () -> new char[0]);
        JournalStore journal = JournalStore.open(settings.node().journal(), _ -> {})) {
      begins("0x" + "1".repeat(64));
      assertThat(equip(equipment, journal)).isNotNull();
      assertThat(equip(equipment, journal)).isNotNull();
      begins("0x" + "2".repeat(64));
      assertThatThrownBy(() -> equip(equipment, journal))
          .isInstanceOf(BadSetting.class)
          .hasMessageContaining("another chain with the same id 31337")
          .hasMessageContaining("name another folder or database");
      answer("eth_getBlockByNumber", "null");
      assertThatThrownBy(() -> equip(equipment, journal))
          .isInstanceOf(BadSetting.class)
          .hasMessageContaining("do not show block 0 of chain 31337");
    }
  }

  private static ProbityNode.Equipment equip(LiveEquipment equipment, JournalStore journal) {
    return equipment.with(journal.source(), _ -> {}, AgentListener.NONE);
  }

  private void begins(String genesis) {
    answer(
        "eth_getBlockByNumber",
        "{\"number\":\"0x0\",\"hash\":\"%s\",\"parentHash\":\"%s\",\"timestamp\":\"0x1\",\"baseFeePerGas\":\"0x7\"}"
            .formatted(genesis, ZERO));
  }

  private void answer(String method, String result) {
    chain.stubFor(
        WireMock.post(WireMock.anyUrl())
            .withRequestBody(WireMock.containing("\"" + method + "\""))
            .willReturn(
                WireMock.okJson(
                        "{\"jsonrpc\":\"2.0\",\"id\":{{jsonPath request.body '$.id'}},\"result\":"
                            + result
                            + "}")
                    .withTransformers("response-template")));
  }
}
