package org.probity.intent;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import org.probity.chain.Address;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;

/**
 * What a proof is bound to besides model, features and decision: one vault on one chain, one nonce,
 * one deadline, one moment. The EIP-712 digest that {@code ProofBoundVault.contextOf} computes.
 *
 * <p>See <a href="https://eips.ethereum.org/EIPS/eip-712">EIP-712</a>; the domain is {@code {name:
 * "Probity", version: "1", chainId, verifyingContract: vault}}.
 */
public final class DecisionContext {

  /** The domain's type string. */
  public static final String DOMAIN_TYPE =
      "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";

  /** The message's type string. */
  public static final String DECISION_TYPE =
      "Decision(bytes32 model,uint256 nonce,uint256 deadline,uint32 asOf,uint256 decision)";

  private static final byte[] DOMAIN_TYPE_HASH = hashOf(DOMAIN_TYPE);
  private static final byte[] DECISION_TYPE_HASH = hashOf(DECISION_TYPE);
  private static final byte[] NAME_HASH = hashOf("Probity");
  private static final byte[] VERSION_HASH = hashOf("1");
  private static final byte[] PREFIX = {0x19, 0x01};

  private DecisionContext() {}

  /**
   * The digest.
   *
   * @param model digest of the model's key
   * @param deadline last block timestamp at which the decision may be executed
   * @param asOf the moment the features are of, in seconds of Unix time, below 2^32
   * @param decision the model's class
   */
  public static Bytes32 of(
      long chainId,
      Address vault,
      Bytes32 model,
      BigInteger nonce,
      long deadline,
      long asOf,
      int decision) {
    Bytes32 message =
        Keccak.hash(
            DECISION_TYPE_HASH,
            model.toByteArray(),
            word(nonce),
            word(deadline),
            word(asOf),
            word(decision));
    return Keccak.hash(
        PREFIX, domainSeparator(chainId, vault).toByteArray(), message.toByteArray());
  }

  /** The digest of the domain: this protocol, for this vault on this chain. */
  public static Bytes32 domainSeparator(long chainId, Address vault) {
    return Keccak.hash(
        DOMAIN_TYPE_HASH,
        NAME_HASH,
        VERSION_HASH,
        word(chainId),
        word(new BigInteger(1, vault.bytes())));
  }

  private static byte[] hashOf(String text) {
    return Keccak.hash(text.getBytes(StandardCharsets.US_ASCII)).toByteArray();
  }

  private static byte[] word(long value) {
    return word(BigInteger.valueOf(value));
  }

  /** An unsigned 256-bit integer, the highest byte first. */
  private static byte[] word(BigInteger value) {
    if (value.signum() < 0 || value.bitLength() > 256) {
      throw new IllegalArgumentException(value + " is no unsigned 256-bit integer");
    }
    byte[] digits = value.toByteArray();
    byte[] word = new byte[Bytes32.SIZE];
    int length = Math.min(digits.length, word.length);
    System.arraycopy(digits, digits.length - length, word, word.length - length, length);
    return word;
  }
}
