package org.probity.agent.node;

import java.math.BigInteger;
import java.util.List;
import java.util.Random;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Head;
import org.probity.chain.Receipt;
import org.probity.ground.Bytes32;
import org.probity.intent.AgentCycle;
import org.probity.intent.FeatureSource;
import org.probity.intent.Mandate;
import org.probity.intent.Observation;
import org.probity.intent.Prospect;
import org.probity.intent.VaultState;
import org.probity.intent.policy.Plan;
import org.probity.strategy.Strategy;
import org.probity.zk.Architecture;
import org.probity.zk.CommittedModel;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;
import org.probity.zk.Dense;
import org.probity.zk.Entropy;
import org.probity.zk.FeatureVector;
import org.probity.zk.Layer;
import org.probity.zk.Network;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Prover;
import org.probity.zk.Readout;
import org.probity.zk.Srs;
import org.probity.zk.backend.ComputeBackend;

/**
 * A model of two features with real, quick proofs, and heads and vaults for it. Its key is the same
 * in every run, so that what is frozen can name it; masks of proofs are drawn anew.
 */
public final class TinyModel {

  public static final long STEP_SECONDS = 60;
  public static final Address VAULT = new Address("0x" + "11".repeat(20));

  /** The vault's two assets. */
  public static final Address NUMERAIRE = new Address("0x" + "aa".repeat(20));

  public static final Address ASSET = new Address("0x" + "bb".repeat(20));

  /** The hash of the vault's policy. */
  public static final Bytes32 POLICY = Bytes32.of(77);

  private static final Address POLICY_AT = new Address("0x" + "77".repeat(20));

  private static final Srs SRS;
  private static final CommittedModel MODEL;

  static {
    Architecture shape =
        new Architecture(2, List.of(new Layer(4, 0), new Layer(3, 0)), Readout.ARGMAX, 0);
    Network network =
        new Network(
            shape,
            List.of(
                new Dense(new int[] {3, 1, -2, 5, 1, 1, 0, -4}, new int[] {1, 2, 3, 4}),
                new Dense(new int[] {1, 2, -1, 1, 0, 1, 1, -3, 2, 0, 1, 1}, new int[] {0, 5, -2})));
    SRS = Srs.development(shape.logSize(), new Random(1)::nextBytes);
    MODEL = CommittedModel.commit(network, SRS, ComputeBackend.scalar(), new Random(2)::nextBytes);
  }

  public static final ProofVerifier VERIFIER = new ProofVerifier(SRS);
  private static final Prover PROVER = new Prover(SRS, ComputeBackend.scalar(), Entropy.secure());

  /** Nothing to trade: the model says so. */
  public static final Prospect.Hold HOLD = new Prospect.Hold(Plan.Reason.HOLD);

  private TinyModel() {}

  public static CommittedModel model() {
    return MODEL;
  }

  /** Digest of the reference string. */
  public static Bytes32 reference() {
    return SRS.digest();
  }

  public static Bytes32 digest() {
    return MODEL.key().digest();
  }

  public static DecisionProof prove(FeatureVector x, Decision y, Bytes32 context) {
    return PROVER.prove(MODEL, x, y, context);
  }

  /** The same with masks that {@code seed} gives. */
  public static DecisionProof prove(FeatureVector x, Decision y, Bytes32 context, long seed) {
    return new Prover(SRS, ComputeBackend.scalar(), new Random(seed)::nextBytes)
        .prove(MODEL, x, y, context);
  }

  /** {@code [τ]_2} of the reference string: all that a verifier needs of it. */
  public static List<BigInteger> tau() {
    return SRS.tauG2Words();
  }

  public static AgentCycle cycle(
      FeatureSource features, AgentCycle.Proving prover, long lifetimeSeconds) {
    return new AgentCycle(
        new Mandate(31_337, VAULT, digest(), lifetimeSeconds, VAULT),
        features,
        Strategy.reference(MODEL.network()),
        prover,
        (x, y, context, proof) -> VERIFIER.verify(MODEL.key(), x, y, context, proof));
  }

  /** A head of its own moment. */
  public static Head head(long number) {
    return new Head(number, hash(number), hash(number - 1), STEP_SECONDS * number, BigInteger.ONE);
  }

  public static Observation observation(Head head) {
    return observation(head, head.number(), STEP_SECONDS, 0);
  }

  public static Observation observation(Head head, long nonce, long stepSeconds, long lastAsOf) {
    int number = (int) head.number();
    VaultState state =
        new VaultState(
            BigInteger.valueOf(nonce),
            false,
            POLICY,
            POLICY_AT,
            digest(),
            stepSeconds,
            lastAsOf,
            0,
            0,
            List.of(0, 0),
            BigInteger.TEN,
            BigInteger.ZERO,
            BigInteger.ZERO,
            BigInteger.ZERO,
            0,
            List.of(
                new VaultState.Book(NUMERAIRE, BigInteger.TEN, BigInteger.TEN, 0),
                new VaultState.Book(ASSET, BigInteger.TEN, BigInteger.TEN, 0)));
    return new Observation(
        state,
        state.momentAt(head.timestamp()),
        List.of(0, 0),
        Bytes.EMPTY,
        FeatureVector.of(number * 3 - 7, 11 - number),
        List.of(Bytes.EMPTY, Bytes.EMPTY));
  }

  /** What one trade of the asset comes to. */
  public static Prospect.Trade trade(long notional) {
    return new Prospect.Trade(List.of(new Prospect.Step(ASSET, BigInteger.valueOf(notional))));
  }

  /** In a block of the same height as the head that was decided on, and of a hash of its own. */
  public static Receipt receipt(long block, boolean succeeded) {
    return new Receipt(
        hash(700 + block),
        block,
        hash(1_000 + block),
        succeeded,
        600_000,
        BigInteger.ONE,
        null,
        List.of());
  }

  public static Bytes32 hash(long number) {
    return Bytes32.of(number);
  }
}
