package org.probity.intent.audit;

import java.lang.reflect.RecordComponent;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.probity.chain.AbiEvent;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.ChainClient;
import org.probity.chain.ChainException;
import org.probity.chain.ChainRecord;
import org.probity.chain.ChainRecord.Block;
import org.probity.chain.ChainRecord.Sent;
import org.probity.chain.ChainRecord.Written;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Head;
import org.probity.chain.LogEntry;
import org.probity.chain.Receipt;
import org.probity.ground.Bytes32;
import org.probity.intent.Vault;
import org.probity.intent.VaultState;
import org.probity.intent.audit.AuditResult.Happening;
import org.probity.intent.audit.AuditResult.Point;
import org.probity.intent.audit.AuditResult.PolicyChange;
import org.probity.intent.audit.Features.Contradicted;
import org.probity.intent.audit.Features.Gone;
import org.probity.intent.audit.Features.Program;
import org.probity.intent.audit.Finding.Weight;
import org.probity.intent.audit.Judged.Outcome;
import org.probity.intent.policy.Plan.Reason;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.Refusal;
import org.probity.intent.policy.VaultDecision;
import org.probity.intent.policy.VaultLedger;
import org.probity.intent.policy.VaultLedger.Told;
import org.probity.intent.policy.VaultLedger.Used;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Verdict;

/**
 * An audit of one vault: everything that it ever executed, from its events and call data.
 *
 * <p>What holds it together: nonces follow one another, so no execution is left out; a proof is
 * bound to features, outputs, nonce, moment and the policy's hash, so that none of them was
 * another; features follow from pools' logs, block times and the vault's books, so that a log or a
 * time that a node leaves out or changes makes a proof fail; and what all events add up to must be
 * the vault's state at the end.
 */
public final class Audit {

  private static final ContractArtifact VAULT = ContractArtifact.load("Vault");
  private static final AbiEvent EXECUTED = VAULT.event("DecisionExecuted");
  private static final AbiEvent LIMITS = VAULT.event("LimitsUsed");
  private static final AbiEvent DEPOSITED = VAULT.event("Deposited");
  private static final AbiEvent EXITED = VAULT.event("Exited");
  private static final AbiEvent SYNCED = VAULT.event("Synced");
  private static final AbiEvent SWEPT = VAULT.event("Swept");
  private static final AbiEvent PAUSE = VAULT.event("PauseChanged");
  private static final AbiEvent POLICY = VAULT.event("PolicyChanged");
  private static final AbiEvent OWNER = VAULT.event("OwnershipTransferred");
  private static final AbiEvent OFFER = VAULT.event("OwnershipTransferStarted");

  /** Events that are looked at together. */
  private static final int GROUP = 256;

  /** Blocks of pools' logs that are read ahead of one decision, for the next ones. */
  private static final int AHEAD = 4_096;

  private static final int MOST_POINTS = 4_096;
  private static final int CATCHING_UP = 3;
  private static final double BPS = 10_000;

  /**
   * What is asked.
   *
   * @param from the first block that is read: the vault's creation, or any before it
   * @param archive whether the node has kept old states, and is asked for features on them too
   * @param second another node, whose logs and headers must be the same
   */
  public record Options(long from, boolean archive, Optional<ChainClient> second) {}

  private final ChainClient chain;
  private final Vault vault;
  private final Options options;
  private final LongSupplier nanoTime;
  private final AuditListener listener;
  private final Reading reading;
  private final Features features;
  private final Amounts amounts;
  private final Schedule schedule = new Schedule();
  private final Optional<ProofVerifier> verifier;

  private final Kept.Growing<Finding> findings = new Kept.Growing<>();
  private final Kept.Growing<Judged> doubtful = new Kept.Growing<>();
  private final Kept.Growing<PolicyChange> policies = new Kept.Growing<>();
  private final Kept.Growing<Happening> happenings = new Kept.Growing<>();
  private final Map<Bytes32, Long> inForceAt = new HashMap<>();
  private final Map<Bytes32, Program> programs = new HashMap<>();
  private final Map<Bytes32, Optional<byte[]>> keys = new HashMap<>();
  private final List<Point> points = new ArrayList<>();
  private int thinning = 1;
  private Weight worst = Weight.NOTED;

