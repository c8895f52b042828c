package org.probity.agent.checks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.probity.chain.AbiFunction;
import org.probity.chain.Bytes;
import org.probity.chain.ContractArtifact;
import org.probity.chain.RevertReason;
import org.probity.intent.Vault;

/** Each reason of a venue, a desk or the rules of both has a sentence. */
final class RulesWordsTest {

  /** Those of a trade under way, and those that a file's own check has words for. */
  private static final List<String> OTHERS =
      List.of(
          "FeeOnTransfer",
          "FilledInPart",
          "NoEtherFrom",
          "NotARoute",
          "NotHanded",
          "NotOwed",
          "NotPool",
          "NothingGot",
          "ReentrancyGuardReentrantCall",
          "SafeCastOverflowedIntToUint",
          "SafeCastOverflowedUintToInt",
          "SafeERC20FailedOperation",
          "WrongDecimals");

  private static final Bytes WORD = Bytes.of(new byte[32]);

  static Stream<AbiFunction> reasons() {
    Stream<AbiFunction> ofRules =
        ContractArtifact.load("PolicyRules").errors().stream()
            .filter(error ->
                List.of("WrongFee", "VenueTwice", "ReserveTwice", "NoLending")
                    .contains(error.name()));
    return Stream.concat(
        ofRules,
        Stream.of("UniswapV2Action", "UniswapV4Action", "UniswapV3PathAction", "AaveV3Desk")
            .flatMap(name -> ContractArtifact.load(name).errors().stream())
            .filter(error -> !OTHERS.contains(error.name())));
  }

  @ParameterizedTest
  @MethodSource("reasons")
  void aReasonIsASentenceWithARemedy(AbiFunction error) {
    Bytes data = error.selector();
    RevertReason reason;
    do {
      data = data.concat(WORD);
      reason = RevertReason.decode(data, Vault.ERRORS);
    } while (!(reason instanceof RevertReason.Custom) && data.length() < 256);
    assertThat(RulesWords.of(reason))
        .as("" + reason)
        .hasValueSatisfying(words -> assertThat(words).contains(": ").doesNotEndWith("."));
  }
}
