package org.probity.governance;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.probity.agent.checks.RulesWords;
import org.probity.chain.AbiValues;
import org.probity.chain.RevertReason;
import org.probity.ground.Bytes32;
import org.probity.intent.policy.PolicyPart;

/** Why a governor refused, and what to do about it; what is none of its own is told as it came. */
final class GovernorWords {

  private final GovernedVault governed;

  GovernorWords(GovernedVault governed) {
    this.governed = governed;
  }

  /** One sentence of cause and remedy, without a stop. */
  String of(RevertReason reason) {
    if (!(reason instanceof RevertReason.Custom(String name, AbiValues why))) {
      return "%s: see to the cause".formatted(reason);
    }
    return switch (name) {
      case "NotOwner" -> role(why, "the owner", governed.roles().owner());
      case "NotCurator" -> role(why, "the curator", governed.roles().curator());
      case "NotOwnerOrCurator" ->
          role(
              why,
              "owner or curator",
              "%s or %s".formatted(governed.roles().owner(), governed.roles().curator()));
      case "NotCuratorOrSentinel" ->
          role(
              why,
              "curator or sentinel",
              "%s or one of %s".formatted(governed.roles().curator(), sentinels()));
      case "NotOfTheRoles" ->
          role(
              why,
              "owner, curator or sentinel",
              "%s, %s or one of %s"
                  .formatted(governed.roles().owner(), governed.roles().curator(), sentinels()));
      case "RolesClash" ->
          "%s has another role here already, of owner, curator, sentinel and agent: name another account"
              .formatted(why.address("account"));
      case "NothingPending" -> "Nothing of this kind waits: `probity vault inspect` says what does";
      case "NotYet" ->
          "It may be put in force from %s on: wait until then"
              .formatted(governed.when(why.int64("executableAt")));
      case "TooLate" ->
          "It has waited for too long, and is void since %s: submit it again"
              .formatted(governed.when(why.int64("until")));
      case "PausedNow" ->
          "The vault is paused, and nothing is put in force: end the pause first, or wait for its end";
      case "NoPauseToEnd" ->
          "No pause ends by itself now: only the owner %s can end one of its own"
              .formatted(governed.roles().owner());
      case "PauseCooldown" ->
          "Curator and sentinels together pause once in 14 days, next from %s on: ask the owner %s"
              .formatted(governed.when(why.int64("until")), governed.roles().owner());
      case "PartAbdicated" ->
          "That the %s can be loosened was given up for good: tighten them, or make another vault"
              .formatted(PolicyPart.values()[why.int32("part")].words());
      case "AlreadySealed" -> "The vault is sealed already: there is nothing to do";
      case "NoSentinel" ->
          "The vault would have no sentinel, and a sealed one keeps at least one: name one first by `probity vault role`";
      case "TooManySentinels" -> "The vault has as many sentinels as it may: remove one first";
      case "DelayOutOfBounds" ->
          "A delay of %s is not from %s to %s: name another"
              .formatted(
                  time(why.integer("seconds_")),
                  time(why.integer("least")),
                  time(why.integer("most")));
      case "NoChange" -> "It changes nothing: `probity vault inspect` says what there is";
      case "ZeroAddress" -> "Nobody has the account zero: name one whose key there is";
      case "NotTighter" ->
          "It is not tighter in %s: propose it instead".formatted(field(why.word("field")));
      case "PolicyOutOfBounds" ->
          "The rules of policies refuse %s of %s: `probity policy` says what it may be"
              .formatted(field(why.word("field")), why.integer("value"));
      case "NotAnAsset" ->
          "%s is no asset of the policy: name one that is".formatted(why.address("token"));
      case "HealthTooLow" ->
          "The health factor would fall from %s to %s, under the policy's floor of %s: repay more, or take less back"
              .formatted(factor(why.get(0)), factor(why.get(1)), factor(why.get(2)));
      case "LoanLeft" ->
          "There are loans of %s with the market that the vault would leave: unwind them first by `probity vault unwind`"
              .formatted(governed.token(why.address("token")));
      case "BalanceTooLow" ->
          "There is %s and not %s: take out less"
              .formatted(
                  governed.token(why.address("token")).amount(why.integer("balance")),
                  governed.token(why.address("token")).amount(why.integer("wanted")));
      default -> RulesWords.of(reason).orElseGet(() -> "%s: see to the cause".formatted(reason));
    };
  }

  /** Of a number that the market gives times 10^18. */
  private static String factor(Object wad) {
    return new BigDecimal((BigInteger) wad, 18)
        .setScale(3, RoundingMode.DOWN)
        .stripTrailingZeros()
        .toPlainString();
  }

  private static String role(AbiValues why, String role, Object who) {
    return "%s is not %s: it takes %s".formatted(why.address("caller"), role, who);
  }

  private String sentinels() {
    return governed.roles().sentinels().isEmpty()
        ? "no sentinels"
        : governed.roles().sentinels().toString();
  }

  private static String time(BigInteger seconds) {
    return seconds.bitLength() > 50 ? "ages" : GovernedVault.time(seconds.longValue());
  }

  /** A name that a contract wrote into a word. */
  private static String field(Bytes32 word) {
    String name = new String(word.toByteArray(), StandardCharsets.US_ASCII).replace("\0", "");
    return name.replaceAll("([A-Z])", " $1").toLowerCase(Locale.ROOT);
  }
}
