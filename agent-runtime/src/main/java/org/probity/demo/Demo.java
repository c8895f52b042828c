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
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.probity.agent.AgentParts;
import org.probity.agent.node.ProbityNode;
import org.probity.agent.settings.JournalSettings;
import org.probity.agent.settings.NodeSettings;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.ChainClient;
import org.probity.chain.ChainException;
import org.probity.chain.Head;
import org.probity.chain.HeadSource;
import org.probity.chain.local.LocalMarket.Token;
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
import org.probity.intent.Settlement;
import org.probity.intent.Vault;
import org.probity.intent.VaultReader;
import org.probity.intent.VaultState;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.Notice;
import org.probity.intent.conduct.Retry;
import org.probity.intent.source.Reports;
import org.probity.strategy.PolicyTraining;
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

  static final Pace PACE = new Pace(240, true);
  static final Retry RETRY = new Retry(Duration.ofMillis(200), Duration.ofSeconds(2));
  private static final HeadSource.Pace WATCH =
      new HeadSource.Pace(Duration.ofMillis(50), Duration.ofSeconds(30), Duration.ofSeconds(2));
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration REDRAW = Duration.ofMillis(100);
  private static final int WIDEST_VERDICT = 36;

  /** What an agent trades in. */
  public enum Scenario {
    /** Two assets and one pool. */
    PAIR,
    /** Three assets, two pools and a Chainlink feed. */
    ROTATION;

    World open(Options options) {
      return switch (this) {
        case PAIR -> DemoWorld.open(options.port, options.seed);
        case ROTATION -> RotationWorld.open(options.port, options.seed);
      };
    }

    /** The example strategy, in exact integers. */
    QuantisedStrategy strategy(Screen.Step training) {
      PolicyTraining.Progress progress =
          (step, steps, _) ->
              training.progress("%d %%".formatted(Math.round(100.0 * step / Math.max(steps, 1))));
      ExampleStrategies.Example trained =
          switch (this) {
            case PAIR -> ExampleStrategies.momentum(TRAINING_SEED, progress);
            case ROTATION -> ExampleStrategies.rotation(TRAINING_SEED, progress);
          };
      return trained.quantise();
    }

    private String contracts() {
      return switch (this) {
        case PAIR -> "Uniswap v3";
        case ROTATION -> "Uniswap v3 and a Chainlink feed";
      };
    }

    private String history() {
      return switch (this) {
        case PAIR -> "two hours";
        case ROTATION -> "four hours, in two pools";
      };
    }

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * @param heads how many heads to show
   * @param attack whether to attack the vault afterwards; of a pair alone
   * @param port for the local chain; empty for any free one
   */
  public record Options(
      Scenario scenario, int heads, long seed, boolean attack, OptionalInt port) {}

  /** Runs the demo and shows it. */
  public DemoReport run() {
    long started = System.nanoTime();
    screen.say("");
    screen.say(
        screen.bold("  Probity")
            + ": an agent trades, and the chain refuses what its private model did not decide");
    screen.say("");
    Screen.Step starting = screen.step("Starting a local chain with Uniswap v3");
    try (World world = options.scenario.open(options)) {
      starting.done("A local chain, with the real contracts of %s", options.scenario.contracts());
      Screen.Step trading = screen.step("Trading for as long as the strategy looks back");
      trading.done(
          "A market of %d swaps over %s, seed %d",
          world.makeHistory(), options.scenario.history(), options.seed);
      Screen.Step training = screen.step("Training a strategy");
      QuantisedStrategy strategy = options.scenario.strategy(training);
      training.done(
          "A private strategy of %,d parameters; as integers it decides alike in %.1f %%",
          strategy.manifest().architecture().parameters(),
          100 * strategy.manifest().agreement().share());
      return run(world, strategy, started);
    }
  }

  /** The example strategy for a pair, in exact integers. */
  public static QuantisedStrategy strategy(Screen.Step training) {
    return Scenario.PAIR.strategy(training);
  }

  /** The demo from a trained strategy on. */
  public DemoReport run(World world, QuantisedStrategy strategy, long started) {
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
        "The contracts; a vault with %s at %s",
        amounts(world, deployed.vault().whole(BlockTag.LATEST)),
        shortened(deployed.vault().address().toString()));
    screen.say("");
    return trade(world, bundle, srs, deployed, started);
  }

  private static String amounts(World world, VaultState state) {
    List<String> amounts = new ArrayList<>();
    for (int i = 0; i < world.assets().size(); i++) {
      Token asset = world.assets().get(i);
      BigDecimal amount = asset.amount(state.books().get(i).amount());
      amounts.add(amount.stripTrailingZeros().toPlainString() + " " + asset.symbol());
    }
    return String.join(", ", amounts);
  }

  static String shortened(String hex) {
    return hex.substring(0, 8) + "…" + hex.substring(hex.length() - 4);
  }

  private DemoReport trade(
      World world, StrategyBundle bundle, Srs srs, DemoWorld.Deployed deployed, long started) {
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
      HeadTable table = new HeadTable(screen, world.assets().stream().map(Token::symbol).toList());
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
    if (options.attack && world instanceof DemoWorld pair) {
      attacks = attack(pair, deployed, bundle, srs, executed);
    }
    DemoReport report =
        new DemoReport(
            options.scenario.label(),
            rounds,
            model.key().architecture().parameters(),
            model.key().architecture().inputs(),
            model.key().proofBytes(),
            attacks,
            books(world, first, last),
            equity(world, first, first),
            equity(world, last, last),
            options.seed,
            (System.nanoTime() - started) / 1e9);
    summarise(report, equity(world, first, last));
    return report;
  }

  static ProbityNode.Equipment equipment(
      World world, Vault vault, AgentCycle cycle, Consumer<Notice> events) {
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
      World world,
      DemoWorld.Deployed deployed,
      StrategyBundle bundle,
      BlockingQueue<Notice> events,
      HeadTable table,
      List<Round> before) {
    HeadTable.Line line = HeadTable.Line.of(number, world.prices(BlockTag.LATEST));
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
          List<DemoReport.Bought> bought = bought(world, settlement);
          long gas = settlement.receipt().gasUsed();
          line =
              holdings(
                  line.withGas(gas).withOutcome(executionWords(bought)), world, deployed, proposal);
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
        case Notice.Postponed(Head head, _) -> {
          line = line.withOutcome("not now");
          // Nobody else makes blocks here: one after the policy's max-age, and its moment is over.
          long step = deployed.policy().limits().numbers().step();
          world.chain().mineAt(head.timestamp() + step / 2 + 1);
        }
        case Notice.Missed(_, var why) -> {
          table.done(line.withOutcome("left"));
          screen.say("        %s", screen.dim(why));
          return new Played(Round.notExecuted(decision, proof), null);
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
      HeadTable.Line line, World world, DemoWorld.Deployed deployed, Proposal proposal) {
    VaultState now = deployed.vault().whole(BlockTag.LATEST);
    List<Integer> refs = proposal.observation().refs();
    BigInteger equity = now.equity(refs);
    List<Integer> weights =
        now.values(refs).stream()
            .skip(1)
            .map(value -> value.multiply(BigInteger.valueOf(10_000)).divide(equity).intValue())
            .toList();
    return line.withHoldings(weights, HeadTable.money(inNumeraire(world, equity)));
  }

  private static BigDecimal inNumeraire(World world, BigInteger units) {
    return world.assets().getFirst().amount(units);
  }

  /** What an execution bought of each asset but the numeraire, as far as it moved. */
  private static List<DemoReport.Bought> bought(World world, Settlement.Executed settlement) {
    return world.assets().stream()
        .skip(1)
        .map(asset ->
            new DemoReport.Bought(asset.symbol(), asset.amount(settlement.gained(asset.address()))))
        .filter(each -> each.amount().signum() != 0)
        .toList();
  }

  /** The vault's books before the first head and after the last, each worth what it is at last. */
  private static List<DemoReport.Book> books(World world, Observation first, Observation last) {
    List<BigInteger> values = last.state().values(last.refs());
    List<DemoReport.Book> books = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      Token asset = world.assets().get(i);
      books.add(
          new DemoReport.Book(
              asset.symbol(),
              asset.decimals(),
              asset.amount(first.state().books().get(i).amount()),
              asset.amount(last.state().books().get(i).amount()),
              inNumeraire(world, values.get(i)).setScale(2, RoundingMode.HALF_EVEN)));
    }
    return books;
  }

  /** What the vault held at one moment, at the price of another. */
  private static BigDecimal equity(World world, Observation held, Observation priced) {
    return inNumeraire(world, held.state().equity(priced.refs()))
        .setScale(2, RoundingMode.HALF_EVEN);
  }

  static String words(Prospect prospect) {
    return switch (prospect) {
      case Prospect.Trade _ -> "a trade";
      case Prospect.Hold(var reason) -> reason.name().toLowerCase(Locale.ROOT).replace('_', ' ');
      case Prospect.Nothing nothing -> nothing.reason();
    };
  }

  private static String executionWords(List<DemoReport.Bought> bought) {
    return bought.isEmpty()
        ? "recorded, no trade"
        : bought.stream()
            .map(each ->
                String.format(
                    Locale.ROOT,
                    "%s %.3f %s",
                    each.amount().signum() > 0 ? "bought" : "sold",
                    each.amount().abs(),
                    each.symbol()))
            .collect(Collectors.joining(", "));
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
    String numeraire = report.books().getFirst().symbol();
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
        "  Equity: %s -> %s %s; without a trade it would be %s %s",
        HeadTable.money(report.equityStart()),
        HeadTable.money(report.equityEnd()),
        numeraire,
        HeadTable.money(untouched),
        numeraire);
    screen.say("");
    screen.say(
        screen.bold(
            "  %-6s %18s %18s %16s".formatted("books", "before", "after", "worth " + numeraire)));
    for (DemoReport.Book book : report.books()) {
      screen.say(
          "  %-6s %,18.6f %,18.6f %,16.2f",
          book.symbol(), book.before(), book.after(), book.worth());
    }
    screen.say("");
  }
}
