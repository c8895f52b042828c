package org.probity.chain;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.probity.ground.Bytes32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a chain through a node's JSON-RPC, over HTTP ({@code http}, {@code https}) or a WebSocket
 * ({@code ws}, {@code wss}). Safe for use by many threads.
 *
 * <p>Every method throws a {@link ChainException} whose message names cause and remedy: {@link
 * RpcUnreachable} if the node does not answer, {@link RpcRefused} if it answers with an error,
 * {@link CallReverted} if a contract reverts.
 */
public final class ChainClient implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ChainClient.class);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Providers refuse larger batches. */
  private static final int BATCH = 100;

  private final EndpointPool rpc;
  private final AtomicBoolean priceTold = new AtomicBoolean();
  private final Map<Address, NonceLine> nonceLines = new ConcurrentHashMap<>();

  private ChainClient(EndpointPool rpc) {
    this.rpc = rpc;
  }

  /**
   * Connects to the node at {@code endpoint} and checks that it serves chain {@code chainId}.
   *
   * @throws WrongChain if it serves another
   * @throws IllegalArgumentException if {@code endpoint} is no address of a node
   */
  public static ChainClient connect(URI endpoint, long chainId) {
    return connect(Endpoints.of(List.of(endpoint), List.of()).withPatience(PATIENCE), chainId);
  }

  /** Connects to the node at {@code endpoint}, whatever chain it serves. */
  public static ChainClient connect(URI endpoint) {
    return connect(endpoint, PATIENCE);
  }

  /** Connects to the node at {@code endpoint} and waits at most {@code patience} for any answer. */
  public static ChainClient connect(URI endpoint, Duration patience) {
    Endpoints one = Endpoints.of(List.of(endpoint), List.of()).withPatience(patience);
    return new ChainClient(EndpointPool.connect(one, -1));
  }

  /**
   * Connects to the chain {@code chainId} behind several endpoints: a request goes to the one that
   * is ahead and steady, and to the next if that fails. A read that is pinned to a block is
   * answered only by a node that has the block.
   *
   * @throws WrongChain if none serves the chain, and one serves another
   * @throws RpcUnreachable if none answers
   * @throws IllegalArgumentException if one is no address of a node
   */
  public static ChainClient connect(Endpoints endpoints, long chainId) {
    return new ChainClient(EndpointPool.connect(endpoints, chainId));
  }

  /** The id of the chain that the node serves, as it was when this client connected. */
  public long chainId() {
    return rpc.chainId();
  }

  /** How each endpoint does, the ones to ask first and then the ones that announce heads. */
  public List<EndpointStatus> endpoints() {
    return rpc.status();
  }

  /** What {@link HeadSource} watches through. */
  EndpointPool pool() {
    return rpc;
  }

  /**
   * Heads of this chain, through the endpoints that it was connected with: announced by one of
   * their WebSockets while one works, and asked for otherwise.
   */
  public HeadSource watch(HeadSource.Settings settings) {
    return listener -> HeadWatch.begin(rpc, settings, listener);
  }

  /** Heads of this chain, announced through {@code webSocket} while that works, else polled. */
  public HeadSource watch(Optional<URI> webSocket, HeadSource.Pace pace) {
    rpc.withSockets(webSocket.stream().toList());
    return watch(HeadSource.Settings.DEFAULT.withPace(pace));
  }

  /** The newest head. */
  public Head head() {
    return head(BlockTag.LATEST).orElseThrow();
  }

  /** Reads that are to go to the node together. */
  public Reads reads() {
    return new Reads(this);
  }

  private <T> T one(Function<Reads, Supplier<T>> read) {
    return all(reads -> List.of(read.apply(reads))).getFirst();
  }

  private <T> List<T> all(Function<Reads, List<Supplier<T>>> of) {
    Reads reads = reads();
    List<Supplier<T>> values = of.apply(reads);
    reads.ask();
    return values.stream().map(Supplier::get).toList();
  }

  /** The head of the block {@code at}, or empty if there is no such block (yet). */
  public Optional<Head> head(BlockTag at) {
    return one(reads -> reads.head(at));
  }

  /** The heads from height {@code first} to {@code last}, as far as they exist, in order. */
  public List<Head> heads(long first, long last) {
    return heads(LongStream.rangeClosed(first, last).boxed().toList());
  }

  /** The heads at these heights, as far as they exist, in few round trips. */
  public List<Head> heads(List<Long> numbers) {
    return all(reads -> numbers.stream().map(n -> reads.head(BlockTag.at(n))).toList()).stream()
        .flatMap(Optional::stream)
        .toList();
  }

  /** What {@code call} returns if it is executed on the state after block {@code at}. */
  public Bytes call(Call call, BlockTag at) {
    return callFrom(null, call, at);
  }

  /** Like {@link #call(Call, BlockTag)}, as if {@code from} sent it. */
  public Bytes callFrom(@Nullable Address from, Call call, BlockTag at) {
    return Bytes.parse(rpc.ask("eth_call", callJson(from, call), at.rpcForm()).asText());
  }

  /** The values that {@code function} of {@code contract} returns on the newest state. */
  public AbiValues call(Address contract, AbiFunction function, Object... arguments) {
    return callAt(BlockTag.LATEST, contract, function, arguments);
  }

  /** The values that {@code function} of {@code contract} returns after block {@code at}. */
  public AbiValues callAt(
      BlockTag at, Address contract, AbiFunction function, Object... arguments) {
    return one(reads -> reads.call(at, contract, function, arguments));
  }

  /** What functions of {@code contract} without arguments return after block {@code at}. */
  public AbiValues getAll(BlockTag at, Address contract, List<AbiFunction> getters) {
    return AbiValues.joined(
        all(reads -> getters.stream().map(getter -> reads.call(at, contract, getter)).toList()));
  }

  AbiValues decoded(Address contract, AbiFunction function, Bytes returned) {
    try {
      return function.decode(returned);
    } catch (IllegalArgumentException e) {
      if (returned.isEmpty()) {
        throw new IllegalArgumentException(
            "No contract with %s at %s on chain %d: check the address and the chain"
                .formatted(function, contract, chainId()),
            e);
      }
      throw e;
    }
  }

  /** How much gas {@code call} takes on the pending state if {@code from} sends it. */
  public BigInteger estimateGas(Address from, Call call) {
    return one(reads -> reads.estimateGas(from, call));
  }

  /**
   * The tip for a unit of gas that the node suggests, in wei; empty where it knows no suggestion.
   */
  public Optional<BigInteger> suggestedTip() {
    try {
      return Optional.of(RpcForm.quantity(rpc.ask("eth_maxPriorityFeePerGas")));
    } catch (RpcRefused e) {
      return Optional.empty();
    }
  }

  /** The code of a contract; empty if there is none at {@code address}. */
  public Bytes code(Address address) {
    return Bytes.parse(rpc.ask("eth_getCode", address.hex(), "latest").asText());
  }

  /** Balance of the chain's own coin, in wei. */
  public BigInteger balance(Address address) {
    return RpcForm.quantity(rpc.ask("eth_getBalance", address.hex(), "latest"));
  }

  /**
   * How many transactions {@code address} has sent, pending ones included if {@code at} says so.
   */
  public long transactionCount(Address address, BlockTag at) {
    return one(reads -> reads.transactionCount(address, at));
  }

  /** The receipt of a transaction, or empty while no block includes it. */
  public Optional<Receipt> receipt(Bytes32 transaction) {
    return one(reads -> reads.receipt(transaction));
  }

  /** A receipt that leaves out what was paid for gas is a receipt: the transaction tells it. */
  Optional<Receipt> receiptOf(JsonNode json) {
    Optional<Receipt> receipt = RpcForm.receipt(json);
    if (receipt.isEmpty() || RpcForm.gasPrice(json).isPresent()) {
      return receipt;
    }
    if (priceTold.compareAndSet(false, true)) {
      LOG.warn(
          "Receipts of {} leave out effectiveGasPrice: what was paid for gas is taken from the transactions",
          this);
    }
    return receipt.map(one -> one.withGasPrice(paidFor(one)));
  }

  private BigInteger paidFor(Receipt receipt) {
    try {
      JsonNode sent = rpc.ask("eth_getTransactionByHash", receipt.transactionHash().hex());
      if (sent.hasNonNull("gasPrice")) {
        return RpcForm.quantity(sent.path("gasPrice"));
      }
      if (sent.hasNonNull("maxFeePerGas") && sent.hasNonNull("maxPriorityFeePerGas")) {
        BigInteger base =
            head(BlockTag.at(receipt.blockNumber())).map(Head::baseFee).orElse(BigInteger.ZERO);
        return RpcForm.quantity(sent.path("maxFeePerGas"))
            .min(base.add(RpcForm.quantity(sent.path("maxPriorityFeePerGas"))));
      }
    } catch (RpcUnreachable | RpcRefused | IllegalArgumentException e) {
      LOG.debug("What {} paid for gas cannot be read", receipt.transactionHash(), e);
    }
    return BigInteger.ZERO;
  }

  /** The call that a transaction carries; empty if no node has it. */
  Optional<Call> callOf(Bytes32 transaction) {
    return RpcForm.call(rpc.ask("eth_getTransactionByHash", transaction.hex()));
  }

  /**
   * The log entries of {@code contract} from block {@code first} to {@code last} that start with
   * {@code topics}.
   */
  public List<LogEntry> logs(
      Address contract, List<Bytes32> topics, BlockTag first, BlockTag last) {
    Map<String, Object> filter = new LinkedHashMap<>();
    filter.put("address", contract.hex());
    filter.put("topics", topics.stream().map(Bytes32::hex).toList());
    filter.put("fromBlock", first.rpcForm());
    filter.put("toBlock", last.rpcForm());
    return List.copyOf(RpcForm.logs(rpc.ask("eth_getLogs", filter)));
  }

  /**
   * Gives a signed transaction to the node.
   *
   * @return its hash
   */
  public Bytes32 sendRaw(Bytes signed) {
    return Bytes32.fromHex(rpc.ask("eth_sendRawTransaction", signed.toString()).asText());
  }

  /** Asks for a method that this class has no name for; parameters are anything JSON can hold. */
  public JsonNode request(String method, Object... parameters) {
    return rpc.ask(method, parameters);
  }

  /** The endpoint without what could be secret in it. */
  @Override
  public String toString() {
    return rpc.shownEndpoint() + " (chain " + chainId() + ")";
  }

  @Override
  public void close() {
    rpc.close();
  }

  /** The one queue of {@code sender}'s transactions through this client. */
  NonceLine nonceLine(Address sender) {
    return nonceLines.computeIfAbsent(sender, _ -> new NonceLine());
  }

  /** The receipts of many transactions, in order, in few round trips. */
  public List<Optional<Receipt>> receipts(List<Bytes32> transactions) {
    return all(reads -> transactions.stream().map(reads::receipt).toList());
  }

  List<Rpc.Answer> askAll(List<Rpc.Question> questions) {
    List<Rpc.Answer> answers = new ArrayList<>(questions.size());
    for (int from = 0; from < questions.size(); from += BATCH) {
      answers.addAll(rpc.askAll(questions.subList(from, Math.min(questions.size(), from + BATCH))));
    }
    return answers;
  }

  static Map<String, Object> callJson(@Nullable Address from, Call call) {
    Map<String, Object> json = new LinkedHashMap<>();
    if (from != null) {
      json.put("from", from.hex());
    }
    if (call.to() != null) {
      json.put("to", call.to().hex());
    }
    json.put("data", call.data().toString());
    if (call.value().signum() > 0) {
      json.put("value", hex(call.value()));
    }
    return json;
  }

  static String hex(BigInteger number) {
    return "0x" + number.toString(16);
  }
}
