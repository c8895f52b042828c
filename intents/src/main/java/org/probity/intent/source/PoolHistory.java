package org.probity.intent.source;

import java.util.function.LongFunction;
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
    this.pool = UniswapPool.at(chain, address);
    this.reachSeconds = reachSeconds;
  }

  /**
   * The observations after {@code at}, back to the longest horizon before a moment, once {@code
   * reads} are asked.
   */
  synchronized LongFunction<ObservationLog> begin(Head at, Reads reads) {
    ObservationLog known = log;
    if (known != null && at.equals(head)) {
      return asOf -> again(at, asOf - reachSeconds);
    }
    ObservationLog.Reading reading =
        known == null ? ObservationLog.begin(pool, at, reads) : known.advance(pool, at, reads);
    return asOf -> keep(at, reading.since(asOf - reachSeconds), asOf - reachSeconds);
  }

  private synchronized ObservationLog again(Head at, long wanted) {
    ObservationLog known = log;
    return known != null && at.equals(head) && since <= wanted
        ? known
        : keep(at, ObservationLog.read(pool, at, wanted), wanted);
  }

  private synchronized ObservationLog keep(Head at, ObservationLog read, long wanted) {
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
