package org.probity.chain;

import java.math.BigInteger;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.probity.chain.TransactionJournal.Attempt;
import org.probity.chain.TransactionJournal.Cause;
import org.probity.chain.TransactionJournal.Entry;
import org.probity.chain.TransactionJournal.Intended;
import org.probity.chain.TransactionJournal.Kind;
import org.probity.chain.TransactionJournal.Open;
import org.probity.chain.TransactionJournal.Refused;
import org.probity.ground.Bytes32;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.Sign;
import org.web3j.crypto.TransactionEncoder;

/**
 * Numbers, signs, writes down and hands over an account's transactions, in this order: whatever a
 * node may have got is in the journal.
 *
 * <p>Giving up on a transaction is no matter of forgetting it, since a copy may lie in some node's
 * pool and be included tomorrow. Its nonce is used up instead, by a transfer of nothing to oneself:
 * of the two exactly one is ever executed, and the chain tells which.
 */
final class SendingDesk {

  private static final int TRIES = 4;

  /** A sequencer without a pool drops at once what it cannot execute next. */
  private static final int PATIENT_TRIES = 4;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final BigInteger TRANSFER_GAS = BigInteger.valueOf(21_000);

  private final ChainClient chain;
  private final Signer signer;
  private final FeePolicy owners;
  private final TransactionJournal journal;
  private final TransactionEvent.Listener listener;
  private final NonceLine line;
  private final NonceLine.Progress progress;

  /** The owner's policy, with the tip that this chain has been found to want. */
  private volatile FeePolicy fees;

  SendingDesk(
      ChainClient chain,
      Signer signer,
      FeePolicy fees,
      TransactionJournal journal,
      TransactionEvent.Listener listener) {
    this.chain = chain;
    this.signer = signer;
    this.owners = fees;
    this.fees = fees;
    this.journal = journal;
    this.listener = listener;
    this.line = chain.nonceLine(signer.address());
    this.progress = line.of(journal);
  }

  /** Whether a transaction is on its way. */
  sealed interface Handover {}

  /** A node has it, or may have it, or had it before. */
  record Handed(Entry entry) implements Handover {}

  record Declined(RevertReason reason) implements Handover {}

  /**
   * Sends {@code call}, unless the journal has its key already.
   *
   * @param key null to make one from the nonce
   * @throws RpcUnreachable if no node answers before anything is sent
   * @throws RpcRefused if the node refuses it for good
   * @throws CallReverted if its gas estimate shows that it would fail
   */
  Handover submit(@Nullable String key, Call call, @Nullable Long fixedGasLimit) {
    line.turn.lock();
    try {
      Optional<Entry> before =
          key == null ? Optional.empty() : journal.find(chain.chainId(), signer.address(), key);
      if (before.isPresent()) {
        return new Handed(before.get());
      }
      Reads reads = chain.reads();
      if (fixedGasLimit != null) {
        return handOver(key, call, fixedGasLimit, place(reads));
      }
      Supplier<BigInteger> gas = reads.estimateGas(signer.address(), call);
      Place place = place(reads);
      return handOver(key, call, fees.gasLimit(gas.get()), place);
    } finally {
      line.turn.unlock();
    }
  }

  /** What a unit of gas costs in a block with this base fee, in wei. */
  BigInteger gasPrice(BigInteger baseFee) {
    return fees.price(baseFee);
  }

  /** Whether {@code call} is what the entry carries, as far as a journal can tell. */
  static boolean carries(Entry entry, Call call) {
    Intended intended = entry.intended();
    return intended.callDataHash().equals(call.data().keccak())
        && intended.value().equals(call.value())
        && Objects.equals(intended.to(), call.to());
  }

  /** What a transaction that is sent now is fitted to. */
  private record Place(BigInteger baseFee, long nonce) {}

  /** Asks {@code reads}, and the place along with them. */
  private Place place(Reads reads) {
    Supplier<Optional<Head>> newest = reads.head(BlockTag.LATEST);
    Supplier<Long> count = reads.transactionCount(signer.address(), BlockTag.PENDING);
    reads.ask();
    return new Place(newest.get().orElseThrow().baseFee(), count.get());
  }

