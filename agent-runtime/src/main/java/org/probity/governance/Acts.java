package org.probity.governance;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.probity.agent.Token;
import org.probity.agent.checks.AccountChecks.Amount;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Erc20;
import org.probity.intent.Governor;
import org.probity.intent.Governor.Change;
import org.probity.intent.Governor.OfPart;
import org.probity.intent.VaultDeployment;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyPart;
import org.probity.terminal.Complaint;
import org.probity.zk.ModelKey;

/** What can be done to a governed vault, each with what it changes. */
public final class Acts {

  private static final BigInteger ALL = BigInteger.TWO.pow(256).subtract(BigInteger.ONE);

  private static final AbiFunction LOOK =
      AbiFunction.parse(
          "look(address vault, address pool, address[] tokens, uint256 borrowables) returns"
              + " (address account, (uint256 supplied, uint256 owed, uint256 liquid,"
              + " uint256 supplyRoom, uint256 borrowRoom, bool repayable, uint256 price,"
              + " uint256 thresholdBps, uint256 ltvBps)[] states)");

  private final GovernedVault governed;
  private final Governor governor;
  private final Governor.State roles;

  public Acts(GovernedVault governed) {
    this.governed = governed;
    this.governor = governed.governor();
    this.roles = governed.roles();
  }

  // ---- policy ----

  /** Proposes another part. */
  public Act propose(PolicyPart part, Policy next) {
    List<String> notes = new ArrayList<>();
    notes.add(comesIntoForce("anyone may put it in force", delay(part)));
    if (roles.part(part).waiting().isPresent()) {
      notes.add("it takes the place of what waits for the %s".formatted(part.words()));
    }
    return Act.of(
        "propose other %s".formatted(part.words()),
        different(part, next),
        notes,
        governor.propose(part, next));
  }

  /** Stores the key of a model where the vault's rules look for it, so that it can be proposed. */
  public Act store(ModelKey key) {
    Address keys = VaultDeployment.keysOf(governed.chain(), governed.vault());
    return Act.of(
        "store the key of model %s".formatted(key.digest()),
        List.of(),
        List.of("anyone may, and no vault obeys it by that"),
        VaultDeployment.store(keys, key));
  }

  /** Puts a tighter part in force. */
  public Act tighten(PolicyPart part, Policy next) {
    List<String> notes = new ArrayList<>();
    notes.add("it is in force at once, and proofs in flight are void");
    if (roles.part(part).waiting().isPresent()) {
      notes.add("what waits for the %s is taken away".formatted(part.words()));
    }
    return Act.of(
        "tighten the %s".formatted(part.words()),
        different(part, next),
        notes,
        governor.tighten(part, next));
  }

  private List<String> different(PolicyPart part, Policy next) {
    List<String> changes = governed.changes(next);
    if (changes.isEmpty()) {
      throw new Complaint(
          "The file's %s are those of the vault: change something in it first."
              .formatted(part.words()));
    }
    return changes;
  }

  /** Puts what waits for a part in force. */
  public Act accept(PolicyPart part) {
    Governor.Proposal waiting = waiting(part);
    return Act.of(
        "put in force the %s that wait".formatted(part.words()),
        governed.changes(part, waiting),
        List.of("it is in force at once, and proofs in flight are void"),
        governor.accept(part));
  }

  /** Takes away what waits for a part. */
  public Act veto(PolicyPart part) {
    Governor.Proposal waiting = waiting(part);
    return Act.of(
        "veto the %s that wait, so that these changes do not come".formatted(part.words()),
        governed.changes(part, waiting),
        List.of("the policy stays as it is"),
        governor.veto(part));
  }

  private Governor.Proposal waiting(PolicyPart part) {
    return roles
        .part(part)
        .waiting()
        .orElseThrow(() ->
            new Complaint(
                "Nothing waits for the %s: `probity vault inspect` says what waits."
                    .formatted(part.words())));
  }

  /** Asks to give up for good that a part can be loosened. */
  public Act abdicate(PolicyPart part) {
    return Act.of(
        "give up for good that the %s can be loosened".formatted(part.words()),
        List.of("proposals for the %s: possible -> never again".formatted(part.words())),
        List.of(
            comesIntoForce(
                "anyone may put that in force by `probity vault accept --abdication`", delay(part)),
            "exits, pauses and tightening stay possible"),
        governor.abdicate(part));
  }

