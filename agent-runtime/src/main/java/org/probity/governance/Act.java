package org.probity.governance;

import java.util.List;
import org.probity.chain.Call;

/**
 * What somebody is about to do to a vault.
 *
 * @param what it is, in a sentence without a stop
 * @param changes each difference that it makes, as "what: before -> after"
 * @param notes what follows from it, each a sentence without a stop
 * @param calls that do it, in order
 * @param independent whether each of the calls is worth making by itself
 */
public record Act(
    String what,
    List<String> changes,
    List<String> notes,
    List<Single> calls,
    boolean independent) {

  public Act {
    changes = List.copyOf(changes);
    notes = List.copyOf(notes);
    calls = List.copyOf(calls);
  }

  /**
   * One call.
   *
   * @param what it does, in a few words
   */
  public record Single(String what, Call call) {}

  /** An act of one call. */
  static Act of(String what, List<String> changes, List<String> notes, Call call) {
    return new Act(what, changes, notes, List.of(new Single(what, call)), false);
  }
}
