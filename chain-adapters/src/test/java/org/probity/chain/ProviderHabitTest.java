package org.probity.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.chain.ProviderHabit.Meaning;

/** Every row of the table, given by a node word for word, and what follows from it. */
class ProviderHabitTest {

  private static final Address SOMEONE = new Address("0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc");

  private StubNode node;
  private ChainClient client;

  @BeforeEach
  void start() throws IOException {
    node = new StubNode();
    client =
        ChainClient.connect(
            new Endpoints(
                List.of(node.address()),
                List.of(),
                Optional.empty(),
                Duration.ofSeconds(2),
                new Endpoints.Backoff(
                    Duration.ofMillis(20),
                    Duration.ofMillis(40),
                    Duration.ofSeconds(30),
                    3,
                    new Random(7))),
            31_337);
    node.answer(
        "eth_getBlockByNumber",
        question ->
            "{\"result\": %s}"
                .formatted(
                    ChainClientTest.header(Long.decode(question.path("params").path(0).asText()))));
  }

  @AfterEach
  void stop() {
    client.close();
    node.close();
  }

  @ParameterizedTest
  @EnumSource(ProviderHabit.class)
  void isUnderstoodWordForWord(ProviderHabit habit) {
    switch (habit.meaning()) {
      case RANGE_TOO_WIDE -> {
        node.error("eth_getLogs", habit.code(), habit.said());
        assertThat(meaningOf(() -> logs(0, 2_000))).isEqualTo(habit.meaning());
      }
      case RATE_LIMIT -> {
        node.error("eth_getBalance", habit.code(), habit.said());
        assertThatThrownBy(() -> client.balance(SOMEONE))
            .isInstanceOfSatisfying(
                RpcUnreachable.class,
                e -> assertThat(e.fault()).isEqualTo(EndpointFault.RATE_LIMITED))
            .hasMessageContaining(habit.said());
      }
      case BATCH_TOO_LARGE -> {
        node.take((exchange, request) -> refusesBatches(exchange, request, 3, habit));
        assertBatchesFallBack();
      }
      case BATCH_REFUSED -> {
        node.take((exchange, request) -> refusesBatches(exchange, request, 1, habit));
        assertBatchesFallBack();
      }
      case BLOCK_UNKNOWN -> {
        AtomicInteger asked = new AtomicInteger();
        node.answer(
            "eth_getBalance",
            _ ->
                asked.incrementAndGet() < 3
                    ? "{\"error\": {\"code\": %d, \"message\": \"%s\"}}"
                        .formatted(habit.code(), habit.said())
                    : "{\"result\": \"0x2a\"}");
        assertThat(client.balance(SOMEONE)).isEqualTo(BigInteger.valueOf(42));
        assertThat(asked).hasValue(3);
      }
      case STATE_PRUNED -> {
        node.error("eth_getBalance", habit.code(), habit.said());
        assertThat(meaningOf(() -> client.balance(SOMEONE))).isEqualTo(habit.meaning());
        assertThat(node.asked("eth_getBalance")).as("not waited for").isOne();
      }
      case ALREADY_KNOWN,
          NONCE_USED,
          NONCE_AHEAD,
          REPLACEMENT_UNDERPRICED,
          TIP_TOO_LOW,
          FEE_TOO_LOW,
          FEE_ABOVE_NODES_CAP,
          POOL_FULL -> {
        node.error("eth_sendRawTransaction", habit.code(), habit.said());
        assertThat(meaningOf(() -> client.sendRaw(Bytes.parse("0x02")))).isEqualTo(habit.meaning());
      }
    }
    assertThat(habit.report()).matches("[\\w.-]+/[\\w.-]+(#\\d+|/[\\w./-]+)");
  }

  private List<LogEntry> logs(long first, long last) {
    return client.logs(SOMEONE, List.of(), BlockTag.at(first), BlockTag.at(last));
  }

  private static Meaning meaningOf(org.assertj.core.api.ThrowableAssert.ThrowingCallable asking) {
    Throwable thrown = catchThrowable(asking);
    assertThat(thrown).isInstanceOf(RpcRefused.class);
    return ((RpcRefused) thrown).meaning().orElseThrow();
  }

