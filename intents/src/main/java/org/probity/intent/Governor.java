package org.probity.intent;

import java.math.BigInteger;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.probity.chain.AbiEvent;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Reads;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyPart;

/**
 * The governor of a vault: who may do what to it, how long the others have to see it coming, what
 * waits, and the calls that it understands. It owns the vault, for good. Moments are seconds of
 * Unix time.
 */
public final class Governor {

  static final ContractArtifact GOVERNOR = ContractArtifact.load("Governor");

  private static final AbiFunction VAULT = GOVERNOR.function("vault");
  private static final AbiFunction ORDER = GOVERNOR.function("order");
  private static final AbiFunction DELAY = GOVERNOR.function("sealedDelayOf");
  private static final AbiFunction PENDING = GOVERNOR.function("pending");
  private static final AbiFunction ABDICATION = GOVERNOR.function("pendingAbdication");
  private static final AbiFunction ABDICATED = GOVERNOR.function("isAbdicated");
  private static final AbiFunction PENDING_CHANGE = GOVERNOR.function("pendingChange");
  private static final AbiEvent SUBMITTED = GOVERNOR.event("ChangeSubmitted");

  /** How long what may be put in force stays so; {@code Governor.GRACE}. */
  public static final long GRACE_SECONDS = 14 * 86_400L;

  /** From the beginning of a pause by curator or sentinel to the next. */
  public static final long PAUSE_COOLDOWN_SECONDS = 14 * 86_400L;

  /** The most sentinels; {@code Governor.SENTINELS_MOST}. */
  public static final int SENTINELS_MOST = 8;

  /** What the owner changes, in the contract's order. */
  public enum Change {
    CURATOR,
    ADD_SENTINEL,
    REMOVE_SENTINEL,
    OWNER,
    LIMITS_DELAY,
    MODEL_DELAY,
    PARTS_DELAY;

    /** Whether it is about a delay, and not about an account. */
    public boolean ofDelay() {
      return compareTo(LIMITS_DELAY) >= 0;
    }

    /** As people write it: {@code add-sentinel}. */
    public String words() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * A change that the owner has submitted.
   *
   * @param account who becomes what; zero for a delay
   * @param value of a delay, in seconds; else 0
   * @param executableAt from when on it may be put in force
   */
  public record Submitted(Change change, Address account, BigInteger value, long executableAt) {}

  /** A proposal for a part: {@code abi.encode} of it, and from when on it may be put in force. */
  public record Proposal(Bytes content, long executableAt) {

    /**
     * The policy that it would make of the one in force.
     *
     * @throws IllegalArgumentException if it is not how a part is written
     */
    public Policy in(Policy policy, PolicyPart part) {
      return part.replaced(policy, content);
    }
  }

  /**
   * How one part of the policy may be replaced.
   *
   * @param delaySeconds how long a proposal waits where the vault is sealed; where it is not, not
   *     at all
   * @param waiting what is proposed, if anything is
   * @param abdicableAt from when on it may be given up that the part can be loosened; 0 if nobody
   *     has asked for that
   * @param abdicated whether that was given up
   */
  public record OfPart(
      long delaySeconds, Optional<Proposal> waiting, long abdicableAt, boolean abdicated) {}

  /**
   * A governor after one block.
   *
   * @param isSealed whether delays hold
   * @param parts one for each part of the policy
   * @param paused whether the vault is paused, by a pause that is not over
   * @param pausedUntil when a pause ends by itself; 0 if none does
   * @param pauseFreeAt from when on curator and sentinels may pause again; 0 if they never did
   */
  public record State(
      Address owner,
      Address curator,
      List<Address> sentinels,
      boolean isSealed,
      Map<PolicyPart, OfPart> parts,
      boolean paused,
      long pausedUntil,
      long pauseFreeAt) {

    public State {
      sentinels = List.copyOf(sentinels);
      parts = Map.copyOf(parts);
    }

    /** How one part may be replaced. */
    public OfPart part(PolicyPart part) {
      return Objects.requireNonNull(parts.get(part));
    }

    /** What an account is here: owner, curator, sentinel; empty for all others. */
    public List<String> rolesOf(Address account) {
      return Stream.of(
              owner.equals(account) ? "owner" : "",
              curator.equals(account) ? "curator" : "",
              sentinels.contains(account) ? "sentinel" : "")
          .filter(role -> !role.isEmpty())
          .toList();
    }
  }

