package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import org.junit.jupiter.api.Test;
import org.probity.chain.AbiFunction;
import org.probity.chain.ContractArtifact;
import org.probity.chain.RevertReason;

class RefusalWordsTest {

  private static final RefusalWords WETH = new RefusalWords("WETH", 18, "USDC", 6, false);

  private static RevertReason reason(String name, String first, String second) {
    AbiFunction error =
        ContractArtifact.load("ProofBoundVault").errors().stream()
            .filter(e -> e.name().equals(name))
            .findFirst()
            .orElseThrow();
    return RevertReason.decode(
        error.encode(new BigInteger(first), new BigInteger(second)), Vault.ERRORS);
  }

  @Test
  void aPriceBeyondTheLimitIsAPriceAndPerCent() {
    RevertReason reason =
        reason("PriceBeyondLimit", "3947322415210662230036256", "3901195457913807218539518");
    assertThat(WETH.of(reason))
        .isEqualTo(
            "the pool's price of 2482.25 USDC a WETH is 2.38 % beyond the policy's limit of 2424.58");
    // The same pool seen from its other token.
    assertThat(new RefusalWords("USDC", 6, "WETH", 18, true).of(reason))
        .startsWith("the pool's price of 0.00040286 WETH a USDC is 2.32 % beyond");
  }

  @Test
  void amountsHaveTheirDecimalsAndSymbols() {
    assertThat(WETH.of(reason("TradeTooSmall", "99500000", "100000000")))
        .isEqualTo("the trade of 99.5 USDC is below the policy's smallest of 100 USDC");
    assertThat(WETH.of(reason("BudgetSpent", "20250", "0"))).startsWith("0 USDC is left");
    assertThat(WETH.of(reason("SlippageExceeded", "1", "2"))).contains("0.000002 USDC");
    assertThat(WETH.of(reason("Expired", "1750020340", "1796000636")))
        .isEqualTo("its deadline is over since 532 days by the clock of the block");
  }

  @Test
  void otherReasonsStandAsTheyAre() {
    assertThat(WETH.of(reason("WrongNonce", "3", "4"))).isEqualTo("WrongNonce(3, 4)");
    assertThat(WETH.of(new RevertReason.Message("no"))).isEqualTo("no");
    assertThat(WETH.of(reason("PriceBeyondLimit", "0", "0"))).isEqualTo("PriceBeyondLimit(0, 0)");
  }
}
