package org.probity.intent.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Receipt;
import org.probity.chain.local.LocalChain;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.ground.TestKind;

/**
 * {@link VaultLedger} against the deployed vault: random lives of decisions, deposits, exits,
 * pauses and policies, on Uniswap's byte code. Each decision is executed or refused alike, and all
 * that the vault remembers afterwards is the same. A failure names its seed, and {@code
 * -Dprobity.policy.seed} repeats it.
 *
 * <p>Not compared are a deposit and a trade in one transaction, features of other sources than the
 * books, and who may call what.
 */
@TestKind.Differential
class VaultLedgerDifferentialTest {

  private static final int DEEDS = TestKind.count("probity.policy.deeds", 120, 2_000);
  private static final int DEEDS_A_LIFE = 40;
  private static final long SEED = Long.getLong("probity.policy.seed", 1);

  private static final AbiFunction EXECUTE = VaultBed.VAULT.function("execute");
  private static final AbiFunction STATE = VaultBed.VAULT.function("state");
  private static final AbiFunction BOOK = VaultBed.VAULT.function("book");
  private static final AbiFunction CONTEXT = VaultBed.VAULT.function("contextOf");
  private static final BigInteger ALL = BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE);

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
  void everyDecisionIsExecutedOrRefusedAlike() {
    Address factory =
        chain.deploy(
            chain.account(0).address(), ContractArtifact.load("UniswapV3Factory").deployment());
    for (int i = 0; i < Math.max(1, DEEDS / DEEDS_A_LIFE); i++) {
      new Life(factory, SEED + i).live();
    }
    if (DEEDS >= 120) {
      assertThat(met.keySet())
          .as("%s", met)
          .contains("traded", "nothing to do", "Stale", "WrongNonce");
    }
  }

  private final class Life {
    private final long seed;
    private final Random random;
    private final VaultBed bed;
    private final PolicyWorld world;
    private final Address vault;
    private final RandomPolicies policies;
    private VaultLedger ledger;

    Life(Address factory, long seed) {
      this.seed = seed;
      this.random = new Random(seed);
      this.bed = new VaultBed(chain, factory, 2 + random.nextInt(4), random);
      this.world = bed.world;
      this.policies = new RandomPolicies(world);
      Policy policy = bed.policy(random);
      this.vault = bed.deploy(policy);
      this.ledger = VaultLedger.created(policy, world.now());
      compareState("creation");
      bed.approve(vault);
    }

    void live() {
      trade(700);
      for (PolicyWorld.Token token : world.tokens) {
        deposit(token);
      }
      for (int i = 0; i < DEEDS_A_LIFE; i++) {
        String deed =
            switch (random.nextInt(12)) {
              case 0 -> deposit(world.tokens.get(random.nextInt(world.tokens.size())));
              case 1 -> exit(world.tokens.get(random.nextInt(world.tokens.size())));
              case 2 -> random.nextInt(3) == 0 ? pause() : trade(200);
              case 3 -> random.nextInt(3) == 0 ? revise() : trade(100);
              default -> decide();
            };
        met.merge(deed, 1, Integer::sum);
        compareState(deed);
      }
    }

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

    private String deposit(PolicyWorld.Token token) {
      BigInteger amount =
          policies.books().get(world.tokens.indexOf(token)).min(BigInteger.ONE.shiftLeft(104));
      chain.execute(
          bed.owner, Call.of(vault, VaultBed.VAULT.function("deposit"), token.address(), amount));
      ledger = ledger.deposited(token.address(), amount, world.now());
      return "deposit";
    }

    private String exit(PolicyWorld.Token token) {
      boolean all = random.nextInt(3) == 0;
      BigInteger booked = ledger.book(token.address()).amount();
      BigInteger amount = all ? booked : booked.shiftRight(1 + random.nextInt(4));
      chain.execute(
          bed.owner,
          Call.of(vault, VaultBed.VAULT.function("exit"), token.address(), all ? ALL : amount));
      ledger = ledger.exited(token.address(), amount, world.now());
      return "exit";
    }

    private String pause() {
      boolean stop = random.nextBoolean();
      chain.execute(bed.owner, Call.of(vault, VaultBed.VAULT.function(stop ? "pause" : "unpause")));
      ledger = ledger.withPause(stop);
      return stop ? "pause" : "unpause";
    }

    private String revise() {
      Policy next = bed.policy(random);
      chain.execute(
          bed.owner,
          Call.of(vault, VaultBed.VAULT.function("setPolicy"), Bytes.of(next.encoded())));
      ledger = ledger.withPolicy(next, world.now());
      return "policy";
    }

    /** A decision, mostly as it should be. */
    private String decide() {
      if (ledger.paused() && random.nextInt(3) != 0) {
        chain.execute(bed.owner, Call.of(vault, VaultBed.VAULT.function("unpause")));
        ledger = ledger.withPause(false);
      }
      trade(random.nextInt(150));
      int step = (int) ledger.policy().limits().numbers().step();
      int maxAge = (int) ledger.policy().limits().numbers().maxAge();
      long asOf = world.now() / step * step + step;
      if (random.nextInt(12) == 0) {
        asOf += (random.nextInt(3) - 1) * step / 2;
      }
      int age = random.nextInt(maxAge + (random.nextInt(8) == 0 ? 60 : 1));
      long now = Math.max(world.now() + 1, asOf + age);
      if (random.nextInt(20) == 0) {
        now = Math.max(world.now() + 1, asOf - 1);
      }
      VaultDecision decision =
          new VaultDecision(
              random.nextInt(30) == 0 ? Keccak.hash("another") : ledger.policy().model().digest(),
              ledger.nonce() + (random.nextInt(20) == 0 ? 1 : 0),
              BigInteger.valueOf(now + random.nextInt(400) - (random.nextInt(20) == 0 ? 400 : 0)),
              asOf,
              switch (random.nextInt(30)) {
                case 0 -> bed.owner;
                case 1, 2, 3, 4 -> Address.ZERO;
                default -> bed.agent;
              },
              random.nextInt(20) == 0 ? 5 : 300,
              policies.outputs(ledger.policy()));
      return execute(decision, now);
    }

    private String execute(VaultDecision decision, long now) {
      ChainMarket market = world.market(ledger.policy(), Optional.empty());
      String before = chain.snapshot();
      Execution mine =
          ledger.execute(decision, bed.agent, now, bed.twin, market, bed.trading(ledger.policy()));
      takeBack(before);
      assertThat(prices(world.market(ledger.policy(), Optional.empty())))
          .as("seed %d: the market after its rehearsal", seed)
          .isEqualTo(prices(market));

      Call call = call(decision, now, market);
      Refusal theirs = refusal(call, now);
      if (theirs != null) {
        if (mine instanceof Refusal(var error, _) && error.equals("HistoryTooShort")) {
          assertThat(theirs.error()).startsWith("Observation");
          return error;
        }
        assertThat(mine).as("seed %d: %s at %d", seed, decision, now).isEqualTo(theirs);
        return theirs.error();
      }
      assertThat(mine).as("seed %d", seed).isInstanceOf(Executed.class);
      Executed executed = (Executed) mine;
      chain.setNextBlockTimestamp(now);
      Receipt receipt = chain.execute(bed.agent, call);
      AbiValues told =
          receipt.logs().stream()
              .flatMap(entry -> VaultBed.VAULT.event("DecisionExecuted").decode(entry).stream())
              .findFirst()
              .orElseThrow();
      assertThat(told.integers("deltas"))
          .as("seed %d: %s at %d, in fact at %d", seed, executed.plan(), now, world.now())
          .isEqualTo(executed.deltas());
      assertThat(List.of(Plan.Reason.values()).get(told.int32("reason")))
          .isEqualTo(executed.plan().reason());
      ledger = executed.ledger();
      return executed.plan().steps().isEmpty() ? "nothing to do" : "traded";
    }

    /** What is still in the node's pool when the state goes back would be mined a second time. */
    private void takeBack(String snapshot) {
      while (chain.hasPending()) {
        Thread.onSpinWait();
      }
      chain.revert(snapshot);
    }

    private List<BigInteger> prices(ChainMarket market) {
      return IntStream.range(0, world.pools.size())
          .mapToObj(i -> market.pool(i).sqrtPriceX96())
          .toList();
    }

    private Call call(VaultDecision decision, long now, ChainMarket market) {
      Bytes proof = Bytes.EMPTY;
      if (bed.twin.plan(ledger.planInput(decision, now), now, market) instanceof Plan plan) {
        Bytes32 context = decision.context(chain.client().chainId(), vault, ledger.policyHash());
        assertThat(chain.client().call(vault, CONTEXT, decision.toStruct()).word("contextOf"))
            .isEqualTo(context);
        try {
          int[] features = ledger.ownFeatures(decision.asOf(), plan.refs());
          proof = VaultBed.proof(bed.key(ledger.policy()), features, decision.outputs(), context);
        } catch (IllegalArgumentException e) {
          assertThat(e).hasMessageContaining("NoCheckpoint");
        }
      }
      return Call.of(
          vault,
          EXECUTE,
          decision.toStruct(),
          market.hints(decision.asOf(), now, ledger.policy().limits().numbers().window()),
          Collections.nCopies(ledger.policy().model().program().size(), Bytes.EMPTY),
          proof);
    }

    private @Nullable Refusal refusal(Call call, long now) {
      try {
        VaultBed.at(chain.client(), now, bed.agent, call);
        return null;
      } catch (CallReverted e) {
        return PolicyEngineDifferentialTest.refusal(e.reason(VaultBed.ERRORS));
      }
    }

    private void compareState(String after) {
      long now = world.now();
      AbiValues state = chain.client().call(vault, STATE).struct("state");
      VaultLedger.Losses losses = ledger.losses(now);
      List<Object> mine =
          List.of(
              ledger.nonce(),
              ledger.paused(),
              ledger.lastAsOf(),
              ledger.lastTradeAsOf(),
              ledger.lastTradeTime(),
              ledger.policyHash(),
              ledger.turnoverUsed(now),
              losses.day(),
              losses.month());
      List<Object> theirs =
          List.of(
              state.int64("nonce"),
              state.bool("paused"),
              state.int64("lastAsOf"),
              state.int64("lastTradeAsOf"),
              state.int64("lastTradeTime"),
              state.word("policyHash"),
              state.integer("turnoverUsed"),
              state.integer("dayLoss"),
              state.integer("monthLoss"));
      assertThat(mine).as("seed %d after %s", seed, after).isEqualTo(theirs);
      List<VaultLedger.Book> books = new ArrayList<>();
      List<VaultLedger.Book> booked = new ArrayList<>();
      for (PolicyWorld.Token token : world.tokens) {
        AbiValues book = chain.client().call(vault, BOOK, token.address());
        booked.add(
            new VaultLedger.Book(
                book.integer("amount"), book.integer("before"), book.int64("changedAt")));
        books.add(ledger.book(token.address()));
      }
      assertThat(books).as("seed %d after %s", seed, after).isEqualTo(booked);
    }
  }
}
