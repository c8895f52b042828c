package org.probity.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.probity.agent.AgentParts;
import org.probity.agent.node.ProbityNode;
import org.probity.agent.settings.JournalSettings;
import org.probity.agent.settings.NodeSettings;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.ChainClient;
import org.probity.chain.ChainException;
import org.probity.chain.HeadSource;
import org.probity.demo.DemoReport.AttackResult;
import org.probity.demo.DemoReport.Round;
import org.probity.ground.Bytes32;
import org.probity.intent.AgentCycle;
import org.probity.intent.DirectVenue;
import org.probity.intent.Mandate;
import org.probity.intent.Observation;
import org.probity.intent.Pace;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.ProvenIntent;
import org.probity.intent.Vault;
import org.probity.intent.VaultReader;
import org.probity.intent.VaultState;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.Notice;
import org.probity.intent.conduct.Retry;
import org.probity.intent.source.Reports;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.StrategyBundle;
import org.probity.strategy.example.ExampleStrategies;
import org.probity.terminal.Complaint;
import org.probity.terminal.HeadTable;
import org.probity.terminal.Screen;
import org.probity.zk.Architecture;
import org.probity.zk.CommittedModel;
import org.probity.zk.Entropy;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Prover;
import org.probity.zk.Srs;
import org.probity.zk.backend.ComputeBackend;

/**
 * The whole program on one machine: a chain with real Uniswap contracts, a strategy trained on the
 * spot, a vault that obeys its proofs alone, and the agent that {@code run} runs too. The same seed
 * gives the same decisions and trades; proofs differ, as their masks are fresh each time.
 */
public record Demo(Screen screen, Options options, ComputeBackend backend, Entropy entropy) {

  /** The strategy is the same whatever the market does. */
  static final long TRAINING_SEED = 1;

  private static final Pace PACE = new Pace(240, true);
  private static final Retry RETRY = new Retry(Duration.ofMillis(200), Duration.ofSeconds(2));
  private static final HeadSource.Pace WATCH =
      new HeadSource.Pace(Duration.ofMillis(50), Duration.ofSeconds(30), Duration.ofSeconds(2));
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration REDRAW = Duration.ofMillis(100);
  private static final int WIDEST_VERDICT = 36;

  /**
   * @param heads how many heads to show
   * @param attack whether to attack the vault afterwards
   * @param port for the local chain; empty for any free one
   */
  public record Options(int heads, long seed, boolean attack, OptionalInt port) {}

  /** Runs the demo and shows it. */
  public DemoReport run() {
    long started = System.nanoTime();
    screen.say("");
    screen.say(
        screen.bold("  Probity")
            + ": an agent trades, and the chain refuses what its private model did not decide");
    screen.say("");
    Screen.Step starting = screen.step("Starting a local chain with Uniswap v3");
    try (DemoWorld world = DemoWorld.open(options.port, options.seed)) {
      starting.done("A local chain, with the real contracts of Uniswap v3");
      Screen.Step trading = screen.step("Trading for two hours");
      trading.done(
          "A market of %d swaps over two hours, seed %d", world.makeHistory(), options.seed);
      Screen.Step training = screen.step("Training a strategy");
      QuantisedStrategy strategy = strategy(training);
      training.done(
          "A private strategy of %,d parameters; as integers it decides alike in %.1f %%",
          strategy.manifest().architecture().parameters(),
          100 * strategy.manifest().agreement().share());
      return run(world, strategy, started);
    }
  }

  /** The example strategy, in exact integers. */
  public static QuantisedStrategy strategy(Screen.Step training) {
    return ExampleStrategies.momentum(
            TRAINING_SEED,
            (step, steps, _) ->
                training.progress("%d %%".formatted(Math.round(100.0 * step / Math.max(steps, 1)))))
        .quantise();
  }