  private final ChainClient chain;
  private final Address address;
  private final Vault vault;

  private Governor(ChainClient chain, Address address, Vault vault) {
    this.chain = chain;
    this.address = address;
    this.vault = vault;
  }

  /**
   * The governor that owns {@code vault}; empty if its owner is an account, or another contract.
   */
  public static Optional<Governor> of(ChainClient chain, Vault vault) {
    Address owner = vault.parts().owner();
    if (chain.code(owner).isEmpty()) {
      return Optional.empty();
    }
    try {
      return chain.call(owner, VAULT).address("vault").equals(vault.address())
          ? Optional.of(new Governor(chain, owner, vault))
          : Optional.empty();
    } catch (CallReverted | IllegalArgumentException | ArithmeticException e) {
      return Optional.empty();
    }
  }

  public Address address() {
    return address;
  }

  /** The vault that it owns. */
  public Vault vault() {
    return vault;
  }

  /** The contract that says when one policy is tighter than another. */
  public Address order() {
    return chain.call(address, ORDER).address("order");
  }

  /** Whether its code is this release's, whatever its constructor was given. */
  public boolean isOfThisRelease() {
    return GOVERNOR.isCode(chain.code(address));
  }

  /** The function of a governor that {@code data} calls; empty if it calls none. */
  public static Optional<AbiFunction> function(Bytes data) {
    return GOVERNOR.functionOf(data);
  }

  // ---- what there is ----

  /** The governor after block {@code at}. */
  public State state(BlockTag at) {
    Reads reads = chain.reads();
    Supplier<AbiValues> owner = ask(reads, at, "owner");
    Supplier<AbiValues> curator = ask(reads, at, "curator");
    Supplier<AbiValues> sentinels = ask(reads, at, "sentinels");
    Supplier<AbiValues> isSealed = ask(reads, at, "isSealed");
    Supplier<AbiValues> paused = ask(reads, at, "isPaused");
    Supplier<AbiValues> until = ask(reads, at, "pausedUntil");
    Supplier<AbiValues> began = ask(reads, at, "pauseBegan");
    Map<PolicyPart, Supplier<OfPart>> parts = new EnumMap<>(PolicyPart.class);
    for (PolicyPart part : PolicyPart.values()) {
      parts.put(part, part(reads, at, part));
    }
    reads.ask();
    Map<PolicyPart, OfPart> known = new EnumMap<>(PolicyPart.class);
    parts.forEach((part, read) -> known.put(part, read.get()));
    long pauseBegan = began.get().int64("pauseBegan");
    return new State(
        owner.get().address("owner"),
        curator.get().address("curator"),
        sentinels.get().addresses("sentinels"),
        isSealed.get().bool("isSealed"),
        known,
        paused.get().bool("isPaused"),
        until.get().int64("pausedUntil"),
        pauseBegan == 0 ? 0 : pauseBegan + PAUSE_COOLDOWN_SECONDS);
  }

  private Supplier<AbiValues> ask(Reads reads, BlockTag at, String getter) {
    return reads.call(at, address, GOVERNOR.function(getter));
  }

  private Supplier<OfPart> part(Reads reads, BlockTag at, PolicyPart part) {
    int number = part.ordinal();
    Supplier<AbiValues> delay = reads.call(at, address, DELAY, number);
    Supplier<AbiValues> pending = reads.call(at, address, PENDING, number);
    Supplier<AbiValues> abdication = reads.call(at, address, ABDICATION, number);
    Supplier<AbiValues> abdicated = reads.call(at, address, ABDICATED, number);
    return () -> {
      AbiValues waiting = pending.get();
      Bytes content = waiting.bytes("content");
      return new OfPart(
          delay.get().int64("sealedDelayOf"),
          content.isEmpty()
              ? Optional.empty()
              : Optional.of(new Proposal(content, waiting.int64("executableAt"))),
          abdication.get().int64("pendingAbdication"),
          abdicated.get().bool("isAbdicated"));
    };
  }

