package org.probity.strategy.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PriceMathTest {

  /** The extreme prices that Uniswap v3 core documents in {@code TickMath.sol}. */
  @Test
  void theExtremeTicksHaveUniswapsExtremePrices() {
    assertThat(PriceMath.sqrtRatioX96(-PriceMath.MAX_TICK)).isEqualTo("4295128739");
    assertThat(PriceMath.sqrtRatioX96(PriceMath.MAX_TICK))
        .isEqualTo("1461446703485210103287273052203988822378723970342");
    assertThat(PriceMath.sqrtRatioX96(0)).isEqualTo(BigInteger.ONE.shiftLeft(96));
  }

  @Test
  void ticksBeyondTheExtremesAreRefused() {
    for (int tick :
        new int[] {
          PriceMath.MAX_TICK + 1, -PriceMath.MAX_TICK - 1, Integer.MIN_VALUE, Integer.MAX_VALUE
        }) {
      assertThatThrownBy(() -> PriceMath.sqrtRatioX96(tick))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Property(tries = 200)
  void theRatioIsThePowerToOnePartInAMillionMillion(
      @ForAll @IntRange(min = -400_000, max = 400_000) int tick) {
    var precision = new MathContext(60);
    BigDecimal power = new BigDecimal("1.0001").sqrt(precision).pow(Math.abs(tick), precision);
    BigDecimal exact = tick < 0 ? BigDecimal.ONE.divide(power, precision) : power;
    BigDecimal ratio =
        new BigDecimal(PriceMath.sqrtRatioX96(tick))
            .divide(new BigDecimal(BigInteger.ONE.shiftLeft(96)), precision);
    BigDecimal error = ratio.subtract(exact).abs().divide(exact, precision);
    // 2^-96 of rounding up is all the larger against a small ratio.
    BigDecimal rounding =
        BigDecimal.ONE.divide(
            exact.multiply(new BigDecimal(BigInteger.ONE.shiftLeft(96))), precision);
    assertThat(error).isLessThan(new BigDecimal("1e-12").add(rounding));
  }

  @Property(tries = 500)
  void aHigherTickIsAHigherPrice(
      @ForAll @IntRange(min = -PriceMath.MAX_TICK, max = PriceMath.MAX_TICK - 1) int tick) {
    assertThat(PriceMath.sqrtRatioX96(tick + 1)).isGreaterThan(PriceMath.sqrtRatioX96(tick));
  }

  @Test
  void anAmountAtPriceOneIsWorthItself() {
    var amount = new BigInteger("123456789012345678901234567890");
    assertThat(PriceMath.valueAt(amount, PriceMath.sqrtRatioX96(0))).isEqualTo(amount);
  }

  @Test
  void aValueBeyond128BitsIsRefused() {
    BigInteger amount = BigInteger.ONE.shiftLeft(127);
    assertThatThrownBy(() -> PriceMath.valueAt(amount, PriceMath.sqrtRatioX96(20_000)))
        .isInstanceOf(ArithmeticException.class);
  }
}
