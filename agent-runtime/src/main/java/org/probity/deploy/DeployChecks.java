package org.probity.deploy;

import static org.probity.agent.checks.CheckName.AGENT;
import static org.probity.agent.checks.CheckName.DEPOSIT;
import static org.probity.agent.checks.CheckName.DISK;
import static org.probity.agent.checks.CheckName.FEATURES;
import static org.probity.agent.checks.CheckName.FOUNDATION;
import static org.probity.agent.checks.CheckName.GAS;
import static org.probity.agent.checks.CheckName.KEY;
import static org.probity.agent.checks.CheckName.NONCE;
import static org.probity.agent.checks.CheckName.OUTPUT;
import static org.probity.agent.checks.CheckName.OWNER;
import static org.probity.agent.checks.CheckName.POLICY;
import static org.probity.agent.checks.CheckName.POLICY_BEARING;
import static org.probity.agent.checks.CheckName.POLICY_PARTS;
import static org.probity.agent.checks.CheckName.POLICY_RULES;
import static org.probity.agent.checks.CheckName.POLICY_TARGETS;
import static org.probity.agent.checks.CheckName.PROOF;
import static org.probity.agent.checks.CheckName.RESUMED;
import static org.probity.agent.checks.CheckName.SECRETS;
import static org.probity.agent.checks.CheckName.SENTINELS;
import static org.probity.agent.checks.CheckName.SOURCES;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.probity.agent.Token;
import org.probity.agent.checks.AccountChecks;
import org.probity.agent.checks.AccountChecks.Amount;
import org.probity.agent.checks.CheckReport;
import org.probity.agent.checks.EndpointChecks;
import org.probity.agent.checks.Examination;
import org.probity.agent.checks.Finding;
import org.probity.agent.checks.NewFile;
import org.probity.agent.checks.Places;
import org.probity.agent.checks.PolicyInspection;
import org.probity.agent.checks.PolicyReview;
import org.probity.agent.checks.PolicyReview.Sight;
import org.probity.agent.checks.StrategyChecks;
import org.probity.agent.settings.ProverBackend;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Signer;
import org.probity.chain.keys.KeyStore;
import org.probity.deploy.Deployment.Parties;
import org.probity.intent.Governor;
import org.probity.intent.VaultDeployment;
import org.probity.intent.VaultDeployment.Foundation;
import org.probity.settings.PolicySettings;
import org.probity.strategy.StrategyBundle;
import org.probity.terminal.Complaint;
import org.probity.terminal.Passwords;
import org.probity.terminal.Screen;
import org.probity.zk.Srs;

/** Everything about a deployment that can be known before its first transaction. */
public final class DeployChecks implements AutoCloseable {

  private static final int MOST_PLACES = 100;

  private static final ContractArtifact SIGNED_REPORT = ContractArtifact.load("SignedReport");

  private final DeployOptions given;
  private final Examination exam;
  private final Screen screen;
  private @Nullable ChainClient connection;
  private Optional<PolicyReview> review = Optional.empty();

  /** A deployment of which nothing keeps one from it. */
  public final class Ready {
    private final Deployment deployment;
    private final DeploymentPlan plan;
    private final DeploymentProgress progress;
    private final Signer signer;
    private Optional<DeploymentRecord> made = Optional.empty();

    private Ready(
        Deployment deployment, DeploymentPlan plan, DeploymentProgress progress, Signer signer) {
      this.deployment = deployment;
      this.plan = plan;
      this.progress = progress;
      this.signer = signer;
    }

    /** What would be sent, and what that costs, for people. */
    public List<String> lines() {
      return plan.lines();
    }

    /** The gas that all of it may use. */
    public long gas() {
      return plan.total();
    }

    /**
     * Deploys, and writes configuration and record.
     *
     * @param said told of each step once it is done, in a few words
     * @return what its owner is left with, for people
     * @throws Complaint that says what is done, if the chain does not take a step
     */
    public List<String> deploy(Consumer<String> said) {
      int confirmations = given.confirmations(deployment.chain());
      DeploymentRecord record =
          new DeploymentRun(deployment, plan, progress, signer, confirmations, said).run();
      new NewFile(given.recordFile()).writeForOwner(record.tree() + "\n");
      if (given.sources != null) {
        record.sources(deployment, new SourceFolder(given.sources));
      }
      new NewFile(given.out).writeForOwner(given.configuration(record));
      progress.remove();
      made = Optional.of(record);
      return record.lines();
    }

    /** What there is of it by now as one line, as {@code deploy.schema.json} describes it. */
    public String json() {
      return DeploymentJson.line(report(), Optional.of(plan), made);
    }
  }

  public DeployChecks(DeployOptions given, Examination exam, Screen screen) {
    this.given = given;
    this.exam = exam;
    this.screen = screen;
  }

