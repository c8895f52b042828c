package org.probity.chain;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.probity.chain.TransactionJournal.Abandoned;
import org.probity.chain.TransactionJournal.Attempt;
import org.probity.chain.TransactionJournal.Cause;
import org.probity.chain.TransactionJournal.Entry;
import org.probity.chain.TransactionJournal.Final;
import org.probity.chain.TransactionJournal.Included;
import org.probity.chain.TransactionJournal.Kind;
import org.probity.chain.TransactionJournal.Open;
import org.probity.chain.TransactionJournal.Refused;
import org.probity.ground.Bytes32;

/**
 * Sends an account's transactions and follows each to its {@link Outcome}. Safe for use by many
 * threads and by several senders of the same account: transactions of one account through one
 * client are numbered, written down and handed over one after the other; the waiting overlaps.
 *
 * <p>A call is executed at most once. Everything is journalled before a node can have it, under a
 * key that the caller chooses: the same key again follows the same transaction. A transaction that
 * is stuck is offered again under the same nonce with higher fees. One that a reorg took out of its
 * block, or that no node knows after a crash, is never sent again: its nonce is used up by a
 * transfer of nothing, and only when that is certain the caller hears {@link Outcome.Abandoned} and
 * may decide afresh.
 *
 * <p>What an earlier process left open is settled before anything new is sent: by {@link #recover},
 * which {@code send} calls if nobody did.
 */
public final class TransactionSender {

  private static final Duration FIRST_LOOK = Duration.ofMillis(10);
  private static final Duration SLOWEST_LOOK = Duration.ofSeconds(1);
  private static final Duration REPEAT = Duration.ofSeconds(2);

  /** One odd look may be a node that is behind; so many in a row are not. */
  private static final int ODD_LOOKS = 3;

  private static final Duration ODD_TIME = Duration.ofSeconds(1);

  private final ChainClient chain;
  private final Signer signer;
  private final AbiErrors errors;
  private final TransactionSettings settings;
  private final TransactionJournal journal;
  private final TransactionEvent.Listener listener;
  private final NonceLine line;
  private final NonceLine.Progress progress;
  private final SendingDesk desk;

  /**
   * A sender with a journal in memory.
   *
   * @param errors the custom errors that contracts may refuse with
   * @param patience how long to wait for a block to include a transaction
   */
  public TransactionSender(
      ChainClient chain, Signer signer, FeePolicy fees, AbiErrors errors, Duration patience) {
    this(
        chain,
        signer,
        fees,
        errors,
        TransactionSettings.DEFAULT.withPatience(patience),
        TransactionJournal.inMemory(),
        TransactionEvent.Listener.NONE);
  }

  /**
   * A sender.
   *
   * @param errors the custom errors that contracts may refuse with
   * @param journal of this account; shared by all of its senders
   */
  public TransactionSender(
      ChainClient chain,
      Signer signer,
      FeePolicy fees,
      AbiErrors errors,
      TransactionSettings settings,
      TransactionJournal journal,
      TransactionEvent.Listener listener) {
    this.chain = chain;
    this.signer = signer;
    this.errors = errors;
    this.settings = settings;
    this.journal = journal;
    this.listener = listener;
    this.line = chain.nonceLine(signer.address());
    this.progress = line.of(journal);
    this.desk = new SendingDesk(chain, signer, fees, journal, listener);
  }

  /** The account that sends. */
  public Address address() {
    return signer.address();
  }

  /** What a unit of gas costs this account in a block with the base fee {@code baseFee}, in wei. */
  public BigInteger gasPrice(BigInteger baseFee) {
    return desk.gasPrice(baseFee);
  }

  /**
   * Sends {@code call} unless its gas estimate shows that it would fail, and waits until it is
   * confirmed.
   *
   * @throws RpcUnreachable if no node answers; nothing has been sent then
   */
  public Outcome send(Call call) {
    return send(null, call, null);
  }

