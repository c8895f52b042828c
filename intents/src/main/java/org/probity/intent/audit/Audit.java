package org.probity.intent.audit;

import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.ChainClient;
import org.probity.chain.ChainException;
import org.probity.chain.ChainRecord;
import org.probity.chain.ChainRecord.Block;
import org.probity.chain.ChainRecord.Sent;
import org.probity.chain.ChainRecord.Written;
import org.probity.chain.Head;
import org.probity.chain.LogEntry;
import org.probity.chain.Receipt;
import org.probity.ground.Bytes32;
import org.probity.intent.Vault;
import org.probity.intent.VaultState;
import org.probity.intent.audit.Finding.Weight;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.VaultLedger;

/**
 * An audit of one vault: everything that it ever executed, from its events and call data.
 *
 * <p>What holds it together: nonces follow one another, so no execution is left out; a proof is
 * bound to features, outputs, nonce, moment and the policy's hash, so that none of them was
 * another; features follow from pools' and feeds' logs, block times and the vault's books, so that
 * a log or a time that a node leaves out or changes makes a proof fail; what a decision came to
 * follows from the same logs and the policy; and what all events add up to must be the vault's
 * state at the end, and its governor's.
 */
public final class Audit {

  /** Events that are looked at together. */
  private static final int GROUP = 256;

  private static final int CATCHING_UP = 3;

  /** Blocks behind the newest after which what was read is kept in a file: few chains go back. */
  private static final long SETTLED = 64;

  /** Nanoseconds between two savings of what was read so far. */
  private static final long SAVING = 15_000_000_000L;

  /**
   * What is asked.
   *
   * @param from the first block that is read: the vault's creation, or any before it
   * @param archive whether the node has kept old states, and is asked for features on them too
   * @param second another node, whose logs and headers must be the same
   * @param holds the file in which the agent has kept its holds, by which claims are shown
   * @param state a file by which an audit goes on where another ended; made if it is not there
   */
  public record Options(
      long from,
      boolean archive,
      Optional<ChainClient> second,
      Optional<Path> holds,
      Optional<Path> state) {

    /** Without files. */
    public Options(long from, boolean archive, Optional<ChainClient> second) {
      this(from, archive, second, Optional.empty(), Optional.empty());
    }
  }

  private final ChainClient chain;
  private final Vault vault;
  private final Options options;
  private final LongSupplier nanoTime;
  private final AuditListener listener;
  private final Tally tally;
  private final Reading reading;
  private final Amounts amounts;
  private final Chronicle chronicle;
  private final Executions executions;
  private final Claims claims;
  private final Reading.Stream events;

  /** The vault's owners that are governors, with what they tell. */
  private final Map<Address, Governed> governors = new LinkedHashMap<>();

  /** Its accounts with lending markets, and what each tells. */
  private final Lenders lenders;

  private final Map<Address, Reading.Stream> ofAccounts = new LinkedHashMap<>();

  private final List<String> asked;
  private long next;
  private long saved;
  private long featureNanos;
  private long proofNanos;

  private record Governed(Governance governance, Reading.Stream events) {}

  private Audit(
      ChainClient chain,
      Vault vault,
      Options options,
      Optional<HoldsFile> holds,
      AuditState state,
      LongSupplier nanoTime,
      AuditListener listener) {
    this.chain = chain;
    this.vault = vault;
    this.options = options;
    this.nanoTime = nanoTime;
    this.listener = listener;
    this.tally = new Tally(state.tally());
    this.reading =
        new Reading(
            new ChainRecord(chain), options.second.map(ChainRecord::new), tally::find, nanoTime);
    this.amounts = new Amounts(chain);
    this.chronicle = new Chronicle(vault.address(), amounts, tally, state.chronicle());
    this.lenders = new Lenders(chain, vault.address(), reading, state.accounts());
    lenders.accounts().forEach(this::listen);
    Features features = new Features(chain, vault.address(), reading, lenders);
    Proofs proofs = new Proofs(chain, vault, reading);
    this.executions =
        new Executions(
            vault.address(), options.archive, reading, features, proofs, chronicle, tally);
    this.claims =
        new Claims(chain.chainId(), holds, features, executions, proofs, chronicle, tally);
    this.events = reading.stream(vault.address(), List.of());
    state.governors().forEach(this::govern);
    this.asked = state.asked();
    this.next = state.next();
    this.saved = nanoTime.getAsLong();
  }

