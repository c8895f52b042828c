package org.probity.sim.backtest;

import java.util.ArrayList;
import java.util.List;
import org.probity.chain.Address;
import org.probity.intent.AgentCycle;
import org.probity.intent.Mandate;
import org.probity.settings.BadSetting;
import org.probity.sim.scenario.PoolTerms;
import org.probity.strategy.StrategyBundle;
import org.probity.strategy.example.ExampleStrategies;
import org.probity.zk.CommittedModel;
import org.probity.zk.Entropy;
import org.probity.zk.Network;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Prover;
import org.probity.zk.Srs;
import org.probity.zk.backend.ComputeBackend;

/**
 * Runs the live agent's own cycle over a simulated market.
 *
 * <p>What the agent sees, decides, sizes and refuses is computed by the code that runs live ({@link
 * AgentCycle}) and by exact copies of what the vault's contracts and the pool compute. Proofs are
 * not made unless asked for; their latency and cost are drawn from measured ones.
 */
public final class Backtest {

  /** The account that a simulated vault pretends to be. */
  private static final Address VAULT = new Address("0x00000000000000000000000000000000000b0075");

  private Backtest() {}

  /**
   * Runs a backtest with the strategy that its settings name.
   *
   * @throws BadSetting if the settings cannot be used
   * @throws org.probity.sim.history.HistoryRefused if the history cannot be
   */
  public static BacktestResult run(BacktestSettings settings, BacktestListener listener) {
    return run(settings, strategy(settings.strategy()), listener);
  }

  /** Runs a backtest with this strategy, whatever the settings name. */
  public static BacktestResult run(
      BacktestSettings settings, StrategyUnderTest strategy, BacktestListener listener) {
    if (settings.policy().targets().size() != strategy.decisions().size()) {
      throw new BacktestRefused(
          "backtest.policy.targets has %d entries, and the strategy %s makes %d decisions: give one for each."
              .formatted(
                  settings.policy().targets().size(),
                  strategy.name(),
                  strategy.decisions().size()));
    }
    World world = World.open(settings, strategy.features().historySeconds());
    Engine engine = new Engine(settings, strategy, world);
    RunRecorder recorder = engine.run(world.from(), world.to(), listener);
    if (recorder.points() == 0) {
      throw new BadSetting(
          "The run has no head: its length is less than backtest.policy.step-seconds.");
    }
    // What the market's history says, and first why little or nothing was decided.
    List<DataWarning> warnings = new ArrayList<>();
    Undecided.of(
            recorder.decisions().size(),
            engine.beyondHistory(),
            world.to() - world.from(),
            world.scenario().pool().exact(),
            strategy.features())
        .ifPresent(warnings::add);
    Undecided.untraded(recorder.decisions()).ifPresent(warnings::add);
    warnings.addAll(world.warnings());
    PoolTerms terms = world.terms();
    return new BacktestResult(
        new Stamp(
            CodeVersion.text(),
            settings.canonical(),
            settings.digest(),
            world.dataHash(),
            strategy.digest().hex(),
            settings.seed()),
        new MarketDescription(
            terms.base(),
            terms.quote(),
            terms.baseDecimals(),
            terms.quoteDecimals(),
            terms.feePips(),
            settings.policy().stepSeconds(),
            strategy.decisions(),
            settings.policy().targets(),
            world.scenario().title()),
        recorder.curve(),
        recorder.trades(),
        recorder.decisions(),
        engine.totals(),
        warnings,
        engine.activity());
  }

  /**
   * The strategy that settings name: read from its bundle, or trained on the spot, which takes some
   * seconds and gives the same one each time.
   */
  public static StrategyUnderTest strategy(BacktestSettings.StrategyChoice choice) {
    if (choice.bundle().isPresent()) {
      return StrategyUnderTest.of(StrategyBundle.load(choice.bundle().get()));
    }
    if (!choice.example().equals("momentum")) {
      throw BadSetting.value("backtest.strategy.example", choice.example(), "momentum");
    }
    return StrategyUnderTest.of(
        ExampleStrategies.momentum(choice.exampleSeed(), (_, _, _) -> {}).quantise());
  }

  /** The version of this program, as results are stamped with it. */
  public static String codeVersion() {
    return CodeVersion.text();
  }

  /** The cycle of live agents; one that makes no proofs, unless the settings ask for them. */
  static AgentCycle cycle(
      BacktestSettings settings, StrategyUnderTest strategy, SimulatedFeatures features) {
    Mandate mandate =
        new Mandate(
            settings.chain().id(), VAULT, strategy.digest(), settings.pace().lifetimeSeconds());
    var decider = strategy.decider().get();
    if (!settings.proving().real()) {
      return new AgentCycle(
          mandate,
          features,
          decider,
          (_, _, _) -> {
            throw new IllegalStateException("This run makes no proofs");
          },
          (_, _, _, _) -> {
            throw new IllegalStateException("This run checks no proofs");
          });
    }
    Network network =
        strategy
            .network()
            .orElseThrow(() ->
                new BadSetting(
                    "backtest.proving.real needs a strategy that is a network, and %s is none."
                        .formatted(strategy.name())));
    // Committed anew: whoever backtests has no need of the string that the vault's proofs are
    // under.
    Entropy entropy = Entropy.secure();
    Srs srs = Srs.development(network.architecture().logSize(), entropy);
    ComputeBackend backend = ComputeBackend.best();
    CommittedModel model = CommittedModel.commit(network, srs, backend, entropy);
    Prover prover = new Prover(srs, backend, entropy);
    ProofVerifier verifier = new ProofVerifier(srs);
    return AgentCycle.of(mandate, features, decider, model, prover, verifier);
  }
}