  private Handover handOver(@Nullable String key, Call call, long gasLimit, Place first) {
    long atLeast = 0;
    Place place = first;
    for (int attempt = 1; ; attempt++) {
      BigInteger baseFee = place.baseFee();
      if (!fees.affords(baseFee)) {
        return new Declined(tooDear(baseFee));
      }
      long nonce = freeNonce(Math.max(atLeast, place.nonce()));
      Signed signed = sign(call, nonce, gasLimit, fees.first(baseFee), null);
      String name = key == null ? "unnamed:" + nonce + ":" + signed.attempt().hash() : key;
      Entry entry = writeDown(name, Kind.CALL, call, nonce, gasLimit, signed);
      try {
        sendInTurn(signed.transaction());
        return handed(entry);
      } catch (RpcUnreachable e) {
        // It may have arrived. It is followed, and handed over again if no node knows it.
        return handed(entry);
      } catch (RpcRefused e) {
        Optional<ProviderHabit.Meaning> meaning = e.meaning();
        if (meaning.filter(ProviderHabit.Meaning.ALREADY_KNOWN::equals).isPresent()) {
          return handed(entry);
        }
        journal.settle(entry.id(), new Refused(e.said()));
        progress.forget(entry.id());
        Optional<RevertReason> hopeless =
            meaning.flatMap(what -> hopeless(what, e, gasLimit, signed.attempt()));
        if (hopeless.isPresent()) {
          return new Declined(hopeless.get());
        }
        if (takesNonce(meaning)) {
          atLeast = nonce + 1;
          listener.on(new TransactionEvent.NonceTaken(signer.address(), name, nonce));
        }
        if (attempt == TRIES || !mayBeTakenNext(meaning)) {
          throw e;
        }
      }
      place = place(chain.reads());
    }
  }

  /** Offers it again, as it is, while what comes before it is still on its way to the node. */
  private void sendInTurn(Bytes transaction) {
    for (int attempt = 1; ; attempt++) {
      try {
        chain.sendRaw(transaction);
        return;
      } catch (RpcRefused e) {
        boolean early = e.meaning().equals(Optional.of(ProviderHabit.Meaning.NONCE_AHEAD));
        if (!early || attempt == PATIENT_TRIES) {
          throw e;
        }
        try {
          Thread.sleep(FIRST_PAUSE.multipliedBy(1L << (attempt - 1)));
        } catch (InterruptedException interrupt) {
          Thread.currentThread().interrupt();
          throw e;
        }
      }
    }
  }

  private static boolean takesNonce(Optional<ProviderHabit.Meaning> meaning) {
    return meaning
        .filter(what ->
            what == ProviderHabit.Meaning.NONCE_USED
                || what == ProviderHabit.Meaning.REPLACEMENT_UNDERPRICED)
        .isPresent();
  }

  private static boolean mayBeTakenNext(Optional<ProviderHabit.Meaning> meaning) {
    return takesNonce(meaning)
        || meaning
            .filter(what ->
                what == ProviderHabit.Meaning.TIP_TOO_LOW
                    || what == ProviderHabit.Meaning.FEE_TOO_LOW)
            .isPresent();
  }

  /**
   * Takes note of what the refusal says of fees.
   *
   * @return why another offer would be refused as well, if it would
   */
  private Optional<RevertReason> hopeless(
      ProviderHabit.Meaning meaning, RpcRefused refusal, long gasLimit, Attempt attempt) {
    return switch (meaning) {
      case TIP_TOO_LOW, FEE_TOO_LOW -> learnTip(meaning, refusal);
      case FEE_ABOVE_NODES_CAP ->
          Optional.of(
              new RevertReason.NodeRefusal(
                  "the node itself takes no transaction that may cost so much (%s): this one may cost its gas limit of %d times %s; raise the node's own limit (geth: --rpc.txfeecap), or lower the fee cap (probity.fees.max-gwei, deploy: --max-gwei)"
                      .formatted(refusal.said(), gasLimit, FeePolicy.gwei(attempt.maxFee()))));
      default -> Optional.empty();
    };
  }

  /** The least tip that the refusal names or, failing that, what the node suggests. */
  private Optional<RevertReason> learnTip(ProviderHabit.Meaning meaning, RpcRefused refusal) {
    Optional<BigInteger> least =
        meaning == ProviderHabit.Meaning.TIP_TOO_LOW
            ? ProviderHabit.leastTip(refusal.said()).or(this::suggestedTip)
            : suggestedTip();
    if (least.filter(tip -> tip.compareTo(owners.maxFeePerGas()) > 0).isPresent()) {
      return Optional.of(
          new RevertReason.NodeRefusal(
              "the chain takes no tip below %s, which is above the fee cap of %s: raise the cap (probity.fees.max-gwei, deploy: --max-gwei)"
                  .formatted(FeePolicy.gwei(least.get()), FeePolicy.gwei(owners.maxFeePerGas()))));
    }
    least.ifPresent(tip -> fees = fees.withTipOfAtLeast(tip));
    return Optional.empty();
  }

