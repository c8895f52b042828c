package org.probity.chain;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A journal that ends with the process. Keeps the newest settled entries only. */
final class MemoryTransactionJournal implements TransactionJournal {

  private static final int KEPT = 10_000;

  private final Map<Long, Entry> entries = new TreeMap<>();
  private long ids;

  @Override
  public synchronized Entry intend(Intended intended, Attempt first) {
    for (Entry other : entries.values()) {
      boolean same =
          other.intended().chainId() == intended.chainId()
              && other.intended().sender().equals(intended.sender());
      boolean free = other.state() instanceof Refused;
      if (same && !free && other.intended().key().equals(intended.key())) {
        throw new Occupied(intended, null);
      }
      if (same
          && !free
          && !(other.state() instanceof Abandoned)
          && other.intended().nonce() == intended.nonce()) {
        throw new Occupied(intended, null);
      }
    }
    Entry entry = new Entry(++ids, intended, List.of(first), new Open());
    entries.put(entry.id(), entry);
    if (entries.size() > KEPT) {
      entries.values().stream()
          .filter(old -> !old.unsettled())
          .findFirst()
          .ifPresent(old -> entries.remove(old.id()));
    }
    return entry;
  }

  @Override
  public synchronized void attempt(long id, Attempt attempt) {
    entries.computeIfPresent(id, (_, entry) -> entry.with(attempt));
  }

  @Override
  public synchronized void settle(long id, State state) {
    entries.computeIfPresent(id, (_, entry) -> entry.in(state));
  }

  @Override
  public synchronized Optional<Entry> entry(long id) {
    return Optional.ofNullable(entries.get(id));
  }

  @Override
  public synchronized Optional<Entry> find(long chainId, Address sender, String key) {
    return of(chainId, sender).stream()
        .filter(entry -> entry.intended().key().equals(key))
        .filter(entry -> !(entry.state() instanceof Refused))
        .findFirst();
  }

  @Override
  public synchronized List<Entry> unsettled(long chainId, Address sender) {
    return of(chainId, sender).stream()
        .filter(Entry::unsettled)
        .sorted(Comparator.comparingLong(entry -> entry.intended().nonce()))
        .toList();
  }

  private List<Entry> of(long chainId, Address sender) {
    return entries.values().stream()
        .filter(entry -> entry.intended().chainId() == chainId)
        .filter(entry -> entry.intended().sender().equals(sender))
        .toList();
  }
}