  /** Puts an abdication in force. */
  public Act acceptAbdication(PolicyPart part) {
    abdicating(part);
    return Act.of(
        "give up now and for good that the %s can be loosened".formatted(part.words()),
        List.of("proposals for the %s: possible -> never again".formatted(part.words())),
        List.of("this cannot be undone"),
        governor.acceptAbdication(part));
  }

  /** Takes an abdication away. */
  public Act vetoAbdication(PolicyPart part) {
    abdicating(part);
    return Act.of(
        "veto the abdication of the %s".formatted(part.words()),
        List.of("proposals for the %s: about to be given up -> possible".formatted(part.words())),
        List.of(),
        governor.vetoAbdication(part));
  }

  private void abdicating(PolicyPart part) {
    if (roles.part(part).abdicableAt() == 0) {
      throw new Complaint(
          "No abdication waits for the %s: `probity vault inspect` says what waits."
              .formatted(part.words()));
    }
  }

  private long delay(PolicyPart part) {
    return roles.isSealed() ? roles.part(part).delaySeconds() : 0;
  }

  private String comesIntoForce(String who, long delay) {
    long from = governed.now() + delay;
    return delay == 0
        ? "the vault is UNSEALED, so that %s at once".formatted(who)
        : "%s from about %s on, until about %s, unless it is vetoed"
            .formatted(who, governed.when(from), governed.when(from + Governor.GRACE_SECONDS));
  }

  // ---- pause ----

  /** Stops executions. */
  public Act pause() {
    return Act.of(
        "pause the vault",
        roles.paused()
            ? List.of()
            : List.of("executions: allowed -> none", "proofs in flight: valid -> void"),
        List.of(
            "by its owner it stays paused until the owner ends that; by curator or sentinel for 7 d, once in 14 d",
            "exits go on"),
        governor.pause());
  }

  /**
   * Ends a pause.
   *
   * @param byOwner else by anyone, once the week of a pause is over
   */
  public Act unpause(boolean byOwner) {
    return Act.of(
        "let the vault execute again",
        List.of("executions: none -> allowed"),
        List.of(),
        byOwner ? governor.unpause() : governor.endPause());
  }

  // ---- money ----

  /**
   * Puts tokens of the owner in.
   *
   * @param who makes the calls, if that is known
   * @throws Complaint if the owner does not have them
   */
  public Act deposit(List<Amount> amounts, Optional<Address> who) {
    // What rests on an approval can't be tried before that is given.
    who.filter(caller -> !caller.equals(roles.owner()))
        .ifPresent(caller -> {
          throw new Complaint(
              "%s is not the owner: it takes %s. Nothing was sent."
                  .formatted(caller, roles.owner()));
        });
    List<Act.Single> calls = new ArrayList<>();
    List<String> changes = new ArrayList<>();
    for (Amount amount : amounts) {
      Address token = amount.token().address();
      BigInteger held =
          new Erc20(token).balanceOf(governed.chain(), roles.owner(), BlockTag.LATEST);
      if (held.compareTo(amount.units()) < 0) {
        throw new Complaint(
            "The owner %s has %s, less than the %s to be deposited: fund it, or deposit less."
                .formatted(roles.owner(), amount.token().amount(held), amount));
      }
      BigInteger booked = booked(token);
      changes.add(
          "books of %s: %s -> %s"
              .formatted(
                  amount.token().symbol(),
                  amount.token().amount(booked),
                  amount.token().amount(booked.add(amount.units()))));
      calls.add(
          new Act.Single(
              "approve " + amount, new Erc20(token).approve(governor.address(), amount.units())));
      calls.add(new Act.Single("deposit " + amount, governor.deposit(token, amount.units())));
    }
    return new Act(
        "deposit %s of the owner %s".formatted(amounts, roles.owner()),
        changes,
        List.of(),
        calls,
        false);
  }

