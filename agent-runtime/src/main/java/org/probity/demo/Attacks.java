package org.probity.demo;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ChainClient;
import org.probity.chain.Erc20;
import org.probity.chain.Head;
import org.probity.chain.Outcome;
import org.probity.chain.TransactionSender;
import org.probity.demo.DemoReport.AttackResult;
import org.probity.intent.AgentCycle;
import org.probity.intent.FeatureSource;
import org.probity.intent.Mandate;
import org.probity.intent.Observation;
import org.probity.intent.ProvenIntent;
import org.probity.intent.TwapFeatureSource;
import org.probity.intent.Vault;
import org.probity.strategy.Strategy;
import org.probity.strategy.StrategyBundle;
import org.probity.zk.CommittedModel;
import org.probity.zk.Dense;
import org.probity.zk.Entropy;
import org.probity.zk.Network;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Prover;
import org.probity.zk.Srs;
import org.probity.zk.backend.ComputeBackend;

/**
 * Ways to move a vault without its model's decision. Each is a transaction of its own, is mined,
 * and differs from an honest execution in one point alone, so that the chain's reason is about that
 * point.
 */
record Attacks(
    DemoWorld world,
    DemoWorld.Deployed deployed,
    StrategyBundle bundle,
    Srs srs,
    ComputeBackend backend,
    Entropy entropy,
    long lifetimeSeconds) {

  /** More than any execution needs: what fails does not fail for want of gas. */
  private static final long GAS = 3_000_000;

  /** What of the vault's could have moved. */
  private record Holdings(Object state, BigInteger base, BigInteger quote) {}

  /** An attack that is ready to be sent. */
  private record Attack(String name, Call call, String ours) {}

  /**
   * Makes all of them.
   *
   * @param executed an intent that the vault has executed
   * @param told of each result as it comes
   * @throws IllegalStateException if anything of the vault's moved
   */
  List<AttackResult> run(ProvenIntent executed, Consumer<AttackResult> told) {
    Vault vault = deployed.vault();
    Vault twin = world.twin(deployed);
    Holdings before = holdings(vault);
    // A moment that the vault has not acted on yet.
    world.nextHead();
    Head head = client().head();
    TwapFeatureSource features = TwapFeatureSource.of(client(), vault);
    ProvenIntent honest = cycle(features, bundle.model()).step(head);

    List<Attack> attacks = new ArrayList<>();
    int other = (honest.decision().index() + 1) % deployed.policy().targets().size();
    attacks.add(
        new Attack(
            "another decision",
            altered(honest, honest.indices(), other, honest.proof().bytes()),
            "the proof says %s, the caller %s"
                .formatted(label(honest.decision().index()), label(other))));
    attacks.add(
        new Attack(
            "proof replayed",
            vault.execution(executed),
            "its nonce was spent when it was executed"));
    Observation earlier = features.at(head, honest.asOf() - 60);
    attacks.add(
        new Attack(
            "another moment",
            vault.execution(cycle(_ -> earlier, bundle.model()).step(head)),
            "an honest one, but as of a minute before the vault's schedule"));
    attacks.add(
        new Attack(
            "features changed",
            vault.execution(cycle(_ -> withFeaturesOf(earlier, honest), bundle.model()).step(head)),
            "it was proven on those of a minute earlier: %d of the 20 differ"
                .formatted(differences(honest, earlier))));
    attacks.add(
        new Attack(
            "features misplaced",
            altered(
                honest,
                shifted(honest.indices()),
                honest.decision().index(),
                honest.proof().bytes()),
            "the caller points elsewhere in the pool's price log"));
    AgentCycle impostor = cycle(features, almostTheSameModel());
    attacks.add(
        new Attack(
            "another model",
            vault.execution(impostor.prove(impostor.propose(head))),
            "the proof is of a model with one number changed"));
    attacks.add(
        new Attack(
            "one byte flipped",
            altered(
                honest,
                honest.indices(),
                honest.decision().index(),
                flipped(honest.proof().bytes())),
            "the last one of the proof"));
    attacks.add(
        new Attack(
            "another vault",
            twin.execution(cycle(TwapFeatureSource.of(client(), twin), bundle.model()).step(head)),
            "the proof is for vault %s".formatted(vault.address())));

    List<AttackResult> results = new ArrayList<>();
    for (Attack attack : attacks) {
      results.add(send(attack, told));
    }
    world.chain().mineAt(honest.deadline() + 1);
    results.add(
        send(
            new Attack(
                "proof expired",
                vault.execution(honest),
                "an honest one, a second after its deadline"),
            told));
    Holdings after = holdings(vault);
    if (!before.equals(after)) {
      throw new IllegalStateException(
          "An attack moved the vault: it had %s and has %s".formatted(before, after));
    }
    return results;
  }

  /** An honest execution, but for what is given. */
  private Call altered(ProvenIntent honest, Bytes indices, int decision, byte[] proof) {
    return deployed
        .vault()
        .execution(honest.nonce(), honest.deadline(), honest.asOf(), indices, decision, proof);
  }

  private AttackResult send(Attack attack, Consumer<AttackResult> told) {
    TransactionSender attacker = world.attacker();
    AttackResult result =
        switch (attacker.sendWithGas(attack.call, GAS)) {
          case Outcome.Reverted(_, var reason) ->
              new AttackResult(attack.name, true, reason.toString(), attack.ours);
          case Outcome.Mined _ -> new AttackResult(attack.name, false, "executed", attack.ours);
          case Outcome.Refused(var reason) ->
              throw new IllegalStateException(
                  "The attack \"%s\" was not sent: %s".formatted(attack.name, reason));
          case Outcome.Abandoned(_, _, var detail) ->
              throw new IllegalStateException(
                  "The attack \"%s\" was given up: %s".formatted(attack.name, detail));
          case Outcome.Unknown(var transaction) ->
              throw new IllegalStateException(
                  "The attack \"%s\" was not mined: %s".formatted(attack.name, transaction));
        };
    told.accept(result);
    return result;
  }

  private AgentCycle cycle(FeatureSource features, CommittedModel decider) {
    Prover prover = new Prover(srs, backend, entropy);
    ProofVerifier verifier = new ProofVerifier(srs);
    return AgentCycle.of(
        new Mandate(
            client().chainId(),
            deployed.vault().address(),
            bundle.model().key().digest(),
            lifetimeSeconds),
        features,
        Strategy.reference(decider.network()),
        decider,
        prover,
        verifier);
  }

  /** The model with one bias one lower. */
  private CommittedModel almostTheSameModel() {
    List<Dense> layers = new ArrayList<>(bundle.model().network().layers());
    Dense first = layers.getFirst();
    int[] biases = first.biases();
    biases[0]--;
    layers.set(0, new Dense(first.weights(), biases));
    Network network = new Network(bundle.model().network().architecture(), layers);
    return CommittedModel.commit(network, srs, backend, entropy);
  }

  private String label(int decision) {
    return bundle.manifest().outputs().get(decision);
  }

  private static Bytes shifted(Bytes indices) {
    byte[] packed = indices.toArray();
    int at = packed.length - 2;
    int index = (packed[at] & 0xff) << 8 | packed[at + 1] & 0xff;
    packed[at] = (byte) ((index + 2) >> 8);
    packed[at + 1] = (byte) (index + 2);
    return Bytes.of(packed);
  }

  private static byte[] flipped(byte[] proof) {
    proof[proof.length - 1] ^= 1;
    return proof;
  }

  /** What {@code honest} saw, but for the features themselves. */
  private static Observation withFeaturesOf(Observation other, ProvenIntent honest) {
    Observation seen = honest.proposal().observation();
    return new Observation(
        seen.state(), seen.asOf(), seen.indices(), seen.referenceTick(), other.features());
  }

  private static int differences(ProvenIntent intent, Observation other) {
    int count = 0;
    for (int i = 0; i < intent.features().size(); i++) {
      count += intent.features().get(i) == other.features().get(i) ? 0 : 1;
    }
    return count;
  }

  private Holdings holdings(Vault vault) {
    return new Holdings(
        vault.state(BlockTag.LATEST),
        new Erc20(vault.parts().base()).balanceOf(client(), vault.address(), BlockTag.LATEST),
        new Erc20(vault.parts().quote()).balanceOf(client(), vault.address(), BlockTag.LATEST));
  }

  private ChainClient client() {
    return world.chain().client();
  }
}
