package org.probity.intent;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
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
import org.probity.strategy.feature.VaultBooks;
import org.probity.zk.FeatureVector;

/**
 * A deployed {@code ProofBoundVault}: what it is made of, its books, and the calls it understands.
 */
public final class Vault {

  private static final ContractArtifact VAULT = ContractArtifact.load("ProofBoundVault");
  private static final ContractArtifact REGISTRY = ContractArtifact.load("ModelRegistry");
  private static final ContractArtifact SOURCE = ContractArtifact.load("TwapFeatureSource");
  private static final ContractArtifact VERIFIER = ContractArtifact.load("DecisionVerifier");

  /** Every reason for which an execution can be refused. */
  public static final AbiErrors ERRORS = AbiErrors.of(VAULT, REGISTRY, SOURCE, VERIFIER);

  private static final List<AbiFunction> PARTS =
      Stream.of(
              "registry", "modelId", "verifier", "source", "pool", "base", "quote", "baseIsToken0")
          .map(VAULT::function)
          .toList();
  private static final AbiFunction EXECUTE = VAULT.function("execute");
  private static final AbiFunction STATE = VAULT.function("state");
  private static final AbiFunction POLICY = VAULT.function("policy");
  private static final AbiFunction PREVIEW = VAULT.function("preview");
  private static final AbiFunction SRS_DIGEST = VERIFIER.function("srsDigest");
  private static final AbiEvent EXECUTED = VAULT.event("DecisionExecuted");

  /**
   * What a vault is made of, fixed for good.
   *
   * @param inverted the base asset is the pool's token1, so a higher tick of the pool is a cheaper
   *     base asset
   */
  public record Parts(
      Address registry,
      Bytes32 modelId,
      Address verifier,
      Address source,
      Address pool,
      Address base,
      Address quote,
      boolean inverted) {}

  /** What the vault would do with a decision ({@code preview} of the contract). */
  record Preview(FeatureVector features, Bytes32 context, BigInteger notional) {}

  private final ChainClient chain;
  private final Address address;
  private final Parts parts;
  private volatile @Nullable RefusalWords words;

  private Vault(ChainClient chain, Address address, Parts parts) {
    this.chain = chain;
    this.address = address;
    this.parts = parts;
  }

  /**
   * The vault at {@code address}.
   *
   * @throws IllegalArgumentException if there is no vault
   */
  public static Vault at(ChainClient chain, Address address) {
    if (chain.code(address).isEmpty()) {
      throw new IllegalArgumentException(
          "There is no contract at %s on chain %s: check the vault's address and the chain"
              .formatted(address, chain.chainId()));
    }
    AbiValues made = chain.getAll(BlockTag.LATEST, address, PARTS);
    Parts parts =
        new Parts(
            made.address("registry"),
            made.word("modelId"),
            made.address("verifier"),
            made.address("source"),
            made.address("pool"),
            made.address("base"),
            made.address("quote"),
            !made.bool("baseIsToken0"));
    return new Vault(chain, address, parts);
  }

  public Address address() {
    return address;
  }

  public Parts parts() {
    return parts;
  }

  /** Why the vault refused, in the words of its two tokens. */
  String words(RevertReason reason) {
    RefusalWords known = words;
    try {
      if (known == null) {
        known = RefusalWords.of(chain, parts);
        words = known;
      }
      return known.of(reason);
    } catch (ChainException | IllegalArgumentException | ArithmeticException e) {
      return reason.toString(); // a token that tells no symbol, or no node to ask
    }
  }

  /** Reads of this vault's chain that are to go to the node together. */
  Reads reads() {
    return chain.reads();
  }

  /** The books after block {@code at}. */
  public VaultState state(BlockTag at) {
    return state(chain.callAt(at, address, STATE));
  }

  /** The same, among other reads. */
  Supplier<VaultState> state(Reads reads, BlockTag at) {
    Supplier<AbiValues> values = reads.call(at, address, STATE);
    return () -> state(values.get());
  }

  private static VaultState state(AbiValues values) {
    AbiValues state = values.struct("state");
    VaultBooks books =
        new VaultBooks(
            state.integer("baseBalance"),
            state.integer("quoteBalance"),
            state.int64("lastTradeTime"),
            state.int32("lastTradeTick"),
            state.int64("epoch"),
            state.integer("spent"),
            state.integer("maxNotionalPerEpoch"),
            state.int64("epochSeconds"));
    return new VaultState(
        state.integer("nonce"),
        state.bool("paused"),
        books,
        state.word("modelDigest"),
        state.int64("lastAsOf"),
        state.int64("stepSeconds"));
  }

  /** What the owner allows at present. */
  public VaultPolicy policy(BlockTag at) {
    return VaultPolicy.ofStruct(chain.callAt(at, address, POLICY).struct("policy"));
  }

  /** The same, among other reads. */
  Supplier<VaultPolicy> policy(Reads reads, BlockTag at) {
    Supplier<AbiValues> values = reads.call(at, address, POLICY);
    return () -> VaultPolicy.ofStruct(values.get().struct("policy"));
  }

