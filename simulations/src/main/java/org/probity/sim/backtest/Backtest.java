package org.probity.sim.backtest;

import java.util.ArrayList;
import java.util.List;
import org.probity.chain.Address;
import org.probity.intent.AgentCycle;
import org.probity.intent.Mandate;
import org.probity.intent.policy.Policy;
import org.probity.settings.BadSetting;
import org.probity.sim.scenario.ExactPool;
import org.probity.strategy.PolicyTraining.Progress;
import org.probity.strategy.QuantisedStrategy;
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
    int history =
        Math.toIntExact(
            Math.max(strategy.program().historySeconds(), settings.policy().limits().window()));
    World world = World.open(settings, history);
    world.scenario().advanceTo(world.from() - 1);
    World.Drafted drafted = world.drafted(settings.policy(), strategy);
    Engine engine = new Engine(settings, strategy, world, drafted);
    RunRecorder recorder = engine.run(world.from(), world.to(), listener);
    if (recorder.points() == 0) {
      throw new BadSetting("The run has no head: its length is less than backtest.policy.step.");
    }
    // What the market's history says, and first why little or nothing was decided.
    List<DataWarning> warnings = new ArrayList<>();
    Undecided.of(
            recorder.decisions().size(),
            engine.beyondHistory(),
            world.to() - world.from(),
            world.scenario().pools().stream().map(ExactPool::exact).toList(),
            history)
        .ifPresent(warnings::add);
    Undecided.untraded(recorder.decisions()).ifPresent(warnings::add);
    warnings.addAll(world.warnings());
    return new BacktestResult(
        new Stamp(
            CodeVersion.text(),
            settings.canonical(),
            settings.digest(),
            world.dataHash(),
            strategy.digest().hex(),
            settings.seed()),
        description(settings, strategy, world, drafted.policy()),
        recorder.curve(),
        recorder.trades(),
        recorder.decisions(),
        engine.venueTrades(),
        engine.totals(),
        engine.idleWeek(),
        warnings,
        engine.activity());
  }

  private static MarketDescription description(
      BacktestSettings settings, StrategyUnderTest strategy, World world, Policy policy) {
    return new MarketDescription(
        world.tokens().stream()
            .map(token -> new MarketDescription.Asset(token.symbol(), token.facts().decimals()))
            .toList(),
        policy.parts().pools().stream().map(Policy.PoolPart::fee).toList(),
        settings.policy().limits().step(),
        strategy.decisions(),
        settings.policy().model().targets(),
        world.scenario().title());
  }

  /**
   * The strategy that settings name: read from its bundle, or trained on the spot, which takes some
   * seconds and gives the same one each time.
   */
  public static StrategyUnderTest strategy(BacktestSettings.StrategyChoice choice) {
    if (choice.bundle().isPresent()) {
      return StrategyUnderTest.of(StrategyBundle.load(choice.bundle().get()));
    }
    QuantisedStrategy example =
        switch (choice.example()) {
          case "momentum" ->
              ExampleStrategies.momentum(choice.exampleSeed(), Progress.NONE).quantise();
          case "rotation" ->
              ExampleStrategies.rotation(choice.exampleSeed(), Progress.NONE).quantise();
          default ->
              throw BadSetting.value(
                  "backtest.strategy.example", choice.example(), "momentum, or rotation");
        };
    return StrategyUnderTest.of(example);
  }

  /** The version of this program, as results are stamped with it. */
  public static String codeVersion() {
    return CodeVersion.text();
  }

  /** The cycle of live agents; one that makes no proofs, unless the settings ask for them. */
  static AgentCycle cycle(
      BacktestSettings settings,
      StrategyUnderTest strategy,
      SimulatedFeatures features,
      Address agent) {
    Mandate mandate =
        new Mandate(
            settings.chain().id(),
            Made.VAULT,
            strategy.digest(),
            settings.pace().lifetimeSeconds(),
            agent);
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
