package org.probity.chain;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.probity.chain.TransactionJournal.Cause;
import org.probity.chain.TransactionJournal.Entry;
import org.probity.chain.local.LocalChain;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;

/** A transaction is executed at most once, and its sender hears which, whatever happens. */
@TestKind.Acceptance
class TransactionFaultTest {

  private static final BigInteger GWEI = BigInteger.valueOf(1_000_000_000);
  private static final TransactionSettings SETTINGS = stuckAfter(Duration.ofMillis(400));

  private final List<TransactionEvent> events = new CopyOnWriteArrayList<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private LocalChain chain;
  private TransactionJournal journal;

  @BeforeEach
  void start() {
    chain = LocalChain.start();
    journal = new JdbcTransactionJournal(TransactionJournalTest.h2());
  }

  @AfterEach
  void stop() {
    threads.shutdownNow();
    chain.close();
  }

  private Signer signer() {
    return chain.account(1);
  }

  private TransactionSender sender(TransactionSettings settings) {
    return sender(chain.client(), settings, FeePolicy.DEFAULT);
  }

  private TransactionSender sender(
      ChainClient client, TransactionSettings settings, FeePolicy fees) {
    return new TransactionSender(
        client, signer(), fees, AbiErrors.NONE, settings, journal, events::add);
  }

  /** A sender after a crash: the journal is there, and no memory of this process is. */
  private TransactionSender afterCrash() {
    return sender(ChainClient.connect(chain.http()), SETTINGS, FeePolicy.DEFAULT);
  }

  private static TransactionSettings stuckAfter(Duration time) {
    return new TransactionSettings(Duration.ofSeconds(12), time, 1, 12);
  }

  private Call payment(int wei) {
    return new Call(chain.account(2).address(), Bytes.EMPTY, BigInteger.valueOf(wei));
  }

  private BigInteger paid() {
    return chain
        .client()
        .balance(chain.account(2).address())
        .subtract(BigInteger.TEN.pow(18).multiply(BigInteger.valueOf(10_000)));
  }

  private void drop(Bytes32 transaction) {
    chain.client().request("anvil_dropTransaction", transaction.hex());
  }

  private boolean known(Bytes32 transaction) {
    return chain.client().callOf(transaction).isPresent();
  }

  private Bytes32 lastAttempt(String key) {
    return entry(key).last().hash();
  }

  private Entry entry(String key) {
    return journal.find(31_337, signer().address(), key).orElseThrow();
  }

  private boolean journalled(String key) {
    return journal.find(31_337, signer().address(), key).isPresent();
  }

  private boolean happened(Class<? extends TransactionEvent> kind) {
    return events.stream().anyMatch(kind::isInstance);
  }

