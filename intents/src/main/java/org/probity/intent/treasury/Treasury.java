package org.probity.intent.treasury;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.probity.chain.AbiErrors;
import org.probity.chain.AbiEvent;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.chain.LogEntry;
import org.probity.chain.Reads;
import org.probity.chain.Receipt;
import org.probity.ground.Bytes32;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.VaultDecision;
import org.probity.zk.FeatureVector;

/**
 * A deployed {@code Vault}: its parts, its books, its policy, and the calls that it understands.
 */
public final class Treasury {

  static final ContractArtifact VAULT = ContractArtifact.load("Vault");
  static final ContractArtifact ENGINE = ContractArtifact.load("PolicyEngine");
  static final ContractArtifact RULES = ContractArtifact.load("PolicyRules");
  static final ContractArtifact KEYS = ContractArtifact.load("KeyStore");
  static final ContractArtifact TWAP_RETURNS = ContractArtifact.load("TwapReturns");
  static final ContractArtifact CHAINLINK_RETURNS = ContractArtifact.load("ChainlinkReturns");
  static final ContractArtifact SIGNED_REPORT = ContractArtifact.load("SignedReport");
  static final ContractArtifact V3_ACTION = ContractArtifact.load("UniswapV3Action");
  static final ContractArtifact VERIFIER = ContractArtifact.load("DecisionVerifier");

  /** Every reason for which an execution or a deployment can be refused. */
  public static final AbiErrors ERRORS =
      AbiErrors.of(
          VAULT,
          ENGINE,
          RULES,
          KEYS,
          TWAP_RETURNS,
          CHAINLINK_RETURNS,
          SIGNED_REPORT,
          V3_ACTION,
          VERIFIER);

  private static final List<AbiFunction> PARTS =
      Stream.of("owner", "recipient", "verifier", "engine", "rules").map(VAULT::function).toList();
  private static final AbiFunction STATE = VAULT.function("state");
  private static final AbiFunction BOOK = VAULT.function("book");
  private static final AbiFunction CONTEXT = VAULT.function("contextOf");
  private static final AbiFunction FEATURES = VAULT.function("featuresAt");
  private static final AbiFunction PLAN_INPUT = VAULT.function("planInput");
  private static final AbiFunction EXECUTE = VAULT.function("execute");
  private static final AbiFunction PLAN = ENGINE.function("plan");
  private static final AbiEvent EXECUTED = VAULT.event("DecisionExecuted");

  /**
   * What a vault is made of, fixed for good but for its owner.
   *
   * @param recipient where exits go
   */
  public record Parts(
      Address owner, Address recipient, Address verifier, Address engine, Address rules) {}

  /**
   * A vault after one block, but for its books.
   *
   * @param lastAsOf the moment of the last decision, which the next must lie after
   * @param lastTradeAsOf the moment of the last decision that traded; 0 before the first
   * @param lastTradeTime when that was carried out
   * @param policyAt where the policy lies as code
   * @param turnoverUsed what of the allowance is used, after what has leaked away
   * @param turnover the same as it was written last, at {@code turnoverSince}
   * @param packedRefs reference ticks of the last trade, 24 bits an asset
   */
  public record State(
      BigInteger nonce,
      boolean paused,
      long lastAsOf,
      long lastTradeAsOf,
      long lastTradeTime,
      Bytes32 policyHash,
      Address policyAt,
      BigInteger turnoverUsed,
      BigInteger dayLoss,
      BigInteger monthLoss,
      BigInteger turnover,
      long turnoverSince,
      BigInteger packedRefs) {

    private static final int TICK_BITS = 24;

    /**
     * The reference ticks of the last trade, by asset.
     *
     * @param assets of the policy; one that was not in it then has 0
     */
    public List<Integer> lastRefs(int assets) {
      return IntStream.range(0, assets)
          .map(i -> packedRefs.shiftRight(TICK_BITS * i).intValue() << 8 >> 8)
          .boxed()
          .toList();
    }
  }

  /**
   * One asset's books.
   *
   * @param before what was booked before the first change of the step of {@code changedAt}
   */
  public record Book(BigInteger amount, BigInteger before, long changedAt) {}

  /**
   * One decision in the vault's own record.
   *
   * @param deltas what the vault gained of each asset, in the policy's order
   * @param reason the contract's number of why nothing was traded; 0 if something was
   */
  public record Execution(
      BigInteger nonce,
      Bytes32 model,
      long asOf,
      Address executor,
      List<BigInteger> outputs,
      List<BigInteger> deltas,
      int reason) {}

  private final ChainClient chain;
  private final Address address;
  private final Parts parts;

  private Treasury(ChainClient chain, Address address, Parts parts) {
    this.chain = chain;
    this.address = address;
    this.parts = parts;
  }

  /**
   * The vault at {@code address}.
   *
   * @throws IllegalArgumentException if there is no contract
   */
  public static Treasury at(ChainClient chain, Address address) {
    if (chain.code(address).isEmpty()) {
      throw new IllegalArgumentException(
          "There is no contract at %s on chain %s: check the vault's address and the chain"
              .formatted(address, chain.chainId()));
    }
    AbiValues made = chain.getAll(BlockTag.LATEST, address, PARTS);
    return new Treasury(
        chain,
        address,
        new Parts(
            made.address("owner"),
            made.address("recipient"),
            made.address("verifier"),
            made.address("engine"),
            made.address("rules")));
  }