  private @Nullable VaultLedger ledger;
  private @Nullable Used used;
  private long usedNonce = -1;

  /** Since when the books are not known, and why. */
  private String broken = "";

  private long proven;
  private long unchecked;
  private long wrong;
  private long trades;
  private long archived;
  private long featureNanos;
  private long proofNanos;

  private Audit(
      ChainClient chain,
      Address vault,
      Options options,
      LongSupplier nanoTime,
      AuditListener listener) {
    this.chain = chain;
    this.vault = Vault.at(chain, vault);
    this.options = options;
    this.nanoTime = nanoTime;
    this.listener = listener;
    this.reading =
        new Reading(
            new ChainRecord(chain), options.second.map(ChainRecord::new), this::find, nanoTime);
    this.features = new Features(chain, vault, reading);
    this.amounts = new Amounts(chain);
    this.verifier = Genuine.verifier(chain, this.vault);
  }

  /**
   * Audits the vault at {@code vault} up to the chain's newest block.
   *
   * @param nanoTime the clock by which the pace is told
   * @throws ChainException if the node does not answer
   * @throws IllegalArgumentException if there is no vault, or it is older than the first block
   */
  public static AuditResult run(
      ChainClient chain,
      Address vault,
      Options options,
      LongSupplier nanoTime,
      AuditListener listener) {
    return new Audit(chain, vault, options, nanoTime, listener).run();
  }

  private void find(Finding finding) {
    findings.add(finding);
    worst = finding.weight().compareTo(worst) > 0 ? finding.weight() : worst;
  }

  // ---- from block to block ----

  private AuditResult run() {
    Head head = chain.head();
    if (options.from > head.number()) {
      throw new IllegalArgumentException(
          "The chain's newest block is %s, before the first to read, %s: name an earlier one"
              .formatted(head.number(), options.from));
    }
    reading.beginAt(head.number());
    Genuine.look(chain, vault, head.number(), this::find);
    Reading.Stream events = reading.stream(vault.address(), List.of());
    long next = options.from;
    for (int turn = 0; turn < CATCHING_UP && next <= head.number(); turn++) {
      while (next <= head.number()) {
        Reading.Stretch stretch = events.next(next, head.number());
        inGroups(stretch.written());
        next = stretch.last() + 1;
        listener.reached(stretch.last(), head.number(), proven + unchecked + wrong);
      }
      Head newest = chain.head();
      head = newest.number() > head.number() ? newest : head;
    }
    Head last = ofChain(next - 1);
    VaultLedger end = ledger;
    if (end == null) {
      throw new IllegalArgumentException(
          "The node tells no event of the vault %s from block %s on: begin at its creation or before it, or use another node"
              .formatted(vault.address(), options.from));
    }
    schedule.end(last.timestamp(), end.policy().limits().numbers().maxAge());
    compare(end, last);
    return result(last);
  }

  private Head ofChain(long height) {
    Block block = Objects.requireNonNull(reading.blocks(List.of(height)).get(height));
    Optional<Head> now = chain.head(BlockTag.at(height));
    if (now.filter(head -> head.hash().equals(block.head().hash())).isEmpty()) {
      find(
          Finding.unchecked(
              height, "The chain went another way while it was read: run the audit again"));
    }
    return block.head();
  }

  private void inGroups(List<Written> events) {
    int from = 0;
    for (int to = 1; to <= events.size(); to++) {
      boolean boundary = to == events.size() || block(events.get(to)) != block(events.get(to - 1));
      if (boundary && (to == events.size() || to - from >= GROUP)) {
        group(events.subList(from, to));
        from = to;
      }
    }
  }

