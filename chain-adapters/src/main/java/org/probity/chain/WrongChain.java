package org.probity.chain;

/** The node serves another chain than the one that was asked for. */
public final class WrongChain extends ChainException {

  private static final long serialVersionUID = 1L;

  WrongChain(String endpoint, long expected, long actual) {
    super(
        "The node at %s serves chain id %d, not the expected %d: correct the RPC address or the chain id"
            .formatted(endpoint, actual, expected));
  }
}
