package org.probity.intent.audit;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.probity.chain.AbiEvent;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.ChainClient;
import org.probity.chain.ChainException;
import org.probity.chain.ContractArtifact;
import org.probity.chain.LogEntry;
import org.probity.ground.Bytes32;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyPart;
import org.probity.intent.policy.PolicyWords;

/**
 * What the roles of a governor did, in words and in order, and whether it fits: nothing comes into
 * force that did not wait, and what the governor tells is what the vault tells.
 */
final class Governance {

  private static final ContractArtifact GOVERNOR = ContractArtifact.load("Governor");
  private static final AbiEvent PROPOSED = GOVERNOR.event("Proposed");
  private static final AbiEvent ACCEPTED = GOVERNOR.event("Accepted");
  private static final AbiEvent VETOED = GOVERNOR.event("Vetoed");
  private static final AbiEvent TIGHTENED = GOVERNOR.event("Tightened");
  private static final AbiEvent SUBMITTED = GOVERNOR.event("ChangeSubmitted");
  private static final AbiEvent REVOKED = GOVERNOR.event("ChangeRevoked");
  private static final AbiEvent CHANGED = GOVERNOR.event("Changed");
  private static final AbiEvent ABDICATING = GOVERNOR.event("AbdicationSubmitted");
  private static final AbiEvent ABDICATION_VETOED = GOVERNOR.event("AbdicationVetoed");
  private static final AbiEvent ABDICATED = GOVERNOR.event("Abdicated");
  private static final AbiEvent VOIDED = GOVERNOR.event("AllVoided");
  private static final AbiEvent SEALED = GOVERNOR.event("Sealed");
  private static final AbiEvent PAUSED = GOVERNOR.event("PausedBy");
  private static final AbiEvent UNPAUSED = GOVERNOR.event("UnpausedBy");

  private static final AbiFunction IS_SEALED = GOVERNOR.function("isSealed");
  private static final AbiFunction CURATOR_NOW = GOVERNOR.function("curator");
  private static final AbiFunction SENTINELS_NOW = GOVERNOR.function("sentinels");

  private static final List<String> PARTS = List.of("limits", "model", "parts");
  private static final long GRACE = Duration.ofDays(14).toSeconds();
  private static final List<Long> LEAST_DELAYS =
      List.of(
          Duration.ofDays(2).toSeconds(),
          Duration.ofDays(2).toSeconds(),
          Duration.ofDays(7).toSeconds());
  private static final int CURATOR = 0;
  private static final int ADD_SENTINEL = 1;
  private static final int REMOVE_SENTINEL = 2;

  /** The first of three changes of a delay. */
  private static final int FIRST_DELAY = 4;

  private final ChainClient chain;
  private final Amounts amounts;
  private final Address governor;
  private final Chronicle chronicle;
  private final Tally tally;
  private final Map<Integer, Long> proposals;
  private final Map<Integer, Long> abdications;
  private final TreeSet<Address> sentinels;
  private @Nullable Address curator;
  private boolean isSealed;

  /** What the vault told in a transaction and the governor has still to tell in it. */
  private final Deque<Owed> owed = new ArrayDeque<>();

  private record Owed(Bytes32 transaction, long block, Object what) {}

  /** All of it, for a file. */
  record State(
      Address governor,
      Map<Integer, Long> proposals,
      Map<Integer, Long> abdications,
      List<Address> sentinels,
      @Nullable Address curator,
      boolean isSealed) {

    static State begin(Address governor) {
      return new State(governor, Map.of(), Map.of(), List.of(), null, false);
    }
  }

  Governance(ChainClient chain, Amounts amounts, Chronicle chronicle, Tally tally, State state) {
    this.chain = chain;
    this.amounts = amounts;
    this.governor = state.governor;
    this.chronicle = chronicle;
    this.tally = tally;
    proposals = new HashMap<>(state.proposals);
    abdications = new HashMap<>(state.abdications);
    sentinels = new TreeSet<>(state.sentinels);
    curator = state.curator;
    isSealed = state.isSealed;
  }

  /** All events of a block were told. */
  void endOfBlock() {
    owed.forEach(this::missing);
    owed.clear();
  }

  /** Between two blocks. */
  State state() {
    return new State(governor, proposals, abdications, List.copyOf(sentinels), curator, isSealed);
  }

  /** Whether a governor of this release lies at an address. */
  static boolean isAt(ChainClient chain, Address address) {
    return GOVERNOR.isCode(chain.code(address));
  }

  Address address() {
    return governor;
  }

  // ---- what the vault tells ----

