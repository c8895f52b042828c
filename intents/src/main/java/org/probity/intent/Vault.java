package org.probity.intent;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.probity.chain.AbiErrors;
import org.probity.chain.AbiEvent;
import org.probity.chain.AbiFunction;
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

  private static final AbiFunction EXECUTE = VAULT.function("execute");
  private static final AbiFunction STATE = VAULT.function("state");
  private static final AbiFunction POLICY = VAULT.function("policy");
  private static final AbiFunction PREVIEW = VAULT.function("preview");
  private static final AbiFunction MODEL_KEY = REGISTRY.function("modelKey");
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
    List<Object> values =
        chain
            .callAll(
                BlockTag.LATEST,
                Arrays.asList(
                    read(address, "registry"),
                    read(address, "modelId"),
                    read(address, "verifier"),
                    read(address, "source"),
                    read(address, "pool"),
                    read(address, "base"),
                    read(address, "quote"),
                    read(address, "baseIsToken0")))
            .stream()
            .map(List::getFirst)
            .toList();
    Parts parts =
        new Parts(
            (Address) values.get(0),
            word(values.get(1)),
            (Address) values.get(2),
            (Address) values.get(3),
            (Address) values.get(4),
            (Address) values.get(5),
            (Address) values.get(6),
            !(Boolean) values.get(7));
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
    Supplier<List<Object>> values = reads.call(at, address, STATE);
    return () -> state(values.get());
  }

  private static VaultState state(List<Object> values) {
    List<?> struct = (List<?>) values.getFirst();
    VaultBooks books =
        new VaultBooks(
            (BigInteger) struct.get(2),
            (BigInteger) struct.get(3),
            ((BigInteger) struct.get(4)).longValueExact(),
            ((BigInteger) struct.get(5)).intValueExact(),
            ((BigInteger) struct.get(6)).longValueExact(),
            (BigInteger) struct.get(7),
            (BigInteger) struct.get(8),
            ((BigInteger) struct.get(9)).longValueExact());
    return new VaultState(
        (BigInteger) struct.get(0),
        (Boolean) struct.get(1),
        books,
        word(struct.get(10)),
        ((BigInteger) struct.get(11)).longValueExact(),
        ((BigInteger) struct.get(12)).longValueExact());
  }

  /** What the owner allows at present. */
  public VaultPolicy policy(BlockTag at) {
    return VaultPolicy.ofStruct((List<?>) chain.callAt(at, address, POLICY).getFirst());
  }

  /** The same, among other reads. */
  Supplier<VaultPolicy> policy(Reads reads, BlockTag at) {
    Supplier<List<Object>> values = reads.call(at, address, POLICY);
    return () -> VaultPolicy.ofStruct((List<?>) values.get().getFirst());
  }

  /** The key of the model in force. */
  public byte[] modelKey() {
    return ((Bytes) chain.call(parts.registry, MODEL_KEY, parts.modelId).getFirst()).toArray();
  }

  /** What the vault would do with {@code proposal} on the state after its head. */
  Supplier<Preview> preview(Reads reads, Proposal proposal) {
    Observation seen = proposal.observation();
    Supplier<List<Object>> values =
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

  private static Preview preview(List<Object> values) {
    int[] features =
        ((List<?>) values.get(0))
            .stream().mapToInt(feature -> ((BigInteger) feature).intValueExact()).toArray();
    return new Preview(FeatureVector.of(features), word(values.get(1)), (BigInteger) values.get(2));
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
        Optional<List<Object>> values = EXECUTED.decode(entry);
        if (values.isPresent()) {
          return Optional.of(
              new Settlement.Executed(
                  receipt, (BigInteger) values.get().get(4), (BigInteger) values.get().get(5)));
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
                      (BigInteger) values.get(0),
                      ((BigInteger) values.get(1)).intValueExact(),
                      ((BigInteger) values.get(3)).longValueExact(),
                      log.transactionHash(),
                      log.blockNumber())));
    }
    return List.copyOf(entries);
  }

  private static boolean isOf(Proposal proposal, LogEntry entry) {
    return EXECUTED
        .decode(entry)
        .filter(values ->
            values.get(1).equals(BigInteger.valueOf(proposal.decision().index()))
                && word(values.get(2)).equals(proposal.mandate().model())
                && values.get(3).equals(BigInteger.valueOf(proposal.observation().asOf())))
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

  private static ChainClient.Read read(Address vault, String function) {
    return new ChainClient.Read(vault, VAULT.function(function));
  }

  private static Bytes32 word(Object value) {
    return (Bytes32) value;
  }
}
