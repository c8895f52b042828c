package org.probity.chain;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One account's transactions through one client. Who holds the turn may number the next one, write
 * it down and hand it to a node; the turn is never held while waiting for a block.
 */
final class NonceLine {

  final ReentrantLock turn = new ReentrantLock(true);
  final ReentrantLock recovery = new ReentrantLock(true);
  private final Map<TransactionJournal, Progress> byJournal = new WeakHashMap<>();

  synchronized Progress of(TransactionJournal journal) {
    return byJournal.computeIfAbsent(journal, _ -> new Progress());
  }

  /** What a process keeps in mind about the entries that it follows. */
  static final class Progress {
    private final Set<Long> known = new HashSet<>();
    private final Map<Long, Integer> followers = new HashMap<>();
    private final Map<Long, Integer> sightings = new HashMap<>();
    private final Map<Long, Long> oddSince = new HashMap<>();
    private final Map<Long, Long> sentAt = new HashMap<>();
    private final Map<Long, Bytes> signed = new HashMap<>();
    private final Map<Long, TransactionJournal.Cause> doomed = new HashMap<>();

    /** Whether this process wrote the entry, or has settled what an earlier one left. */
    synchronized boolean knows(long id) {
      return known.contains(id);
    }

    synchronized void know(long id) {
      known.add(id);
    }

    synchronized void follow(long id) {
      followers.merge(id, 1, Integer::sum);
    }

    synchronized void leave(long id) {
      followers.computeIfPresent(id, (_, count) -> count == 1 ? null : count - 1);
    }

    synchronized boolean followed(long id) {
      return followers.containsKey(id);
    }

    synchronized void sent(long id, Bytes transaction) {
      signed.put(id, transaction);
      sentAt.put(id, System.nanoTime());
    }

    /** Nanoseconds since the entry's last attempt was sent, or since this process first asked. */
    synchronized long sinceSent(long id) {
      return System.nanoTime() - sentAt.computeIfAbsent(id, _ -> System.nanoTime());
    }

    synchronized void waitAgain(long id) {
      sentAt.put(id, System.nanoTime());
    }

    synchronized Optional<Bytes> signed(long id) {
      return Optional.ofNullable(signed.get(id));
    }

    /** How often in a row the chain looked odd for an entry, this time included. */
    synchronized int sighted(long id, boolean odd) {
      if (!odd) {
        sightings.remove(id);
        oddSince.remove(id);
        return 0;
      }
      oddSince.putIfAbsent(id, System.nanoTime());
      return sightings.merge(id, 1, Integer::sum);
    }

    /** For how many nanoseconds the chain has looked odd for an entry. */
    synchronized long oddFor(long id) {
      Long since = oddSince.get(id);
      return since == null ? 0 : System.nanoTime() - since;
    }

    /** Its nonce shall be used up, whatever else happens. */
    synchronized void doom(long id, TransactionJournal.Cause cause) {
      doomed.putIfAbsent(id, cause);
    }

    synchronized Optional<TransactionJournal.Cause> doomed(long id) {
      return Optional.ofNullable(doomed.get(id));
    }

    synchronized void forget(long id) {
      known.remove(id);
      sightings.remove(id);
      oddSince.remove(id);
      sentAt.remove(id);
      signed.remove(id);
      doomed.remove(id);
    }
  }
}
