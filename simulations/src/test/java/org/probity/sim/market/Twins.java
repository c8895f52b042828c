package org.probity.sim.market;

import static org.assertj.core.api.Assertions.fail;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.probity.chain.AbiErrors;
import org.probity.chain.AbiEvent;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ContractArtifact;
import org.probity.chain.LogEntry;
import org.probity.chain.Receipt;
import org.probity.chain.RevertReason;
import org.probity.chain.local.LocalChain;
import org.probity.ground.Bytes32;

/**
 * One market twice: contracts on a local chain and their twin in Java. The Java twin goes ahead,
 * one operation after another, and says what it returned and what its state was; the chain follows,
 * a block for each group of operations, and is compared in the end.
 */
final class Twins implements AutoCloseable {

  static final int ACTORS = 2;

  private static final AbiFunction RUN =
      AbiFunction.parse("run(address[],bytes[],address[],bytes[])");
  private static final AbiFunction TRADE = AbiFunction.parse("trade(address,address)");
  private static final AbiFunction MINT = AbiFunction.parse("mint(address,uint256)");
  private static final AbiEvent DONE =
      AbiEvent.parse("Done(bool ok, bytes returned, bytes[] state)");
  static final BigInteger FUNDS = BigInteger.ONE.shiftLeft(252);

  /** The token's, and those that v4-core reverts with from libraries, which no ABI lists. */
  private static final AbiErrors ERRORS =
      AbiErrors.of(
          Stream.of(
                  "InsufficientBalance(address owner,uint256 balance,uint256 needed)",
                  "PoolAlreadyInitialized()",
                  "TicksMisordered(int24,int24)",
                  "TickLowerOutOfBounds(int24)",
                  "TickUpperOutOfBounds(int24)",
                  "TickLiquidityOverflow(int24)",
                  "TickMisaligned(int24,int24)",
                  "TickSpacingTooLarge(int24)",
                  "TickSpacingTooSmall(int24)",
                  "CannotUpdateEmptyPosition()",
                  "PriceLimitAlreadyExceeded(uint160,uint160)",
                  "PriceLimitOutOfBounds(uint160)",
                  "InvalidFeeForExactOut()",
                  "InvalidSqrtPrice(uint160)",
                  "LPFeeTooLarge(uint24)",
                  "ProtocolFeeTooLarge(uint24)",
                  "SafeCastOverflow()",
                  "SwapAmountCannotBeZero()")
              .map(AbiFunction::parse)
              .toList());

  private static final long GAS = 16_000_000;

  /** Operations of a sequence. */
  static final int SEQUENCE = 200;

  /** Sequences on one chain: anvil writes thousands of states into files. */
  private static final int SEQUENCES = 20;

  final LocalChain chain;
  final Address deployer;
  private final List<Address> actors = new ArrayList<>();
  private final List<Block> sent = new ArrayList<>();
  private final Set<String> returned = new TreeSet<>();
  private final Set<String> reasons = new TreeSet<>();
  private long time;

  /** Plays a sequence of operations on a market of its own. */
  @FunctionalInterface
  interface Player {
    void play(Twins twins, int index, int operations);
  }

  /**
   * What all sequences together met.
   *
   * @param returned the functions that returned at least once
   * @param reasons the reasons of reverts
   */
  record Met(Set<String> returned, Set<String> reasons) {}

  /** Does so many operations, in sequences. */
  static Met inSequences(int operations, int actors, Player player) {
    Met met = new Met(new TreeSet<>(), new TreeSet<>());
    int count = Math.ceilDiv(operations, SEQUENCE);
    for (int first = 0; first < count; first += SEQUENCES) {
      try (Twins twins = new Twins(LocalChain.start(), actors)) {
        for (int i = first; i < Math.min(first + SEQUENCES, count); i++) {
          player.play(twins, i, Math.min(SEQUENCE, operations - i * SEQUENCE));
        }
        met.returned().addAll(twins.returned);
        met.reasons().addAll(twins.reasons);
      }
    }
    return met;
  }

  /** A read of the contracts and what the Java twin says. */
  record View(
      String name,
      Address target,
      AbiFunction function,
      List<Object> arguments,
      Supplier<List<Object>> java) {
    Bytes data() {
      return function.encode(arguments.toArray());
    }
  }

  /** What an operation does: returned values, or the reason of a revert. */
  sealed interface Outcome {
    record Returned(List<Object> values) implements Outcome {}

    record Refused(String reason) implements Outcome {}
  }

  /** An operation on both. */
  record Operation(
      Address target, AbiFunction function, List<Object> arguments, Supplier<List<Object>> java) {
    @Override
    public String toString() {
      return function.name() + arguments;
    }
  }

  private record Expectation(Operation operation, Outcome outcome, List<List<Object>> state) {}

  private record Block(
      Bytes32 transaction,
      long time,
      int actor,
      List<View> views,
      List<Expectation> expectations) {}

  Twins(LocalChain chain) {
    this(chain, ACTORS);
  }

