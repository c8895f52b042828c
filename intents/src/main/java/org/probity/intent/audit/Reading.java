package org.probity.intent.audit;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Address;
import org.probity.chain.ChainException;
import org.probity.chain.ChainRecord;
import org.probity.chain.ChainRecord.Block;
import org.probity.chain.ChainRecord.Sent;
import org.probity.chain.ChainRecord.Written;
import org.probity.chain.LogEntry;
import org.probity.chain.Receipt;
import org.probity.chain.RpcRefused;
import org.probity.chain.RpcUnreachable;
import org.probity.ground.Bytes32;

/**
 * Reads what a node tells, and looks at each answer: whether headers hash to what they are called,
 * whether logs lie in the blocks they name and in their order, and whether a second node tells the
 * same.
 */
final class Reading {

  private static final int MOST_BLOCKS = 1 << 17;
  private static final int FIRST_SPAN = 1 << 11;

  /** Entries of one answer beyond which the next is not asked for a wider range. */
  private static final int MANY = 2_000;

  private static final int MOST_CACHED = 1 << 14;

  private final ChainRecord node;
  private final Optional<ChainRecord> second;
  private final Consumer<Finding> findings;
  private final LongSupplier nanoTime;
  private final Map<Long, Block> cached =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Block> eldest) {
          return size() > MOST_CACHED;
        }
      };
  private boolean sealed = true;
  private long nanos;
  private long requests;
  private long logs;
  private long blocks;

  Reading(
      ChainRecord node,
      Optional<ChainRecord> second,
      Consumer<Finding> findings,
      LongSupplier nanoTime) {
    this.node = node;
    this.second = second;
    this.findings = findings;
    this.nanoTime = nanoTime;
  }

  long nanos() {
    return nanos;
  }

  long requests() {
    return requests;
  }

  long logs() {
    return logs;
  }

  long blocks() {
    return blocks;
  }

  /** Asks the node, on the clock of the reading. */
  <T> T timed(Supplier<T> question) {
    long started = nanoTime.getAsLong();
    try {
      requests++;
      return question.get();
    } finally {
      nanos += nanoTime.getAsLong() - started;
    }
  }

  /**
   * Whether the hashes of headers can be held against their fields on this chain: told by its
   * newest block.
   *
   * @return what is to be said if they cannot
   */
  Optional<Finding> beginAt(long head) {
    Block newest = blocks(List.of(head)).get(head);
    if (newest != null && !newest.sealHolds()) {
      sealed = false;
      String words =
          "The headers of this chain do not hash to their blocks' hashes as Ethereum's do, so that the times of blocks are as the node tells them";
      return Optional.of(
          second.isPresent()
              ? Finding.noted(head, words + "; a second node tells the same ones")
              : Finding.unchecked(head, words + ": compare with another node by --second-rpc"));
    }
    return Optional.empty();
  }

  /** Events of one contract, in ranges that shrink where a node refuses and grow where not. */
  final class Stream {
    private final Address contract;
    private final List<Bytes32> kinds;
    private int span = FIRST_SPAN;

    private Stream(Address contract, List<Bytes32> kinds) {
      this.contract = contract;
      this.kinds = kinds;
    }

    /** What was written from {@code from} on, up to {@code last} at most. */
    Stretch next(long from, long last) {
      long to = Math.min(last, from + span - 1);
      while (true) {
        try {
          long end = to;
          List<Written> told = timed(() -> node.logs(contract, kinds, from, end));
          span = told.size() > MANY ? span : (int) Math.min(MOST_BLOCKS, 2L * span);
          logs += told.size();
          check(told, from, end);
          return new Stretch(end, told);
        } catch (RpcRefused | RpcUnreachable e) {
          if (to == from || !mayBeTooMuch(e)) {
            throw e;
          }
          span = (int) Math.max(1, (to - from + 1) / 2);
          to = from + span - 1;
        }
      }
    }

    /** All that was written from {@code from} to {@code last}. */
    List<Written> all(long from, long last) {
      List<Written> all = new ArrayList<>();
      for (long at = from; at <= last; ) {
        Stretch stretch = next(at, last);
        all.addAll(stretch.written);
        at = stretch.last + 1;
      }
      return all;
    }

    private void check(List<Written> told, long from, long to) {
      LogEntry before = null;
      for (Written one : told) {
        LogEntry entry = one.entry();
        boolean asked =
            entry.address().equals(contract)
                && entry.blockNumber() >= from
                && entry.blockNumber() <= to
                && (kinds.isEmpty()
                    || (!entry.topics().isEmpty() && kinds.contains(entry.topics().getFirst())));
        if (!asked || (before != null && !follows(before, entry))) {
          findings.accept(
              Finding.wrong(
                  entry.blockNumber(),
                  "The node told a log of %s that was not asked for, or in no order: use another node"
                      .formatted(entry.address())));
          return;
        }
        before = entry;
      }
      second.ifPresent(other -> compare(told, whole(other, from, to), from, to));
    }

    private List<Written> whole(ChainRecord other, long from, long to) {
      try {
        return timed(() -> other.logs(contract, kinds, from, to));
      } catch (RpcRefused | RpcUnreachable e) {
        if (from == to || !mayBeTooMuch(e)) {
          throw e;
        }
        long middle = from + (to - from) / 2;
        List<Written> both = new ArrayList<>(whole(other, from, middle));
        both.addAll(whole(other, middle + 1, to));
        return both;
      }
    }

    private void compare(List<Written> told, List<Written> others, long from, long to) {
      if (told.equals(others)) {
        return;
      }
      int at = 0;
      while (at < Math.min(told.size(), others.size()) && told.get(at).equals(others.get(at))) {
        at++;
      }
      List<Written> longer = at < told.size() ? told : others;
      LogEntry differs = longer.get(at).entry();
      findings.accept(
          Finding.wrong(
              differs.blockNumber(),
              "Two nodes tell different logs of %s between the blocks %s and %s: %s and %s of them, the first that differs is number %s of block %s; one of the nodes lies or is behind"
                  .formatted(
                      contract,
                      from,
                      to,
                      told.size(),
                      others.size(),
                      differs.logIndex(),
                      differs.blockNumber())));
    }
  }

  /** Whether a narrower range may be answered: a node that is not there answers none. */
  private static boolean mayBeTooMuch(ChainException failure) {
    return !(failure instanceof RpcUnreachable unreachable)
        || switch (unreachable.fault()) {
          case OUT_OF_BOUNDS, BAD_ANSWER, TIMEOUT -> true;
          default -> false;
        };
  }

  /** What was written up to block {@code last}. */
  record Stretch(long last, List<Written> written) {}

  private static boolean follows(LogEntry before, LogEntry next) {
    return next.blockNumber() > before.blockNumber()
        || (next.blockNumber() == before.blockNumber() && next.logIndex() > before.logIndex());
  }

  /** The events of {@code contract} of these kinds; of all kinds if there is none. */
  Stream stream(Address contract, List<Bytes32> kinds) {
    return new Stream(contract, kinds);
  }

  /** Blocks by their heights; every one of {@code heights}. */
  Map<Long, Block> blocks(Collection<Long> heights) {
    Map<Long, Block> found = new LinkedHashMap<>();
    TreeSet<Long> missing = new TreeSet<>();
    for (Long height : heights) {
      @Nullable Block known = cached.get(height);
      if (known == null) {
        missing.add(height);
      } else {
        found.put(height, known);
      }
    }
    if (missing.isEmpty()) {
      return found;
    }
    Map<Long, Block> told = timed(() -> node.blocks(missing));
    Map<Long, Block> others =
        second.map(other -> timed(() -> other.blocks(missing))).orElse(Map.of());
    blocks += told.size();
    for (long height : missing) {
      Block block = told.get(height);
      if (block == null || block.head().number() != height) {
        throw new IllegalArgumentException(
            "The node has not got block %s, of which it told a log: use another node"
                .formatted(height));
      }
      if (sealed && cached.size() > 0 && !block.sealHolds()) {
        findings.accept(
            Finding.wrong(
                height,
                "The node tells a header of block %s (its time %s) that does not hash to the block's hash: it lies about a field; use another node"
                    .formatted(height, block.head().timestamp())));
      }
      Block other = others.get(height);
      if (second.isPresent() && (other == null || !other.head().equals(block.head()))) {
        findings.accept(
            Finding.wrong(
                height,
                "Two nodes tell different headers of block %s (times %s and %s): one of them lies or is behind"
                    .formatted(
                        height,
                        block.head().timestamp(),
                        other == null ? "none" : Long.toString(other.head().timestamp()))));
      }
      cached.put(height, block);
      found.put(height, block);
    }
    return found;
  }

  /** The time of the block that a log is in. Its hash must be the one that the log names. */
  long time(Written log, Map<Long, Block> known) {
    Block block = known.get(log.entry().blockNumber());
    if (block == null) {
      throw new IllegalStateException("Block %s was not read".formatted(log.entry().blockNumber()));
    }
    if (!block.head().hash().equals(log.blockHash())) {
      findings.accept(
          Finding.wrong(
              log.entry().blockNumber(),
              "A log names block %s by another hash than its header's: the node mixes two branches, or lies"
                  .formatted(log.entry().blockNumber())));
    }
    return block.head().timestamp();
  }

  Map<Bytes32, Sent> transactions(Collection<Bytes32> hashes) {
    return timed(() -> node.transactions(hashes));
  }

  Map<Bytes32, Receipt> receipts(Collection<Bytes32> hashes) {
    return timed(() -> node.receipts(hashes));
  }

  /** The calls of {@code contract} within a transaction; none if the node cannot trace it. */
  List<ChainRecord.Inner> callsInside(Bytes32 transaction, Address contract) {
    try {
      return timed(() -> node.callsInside(transaction, contract));
    } catch (ChainException | IllegalArgumentException e) {
      return List.of();
    }
  }
}
