package org.probity.agent.checks;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.probity.agent.checks.Finding.Verdict;
import org.probity.chain.ChainClient;

/** Nodes that answer and cannot be relied on. */
final class EndpointChecksTest {

  private static final long NOW = 1_900_000_000L;
  private static final String ZERO = "0x" + "0".repeat(64);

  private final WireMockServer node =
      new WireMockServer(WireMockConfiguration.options().dynamicPort());
  private final Examination exam = new Examination(Throwable::getMessage);

  @BeforeEach
  void begin() {
    node.start();
    answer("eth_syncing", "false");
  }

  @AfterEach
  void end() {
    node.stop();
  }

  @Test
  void nodeThatIsUpToDateIsFine() {
    chain(5, NOW - 20, "0x" + "1".repeat(64));
    assertThat(connect(5)).isPresent();
    assertThat(exam.report().checks())
        .extracting(check -> check.finding().verdict())
        .containsOnly(Verdict.FINE);
  }

  @Test
  void nodeThatIsBehindIsWrongUnlessItsTimeIsItsOwn() {
    chain(5, NOW - 3_600, ZERO);
    connect(5);
    finding(CheckName.SYNCHRONISED, Verdict.WRONG, "is 60 min old");
  }

  @Test
  void localChainMayHaveATimeOfItsOwn() {
    chain(31_337, NOW - 45_985_100L, ZERO);
    connect(31_337);
    finding(CheckName.SYNCHRONISED, Verdict.FINE, "a local chain's time is its own");
  }

  @Test
  void nodeThatSynchronisesIsWrong() {
    answer("eth_syncing", "{\"currentBlock\":\"0x1\",\"highestBlock\":\"0x9\"}");
    chain(5, NOW, ZERO);
    connect(5);
    finding(CheckName.SYNCHRONISED, Verdict.WRONG, "still synchronising, at block 7");
  }

  @Test
  void chainThatBorrowsAnIdIsDoubtful() {
    chain(1, NOW, ZERO);
    connect(1);
    finding(CheckName.GENESIS, Verdict.DOUBTFUL, "instead of 0xd4e567");
  }

  @Test
  void nodeOfAnotherChainIsWrong() {
    chain(5, NOW, ZERO);
    assertThat(connect(1)).isEmpty();
    finding(CheckName.CHAIN_ID, Verdict.WRONG, "serves chain id 5, not the expected 1");
    finding(CheckName.GENESIS, Verdict.NOT_LOOKED_AT, "another chain");
  }

  @Test
  void textOfTheNodeCannotMoveTheCursor() {
    exam.add(CheckName.POOL, Finding.wrong("\u001b[2J\nfine", "do \u202e this"));
    assertThat(exam.report().json()).doesNotContain("\u001b", "\u202e");
    assertThat(exam.report().wrong().getFirst().finding().seen()).isEqualTo("\\u001b[2J\\nfine");
  }

  private void finding(CheckName name, Verdict verdict, String seen) {
    Finding finding =
        exam.report().checks().stream()
            .filter(check -> check.name() == name)
            .findFirst()
            .orElseThrow()
            .finding();
    assertThat(finding.verdict()).as(finding.seen()).isEqualTo(verdict);
    assertThat(finding.seen()).contains(seen);
  }

  private Optional<ChainClient> connect(long id) {
    Optional<ChainClient> connected =
        EndpointChecks.connect(
            exam, URI.create(node.baseUrl()), id, InstantSource.fixed(Instant.ofEpochSecond(NOW)));
    connected.ifPresent(ChainClient::close);
    return connected;
  }

  private void chain(long id, long time, String genesis) {
    answer("eth_chainId", "\"0x" + Long.toHexString(id) + "\"");
    answer(
        "eth_getBlockByNumber",
        "{\"number\":\"0x7\",\"hash\":\"%s\",\"parentHash\":\"%s\",\"timestamp\":\"0x%s\",\"baseFeePerGas\":\"0x7\"}"
            .formatted(genesis, ZERO, Long.toHexString(time)));
  }

  private void answer(String method, String result) {
    node.stubFor(
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
