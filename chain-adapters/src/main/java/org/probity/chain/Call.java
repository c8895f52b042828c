package org.probity.chain;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * What is to be executed, be it read with {@link ChainClient#call} or sent with {@link
 * TransactionSender#send}.
 *
 * @param to the contract or account; null deploys {@code data}
 * @param data selector and arguments, or creation code
 * @param value amount of the chain's own coin to send along, in wei
 */
public record Call(@Nullable Address to, Bytes data, BigInteger value) {

  /** A call without value. */
  public static Call of(Address to, Bytes data) {
    return new Call(to, data, BigInteger.ZERO);
  }

  /** A call of {@code function} with these arguments (see {@link AbiFunction#encode}). */
  public static Call of(Address to, AbiFunction function, Object... arguments) {
    return of(to, function.encode(arguments));
  }

  /** A deployment of {@code creationCode} (constructor arguments appended). */
  public static Call deploying(Bytes creationCode) {
    return new Call(null, creationCode, BigInteger.ZERO);
  }
}
