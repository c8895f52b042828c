package org.probity.intent.audit;

import org.probity.intent.audit.AuditResult.Lateness;
import org.probity.intent.audit.AuditResult.Skip;
import org.probity.intent.audit.AuditResult.Skips;

/** Which moments of the policies' schedules were decided for, and how late. */
final class Schedule {

  private final Kept.Growing<Skip> stretches = new Kept.Growing<>();
  private long moments;
  private long step = 1;
  private long last;
  private boolean paused;
  private boolean pausedSince;
  private long decisions;
  private long mostLate;
  private long late;

  /** A policy came into force: what its predecessor left open is skipped. */
  void policy(long itsStep, long time) {
    if (last > 0) {
      skip(time);
    }
    step = itsStep;
    last = time;
    pausedSince = paused;
  }

  void pause(boolean on) {
    paused = on;
    pausedSince |= on;
  }

  void decision(long asOf, long time) {
    skip(asOf);
    last = Math.max(last, asOf);
    pausedSince = paused;
    decisions++;
    mostLate = Math.max(mostLate, time - asOf);
    late += time - asOf;
  }

  /** What can be decided for no more after {@code time}, under the age that the policy allows. */
  void end(long time, long maxAge) {
    skip(time - maxAge);
  }

  /** The moments after the last one and before {@code moment}. */
  private void skip(long moment) {
    long first = (last / step + 1) * step;
    long end = (moment - 1) / step * step;
    if (moment > 0 && end >= first) {
      long count = (end - first) / step + 1;
      stretches.add(new Skip(first, end, count, pausedSince));
      moments += count;
    }
  }

  Skips skips() {
    return new Skips(moments, stretches.kept());
  }

  Lateness lateness() {
    return new Lateness(mostLate, decisions == 0 ? 0 : (double) late / decisions);
  }
}
