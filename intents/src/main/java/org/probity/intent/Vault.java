package org.probity.intent;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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
import org.probity.chain.ChainException;
import org.probity.chain.ContractArtifact;
import org.probity.chain.LogEntry;
import org.probity.chain.Reads;
import org.probity.chain.Receipt;
import org.probity.chain.RevertReason;
import org.probity.ground.Bytes32;
import org.probity.intent.policy.ChainLending;
import org.probity.intent.policy.LendingView;
import org.probity.intent.policy.Plan.Reason;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.VaultDecision;
import org.probity.zk.FeatureVector;

/** A deployed vault: its parts, its books, its policy, and the calls that it understands. */
public final class Vault {

  static final ContractArtifact VAULT = ContractArtifact.load("Vault");
  static final ContractArtifact ENGINE = ContractArtifact.load("PolicyEngine");
  static final ContractArtifact LOANS = ContractArtifact.load("LoanEngine");
  static final ContractArtifact RULES = ContractArtifact.load("PolicyRules");
  static final ContractArtifact KEYS = ContractArtifact.load("KeyStore");
  static final ContractArtifact TWAP_RETURNS = ContractArtifact.load("TwapReturns");
  static final ContractArtifact CHAINLINK_RETURNS = ContractArtifact.load("ChainlinkReturns");
  static final ContractArtifact SIGNED_REPORT = ContractArtifact.load("SignedReport");
  static final ContractArtifact V3_ACTION = ContractArtifact.load("UniswapV3Action");
  static final ContractArtifact V3_PATH_ACTION = ContractArtifact.load("UniswapV3PathAction");
  static final ContractArtifact V2_ACTION = ContractArtifact.load("UniswapV2Action");
  static final ContractArtifact V4_ACTION = ContractArtifact.load("UniswapV4Action");
  static final ContractArtifact AAVE_DESK = ContractArtifact.load("AaveV3Desk");
  static final ContractArtifact AAVE_ACCOUNT = ContractArtifact.load("AaveV3Account");
  static final ContractArtifact VERIFIER = ContractArtifact.load("DecisionVerifier");
  static final ContractArtifact ORDER = ContractArtifact.load("PolicyOrder");
  static final ContractArtifact FACTORY = ContractArtifact.load("VaultFactory");
  static final ContractArtifact LENS = ContractArtifact.load("VaultLens");
  static final ContractArtifact TRIALS = ContractArtifact.load("Trials");

  /** Every reason for which an execution or a deployment can be refused. */
  public static final AbiErrors ERRORS =
      AbiErrors.of(
          VAULT,
          ENGINE,
          LOANS,
          RULES,
          KEYS,
          TWAP_RETURNS,
          CHAINLINK_RETURNS,
          SIGNED_REPORT,
          V3_ACTION,
          V3_PATH_ACTION,
          V2_ACTION,
          V4_ACTION,
          AAVE_DESK,
          AAVE_ACCOUNT,
          VERIFIER,
          Governor.GOVERNOR,
          ORDER,
          FACTORY);

  private static final List<AbiFunction> PARTS =
      Stream.of("owner", "recipient", "verifier", "engine", "rules").map(VAULT::function).toList();
  private static final AbiFunction PENDING_RECIPIENT = VAULT.function("pendingRecipient");
  private static final AbiFunction STATE = VAULT.function("state");
  private static final AbiFunction BOOK = VAULT.function("book");
  private static final AbiFunction CONTEXT = VAULT.function("contextOf");
  private static final AbiFunction FEATURES = VAULT.function("featuresAt");
  private static final AbiFunction PLAN_INPUT = VAULT.function("planInput");
  private static final AbiFunction EXECUTE = VAULT.function("execute");
  private static final AbiFunction TRIED =
      AbiFunction.parse(
          "f() returns (uint256 number, bytes32 parent, bytes[] said, uint256[] gasUsed)");
  private static final AbiFunction DONE =
      AbiFunction.parse("f() returns (int256[] deltas, uint8 reason)");
  private static final AbiFunction PLAN = ENGINE.function("plan");
  private static final AbiFunction SRS_DIGEST = VERIFIER.function("srsDigest");
  private static final AbiEvent EXECUTED = VAULT.event("DecisionExecuted");

