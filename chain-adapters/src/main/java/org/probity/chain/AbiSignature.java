package org.probity.chain;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Reads what Solidity writes in a declaration: {@code observe(uint32[] ago) view returns
 * (int56[])}. Locations of parameters and modifiers are allowed and passed over.
 */
final class AbiSignature {

  private static final Set<String> MODIFIERS =
      Set.of("external", "public", "view", "pure", "payable", "nonpayable", "returns");

  /** What may stand between a parameter's type and its name. */
  private static final Set<String> NO_NAMES =
      Set.of("indexed", "memory", "calldata", "storage", "payable");

  private final String text;
  private int at;

  AbiSignature(String text) {
    this.text = text;
  }

  /**
   * A parameter of an event or function.
   *
   * @param name empty if it has none
   */
  record Parameter(String name, AbiType type, boolean indexed) {}

  /** The name before the parameters. */
  String name() {
    String name = word();
    if (name.isEmpty()) {
      throw malformed("a name");
    }
    return name;
  }

  List<Parameter> parameters() {
    expect('(');
    List<Parameter> parameters = new ArrayList<>();
    while (!skip(')')) {
      if (!parameters.isEmpty()) {
        expect(',');
      }
      AbiType type = parameterType();
      boolean indexed = false;
      String name = "";
      for (String word = word(); !word.isEmpty(); word = word()) {
        indexed |= word.equals("indexed");
        name = NO_NAMES.contains(word) ? name : word;
      }
      parameters.add(new Parameter(name, type, indexed));
    }
    return parameters;
  }

  AbiType.Tuple tuple() {
    return tuple(parameters());
  }

  static AbiType.Tuple tuple(List<Parameter> parameters) {
    return new AbiType.Tuple(
        parameters.stream().map(Parameter::type).toList(),
        parameters.stream().map(Parameter::name).toList());
  }

  /** Passes over modifiers; whether {@code returns} was among them. */
  boolean skipToReturns() {
    for (String word = word(); !word.isEmpty(); word = word()) {
      if (!MODIFIERS.contains(word)) {
        throw malformed("'returns'");
      }
      if (word.equals("returns")) {
        return true;
      }
    }
    return false;
  }

  void end() {
    skipSpace();
    if (at != text.length()) {
      throw malformed("its end");
    }
  }

  /** The whole text as one type. */
  AbiType type() {
    AbiType type = parameterType();
    end();
    return type;
  }

  private AbiType parameterType() {
    skipSpace();
    AbiType base = at < text.length() && text.charAt(at) == '(' ? tuple() : elementary(word());
    int suffix = at;
    while (at < text.length() && "[]0123456789".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    return withArraySuffix(base, text.substring(suffix, at));
  }

  static AbiType withArraySuffix(AbiType base, String suffix) {
    AbiType type = base;
    for (String rest = suffix; !rest.isEmpty(); ) {
      int close = rest.indexOf(']');
      if (rest.charAt(0) != '[' || close < 0) {
        throw new IllegalArgumentException("Not an array suffix: " + suffix);
      }
      String count = rest.substring(1, close);
      type =
          count.isEmpty()
              ? new AbiType.ListOf(type)
              : new AbiType.ArrayOf(type, Integer.parseInt(count));
      rest = rest.substring(close + 1);
    }
    return type;
  }

  private AbiType elementary(String name) {
    return switch (name) {
      case "address" -> new AbiType.Account();
      case "bool" -> new AbiType.Bool();
      case "bytes" -> new AbiType.Blob(false);
      case "string" -> new AbiType.Blob(true);
      case "uint", "int" -> new AbiType.Int(256, name.equals("int"));
      default -> {
        if (name.matches("u?int\\d{1,3}")) {
          yield new AbiType.Int(trailingNumber(name), name.startsWith("int"));
        }
        if (name.matches("bytes\\d{1,2}")) {
          yield new AbiType.FixedBytes(trailingNumber(name));
        }
        throw malformed("a type instead of '" + name + "'");
      }
    };
  }

  private static int trailingNumber(String name) {
    return Integer.parseInt(name.replaceAll("\\D", ""));
  }

  private String word() {
    skipSpace();
    int from = at;
    while (at < text.length() && Character.isJavaIdentifierPart(text.charAt(at))) {
      at++;
    }
    return text.substring(from, at);
  }

  private boolean skip(char expected) {
    skipSpace();
    if (at < text.length() && text.charAt(at) == expected) {
      at++;
      return true;
    }
    return false;
  }

  private void expect(char expected) {
    if (!skip(expected)) {
      throw malformed("'" + expected + "'");
    }
  }

  private void skipSpace() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private IllegalArgumentException malformed(String expected) {
    return new IllegalArgumentException(
        "Malformed signature, expected " + expected + " at character " + at + " of: " + text);
  }
}
