package org.probity.chain;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.probity.ground.Bytes32;

/**
 * What a signer means to send, written down before it is sent, and what became of it. After a crash
 * the journal and the chain together tell the fate of every transaction.
 *
 * <p>Every method returns only when what it writes is as durable as the implementation makes it.
 * Implementations are safe for use by many threads. No key, no signature and no call data is
 * written, only the hash of the data.
 */
public interface TransactionJournal {

  /** Why an entry's own call will never be executed. */
  enum Cause {
    /** A reorg took it out of its block, and its nonce was then used up on purpose. */
    REORGED_OUT,
    /** A transaction from elsewhere, signed with the same key, used its nonce. */
    FOREIGN,
    /** It was stuck, and its nonce was used up on purpose. */
    CANCELLED,
    /** No node knew it (any more), and its nonce was used up on purpose. */
    DROPPED
  }

  /** What a nonce is used for. */
  enum Kind {
    /** A caller's call. */
    CALL,
    /** Nothing, so that the nonces above it can be used: a transfer of nothing to oneself. */
    FILLER
  }

  /**
   * One signed transaction; those of an entry share its nonce, so that at most one can be included.
   *
   * @param hash of the signed transaction
   * @param maxFee offered in all, in wei a unit of gas
   * @param tip offered to the block's producer, in wei a unit of gas
   * @param cancels why it only uses up the nonce; null if it carries the call
   */
  record Attempt(Bytes32 hash, BigInteger maxFee, BigInteger tip, @Nullable Cause cancels) {}

  /** How far an entry has come. */
  sealed interface State {}

  /** Written down; perhaps sent, perhaps not. */
  record Open() implements State {}

  /** A block includes one of its attempts. */
  sealed interface InBlock extends State {
    long block();

    Bytes32 blockHash();

    /** Which of its attempts. */
    Bytes32 transaction();

    boolean succeeded();
  }

  /** A reorg may still change it. */
  record Included(long block, Bytes32 blockHash, Bytes32 transaction, boolean succeeded)
      implements InBlock {}

  /** It is below the depth at which anything is expected to change. */
  record Final(long block, Bytes32 blockHash, Bytes32 transaction, boolean succeeded)
      implements InBlock {}

  /** Its call will never be executed. */
  record Abandoned(Cause cause, String detail) implements State {}

  /** The node refused it, so that it is on no way. Its key and nonce are free again. */
  record Refused(String why) implements State {}

  /** Whose transaction one is, and which of theirs. */
  record Place(long chainId, Address sender, long nonce) {}

  /**
   * What is to be sent.
   *
   * @param key what the caller knows it by; at most one transaction for each key
   * @param to null for a deployment
   * @param callDataHash keccak-256 of the call data
   */
  record Intended(
      Place place,
      String key,
      Kind kind,
      @Nullable Address to,
      BigInteger value,
      Bytes32 callDataHash,
      long gasLimit) {

    long chainId() {
      return place.chainId();
    }

    Address sender() {
      return place.sender();
    }

    long nonce() {
      return place.nonce();
    }
  }

  /**
   * An entry.
   *
   * @param id unique in the journal, growing
   * @param attempts in the order in which they were made; at least one
   */
  record Entry(long id, Intended intended, List<Attempt> attempts, State state) {
    public Entry {
      attempts = List.copyOf(attempts);
    }

    /** Whether the chain can still change its state. */
    public boolean unsettled() {
      return state instanceof Open || state instanceof Included;
    }

    public Attempt last() {
      return attempts.getLast();
    }

    Optional<Attempt> attempt(Bytes32 hash) {
      return attempts.stream().filter(one -> one.hash().equals(hash)).findFirst();
    }

    Entry with(Attempt attempt) {
      List<Attempt> more = new ArrayList<>(attempts);
      more.add(attempt);
      return new Entry(id, intended, more, state);
    }

    Entry in(State other) {
      return new Entry(id, intended, attempts, other);
    }
  }

  /** The key or the nonce of an intended transaction is in use by another entry. */
  final class Occupied extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public Occupied(Intended intended, @Nullable Throwable cause) {
      super(
          "The journal has another transaction of %s with key '%s' or nonce %s: is another process sending with the same key?"
              .formatted(intended.sender(), intended.key(), intended.nonce()),
          cause);
    }
  }

  /**
   * Writes down what is about to be sent.
   *
   * @throws Occupied if an entry that was not refused has its key, or one that was neither refused
   *     nor abandoned its nonce
   */
  Entry intend(Intended intended, Attempt first);

  /** Writes down a further attempt, before it is sent. */
  void attempt(long id, Attempt attempt);

  /** Writes down how far an entry has come. */
  void settle(long id, State state);

  Optional<Entry> entry(long id);

  /** The entry with this key that was not refused. */
  Optional<Entry> find(long chainId, Address sender, String key);

  /** The open and included entries of a sender, by nonce. */
  List<Entry> unsettled(long chainId, Address sender);

  /** A journal in memory: right while the process lives. */
  static TransactionJournal inMemory() {
    return new MemoryTransactionJournal();
  }
}
