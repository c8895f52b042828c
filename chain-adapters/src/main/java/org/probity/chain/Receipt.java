package org.probity.chain;

import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.probity.ground.Bytes32;

/**
 * What became of a transaction that a block includes.
 *
 * @param succeeded false if it reverted (it still paid its gas)
 * @param effectiveGasPrice in wei a unit of gas; where the node leaves it out, as the transaction
 *     itself tells it, and zero if that is unknown as well
 * @param createdContract the address of the contract that it deployed, if it deployed one
 */
public record Receipt(
    Bytes32 transactionHash,
    long blockNumber,
    Bytes32 blockHash,
    boolean succeeded,
    long gasUsed,
    BigInteger effectiveGasPrice,
    @Nullable Address createdContract,
    List<LogEntry> logs) {

  public Receipt {
    logs = List.copyOf(logs);
  }

  Receipt withGasPrice(BigInteger price) {
    return new Receipt(
        transactionHash, blockNumber, blockHash, succeeded, gasUsed, price, createdContract, logs);
  }

  /** What the sender paid for gas, in wei. */
  public BigInteger gasCost() {
    return effectiveGasPrice.multiply(BigInteger.valueOf(gasUsed));
  }
}
