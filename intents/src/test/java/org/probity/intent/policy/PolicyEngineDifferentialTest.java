package org.probity.intent.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
import org.probity.chain.CallReverted;
import org.probity.chain.ContractArtifact;
import org.probity.chain.RevertReason;
import org.probity.chain.local.LocalChain;
import org.probity.ground.TestKind;
import org.probity.intent.policy.Plan.Reason;
import org.probity.intent.policy.Policy.PoolPart;

/**
 * {@link PolicyEngine} against the contract on a local chain: random markets, policies, books,
 * outputs and moments, on Uniswap's byte code. Each plan is the same in every field, and each
 * refusal the same error with the same arguments. A failure names its seed, and {@code
 * -Dprobity.policy.seed} repeats it.
 *
 * <p>Not compared are hints that a caller makes up: here they are those of {@code locate}. Where a
 * pool's history is too short there are none, and that Java says so is held against the contract's
 * refusing the next best ones.
 */
@TestKind.Differential
class PolicyEngineDifferentialTest {

  private static final int PLANS = TestKind.count("probity.policy.plans", 1_200, 24_000);
  private static final long SEED = Long.getLong("probity.policy.seed", 1);
  private static final int MOMENTS = 8;
  private static final int POLICIES = 6;
  private static final int PLANS_A_WORLD = 200;

  private static final ContractArtifact ENGINE = ContractArtifact.load("PolicyEngine");
  private static final AbiFunction POOLS = AbiFunction.parse("f() returns (address[] pools)");
  private static final AbiFunction PLAN = ENGINE.function("plan");
  private static final ContractArtifact LENS = ContractArtifact.load("VaultLens");
  private static final AbiFunction POLICY_AT = LENS.function("policyAt");
  private static final AbiFunction LOCATE = ENGINE.function("locate");
  private static final AbiErrors ERRORS = AbiErrors.of(ENGINE);

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
  void everyPlanAndEveryRefusalIsTheContracts() {
    Address owner = chain.account(0).address();
    Address factory = chain.deploy(owner, ContractArtifact.load("UniswapV3Factory").deployment());
    Address uptime = chain.deploy(owner, ContractArtifact.load("FeedDouble").deployment(0));
    Address loans = chain.deploy(owner, ContractArtifact.load("LoanEngine").deployment());
    List<Address> engines =
        List.of(
            chain.deploy(owner, ENGINE.deployment(Address.ZERO, loans)),
            chain.deploy(owner, ENGINE.deployment(uptime, loans)));
    Address venue = chain.deploy(owner, ContractArtifact.load("VenueDouble").deployment());
    int worlds = Math.max(1, PLANS / PLANS_A_WORLD);
    for (int i = 0; i < worlds; i++) {
      var random = new Random(SEED + i);
      int assets = 2 + (3 * i + 1) % (PolicyBounds.ASSETS - 1);
      PolicyWorld world = new PolicyWorld(chain, factory, assets, false, i % 2 == 1, random);
      boolean sequenced = i % 3 == 1;
      new Life(
              world,
              engines.get(sequenced ? 1 : 0),
              venue,
              sequenced ? Optional.of(uptime) : Optional.empty(),
              SEED + i)
          .live();
    }
    if (PLANS >= 1_200) {
      assertThat(met.keySet())
          .as("%s", met)
          .contains(
              "Reason HOLD",
              "Reason AT_TARGET",
              "Reason DIRECTION",
              "Reason ALLOWANCE",
              "Reason EXPOSURE",
              "Reason FUNDS",
              "steps over 1",
              "steps over 2",
              "steps over 3",
              "sells at a venue",
              "buys at a venue",
              "NotAVenueOf",
              "MarketMoved",
              "TooLittleLiquidity",
              "TooLargeForDepth",
              "NoBlockStart",
              "PricesDisagree",
              "OracleStale",
              "SequencerDown",
              "PriceBeyondLimit",
              "SlippageBelowFees",
              "UnknownDecision",
              "WrongOutputs",
              "InFuture",
              "HistoryTooShort");
    }
  }

  /** One market, from its first hours on. */
  private final class Life {
    private final PolicyWorld world;
    private final Random random;
    private final Address engine;
    private final Optional<Address> sequencer;
    private final long seed;
    private final RandomPolicies policies;
    private final PolicyEngine twin;

