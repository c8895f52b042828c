package org.probity.chain;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.probity.ground.Bytes32;
import org.probity.ground.Fuzzing;
import org.probity.ground.TestKind;

/** Changed answers of a node: each is read, or is that node's fault in a sentence. */
@TestKind.Fuzz
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class RpcAnswerFuzzTest {
  private static final List<String> WORDS =
      List.of(
          "{",
          "}",
          "[",
          "]",
          "[[[[[[[[",
          "\"",
          ":",
          ",",
          "null",
          "true",
          "\"0x\"",
          "\"0x0\"",
          "\"-0x1\"",
          "\"0xg\"",
          "\"result\":",
          "\"error\":",
          "\"code\":",
          "\"id\":",
          "\"number\":",
          "\"hash\":",
          "\"logs\":",
          "\"0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\"",
          "\"0x" + "f".repeat(5_000) + "\"",
          "\\ud800",
          "\u001b[2J",
          "<html>");

  private static final Address CONTRACT = new Address("0x1111111111111111111111111111111111111111");
  private static final Bytes32 TRANSACTION = Bytes32.of(new byte[32]);

  /** Asks for one thing; which, the fuzzing does not choose: every input goes to each. */
  @FunctionalInterface
  private interface Question {
    Object ask(ChainClient client);
  }

  private static final List<Question> QUESTIONS =
      List.of(
          ChainClient::head,
          client -> client.heads(1, 3),
          client -> client.receipt(TRANSACTION),
          client -> client.receipts(List.of(TRANSACTION, TRANSACTION)),
          client -> client.logs(CONTRACT, List.of(), BlockTag.LATEST, BlockTag.LATEST),
          client -> client.balance(CONTRACT),
          client -> client.transactionCount(CONTRACT, BlockTag.LATEST),
          client -> client.code(CONTRACT),
          client -> client.call(Call.of(CONTRACT, AbiFunction.parse("f()")), BlockTag.LATEST));

  private volatile byte[] answer = new byte[0];

  @Test
  void answers() throws IOException {
    byte[] chain = Files.readAllBytes(Path.of("src/test/resources/fuzz/rpc-answers/quantity.json"));
    HttpServer node =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      node.setExecutor(threads);
      node.createContext(
          "/",
          exchange -> {
            exchange.getRequestBody().readAllBytes();
            byte[] now = answer;
            exchange.sendResponseHeaders(200, now.length == 0 ? -1 : now.length);
            try (OutputStream out = exchange.getResponseBody()) {
              out.write(now);
            }
          });
      node.start();
      answer = chain;
      Endpoints endpoints =
          new Endpoints(
              List.of(URI.create("http://127.0.0.1:" + node.getAddress().getPort())),
              List.of(),
              Optional.empty(),
              Duration.ofSeconds(5),
              new Endpoints.Backoff(
                  Duration.ofNanos(1),
                  Duration.ofNanos(1),
                  Duration.ofNanos(1),
                  3,
                  new SplittableRandom(1)));
      try (ChainClient client = ChainClient.connect(endpoints, 31_337)) {
        Fuzzing.of(
                "answers of nodes",
                Fuzzing.files(Path.of("src/test/resources/fuzz/rpc-answers")),
                WORDS,
                ChainException.class)
            .feed(input -> askAll(client, input));
      } finally {
        node.stop(0);
      }
    }
  }

  /** Whether one question was answered from it; a refusal only if all were refused. */
  private void askAll(ChainClient client, byte[] input) {
    answer = input;
    @Nullable ChainException last = null;
    boolean answered = false;
    for (Question question : QUESTIONS) {
      try {
        question.ask(client);
        answered = true;
      } catch (ChainException e) {
        last = e;
      }
    }
    if (!answered && last != null) {
      throw last;
    }
  }
}
