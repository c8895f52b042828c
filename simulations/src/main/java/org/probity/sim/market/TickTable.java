package org.probity.sim.market;

import org.jspecify.annotations.Nullable;

/**
 * The initialized ticks of a pool, in pages of 256 like the words of the contract's bitmap, so that
 * a search ends where the contract's ends (contract library TickBitmap).
 */
final class TickTable {

  private static final int PAGE = 256;

  private final int spacing;
  private final int firstPage;
  private final @Nullable Page[] pages;
  private boolean found;

  private static final class Page {
    final long[] bits = new long[PAGE / 64];
    final @Nullable TickState[] ticks = new TickState[PAGE];

    Page copy() {
      Page copy = new Page();
      System.arraycopy(bits, 0, copy.bits, 0, bits.length);
      for (int i = 0; i < PAGE; i++) {
        TickState state = ticks[i];
        copy.ticks[i] = state == null ? null : state.copy();
      }
      return copy;
    }
  }

  TickTable(int spacing) {
    this.spacing = spacing;
    int last = Math.floorDiv(TickMath.MAX_TICK, spacing) + 1;
    this.firstPage = Math.floorDiv(-last, PAGE);
    this.pages = new Page[Math.floorDiv(last, PAGE) - firstPage + 1];
  }

  /** Takes over all ticks of a table of the same spacing. */
  void set(TickTable other) {
    for (int p = 0; p < pages.length; p++) {
      Page page = other.pages[p];
      pages[p] = page == null ? null : page.copy();
    }
  }

  /** The state of any tick; an empty one, not to be written, where it is not initialized. */
  TickState at(int tick) {
    if (tick % spacing != 0) {
      return TickState.NONE;
    }
    int index = tick / spacing;
    Page page = page(index);
    TickState state = page == null ? null : page.ticks[index & (PAGE - 1)];
    return state == null ? TickState.NONE : state;
  }

  private @Nullable Page page(int index) {
    int p = (index >> 8) - firstPage;
    return p < 0 || p >= pages.length ? null : pages[p];
  }

  /** Sets the state of a tick that is a multiple of the spacing; one without liquidity is gone. */
  void put(int tick, TickState state) {
    int index = tick / spacing;
    int p = (index >> 8) - firstPage;
    Page page = pages[p];
    if (page == null) {
      page = new Page();
      pages[p] = page;
    }
    int place = index & (PAGE - 1);
    long bit = 1L << (place & 63);
    if (state.isInitialized()) {
      page.ticks[place] = state;
      page.bits[place >> 6] |= bit;
    } else {
      page.ticks[place] = null;
      page.bits[place >> 6] &= ~bit;
    }
  }

  /**
   * The next initialized tick in the page of {@code tick}, or the page's last tick in that
   * direction (nextInitializedTickWithinOneWord); {@link #found} tells which.
   *
   * @param downwards towards {@code tick} and below; otherwise above {@code tick}
   */
  int next(int tick, boolean downwards) {
    int index = Math.floorDiv(tick, spacing);
    return downwards ? below(index) * spacing : above(index + 1) * spacing;
  }

  /** Whether the tick of the last {@link #next} is initialized. */
  boolean found() {
    return found;
  }

  private int below(int index) {
    int place = index & (PAGE - 1);
    Page page = page(index);
    if (page != null) {
      long bits = page.bits[place >> 6] & (-1L >>> (63 - (place & 63)));
      for (int word = place >> 6; ; bits = page.bits[word]) {
        if (bits != 0) {
          found = true;
          return index - place + (word << 6) + 63 - Long.numberOfLeadingZeros(bits);
        }
        if (--word < 0) {
          break;
        }
      }
    }
    found = false;
    return index - place;
  }

  private int above(int index) {
    int place = index & (PAGE - 1);
    Page page = page(index);
    if (page != null) {
      long bits = page.bits[place >> 6] & (-1L << (place & 63));
      for (int word = place >> 6; ; bits = page.bits[word]) {
        if (bits != 0) {
          found = true;
          return index - place + (word << 6) + Long.numberOfTrailingZeros(bits);
        }
        if (++word == PAGE / 64) {
          break;
        }
      }
    }
    found = false;
    return index - place + PAGE - 1;
  }
}
