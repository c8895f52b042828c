package org.probity.agent.checks;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.RevertReason;
import org.probity.ground.Bytes32;

/**
 * Why a chain's rules take no such policy, where the reason is a venue or a lending market: what
 * the rules themselves, the actions of venues and the desk of a market refuse.
 */
public final class RulesWords {

  private RulesWords() {}

  /** One sentence of cause and remedy, without a stop; empty for other reasons. */
  public static Optional<String> of(RevertReason reason) {
    return reason instanceof RevertReason.Custom(String name, AbiValues why)
        ? Optional.ofNullable(of(name, why))
        : Optional.empty();
  }

  private static @Nullable String of(String name, AbiValues why) {
    return switch (name) {
      case "WrongFee" ->
          "Venue %s of the policy costs %s hundredths of a basis point and not %s: draft the policy anew"
              .formatted(why.integer("venue"), why.integer("action"), why.integer("policy"));
      case "VenueTwice" ->
          "The policy's venues %s and %s are one: list each once"
              .formatted(why.integer("first"), why.integer("second"));
      case "ReserveTwice" ->
          "The policy has asset %s under two reserves: list it once"
              .formatted(why.integer("asset"));
      case "NoLending" ->
          "The policy has no lending market and its %s is of one: name the market, or leave it out"
              .formatted(field(why.word("field")));
      case "PathLength" ->
          "A venue's way goes over %s pools: name 1 to 3".formatted(why.integer("pools"));
      case "NotAPath" ->
          "A venue's way comes to %s where %s is wanted: name the pools from the asset to the numeraire, in their order"
              .formatted(why.address("reached"), why.address("wanted"));
      case "PassedTwice" ->
          "A venue's way comes to %s twice: take a shorter one".formatted(why.address("token"));
      case "ForeignPool" ->
          "%s is no pool of the factory that the venue's action trusts: name one of that"
              .formatted(why.address("pool"));
      case "NoPool" ->
          "The pool manager has no pool %s of these currencies, this fee and spacing without hooks: check them"
              .formatted(why.word("poolId"));
      case "OtherProtocolFee" ->
          "The protocol takes another part of the trades of pool %s than the policy counts on: draft the policy anew"
              .formatted(why.word("poolId"));
      case "UnknownRevision" ->
          "The market %s has revision %s, which this release does not know: lend elsewhere"
              .formatted(why.address("pool"), why.integer("revision"));
      case "NotAReserve" ->
          "The market %s has no reserve of %s: leave it out, or name another market"
              .formatted(why.address("pool"), why.address("token"));
      case "ReserveNotLive" ->
          live(
              why.address("token"),
              !why.bool("active") ? "not active" : why.bool("paused") ? "paused" : "frozen");
      case "BorrowingDisabled" ->
          "The reserve of %s cannot be borrowed: leave out its borrow-most"
              .formatted(why.address("token"));
      case "IsolatedReserve" ->
          "The reserve of %s is collateral in isolation alone: lend another asset"
              .formatted(why.address("token"));
      case "SiloedReserve" ->
          "Whoever borrows %s may owe nothing else: leave out its borrow-most, or lend another asset"
              .formatted(why.address("token"));
      case "NoSuchCategory" ->
          "The market %s has no category %s: name another e-mode, or none"
              .formatted(why.address("pool"), why.integer("eMode"));
      case "NotInCategory" ->
          "%s is not in the market's category %s as the policy wants it: name another e-mode, or none"
              .formatted(why.address("token"), why.integer("eMode"));
      case "NoPrice" ->
          "The market's oracle has no price of %s: lend another asset"
              .formatted(why.address("token"));
      default -> null;
    };
  }

  private static String live(Address token, String state) {
    return "The reserve of %s is %s: lend another asset, or wait until the market's governance changes that"
        .formatted(token, state);
  }

  /** A field as the rules name it, in words. */
  private static String field(Bytes32 word) {
    return new String(word.toByteArray(), StandardCharsets.US_ASCII)
        .replace("\0", "")
        .replaceAll("([A-Z])", " $1")
        .toLowerCase(Locale.ROOT);
  }
}