  /**
   * Like {@link #send(Call)}, once for each {@code key}: if the journal has a transaction with this
   * key, that one is followed and nothing is sent, even if {@code call} is another one.
   *
   * @param key what the caller knows the call by, at most 512 characters
   * @throws RpcUnreachable if no node answers; nothing has been sent then
   */
  public Outcome send(String key, Call call) {
    return send(key, call, null);
  }

  /**
   * Sends {@code call} without an estimate, even if it will fail.
   *
   * @throws RpcUnreachable if no node answers; nothing has been sent then
   */
  public Outcome sendWithGas(Call call, long gasLimit) {
    return send(null, call, gasLimit);
  }

  private Outcome send(@Nullable String key, Call call, @Nullable Long fixedGasLimit) {
    Optional<Outcome> unready = recoverOnce();
    if (unready.isPresent()) {
      return unready.get();
    }
    sweep();
    SendingDesk.Handover handover;
    try {
      handover = desk.submit(key, call, fixedGasLimit);
    } catch (CallReverted e) {
      return new Outcome.Refused(e.reason(errors));
    } catch (RpcRefused e) {
      return new Outcome.Refused(new RevertReason.NodeRefusal(e.said()));
    }
    return switch (handover) {
      case SendingDesk.Declined(RevertReason reason) -> new Outcome.Refused(reason);
      case SendingDesk.Handed(Entry entry) ->
          SendingDesk.carries(entry, call)
              ? follow(entry, call, (now, sight) -> push(now, sight, call), deadline())
              : follow(entry, null, this::finish, deadline());
    };
  }

  /**
   * Uses up the nonce of an open transaction, so that its call is never executed, and waits for
   * what comes of it: {@link Outcome.Abandoned}, or {@link Outcome.Mined} if it was faster.
   *
   * @return empty if the journal has no transaction with this key
   */
  public Optional<Outcome> cancel(String key) {
    Optional<Entry> found = journal.find(chain.chainId(), signer.address(), key);
    found.ifPresent(entry -> desk.cancel(entry, Cause.CANCELLED));
    return found.map(entry -> follow(entry, null, this::finish, deadline()));
  }

  /** What is known of the transaction with this key, looked up now; empty if there is none. */
  public Optional<TransactionFate> fate(String key) {
    return journal
        .find(chain.chainId(), signer.address(), key)
        .map(entry -> fateOf(entry, step(entry.id(), null, this::onlyLook)));
  }

  /**
   * Settles what an earlier process left open, before anything new is sent: what is in a block is
   * told, what a node knows is waited for, and the nonce of what no node knows is used up. Takes as
   * long as the patience allows; what is open even then is {@link Outcome.Unknown}, and nothing new
   * is sent until it is settled.
   *
   * @return the fate of each transaction that was open, by nonce
   */
  public List<TransactionFate> recover() {
    line.recovery.lock();
    try {
      long deadline = deadline();
      List<TransactionFate> fates = new ArrayList<>();
      for (Entry entry : desk.left()) {
        Outcome outcome = follow(entry, null, this::finish, deadline);
        if (!(outcome instanceof Outcome.Unknown)) {
          progress.know(entry.id());
        }
        if (entry.intended().kind() == Kind.CALL) {
          fates.add(fateOf(entry, Optional.of(outcome)));
        }
      }
      return List.copyOf(fates);
    } finally {
      line.recovery.unlock();
    }
  }

  private Optional<Outcome> recoverOnce() {
    if (desk.left().isEmpty()) {
      return Optional.empty();
    }
    return recover().stream()
        .filter(fate -> fate.outcome() instanceof Outcome.Unknown)
        .findFirst()
        .map(fate ->
            new Outcome.Refused(
                new RevertReason.NodeRefusal(
                    "transaction '%s' (nonce %d) of an earlier run is not settled yet: wait for it"
                        .formatted(fate.key(), fate.nonce()))));
  }