  private static long block(Written event) {
    return event.entry().blockNumber();
  }

  /** Whole blocks of events. */
  private void group(List<Written> events) {
    Set<Long> heights = new TreeSet<>();
    Set<Bytes32> transactions = new LinkedHashSet<>();
    Set<Bytes32> executing = new LinkedHashSet<>();
    for (Written event : events) {
      heights.add(block(event));
      transactions.add(event.entry().transactionHash());
      if (is(EXECUTED, event.entry())) {
        executing.add(event.entry().transactionHash());
      }
    }
    Map<Long, Block> blocks = reading.blocks(heights);
    Map<Bytes32, Sent> sent = reading.transactions(executing);
    Map<Bytes32, Receipt> receipts = reading.receipts(transactions);
    Map<Bytes32, Flows> flows = new LinkedHashMap<>();
    List<Pending> pending = new ArrayList<>();
    long ahead = block(events.getLast());
    for (Written event : events) {
      long time = reading.time(event, blocks);
      Flows flow = flows.computeIfAbsent(event.entry().transactionHash(), _ -> new Flows());
      if (is(EXECUTED, event.entry())) {
        pending.add(executed(event.entry(), time, sent, flow, ahead));
      } else {
        happened(event.entry(), time, flow);
      }
    }
    verify(pending);
    Map<Bytes32, List<Finding>> ofTransactions = new HashMap<>();
    flows.forEach((transaction, flow) ->
        ofTransactions.put(
            transaction, ofReceipt(transaction, flow, receipts.get(transaction), events)));
    Set<Bytes32> told = new LinkedHashSet<>();
    for (Pending one : pending) {
      List<Finding> more = ofTransactions.getOrDefault(one.entry.transactionHash(), List.of());
      more.stream().filter(finding -> finding.weight() != Weight.NOTED).forEach(one.doubts::add);
      told.add(one.entry.transactionHash());
      judge(one);
    }
    ofTransactions.forEach((transaction, more) ->
        more.stream()
            .filter(finding -> finding.weight() == Weight.NOTED || !told.contains(transaction))
            .forEach(this::find));
  }

  /** The receipt must hold the same events, and the tokens' own logs what the vault booked. */
  private List<Finding> ofReceipt(
      Bytes32 transaction, Flows flow, @Nullable Receipt receipt, List<Written> events) {
    List<LogEntry> own =
        events.stream()
            .map(Written::entry)
            .filter(entry -> entry.transactionHash().equals(transaction))
            .toList();
    long block = own.getFirst().blockNumber();
    if (receipt == null) {
      return List.of(
          Finding.unchecked(
              block, "The node has no receipt of transaction %s".formatted(transaction)));
    }
    List<LogEntry> same =
        receipt.logs().stream().filter(entry -> entry.address().equals(vault.address())).toList();
    List<Finding> found = new ArrayList<>();
    if (!receipt.succeeded() || !same.equals(own)) {
      found.add(
          Finding.wrong(
              block,
              "The node tells %s events of the vault in transaction %s, and its receipt has %s others or other ones: it leaves out or invents logs"
                  .formatted(own.size(), transaction, same.size())));
    }
    found.addAll(flow.against(receipt, vault.address(), amounts));
    return found;
  }

  private static boolean is(AbiEvent event, LogEntry entry) {
    return !entry.topics().isEmpty() && entry.topics().getFirst().equals(event.topic());
  }

  // ---- what the owner did ----