  private Optional<BigInteger> suggestedTip() {
    try {
      return chain.suggestedTip();
    } catch (RpcUnreachable e) {
      return Optional.empty();
    }
  }

  private Handed handed(Entry entry) {
    Intended intended = entry.intended();
    listener.on(
        new TransactionEvent.Broadcast(
            signer.address(), intended.key(), intended.nonce(), entry.last().hash()));
    return new Handed(entry);
  }

  private Entry writeDown(
      String key, Kind kind, Call call, long nonce, long gasLimit, Signed signed) {
    Entry entry =
        journal.intend(
            new Intended(
                new TransactionJournal.Place(chain.chainId(), signer.address(), nonce),
                key,
                kind,
                call.to(),
                call.value(),
                call.data().keccak(),
                gasLimit),
            signed.attempt());
    progress.know(entry.id());
    progress.sent(entry.id(), signed.transaction());
    return entry;
  }

  /**
   * The first nonce from {@code count} on, which neither the chain nor a node's pool has given
   * away, that the journal has not either. So a gap is filled by whatever is sent next.
   */
  private long freeNonce(long count) {
    Set<Long> given = new HashSet<>();
    journal
        .unsettled(chain.chainId(), signer.address())
        .forEach(entry -> given.add(entry.intended().nonce()));
    long nonce = count;
    while (given.contains(nonce)) {
      nonce++;
    }
    return nonce;
  }

  /** Hands the last attempt over again, as it was: its hash makes it the same. */
  void repeat(Entry entry) {
    progress.signed(entry.id()).ifPresent(this::offer);
    progress.waitAgain(entry.id());
  }

  /** Offers the same call with higher fees. */
  void replace(Entry entry, Call call) {
    line.turn.lock();
    try {
      Optional<Entry> now = journal.entry(entry.id()).filter(one -> one.equals(entry));
      if (now.isEmpty()) {
        return; // someone was faster
      }
      FeePolicy.Fees before = feesOf(entry.last());
      Intended intended = entry.intended();
      progress.waitAgain(entry.id());
      if (!fees.canRaise(before)) {
        listener.on(
            new TransactionEvent.CapReached(
                signer.address(), intended.key(), intended.nonce(), fees.maxFeePerGas()));
        repeat(entry);
        return;
      }
      FeePolicy.Fees next = fees.next(before, chain.head().baseFee());
      Signed signed = sign(call, intended.nonce(), intended.gasLimit(), next, null);
      send(entry, signed);
      listener.on(
          new TransactionEvent.Replaced(
              signer.address(),
              intended.key(),
              intended.nonce(),
              entry.last().hash(),
              signed.attempt().hash(),
              next.maxFee()));
    } finally {
      line.turn.unlock();
    }
  }

  /** Uses the entry's nonce up, so that its call is never executed, unless it just was. */
  void cancel(Entry entry, Cause cause) {
    line.turn.lock();
    try {
      Optional<Entry> now = journal.entry(entry.id());
      if (now.isEmpty() || !(now.get().state() instanceof Open)) {
        return;
      }
      progress.doom(entry.id(), cause);
      Intended intended = entry.intended();
      Attempt last = now.get().last();
      FeePolicy.Fees next = fees.next(feesOf(last), chain.head().baseFee());
      Cause told = last.cancels() == null ? cause : last.cancels();
      Call nothing = new Call(signer.address(), Bytes.EMPTY, BigInteger.ZERO);
      Signed signed = sign(nothing, intended.nonce(), transferGas(nothing), next, told);
      Optional<RpcRefused> refusal = send(now.get(), signed);
      if (takesNonce(refusal.flatMap(RpcRefused::meaning))) {
        listener.on(
            new TransactionEvent.CapReached(
                signer.address(), intended.key(), intended.nonce(), fees.maxFeePerGas()));
      } else {
        listener.on(
            new TransactionEvent.Cancelling(
                signer.address(), intended.key(), intended.nonce(), signed.attempt().hash(), told));
      }
    } finally {
      line.turn.unlock();
    }
  }

