package org.probity.intent.audit;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.probity.chain.AbiValues;
import org.probity.chain.LogEntry;
import org.probity.ground.Bytes32;
import org.probity.intent.ClaimedHold;
import org.probity.intent.audit.Features.Contradicted;
import org.probity.intent.audit.Features.Gone;
import org.probity.intent.audit.Features.Program;
import org.probity.intent.policy.Plan;
import org.probity.intent.policy.Plan.Reason;
import org.probity.intent.policy.Planned;
import org.probity.intent.policy.VaultDecision;
import org.probity.intent.policy.VaultLedger;
import org.probity.zk.Verdict;

/**
 * Holds that were claimed on chain by their digests. With the agent's file a claim is shown: the
 * model decided so, on the features of then, and it came to no step.
 */
final class Claims {

  private final long chainId;
  private final Optional<HoldsFile> file;
  private final Features features;
  private final Executions executions;
  private final Proofs proofs;
  private final Chronicle chronicle;
  private final Tally tally;

  Claims(
      long chainId,
      Optional<HoldsFile> file,
      Features features,
      Executions executions,
      Proofs proofs,
      Chronicle chronicle,
      Tally tally) {
    this.chainId = chainId;
    this.file = file;
    this.features = features;
    this.executions = executions;
    this.proofs = proofs;
    this.chronicle = chronicle;
    this.tally = tally;
  }

  /** A hold that the file has, on its way to a verdict. */
  static final class Shown {
    private final LogEntry entry;
    private final long time;
    private final ClaimedHold hold;
    private final VaultLedger ledger;
    private final Optional<byte[]> key;
    private final List<Finding> doubts = new ArrayList<>();
    private BigInteger @Nullable [] features;
    private Reason reason = Reason.HOLD;
    private Verdict verdict = Verdict.MALFORMED_FEATURES;

    private Shown(
        LogEntry entry, long time, ClaimedHold hold, VaultLedger ledger, Optional<byte[]> key) {
      this.entry = entry;
      this.time = time;
      this.hold = hold;
      this.ledger = ledger;
      this.key = key;
    }
  }

  /** The claims that an event makes: those that the file shows; the others are counted. */
  List<Shown> begin(LogEntry entry, long time) {
    AbiValues values = Chronicle.values(Chronicle.CLAIMED, entry);
    List<BigInteger> moments = values.integers("asOf");
    List<?> digests = (List<?>) values.get(1);
    long block = entry.blockNumber();
    if (moments.size() != digests.size()) {
      tally.find(Finding.wrong(block, "The node tells of claims without a digest each"));
      return List.of();
    }
    List<Shown> shown = new ArrayList<>();
    for (int i = 0; i < digests.size(); i++) {
      long asOf = moments.get(i).longValueExact();
      if (!chronicle.schedule().claim(asOf, time)) {
        tally.find(
            Finding.noted(
                block,
                "A hold was claimed for %s, of which there was a claim before or can be none: it is not counted"
                    .formatted(asOf)));
        continue;
      }
      Optional<Shown> found = find(entry, time, asOf, (Bytes32) digests.get(i));
      found.ifPresentOrElse(shown::add, tally::claimed);
      found.ifPresent(this::recompute);
    }
    return shown;
  }

  /** The line whose digest it is, under a policy that was in force at its moment. */
  private Optional<Shown> find(LogEntry entry, long time, long asOf, Bytes32 digest) {
    if (file.isEmpty()) {
      return Optional.empty();
    }
    List<ClaimedHold> holds = file.get().at(asOf);
    if (holds.isEmpty()) {
      return Optional.empty();
    }
    List<VaultLedger> then = ledgers(asOf);
    for (ClaimedHold hold : holds) {
      Optional<VaultLedger> its =
          then.stream()
              .filter(ledger -> hold.digest(chainId, ledger.policyHash()).equals(digest))
              .min((a, b) -> Boolean.compare(ofNonce(b, hold), ofNonce(a, hold)));
      if (its.isPresent()) {
        VaultLedger ledger = its.get();
        return Optional.of(new Shown(entry, time, hold, ledger, proofs.key(ledger.policy())));
      }
    }
    tally.find(
        Finding.noted(
            entry.blockNumber(),
            "The file has another hold of %s than the one that was claimed".formatted(asOf)));
    return Optional.empty();
  }

