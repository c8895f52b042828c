package org.probity.intent.source;

import org.jspecify.annotations.Nullable;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.ChainClient;
import org.probity.chain.Head;
import org.probity.chain.Reads;
import org.probity.chain.uniswap.ObservationLog;
import org.probity.chain.uniswap.UniswapPool;

/** The observations of one pool, as far back as a program asks; a head's are read once. */
final class PoolHistory {

  private final ChainClient chain;
  private final UniswapPool pool;
  private final int reachSeconds;
  private @Nullable ObservationLog log;
  private @Nullable Head head;
  private long since;

  /**
   * Of the pool at {@code address}.
   *
   * @param reachSeconds of the longest horizon
   */
  PoolHistory(ChainClient chain, Address address, int reachSeconds) {
    this.chain = chain;
    this.pool = UniswapPool.at(chain, address);
    this.reachSeconds = reachSeconds;
  }

  /** The observations after {@code at}, back to the longest horizon before {@code asOf}. */
  ObservationLog at(Head at, long asOf) {
    ObservationLog known = log;
    long wanted = asOf - reachSeconds;
    if (known != null && at.equals(head) && since <= wanted) {
      return known;
    }
    ObservationLog read;
    if (known == null || at.equals(head)) {
      read = ObservationLog.read(pool, at, wanted);
    } else {
      Reads reads = chain.reads();
      ObservationLog.Reading reading = known.advance(pool, at, reads);
      reads.ask();
      read = reading.since(wanted);
    }
    log = read;
    head = at;
    since = wanted;
    return read;
  }

  /** For each moment where in the ring the observation at or before it is: big-endian uint16s. */
  static Bytes hints(ObservationLog log, long[] moments) {
    byte[] packed = new byte[2 * moments.length];
    for (int i = 0; i < moments.length; i++) {
      int index = log.at(moments[i]).index();
      packed[2 * i] = (byte) (index >> 8);
      packed[2 * i + 1] = (byte) index;
    }
    return Bytes.of(packed);
  }
}
