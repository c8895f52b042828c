package org.probity.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
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
            Endpoints.of(List.of(node.address()), List.of())
                .withPatience(Duration.ofSeconds(2))
                .withBackoff(
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
        long began = System.nanoTime();
        assertThat(client.balance(SOMEONE)).isEqualTo(BigInteger.valueOf(42));
        assertThat(System.nanoTime() - began).isLessThan(Duration.ofSeconds(1).toNanos());
      }
      case STATE_PRUNED -> {
        node.error("eth_getBalance", habit.code(), habit.said());
        long began = System.nanoTime();
        assertThat(meaningOf(() -> client.balance(SOMEONE))).isEqualTo(habit.meaning());
        assertThat(System.nanoTime() - began).isLessThan(Duration.ofSeconds(1).toNanos());
      }
      case ALREADY_KNOWN,
          NONCE_USED,
          REPLACEMENT_UNDERPRICED,
          TIP_TOO_LOW,
          FEE_TOO_LOW,
          FEE_ABOVE_NODES_CAP,
          POOL_FULL -> {
        node.error("eth_sendRawTransaction", habit.code(), habit.said());
        assertThat(meaningOf(() -> client.sendRaw(Bytes.parse("0x02")))).isEqualTo(habit.meaning());
      }
    }
    assertThat(habit.report()).matches("[\\w./-]+#\\d+");
  }

  private List<LogEntry> logs(long first, long last) {
    return client.logs(SOMEONE, List.of(), BlockTag.at(first), BlockTag.at(last));
  }

  private static Meaning meaningOf(org.assertj.core.api.ThrowableAssert.ThrowingCallable asking) {
    assertThat(catchThrowable(asking)).isInstanceOf(RpcRefused.class);
    return ((RpcRefused) catchThrowable(asking)).meaning().orElseThrow();
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
  @ValueSource(strings = {"array", "one in an array", "413", "500", "cut", "unknown words"})
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
    "eth_call, -32602, invalid params, ",
    "eth_call, -32000, already known, ",
    "eth_sendRawTransaction, -32000, ALREADY_EXISTS: already known, ALREADY_KNOWN",
    "eth_sendRawTransaction, -32000, Transaction already exists in mempool, ALREADY_KNOWN",
    "eth_sendRawTransaction, -32000, ReplacementNotAllowed, REPLACEMENT_UNDERPRICED",
    "eth_sendRawTransaction, -32000, OldNonce: current nonce 5, NONCE_USED",
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
    assertThat(ProviderHabit.leastTip("transaction underpriced: tip needed 30 wei")).isPresent();
    assertThat(ProviderHabit.leastTip("gas tip cap 1, minimum needed " + "9".repeat(31))).isEmpty();
    assertThat(ProviderHabit.batchSize(ProviderHabit.BATCH_MANY.said())).contains(3);
    assertThat(ProviderHabit.retryInSeconds("too many requests, retry in 10s")).contains(10L);
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
