package org.probity.settings;

import java.nio.file.Path;

/** How deep the brackets of a text nest: the parser goes down with each of them. */
final class Nesting {

  private static final int DEEPEST = 100;
  private static final String RAW = "\"\"\"";

  private final String text;
  private int at;
  private int depth;
  private int deepest;

  private Nesting(String text) {
    this.text = text;
  }

  static void check(String text, Path file) {
    if (new Nesting(text).deepest() > DEEPEST) {
      throw new BadSetting(
          "The configuration file %s nests more than %d levels deep: write its settings out in fewer."
              .formatted(file, DEEPEST));
    }
  }

  private int deepest() {
    while (at < text.length()) {
      step();
    }
    return deepest;
  }

  private void step() {
    if (text.startsWith(RAW, at)) {
      int end = text.indexOf(RAW, at + RAW.length());
      at = end < 0 ? text.length() : end + RAW.length();
      return;
    }
    switch (text.charAt(at)) {
      case '"' -> skipQuoted();
      case '#' -> skipLine();
      case '/' -> {
        if (text.startsWith("//", at)) {
          skipLine();
        }
      }
      case '{', '[' -> deepest = Math.max(deepest, ++depth);
      case '}', ']' -> depth = Math.max(0, depth - 1);
      default -> {}
    }
    at++;
  }

  private void skipQuoted() {
    for (at++; at < text.length() && text.charAt(at) != '"' && text.charAt(at) != '\n'; at++) {
      if (text.charAt(at) == '\\') {
        at++;
      }
    }
  }

  private void skipLine() {
    int end = text.indexOf('\n', at);
    at = end < 0 ? text.length() : end;
  }
}
