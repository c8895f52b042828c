package org.probity.intent;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.probity.chain.AbiEvent;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.chain.ContractSource;
import org.probity.chain.LogEntry;
import org.probity.chain.Outcome;
import org.probity.chain.Reads;
import org.probity.chain.Receipt;
import org.probity.chain.TransactionSender;
import org.probity.ground.Bytes32;
import org.probity.intent.policy.ActionContracts;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.VenueWay;
import org.probity.intent.source.SourceContracts;
import org.probity.zk.ModelKey;

/**
 * The calls that put a vault and all that it is made of on a chain. Anybody may send them: what has
 * an owner is told who, and the sender owns nothing.
 */
public final class VaultDeployment {

  private VaultDeployment() {}

  /** The contract of this release whose code this is, whatever its constructor was given. */
  public static Optional<String> nameOf(Bytes code) {
    return RELEASE.stream()
        .filter(artifact -> artifact.isCode(code))
        .findFirst()
        .map(ContractArtifact::name);
  }

  private static final List<ContractArtifact> RELEASE =
      List.of(
          Vault.VAULT,
          Governor.GOVERNOR,
          Vault.VERIFIER,
          Vault.KEYS,
          Vault.LOANS,
          Vault.ENGINE,
          Vault.RULES,
          Vault.V3_ACTION,
          Vault.V3_PATH_ACTION,
          Vault.V2_ACTION,
          Vault.V4_ACTION,
          Vault.AAVE_DESK,
          Vault.AAVE_ACCOUNT,
          Vault.ORDER,
          Vault.TWAP_RETURNS,
          Vault.CHAINLINK_RETURNS,
          Vault.SIGNED_REPORT,
          Vault.FACTORY,
          Vault.LENS);
  private static final AbiEvent POLICY_CHANGED = Vault.VAULT.event("PolicyChanged");
  private static final AbiEvent CREATED = Vault.FACTORY.event("VaultCreated");

  /**
   * What vaults share. None of it has an owner.
   *
   * @param verifier of every model's proofs
   * @param keys models' keys by their content
   * @param engine says what a decision comes to
   * @param loans says what of it are loans
   * @param rules say what a policy may be
   * @param actions trade and lend
   * @param order says when one policy is tighter than another
   * @param sources of features
   * @param factory makes vaults, each with a governor, and knows which it made
   * @param lens reads vaults
   */
  public record Foundation(
      Address verifier,
      Address keys,
      Address engine,
      Address loans,
      Address rules,
      ActionContracts actions,
      Address order,
      SourceContracts sources,
      Address factory,
      Address lens) {

    /** Trades along the routes of policies. */
    public Address action() {
      return actions.route();
    }
  }

  /**
   * Whose a vault is.
   *
   * @param owner of its governor, and curator until it names another; never the model's agent
   * @param recipient where exits go, for good
   */
  public record Holders(Address owner, Address recipient) {}

  /** A vault that a factory has made, and the governor that owns it. */
  public record Made(
      Address vault, Address governor, Address owner, Address recipient, long block) {

    private static Optional<Made> of(LogEntry entry) {
      return CREATED
          .decode(entry)
          .map(told ->
              new Made(
                  told.address("vault"),
                  told.address("governor"),
                  told.address("owner"),
                  told.address("recipient"),
                  entry.blockNumber()));
    }
  }

  /**
   * What a chain has already; zero for what it has not.
   *
   * @param v3Factory Uniswap's, which knows each canonical pool; every chain here has one
   * @param sequencer Chainlink's feed of the sequencer's uptime
   * @param v2Factory Uniswap's of its version 2
   * @param v4PoolManager Uniswap's of its version 4
   * @param wrapped the token that stands for the chain's own coin
   * @param lendingPool of Aave v3
   */
  public record Surroundings(
      Address v3Factory,
      Address sequencer,
      Address v2Factory,
      Address v4PoolManager,
      Address wrapped,
      Address lendingPool) {

    /** A chain to trade on along routes alone. */
    public Surroundings(Address v3Factory, Address sequencer) {
      this(v3Factory, sequencer, Address.ZERO, Address.ZERO, Address.ZERO, Address.ZERO);
    }

    /** Whether there are pairs to trade at. */
    public boolean hasPairs() {
      return !v2Factory.equals(Address.ZERO);
    }

    /** Whether there are pools of version 4 to trade at. */
    public boolean hasKeys() {
      return !v4PoolManager.equals(Address.ZERO) && !wrapped.equals(Address.ZERO);
    }

    /** Whether there is a market to lend and borrow with. */
    public boolean lends() {
      return !lendingPool.equals(Address.ZERO);
    }
  }