  /**
   * Looks at everything that a reorg could still change and that nobody waits for. To be called for
   * each head, or at least after each revert: so a transaction that {@code send} told to be mined,
   * and that a reorg took out since, is noticed. Its nonce is then used up; a later call tells it
   * abandoned, or mined after all.
   *
   * @return those whose state has changed, by nonce
   * @throws RpcUnreachable if no node answers
   */
  public List<TransactionFate> review() {
    List<TransactionFate> changed = new ArrayList<>();
    for (Entry entry : desk.unsettled()) {
      if (!progress.knows(entry.id()) || progress.followed(entry.id())) {
        continue;
      }
      Optional<Outcome> outcome = step(entry.id(), null, this::pursueDoomed);
      Entry now = journal.entry(entry.id()).orElse(entry);
      if (!now.state().equals(entry.state()) && entry.intended().kind() == Kind.CALL) {
        changed.add(fateOf(now, outcome));
      }
    }
    return List.copyOf(changed);
  }

  /** Closes what has become final since, and fillers, without asking about anything younger. */
  private void sweep() {
    List<Entry> unsettled = desk.unsettled();
    if (unsettled.isEmpty()) {
      return;
    }
    long head = chain.head().number();
    for (Entry entry : unsettled) {
      boolean ripe =
          entry.state() instanceof Included included
              ? head - included.block() + 1 >= settings.finality()
              : entry.intended().kind() == Kind.FILLER;
      if (ripe && !progress.followed(entry.id())) {
        step(entry.id(), null, this::onlyLook);
      }
    }
  }

  // ---- Following one transaction ----

  private long deadline() {
    return System.nanoTime() + settings.patience().toNanos();
  }

  /**
   * @param push what to do for an entry that no block includes
   */
  private Outcome follow(
      Entry entry, @Nullable Call call, BiConsumer<Entry, Sighting> push, long deadline) {
    progress.follow(entry.id());
    try {
      Duration pause = FIRST_LOOK;
      while (true) {
        Optional<Outcome> outcome = stepIfReachable(entry.id(), call, push);
        if (outcome.isPresent()) {
          return outcome.get();
        }
        long left = deadline - System.nanoTime();
        if (left <= 0 || !slept(Duration.ofNanos(Math.min(left, pause.toNanos())))) {
          return new Outcome.Unknown(callOf(entry));
        }
        Duration longer = pause.multipliedBy(3).dividedBy(2);
        pause = longer.compareTo(SLOWEST_LOOK) < 0 ? longer : SLOWEST_LOOK;
      }
    } finally {
      progress.leave(entry.id());
    }
  }

  private Optional<Outcome> stepIfReachable(
      long id, @Nullable Call call, BiConsumer<Entry, Sighting> push) {
    try {
      return step(id, call, push);
    } catch (RpcUnreachable | RpcRefused e) {
      // The node may come back before patience ends.
      return Optional.empty();
    }
  }

  /** Looks once at an entry and does what follows from it. Its outcome, if that is certain. */
  private Optional<Outcome> step(long id, @Nullable Call call, BiConsumer<Entry, Sighting> push) {
    Entry entry = journal.entry(id).orElseThrow();
    return switch (entry.state()) {
      case Final(_, _, Bytes32 transaction, _) ->
          Optional.of(
              chain
                  .receipt(transaction)
                  .map(receipt -> judge(receipt, call, entry.intended().gasLimit()))
                  .orElse(new Outcome.Unknown(transaction)));
      case Abandoned(Cause cause, String detail) ->
          Optional.of(new Outcome.Abandoned(callOf(entry), cause, detail));
      case Refused(String why) ->
          Optional.of(new Outcome.Refused(new RevertReason.NodeRefusal(why)));
      case Open(), Included _ -> look(entry, call, push);
    };
  }

  private Optional<Outcome> look(
      Entry entry, @Nullable Call call, BiConsumer<Entry, Sighting> push) {
    Sighting sighting = Sighting.of(entry, chain, settings.confirmations());
    boolean odd = sighting instanceof Sighting.Taken || sighting instanceof Sighting.Missing;
    int looks = progress.sighted(entry.id(), odd);
    boolean sure = looks >= ODD_LOOKS && progress.oddFor(entry.id()) >= ODD_TIME.toNanos();
    return switch (sighting) {
      case Sighting.InBlock(Receipt receipt, Attempt attempt, long depth) ->
          onIncluded(entry, call, receipt, attempt, depth);
      case Sighting.Taken() -> sure ? onTaken(entry) : Optional.empty();
      case Sighting.Waiting(), Sighting.Missing() -> {
        if (entry.state() instanceof Included && (!odd || sure)) {
          onReorgedOut(entry);
        } else if (entry.state() instanceof Open) {
          push.accept(entry, sighting);
        }
        yield Optional.empty();
      }
    };
  }

