package org.probity.drill;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.probity.chain.Head;
import org.probity.chain.HeadSource;

/**
 * The heads that were delivered and not taken back. They must be a chain at all times: each one's
 * parent is the one before, each comes once, and only the newest can be taken back.
 */
class HeadSequence implements HeadSource.Listener {

  private static final int REMEMBERED = 4_096;

  private final Deque<Head> heads = new ArrayDeque<>();
  private final List<String> violations = new ArrayList<>();
  private long delivered;

  @Override
  public synchronized void onHead(Head head) {
    Head before = heads.peekLast();
    if (before != null && !head.parentHash().equals(before.hash())) {
      violations.add(
          "head %d came after head %d, which is not its parent"
              .formatted(head.number(), before.number()));
    }
    heads.addLast(head);
    delivered++;
    if (heads.size() > REMEMBERED) {
      heads.removeFirst();
    }
  }

  @Override
  public synchronized void onReverted(Head head) {
    Head newest = heads.pollLast();
    if (newest != null && !newest.equals(head)) {
      violations.add(
          "head %d was taken back while %d was the newest"
              .formatted(head.number(), newest.number()));
    }
  }

  @Override
  public synchronized void onCondition(HeadSource.Condition condition, String detail) {
    if (condition == HeadSource.Condition.RE_ANCHORED) {
      violations.add("heads began anew: " + detail);
      heads.clear();
    }
  }

  synchronized long delivered() {
    return delivered;
  }

  /** The height of the newest one, or -1. */
  synchronized long height() {
    return newest().map(Head::number).orElse(-1L);
  }

  synchronized Optional<Head> newest() {
    return Optional.ofNullable(heads.peekLast());
  }

  synchronized List<String> violations() {
    return List.copyOf(violations);
  }
}
