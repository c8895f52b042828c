package org.probity.ground;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class Bytes32Test {

  private static final BigInteger TOP = BigInteger.ONE.shiftLeft(256);
  private static final BigInteger HALF = BigInteger.ONE.shiftLeft(255);

  @Test
  void anIntegerIsItsWord() {
    assertThat(Bytes32.of(1).hex()).isEqualTo("0x" + "0".repeat(63) + "1");
    assertThat(Bytes32.of(-2).hex()).isEqualTo("0x" + "f".repeat(63) + "e");
    assertThat(Bytes32.of(0)).isEqualTo(Bytes32.ZERO);
    assertThat(Bytes32.ofUnsigned(TOP.subtract(BigInteger.ONE))).isEqualTo(Bytes32.of(-1));
    assertThat(Bytes32.ofSigned(HALF.negate())).isEqualTo(Bytes32.ofUnsigned(HALF));
  }

  @Test
  void aWordHoldsTheIntegerModuloTwoToThe256() {
    var random = new Random(42);
    for (int i = 0; i < 2_000; i++) {
      var magnitude = new BigInteger(random.nextInt(256), random);
      var value = random.nextBoolean() ? magnitude : magnitude.negate();
      var word = Bytes32.ofSigned(value);
      assertThat(new BigInteger(word.toByteArray())).isEqualTo(value);
      assertThat(Bytes32.ofUnsigned(value.mod(TOP))).isEqualTo(word);
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    for (var value : new BigInteger[] {TOP, BigInteger.ONE.negate()}) {
      assertThatThrownBy(() -> Bytes32.ofUnsigned(value))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(value + " is no unsigned 256-bit integer");
    }
    for (var value : new BigInteger[] {HALF, HALF.negate().subtract(BigInteger.ONE)}) {
      assertThatThrownBy(() -> Bytes32.ofSigned(value))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(value + " is no signed 256-bit integer");
    }
  }
}
