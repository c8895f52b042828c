package org.probity.zk.ceremony;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.probity.zk.curve.Fp2;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.G2;
import org.probity.zk.curve.Pairing;
import org.probity.zk.field.Fp;
import org.probity.zk.field.Fr;
import org.probity.zk.field.PrimeField;

/**
 * What a contributor shows of one of their secrets x: {@code s}, {@code x·s}, and {@code x·p} for a
 * point p that the powers before them decide. It proves that they knew x (Bowe, Gabizon, Miers,
 * ePrint 2017/1050, section 3).
 */
record PublicKey(G1 s, G1 sx, G2 px) {
  /** The index of τ's key in a contribution. */
  static final int TAU = 0;

  static final int ALPHA = 1;
  static final int BETA = 2;

  /** The order of the whole twist divided by r: {@code 2p - r}. */
  private static final BigInteger COFACTOR =
      PrimeField.FP.modulus().shiftLeft(1).subtract(PrimeField.FR.modulus());

  /** The point p of the key with this index, after the given challenge. */
  G2 base(int index, byte[] challenge) {
    return base(index, challenge, s, sx);
  }

  private static G2 base(int index, byte[] challenge, G1 s, G1 sx) {
    var hash =
        new Blake2b()
            .update(new byte[] {(byte) index})
            .update(challenge)
            .update(s.encode())
            .update(sx.encode());
    return pointOfG2(new ChaCha20(hash.digest()));
  }

  /** Whether {@code e(s, x·p) = e(x·s, p)}. */
  boolean isProven(G2 base) {
    return Pairing.productIsOne(List.of(s, sx.negate()), List.of(px, base));
  }

  /** The three keys that a beacon gives after the given challenge. */
  static List<PublicKey> ofBeacon(byte[] beaconHash, byte[] challenge) {
    var random = new ChaCha20(beaconHash);
    var secrets = new ArrayList<Fr>();
    for (int key = TAU; key <= BETA; key++) {
      secrets.add(Fr.of(random.nextElement(PrimeField.FR)));
    }
    var keys = new ArrayList<PublicKey>();
    for (int key = TAU; key <= BETA; key++) {
      Fr x = secrets.get(key);
      G1 s = pointOfG1(random);
      G1 sx = s.times(x);
      keys.add(new PublicKey(s, sx, base(key, challenge, s, sx).times(x)));
    }
    return keys;
  }

  private static G1 pointOfG1(ChaCha20 random) {
    while (true) {
      Fp x = Fp.of(random.nextElement(PrimeField.FP));
      boolean greater = random.nextBoolean();
      var y = x.square().times(x).plus(Fp.of(3)).squareRoot();
      if (y.isPresent()) {
        return new G1(x, isGreater(y.get()) == greater ? y.get() : y.get().negate());
      }
    }
  }

  private static G2 pointOfG2(ChaCha20 random) {
    while (true) {
      Fp c0 = Fp.of(random.nextElement(PrimeField.FP));
      Fp c1 = Fp.of(random.nextElement(PrimeField.FP));
      boolean greater = random.nextBoolean();
      var point = G2.atX(new Fp2(c0, c1));
      if (point.isPresent()) {
        Fp2 y = point.get().y();
        boolean isGreater = isGreater(y.c1().isZero() ? y.c0() : y.c1());
        return (isGreater == greater ? point.get() : point.get().negate()).times(COFACTOR);
      }
    }
  }

  /** Whether an element exceeds its negative. */
  private static boolean isGreater(Fp value) {
    return value.toBigInteger().compareTo(value.negate().toBigInteger()) > 0;
  }
}
