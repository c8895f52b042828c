package org.probity.chain;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.probity.chain.local.LocalChain;
import org.probity.ground.TestKind;

/** One address, two nodes behind it, and one of them two blocks late: as big providers' are. */
@TestKind.Acceptance
class LateNodeTest {

  private static final int BLOCKS = 2;
  private static final Set<String> STATE =
      Set.of("eth_call", "eth_getBalance", "eth_getCode", "eth_estimateGas");

  private LocalChain chain;
  private StubNode balancer;

  @BeforeEach
  void start() throws IOException {
    chain = LocalChain.start();
    chain.mine(3, 12);
    balancer = new StubNode(chain.http());
    AtomicLong requests = new AtomicLong();
    balancer.take(
        (exchange, request) -> requests.incrementAndGet() % 2 == 0 && late(exchange, request));
  }

  @AfterEach
  void stop() {
    balancer.close();
    chain.close();
  }

  private boolean late(HttpExchange exchange, JsonNode request) throws IOException {
    long newest = chain.client().head().number() - BLOCKS;
    ArrayNode all = StubNode.JSON.createArrayNode();
    (request.isArray() ? request : StubNode.JSON.createArrayNode().add(request))
        .forEach(question -> {
          ObjectNode answer = late((ObjectNode) question, newest);
          all.add(answer.put("jsonrpc", "2.0").set("id", question.path("id")));
        });
    StubNode.reply(exchange, 200, (request.isArray() ? all : all.get(0)).toString());
    return true;
  }

  private ObjectNode late(ObjectNode question, long newest) {
    String method = question.path("method").asText();
    ArrayNode parameters = (ArrayNode) question.path("params");
    String hex = "0x" + Long.toHexString(newest);
    if (method.equals("eth_blockNumber")) {
      return StubNode.JSON.createObjectNode().put("result", hex);
    }
    for (int i = 0; i < parameters.size(); i++) {
      String tag = parameters.path(i).asText();
      if (tag.equals("latest") || tag.equals("pending")) {
        parameters.set(i, hex);
      }
    }
    int last = parameters.size() - 1;
    String block = parameters.path(method.equals("eth_getBlockByNumber") ? 0 : last).asText();
    boolean later = block.matches("0x[0-9a-f]{1,9}") && Long.decode(block) > newest;
    if (later && method.equals("eth_getBlockByNumber")) {
      return StubNode.JSON.createObjectNode().putNull("result");
    }
    return later && STATE.contains(method)
        ? StubNode.error(-32_000, "header not found")
        : (ObjectNode) balancer.passedOn(question);
  }

  @Test
  void everyReadOfEveryHeadIsAnsweredSoonAndNothingIsBlamed() throws Exception {
    List<Head> heads = new CopyOnWriteArrayList<>();
    List<String> faults = new CopyOnWriteArrayList<>();
    List<Long> took = new CopyOnWriteArrayList<>();
    List<Exception> failed = new CopyOnWriteArrayList<>();
    Address rich = chain.account(0).address();
    Call payment = new Call(Address.ZERO, Bytes.EMPTY, BigInteger.ONE);
    HeadSource.Settings brisk =
        HeadSource.Settings.DEFAULT.withPace(
            new HeadSource.Pace(
                Duration.ofMillis(30), Duration.ofMillis(500), Duration.ofMillis(200)));
    try (ChainClient client = ChainClient.connect(balancer.address(), 31_337);
        HeadSource.Subscription _ =
            client
                .watch(brisk)
                .subscribe(
                    new HeadSource.Listener() {
                      @Override
                      public void onHead(Head head) {
                        long began = System.nanoTime();
                        try {
                          BlockTag at = BlockTag.at(head.number());
                          client.callFrom(rich, payment, at);
                          assertThat(client.head(at)).contains(head);
                          client.estimateGas(rich, payment);
                          assertThat(client.transactionCount(rich, BlockTag.LATEST))
                              .isNotNegative();
                        } catch (RuntimeException | AssertionError e) {
                          failed.add(new IllegalStateException(e));
                        }
                        took.add((System.nanoTime() - began) / 1_000_000);
                        heads.add(head);
                      }

                      @Override
                      public void onFault(String endpoint, EndpointFault fault, String detail) {
                        faults.add(detail);
                      }
                    })) {
      for (int i = 0; i < 8; i++) {
        chain.mine(1, 12);
        long newest = chain.client().head().number();
        long limit = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (heads.isEmpty() || heads.getLast().number() < newest) {
          assertThat(System.nanoTime()).as("head " + newest).isLessThan(limit);
          Thread.sleep(5);
        }
      }
    }
    assertThat(failed).isEmpty();
    assertThat(faults).isEmpty();
    assertThat(heads).extracting(Head::number).doesNotHaveDuplicates().isSorted();
    assertThat(took).allMatch(millis -> millis < 2_000);
  }

  /** The state after the newest block is not read from before it. */
  @Test
  void theNewestStateIsNotReadFromALateNode() {
    try (ChainClient client = ChainClient.connect(balancer.address(), 31_337)) {
      Address someone = new Address("0x00000000000000000000000000000000000a11ce");
      client.pool().delivered(chain.client().head().number());
      for (int i = 1; i <= 6; i++) {
        chain.setBalance(someone, BigInteger.valueOf(i));
        chain.mine(1, 12);
        client.pool().delivered(chain.client().head().number());
        assertThat(client.balance(someone)).isEqualTo(i);
      }
    }
  }
}
