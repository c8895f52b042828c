package org.probity.chain;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.chain.local.LocalChain;
import org.probity.ground.TestKind;
import org.web3j.crypto.TransactionDecoder;
import org.web3j.crypto.transaction.type.Transaction1559;

/** A real node that takes and tells of transactions as some chains and providers do. */
@TestKind.Acceptance
class TransactionHabitsTest {

  private static final String SEND = "eth_sendRawTransaction";
  private static final BigInteger GWEI = BigInteger.TEN.pow(9);
  private static final BigInteger POLYGONS = GWEI.multiply(BigInteger.valueOf(25));

  private static LocalChain chain;

  private StubNode node;
  private ChainClient client;
  private final List<TransactionEvent> events = new CopyOnWriteArrayList<>();

  @BeforeAll
  static void startChain() {
    chain = LocalChain.start();
  }

  @AfterAll
  static void stopChain() {
    chain.close();
  }

  @BeforeEach
  void start() throws IOException {
    node = new StubNode(chain.http());
    client = ChainClient.connect(node.address(), 31_337);
  }

  @AfterEach
  void stop() {
    client.close();
    node.close();
  }

  private TransactionSender sender(FeePolicy fees) {
    return new TransactionSender(
        client,
        chain.account(1),
        fees,
        AbiErrors.NONE,
        TransactionSettings.DEFAULT.withPatience(Duration.ofSeconds(10)),
        TransactionJournal.inMemory(),
        events::add);
  }

  private static Call payment() {
    return new Call(chain.account(2).address(), Bytes.EMPTY, BigInteger.ONE);
  }

  private static FeePolicy cap(long gwei) {
    return new FeePolicy(GWEI, GWEI.multiply(BigInteger.valueOf(gwei)), 20);
  }

  private static BigInteger tipOf(JsonNode question) {
    return ((Transaction1559)
            TransactionDecoder.decode(question.path("params").path(0).asText()).getTransaction())
        .getMaxPriorityFeePerGas();
  }

  private void refuseTipsBelow(BigInteger least, ProviderHabit habit) {
    node.answer(
        SEND,
        question ->
            (tipOf(question).compareTo(least) < 0
                    ? StubNode.error(habit.code(), habit.said())
                    : node.passedOn(question))
                .toString());
  }

  private static List<String> methods(JsonNode request) {
    return (request.isArray() ? request.valueStream() : Stream.of(request))
        .map(question -> question.path("method").asText())
        .toList();
  }

  @Test
  void whatKnowsNothingOfEachOtherIsAskedForInOneRequest() {
    int before = node.requests().size();
    assertThat(sender(cap(200)).send(payment())).isInstanceOf(Outcome.Mined.class);
    List<JsonNode> requests = node.requests().subList(before, node.requests().size());
    assertThat(methods(requests.get(0)))
        .containsExactly("eth_estimateGas", "eth_getBlockByNumber", "eth_getTransactionCount");
    assertThat(methods(requests.get(1))).containsExactly(SEND);
    assertThat(methods(requests.get(2)))
        .containsExactly("eth_getTransactionReceipt", "eth_getBlockByNumber");
  }

  @Test
  void theLeastTipThatANodeNamesIsPaid() {
    refuseTipsBelow(POLYGONS, ProviderHabit.POLYGON_TIP);
    TransactionSender sender = sender(cap(200));
    assertThat(sender.send(payment())).isInstanceOf(Outcome.Mined.class);
    assertThat(node.asked(SEND)).isEqualTo(2);
    assertThat(sender.send(payment())).isInstanceOf(Outcome.Mined.class);
    assertThat(node.asked(SEND)).as("it is remembered").isEqualTo(3);
  }

  @Test
  void whereItNamesNoneTheNodesSuggestionIsPaid() {
    refuseTipsBelow(POLYGONS, ProviderHabit.GETH_UNDERPRICED);
    node.result("eth_maxPriorityFeePerGas", "\"0x%x\"".formatted(GWEI.longValue() * 31));
    assertThat(sender(cap(200)).send(payment())).isInstanceOf(Outcome.Mined.class);
    assertThat(node.asked(SEND)).isEqualTo(2);
  }

