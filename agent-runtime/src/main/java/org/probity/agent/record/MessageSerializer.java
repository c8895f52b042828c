package org.probity.agent.record;

import java.util.Map;
import java.util.stream.Collectors;
import org.apache.pekko.serialization.SerializerWithStringManifest;
import org.jspecify.annotations.Nullable;

/** Brings messages from node to node: records of a few kinds, each under a name that stays. */
public abstract class MessageSerializer extends SerializerWithStringManifest {

  private final int identifier;
  private final Map<String, Class<? extends Record>> kinds;
  private final Map<Class<?>, String> names;
  private final BinaryFormat format;

  /**
   * @param identifier of the serializer, forever
   * @param kinds of messages by their names; another format is another name
   */
  protected MessageSerializer(
      int identifier, Map<String, Class<? extends Record>> kinds, BinaryFormat format) {
    this.identifier = identifier;
    this.kinds = Map.copyOf(kinds);
    this.names =
        kinds.entrySet().stream().collect(Collectors.toMap(Map.Entry::getValue, Map.Entry::getKey));
    this.format = format;
  }

  @Override
  public final int identifier() {
    return identifier;
  }

  @Override
  public final String manifest(Object value) {
    return known(names.get(value.getClass()), value.getClass().getName());
  }

  @Override
  public final byte[] toBinary(Object value) {
    return format.encode(value);
  }

  @Override
  public final Object fromBinary(byte[] bytes, String manifest) {
    return format.decode(bytes, known(kinds.get(manifest), manifest));
  }

  private static <T> T known(@Nullable T found, String what) {
    if (found == null) {
      throw new IllegalArgumentException("Nodes do not say this to each other: " + what);
    }
    return found;
  }
}