  public CheckReport report() {
    return exam.report();
  }

  /** The policy and what it bears, for people; nothing if file and chain do not make one. */
  public List<String> policy() {
    return review.map(PolicyReview::lines).orElse(List.of());
  }

  /** What came of a deployment that is refused, as {@code deploy.schema.json} describes it. */
  public String json() {
    return DeploymentJson.line(report(), Optional.empty(), Optional.empty());
  }

  /**
   * Looks at all of it, from what costs least to what takes longest.
   *
   * @return empty if something is wrong
   */
  public Optional<Ready> look() {
    Optional<PolicySettings> policy = files();
    Optional<StrategyBundle> bundle = StrategyChecks.strategy(exam, given.strategy);
    Optional<Srs> srs = StrategyChecks.reference(exam, given.srs, given.chainId);
    Optional<Parties> parties = parties(policy);
    Optional<ChainClient> chain =
        EndpointChecks.connect(exam, given.rpc, given.chainId, InstantSource.system());
    chain.ifPresent(connected -> connection = connected);
    Optional<Deployment> deployment = Optional.empty();
    if (chain.isPresent() && policy.isPresent()) {
      deployment = onChain(chain.get(), policy.get(), bundle, srs, parties);
    } else {
      exam.skip(
          "there is no chain or no policy to look at",
          AGENT,
          POLICY_PARTS,
          FEATURES,
          POLICY_TARGETS,
          POLICY_RULES,
          SOURCES,
          POLICY_BEARING,
          FOUNDATION,
          DEPOSIT,
          NONCE);
    }
    if (deployment.isEmpty() || !exam.holds()) {
      exam.skip("of what is wrong above", RESUMED, GAS, PROOF, KEY);
      return Optional.empty();
    }
    return ready(deployment.get());
  }

  private Optional<PolicySettings> files() {
    Places.secrets(
        exam,
        SECRETS,
        Arrays.asList(given.store, given.passwordFile, given.strategy.resolve("private.model")));
    exam.find(OUTPUT, () -> NewFile.at(given.out), "%s can be written"::formatted)
        .ifPresentOrElse(
            file -> {
              exam.find(
                  OUTPUT, () -> NewFile.at(given.recordFile()), "%s can be written"::formatted);
              Path sources = given.sources;
              if (sources != null) {
                exam.find(OUTPUT, () -> NewFile.at(sources), "%s can be made"::formatted);
              }
              Places.room(exam, file.path().toAbsolutePath());
            },
            () -> exam.skip("it cannot be written", DISK));
    return exam.find(POLICY, () -> PolicySettings.load(given.policy), _ -> "it can be read");
  }

  // ---- whose it is ----

  private Optional<Parties> parties(Optional<PolicySettings> policy) {
    try {
      Address owner = address("--owner", given.owner);
      Parties parties =
          new Parties(
              address("--account", given.account),
              owner,
              given.recipient == null ? owner : address("--recipient", given.recipient),
              given.sentinels.stream().map(text -> address("--sentinel", text)).toList());
      Optional<Address> agent = policy.map(read -> read.model().agent());
      exam.add(OWNER, owner(parties, agent));
      exam.add(SENTINELS, sentinels(parties, agent));
      return Optional.of(parties);
    } catch (IllegalArgumentException e) {
      exam.fail(OWNER, e);
      return Optional.empty();
    }
  }

  private static Address address(String option, String text) {
    try {
      return new Address(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s is \"%s\": give an address (0x and 40 hex digits): %s"
              .formatted(option, text, e.getMessage()),
          e);
    }
  }

  /** What an owner may never be is the agent; what it may not be on a real chain, a hot key. */
  private Finding owner(Parties parties, Optional<Address> agent) {
    boolean local = Srs.isLocalChain(given.chainId);
    if (parties.owner().equals(Address.ZERO) || parties.recipient().equals(Address.ZERO)) {
      return Finding.wrong(
          "Nobody has the account %s".formatted(Address.ZERO), "name one whose key there is");
    }
    if (agent.filter(parties.recipient()::equals).isPresent()
        && !parties.recipient().equals(parties.owner())) {
      return Finding.wrong(
          "The recipient %s is the agent, so that whoever takes the agent's key has what the owner takes out"
              .formatted(parties.recipient()),
          "name another as --recipient");
    }
    if (parties.areOne() && !local) {
      return Finding.wrong(
          "The sender %s would own the vault, and its key is here where the command runs"
              .formatted(parties.owner()),
          "name as --owner an account whose key lies elsewhere");
    }
    if (parties.recipient().equals(parties.sender()) && !local) {
      return Finding.doubtful(
          "Exits go for good to the sender %s, whose key is here where the command runs"
              .formatted(parties.sender()),
          "name another as --recipient");
    }
    return Finding.fine(
        "%s, and exits go to %s"
            .formatted(
                parties.owner(),
                parties.recipient().equals(parties.owner()) ? "it" : parties.recipient()));
  }

