package org.probity.governance;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.probity.agent.Token;
import org.probity.agent.checks.AccountChecks.Amount;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.ChainClient;
import org.probity.chain.Head;
import org.probity.intent.Governor;
import org.probity.intent.Vault;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyPart;
import org.probity.intent.policy.PolicyWords;
import org.probity.terminal.Complaint;

/** A vault under a governor, as it was on the newest block when it was looked at. */
public final class GovernedVault {

  private static final int MOST_PLACES = 100;

  private final ChainClient chain;
  private final Governor governor;
  private final Head head;
  private final Governor.State roles;
  private final Policy policy;
  private final TokenNames names;

  private GovernedVault(ChainClient chain, Governor governor) {
    this.chain = chain;
    this.governor = governor;
    this.head = chain.head();
    this.roles = governor.state(BlockTag.LATEST);
    this.policy = governor.vault().policy();
    this.names = new TokenNames(chain);
  }

  /**
   * The vault at {@code address}.
   *
   * @throws IllegalArgumentException if there is none
   * @throws Complaint if it has no governor
   */
  public static GovernedVault at(ChainClient chain, Address address) {
    Vault vault = Vault.at(chain, address);
    return new GovernedVault(
        chain,
        Governor.of(chain, vault)
            .orElseThrow(() ->
                new Complaint(
                    "The vault %s has no governor, and answers to %s alone: look at it by `probity vault inspect`."
                        .formatted(address, vault.parts().owner()))));
  }

  public ChainClient chain() {
    return chain;
  }

  public Vault vault() {
    return governor.vault();
  }

  public Governor governor() {
    return governor;
  }

  /** Who is who, and what waits. */
  public Governor.State roles() {
    return roles;
  }

  /** The policy in force. */
  public Policy policy() {
    return policy;
  }

  /** The clock of the newest block, in seconds of Unix time. */
  long now() {
    return head.timestamp();
  }

  // ---- tokens ----

  Token token(Address address) {
    return names.token(address);
  }

  /** The tokens of the policy, the numeraire first. */
  List<Token> assets() {
    return policy.parts().assets().stream().map(asset -> token(asset.token())).toList();
  }

  /**
   * The asset that is called so, by symbol or address.
   *
   * @throws Complaint if none is, or several
   */
  public Token asset(String given) {
    List<Token> called =
        assets().stream()
            .filter(token ->
                token.symbol().equals(given) || token.address().toString().equalsIgnoreCase(given))
            .toList();
    if (called.size() == 1) {
      return called.getFirst();
    }
    throw new Complaint(
        called.isEmpty()
            ? "The vault has no asset %s: it has %s.".formatted(given, assets())
            : "The vault has %s assets that call themselves %s: name one by its address."
                .formatted(called.size(), given));
  }

  /**
   * So many whole tokens.
   *
   * @param given {@code WETH=2}
   * @throws Complaint if it cannot be read
   */
  public Amount amount(String given) {
    String[] words = given.split("=", -1);
    try {
      if (words.length != 2) {
        throw new IllegalArgumentException(given);
      }
      Token token = asset(words[0].strip());
      BigDecimal whole = new BigDecimal(words[1].strip());
      if (Math.abs((long) whole.scale()) > MOST_PLACES || whole.signum() <= 0) {
        throw new IllegalArgumentException(given);
      }
      return new Amount(token, token.units(whole));
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new Complaint(
          "\"%s\" is no amount: give it as WETH=2, above 0 and with no more decimals than the token has."
              .formatted(given),
          e);
    }
  }

  // ---- words ----

  /** What would be in force with {@code next}, against what is now. */
  List<String> changes(Policy next) {
    return PolicyWords.changes(policy, next, names);
  }

  /** What would be in force if what waits for a part were accepted now. */
  List<String> changes(PolicyPart part, Governor.Proposal waiting) {
    try {
      return changes(waiting.in(policy, part));
    } catch (IllegalArgumentException e) {
      return List.of("%s: as they are -> what cannot be read".formatted(part.words()));
    }
  }

  /** A moment, and how far it is from the newest block. */
  String when(long moment) {
    return when(moment, now());
  }

  /** A moment, and how far it is from {@code now}. */
  static String when(long moment, long now) {
    long seconds = moment - now;
    return "%s (%s)"
        .formatted(
            Instant.ofEpochSecond(moment),
            seconds > 0 ? "in " + time(seconds) : time(-seconds) + " ago");
  }

  /** A time, in its largest whole unit or two. */
  static String time(long seconds) {
    Duration time = Duration.ofSeconds(seconds);
    long days = time.toDays();
    if (days > 0) {
      return time.toHoursPart() == 0 ? days + " d" : days + " d " + time.toHoursPart() + " h";
    }
    if (time.toHours() > 0) {
      return time.toMinutesPart() == 0
          ? time.toHours() + " h"
          : time.toHours() + " h " + time.toMinutesPart() + " min";
    }
    return time.toMinutes() > 0 ? time.toMinutes() + " min" : seconds + " s";
  }
}
