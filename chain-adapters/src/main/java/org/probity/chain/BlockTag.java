package org.probity.chain;

/**
 * Which block a read is about: a height, or one of the names that nodes understand.
 *
 * @param rpcForm as JSON-RPC writes it
 */
public record BlockTag(String rpcForm) {

  public static final BlockTag LATEST = new BlockTag("latest");
  public static final BlockTag PENDING = new BlockTag("pending");

  /**
   * The block at height {@code number}.
   *
   * @throws IllegalArgumentException if {@code number} is negative
   */
  public static BlockTag at(long number) {
    if (number < 0) {
      throw new IllegalArgumentException("A block number cannot be negative: " + number);
    }
    return new BlockTag("0x" + Long.toHexString(number));
  }
}