  /** Who may veto has no other role, or the veto of one is the veto of the other. */
  private Finding sentinels(Parties parties, Optional<Address> agent) {
    List<Address> named = parties.sentinels();
    if (named.isEmpty()) {
      return Srs.isLocalChain(given.chainId)
          ? Finding.fine("none, so that the vault can't be sealed")
          : Finding.doubtful(
              "Nobody may veto what is changed in the vault, so that it can't be sealed",
              "name an account of somebody else as --sentinel, now or later by `probity vault role`");
    }
    if (named.size() > Governor.SENTINELS_MOST || Set.copyOf(named).size() < named.size()) {
      return Finding.wrong(
          "--sentinel names %s accounts, and a vault has at most %s, each once"
              .formatted(named.size(), Governor.SENTINELS_MOST),
          "name fewer");
    }
    for (Address sentinel : named) {
      if (sentinel.equals(Address.ZERO)
          || sentinel.equals(parties.owner())
          || agent.filter(sentinel::equals).isPresent()) {
        return Finding.wrong(
            "The sentinel %s is %s"
                .formatted(
                    sentinel,
                    sentinel.equals(Address.ZERO)
                        ? "nobody's account"
                        : sentinel.equals(parties.owner()) ? "the owner" : "the agent"),
            "name an account that has no other role");
      }
    }
    return Finding.fine(named.stream().map(Address::toString).collect(Collectors.joining(", ")));
  }

  /** Whether a node here could sign for the agent. */
  private void agentsKey(Address agent) {
    exam.look(
        AGENT,
        () ->
            KeyStore.at(given.store).list().contains(agent)
                ? Finding.fine("its key is in %s".formatted(given.store))
                : Finding.doubtful(
                    "There is no key of the agent %s in %s".formatted(agent, given.store),
                    "run it where the key is, or make the key that the policy names"));
  }

  // ---- what stands on the chain ----

  private Optional<Deployment> onChain(
      ChainClient chain,
      PolicySettings policy,
      Optional<StrategyBundle> bundle,
      Optional<Srs> srs,
      Optional<Parties> parties) {
    PolicyReview seen =
        new PolicyInspection(exam, chain, policy, bundle.map(StrategyBundle::publicPart))
            .look(parties.map(Parties::owner));
    review = Optional.of(seen);
    agentsKey(policy.model().agent());
    parties.ifPresentOrElse(
        known -> AccountChecks.nonce(exam, chain, known.sender()),
        () -> exam.skip("--account is not known", NONCE));
    if (seen.sight().isEmpty() || parties.isEmpty() || srs.isEmpty() || bundle.isEmpty()) {
      exam.skip("of what is wrong above", DEPOSIT, FOUNDATION);
      return Optional.empty();
    }
    Sight sight = seen.sight().get();
    NavigableMap<Integer, Amount> deposit = deposit(chain, parties.get(), sight);
    Optional<Foundation> shared = foundation(chain, srs.get(), sight);
    return Optional.of(
        new Deployment(chain, parties.get(), bundle.get(), srs.get(), sight, deposit, shared));
  }

  /** What is there already; empty if it is to be made, or is not what it should be. */
  private Optional<Foundation> foundation(ChainClient chain, Srs srs, Sight sight) {
    Path file = given.foundation;
    if (file == null) {
      exam.add(FOUNDATION, Finding.fine("all of it is made"));
      return Optional.empty();
    }
    return exam.find(
        FOUNDATION,
        () -> foundation(chain, file, srs, sight),
        _ -> "it is there, and this release's own");
  }

  /** What is there already, if it is to the last byte what this release would deploy now. */
  private static Foundation foundation(ChainClient chain, Path file, Srs srs, Sight sight) {
    NavigableMap<Step, Address> contracts =
        Deployment.contracts(FoundationFile.read(file, chain.chainId()));
    return VaultDeployment.foundation(
        (what, call) -> {
          Step step = Step.creating(what);
          @Nullable Address at = contracts.get(step);
          if (at == null) {
            throw new Complaint(
                "%s has not %s, which this release deploys here: leave --foundation out, so that all is made anew."
                    .formatted(file, what));
          }
          Bytes code = chain.code(at);
          // A source of signed reports holds its own address.
          boolean own =
              step.kind() == Step.Kind.SIGNED_REPORT
                  ? SIGNED_REPORT.isCode(code)
                  : code.equals(chain.call(call, BlockTag.LATEST));
          if (!own) {
            throw new Complaint(
                "What %s calls %s, %s, is not what this release deploys here for this reference string: leave --foundation out, so that all is made anew."
                    .formatted(file, what, at));
          }
          return at;
        },
        srs.tauG2Words(),
        sight.surroundings());
  }

