package org.probity.chain;

/** Which block a read is about: a number, or one of the names that nodes understand. */
public sealed interface BlockTag {

  BlockTag LATEST = new Named("latest");
  BlockTag PENDING = new Named("pending");
  BlockTag SAFE = new Named("safe");
  BlockTag FINALIZED = new Named("finalized");

  /** The block at height {@code number}. */
  static BlockTag at(long number) {
    return new Numbered(number);
  }

  /** As JSON-RPC writes it. */
  default String rpcForm() {
    return switch (this) {
      case Named(String name) -> name;
      case Numbered(long number) -> "0x" + Long.toHexString(number);
    };
  }

  /** A block by its role. */
  record Named(String name) implements BlockTag {}

  /** A block by its height. */
  record Numbered(long number) implements BlockTag {

    /**
     * @throws IllegalArgumentException if {@code number} is negative
     */
    public Numbered {
      if (number < 0) {
        throw new IllegalArgumentException("A block number cannot be negative: " + number);
      }
    }
  }
}
