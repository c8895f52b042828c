package org.probity.chain;

import java.util.List;

/**
 * One event that a contract wrote.
 *
 * @param topics the first is the event's signature hash, the others its indexed arguments
 * @param data the arguments that are not indexed, ABI-encoded
 * @param logIndex position in the block
 */
public record LogEntry(
    Address address,
    List<Hash> topics,
    Bytes data,
    long blockNumber,
    Hash transactionHash,
    int logIndex) {

  public LogEntry {
    topics = List.copyOf(topics);
  }
}