  private static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(15).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("Waited in vain for " + what);
      }
      Thread.sleep(10);
    }
  }

  // ---- Stuck ----

  @Test
  void aStuckTransactionIsReplacedWithHigherFeesAndExecutedOnce() throws Exception {
    chain.setAutomaticMining(false);
    TransactionSender sender = sender(SETTINGS);
    Future<Outcome> outcome = threads.submit(() -> sender.send("a", payment(5)));
    await("two replacements", () -> journalled("a") && entry("a").attempts().size() >= 3);
    chain.mine();
    assertThat(outcome.get()).isInstanceOf(Outcome.Mined.class);
    assertThat(paid()).isEqualTo(5);
    List<TransactionJournal.Attempt> attempts = entry("a").attempts();
    for (int i = 1; i < attempts.size(); i++) {
      BigInteger eight = BigInteger.valueOf(8);
      BigInteger nine = BigInteger.valueOf(9);
      assertThat(attempts.get(i).maxFee().multiply(eight))
          .isGreaterThanOrEqualTo(attempts.get(i - 1).maxFee().multiply(nine));
      assertThat(attempts.get(i).tip().multiply(eight))
          .isGreaterThanOrEqualTo(attempts.get(i - 1).tip().multiply(nine));
    }
    assertThat(happened(TransactionEvent.Replaced.class)).isTrue();
  }

  @Test
  void noReplacementGoesBeyondTheCap() throws Exception {
    chain.setAutomaticMining(false);
    BigInteger cap = GWEI.multiply(BigInteger.valueOf(4));
    TransactionSender sender = sender(chain.client(), SETTINGS, new FeePolicy(GWEI, cap, 20));
    Future<Outcome> outcome = threads.submit(() -> sender.send("a", payment(5)));
    await("the cap", () -> happened(TransactionEvent.CapReached.class));
    assertThat(entry("a").attempts()).allMatch(attempt -> attempt.maxFee().compareTo(cap) <= 0);
    chain.mine();
    assertThat(outcome.get()).isInstanceOf(Outcome.Mined.class);
  }

  @Test
  void whatIsCancelledIsNotExecuted() throws Exception {
    chain.setAutomaticMining(false);
    TransactionSender sender = sender(SETTINGS.withPatience(Duration.ofMillis(300)));
    assertThat(sender.send("a", payment(5))).isInstanceOf(Outcome.Unknown.class);
    Future<Optional<Outcome>> cancelled = threads.submit(() -> sender(SETTINGS).cancel("a"));
    // It is written down before it is broadcast.
    await(
        "the cancellation",
        () -> entry("a").last().cancels() == Cause.CANCELLED && known(lastAttempt("a")));
    chain.mine();
    assertThat(cancelled.get().orElseThrow())
        .isInstanceOfSatisfying(
            Outcome.Abandoned.class,
            abandoned -> assertThat(abandoned.cause()).isEqualTo(Cause.CANCELLED));
    assertThat(paid()).isZero();
    assertThat(sender.send("a", payment(5))).isInstanceOf(Outcome.Abandoned.class);
  }

  @Test
  void whatANodeHasDroppedIsHandedOverAgain() throws Exception {
    chain.setAutomaticMining(false);
    TransactionSender sender = sender(stuckAfter(Duration.ofMinutes(1)));
    Future<Outcome> outcome = threads.submit(() -> sender.send("a", payment(5)));
    await("the broadcast", () -> journalled("a") && known(lastAttempt("a")));
    Bytes32 transaction = lastAttempt("a");
    drop(transaction);
    await("the same transaction", () -> known(transaction));
    chain.mine();
    assertThat(outcome.get()).isInstanceOf(Outcome.Mined.class);
    assertThat(entry("a").attempts()).hasSize(1);
  }

  // ---- The same key ----

  @Test
  void theSameKeyIsSentOnce() {
    TransactionSender sender = sender(SETTINGS);
    Outcome first = sender.send("a", payment(5));
    assertThat(sender.send("a", payment(5))).isEqualTo(first);
    assertThat(sender.send("a", payment(6))).isEqualTo(first);
    assertThat(afterCrash().send("a", payment(5))).isEqualTo(first);
    assertThat(paid()).isEqualTo(5);
    assertThat(sender.fate("a")).get().extracting(TransactionFate::outcome).isEqualTo(first);
    assertThat(sender.fate("b")).isEmpty();
  }

  @Test
  void concurrentSendersOfOneAccountUseEachNonceOnceAndDoNotWaitForEachOther() throws Exception {
    chain.setAutomaticMining(false);
    List<Future<Outcome>> outcomes = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      String key = "key " + i;
      outcomes.add(
          threads.submit(() -> sender(stuckAfter(Duration.ofMinutes(1))).send(key, payment(1))));
    }
    // All are on their way before the first is in a block: no lock is held while waiting.
    await(
        "all broadcasts",
        () ->
            journal.unsettled(31_337, signer().address()).size() == 12
                && events.stream().filter(TransactionEvent.Broadcast.class::isInstance).count()
                    == 12);
    chain.mine();
    Set<Long> nonces = new HashSet<>();
    for (int i = 0; i < outcomes.size(); i++) {
      assertThat(outcomes.get(i).get()).isInstanceOf(Outcome.Mined.class);
      nonces.add(entry("key " + i).intended().nonce());
    }
    assertThat(nonces).hasSize(12);
    assertThat(paid()).isEqualTo(12);
  }

  // ---- Foreign transactions and gaps ----

  @Test
  void aForeignTransactionThatTakesTheNonceIsNamed() throws Exception {
    chain.setAutomaticMining(false);
    TransactionSender sender = sender(stuckAfter(Duration.ofMinutes(1)));
    Future<Outcome> outcome = threads.submit(() -> sender.send("a", payment(5)));
    await("the broadcast", () -> journalled("a") && known(lastAttempt("a")));
    drop(lastAttempt("a"));
    chain.send(signer().address(), payment(7), 21_000);
    chain.mine();
    assertThat(outcome.get())
        .isInstanceOfSatisfying(
            Outcome.Abandoned.class,
            abandoned -> {
              assertThat(abandoned.cause()).isEqualTo(Cause.FOREIGN);
              assertThat(abandoned.detail()).contains("from elsewhere");
            });
    assertThat(happened(TransactionEvent.NonceTaken.class)).isTrue();
    chain.setAutomaticMining(true);
    assertThat(sender.send("b", payment(1))).isInstanceOf(Outcome.Mined.class);
    assertThat(paid()).isEqualTo(8);
  }

  @Test
  void aGapBelowAWaitingTransactionIsFilled() throws Exception {
    chain.setAutomaticMining(false);
    // A foreign transaction is pending when ours is numbered, and vanishes afterwards.
    Bytes32 foreign = chain.send(signer().address(), payment(7), 21_000);
    TransactionSender sender = sender(SETTINGS);
    Future<Outcome> outcome = threads.submit(() -> sender.send("a", payment(5)));
    await("the broadcast", () -> journalled("a") && known(lastAttempt("a")));
    assertThat(entry("a").intended().nonce()).isEqualTo(1);
    drop(foreign);
    await("the filler", () -> happened(TransactionEvent.GapFilled.class));
    // It is told of before it is sent.
    await(
        "the inclusion",
        () -> {
          chain.mine();
          return outcome.isDone();
        });
    assertThat(outcome.get()).isInstanceOf(Outcome.Mined.class);
    assertThat(paid()).isEqualTo(5);
    chain.setAutomaticMining(true);
    assertThat(sender.send("b", payment(1))).isInstanceOf(Outcome.Mined.class);
  }

  // ---- Reorgs ----

  @Test
  void aTransactionThatIsReorgedOutWhileItIsConfirmedIsAbandonedAndNotResent() throws Exception {
    TransactionSender sender = sender(SETTINGS.withConfirmations(3));
    Future<Outcome> outcome = threads.submit(() -> sender.send("a", payment(5)));
    await(
        "its inclusion",
        () -> journalled("a") && entry("a").state() instanceof TransactionJournal.Included);
    chain.reorg(1);
    await("the reorg to be noticed", () -> happened(TransactionEvent.ReorgedOut.class));
    await("the cancellation", () -> happened(TransactionEvent.Cancelling.class));
    chain.mine(4, 12);
    assertThat(outcome.get())
        .isInstanceOfSatisfying(
            Outcome.Abandoned.class,
            abandoned -> {
              assertThat(abandoned.cause()).isEqualTo(Cause.REORGED_OUT);
              assertThat(abandoned.detail())
                  .contains(
                      "a reorg took it out of its block, and this account cancelled it itself");
            });
    assertThat(paid()).isZero();
  }

  @Test
  void aTransactionThatIsReorgedOutAfterwardsIsFoundByReview() throws Exception {
    TransactionSender sender = sender(SETTINGS);
    assertThat(sender.send("a", payment(5))).isInstanceOf(Outcome.Mined.class);
    assertThat(sender.review()).isEmpty();
    chain.reorg(1);
    List<TransactionFate> fates = new ArrayList<>();
    await(
        "the review to settle it",
        () -> {
          fates.addAll(sender.review());
          return fates.stream().anyMatch(fate -> fate.outcome() instanceof Outcome.Abandoned);
        });
    assertThat(fates.getFirst().outcome()).isInstanceOf(Outcome.Unknown.class);
    assertThat(fates.getLast().settled()).isTrue();
    assertThat(((Outcome.Abandoned) fates.getLast().outcome()).cause())
        .isEqualTo(Cause.REORGED_OUT);
    assertThat(paid()).isZero();
    // The agent decides afresh.
    assertThat(sender.send("a, decided again", payment(5))).isInstanceOf(Outcome.Mined.class);
    assertThat(paid()).isEqualTo(5);
  }

  @Test
  void whatWaitsForTransactionsThatWereReorgedOutSettlesThemItself() {
    TransactionSender sender =
        sender(stuckAfter(Duration.ofHours(1)).withPatience(Duration.ofMinutes(1)));
    assertThat(sender.send("a", payment(3))).isInstanceOf(Outcome.Mined.class);
    assertThat(sender.send("b", payment(4))).isInstanceOf(Outcome.Mined.class);
    chain.reorg(2);
    assertThat(sender.send("c", payment(5))).isInstanceOf(Outcome.Mined.class);
    sender.review();
    assertThat(entry("a").state()).isInstanceOf(TransactionJournal.Abandoned.class);
    assertThat(entry("b").state()).isInstanceOf(TransactionJournal.Abandoned.class);
    assertThat(paid()).isEqualTo(5);
  }

  @Test
  void aReviewTellsFinality() {
    TransactionSender sender = sender(SETTINGS);
    sender.send("a", payment(5));
    chain.mine(12, 12);
    assertThat(sender.review())
        .singleElement()
        .matches(TransactionFate::settled)
        .matches(fate -> fate.outcome() instanceof Outcome.Mined);
    assertThat(entry("a").state()).isInstanceOf(TransactionJournal.Final.class);
    assertThat(sender.review()).isEmpty();
  }

  // ---- Crashes ----

  /** Runs {@code send} up to where a process would die: the exception ends it. */
  private void crashWhile(String key, boolean broadcast) {
    Signer real = signer();
    TransactionJournal dying =
        new ForwardingJournal(journal) {
          @Override
          public Entry intend(
              TransactionJournal.Intended intended, TransactionJournal.Attempt first) {
            Entry entry = super.intend(intended, first);
            if (!broadcast) {
              throw new Crash();
            }
            return entry;
          }
        };
    TransactionEvent.Listener listener =
        event -> {
          if (broadcast && event instanceof TransactionEvent.Broadcast) {
            throw new Crash();
          }
        };
    TransactionSender sender =
        new TransactionSender(
            ChainClient.connect(chain.http()),
            real,
            FeePolicy.DEFAULT,
            AbiErrors.NONE,
            SETTINGS,
            dying,
            listener);
    assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> sender.send(key, payment(5))))
        .isInstanceOf(Crash.class);
  }

  private static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  @Test
  void aCrashBetweenJournalAndBroadcastLeavesNothingExecuted() {
    crashWhile("a", false);
    assertThat(afterCrash().recover())
        .singleElement()
        .satisfies(fate ->
            assertThat(((Outcome.Abandoned) fate.outcome()).cause()).isEqualTo(Cause.DROPPED));
    assertThat(paid()).isZero();
    TransactionSender next = afterCrash();
    assertThat(next.recover()).isEmpty();
    assertThat(next.send("a, decided again", payment(5))).isInstanceOf(Outcome.Mined.class);
    assertThat(paid()).isEqualTo(5);
  }

  @Test
  void aCrashBetweenBroadcastAndReceiptIsSettledFromTheChain() {
    crashWhile("a", true);
    TransactionSender next = afterCrash();
    // Nobody calls recover(): sending does.
    assertThat(next.send("b", payment(1))).isInstanceOf(Outcome.Mined.class);
    assertThat(next.fate("a"))
        .get()
        .extracting(TransactionFate::outcome)
        .isInstanceOf(Outcome.Mined.class);
    assertThat(next.send("a", payment(5))).isInstanceOf(Outcome.Mined.class);
    assertThat(paid()).isEqualTo(6);
  }

  @Test
  void whatIsPendingAfterACrashIsWaitedFor() throws Exception {
    chain.setAutomaticMining(false);
    crashWhile("a", true);
    TransactionSender next =
        sender(
            ChainClient.connect(chain.http()),
            stuckAfter(Duration.ofMinutes(1)),
            FeePolicy.DEFAULT);
    Future<List<TransactionFate>> recovery = threads.submit(next::recover);
    Thread.sleep(500);
    assertThat(recovery.isDone()).isFalse();
    chain.mine();
    assertThat(recovery.get())
        .singleElement()
        .matches(fate -> fate.outcome() instanceof Outcome.Mined);
    assertThat(paid()).isEqualTo(5);
  }

  @Test
  void whatIsStuckAfterACrashIsCancelled() throws Exception {
    chain.setAutomaticMining(false);
    crashWhile("a", true);
    TransactionSender next = afterCrash();
    Future<List<TransactionFate>> recovery = threads.submit(next::recover);
    // It is written down before the node has it.
    await(
        "the cancellation",
        () -> entry("a").last().cancels() == Cause.CANCELLED && known(lastAttempt("a")));
    chain.mine();
    assertThat(recovery.get())
        .singleElement()
        .matches(fate -> fate.outcome() instanceof Outcome.Abandoned);
    assertThat(paid()).isZero();
  }

  @Test
  void nothingNewIsSentWhileAnEarlierRunIsUnsettled() {
    chain.setAutomaticMining(false);
    crashWhile("a", true);
    TransactionSender next =
        sender(
            ChainClient.connect(chain.http()),
            stuckAfter(Duration.ofMinutes(1)).withPatience(Duration.ofMillis(300)),
            FeePolicy.DEFAULT);
    assertThat(next.send("b", payment(1)))
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused ->
                assertThat(refused.reason().toString())
                    .contains("'a' (nonce 0) of an earlier run is not settled yet"));
    assertThat(journalled("b")).isFalse();
  }

  /** Passes everything on. */
  private static class ForwardingJournal implements TransactionJournal {
    private final TransactionJournal real;

    ForwardingJournal(TransactionJournal real) {
      this.real = real;
    }

    @Override
    public Entry intend(Intended intended, Attempt first) {
      return real.intend(intended, first);
    }

    @Override
    public void attempt(long id, Attempt attempt) {
      real.attempt(id, attempt);
    }

    @Override
    public void settle(long id, State state) {
      real.settle(id, state);
    }

    @Override
    public Optional<Entry> entry(long id) {
      return real.entry(id);
    }

    @Override
    public Optional<Entry> find(long chainId, Address sender, String key) {
      return real.find(chainId, sender, key);
    }

    @Override
    public List<Entry> unsettled(long chainId, Address sender) {
      return real.unsettled(chainId, sender);
    }
  }
}