  /** What each pair of Uniswap's charges, in hundredths of a basis point. */
  public static final int PAIR_FEE = 3_000;

  /** Sends a deployment and tells where the contract is. */
  @FunctionalInterface
  public interface Creation {
    Address create(String what, Call deployment);
  }

  /** Sends a deployment's calls one by one, from one account. */
  public static final class Sending implements Creation {

    private final TransactionSender sender;
    private final Consumer<String> progress;

    /**
     * @param sender pays, and owns nothing of what it creates
     * @param progress told of each contract once it is there, in a few words
     */
    public Sending(TransactionSender sender, Consumer<String> progress) {
      this.sender = sender;
      this.progress = progress;
    }

    /**
     * {@inheritDoc}
     *
     * @throws DeploymentFailed if the chain does not take it
     */
    @Override
    public Address create(String what, Call deployment) {
      Address created = execute(what, deployment).createdContract();
      if (created == null) {
        throw new DeploymentFailed(
            "Deploying %s gave no contract: check that the node serves full receipts"
                .formatted(what));
      }
      progress.accept("%s is at %s".formatted(what, created));
      return created;
    }

    /**
     * Sends a call that creates nothing.
     *
     * @throws DeploymentFailed if the chain does not take it
     */
    public Receipt execute(String what, Call call) {
      return switch (sender.send(call)) {
        case Outcome.Mined(var receipt) -> receipt;
        case Outcome.Reverted(_, var reason) -> throw failed(what, "it reverted: " + reason);
        case Outcome.Refused(var reason) -> throw failed(what, String.valueOf(reason));
        case Outcome.Abandoned(_, _, var detail) -> throw failed(what, detail);
        case Outcome.Unknown(var transaction) ->
            throw failed(
                what,
                "transaction %s is in no block yet; look it up before trying again"
                    .formatted(transaction));
      };
    }

    /**
     * Makes a vault with its governor.
     *
     * @throws DeploymentFailed if the chain does not take it
     */
    public Made create(Foundation foundation, Bytes32 salt, Holders holders, Policy policy) {
      Receipt receipt =
          execute("the vault", VaultDeployment.create(foundation, salt, holders, policy));
      return made(foundation.factory, receipt)
          .orElseThrow(
              () -> failed("the vault", "the factory's receipt names none: ask another node"));
    }

    private DeploymentFailed failed(String what, String why) {
      return new DeploymentFailed(
          "The chain did not take %s from %s: %s".formatted(what, sender.address(), why));
    }
  }

