package org.probity.deploy;

import static org.probity.agent.checks.CheckName.BASE;
import static org.probity.agent.checks.CheckName.DEPOSIT;
import static org.probity.agent.checks.CheckName.DISK;
import static org.probity.agent.checks.CheckName.FEATURES;
import static org.probity.agent.checks.CheckName.GAS;
import static org.probity.agent.checks.CheckName.KEY;
import static org.probity.agent.checks.CheckName.NONCE;
import static org.probity.agent.checks.CheckName.OUTPUT;
import static org.probity.agent.checks.CheckName.POLICY;
import static org.probity.agent.checks.CheckName.POLICY_BOUNDS;
import static org.probity.agent.checks.CheckName.POLICY_SLIPPAGE;
import static org.probity.agent.checks.CheckName.POLICY_TARGETS;
import static org.probity.agent.checks.CheckName.POOL;
import static org.probity.agent.checks.CheckName.POOL_CARDINALITY;
import static org.probity.agent.checks.CheckName.POOL_CODE;
import static org.probity.agent.checks.CheckName.POOL_HISTORY;
import static org.probity.agent.checks.CheckName.POOL_INITIALISED;
import static org.probity.agent.checks.CheckName.POOL_LIQUIDITY;
import static org.probity.agent.checks.CheckName.PROOF;
import static org.probity.agent.checks.CheckName.RESUMED;
import static org.probity.agent.checks.CheckName.SECRETS;
import static org.probity.agent.checks.CheckName.TOKENS;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.probity.agent.Token;
import org.probity.agent.checks.AccountChecks;
import org.probity.agent.checks.AccountChecks.Amount;
import org.probity.agent.checks.BaseAsset;
import org.probity.agent.checks.CheckName;
import org.probity.agent.checks.CheckReport;
import org.probity.agent.checks.EndpointChecks;
import org.probity.agent.checks.Examination;
import org.probity.agent.checks.Finding;
import org.probity.agent.checks.NewFile;
import org.probity.agent.checks.Places;
import org.probity.agent.checks.PolicyChecks;
import org.probity.agent.checks.PoolChecks;
import org.probity.agent.checks.PoolFacts;
import org.probity.agent.checks.StrategyChecks;
import org.probity.agent.settings.ProverBackend;
import org.probity.chain.Address;
import org.probity.chain.ChainClient;
import org.probity.chain.Signer;
import org.probity.chain.keys.KeyStore;
import org.probity.settings.PolicySettings;
import org.probity.strategy.StrategyBundle;
import org.probity.strategy.feature.TwapDefinition;
import org.probity.terminal.Passwords;
import org.probity.terminal.Screen;
import org.probity.zk.Srs;

/** Everything about a deployment that can be known before its first transaction. */
public final class DeployChecks implements AutoCloseable {

  private final DeployOptions given;
  private final Examination exam;
  private final Screen screen;
  private @Nullable ChainClient connection;

  /** All that a deployment begins with. */
  public record Ready(
      Deployment deployment,
      DeploymentPlan plan,
      DeploymentRecord record,
      Signer signer,
      NewFile target) {}

  /** What needs no chain. */
  private record Owned(
      NewFile target,
      PolicySettings policy,
      StrategyBundle bundle,
      Srs srs,
      TwapDefinition features) {}

  public DeployChecks(DeployOptions given, Examination exam, Screen screen) {
    this.given = given;
    this.exam = exam;
    this.screen = screen;
  }

  public CheckReport report() {
    return exam.report();
  }

  /**
   * Looks at all of it, from what costs least to what takes longest.
   *
   * @return empty if something is wrong
   */
  public Optional<Ready> look() {
    Optional<Owned> owned = owned();
    Optional<Deployment> deployment = onChain(owned);
    if (owned.isEmpty() || deployment.isEmpty() || !exam.holds()) {
      exam.skip("of what is wrong above", RESUMED, GAS, PROOF, KEY);
      return Optional.empty();
    }
    return ready(owned.get(), deployment.get());
  }

