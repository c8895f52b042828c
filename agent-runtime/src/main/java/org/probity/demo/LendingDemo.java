package org.probity.demo;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.probity.agent.node.ProbityNode;
import org.probity.agent.settings.JournalSettings;
import org.probity.agent.settings.NodeSettings;
import org.probity.chain.AbiEvent;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Call;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Head;
import org.probity.chain.LogEntry;
import org.probity.chain.aave.Account;
import org.probity.chain.local.LocalChain;
import org.probity.chain.local.LocalMarket.Token;
import org.probity.demo.DemoReport.AttackResult;
import org.probity.demo.LendingReport.Both;
import org.probity.demo.LendingReport.Move;
import org.probity.demo.LendingReport.Step;
import org.probity.intent.AgentCycle;
import org.probity.intent.Mandate;
import org.probity.intent.Proposal;
import org.probity.intent.ProvenIntent;
import org.probity.intent.Settlement;
import org.probity.intent.Vault;
import org.probity.intent.VaultReader;
import org.probity.intent.VaultState;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.Notice;
import org.probity.intent.policy.Loan;
import org.probity.intent.policy.Policy;
import org.probity.intent.source.Reports;
import org.probity.strategy.PolicyTraining;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.StrategyBundle;
import org.probity.strategy.example.ExampleStrategies;
import org.probity.terminal.Complaint;
import org.probity.terminal.HeadTable;
import org.probity.terminal.Screen;
import org.probity.zk.CommittedModel;
import org.probity.zk.Entropy;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Prover;
import org.probity.zk.Srs;
import org.probity.zk.backend.ComputeBackend;

/**
 * A vault that lends and borrows while the market falls: a strategy trained on the spot takes loans
 * while prices rise and brings them down when they fall, each time with a proof. A holder takes the
 * same loans and leaves them alone.
 */
public record LendingDemo(Screen screen, Options options, ComputeBackend backend, Entropy entropy) {

  private static final AbiFunction ACCOUNT_OF =
      AbiFunction.parse("accountOf(address vault, address pool) returns (address account)");
  private static final ContractArtifact ACCOUNT = ContractArtifact.load("AaveV3Account");
  private static final AbiEvent MOVED = ACCOUNT.event("Moved");
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String BARS = "▁▂▃▄▅▆▇█";
  private static final double LARGE = 3;

  /**
   * @param heads how many heads to show
   * @param attack whether to attack the vault's loans afterwards
   * @param port for the local chain; empty for any free one
   */
  public record Options(int heads, long seed, boolean attack, OptionalInt port) {}

  /** Plays it and shows it. */
  public LendingReport run() {
    long started = System.nanoTime();
    screen.say("");
    screen.say(
        screen.bold("  Probity")
            + ": a vault with loans in a market that falls, beside a holder who leaves his alone");
    screen.say("");
    Screen.Step starting = screen.step("Starting a local chain with Uniswap v3 and Aave v3");
    try (LendingWorld world = LendingWorld.open(options.port, options.seed)) {
      int swaps = world.makeHistory();
      starting.done(
          "A local chain: Uniswap v3, Aave v3 on Chainlink feeds, %d swaps, seed %d",
          swaps, options.seed);
      Screen.Step training = screen.step("Training a strategy");
      PolicyTraining.Progress progress =
          (step, steps, _) ->
              training.progress("%d %%".formatted(Math.round(100.0 * step / Math.max(steps, 1))));
      QuantisedStrategy strategy =
          ExampleStrategies.lending(Demo.TRAINING_SEED, progress).quantise();
      training.done(
          "A private strategy of %,d parameters; as integers it decides alike in %.1f %%",
          strategy.manifest().architecture().parameters(),
          100 * strategy.manifest().agreement().share());
      return run(world, strategy, started);
    }
  }