  Twins(LocalChain chain, int actors) {
    this.chain = chain;
    this.deployer = chain.account(0).address();
    ContractArtifact driver = ContractArtifact.load("MarketDriver");
    for (int i = 0; i < actors; i++) {
      this.actors.add(chain.deploy(deployer, driver.deployment()));
    }
    this.time = chain.client().head().timestamp();
  }

  Address actor(int i) {
    return actors.get(i);
  }

  /** Seconds of Unix time of the next block. */
  long time() {
    return time;
  }

  void pass(long seconds) {
    time += seconds;
  }

  /** The functions that returned at least once. */
  Set<String> returned() {
    return returned;
  }

  /** Two new tokens in the order of their addresses, of which all actors have plenty. */
  List<Address> tokens() {
    ContractArtifact token = ContractArtifact.load("TestToken");
    Address a = chain.deploy(deployer, token.deployment("A", "A", 18));
    Address b = chain.deploy(deployer, token.deployment("B", "B", 18));
    List<Address> tokens = a.compareTo(b) < 0 ? List.of(a, b) : List.of(b, a);
    for (Address actor : actors) {
      for (Address one : tokens) {
        chain.execute(deployer, Call.of(one, MINT, actor, FUNDS));
      }
      chain.execute(deployer, Call.of(actor, TRADE, tokens.get(0), tokens.get(1)));
    }
    return tokens;
  }

  /** Starts to follow: blocks are mined at the times that operations name. */
  void follow() {
    time = chain.client().head().timestamp() + 1;
    chain.setAutomaticMining(false);
  }

  /** Does operations in one block, first in Java, then on the chain. */
  void run(int actor, List<Operation> operations, List<View> views) {
    List<Expectation> expectations = new ArrayList<>();
    for (Operation operation : operations) {
      Outcome outcome;
      try {
        outcome = new Outcome.Returned(operation.java().get());
        returned.add(operation.function().name());
      } catch (Reverted e) {
        outcome = new Outcome.Refused(e.reason());
        reasons.add(e.reason());
      }
      expectations.add(
          new Expectation(operation, outcome, views.stream().map(v -> v.java().get()).toList()));
    }
    Bytes data =
        RUN.encode(
            operations.stream().map(Operation::target).toList(),
            operations.stream().map(o -> o.function().encode(o.arguments().toArray())).toList(),
            views.stream().map(View::target).toList(),
            views.stream().map(View::data).toList());
    Bytes32 hash = chain.send(deployer, Call.of(actors.get(actor), data), GAS);
    chain.mineAt(time);
    sent.add(new Block(hash, time, actor, views, expectations));
    time++;
  }

  /** Compares all blocks since the last time. */
  void compare(String run) {
    List<Optional<Receipt>> receipts =
        chain.client().receipts(sent.stream().map(Block::transaction).toList());
    for (int i = 0; i < sent.size(); i++) {
      compare(run, sent.get(i), receipts.get(i).orElseThrow());
    }
    sent.clear();
  }

  void unfollow() {
    chain.setAutomaticMining(true);
  }

  private static void compare(String run, Block block, Receipt receipt) {
    if (!receipt.succeeded()) {
      fail(
          "%s: the driver itself failed, having used %d gas: %s",
          run, receipt.gasUsed(), block.expectations());
    }
    List<List<Object>> logs = new ArrayList<>();
    for (LogEntry log : receipt.logs()) {
      DONE.decode(log).ifPresent(logs::add);
    }
    for (int i = 0; i < block.expectations().size(); i++) {
      Expectation expected = block.expectations().get(i);
      List<Object> done = logs.get(i);
      String where =
          "%s, time %d, actor %d, %s"
              .formatted(run, block.time(), block.actor(), expected.operation());
      Outcome outcome = outcome(expected.operation(), (Boolean) done.get(0), (Bytes) done.get(1));
      if (!outcome.equals(expected.outcome())) {
        fail("%s%n  chain %s%n  java  %s", where, outcome, expected.outcome());
      }
      List<?> state = (List<?>) done.get(2);
      for (int j = 0; j < state.size(); j++) {
        View view = block.views().get(j);
        List<Object> values = view.function().decode((Bytes) state.get(j));
        if (!values.equals(expected.state().get(j))) {
          fail(
              "%s (%s), %s afterwards:%n  chain %s%n  java  %s",
              where, outcome, view.name(), values, expected.state().get(j));
        }
      }
    }
  }

  private static Outcome outcome(Operation operation, boolean ok, Bytes returned) {
    if (ok) {
      return new Outcome.Returned(operation.function().decode(returned));
    }
    return switch (RevertReason.decode(returned, ERRORS)) {
      case RevertReason.Message message -> new Outcome.Refused(message.text());
      case RevertReason.Undecoded raw when raw.data().isEmpty() -> new Outcome.Refused("");
      case RevertReason.Custom custom when custom.name().equals("InsufficientBalance") ->
          new Outcome.Refused(LendingErrors.TOKEN_BALANCE);
      case RevertReason.Custom custom -> new Outcome.Refused(custom.name());
      case RevertReason other -> new Outcome.Refused(other.toString());
    };
  }

  static BigInteger big(long value) {
    return BigInteger.valueOf(value);
  }

  @Override
  public void close() {
    chain.close();
  }
}
