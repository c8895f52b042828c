package org.probity.ground;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

final class PrintableTest {

  @Example
  void whatMovesTheTerminalIsShownInstead() {
    assertThat(Printable.line("\u001b[2J\u001b]0;pwned\u0007EVIL\r\nhead 9"))
        .isEqualTo("\\u001b[2J\\u001b]0;pwned\\u0007EVIL\\r\\nhead 9");
    assertThat(Printable.line("a\u202eb\u2028c\u009bd\ud800"))
        .isEqualTo("a\\u202eb\\u2028c\\u009bd\\ud800");
    assertThat(Printable.line("größer 0x12 Ω 漢字 🙂")).isEqualTo("größer 0x12 Ω 漢字 🙂");
  }

  @Example
  void tellsWhatItLeftOut() {
    assertThat(Printable.line("abcdef", 4)).isEqualTo("abcd… (2 more characters)");
  }

  @Property
  void isOneLineWithoutControls(@ForAll String text) {
    assertThat(Printable.line(text).chars())
        .noneMatch(c -> Character.isISOControl(c) || c == 0x2028 || c == 0x2029 || c == 0x202e);
  }
}
