package org.probity.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the readers of agents, backtests and studies have in common. */
final class SettingsTest {

  private static final Config DEFAULTS =
      ConfigFactory.parseString("a { x = 1, y { z = null, list = [] } }, b { x = 2 }");

  private static Settings read(String written) {
    return Settings.of(ConfigFactory.parseString(written), DEFAULTS, Path.of("/folder"), "a", "b");
  }

  @Test
  void aSectionThatIsNotWrittenIsThatOfTheDefaults() {
    Settings settings = read("a.x = 5");
    assertThat(settings.whole("a.x", 0, 9)).isEqualTo(5);
    assertThat(settings.whole("b.x", 0, 9)).isEqualTo(2);
    assertThat(settings.isSet("a.y.z")).isFalse();
  }

  @Test
  void aSectionThatMustBeThereIsMissed() {
    assertThatThrownBy(() ->
            Settings.section(ConfigFactory.parseString("b.x = 1"), DEFAULTS, Path.of(""), "a"))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("no section \"a { … }\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a.xx = 1            | There is no setting a.xx: the nearest one is a.x.
          a.y.lists = [1]     | There is no setting a.y.lists: the nearest one is a.y.list.
          b = 7               | The setting b is "7": it must be a section "{ … }".
          """)
  void whatIsNotThereIsNamedWithTheNearest(String written, String sentence) {
    assertThatThrownBy(() -> read(written)).isInstanceOf(BadSetting.class).hasMessage(sentence);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          1e999999999 | amount   | a positive amount
          1e-99999999 | amount   | a positive amount
          0           | amount   | a positive amount
          -1          | orZero   | an amount, zero or more
          1.5         | whole    | a whole number
          1e99        | whole    | a whole number
          NaN         | real     | a finite number
          Infinity    | positive | a finite and positive number
          1970        | moment   | a moment in UTC
          2024-13-01  | moment   | a moment in UTC
          """)
  void aNumberThatCannotBeIsRefusedAtOnce(String written, String kind, String admitted) {
    Settings settings = read("a.x = " + written);
    assertThatThrownBy(
            () -> {
              switch (kind) {
                case "amount" -> settings.amount("a.x");
                case "orZero" -> settings.amountOrZero("a.x");
                case "whole" -> settings.whole("a.x", 0, Long.MAX_VALUE);
                case "real" -> settings.real("a.x");
                case "positive" -> settings.positive("a.x");
                default -> settings.moment("a.x");
              }
            })
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("The setting a.x is \"" + written)
        .hasMessageContaining("must be " + admitted);
  }

  @Test
  void listsAreReadValueByValue() {
    assertThat(read("a.y.list = [1, 2]").integers("a.y.list")).containsExactly(1, 2);
    assertThat(read("a.y.list = [p, q/../r]").paths("a.y.list"))
        .containsExactly(Path.of("/folder/p"), Path.of("/folder/r"));
    assertThatThrownBy(() -> read("a.y.list = [1, two]").integers("a.y.list"))
        .hasMessageContaining("The setting a.y.list is \"two\": it must be a whole number");
    assertThatThrownBy(() -> read("a.y.list = [{ p = 1 }]").sections("a.y.list", Set.of("q")))
        .hasMessage("There is no setting a.y.list.0.p: there are q.");
    assertThat(
            read("a.y.list = [{ q = 1 }]")
                .sections("a.y.list", Set.of("q"))
                .getFirst()
                .text("a.y.list.0.q", ""))
        .isEqualTo("1");
  }
}