  @Test
  void aTipAboveTheOwnersCapIsNotPaidAndTheSettingNamed() {
    refuseTipsBelow(POLYGONS, ProviderHabit.POLYGON_TIP);
    assertThat(sender(cap(20)).send(payment()))
        .isEqualTo(
            new Outcome.Refused(
                new RevertReason.NodeRefusal(
                    "the chain takes no tip below 25 gwei, which is above the fee cap of 20 gwei: raise the cap (probity.fees.max-gwei, deploy: --max-gwei)")));
    assertThat(node.asked(SEND)).isOne();
  }

  @Test
  void theNodesOwnCapIsToldFromTheOwners() {
    node.error(SEND, ProviderHabit.GETH_FEE_CAP.code(), ProviderHabit.GETH_FEE_CAP.said());
    assertThat(sender(cap(200)).send(payment()))
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused ->
                assertThat(refused.reason().toString())
                    .contains("raise the node's own limit (geth: --rpc.txfeecap)")
                    .contains("probity.fees.max-gwei"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4})
  void whatComesTooEarlyIsOfferedAgainAsItIs(int refusals) {
    node.answer(
        SEND,
        question ->
            (node.asked(SEND) <= refusals
                    ? StubNode.error(
                        ProviderHabit.ARBITRUM_NONCE.code(), ProviderHabit.ARBITRUM_NONCE.said())
                    : node.passedOn(question))
                .toString());
    TransactionSender sender = sender(FeePolicy.DEFAULT);
    Outcome outcome = sender.send(payment());
    if (refusals == 4) {
      assertThat(outcome)
          .isEqualTo(new Outcome.Refused(new RevertReason.NodeRefusal("nonce too high")));
    } else {
      assertThat(outcome).isInstanceOf(Outcome.Mined.class);
    }
    assertThat(
            node.requests().stream()
                .filter(request -> request.path("method").asText().equals(SEND))
                .map(request -> request.path("params").path(0).asText()))
        .hasSize(Math.min(4, refusals + 1))
        .as("as it was")
        .containsOnly(lastSent());
    assertThat(sender.send(payment())).as("no nonce is left out").isInstanceOf(Outcome.Mined.class);
  }

  private String lastSent() {
    return node.requests().stream()
        .filter(request -> request.path("method").asText().equals(SEND))
        .reduce((_, later) -> later)
        .orElseThrow()
        .path("params")
        .path(0)
        .asText();
  }

  static List<ProviderHabit> known() {
    return Arrays.stream(ProviderHabit.values())
        .filter(habit -> habit.meaning() == ProviderHabit.Meaning.ALREADY_KNOWN)
        .toList();
  }

  @ParameterizedTest
  @MethodSource("known")
  void whatTheNodeHasAlreadyIsSent(ProviderHabit habit) {
    node.answer(
        SEND,
        question -> {
          node.passedOn(question);
          return StubNode.error(habit.code(), habit.said()).toString();
        });
    assertThat(sender(FeePolicy.DEFAULT).send(payment())).isInstanceOf(Outcome.Mined.class);
    assertThat(node.asked(SEND)).isOne();
    assertThat(events).hasOnlyElementsOfType(TransactionEvent.Broadcast.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"left out", "null", "empty"})
  void aReceiptWithoutTheGasPriceIsAReceipt(String form) {
    node.answer(
        "eth_getTransactionReceipt",
        question -> {
          JsonNode answer = node.passedOn(question);
          if (answer.path("result") instanceof ObjectNode receipt) {
            switch (form) {
              case "left out" -> receipt.remove("effectiveGasPrice");
              case "null" -> receipt.putNull("effectiveGasPrice");
              default -> receipt.put("effectiveGasPrice", "0x");
            }
          }
          return answer.toString();
        });
    Outcome outcome = sender(FeePolicy.DEFAULT).send(payment());
    assertThat(outcome).isInstanceOf(Outcome.Mined.class);
    Receipt receipt = ((Outcome.Mined) outcome).receipt();
    assertThat(receipt).isEqualTo(chain.client().receipt(receipt.transactionHash()).orElseThrow());
  }
}