  /** The demo from a trained strategy on. */
  public DemoReport run(DemoWorld world, QuantisedStrategy strategy, long started) {
    Architecture shape = strategy.manifest().architecture();
    Screen.Step making = screen.step("Making a development reference string");
    Srs srs = Srs.development(shape.logSize(), entropy);
    making.done(
        "A reference string of 2^%d points, made here: INSECURE, for demos only", shape.logSize());
    Screen.Step committing = screen.step("Committing to the model");
    StrategyBundle bundle =
        StrategyBundle.of(
            strategy, CommittedModel.commit(strategy.network(), srs, backend, entropy));
    committing.done(
        "A commitment to the model, %s", shortened(bundle.model().key().digest().hex()));
    Screen.Step deploying = screen.step("Deploying verifier, policy engine, sources, vault");
    DemoWorld.Deployed deployed = world.deploy(bundle, srs);
    deploying.done(
        "The contracts; a vault with 20 WETH and 50,000 USD at %s",
        shortened(deployed.vault().address().toString()));
    screen.say("");
    return trade(world, bundle, srs, deployed, started);
  }

  static String shortened(String hex) {
    return hex.substring(0, 8) + "…" + hex.substring(hex.length() - 4);
  }

  private DemoReport trade(
      DemoWorld world, StrategyBundle bundle, Srs srs, DemoWorld.Deployed deployed, long started) {
    ChainClient client = world.chain().client();
    Vault vault = deployed.vault();
    CommittedModel model = bundle.model();
    Prover prover = new Prover(srs, backend, entropy);
    ProofVerifier verifier = new ProofVerifier(srs);
    VaultReader features = new VaultReader(client, vault, Reports.NONE);
    Address account = world.agent().address();
    Mandate mandate =
        new Mandate(
            client.chainId(),
            vault.address(),
            model.key().digest(),
            PACE.lifetimeSeconds(),
            account);
    BlockingQueue<Notice> events = new LinkedBlockingQueue<>();
    List<Round> rounds = new ArrayList<>();
    List<AttackResult> attacks = List.of();
    @Nullable ProvenIntent executed = null;

    world.nextHead();
    Observation first = features.at(client.head());
    try (var decider = bundle.open();
        ProbityNode node =
            ProbityNode.start(
                NodeSettings.alone(new JournalSettings.Memory(), 1, RETRY),
                _ ->
                    equipment(
                        world,
                        vault,
                        AgentCycle.of(mandate, features, decider, model, prover, verifier),
                        events::add),
                InstantSource.system())) {
      AgentSpec agent =
          new AgentSpec(
              vault.address().toString(), vault.address(), mandate.model(), account, PACE);
      node.agents().ensure(agent).toCompletableFuture().join();
      HeadTable table = new HeadTable(screen);
      table.head();
      for (int number = 1; number <= options.heads; number++) {
        if (number > 1) {
          world.nextHead();
        }
        Played played = play(number, world, deployed, bundle, events, table, rounds);
        rounds.add(played.round);
        executed = played.executed == null ? executed : played.executed;
      }
    }
    Observation last = features.at(client.head());
    if (options.attack) {
      attacks = attack(world, deployed, bundle, srs, executed);
    }
    DemoReport report =
        new DemoReport(
            rounds,
            model.key().architecture().parameters(),
            model.key().architecture().inputs(),
            model.key().proofBytes(),
            attacks,
            equity(world, first, first),
            equity(world, last, last),
            options.seed,
            (System.nanoTime() - started) / 1e9);
    summarise(report, equity(world, first, last));
    return report;
  }

  private static ProbityNode.Equipment equipment(
      DemoWorld world, Vault vault, AgentCycle cycle, Consumer<Notice> events) {
    return new ProbityNode.Equipment(
        _ -> new AgentParts(cycle, new DirectVenue(vault, world.agent()), RETRY),
        world.chain().client().watch(Optional.of(world.chain().webSocket()), WATCH),
        Map.of(cycle.mandate().model(), cycle::proof),
        _ -> {},
        (_, event) -> events.accept(event));
  }

  /** A head that is done, and the intent that the vault executed for it. */
  private record Played(Round round, @Nullable ProvenIntent executed) {}