  /** The digest of the reference string that the vault's verifier holds. */
  public Bytes32 srsDigest() {
    return chain.call(parts.verifier, SRS_DIGEST).word("srsDigest");
  }

  /** What the vault would do with {@code proposal} on the state after its head. */
  Supplier<Preview> preview(Reads reads, Proposal proposal) {
    Observation seen = proposal.observation();
    Supplier<AbiValues> values =
        reads.call(
            BlockTag.at(proposal.head().number()),
            address,
            PREVIEW,
            BigInteger.valueOf(proposal.deadline()),
            BigInteger.valueOf(seen.asOf()),
            seen.indices(),
            BigInteger.valueOf(proposal.decision().index()));
    return () -> {
      try {
        return preview(values.get());
      } catch (CallReverted e) {
        throw e.explainedBy(ERRORS);
      }
    };
  }

  private static Preview preview(AbiValues values) {
    int[] features = values.integers("x").stream().mapToInt(BigInteger::intValueExact).toArray();
    return new Preview(
        FeatureVector.of(features), values.word("context"), values.integer("notional"));
  }

  /** The call that has {@code intent} executed; anyone may send it. */
  public Call execution(ProvenIntent intent) {
    return execution(
        intent.nonce(),
        intent.deadline(),
        intent.asOf(),
        intent.indices(),
        intent.decision().index(),
        intent.proof().bytes());
  }

  /** The same of loose parts, whether they belong together or not. */
  public Call execution(
      BigInteger nonce, long deadline, long asOf, Bytes indices, int decision, byte[] proof) {
    return Call.of(
        address,
        EXECUTE,
        nonce,
        BigInteger.valueOf(deadline),
        BigInteger.valueOf(asOf),
        indices,
        BigInteger.valueOf(decision),
        Bytes.of(proof));
  }

  /** What an execution did, from its receipt; empty if the vault executed nothing in it. */
  Optional<Settlement.Executed> executed(Receipt receipt) {
    for (LogEntry entry : receipt.logs()) {
      if (entry.address().equals(address)) {
        Optional<AbiValues> values = EXECUTED.decode(entry);
        if (values.isPresent()) {
          return values.map(told ->
              new Settlement.Executed(
                  receipt,
                  Stream.of(
                          new AssetDelta(parts.base(), told.integer("baseDelta")),
                          new AssetDelta(parts.quote(), told.integer("quoteDelta")))
                      .filter(delta -> delta.amount().signum() != 0)
                      .toList()));
        }
      }
    }
    return Optional.empty();
  }

  /**
   * The execution of {@code proposal}, if it is in the chain: the one that spent its nonce, if that
   * was of the same moment, decision and model.
   */
  Optional<Settlement.Executed> execution(Proposal proposal) {
    Observation seen = proposal.observation();
    Bytes32 nonce = Bytes32.ofUnsigned(seen.state().nonce());
    return chain
        .logs(
            address,
            List.of(EXECUTED.topic(), nonce),
            BlockTag.at(proposal.head().number()),
            BlockTag.LATEST)
        .stream()
        .filter(entry -> isOf(proposal, entry))
        .findFirst()
        .flatMap(entry -> chain.receipt(entry.transactionHash()))
        .flatMap(this::executed);
  }

  /**
   * One entry of the vault's own record.
   *
   * @param asOf the moment that was decided for, in seconds of Unix time
   */
  public record Entry(
      BigInteger nonce, int decision, long asOf, Bytes32 transaction, long blockNumber) {}

  /** Every execution in the chain, in order. */
  public List<Entry> executions() {
    List<Entry> entries = new ArrayList<>();
    for (LogEntry log :
        chain.logs(address, List.of(EXECUTED.topic()), BlockTag.at(0), BlockTag.LATEST)) {
      EXECUTED
          .decode(log)
          .ifPresent(values ->
              entries.add(
                  new Entry(
                      values.integer("nonce"),
                      values.int32("decision"),
                      values.int64("asOf"),
                      log.transactionHash(),
                      log.blockNumber())));
    }
    return List.copyOf(entries);
  }

  private static boolean isOf(Proposal proposal, LogEntry entry) {
    return EXECUTED
        .decode(entry)
        .filter(values ->
            values.int32("decision") == proposal.decision().index()
                && values.word("model").equals(proposal.mandate().model())
                && values.int64("asOf") == proposal.observation().asOf())
        .isPresent();
  }

  /** Why the vault, as it is {@code now}, can never execute {@code proposal}; empty if it could. */
  Optional<String> obstacle(Proposal proposal, VaultState now) {
    BigInteger nonce = proposal.observation().state().nonce();
    if (!now.nonce().equals(nonce)) {
      return Optional.of("the vault's nonce is back at " + now.nonce());
    }
    if (now.lastAsOf() >= proposal.observation().asOf()) {
      return Optional.of("the vault has acted as of " + now.lastAsOf());
    }
    if (!now.model().equals(proposal.mandate().model())) {
      return Optional.of("the vault obeys another model now");
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
