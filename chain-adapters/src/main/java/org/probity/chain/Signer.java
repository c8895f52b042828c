package org.probity.chain;

import java.math.BigInteger;
import org.probity.ground.Bytes32;

/**
 * Signs for one account. The key stays inside: no method gives it out, and no text of an
 * implementation holds it.
 */
public interface Signer {

  /** The account whose signatures these are. */
  Address address();

  /**
   * The ECDSA signature of a 32-byte digest: r, s (lower half) and v (27 or 28), 65 bytes as {@code
   * ecrecover} takes them.
   */
  Bytes sign(Bytes32 digest);

  /**
   * A signer with this private key.
   *
   * @throws IllegalArgumentException if the number is not between 1 and the order of secp256k1
   */
  static Signer ofPrivateKey(BigInteger privateKey) {
    return new LocalSigner(privateKey);
  }
}