  /** Geth's has no hash; others refuse to show one, which is no reason to ask again. */
  @Test
  void thePendingBlockIsReadWithoutAHashAndDoneWithoutWhereItIsNotShown() {
    node.result("eth_getBlockByNumber", "{\"hash\": null, \"timestamp\": \"0x64\"}");
    assertThat(pendingTime()).hasValue(100);
    node.result("eth_getBlockByNumber", "null");
    assertThat(pendingTime()).isEmpty();
    node.error("eth_getBlockByNumber", -32_000, "unknown block");
    long before = node.asked("eth_getBlockByNumber");
    assertThat(pendingTime()).isEmpty();
    assertThat(node.asked("eth_getBlockByNumber")).isEqualTo(before + 1);
  }

  private OptionalLong pendingTime() {
    Reads reads = client.reads();
    Supplier<OptionalLong> time = reads.pendingTime();
    reads.ask();
    return time.get();
  }

  // ---- Batches ----

  /** One error for the whole batch. */
  private static boolean refusesBatches(
      HttpExchange exchange, JsonNode request, int most, ProviderHabit habit) throws IOException {
    if (!request.isArray() || request.size() <= most) {
      return false;
    }
    StubNode.reply(
        exchange,
        200,
        "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":%d,\"message\":\"%s\"}}"
            .formatted(habit.code(), habit.said()));
    return true;
  }

