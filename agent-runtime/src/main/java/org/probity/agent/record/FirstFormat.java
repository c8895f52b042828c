package org.probity.agent.record;

import java.math.BigInteger;
import java.util.List;
import java.util.stream.Stream;
import org.probity.chain.Address;
import org.probity.intent.AssetDelta;
import org.probity.intent.conduct.Event;
import org.probity.intent.conduct.Step;

/**
 * Says anew what lines of format 1 say: executions had a gain of the base and one of the quote
 * asset, and failures two flags of which three combinations were written.
 */
public final class FirstFormat {

  static final int VERSION = 1;

  /** Lines of format 1 do not name the tokens: these stand for them. No key has their addresses. */
  public static final Address BASE = named("base");

  /** Stands for the quote asset. */
  public static final Address QUOTE = named("quote");

  private FirstFormat() {}

  static Event event(BinaryReader in, int kind) {
    return switch (kind) {
      case 9 -> new Event.IntentSettled(in.word(), execution(in));
      case 10 ->
          new Event.IntentFailed(
              in.word(),
              in.constant(Step.class),
              in.text(),
              in.integer(),
              aftermath(in.flag(), in.flag()));
      default -> RecordCodec.event(in, kind);
    };
  }

  private static Event.Execution execution(BinaryReader in) {
    return new Event.Execution(
        in.word(),
        in.int64(),
        in.word(),
        in.int64(),
        in.integer(),
        deltas(in.integer(), in.integer()));
  }

  private static List<AssetDelta> deltas(BigInteger base, BigInteger quote) {
    return Stream.of(new AssetDelta(BASE, base), new AssetDelta(QUOTE, quote))
        .filter(delta -> delta.amount().signum() != 0)
        .toList();
  }

  private static Event.Aftermath aftermath(boolean open, boolean leaving) {
    return open ? Event.Aftermath.OPEN : leaving ? Event.Aftermath.LEFT : Event.Aftermath.RETRY;
  }

  /** The letters of {@code name} as an address. */
  private static Address named(String name) {
    StringBuilder digits = new StringBuilder();
    name.chars().forEach(letter -> digits.append("%02x".formatted(letter)));
    return new Address("0x" + "0".repeat(40 - digits.length()) + digits);
  }
}
