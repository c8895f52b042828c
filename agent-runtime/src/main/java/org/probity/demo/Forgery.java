package org.probity.demo;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Head;
import org.probity.chain.RevertReason;
import org.probity.ground.Bytes32;
import org.probity.intent.AgentCycle;
import org.probity.intent.FeatureSource;
import org.probity.intent.Mandate;
import org.probity.intent.Observation;
import org.probity.intent.Proposal;
import org.probity.intent.ProvenIntent;
import org.probity.intent.Vault;
import org.probity.intent.VaultReader;
import org.probity.intent.VaultState;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.VaultDecision;
import org.probity.intent.source.Reports;
import org.probity.strategy.Strategy;
import org.probity.strategy.StrategyBundle;
import org.probity.terminal.Complaint;
import org.probity.zk.CommittedModel;
import org.probity.zk.Decision;
import org.probity.zk.Dense;
import org.probity.zk.Entropy;
import org.probity.zk.FeatureVector;
import org.probity.zk.Network;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Prover;
import org.probity.zk.Srs;
import org.probity.zk.backend.ComputeBackend;

/**
 * Makes proven decisions, honest ones and ones that are not. They are for anyone to execute, where
 * nothing else is said: so none is refused for its sender.
 */
final class Forgery {

  private static final AbiFunction LOCATE_PRICES =
      ContractArtifact.load("PolicyEngine").function("locate");
  private static final AbiFunction LOCATE_FEATURES =
      ContractArtifact.load("TwapReturns").function("locate");

  /** The class of the example's actions that trades nothing. */
  private static final int HOLD = 1;

  /** Moments after which no decision to trade is waited for any longer. */
  private static final int MOST_MOMENTS = 100;

  private final DemoWorld world;
  private final StrategyBundle bundle;
  private final CommittedModel impostor;
  private final Prover prover;
  private final ProofVerifier verifier;
  private final long lifetimeSeconds;

  Forgery(
      DemoWorld world,
      StrategyBundle bundle,
      Srs srs,
      ComputeBackend backend,
      Entropy entropy,
      long lifetimeSeconds) {
    this.world = world;
    this.bundle = bundle;
    this.impostor = CommittedModel.commit(almostTheSame(bundle), srs, backend, entropy);
    this.prover = new Prover(srs, backend, entropy);
    this.verifier = new ProofVerifier(srs);
    this.lifetimeSeconds = lifetimeSeconds;
  }

  /** The model with one bias one lower. */
  private static Network almostTheSame(StrategyBundle bundle) {
    List<Dense> layers = new ArrayList<>(bundle.network().layers());
    Dense first = layers.getFirst();
    int[] biases = first.biases();
    biases[0]--;
    layers.set(0, new Dense(first.weights(), biases));
    return new Network(bundle.network().architecture(), layers);
  }

  ChainClient client() {
    return world.chain().client();
  }

  CommittedModel model() {
    return bundle.model();
  }

  /** Another model than the vault's, which is much like it. */
  CommittedModel impostor() {
    return impostor;
  }

  /** What the model's classes are called. */
  List<String> labels() {
    return bundle.manifest().outputs();
  }

  Decision decided(CommittedModel decider, FeatureVector features) {
    return Strategy.reference(decider.network()).decide(features);
  }

  byte[] proof(CommittedModel decider, FeatureVector features, Decision decided, Bytes32 context) {
    return prover.prove(decider, features, decided, context).bytes();
  }

  /** What {@code vault} would be told by an agent with {@code features}. */
  AgentCycle cycle(Vault vault, FeatureSource features) {
    return cycle(vault, features, model(), Address.ZERO);
  }

  /**
   * The same, decided and proven by another model, which says that it is the vault's.
   *
   * @param executor who alone may execute it; zero for anyone
   */
  AgentCycle cycle(Vault vault, FeatureSource features, CommittedModel decider, Address executor) {
    return AgentCycle.of(
        new Mandate(
            client().chainId(), vault.address(), model().key().digest(), lifetimeSeconds, executor),
        features,
        Strategy.reference(decider.network()),
        decider,
        prover,
        verifier);
  }

  /** What another model decides, proven by it and said to be the vault's own. */
  ProvenIntent lied(Vault vault, ProvenIntent honest, CommittedModel liar) {
    AgentCycle lies = cycle(vault, _ -> honest.proposal().observation(), liar, Address.ZERO);
    return lies.prove(lies.propose(honest.proposal().head()));
  }

