package org.probity.chain;

import java.math.BigInteger;
import java.util.stream.Collectors;
import org.probity.ground.Printable;

/**
 * Why a contract reverted, decoded from its revert data. As text it reads like the source: {@code
 * NonceUsed(3, 4)}.
 */
public sealed interface RevertReason {

  /** Characters of a contract's own words that are shown. */
  int MOST_SHOWN = 300;

  /** {@code require(condition, "text")} or {@code revert("text")}. */
  record Message(String text) implements RevertReason {
    @Override
    public String toString() {
      return Printable.line(text, MOST_SHOWN);
    }
  }

  /** A failed assertion of the compiler's own: overflow, division by zero, index out of bounds. */
  record Panic(BigInteger code) implements RevertReason {
    @Override
    public String toString() {
      return "panic 0x" + code.toString(16) + " (" + meaning() + ")";
    }

    // https://docs.soliditylang.org/en/latest/control-structures.html#panic-via-assert-and-error-via-require
    private String meaning() {
      return switch (code.bitLength() > 31 ? -1 : code.intValue()) {
        case 0x01 -> "assertion failed";
        case 0x11 -> "arithmetic overflow";
        case 0x12 -> "division by zero";
        case 0x21 -> "value outside its enum";
        case 0x22 -> "bad storage encoding";
        case 0x31 -> "pop of an empty array";
        case 0x32 -> "index out of bounds";
        case 0x41 -> "out of memory";
        case 0x51 -> "call of an uninitialised function";
        default -> "unknown panic";
      };
    }
  }

  /** A custom error of a known ABI with its arguments (see {@link AbiFunction} for their types). */
  record Custom(String name, AbiValues arguments) implements RevertReason {
    @Override
    public String toString() {
      String all =
          arguments.stream()
              .map(Object::toString)
              .collect(Collectors.joining(", ", name + "(", ")"));
      return Printable.line(all, MOST_SHOWN);
    }
  }

  /** Data that no known ABI explains; empty if the contract gave none. */
  record Undecoded(Bytes data) implements RevertReason {
    @Override
    public String toString() {
      return data.isEmpty()
          ? "no reason given"
          : "unknown error " + Bytes.abbreviate(data.toString());
    }
  }

  /** No reason from a contract: the transaction used all the gas that it was given. */
  record OutOfGas(long gasLimit) implements RevertReason {
    @Override
    public String toString() {
      return "out of gas at " + gasLimit;
    }
  }

  /**
   * No reason from a contract: the node would not take the transaction, and this is what it said.
   */
  record NodeRefusal(String text) implements RevertReason {
    @Override
    public String toString() {
      return text;
    }
  }

  /** Reads revert data with Solidity's own two errors and the custom errors in {@code errors}. */
  static RevertReason decode(Bytes data, AbiErrors errors) {
    return errors.decode(data);
  }
}
