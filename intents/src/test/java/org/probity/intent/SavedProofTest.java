package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.probity.ground.Bytes32;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;
import org.probity.zk.FeatureVector;

final class SavedProofTest {

  private static final SavedProof CHOICE = saved(new Decision.Choice(2));

  private static SavedProof saved(Decision decision) {
    return new SavedProof(
        word(1),
        word(2),
        FeatureVector.of(7, -3, 0),
        decision,
        word(3),
        DecisionProof.of(new byte[] {0, 1, (byte) 0xff}));
  }

  private static Bytes32 word(int value) {
    return Bytes32.of(value);
  }

  @Test
  void whatIsWrittenIsRead() {
    assertThat(SavedProof.parse(CHOICE.toJson())).isEqualTo(CHOICE);
    SavedProof outputs = saved(new Decision.Outputs(List.of(5, -9)));
    assertThat(SavedProof.parse(outputs.toJson())).isEqualTo(outputs);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          "probity-proof-1"   | "probity-proof-2"     | format
          "model" : "0x0      | "model" : "0x         | model
          "model" : "0x       | "model" : "           | model
          "reference"         | "model"               | field twice
          "context"           | "contexts"            | lacks the field context
          "choice" : 2        | "choice" : 2.0        | decision
          "choice" : 2        | "choice" : 4294967296 | decision
          "choice" : 2        | "class" : 2           | decision
          "choice" : 2        | "outputs" : []        | decision.outputs
          [ 7, -3, 0 ]        | [ 7, -3, "0" ]        | features
          [ 7, -3, 0 ]        | [ 7, NaN, 0 ]         | features must be an integer
          [ 7, -3, 0 ]        | [ 7, -Infinity, 0 ]   | features must be an integer
          [ 7, -3, 0 ]        | [ ]                   | features
          [ 7, -3, 0 ]        | [ 7, -2147483648 ]    | features
          0x0001ff            | 0x0001f               | proof
          0x0001ff            | 0x0001fg              | proof
          """)
  void anythingElseIsRefusedByTheNameOfItsField(String was, String is, String named) {
    String text = CHOICE.toJson();
    assertThat(text).contains(was);
    assertThatThrownBy(() -> SavedProof.parse(text.replace(was, is)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(named);
  }

  @Test
  void textAfterTheEndIsRefused() {
    assertThatThrownBy(() -> SavedProof.parse(CHOICE.toJson() + "{}"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void emptyTextIsRefused() {
    assertThatThrownBy(() -> SavedProof.parse(""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is empty");
  }
}
