package org.probity.intent.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.probity.chain.AbiErrors;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Erc20;
import org.probity.chain.Receipt;
import org.probity.chain.local.LocalChain;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.OwnBooks.Book;
import org.probity.strategy.feature.OwnBooks.LastTrade;
import org.probity.strategy.feature.OwnBooks.State;
import org.probity.strategy.feature.OwnBooks.Turnover;

/** A vault lives through deposits, exits and trades, and its own features are those of Java. */
@TestKind.Differential
class OwnBooksParityTest {

  private static final ContractArtifact VAULT = ContractArtifact.load("Vault");
  private static final ContractArtifact SCRIPT = ContractArtifact.load("ScriptedPolicy");
  private static final AbiErrors ERRORS = AbiErrors.of(VAULT);
  private static final int EVENTS = TestKind.count("probity.sources", 50, 1_500);
  private static final int STEP = 600;
  private static final int MAX_AGE = 300;
  private static final BigInteger PLENTY = BigInteger.TEN.pow(27);

  @Test
  void ownFeaturesAreThoseOfJavaThroughAVaultsLife() {
    for (int assets : new int[] {2, 3, 8}) {
      try (Life life = new Life(assets, assets)) {
        for (int i = 0; i < EVENTS / 2; i++) {
          life.goOn();
          life.compare();
        }
        assertThat(life.compared).isGreaterThan(EVENTS / 2);
        assertThat(life.trades).isPositive();
        assertThat(life.refused).isPositive();
        assertThat(life.turnovers).as("used in part").hasSizeGreaterThan(EVENTS / 10);
      }
    }
  }

  /** One vault. */
  private static final class Life implements AutoCloseable {
    private final LocalChain chain = LocalChain.start();
    private final Address owner = chain.account(1).address();
    private final Address agent = chain.account(2).address();
    private final SplittableRandom random;
    private final OwnBooks twin;
    private final List<Address> tokens = new ArrayList<>();
    private final Address script;
    private final Address vault;
    private Turnover turnover;
    private LastTrade last = LastTrade.NONE;
    private long now;
    private int trades;
    private int compared;
    private int refused;
    private final Set<Integer> turnovers = new HashSet<>();

    Life(int assets, long seed) {
      random = new SplittableRandom(seed);
      twin = new OwnBooks(assets);
      script = chain.deploy(owner, SCRIPT.deployment());
      ContractArtifact token = ContractArtifact.load("TestToken");
      for (int i = 0; i < assets; i++) {
        tokens.add(chain.deploy(owner, token.deployment("Token", "T" + i, 18)));
        chain.execute(owner, Call.of(tokens.get(i), token.function("mint"), owner, PLENTY));
      }
      turnover = turnover(BigInteger.ZERO, 0);
      vault = chain.deploy(owner, VAULT.deployment(owner, owner, script, script, script, blob()));
      for (Address each : tokens) {
        chain.execute(owner, new Erc20(each).approve(vault, PLENTY));
      }
      now = chain.client().head().timestamp();
      turnover = turnover(BigInteger.ZERO, now);
    }

    private Turnover turnover(BigInteger used, long since) {
      BigInteger capacity = BigInteger.TEN.pow(20).multiply(BigInteger.valueOf(1 + random.nextInt(30)));
      return new Turnover(used, since, capacity, STEP * (1 + random.nextLong(200)));
    }

    /** Limits that limit nothing, but for what features depend on. */
    private Bytes blob() {
      List<Object> numbers =
          List.of(
              STEP,
              MAX_AGE,
              0,
              300,
              60,
              50,
              50,
              5,
              5_000,
              1,
              0,
              0,
              1,
              PLENTY,
              turnover.capacity(),
              turnover.windowSeconds(),
              PLENTY,
              PLENTY,
              PLENTY);
      List<Object> own = List.of(Address.ZERO, twin.width(), Bytes.EMPTY);
      List<Object> terms =
          List.of(numbers, Bytes32.ZERO, script, List.of((Object) own), tokens, script);
      return (Bytes)
          chain.client().call(script, SCRIPT.function("blobOf"), terms, agent).getFirst();
    }

    private Receipt execute(Address from, Call call, long at) {
      chain.setNextBlockTimestamp(at);
      now = at;
      return chain.execute(from, call);
    }

    private AbiValues view(String function, Object... arguments) {
      return chain.client().call(vault, VAULT.function(function), arguments);
    }

    private BigInteger amount(int asset) {
      return view("book", tokens.get(asset)).integer("amount");
    }

    private BigInteger part(BigInteger whole) {
      return whole
          .multiply(BigInteger.valueOf(random.nextInt(1_001)))
          .divide(BigInteger.valueOf(1_000));
    }