  /** Gives an unused nonce to a transaction without effect, if really nothing has it. */
  void fill(long nonce) {
    line.turn.lock();
    try {
      boolean given =
          journal.unsettled(chain.chainId(), signer.address()).stream()
              .anyMatch(entry -> entry.intended().nonce() == nonce);
      if (given || chain.transactionCount(signer.address(), BlockTag.PENDING) != nonce) {
        return;
      }
      Call nothing = new Call(signer.address(), Bytes.EMPTY, BigInteger.ZERO);
      long gas = transferGas(nothing);
      Signed signed = sign(nothing, nonce, gas, fees.first(chain.head().baseFee()), null);
      String key = "filler:" + nonce + ":" + signed.attempt().hash();
      Entry entry = writeDown(key, Kind.FILLER, nothing, nonce, gas, signed);
      Optional<RpcRefused> refusal = offer(signed.transaction());
      if (refusal
          .filter(r -> !r.meaning().equals(Optional.of(ProviderHabit.Meaning.ALREADY_KNOWN)))
          .isPresent()) {
        journal.settle(entry.id(), new Refused(refusal.get().said()));
        return;
      }
      listener.on(new TransactionEvent.GapFilled(signer.address(), nonce, signed.attempt().hash()));
    } finally {
      line.turn.unlock();
    }
  }

  private Optional<RpcRefused> send(Entry entry, Signed signed) {
    if (entry.attempt(signed.attempt().hash()).isEmpty()) {
      journal.attempt(entry.id(), signed.attempt());
    }
    progress.sent(entry.id(), signed.transaction());
    Optional<RpcRefused> refusal = offer(signed.transaction());
    // For the next offer.
    refusal.ifPresent(r ->
        r.meaning()
            .filter(ProviderHabit.Meaning.TIP_TOO_LOW::equals)
            .ifPresent(what -> learnTip(what, r)));
    return refusal;
  }

  /** Hands over what is written down. The next look at the chain tells what came of it. */
  private Optional<RpcRefused> offer(Bytes transaction) {
    try {
      chain.sendRaw(transaction);
      return Optional.empty();
    } catch (RpcRefused e) {
      return Optional.of(e);
    } catch (RpcUnreachable e) {
      return Optional.empty();
    }
  }

  private long transferGas(Call nothing) {
    try {
      return chain.estimateGas(signer.address(), nothing).max(TRANSFER_GAS).longValueExact();
    } catch (RpcRefused | CallReverted e) {
      return TRANSFER_GAS.longValueExact();
    }
  }

  private RevertReason tooDear(BigInteger baseFee) {
    return new RevertReason.NodeRefusal(
        "the base fee of %s and the tip of %s are above the fee cap of %s: wait, or raise the cap (probity.fees.max-gwei, deploy: --max-gwei)"
            .formatted(
                FeePolicy.gwei(baseFee),
                FeePolicy.gwei(fees.tipPerGas()),
                FeePolicy.gwei(fees.maxFeePerGas())));
  }

  private static FeePolicy.Fees feesOf(Attempt attempt) {
    return new FeePolicy.Fees(attempt.maxFee(), attempt.tip());
  }

  /** A signed transaction and what the journal writes of it. */
  private record Signed(Bytes transaction, Attempt attempt) {}

  private Signed sign(
      Call call, long nonce, long gasLimit, FeePolicy.Fees offer, @Nullable Cause cancels) {
    RawTransaction unsigned =
        RawTransaction.createTransaction(
            chain.chainId(),
            BigInteger.valueOf(nonce),
            BigInteger.valueOf(gasLimit),
            call.to() == null ? "" : call.to().hex(),
            call.value(),
            call.data().toString(),
            offer.tip(),
            offer.maxFee());
    Bytes32 digest = Bytes.of(TransactionEncoder.encode(unsigned)).keccak();
    byte[] signature = signer.sign(digest).toArray();
    Bytes transaction =
        Bytes.of(
            TransactionEncoder.encode(
                unsigned,
                new Sign.SignatureData(
                    signature[64],
                    Arrays.copyOfRange(signature, 0, 32),
                    Arrays.copyOfRange(signature, 32, 64))));
    return new Signed(
        transaction, new Attempt(transaction.keccak(), offer.maxFee(), offer.tip(), cancels));
  }

  /** Those of them that an earlier process wrote and nobody has settled since. */
  List<Entry> left() {
    // Under the turn, so that what this process is just writing down does not look like that.
    line.turn.lock();
    try {
      return unsettled().stream().filter(entry -> !progress.knows(entry.id())).toList();
    } finally {
      line.turn.unlock();
    }
  }

  /** The entries of this signer that the chain can still change. */
  List<Entry> unsettled() {
    return journal.unsettled(chain.chainId(), signer.address());
  }
}
