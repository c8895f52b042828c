package org.probity.chain;

import java.math.BigInteger;
import org.probity.ground.Bytes32;
import org.web3j.crypto.ECKeyPair;
import org.web3j.crypto.Keys;
import org.web3j.crypto.Sign;

/** A signer whose key is in this process's memory. */
final class LocalSigner implements Signer {

  private final ECKeyPair keys;
  private final Address address;

  LocalSigner(BigInteger privateKey) {
    if (privateKey.signum() <= 0 || privateKey.compareTo(Sign.CURVE_PARAMS.getN()) >= 0) {
      throw new IllegalArgumentException("Not a private key: it is outside the range of secp256k1");
    }
    this.keys = ECKeyPair.create(privateKey);
    this.address = new Address("0x" + Keys.getAddress(keys));
  }

  @Override
  public Address address() {
    return address;
  }

  @Override
  public Bytes sign(Bytes32 digest) {
    Sign.SignatureData signature = Sign.signMessage(digest.toByteArray(), keys, false);
    return Bytes.of(signature.getR())
        .concat(Bytes.of(signature.getS()))
        .concat(Bytes.of(signature.getV()));
  }

  @Override
  public String toString() {
    return "Signer(" + address + ")";
  }
}