  private void assertBatchesFallBack() {
    List<Head> heads = client.heads(1, 20);
    assertThat(heads).extracting(Head::number).hasSize(20).startsWith(1L).endsWith(20L);
    int before = node.requests().size();
    assertThat(client.heads(1, 20)).isEqualTo(heads);
    List<JsonNode> again = node.requests().subList(before, node.requests().size());
    assertThat(again)
        .as("what it takes is remembered")
        .allMatch(r -> r.size() <= 3 || r.isObject());
    assertThat(again.size()).isBetween(7, 20);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "array",
        "one in an array",
        "its end",
        "some missing",
        "none",
        "400",
        "405",
        "413",
        "500",
        "cut",
        "unknown words"
      })
  void batchesAreRefusedInManyForms(String form) {
    node.take((exchange, request) -> {
      if (!request.isArray() || request.size() <= 3) {
        return false;
      }
      String error = "\"error\":{\"code\":-32600,\"message\":\"batch too large\"}}";
      switch (form) {
        case "array" -> {
          StringBuilder each = new StringBuilder();
          request.forEach(question ->
              each.append(each.isEmpty() ? "[" : ",")
                  .append("{\"id\":")
                  .append(question.path("id"))
                  .append(",")
                  .append(error));
          StubNode.reply(exchange, 200, each + "]");
        }
        case "its end", "some missing" -> {
          // What geth does where the answers grow too long, and what proxies do.
          ArrayNode all = (ArrayNode) StubNode.JSON.readTree(node.respond(request));
          while (all.size() > 3) {
            all.remove(3);
          }
          for (int i = 3; i < request.size() && form.equals("its end"); i++) {
            all.add(
                StubNode.error(-32_003, "response too large").set("id", request.get(i).path("id")));
          }
          StubNode.reply(exchange, 200, all.toString());
        }
        case "none" -> StubNode.reply(exchange, 200, "{\"jsonrpc\":\"2.0\",\"id\":null}");
        case "400" -> StubNode.reply(exchange, 400, "Bad Request");
        case "405" -> StubNode.reply(exchange, 405, "<html>405 Not Allowed");
        case "one in an array" -> StubNode.reply(exchange, 200, "[{\"id\":null," + error + "]");
        case "413" -> StubNode.reply(exchange, 413, "<html>413 Request Entity Too Large");
        case "500" -> StubNode.reply(exchange, 500, "Internal Server Error");
        case "unknown words" ->
            StubNode.reply(
                exchange,
                200,
                "{\"id\":null,\"error\":{\"code\":-32600,\"message\":\"not like this\"}}");
        default -> exchange.close();
      }
      return true;
    });
    assertBatchesFallBack();
  }

  @Test
  void whatIsRefusedOneByOneIsTold() {
    node.error("eth_getBlockByNumber", -32_000, "no such thing today");
    assertThatThrownBy(() -> client.heads(1, 20))
        .isInstanceOf(RpcRefused.class)
        .hasMessageContaining("no such thing today");
  }

  // ---- Not to be mixed up ----

  @ParameterizedTest
  @CsvSource({
    "eth_getLogs, -32005, query timeout exceeded, RANGE_TOO_WIDE",
    "eth_getLogs, -32005, limit exceeded, RANGE_TOO_WIDE",
    "eth_getLogs, -32005, something new, RANGE_TOO_WIDE",
    "eth_getLogs, -32005, project ID request rate exceeded the rate limit, RATE_LIMIT",
    "eth_getLogs, 429, what is this, RATE_LIMIT",
    "eth_call, -32005, limit exceeded, RATE_LIMIT",
    "eth_call, -32601, the method eth_call does not exist, ",
    "eth_call, 3, execution reverted: block not found, ",
    "eth_call, -32000, execution reverted: block not found, ",
    "eth_call, -32000, VM Exception while processing transaction: revert rate limit, ",
    "eth_call, -39001, what is this, BLOCK_UNKNOWN",
    "eth_getLogs, 4444, what is this, STATE_PRUNED",
    "eth_getLogs, -32603, no backend is currently healthy to serve traffic, BLOCK_UNKNOWN",
    "eth_getLogs, -32602, 'eth_getLogs and eth_newFilter are limited to a 10,000 blocks range', RANGE_TOO_WIDE",
    "eth_getLogs, -32602, block range is too wide (maximum 1024), RANGE_TOO_WIDE",
    "eth_getLogs, -32600, Query exceeds max block range of 10000, RANGE_TOO_WIDE",
    "eth_getLogs, -32602, logs are limited to a 10000 block range, RANGE_TOO_WIDE",
    "eth_getLogs, -32000, eth_getLogs is limited to a 1000 blocks range, RANGE_TOO_WIDE",
    "eth_getLogs, -32005, project ID request rate exceeded, RATE_LIMIT",
    "eth_getLogs, -32005, exceeded project rate limit, RATE_LIMIT",
    "eth_getLogs, -32005, 'You''ve exceeded the RPS limit available on the current plan', RATE_LIMIT",
    "eth_getLogs, -32000, You have reached the maximum API usage limit of public, RATE_LIMIT",
    "eth_getLogs, -32600, Your app has exceeded its concurrent requests capacity, RATE_LIMIT",
    "eth_getLogs, -32090, 'Too many requests, reason: call rate limit exhausted, retry in 10s', RATE_LIMIT",
    "eth_getBlockByNumber, -32014, maximum 10 calls in 1 batch, BATCH_TOO_LARGE",
    "eth_getBlockByNumber, -32005, Batch size limit exceeded, BATCH_TOO_LARGE",
    "eth_getBlockByNumber, -32600, Exceeded maximum batch size 100, BATCH_TOO_LARGE",
    "eth_call, -32001, 15752295 could not be found, BLOCK_UNKNOWN",
    "eth_call, -32602, 'Block with such an ID doesn''t exist yet', BLOCK_UNKNOWN",
    "eth_call, -32000, missing trie Node 60bb94a5 (path ), STATE_PRUNED",
    "eth_call, -32000, required historical state unavailable (reexec=128), STATE_PRUNED",
    "eth_call, -32000, state does not maintain archive data, STATE_PRUNED",
    "eth_call, -32002, project ID is required to access archive state, STATE_PRUNED",
    "eth_call, -32602, invalid params, ",
    "eth_call, -32000, already known, ",
    "eth_sendRawTransaction, -32000, ALREADY_EXISTS: already known, ALREADY_KNOWN",
    "eth_sendRawTransaction, -32000, Transaction already exists in mempool, ALREADY_KNOWN",
    "eth_sendRawTransaction, -32000, ReplacementNotAllowed, REPLACEMENT_UNDERPRICED",
    "eth_sendRawTransaction, -32000, OldNonce: current nonce 5, NONCE_USED",
    "eth_sendRawTransaction, -32010, 'OldNonce, Current nonce: 5, nonce of rejected tx: 4', NONCE_USED",
    "eth_sendRawTransaction, -32010, 'NonceGap, Future nonce. Expected nonce: 5', NONCE_AHEAD",
    "eth_sendRawTransaction, -32000, 'nonce too high: address 0x01, tx: 45 state: 44', NONCE_AHEAD",
    "eth_sendRawTransaction, 3, 'nonce too low. allowed nonce range: 5 - 25, actual: 4', NONCE_USED",
    "eth_sendRawTransaction, 3, 'nonce too high. allowed nonce range: 5 - 25, actual: 40', NONCE_AHEAD",
    "eth_sendRawTransaction, 3, execution reverted: nonce too low, ",
    "eth_sendRawTransaction, -32603, submit transaction to pool failed: Pool(AlreadyImported), ALREADY_KNOWN",
    "eth_sendRawTransaction, -32000, transaction already finalized, ALREADY_KNOWN",
    "eth_sendRawTransaction, -32000, known transaction: 3b7baba5, ALREADY_KNOWN",
    "eth_sendRawTransaction, -32000, there is another tx which has the same nonce in the tx pool, REPLACEMENT_UNDERPRICED",
    "eth_sendRawTransaction, -32000, 'tx fee (1.20 of currency celo) exceeds the configured cap (1.00 celo)', FEE_ABOVE_NODES_CAP",
    "eth_sendRawTransaction, -32000, 'sequencer pending tx pool full, please try again', POOL_FULL",
    "eth_sendRawTransaction, -32000, 'transaction underpriced: gas tip cap 150000000, minimum needed 1000000000', TIP_TOO_LOW",
    "eth_sendRawTransaction, -32000, gasprice is less than gas price minimum floor, FEE_TOO_LOW",
    "eth_sendRawTransaction, -32000, 'gas price too low: 7 wei, use at least tx.gasPrice = 9 wei', FEE_TOO_LOW",
    "eth_sendRawTransaction, -32000, exceeds block gas limit, ",
    "eth_sendRawTransaction, -32000, intrinsic gas too low, ",
    "eth_sendRawTransaction, -32000, FeeTooLow, FEE_TOO_LOW",
    "eth_sendRawTransaction, -32000, max fee per gas less than block base fee, FEE_TOO_LOW",
    "eth_sendRawTransaction, -32000, insufficient funds for gas * price + value, "
  })
  void similarWordsMeanWhatTheMethodMakesOfThem(
      String method, int code, String said, @org.jspecify.annotations.Nullable Meaning meaning) {
    assertThat(ProviderHabit.meaning(method, code, said).orElse(null)).isEqualTo(meaning);
  }

  @Test
  void numbersInRefusalsAreRead() {
    assertThat(ProviderHabit.leastTip(ProviderHabit.POLYGON_TIP.said()))
        .contains(BigInteger.valueOf(25_000_000_000L));
    assertThat(ProviderHabit.leastTip(ProviderHabit.BSC_TIP.said()))
        .contains(BigInteger.valueOf(3_000_000_000L));
    assertThat(ProviderHabit.leastTip(ProviderHabit.NETHERMIND_TIP.said()))
        .contains(BigInteger.valueOf(1_000_000_000L));
    assertThat(ProviderHabit.leastTip("gas tip cap 1, minimum needed " + "9".repeat(31))).isEmpty();
    assertThat(ProviderHabit.batchSize(ProviderHabit.DRPC_BATCH.said())).contains(3);
    assertThat(ProviderHabit.retryInSeconds("too many requests, retry in 10s")).contains(10L);
  }

  /** A node that makes the state of a block later than the block. */
  @Test
  void theStateOfANewBlockIsAskedForAgainUntilItIsThere() {
    AtomicInteger asked = new AtomicInteger();
    client.pool().delivered(0);
    node.answer(
        "eth_getBalance",
        _ ->
            asked.incrementAndGet() < 3
                ? StubNode.error(-32_000, "missing trie node 288259a5 (path )").toString()
                : "{\"result\": \"0x2a\"}");
    assertThat(client.balance(SOMEONE)).isEqualTo(BigInteger.valueOf(42));
    assertThat(asked).hasValue(3);
  }

  @Test
  void aBlockThatTheChainHasReachedIsAskedForAgainUntilItIsThere() {
    AtomicInteger asked = new AtomicInteger();
    client.pool().delivered(7);
    node.answer(
        "eth_getBlockByNumber",
        _ ->
            asked.incrementAndGet() < 4
                ? "{\"result\": null}"
                : "{\"result\": " + ChainClientTest.header(7) + "}");
    assertThat(client.head(BlockTag.at(7))).isPresent();
    asked.set(0);
    assertThat(client.head(BlockTag.at(8))).as("beyond the newest: none").isEmpty();
  }
}
