package org.probity.intent.audit;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Bytes;
import org.probity.chain.ContractArtifact;
import org.probity.intent.policy.PlanInput;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.VaultDecision;

/**
 * What {@code Vault.execute} was called with.
 *
 * @param sourceHints one for each source of the policy's program
 */
record ExecuteCall(VaultDecision decision, Bytes guardHints, List<Bytes> sourceHints, Bytes proof) {

  private static final AbiFunction EXECUTE = ContractArtifact.load("Vault").function("execute");
  private static final int SELECTOR = 4;

  ExecuteCall {
    sourceHints = List.copyOf(sourceHints);
  }

  /** The call that this data is, if it is one. */
  static Optional<ExecuteCall> of(Bytes data) {
    if (data.length() < SELECTOR || !data.slice(0, SELECTOR).equals(EXECUTE.selector())) {
      return Optional.empty();
    }
    try {
      AbiValues values = EXECUTE.decodeInput(data);
      AbiValues d = values.struct("d");
      var decision =
          new VaultDecision(
              d.word("model"),
              d.int64("nonce"),
              d.integer("deadline"),
              d.int64("asOf"),
              d.address("executor"),
              d.int32("maxSlippageBps"),
              d.integers("outputs"));
      List<Bytes> hints = new ArrayList<>();
      for (Object hint : (List<?>) values.get(2)) {
        hints.add((Bytes) hint);
      }
      return Optional.of(
          new ExecuteCall(decision, values.bytes("guardHints"), hints, values.bytes("proof")));
    } catch (IllegalArgumentException | ArithmeticException e) {
      return Optional.empty();
    }
  }

  /** Where each asset but the numeraire was to be traded, under a policy. */
  List<Integer> choices(Policy policy) {
    if (policy.parts().venues().isEmpty()) {
      return PlanInput.routes(policy);
    }
    int own = guardHints.length() - (policy.assets() - 1);
    List<Integer> choices = new ArrayList<>();
    for (int i = Math.max(0, own); i < guardHints.length(); i++) {
      choices.add(Byte.toUnsignedInt(guardHints.toArray()[i]));
    }
    return choices;
  }

  /** All such calls that lie somewhere in the input of another contract's transaction. */
  static List<ExecuteCall> within(Bytes input) {
    byte[] bytes = input.toArray();
    byte[] selector = EXECUTE.selector().toArray();
    List<ExecuteCall> found = new ArrayList<>();
    for (int at = 1; at + SELECTOR <= bytes.length; at++) {
      if (bytes[at] == selector[0]
          && bytes[at + 1] == selector[1]
          && bytes[at + 2] == selector[2]
          && bytes[at + 3] == selector[3]) {
        of(input.slice(at, bytes.length)).ifPresent(found::add);
      }
    }
    return found;
  }
}