  /** Takes out what is given; everything that is booked if nothing is. */
  public Act exit(List<Amount> amounts) {
    List<Act.Single> calls = new ArrayList<>();
    List<String> changes = new ArrayList<>();
    if (amounts.isEmpty()) {
      for (var token : governed.assets()) {
        BigInteger booked = booked(token.address());
        if (booked.signum() != 0) {
          changes.add("books of %s: %s -> 0".formatted(token.symbol(), token.amount(booked)));
          calls.add(
              new Act.Single("exit all %s".formatted(token), governor.exit(token.address(), ALL)));
        }
      }
      if (calls.isEmpty()) {
        throw new Complaint("The vault's books are empty: there is nothing to take out.");
      }
    }
    for (Amount amount : amounts) {
      Address token = amount.token().address();
      BigInteger booked = booked(token);
      if (booked.compareTo(amount.units()) < 0) {
        throw new Complaint(
            "The vault has %s booked, less than the %s to be taken out: take out less, or all."
                .formatted(amount.token().amount(booked), amount));
      }
      changes.add(
          "books of %s: %s -> %s"
              .formatted(
                  amount.token().symbol(),
                  amount.token().amount(booked),
                  amount.token().amount(booked.subtract(amount.units()))));
      calls.add(new Act.Single("exit " + amount, governor.exit(token, amount.units())));
    }
    return new Act(
        "take tokens out",
        changes,
        List.of("they go to the recipient " + recipient()),
        calls,
        true);
  }

  /** Hands the recipient what is held of a token beyond the books. */
  public Act sweep(Address token) {
    return Act.of(
        "hand out what is held of %s beyond the books".formatted(governed.token(token)),
        List.of(),
        List.of("it goes to the recipient " + recipient()),
        governor.sweep(token));
  }

  /** Lowers the books of a token to what is held of it. */
  public Act sync(Address token) {
    BigInteger booked = booked(token);
    BigInteger held =
        new Erc20(token).balanceOf(governed.chain(), governed.vault().address(), BlockTag.LATEST);
    return Act.of(
        "lower the books of %s to what is held".formatted(governed.token(token)),
        held.compareTo(booked) < 0
            ? List.of(
                "books of %s: %s -> %s"
                    .formatted(
                        governed.token(token).symbol(),
                        governed.token(token).amount(booked),
                        governed.token(token).amount(held)))
            : List.of(),
        List.of(),
        governor.sync(token));
  }

  // ---- loans ----

  /** Has the vault remember the indices of its lending market. */
  public Act poke() {
    lending();
    return Act.of(
        "remember the indices of the lending market",
        List.of(),
        List.of(
            "it moves nothing, anyone may, and within a step and an hour of the last time it does nothing"),
        governed.vault().poke());
  }

  /**
   * Repays what is owed of a token from the books, and takes back into them what is supplied.
   *
   * @param repay whole tokens; {@code all}, or empty for nothing
   * @param withdraw likewise
   * @throws Complaint if there is nothing of the kind
   */
  public Act unwind(Token token, Optional<String> repay, Optional<String> withdraw) {
    Position now = position(token);
    BigInteger booked = booked(token.address());
    Optional<BigInteger> back = units(token, repay);
    Optional<BigInteger> out = units(token, withdraw);
    if (back.isEmpty() && out.isEmpty()) {
      throw new Complaint("Say what is to be unwound: --repay, --withdraw or both.");
    }
    back.ifPresent(amount -> {
      if (now.owed().signum() == 0) {
        throw new Complaint("Nothing is owed of %s: leave --repay out.".formatted(token));
      }
      if (!amount.equals(ALL) && amount.compareTo(booked) > 0) {
        throw new Complaint(
            "The vault has %s booked, less than the %s to be repaid: repay less, or deposit first."
                .formatted(token.amount(booked), token.amount(amount)));
      }
    });
    out.ifPresent(amount -> {
      if (amount.equals(ALL)
          ? now.supplied().signum() == 0
          : amount.compareTo(now.supplied()) > 0) {
        throw new Complaint(
            "The vault has supplied %s, less than what is to be taken back: take less, or all."
                .formatted(token.amount(now.supplied())));
      }
    });
    BigInteger repaid = back.orElse(BigInteger.ZERO).min(now.owed()).min(booked);
    BigInteger taken = out.orElse(BigInteger.ZERO).min(now.supplied());
    List<String> changes = new ArrayList<>();
    change(changes, "owed of", token, now.owed(), now.owed().subtract(repaid));
    change(changes, "supplied of", token, now.supplied(), now.supplied().subtract(taken));
    change(changes, "books of", token, booked, booked.subtract(repaid).add(taken));
    return Act.of(
        "unwind loans of %s".formatted(token),
        changes,
        List.of(
            "amounts as of now: interest goes on until it is done",
            "the vault refuses what leaves its health factor under the policy's floor, unless it rises"),
        governor.unwind(
            token.address(), back.orElse(BigInteger.ZERO), out.orElse(BigInteger.ZERO)));
  }

