package org.probity.intent.audit;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.probity.chain.AbiValues;
import org.probity.chain.LogEntry;
import org.probity.intent.policy.Plan.Reason;
import org.probity.intent.policy.Refusal;
import org.probity.intent.policy.VaultDecision;
import org.probity.intent.policy.VaultLedger;
import org.probity.intent.policy.VaultLedger.Told;
import org.probity.zk.Verdict;

/** One execution on its way to a verdict. */
final class Execution {

  final LogEntry entry;
  final long time;
  final AbiValues values;
  final Told told;
  final VaultLedger before;
  final Optional<byte[]> key;

  /** Whether the vault itself is what its transaction calls. */
  final boolean direct;

  final Function<ExecuteCall, Attempt> attempting;
  final List<Attempt> attempts = new ArrayList<>();
  final List<Finding> doubts = new ArrayList<>();
  double turnoverBps;
  double dayLossBps;

  /**
   * One call that may be the one that was executed.
   *
   * @param features that it was executed on; null if they are not known
   * @param doubts that it brings if its proof holds, or if there are no features
   * @param objection why the vault would have refused it
   */
  @SuppressWarnings("ArrayRecordComponent") // internal, never compared
  record Attempt(
      ExecuteCall call,
      BigInteger @Nullable [] features,
      List<Finding> doubts,
      Optional<Refusal> objection,
      List<Verdict> verdict) {

    boolean holds() {
      return verdict.contains(Verdict.ACCEPTED);
    }
  }

  Execution(
      LogEntry entry,
      long time,
      AbiValues values,
      Told told,
      VaultLedger before,
      Optional<byte[]> key,
      boolean direct,
      Function<ExecuteCall, Attempt> attempting) {
    this.entry = entry;
    this.time = time;
    this.values = values;
    this.told = told;
    this.before = before;
    this.key = key;
    this.direct = direct;
    this.attempting = attempting;
  }

  long block() {
    return entry.blockNumber();
  }

  Reason reason() {
    return Reason.values()[values.int32("reason")];
  }

  boolean matches(ExecuteCall call) {
    VaultDecision decision = call.decision();
    return decision.nonce() == told.nonce()
        && decision.model().equals(values.word("model"))
        && decision.asOf() == told.asOf()
        && decision.outputs().equals(values.integers("outputs"));
  }

  Judged judged() {
    return new Judged(
        told.nonce(),
        told.asOf(),
        block(),
        time,
        entry.transactionHash(),
        values.address("executor"),
        values.integers("outputs"),
        reason(),
        doubts);
  }
}
