package org.probity.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ChainClient;
import org.probity.chain.Erc20;
import org.probity.chain.Receipt;
import org.probity.chain.RevertReason;
import org.probity.chain.local.LocalChain;
import org.probity.demo.DemoReport.AttackResult;
import org.probity.ground.Bytes32;
import org.probity.intent.Vault;
import org.probity.intent.VaultState;

/**
 * A vault that is attacked: each attack is mined, and what the vault holds is looked at before and
 * after it.
 */
record Target(LocalChain chain, Vault vault) {

  /** The verdict on what did not revert. */
  static final String EXECUTED = "executed";

  /** More than any execution needs: what fails does not fail for want of gas. */
  private static final long GAS = 3_000_000;

  /** What of the vault's could move: its own word for it, and its tokens' word. */
  record Holdings(
      BigInteger nonce, Bytes32 policy, List<BigInteger> booked, List<BigInteger> held) {}

  Holdings holdings() {
    VaultState state = vault.whole(BlockTag.LATEST);
    List<Address> tokens = state.books().stream().map(VaultState.Book::token).toList();
    return new Holdings(
        state.nonce(),
        state.policy(),
        state.books().stream().map(VaultState.Book::amount).toList(),
        tokens.stream()
            .map(token -> new Erc20(token).balanceOf(client(), vault.address(), BlockTag.LATEST))
            .toList());
  }

  /** Sends an attack and tells what came of it. */
  AttackResult attack(String name, Address from, Call call, String explanation) {
    Holdings before = holdings();
    Receipt receipt = chain.mined(chain.send(from, call, GAS));
    return result(name, receipt, before.equals(holdings()), explanation);
  }

  AttackResult result(String name, Receipt receipt, boolean unmoved, String explanation) {
    return new AttackResult(
        name,
        !receipt.succeeded() && unmoved,
        receipt.succeeded() ? EXECUTED : reason(receipt.transactionHash()).toString(),
        explanation);
  }

  /** Does something on the chain as it is, and undoes it. */
  void undone(Runnable work) {
    String before = chain.snapshot();
    try {
      work.run();
    } finally {
      chain.revert(before);
    }
  }

  /** Mines calls in one block, in their order. */
  List<Receipt> inOneBlock(List<Address> senders, List<Call> calls) {
    chain.setAutomaticMining(false);
    List<Bytes32> transactions;
    try {
      transactions =
          IntStream.range(0, calls.size())
              .mapToObj(i -> chain.send(senders.get(i), calls.get(i), GAS))
              .toList();
      chain.mine();
    } finally {
      chain.setAutomaticMining(true);
    }
    return transactions.stream().map(chain::mined).toList();
  }

  /** What a mined transaction reverted with: by the node's trace, since it may differ by block. */
  private RevertReason reason(Bytes32 transaction) {
    JsonNode trace =
        client()
            .request(
                "debug_traceTransaction",
                transaction.hex(),
                Map.of("tracer", "callTracer", "tracerConfig", Map.of("onlyTopCall", true)));
    return RevertReason.decode(Bytes.parse(trace.path("output").asText("0x")), Vault.ERRORS);
  }

  ChainClient client() {
    return chain.client();
  }
}