  private static void change(
      List<String> changes, String what, Token token, BigInteger before, BigInteger after) {
    if (!before.equals(after)) {
      changes.add(
          "%s %s: %s -> %s"
              .formatted(what, token.symbol(), token.amount(before), token.amount(after)));
    }
  }

  private Optional<BigInteger> units(Token token, Optional<String> given) {
    return given.map(amount ->
        amount.equals("all")
            ? ALL
            : governed.amount("%s=%s".formatted(token.address(), amount)).units());
  }

  /** What there is with the lending market, with interest until now. */
  private record Position(BigInteger supplied, BigInteger owed) {}

  private Position position(Token token) {
    Policy.Lending lending = lending();
    List<Address> tokens =
        lending.reserves().stream()
            .map(reserve -> governed.policy().parts().assets().get(reserve.asset()).token())
            .toList();
    int at = tokens.indexOf(token.address());
    if (at < 0) {
      throw new Complaint(
          "The vault's policy neither supplies nor borrows %s: its reserves are %s."
              .formatted(token, tokens.stream().map(governed::token).toList()));
    }
    AbiValues state =
        governed
            .chain()
            .call(
                lending.desk(),
                LOOK,
                governed.vault().address(),
                lending.pool(),
                tokens,
                BigInteger.ZERO)
            .structs("states")
            .get(at);
    return new Position(state.integer("supplied"), state.integer("owed"));
  }

  private Policy.Lending lending() {
    Policy.Lending lending = governed.policy().parts().lending();
    if (!lending.exists()) {
      throw new Complaint(
          "The vault's policy has no lending: `probity vault inspect` says what it has.");
    }
    return lending;
  }

  private BigInteger booked(Address token) {
    return governed.vault().book(BlockTag.LATEST, token).amount();
  }

  private Address recipient() {
    return governed.vault().parts().recipient();
  }

  // ---- roles ----

  /** Lets delays hold. */
  public Act seal() {
    List<String> changes = new ArrayList<>();
    for (PolicyPart part : PolicyPart.values()) {
      OfPart of = roles.part(part);
      changes.add(
          "delay of %s: none -> %s".formatted(part.words(), GovernedVault.time(of.delaySeconds())));
    }
    return Act.of(
        "seal the vault for good",
        changes,
        List.of("what waits now is void", "this cannot be undone"),
        governor.seal());
  }

  /** Submits a change of the owner's. */
  public Act submit(Change change, Address account, BigInteger value) {
    return Act.of(
        "submit: " + words(change, account, value),
        List.of(difference(change, account, value)),
        List.of(
            roles.isSealed()
                ? "it waits, and then anyone may put it in force by `probity vault role ... confirm`, ownership its new owner alone; to raise a delay waits for nothing"
                : change == Change.OWNER
                    ? "its new owner puts it in force by `probity vault role ... confirm`"
                    : "the vault is UNSEALED: it is in force at once"),
        governor.submit(change, account, value));
  }

  /** Puts a change of the owner's in force. */
  public Act confirm(Change change, Address account, BigInteger value) {
    return Act.of(
        "confirm: " + words(change, account, value),
        List.of(difference(change, account, value)),
        List.of("it is in force at once"),
        governor.confirm(change, account, value));
  }

  /** Takes a change of the owner's away. */
  public Act revoke(Change change, Address account, BigInteger value) {
    return Act.of(
        "revoke: " + words(change, account, value),
        List.of(),
        List.of("it does not come"),
        governor.revoke(change, account, value));
  }

  private static String words(Change change, Address account, BigInteger value) {
    return "%s %s"
        .formatted(
            change.words(),
            change.ofDelay() ? GovernedVault.time(value.longValueExact()) : account);
  }

  private String difference(Change change, Address account, BigInteger value) {
    return switch (change) {
      case CURATOR -> "curator: %s -> %s".formatted(roles.curator(), account);
      case OWNER -> "owner: %s -> %s".formatted(roles.owner(), account);
      case ADD_SENTINEL -> "sentinel %s: no -> yes".formatted(account);
      case REMOVE_SENTINEL -> "sentinel %s: yes -> no".formatted(account);
      case LIMITS_DELAY, MODEL_DELAY, PARTS_DELAY -> {
        PolicyPart part = PolicyPart.values()[change.ordinal() - Change.LIMITS_DELAY.ordinal()];
        yield "delay of %s: %s -> %s"
            .formatted(
                part.words(),
                GovernedVault.time(roles.part(part).delaySeconds()),
                GovernedVault.time(value.longValueExact()));
      }
    };
  }
}
