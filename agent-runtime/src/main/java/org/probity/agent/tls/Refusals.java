package org.probity.agent.tls;

import java.time.Duration;
import org.probity.ground.Printable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells of those who were refused: at once, and then once a minute at most. */
final class Refusals {

  private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);
  private static final long PAUSE = Duration.ofMinutes(1).toNanos();
  private static final int LONGEST = 200;

  private long toldAt = System.nanoTime() - PAUSE;
  private long untold;

  /** Somebody came to this node's port who does not belong to its cluster. */
  void ofGuest(String reason) {
    tell("Somebody without a certificate of this cluster was refused at its port", reason);
  }

  /** This node was sent to an address where somebody else is. */
  void ofHost(String host, int port, String reason) {
    tell("No safe connection to %s:%d".formatted(host, port), reason);
  }

  private synchronized void tell(String what, String reason) {
    long now = System.nanoTime();
    if (now - toldAt < PAUSE) {
      untold++;
      return;
    }
    String before = untold == 0 ? "" : " (and %d more since the last such line)".formatted(untold);
    untold = 0;
    toldAt = now;
    LOG.warn("{}: {}{}", what, Printable.line(reason, LONGEST), before);
  }
}
