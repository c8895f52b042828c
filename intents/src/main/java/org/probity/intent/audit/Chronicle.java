package org.probity.intent.audit;

import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.probity.chain.AbiEvent;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.ContractArtifact;
import org.probity.chain.LogEntry;
import org.probity.ground.Bytes32;
import org.probity.intent.audit.AuditResult.Happening;
import org.probity.intent.audit.AuditResult.PolicyChange;
import org.probity.intent.policy.Loan;
import org.probity.intent.policy.LoanBooks;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyWords;
import org.probity.intent.policy.VaultLedger;
import org.probity.intent.policy.VaultLedger.Moved;
import org.probity.intent.policy.VaultLedger.Told;
import org.probity.intent.policy.VaultLedger.Used;

/** A vault's life by its events: its books and all else that it remembers, kept beside it. */
final class Chronicle {

  private static final ContractArtifact VAULT = ContractArtifact.load("Vault");
  static final AbiEvent EXECUTED = VAULT.event("DecisionExecuted");
  static final AbiEvent CLAIMED = VAULT.event("HoldsClaimed");
  static final AbiEvent OWNER = VAULT.event("OwnershipTransferred");
  static final AbiEvent PAUSE = VAULT.event("PauseChanged");
  static final AbiEvent POLICY = VAULT.event("PolicyChanged");
  private static final AbiEvent LIMITS = VAULT.event("LimitsUsed");
  private static final AbiEvent DEPOSITED = VAULT.event("Deposited");
  private static final AbiEvent EXITED = VAULT.event("Exited");
  private static final AbiEvent SYNCED = VAULT.event("Synced");
  private static final AbiEvent SWEPT = VAULT.event("Swept");
  private static final AbiEvent OFFER = VAULT.event("OwnershipTransferStarted");

  /** States of the past that holds may be claimed for. */
  private static final int MOST_PAST = 4_096;

  private final Address vault;
  private final Amounts amounts;
  private final Tally tally;
  private final Kept.Growing<PolicyChange> policies;
  private final Kept.Growing<Happening> happenings;
  private final Map<Bytes32, Long> inForceAt;
  private final Deque<Was> past;
  private Schedule schedule;
  private @Nullable VaultLedger ledger;
  private @Nullable Used used;
  private long usedNonce;
  private long executed;
  private long executedBefore;

  /** Since when the books are not known, and why. */
  private String broken;

  /** Movements of which it is not known yet whether an execution follows. */
  private final List<Lent> lent = new ArrayList<>();

  /** What accounts remembered before there was a policy, which comes after it. */
  private final List<UnaryOperator<VaultLedger>> early = new ArrayList<>();

  private record Lent(LogEntry entry, long time, Moved moved) {}

  /** What the vault was from a time on. */
  record Was(long since, VaultLedger ledger) {}

  /** All of it, for a file. */
  record State(
      Kept<PolicyChange> policies,
      Kept<Happening> happenings,
      Map<Bytes32, Long> inForceAt,
      List<Was> past,
      Schedule.State schedule,
      long executed,
      long executedBefore,
      String broken) {

    static final State EMPTY =
        new State(Kept.none(), Kept.none(), Map.of(), List.of(), Schedule.State.begin(0), 0, 0, "");
  }

  Chronicle(Address vault, Amounts amounts, Tally tally, State state) {
    this.vault = vault;
    this.amounts = amounts;
    this.tally = tally;
    policies = new Kept.Growing<>(state.policies);
    happenings = new Kept.Growing<>(state.happenings);
    inForceAt = new HashMap<>(state.inForceAt);
    past = new ArrayDeque<>(state.past);
    schedule = new Schedule(state.schedule);
    ledger = past.isEmpty() ? null : past.getLast().ledger;
    usedNonce = -1;
    executed = state.executed;
    executedBefore = state.executedBefore;
    broken = state.broken;
  }

  /** Between two transactions; of what was long ago no more than {@code most} states. */
  State state(int most) {
    return new State(
        policies.kept(),
        happenings.kept(),
        inForceAt,
        past.stream().skip(Math.max(0, past.size() - most)).toList(),
        schedule.state(),
        executed,
        executedBefore,
        broken);
  }

  static boolean is(AbiEvent event, LogEntry entry) {
    return !entry.topics().isEmpty() && entry.topics().getFirst().equals(event.topic());
  }

  static AbiValues values(AbiEvent event, LogEntry entry) {
    return event
        .decode(entry)
        .orElseThrow(() -> new IllegalArgumentException("An event of the vault is malformed"));
  }

  // ---- what it remembers ----

  /** What the vault remembers now; empty before its first policy. */
  Optional<VaultLedger> ledger() {
    return Optional.ofNullable(ledger);
  }

  private VaultLedger known() {
    return Objects.requireNonNull(ledger);
  }

  private void becomes(VaultLedger next, long time) {
    ledger = next;
    past.addLast(new Was(time, next));
    if (past.size() > MOST_PAST) {
      past.removeFirst();
    }
  }