  FeatureSource reader(Vault vault) {
    return new VaultReader(client(), vault, Reports.NONE);
  }

  /**
   * Waits for a moment at which the model has a vault trade.
   *
   * @param second a vault that refuses to trade at all by {@code reason}, and must at that moment
   * @return what the first would carry out now; it would bear each other decision, too
   * @throws Complaint if none comes
   */
  ProvenIntent honest(Vault vault, Vault second, String reason) {
    FeatureSource ofFirst = reader(vault);
    FeatureSource ofSecond = reader(second);
    for (int moment = 0; moment < MOST_MOMENTS; moment++) {
      world.nextHead();
      Head head = client().head();
      Proposal proposal = cycle(vault, ofFirst).propose(head);
      Proposal other = cycle(second, ofSecond).propose(head);
      if (trades(vault, proposal)
          && bearsAll(vault, proposal)
          && refusal(second, other.statement(), other).filter(reason::equals).isPresent()) {
        ProvenIntent proven = cycle(vault, _ -> proposal.observation()).step(head);
        if (isBorne(world.attacker().address(), vault.execution(proven))) {
          return proven;
        }
      }
    }
    throw new Complaint(
        "The model decided for no trade at %s moments, so there is nothing to attack: take another --seed."
            .formatted(MOST_MOMENTS));
  }

  private static boolean trades(Vault vault, Proposal proposal) {
    return refusal(vault, proposal.statement(), proposal).isEmpty()
        && !plan(vault, proposal).structs("steps").isEmpty();
  }

  private boolean bearsAll(Vault vault, Proposal proposal) {
    return IntStream.range(0, labels().size())
        .allMatch(
            choice -> refusal(vault, withOutput(proposal.statement(), choice), proposal).isEmpty());
  }

  /** What the vault would do with it now. */
  static AbiValues plan(Vault vault, Proposal proposal) {
    return vault.plan(proposal.statement(), proposal.observation().guardHints());
  }

  /** The name of the error with which the vault's policy refuses a decision now. */
  private static Optional<String> refusal(Vault vault, VaultDecision decision, Proposal of) {
    try {
      vault.plan(decision, of.observation().guardHints());
      return Optional.empty();
    } catch (CallReverted e) {
      return Optional.of(
          e.reason(Vault.ERRORS) instanceof RevertReason.Custom(String name, _) ? name : "");
    }
  }

  /** Whether a call from {@code sender} would succeed now. */
  boolean isBorne(Address sender, Call call) {
    try {
      client().callFrom(sender, call, BlockTag.LATEST);
      return true;
    } catch (CallReverted _) {
      return false;
    }
  }

  /** What the vault itself says that is to be decided on as of {@code asOf}, its books as now. */
  Observation observation(Vault vault, long asOf) {
    VaultState state = vault.whole(BlockTag.LATEST);
    Policy policy = vault.policy();
    Bytes guardHints =
        client().call(vault.parts().engine(), LOCATE_PRICES, state.policyAt(), asOf).bytes("hints");
    List<Bytes> sourceHints =
        policy.model().program().stream()
            .map(feature ->
                feature.ofOwnBooks() || feature.ofLoans()
                    ? Bytes.EMPTY
                    : client()
                        .call(feature.source(), LOCATE_FEATURES, feature.parameters(), asOf)
                        .bytes("hints"))
            .toList();
    VaultDecision any =
        new VaultDecision(
            policy.model().digest(),
            state.nonce().longValueExact(),
            BigInteger.ZERO,
            asOf,
            Address.ZERO,
            0,
            List.of(BigInteger.valueOf(HOLD)));
    List<Integer> refs =
        vault.plan(any, guardHints).integers("refs").stream()
            .map(BigInteger::intValueExact)
            .toList();
    return new Observation(
        state, asOf, refs, guardHints, vault.features(asOf, refs, sourceHints), sourceHints);
  }

  /** The same words but for the model's answer. */
  static VaultDecision withOutput(VaultDecision decision, int choice) {
    return new VaultDecision(
        decision.model(),
        decision.nonce(),
        decision.deadline(),
        decision.asOf(),
        decision.executor(),
        decision.maxSlippageBps(),
        List.of(BigInteger.valueOf(choice)));
  }
}
