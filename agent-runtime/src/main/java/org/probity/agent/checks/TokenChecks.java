package org.probity.agent.checks;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.probity.agent.Token;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Erc20;
import org.probity.chain.RpcRefused;
import org.probity.intent.policy.PolicyBounds;

/**
 * Whether a vault can count a token. Its books are what was moved, so that a token must arrive
 * whole and stay what it is.
 *
 * <p>A transfer is tried where nothing can come of it: in a call that the node simulates with
 * another code in the place of a pool's, which holds some. What a token will do later nobody can
 * try: an owner of it may switch a fee on.
 */
final class TokenChecks {

  private static final ContractArtifact PROBE = ContractArtifact.load("TransferProbe");
  private static final AbiFunction TRY = PROBE.function("tryOut");

  /** Accounts that nobody has. */
  private static final Address NOBODY = new Address("0x00000000000000000000000050726f6269747921");

  private static final Address NOBODY_ELSE =
      new Address("0x00000000000000000000000050726f6269747922");

  private static final List<String> LEGS = List.of("away", "between", "back");

  /** A part of the pool's that no rounding hides a fee in. */
  private static final BigInteger PART = BigInteger.valueOf(100);

  /** What answers to one of these changes balances without a transfer. */
  private static final List<AbiFunction> REBASING =
      List.of(
          AbiFunction.parse("scaledBalanceOf(address) returns (uint256 amount)"),
          AbiFunction.parse("sharesOf(address) returns (uint256 amount)"));

  private final Examination exam;
  private final ChainClient chain;

  TokenChecks(Examination exam, ChainClient chain) {
    this.exam = exam;
    this.chain = chain;
  }

  /** Looks at a token by itself. */
  Optional<Token> token(String name, Address address) {
    return exam.find(
        CheckName.TOKEN,
        () -> {
          if (chain.code(address).isEmpty()) {
            throw new IllegalArgumentException(
                "There is no contract at %s, the token of %s: check its address and the chain"
                    .formatted(address, name));
          }
          Token token;
          try {
            token = Token.at(chain, address);
          } catch (CallReverted | ArithmeticException e) {
            throw new IllegalArgumentException(
                "The contract %s does not answer as a token does: name that of %s"
                    .formatted(address, name),
                e);
          }
          if (token.decimals() > PolicyBounds.TOKEN_DECIMALS_MOST) {
            throw new IllegalArgumentException(
                "The token %s has %s decimals and a vault counts up to %s: list another"
                    .formatted(token, token.decimals(), PolicyBounds.TOKEN_DECIMALS_MOST));
          }
          return token;
        },
        token -> "%s, with %s decimals".formatted(token, token.decimals()));
  }

  /**
   * Moves some of it from a pool to an account of nobody's, on to another and back, on trial.
   *
   * @param holder a pool that trades it
   */
  void transfer(Token token, Address holder) {
    exam.look(
        CheckName.TOKEN_TRANSFER,
        () -> {
          Optional<AbiFunction> rebasing =
              REBASING.stream().filter(f -> answers(token, f)).findFirst();
          if (rebasing.isPresent()) {
            return Finding.wrong(
                "The balances of %s change without a transfer, since it counts in shares (it answers %s)"
                    .formatted(token, rebasing.get().name()),
                "list its wrapped form, whose balances stand");
          }
          BigInteger held = new Erc20(token.address()).balanceOf(chain, holder, BlockTag.LATEST);
          BigInteger amount = held.divide(PART);
          if (amount.signum() == 0) {
            return Finding.notLookedAt(
                "the pool %s holds too little of %s to try".formatted(holder, token));
          }
          return tried(token, holder, amount);
        });
  }

  private boolean answers(Token token, AbiFunction function) {
    try {
      chain.call(token.address(), function, NOBODY);
      return true;
    } catch (CallReverted | IllegalArgumentException e) {
      return false;
    }
  }

  private Finding tried(Token token, Address holder, BigInteger amount) {
    Map<String, Object> code = Map.of("code", PROBE.deployedCode().toString());
    AbiValues moved;
    try {
      moved =
          TRY.decode(
              Bytes.parse(
                  chain
                      .request(
                          "eth_call",
                          Map.of(
                              "from",
                              NOBODY.hex(),
                              "to",
                              holder.hex(),
                              "data",
                              TRY.encode(token.address(), NOBODY, NOBODY_ELSE, amount).toString()),
                          "latest",
                          Map.of(holder.hex(), code, NOBODY.hex(), code, NOBODY_ELSE.hex(), code))
                      .asText()));
    } catch (RpcRefused e) {
      return Finding.notLookedAt(
          "the node simulates no call with another code (%s)".formatted(e.said()));
    } catch (CallReverted e) {
      return Finding.wrong(
          "%s cannot be moved: a transfer on trial was refused (%s)"
              .formatted(token, e.getMessage()),
          "list a token that everybody can move");
    }
    for (String leg : LEGS) {
      BigInteger given = moved.struct(leg).integer("given");
      BigInteger received = moved.struct(leg).integer("received");
      if (!given.equals(amount) || !received.equals(amount)) {
        return lost(token, amount, given, received);
      }
    }
    return Finding.fine("%s arrived whole, there and back".formatted(token.amount(amount)));
  }

  private static Finding lost(
      Token token, BigInteger amount, BigInteger given, BigInteger received) {
    return Finding.wrong(
        "Of %s that were moved on trial %s left and %s arrived: %s takes a fee of what is moved, or rounds it"
            .formatted(
                token.amount(amount), token.amount(given), token.amount(received), token.symbol()),
        "list another, or its wrapped form");
  }
}
