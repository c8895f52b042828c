package org.probity.intent.audit;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.ChainRecord.Sent;
import org.probity.chain.LogEntry;
import org.probity.chain.Receipt;
import org.probity.ground.Bytes32;
import org.probity.intent.audit.AuditResult.Point;
import org.probity.intent.audit.Execution.Attempt;
import org.probity.intent.audit.Features.Contradicted;
import org.probity.intent.audit.Features.Gone;
import org.probity.intent.audit.Features.Program;
import org.probity.intent.policy.Plan.Reason;
import org.probity.intent.policy.Planned;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.Policy.PoolPart;
import org.probity.intent.policy.Refusal;
import org.probity.intent.policy.VaultLedger;
import org.probity.intent.policy.VaultLedger.Moved;
import org.probity.intent.policy.VaultLedger.Told;
import org.probity.intent.policy.VaultLedger.Used;

/** Recomputes what executions were made of, and says what they are worth. */
final class Executions {

  /** Blocks of pools' logs that are read ahead of one decision, for the next ones. */
  private static final int AHEAD = 4_096;

  private static final double BPS = 10_000;

  private final Address vault;
  private final boolean archive;
  private final Reading reading;
  private final Features features;
  private final Proofs proofs;
  private final Chronicle chronicle;
  private final Tally tally;
  private final Map<Bytes32, Program> programs = new HashMap<>();

  Executions(
      Address vault,
      boolean archive,
      Reading reading,
      Features features,
      Proofs proofs,
      Chronicle chronicle,
      Tally tally) {
    this.vault = vault;
    this.archive = archive;
    this.reading = reading;
    this.features = features;
    this.proofs = proofs;
    this.chronicle = chronicle;
    this.tally = tally;
  }

  /** What can be repeated of a policy's program. */
  Program program(VaultLedger ledger) {
    return programs.computeIfAbsent(ledger.policyHash(), _ -> features.program(ledger.policy()));
  }

  /**
   * Where an execution lies.
   *
   * @param sent its transaction, if the node has it
   * @param receipt its transaction's
   * @param first the index of the first log in its block that may be its own
   * @param ahead the last block that others, which are looked at soon, lie in
   */
  record Where(@Nullable Sent sent, @Nullable Receipt receipt, long first, long ahead) {}

  // ---- recomputing ----

  /** The execution that an event tells of, and the vault after it. */
  Execution begin(LogEntry entry, long time, Where where, Flows flow) {
    List<Moved> loans = chronicle.takeLoans(entry);
    VaultLedger before =
        chronicle
            .ledger()
            .orElseThrow(() -> {
              chronicle.requireCreation(entry);
              return new IllegalStateException("no execution comes before a policy");
            });
    AbiValues values = Chronicle.values(Chronicle.EXECUTED, entry);
    long nonce = values.int64("nonce");
    requireFollows(entry, nonce, before);
    boolean acted = values.int32("reason") == Reason.NONE.ordinal();
    Optional<Used> use = chronicle.takeUse(nonce).filter(_ -> acted);
    boolean traded = use.isPresent();
    if (acted && !traded && loans.isEmpty()) {
      chronicle.astray(entry, "a trade tells nothing of the allowances that it used");
    }
    if (!acted && !loans.isEmpty()) {
      chronicle.astray(entry, "a decision without a step moved loans");
    }
    List<Integer> refs = values.integers("refs").stream().map(BigInteger::intValueExact).toList();
    var told = new Told(nonce, values.int64("asOf"), values.integers("deltas"), refs, use, loans);

    List<Finding> doubts = new ArrayList<>();
    long block = entry.blockNumber();
    Program program = program(before);
    List<Integer> own =
        references(program, block, told, Math.min(where.ahead, block + AHEAD), doubts);
    var place = new Place(block, where.first);
    Function<List<Bytes>, BigInteger[]> prepared =
        features.prepared(program, before, place, told.asOf(), own);
    Sent sent = where.sent;
    boolean direct = sent != null && vault.equals(sent.call().to());
    Optional<Refusal> none = Optional.empty();
    boolean follows = nonce == before.nonce();
    var execution =
        new Execution(
            entry,
            time,
            values,
            told,
            before,
            proofs.key(before.policy()),
            direct,
            call -> {
              List<Finding> its = new ArrayList<>();
              BigInteger[] made = features(call, block, own, prepared, its);
              plan(call, before, told, time, place, where, values.int32("reason"), its);
              return new Attempt(
                  call,
                  made,
                  its,
                  follows
                      ? before.objection(call.decision(), values.address("executor"), time, traded)
                      : none,
                  new ArrayList<>());
            });
    execution.doubts.addAll(doubts);
    use.filter(_ -> chronicle.broken().isEmpty())
        .ifPresent(used ->
            Limits.strays(before, used, time)
                .forEach(stray -> execution.doubts.add(Finding.wrong(block, stray))));
    candidates(execution, sent).stream().map(execution.attempting).forEach(execution.attempts::add);

    chronicle.executed(entry, told, time, flow);
    chronicle
        .ledger()
        .ifPresent(after -> {
          Policy.Numbers limits = after.policy().limits().numbers();
          execution.turnoverBps = BPS * part(after.turnoverUsed(time), limits.turnover());
          execution.dayLossBps = BPS * part(after.losses(time).day(), limits.dayLoss());
        });
    return execution;
  }

