package org.probity.agent.record;

import java.time.Instant;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.intent.conduct.Event;

/**
 * One line of an agent's journal: an event, when it happened, and the hash of the line before. The
 * hash of a line is the keccak-256 of its bytes as stored, so that whoever changes, drops or moves
 * a line breaks every line after it; reading it never depends on writing it again in the same way,
 * and old lines keep their hashes when the format grows.
 *
 * @param previous hash of the line before; of the first line, that of the agent's id
 * @param hash keccak-256 of this line's bytes
 */
public record AgentRecord(Bytes32 previous, Instant at, Event event, Bytes32 hash) {

  /** The line that follows {@code previous}. */
  public static AgentRecord after(Bytes32 previous, Instant at, Event event) {
    return new AgentRecord(
        previous, at, event, Keccak.hash(RecordCodec.encode(previous, at, event)));
  }

  /** What stands for bytes that are no line. */
  static AgentRecord unreadable(byte[] bytes, String why) {
    return new AgentRecord(
        origin(""), Instant.EPOCH, new Event.Unreadable(why), Keccak.hash(bytes));
  }

  /** What the first line of agent {@code id} follows. */
  public static Bytes32 origin(String id) {
    return Keccak.hash(
        ("probity journal of agent " + id).getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  /** As it is stored. */
  public byte[] bytes() {
    return RecordCodec.encode(previous, at, event);
  }
}
