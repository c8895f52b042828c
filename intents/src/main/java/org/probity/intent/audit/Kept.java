package org.probity.intent.audit;

import java.util.ArrayList;
import java.util.List;

/**
 * A list of which the first thousand are kept, so that the memory of an audit stays flat.
 *
 * @param first those that are kept
 * @param total how many there were
 */
public record Kept<T>(List<T> first, long total) {

  private static final int MOST = 1_000;

  public Kept {
    first = List.copyOf(first);
  }

  static <T> Kept<T> none() {
    return new Kept<>(List.of(), 0);
  }

  /** One that grows. */
  static final class Growing<T> {
    private final List<T> first;
    private long total;

    Growing(Kept<T> before) {
      first = new ArrayList<>(before.first);
      total = before.total;
    }

    void add(T one) {
      if (first.size() < MOST) {
        first.add(one);
      }
      total++;
    }

    Kept<T> kept() {
      return new Kept<>(first, total);
    }
  }
}
