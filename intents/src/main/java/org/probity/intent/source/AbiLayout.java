package org.probity.intent.source;

import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Bytes;

/** What {@code abi.encode} makes of some values: bytes that a contract reads, and no ABI names. */
final class AbiLayout {

  private static final int SELECTOR = 4;

  private final AbiFunction writing;
  private final AbiFunction reading;

  private AbiLayout(AbiFunction writing, AbiFunction reading) {
    this.writing = writing;
    this.reading = reading;
  }

  /** Values as Solidity lists them, in brackets and with names. */
  static AbiLayout of(String values) {
    return new AbiLayout(
        AbiFunction.parse("layout" + values), AbiFunction.parse("layout() returns " + values));
  }

  Bytes encode(Object... values) {
    Bytes call = writing.encode(values);
    return call.slice(SELECTOR, call.length());
  }

  AbiValues decode(Bytes encoded) {
    return reading.decode(encoded);
  }
}
