package org.probity.intent.audit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.probity.chain.Address;
import org.probity.chain.ChainRecord.Block;
import org.probity.chain.ChainRecord.Written;
import org.probity.ground.Bytes32;

/**
 * What one contract has logged, read as far back as questions reach and no further: forwards where
 * a question follows the last one, backwards where not. Only what lies within the reach of the last
 * question is kept.
 */
abstract class Backlog {

  private static final int FIRST_STEP = 512;
  private static final int MOST_STEP = 1 << 16;

  /** A gap of so many times the width that is looked back over is not read through. */
  private static final int FAR = 8;

  final Address contract;
  private final Reading reading;
  private final Reading.Stream stream;
  private long covered = -1;
  private long firstBlock;

  /** Whether nothing was logged before what is kept. */
  private boolean whole;

  Backlog(Reading reading, Address contract, List<Bytes32> kinds) {
    this.reading = reading;
    this.contract = contract;
    this.stream = reading.stream(contract, kinds);
  }

  /** Forgets all. */
  abstract void restart();

  /** The next log, of a block of this time. */
  abstract void append(Written log, long time);

  /** Whether a log is the first that this contract writes. */
  abstract boolean isFirst(Written log);

  /** Whether what is kept answers for moments from {@code since} on. */
  abstract boolean reaches(long since);

  /**
   * Lets go of what no question from {@code since} on needs, now and then.
   *
   * @return whether something went
   */
  abstract boolean forget(long since);

  /** Whether nothing was logged before what is kept. */
  final boolean isWhole() {
    return whole;
  }

  /** Reads what is wanted to answer for moments from {@code since} to the end of {@code block}. */
  final void cover(long block, long since) {
    boolean known = covered >= 0 && (whole || reaches(since));
    if (!known || far(block)) {
      begin(Math.max(block, covered), since);
    } else if (covered < block) {
      take(stream.all(covered + 1, block));
      covered = block;
    }
    if (forget(since)) {
      whole = false;
    }
  }

  private boolean far(long block) {
    long width = Math.max(1, covered - firstBlock);
    return !whole && block - covered > Math.max(FIRST_STEP, FAR * width);
  }

  /** Backwards, in steps that grow, until what is found reaches. */
  private void begin(long block, long since) {
    List<Written> found = new ArrayList<>();
    long step = FIRST_STEP;
    long upper = block;
    whole = false;
    boolean enough = false;
    while (!enough && upper >= 0) {
      long lower = Math.max(0, upper - step + 1);
      List<Written> told = new ArrayList<>(stream.all(lower, upper));
      boolean more = !told.isEmpty();
      told.addAll(found);
      found = told;
      if (more) {
        restart();
        take(found);
        whole = isFirst(found.getFirst());
        enough = whole || reaches(since);
      }
      upper = lower - 1;
      step = Math.min(2 * step, MOST_STEP);
    }
    whole |= upper < 0;
    firstBlock = found.isEmpty() ? block : found.getFirst().entry().blockNumber();
    covered = block;
  }

  private void take(List<Written> logs) {
    var heights = new TreeSet<Long>();
    logs.forEach(log -> heights.add(log.entry().blockNumber()));
    Map<Long, Block> blocks = reading.blocks(heights);
    logs.forEach(log -> append(log, reading.time(log, blocks)));
  }

  /** An order of times that no chain has. */
  final IllegalArgumentException backwards(long block) {
    return new IllegalArgumentException(
        "The node tells an earlier time of block %s than of the one before it".formatted(block));
  }
}
