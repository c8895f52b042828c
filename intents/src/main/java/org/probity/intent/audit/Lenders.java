package org.probity.intent.audit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.probity.chain.AbiEvent;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ChainClient;
import org.probity.chain.ChainException;
import org.probity.chain.ContractArtifact;
import org.probity.chain.LogEntry;
import org.probity.intent.audit.Features.Gone;
import org.probity.intent.policy.ChainLending;
import org.probity.intent.policy.LendingView;
import org.probity.intent.policy.Loan;
import org.probity.intent.policy.LoanBooks;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.Policy.Lending;
import org.probity.intent.policy.VaultLedger.Moved;

/**
 * A vault's accounts with lending markets: what their events tell, and what a market said to a
 * plan, which a node that has kept old states tells again.
 */
final class Lenders {

  private static final ContractArtifact ACCOUNT = ContractArtifact.load("AaveV3Account");
  private static final ContractArtifact DESK = ContractArtifact.load("AaveV3Desk");
  static final AbiEvent MOVED = ACCOUNT.event("Moved");
  static final AbiEvent SYNCED = ACCOUNT.event("Synced");
  static final AbiEvent REMEMBERED = ACCOUNT.event("Checkpoint");
  private static final AbiEvent SWEPT = ACCOUNT.event("Swept");
  private static final AbiFunction BOOKED = ACCOUNT.function("booked");

  private final ChainClient chain;
  private final Address vault;
  private final Reading reading;
  private final Map<Address, Account> accounts = new TreeMap<>();
  private final Map<Policy, ChainLending> lending = new HashMap<>();

  /** An account, and whose market it is with. */
  record Account(Address address, Address desk, Address pool) {

    LoanBooks.Place place(Address token) {
      return new LoanBooks.Place(desk, pool, token);
    }
  }

  Lenders(ChainClient chain, Address vault, Reading reading, List<Account> known) {
    this.chain = chain;
    this.vault = vault;
    this.reading = reading;
    known.forEach(account -> accounts.put(account.address, account));
  }

  List<Account> accounts() {
    return List.copyOf(accounts.values());
  }

  Optional<Account> at(Address address) {
    return Optional.ofNullable(accounts.get(address));
  }

  /** The account under a policy; one that is new comes back. */
  Optional<Account> meet(Policy policy) {
    Lending market = policy.parts().lending();
    if (!market.exists()
        || accounts.values().stream()
            .anyMatch(one -> one.desk.equals(market.desk()) && one.pool.equals(market.pool()))) {
      return Optional.empty();
    }
    Account account = new Account(of(policy).account(), market.desk(), market.pool());
    accounts.put(account.address, account);
    return Optional.of(account);
  }

  private ChainLending of(Policy policy) {
    return lending.computeIfAbsent(
        policy, one -> reading.timed(() -> ChainLending.of(chain, vault, one)));
  }

  /** Tells of accounts and desks that are none of this release's. */
  List<Finding> strangers(long head) {
    List<Finding> found = new ArrayList<>();
    for (Account account : accounts.values()) {
      look(DESK, "AaveV3Desk", account.desk, head).ifPresent(found::add);
      look(ACCOUNT, "AaveV3Account", account.address, head).ifPresent(found::add);
    }
    return found;
  }

  private Optional<Finding> look(ContractArtifact code, String name, Address at, long head) {
    return code.isCode(chain.code(at))
        ? Optional.empty()
        : Optional.of(
            Finding.wrong(
                head,
                "What lies at %s is not the %s of this release: what it tells of loans is not known"
                    .formatted(at, name)));
  }

  // ---- events ----

  static Moved moved(Account account, LogEntry entry) {
    AbiValues told = values(MOVED, entry);
    return new Moved(
        account.place(told.address("token")),
        Loan.values()[told.int32("loan")],
        told.integer("amount"),
        told.integer("supplied"),
        told.integer("owed"));
  }

  static LoanBooks.Checkpoint remembered(LogEntry entry, long time) {
    AbiValues told = values(REMEMBERED, entry);
    return new LoanBooks.Checkpoint(
        time, told.integer("supplyIndex"), told.integer("debtIndex"), told.int32("thresholdBps"));
  }

  static AbiValues values(AbiEvent event, LogEntry entry) {
    return event
        .decode(entry)
        .orElseThrow(() -> new IllegalArgumentException("An event of an account is malformed"));
  }

  // ---- the state of a market ----

  /**
   * What a market said to a plan in a block: by the state after the block before it, with its time.
   *
   * @throws Gone if the node has not kept that state
   */
  LendingView view(Policy policy, long block, long now) {
    try {
      Call look = of(policy).look();
      String answer =
          reading.timed(() ->
              chain
                  .request(
                      "eth_call",
                      Map.of("to", String.valueOf(look.to()), "data", look.data().toString()),
                      "0x" + Long.toHexString(block - 1),
                      Map.of(),
                      Map.of("time", "0x" + Long.toHexString(now)))
                  .asText());
      return ChainLending.answered(Bytes.parse(answer));
    } catch (ChainException | IllegalArgumentException e) {
      throw new Gone(
          "what its lending market was in then is not told: ask a node that has kept old states");
    }
  }

  /**
   * What a market said at a moment: by the state after the last block up to it.
   *
   * @param block the last one that may be it
   * @throws Gone if the node has not kept that state
   */
  LendingView viewAt(Policy policy, long moment, long block) {
    long low = block;
    for (long back = 1; low > 0 && time(low) > moment; back *= 2) {
      low = Math.max(0, block - back);
    }
    long high = block;
    while (low < high) {
      long middle = low + (high - low + 1) / 2;
      if (time(middle) <= moment) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return view(policy, low + 1, moment);
  }

  private long time(long height) {
    return Objects.requireNonNull(reading.blocks(List.of(height)).get(height)).head().timestamp();
  }

  /** Whether anybody used the market in a block before a place in it. */
  boolean usedBefore(Policy policy, Place place) {
    return reading.stream(policy.parts().lending().pool(), List.of())
        .all(place.block(), place.block())
        .stream()
        .anyMatch(log -> Place.of(log.entry()).compareTo(place) < 0);
  }

  /**
   * What accounts have booked after a block, against what their events add up to.
   *
   * @throws ChainException if the node does not answer
   */
  List<Finding> strays(LoanBooks added, long block) {
    List<Finding> found = new ArrayList<>();
    for (Account account : accounts.values()) {
      added
          .lines()
          .forEach((place, line) -> {
            if (!place.equals(account.place(place.token()))) {
              return;
            }
            AbiValues told =
                reading.timed(
                    () -> chain.callAt(BlockTag.at(block), account.address, BOOKED, place.token()));
            if (!told.integer("supplied").equals(line.supplied().amount())
                || !told.integer("owed").equals(line.owed().amount())) {
              found.add(
                  Finding.wrong(
                      block,
                      "The account's events add up to %s supplied and %s owed of %s, scaled, and the account has %s and %s: the node leaves out or changes logs"
                          .formatted(
                              line.supplied().amount(),
                              line.owed().amount(),
                              place.token(),
                              told.integer("supplied"),
                              told.integer("owed"))));
            }
          });
    }
    return found;
  }
}
