package org.probity.chain.local;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.probity.chain.AbiErrors;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.Receipt;
import org.probity.chain.RpcRefused;
import org.probity.chain.RpcUnreachable;
import org.probity.chain.Signer;
import org.probity.ground.Bytes32;
import org.web3j.crypto.Bip32ECKeyPair;
import org.web3j.crypto.MnemonicUtils;

/**
 * A development chain on this machine: an {@code anvil} process with mainnet's limits (24,576 bytes
 * of code, 2^24 gas a transaction), ten accounts of 10,000 ether whose keys everybody knows, and a
 * clock that only blocks move. It ends with {@link #close}, and at the latest with this process.
 */
public final class LocalChain implements AutoCloseable {

  private static final String MNEMONIC =
      "test test test test test test test test test test test junk";
  private static final int ACCOUNTS = 10;
  private static final Duration START = Duration.ofSeconds(20);
  private static final long EXECUTION_GAS = 16_000_000;

  private final Anvil anvil;
  private final URI http;
  private final URI webSocket;
  private final ChainClient client;
  private final int secondsPerBlock;
  private @Nullable Bip32ECKeyPair wallet;

  private LocalChain(Anvil anvil, int port, int secondsPerBlock, ChainClient client) {
    this.anvil = anvil;
    this.http = URI.create("http://127.0.0.1:" + port);
    this.webSocket = URI.create("ws://127.0.0.1:" + port);
    this.client = client;
    this.secondsPerBlock = secondsPerBlock;
  }

  /**
   * How a local chain starts.
   *
   * @param port the port to listen on at 127.0.0.1; empty for any free one
   * @param chainId the id that signatures are bound to
   * @param genesisTime of block 0, in seconds of Unix time
   * @param secondsPerBlock what a block adds to the clock, unless told otherwise
   * @param baseFee of block 0, in wei a unit of gas
   */
  public record Settings(
      OptionalInt port, long chainId, long genesisTime, int secondsPerBlock, BigInteger baseFee) {

    /** Any free port, chain 31337, from June 2025 on, a block each 12 seconds. */
    public static final Settings DEFAULT =
        new Settings(
            OptionalInt.empty(), 31_337, 1_750_000_000L, 12, BigInteger.valueOf(1_000_000_000));
  }

  /** Starts a chain with {@link Settings#DEFAULT}. */
  public static LocalChain start() {
    return start(Settings.DEFAULT);
  }

  /**
   * Starts a chain.
   *
   * @throws LocalChainFailed if anvil is not found, the port is taken or anvil ends at once
   */
  public static LocalChain start(Settings settings) {
    Path binary = Anvil.binary();
    int port = Anvil.port(settings.port());
    Anvil anvil =
        Anvil.start(
            binary,
            List.of(
                "--host",
                "127.0.0.1",
                "--port",
                Integer.toString(port),
                "--chain-id",
                Long.toString(settings.chainId()),
                "--timestamp",
                Long.toString(settings.genesisTime()),
                "--base-fee",
                settings.baseFee().toString(),
                "--mnemonic",
                MNEMONIC,
                "--accounts",
                Integer.toString(ACCOUNTS),
                "--order",
                "fifo",
                "--color",
                "never",
                "--enable-tx-gas-limit"),
            temporaryLog());
    try {
      URI http = URI.create("http://127.0.0.1:" + port);
      LocalChain chain =
          new LocalChain(
              anvil, port, settings.secondsPerBlock(), connect(anvil, http, settings.chainId()));
      chain.client.request("anvil_setBlockTimestampInterval", settings.secondsPerBlock());
      return chain;
    } catch (RuntimeException e) {
      anvil.stop();
      throw e;
    }
  }

  private static ChainClient connect(Anvil anvil, URI http, long chainId) {
    long deadline = System.nanoTime() + START.toNanos();
    while (true) {
      if (!anvil.runs()) {
        throw new LocalChainFailed("The local chain ended at once: " + anvil.lastWords());
      }
      try {
        return ChainClient.connect(http, chainId);
      } catch (RpcUnreachable e) {
        if (System.nanoTime() > deadline) {
          throw new LocalChainFailed(
              "The local chain did not come up within %d s: %s"
                  .formatted(START.toSeconds(), anvil.lastWords()),
              e);
        }
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(10);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LocalChainFailed("Interrupted while the local chain started", e);
    }
  }

  private static Path temporaryLog() {
    try {
      Path log = Files.createTempFile("probity-anvil", ".log");
      log.toFile().deleteOnExit();
      return log;
    } catch (IOException e) {
      throw new LocalChainFailed("Cannot write to the temporary folder: " + e.getMessage(), e);
    }
  }

  /** Whether its process is there; one that stands still is too. */
  public boolean isAlive() {
    return anvil.runs();
  }

  public URI http() {
    return http;
  }

  public URI webSocket() {
    return webSocket;
  }

  /** A client of this chain, closed with it. */
  public ChainClient client() {
    return client;
  }

  /** The account with this index, 0 to 9. */
  public synchronized Signer account(int index) {
    if (index < 0 || index >= ACCOUNTS) {
      throw new IllegalArgumentException("The local chain has accounts 0 to 9, not " + index);
    }
    Bip32ECKeyPair master = wallet;
    if (master == null) {
      master = Bip32ECKeyPair.generateKeyPair(MnemonicUtils.generateSeed(MNEMONIC, ""));
      wallet = master;
    }
    int hard = Bip32ECKeyPair.HARDENED_BIT;
    int[] path = {44 | hard, 60 | hard, hard, 0, index};
    return Signer.ofPrivateKey(Bip32ECKeyPair.deriveKeyPair(master, path).getPrivateKey());
  }

  /**
   * Sends {@code call} from one of the ten accounts (or an impersonated one) without a signature
   * and returns once the node has it; with automatic mining, a block with it follows at once.
   */
  public Bytes32 send(Address from, Call call, long gasLimit) {
    return Bytes32.fromHex(
        client.request("eth_sendTransaction", json(from, call, gasLimit)).asText());
  }

  private static Map<String, Object> json(Address from, Call call, long gasLimit) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("from", from.hex());
    if (call.to() != null) {
      json.put("to", call.to().hex());
    }
    json.put("data", call.data().toString());
    json.put("value", hex(call.value()));
    json.put("gas", hex(BigInteger.valueOf(gasLimit)));
    return json;
  }

