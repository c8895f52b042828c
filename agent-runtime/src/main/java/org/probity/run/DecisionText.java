package org.probity.run;

import java.math.BigDecimal;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.probity.strategy.StrategyManifest;
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
   * The label of a choice, the weights that outputs are, or the outputs in the network's own unit
   * and as the integers that are proven.
   *
   * @param strategy whose decision it is
   */
  public static String of(Decision decision, StrategyManifest strategy) {
    return switch (decision) {
      case Decision.Choice _ -> of(decision, strategy.outputs());
      case Decision.Outputs(List<Integer> values) ->
          strategy.weightStepBps().isPresent()
              ? weights(values, strategy.weightStepBps().getAsInt(), strategy.outputs())
              : numbers(values, strategy.outputScale());
    };
  }

  private static String weights(List<Integer> values, int stepBps, List<String> assets) {
    return IntStream.range(0, Math.min(values.size(), assets.size()))
        .mapToObj(i ->
            "%s %s %%"
                .formatted(
                    assets.get(i),
                    BigDecimal.valueOf((long) values.get(i) * stepBps, 2)
                        .stripTrailingZeros()
                        .toPlainString()))
        .collect(Collectors.joining(", "));
  }

  private static String numbers(List<Integer> values, double scale) {
    return "%s (as integers %s, in steps of 1/%s)"
        .formatted(
            values.stream()
                .map(value -> BigDecimal.valueOf(value / scale).toPlainString())
                .toList(),
            values,
            BigDecimal.valueOf(scale).stripTrailingZeros().toPlainString());
  }
}
