package org.probity.chain;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The custom errors of some contracts, by selector: the dictionary that reads revert data. */
public final class AbiErrors {

  /** Knows only Solidity's own {@code Error(string)} and {@code Panic(uint256)}. */
  public static final AbiErrors NONE = of(List.of());

  private static final AbiFunction ERROR = AbiFunction.parse("Error(string text)");
  private static final AbiFunction PANIC = AbiFunction.parse("Panic(uint256 code)");

  private final Map<Bytes, AbiFunction> bySelector;

  private AbiErrors(Map<Bytes, AbiFunction> bySelector) {
    this.bySelector = Map.copyOf(bySelector);
  }

  /** All custom errors that these contracts' ABIs declare. */
  public static AbiErrors of(ContractArtifact... artifacts) {
    return of(Arrays.stream(artifacts).flatMap(a -> a.errors().stream()).toList());
  }

  /**
   * These errors, each written like a function: {@code
   * AbiFunction.parse("NonceUsed(uint64,uint64)")}.
   */
  public static AbiErrors of(List<AbiFunction> errors) {
    Map<Bytes, AbiFunction> bySelector = new HashMap<>();
    errors.forEach(error -> bySelector.put(error.selector(), error));
    return new AbiErrors(bySelector);
  }

  RevertReason decode(Bytes data) {
    if (data.length() < 4) {
      return new RevertReason.Undecoded(data);
    }
    Bytes selector = data.slice(0, 4);
    try {
      if (selector.equals(ERROR.selector())) {
        return new RevertReason.Message(ERROR.decodeInput(data).string("text"));
      }
      if (selector.equals(PANIC.selector())) {
        return new RevertReason.Panic(PANIC.decodeInput(data).integer("code"));
      }
      AbiFunction custom = bySelector.get(selector);
      return custom == null
          ? new RevertReason.Undecoded(data)
          : new RevertReason.Custom(custom.name(), custom.decodeInput(data));
    } catch (IllegalArgumentException e) {
      // A contract may revert with any bytes; some start like an error and are none.
      return new RevertReason.Undecoded(data);
    }
  }
}