  /** What the vault was at a moment and became until another, in order; empty if forgotten. */
  List<VaultLedger> between(long moment, long until) {
    List<Was> all = List.copyOf(past);
    int first = -1;
    while (first + 1 < all.size() && all.get(first + 1).since <= moment) {
      first++;
    }
    return first < 0
        ? List.of()
        : all.subList(first, all.size()).stream()
            .filter(was -> was.since <= until)
            .map(Was::ledger)
            .toList();
  }

  Schedule schedule() {
    return schedule;
  }

  /** Why the books are not known; empty if they are. */
  String broken() {
    return broken;
  }

  Kept<PolicyChange> policies() {
    return policies.kept();
  }

  Kept<Happening> happenings() {
    return happenings.kept();
  }

  // ---- what its accounts with lending markets did ----

  /** An event of an account. */
  void lent(Lenders.Account account, LogEntry entry, long time, Flows flow) {
    try {
      if (is(Lenders.MOVED, entry)) {
        Moved moved = Lenders.moved(account, entry);
        flow.add(moved.place().token(), moved.change());
        if (!lent.isEmpty() && !ofSame(lent.getLast().entry, entry)) {
          settleLoans();
        }
        lent.add(new Lent(entry, time, moved));
      } else if (is(Lenders.SYNCED, entry)) {
        settleLoans();
        AbiValues told = Lenders.values(Lenders.SYNCED, entry);
        becomes(
            known()
                .told(
                    account.place(told.address("token")),
                    told.integer("supplied"),
                    told.integer("owed"),
                    time),
            time);
      } else if (is(Lenders.REMEMBERED, entry)) {
        LoanBooks.Place place =
            account.place(Lenders.values(Lenders.REMEMBERED, entry).address("token"));
        LoanBooks.Checkpoint taken = Lenders.remembered(entry, time);
        if (ledger == null) {
          early.add(created -> created.told(place, taken));
        } else {
          becomes(known().told(place, taken), time);
        }
      }
    } catch (IllegalArgumentException | ArithmeticException e) {
      astray(entry, String.valueOf(e.getMessage()));
    }
  }

  private static boolean ofSame(LogEntry one, LogEntry other) {
    return one.transactionHash().equals(other.transactionHash());
  }

  /** No execution tells of what was moved: the owner had it undone. */
  void settleLoans() {
    for (Lent one : lent) {
      Address token = one.moved.place().token();
      try {
        becomes(known().told(one.moved, one.time), one.time);
        happening(
            one.entry,
            one.time,
            "%s %s"
                .formatted(
                    one.moved.loan() == Loan.REPAY ? "repaid" : "took back",
                    amounts.amount(token, one.moved.amount())));
        if (one.moved.loan() != Loan.REPAY && one.moved.loan() != Loan.WITHDRAW) {
          astray(one.entry, "a loan was taken or given without a decision");
        }
      } catch (IllegalArgumentException | ArithmeticException e) {
        astray(one.entry, String.valueOf(e.getMessage()));
      }
    }
    lent.clear();
  }

  /** The movements of the execution that an event tells of. */
  List<Moved> takeLoans(LogEntry execution) {
    if (lent.isEmpty() || !ofSame(lent.getLast().entry, execution)) {
      settleLoans();
      return List.of();
    }
    List<Moved> own = lent.stream().map(Lent::moved).toList();
    lent.clear();
    return own;
  }

  // ---- what the owner did ----

  /** An event that is no execution and no claim. */
  void happened(LogEntry entry, long time, Flows flow) {
    if (ledger == null && !is(POLICY, entry)) {
      requireCreation(entry);
      return;
    }
    if (!is(LIMITS, entry)) {
      settleLoans();
    }
    try {
      if (is(POLICY, entry)) {
        policy(entry, time);
      } else if (is(LIMITS, entry)) {
        AbiValues told = values(LIMITS, entry);
        usedNonce = told.int64("nonce");
        used =
            new Used(told.integer("turnover"), told.integer("dayLoss"), told.integer("monthLoss"));
      } else if (is(DEPOSITED, entry)) {
        deposited(entry, time, flow);
      } else if (is(EXITED, entry)) {
        exited(entry, time, flow);
      } else if (is(SYNCED, entry)) {
        synced(entry, time);
      } else if (is(SWEPT, entry)) {
        AbiValues told = values(SWEPT, entry);
        Address token = told.address("token");
        if (!token.equals(Address.ZERO)) {
          flow.add(token, told.integer("amount").negate());
        }
        happening(entry, time, "swept what was in no book, of " + token);
      } else if (is(PAUSE, entry)) {
        paused(entry, time);
      } else if (is(OWNER, entry)) {
        happening(entry, time, "was handed to " + values(OWNER, entry).address("newOwner"));
      } else if (!is(OFFER, entry)) {
        tally.find(
            Finding.unchecked(
                entry.blockNumber(),
                "The vault wrote an event that this release does not know, in transaction %s"
                    .formatted(entry.transactionHash())));
      }
    } catch (IllegalArgumentException | ArithmeticException e) {
      astray(entry, String.valueOf(e.getMessage()));
    }
  }