  /** Follows the agent through one head. */
  private Played play(
      int number,
      DemoWorld world,
      DemoWorld.Deployed deployed,
      StrategyBundle bundle,
      BlockingQueue<Notice> events,
      HeadTable table,
      List<Round> before) {
    HeadTable.Line line = HeadTable.Line.of(number, world.market().price(BlockTag.LATEST));
    String footer =
        "%d of %d heads, %d trades"
            .formatted(before.size(), options.heads, before.stream().filter(Round::traded).count());
    Duration proof = Duration.ZERO;
    String decision = "";
    @Nullable ProvenIntent sent = null;
    while (true) {
      HeadTable.Line shown = line;
      switch (next(events, waited -> table.work(shown, waited, footer))) {
        case Notice.Taken _ -> line = line.withOutcome("reading the features");
        case Notice.Decided(var proposal, _) -> {
          decision = bundle.manifest().outputs().get(proposal.decision().words()[0]);
          line = line.withDecision(decision).withOutcome("proving");
        }
        case Notice.Proved(_, Duration took) -> {
          proof = took;
          line = line.withProof(HeadTable.millis(took)).withOutcome("sending");
        }
        case Notice.Kept(var intent, var prospect) -> {
          line = holdings(line.withOutcome("not sent"), world, deployed, intent.proposal());
          table.done(line);
          screen.say("        %s", screen.dim(words(prospect)));
          return new Played(Round.notExecuted(decision, proof), null);
        }
        case Notice.Submitted(var intent) -> sent = intent;
        case Notice.Executed(var proposal, var settlement) -> {
          BigDecimal bought =
              world.market().weth().amount(settlement.gained(world.market().weth().address()));
          long gas = settlement.receipt().gasUsed();
          line =
              holdings(
                  line.withGas(gas).withOutcome(executionWords(settlement.traded(), bought)),
                  world,
                  deployed,
                  proposal);
          table.done(line);
          long verifyGas =
              gasOfCall(
                  world.chain().client(),
                  settlement.receipt().transactionHash(),
                  deployed.foundation().verifier());
          return new Played(
              new Round(decision, proof.toMillis(), true, bought, gas, verifyGas), sent);
        }
        case Notice.Failed(_, var step, var reason, _, var pause) -> {
          line = line.withOutcome(step + " failed, again");
          screen.say("        %s failed: %s", step, reason);
          if (pause.isZero()) {
            table.done(line.withOutcome("left"));
            return new Played(Round.notExecuted(decision, proof), null);
          }
        }
        case Notice.Dropped _,
            Notice.Past _,
            Notice.Ahead _,
            Notice.Hindered _,
            Notice.Unhindered _,
            Notice.Stopped _,
            Notice.Reverted _,
            Notice.LifeChanged _,
            Notice.Timed _ -> {}
      }
    }
  }