  public Address address() {
    return address;
  }

  public Parts parts() {
    return parts;
  }

  /** The vault after block {@code at}. */
  public State state(BlockTag at) {
    return state(chain.callAt(at, address, STATE));
  }

  /** The same, among other reads. */
  Supplier<State> state(Reads reads, BlockTag at) {
    Supplier<AbiValues> values = reads.call(at, address, STATE);
    return () -> state(values.get());
  }

  private static State state(AbiValues values) {
    AbiValues state = values.struct("state");
    return new State(
        state.integer("nonce"),
        state.bool("paused"),
        state.int64("lastAsOf"),
        state.int64("lastTradeAsOf"),
        state.int64("lastTradeTime"),
        state.word("policyHash"),
        state.address("policyAt"),
        state.integer("turnoverUsed"),
        state.integer("dayLoss"),
        state.integer("monthLoss"),
        state.integer("turnover"),
        state.int64("turnoverSince"),
        state.integer("lastRefs"));
  }

  /** What is booked of a token after block {@code at}. */
  public Book book(BlockTag at, Address token) {
    return book(chain.callAt(at, address, BOOK, token));
  }

  /** The same, among other reads. */
  Supplier<Book> book(Reads reads, BlockTag at, Address token) {
    Supplier<AbiValues> values = reads.call(at, address, BOOK, token);
    return () -> book(values.get());
  }

  private static Book book(AbiValues book) {
    return new Book(book.integer("amount"), book.integer("before"), book.int64("changedAt"));
  }

  /**
   * The policy that lies at {@code place} as code, whose hash is {@code expected}.
   *
   * @throws IllegalArgumentException if it is another one, whatever the node says
   */
  public Policy policy(Address place, Bytes32 expected) {
    Bytes code = chain.code(place);
    if (code.length() < 2) {
      throw new IllegalArgumentException(
          "There is no policy at %s on chain %s: the node serves another chain, or is behind"
              .formatted(place, chain.chainId()));
    }
    Policy policy = Policy.decode(code.slice(1, code.length()).toArray());
    if (!policy.hash().equals(expected)) {
      throw new IllegalArgumentException(
          "The policy at %s has the hash %s, and the vault says %s: do not trust this node"
              .formatted(place, policy.hash(), expected));
    }
    return policy;
  }

  /** The digest that a proof of {@code decision} is bound to, as the vault computes it. */
  public Bytes32 context(VaultDecision decision) {
    return chain.call(address, CONTEXT, decision.toStruct()).word("contextOf");
  }

  /** What the vault would do with {@code decision} on its newest block. */
  public AbiValues plan(VaultDecision decision, Bytes guardHints) {
    AbiValues input =
        chain
            .call(
                address,
                PLAN_INPUT,
                decision.asOf(),
                decision.maxSlippageBps(),
                decision.outputs(),
                guardHints)
            .struct("planInput");
    return explained(() -> chain.call(parts.engine, PLAN, input).struct("made"));
  }

  /** The features of a moment, as the vault computes them. */
  public FeatureVector features(long asOf, List<BigInteger> refs, List<Bytes> sourceHints) {
    AbiValues values = explained(() -> chain.call(address, FEATURES, asOf, refs, sourceHints));
    return FeatureVector.of(
        values.integers("featuresAt").stream().mapToInt(BigInteger::intValueExact).toArray());
  }

  static AbiValues explained(Supplier<AbiValues> call) {
    try {
      return call.get();
    } catch (CallReverted e) {
      throw e.explainedBy(ERRORS);
    }
  }

  /** The call that has a proven decision executed. */
  public Call execution(
      VaultDecision decision, Bytes guardHints, List<Bytes> sourceHints, byte[] proof) {
    return Call.of(address, EXECUTE, decision.toStruct(), guardHints, sourceHints, Bytes.of(proof));
  }

  /** A call of the owner's, by its name in the contract: deposit, exit, setPolicy and so on. */
  public Call owners(String function, Object... arguments) {
    return Call.of(address, VAULT.function(function), arguments);
  }

  /** What a transaction executed; empty if this vault executed nothing in it. */
  public Optional<Execution> executed(Receipt receipt) {
    return receipt.logs().stream()
        .filter(entry -> entry.address().equals(address))
        .flatMap(entry -> execution(entry).stream())
        .findFirst();
  }

  /** Every decision that the vault has executed, in order. */
  public List<Execution> executions() {
    List<Execution> found = new ArrayList<>();
    for (LogEntry entry :
        chain.logs(address, List.of(EXECUTED.topic()), BlockTag.at(0), BlockTag.LATEST)) {
      execution(entry).ifPresent(found::add);
    }
    return List.copyOf(found);
  }

  private static Optional<Execution> execution(LogEntry entry) {
    return EXECUTED
        .decode(entry)
        .map(told ->
            new Execution(
                told.integer("nonce"),
                told.word("model"),
                told.int64("asOf"),
                told.address("executor"),
                told.integers("outputs"),
                told.integers("deltas"),
                told.int32("reason")));
  }
}
