package org.probity.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.probity.chain.Address;

/** Amounts as people read them. */
final class TokenTest {

  private static final Token WETH = new Token(Address.ZERO, "WETH", 18);
  private static final Token USD = new Token(Address.ZERO, "USD", 6);

  @Test
  void amountsHaveASymbolAndTheirDecimals() {
    assertThat(WETH.amount(new BigInteger("4394689036023687785"))).isEqualTo("4.394689 WETH");
    assertThat(USD.amount(BigInteger.valueOf(10_000_000_000L))).isEqualTo("10,000 USD");
    assertThat(USD.amount(BigInteger.valueOf(-1_500_000))).isEqualTo("-1.5 USD");
    assertThat(WETH.amount(BigInteger.ZERO)).isEqualTo("0 WETH");
    assertThat(new Token(Address.ZERO, "NFT", 0).amount(BigInteger.TEN)).isEqualTo("10 NFT");
  }

  @Test
  void amountTooSmallForSixDigitsIsNotNothing() {
    assertThat(WETH.amount(BigInteger.ONE)).isEqualTo("0.000000000000000001 WETH");
    assertThat(WETH.amount(BigInteger.valueOf(123_456))).isEqualTo("0.000000000000123 WETH");
  }

  @Test
  void digitsDoNotFollowTheLocale() {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
    try {
      assertThat(USD.amount(BigInteger.valueOf(1_234_500_000L))).isEqualTo("1,234.5 USD");
    } finally {
      Locale.setDefault(before);
    }
  }
}
