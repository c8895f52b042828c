package org.probity.drill;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.probity.agent.journal.Journal;
import org.probity.strategy.FloatNetwork;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.StrategyBundle;
import org.probity.strategy.TrainedStrategy;
import org.probity.strategy.example.ExampleStrategies;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.zk.CommittedModel;
import org.probity.zk.Entropy;
import org.probity.zk.ModelKey;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Readout;
import org.probity.zk.Srs;
import org.probity.zk.backend.ComputeBackend;

/**
 * A strategy of the example's program and actions with a small untrained network: its decisions are
 * worth nothing and its proofs are quick, so that drills and tests can make many.
 */
public final class PracticeStrategy {

  private static final int HIDDEN = 12;

  /** Of a network that buys and sells by turns, whatever the market does. */
  private static final long SEED = 187;

  private PracticeStrategy() {}

  public static QuantisedStrategy quantised() {
    return quantised(ExampleStrategies.PAIR_PROGRAM, ExampleStrategies.ACTIONS);
  }

  /** The same of another program and other actions. */
  public static QuantisedStrategy quantised(FeatureProgram program, List<String> actions) {
    var random = new SplittableRandom(SEED);
    int inputs = program.width();
    var network =
        new FloatNetwork(
            inputs,
            List.of(layer(random, inputs, HIDDEN), layer(random, HIDDEN, actions.size())),
            Readout.ARGMAX);
    return TrainedStrategy.of("practice", program, actions, network).quantise();
  }

  private static FloatNetwork.FloatLayer layer(SplittableRandom random, int inputs, int outputs) {
    return new FloatNetwork.FloatLayer(
        random.doubles((long) inputs * outputs, -1, 1).toArray(),
        random.doubles(outputs, -50, 50).toArray());
  }

  public static Srs srs(QuantisedStrategy strategy) {
    return Srs.development(strategy.manifest().architecture().logSize(), Entropy.secure());
  }

  public static StrategyBundle bundle(QuantisedStrategy strategy, Srs srs) {
    return StrategyBundle.of(
        strategy,
        CommittedModel.commit(strategy.network(), srs, ComputeBackend.scalar(), Entropy.secure()));
  }

  /**
   * One that is committed to, under a reference string of its own.
   *
   * @param verifier of its proofs
   */
  record Committed(StrategyBundle bundle, Srs srs, ProofVerifier verifier) {

    static Committed make() {
      QuantisedStrategy strategy = quantised();
      Srs srs = PracticeStrategy.srs(strategy);
      return new Committed(PracticeStrategy.bundle(strategy, srs), srs, new ProofVerifier(srs));
    }

    ModelKey key() {
      return bundle.model().key();
    }

    /** What {@code probity journal verify} finds, proofs included; empty if nothing is wrong. */
    Optional<String> verified(Journal journal) {
      return journal
          .verify(Map.of(key().digest(), key()), verifier, _ -> {})
          .fault()
          .map(Journal.Fault::toString);
    }
  }
}