  /** The same from a trained strategy on. */
  LendingReport run(LendingWorld world, QuantisedStrategy strategy, long started) {
    Srs srs = Srs.development(strategy.manifest().architecture().logSize(), entropy);
    StrategyBundle bundle =
        StrategyBundle.of(
            strategy, CommittedModel.commit(strategy.network(), srs, backend, entropy));
    Screen.Step deploying = screen.step("Deploying the contracts and a vault");
    DemoWorld.Deployed deployed = world.deploy(bundle, srs);
    deploying.done(
        "The contracts; a vault at %s, its model %s",
        deployed.vault().address(), Demo.shortened(bundle.model().key().digest().hex()));
    screen.say("");
    return new Play(world, bundle, srs, deployed).report(started);
  }

  /** The heads of one run. */
  private final class Play {
    private final LendingWorld world;
    private final StrategyBundle bundle;
    private final Srs srs;
    private final Vault vault;
    private final DemoWorld.Deployed deployed;
    private final Address account;
    private final BlockingQueue<Notice> events = new LinkedBlockingQueue<>();
    private final List<Step> steps = new ArrayList<>();

    private long looked;
    private boolean held;
    private boolean vaultLiquidated;
    private boolean holderLiquidated;
    private Optional<BigDecimal> worstOfVault = Optional.empty();
    private Optional<BigDecimal> worstOfHolder = Optional.empty();
    private BigDecimal start = BigDecimal.ZERO;
    private BigDecimal kept = BigDecimal.ZERO;
    private @Nullable ProvenIntent executed;

    Play(LendingWorld world, StrategyBundle bundle, Srs srs, DemoWorld.Deployed deployed) {
      this.world = world;
      this.bundle = bundle;
      this.srs = srs;
      this.deployed = deployed;
      this.vault = deployed.vault();
      Policy.Lending lending = deployed.policy().parts().lending();
      this.account =
          (Address)
              world
                  .chain()
                  .client()
                  .call(lending.desk(), ACCOUNT_OF, vault.address(), lending.pool())
                  .getFirst();
    }

    LendingReport report(long started) {
      Address agent = world.agent().address();
      Mandate mandate =
          new Mandate(
              world.chain().client().chainId(),
              vault.address(),
              bundle.model().key().digest(),
              Demo.PACE.lifetimeSeconds(),
              agent);
      VaultReader features = new VaultReader(world.chain().client(), vault, Reports.NONE);
      world.nextHead();
      looked = head().number();
      try (var decider = bundle.open();
          ProbityNode node =
              ProbityNode.start(
                  NodeSettings.alone(new JournalSettings.Memory(), 1, Demo.RETRY),
                  _ ->
                      Demo.equipment(
                          world,
                          vault,
                          AgentCycle.of(
                              mandate,
                              features,
                              decider,
                              bundle.model(),
                              new Prover(srs, backend, entropy),
                              new ProofVerifier(srs)),
                          events::add),
                  InstantSource.system())) {
        node.agents()
            .ensure(
                new AgentSpec(
                    vault.address().toString(), vault.address(), mandate.model(), agent, Demo.PACE))
            .toCompletableFuture()
            .join();
        screen.say(
            screen.dim(
                "  head    WETH/USD    WBTC/USD  decision     proof       gas   health   holder  what the vault did"));
        for (int number = 1; number <= options.heads; number++) {
          if (number > 1) {
            world.nextHead();
            look();
          }
          play(number);
        }
      }
      List<AttackResult> attacks = options.attack ? attacks() : List.of();
      var report =
          new LendingReport(
              options.seed,
              BigDecimal.valueOf(deployed.policy().limits().healthFloorBps(), 4),
              steps,
              new Both<>(worstOfVault, worstOfHolder),
              new Both<>(vaultLiquidated, holderLiquidated),
              new LendingReport.Equity(start, equity(account, true), equity(world.holder(), false)),
              world.assets().getFirst().symbol(),
              attacks,
              (System.nanoTime() - started) / 1e9);
      summarise(report);
      return report;
    }

    private Head head() {
      return world.chain().client().head();
    }

    // ---- one head ----