  /** Before a policy there is nothing but the vault's creation. */
  void requireCreation(LogEntry entry) {
    boolean creation =
        is(OWNER, entry) && values(OWNER, entry).address("previousOwner").equals(Address.ZERO);
    if (!creation) {
      throw new IllegalArgumentException(
          "The vault %s was there before block %s, the first that was read with an event of it: begin at its creation or before it, or use a node that leaves out nothing"
              .formatted(vault, entry.blockNumber()));
    }
  }

  private void deposited(LogEntry entry, long time, Flows flow) {
    AbiValues told = values(DEPOSITED, entry);
    Address token = told.address("token");
    BigInteger amount = told.integer("amount");
    flow.add(token, amount);
    becomes(known().deposited(token, amount, time), time);
    happening(entry, time, "deposited " + amounts.amount(token, amount));
  }

  private void exited(LogEntry entry, long time, Flows flow) {
    AbiValues told = values(EXITED, entry);
    Address token = told.address("token");
    BigInteger amount = told.integer("amount");
    flow.add(token, amount.negate());
    becomes(known().exited(token, amount, time), time);
    happening(
        entry,
        time,
        "took out %s, to %s".formatted(amounts.amount(token, amount), told.address("to")));
  }

  private void synced(LogEntry entry, long time) {
    AbiValues told = values(SYNCED, entry);
    Address token = told.address("token");
    BigInteger booked = told.integer("booked");
    if (!known().book(token).amount().equals(booked)) {
      astray(entry, "the books of %s were lowered from another amount".formatted(token));
    }
    becomes(known().synced(token, told.integer("held"), time), time);
    happening(
        entry,
        time,
        "lowered the books from %s to %s"
            .formatted(amounts.amount(token, booked), amounts.amount(token, told.integer("held"))));
  }

  private void paused(LogEntry entry, long time) {
    AbiValues told = values(PAUSE, entry);
    boolean on = told.bool("paused");
    becomes(known().withPause(on), time);
    schedule.pause(on);
    if (known().nonce() != told.int64("nonce")) {
      astray(
          entry,
          "the vault was at the nonce %s when it was paused or resumed, and its events lead to %s"
              .formatted(told.int64("nonce"), known().nonce()));
    }
    happening(entry, time, on ? "paused" : "resumed");
  }

  private void policy(LogEntry entry, long time) {
    AbiValues told = values(POLICY, entry);
    Bytes blob = told.bytes("policy");
    Bytes32 hash = told.word("policyHash");
    Policy next = Policy.decode(blob.toArray());
    if (!blob.keccak().equals(hash)) {
      tally.find(
          Finding.wrong(
              entry.blockNumber(), "The node tells another policy than the hash in its event"));
    }
    VaultLedger before = ledger;
    if (before == null) {
      schedule = new Schedule(Schedule.State.begin(time));
    }
    VaultLedger after =
        before == null ? VaultLedger.created(next, time) : before.withPolicy(next, time);
    for (UnaryOperator<VaultLedger> known : early) {
      after = known.apply(after);
    }
    early.clear();
    becomes(after, time);
    schedule.policy(next.limits().numbers().step(), time);
    Long earlier = inForceAt.put(hash, entry.blockNumber());
    if (earlier != null) {
      tally.find(
          Finding.noted(
              entry.blockNumber(),
              "The policy of block %s is in force again: another was between, under which %s decisions were executed"
                  .formatted(earlier, executed - executedBefore)));
    }
    executedBefore = executed;
    policies.add(
        new PolicyChange(
            entry.blockNumber(),
            time,
            entry.transactionHash(),
            hash,
            next.model().digest(),
            before == null ? List.of() : PolicyWords.changes(before.policy(), next, amounts),
            earlier == null ? OptionalLong.empty() : OptionalLong.of(earlier)));
  }

  /** Something that people did. */
  void happening(LogEntry entry, long time, String words) {
    happenings.add(new Happening(entry.blockNumber(), time, entry.transactionHash(), words));
  }

  /** The events do not add up: what follows from the books is not known from here on. */
  void astray(LogEntry entry, String words) {
    broken = "the vault's events do not add up since block %s".formatted(entry.blockNumber());
    tally.find(
        Finding.wrong(
            entry.blockNumber(),
            "The vault's events do not add up: %s; the node leaves out or changes logs"
                .formatted(words)));
  }

  // ---- executions ----

  /** What the execution of a nonce, whose event comes next, told of the allowances. */
  Optional<Used> takeUse(long nonce) {
    Optional<Used> told = Optional.ofNullable(used).filter(_ -> usedNonce == nonce);
    used = null;
    return told;
  }

  /** An execution, after all else of it was looked at. */
  void executed(LogEntry entry, Told told, long time, Flows flow) {
    executed++;
    try {
      VaultLedger next = known().told(told, time);
      becomes(next, time);
      for (int i = 0; i < told.deltas().size(); i++) {
        flow.add(next.policy().parts().assets().get(i).token(), told.deltas().get(i));
      }
    } catch (IllegalArgumentException e) {
      astray(entry, String.valueOf(e.getMessage()));
    }
    schedule.decision(told.asOf(), time);
  }
}