  private Optional<Outcome> onIncluded(
      Entry entry, @Nullable Call call, Receipt receipt, Attempt attempt, long depth) {
    Included included =
        new Included(
            receipt.blockNumber(), receipt.blockHash(), attempt.hash(), receipt.succeeded());
    if (!entry.state().equals(included)) {
      journal.settle(entry.id(), included);
    }
    if (depth < settings.confirmations()) {
      return Optional.empty();
    }
    Cause cancelled = attempt.cancels();
    if (cancelled != null) {
      return abandon(
          entry,
          cancelled,
          "%s, and this account cancelled it itself: its nonce %d was used up by its own transfer of nothing, %s in block %d"
              .formatted(
                  why(cancelled), entry.intended().nonce(), attempt.hash(), receipt.blockNumber()));
    }
    if (depth >= settings.finality()) {
      journal.settle(
          entry.id(),
          new Final(included.block(), included.blockHash(), attempt.hash(), receipt.succeeded()));
      progress.forget(entry.id());
    }
    return Optional.of(judge(receipt, call, entry.intended().gasLimit()));
  }

  private static String why(Cause cause) {
    return switch (cause) {
      case REORGED_OUT -> "a reorg took it out of its block";
      case DROPPED -> "no node knew it any more";
      case CANCELLED -> "it was stuck, or not wanted any more";
      case FOREIGN -> "its nonce was used from elsewhere";
    };
  }

  private Optional<Outcome> onTaken(Entry entry) {
    long nonce = entry.intended().nonce();
    listener.on(new TransactionEvent.NonceTaken(signer.address(), entry.intended().key(), nonce));
    return abandon(
        entry,
        Cause.FOREIGN,
        "its nonce %d was used by a transaction from elsewhere, signed with the same key: nobody else should have the key of %s"
            .formatted(nonce, signer.address()));
  }

  private Optional<Outcome> abandon(Entry entry, Cause cause, String detail) {
    journal.settle(entry.id(), new Abandoned(cause, detail));
    progress.forget(entry.id());
    return Optional.of(new Outcome.Abandoned(callOf(entry), cause, detail));
  }

  private void onReorgedOut(Entry entry) {
    journal.settle(entry.id(), new Open());
    listener.on(
        new TransactionEvent.ReorgedOut(
            signer.address(),
            entry.intended().key(),
            entry.intended().nonce(),
            entry.last().hash()));
    desk.cancel(entry.in(new Open()), Cause.REORGED_OUT);
  }

  // ---- What to do for one that no block includes ----

  /** The caller wants it executed: offer it again, better if it is stuck. */
  private void push(Entry entry, Sighting sighting, Call call) {
    Optional<Cause> doomed = doomed(entry);
    if (doomed.isPresent()) {
      pursueDoomed(entry, sighting);
    } else if (stuck(entry)) {
      if (!healGap(entry)) {
        desk.replace(entry, call);
      }
    } else if (progress.sinceSent(entry.id()) > REPEAT.toNanos()) {
      settleLower(entry);
      if (sighting instanceof Sighting.Missing) {
        desk.repeat(entry);
      }
    }
  }

  /**
   * What it waits for may be transactions of ours that a reorg took out and that nobody follows any
   * more: looks after those now, rather than at one of the next heads.
   */
  private void settleLower(Entry entry) {
    long used = chain.transactionCount(signer.address(), BlockTag.LATEST);
    if (used >= entry.intended().nonce()) {
      return;
    }
    for (Entry lower : desk.unsettled()) {
      long nonce = lower.intended().nonce();
      if (nonce >= used
          && nonce < entry.intended().nonce()
          && progress.knows(lower.id())
          && !progress.followed(lower.id())) {
        step(lower.id(), null, this::pursueDoomed);
      }
    }
  }

