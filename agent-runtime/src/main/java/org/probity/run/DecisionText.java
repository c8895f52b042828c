package org.probity.run;

import java.math.BigDecimal;
import java.util.List;
import org.probity.zk.Decision;

/** Decisions as a reader says them. */
public final class DecisionText {

  private DecisionText() {}

  /** The label of a choice, or the outputs themselves. */
  public static String of(Decision decision, List<String> labels) {
    return switch (decision) {
      case Decision.Choice(int index) ->
          index >= 0 && index < labels.size() ? labels.get(index) : "decision " + index;
      case Decision.Outputs(List<Integer> values) -> values.toString();
    };
  }

  /**
   * The label of a choice, or the outputs in the network's own unit and as the integers that are
   * proven.
   *
   * @param scale an output is this times the real one
   */
  public static String of(Decision decision, List<String> labels, double scale) {
    return switch (decision) {
      case Decision.Choice _ -> of(decision, labels);
      case Decision.Outputs(List<Integer> values) ->
          "%s (as integers %s, in steps of 1/%s)"
              .formatted(
                  values.stream()
                      .map(value -> BigDecimal.valueOf(value / scale).toPlainString())
                      .toList(),
                  values,
                  BigDecimal.valueOf(scale).stripTrailingZeros().toPlainString());
    };
  }
}