  /** The reason that the chain gave for refusing a step. */
  public static final class DeploymentFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DeploymentFailed(String message) {
      super(message);
    }
  }

  /**
   * Creates what vaults share.
   *
   * @param tauG2 the reference string's element of the second group, as {@code Srs.tauG2Words}
   *     gives it
   */
  public static Foundation foundation(
      Creation creation, List<BigInteger> tauG2, Surroundings chain) {
    Address verifier = creation.create("the verifier", Vault.VERIFIER.deployment(tauG2));
    Address keys = creation.create("the store of keys", Vault.KEYS.deployment());
    Address loans = creation.create("the arithmetic of loans", Vault.LOANS.deployment());
    Address engine =
        creation.create("the policy engine", Vault.ENGINE.deployment(chain.sequencer(), loans));
    Address rules =
        creation.create(
            "the rules of policies",
            Vault.RULES.deployment(keys, chain.v3Factory(), chain.sequencer()));
    ActionContracts actions = actions(creation, chain);
    Address order = creation.create("the order of policies", Vault.ORDER.deployment());
    SourceContracts sources = sources(creation);
    Address factory =
        creation.create(
            "the factory of vaults",
            Vault.FACTORY.deployment(
                List.of(
                    verifier,
                    engine,
                    rules,
                    order,
                    List.of(
                        sources.twapReturns(), sources.chainlinkReturns(), sources.signedReport()),
                    Stream.of(
                            actions.route(),
                            actions.pools(),
                            actions.pairs(),
                            actions.keys(),
                            actions.desk())
                        .filter(action -> !action.equals(Address.ZERO))
                        .toList(),
                    Vault.VAULT.creationCode().keccak(),
                    Governor.GOVERNOR.creationCode().keccak())));
    Address lens = creation.create("the lens on vaults", Vault.LENS.deployment());
    return new Foundation(
        verifier, keys, engine, loans, rules, actions, order, sources, factory, lens);
  }

  private static ActionContracts actions(Creation creation, Surroundings chain) {
    return new ActionContracts(
        creation.create("the Uniswap v3 action", Vault.V3_ACTION.deployment()),
        creation.create("the action for other ways over Uniswap v3", overPools(chain)),
        chain.hasPairs()
            ? creation.create("the Uniswap v2 action", overPairs(chain))
            : Address.ZERO,
        chain.hasKeys() ? creation.create("the Uniswap v4 action", overKeys(chain)) : Address.ZERO,
        chain.lends()
            ? creation.create("the desk of Aave v3", Vault.AAVE_DESK.deployment())
            : Address.ZERO);
  }

  /**
   * What creates the action of this release that takes such a way.
   *
   * @throws IllegalArgumentException if the chain has no such pools, as far as it is known
   */
  public static Call action(VenueWay way, Surroundings chain) {
    return switch (way) {
      case VenueWay.OfPools _ -> overPools(chain);
      case VenueWay.OfPairs _ -> {
        if (!chain.hasPairs()) {
          throw new IllegalArgumentException(
              "no factory of Uniswap v2 is known there: name it in surroundings.v2-factory");
        }
        yield overPairs(chain);
      }
      case VenueWay.OfKeys _ -> {
        if (!chain.hasKeys()) {
          throw new IllegalArgumentException(
              "no pool manager of Uniswap v4 is known there, or no wrapped coin: name them in surroundings.v4-pool-manager and surroundings.wrapped");
        }
        yield overKeys(chain);
      }
    };
  }

  private static Call overPools(Surroundings chain) {
    return Vault.V3_PATH_ACTION.deployment(chain.v3Factory());
  }

  private static Call overPairs(Surroundings chain) {
    return Vault.V2_ACTION.deployment(chain.v2Factory(), PAIR_FEE);
  }

  private static Call overKeys(Surroundings chain) {
    return Vault.V4_ACTION.deployment(chain.v4PoolManager(), chain.wrapped());
  }

  /** Creates the sources of features. */
  public static SourceContracts sources(Creation creation) {
    return new SourceContracts(
        creation.create("the source of pools' returns", Vault.TWAP_RETURNS.deployment()),
        creation.create("the source of feeds' returns", Vault.CHAINLINK_RETURNS.deployment()),
        creation.create("the source of signed reports", Vault.SIGNED_REPORT.deployment()));
  }

  /** Stores a model's key, or does nothing if it is stored. */
  public static Call store(Foundation foundation, ModelKey key) {
    return store(foundation.keys, key);
  }

  /** The same in the store at {@code keys}. */
  public static Call store(Address keys, ModelKey key) {
    return Call.of(keys, Vault.KEYS.function("store"), Bytes.of(key.bytes()));
  }

  /** Where a stored key lies as code. */
  public static Address keyAt(ChainClient chain, Foundation foundation, Bytes32 digest) {
    return keyAt(chain, foundation.keys, digest);
  }

  /**
   * The same of the store at {@code keys}.
   *
   * @throws CallReverted if it is not stored
   */
  public static Address keyAt(ChainClient chain, Address keys, Bytes32 digest) {
    return chain.call(keys, Vault.KEYS.function("codeOf"), digest).address("code");
  }

  /** The store of keys that a vault's rules believe. */
  public static Address keysOf(ChainClient chain, Vault vault) {
    return chain.call(vault.parts().rules(), Vault.RULES.function("keys")).address("keys");
  }

  /** What a vault's engine reckons loans with. */
  public static Address loansOf(ChainClient chain, Vault vault) {
    return chain.call(vault.parts().engine(), Vault.ENGINE.function("loans")).address("loans");
  }

  /**
   * Has the rules look at a policy, as a vault would that is created with it.
   *
   * @throws CallReverted that names what is wrong with it
   */
  public static void validate(ChainClient chain, Foundation foundation, Policy policy) {
    Bytes blob = Bytes.of(policy.encoded());
    Vault.explained(() -> chain.call(foundation.rules, Vault.RULES.function("validate"), blob));
  }

  /**
   * Has the factory create a vault with its governor, who owns it.
   *
   * @param salt sets vaults of one sender, owner, recipient and policy apart
   */
  public static Call create(Foundation foundation, Bytes32 salt, Holders holders, Policy policy) {
    return Call.of(
        foundation.factory,
        Vault.FACTORY.function("create"),
        salt,
        holders.owner,
        holders.recipient,
        Bytes.of(policy.encoded()),
        Vault.VAULT.creationCode(),
        Governor.GOVERNOR.creationCode());
  }

  /** A salt of which {@code sender} has made no vault: how many transactions it has sent. */
  public static Bytes32 salt(ChainClient chain, Address sender) {
    return Bytes32.of(chain.transactionCount(sender, BlockTag.LATEST));
  }

  /** The vault that a transaction had {@code factory} make; empty if it made none. */
  public static Optional<Made> made(Address factory, Receipt receipt) {
    return receipt.logs().stream()
        .filter(entry -> entry.address().equals(factory))
        .flatMap(entry -> Made.of(entry).stream())
        .findFirst();
  }

  /**
   * The vaults that {@code factory} made for an owner, in order; who owns them now may be another.
   *
   * @param from the factory's own block, or an earlier one
   */
  public static List<Made> madeFor(
      ChainClient chain, Address factory, Address owner, BlockTag from) {
    return chain.logs(factory, List.of(CREATED.topic()), from, BlockTag.LATEST).stream()
        .flatMap(entry -> Made.of(entry).stream())
        .filter(made -> made.owner.equals(owner))
        .toList();
  }

  /** Whether {@code factory} made a vault, and whether all of its policy is of the release now. */
  public record Standing(boolean made, boolean canonical) {}

  /**
   * What {@code factory} says of a vault.
   *
   * @throws IllegalArgumentException if there is no factory
   */
  public static Standing standing(ChainClient chain, Address factory, Address vault) {
    Reads reads = chain.reads();
    Supplier<AbiValues> made =
        reads.call(BlockTag.LATEST, factory, Vault.FACTORY.function("isVault"), vault);
    Supplier<AbiValues> canonical =
        reads.call(BlockTag.LATEST, factory, Vault.FACTORY.function("isCanonical"), vault);
    reads.ask();
    try {
      return new Standing(made.get().bool("isVault"), canonical.get().bool("isCanonical"));
    } catch (CallReverted | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "The contract %s on chain %s does not answer as a factory of vaults does: check --factory and the chain"
              .formatted(factory, chain.chainId()),
          e);
    }
  }

  /**
   * What a deployment's contract was compiled from, for explorers.
   *
   * @throws IllegalArgumentException if {@code deployment} deploys no contract of this release
   */
  public static ContractSource source(Call deployment) {
    return RELEASE.stream()
        .flatMap(artifact -> artifact.arguments(deployment).stream().map(artifact::source))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("This deploys nothing of this release"));
  }

  /**
   * The same of a vault that a factory made and of its governor, in this order.
   *
   * @param from the block in which it was made, or an earlier one
   * @throws IllegalArgumentException if {@code factory} did not make it
   */
  public static List<ContractSource> sources(
      ChainClient chain, Address factory, Governor governor, BlockTag from) {
    Vault vault = governor.vault();
    Bytes32 topic = word(vault.address());
    Made made =
        chain.logs(factory, List.of(CREATED.topic(), topic), from, BlockTag.LATEST).stream()
            .flatMap(entry -> Made.of(entry).stream())
            .findFirst()
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "The factory %s did not make %s since block %s: check --factory and --from-block"
                        .formatted(factory, vault.address(), from)));
    BlockTag then = BlockTag.at(made.block);
    Bytes policy =
        chain.logs(vault.address(), List.of(POLICY_CHANGED.topic()), then, then).stream()
            .flatMap(entry -> POLICY_CHANGED.decode(entry).stream())
            .map(told -> told.bytes("policy"))
            .findFirst()
            .orElseThrow();
    return sources(factory, governor, new Holders(made.owner, made.recipient), policy);
  }

  /**
   * The same, once it is known what they were made with.
   *
   * @param holders of then
   * @param policy {@code abi.encode} of that of then
   */
  public static List<ContractSource> sources(
      Address factory, Governor governor, Holders holders, Bytes policy) {
    Vault vault = governor.vault();
    Vault.Parts parts = vault.parts();
    // The factory owns the vault until its governor takes it over.
    Call first =
        Vault.VAULT.deployment(
            factory, holders.recipient, parts.verifier(), parts.engine(), parts.rules(), policy);
    return List.of(
        source(first),
        source(Governor.GOVERNOR.deployment(vault.address(), holders.owner, governor.order())));
  }

  private static Bytes32 word(Address address) {
    return Bytes32.ofUnsigned(new BigInteger(1, address.bytes()));
  }

  /**
   * Creates a vault without a governor, of the owner alone.
   *
   * @param owner sets its policy, deposits, takes out; never the model's agent
   * @param recipient where exits go, for good
   */
  public static Call vault(Foundation foundation, Address owner, Address recipient, Policy policy) {
    return Vault.VAULT.deployment(
        owner,
        recipient,
        foundation.verifier,
        foundation.engine,
        foundation.rules,
        Bytes.of(policy.encoded()));
  }
}
