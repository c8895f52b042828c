package org.probity.agent.node;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.probity.agent.AgentListener;
import org.probity.agent.AgentParts;
import org.probity.agent.Agents;
import org.probity.agent.HoldFigures;
import org.probity.agent.LoanFigures;
import org.probity.agent.VaultFit;
import org.probity.agent.journal.JournalChain;
import org.probity.agent.proving.InferenceBatch;
import org.probity.agent.settings.AgentSettings;
import org.probity.agent.settings.HoldSettings;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.ChainClient;
import org.probity.chain.Endpoints;
import org.probity.chain.HeadSource;
import org.probity.chain.JdbcTransactionJournal;
import org.probity.chain.KnownChain;
import org.probity.chain.Signer;
import org.probity.chain.TransactionEvent;
import org.probity.chain.TransactionJournal;
import org.probity.chain.TransactionSender;
import org.probity.chain.TransactionSettings;
import org.probity.chain.keys.KeyStore;
import org.probity.ground.Bytes32;
import org.probity.intent.AgentCycle;
import org.probity.intent.DirectVenue;
import org.probity.intent.HoldRecorder;
import org.probity.intent.LoanCheckpoints;
import org.probity.intent.Mandate;
import org.probity.intent.Vault;
import org.probity.intent.VaultReader;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.source.Reports;
import org.probity.settings.BadSetting;
import org.probity.strategy.DjlStrategy;
import org.probity.strategy.StrategyBundle;
import org.probity.zk.Entropy;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Prover;
import org.probity.zk.Srs;
import org.probity.zk.gpu.Fallbacks;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's equipment for a real chain, by its configuration: strategies, keys and a connection,
 * each once, however many agents use it.
 */
