package org.probity.strategy.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.ground.Bytes32;
import org.probity.strategy.DjlStrategy;
import org.probity.strategy.PolicyTraining.Samples;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.StrategyBundle;
import org.probity.strategy.TrainedStrategy;
import org.probity.zk.CommittedModel;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;
import org.probity.zk.Entropy;
import org.probity.zk.FeatureVector;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Prover;
import org.probity.zk.Srs;
import org.probity.zk.Verdict;
import org.probity.zk.backend.ComputeBackend;

/** The example of a strategy, from prices to a proof. */
class ReversalStrategyTest {

  private static final TrainedStrategy TRAINED = ReversalStrategy.train(prices(20_000, 1), 7);

  /** Prices that return to 2,500 within an hour or so. */
  private static double[] prices(int minutes, long seed) {
    var random = new SplittableRandom(seed);
    double[] prices = new double[minutes];
    double away = 0; // in units of the logarithm
    for (int i = 0; i < minutes; i++) {
      away += -away / 45 + 0.0015 * random.nextGaussian();
      prices[i] = 2_500 * Math.exp(away);
    }
    return prices;
  }

  @Test
  void itEarnsOnPricesThatItHasNotSeenAndOneDecisionAlwaysDoesNot() {
    Samples later = ReversalStrategy.samples(prices(10_000, 2), 3);
    double[] always = new double[3];
    double earned = 0;
    for (int i = 0; i < later.size(); i++) {
      float[] payoffs = later.payoffs()[i];
      earned += payoffs[TRAINED.network().choose(FeatureVector.of(later.features()[i])).index()];
      for (int decision = 0; decision < 3; decision++) {
        always[decision] += payoffs[decision];
      }
    }
    assertThat(earned / later.size())
        .as("basis points a decision")
        .isGreaterThan(5 + Arrays.stream(always).max().orElseThrow() / later.size());
  }

  @Test
  void itIsCommittedKeptAndProven(@TempDir Path folder) {
    Samples typical = ReversalStrategy.samples(prices(3_000, 4), 5);
    List<FeatureVector> seen = Arrays.stream(typical.features()).map(FeatureVector::of).toList();
    QuantisedStrategy quantised =
        TRAINED.quantise(
            seen.subList(0, seen.size() / 2), seen.subList(seen.size() / 2, seen.size()));
    assertThat(quantised.manifest().agreement().share()).isGreaterThan(0.98);

    Srs srs = Srs.development(10, new Random(1)::nextBytes);
    ComputeBackend backend = ComputeBackend.scalar();
    CommittedModel model =
        CommittedModel.commit(quantised.network(), srs, backend, Entropy.secure());
    StrategyBundle.of(quantised, model).save(folder.resolve("reversal"));
    StrategyBundle kept = StrategyBundle.load(folder.resolve("reversal"));

    FeatureVector x = seen.getLast();
    try (DjlStrategy strategy = kept.open()) {
      Decision decision = strategy.decide(x);
      DecisionProof proof =
          new Prover(srs, backend, Entropy.secure()).prove(kept.model(), x, decision, Bytes32.ZERO);
      assertThat(
              new ProofVerifier(srs)
                  .verify(kept.publicPart().key(), x, decision, Bytes32.ZERO, proof))
          .isEqualTo(Verdict.ACCEPTED);
    }
  }
}
