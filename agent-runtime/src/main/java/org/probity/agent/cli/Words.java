package org.probity.agent.cli;

import java.util.List;
import org.probity.zk.Decision;

/** Decisions as a reader says them. */
final class Words {

  private Words() {}

  /** The label of a choice, or the outputs themselves. */
  static String of(Decision decision, List<String> labels) {
    return switch (decision) {
      case Decision.Choice(int index) ->
          index >= 0 && index < labels.size() ? labels.get(index) : "decision " + index;
      case Decision.Outputs(List<Integer> values) -> values.toString();
    };
  }
}