    private void play(int number) {
      List<BigDecimal> prices = world.prices(BlockTag.LATEST);
      String decision = "";
      Duration proof = Duration.ZERO;
      while (true) {
        switch (next()) {
          case Notice.Decided(var proposal, _) ->
              decision = bundle.manifest().outputs().get(proposal.decision().words()[0]);
          case Notice.Proved(_, Duration took) -> proof = took;
          case Notice.Submitted(var intent) -> executed = intent;
          case Notice.Executed(Proposal _, var settlement) -> {
            long gas = settlement.receipt().gasUsed();
            long verify =
                Demo.gasOfCall(
                    world.chain().client(),
                    settlement.receipt().transactionHash(),
                    deployed.foundation().verifier());
            done(number, prices, decision, proof, true, moves(settlement), gas, verify, "");
            return;
          }
          case Notice.Kept(_, var prospect) -> {
            done(number, prices, decision, proof, false, List.of(), 0, 0, Demo.words(prospect));
            return;
          }
          case Notice.Missed(_, var why) -> {
            done(number, prices, decision, proof, false, List.of(), 0, 0, why);
            return;
          }
          case Notice.Failed(_, var step, var reason, _, var pause) -> {
            screen.say("        %s failed: %s", step, reason);
            if (pause.isZero()) {
              done(number, prices, decision, proof, false, List.of(), 0, 0, reason);
              return;
            }
          }
          case Notice.Postponed(Head asked, _) ->
              // Nobody else makes blocks here: one after the policy's max-age.
              world
                  .chain()
                  .mineAt(asked.timestamp() + deployed.policy().limits().numbers().step() / 2 + 1);
          default -> {}
        }
      }
    }

    private Notice next() {
      try {
        Notice event = events.poll(PATIENCE.toSeconds(), java.util.concurrent.TimeUnit.SECONDS);
        if (event == null) {
          throw new Complaint(
              "The agent did nothing for %d minutes: is the machine very busy? Run it again with --verbose to see where it stands."
                  .formatted(PATIENCE.toMinutes()));
        }
        return event;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new Complaint("Interrupted: run it again.", e);
      }
    }

    private void done(
        int number,
        List<BigDecimal> prices,
        String decision,
        Duration proof,
        boolean sent,
        List<Move> moves,
        long gas,
        long verify,
        String why) {
      look();
      if (!held && world.falls()) {
        hold();
      }
      VaultState state = vault.whole(BlockTag.LATEST);
      Policy.Numbers limits = deployed.policy().limits().numbers();
      var step =
          new Step(
              prices,
              decision,
              proof.toMillis(),
              sent,
              moves,
              gas,
              verify,
              new Both<>(
                  world.health(account, BlockTag.LATEST),
                  world.health(world.holder(), BlockTag.LATEST)),
              dollars(limits.turnover().subtract(state.turnoverLeft())),
              dollars(state.dayLoss()));
      steps.add(step);
      screen.say(
          "  %4d  %,10.2f  %,10.2f  %-9s %8s %,9d %8s %8s  %s",
          number,
          prices.getFirst(),
          prices.getLast(),
          decision,
          proof.isZero() ? "" : HeadTable.millis(proof),
          gas,
          health(step.health().vault()),
          health(step.health().holder()),
          moves.isEmpty()
              ? screen.dim(sent ? "recorded" : why)
              : moves.stream().map(Move::words).collect(Collectors.joining(", ")));
    }

    private static String health(Optional<BigDecimal> factor) {
      return factor
          .map(value -> value.setScale(3, RoundingMode.DOWN).toPlainString())
          .orElse("no debt");
    }

    private BigDecimal dollars(BigInteger units) {
      return world.assets().getFirst().amount(units).setScale(2, RoundingMode.HALF_EVEN);
    }

    // ---- what an execution did ----

    private List<Move> moves(Settlement.Executed settlement) {
      List<Move> moves = new ArrayList<>();
      List<Move> later = new ArrayList<>();
      for (LogEntry log : settlement.receipt().logs()) {
        Optional<AbiValues> moved = MOVED.decode(log);
        if (log.address().equals(account) && moved.isPresent()) {
          AbiValues values = moved.get();
          Loan loan = Loan.values()[values.int32("loan")];
          int asset = asset(values.address("token"));
          BigInteger amount = values.integer("amount");
          boolean brings = loan == Loan.WITHDRAW || loan == Loan.BORROW;
          (brings ? moves : later).add(move(words(loan), asset, amount));
        }
      }
      for (int i = 1; i < world.assets().size(); i++) {
        BigInteger gained = settlement.gained(world.assets().get(i).address());
        if (gained.signum() != 0) {
          moves.add(move(gained.signum() > 0 ? "bought" : "sold", i, gained.abs()));
        }
      }
      moves.addAll(later);
      return moves;
    }