public final class LiveEquipment implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LiveEquipment.class);
  private static final Duration STALL = Duration.ofSeconds(30);
  private static final Duration RECONNECT = Duration.ofSeconds(5);

  private final AgentSettings settings;
  private final Supplier<char[]> password;
  private final Srs srs;
  private final ChainClient chain;
  private final Fallbacks fallbacks;
  private final Prover prover;
  private final ProofVerifier verifier;
  private final ExecutorService inference =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("inference-", 0).factory());
  private final Map<Bytes32, Model> models = new LinkedHashMap<>();
  private final Map<Address, TransactionSender> senders = new HashMap<>();
  private final Map<Address, Signer> signers = new HashMap<>();
  private volatile @Nullable TransactionJournal transactions;
  private final Map<Address, Watched> vaults = new HashMap<>();
  private final AtomicBoolean reviewing = new AtomicBoolean();
  private final Optional<HoldClaims> claims;
  private final Optional<Silence> silence;
  private final Optional<LoanPokes> pokes;

  /** A strategy that this node has. */
  private record Model(StrategyBundle bundle, DjlStrategy strategy, InferenceBatch inference) {}

  /** A vault with what its agents share. */
  private record Watched(Vault vault, VaultReader features, Map<Address, DirectVenue> venues) {}

  private LiveEquipment(
      AgentSettings settings, Supplier<char[]> password, Srs srs, ChainClient chain) {
    this.settings = settings;
    this.password = password;
    this.srs = srs;
    this.chain = chain;
    this.fallbacks = settings.backend().loggedBy(LOG);
    this.prover =
        new Prover(
            srs,
            settings.backend().startOrSubstitute(settings.card(), fallbacks),
            Entropy.secure());
    this.verifier = new ProofVerifier(srs);
    this.claims =
        settings.holds().conduct() == HoldSettings.Conduct.CLAIM
            ? Optional.of(
                new HoldClaims(
                    settings.holds(),
                    chain,
                    settings.chain().reorgDepth(),
                    HoldClaims.FIRST_PAUSE,
                    this::recorder))
            : Optional.empty();
    this.silence =
        settings.holds().maxSilence() > 0
            ? Optional.of(new Silence(settings.holds().maxSilence()))
            : Optional.empty();
    this.pokes = settings.loans().pokeAfter().map(after -> new LoanPokes(after, this::poke));
  }

  /**
   * Loads what {@code settings} name and connects to the chain.
   *
   * @param password of the keys; asked for when the first key is
   * @throws RuntimeException with a sentence about what is missing or wrong
   */
  public static LiveEquipment open(AgentSettings settings, Supplier<char[]> password) {
    Srs srs = Srs.load(settings.srs());
    srs.requireAdmissibleOn(settings.chain().id());
    ChainClient chain =
        ChainClient.connect(
            Endpoints.of(settings.chain().rpc(), settings.chain().webSockets()),
            settings.chain().id());
    LiveEquipment equipment;
    try {
      equipment = new LiveEquipment(settings, password, srs, chain);
    } catch (RuntimeException e) {
      chain.close();
      throw e;
    }
    try {
      settings.strategies().forEach(folder -> equipment.add(StrategyBundle.load(folder)));
      return equipment;
    } catch (RuntimeException e) {
      equipment.close();
      throw e;
    }
  }

  private void add(StrategyBundle bundle) {
    DjlStrategy strategy = bundle.open();
    models.put(
        bundle.model().key().digest(),
        new Model(bundle, strategy, new InferenceBatch(strategy, inference)));
  }

  /** The connection to the chain. */
  public ChainClient chain() {
    return chain;
  }

  /** Computes what the first proof would otherwise have to wait for. */
  public void prepareToProve() {
    prover.prepare();
  }

  /** Digest of the structured reference string that this node proves under. */
  public Bytes32 reference() {
    return srs.digest();
  }

  /** How often the processor did what a card was to do. */
  public Fallbacks fallbacks() {
    return fallbacks;
  }

  /** What proofs are computed with. */
  public String backend() {
    return settings.backend().toString();
  }

  /**
   * Looks after the holds of agents and the loans of their vaults, once they are there.
   *
   * @param specs of agents that this node's configuration names
   * @param told what is to be said of them, a sentence each
   */
  public void begin(Agents agents, List<AgentSpec> specs, Consumer<String> told) {
    claims.ifPresent(keeper -> keeper.begin(agents, told));
    silence.ifPresent(watch -> watch.begin(agents, specs, told));
    pokes.ifPresent(keeper -> keeper.begin(told));
  }

  Optional<HoldClaims> claims() {
    return claims;
  }

  /** How claims of holds stand. */
  public HoldFigures holds() {
    return claims.map(HoldClaims::figures).orElse(HoldFigures.NONE);
  }

  /** How the checkpoints of vaults that lend are looked after. */
  public LoanFigures loans() {
    return pokes.map(LoanPokes::figures).orElse(LoanFigures.NONE);
  }

  /** The strategies of this node, by the digest of their models' keys. */
  public Map<Bytes32, StrategyBundle> strategies() {
    Map<Bytes32, StrategyBundle> bundles = new LinkedHashMap<>();
    models.forEach((digest, model) -> bundles.put(digest, model.bundle()));
    return bundles;
  }

  /** The agent that {@code seat} describes. */
  public AgentSpec spec(AgentSettings.Seat seat) {
    return new AgentSpec(
        seat.id(),
        seat.vault(),
        StrategyBundle.load(seat.strategy()).model().key().digest(),
        seat.account(),
        seat.pace());
  }

  /**
   * What a node is given.
   *
   * @throws BadSetting if {@code database} is the journal of another chain
   */
  public ProbityNode.Equipment with(
      DataSource database, HeadSource.Listener watcher, AgentListener listener) {
    new JournalChain(chain.chainId(), genesis()).require(database);
    Map<Bytes32, AgentCycle.Proving> provers = new LinkedHashMap<>();
    transactions = new JdbcTransactionJournal(database);
    models.forEach((digest, model) ->
        provers.put(
            digest, (x, y, context) -> prover.prove(model.bundle().model(), x, y, context)));
    return new ProbityNode.Equipment(
        this::outfit,
        chain.watch(
            HeadSource.Settings.DEFAULT
                .withPace(new HeadSource.Pace(settings.chain().poll(), STALL, RECONNECT))
                .withReorgDepth(settings.chain().reorgDepth())),
        provers,
        watcher.and(_ -> reviewSent()),
        claims
            .<AgentListener>map(keeper -> keeper)
            .orElse(AgentListener.NONE)
            .and(silence.<AgentListener>map(watch -> watch).orElse(AgentListener.NONE))
            .and(listener));
  }

  /** Looks after sent transactions on each head: a reorg may have taken one out of its block. */
  private void reviewSent() {
    if (reviewing.getAndSet(true)) {
      return;
    }
    Thread.startVirtualThread(() -> {
      try {
        senders().forEach(TransactionSender::review);
      } catch (RuntimeException e) {
        // The next head is another chance; what agents wait for, they ask about themselves.
        LOG.info("Sent transactions could not be looked after: {}", e.getMessage());
      } finally {
        reviewing.set(false);
      }
    });
  }

  private synchronized List<TransactionSender> senders() {
    return List.copyOf(senders.values());
  }

  /**
   * Checks what can be known about {@code spec} on a node that runs no agents: its vault is a
   * contract, obeys its model, and is not owned by its account.
   *
   * @throws BadSetting if one of them does not hold
   * @throws IllegalArgumentException if its vault is none
   */
  public void checkVault(AgentSpec spec) {
    VaultFit.require(
        chain, Vault.at(chain, spec.vault()), spec.model(), Optional.empty(), spec.account());
  }

  /**
   * Checks that {@code spec} can be outfitted here.
   *
   * @throws BadSetting if this node lacks its strategy or key, or they and its vault do not fit
   */
  public void check(AgentSpec spec) {
    Model model = model(spec.model());
    requireFit(watched(spec.vault()).vault(), model, spec);
    signer(spec.account());
    claims.ifPresent(keeper -> keeper.require(spec));
  }

  private void requireFit(Vault vault, Model model, AgentSpec spec) {
    VaultFit.require(
        chain, vault, spec.model(), Optional.of(model.bundle().manifest()), spec.account());
  }

  /**
   * The parts of one agent.
   *
   * @throws BadSetting if this node lacks its strategy or key, or they and its vault do not fit
   */
  AgentParts outfit(AgentSpec spec) {
    Model model = model(spec.model());
    Watched watched = watched(spec.vault());
    requireFit(watched.vault(), model, spec);
    DirectVenue venue = venue(watched, spec.account());
    pokes.ifPresent(keeper -> keeper.serve(spec));
    AgentCycle cycle =
        AgentCycle.of(
            new Mandate(
                chain.chainId(),
                spec.vault(),
                spec.model(),
                spec.pace().lifetimeSeconds(),
                spec.pace().byAnyone() ? Address.ZERO : spec.account()),
            watched.features(),
            model.strategy(),
            model.bundle().model(),
            prover,
            verifier);
    return new AgentParts(cycle, model.inference(), venue, settings.retry());
  }

  private Bytes32 genesis() {
    return chain
        .head(BlockTag.at(0))
        .orElseThrow(() ->
            new BadSetting(
                "The endpoints of probity.chain do not show block 0 of chain %d, by which the journal knows its chain: name one that does."
                    .formatted(chain.chainId())))
        .hash();
  }

  private Model model(Bytes32 digest) {
    Model model = models.get(digest);
    if (model == null) {
      throw new BadSetting(
          "This node has no strategy of model %s: add its folder to probity.strategies."
              .formatted(digest));
    }
    return model;
  }

  private synchronized Watched watched(Address address) {
    return vaults.computeIfAbsent(
        address,
        _ -> {
          Vault vault = Vault.at(chain, address);
          requireSameReference(vault);
          // No source of signed reports can be configured yet: a vault that wants one says so.
          return new Watched(vault, new VaultReader(chain, vault, Reports.NONE), new HashMap<>());
        });
  }

  private synchronized DirectVenue venue(Watched watched, Address account) {
    return watched
        .venues()
        .computeIfAbsent(
            account,
            payer ->
                new DirectVenue(
                    watched.vault(),
                    sender(payer),
                    KnownChain.of(chain.chainId()).flatMap(KnownChain::wrappedNative)));
  }

  private HoldRecorder recorder(Address vault, Address account) {
    return new HoldRecorder(chain, watched(vault).vault(), sender(account));
  }

  private LoanCheckpoints.Taken poke(Address vault, Address account, Duration age) {
    return new LoanCheckpoints(chain, watched(vault).vault(), sender(account)).takeIfOlder(age);
  }

  private synchronized TransactionSender sender(Address account) {
    return senders.computeIfAbsent(
        account,
        _ ->
            new TransactionSender(
                chain,
                signer(account),
                settings.fees(),
                Vault.ERRORS,
                TransactionSettings.DEFAULT.withConfirmations(settings.chain().confirmations()),
                Objects.requireNonNull(transactions, "a node has a database before it has agents"),
                TransactionEvent.Listener.NONE));
  }

  private synchronized Signer signer(Address account) {
    return signers.computeIfAbsent(
        account,
        _ -> {
          Signer signer = KeyStore.at(settings.keys().store()).load(account, password.get());
          if (chain.balance(account).signum() == 0) {
            throw new BadSetting(
                "The account %s has nothing to pay gas with on chain %d: fund it."
                    .formatted(account, chain.chainId()));
          }
          return signer;
        });
  }

  private void requireSameReference(Vault vault) {
    if (!vault.srsDigest().equals(srs.digest())) {
      throw new BadSetting(
          "The verifier of vault %s uses another reference string than the one configured: name the one that it was deployed with."
              .formatted(vault.address()));
    }
  }

  @Override
  public void close() {
    claims.ifPresent(HoldClaims::close);
    pokes.ifPresent(LoanPokes::close);
    inference.shutdownNow();
    models.values().forEach(model -> model.strategy().close());
    chain.close();
  }
}
