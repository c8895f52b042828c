package org.probity.chain;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.probity.ground.Bytes32;

/**
 * Reads that go to the node together, since none needs what another gives: in one request, or in as
 * few as the node takes.
 *
 * <p>Each gives its value once {@link #ask} has returned, or throws then what it would have thrown
 * alone. For one use by one thread.
 */
public final class Reads {

  private final ChainClient chain;
  private final List<Rpc.Question> questions = new ArrayList<>();
  private List<Rpc.Answer> answers = List.of();

  Reads(ChainClient chain) {
    this.chain = chain;
  }

  /**
   * Asks for all of them.
   *
   * @throws RpcUnreachable if the node does not answer
   */
  public void ask() {
    answers = chain.askAll(questions);
  }

  /** The values that {@code function} of {@code contract} returns after block {@code at}. */
  public Supplier<AbiValues> call(
      BlockTag at, Address contract, AbiFunction function, Object... arguments) {
    Call call = Call.of(contract, function, arguments);
    return read(
        json -> chain.decoded(contract, function, RpcForm.bytes(json)),
        "eth_call",
        ChainClient.callJson(null, call),
        at.rpcForm());
  }

  /** The head of the block {@code at}, or empty if there is no such block (yet). */
  public Supplier<Optional<Head>> head(BlockTag at) {
    return read(RpcForm::head, "eth_getBlockByNumber", at.rpcForm(), false);
  }

  /**
   * The time of the block that the node would make now, in seconds of Unix time; empty if it tells
   * none. Such a block has no hash yet.
   */
  public Supplier<OptionalLong> pendingTime() {
    Supplier<JsonNode> block =
        read(json -> json, "eth_getBlockByNumber", BlockTag.PENDING.rpcForm(), false);
    return () -> {
      try {
        return OptionalLong.of(RpcForm.count(block.get().path("timestamp")));
      } catch (RpcRefused | IllegalArgumentException e) {
        return OptionalLong.empty();
      }
    };
  }

  /** How much gas {@code call} takes on the pending state if {@code from} sends it. */
  Supplier<BigInteger> estimateGas(Address from, Call call) {
    return read(RpcForm::quantity, "eth_estimateGas", ChainClient.callJson(from, call), "pending");
  }

  /** How many transactions {@code address} has sent. */
  Supplier<Long> transactionCount(Address address, BlockTag at) {
    return read(RpcForm::count, "eth_getTransactionCount", address.hex(), at.rpcForm());
  }

  /** The receipt of a transaction, or empty while no block includes it. */
  Supplier<Optional<Receipt>> receipt(Bytes32 transaction) {
    return read(chain::receiptOf, "eth_getTransactionReceipt", transaction.hex());
  }

  /** Whether a node has the transaction, in a block or waiting for one. */
  Supplier<Boolean> knows(Bytes32 transaction) {
    return read(json -> !json.isNull(), "eth_getTransactionByHash", transaction.hex());
  }

  private <T> Supplier<T> read(Function<JsonNode, T> reading, String method, Object... parameters) {
    int place = questions.size();
    questions.add(new Rpc.Question(method, List.of(parameters)));
    return () -> {
      if (place >= answers.size()) {
        throw new IllegalStateException(method + " has not been asked yet");
      }
      return reading.apply(answers.get(place).orThrow());
    };
  }
}