  /** What is to be deposited; empty if nothing is, or what was said cannot be read. */
  private NavigableMap<Integer, Amount> deposit(ChainClient chain, Parties parties, Sight sight) {
    NavigableMap<Integer, Amount> amounts = new TreeMap<>();
    String text = given.deposit;
    if (text != null) {
      try {
        for (String part : text.split(",", -1)) {
          String[] words = part.split("=", -1);
          if (words.length != 2) {
            throw new IllegalArgumentException(part);
          }
          int asset = asset(sight, words[0].strip());
          Token token = sight.tokens().get(asset);
          BigInteger units = token.units(amount(words[1].strip()));
          if (units.signum() < 0 || amounts.put(asset, new Amount(token, units)) != null) {
            throw new IllegalArgumentException(part);
          }
        }
      } catch (IllegalArgumentException | ArithmeticException e) {
        exam.add(
            DEPOSIT,
            Finding.wrong(
                "--deposit is \"%s\"".formatted(text),
                "give amounts of %s, each once, with commas between them, such as WETH=2,USD=5000, with no more decimals than the tokens have"
                    .formatted(
                        sight.written().assets().stream()
                            .map(PolicySettings.Asset::name)
                            .collect(Collectors.joining(", ")))));
        return new TreeMap<>();
      }
      amounts.values().removeIf(amount -> amount.units().signum() == 0);
    }
    AccountChecks.deposit(exam, chain, parties.owner(), amounts.values(), parties.areOne());
    return amounts;
  }

  /** A number that is small enough to be written out. */
  private static BigDecimal amount(String text) {
    BigDecimal amount = new BigDecimal(text);
    if (Math.abs((long) amount.scale()) > MOST_PLACES) {
      throw new IllegalArgumentException(text);
    }
    return amount;
  }

  private static int asset(Sight sight, String name) {
    List<PolicySettings.Asset> assets = sight.written().assets();
    for (int i = 0; i < assets.size(); i++) {
      if (assets.get(i).name().equals(name)) {
        return i;
      }
    }
    throw new IllegalArgumentException(name);
  }

  // ---- what takes long or asks for a password comes last ----

  private Optional<Ready> ready(Deployment deployment) {
    Optional<DeploymentProgress> progress =
        exam.find(
            RESUMED,
            () ->
                DeploymentProgress.beside(given.out, deployment.fingerprint(), deployment.steps()),
            found -> found.isEmpty() ? "nothing" : found.words());
    Optional<DeploymentPlan> plan = plan(deployment);
    Screen.Step trying = screen.step("Trying a proof");
    StrategyChecks.proof(
        exam,
        deployment.bundle(),
        deployment.srs(),
        (bundle, srs) -> TrialProof.require(bundle, srs, ProverBackend.AUTO.start()));
    if (!exam.holds()) {
      screen.live(List.of());
      exam.skip("of what is wrong above", KEY);
      return Optional.empty();
    }
    trying.done("A proof on trial: the strategy and the reference string belong together");
    Optional<Signer> signer =
        exam.find(
            KEY,
            () ->
                KeyStore.at(given.store)
                    .load(
                        deployment.parties().sender(),
                        Passwords.known(Optional.ofNullable(given.passwordFile))),
            key -> "that of %s opens".formatted(key.address()));
    return progress.isEmpty() || plan.isEmpty() || signer.isEmpty()
        ? Optional.empty()
        : Optional.of(new Ready(deployment, plan.get(), progress.get(), signer.get()));
  }

  private Optional<DeploymentPlan> plan(Deployment deployment) {
    try {
      DeploymentPlan plan =
          DeploymentPlan.of(
              deployment,
              given.fees.policy(deployment.chain()),
              deployment.chain().head().baseFee());
      if (plan.exceedsCap()) {
        exam.add(
            GAS,
            Finding.wrong(
                "The base fee of %s gwei and the tip of %s gwei are above the cap of %s gwei"
                    .formatted(
                        DeploymentPlan.gwei(plan.baseFee()),
                        DeploymentPlan.gwei(plan.fees().tipPerGas()),
                        DeploymentPlan.gwei(plan.fees().maxFeePerGas())),
                "wait, or raise --max-gwei"));
      } else {
        AccountChecks.gas(
            exam,
            deployment.chain(),
            deployment.parties().sender(),
            plan.costNow(),
            plan.costCapped());
      }
      return Optional.of(plan);
    } catch (RuntimeException e) {
      exam.fail(GAS, e);
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    if (connection != null) {
      connection.close();
    }
  }
}