    Life(PolicyWorld world, Address engine, Address venue, Optional<Address> sequencer, long seed) {
      this.world = world;
      this.random = world.random;
      this.engine = engine;
      this.sequencer = sequencer;
      this.seed = seed;
      this.policies = new RandomPolicies(world, venue);
      this.twin = new PolicyEngine(sequencer);
    }

    void live() {
      Address lens = chain.deploy(chain.account(0).address(), LENS.deployment());
      List<Policy> all = new ArrayList<>();
      List<Address> places = new ArrayList<>();
      for (int i = 0; i < POLICIES; i++) {
        Policy policy = policies.next();
        all.add(policy);
        places.add(PolicyWorld.store(chain, policy, i));
        AbiValues read = chain.client().call(lens, POLICY_AT, places.get(i));
        assertThat(POLICY_AT.encodeReturn(read.getFirst())).isEqualTo(Bytes.of(policy.encoded()));
      }
      chain.mineAt(world.now() + 1 + random.nextInt(3_000));
      for (int moment = 0; moment < MOMENTS; moment++) {
        happen(30 + random.nextInt(400));
        // Policies differ in their limits, not in their parts.
        ChainMarket market = world.market(all.getFirst(), sequencer);
        long latest = world.now();
        long now = latest + (random.nextInt(3) == 0 ? 0 : random.nextInt(120));
        for (int i = 0; i < PLANS_A_WORLD / MOMENTS; i++) {
          int which = random.nextInt(POLICIES);
          compare(all.get(which), places.get(which), market, now);
        }
      }
    }

    /** Some trading, for so many seconds. */
    private void happen(int seconds) {
      long end = world.now() + seconds;
      double wild = random.nextInt(3) == 0 ? 0.02 : 0.001;
      while (world.now() < end) {
        chain.setNextBlockTimestamp(world.now() + 1 + random.nextInt(90));
        PolicyWorld.Pool pool = world.pools.get(random.nextInt(world.pools.size()));
        switch (random.nextInt(12)) {
          case 0 -> world.provide(pool, pool.liquidity().shiftRight(3));
          case 1 -> world.depart(pool, pool.liquidity().shiftRight(5));
          case 2 -> chain.mine();
          default -> world.swap(pool, random.nextBoolean(), wild * random.nextDouble());
        }
      }
      for (int i = 0; i < world.tokens.size(); i++) {
        if (world.feeds.get(i).exists()) {
          int off = random.nextInt(4) == 0 ? random.nextInt(1_200) - 600 : random.nextInt(60) - 30;
          long age = random.nextInt(8) == 0 ? 3_500 + random.nextInt(200) : random.nextInt(600);
          world.tellPrice(i, random.nextInt(40) == 0 ? -10_000 : off, world.now() - age);
        }
      }
      sequencer.ifPresent(feed ->
          world.tell(
              feed,
              BigInteger.valueOf(random.nextInt(6) == 0 ? 1 : 0),
              world.now() - random.nextInt(10_000),
              0));
      if (random.nextInt(3) == 0) {
        PolicyWorld.Pool pool = world.pools.get(random.nextInt(world.pools.size()));
        world.swap(pool, random.nextBoolean(), 0.03 * random.nextDouble());
      }
    }

    private void compare(Policy policy, Address place, ChainMarket market, long now) {
      long asOf =
          switch (random.nextInt(50)) {
            case 0 -> now + 1 + random.nextInt(100);
            case 1 -> now - random.nextInt(6_000);
            default -> now - random.nextInt(random.nextBoolean() ? 15 : 200);
          };
      PlanInput input =
          new PlanInput(
              policy,
              asOf,
              random.nextInt(12) == 0 ? random.nextInt(40) : 100 + random.nextInt(300),
              policies.outputs(policy),
              policies.books(),
              policies.turnoverLeft(),
              policies.choices());
      Planned mine = twin.plan(input, now, market);
      Planned theirs = plan(input, place, hints(market, input, now), now);
      count(mine);
      if (mine instanceof Refusal(var error, _) && error.equals("HistoryTooShort")) {
        assertThat(theirs).isInstanceOf(Refusal.class);
        assertThat(((Refusal) theirs).error()).startsWith("Observation");
        return;
      }
      assertThat(mine).as("seed %d: %s", seed, input).isEqualTo(theirs);
      if (random.nextInt(20) == 0 && asOf <= now) {
        compareHints(place, market, input, now);
      }
    }

