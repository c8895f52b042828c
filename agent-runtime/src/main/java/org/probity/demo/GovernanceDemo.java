package org.probity.demo;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Call;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Erc20;
import org.probity.chain.local.LocalChain;
import org.probity.chain.local.LocalMarket.Token;
import org.probity.demo.DemoReport.AttackResult;
import org.probity.demo.GovernanceReport.Step;
import org.probity.ground.Bytes32;
import org.probity.intent.Governor;
import org.probity.intent.ProvenIntent;
import org.probity.intent.Vault;
import org.probity.intent.VaultDeployment;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyPart;
import org.probity.intent.policy.VaultDecision;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.StrategyBundle;
import org.probity.terminal.Complaint;
import org.probity.terminal.Screen;
import org.probity.zk.CommittedModel;
import org.probity.zk.Entropy;
import org.probity.zk.Srs;
import org.probity.zk.backend.ComputeBackend;

/**
 * A sealed vault and its roles, on a local chain whose clock is moved by days: keys are stolen, a
 * sentinel sleeps, a model is published anew, and the vault's money stays or goes where it belongs.
 */
public record GovernanceDemo(
    Screen screen, long seed, OptionalInt port, ComputeBackend backend, Entropy entropy) {

  private static final int OWNER = 1;
  private static final int AGENT = 2;
  private static final int STRANGER = 3;
  private static final int CURATOR = 5;
  private static final int SENTINEL = 6;
  private static final int NEXT_CURATOR = 7;

  private static final BigInteger ZERO = BigInteger.ZERO;
  private static final BigInteger ALL = BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE);
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration LIFETIME = Duration.ofMinutes(4);

  /** Moments after which no decision that the market bears is waited for any longer. */
  private static final int MOST_MOMENTS = 20;

  /** Plays it and shows it. */
  public GovernanceReport run() {
    long started = System.nanoTime();
    screen.say("");
    screen.say(
        screen.bold("  Probity")
            + ": who may do what to a sealed vault, and what thieves of their keys may not");
    screen.say("");
    Screen.Step starting = screen.step("Starting a local chain with Uniswap v3");
    try (DemoWorld world = DemoWorld.open(port, seed)) {
      world.makeHistory();
      starting.done("A local chain, with the real contracts of Uniswap v3, seed %d", seed);
      Screen.Step training = screen.step("Training a strategy");
      QuantisedStrategy strategy = Demo.strategy(training);
      training.done(
          "A private strategy of %,d parameters", strategy.manifest().architecture().parameters());
      return run(world, strategy, started);
    }
  }

  /** The same from a trained strategy on. */
  GovernanceReport run(DemoWorld world, QuantisedStrategy strategy, long started) {
    Srs srs = Srs.development(strategy.manifest().architecture().logSize(), entropy);
    StrategyBundle bundle =
        StrategyBundle.of(
            strategy, CommittedModel.commit(strategy.network(), srs, backend, entropy));
    Screen.Step deploying = screen.step("Deploying the contracts and a vault");
    DemoWorld.Deployed deployed = world.deploy(bundle, srs);
    deploying.done("The contracts; a vault at %s", deployed.vault().address());
    screen.say("");
    var forgery =
        new Forgery(world, bundle, srs, backend, entropy, Math.toIntExact(LIFETIME.toSeconds()));
    List<Step> steps = new Play(world, deployed, forgery).all();
    var report = new GovernanceReport(seed, (System.nanoTime() - started) / 1e9, steps);
    screen.say("");
    screen.say(
        screen.bold(
            "  %d of %d ended as they had to, in %.0f s"
                .formatted(
                    steps.stream().filter(Step::ok).count(), steps.size(), report.wallSeconds())));
    screen.say("");
    return report;
  }

  /** One thing that was tried or looked at. */
  private record Seen(boolean asExpected, String words) {}

  /** The steps, each on what the ones before it left. */
  private final class Play {
    private final DemoWorld world;
    private final DemoWorld.Deployed deployed;
    private final Forgery forgery;
    private final LocalChain chain;
    private final Vault vault;
    private final Governor governor;
    private final Target target;
    private final Address owner;
    private final Address agent;
    private final Address curator;
    private final Address sentinel;
    private final List<Step> steps = new ArrayList<>();

    Play(DemoWorld world, DemoWorld.Deployed deployed, Forgery forgery) {
      this.world = world;
      this.deployed = deployed;
      this.forgery = forgery;
      this.chain = world.chain();
      this.vault = deployed.vault();
      this.governor = world.governor(vault);
      this.target = new Target(chain, vault);
      this.owner = account(OWNER);
      this.agent = account(AGENT);
      this.curator = account(CURATOR);
      this.sentinel = account(SENTINEL);
    }

    List<Step> all() {
      step("a factory's vault is given its roles and sealed", this::isSealed);
      ProvenIntent executed = decided();
      step("the agent's key is stolen and moves nothing", () -> agentIsStolen(executed));
      step("the model's slot changes and the vault does not", this::slotChanges);
      step("a loose policy is proposed and the sentinel vetoes it", this::looseIsVetoed);
      step("tightening cancels a proposal that waits", this::tighteningCancels);
      step(
          "the curator's key is stolen, the sentinel sleeps, and the owner revokes",
          this::curatorIsStolen);
      step("exit while everything is paused", () -> exitWhilePaused(executed));
      return steps;
    }

    // ---- the steps ----

    private List<Seen> isSealed() {
      List<Seen> seen = new ArrayList<>();
      seen.add(
          done(
              "the owner names a curator",
              owner,
              governor.submit(Governor.Change.CURATOR, curator, ZERO)));
      seen.add(
          done(
              "and a sentinel",
              owner,
              governor.submit(Governor.Change.ADD_SENTINEL, sentinel, ZERO)));
      seen.add(done("and seals", owner, governor.seal()));
      VaultDeployment.Standing standing =
          VaultDeployment.standing(
              chain.client(), deployed.foundation().factory(), vault.address());
      seen.add(
          new Seen(standing.made() && standing.canonical(), "the factory knows it, canonical"));
      Governor.State state = governor.state(BlockTag.LATEST);
      seen.add(
          new Seen(
              state.isSealed()
                  && state.curator().equals(curator)
                  && state.sentinels().equals(List.of(sentinel)),
              "a change of limits waits for %s days"
                  .formatted(state.part(PolicyPart.LIMITS).delaySeconds() / DAY.toSeconds())));
      return seen;
    }

    private List<Seen> agentIsStolen(ProvenIntent honest) {
      List<Seen> seen = new ArrayList<>();
      List<Call> powers =
          Attacks.powers(governor, vault, deployed.policy(), agent, asset().address());
      long refused =
          powers.stream()
              .map(call -> target.attack("", agent, call, ""))
              .filter(AttackResult::rejected)
              .count();
      seen.add(
          new Seen(
              refused == powers.size(),
              "%d of %d calls of the other roles are refused".formatted(refused, powers.size())));
      VaultDecision said = honest.proposal().statement();
      int own = honest.decision().words()[0];
      seen.add(
          refused(
              "another decision than the model's",
              agent,
              vault.execution(
                  Forgery.withOutput(said, own == 0 ? 1 : 0),
                  honest.proposal().observation().guardHints(),
                  honest.proposal().observation().sourceHints(),
                  honest.proof().bytes()),
              "OpeningMismatch"));
      seen.add(done("the key is good for what the model decided", agent, vault.execution(honest)));
      return seen;
    }

    private List<Seen> slotChanges() {
      List<Seen> seen = new ArrayList<>();
      ContractArtifact slots = ContractArtifact.load("ModelSlots");
      Address publisher = account(STRANGER);
      chain.execute(
          publisher, VaultDeployment.store(deployed.foundation(), forgery.impostor().key()));
      Address at = chain.deploy(publisher, slots.deployment(deployed.foundation().keys()));
      Bytes32 name = Bytes32.of(1);
      Bytes32 pinned = vault.policy().model().digest();
      Bytes32 published = forgery.impostor().key().digest();
      chain.execute(publisher, Call.of(at, slots.function("register"), publisher, name, pinned, 0));
      Bytes32 id =
          chain.client().call(at, slots.function("idOf"), publisher, publisher, name).word("idOf");
      seen.add(
          done(
              "another model is announced",
              publisher,
              Call.of(at, slots.function("propose"), id, published)));
      AbiFunction activate = slots.function("activate");
      seen.add(done("and is the slot's", publisher, Call.of(at, activate, id)));
      Bytes32 now =
          chain.client().call(at, slots.function("slotOf"), id).struct("slotOf").word("digest");
      seen.add(
          new Seen(
              now.equals(published) && vault.policy().model().digest().equals(pinned),
              "the slot says %s, the vault %s".formatted(shown(now), shown(pinned))));
      ProvenIntent other = forgery.lied(vault, decided(), forgery.impostor());
      seen.add(
          refused("what the new model decides", agent, vault.execution(other), "OpeningMismatch"));
      return seen;
    }

    private List<Seen> looseIsVetoed() {
      List<Seen> seen = new ArrayList<>();
      Policy loose = scaled(vault.policy(), 10, 1);
      Call accept = governor.accept(PolicyPart.LIMITS);
      seen.add(
          done(
              "the curator proposes limits ten times as wide",
              curator,
              governor.propose(PolicyPart.LIMITS, loose)));
      seen.add(refused("at once", curator, accept, "NotYet"));
      later(DAY);
      seen.add(done("a day later the sentinel vetoes", sentinel, governor.veto(PolicyPart.LIMITS)));
      later(DAY.multipliedBy(2));
      seen.add(refused("after three days", curator, accept, "NothingPending"));
      return seen;
    }

    private List<Seen> tighteningCancels() {
      List<Seen> seen = new ArrayList<>();
      Policy before = vault.policy();
      Policy tight = scaled(before, 1, 2);
      seen.add(
          done(
              "wider limits wait",
              curator,
              governor.propose(PolicyPart.LIMITS, scaled(before, 3, 1))));
      seen.add(
          done(
              "the sentinel halves the limits at once",
              sentinel,
              governor.tighten(PolicyPart.LIMITS, tight)));
      later(DAY.multipliedBy(3));
      seen.add(
          refused(
              "what waited, after three days",
              curator,
              governor.accept(PolicyPart.LIMITS),
              "NothingPending"));
      seen.add(
          refused(
              "the sentinel would widen them again",
              sentinel,
              governor.tighten(PolicyPart.LIMITS, before),
              "NotTighter"));
      seen.add(
          new Seen(vault.policy().hash().equals(tight.hash()), "the tighter ones are in force"));
      return seen;
    }

    private List<Seen> curatorIsStolen() {
      List<Seen> seen = new ArrayList<>();
      Address next = account(NEXT_CURATOR);
      Policy before = vault.policy();
      Call theft = governor.propose(PolicyPart.LIMITS, scaled(before, 100, 1));
      Call accept = governor.accept(PolicyPart.LIMITS);
      seen.add(done("the thief proposes limits a hundred times as wide", curator, theft));
      seen.add(
          done(
              "the owner names another curator",
              owner,
              governor.submit(Governor.Change.CURATOR, next, ZERO)));
      later(DAY);
      seen.add(done("and vetoes", owner, governor.veto(PolicyPart.LIMITS)));
      seen.add(done("the thief proposes again", curator, theft));
      later(DAY);
      seen.add(
          done(
              "two days after, the other one is curator",
              next,
              governor.confirm(Governor.Change.CURATOR, next, ZERO)));
      later(DAY.multipliedBy(2));
      seen.add(refused("what the thief proposed", curator, accept, "NothingPending"));
      seen.add(refused("the thief proposes a third time", curator, theft, "NotCurator"));
      seen.add(new Seen(vault.policy().hash().equals(before.hash()), "the policy is what it was"));
      return seen;
    }

    private List<Seen> exitWhilePaused(ProvenIntent executed) {
      List<Seen> seen = new ArrayList<>();
      seen.add(done("the sentinel pauses for a week", sentinel, governor.pause()));
      seen.add(done("the owner for good", owner, governor.pause()));
      seen.add(refused("executions", agent, vault.execution(executed), "Paused"));
      Address recipient = vault.parts().recipient();
      ChainClient client = chain.client();
      for (Token token : world.assets()) {
        Erc20 erc20 = new Erc20(token.address());
        BigInteger booked = vault.book(BlockTag.LATEST, token.address()).amount();
        BigInteger had = erc20.balanceOf(client, recipient, BlockTag.LATEST);
        seen.add(
            done(
                "%s %s go to the recipient"
                    .formatted(
                        token.amount(booked).stripTrailingZeros().toPlainString(), token.symbol()),
                owner,
                governor.exit(token.address(), ALL)));
        BigInteger got = erc20.balanceOf(client, recipient, BlockTag.LATEST).subtract(had);
        BigInteger left = vault.book(BlockTag.LATEST, token.address()).amount();
        seen.add(
            new Seen(
                booked.signum() > 0 && got.equals(booked) && left.signum() == 0,
                "and none of them is left"));
      }
      return seen;
    }

    // ---- how they are played ----

    private void step(String name, Supplier<List<Seen>> played) {
      Screen.Step shown = screen.step(name);
      List<Seen> seen = played.get();
      boolean ok = seen.stream().allMatch(Seen::asExpected);
      shown.done("%s", ok ? name : "NOT AS IT HAD TO BE: " + name);
      for (Seen each : seen) {
        screen.say(
            "      %s %s",
            each.asExpected ? screen.green(screen.tick()) : screen.red(screen.cross()),
            screen.dim(each.words));
      }
      steps.add(new Step(name, ok, String.join("; ", seen.stream().map(Seen::words).toList())));
    }

    private Seen done(String what, Address by, Call call) {
      AttackResult result = target.attack("", by, call, "");
      boolean done = result.verdict().equals(Target.EXECUTED);
      return new Seen(done, done ? what : "%s: %s".formatted(what, result.verdict()));
    }

    /** The verdict's numbers are left out: a revert's amounts and moments are raw. */
    private Seen refused(String what, Address by, Call call, String error) {
      AttackResult result = target.attack("", by, call, "");
      String verdict = result.verdict().replaceFirst("\\(.*", "");
      return new Seen(
          result.rejected() && verdict.equals(error), "%s: %s".formatted(what, verdict));
    }

    private void later(Duration duration) {
      chain.mineAt(chain.client().head().timestamp() + duration.toSeconds());
    }

    /** What the model decides at the next moment whose market bears it, for the agent alone. */
    private ProvenIntent decided() {
      for (int moment = 0; moment < MOST_MOMENTS; moment++) {
        world.nextHead();
        ProvenIntent intent =
            forgery
                .cycle(vault, forgery.reader(vault), forgery.model(), agent)
                .step(chain.client().head());
        if (forgery.isBorne(agent, vault.execution(intent))) {
          return intent;
        }
      }
      throw new Complaint(
          "The market bore no decision at %d moments: take another --seed."
              .formatted(MOST_MOMENTS));
    }

    private Token asset() {
      return world.assets().getFirst();
    }

    private Address account(int index) {
      return chain.account(index).address();
    }

    private static String shown(Bytes32 digest) {
      return Demo.shortened(digest.hex());
    }
  }

  /** The same with every bound of money so many times as wide. */
  private static Policy scaled(Policy policy, int times, int of) {
    Policy.Numbers numbers = policy.limits().numbers();
    UnaryOperator<BigInteger> scaled =
        amount -> amount.multiply(BigInteger.valueOf(times)).divide(BigInteger.valueOf(of));
    var wide =
        new Policy.Numbers(
            numbers.step(),
            numbers.maxAge(),
            numbers.minInterval(),
            numbers.window(),
            numbers.settle(),
            numbers.maxSlippageBps(),
            numbers.maxDrift(),
            numbers.impactMargin(),
            numbers.depthShareBps(),
            numbers.minFillBps(),
            numbers.maxDeviationBps(),
            numbers.sequencerGrace(),
            numbers.minTrade(),
            scaled.apply(numbers.maxAction()),
            scaled.apply(numbers.turnover()),
            numbers.turnoverWindow(),
            scaled.apply(numbers.dayLoss()),
            scaled.apply(numbers.monthLoss()),
            scaled.apply(numbers.maxLossPerAction()));
    Policy.Limits limits = policy.limits();
    return new Policy(
        new Policy.Limits(
            wide,
            limits.exposures(),
            limits.pools(),
            limits.venues(),
            limits.reserves(),
            limits.healthFloorBps()),
        policy.model(),
        policy.parts());
  }
}