  /**
   * The owner's changes that wait, in the order in which they were submitted.
   *
   * @param from the block of the vault's creation, or an earlier one
   */
  public List<Submitted> submitted(BlockTag from) {
    return chain.logs(address, List.of(SUBMITTED.topic()), from, BlockTag.LATEST).stream()
        .flatMap(entry -> SUBMITTED.decode(entry).stream())
        .map(told -> {
          Change change = Change.values()[told.int32("change")];
          Address account = told.address("account");
          BigInteger value = told.integer("value");
          return new Submitted(change, account, value, executableAt(change, account, value));
        })
        .filter(found -> found.executableAt != 0)
        .distinct()
        .toList();
  }

  private long executableAt(Change change, Address account, BigInteger value) {
    return chain
        .call(address, PENDING_CHANGE, change.ordinal(), account, value)
        .int64("pendingChange");
  }

  // ---- what it understands ----

  /** Proposes another part: by the curator. */
  public Call propose(PolicyPart part, Policy next) {
    return call("propose", part.ordinal(), part.of(next));
  }

  /** Puts a tighter part in force at once: by curator or sentinel. */
  public Call tighten(PolicyPart part, Policy next) {
    return call("tighten", part.ordinal(), part.of(next));
  }

  /** Puts what has waited for a part in force: by anyone. */
  public Call accept(PolicyPart part) {
    return call("accept", part.ordinal());
  }

  /** Takes away what waits for a part: by owner, curator or sentinel. */
  public Call veto(PolicyPart part) {
    return call("veto", part.ordinal());
  }

  /** Asks to give up for good that a part can be loosened: by owner or curator. */
  public Call abdicate(PolicyPart part) {
    return call("abdicate", part.ordinal());
  }

  /** Gives it up, once that has waited: by anyone. */
  public Call acceptAbdication(PolicyPart part) {
    return call("acceptAbdication", part.ordinal());
  }

  /** Takes away that it is to be given up: by owner, curator or sentinel. */
  public Call vetoAbdication(PolicyPart part) {
    return call("vetoAbdication", part.ordinal());
  }

  /**
   * Submits a change: by the owner. Before the vault is sealed all but another owner is in force at
   * once.
   *
   * @param account zero for a delay
   * @param value of a delay, in seconds; else 0
   */
  public Call submit(Change change, Address account, BigInteger value) {
    return call("submit", change.ordinal(), account, value);
  }

  /** Takes away a change that waits: by the owner. */
  public Call revoke(Change change, Address account, BigInteger value) {
    return call("revoke", change.ordinal(), account, value);
  }

  /** Puts a change in force that has waited: by anyone, ownership by who is to have it. */
  public Call confirm(Change change, Address account, BigInteger value) {
    return call("confirm", change.ordinal(), account, value);
  }

  /** Lets delays hold from now on: by the owner. */
  public Call seal() {
    return call("seal");
  }

  /** Stops executions: by owner, curator or sentinel. */
  public Call pause() {
    return call("pause");
  }

  /** Ends any pause: by the owner. */
  public Call unpause() {
    return call("unpause");
  }

  /** Ends a pause whose week is over: by anyone. */
  public Call endPause() {
    return call("endPause");
  }

  /** Puts in what was approved to this contract, in the token's smallest unit: by the owner. */
  public Call deposit(Address token, BigInteger amount) {
    return call("deposit", token, amount);
  }

  /** Gives the recipient so much of a token; 2^256 - 1 for all that is booked: by the owner. */
  public Call exit(Address token, BigInteger amount) {
    return call("exit", token, amount);
  }

  /** Gives the recipient what is held of a token beyond the books, or of ether with zero. */
  public Call sweep(Address token) {
    return call("sweep", token);
  }

  /** Lowers the books of a token to what is held: by owner, curator or sentinel. */
  public Call sync(Address token) {
    return call("sync", token);
  }

  /**
   * Repays from the books what is owed of a token, then takes back into them what is supplied: by
   * the owner, in every state of the vault.
   *
   * @param repay in the token's smallest unit; 2^256 - 1 for all
   * @param withdraw likewise
   */
  public Call unwind(Address token, BigInteger repay, BigInteger withdraw) {
    return call("unwind", token, repay, withdraw);
  }

  private Call call(String function, Object... arguments) {
    return Call.of(address, GOVERNOR.function(function), arguments);
  }
}