  private void requireFollows(LogEntry entry, long nonce, VaultLedger before) {
    if (nonce != before.nonce()) {
      chronicle.astray(
          entry,
          nonce > before.nonce()
              ? "after the nonce %s comes %s, and nothing tells of those between"
                  .formatted(before.nonce() - 1, nonce)
              : "the nonce %s comes again after %s".formatted(nonce, before.nonce() - 1));
    }
  }

  private static double part(BigInteger use, BigInteger capacity) {
    return capacity.signum() == 0 ? 0 : use.doubleValue() / capacity.doubleValue();
  }

  private List<Integer> references(
      Program program, long block, Told told, long ahead, List<Finding> doubts) {
    try {
      features.cover(program, Math.max(block, ahead), told.asOf());
      List<Integer> refs = features.references(program.policy(), told.asOf());
      if (!refs.equals(told.refs())) {
        doubts.add(
            Finding.wrong(
                block,
                "its reference ticks are %s, and the pools' logs give %s"
                    .formatted(told.refs(), refs)));
      }
      return refs;
    } catch (IllegalArgumentException | ArithmeticException e) {
      doubts.add(Finding.unchecked(block, "its reference prices are not known: " + e.getMessage()));
      return told.refs();
    }
  }

  private List<ExecuteCall> candidates(Execution execution, @Nullable Sent sent) {
    if (sent == null) {
      execution.doubts.add(
          Finding.unchecked(
              execution.block(),
              "the node has not got its transaction %s"
                  .formatted(execution.entry.transactionHash())));
      return List.of();
    }
    if (execution.direct) {
      Optional<ExecuteCall> call = ExecuteCall.of(sent.call().data()).filter(execution::matches);
      if (call.isEmpty()) {
        execution.doubts.add(
            Finding.wrong(
                execution.block(), "its call data says something else than the vault's event"));
      }
      if (!sent.from().equals(execution.values.address("executor"))) {
        execution.doubts.add(
            Finding.wrong(execution.block(), "somebody else sent it than executed it"));
      }
      return call.stream().toList();
    }
    List<ExecuteCall> found =
        ExecuteCall.within(sent.call().data()).stream().filter(execution::matches).toList();
    return found.isEmpty() ? traced(execution) : found;
  }

  private List<ExecuteCall> traced(Execution execution) {
    return reading.callsInside(execution.entry.transactionHash(), vault).stream()
        .flatMap(inner -> ExecuteCall.of(inner.data()).stream())
        .filter(execution::matches)
        .toList();
  }

  private BigInteger @Nullable [] features(
      ExecuteCall call,
      long block,
      List<Integer> refs,
      Function<List<Bytes>, BigInteger[]> prepared,
      List<Finding> doubts) {
    BigInteger[] made = null;
    try {
      made = prepared.apply(call.sourceHints());
    } catch (Gone e) {
      doubts.add(Finding.unchecked(block, String.valueOf(e.getMessage())));
    } catch (Contradicted e) {
      doubts.add(Finding.wrong(block, String.valueOf(e.getMessage())));
    }
    if (!archive) {
      return made;
    }
    try {
      BigInteger[] kept =
          features.archived(block, call.decision().asOf(), refs, call.sourceHints());
      tally.archived();
      if (made == null) {
        doubts.removeIf(finding -> finding.weight() == Finding.Weight.UNCHECKED);
        return kept;
      }
      if (!List.of(made).equals(List.of(kept))) {
        doubts.add(
            Finding.wrong(
                block,
                "the logs give the features %s, and the archive %s"
                    .formatted(List.of(made), List.of(kept))));
      }
    } catch (Gone e) {
      if (made == null) {
        doubts.add(Finding.unchecked(block, String.valueOf(e.getMessage())));
      }
    }
    return made;
  }

