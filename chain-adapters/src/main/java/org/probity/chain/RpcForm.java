package org.probity.chain;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.probity.ground.Bytes32;
import org.probity.ground.Printable;

/**
 * What the answers to each method look like, and how they are read. Every answer passes through
 * {@link #require} where it arrives, so that one which makes no sense is the fault of the endpoint
 * that gave it, and the next endpoint is asked.
 *
 * <p>The bounds are far above what a node has reason to send, and low enough that an endpoint
 * cannot use up this process's memory or time.
 */
final class RpcForm {

  /** Bytes of one answer, unpacked; an answer of 16 MiB holds some 20,000 log entries. */
  static final int MOST_BYTES = 16 << 20;

  private static final int MOST_DEPTH = 64;
  private static final long MOST_TOKENS = 2_000_000;

  /** As many digits as 2^256 has; numbers in JSON itself are never as long. */
  private static final int MOST_DIGITS = 78;

  private static final Pattern HEX = Pattern.compile("0x[0-9a-fA-F]{1,64}");
  private static final Pattern DECIMAL = Pattern.compile("[0-9]{1," + MOST_DIGITS + "}");

  static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              // Names come from others: the JVM's own table is not for them.
              .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
              .streamReadConstraints(
                  StreamReadConstraints.builder()
                      .maxDocumentLength(MOST_BYTES)
                      .maxNestingDepth(MOST_DEPTH)
                      .maxTokenCount(MOST_TOKENS)
                      .maxNumberLength(MOST_DIGITS)
                      .maxStringLength(MOST_BYTES)
                      .maxNameLength(1_000)
                      .build())
              .build());

  private RpcForm() {}

  /**
   * Reads JSON.
   *
   * @throws RpcUnreachable if it is none, or beyond the bounds
   */
  static JsonNode read(byte[] text, String endpoint) {
    try {
      return JSON.readTree(text);
    } catch (StreamConstraintsException e) {
      throw new RpcUnreachable(
          EndpointFault.OUT_OF_BOUNDS,
          "The node at %s sent an answer beyond all bounds (%s): use another RPC address"
              .formatted(endpoint, Printable.line(e.getOriginalMessage(), 120)),
          e);
    } catch (IOException e) {
      throw notJsonRpc(endpoint, e);
    }
  }

  static RpcUnreachable notJsonRpc(String endpoint, @Nullable Throwable cause) {
    return new RpcUnreachable(
        EndpointFault.BAD_ANSWER,
        "What answers at %s is not a JSON-RPC node: correct the RPC address".formatted(endpoint),
        cause);
  }

  /** What {@code endpoint} answered to {@code question}, in its JSON-RPC envelope. */
  static Rpc.Answer answer(Rpc.Question question, JsonNode response, String endpoint) {
    try {
      return Rpc.Answer.of(question, response);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new RpcUnreachable(
          EndpointFault.BAD_ANSWER,
          "The node at %s answered %s with what makes no sense (%s): use another RPC address"
              .formatted(
                  endpoint, question.method(), Printable.line(String.valueOf(e.getMessage()), 120)),
          e);
    }
  }

  static RpcUnreachable tooLong(EndpointFault fault, String endpoint) {
    return new RpcUnreachable(
        fault,
        "The node at %s sent an answer of more than %d MiB: use another RPC address"
            .formatted(endpoint, MOST_BYTES >> 20));
  }

  /**
   * Refuses what is no answer to {@code question}.
   *
   * @throws IllegalArgumentException if it is none
   * @throws ArithmeticException if a number in it is too large for what it counts
   */
  static void require(Rpc.Question question, JsonNode result) {
    switch (question.method()) {
      case "eth_chainId", "eth_blockNumber", "eth_getTransactionCount" -> count(result);
      case "eth_getBalance", "eth_estimateGas", "eth_gasPrice", "eth_maxPriorityFeePerGas" ->
          quantity(result);
      case "eth_call", "eth_getCode" -> bytes(result);
      case "eth_sendRawTransaction" -> hash(result);
      case "eth_getBlockByNumber", "eth_getBlockByHash" -> {
        if (head(result).isEmpty() && question.parameters().contains("latest")) {
          throw new IllegalArgumentException("no block, though each chain has a newest one");
        }
      }
      case "eth_getTransactionReceipt" -> receipt(result);
      case "eth_getTransactionByHash" -> call(result);
      case "eth_getLogs" -> logs(result);
      default -> {
        // Its reader knows what it looks like.
      }
    }
  }

  /** A number that is not negative and has at most 256 bits: hex by the rules, decimal by habit. */
  static BigInteger quantity(JsonNode json) {
    String text = json.asText();
    if (HEX.matcher(text).matches()) {
      return new BigInteger(text.substring(2), 16);
    }
    if (DECIMAL.matcher(text).matches()) {
      return new BigInteger(text);
    }
    throw new IllegalArgumentException("'" + Bytes.abbreviate(text) + "' for a number");
  }

  /** A number of blocks, seconds, transactions or units of gas. */
  static long count(JsonNode json) {
    BigInteger number = quantity(json);
    if (number.bitLength() > 63) {
      throw new IllegalArgumentException("the number " + number + ", which is too large");
    }
    return number.longValue();
  }

  static Bytes bytes(JsonNode json) {
    return Bytes.parse(text(json));
  }

  static Bytes32 hash(JsonNode json) {
    return Bytes32.fromHex(text(json));
  }

  static Address address(JsonNode json) {
    return new Address(text(json));
  }

  static Optional<Head> head(JsonNode json) {
    if (json.isNull() || json.path("hash").isNull()) {
      return Optional.empty();
    }
    return Optional.of(
        new Head(
            count(json.path("number")),
            hash(json.path("hash")),
            hash(json.path("parentHash")),
            count(json.path("timestamp")),
            json.hasNonNull("baseFeePerGas")
                ? quantity(json.path("baseFeePerGas"))
                : BigInteger.ZERO));
  }

  static Optional<Receipt> receipt(JsonNode json) {
    if (json.isNull() || json.path("blockHash").isNull()) {
      return Optional.empty();
    }
    JsonNode created = json.path("contractAddress");
    return Optional.of(
        new Receipt(
            hash(json.path("transactionHash")),
            count(json.path("blockNumber")),
            hash(json.path("blockHash")),
            quantity(json.path("status")).signum() == 1,
            count(json.path("gasUsed")),
            gasPrice(json).orElse(BigInteger.ZERO),
            created.isTextual() ? address(created) : null,
            logs(json.path("logs"))));
  }

  /** What a receipt says was paid for a unit of gas. Some nodes leave it out, or empty. */
  static Optional<BigInteger> gasPrice(JsonNode receipt) {
    JsonNode price = receipt.path("effectiveGasPrice");
    boolean told = !price.isMissingNode() && !price.isNull() && !price.asText().equals("0x");
    return told ? Optional.of(quantity(price)) : Optional.empty();
  }

  static Optional<Call> call(JsonNode json) {
    if (json.isNull()) {
      return Optional.empty();
    }
    JsonNode to = json.path("to");
    return Optional.of(
        new Call(
            to.isTextual() ? address(to) : null,
            bytes(json.path("input")),
            quantity(json.path("value"))));
  }

  static List<LogEntry> logs(JsonNode json) {
    if (!json.isArray()) {
      throw new IllegalArgumentException("no list of log entries");
    }
    List<LogEntry> entries = new ArrayList<>(json.size());
    json.forEach(entry -> entries.add(log(entry)));
    return entries;
  }

  private static LogEntry log(JsonNode json) {
    List<Bytes32> topics = new ArrayList<>();
    json.path("topics").forEach(topic -> topics.add(hash(topic)));
    return new LogEntry(
        address(json.path("address")),
        topics,
        bytes(json.path("data")),
        count(json.path("blockNumber")),
        hash(json.path("transactionHash")),
        Math.toIntExact(count(json.path("logIndex"))));
  }

  private static String text(JsonNode json) {
    if (!json.isTextual()) {
      throw new IllegalArgumentException(
          json.isMissingNode() ? "a part of it missing" : "something else than hex digits");
    }
    return json.asText();
  }
}