  /** The agent's next event; {@code waiting} is called now and while there is none. */
  private Notice next(BlockingQueue<Notice> events, Consumer<Duration> waiting) {
    long since = System.nanoTime();
    try {
      while (true) {
        Duration waited = Duration.ofNanos(System.nanoTime() - since);
        waiting.accept(waited);
        if (waited.compareTo(PATIENCE) > 0) {
          throw new Complaint(
              "The agent did nothing for %d minutes: is the machine very busy? Run it again with --verbose to see where it stands."
                  .formatted(PATIENCE.toMinutes()));
        }
        Notice event = events.poll(REDRAW.toMillis(), TimeUnit.MILLISECONDS);
        if (event != null) {
          return event;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Complaint("Interrupted: run it again.", e);
    }
  }

  private static HeadTable.Line holdings(
      HeadTable.Line line, DemoWorld world, DemoWorld.Deployed deployed, Proposal proposal) {
    VaultState now = deployed.vault().whole(BlockTag.LATEST);
    List<Integer> refs = proposal.observation().refs();
    BigInteger equity = now.equity(refs);
    int weight =
        now.values(refs).getLast().multiply(BigInteger.valueOf(10_000)).divide(equity).intValue();
    return line.withHoldings(HeadTable.percent(weight), HeadTable.money(world.dollars(equity)));
  }

  /** What the vault held at one moment, at the price of another. */
  private static BigDecimal equity(DemoWorld world, Observation held, Observation priced) {
    return world.dollars(held.state().equity(priced.refs())).setScale(2, RoundingMode.HALF_EVEN);
  }

  private static String words(Prospect prospect) {
    return switch (prospect) {
      case Prospect.Trade _ -> "a trade";
      case Prospect.Hold(var reason) -> reason.name().toLowerCase(Locale.ROOT).replace('_', ' ');
      case Prospect.Nothing(String reason, _) -> reason;
    };
  }

  private static String executionWords(boolean traded, BigDecimal bought) {
    if (!traded) {
      return "recorded, no trade";
    }
    return String.format(
        Locale.ROOT, "%s %.3f WETH", bought.signum() > 0 ? "bought" : "sold", bought.abs());
  }

  /**
   * Gas of the call to {@code contract} within a mined transaction, by the node's own trace; 0 if
   * it keeps none.
   */
  static long gasOfCall(ChainClient client, Bytes32 transaction, Address contract) {
    try {
      JsonNode trace =
          client.request(
              "debug_traceTransaction", transaction.hex(), Map.of("tracer", "callTracer"));
      return trace.findParents("to").stream()
          .filter(call -> contract.hex().equalsIgnoreCase(call.path("to").asText()))
          .map(call -> call.path("gasUsed").asText("0x0").substring(2))
          .mapToLong(gas -> Long.parseLong(gas, 16))
          .findFirst()
          .orElse(0);
    } catch (ChainException e) {
      return 0;
    }
  }

  private List<AttackResult> attack(
      DemoWorld world,
      DemoWorld.Deployed deployed,
      StrategyBundle bundle,
      Srs srs,
      @Nullable ProvenIntent executed) {
    if (executed == null) {
      throw new Complaint(
          "No decision was executed, so there is nothing to replay: ask for more --heads.");
    }
    screen.say("");
    screen.say(
        screen.bold("  Now somebody tries to move the vault without its model's decision")
            + " (each is a transaction of its own)");
    screen.say("");
    var forgery = new Forgery(world, bundle, srs, backend, entropy, PACE.lifetimeSeconds());
    List<AttackResult> results = new Attacks(world, deployed, forgery, this::show).run(executed);
    screen.say("");
    screen.say("  The vault's balances, nonce and books are what they were.");
    return results;
  }

  private void show(AttackResult result) {
    screen.say(
        "  %s  %-39s %-36s %s",
        result.rejected()
            ? screen.green(screen.tick() + " refused ")
            : screen.red(screen.cross() + " EXECUTED"),
        result.name(),
        shown(result.verdict()),
        screen.dim(result.explanation()));
  }

  /** Without the numbers where they are long: the last line with --json has them. */
  private static String shown(String verdict) {
    int parameters = verdict.indexOf('(');
    return verdict.length() <= WIDEST_VERDICT || parameters < 0
        ? verdict
        : verdict.substring(0, parameters) + "(…)";
  }

  private void summarise(DemoReport report, BigDecimal untouched) {
    screen.say("");
    screen.say(
        screen.bold(
            "  %d heads, %d decisions, %d proofs, %d trades in %.0f s"
                .formatted(
                    report.rounds().size(),
                    report.decisions(),
                    report.proofs(),
                    report.trades(),
                    report.wallSeconds())));
    screen.say(
        "  A proof: %,d bytes, %.2f s to make (95 %% within %.2f s), for %,d private parameters on %d features",
        report.proofBytes(),
        report.percentile(Round::proveMillis, 50) / 1000.0,
        report.percentile(Round::proveMillis, 95) / 1000.0,
        report.parameters(),
        report.features());
    screen.say(
        "  Gas: %,d for the verifier's call (by the node's trace), %,d for a whole execution (medians)",
        report.percentile(Round::verifyGas, 50), report.percentile(Round::executeGas, 50));
    screen.say(
        "  Equity: %s -> %s USD; without a trade it would be %s USD",
        HeadTable.money(report.equityStart()),
        HeadTable.money(report.equityEnd()),
        HeadTable.money(untouched));
    screen.say("");
  }
}
