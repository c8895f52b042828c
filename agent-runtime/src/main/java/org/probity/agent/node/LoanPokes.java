package org.probity.agent.node;

import java.math.BigInteger;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.probity.agent.Ending;
import org.probity.agent.LoanFigures;
import org.probity.chain.Address;
import org.probity.ground.Printable;
import org.probity.intent.LoanCheckpoints.Taken;
import org.probity.intent.conduct.AgentSpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the vaults of a node's agents remember the indices of their lending markets where nothing did
 * for a while. What is due is decided from the chain alone, one vault after the other; agents know
 * nothing of it, and wait for nothing of it.
 */
final class LoanPokes implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LoanPokes.class);
  private static final Duration LOOK = Duration.ofMinutes(1);
  private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

  private final Duration after;
  private final Poke poke;
  private final Map<Address, Served> vaults = new ConcurrentHashMap<>();
  private final AtomicLong pokes = new AtomicLong();
  private final AtomicReference<BigInteger> gasCost = new AtomicReference<>(BigInteger.ZERO);
  private final ScheduledExecutorService looking =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("pokes").factory());
  private volatile Consumer<String> told = _ -> {};

  /** Asks a vault. */
  @FunctionalInterface
  interface Poke {

    /**
     * Has {@code vault} take a checkpoint if one is older than {@code age}; {@code account} pays.
     *
     * @throws RuntimeException with a sentence where the chain does not answer
     */
    Taken ask(Address vault, Address account, Duration age);
  }

  /** A vault, the account that pays, and how it goes. */
  private static final class Served {
    private volatile Address account;
    private volatile @Nullable String failing;
    private int failures;
    private long notBefore = System.nanoTime();

    Served(Address account) {
      this.account = account;
    }
  }

  /**
   * @param after how old checkpoints may become
   */
  LoanPokes(Duration after, Poke poke) {
    this.after = after;
    this.poke = poke;
  }

  /** An agent acts here: its vault is looked after from now on. */
  void serve(AgentSpec spec) {
    vaults.computeIfAbsent(spec.vault(), _ -> new Served(spec.account())).account = spec.account();
  }

  /**
   * Looks from time to time.
   *
   * @param says what is to be said of it, a sentence each
   */
  void begin(Consumer<String> says) {
    told = says;
    looking.scheduleWithFixedDelay(
        this::look, LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Asks for what is due. */
  void look() {
    vaults.forEach((vault, served) -> {
      if (System.nanoTime() - served.notBefore < 0) {
        return;
      }
      try {
        switch (poke.ask(vault, served.account, after)) {
          case Taken.NotDue() -> well(served);
          case Taken.Done(var receipt) -> {
            well(served);
            pokes.incrementAndGet();
            gasCost.accumulateAndGet(receipt.gasCost(), BigInteger::add);
            LOG.atInfo()
                .addKeyValue("vault", vault)
                .addKeyValue("transaction", receipt.transactionHash())
                .addKeyValue("gas", receipt.gasUsed())
                .log("the lending market's indices are remembered");
          }
          case Taken.Failed(String why) -> failed(vault, served, why);
        }
      } catch (RuntimeException e) {
        String message = e.getMessage();
        failed(vault, served, message == null ? e.toString() : message);
      } catch (Error e) {
        // The executor would keep it to itself.
        Ending.report(e);
        throw e;
      }
    });
  }

  private static void well(Served served) {
    served.failures = 0;
    served.failing = null;
  }

  private void failed(Address vault, Served served, String why) {
    served.failures++;
    Duration doubled = LOOK.multipliedBy(1L << Math.min(served.failures - 1, 10));
    Duration pause = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
    served.notBefore = System.nanoTime() + pause.toNanos();
    String sentence =
        "The vault %s remembers no newer indices of its lending market, and its features of loans stay at the last ones: %s"
            .formatted(vault, Printable.line(why));
    LOG.warn("{} (attempt {}, again in {} s)", sentence, served.failures, pause.toSeconds());
    if (served.failures == 1) {
      told.accept(sentence);
    }
    served.failing = sentence;
  }

  /** How it goes. */
  LoanFigures figures() {
    Map<Address, String> failing = new ConcurrentHashMap<>();
    vaults.forEach((vault, served) -> {
      String why = served.failing;
      if (why != null) {
        failing.put(vault, why);
      }
    });
    return new LoanFigures(pokes.get(), Objects.requireNonNull(gasCost.get()), failing);
  }

  @Override
  public void close() {
    looking.shutdownNow();
  }
}
