package org.probity.agent;

import java.math.BigInteger;
import java.util.Map;
import org.probity.chain.Address;

/**
 * How a node looks after the checkpoints of vaults that lend.
 *
 * @param pokes checkpoints that were asked for since the node began
 * @param gasCost what they cost, in wei
 * @param failing why none can be taken, a sentence for each vault
 */
public record LoanFigures(long pokes, BigInteger gasCost, Map<Address, String> failing) {

  /** Of a node that asks for none. */
  public static final LoanFigures NONE = new LoanFigures(0, BigInteger.ZERO, Map.of());

  public LoanFigures {
    failing = Map.copyOf(failing);
  }
}
