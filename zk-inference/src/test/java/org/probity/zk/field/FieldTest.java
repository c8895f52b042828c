package org.probity.zk.field;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Both fields against {@link BigInteger}. */
class FieldTest {
  private static final BigInteger R = PrimeField.FR.modulus();
  private static final BigInteger P = PrimeField.FP.modulus();

  /** Any 256-bit integer, and often one beside a boundary of the representation. */
  @Provide
  Arbitrary<BigInteger> integers() {
    var top = BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE);
    var uniform = Arbitraries.bigIntegers().between(BigInteger.ZERO, top);
    var edges =
        Arbitraries.of(
            BigInteger.ZERO,
            BigInteger.ONE,
            R.subtract(BigInteger.ONE),
            R,
            R.add(BigInteger.ONE),
            P.subtract(BigInteger.ONE),
            P,
            BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE),
            BigInteger.ONE.shiftLeft(192),
            top);
    return Arbitraries.oneOf(uniform, edges);
  }

  @Property
  void scalarsAreIntegersModuloR(
      @ForAll("integers") BigInteger a, @ForAll("integers") BigInteger b) {
    Fr x = Fr.of(a);
    Fr y = Fr.of(b);
    assertThat(x.plus(y).toBigInteger()).isEqualTo(a.add(b).mod(R));
    assertThat(x.minus(y).toBigInteger()).isEqualTo(a.subtract(b).mod(R));
    assertThat(x.times(y).toBigInteger()).isEqualTo(a.multiply(b).mod(R));
    assertThat(x.negate().toBigInteger()).isEqualTo(a.negate().mod(R));
    assertThat(x.square().toBigInteger()).isEqualTo(a.multiply(a).mod(R));
    assertThat(x.equals(y)).isEqualTo(a.mod(R).equals(b.mod(R)));
  }

  @Property
  void coordinatesAreIntegersModuloP(
      @ForAll("integers") BigInteger a, @ForAll("integers") BigInteger b) {
    Fp x = Fp.of(a);
    Fp y = Fp.of(b);
    assertThat(x.plus(y).toBigInteger()).isEqualTo(a.add(b).mod(P));
    assertThat(x.minus(y).toBigInteger()).isEqualTo(a.subtract(b).mod(P));
    assertThat(x.times(y).toBigInteger()).isEqualTo(a.multiply(b).mod(P));
    assertThat(x.square().squareRoot())
        .hasValueSatisfying(root -> assertThat(root.square()).isEqualTo(x.square()));
  }

  @Property
  void anElementTimesItsInverseIsOne(@ForAll("integers") BigInteger a) {
    Fr x = Fr.of(a);
    if (!x.isZero()) {
      assertThat(x.times(x.inverse())).isEqualTo(Fr.ONE);
    }
  }

  @Property
  void bytesRoundTripAndOnlyReducedOnesAreCanonical(@ForAll("integers") BigInteger a) {
    Fr x = Fr.of(a);
    assertThat(Fr.ofBytes(x.toBytes(), 0)).isEqualTo(x);
    assertThat(Fr.isCanonical(x.toBytes(), 0)).isTrue();
    var raw = new byte[32];
    var bytes = a.toByteArray();
    int length = Math.min(32, bytes.length);
    System.arraycopy(bytes, bytes.length - length, raw, 32 - length, length);
    assertThat(Fr.isCanonical(raw, 0)).isEqualTo(a.compareTo(R) < 0);
    assertThat(Fp.isCanonical(raw, 0)).isEqualTo(a.compareTo(P) < 0);
  }

  @Property
  void vectorsKeepTheirElements(
      @ForAll("integers") BigInteger a, @ForAll("integers") BigInteger b) {
    var vector = FieldVector.ofFr(3);
    vector.set(0, Fr.of(a));
    vector.set(2, Fr.of(b));
    assertThat(vector.fr(0)).isEqualTo(Fr.of(a));
    assertThat(vector.fr(1)).isEqualTo(Fr.ZERO);
    assertThat(vector.slice(0, vector.size()).fr(2)).isEqualTo(Fr.of(b));
    vector.clear();
    assertThat(vector.fr(0)).isEqualTo(Fr.ZERO);
  }

  @Test
  void zeroHasNoInverse() {
    assertThatThrownBy(Fr.ZERO::inverse).isInstanceOf(ArithmeticException.class);
  }

  @Test
  void aScalarNeverPrintsItsValue() {
    assertThat(Fr.of(123456789)).hasToString("Fr");
    assertThat(FieldVector.ofFr(2)).hasToString("FieldVector[2]");
  }

  @Test
  void anElementOfTheOtherFieldIsRefused() {
    var vector = FieldVector.ofFr(1);
    assertThatThrownBy(() -> vector.set(0, Fp.ONE)).isInstanceOf(IllegalArgumentException.class);
  }
}
