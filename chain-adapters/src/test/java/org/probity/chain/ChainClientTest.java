package org.probity.chain;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.containing;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ChainClientTest {

  private static final Address SOMEONE = new Address("0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc");

  private final WireMockServer node = new WireMockServer(options().dynamicPort());

  @BeforeEach
  void start() {
    node.start();
    answer("eth_chainId", "\"result\": \"0x7a69\"");
  }

  @AfterEach
  void stop() {
    node.stop();
  }

  private URI endpoint() {
    return URI.create("http://127.0.0.1:" + node.port() + "/v2/secret-key");
  }

  private void answer(String method, String outcome) {
    node.stubFor(
        post(urlEqualTo("/v2/secret-key"))
            .withRequestBody(containing(method))
            .willReturn(okJson("{\"jsonrpc\": \"2.0\", \"id\": 1, " + outcome + "}")));
  }

  @Test
  void aRefusedConnectionSaysWhereAndWhatToDo() {
    URI endpoint = endpoint();
    node.stop();
    assertThatThrownBy(() -> ChainClient.connect(endpoint, 31_337))
        .isInstanceOf(RpcUnreachable.class)
        .hasMessage(
            "No node answers at http://127.0.0.1:%d: start it there, or correct the RPC address",
            endpoint.getPort());
  }

  @Test
  void anotherChainIsNamed() {
    assertThatThrownBy(() -> ChainClient.connect(endpoint(), 1))
        .isInstanceOf(WrongChain.class)
        .hasMessageContaining("serves chain id 31337, not the expected 1")
        .hasMessageNotContaining("secret");
  }

  @Test
  void addressesThatAreNoneAreRefused() {
    assertThatThrownBy(() -> ChainClient.connect(URI.create("127.0.0.1")))
        .hasMessageContaining("should look like http://127.0.0.1:8545");
    assertThatThrownBy(() -> ChainClient.connect(URI.create("ftp://127.0.0.1")))
        .hasMessageContaining("use http, https, ws or wss");
  }

  @Test
  void noMessageShowsTheAccessKey() {
    try (ChainClient client = ChainClient.connect(endpoint())) {
      node.stubFor(
          post(urlEqualTo("/v2/secret-key"))
              .willReturn(aResponse().withStatus(401).withBody("<html>key?</html>")));
      assertThatThrownBy(client::head)
          .isInstanceOf(RpcUnreachable.class)
          .hasMessageContaining("HTTP status 401: check the RPC address and its access key")
          .hasMessageNotContaining("secret");
      assertThat(client.toString()).doesNotContain("secret");
    }
  }

  @Test
  void whatIsNotJsonRpcIsCalledSo() {
    answer("eth_getBalance", "\"nothing\": 1");
    try (ChainClient client = ChainClient.connect(endpoint())) {
      assertThatThrownBy(() -> client.balance(SOMEONE))
          .hasMessageContaining("is not a JSON-RPC node");
    }
  }

  @Test
  void anOverloadedNodeIsAskedAgain() {
    node.stubFor(
        post(urlEqualTo("/v2/secret-key"))
            .withRequestBody(containing("eth_getBalance"))
            .inScenario("load")
            .whenScenarioStateIs(Scenario.STARTED)
            .willReturn(aResponse().withStatus(429))
            .willSetStateTo("calm"));
    node.stubFor(
        post(urlEqualTo("/v2/secret-key"))
            .withRequestBody(containing("eth_getBalance"))
            .inScenario("load")
            .whenScenarioStateIs("calm")
            .willReturn(okJson("{\"jsonrpc\": \"2.0\", \"id\": 1, \"result\": \"0x2a\"}")));
    try (ChainClient client = ChainClient.connect(endpoint())) {
      assertThat(client.balance(SOMEONE)).isEqualTo(BigInteger.valueOf(42));
    }
  }

  @Test
  void aTransactionIsNeverHandedOverTwiceByItself() {
    node.stubFor(
        post(urlEqualTo("/v2/secret-key"))
            .withRequestBody(containing("eth_sendRawTransaction"))
            .willReturn(aResponse().withStatus(503)));
    try (ChainClient client = ChainClient.connect(endpoint())) {
      assertThatThrownBy(() -> client.sendRaw(Bytes.parse("0x02")))
          .isInstanceOf(RpcUnreachable.class);
    }
    node.verify(
        1,
        postRequestedFor(urlEqualTo("/v2/secret-key")).withRequestBody(containing("eth_sendRaw")));
  }

  @Test
  void aBrokenConnectionAndASlowNodeAreTold() {
    try (ChainClient client = ChainClient.connect(endpoint(), Duration.ofSeconds(1))) {
      node.stubFor(
          post(urlEqualTo("/v2/secret-key"))
              .willReturn(aResponse().withFault(Fault.RANDOM_DATA_THEN_CLOSE)));
      assertThatThrownBy(client::head)
          .isInstanceOf(RpcUnreachable.class)
          .hasMessageContaining("broke");
      node.stubFor(
          post(urlEqualTo("/v2/secret-key")).willReturn(aResponse().withFixedDelay(3_000)));
      assertThatThrownBy(client::head).hasMessageContaining("did not answer within 1 s");
    }
  }

  @Test
  void answersOfABatchAreMatchedByTheirIds() {
    node.stubFor(
        post(urlEqualTo("/v2/secret-key"))
            .withRequestBody(containing("[{"))
            .willReturn(
                okJson(
                    "[{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":null},"
                        + "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":"
                        + header(7)
                        + "}]")));
    try (ChainClient client = ChainClient.connect(endpoint())) {
      assertThat(client.heads(7, 8)).singleElement().extracting(Head::number).isEqualTo(7L);
    }
  }

  @Test
  void revertDataIsFoundWhereNodesPutIt() {
    AbiFunction error = AbiFunction.parse("NonceUsed(uint64,uint64)");
    AbiErrors errors = AbiErrors.of(List.of(error));
    String data = error.encode(3, 4).toString();
    List<String> forms =
        List.of(
            "\"error\": {\"code\": 3, \"message\": \"execution reverted\", \"data\": \""
                + data
                + "\"}",
            "\"error\": {\"code\": -32000, \"message\": \"execution reverted\", \"data\": {\"data\": \""
                + data
                + "\"}}",
            "\"error\": {\"code\": -32015, \"message\": \"VM execution error: Reverted\", \"data\": \"Reverted "
                + data
                + "\"}");
    try (ChainClient client = ChainClient.connect(endpoint())) {
      for (String form : forms) {
        answer("eth_call", form);
        assertThatThrownBy(() -> client.call(Call.of(SOMEONE, Bytes.EMPTY), BlockTag.LATEST))
            .isInstanceOfSatisfying(
                CallReverted.class,
                e -> assertThat(e.reason(errors)).hasToString("NonceUsed(3, 4)"));
      }
      answer("eth_call", "\"error\": {\"code\": -32602, \"message\": \"invalid params\"}");
      assertThatThrownBy(() -> client.call(Call.of(SOMEONE, Bytes.EMPTY), BlockTag.LATEST))
          .isInstanceOf(RpcRefused.class)
          .hasMessageContaining("invalid params (code -32602)");
    }
  }

  @Test
  void aMissingContractIsNamed() {
    answer("eth_call", "\"result\": \"0x\"");
    try (ChainClient client = ChainClient.connect(endpoint())) {
      assertThatThrownBy(() -> new Erc20(SOMEONE).decimals(client))
          .hasMessageContaining("No contract with decimals() at " + SOMEONE + " on chain 31337");
    }
  }

  static String header(long number) {
    return "{\"number\":\"0x%x\",\"hash\":\"0x%064x\",\"parentHash\":\"0x%064x\",\"timestamp\":\"0x1\"}"
        .formatted(number, number, number - 1);
  }
}
