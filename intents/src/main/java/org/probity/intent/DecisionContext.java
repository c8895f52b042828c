package org.probity.intent;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import org.probity.zk.Bytes32;
import org.probity.zk.Decision;
import org.probity.zk.Keccak;

/** TEMPORARY until the contracts' own lands. */
final class DecisionContext {

  private static final Bytes32 DOMAIN_TYPE =
      hash(
          "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
  private static final Bytes32 DECISION_TYPE =
      hash(
          "Decision(bytes32 model,uint256 nonce,uint256 deadline,uint32 asOf,uint256 decision)");
  private static final Bytes32 NAME = hash("Probity");
  private static final Bytes32 VERSION = hash("1");

  private DecisionContext() {}

  static Bytes32 of(
      Mandate mandate, BigInteger nonce, long deadline, long asOf, Decision.Choice decision) {
    Bytes32 domain =
        Keccak.hash(
            DOMAIN_TYPE.toByteArray(),
            NAME.toByteArray(),
            VERSION.toByteArray(),
            word(BigInteger.valueOf(mandate.chainId())),
            word(new BigInteger(1, mandate.vault().bytes())));
    Bytes32 struct =
        Keccak.hash(
            DECISION_TYPE.toByteArray(),
            mandate.model().toByteArray(),
            word(nonce),
            word(BigInteger.valueOf(deadline)),
            word(BigInteger.valueOf(asOf)),
            word(BigInteger.valueOf(decision.index())));
    return Keccak.hash(new byte[] {0x19, 0x01}, domain.toByteArray(), struct.toByteArray());
  }

  private static Bytes32 hash(String text) {
    return Keccak.hash(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] word(BigInteger value) {
    byte[] bytes = value.toByteArray();
    byte[] word = new byte[32];
    int length = Math.min(bytes.length, 32);
    System.arraycopy(bytes, bytes.length - length, word, 32 - length, length);
    return word;
  }
}
