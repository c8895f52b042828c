package org.probity.sim.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** The arithmetic of words is that of BigInteger, with the edges of every limb drawn often. */
final class WordTest {

  private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(256);
  private static final BigInteger MAX = MODULUS.subtract(BigInteger.ONE);

  private final WideMath math = new WideMath();

  @Provide
  static Arbitrary<BigInteger> words() {
    Arbitrary<Long> limb =
        Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(
                3, Arbitraries.of(0L, -1L, 1L, Long.MIN_VALUE, Long.MAX_VALUE, -2L)),
            net.jqwik.api.Tuple.of(2, Arbitraries.longs()));
    Arbitrary<BigInteger> limbs =
        limb.array(Long[].class)
            .ofSize(4)
            .map(four -> {
              BigInteger value = BigInteger.ZERO;
              for (long one : four) {
                value = value.shiftLeft(64).add(new BigInteger(Long.toUnsignedString(one)));
              }
              return value;
            });
    Arbitrary<BigInteger> sized =
        net.jqwik.api.Combinators.combine(
                Arbitraries.integers().between(0, 256), Arbitraries.longs())
            .as((bits, seed) -> new BigInteger(bits, new Random(seed)));
    return Arbitraries.oneOf(limbs, sized);
  }

  @Property
  void sumsDifferencesAndProductsWrap(
      @ForAll("words") BigInteger a, @ForAll("words") BigInteger b) {
    Word x = Word.of(a);
    assertThat(x.addCarries(Word.of(b))).isEqualTo(a.add(b).compareTo(MAX) > 0);
    assertThat(x.toUnsigned()).isEqualTo(a.add(b).mod(MODULUS));
    Word y = Word.of(a);
    assertThat(y.subBorrows(Word.of(b))).isEqualTo(a.compareTo(b) < 0);
    assertThat(y.toUnsigned()).isEqualTo(a.subtract(b).mod(MODULUS));
    assertThat(new Word().setProduct(Word.of(a), Word.of(b)).toUnsigned())
        .isEqualTo(a.multiply(b).mod(MODULUS));
    assertThat(Word.of(a).negate().toUnsigned()).isEqualTo(a.negate().mod(MODULUS));
    Word up = Word.of(a);
    assertThat(up.incrementCarries()).isEqualTo(a.equals(MAX));
    assertThat(up.toUnsigned()).isEqualTo(a.add(BigInteger.ONE).mod(MODULUS));
  }

  @Property
  void comparesAsBothKindsOfInteger(@ForAll("words") BigInteger a, @ForAll("words") BigInteger b) {
    Word x = Word.of(a);
    Word y = Word.of(b);
    assertThat(Integer.signum(x.compareUnsigned(y))).isEqualTo(a.compareTo(b));
    assertThat(x.same(y)).isEqualTo(a.equals(b));
    assertThat(x.bitLength()).isEqualTo(a.bitLength());
    assertThat(x.fitsSigned(128)).isEqualTo(x.toSigned().bitLength() < 128);
    assertThat(Word.of(x.toSigned()).same(x)).isTrue();
  }

  @Property
  void shiftsAndTruncates(@ForAll("words") BigInteger a, @ForAll @IntRange(max = 255) int bits) {
    assertThat(Word.of(a).shiftLeft(bits).toUnsigned()).isEqualTo(a.shiftLeft(bits).mod(MODULUS));
    assertThat(Word.of(a).shiftRight(bits).toUnsigned()).isEqualTo(a.shiftRight(bits));
    assertThat(Word.of(a).shiftRightSigned(bits).toSigned())
        .isEqualTo(Word.of(a).toSigned().shiftRight(bits));
    assertThat(Word.of(a).truncate(bits).toUnsigned())
        .isEqualTo(a.mod(BigInteger.ONE.shiftLeft(bits)));
  }

  @Property(tries = 5000)
  void dividesThroughFiveHundredAndTwelveBits(
      @ForAll("words") BigInteger a, @ForAll("words") BigInteger b, @ForAll("words") BigInteger d) {
    Word x = Word.of(a);
    Word y = Word.of(b);
    Word z = Word.of(d);
    Word r = new Word();
    for (int bits : new int[] {0, 1, 64, 96, 128, 200, 256}) {
      assertThat(math.mulShift(r, x, y, bits).toUnsigned())
          .isEqualTo(a.multiply(b).shiftRight(bits).mod(MODULUS));
    }
    if (d.signum() == 0) {
      assertThatThrownBy(() -> math.divide(r, x, z)).isInstanceOf(WideMath.OutOfRange.class);
      assertThatThrownBy(() -> math.mulDiv(r, x, y, z)).isInstanceOf(WideMath.OutOfRange.class);
      return;
    }
    assertThat(math.divide(r, x, z).toUnsigned()).isEqualTo(a.divide(d));
    assertThat(math.divideRoundingUp(r, x, z).toUnsigned()).isEqualTo(ceiling(a, d));
    BigInteger product = a.multiply(b);
    if (product.divide(d).compareTo(MAX) > 0) {
      assertThatThrownBy(() -> math.mulDiv(r, x, y, z)).isInstanceOf(WideMath.OutOfRange.class);
    } else {
      assertThat(math.mulDiv(r, x, y, z).toUnsigned()).isEqualTo(product.divide(d));
    }
    if (ceiling(product, d).compareTo(MAX) > 0) {
      assertThatThrownBy(() -> math.mulDivRoundingUp(r, x, y, z))
          .isInstanceOf(WideMath.OutOfRange.class);
    } else {
      assertThat(math.mulDivRoundingUp(r, x, y, z).toUnsigned()).isEqualTo(ceiling(product, d));
    }
    assertThat(x.toUnsigned()).isEqualTo(a);
    assertThat(math.mulDiv(x, x, z, z).toUnsigned()).isEqualTo(a);
  }

  @Property
  void theRootIsTheGreatestThatIsNotTooGreat(@ForAll("words") BigInteger a) {
    assertThat(math.sqrt(new Word(), Word.of(a)).toUnsigned()).isEqualTo(a.sqrt());
  }

  @Property
  void theReciprocalIsExact(@ForAll long d) {
    long high = d | Long.MIN_VALUE;
    BigInteger exact =
        BigInteger.ONE
            .shiftLeft(128)
            .subtract(BigInteger.ONE)
            .divide(new BigInteger(Long.toUnsignedString(high)))
            .subtract(BigInteger.ONE.shiftLeft(64));
    assertThat(WideMath.reciprocal(high)).isEqualTo(exact.longValue());
  }

  private static BigInteger ceiling(BigInteger a, BigInteger d) {
    return a.add(d).subtract(BigInteger.ONE).divide(d);
  }
}
