package org.probity.demo;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.Head;
import org.probity.chain.Receipt;
import org.probity.chain.local.LocalChain;
import org.probity.demo.DemoReport.AttackResult;
import org.probity.ground.Bytes32;
import org.probity.intent.Governor;
import org.probity.intent.Observation;
import org.probity.intent.ProvenIntent;
import org.probity.intent.Vault;
import org.probity.intent.VaultDeployment;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyPart;
import org.probity.intent.policy.VaultDecision;
import org.probity.zk.CommittedModel;

/**
 * Ways to take from a vault what its model did not decide, or to be paid for what it did. Each is
 * mined and differs from an honest execution in one point alone, so that the contract's reason is
 * about that point.
 */
final class Attacks {

  private static final BigInteger ALL = BigInteger.TWO.pow(256).subtract(BigInteger.ONE);

  private final DemoWorld world;
  private final DemoWorld.Deployed deployed;
  private final Forgery forgery;
  private final Consumer<AttackResult> told;
  private final List<AttackResult> results = new ArrayList<>();
  private final LocalChain chain;
  private final Vault vault;
  private final Governor governor;
  private final Target target;
  private final Address owner;
  private final Address agent;
  private final Address attacker;

  /**
   * @param told of each result as it comes
   */
  Attacks(
      DemoWorld world, DemoWorld.Deployed deployed, Forgery forgery, Consumer<AttackResult> told) {
    this.world = world;
    this.deployed = deployed;
    this.forgery = forgery;
    this.told = told;
    this.chain = world.chain();
    this.vault = deployed.vault();
    this.governor = world.governor(vault);
    this.target = new Target(chain, vault);
    this.owner = world.owner().address();
    this.agent = world.agent().address();
    this.attacker = world.attacker().address();
  }

  /**
   * Makes all of them.
   *
   * @param executed an intent that the vault has executed
   * @throws IllegalStateException if the vault does not hold afterwards what it held before
   */
  List<AttackResult> run(ProvenIntent executed) {
    Vault twin = world.twin(deployed);
    Vault thin = world.thin(deployed);
    world.even(vault);
    Target.Holdings before = target.holdings();
    var market = new MarketAttacks(world, forgery, target, this::tell);
    market.lend();
    ProvenIntent honest = forgery.honest(vault, thin, "TooLargeForDepth");
    ofWords(honest, executed);
    ofFeatures(honest);
    ofProofs(honest, twin);
    market.run(honest, new Target(chain, thin));
    ofOwners(honest);
    if (!before.equals(target.holdings())) {
      throw new IllegalStateException(
          "An attack moved the vault: it had %s and has %s".formatted(before, target.holdings()));
    }
    return List.copyOf(results);
  }

  private void tell(AttackResult result) {
    results.add(result);
    told.accept(result);
  }

  private void attack(String name, Call call, String explanation) {
    tell(target.attack(name, attacker, call, explanation));
  }

  // ---- what a decision says ----

  private void ofWords(ProvenIntent honest, ProvenIntent executed) {
    Head head = honest.proposal().head();
    int own = honest.decision().words()[0];
    int other = own == 0 ? forgery.labels().size() - 1 : 0;
    VaultDecision said = honest.proposal().statement();
    attack(
        "another decision",
        execution(honest, Forgery.withOutput(said, other), honest.proof().bytes()),
        "the proof says %s, the caller %s"
            .formatted(forgery.labels().get(own), forgery.labels().get(other)));
    attack("proof replayed", vault.execution(executed), "its nonce was spent when it was executed");
    attack(
        "copied call data",
        vault.execution(
            forgery
                .cycle(vault, _ -> honest.proposal().observation(), forgery.model(), agent)
                .step(head)),
        "a stranger sends what the agent was about to send");
    target.undone(() -> {
      chain.mineAt(honest.deadline() + 1);
      attack(
          "proof expired", vault.execution(honest), "an honest one, a second after its deadline");
    });
    target.undone(() -> {
      chain.execute(attacker, vault.execution(honest));
      attack(
          "one moment twice",
          vault.execution(forgery.cycle(vault, forgery.reader(vault)).step(target.client().head())),
          "the model is asked again after its trade, for the same moment");
    });
  }

  // ---- what it was decided on ----

  private void ofFeatures(ProvenIntent honest) {
    Head head = honest.proposal().head();
    Observation seen = honest.proposal().observation();
    Observation earlier = forgery.observation(vault, honest.asOf() - 60);
    attack(
        "another moment",
        vault.execution(forgery.cycle(vault, _ -> earlier).step(head)),
        "an honest one, but as of a minute before the vault's schedule");
    Observation before = forgery.observation(vault, honest.asOf() - DemoWorld.STEP_SECONDS);
    attack(
        "wrong features' moment",
        vault.execution(forgery.cycle(vault, _ -> before).step(head)),
        "an honest one, but as of the moment before");
    Observation mixed =
        new Observation(
            seen.state(),
            seen.asOf(),
            seen.refs(),
            seen.guardHints(),
            earlier.features(),
            seen.sourceHints());
    attack(
        "features changed",
        vault.execution(forgery.cycle(vault, _ -> mixed).step(head)),
        "it was proven on those of a minute earlier: %s of the %s differ"
            .formatted(differences(seen, earlier), seen.features().size()));
    attack(
        "features misplaced",
        vault.execution(
            honest.proposal().statement(),
            seen.guardHints(),
            shifted(seen.sourceHints()),
            honest.proof().bytes()),
        "the caller points elsewhere in the pool's price log");
  }

  private static int differences(Observation one, Observation other) {
    int count = 0;
    for (int i = 0; i < one.features().size(); i++) {
      count += one.features().get(i) == other.features().get(i) ? 0 : 1;
    }
    return count;
  }