  /**
   * Sends {@code call} like {@link #send} and mines it.
   *
   * @throws LocalChainFailed if it reverts, with the reason
   */
  public Receipt execute(Address from, Call call) {
    Receipt mined = mined(send(from, call, EXECUTION_GAS));
    if (!mined.succeeded()) {
      throw new LocalChainFailed(
          "A transaction on the local chain reverted: " + reason(from, call, mined));
    }
    return mined;
  }

  /**
   * Waits for the receipt of a transaction, whether it succeeded or reverted.
   *
   * @throws LocalChainFailed if no block has it within a few seconds
   */
  public Receipt mined(Bytes32 transaction) {
    Optional<Receipt> receipt = client.receipt(transaction);
    for (int look = 0; receipt.isEmpty() && look < 500; look++) {
      pause();
      receipt = client.receipt(transaction);
    }
    return receipt.orElseThrow(
        () -> new LocalChainFailed("The local chain does not mine: is automatic mining off?"));
  }

  private String reason(Address from, Call call, Receipt receipt) {
    try {
      client.callFrom(from, call, BlockTag.at(receipt.blockNumber() - 1));
      return "its reason depends on its block";
    } catch (CallReverted e) {
      return e.reason(AbiErrors.NONE).toString();
    } catch (RpcRefused e) {
      return e.said();
    }
  }

  /**
   * One instruction of a traced call.
   *
   * @param gas what was left before it
   */
  public record Instruction(String name, long gas) {}

  /** Runs {@code call} on the newest state, as the node's tracer sees it; nothing is changed. */
  public List<Instruction> trace(Address from, Call call) {
    Map<String, Boolean> bare =
        Map.of("disableStorage", true, "disableMemory", true, "disableStack", true);
    List<Instruction> instructions = new ArrayList<>();
    for (JsonNode step :
        client
            .request("debug_traceCall", json(from, call, EXECUTION_GAS), "latest", bare)
            .path("structLogs")) {
      instructions.add(new Instruction(step.path("op").asText(), step.path("gas").asLong()));
    }
    return instructions;
  }

  /** Deploys a contract from one of the ten accounts and returns its address. */
  public Address deploy(Address from, Call deployment) {
    Address created = execute(from, deployment).createdContract();
    if (created == null) {
      throw new LocalChainFailed("The node's receipt names no deployed contract");
    }
    return created;
  }

  /** Mines one block. */
  public void mine() {
    client.request("evm_mine");
  }

  /** Mines {@code count} blocks, each {@code seconds} after the one before. */
  public void mine(int count, int seconds) {
    // The seconds that anvil_mine itself takes yield to the interval set at the start.
    client.request("anvil_setBlockTimestampInterval", seconds);
    client.request("anvil_mine", hex(BigInteger.valueOf(count)));
    client.request("anvil_setBlockTimestampInterval", secondsPerBlock);
  }

  /** Mines one block with this timestamp, in seconds of Unix time. */
  public void mineAt(long timestamp) {
    client.request("evm_mine", timestamp);
  }

  /** Gives the next block this timestamp, in seconds of Unix time. */
  public void setNextBlockTimestamp(long timestamp) {
    client.request("evm_setNextBlockTimestamp", timestamp);
  }

  /** Mines a block for each transaction as it comes (so it begins), or only when told. */
  public void setAutomaticMining(boolean on) {
    client.request("evm_setAutomine", on);
  }

  /** Remembers the state; {@link #revert} returns to it, once. */
  public String snapshot() {
    return client.request("evm_snapshot").asText();
  }

  /** Returns to a state that {@link #snapshot} remembered. */
  public void revert(String snapshot) {
    if (!client.request("evm_revert", snapshot).asBoolean()) {
      throw new LocalChainFailed("The local chain has no snapshot " + snapshot);
    }
  }

  /** Gives an account this many wei. */
  public void setBalance(Address account, BigInteger wei) {
    client.request("anvil_setBalance", account.hex(), hex(wei));
  }

  /** Puts {@code code} at {@code address}. */
  public void setCode(Address address, Bytes code) {
    client.request("anvil_setCode", address.hex(), code.toString());
  }

  /** Replaces the last {@code depth} blocks by as many empty ones of another branch. */
  public void reorg(int depth) {
    reorg(depth, List.of());
  }

  /**
   * Replaces the last {@code depth} blocks by as many of another branch, which holds {@code kept}
   * and nothing else.
   *
   * @param kept signed transactions, in the order in which the new branch has them, all in its
   *     first block
   */
  public void reorg(int depth, List<Bytes> kept) {
    List<List<Object>> placed =
        kept.stream().map(signed -> List.<Object>of(signed.toString(), 0)).toList();
    client.request("anvil_reorg", depth, placed);
  }

  /** Whether the node knows transactions that are in no block. */
  public boolean hasPending() {
    return !client.request("txpool_status").path("pending").asText("0x0").equals("0x0");
  }

  @Override
  public void close() {
    client.close();
    anvil.stop();
  }

  private static String hex(BigInteger number) {
    return "0x" + number.toString(16);
  }
}