    private int asset(Address token) {
      return world.assets().stream().map(Token::address).toList().indexOf(token);
    }

    private Move move(String what, int asset, BigInteger amount) {
      Token token = world.assets().get(asset);
      return new Move(what, token.amount(amount), token.symbol(), token.decimals());
    }

    private static String words(Loan loan) {
      return switch (loan) {
        case WITHDRAW -> "took back";
        case BORROW -> "borrowed";
        case REPAY -> "repaid";
        case SUPPLY -> "supplied";
      };
    }

    // ---- the holder, and liquidators ----

    private void hold() {
      Account loans = world.loans(account, head());
      held = true;
      start = equity(account, true);
      kept = free();
      world.imitate(loans);
      screen.say(
          "        %s", screen.dim("a holder has supplied and borrowed the same, and goes to bed"));
      looked = head().number();
    }

    /** Both after every block since the last look; whoever may be liquidated is. */
    private void look() {
      for (long number = looked + 1; number <= head().number(); number++) {
        BlockTag block = BlockTag.at(number);
        worstOfVault = least(worstOfVault, world.health(account, block));
        worstOfHolder = least(worstOfHolder, world.health(world.holder(), block));
      }
      looked = head().number();
      vaultLiquidated |= liquidated(account, "the vault");
      holderLiquidated |= liquidated(world.holder(), "the holder");
    }

    private static Optional<BigDecimal> least(
        Optional<BigDecimal> before, Optional<BigDecimal> now) {
      return before.isPresent() && now.isPresent()
          ? Optional.of(before.get().min(now.get()))
          : before.or(() -> now);
    }

    private boolean liquidated(Address debtor, String who) {
      Optional<BigDecimal> now = world.health(debtor, BlockTag.LATEST);
      if (now.isEmpty() || now.get().compareTo(BigDecimal.ONE) >= 0) {
        return false;
      }
      world.liquidate(debtor);
      screen.say("        %s", screen.red(who + " is liquidated at a health of " + now.get()));
      return true;
    }

    /** What is supplied less what is owed, and with it what the vault or the holder has beside. */
    private BigDecimal equity(Address who, boolean ofVault) {
      List<BigDecimal> prices = new ArrayList<>(List.of(BigDecimal.ONE));
      prices.addAll(world.prices(BlockTag.LATEST));
      Account loans = world.loans(who, head());
      BigDecimal sum = ofVault ? free() : kept;
      for (int i = 0; i < prices.size(); i++) {
        Account.Position position = loans.positions().get(i);
        BigDecimal net =
            world.assets().get(i).amount(position.supplied().subtract(position.owed()));
        sum = sum.add(net.multiply(prices.get(i)));
      }
      return sum.setScale(2, RoundingMode.HALF_EVEN);
    }

    /** What the vault holds itself. */
    private BigDecimal free() {
      List<BigDecimal> prices = new ArrayList<>(List.of(BigDecimal.ONE));
      prices.addAll(world.prices(BlockTag.LATEST));
      List<VaultState.Book> books = vault.whole(BlockTag.LATEST).books();
      BigDecimal sum = BigDecimal.ZERO;
      for (int i = 0; i < prices.size(); i++) {
        sum = sum.add(world.assets().get(i).amount(books.get(i).amount()).multiply(prices.get(i)));
      }
      return sum;
    }

    // ---- attacks ----

