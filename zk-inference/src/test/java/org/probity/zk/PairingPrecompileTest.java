package org.probity.zk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.probity.ground.TestKind;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.G2;
import org.probity.zk.curve.Pairing;
import org.probity.zk.field.Fr;

/** The pairing and both groups against the EVM's precompiles (EIP-196, EIP-197). */
@TestKind.Differential
class PairingPrecompileTest {
  private static final String ADD = "0x0000000000000000000000000000000000000006";
  private static final String MULTIPLY = "0x0000000000000000000000000000000000000007";
  private static final String PAIRING = "0x0000000000000000000000000000000000000008";

  private final Random random = new Random(6);
  private final Evm evm = Evm.shared();

  @Test
  void productsAreOneForBothOrForNeither() {
    for (int i = 0; i < 30; i++) {
      var g1 = new ArrayList<G1>();
      var g2 = new ArrayList<G2>();
      Fr sum = Fr.ZERO;
      for (int k = 0; k < random.nextInt(4); k++) {
        Fr a = i % 5 == 0 && k == 0 ? Fr.ZERO : scalar();
        Fr b = i % 7 == 0 && k == 0 ? Fr.ZERO : scalar();
        sum = sum.plus(a.times(b));
        g1.add(G1.GENERATOR.times(a));
        g2.add(G2.GENERATOR.times(b));
      }
      if (random.nextBoolean()) {
        g1.add(G1.GENERATOR.times(sum.negate()));
        g2.add(G2.GENERATOR);
      }
      var outcome = evm.call(PAIRING, encoded(g1, g2));
      assertThat(outcome.success()).isTrue();
      boolean one = new BigInteger(1, outcome.data()).equals(BigInteger.ONE);
      assertThat(Pairing.productIsOne(g1, g2)).isEqualTo(one);
    }
  }

  @Test
  void sumsAndMultiplesAreThePrecompiles() {
    for (int i = 0; i < 30; i++) {
      var p = G1.GENERATOR.times(scalar());
      var q = i % 6 == 0 ? p : i % 6 == 1 ? p.negate() : G1.GENERATOR.times(scalar());
      Fr k = i % 10 == 0 ? Fr.ZERO : scalar();
      assertThat(evm.call(ADD, joined(p.encode(), q.encode())).data())
          .isEqualTo(p.plus(q).encode());
      assertThat(evm.call(MULTIPLY, joined(p.encode(), k.toBytes())).data())
          .isEqualTo(p.times(k).encode());
    }
  }

  private static byte[] encoded(List<G1> g1, List<G2> g2) {
    var out = new ByteArrayOutputStream();
    for (int i = 0; i < g1.size(); i++) {
      out.writeBytes(g1.get(i).encode());
      g2.get(i).words().forEach(word -> out.writeBytes(Evm.word(word)));
    }
    return out.toByteArray();
  }

  private static byte[] joined(byte[] a, byte[] b) {
    var out = new ByteArrayOutputStream();
    out.writeBytes(a);
    out.writeBytes(b);
    return out.toByteArray();
  }

  private Fr scalar() {
    return Fr.of(new BigInteger(254, random));
  }
}
