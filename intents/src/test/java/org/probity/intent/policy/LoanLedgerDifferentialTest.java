package org.probity.intent.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.probity.chain.AbiErrors;
import org.probity.chain.AbiEvent;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Erc20;
import org.probity.chain.LogEntry;
import org.probity.chain.Receipt;
import org.probity.chain.RevertReason;
import org.probity.chain.local.LocalAave;
import org.probity.chain.local.LocalAave.Listing;
import org.probity.chain.local.LocalChain;
import org.probity.chain.local.LocalFeed;
import org.probity.chain.local.LocalMarket;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;
import org.probity.intent.policy.Policy.Feature;
import org.probity.intent.policy.Policy.Model;
import org.probity.intent.policy.Policy.Parts;
import org.probity.strategy.feature.OwnLoans;

/**
 * A ledger that lends against the deployed vault, on Aave's published byte code: random lives of
 * decisions, deposits, exits, pokes, gifts of strangers, unwinding, prices that move and hours that
 * pass. What is executed has the features, the loans and the trades that Java has, and all that
 * vault and account remember afterwards is the same.
 *
 * <p>What the market and the pools did is taken from the transaction itself: how they reckon is for
 * other tests.
 */
@TestKind.Differential
class LoanLedgerDifferentialTest {

  private static final int DEEDS = TestKind.count("probity.loans.deeds", 60, 2_000);
  private static final int DEEDS_A_LIFE = 60;
  private static final long SEED = Long.getLong("probity.policy.seed", 1);
  private static final BigInteger RAY = BigInteger.TEN.pow(27);
  private static final BigInteger ALL = BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE);

  private static final ContractArtifact DESK = ContractArtifact.load("AaveV3Desk");
  private static final ContractArtifact ACCOUNT = ContractArtifact.load("AaveV3Account");
  private static final AbiErrors ERRORS =
      AbiErrors.of(VaultBed.VAULT, VaultBed.ENGINE, VaultBed.LOANS, ACCOUNT, DESK);
  private static final AbiFunction EXECUTE = VaultBed.VAULT.function("execute");
  private static final AbiFunction BOOK = VaultBed.VAULT.function("book");
  private static final AbiEvent MOVED = ACCOUNT.event("Moved");
  private static final AbiEvent SWAP =
      AbiEvent.parse(
          "Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1,"
              + " uint160 sqrtPriceX96, uint128 liquidity, int24 tick)");
  private static final AbiFunction INCOME =
      AbiFunction.parse("getReserveNormalizedIncome(address) returns (uint256 index)");
  private static final AbiFunction DEBT =
      AbiFunction.parse("getReserveNormalizedVariableDebt(address) returns (uint256 index)");
  private static final AbiFunction SCALED =
      AbiFunction.parse("scaledBalanceOf(address) returns (uint256 amount)");

  @SuppressWarnings("NullAway.Init") // by start
  private static LocalChain chain;

  @BeforeAll
  static void start() {
    chain = LocalChain.start();
  }

  @AfterAll
  static void stop() {
    chain.close();
  }

  private final Map<String, Integer> met = new TreeMap<>();

  @Test
  void whatALendingVaultRemembersIsTheContracts() {
    Address factory =
        chain.deploy(
            chain.account(0).address(), ContractArtifact.load("UniswapV3Factory").deployment());
    for (int i = 0; i < Math.max(1, DEEDS / DEEDS_A_LIFE); i++) {
      new Life(factory, SEED + i).live();
    }
    assertThat(met.keySet())
        .as("%s", met)
        .contains("WITHDRAW", "BORROW", "REPAY", "SUPPLY", "traded", "unwind", "poke", "gift");
  }

  private final class Life {
    private final long seed;
    private final Random random;
    private final VaultBed bed;
    private final PolicyWorld world;
    private final RandomPolicies policies;
    private final RandomLoans loans;
    private final Address desk;
    private final LocalAave aave;
    private final List<LocalFeed> feeds = new ArrayList<>();
    private final List<LocalMarket.Token> tokens = new ArrayList<>();
    private final Map<Bytes32, Bytes> keys = new HashMap<>();
    private final Address vault;
    private final Address account;
    private VaultLedger ledger;
    private int rounds;

    Life(Address factory, long seed) {
      this.seed = seed;
      this.random = new Random(seed);
      this.bed = new VaultBed(chain, factory, 2 + random.nextInt(2), random);
      this.world = bed.world;
      this.policies = new RandomPolicies(world);
      this.loans = new RandomLoans(world);
      this.desk = chain.deploy(bed.owner, DESK.deployment());
      this.aave = LocalAave.deploy(chain, listings());
      price();
      for (int i = 0; i < tokens.size(); i++) {
        aave.supply(bed.trader, tokens.get(i), worth(i, 20));
      }
      Policy policy = policy();
      this.vault = bed.deploy(policy);
      this.account =
          (Address)
              chain.client().call(desk, DESK.function("accountOf"), vault, aave.pool()).getFirst();
      this.ledger = VaultLedger.created(policy, world.now());
      this.ledger = ledger.remembering(lender(List.of()), world.now());
      bed.approve(vault);
      compare("creation");
    }

    private List<Listing> listings() {
      List<Listing> all = new ArrayList<>();
      for (PolicyWorld.Token token : world.tokens) {
        LocalFeed feed = new LocalFeed(chain, 8);
        feeds.add(feed);
        LocalMarket.Token named =
            new LocalMarket.Token(token.address(), "T" + feeds.size(), token.decimals());
        tokens.add(named);
        all.add(
            new Listing(
                named,
                feed.proxy(),
                7_000,
                8_000,
                10_500,
                1_000,
                true,
                new LocalAave.Rates(
                    RAY.multiply(BigInteger.valueOf(8)).divide(BigInteger.TEN),
                    RAY.divide(BigInteger.valueOf(50)),
                    RAY.divide(BigInteger.TEN),
                    RAY)));
      }
      return all;
    }

    private BigInteger worth(int token, int times) {
      PolicyWorld.Token numeraire = world.tokens.getFirst();
      PolicyWorld.Token own = world.tokens.get(token);
      return world
          .scale
          .multiply(BigInteger.valueOf(times))
          .multiply(BigInteger.valueOf(numeraire.milliPrice()))
          .multiply(own.whole())
          .divide(numeraire.whole().multiply(BigInteger.valueOf(own.milliPrice())))
          .add(BigInteger.TEN);
    }

    private Policy policy() {
      Policy base = loans.lending(bed.policy(random), desk, aave.pool());
      int others = base.assets() - 1;
      int reserves = base.parts().lending().reserves().size();
      Model m = base.model();
      int inputs = 2 * others + 2 + 1 + 4 * reserves;
      int outputs = m.linear() ? others + 2 * reserves : m.directions().size();
      Bytes key = VaultBed.key(inputs, m.linear(), outputs);
      chain.execute(bed.owner, Call.of(bed.keys, VaultBed.KEYS.function("store"), key));
      keys.put(key.keccak(), key);
      Address code =
          chain
              .client()
              .call(bed.keys, VaultBed.KEYS.function("codeOf"), key.keccak())
              .address("code");
      Model model =
          new Model(
              key.keccak(),
              code,
              bed.agent,
              m.targets(),
              m.directions(),
              m.weightStepBps(),
              List.of(
                  new Feature(Address.ZERO, 2 * others + 2, Bytes.EMPTY),
                  new Feature(Address.ZERO, 1 + 4 * reserves, Feature.LOANS)),
              m.lendingTargets());
      Parts p = base.parts();
      return new Policy(
          patient(base.limits()),
          model,
          new Parts(p.assets(), p.pools(), bed.action, p.venues(), p.lending()));
    }

    /** What swaps cost is for other tests. */
    private Policy.Limits patient(Policy.Limits l) {
      Policy.Numbers n = l.numbers();
      BigInteger all = world.scale.shiftLeft(6);
      return new Policy.Limits(
          new Policy.Numbers(
              n.step(),
              n.maxAge(),
              n.minInterval(),
              n.window(),
              n.settle(),
              n.maxSlippageBps(),
              n.maxDrift(),
              n.impactMargin(),
              n.depthShareBps(),
              n.minFillBps(),
              n.maxDeviationBps(),
              n.sequencerGrace(),
              n.minTrade(),
              n.maxAction(),
              all,
              n.turnoverWindow(),
              all,
              all,
              all),
          l.exposures(),
          l.pools(),
          l.venues(),
          l.reserves(),
          l.healthFloorBps());
    }

    void live() {
      trade(700);
      for (int i = 0; i < tokens.size(); i++) {
        deposit(i);
      }
      for (int i = 0; i < DEEDS_A_LIFE; i++) {
        String deed =
            switch (random.nextInt(14)) {
              case 0 -> deposit(random.nextInt(tokens.size()));
              case 1 -> exit(random.nextInt(tokens.size()));
              case 2 -> poke();
              case 3 -> gift();
              case 4 -> unwind();
              case 5 -> sync();
              case 6 -> hours();
              default -> decide();
            };
        met.merge(deed, 1, Integer::sum);
        compare(deed);
      }
    }

    // ---- what happens around it ----

    private String trade(int seconds) {
      long end = world.now() + seconds;
      while (world.now() < end) {
        chain.setNextBlockTimestamp(world.now() + 10 + random.nextInt(60));
        PolicyWorld.Pool pool = world.pools.get(random.nextInt(world.pools.size()));
        world.swap(pool, random.nextBoolean(), 0.001 * random.nextDouble());
      }
      for (int i = 0; i < world.tokens.size(); i++) {
        if (world.feeds.get(i).exists()) {
          world.tellPrice(i, random.nextInt(40) - 20, world.now());
        }
      }
      return "market";
    }

    private void price() {
      rounds++;
      for (int i = 0; i < feeds.size(); i++) {
        long off = 9_800 + random.nextInt(400);
        feeds
            .get(i)
            .answer(
                world.now() + 1,
                rounds,
                BigInteger.valueOf(world.tokens.get(i).milliPrice() * 10 * off));
      }
    }

    private String hours() {
      chain.mineAt(world.now() + 3_600L * (1 + random.nextInt(20)));
      price();
      trade(700);
      return "hours";
    }

    private String gift() {
      int i = random.nextInt(tokens.size());
      Address token = tokens.get(i).address();
      chain.execute(bed.trader, new Erc20(token).approve(aave.pool(), ALL));
      BigInteger amount = worth(i, 1).shiftRight(4 + random.nextInt(6)).add(BigInteger.ONE);
      boolean repays = random.nextBoolean() && scaled(token, true, BlockTag.LATEST).signum() != 0;
      Call call =
          repays
              ? Call.of(
                  aave.pool(),
                  AbiFunction.parse("repay(address,uint256,uint256,address) returns (uint256)"),
                  token,
                  amount,
                  2,
                  account)
              : Call.of(
                  aave.pool(),
                  AbiFunction.parse("supply(address,uint256,address,uint16)"),
                  token,
                  amount,
                  account,
                  0);
      chain.execute(bed.trader, call);
      return "gift";
    }

    private String poke() {
      chain.execute(bed.trader, Call.of(vault, VaultBed.VAULT.function("poke")));
      ledger = ledger.remembering(lender(List.of()), world.now());
      return "poke";
    }

    // ---- what its owner does ----

    private String deposit(int i) {
      Address token = tokens.get(i).address();
      BigInteger amount = worth(i, 1).shiftRight(random.nextInt(4));
      chain.execute(bed.owner, Call.of(vault, VaultBed.VAULT.function("deposit"), token, amount));
      ledger = ledger.deposited(token, amount, world.now());
      return "deposit";
    }

    private String exit(int i) {
      Address token = tokens.get(i).address();
      BigInteger amount = ledger.book(token).amount().shiftRight(1 + random.nextInt(4));
      chain.execute(bed.owner, Call.of(vault, VaultBed.VAULT.function("exit"), token, amount));
      ledger = ledger.exited(token, amount, world.now());
      return "exit";
    }

    private String sync() {
      Address token = tokens.get(random.nextInt(tokens.size())).address();
      chain.execute(bed.owner, Call.of(vault, VaultBed.VAULT.function("sync"), token));
      ledger =
          ledger
              .lentSynced(
                  token,
                  scaled(token, false, BlockTag.LATEST),
                  scaled(token, true, BlockTag.LATEST),
                  world.now())
              .synced(
                  token,
                  new Erc20(token).balanceOf(chain.client(), vault, BlockTag.LATEST),
                  world.now());
      return "sync";
    }

    private String unwind() {
      int asset = random.nextInt(tokens.size());
      Address token = tokens.get(asset).address();
      LoanBooks.Line line = ledger.loans().line(ledger.policy().parts().lending(), token);
      BigInteger free = ledger.book(token).amount();
      BigInteger repay =
          random.nextInt(3) == 0 ? BigInteger.ZERO : free.shiftRight(random.nextInt(3));
      BigInteger withdraw =
          random.nextInt(3) == 0 ? ALL : line.supplied().amount().shiftRight(1 + random.nextInt(3));
      Call call = Call.of(vault, VaultBed.VAULT.function("unwind"), token, repay, withdraw);
      try {
        chain.client().callFrom(bed.owner, call, BlockTag.LATEST);
      } catch (CallReverted e) {
        return "unwind refused";
      }
      BlockTag before = BlockTag.at(chain.client().head().number());
      BigInteger supplied = scaled(token, false, before);
      BigInteger owed = scaled(token, true, before);
      Receipt receipt = chain.execute(bed.owner, call);
      for (AbiValues moved : moved(receipt)) {
        boolean repays = moved.int32("loan") == Loan.REPAY.ordinal();
        LoanFill fill =
            new LoanFill(
                moved.integer("amount"),
                repays ? owed : supplied,
                scaled(token, repays, BlockTag.LATEST),
                index(token));
        Loan loan = repays ? Loan.REPAY : Loan.WITHDRAW;
        ledger = ledger.unwound(token, loan, repays ? repay : withdraw, fill, world.now());
      }
      return "unwind";
    }

    // ---- decisions ----

    private String decide() {
      trade(random.nextInt(150));
      Policy policy = ledger.policy();
      long step = policy.limits().numbers().step();
      long asOf = world.now() / step * step + step;
      long now =
          Math.max(
              world.now() + 1, asOf + random.nextInt((int) policy.limits().numbers().maxAge()));
      VaultDecision decision =
          new VaultDecision(
              policy.model().digest(),
              ledger.nonce(),
              BigInteger.valueOf(now + 100),
              asOf,
              bed.agent,
              290,
              loans.outputs(policy, policies));
      return execute(decision, now);
    }

    private String execute(VaultDecision decision, long now) {
      Policy policy = ledger.policy();
      MarketView market = seen(policy, now);
      Planned planned = bed.twin.plan(ledger.planInput(decision, now), now, market);
      Call call = call(decision, now, planned);
      try {
        VaultBed.at(chain.client(), now, bed.agent, call);
      } catch (CallReverted e) {
        return refused(decision, now, market, e);
      }
      BlockTag before = BlockTag.at(chain.client().head().number());
      BigInteger health = health(now);
      chain.setNextBlockTimestamp(now);
      Receipt receipt = chain.execute(bed.agent, call);
      List<LoanFill> fills = new ArrayList<>();
      for (AbiValues moved : moved(receipt)) {
        boolean debt = moved.int32("loan") == 1 || moved.int32("loan") == 2;
        Address token = moved.address("token");
        fills.add(
            new LoanFill(
                moved.integer("amount"),
                scaled(token, debt, before),
                scaled(token, debt, BlockTag.LATEST),
                index(token)));
      }
      Deque<BigInteger> healths = new ArrayDeque<>(List.of(health, health(now)));
      Execution mine =
          ledger.execute(
              decision, bed.agent, now, bed.twin, market, swaps(receipt), lender(fills, healths));
      assertThat(mine).as("seed %d: %s at %d", seed, decision, now).isInstanceOf(Executed.class);
      Executed executed = (Executed) mine;
      AbiValues told =
          receipt.logs().stream()
              .flatMap(entry -> VaultBed.VAULT.event("DecisionExecuted").decode(entry).stream())
              .findFirst()
              .orElseThrow();
      assertThat(told.integers("deltas"))
          .as("seed %d: %s", seed, executed.plan())
          .isEqualTo(executed.deltas());
      assertThat(told.int32("reason")).isEqualTo(executed.plan().reason().ordinal());
      ledger = executed.ledger();
      executed.plan().before().forEach(one -> met.merge(one.loan().name(), 1, Integer::sum));
      executed.plan().later().forEach(one -> met.merge(one.loan().name(), 1, Integer::sum));
      return executed.plan().steps().isEmpty() ? "decided" : "traded";
    }

    /** What is refused before anything is moved is refused alike. */
    private String refused(VaultDecision decision, long now, MarketView market, CallReverted e) {
      RevertReason reason = e.reason(ERRORS);
      boolean[] moved = new boolean[1];
      Execution mine =
          ledger.execute(
              decision,
              bed.agent,
              now,
              bed.twin,
              market,
              (_, _) -> {
                moved[0] = true;
                return Refusal.of("Unknown");
              },
              new LoanMarket() {
                @Override
                public LoanResult move(LoanStep step, BigInteger amount) {
                  moved[0] = true;
                  return Refusal.of("Unknown");
                }

                @Override
                public BigInteger health() {
                  return BigInteger.ZERO;
                }

                @Override
                public List<LoanBooks.Checkpoint> indices() {
                  return List.of();
                }
              });
      if (!moved[0]) {
        assertThat(mine)
            .as("seed %d: %s at %d", seed, decision, now)
            .isEqualTo(PolicyEngineDifferentialTest.refusal(reason));
      }
      return "refused: " + reason.toString().split("\\(", 2)[0];
    }

    private Call call(VaultDecision decision, long now, Planned planned) {
      Policy policy = ledger.policy();
      Bytes proof = Bytes.EMPTY;
      if (planned instanceof Plan plan) {
        Bytes32 context = decision.context(chain.client().chainId(), vault, ledger.policyHash());
        try {
          int[] own = ledger.ownFeatures(decision.asOf(), plan.refs());
          int[] lent =
              new OwnLoans(policy.parts().lending().reserves().size())
                  .features(
                      ledger.ownBooks(),
                      ledger.loansAsOf(decision.asOf()),
                      decision.asOf(),
                      plan.refs());
          int[] all = IntStream.concat(IntStream.of(own), IntStream.of(lent)).toArray();
          Bytes key = keys.getOrDefault(policy.model().digest(), Bytes.EMPTY);
          proof = VaultBed.proof(key, all, decision.outputs(), context);
        } catch (IllegalArgumentException e) {
          assertThat(e).hasMessageContaining("NoCheckpoint");
        }
      }
      return Call.of(
          vault,
          EXECUTE,
          decision.toStruct(),
          world
              .market(policy, Optional.empty())
              .hints(decision.asOf(), now, policy.limits().numbers().window()),
          Collections.nCopies(policy.model().program().size(), Bytes.EMPTY),
          proof);
    }

    private MarketView seen(Policy policy, long now) {
      ChainMarket pools = world.market(policy, Optional.empty());
      Call look = ChainLending.of(chain.client(), vault, policy).look();
      LendingView view = ChainLending.answered(VaultBed.at(chain.client(), now, bed.agent, look));
      return new MarketView() {
        @Override
        public PoolView pool(int index) {
          return pools.pool(index);
        }

        @Override
        public Round latestRound(Address feed) {
          return pools.latestRound(feed);
        }

        @Override
        public LendingView lending() {
          return view;
        }
      };
    }

    // ---- what a transaction says that market and pools did ----

    private StepAction swaps(Receipt receipt) {
      Deque<AbiValues> swaps = new ArrayDeque<>();
      for (LogEntry entry : receipt.logs()) {
        SWAP.decode(entry).ifPresent(swaps::add);
      }
      return (step, _) -> {
        BigInteger given = BigInteger.ZERO;
        BigInteger received = BigInteger.ZERO;
        for (int i = 0; i < step.pools().size(); i++) {
          AbiValues swap = swaps.removeFirst();
          BigInteger zero = swap.integer("amount0");
          BigInteger one = swap.integer("amount1");
          given = i == 0 ? zero.max(one) : given;
          received = zero.min(one).negate();
        }
        return new Fill(given, received);
      };
    }

    private LoanMarket lender(List<LoanFill> fills) {
      return lender(fills, new ArrayDeque<>());
    }

    private LoanMarket lender(List<LoanFill> fills, Deque<BigInteger> healths) {
      Deque<LoanFill> left = new ArrayDeque<>(fills);
      return new LoanMarket() {
        @Override
        public LoanResult move(LoanStep step, BigInteger amount) {
          return left.removeFirst();
        }

        @Override
        public BigInteger health() {
          return healths.removeFirst();
        }

        @Override
        public List<LoanBooks.Checkpoint> indices() {
          List<LoanBooks.Checkpoint> all = new ArrayList<>();
          for (Policy.Reserve reserve : ledger.policy().parts().lending().reserves()) {
            Address token = tokens.get(reserve.asset()).address();
            all.add(
                new LoanBooks.Checkpoint(
                    world.now(),
                    index(token),
                    chain.client().call(aave.pool(), DEBT, token).integer("index"),
                    8_000));
          }
          return all;
        }
      };
    }

    private List<AbiValues> moved(Receipt receipt) {
      return receipt.logs().stream()
          .filter(entry -> entry.address().equals(account))
          .flatMap(entry -> MOVED.decode(entry).stream())
          .toList();
    }

    private BigInteger index(Address token) {
      return chain.client().call(aave.pool(), INCOME, token).integer("index");
    }

    private BigInteger health(long now) {
      Bytes answer =
          VaultBed.at(
              chain.client(), now, bed.agent, Call.of(desk, DESK.function("health"), account));
      return new BigInteger(1, answer.toArray());
    }

    private BigInteger scaled(Address token, boolean debt, BlockTag at) {
      AbiFunction reserve = ContractArtifact.load("AavePool").function("getReserveData");
      List<?> data = (List<?>) chain.client().call(aave.pool(), reserve, token).getFirst();
      return chain
          .client()
          .callAt(at, (Address) data.get(debt ? 10 : 8), SCALED, account)
          .integer("amount");
    }

    // ---- what is remembered ----

    private void compare(String after) {
      for (LocalMarket.Token token : tokens) {
        AbiValues book = chain.client().call(vault, BOOK, token.address());
        assertThat(ledger.book(token.address()))
            .as("seed %d after %s", seed, after)
            .isEqualTo(
                new VaultLedger.Book(
                    book.integer("amount"), book.integer("before"), book.int64("changedAt")));
        LoanBooks.Line line =
            ledger.loans().line(ledger.policy().parts().lending(), token.address());
        AbiValues books = chain.client().call(account, ACCOUNT.function("book"), token.address());
        assertThat(line.supplied())
            .as("seed %d after %s", seed, after)
            .isEqualTo(book(books.struct("supplied")));
        assertThat(line.owed())
            .as("seed %d after %s", seed, after)
            .isEqualTo(book(books.struct("owed")));
        List<?> points =
            (List<?>)
                chain
                    .client()
                    .call(account, ACCOUNT.function("checkpoints"), token.address())
                    .getFirst();
        List<LoanBooks.Checkpoint> kept =
            points.stream()
                .map(point -> (List<?>) point)
                .map(point ->
                    new LoanBooks.Checkpoint(
                        ((BigInteger) point.get(0)).longValueExact(),
                        (BigInteger) point.get(1),
                        (BigInteger) point.get(2),
                        ((BigInteger) point.get(3)).intValueExact()))
                .filter(point -> point.time() != 0)
                .sorted(Comparator.comparingLong(LoanBooks.Checkpoint::time))
                .toList();
        assertThat(line.checkpoints()).as("seed %d after %s", seed, after).isEqualTo(kept);
      }
    }

    private static VaultLedger.Book book(AbiValues book) {
      return new VaultLedger.Book(
          book.integer("amount"), book.integer("before"), book.int64("changedAt"));
    }
  }
}