    private void compareHints(Address place, ChainMarket market, PlanInput input, long now) {
      try {
        Bytes located = at(now, Call.of(engine, LOCATE, place, input.asOf()));
        Bytes hints = LOCATE.decode(located).bytes("hints");
        assertThat(hints).isEqualTo(hints(market, alongRoutes(input), now));
      } catch (CallReverted e) {
        assertThat(e.reason(ERRORS).toString()).startsWith("HistoryTooShort");
      }
    }

    private static PlanInput alongRoutes(PlanInput input) {
      return new PlanInput(
          input.policy(),
          input.asOf(),
          input.slippageBps(),
          input.outputs(),
          input.books(),
          input.turnoverLeft());
    }

    private static Bytes hints(ChainMarket market, PlanInput input, long now) {
      return market.hints(input, now);
    }

    private Planned plan(PlanInput input, Address place, Bytes hints, long now) {
      List<Object> struct =
          List.of(
              place,
              input.asOf(),
              input.slippageBps(),
              input.outputs(),
              input.books(),
              input.turnoverLeft(),
              hints,
              Address.ZERO);
      try {
        return planned(
            PLAN.decode(at(now, Call.of(engine, PLAN, struct))).struct("made"), input.policy());
      } catch (CallReverted e) {
        return refusal(e.reason(ERRORS));
      }
    }
  }

  /** What a call returns in a block of this time. */
  private static Bytes at(long now, Call call) {
    return Bytes.parse(
        chain
            .client()
            .request(
                "eth_call",
                Map.of("to", String.valueOf(call.to()), "data", call.data().toString()),
                "latest",
                Map.of(),
                Map.of("time", "0x" + Long.toHexString(now)))
            .asText());
  }

  static Refusal refusal(RevertReason reason) {
    return switch (reason) {
      case RevertReason.Custom(var name, var arguments) -> new Refusal(name, arguments);
      case RevertReason.Panic(var code) -> Refusal.of("Panic", code);
      default -> throw new AssertionError("Refused for no known reason: " + reason);
    };
  }

  static Plan planned(AbiValues plan, Policy policy) {
    Map<Address, Integer> indices = new HashMap<>();
    for (PoolPart pool : policy.parts().pools()) {
      indices.put(pool.pool(), indices.size());
    }
    List<PlanStep> steps =
        plan.structs("steps").stream()
            .map(step ->
                new PlanStep(
                    step.int32("asset"),
                    step.bool("sell"),
                    step.integer("amountIn"),
                    step.integer("notional"),
                    step.integer("limitX96"),
                    step.integer("worstX96"),
                    step.integer("priceX96"),
                    step.int32("venue") == 0
                        ? POOLS.decode(step.bytes("parameters")).addresses("pools").stream()
                            .map(pool -> Objects.requireNonNull(indices.get(pool)))
                            .toList()
                        : List.of(),
                    step.int32("venue")))
            .toList();
    return new Plan(
        steps,
        ints(plan, "refs"),
        List.of(Reason.values()).get(plan.int32("reason")),
        loans(plan, "before"),
        loans(plan, "later"),
        plan.address("account"));
  }

  private static List<LoanStep> loans(AbiValues plan, String when) {
    return plan.structs(when).stream()
        .map(step ->
            new LoanStep(
                step.int32("asset"), Loan.values()[step.int32("loan")], step.integer("amount")))
        .toList();
  }

  private static List<Integer> ints(AbiValues values, String name) {
    return values.integers(name).stream().map(BigInteger::intValueExact).toList();
  }

  private void count(Planned planned) {
    switch (planned) {
      case Refusal refusal -> met.merge(refusal.error(), 1, Integer::sum);
      case Plan plan -> {
        met.merge("Reason " + plan.reason(), 1, Integer::sum);
        plan.steps()
            .forEach(step ->
                met.merge(
                    step.venue() == 0
                        ? "steps over " + step.pools().size()
                        : step.sell() ? "sells at a venue" : "buys at a venue",
                    1,
                    Integer::sum));
      }
    }
  }
}
