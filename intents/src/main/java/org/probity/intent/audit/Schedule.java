package org.probity.intent.audit;

import java.util.BitSet;
import java.util.List;
import org.probity.intent.audit.AuditResult.Lateness;
import org.probity.intent.audit.AuditResult.Skip;
import org.probity.intent.audit.AuditResult.Skips;

/**
 * Which moments of the policies' schedules were decided for, how late, and for which others a hold
 * was claimed.
 */
final class Schedule {

  private final Kept.Growing<Skip> stretches;
  private long moments;
  private long step;
  private long last;
  private boolean paused;
  private boolean pausedSince;
  private long decisions;
  private long mostLate;
  private long late;
  private long mostLateClaim;

  /** The seconds from {@code born} on; a year of them takes four megabytes. */
  private final long born;

  private final BitSet executed;
  private final BitSet claimed;

  /** All of it, for a file. Sets are as {@link BitSet#toLongArray}. */
  record State(
      Kept<Skip> stretches,
      long moments,
      long step,
      long last,
      boolean paused,
      boolean pausedSince,
      long decisions,
      long mostLate,
      long late,
      long mostLateClaim,
      long born,
      List<Integer> executed,
      List<Integer> claimed) {

    static State begin(long born) {
      return new State(Kept.none(), 0, 1, 0, false, false, 0, 0, 0, 0, born, List.of(), List.of());
    }
  }

  Schedule(State state) {
    stretches = new Kept.Growing<>(state.stretches);
    moments = state.moments;
    step = state.step;
    last = state.last;
    paused = state.paused;
    pausedSince = state.pausedSince;
    decisions = state.decisions;
    mostLate = state.mostLate;
    late = state.late;
    mostLateClaim = state.mostLateClaim;
    born = state.born;
    executed = new BitSet();
    state.executed.forEach(executed::set);
    claimed = new BitSet();
    state.claimed.forEach(claimed::set);
  }

  State state() {
    return new State(
        stretches.kept(),
        moments,
        step,
        last,
        paused,
        pausedSince,
        decisions,
        mostLate,
        late,
        mostLateClaim,
        born,
        executed.stream().boxed().toList(),
        claimed.stream().boxed().toList());
  }

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
    if (asOf >= born) {
      executed.set(Math.toIntExact(asOf - born));
    }
  }

  /**
   * A hold of a moment was claimed at a time.
   *
   * @return whether it is the first claim for it, of a moment that may have one
   */
  boolean claim(long asOf, long time) {
    if (asOf < born || asOf > time || claimed.get(Math.toIntExact(asOf - born))) {
      return false;
    }
    claimed.set(Math.toIntExact(asOf - born));
    mostLateClaim = Math.max(mostLateClaim, time - asOf);
    return true;
  }

  /** Moments for which both a decision was executed and a hold claimed. */
  List<Long> doubled() {
    BitSet both = (BitSet) executed.clone();
    both.and(claimed);
    return both.stream().mapToObj(second -> born + second).toList();
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
      stretches.add(new Skip(first, end, count, 0, pausedSince));
      moments += count;
    }
  }

  /** Claims do not come in order: whether a moment was one of them is known at the end. */
  Skips skips() {
    BitSet held = (BitSet) claimed.clone();
    held.andNot(executed);
    Kept<Skip> kept = stretches.kept();
    List<Skip> first =
        kept.first().stream()
            .map(skip ->
                new Skip(
                    skip.first(),
                    skip.last(),
                    skip.count(),
                    held.get(
                            Math.toIntExact(Math.max(0, skip.first() - born)),
                            Math.toIntExact(skip.last() - born + 1))
                        .cardinality(),
                    skip.paused()))
            .toList();
    return new Skips(Math.max(0, moments - held.cardinality()), new Kept<>(first, kept.total()));
  }

  Lateness lateness() {
    return new Lateness(mostLate, decisions == 0 ? 0 : (double) late / decisions, mostLateClaim);
  }
}