  /** What the decision must have come to, on the market before it. */
  private void plan(
      ExecuteCall call,
      VaultLedger before,
      Told told,
      long time,
      Place place,
      Where where,
      int reason,
      List<Finding> doubts) {
    long block = place.block();
    if (!chronicle.broken().isEmpty()) {
      return; // told of where it broke, and nothing follows from such books
    }
    if (tradedBesides(before.policy(), told, where)) {
      doubts.add(
          Finding.unchecked(
              block, "its plan cannot be repeated: others used its pools in its own transaction"));
      return;
    }
    try {
      List<List<String>> strays = new ArrayList<>();
      for (Planned planned :
          features
              .market(before.policy())
              .before(
                  before.planInput(call.decision(), call.choices(before.policy()), time),
                  place,
                  time)) {
        strays.add(Consequence.strays(before, planned, told, Reason.values()[reason], time));
      }
      if (strays.stream().noneMatch(List::isEmpty)
          && before.policy().parts().lending().exists()
          && features.lenders().usedBefore(before.policy(), place)) {
        doubts.add(
            Finding.unchecked(
                block,
                "its plan cannot be repeated: others used its lending market earlier in its block"));
      } else if (strays.stream().noneMatch(List::isEmpty)) {
        strays.getFirst().forEach(stray -> doubts.add(Finding.wrong(block, stray)));
      }
    } catch (Gone e) {
      doubts.add(Finding.unchecked(block, "its plan cannot be repeated: " + e.getMessage()));
    }
  }

  /**
   * Whether somebody else used a pool of the policy between the transaction's begin and its end.
   */
  private boolean tradedBesides(Policy policy, Told told, Where where) {
    Receipt receipt = where.receipt;
    if (receipt == null) {
      return true;
    }
    List<Address> pools = policy.parts().pools().stream().map(PoolPart::pool).toList();
    List<Address> actions = new ArrayList<>(List.of(policy.parts().action()));
    policy.parts().venues().forEach(venue -> actions.add(venue.action()));
    return receipt.logs().stream()
        .filter(log -> log.logIndex() >= where.first)
        .takeWhile(log -> !tells(log, told.nonce()))
        .filter(log -> pools.contains(log.address()) && PoolPast.isOfPools(log))
        .anyMatch(log -> PoolPast.swapper(log).filter(actions::contains).isEmpty());
  }

  private boolean tells(LogEntry log, long nonce) {
    return log.address().equals(vault)
        && Chronicle.is(Chronicle.EXECUTED, log)
        && Chronicle.values(Chronicle.EXECUTED, log).int64("nonce") == nonce;
  }

  // ---- verdicts ----

  /** Checks proofs, on all processors. */
  void verify(List<Execution> executions) {
    executions.parallelStream().forEach(this::verify);
    for (Execution one : executions) {
      // A call in another contract's input may be there for show.
      if (!one.direct
          && !one.attempts.isEmpty()
          && one.attempts.stream().noneMatch(Attempt::holds)) {
        List<ExecuteCall> calls = traced(one);
        if (!calls.isEmpty()) {
          one.attempts.clear();
          calls.stream().map(one.attempting).forEach(one.attempts::add);
          verify(one);
        }
      }
    }
  }

  private void verify(Execution one) {
    for (Attempt attempt : one.attempts) {
      attempt
          .verdict()
          .add(
              proofs.verify(
                  one.key,
                  attempt.features(),
                  attempt.call().decision(),
                  one.before.policyHash(),
                  attempt.call().proof()));
    }
  }

  /** The verdict, once all that was found is known. */
  Judged judge(Execution one) {
    long block = one.block();
    Optional<Attempt> held = one.attempts.stream().filter(Attempt::holds).findFirst();
    if (held.isPresent()) {
      one.doubts.addAll(held.get().doubts());
      held.get()
          .objection()
          .ifPresent(refusal ->
              one.doubts.add(
                  Finding.wrong(block, "the vault would have refused it: %s".formatted(refusal))));
    } else if (!one.attempts.isEmpty()) {
      one.doubts.addAll(without(one));
    } else if (one.doubts.isEmpty()) {
      one.doubts.add(
          Finding.unchecked(
              block,
              "its call is inside another contract's transaction %s, and the node does not trace it"
                  .formatted(one.entry.transactionHash())));
    }
    Judged judged = one.judged();
    tally.count(
        judged,
        one.told.used().isPresent(),
        new Point(one.time, judged.lateSeconds(), one.turnoverBps, one.dayLossBps));
    return judged;
  }

  private List<Finding> without(Execution one) {
    long block = one.block();
    Attempt attempt = one.attempts.getFirst();
    BigInteger[] made = attempt.features();
    if (made == null) {
      return attempt.doubts();
    }
    Optional<String> obstacle = proofs.obstacle(one.key);
    if (obstacle.isPresent()) {
      return List.of(Finding.unchecked(block, obstacle.get()));
    }
    String words =
        "its proof does not hold on the features %s that the chain's logs give (%s)"
            .formatted(List.of(made), attempt.verdict().getFirst());
    if (!chronicle.broken().isEmpty()) {
      return List.of(Finding.unchecked(block, "%s, and %s".formatted(words, chronicle.broken())));
    }
    boolean traced = one.direct || !traced(one).isEmpty();
    return List.of(
        traced
            ? Finding.wrong(block, words)
            : Finding.unchecked(block, words + ", and the node does not trace its transaction"));
  }
}
