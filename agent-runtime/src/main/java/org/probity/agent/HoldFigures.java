package org.probity.agent;

import java.util.Map;
import org.probity.chain.Address;

/**
 * How claims of holds stand on a node.
 *
 * @param claimed holds that were claimed since the node began
 * @param waiting holds that are proven and not claimed yet
 * @param failing why claims fail again and again, a sentence for each vault
 */
public record HoldFigures(long claimed, long waiting, Map<Address, String> failing) {

  /** Of a node that claims nothing. */
  public static final HoldFigures NONE = new HoldFigures(0, 0, Map.of());

  public HoldFigures {
    failing = Map.copyOf(failing);
  }
}
