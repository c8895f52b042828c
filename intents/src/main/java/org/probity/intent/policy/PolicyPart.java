package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.Locale;
import org.probity.chain.Bytes;
import org.probity.ground.Bytes32;

/**
 * A part of a policy, which a governor delays and replaces by itself; the {@code Part} of {@code
 * PolicyOrder.sol}, in its order.
 */
public enum PolicyPart {
  LIMITS,
  MODEL,
  PARTS;

  private static final int WORD = Bytes32.SIZE;

  /** {@code abi.encode} of a struct begins with where it begins: behind this word. */
  private static final Bytes BEHIND = Bytes.of(Bytes32.of(WORD).toByteArray());

  /** {@code abi.encode} of this part of {@code policy}. */
  public Bytes of(Policy policy) {
    Bytes whole = Bytes.of(policy.encoded());
    int end = this == PARTS ? whole.length() : values()[ordinal() + 1].start(whole);
    return BEHIND.concat(whole.slice(start(whole), end));
  }

  /**
   * The policy that has {@code content} for this part, as {@code PolicyOrder.replaced} makes it.
   *
   * @param content {@code abi.encode} of the part
   * @throws IllegalArgumentException if it is not how {@code abi.encode} writes such a part
   */
  public Policy replaced(Policy policy, Bytes content) {
    if (content.length() < WORD || !content.slice(0, WORD).equals(BEHIND)) {
      throw new IllegalArgumentException(
          "Not how abi.encode writes the %s of a policy".formatted(words()));
    }
    Bytes heads = Bytes.EMPTY;
    Bytes bodies = Bytes.EMPTY;
    for (PolicyPart part : values()) {
      Bytes written = part == this ? content : part.of(policy);
      heads = heads.concat(word(values().length * WORD + bodies.length()));
      bodies = bodies.concat(written.slice(WORD, written.length()));
    }
    return Policy.decode(BEHIND.concat(heads).concat(bodies).toArray());
  }

  /** As people call it: limits, model, parts. */
  public String words() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Where this part begins in a whole policy. */
  private int start(Bytes whole) {
    int at = WORD * (1 + ordinal());
    return WORD + new BigInteger(1, whole.slice(at, at + WORD).toArray()).intValueExact();
  }

  private static Bytes word(int number) {
    return Bytes.of(Bytes32.of(number).toByteArray());
  }
}
