package org.probity.intent.conduct;

import java.time.Duration;

/**
 * How long an agent waits before it tries again.
 *
 * @param first pause before the first repetition; it doubles from one to the next
 * @param most longest pause
 */
public record Retry(Duration first, Duration most) {

  /** The pause before repetition {@code attempt}, counted from 1. */
  Duration pause(int attempt) {
    Duration doubled = first.multipliedBy(1L << Math.min(attempt - 1, 20));
    return doubled.compareTo(most) < 0 ? doubled : most;
  }
}
