package org.probity.chain;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.probity.ground.Bytes32;

/**
 * The heads that were delivered and not reverted, as far back as a reorg may reach, and the rule by
 * which they follow a node's chain.
 *
 * <p>The idea: nothing depends on what was announced. A step compares this branch with what one
 * node serves by height, finds the highest block that both share, reverts what lies above it here
 * and delivers what lies above it there. Each link is checked by its parent hash before it is
 * delivered, so that whatever arrives twice, late, out of order or not at all, the delivered heads
 * form a chain; and repeated steps bring it to the node's own.
 *
 * <p>A node that is behind on the same branch changes nothing. A node on another branch that is
 * lower than this one is followed when it says so twice: one of several nodes behind an address may
 * be late, and a chain that has really become shorter stays so until its next block.
 */
final class Branch {

  private static final int BACK_FILL = 100;
  private static final int FIRST_LOOK_BACK = 2;

  private final int depth;
  private final Listener listener;
  private final Deque<Head> heads = new ArrayDeque<>();
  private boolean trimmed;
  private @Nullable Head doubted;

  /** What one node serves. Reads may throw any {@link ChainException}. */
  interface View {

    Head newest();

    /** The heads from height {@code first} to {@code last}, as far as they exist, in order. */
    List<Head> heads(long first, long last);
  }

  /** Told of each change as it is made. */
  interface Listener {
    void reverted(Head head);

    void delivered(Head head);
  }

  /** What a step came to. */
  sealed interface Step {}

  /** The node has what was delivered, and nothing new. */
  record Level() implements Step {}

  /** The node is behind what was delivered, or on a lower branch that it named only once. */
  record Behind(Head newest) implements Step {}

  /** Something was delivered, after reverting {@code reverted} heads. */
  record Moved(int reverted) implements Step {}

  /** No block within the limit is shared. Nothing was changed: see {@link #reAnchor}. */
  record TooDeep(Head newest) implements Step {}

  /** The node's heads contradict each other, also when asked again. Nothing was changed. */
  record Contradictory(Head newest) implements Step {}

  /**
   * @param depth the most heads that a reorg may revert
   */
  Branch(int depth, Listener listener) {
    this.depth = depth;
    this.listener = listener;
  }

  /** The newest head delivered. */
  Optional<Head> tip() {
    return Optional.ofNullable(heads.peekLast());
  }

  /** The oldest head that a reorg may still revert to. */
  Optional<Head> oldest() {
    return Optional.ofNullable(heads.peekFirst());
  }

  /** Whether the head with this hash is among those remembered. */
  boolean has(Bytes32 hash) {
    return heads.stream().anyMatch(own -> own.hash().equals(hash));
  }

  /** Delivers a head that was announced, if it continues this branch; no node need be asked. */
  boolean extend(Head announced) {
    Head tip = heads.peekLast();
    if (tip == null || !follows(tip, announced)) {
      return false;
    }
    deliver(announced);
    return true;
  }

  /** Follows what {@code node} serves at the moment. */
  Step follow(View node) {
    Head newest = node.newest();
    Head tip = heads.peekLast();
    if (tip == null) {
      deliver(newest);
      return new Moved(0);
    }
    if (newest.hash().equals(tip.hash())) {
      doubted = null;
      return new Level();
    }
    if (has(newest.hash()) || newest.number() < heads.getFirst().number() && trimmed) {
      return new Behind(newest);
    }
    if (newest.number() < tip.number() && !newest.equals(doubted)) {
      doubted = newest;
      return new Behind(newest);
    }
    // A block may arrive between two reads; heads that disagree every time are another matter.
    for (int attempt = 0; attempt < 3; attempt++) {
      Step step = attempt(node, newest);
      if (!(step instanceof Contradictory)) {
        return step;
      }
      newest = node.newest();
    }
    return new Contradictory(newest);
  }

