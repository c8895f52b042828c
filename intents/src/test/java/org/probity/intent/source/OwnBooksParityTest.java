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
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.Receipt;
import org.probity.chain.local.LocalChain;
import org.probity.ground.TestKind;
import org.probity.intent.source.VaultSource.OfBooks;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.OwnBooks.Book;
import org.probity.strategy.feature.OwnBooks.LastTrade;
import org.probity.strategy.feature.OwnBooks.State;
import org.probity.strategy.feature.OwnBooks.Turnover;

/** A vault lives through deposits, exits and trades, and its own features are those of Java. */
@TestKind.Differential
class OwnBooksParityTest {

  private static final int EVENTS = TestKind.count("probity.sources", 40, 1_000);
  private static final int STEP = ScriptedVault.STEP;
  private static final BigInteger MOST = BigInteger.TEN.pow(21);

  @Test
  void ownFeaturesAreThoseOfJavaThroughAVaultsLife() {
    for (int assets : new int[] {2, 3, 8}) {
      try (Life life = new Life(assets, assets)) {
        for (int i = 0; i < EVENTS; i++) {
          life.goOn();
          life.compare();
        }
        assertThat(life.compared).isGreaterThan(EVENTS);
        assertThat(life.trades).isPositive();
        assertThat(life.refused).isPositive();
        assertThat(life.turnovers).as("used in part").hasSizeGreaterThan(4);
      }
    }
  }

  /** One vault. */
  private static final class Life implements AutoCloseable {
    private final LocalChain chain = LocalChain.start();
    private final SplittableRandom random;
    private final OwnBooks twin;
    private final ScriptedVault vault;
    private final Set<Integer> turnovers = new HashSet<>();
    private Turnover turnover;
    private LastTrade last = LastTrade.NONE;
    private long now;
    private int trades;
    private int compared;
    private int refused;

    Life(int assets, long seed) {
      random = new SplittableRandom(seed);
      twin = new OwnBooks(assets);
      turnover = turnover(BigInteger.ZERO, 0);
      vault =
          new ScriptedVault(
              chain,
              assets,
              new VaultProgram(List.of(new OfBooks(twin))).features(),
              turnover.capacity(),
              turnover.windowSeconds());
      now = chain.client().head().timestamp();
    }

    private Turnover turnover(BigInteger used, long since) {
      BigInteger capacity =
          BigInteger.TEN.pow(21).multiply(BigInteger.valueOf(1 + random.nextInt(20)));
      return new Turnover(used, since, capacity, STEP * (20 + random.nextLong(200)));
    }

    private Receipt execute(Address from, Call call, long at) {
      chain.setNextBlockTimestamp(at);
      now = at;
      return chain.execute(from, call);
    }

    private BigInteger amount(int asset) {
      return vault.book(asset).integer("amount");
    }

    private BigInteger part(BigInteger whole) {
      return whole
          .multiply(BigInteger.valueOf(random.nextInt(1_001)))
          .divide(BigInteger.valueOf(1_000));
    }

    private List<Integer> refs() {
      return IntStream.range(0, twin.assets())
          .mapToObj(i -> i == 0 ? 0 : random.nextInt(-12_000, 12_000))
          .toList();
    }

    void goOn() {
      long later = now + 1 + random.nextInt(random.nextBoolean() ? 200 : 2 * STEP);
      int asset = random.nextInt(twin.assets());
      switch (random.nextInt(10)) {
        case 0, 1, 2 -> {
          BigInteger amount = part(MOST);
          execute(vault.owner, vault.call("deposit", vault.tokens.get(asset), amount), later);
        }
        case 3 -> {
          BigInteger amount = part(amount(asset));
          execute(vault.owner, vault.call("exit", vault.tokens.get(asset), amount), later);
        }
        case 4 -> {
          turnover = turnover(turnover.used(), turnover.since());
          execute(
              vault.owner, vault.setPolicy(turnover.capacity(), turnover.windowSeconds()), later);
          // What is used is settled by the old numbers; nothing has leaked since.
          BigInteger used = vault.state().integer("turnoverUsed");
          turnover = new Turnover(used, now, turnover.capacity(), turnover.windowSeconds());
        }
        case 5 -> {
          // At the very moment.
          BigInteger amount = BigInteger.valueOf(random.nextInt(1, 1_000_000));
          long moment = later - later % STEP + STEP;
          execute(vault.owner, vault.call("deposit", vault.tokens.get(asset), amount), moment);
        }
        default -> trade(later - later % STEP + STEP);
      }
    }

    private void trade(long asOf) {
      int asset = random.nextInt(1, twin.assets());
      boolean sell = random.nextBoolean();
      BigInteger amountIn = part(amount(sell ? asset : 0));
      BigInteger one = BigInteger.ONE.shiftLeft(96);
      BigInteger worst = sell ? BigInteger.ONE : BigInteger.ONE.shiftLeft(159);
      List<Integer> refs = refs();
      List<Object> steps = new ArrayList<>();
      if (amountIn.signum() > 0) {
        steps.add(
            List.of(asset, sell, amountIn, amountIn, 0, worst, one, Bytes.EMPTY, vault.script, 0));
      }
      vault.plan(steps, refs);
      Call call = vault.execution(asOf, List.of(Bytes.EMPTY));
      long at = Math.max(asOf, chain.client().head().timestamp() + 1) + random.nextInt(100);
      Receipt receipt = execute(vault.agent, call, at);
      if (!steps.isEmpty()) {
        trades++;
        last = new LastTrade(asOf, refs);
        BigInteger used =
            receipt.logs().stream()
                .flatMap(entry -> ScriptedVault.VAULT.event("LimitsUsed").decode(entry).stream())
                .findFirst()
                .orElseThrow()
                .integer("turnover");
        turnover = new Turnover(used, now, turnover.capacity(), turnover.windowSeconds());
      }
    }

    /** The features as of the last moments, at any prices. */
    void compare() {
      State state = state();
      long moment = now - now % STEP;
      for (long asOf : new long[] {moment + STEP, moment, moment - STEP}) {
        List<Integer> refs = refs();
        int[] theirs;
        try {
          theirs =
              SourceBench.ints(
                  vault.view("featuresAt", asOf, refs, List.of(Bytes.EMPTY)).getFirst());
        } catch (CallReverted e) {
          // No checkpoint, or a moment before that of the last trade.
          assertThat(e.reason(ScriptedVault.ERRORS).toString())
              .matches("NoCheckpoint.*|panic 0x11.*");
          assertThat(computed(state, asOf, refs)).isEmpty();
          refused++;
          continue;
        }
        assertThat(computed(state, asOf, refs)).as("as of %s", asOf).isEqualTo(theirs);
        turnovers.add(theirs[theirs.length - 1]);
        compared++;
      }
    }

    private State state() {
      List<Book> books =
          IntStream.range(0, twin.assets())
              .mapToObj(asset -> {
                AbiValues book = vault.book(asset);
                return new Book(
                    book.integer("amount"), book.integer("before"), book.int64("changedAt"));
              })
              .toList();
      return new State(books, STEP, last, turnover);
    }

    private int[] computed(State state, long asOf, List<Integer> refs) {
      try {
        return twin.features(state, asOf, refs);
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