  private static boolean ofNonce(VaultLedger ledger, ClaimedHold hold) {
    return ledger.nonce() == hold.decision().nonce();
  }

  /** What the vault was while a decision of a moment could be executed. */
  private List<VaultLedger> ledgers(long asOf) {
    List<VaultLedger> from = chronicle.between(asOf, asOf);
    return from.isEmpty()
        ? from
        : chronicle.between(asOf, asOf + from.getLast().policy().limits().numbers().maxAge());
  }

  private void recompute(Shown one) {
    VaultDecision decision = one.hold.decision();
    long asOf = decision.asOf();
    long block = one.entry.blockNumber();
    VaultLedger ledger = one.ledger;
    ledger
        .objection(decision, ledger.policy().model().agent(), asOf, false)
        .ifPresent(refusal ->
            one.doubts.add(
                Finding.wrong(block, "the vault would have refused it: %s".formatted(refusal))));
    if (!decision.executor().equals(ledger.policy().model().agent())) {
      one.doubts.add(Finding.wrong(block, "it is not of the policy's agent"));
    }
    Program program = executions.program(ledger);
    try {
      features.cover(program, block, asOf);
      List<Integer> refs = features.references(ledger.policy(), asOf);
      one.features =
          features
              .prepared(program, ledger, Place.after(block), asOf, refs)
              .apply(one.hold.sourceHints());
      plan(one, block);
    } catch (Contradicted e) {
      one.doubts.add(Finding.wrong(block, String.valueOf(e.getMessage())));
    } catch (Gone | IllegalArgumentException | ArithmeticException e) {
      one.doubts.add(Finding.unchecked(block, String.valueOf(e.getMessage())));
    }
  }

  /** As of its moment it came to no step. */
  private void plan(Shown one, long block) {
    VaultDecision decision = one.hold.decision();
    long asOf = decision.asOf();
    List<Planned> plans =
        features.market(one.ledger.policy()).at(one.ledger.planInput(decision, asOf), asOf, block);
    for (Planned planned : plans) {
      if (planned instanceof Plan plan && plan.steps().isEmpty() && !plan.lends()) {
        one.reason = plan.reason();
        return;
      }
    }
    one.doubts.add(
        Finding.wrong(
            block,
            "it was claimed as a hold, and the decision came to %s"
                .formatted(Market.words(plans.getFirst()))));
  }

  /** Checks proofs, on all processors. */
  void verify(List<Shown> holds) {
    holds.parallelStream()
        .forEach(one ->
            one.verdict =
                proofs.verify(
                    one.key,
                    one.features,
                    one.hold.decision(),
                    one.ledger.policyHash(),
                    one.hold.proof()));
  }

  /** The verdict. */
  void judge(Shown one) {
    VaultDecision decision = one.hold.decision();
    long block = one.entry.blockNumber();
    if (one.features != null && one.verdict != Verdict.ACCEPTED) {
      Optional<String> obstacle = proofs.obstacle(one.key);
      one.doubts.add(
          obstacle.isPresent()
              ? Finding.unchecked(block, obstacle.get())
              : chronicle.broken().isEmpty()
                  ? Finding.wrong(
                      block,
                      "it was claimed as a hold, and its proof does not hold on the features %s (%s)"
                          .formatted(List.of(one.features), one.verdict))
                  : Finding.unchecked(block, chronicle.broken()));
    }
    tally.count(
        new Judged(
            decision.nonce(),
            decision.asOf(),
            block,
            one.time,
            one.entry.transactionHash(),
            decision.executor(),
            decision.outputs(),
            one.reason,
            one.doubts));
  }

  /** What claims and executions say of the same moments. */
  void end(long block) {
    if (file.isPresent() && file.get().torn()) {
      tally.find(
          Finding.noted(block, "The last line of the file of holds has no end and was left out"));
    }
    List<Long> doubled = chronicle.schedule().doubled();
    OptionalLong first = doubled.stream().mapToLong(Long::longValue).findFirst();
    first.ifPresent(moment ->
        tally.find(
            Finding.wrong(
                block,
                "A hold was claimed for %s moments for which a decision was executed, the first of them %s"
                    .formatted(doubled.size(), moment))));
  }
}
