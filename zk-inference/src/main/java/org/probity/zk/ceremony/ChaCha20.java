package org.probity.zk.ceremony;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.ChaCha20ParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.probity.zk.field.PrimeField;

/**
 * The stream of 32-bit words of ChaCha20 (Bernstein 2008; zero nonce), and field elements drawn
 * from it, as the ceremonies' programs draw them. It makes no secrets here: it recomputes what a
 * contribution must have derived.
 */
final class ChaCha20 {
  private static final int BLOCK = 64;

  private final Cipher cipher;
  private ByteBuffer block = ByteBuffer.allocate(0);

  /** Seeds with the first 32 bytes, as eight big-endian words. */
  ChaCha20(byte[] seed) {
    var key = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
    key.asIntBuffer().put(ByteBuffer.wrap(seed, 0, 32).asIntBuffer());
    try {
      cipher = Cipher.getInstance("ChaCha20");
      cipher.init(
          Cipher.ENCRYPT_MODE,
          new SecretKeySpec(key.array(), "ChaCha20"),
          new ChaCha20ParameterSpec(new byte[12], 0));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Java has ChaCha20 since version 11", e);
    }
  }

  boolean nextBoolean() {
    return (nextWord() & 1) != 0;
  }

  /**
   * A field element: four 64-bit words, lowest first, cut to the modulus' 254 bits, drawn anew
   * until they are below it. They are the element's Montgomery form, so that its value is theirs
   * divided by {@code 2^256}.
   */
  BigInteger nextElement(PrimeField field) {
    var modulus = field.modulus();
    var mask = BigInteger.ONE.shiftLeft(modulus.bitLength()).subtract(BigInteger.ONE);
    while (true) {
      var limbs = ByteBuffer.allocate(32);
      for (int i = 3; i >= 0; i--) {
        long high = nextWord();
        limbs.putLong(8 * i, high << 32 | (nextWord() & 0xffffffffL));
      }
      var value = new BigInteger(1, limbs.array()).and(mask);
      if (value.compareTo(modulus) < 0) {
        var inverse = BigInteger.ONE.shiftLeft(256).modInverse(modulus);
        return value.multiply(inverse).mod(modulus);
      }
    }
  }

  private int nextWord() {
    if (!block.hasRemaining()) {
      // Zeros encrypted are the stream itself.
      block = ByteBuffer.wrap(cipher.update(new byte[BLOCK])).order(ByteOrder.LITTLE_ENDIAN);
    }
    return block.getInt();
  }
}
