package org.probity.sim.market;

import java.util.Arrays;
import org.probity.sim.math.Word;

/** Writes to state that can be taken back: what the EVM does when a call reverts. */
final class Journal {

  private Word[] slots = new Word[0];
  private Word[] before = new Word[0];
  private int length;

  void set(Word slot, Word value) {
    if (length == slots.length) {
      grow();
    }
    slots[length] = slot;
    before[length].set(slot);
    length++;
    slot.set(value);
  }

  private void grow() {
    int room = Math.max(64, 2 * length);
    slots = grown(slots, room);
    before = grown(before, room);
  }

  private static Word[] grown(Word[] words, int room) {
    Word[] more = new Word[room];
    Arrays.setAll(more, i -> i < words.length ? words[i] : new Word());
    return more;
  }

  void commit() {
    length = 0;
  }

  void rollback() {
    while (length > 0) {
      length--;
      slots[length].set(before[length]);
    }
  }
}
