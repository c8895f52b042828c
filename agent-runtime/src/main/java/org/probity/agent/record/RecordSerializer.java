package org.probity.agent.record;

import org.apache.pekko.serialization.SerializerWithStringManifest;

/**
 * Brings lines and snapshots into the journal. The manifest of a line is the name of its event's
 * kind, so that rows can be told apart without reading them; only the bytes count.
 */
public final class RecordSerializer extends SerializerWithStringManifest {

  /** Of this serializer, forever: it stands in every row. */
  public static final int IDENTIFIER = 7_290_001;

  private static final String STATE = "State";

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object value) {
    return switch (value) {
      case AgentRecord line -> RecordCodec.name(line.event());
      case JournalState _ -> STATE;
      default -> throw new IllegalArgumentException("Not of the journal: " + value.getClass());
    };
  }

  @Override
  public byte[] toBinary(Object value) {
    return switch (value) {
      case AgentRecord line -> line.bytes();
      case JournalState state -> RecordCodec.encode(state);
      default -> throw new IllegalArgumentException("Not of the journal: " + value.getClass());
    };
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) {
    return manifest.equals(STATE) ? RecordCodec.decodeState(bytes) : line(bytes);
  }

  /** An agent that meets bytes which are no line says so; a failed recovery would only repeat. */
  private static AgentRecord line(byte[] bytes) {
    try {
      return RecordCodec.decode(bytes);
    } catch (RuntimeException e) {
      return AgentRecord.unreadable(bytes, String.valueOf(e.getMessage()));
    }
  }
}
