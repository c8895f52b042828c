package org.probity.chain;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import okhttp3.Credentials;
import okhttp3.HttpUrl;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;
import org.probity.ground.Printable;

/** A JSON-RPC 2.0 connection to a node. Safe for use by many threads. */
interface Rpc extends AutoCloseable {

  /** A method and its parameters (anything that Jackson can write). */
  record Question(String method, List<?> parameters) {
    ObjectNode asJson(long id) {
      ObjectNode json = RpcForm.JSON.createObjectNode();
      json.put("jsonrpc", "2.0").put("id", id).put("method", method);
      json.set("params", RpcForm.JSON.valueToTree(parameters));
      return json;
    }

    /** The height that a read is pinned to: what a node below it says is no answer. */
    OptionalLong height() {
      int position =
          switch (method) {
            case "eth_call", "eth_getBalance", "eth_getCode", "eth_getTransactionCount" -> 1;
            default -> Integer.MAX_VALUE;
          };
      Object block = null;
      if (position < parameters.size()) {
        block = parameters.get(position);
      } else if (method.equals("eth_getLogs")
          && parameters.getFirst() instanceof Map<?, ?> filter) {
        block = filter.get("toBlock");
      }
      // A hash is no height, and a node that lacks that block says so.
      return block instanceof String tag ? heightOf(tag) : OptionalLong.empty();
    }

    /** Whether it is about the state after the newest block, which some nodes have later. */
    boolean ofNewest() {
      return switch (method) {
        case "eth_call", "eth_estimateGas", "eth_getTransactionCount", "eth_getBalance" ->
            height().isEmpty()
                && parameters.getLast() instanceof String tag
                && (tag.equals("latest") || tag.equals("pending"));
        default -> false;
      };
    }

    /** Whether it looks up the block that the node would make now. */
    boolean ofPending() {
      return method.equals("eth_getBlockByNumber") && parameters.getFirst().equals("pending");
    }

    /** The height of the block that it looks up, where null says that there is none. */
    OptionalLong lookedUp() {
      return method.equals("eth_getBlockByNumber") && parameters.getFirst() instanceof String tag
          ? heightOf(tag)
          : OptionalLong.empty();
    }

    private static OptionalLong heightOf(String tag) {
      return tag.matches("0x[0-9a-f]{1,15}")
          ? OptionalLong.of(Long.parseLong(tag.substring(2), 16))
          : OptionalLong.empty();
    }

    /** Whether null says only that this one node has it not. */
    boolean looksUp() {
      return switch (method) {
        case "eth_getBlockByNumber",
            "eth_getBlockByHash",
            "eth_getTransactionByHash",
            "eth_getTransactionReceipt" ->
            true;
        default -> false;
      };
    }

    /** Whether asking twice does no more than asking once. */
    boolean repeatable() {
      return method.startsWith("eth_") && !method.startsWith("eth_send");
    }
  }

  /** What a node answers: a result or an error. */
  sealed interface Answer {
    /** Characters of a node's own words that are kept. */
    int MOST_SHOWN = 300;

    /**
     * @throws IllegalArgumentException if it is no answer to the question
     * @throws ArithmeticException if a number in it is too large for what it counts
     */
    static Answer of(Question question, JsonNode response) {
      JsonNode error = response.get("error");
      if (error == null || error.isNull()) {
        JsonNode result = response.get("result");
        JsonNode value = result == null ? RpcForm.JSON.nullNode() : result;
        RpcForm.require(question, value);
        return new Result(value);
      }
      return new Refusal(
          question.method(),
          error.path("code").asInt(),
          Printable.line(error.path("message").asText(), MOST_SHOWN),
          error.get("data"));
    }

    /**
     * The result.
     *
     * @throws CallReverted if a contract reverted
     * @throws RpcRefused if the node answered with another error
     */
    JsonNode orThrow();
  }

  /** A result, JSON null included. */
  record Result(JsonNode value) implements Answer {
    @Override
    public JsonNode orThrow() {
      return value;
    }
  }

  record Refusal(String method, int code, String message, @Nullable JsonNode data)
      implements Answer {
    @Override
    public JsonNode orThrow() {
      throw asException();
    }

    /** What the node means by it, if that is known. */
    Optional<ProviderHabit.Meaning> meaning() {
      return ProviderHabit.meaning(method, code, message);
    }

    boolean means(ProviderHabit.Meaning meaning) {
      return meaning().filter(meaning::equals).isPresent();
    }

    /** Whether the node has not got the block that the read is about, yet or any more. */
    boolean lacksBlock() {
      return means(ProviderHabit.Meaning.BLOCK_UNKNOWN)
          || means(ProviderHabit.Meaning.STATE_PRUNED);
    }

    ChainException asException() {
      return ProviderHabit.reverted(method, code, message)
          ? new CallReverted(revertData())
          : new RpcRefused(method, code, message);
    }

    /** Geth and anvil put the data into the error, others differ. */
    private Bytes revertData() {
      JsonNode node = data != null && data.isObject() ? data.path("data") : data;
      String text = node == null ? "" : node.asText();
      int hex = text.indexOf("0x");
      try {
        return hex < 0 ? Bytes.EMPTY : Bytes.parse(text.substring(hex));
      } catch (IllegalArgumentException e) {
        return Bytes.EMPTY;
      }
    }
  }

  /**
   * The answers, in the order of the questions.
   *
   * @throws RpcUnreachable if the node does not answer
   */
  List<Answer> askAll(List<Question> questions);

  default JsonNode ask(String method, Object... parameters) {
    return askAll(List.of(new Question(method, List.of(parameters)))).getFirst().orThrow();
  }

  /**
   * The endpoint as a user may see it: without user, path and query, which can hold an access key.
   */
  String shownEndpoint();

  @Override
  void close();

  static String shown(URI endpoint) {
    return endpoint.getScheme()
        + "://"
        + endpoint.getHost()
        + (endpoint.getPort() < 0 ? "" : ":" + endpoint.getPort());
  }

  /** A request to a node, with the name and the password that its address may hold. */
  static Request request(URI endpoint) {
    // As text, which may begin with ws: a web socket's.
    Request plain = new Request.Builder().url(endpoint.toString()).build();
    HttpUrl url = plain.url();
    return url.username().isEmpty()
        ? plain
        : plain
            .newBuilder()
            .header(
                "Authorization",
                Credentials.basic(url.username(), url.password(), StandardCharsets.UTF_8))
            .build();
  }

  static String write(JsonNode json) {
    try {
      return RpcForm.JSON.writeValueAsString(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e); // a tree can always be written
    }
  }

  static JsonNode batch(List<Question> questions, long firstId) {
    ArrayNode batch = RpcForm.JSON.createArrayNode();
    for (int i = 0; i < questions.size(); i++) {
      batch.add(questions.get(i).asJson(firstId + i));
    }
    return questions.size() == 1 ? batch.get(0) : batch;
  }
}