  private void happened(LogEntry entry, long time, Flows flow) {
    if (ledger == null && !is(POLICY, entry)) {
      beforeThePolicy(entry);
      return;
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
        AbiValues told = values(DEPOSITED, entry);
        Address token = told.address("token");
        BigInteger amount = told.integer("amount");
        flow.add(token, amount);
        ledger = ledger().deposited(token, amount, time);
        happening(entry, time, "deposited " + amounts.words(token, amount));
      } else if (is(EXITED, entry)) {
        AbiValues told = values(EXITED, entry);
        Address token = told.address("token");
        BigInteger amount = told.integer("amount");
        flow.add(token, amount.negate());
        ledger = ledger().exited(token, amount, time);
        happening(
            entry,
            time,
            "took out %s, to %s".formatted(amounts.words(token, amount), told.address("to")));
      } else if (is(SYNCED, entry)) {
        AbiValues told = values(SYNCED, entry);
        Address token = told.address("token");
        BigInteger booked = told.integer("booked");
        if (!ledger().book(token).amount().equals(booked)) {
          astray(entry, "the books of %s were lowered from another amount".formatted(token));
        }
        ledger = ledger().synced(token, told.integer("held"), time);
        happening(
            entry,
            time,
            "lowered the books from %s to %s"
                .formatted(
                    amounts.words(token, booked), amounts.words(token, told.integer("held"))));
      } else if (is(SWEPT, entry)) {
        AbiValues told = values(SWEPT, entry);
        Address token = told.address("token");
        if (!token.equals(Address.ZERO)) {
          flow.add(token, told.integer("amount").negate());
        }
        happening(entry, time, "swept what was in no book, of " + token);
      } else if (is(PAUSE, entry)) {
        AbiValues told = values(PAUSE, entry);
        boolean on = told.bool("paused");
        ledger = ledger().withPause(on);
        schedule.pause(on);
        if (ledger().nonce() != told.int64("nonce")) {
          astray(
              entry,
              "the vault was at the nonce %s when it was paused or resumed, and its events lead to %s"
                  .formatted(told.int64("nonce"), ledger().nonce()));
        }
        happening(entry, time, on ? "paused" : "resumed");
      } else if (is(OWNER, entry)) {
        happening(entry, time, "was handed to " + values(OWNER, entry).address("newOwner"));
      } else if (!is(OFFER, entry)) {
        find(
            Finding.unchecked(
                entry.blockNumber(),
                "The vault wrote an event that this release does not know, in transaction %s"
                    .formatted(entry.transactionHash())));
      }
    } catch (IllegalArgumentException | ArithmeticException e) {
      astray(entry, String.valueOf(e.getMessage()));
    }
  }

  private void beforeThePolicy(LogEntry entry) {
    boolean creation =
        is(OWNER, entry) && values(OWNER, entry).address("previousOwner").equals(Address.ZERO);
    if (!creation) {
      throw new IllegalArgumentException(
          "The vault %s was there before block %s, the first that was read with an event of it: begin at its creation or before it, or use a node that leaves out nothing"
              .formatted(vault.address(), entry.blockNumber()));
    }
  }

  private void policy(LogEntry entry, long time) {
    AbiValues told = values(POLICY, entry);
    Bytes blob = told.bytes("policy");
    Bytes32 hash = told.word("policyHash");
    Policy next = Policy.decode(blob.toArray());
    if (!blob.keccak().equals(hash)) {
      find(
          Finding.wrong(
              entry.blockNumber(), "The node tells another policy than the hash in its event"));
    }
    VaultLedger before = ledger;
    ledger = before == null ? VaultLedger.created(next, time) : before.withPolicy(next, time);
    schedule.policy(next.limits().numbers().step(), time);
    Long earlier = inForceAt.put(hash, entry.blockNumber());
    policies.add(
        new PolicyChange(
            entry.blockNumber(),
            time,
            entry.transactionHash(),
            hash,
            next.model().digest(),
            before == null ? List.of() : PolicyText.changes(before.policy(), next, amounts),
            earlier == null ? OptionalLong.empty() : OptionalLong.of(earlier)));
  }

  private void happening(LogEntry entry, long time, String words) {
    happenings.add(new Happening(entry.blockNumber(), time, entry.transactionHash(), words));
  }

  /** The events do not add up: what follows from the books is not known from here on. */
  private void astray(LogEntry entry, String words) {
    broken = "the vault's events do not add up since block %s".formatted(entry.blockNumber());
    find(
        Finding.wrong(
            entry.blockNumber(),
            "The vault's events do not add up: %s; the node leaves out or changes logs"
                .formatted(words)));
  }

  private static AbiValues values(AbiEvent event, LogEntry entry) {
    return event
        .decode(entry)
        .orElseThrow(() -> new IllegalArgumentException("An event of the vault is malformed"));
  }

  private VaultLedger ledger() {
    return Objects.requireNonNull(ledger);
  }

  // ---- executions ----

  /** One call that may be the one that was executed, and what is known of it before its proof. */
  @SuppressWarnings("ArrayRecordComponent") // internal, never compared
  private record Attempt(
      ExecuteCall call,
      BigInteger @Nullable [] features,
      Optional<Finding> without,
      Optional<Refusal> objection) {}

  /** An execution on its way to a verdict. */
  private static final class Pending {
    final LogEntry entry;
    final long time;
    final AbiValues told;
    final Bytes32 policy;
    final Optional<byte[]> key;
    final boolean direct;
    final Function<ExecuteCall, Attempt> attempting;
    final List<Attempt> attempts = new ArrayList<>();
    final List<Verdict> verdicts = new ArrayList<>();
    final List<Finding> doubts = new ArrayList<>();
    double turnoverBps;
    double dayLossBps;

    Pending(
        LogEntry entry,
        long time,
        AbiValues told,
        Bytes32 policy,
        Optional<byte[]> key,
        boolean direct,
        Function<ExecuteCall, Attempt> attempting) {
      this.entry = entry;
      this.time = time;
      this.told = told;
      this.policy = policy;
      this.key = key;
      this.direct = direct;
      this.attempting = attempting;
    }

    long block() {
      return entry.blockNumber();
    }

    boolean matches(ExecuteCall call) {
      VaultDecision decision = call.decision();
      return decision.nonce() == told.int64("nonce")
          && decision.model().equals(told.word("model"))
          && decision.asOf() == told.int64("asOf")
          && decision.outputs().equals(told.integers("outputs"));
    }
  }

  private Pending executed(
      LogEntry entry, long time, Map<Bytes32, Sent> sent, Flows flow, long groupEnd) {
    VaultLedger before = ledger;
    if (before == null) {
      beforeThePolicy(entry);
      throw new IllegalStateException("no execution comes before a policy");
    }
    AbiValues told = values(EXECUTED, entry);
    long nonce = told.int64("nonce");
    long asOf = told.int64("asOf");
    boolean follows = nonce == before.nonce();
    if (!follows) {
      astray(
          entry,
          nonce > before.nonce()
              ? "after the nonce %s comes %s, and nothing tells of those between"
                  .formatted(before.nonce() - 1, nonce)
              : "the nonce %s comes again after %s".formatted(nonce, before.nonce() - 1));
    }
    boolean traded = told.int32("reason") == Reason.NONE.ordinal();
    Optional<Used> itsUse = Optional.ofNullable(used).filter(_ -> traded && usedNonce == nonce);
    used = null;

    long started = nanoTime.getAsLong();
    long read = reading.nanos();
    Program program =
        programs.computeIfAbsent(before.policyHash(), _ -> features.program(before.policy()));
    List<Integer> toldRefs = told.integers("refs").stream().map(BigInteger::intValueExact).toList();
    List<Finding> doubts = new ArrayList<>();
    List<Integer> refs = references(program, entry, asOf, toldRefs, groupEnd, doubts);
    Function<List<Bytes>, BigInteger[]> prepared = features.prepared(program, before, asOf, refs);
    Sent transaction = sent.get(entry.transactionHash());
    boolean direct = transaction != null && vault.address().equals(transaction.call().to());
    var pending =
        new Pending(
            entry,
            time,
            told,
            before.policyHash(),
            key(before.policy()),
            direct,
            call -> attempt(call, before, entry, time, told, refs, prepared, follows, traded));
    pending.doubts.addAll(doubts);
    candidates(pending, transaction).stream()
        .map(pending.attempting)
        .forEach(pending.attempts::add);
    featureNanos += nanoTime.getAsLong() - started - (reading.nanos() - read);

    after(pending, before, asOf, toldRefs, itsUse, traded, flow);
    return pending;
  }

  private List<Integer> references(
      Program program,
      LogEntry entry,
      long asOf,
      List<Integer> told,
      long groupEnd,
      List<Finding> doubts) {
    long block = entry.blockNumber();
    try {
      features.cover(program, Math.max(block, Math.min(groupEnd, block + AHEAD)), asOf);
      List<Integer> refs = features.references(program.policy(), asOf);
      if (!refs.equals(told)) {
        doubts.add(
            Finding.wrong(
                block,
                "its reference ticks are %s, and the pools' logs give %s".formatted(told, refs)));
      }
      return refs;
    } catch (IllegalArgumentException | ArithmeticException e) {
      doubts.add(Finding.unchecked(block, "its reference prices are not known: " + e.getMessage()));
      return told;
    }
  }

  private List<ExecuteCall> candidates(Pending pending, @Nullable Sent transaction) {
    if (transaction == null) {
      pending.doubts.add(
          Finding.unchecked(
              pending.block(),
              "the node has not got its transaction %s"
                  .formatted(pending.entry.transactionHash())));
      return List.of();
    }
    if (pending.direct) {
      Optional<ExecuteCall> call =
          ExecuteCall.of(transaction.call().data()).filter(pending::matches);
      if (call.isEmpty()) {
        pending.doubts.add(
            Finding.wrong(
                pending.block(), "its call data says something else than the vault's event"));
      }
      if (!transaction.from().equals(pending.told.address("executor"))) {
        pending.doubts.add(
            Finding.wrong(pending.block(), "somebody else sent it than executed it"));
      }
      return call.stream().toList();
    }
    List<ExecuteCall> found =
        ExecuteCall.within(transaction.call().data()).stream().filter(pending::matches).toList();
    return found.isEmpty() ? traced(pending) : found;
  }

  private List<ExecuteCall> traced(Pending pending) {
    return reading.callsInside(pending.entry.transactionHash(), vault.address()).stream()
        .flatMap(inner -> ExecuteCall.of(inner.data()).stream())
        .filter(pending::matches)
        .toList();
  }

  private Attempt attempt(
      ExecuteCall call,
      VaultLedger before,
      LogEntry entry,
      long time,
      AbiValues told,
      List<Integer> refs,
      Function<List<Bytes>, BigInteger[]> prepared,
      boolean follows,
      boolean traded) {
    Optional<Refusal> objection =
        follows
            ? before.objection(call.decision(), told.address("executor"), time, traded)
            : Optional.empty();
    long block = entry.blockNumber();
    BigInteger[] made = null;
    Optional<Finding> without = Optional.empty();
    try {
      made = prepared.apply(call.sourceHints());
    } catch (Gone e) {
      without = Optional.of(Finding.unchecked(block, String.valueOf(e.getMessage())));
    } catch (Contradicted e) {
      without = Optional.of(Finding.wrong(block, String.valueOf(e.getMessage())));
    }
    if (options.archive) {
      try {
        BigInteger[] kept =
            features.archived(block, call.decision().asOf(), refs, call.sourceHints());
        archived++;
        if (made == null) {
          made = kept;
        } else if (!List.of(made).equals(List.of(kept))) {
          without =
              Optional.of(
                  Finding.wrong(
                      block,
                      "the logs give the features %s, and the archive %s"
                          .formatted(List.of(made), List.of(kept))));
        }
      } catch (Gone e) {
        if (made == null) {
          without = Optional.of(Finding.unchecked(block, String.valueOf(e.getMessage())));
        }
      }
    }
    return new Attempt(call, made, without, objection);
  }

  /** The vault after the execution. */
  private void after(
      Pending pending,
      VaultLedger before,
      long asOf,
      List<Integer> refs,
      Optional<Used> itsUse,
      boolean traded,
      Flows flow) {
    long time = pending.time;
    List<BigInteger> deltas = pending.told.integers("deltas");
    if (traded != itsUse.isPresent()) {
      astray(pending.entry, "a trade tells nothing of the allowances that it used");
    }
    itsUse.ifPresent(use -> {
      trades++;
      if (broken.isEmpty()) {
        Limits.strays(before, use, time)
            .forEach(stray -> pending.doubts.add(Finding.wrong(pending.block(), stray)));
      }
    });
    try {
      var event = new Told(pending.told.int64("nonce"), asOf, deltas, refs, itsUse);
      VaultLedger next = before.told(event, time);
      ledger = next;
      for (int i = 0; i < deltas.size(); i++) {
        flow.add(next.policy().parts().assets().get(i).token(), deltas.get(i));
      }
      Policy.Numbers limits = next.policy().limits().numbers();
      pending.turnoverBps = BPS * part(next.turnoverUsed(time), limits.turnover());
      pending.dayLossBps = BPS * part(next.losses(time).day(), limits.dayLoss());
    } catch (IllegalArgumentException e) {
      astray(pending.entry, String.valueOf(e.getMessage()));
    }
    schedule.decision(asOf, time);
  }

  private static double part(BigInteger use, BigInteger capacity) {
    return capacity.signum() == 0 ? 0 : use.doubleValue() / capacity.doubleValue();
  }

  /** The key of a policy's model; empty if what lies there is another, or nothing. */
  private Optional<byte[]> key(Policy policy) {
    return keys.computeIfAbsent(
        policy.model().digest(),
        digest -> {
          Bytes code = reading.timed(() -> chain.code(policy.model().code()));
          Bytes key = code.isEmpty() ? Bytes.EMPTY : code.slice(1, code.length());
          return key.keccak().equals(digest) ? Optional.of(key.toArray()) : Optional.empty();
        });
  }

  // ---- verdicts ----

  private void verify(List<Pending> pending) {
    long started = nanoTime.getAsLong();
    pending.parallelStream().forEach(this::verify);
    proofNanos += nanoTime.getAsLong() - started;
    for (Pending one : pending) {
      boolean holds = one.verdicts.contains(Verdict.ACCEPTED);
      // A call in another contract's input may be there for show.
      if (!holds && !one.direct && !one.attempts.isEmpty()) {
        List<ExecuteCall> calls = traced(one);
        if (!calls.isEmpty()) {
          one.attempts.clear();
          calls.stream().map(one.attempting).forEach(one.attempts::add);
          verify(one);
        }
      }
    }
  }

  private void verify(Pending one) {
    one.verdicts.clear();
    for (Attempt attempt : one.attempts) {
      BigInteger[] x = attempt.features;
      if (x == null || verifier.isEmpty() || one.key.isEmpty()) {
        one.verdicts.add(Verdict.MALFORMED_FEATURES);
        continue;
      }
      VaultDecision decision = attempt.call.decision();
      one.verdicts.add(
          verifier
              .get()
              .verify(
                  one.key.get(),
                  x,
                  decision.outputs().toArray(BigInteger[]::new),
                  decision.context(chain.chainId(), vault.address(), one.policy),
                  attempt.call.proof().toArray()));
    }
  }

  private void judge(Pending one) {
    int holds = one.verdicts.indexOf(Verdict.ACCEPTED);
    long block = one.block();
    if (holds >= 0) {
      Attempt attempt = one.attempts.get(holds);
      attempt.without.ifPresent(one.doubts::add);
      attempt.objection.ifPresent(refusal ->
          one.doubts.add(
              Finding.wrong(block, "the vault would have refused it: %s".formatted(refusal))));
    } else if (one.attempts.isEmpty()) {
      if (one.doubts.isEmpty()) {
        one.doubts.add(
            Finding.unchecked(
                block,
                "its call is inside another contract's transaction %s, and the node does not trace it"
                    .formatted(one.entry.transactionHash())));
      }
    } else {
      one.doubts.add(without(one));
    }
    count(one);
  }

  private Finding without(Pending one) {
    long block = one.block();
    Attempt attempt = one.attempts.getFirst();
    if (attempt.features == null) {
      return attempt.without.orElseThrow();
    }
    if (verifier.isEmpty()) {
      return Finding.unchecked(block, "the vault's verifier is none of this release");
    }
    if (one.key.isEmpty()) {
      return Finding.unchecked(block, "the key of its model is not where the policy says");
    }
    String words =
        "its proof does not hold on the features %s that the chain's logs give (%s)"
            .formatted(List.of(attempt.features), one.verdicts.getFirst());
    if (!broken.isEmpty()) {
      return Finding.unchecked(block, "%s, and %s".formatted(words, broken));
    }
    boolean traced = one.direct || !traced(one).isEmpty();
    return traced
        ? Finding.wrong(block, words)
        : Finding.unchecked(block, words + ", and the node does not trace its transaction");
  }

  private void count(Pending one) {
    var judged =
        new Judged(
            one.told.int64("nonce"),
            one.told.int64("asOf"),
            one.block(),
            one.time,
            one.entry.transactionHash(),
            one.told.address("executor"),
            one.told.integers("outputs"),
            Reason.values()[one.told.int32("reason")],
            one.doubts);
    switch (judged.outcome()) {
      case PROVEN -> proven++;
      case UNCHECKED -> unchecked++;
      case WRONG -> wrong++;
    }
    if (judged.outcome() != Outcome.PROVEN) {
      doubtful.add(judged);
    }
    if ((proven + unchecked + wrong) % thinning == 0) {
      points.add(new Point(one.time, judged.lateSeconds(), one.turnoverBps, one.dayLossBps));
    }
    if (points.size() > MOST_POINTS) {
      thinning *= 2;
      List<Point> every = new ArrayList<>();
      for (int i = 1; i < points.size(); i += 2) {
        every.add(points.get(i));
      }
      points.clear();
      points.addAll(every);
    }
    listener.judged(judged);
  }

  // ---- the end ----

  /** What all events add up to is what the vault says of itself. */
  private void compare(VaultLedger end, Head head) {
    VaultState told;
    try {
      told = vault.whole(BlockTag.at(head.number()));
    } catch (ChainException | IllegalArgumentException e) {
      find(
          Finding.unchecked(
              head.number(),
              "What the events add up to could not be held against the vault's state: "
                  + e.getMessage()));
      return;
    }
    VaultState own = VaultState.of(end, head.timestamp());
    for (RecordComponent part : VaultState.class.getRecordComponents()) {
      String name = part.getName();
      if (name.equals("policyAt") || (name.equals("lastRefs") && end.lastTradeAsOf() == 0)) {
        continue;
      }
      try {
        Object is = part.getAccessor().invoke(told);
        Object expected = part.getAccessor().invoke(own);
        if (!Objects.equals(is, expected)) {
          find(
              Finding.wrong(
                  head.number(),
                  "The vault's events add up to the %s %s, and the vault has %s: the node leaves out or changes logs"
                      .formatted(name, expected, is)));
        }
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e); // the record is public
      }
    }
  }

  private AuditResult result(Head last) {
    return new AuditResult(
        chain.chainId(),
        vault.address(),
        options.from,
        last,
        proven,
        0,
        unchecked,
        wrong,
        trades,
        archived,
        worst,
        findings.kept(),
        doubtful.kept(),
        policies.kept(),
        happenings.kept(),
        schedule.skips(),
        schedule.lateness(),
        points,
        new AuditResult.Pace(
            reading.nanos() / 1e9,
            featureNanos / 1e9,
            proofNanos / 1e9,
            reading.requests(),
            reading.logs(),
            reading.blocks()));
  }
}