  /** Nobody has its call any more: wait for it, or use its nonce up. */
  private void finish(Entry entry, Sighting sighting) {
    if (doomed(entry).isPresent()) {
      pursueDoomed(entry, sighting);
      return;
    }
    boolean sure = progress.oddFor(entry.id()) >= ODD_TIME.toNanos();
    if (sighting instanceof Sighting.Missing && sure) {
      desk.cancel(entry, Cause.DROPPED);
    } else if (sighting instanceof Sighting.Waiting && stuck(entry) && !healGap(entry)) {
      desk.cancel(entry, Cause.CANCELLED);
    }
  }

  /** Its nonce is being used up: see that it happens. */
  private void pursueDoomed(Entry entry, Sighting sighting) {
    doomed(entry)
        .ifPresent(cause -> {
          boolean lost =
              sighting instanceof Sighting.Missing
                  && progress.sinceSent(entry.id()) > REPEAT.toNanos();
          if (entry.last().cancels() == null || lost || stuck(entry) && !healGap(entry)) {
            desk.cancel(entry, cause);
          }
        });
  }

  private void onlyLook(Entry entry, Sighting sighting) {}

  private Optional<Cause> doomed(Entry entry) {
    Cause written = entry.last().cancels();
    return written != null ? Optional.of(written) : progress.doomed(entry.id());
  }

  private boolean stuck(Entry entry) {
    return progress.sinceSent(entry.id()) >= settings.stuckAfter().toNanos();
  }

  /**
   * Whether it waits for a lower nonce rather than for a better offer. A lower one that is ours has
   * a follower of its own; one that nothing has is filled.
   */
  private boolean healGap(Entry entry) {
    long used = chain.transactionCount(signer.address(), BlockTag.LATEST);
    if (used >= entry.intended().nonce()) {
      return false;
    }
    progress.waitAgain(entry.id());
    boolean ours = desk.unsettled().stream().anyMatch(other -> other.intended().nonce() == used);
    if (!ours) {
      desk.fill(used);
    }
    desk.repeat(entry);
    return true;
  }

  // ---- Telling ----

  private TransactionFate fateOf(Entry before, Optional<Outcome> outcome) {
    Entry now = journal.entry(before.id()).orElse(before);
    return new TransactionFate(
        now.intended().key(),
        now.intended().nonce(),
        outcome.orElseGet(() -> new Outcome.Unknown(callOf(now))),
        !now.unsettled());
  }

  /** The last attempt that carried the entry's own call. */
  private static Bytes32 callOf(Entry entry) {
    return entry.attempts().reversed().stream()
        .filter(attempt -> attempt.cancels() == null)
        .findFirst()
        .orElse(entry.last())
        .hash();
  }

  private static boolean slept(Duration pause) {
    try {
      Thread.sleep(pause);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private Outcome judge(Receipt receipt, @Nullable Call call, long gasLimit) {
    return receipt.succeeded()
        ? new Outcome.Mined(receipt)
        : new Outcome.Reverted(receipt, reasonOf(receipt, call, gasLimit));
  }

  /**
   * A receipt does not hold the reason; executing the call again on the state before its block
   * tells it, unless an earlier transaction of the same block mattered.
   */
  private RevertReason reasonOf(Receipt receipt, @Nullable Call known, long gasLimit) {
    if (receipt.gasUsed() >= gasLimit) {
      return new RevertReason.OutOfGas(gasLimit);
    }
    for (long block = receipt.blockNumber() - 1; block <= receipt.blockNumber(); block++) {
      try {
        Call call = known != null ? known : chain.callOf(receipt.transactionHash()).orElseThrow();
        chain.callFrom(signer.address(), call, BlockTag.at(block));
      } catch (CallReverted e) {
        return e.reason(errors);
      } catch (ChainException e) {
        return new RevertReason.NodeRefusal("the reason could not be read: " + e.getMessage());
      }
    }
    return new RevertReason.Undecoded(Bytes.EMPTY);
  }
}
