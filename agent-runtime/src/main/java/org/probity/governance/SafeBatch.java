package org.probity.governance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.intent.Governor;

/**
 * Calls as the file that the Transaction Builder of a Safe reads, with the checksum that it looks
 * for: models.ts and checksum.ts of {@code safe-global/safe-react-apps}, apps/tx-builder.
 *
 * <p>The builder sends {@code data} where there is some, whatever the method says: method and
 * values are for people.
 */
record SafeBatch(long chainId, String description, List<Act.Single> calls) {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final AbiFunction APPROVE =
      AbiFunction.parse("approve(address spender, uint256 value) returns (bool)");

  SafeBatch {
    calls = List.copyOf(calls);
  }

  static SafeBatch of(long chainId, String description, List<Act.Single> calls) {
    return new SafeBatch(chainId, description, calls);
  }

  /**
   * The file's content.
   *
   * @param safe that is to make the calls, if that is known
   * @param createdAt in milliseconds of Unix time
   */
  String json(Optional<Address> safe, long createdAt) {
    ObjectNode root =
        JSON.createObjectNode()
            .put("version", "1.0")
            .put("chainId", Long.toString(chainId))
            .put("createdAt", createdAt);
    ObjectNode meta =
        root.putObject("meta")
            .put("name", "probity")
            .put("description", description)
            .put("txBuilderVersion", "1.18.2")
            .put("createdFromSafeAddress", safe.map(Address::toString).orElse(""))
            .put("createdFromOwnerAddress", "");
    ArrayNode transactions = root.putArray("transactions");
    calls.forEach(single -> transaction(transactions.addObject(), single.call()));
    meta.put("checksum", checksum(root));
    return root.toPrettyString();
  }

  private static void transaction(ObjectNode node, Call call) {
    node.put("to", Objects.requireNonNull(call.to()).toString())
        .put("value", call.value().toString())
        .put("data", call.data().toString());
    Optional<AbiFunction> function = function(call.data());
    if (function.isEmpty()) {
      node.putNull("contractMethod").putNull("contractInputsValues");
      return;
    }
    ObjectNode method = node.putObject("contractMethod");
    ArrayNode inputs = method.putArray("inputs");
    ObjectNode values = node.putObject("contractInputsValues");
    AbiValues given = function.get().decodeInput(call.data());
    List<AbiFunction.Parameter> parameters = function.get().parameters();
    for (int i = 0; i < parameters.size(); i++) {
      AbiFunction.Parameter parameter = parameters.get(i);
      inputs
          .addObject()
          .put("internalType", parameter.type())
          .put("name", parameter.name())
          .put("type", parameter.type());
      // Numbers too are read as text.
      values.put(parameter.name(), String.valueOf(given.get(i)));
    }
    method.put("name", function.get().name()).put("payable", false);
  }

  private static Optional<AbiFunction> function(Bytes data) {
    return data.length() >= 4 && data.slice(0, 4).equals(APPROVE.selector())
        ? Optional.of(APPROVE)
        : Governor.function(data);
  }

  /** The hash of all but itself, with the name left out, as the builder writes it out for that. */
  static String checksum(ObjectNode batch) {
    ObjectNode hashed = batch.deepCopy();
    ((ObjectNode) hashed.path("meta")).putNull("name").remove("checksum");
    return Bytes.of(serialised(hashed).getBytes(StandardCharsets.UTF_8)).keccak().hex();
  }

  private static String serialised(JsonNode node) {
    if (node.isArray()) {
      List<String> parts = new ArrayList<>();
      node.forEach(part -> parts.add(serialised(part)));
      return "[" + String.join(",", parts) + "]";
    }
    if (!node.isObject()) {
      return node.toString();
    }
    TreeSet<String> names = new TreeSet<>();
    node.fieldNames().forEachRemaining(names::add);
    ArrayNode keys = JSON.createArrayNode();
    names.forEach(keys::add);
    StringBuilder text = new StringBuilder("{").append(keys);
    names.forEach(name -> text.append(serialised(node.path(name))).append(','));
    return text.append('}').toString();
  }
}
