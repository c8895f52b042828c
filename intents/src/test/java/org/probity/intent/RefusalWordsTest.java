package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.ContractArtifact;
import org.probity.chain.RevertReason;
import org.probity.intent.policy.Refusal;

class RefusalWordsTest {

  private static final RefusalWords USDC = new RefusalWords("USDC", 6);

  private static RevertReason reason(String name, String... numbers) {
    return reason(name, Arrays.stream(numbers).map(BigInteger::new).toArray());
  }

  private static RevertReason reason(String name, Object... arguments) {
    AbiFunction error =
        Stream.of(Vault.VAULT, Vault.ENGINE, Vault.LOANS)
            .map(ContractArtifact::errors)
            .flatMap(errors -> errors.stream())
            .filter(e -> e.name().equals(name))
            .findFirst()
            .orElseThrow();
    return RevertReason.decode(error.encode(arguments), Vault.ERRORS);
  }

  @Test
  void whatPassesIsAnErrorOfTheContractsAndNoneOfTheDecisionsOwn() {
    Stream<String> known =
        Stream.of(
                Vault.VAULT,
                Vault.ENGINE,
                Vault.LOANS,
                Vault.RULES,
                Vault.KEYS,
                Vault.TWAP_RETURNS,
                Vault.CHAINLINK_RETURNS,
                Vault.SIGNED_REPORT,
                Vault.V3_ACTION,
                Vault.VERIFIER)
            .flatMap(artifact -> artifact.errors().stream())
            .map(AbiFunction::name);
    assertThat(known.filter(Refusal::passes).distinct())
        .containsExactlyInAnyOrder(
            "ActionLost",
            "DayLossReached",
            "DepositInThisTransaction",
            "FilledInPart",
            "FilledTooLittle",
            "HealthTooLow",
            "HistoryTooShort",
            "LoanHindered",
            "MarketMoved",
            "MonthLossReached",
            "NoBlockStart",
            "NothingGot",
            "OracleOutOfBounds",
            "OracleStale",
            "PriceBeyondLimit",
            "PricesDisagree",
            "SequencerDown",
            "SlippageExceeded",
            "TooLargeForDepth",
            "TooLittleLiquidity",
            "TooSoon");
  }

  @Test
  void pricesAreComparedInPerCent() {
    assertThat(
            USDC.of(
                reason(
                    "PriceBeyondLimit", "3947322415210662230036256", "3901195457913807218539518")))
        .isEqualTo("the pool's price is 2.38 % beyond the worst that the policy accepts");
    assertThat(USDC.of(reason("MarketMoved", "-1200", "-1260", "50")))
        .isEqualTo(
            "the price at the start of the block lies 0.602 % from its mean, and the policy allows 0.501 %");
    assertThat(
            USDC.of(
                reason(
                    "PricesDisagree",
                    Address.ZERO,
                    new BigInteger("2500000000"),
                    new BigInteger("2450500000"),
                    BigInteger.valueOf(100))))
        .isEqualTo(
            "the pools say 2500 USDC and the independent price says 2450.5 USDC: they lie further apart than the policy's 100 basis points");
  }

  @Test
  void amountsHaveTheirDecimalsAndSymbols() {
    assertThat(USDC.of(reason("TooLargeForDepth", "99500000", "100000000")))
        .isEqualTo(
            "the pools bear a trade of 99.5 USDC now, less than the policy's smallest of 100 USDC");
    assertThat(USDC.of(reason("DayLossReached", "500000001", "500000000")))
        .isEqualTo("losses of 500.000001 USDC reach the day's allowance of 500 USDC");
    assertThat(USDC.of(reason("MonthLossReached", "2500000000", "2500000000")))
        .isEqualTo("losses of 2500 USDC reach the month's allowance of 2500 USDC");
    assertThat(USDC.of(reason("ActionLost", "100000001", "100000000")))
        .isEqualTo("the trades would lose 100.000001 USDC, and the policy allows 100 USDC");
  }

  @Test
  void momentsAreToldAsTimeThatPasses() {
    assertThat(USDC.of(reason("Expired", "1750020340", "1796000636")))
        .isEqualTo("its deadline is over since 532 days by the clock of the block");
    assertThat(USDC.of(reason("TooSoon", "1750020340", "1750020400")))
        .isEqualTo("the policy allows the next trade in 60 s");
  }

  @Test
  void loansAreToldAsTheMarketAndThePolicySeeThem() {
    assertThat(USDC.of(reason("LoanHindered", Address.ZERO, BigInteger.ONE)))
        .isEqualTo(
            "the lending market lets the vault borrow too little of %s now"
                .formatted(Address.ZERO));
    assertThat(
            USDC.of(
                reason(
                    "HealthTooLow",
                    "1812345678901234567",
                    "1399999999999999999",
                    "1500000000000000000")))
        .isEqualTo("the health factor would be 1.399 after 1.812, and the policy's floor is 1.5");
  }

  @Test
  void otherReasonsStandAsTheyAre() {
    assertThat(USDC.of(reason("WrongNonce", "3", "4"))).isEqualTo("WrongNonce(3, 4)");
    assertThat(USDC.of(new RevertReason.Message("no"))).isEqualTo("no");
    assertThat(USDC.of(reason("PriceBeyondLimit", "0", "0"))).isEqualTo("PriceBeyondLimit(0, 0)");
  }
}