  /**
   * Audits the vault at {@code vault} up to the chain's newest block.
   *
   * @param nanoTime the clock by which the pace is told
   * @throws ChainException if the node does not answer
   * @throws IllegalArgumentException if there is no vault, it is older than the first block, or a
   *     file is none of this audit's
   */
  public static AuditResult run(
      ChainClient chain,
      Address vault,
      Options options,
      LongSupplier nanoTime,
      AuditListener listener) {
    Vault its = Vault.at(chain, vault);
    AuditState state = AuditState.of(chain, vault, options);
    Optional<HoldsFile> holds = options.holds.map(file -> HoldsFile.open(file, vault));
    try {
      return new Audit(chain, its, options, holds, state, nanoTime, listener).run();
    } finally {
      holds.ifPresent(HoldsFile::close);
    }
  }

  // ---- from block to block ----

  private AuditResult run() {
    Head head = chain.head();
    if (options.from > head.number()) {
      throw new IllegalArgumentException(
          "The chain's newest block is %s, before the first to read, %s: name an earlier one"
              .formatted(head.number(), options.from));
    }
    Optional<Finding> unsealed = reading.beginAt(head.number());
    for (int turn = 0; turn < CATCHING_UP && next <= head.number(); turn++) {
      while (next <= head.number()) {
        long settled = head.number() - SETTLED;
        Reading.Stretch stretch = events.next(next, next <= settled ? settled : head.number());
        inGroups(withOthers(stretch));
        next = stretch.last() + 1;
        listener.reached(stretch.last(), head.number(), tally.decisions());
        if (next - 1 <= settled) {
          save(next - 1 == settled);
        }
      }
      Head newest = chain.head();
      head = newest.number() > head.number() ? newest : head;
    }
    Head last = ofChain(next - 1);
    VaultLedger end =
        chronicle
            .ledger()
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "The node tells no event of the vault %s from block %s on: begin at its creation or before it, or use another node"
                        .formatted(vault.address(), options.from)));
    unsealed.ifPresent(tally::find);
    Genuine.look(chain, vault, last.number(), tally::find);
    chronicle.schedule().end(last.timestamp(), end.policy().limits().numbers().maxAge());
    claims.end(last.number());
    lenders.strangers(last.number()).forEach(tally::find);
    compare(end, last);
    governors.values().forEach(one -> one.governance.end(last.number()));
    return result(last);
  }

  /** Between two blocks. */
  private void save(boolean always) {
    if (options.state.isEmpty() || (!always && nanoTime.getAsLong() - saved < SAVING)) {
      return;
    }
    Block last = Objects.requireNonNull(reading.blocks(List.of(next - 1)).get(next - 1));
    new AuditState(
            chain.chainId(),
            vault.address(),
            options.from,
            asked,
            next,
            last.head().hash(),
            tally.state(),
            chronicle.state(AuditState.MOST_PAST),
            governors.values().stream().map(one -> one.governance.state()).toList(),
            lenders.accounts())
        .write(options.state.get());
    saved = nanoTime.getAsLong();
  }

  private Head ofChain(long height) {
    Block block = Objects.requireNonNull(reading.blocks(List.of(height)).get(height));
    Optional<Head> now = chain.head(BlockTag.at(height));
    if (now.filter(head -> head.hash().equals(block.head().hash())).isEmpty()) {
      tally.find(
          Finding.unchecked(
              height, "The chain went another way while it was read: run the audit again"));
    }
    return block.head();
  }

  private void govern(Governance.State state) {
    governors.put(
        state.governor(),
        new Governed(
            new Governance(chain, amounts, chronicle, tally, state),
            reading.stream(state.governor(), List.of())));
  }

  private void listen(Lenders.Account account) {
    ofAccounts.put(account.address(), reading.stream(account.address(), List.of()));
  }

  /** The vault's events with those of its governor and its accounts, in their order. */
  private List<Written> withOthers(Reading.Stretch stretch) {
    for (Written event : stretch.written()) {
      if (Chronicle.is(Chronicle.OWNER, event.entry())) {
        Address owner = Chronicle.values(Chronicle.OWNER, event.entry()).address("newOwner");
        if (!governors.containsKey(owner) && Governance.isAt(chain, owner)) {
          govern(Governance.State.begin(owner));
        }
      } else if (Chronicle.is(Chronicle.POLICY, event.entry())) {
        Bytes blob = Chronicle.values(Chronicle.POLICY, event.entry()).bytes("policy");
        lenders.meet(Policy.decode(blob.toArray())).ifPresent(this::listen);
      }
    }
    if (governors.isEmpty() && ofAccounts.isEmpty()) {
      return stretch.written();
    }
    List<Written> all = new ArrayList<>(stretch.written());
    governors.values().forEach(one -> all.addAll(one.events.all(next, stretch.last())));
    ofAccounts.values().forEach(own -> all.addAll(own.all(next, stretch.last())));
    all.sort(Comparator.comparing(event -> Place.of(event.entry())));
    return all;
  }

  private void inGroups(List<Written> all) {
    int from = 0;
    for (int to = 1; to <= all.size(); to++) {
      boolean boundary = to == all.size() || block(all.get(to)) != block(all.get(to - 1));
      if (boundary && (to == all.size() || to - from >= GROUP)) {
        group(all.subList(from, to));
        from = to;
      }
    }
  }

  private static long block(Written event) {
    return event.entry().blockNumber();
  }

  /** Whole blocks of events. */
  private void group(List<Written> group) {
    Set<Long> heights = new TreeSet<>();
    Set<Bytes32> transactions = new LinkedHashSet<>();
    Set<Bytes32> executing = new LinkedHashSet<>();
    for (Written event : group) {
      heights.add(block(event));
      transactions.add(event.entry().transactionHash());
      if (isExecution(event.entry())) {
        executing.add(event.entry().transactionHash());
      }
    }
    Map<Long, Block> blocks = reading.blocks(heights);
    Map<Bytes32, Sent> sent = reading.transactions(executing);
    Map<Bytes32, Receipt> receipts = reading.receipts(transactions);

    long started = nanoTime.getAsLong();
    long read = reading.nanos();
    long proved = proofNanos;
    Map<Bytes32, Flows> flows = new LinkedHashMap<>();
    Map<Bytes32, Long> first = new HashMap<>();
    List<Execution> pending = new ArrayList<>();
    List<Claims.Shown> holds = new ArrayList<>();
    for (Written event : group) {
      LogEntry entry = event.entry();
      Bytes32 transaction = entry.transactionHash();
      long time = reading.time(event, blocks);
      Flows flow = flows.computeIfAbsent(transaction, _ -> new Flows());
      if (isExecution(entry)) {
        Receipt receipt = receipts.get(transaction);
        long own = first.computeIfAbsent(transaction, _ -> firstLog(receipt, entry));
        var where =
            new Executions.Where(sent.get(transaction), receipt, own, block(group.getLast()));
        pending.add(executions.begin(entry, time, where, flow));
        first.put(transaction, entry.logIndex() + 1L);
      } else {
        holds.addAll(happened(entry, time, flow));
        if (holds.size() >= GROUP) {
          holds = shown(holds);
        }
      }
    }
    chronicle.settleLoans();
    governors.values().forEach(one -> one.governance.endOfBlock());
    featureNanos +=
        nanoTime.getAsLong() - started - (reading.nanos() - read) - (proofNanos - proved);

    started = nanoTime.getAsLong();
    executions.verify(pending);
    proofNanos += nanoTime.getAsLong() - started;
    judge(pending, ofTransactions(flows, receipts, group));
    shown(holds);
  }

  /** One event claims a hundred holds, and each that is shown has its proof. */
  private List<Claims.Shown> shown(List<Claims.Shown> holds) {
    long started = nanoTime.getAsLong();
    claims.verify(holds);
    proofNanos += nanoTime.getAsLong() - started;
    holds.forEach(claims::judge);
    return new ArrayList<>();
  }

  private boolean isExecution(LogEntry entry) {
    return entry.address().equals(vault.address()) && Chronicle.is(Chronicle.EXECUTED, entry);
  }

  private static long firstLog(@Nullable Receipt receipt, LogEntry entry) {
    return receipt == null || receipt.logs().isEmpty()
        ? entry.logIndex()
        : receipt.logs().getFirst().logIndex();
  }

  /** An event that is no execution; claims of holds that are shown come back. */
  private List<Claims.Shown> happened(LogEntry entry, long time, Flows flow) {
    Governed governed = governors.get(entry.address());
    if (governed != null) {
      governed.governance.happened(entry, time);
    } else if (lenders.at(entry.address()).isPresent()) {
      chronicle.lent(lenders.at(entry.address()).get(), entry, time, flow);
    } else if (Chronicle.is(Chronicle.CLAIMED, entry)) {
      chronicle.settleLoans();
      return claims.begin(entry, time);
    } else {
      if (chronicle.ledger().isPresent()) {
        governors.values().forEach(one -> one.governance.ofVault(entry));
      }
      chronicle.happened(entry, time, flow);
    }
    return List.of();
  }

  private void judge(List<Execution> pending, Map<Bytes32, List<Finding>> ofTransactions) {
    Set<Bytes32> told = new LinkedHashSet<>();
    for (Execution one : pending) {
      Bytes32 transaction = one.entry.transactionHash();
      ofTransactions.getOrDefault(transaction, List.of()).stream()
          .filter(finding -> finding.weight() != Weight.NOTED)
          .forEach(one.doubts::add);
      told.add(transaction);
      listener.judged(executions.judge(one));
    }
    ofTransactions.forEach((transaction, more) ->
        more.stream()
            .filter(finding -> finding.weight() == Weight.NOTED || !told.contains(transaction))
            .forEach(tally::find));
  }

  private Map<Bytes32, List<Finding>> ofTransactions(
      Map<Bytes32, Flows> flows, Map<Bytes32, Receipt> receipts, List<Written> group) {
    Map<Bytes32, List<LogEntry>> own = new HashMap<>();
    group.forEach(event ->
        own.computeIfAbsent(event.entry().transactionHash(), _ -> new ArrayList<>())
            .add(event.entry()));
    Map<Bytes32, List<Finding>> found = new HashMap<>();
    flows.forEach((transaction, flow) ->
        found.put(
            transaction,
            ofReceipt(
                transaction,
                flow,
                receipts.get(transaction),
                Objects.requireNonNull(own.get(transaction)))));
    return found;
  }

  /** The receipt must hold the same events, and the tokens' own logs what the vault booked. */
  private List<Finding> ofReceipt(
      Bytes32 transaction, Flows flow, @Nullable Receipt receipt, List<LogEntry> own) {
    long block = own.getFirst().blockNumber();
    if (receipt == null) {
      return List.of(
          Finding.unchecked(
              block, "The node has no receipt of transaction %s".formatted(transaction)));
    }
    List<LogEntry> same =
        receipt.logs().stream()
            .filter(entry ->
                entry.address().equals(vault.address())
                    || governors.containsKey(entry.address())
                    || ofAccounts.containsKey(entry.address()))
            .toList();
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

  // ---- the end ----

  /** What all events add up to is what the vault says of itself. */
  private void compare(VaultLedger end, Head head) {
    VaultState told;
    try {
      told = vault.whole(BlockTag.at(head.number()));
    } catch (ChainException | IllegalArgumentException e) {
      tally.find(
          Finding.unchecked(
              head.number(),
              "What the events add up to could not be held against the vault's state: "
                  + e.getMessage()));
      return;
    }
    try {
      lenders.strays(end.loans(), head.number()).forEach(tally::find);
    } catch (ChainException | IllegalArgumentException e) {
      tally.find(
          Finding.unchecked(
              head.number(),
              "What the events of loans add up to could not be held against the account's state: "
                  + e.getMessage()));
    }
    VaultState own = VaultState.of(end, head.timestamp());
    for (RecordComponent part : VaultState.class.getRecordComponents()) {
      String name = part.getName();
      if (name.equals("lent")) {
        continue; // by what accounts have booked, without interest
      }
      if (name.equals("policyAt") || (name.equals("lastRefs") && end.lastTradeAsOf() == 0)) {
        continue;
      }
      try {
        Object is = part.getAccessor().invoke(told);
        Object expected = part.getAccessor().invoke(own);
        if (!Objects.equals(is, expected)) {
          tally.find(
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
    Tally.State told = tally.state();
    return new AuditResult(
        chain.chainId(),
        vault.address(),
        options.from,
        last,
        told.proven(),
        told.unchecked(),
        told.wrong(),
        told.holds(),
        told.trades(),
        told.archived(),
        told.worst(),
        told.findings(),
        told.doubtful(),
        chronicle.policies(),
        chronicle.happenings(),
        chronicle.schedule().skips(),
        chronicle.schedule().lateness(),
        told.points(),
        new AuditResult.Pace(
            reading.nanos() / 1e9,
            featureNanos / 1e9,
            proofNanos / 1e9,
            reading.requests(),
            reading.logs(),
            reading.blocks()));
  }
}