  /** The vault has another policy, or is paused or resumed; its first policy is nobody's. */
  void ofVault(LogEntry entry) {
    settle(entry);
    if (Chronicle.is(Chronicle.POLICY, entry)) {
      owe(entry, Chronicle.values(Chronicle.POLICY, entry).word("policyHash"));
    } else if (Chronicle.is(Chronicle.PAUSE, entry)) {
      owe(entry, Chronicle.values(Chronicle.PAUSE, entry).bool("paused"));
    }
  }

  private void owe(LogEntry entry, Object what) {
    owed.add(new Owed(entry.transactionHash(), entry.blockNumber(), what));
  }

  private void pay(LogEntry entry, Object what) {
    boolean paid =
        owed.removeIf(
            one -> one.transaction.equals(entry.transactionHash()) && one.what.equals(what));
    // An owner who pauses what is paused already changes nothing at the vault.
    if (!paid && !what.equals(Boolean.TRUE) && !what.equals(Boolean.FALSE)) {
      wrong(entry, "put a policy in force that the vault tells nothing of");
    }
  }

  /** What is owed of other transactions is never told. */
  private void settle(LogEntry next) {
    owed.stream()
        .filter(one -> !one.transaction.equals(next.transactionHash()))
        .forEach(this::missing);
    owed.removeIf(one -> !one.transaction.equals(next.transactionHash()));
  }

  private void missing(Owed one) {
    tally.find(
        Finding.wrong(
            one.block,
            "The vault tells of %s in transaction %s, and its governor does not: the node leaves out logs"
                .formatted(
                    one.what instanceof Boolean ? "a pause or its end" : "another policy",
                    one.transaction)));
  }

  private void wrong(LogEntry entry, String words) {
    tally.find(
        Finding.wrong(
            entry.blockNumber(),
            "The governor %s, in transaction %s: the node leaves out or changes logs"
                .formatted(words, entry.transactionHash())));
  }

  // ---- what the roles did ----

  /** An event of the governor. */
  void happened(LogEntry entry, long time) {
    settle(entry);
    if (Chronicle.is(PROPOSED, entry)) {
      AbiValues told = values(PROPOSED, entry);
      int part = told.int32("part");
      long ripe = told.int64("executableAt");
      proposals.put(part, ripe);
      requireWait(entry, part, ripe - time);
      say(
          entry,
          time,
          "%s proposed other %s, from %s on: %s",
          by(told),
          part(told),
          when(ripe),
          proposed(part, told.address("content")));
    } else if (Chronicle.is(ACCEPTED, entry)) {
      AbiValues told = values(ACCEPTED, entry);
      requireRipe(entry, proposals.remove(told.int32("part")), time);
      pay(entry, told.word("policyHash"));
      say(entry, time, "%s put the proposed %s in force", by(told), part(told));
    } else if (Chronicle.is(VETOED, entry)) {
      AbiValues told = values(VETOED, entry);
      if (proposals.remove(told.int32("part")) == null) {
        wrong(entry, "vetoed what was not proposed");
      }
      say(entry, time, "%s vetoed the proposed %s", by(told), part(told));
    } else if (Chronicle.is(TIGHTENED, entry)) {
      AbiValues told = values(TIGHTENED, entry);
      pay(entry, told.word("policyHash"));
      say(entry, time, "%s tightened the %s", by(told), part(told));
    } else if (Chronicle.is(PAUSED, entry)) {
      AbiValues told = values(PAUSED, entry);
      pay(entry, Boolean.TRUE);
      long until = told.int64("until");
      say(entry, time, "%s paused it%s", by(told), until == 0 ? "" : " until " + when(until));
    } else if (Chronicle.is(UNPAUSED, entry)) {
      pay(entry, Boolean.FALSE);
      say(entry, time, "%s ended the pause", by(values(UNPAUSED, entry)));
    } else if (Chronicle.is(ABDICATING, entry)) {
      AbiValues told = values(ABDICATING, entry);
      long ripe = told.int64("executableAt");
      abdications.put(told.int32("part"), ripe);
      requireWait(entry, told.int32("part"), ripe - time);
      say(
          entry,
          time,
          "%s gives up to loosen the %s, from %s on",
          by(told),
          part(told),
          when(ripe));
    } else if (Chronicle.is(ABDICATION_VETOED, entry)) {
      AbiValues told = values(ABDICATION_VETOED, entry);
      abdications.remove(told.int32("part"));
      say(entry, time, "%s vetoed that the %s be never loosened", by(told), part(told));
    } else if (Chronicle.is(ABDICATED, entry)) {
      AbiValues told = values(ABDICATED, entry);
      requireRipe(entry, abdications.remove(told.int32("part")), time);
      proposals.remove(told.int32("part"));
      say(entry, time, "the %s can never be loosened again", part(told));
    } else if (Chronicle.is(SUBMITTED, entry)) {
      AbiValues told = values(SUBMITTED, entry);
      say(
          entry,
          time,
          "the owner submitted: %s, from %s on",
          change(told),
          when(told.int64("executableAt")));
    } else if (Chronicle.is(REVOKED, entry)) {
      say(entry, time, "the owner revoked: %s", change(values(REVOKED, entry)));
    } else if (Chronicle.is(CHANGED, entry)) {
      AbiValues told = values(CHANGED, entry);
      changed(told);
      say(entry, time, "in force: %s", change(told));
    } else if (Chronicle.is(SEALED, entry)) {
      isSealed = true;
      say(entry, time, "the owner sealed it: delays hold from here on");
    } else if (Chronicle.is(VOIDED, entry)) {
      proposals.clear();
      abdications.clear();
    } else {
      tally.find(
          Finding.unchecked(
              entry.blockNumber(),
              "The governor wrote an event that this release does not know, in transaction %s"
                  .formatted(entry.transactionHash())));
    }
  }

