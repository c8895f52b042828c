package org.probity.chain;

import java.math.BigInteger;
import org.probity.ground.Printable;

/** A token contract (ERC-20). Amounts are in the token's smallest unit. */
public record Erc20(Address address) {

  private static final AbiFunction BALANCE =
      AbiFunction.parse("balanceOf(address) returns (uint256 balance)");
  private static final AbiFunction DECIMALS = AbiFunction.parse("decimals() returns (uint8)");
  private static final AbiFunction SYMBOL = AbiFunction.parse("symbol() returns (string)");
  private static final AbiFunction APPROVE =
      AbiFunction.parse("approve(address,uint256) returns (bool)");
  private static final AbiFunction TRANSFER =
      AbiFunction.parse("transfer(address,uint256) returns (bool)");

  /** How much {@code owner} has after block {@code at}. */
  public BigInteger balanceOf(ChainClient chain, Address owner, BlockTag at) {
    return chain.callAt(at, address, BALANCE, owner).integer("balance");
  }

  /** One whole token is ten to this power of the smallest unit. */
  public int decimals(ChainClient chain) {
    return chain.call(address, DECIMALS).int32("decimals");
  }

  /** The token's symbol as one harmless line: whoever made the token chose it. */
  public String symbol(ChainClient chain) {
    return Printable.line(chain.call(address, SYMBOL).string("symbol"), 32);
  }

  /** The call that lets {@code spender} take up to {@code amount} from the sender. */
  public Call approve(Address spender, BigInteger amount) {
    return Call.of(address, APPROVE, spender, amount);
  }

  /** The call that gives {@code recipient} {@code amount} of the sender's tokens. */
  public Call transfer(Address recipient, BigInteger amount) {
    return Call.of(address, TRANSFER, recipient, amount);
  }
}