    private List<Integer> refs() {
      return IntStream.range(0, tokens.size())
          .mapToObj(i -> i == 0 ? 0 : random.nextInt(-12_000, 12_000))
          .toList();
    }

    void goOn() {
      long later = now + 1 + random.nextInt(random.nextBoolean() ? 200 : 2 * STEP);
      int asset = random.nextInt(tokens.size());
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> {
          BigInteger amount = part(PLENTY.divide(BigInteger.valueOf(1_000_000)));
          execute(
              owner, Call.of(vault, VAULT.function("deposit"), tokens.get(asset), amount), later);
        }
        case 3 -> {
          BigInteger amount = part(amount(asset));
          execute(owner, Call.of(vault, VAULT.function("exit"), tokens.get(asset), amount), later);
        }
        case 4 -> {
          turnover = turnover(turnover.used(), turnover.since());
          execute(owner, Call.of(vault, VAULT.function("setPolicy"), blob()), later);
          // What is used is settled by the old numbers; nothing has leaked since.
          BigInteger used = state().integer("turnoverUsed");
          turnover = new Turnover(used, now, turnover.capacity(), turnover.windowSeconds());
        }
        case 5 -> {
          // At the very moment.
          BigInteger amount = BigInteger.valueOf(random.nextInt(1, 1_000_000));
          long moment = later - later % STEP + STEP;
          execute(
              owner, Call.of(vault, VAULT.function("deposit"), tokens.get(asset), amount), moment);
        }
        default -> trade(later - later % STEP + STEP);
      }
    }

    private AbiValues state() {
      return (AbiValues) view("state").getFirst();
    }

    private void trade(long asOf) {
      int asset = random.nextInt(1, tokens.size());
      boolean sell = random.nextBoolean();
      BigInteger amountIn = part(amount(sell ? asset : 0));
      BigInteger one = BigInteger.ONE.shiftLeft(96);
      BigInteger worst = sell ? BigInteger.ONE : BigInteger.ONE.shiftLeft(159);
      List<Integer> refs = refs();
      List<Object> steps = new ArrayList<>();
      if (amountIn.signum() > 0) {
        steps.add(
            List.of(
                asset, sell, amountIn, amountIn, 0, worst, one, 0, 0, List.of(tokens.get(asset))));
      }
      List<Object> plan = List.of(steps, refs, 0, List.of(), 0);
      chain.execute(owner, Call.of(script, SCRIPT.function("script"), plan));
      AbiValues state = state();
      List<Object> decision =
          List.of(
              Bytes32.ZERO,
              state.integer("nonce"),
              1L << 40,
              asOf,
              Address.ZERO,
              50,
              List.of(BigInteger.ZERO));
      Call call =
          Call.of(
              vault,
              VAULT.function("execute"),
              decision,
              Bytes.EMPTY,
              List.of(Bytes.EMPTY),
              Bytes.EMPTY);
      long at = Math.max(asOf, chain.client().head().timestamp() + 1) + random.nextInt(100);
      Receipt receipt = execute(agent, call, at);
      if (!steps.isEmpty()) {
        trades++;
        last = new LastTrade(asOf, refs);
        BigInteger used =
            receipt.logs().stream()
                .flatMap(entry -> VAULT.event("LimitsUsed").decode(entry).stream())
                .findFirst()
                .orElseThrow()
                .integer("turnover");
        turnover = new Turnover(used, now, turnover.capacity(), turnover.windowSeconds());
      }
    }

    /** The features as of the last moments, at any prices. */
    void compare() {
      long moment = now - now % STEP;
      for (long asOf : new long[] {moment + STEP, moment, moment - STEP}) {
        List<Integer> refs = refs();
        int[] theirs;
        try {
          theirs =
              SourceBench.ints(view("featuresAt", asOf, refs, List.of(Bytes.EMPTY)).getFirst());
        } catch (CallReverted e) {
          // No checkpoint, or a moment before that of the last trade.
          assertThat(e.reason(ERRORS).toString()).matches("NoCheckpoint.*|panic 0x11.*");
          assertThat(computed(asOf, refs)).isEmpty();
          refused++;
          continue;
        }
        assertThat(computed(asOf, refs)).as("as of %s", asOf).isEqualTo(theirs);
        turnovers.add(theirs[theirs.length - 1]);
        compared++;
      }
    }

    private int[] computed(long asOf, List<Integer> refs) {
      List<Book> books =
          tokens.stream()
              .map(
                  token -> {
                    AbiValues book = view("book", token);
                    return new Book(
                        book.integer("amount"), book.integer("before"), book.int64("changedAt"));
                  })
              .toList();
      try {
        return twin.features(new State(books, STEP, last, turnover), asOf, refs);
      } catch (IllegalArgumentException e) {
        return new int[0];
      }
    }

    @Override
    public void close() {
      chain.close();
    }
  }
}
