package org.probity.bench;

import java.util.ArrayList;
import java.util.List;
import org.probity.chain.Bytes;
import org.probity.chain.local.LocalChain.Instruction;

/**
 * The gas of one verification by section of the protocol (docs/protocol.md). The optimizer leaves
 * no trace of the contract's functions, but the protocol itself marks the places: each challenge is
 * a hash, and multiplications of points and the pairing are calls of precompiles.
 *
 * @param sections in the order in which they run
 */
record GasBySection(List<Section> sections) {

  record Section(String name, long gas) {}

  private static final String HASH = "KECCAK256";
  private static final String CALL = "STATICCALL";

  /** EIP-2028, EIP-3529. */
  private static final int TRANSACTION = 21_000;

  private static final int ZERO_BYTE = 4;
  private static final int BYTE = 16;

  /** EIP-1108: a multiplication of a point takes 6,000, and a pairing more than this. */
  private static final int MULTIPLICATION = 6_000;

  private static final int PAIRING = 50_000;

  /** The first two hashes are of the statement, the last three the opening's challenges. */
  private static final int STATEMENT_HASHES = 2;

  private static final int OPENING_HASHES = 3;

  GasBySection {
    sections = List.copyOf(sections);
  }

  /**
   * @param data of the transaction
   * @param total gas of the transaction
   * @param trace of its call
   */
  static GasBySection of(Bytes data, long total, List<Instruction> trace) {
    List<Integer> hashes = new ArrayList<>();
    int multiplying = 0;
    int pairing = trace.size() - 1;
    for (int i = 0; i + 1 < trace.size(); i++) {
      long cost = trace.get(i).gas() - trace.get(i + 1).gas();
      if (trace.get(i).name().equals(HASH)) {
        hashes.add(i);
      } else if (trace.get(i).name().equals(CALL) && cost > PAIRING) {
        pairing = i;
      } else if (trace.get(i).name().equals(CALL) && cost > MULTIPLICATION && multiplying == 0) {
        multiplying = i;
      }
    }
    if (hashes.size() <= STATEMENT_HASHES + OPENING_HASHES || multiplying == 0) {
      throw new IllegalArgumentException("The trace is not one of a whole verification");
    }
    int statement = hashes.get(STATEMENT_HASHES - 1);
    int rounds = hashes.get(hashes.size() - OPENING_HASHES - 1);
    int opening = hashes.get(hashes.size() - OPENING_HASHES);
    long intrinsic = TRANSACTION + dataGas(data);
    List<Section> sections = new ArrayList<>();
    sections.add(new Section("transaction", TRANSACTION));
    sections.add(new Section("call data", dataGas(data)));
    long before = trace.getFirst().gas();
    long sum = intrinsic;
    Object[][] ends = {
      {"statement: key, public values, scalars, points", statement},
      {"transcript, sumchecks 1 to 3", rounds},
      {"linear forms at r", opening},
      {"evaluations of the opening", multiplying},
      {"combination of the commitments", pairing},
    };
    for (Object[] end : ends) {
      long left = trace.get((Integer) end[1]).gas();
      sections.add(new Section((String) end[0], before - left));
      sum += before - left;
      before = left;
    }
    sections.add(new Section("pairing", total - sum));
    return new GasBySection(sections);
  }

  private static long dataGas(Bytes data) {
    long gas = 0;
    for (byte value : data.toArray()) {
      gas += value == 0 ? ZERO_BYTE : BYTE;
    }
    return gas;
  }
}