  private Step attempt(View node, Head newest) {
    Head tip = heads.getLast();
    if (follows(tip, newest)) {
      deliver(newest);
      return new Moved(0);
    }
    Map<Long, Head> theirs = new HashMap<>();
    Optional<Head> fork = fork(node, Math.min(tip.number(), newest.number()), theirs);
    int abandoned = (int) (tip.number() - fork.map(Head::number).orElse(oldestNumber() - 1));
    if (abandoned > depth || fork.isEmpty() && trimmed) {
      return new TooDeep(newest);
    }
    List<Head> next = new ArrayList<>();
    if (fork.isEmpty() && newest.number() < oldestNumber()) {
      // The chain is now shorter than where the watching began.
      next.add(newest);
    } else {
      long first = fork.map(Head::number).orElse(oldestNumber() - 1) + 1;
      long last = Math.min(newest.number(), first + BACK_FILL - 1);
      for (long number = first; number <= last && theirs.containsKey(number); number++) {
        next.add(theirs.get(number));
      }
      next.addAll(node.heads(first + next.size(), last));
      if (next.size() != last - first + 1) {
        return new Contradictory(newest);
      }
    }
    if (!linked(fork, next, newest)) {
      return new Contradictory(newest);
    }
    revertTo(fork);
    next.forEach(this::deliver);
    backFill(node, newest);
    return new Moved(abandoned);
  }

  /** The rest of a long absence, in pieces; whatever goes wrong is left to the next step. */
  private void backFill(View node, Head newest) {
    while (heads.getLast().number() < newest.number()) {
      long first = heads.getLast().number() + 1;
      long last = Math.min(newest.number(), first + BACK_FILL - 1);
      for (Head head : node.heads(first, last)) {
        if (!extend(head)) {
          return;
        }
      }
      if (heads.getLast().number() < last) {
        return;
      }
    }
  }

  /**
   * The highest head of this branch that the node has too, looking down from {@code height}. Adds
   * what the node has above it to {@code theirs}.
   */
  private Optional<Head> fork(View node, long height, Map<Long, Head> theirs) {
    Map<Long, Head> ours = new HashMap<>();
    heads.forEach(head -> ours.put(head.number(), head));
    int span = FIRST_LOOK_BACK;
    for (long last = height; last >= oldestNumber(); last -= span, span *= 2) {
      if (last != height) {
        span = Math.min(span, BACK_FILL);
      }
      long first = Math.max(oldestNumber(), last - span + 1);
      List<Head> seen = node.heads(first, last);
      for (Head head : seen.reversed()) {
        Head own = ours.get(head.number());
        if (own != null && own.hash().equals(head.hash())) {
          return Optional.of(own);
        }
        theirs.put(head.number(), head);
      }
    }
    return Optional.empty();
  }

  private boolean linked(Optional<Head> fork, List<Head> next, Head newest) {
    Head before = fork.orElse(null);
    for (Head head : next) {
      if (before != null && !follows(before, head)) {
        return false;
      }
      before = head;
    }
    return before != null && (before.number() < newest.number() || before.equals(newest));
  }

  /**
   * Reverts everything that is remembered and begins anew at {@code newest}: the answer to {@link
   * TooDeep}.
   *
   * @param between run after the reverts and before the new beginning
   */
  void reAnchor(Head newest, Runnable between) {
    revertTo(Optional.empty());
    trimmed = false;
    between.run();
    deliver(newest);
  }

  private void revertTo(Optional<Head> fork) {
    while (!heads.isEmpty() && !heads.getLast().equals(fork.orElse(null))) {
      listener.reverted(heads.removeLast());
    }
  }

  private void deliver(Head head) {
    doubted = null;
    heads.addLast(head);
    // Twice the depth: a branch that has become shorter still remembers the whole limit.
    if (heads.size() > 2 * (depth + 1)) {
      heads.removeFirst();
      trimmed = true;
    }
    listener.delivered(head);
  }

  private long oldestNumber() {
    return heads.getFirst().number();
  }

  private static boolean follows(Head parent, Head child) {
    return child.number() == parent.number() + 1 && child.parentHash().equals(parent.hash());
  }
}