  /**
   * What a vault is made of, fixed for good but for owner and recipient.
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

    /** The same with what lies elsewhere. */
    VaultState with(Policy policy, List<VaultState.Book> books, LendingView lending) {
      return new VaultState(
          nonce,
          paused,
          policyHash,
          policyAt,
          policy.model().digest(),
          policy.limits().numbers().step(),
          lastAsOf,
          lastTradeAsOf,
          lastTradeTime,
          lastRefs(policy.assets()),
          policy.limits().numbers().turnover().subtract(turnoverUsed).max(BigInteger.ZERO),
          dayLoss,
          monthLoss,
          turnover,
          turnoverSince,
          books,
          VaultState.Lent.of(policy, lending));
    }
  }

  /**
   * One decision in the vault's own record.
   *
   * @param deltas what the vault gained of each asset, in the policy's order
   * @param reason why nothing was traded; {@link Reason#NONE} if something was
   */
  public record Entry(
      BigInteger nonce,
      Bytes32 model,
      long asOf,
      Address executor,
      List<BigInteger> outputs,
      List<BigInteger> deltas,
      Reason reason,
      Bytes32 transaction,
      long blockNumber) {

    public Entry {
      outputs = List.copyOf(outputs);
      deltas = List.copyOf(deltas);
    }
  }

  /** Another policy may have another numeraire. */
  private record Worded(Address numeraire, RefusalWords words) {}

  private final ChainClient chain;
  private final Address address;
  private final Parts parts;
  private volatile @Nullable Policy inForce;
  private volatile @Nullable Worded worded;

  private Vault(ChainClient chain, Address address, Parts parts) {
    this.chain = chain;
    this.address = address;
    this.parts = parts;
  }

  /**
   * The vault at {@code address}.
   *
   * @throws IllegalArgumentException if there is no contract, or another
   */
  public static Vault at(ChainClient chain, Address address) {
    if (chain.code(address).isEmpty()) {
      throw new IllegalArgumentException(
          "There is no contract at %s on chain %s: check the vault's address and the chain"
              .formatted(address, chain.chainId()));
    }
    AbiValues made;
    try {
      made = chain.getAll(BlockTag.LATEST, address, PARTS);
    } catch (CallReverted | IllegalArgumentException | ArithmeticException e) {
      throw new IllegalArgumentException(
          "The contract %s on chain %s does not answer as a vault does: check the vault's address and the chain"
              .formatted(address, chain.chainId()),
          e);
    }
    return new Vault(
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

  /** Who may take the recipient's place by accepting it; zero for nobody. */
  public Address pendingRecipient() {
    return chain.call(address, PENDING_RECIPIENT).address("pendingRecipient");
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
  public VaultState.Book book(BlockTag at, Address token) {
    return book(chain.callAt(at, address, BOOK, token), token);
  }

  private Supplier<VaultState.Book> book(Reads reads, BlockTag at, Address token) {
    Supplier<AbiValues> values = reads.call(at, address, BOOK, token);
    return () -> book(values.get(), token);
  }

  private static VaultState.Book book(AbiValues book, Address token) {
    return new VaultState.Book(
        token, book.integer("amount"), book.integer("before"), book.int64("changedAt"));
  }

  /**
   * The policy in force after the newest block.
   *
   * @throws IllegalArgumentException if the node tells another one than the vault has
   */
  public Policy policy() {
    State state = state(BlockTag.LATEST);
    return policy(state.policyAt(), state.policyHash());
  }

  /**
   * The policy that lies at {@code place} as code, whose hash is {@code expected}; read once.
   *
   * @throws IllegalArgumentException if it is another one, whatever the node says
   */
  Policy policy(Address place, Bytes32 expected) {
    Policy known = inForce;
    if (known == null || !known.hash().equals(expected)) {
      known = read(place, expected);
      inForce = known;
    }
    return known;
  }

  private Policy read(Address place, Bytes32 expected) {
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

  /** The vault and its books after block {@code at}. */
  public VaultState whole(BlockTag at) {
    State state = state(at);
    Policy policy = policy(state.policyAt(), state.policyHash());
    Reads reads = reads();
    Supplier<List<VaultState.Book>> books = books(reads, at, policy);
    Supplier<LendingView> lending =
        policy.parts().lending().exists()
            ? ChainLending.of(chain, address, policy).view(reads, at)
            : () -> LendingView.NONE;
    reads.ask();
    return state.with(policy, books.get(), lending.get());
  }

  /** The books of the assets of {@code policy}, among other reads. */
  Supplier<List<VaultState.Book>> books(Reads reads, BlockTag at, Policy policy) {
    List<Supplier<VaultState.Book>> books =
        policy.parts().assets().stream().map(asset -> book(reads, at, asset.token())).toList();
    return () -> books.stream().map(Supplier::get).toList();
  }

  /** The digest of the reference string that the vault's verifier holds. */
  public Bytes32 srsDigest() {
    return chain.call(parts.verifier, SRS_DIGEST).word("srsDigest");
  }

  /** Reads of this vault's chain that are to go to the node together. */
  Reads reads() {
    return chain.reads();
  }

  /** Why the vault refused, in amounts of its numeraire. */
  String words(RevertReason reason) {
    try {
      Policy known = inForce;
      Policy policy = known == null ? policy() : known;
      Address numeraire = policy.parts().assets().getFirst().token();
      Worded last = worded;
      if (last == null || !last.numeraire.equals(numeraire)) {
        last = new Worded(numeraire, RefusalWords.of(chain, policy));
        worded = last;
      }
      return last.words.of(reason);
    } catch (ChainException | IllegalArgumentException | ArithmeticException e) {
      return reason.toString(); // a token that tells no symbol, or no node to ask
    }
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
  public FeatureVector features(long asOf, List<Integer> refs, List<Bytes> sourceHints) {
    return features(explained(() -> chain.call(address, FEATURES, asOf, refs, sourceHints)));
  }

  private static FeatureVector features(AbiValues values) {
    return FeatureVector.of(
        values.integers("featuresAt").stream().mapToInt(BigInteger::intValueExact).toArray());
  }

  /**
   * What the vault would do with a proposal, each part as the vault itself computes it.
   *
   * @param plan in the next block, or in the head's own; throws {@link CallReverted}, explained, if
   *     the policy refuses the decision in both
   */
  record Preview(Bytes32 context, FeatureVector features, Supplier<AbiValues> plan) {}

  /** What the vault would do with {@code proposal} on the state after its head. */
  Supplier<Preview> preview(Reads reads, Proposal proposal) {
    Observation seen = proposal.observation();
    VaultState state = seen.state();
    VaultDecision decision = proposal.statement();
    BlockTag at = BlockTag.at(proposal.head().number());
    Supplier<AbiValues> context = reads.call(at, address, CONTEXT, decision.toStruct());
    Supplier<AbiValues> features =
        reads.call(at, address, FEATURES, seen.asOf(), seen.refs(), seen.sourceHints());
    List<Object> input =
        List.of(
            state.policyAt(),
            seen.asOf(),
            decision.maxSlippageBps(),
            decision.outputs(),
            state.books().stream().map(VaultState.Book::amount).toList(),
            state.turnoverLeft(),
            seen.guardHints(),
            address);
    // What moved the price in the head's own block looks, asked there, like a move around the
    // decision: in the next block it is the market's.
    Supplier<AbiValues> next = reads.call(BlockTag.PENDING, parts.engine, PLAN, input);
    Supplier<AbiValues> here = reads.call(at, parts.engine, PLAN, input);
    return () ->
        new Preview(
            explained(context).word("contextOf"),
            features(explained(features)),
            () -> either(next, here).struct("made"));
  }

  private static AbiValues either(Supplier<AbiValues> first, Supplier<AbiValues> second) {
    try {
      return first.get();
    } catch (ChainException e) {
      return explained(second);
    }
  }

  static AbiValues explained(Supplier<AbiValues> call) {
    try {
      return call.get();
    } catch (CallReverted e) {
      throw e.explainedBy(ERRORS);
    }
  }

  /** The call that has {@code intent} executed, each step along its route. */
  public Call execution(ProvenIntent intent) {
    return execution(intent, List.of());
  }

  /**
   * The same at venues of the policy.
   *
   * @param venues for each asset but the numeraire: 0 its route, k the policy's venue k - 1; empty
   *     for all routes
   */
  public Call execution(ProvenIntent intent, List<Integer> venues) {
    Observation seen = intent.proposal().observation();
    return execution(
        intent.proposal().statement(),
        choosing(seen.guardHints(), venues),
        seen.sourceHints(),
        intent.proof().bytes());
  }

  /** The hints end with a byte for each asset but the numeraire: where it is traded. */
  private static Bytes choosing(Bytes guardHints, List<Integer> venues) {
    byte[] hints = guardHints.toArray();
    for (int i = 0; i < venues.size(); i++) {
      hints[hints.length - venues.size() + i] = venues.get(i).byteValue();
    }
    return Bytes.of(hints);
  }

  /**
   * Executions that were tried out on one state, each for itself.
   *
   * @param number of the block that they were tried in
   * @param parent hash of the block before
   */
  record Trials(BigInteger number, Bytes32 parent, List<Trial> trials) {}

  /** How one execution would go, and the gas that it takes. */
  record Trial(TrialOutcome outcome, long gasUsed) {}

  /** Whether it would be carried out. */
  sealed interface TrialOutcome {

    /** It would; what the vault would gain, in the policy's order. */
    record Done(List<BigInteger> deltas) implements TrialOutcome {}

    record Reverted(RevertReason reason) implements TrialOutcome {}
  }

  /**
   * Tries {@code intent} out at several choices of venues, on one state.
   *
   * @throws ChainException if the node will not
   * @throws IllegalArgumentException if what it answers is no trial
   */
  Trials tryOut(ProvenIntent intent, Address caller, List<List<Integer>> choices, BlockTag at) {
    Observation seen = intent.proposal().observation();
    Call creation =
        TRIALS.deployment(
            address,
            caller,
            intent.proposal().statement().toStruct(),
            choices.stream().map(venues -> choosing(seen.guardHints(), venues)).toList(),
            seen.sourceHints(),
            Bytes.of(intent.proof().bytes()));
    AbiValues told = TRIED.decode(chain.call(creation, at));
    List<?> said = (List<?>) told.get(2);
    List<BigInteger> gasUsed = told.integers("gasUsed");
    if (said.size() != choices.size() || gasUsed.size() != choices.size()) {
      throw new IllegalArgumentException(
          "The node tells of %s trials, and %s were asked for"
              .formatted(said.size(), choices.size()));
    }
    return new Trials(
        told.integer("number"),
        told.word("parent"),
        IntStream.range(0, said.size())
            .mapToObj(i -> new Trial(outcome((Bytes) said.get(i)), gasUsed.get(i).longValueExact()))
            .toList());
  }

  private static TrialOutcome outcome(Bytes said) {
    RevertReason reason = RevertReason.decode(said, ERRORS);
    if (!(reason instanceof RevertReason.Custom(String name, AbiValues values))
        || !name.equals("TriedOut")) {
      return new TrialOutcome.Reverted(reason);
    }
    Bytes answer = values.bytes("answer");
    return values.bool("done")
        ? new TrialOutcome.Done(DONE.decode(answer).integers("deltas"))
        : new TrialOutcome.Reverted(RevertReason.decode(answer, ERRORS));
  }

  /** The same of loose parts, whether they belong together or not. */
  public Call execution(
      VaultDecision decision, Bytes guardHints, List<Bytes> sourceHints, byte[] proof) {
    return Call.of(address, EXECUTE, decision.toStruct(), guardHints, sourceHints, Bytes.of(proof));
  }

  /** A call of the owner's, by its name in the contract: deposit, exit, setPolicy and so on. */
  public Call owners(String function, Object... arguments) {
    return Call.of(address, VAULT.function(function), arguments);
  }

  /** Has the vault remember the indices of its lending market, which features read: by anyone. */
  public Call poke() {
    return Call.of(address, VAULT.function("poke"));
  }

  /** What a transaction executed; empty if this vault executed nothing in it. */
  public Optional<Entry> executed(Receipt receipt) {
    return receipt.logs().stream()
        .filter(entry -> entry.address().equals(address))
        .flatMap(entry -> entry(entry).stream())
        .findFirst();
  }

  /** Every decision that the vault has executed, in order. */
  public List<Entry> executions() {
    return entries(List.of(EXECUTED.topic()), BlockTag.at(0));
  }

  private List<Entry> entries(List<Bytes32> topics, BlockTag from) {
    return chain.logs(address, topics, from, BlockTag.LATEST).stream()
        .flatMap(entry -> entry(entry).stream())
        .toList();
  }

  private static Optional<Entry> entry(LogEntry entry) {
    return EXECUTED
        .decode(entry)
        .map(told ->
            new Entry(
                told.integer("nonce"),
                told.word("model"),
                told.int64("asOf"),
                told.address("executor"),
                told.integers("outputs"),
                told.integers("deltas"),
                Reason.values()[told.int32("reason")],
                entry.transactionHash(),
                entry.blockNumber()));
  }

  /** What became of {@code proposal} in the transaction of {@code receipt}; empty if nothing. */
  Optional<Settlement.Executed> executed(Receipt receipt, Proposal proposal) {
    return executed(receipt)
        .map(entry -> new Settlement.Executed(receipt, deltas(entry.deltas, proposal)));
  }

  /** The assets are those of the policy that the proposal is bound to. */
  static List<AssetDelta> deltas(List<BigInteger> amounts, Proposal proposal) {
    List<VaultState.Book> books = proposal.observation().state().books();
    return IntStream.range(0, Math.min(books.size(), amounts.size()))
        .mapToObj(i -> new AssetDelta(books.get(i).token(), amounts.get(i)))
        .filter(delta -> delta.amount().signum() != 0)
        .toList();
  }

  /**
   * The execution of {@code proposal}, if it is in the chain: the one that spent its nonce, if that
   * was of the same moment, outputs and model.
   */
  Optional<Settlement.Executed> execution(Proposal proposal) {
    VaultDecision own = proposal.statement();
    Bytes32 nonce = Bytes32.ofUnsigned(proposal.observation().state().nonce());
    return entries(List.of(EXECUTED.topic(), nonce), BlockTag.at(proposal.head().number())).stream()
        .filter(entry ->
            entry.model.equals(own.model())
                && entry.asOf == own.asOf()
                && entry.outputs.equals(own.outputs()))
        .findFirst()
        .flatMap(entry -> chain.receipt(entry.transaction))
        .flatMap(receipt -> executed(receipt, proposal));
  }

  /** Why the vault, as it is {@code now}, can never execute {@code proposal}; empty if it could. */
  Optional<String> obstacle(Proposal proposal, State now) {
    VaultState then = proposal.observation().state();
    if (!now.nonce().equals(then.nonce())) {
      return Optional.of("the vault's nonce is back at " + now.nonce());
    }
    if (!now.policyHash().equals(then.policy())) {
      return Optional.of("the vault has another policy now");
    }
    // A policy that was put in force again comes to this, too.
    if (now.lastAsOf() >= proposal.observation().asOf()) {
      return Optional.of("the vault takes nothing up to " + now.lastAsOf() + " any more");
    }
    boolean canonical =
        chain
            .head(BlockTag.at(proposal.head().number()))
            .filter(head -> head.hash().equals(proposal.head().hash()))
            .isPresent();
    if (!canonical) {
      return Optional.of("its head was reverted");
    }
    if (chain.head().timestamp() > proposal.deadline()) {
      return Optional.of("its deadline is over");
    }
    return Optional.empty();
  }
}
