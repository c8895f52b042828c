package org.probity.chain;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.probity.ground.Bytes32;
import org.web3j.crypto.ECDSASignature;
import org.web3j.crypto.Keys;
import org.web3j.crypto.Sign;
import org.web3j.utils.Numeric;

/**
 * What a chain has written down, for who reads it afterwards and trusts no node: logs with the hash
 * of their block, headers with their seal, transactions, and the calls inside of them.
 *
 * <p>Every method throws what {@link ChainClient} throws.
 */
public final class ChainRecord {

  private static final int SIGNATURE_BYTES = 65;
  private static final int FIRST_RECOVERY = 27;

  private final ChainClient chain;

  /** The record that the node behind {@code chain} tells. */
  public ChainRecord(ChainClient chain) {
    this.chain = chain;
  }

  /**
   * A log entry and the block that it is said to be in.
   *
   * @param blockHash of the block at {@code entry}'s height
   */
  public record Written(LogEntry entry, Bytes32 blockHash) {}

  /**
   * A header.
   *
   * @param sealHolds whether the hash is that of the fields that the node tells; false for a node
   *     that lies about one, and on chains that hash other fields than Ethereum
   */
  public record Block(Head head, boolean sealHolds) {}

  /**
   * A transaction as it was sent.
   *
   * @param call its {@code to} is null for a deployment
   */
  public record Sent(Bytes32 hash, Address from, Call call) {}

  /** A call that one contract received within a transaction, from whom, with what data. */
  public record Inner(Address from, Bytes data) {}

  /** The client behind it. */
  public ChainClient chain() {
    return chain;
  }

  /**
   * What {@code contract} wrote from block {@code first} to {@code last}, in the node's order.
   *
   * @param kinds the events that are wanted, by their topic; all if empty
   */
  public List<Written> logs(Address contract, List<Bytes32> kinds, long first, long last) {
    Map<String, Object> filter = new LinkedHashMap<>();
    filter.put("address", contract.hex());
    filter.put(
        "topics", kinds.isEmpty() ? List.of() : List.of(kinds.stream().map(Bytes32::hex).toList()));
    filter.put("fromBlock", BlockTag.at(first).rpcForm());
    filter.put("toBlock", BlockTag.at(last).rpcForm());
    JsonNode told = chain.request("eth_getLogs", filter);
    List<LogEntry> entries = RpcForm.logs(told);
    List<Written> written = new ArrayList<>(entries.size());
    for (int i = 0; i < entries.size(); i++) {
      written.add(new Written(entries.get(i), RpcForm.hash(told.get(i).path("blockHash"))));
    }
    return List.copyOf(written);
  }

  /** The blocks at these heights, as far as the node has them. */
  public Map<Long, Block> blocks(Collection<Long> heights) {
    return all(
        heights,
        height ->
            new Rpc.Question("eth_getBlockByNumber", List.of(BlockTag.at(height).rpcForm(), false)),
        json ->
            RpcForm.head(json)
                .map(
                    head -> new Block(head, HeaderSeal.of(json).equals(Optional.of(head.hash())))));
  }

  /** Transactions by their hashes, as far as the node has them. */
  public Map<Bytes32, Sent> transactions(Collection<Bytes32> hashes) {
    return all(
        hashes,
        hash -> new Rpc.Question("eth_getTransactionByHash", List.of(hash.hex())),
        json ->
            RpcForm.call(json)
                .map(call ->
                    new Sent(
                        RpcForm.hash(json.path("hash")),
                        RpcForm.address(json.path("from")),
                        call)));
  }

  /** Receipts by their transactions' hashes, as far as the node has them. */
  public Map<Bytes32, Receipt> receipts(Collection<Bytes32> hashes) {
    return all(
        hashes,
        hash -> new Rpc.Question("eth_getTransactionReceipt", List.of(hash.hex())),
        RpcForm::receipt);
  }

  private <K, V> Map<K, V> all(
      Collection<K> keys,
      Function<K, Rpc.Question> question,
      Function<JsonNode, Optional<V>> reading) {
    List<K> wanted = keys.stream().distinct().toList();
    List<Rpc.Answer> answers =
        wanted.isEmpty() ? List.of() : chain.askAll(wanted.stream().map(question).toList());
    Map<K, V> found = new LinkedHashMap<>();
    for (int i = 0; i < wanted.size(); i++) {
      K key = wanted.get(i);
      reading.apply(answers.get(i).orThrow()).ifPresent(value -> found.put(key, value));
    }
    return found;
  }

  /**
   * The calls that {@code contract} received within a transaction and that were not taken back, as
   * the node's tracer tells them.
   *
   * @throws RpcRefused if the node has no tracer, or has the state no more
   */
  public List<Inner> callsInside(Bytes32 transaction, Address contract) {
    List<Inner> found = new ArrayList<>();
    collect(
        chain.request("debug_traceTransaction", transaction.hex(), Map.of("tracer", "callTracer")),
        contract,
        found);
    return List.copyOf(found);
  }

  private static void collect(JsonNode call, Address contract, List<Inner> found) {
    if (call.hasNonNull("error")) {
      return;
    }
    boolean enters = call.path("type").asText().equals("CALL");
    if (enters && call.path("to").asText().equalsIgnoreCase(contract.hex())) {
      found.add(new Inner(RpcForm.address(call.path("from")), RpcForm.bytes(call.path("input"))));
    }
    call.path("calls").forEach(inner -> collect(inner, contract, found));
  }

  /**
   * Whose signature this is, as {@code ecrecover} with OpenZeppelin's strictness tells it; empty if
   * it is nobody's.
   *
   * @param signature r, s (lower half) and v (27 or 28), 65 bytes
   */
  public static Optional<Address> signer(Bytes32 digest, Bytes signature) {
    if (signature.length() != SIGNATURE_BYTES) {
      return Optional.empty();
    }
    byte[] bytes = signature.toArray();
    int recovery = (bytes[SIGNATURE_BYTES - 1] & 0xff) - FIRST_RECOVERY;
    var pair =
        new ECDSASignature(
            Numeric.toBigInt(bytes, 0, Bytes32.SIZE),
            Numeric.toBigInt(bytes, Bytes32.SIZE, Bytes32.SIZE));
    if (recovery < 0 || recovery > 1 || !pair.isCanonical()) {
      return Optional.empty();
    }
    try {
      return Optional.ofNullable(Sign.recoverFromSignature(recovery, pair, digest.toByteArray()))
          .map(key -> new Address("0x" + Keys.getAddress(key)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
