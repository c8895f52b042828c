package org.probity.chain;

import org.probity.ground.Bytes32;

/** The node serves another chain than the one that was asked for. */
public final class WrongChain extends ChainException {

  private static final long serialVersionUID = 1L;

  private final EndpointFault fault;

  WrongChain(String endpoint, long expected, long actual) {
    super(
        "The node at %s serves chain id %d, not the expected %d: correct the RPC address or the chain id"
            .formatted(endpoint, actual, expected));
    this.fault = EndpointFault.WRONG_CHAIN;
  }

  WrongChain(String endpoint, Bytes32 expected, Bytes32 actual) {
    super(
        "The node at %s serves a chain that begins with block %s, not with %s: it has the same id but is another chain; correct the RPC address"
            .formatted(endpoint, actual, expected));
    this.fault = EndpointFault.OTHER_GENESIS;
  }

  /** Whether the id or the first block differs. */
  public EndpointFault fault() {
    return fault;
  }
}