  /** What a part would change now; it lies as code behind a byte that stops. */
  private String proposed(int part, Address content) {
    Policy before = chronicle.ledger().orElseThrow().policy();
    try {
      Bytes code = chain.code(content);
      Policy next = PolicyPart.values()[part].replaced(before, code.slice(1, code.length()));
      List<String> changes = PolicyWords.changes(before, next, amounts);
      return changes.isEmpty() ? "nothing else" : String.join("; ", changes);
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      return "what, the node does not tell";
    }
  }

  private void requireWait(LogEntry entry, int part, long wait) {
    if (isSealed && wait < LEAST_DELAYS.get(part)) {
      wrong(entry, "let something wait for %s seconds alone".formatted(wait));
    }
  }

  private void requireRipe(LogEntry entry, @Nullable Long ripe, long time) {
    if (ripe == null || time < ripe || time > ripe + GRACE) {
      wrong(
          entry,
          ripe == null
              ? "put in force what nothing tells that it waited"
              : "put in force at %s what could be from %s on".formatted(time, ripe));
    }
  }

  private void changed(AbiValues told) {
    Address account = told.address("account");
    switch (told.int32("change")) {
      case CURATOR -> curator = account;
      case ADD_SENTINEL -> sentinels.add(account);
      case REMOVE_SENTINEL -> sentinels.remove(account);
      default -> {
        // An owner is told by who calls, and a delay by what waits.
      }
    }
  }

  private static AbiValues values(AbiEvent event, LogEntry entry) {
    return event
        .decode(entry)
        .orElseThrow(() -> new IllegalArgumentException("An event of the governor is malformed"));
  }

  private void say(LogEntry entry, long time, String words, Object... parts) {
    chronicle.happening(entry, time, "governor: " + String.format(Locale.ROOT, words, parts));
  }

  private static String by(AbiValues told) {
    return told.address("by").toString();
  }

  private static String part(AbiValues told) {
    return PARTS.get(told.int32("part"));
  }

  private static String when(long seconds) {
    return Instant.ofEpochSecond(seconds).toString();
  }

  private static String change(AbiValues told) {
    Address account = told.address("account");
    int change = told.int32("change");
    return switch (change) {
      case CURATOR -> "%s as curator".formatted(account);
      case ADD_SENTINEL -> "%s as sentinel".formatted(account);
      case REMOVE_SENTINEL -> "%s no more as sentinel".formatted(account);
      case FIRST_DELAY - 1 -> "%s as owner".formatted(account);
      default ->
          "a delay of %s s for the %s"
              .formatted(told.integer("value"), PARTS.get(change - FIRST_DELAY));
    };
  }

  // ---- the end ----

  /** What its events add up to is what the governor says of itself. */
  void end(long block) {
    List<String> differ = new ArrayList<>();
    try {
      AbiValues now =
          chain.getAll(
              BlockTag.at(block), governor, List.of(IS_SEALED, CURATOR_NOW, SENTINELS_NOW));
      if (now.bool("isSealed") != isSealed) {
        differ.add("whether it is sealed");
      }
      Address named = curator;
      if (named != null && !now.address("curator").equals(named)) {
        differ.add("its curator");
      }
      if (!new TreeSet<>(now.addresses("sentinels")).equals(sentinels)) {
        differ.add("its sentinels");
      }
    } catch (ChainException | IllegalArgumentException e) {
      tally.find(
          Finding.unchecked(
              block,
              "What the governor's events add up to could not be held against its state: "
                  + e.getMessage()));
    }
    differ.forEach(what ->
        tally.find(
            Finding.wrong(
                block,
                "The governor's events add up to something else than its state in %s: the node leaves out or changes logs"
                    .formatted(what))));
    if (!isSealed) {
      tally.find(
          Finding.noted(block, "UNSEALED: the governor %s lets nothing wait".formatted(governor)));
    }
  }
}
