package org.probity.chain;

import java.util.List;
import org.probity.ground.Bytes32;

/**
 * One event that a contract wrote.
 *
 * @param topics the first is the event's signature hash, the others its indexed arguments
 * @param data the arguments that are not indexed, ABI-encoded
 * @param logIndex position in the block
 */
public record LogEntry(
    Address address,
    List<Bytes32> topics,
    Bytes data,
    long blockNumber,
    Bytes32 transactionHash,
    int logIndex) {

  public LogEntry {
    topics = List.copyOf(topics);
  }
}