  /** The last moment of the first source looked for two observations later. */
  private static List<Bytes> shifted(List<Bytes> hints) {
    byte[] packed = hints.getFirst().toArray();
    int at = packed.length - 2;
    int index = ((packed[at] & 0xff) << 8 | packed[at + 1] & 0xff) + 2;
    packed[at] = (byte) (index >> 8);
    packed[at + 1] = (byte) index;
    return Stream.concat(Stream.of(Bytes.of(packed)), hints.stream().skip(1)).toList();
  }

  // ---- what was proven ----

  private void ofProofs(ProvenIntent honest, Vault twin) {
    Head head = honest.proposal().head();
    attack(
        "another model",
        vault.execution(forgery.lied(vault, honest, forgery.impostor())),
        "the proof is of a model with one number changed");
    attack(
        "one byte flipped",
        execution(honest, honest.proposal().statement(), flipped(honest.proof().bytes())),
        "the last one of the proof");
    ProvenIntent ofTwin = forgery.cycle(vault, forgery.reader(twin)).step(head);
    attack(
        "another vault",
        twin.execution(ofTwin),
        "the proof is for vault %s".formatted(Demo.shortened(vault.address().toString())));
  }

  private static byte[] flipped(byte[] proof) {
    proof[proof.length - 1] ^= 1;
    return proof;
  }

  // ---- who may do what ----

  /** The calls of the other roles, and of the vault's owner, as {@code thief} would make them. */
  static List<Call> powers(
      Governor governor, Vault vault, Policy policy, Address thief, Address token) {
    return List.of(
        governor.exit(token, ALL),
        governor.deposit(token, BigInteger.ZERO),
        governor.sync(token),
        governor.sweep(token),
        governor.pause(),
        governor.propose(PolicyPart.LIMITS, policy),
        governor.tighten(PolicyPart.LIMITS, policy),
        governor.submit(Governor.Change.OWNER, thief, BigInteger.ZERO),
        vault.owners("exit", token, ALL),
        vault.owners("deposit", token, BigInteger.ZERO),
        vault.owners("sync", token),
        vault.owners("sweep", token),
        vault.owners("sweepEther"),
        vault.owners("pause"),
        vault.owners("setPolicy", Bytes.of(policy.encoded())),
        vault.owners("transferOwnership", thief));
  }

  private void ofOwners(ProvenIntent honest) {
    target.undone(() -> swapped(honest));
    Address usd = world.market().usd().address();
    String name = "stolen agent key moving funds elsewhere";
    String explanation = "nor does it sweep, pause, set the policy or hand the vault on";
    List<AttackResult> all =
        powers(governor, vault, deployed.policy(), agent, usd).stream()
            .map(call -> target.attack(name, agent, call, explanation))
            .toList();
    tell(all.stream().filter(result -> !result.rejected()).findFirst().orElse(all.getFirst()));
    tell(
        target.attack(
            "agent made owner",
            owner,
            governor.submit(Governor.Change.OWNER, agent, BigInteger.ZERO),
            "the owner was talked into handing the vault to its agent"));
  }

  /** In one block the owner puts another model in, it decides, and the old one comes back. */
  private void swapped(ProvenIntent honest) {
    CommittedModel other = forgery.impostor();
    chain.execute(attacker, VaultDeployment.store(deployed.foundation(), other.key()));
    Policy swapped = withModel(other);
    Observation seen = honest.proposal().observation();
    var decided = forgery.decided(other, seen.features());
    VaultDecision said = honest.proposal().statement();
    VaultDecision decision =
        new VaultDecision(
            other.key().digest(),
            said.nonce(),
            said.deadline(),
            said.asOf(),
            said.executor(),
            said.maxSlippageBps(),
            List.of(BigInteger.valueOf(decided.words()[0])));
    Bytes32 context = decision.context(honest.chainId(), vault.address(), swapped.hash());
    byte[] proof = forgery.proof(other, seen.features(), decided, context);
    Target.Holdings before = target.holdings();
    List<Receipt> receipts =
        target.inOneBlock(
            List.of(owner, owner, attacker, owner, owner),
            List.of(
                governor.propose(PolicyPart.MODEL, swapped),
                governor.accept(PolicyPart.MODEL),
                vault.execution(decision, seen.guardHints(), seen.sourceHints(), proof),
                governor.propose(PolicyPart.MODEL, deployed.policy()),
                governor.accept(PolicyPart.MODEL)));
    if (!receipts.get(1).succeeded() || !receipts.getLast().succeeded()) {
      throw new IllegalStateException("The vault did not take its owner's policy: " + receipts);
    }
    tell(
        target.result(
            "model swapped and restored",
            receipts.get(2),
            before.equals(target.holdings()),
            "by the owner's own key, with the other model's own proof, in one block"));
  }

  private Policy withModel(CommittedModel other) {
    Policy policy = deployed.policy();
    Policy.Model model = policy.model();
    Address code =
        VaultDeployment.keyAt(target.client(), deployed.foundation(), other.key().digest());
    return new Policy(
        policy.limits(),
        new Policy.Model(
            other.key().digest(),
            code,
            model.agent(),
            model.targets(),
            model.directions(),
            model.weightStepBps(),
            model.program(),
            model.lendingTargets()),
        policy.parts());
  }

  /** An honest execution, but for what is given. */
  private Call execution(ProvenIntent honest, VaultDecision decision, byte[] proof) {
    Observation seen = honest.proposal().observation();
    return vault.execution(decision, seen.guardHints(), seen.sourceHints(), proof);
  }
}
