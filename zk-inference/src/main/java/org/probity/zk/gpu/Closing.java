package org.probity.zk.gpu;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Closing several things of a card: the failure of one does not keep the others open. */
final class Closing {
  private Closing() {}

  /**
   * Closes all of them, in their order.
   *
   * @throws RuntimeException the first failure, the others suppressed
   */
  static void all(List<? extends AutoCloseable> these) {
    RuntimeException first = null;
    for (var each : these) {
      first = closed(each, first);
    }
    if (first != null) {
      throw first;
    }
  }

  /** Closes all of them after a failure, to which theirs are added. */
  static void all(List<? extends AutoCloseable> these, Throwable after) {
    for (var each : these) {
      var failure = closed(each, null);
      if (failure != null) {
        after.addSuppressed(failure);
      }
    }
  }

  private static @Nullable RuntimeException closed(
      AutoCloseable each, @Nullable RuntimeException first) {
    try {
      each.close();
      return first;
    } catch (Exception e) {
      if (first != null) {
        first.addSuppressed(e);
        return first;
      }
      return e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
    }
  }
}
