package org.probity.intent.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.probity.chain.AbiErrors;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ContractArtifact;
import org.probity.chain.RevertReason;
import org.probity.chain.local.LocalChain;
import org.probity.ground.TestKind;

/**
 * Plans with loans against the contracts on a local chain: random policies, books, outputs and
 * states of a lending market. Each loan and each trade is the same in every field, and each refusal
 * the same error with the same arguments. A failure names its seed, and {@code
 * -Dprobity.policy.seed} repeats it.
 *
 * <p>Not compared is how a desk reads a market's state.
 */
@TestKind.Differential
class LoanPlanningDifferentialTest {

  private static final int PLANS = TestKind.count("probity.loans.plans", 960, 48_000);
  private static final long SEED = Long.getLong("probity.policy.seed", 1);
  private static final int PLANS_A_WORLD = 480;
  private static final int POLICIES = 40;
  private static final int BATCH = 16;

  private static final ContractArtifact ENGINE = ContractArtifact.load("PolicyEngine");
  private static final ContractArtifact LOANS = ContractArtifact.load("LoanEngine");
  private static final ContractArtifact DESK = ContractArtifact.load("DeskDouble");
  private static final AbiFunction TRY = DESK.function("plans");
  private static final AbiFunction PLAN = ENGINE.function("plan");
  private static final AbiErrors ERRORS = AbiErrors.of(ENGINE, LOANS);
  private static final Address POOL = new Address("0x00000000000000000000000000000000000000b1");

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
  void everyLoanIsTheContracts() {
    Address owner = chain.account(0).address();
    Address factory = chain.deploy(owner, ContractArtifact.load("UniswapV3Factory").deployment());
    Address loans = chain.deploy(owner, LOANS.deployment());
    Address engine = chain.deploy(owner, ENGINE.deployment(Address.ZERO, loans));
    Address desk = chain.deploy(owner, DESK.deployment());
    for (int i = 0; i < Math.max(1, PLANS / PLANS_A_WORLD); i++) {
      new Life(factory, engine, desk, SEED + i).live();
    }
    if (PLANS >= 960) {
      assertThat(met.keySet())
          .as("%s", met)
          .contains(
              "WITHDRAW",
              "BORROW",
              "REPAY",
              "SUPPLY",
              "a trade",
              "both",
              "LoanHindered 0",
              "Reason AT_TARGET",
              "Reason DIRECTION",
              "Reason FUNDS");
    }
  }

  /** What is asked of both. */
  private record Asked(PlanInput input, List<LendingView.State> states, List<Object> struct) {}

  /** One market. */
  private final class Life {
    private final PolicyWorld world;
    private final Random random;
    private final Address engine;
    private final Address desk;
    private final long seed;
    private final RandomPolicies policies;
    private final RandomLoans loans;
    private final PolicyEngine twin = new PolicyEngine(Optional.empty());

    Life(Address factory, Address engine, Address desk, long seed) {
      this.random = new Random(seed);
      this.world = new PolicyWorld(chain, factory, 2 + random.nextInt(4), true, false, random);
      this.engine = engine;
      this.desk = desk;
      this.seed = seed;
      this.policies = new RandomPolicies(world);
      this.loans = new RandomLoans(world);
    }

    void live() {
      List<Policy> all = new ArrayList<>();
      List<Address> places = new ArrayList<>();
      for (int i = 0; i < POLICIES; i++) {
        all.add(loans.lending(policies.next(), desk, POOL));
        places.add(PolicyWorld.store(chain, all.get(i), i));
      }
      for (int i = 0; i < 12; i++) {
        chain.mineAt(world.now() + 60);
        world.pools.forEach(pool -> world.swap(pool, random.nextBoolean(), 1e-5));
      }
      for (int i = 0; i < world.tokens.size(); i++) {
        if (world.feeds.get(i).exists()) {
          world.tellPrice(i, 0, world.now());
        }
      }
      ChainMarket market = world.market(all.getFirst(), Optional.empty());
      long now = world.now() + 5;
      List<Asked> asked = new ArrayList<>();
      for (int i = 0; i < PLANS_A_WORLD; i++) {
        int which = random.nextInt(POLICIES);
        asked.add(ask(all.get(which), places.get(which), market, now));
        if (asked.size() == BATCH) {
          compare(asked, market, now);
          asked.clear();
        }
      }
    }

    private Asked ask(Policy policy, Address place, ChainMarket market, long now) {
      long asOf = now - random.nextInt(60);
      PlanInput input =
          new PlanInput(
              policy,
              asOf,
              300,
              loans.outputs(policy, policies),
              policies.books(),
              policies.turnoverLeft());
      List<LendingView.State> states = loans.states(policy);
      Bytes hints = market.hints(asOf, now, policy.limits().numbers().window());
      List<Object> struct =
          List.of(
              List.of(
                  place,
                  asOf,
                  input.slippageBps(),
                  input.outputs(),
                  input.books(),
                  input.turnoverLeft(),
                  hints,
                  Address.ZERO),
              states.stream().map(Life::struct).toList());
      return new Asked(input, states, struct);
    }

    private static List<Object> struct(LendingView.State state) {
      return List.of(
          state.supplied(),
          state.owed(),
          state.liquid(),
          state.supplyRoom(),
          state.borrowRoom(),
          state.repayable(),
          state.price(),
          state.thresholdBps(),
          state.ltvBps());
    }

    private void compare(List<Asked> asked, ChainMarket market, long now) {
      Call call = Call.of(desk, TRY, engine, asked.stream().map(Asked::struct).toList());
      List<AbiValues> answers =
          TRY.decode(VaultBed.at(chain.client(), now, chain.account(0).address(), call))
              .structs("answers");
      for (int i = 0; i < asked.size(); i++) {
        Asked one = asked.get(i);
        Planned mine = twin.plan(one.input, now, with(market, one.states));
        count(mine);
        AbiValues answer = answers.get(i);
        Planned theirs =
            answer.bool("made")
                ? PolicyEngineDifferentialTest.planned(
                    PLAN.decode(answer.bytes("said")).struct("made"), one.input.policy())
                : PolicyEngineDifferentialTest.refusal(
                    RevertReason.decode(answer.bytes("said"), ERRORS));
        assertThat(mine).as("seed %d: %s of %s", seed, one.states, one.input).isEqualTo(theirs);
      }
    }
  }

  private static MarketView with(MarketView market, List<LendingView.State> states) {
    return new MarketView() {
      @Override
      public PoolView pool(int index) {
        return market.pool(index);
      }

      @Override
      public Round latestRound(Address feed) {
        return market.latestRound(feed);
      }

      @Override
      public LendingView lending() {
        return new LendingView(new Address("0x0000000000000000000000000000000000000acc"), states);
      }
    };
  }

  private void count(Planned planned) {
    switch (planned) {
      case Refusal(String error, List<Object> arguments) when error.equals("LoanHindered") ->
          met.merge("LoanHindered " + arguments.getLast(), 1, Integer::sum);
      case Refusal refusal -> met.merge(refusal.error(), 1, Integer::sum);
      case Plan plan -> {
        met.merge("Reason " + plan.reason(), 1, Integer::sum);
        plan.before().forEach(step -> met.merge(step.loan().name(), 1, Integer::sum));
        plan.later().forEach(step -> met.merge(step.loan().name(), 1, Integer::sum));
        if (!plan.steps().isEmpty()) {
          met.merge(plan.lends() ? "both" : "a trade", 1, Integer::sum);
        }
      }
    }
  }
}
