package org.probity.chain;

import java.math.BigInteger;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.Sign;
import org.web3j.crypto.TransactionEncoder;

/**
 * Sends an account's transactions and follows each to its {@link Outcome}. Safe for use by many
 * threads: transactions of one account through one client are numbered and handed to the node one
 * after the other; only the waiting for receipts overlaps.
 *
 * <p>A sender never sends twice what may already be on its way. If the node does not answer while a
 * transaction is handed over, its hash is followed as if it had arrived.
 */
public final class TransactionSender {

  /** The most gas that a transaction may have, 2^24 (EIP-7825). */
  static final BigInteger GAS_CAP = BigInteger.ONE.shiftLeft(24);

  private static final Duration FIRST_LOOK = Duration.ofMillis(10);
  private static final Duration SLOWEST_LOOK = Duration.ofSeconds(1);

  private final ChainClient chain;
  private final Signer signer;
  private final FeePolicy fees;
  private final AbiErrors errors;
  private final Duration patience;

  /**
   * @param errors the custom errors that contracts may refuse with
   * @param patience how long to wait for a block to include a transaction
   */
  public TransactionSender(
      ChainClient chain, Signer signer, FeePolicy fees, AbiErrors errors, Duration patience) {
    this.chain = chain;
    this.signer = signer;
    this.fees = fees;
    this.errors = errors;
    this.patience = patience;
  }

  /** The account that sends. */
  public Address address() {
    return signer.address();
  }

  /**
   * Sends {@code call} unless its gas estimate shows that it would fail, and waits for its receipt.
   *
   * @throws RpcUnreachable if the node does not answer; nothing has been sent then
   */
  public Outcome send(Call call) {
    return send(call, null);
  }

  /**
   * Sends {@code call} without an estimate, even if it will fail.
   *
   * @throws RpcUnreachable if the node does not answer; nothing has been sent then
   */
  public Outcome sendWithGas(Call call, long gasLimit) {
    return send(call, gasLimit);
  }

  private Outcome send(Call call, @Nullable Long fixedGasLimit) {
    NonceLine line = chain.nonceLine(signer.address());
    Handover handover;
    line.turn.lock();
    try {
      handover = handOver(line, call, fixedGasLimit);
    } catch (CallReverted e) {
      return new Outcome.Refused(e.reason(errors));
    } catch (RpcRefused e) {
      line.forget();
      return new Outcome.Refused(new RevertReason.NodeRefusal(e.said()));
    } finally {
      line.turn.unlock();
    }
    return switch (handover) {
      case Declined(RevertReason reason) -> new Outcome.Refused(reason);
      case Handed(Hash transaction, long gasLimit) -> follow(line, call, transaction, gasLimit);
    };
  }

  /** Whether the node has got a transaction. */
  private sealed interface Handover {}

  private record Handed(Hash transaction, long gasLimit) implements Handover {}

  private record Declined(RevertReason reason) implements Handover {}

  private Handover handOver(NonceLine line, Call call, @Nullable Long fixedGasLimit) {
    long gasLimit =
        fixedGasLimit != null
            ? fixedGasLimit
            : fees.gasLimit(chain.estimateGas(signer.address(), call));
    for (boolean again = true; ; again = false) {
      BigInteger baseFee = chain.head().baseFee();
      if (!fees.affords(baseFee)) {
        return new Declined(tooDear(baseFee));
      }
      long nonce = line.next(chain, signer.address());
      Bytes signed = sign(call, nonce, gasLimit, fees.offer(baseFee));
      Handed handed = new Handed(Hash.keccak(signed), gasLimit);
      try {
        chain.sendRaw(signed);
        line.used(nonce);
        return handed;
      } catch (RpcUnreachable e) {
        // It may have arrived. Follow it, and ask for the next number afresh.
        line.forget();
        return handed;
      } catch (RpcRefused e) {
        switch (complaint(e)) {
          case ALREADY_HAS_IT -> {
            line.used(nonce);
            return handed;
          }
          case STALE -> {
            line.forget();
            if (!again) {
              throw e;
            }
          }
          case OTHER -> throw e;
        }
      }
    }
  }

  private RevertReason tooDear(BigInteger baseFee) {
    return new RevertReason.NodeRefusal(
        "the base fee of %s wei and the tip of %s wei are above the fee cap of %s wei: wait, or raise the cap"
            .formatted(baseFee, fees.tipPerGas(), fees.maxFeePerGas()));
  }

  private enum Complaint {
    ALREADY_HAS_IT,
    STALE,
    OTHER
  }

  // Nodes agree on no codes for these, only roughly on words.
  private static Complaint complaint(RpcRefused refusal) {
    String text = refusal.said().toLowerCase(Locale.ROOT);
    if (text.contains("already known") || text.contains("already imported")) {
      return Complaint.ALREADY_HAS_IT;
    }
    boolean stale =
        text.contains("nonce")
            || text.contains("underpriced")
            || text.contains("less than block base fee");
    return stale ? Complaint.STALE : Complaint.OTHER;
  }

  private Bytes sign(Call call, long nonce, long gasLimit, BigInteger maxFee) {
    RawTransaction unsigned =
        RawTransaction.createTransaction(
            chain.chainId(),
            BigInteger.valueOf(nonce),
            BigInteger.valueOf(gasLimit),
            call.to() == null ? "" : call.to().hex(),
            call.value(),
            call.data().toString(),
            fees.tipPerGas().min(maxFee),
            maxFee);
    Hash digest = Hash.keccak(Bytes.of(TransactionEncoder.encode(unsigned)));
    byte[] signature = signer.sign(digest).toArray();
    return Bytes.of(
        TransactionEncoder.encode(
            unsigned,
            new Sign.SignatureData(
                signature[64],
                Arrays.copyOfRange(signature, 0, 32),
                Arrays.copyOfRange(signature, 32, 64))));
  }

  private Outcome follow(NonceLine line, Call call, Hash transaction, long gasLimit) {
    long deadline = System.nanoTime() + patience.toNanos();
    Duration pause = FIRST_LOOK;
    while (true) {
      Optional<Receipt> receipt = look(transaction);
      if (receipt.isPresent()) {
        return judge(receipt.get(), call, gasLimit);
      }
      if (System.nanoTime() >= deadline || !slept(pause)) {
        line.turn.lock();
        try {
          line.forget();
        } finally {
          line.turn.unlock();
        }
        return new Outcome.Unknown(transaction);
      }
      Duration longer = pause.multipliedBy(3).dividedBy(2);
      pause = longer.compareTo(SLOWEST_LOOK) < 0 ? longer : SLOWEST_LOOK;
    }
  }

  private Optional<Receipt> look(Hash transaction) {
    try {
      return chain.receipt(transaction);
    } catch (RpcUnreachable | RpcRefused e) {
      // The node may come back before patience ends.
      return Optional.empty();
    }
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

  private Outcome judge(Receipt receipt, Call call, long gasLimit) {
    return receipt.succeeded()
        ? new Outcome.Mined(receipt)
        : new Outcome.Reverted(receipt, reasonOf(receipt, call, gasLimit));
  }

  /**
   * A receipt does not hold the reason; executing the call again on the state before its block
   * tells it, unless an earlier transaction of the same block mattered.
   */
  private RevertReason reasonOf(Receipt receipt, Call call, long gasLimit) {
    if (receipt.gasUsed() >= gasLimit) {
      return new RevertReason.OutOfGas(gasLimit);
    }
    for (long block = receipt.blockNumber() - 1; block <= receipt.blockNumber(); block++) {
      try {
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