    private List<AttackResult> attacks() {
      screen.say("");
      screen.say(screen.bold("  Now a stranger tries to move the vault's loans"));
      screen.say("");
      LocalChain chain = world.chain();
      Target target = new Target(chain, vault);
      Address stranger = world.ground().attacker().address();
      Token usd = world.assets().getFirst();
      Token weth = world.assets().get(1);
      BigInteger much = usd.units(1_000);
      Address pool = deployed.policy().parts().lending().pool();
      long step = deployed.policy().limits().numbers().step();
      List<AttackResult> results = new ArrayList<>();
      results.add(
          target.attack(
              "borrow in the account's name",
              stranger,
              Call.of(
                  pool,
                  AbiFunction.parse("borrow(address,uint256,uint256,uint16,address)"),
                  usd.address(),
                  much,
                  2,
                  0,
                  account),
              "the market wants the account's own word"));
      results.add(
          target.attack(
              "have the account borrow",
              stranger,
              Call.of(
                  account,
                  ACCOUNT.function("move"),
                  Loan.BORROW.ordinal(),
                  usd.address(),
                  much,
                  step),
              "an account obeys its vault alone"));
      results.add(
          target.attack(
              "have the vault unwind",
              stranger,
              Call.of(
                  vault.address(),
                  ContractArtifact.load("Vault").function("unwind"),
                  weth.address(),
                  BigInteger.ZERO,
                  BigInteger.ONE),
              "its owner may, to himself"));
      if (executed != null) {
        results.add(
            target.attack(
                "the last decision once more",
                stranger,
                vault.execution(executed),
                "one decision, one nonce, one executor"));
      }
      results.add(
          target.attack(
              "another vault's account under this vault's name",
              stranger,
              Call.of(
                  deployed.policy().parts().lending().desk(),
                  ContractArtifact.load("AaveV3Desk").function("open"),
                  vault.address(),
                  0,
                  step,
                  List.of(usd.address())),
              "a market is a contract that says it is one"));
      results.forEach(this::show);
      return results;
    }

    private void show(AttackResult result) {
      screen.say(
          "  %s  %-48s %s",
          result.rejected()
              ? screen.green(screen.tick() + " refused ")
              : screen.red(screen.cross() + " EXECUTED"),
          result.name(),
          screen.dim(result.reason()));
    }

    // ---- the end ----

    private void summarise(LendingReport report) {
      screen.say("");
      List<Both<Optional<BigDecimal>>> health = report.steps().stream().map(Step::health).toList();
      screen.say("  Health by head, from 1 to %s and more; ! is under 1", Math.round(LARGE));
      screen.say("    vault   %s", chart(health.stream().map(Both::vault).toList()));
      screen.say("    holder  %s", chart(health.stream().map(Both::holder).toList()));
      screen.say("");
      screen.say(
          screen.bold(
              String.format(
                  Locale.ROOT,
                  "  The vault's health was never below %s (holder: %s); liquidated: vault %s, holder %s",
                  health(report.worst().vault()),
                  health(report.worst().holder()),
                  report.liquidated().vault() ? "yes" : "no",
                  report.liquidated().holder() ? "yes" : "no")));
      screen.say(
          "  Worth when the holder took its loans: %s %s; at the end the vault %s, the holder %s",
          HeadTable.money(report.equity().start()),
          report.numeraire(),
          HeadTable.money(report.equity().vault()),
          HeadTable.money(report.equity().holder()));
      screen.say(
          "  Gas of an execution with loans: %,d at most, of which %,d for the proof; %.0f s in all",
          report.steps().stream().mapToLong(Step::gas).max().orElse(0),
          report.steps().stream().mapToLong(Step::verifyGas).max().orElse(0),
          report.wallSeconds());
      screen.say("");
    }

    /** One sign for each head, from the least health that is no liquidation to a large one. */
    private static String chart(List<Optional<BigDecimal>> factors) {
      return factors.stream()
          .map(factor -> {
            double health = factor.map(BigDecimal::doubleValue).orElse(LARGE);
            int level = (int) ((health - 1) / (LARGE - 1) * BARS.length());
            return health < 1
                ? "!"
                : BARS.substring(Math.min(level, BARS.length() - 1)).substring(0, 1);
          })
          .collect(Collectors.joining());
    }
  }
}