  private Optional<Owned> owned() {
    Places.secrets(
        exam,
        SECRETS,
        Arrays.asList(given.store, given.passwordFile, given.strategy.resolve("private.model")));
    Optional<NewFile> target =
        exam.find(OUTPUT, () -> NewFile.at(given.out), "%s can be written"::formatted);
    target.ifPresentOrElse(
        file -> Places.room(exam, file.path().toAbsolutePath()),
        () -> exam.skip("it cannot be written", DISK));
    Optional<PolicySettings> policy =
        exam.find(POLICY, () -> PolicySettings.load(given.policy), _ -> "it can be read");
    policy.ifPresentOrElse(
        read -> PolicyChecks.bounds(exam, read),
        () -> exam.skip("it cannot be read", POLICY_BOUNDS));
    Optional<StrategyBundle> bundle = StrategyChecks.strategy(exam, given.strategy);
    Optional<TwapDefinition> features =
        bundle.flatMap(opened -> StrategyChecks.features(exam, opened));
    if (bundle.isEmpty()) {
      exam.skip("the strategy does not open", FEATURES);
    }
    if (bundle.isPresent() && policy.isPresent()) {
      PolicyChecks.decisions(exam, policy.get(), bundle.get().manifest().outputs());
    } else {
      exam.skip("policy or strategy cannot be read", POLICY_TARGETS);
    }
    Optional<Srs> srs = StrategyChecks.reference(exam, given.srs, given.chainId);
    return target.isEmpty()
            || policy.isEmpty()
            || bundle.isEmpty()
            || features.isEmpty()
            || srs.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Owned(target.get(), policy.get(), bundle.get(), srs.get(), features.get()));
  }

  /** What stands on the chain. */
  private Optional<Deployment> onChain(Optional<Owned> owned) {
    Optional<ChainClient> connected =
        EndpointChecks.connect(exam, given.rpc, given.chainId, InstantSource.system());
    if (connected.isEmpty()) {
      exam.skip(
          "there is no chain to look at",
          POOL_CODE,
          POOL,
          POOL_INITIALISED,
          POOL_LIQUIDITY,
          TOKENS,
          BASE,
          POOL_HISTORY,
          POOL_CARDINALITY,
          POLICY_SLIPPAGE,
          DEPOSIT,
          NONCE);
      return Optional.empty();
    }
    ChainClient chain = connected.get();
    connection = chain;
    Optional<Address> pool = address(POOL_CODE, "--pool", given.pool);
    Optional<PoolFacts> market = pool.flatMap(at -> PoolChecks.look(exam, chain, at));
    if (market.isEmpty()) {
      exam.skip(
          "the pool cannot be used",
          BASE,
          POOL_HISTORY,
          POOL_CARDINALITY,
          POLICY_SLIPPAGE,
          DEPOSIT);
    } else {
      owned.ifPresentOrElse(
          known -> pool(chain, market.get(), known),
          () ->
              exam.skip(
                  "policy or strategy cannot be used",
                  POOL_HISTORY,
                  POOL_CARDINALITY,
                  POLICY_SLIPPAGE));
    }
    Optional<Address> owner = address(KEY, "--account", given.account);
    owner.ifPresentOrElse(
        account -> AccountChecks.nonce(exam, chain, account),
        () -> exam.skip("--account is no address", NONCE));
    if (market.isEmpty()) {
      return Optional.empty();
    }
    Optional<Token> base =
        exam.find(BASE, () -> BaseAsset.of(market.get(), given.base), Token::toString);
    if (base.isEmpty() || owner.isEmpty()) {
      exam.skip("base asset or account are not known", DEPOSIT);
      return Optional.empty();
    }
    List<Amount> deposit = deposit(chain, owner.get(), market.get(), base.get());
    return owned.map(known ->
        new Deployment(
            chain,
            owner.get(),
            known.bundle(),
            known.srs(),
            known.features(),
            market.get(),
            base.get(),
            known.policy().inUnits(market.get().other(base.get()).decimals()),
            deposit));
  }

  private void pool(ChainClient chain, PoolFacts market, Owned known) {
    PoolChecks.history(exam, chain, market.pool(), known.features(), known.policy().stepSeconds());
    PolicyChecks.slippage(exam, known.policy(), market.pool());
  }

  private Optional<Address> address(CheckName name, String option, String text) {
    try {
      return Optional.of(new Address(text));
    } catch (IllegalArgumentException e) {
      exam.add(
          name,
          Finding.wrong(
              "%s is \"%s\"".formatted(option, text),
              "give an address (0x and 40 hex digits): " + e.getMessage()));
      return Optional.empty();
    }
  }

  /** What is to be deposited; empty if nothing is, or what was said cannot be read. */
  private List<Amount> deposit(ChainClient chain, Address owner, PoolFacts market, Token base) {
    String text = given.deposit;
    if (text == null) {
      AccountChecks.deposit(exam, chain, owner, List.of());
      return List.of();
    }
    String[] words = text.split(",", -1);
    List<Token> tokens = List.of(base, market.other(base));
    List<Amount> amounts = new ArrayList<>();
    try {
      for (int i = 0; i < tokens.size() && words.length == tokens.size(); i++) {
        BigInteger units = tokens.get(i).units(new BigDecimal(words[i].strip()));
        if (units.signum() >= 0) {
          amounts.add(new Amount(tokens.get(i), units));
        }
      }
    } catch (ArithmeticException | NumberFormatException e) {
      amounts.clear();
    }
    if (amounts.size() != tokens.size()) {
      exam.add(
          DEPOSIT,
          Finding.wrong(
              "--deposit is \"%s\"".formatted(text),
              "give the amounts of %s and %s with a comma between them, such as 2,5000, with no more decimals than the tokens have"
                  .formatted(base.symbol(), market.other(base).symbol())));
      return List.of();
    }
    AccountChecks.deposit(exam, chain, owner, amounts);
    return amounts;
  }

  /** What takes long or asks for a password comes last. */
  private Optional<Ready> ready(Owned owned, Deployment deployment) {
    Optional<DeploymentRecord> record =
        exam.find(
            RESUMED,
            () -> DeploymentRecord.beside(given.out, deployment.fingerprint()),
            found -> found.isEmpty() ? "nothing" : found.words());
    Optional<DeploymentPlan> plan = plan(deployment);
    Screen.Step trying = screen.step("Trying a proof");
    StrategyChecks.proof(
        exam,
        owned.bundle(),
        owned.srs(),
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
                    .load(deployment.owner(), Passwords.known(given.passwordFile())),
            key -> "that of %s opens".formatted(key.address()));
    return record.isEmpty() || plan.isEmpty() || signer.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Ready(deployment, plan.get(), record.get(), signer.get(), owned.target()));
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
            exam, deployment.chain(), deployment.owner(), plan.costNow(), plan.costCapped());
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
