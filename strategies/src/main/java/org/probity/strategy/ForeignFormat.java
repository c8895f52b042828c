package org.probity.strategy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import org.probity.ground.PlainFile;

/**
 * Files in which other tools keep networks, told by their first bytes, or else by their name. None
 * of them is opened: some of these formats hold programs.
 */
final class ForeignFormat {

  /** Enough for every mark below. */
  private static final int HEAD = 512;

  private ForeignFormat() {}

  /** A mark that a format's files bear. */
  private record Mark(int at, String hex, String what) {
    boolean isIn(byte[] head) {
      byte[] mark = HexFormat.of().parseHex(hex);
      return head.length >= at + mark.length
          && Arrays.equals(head, at, at + mark.length, mark, 0, mark.length);
    }
  }

  private static final Mark[] MARKS = {
    new Mark(0, "894844460d0a1a0a", "an HDF5 file (.h5, of Keras or MATLAB)"),
    new Mark(0, "934e554d5059", "a NumPy file (.npy)"),
    new Mark(0, "47475546", "a GGUF file"),
    new Mark(4, "54464c33", "a TensorFlow Lite file"),
    new Mark(0, "4d41544c4142", "a MATLAB file"),
    new Mark(0, "1f8b", "a gzip archive"),
    new Mark(0, "425a68", "a bzip2 archive"),
    new Mark(0, "fd377a585a00", "an xz archive"),
    new Mark(0, "377abcaf271c", "a 7z archive"),
    new Mark(257, "7573746172", "a tar archive"),
    new Mark(0, "25504446", "a PDF file"),
  };

  /**
   * Refuses a file of another tool's format by that format's name.
   *
   * @throws StrategyRefusedException if it is one
   * @throws IOException if it cannot be read
   */
  static void requireNone(Path file) throws IOException {
    byte[] head;
    try (InputStream in = PlainFile.stream(file)) {
      head = in.readNBytes(HEAD);
    }
    of(head, String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT))
        .ifPresent(what -> {
          throw new StrategyRefusedException(
              "%s is %s: export its weights as a JSON file, as strategies/README.md says, and import that."
                  .formatted(file.getFileName(), what));
        });
  }

  private static Optional<String> of(byte[] head, String name) {
    String text = new String(head, StandardCharsets.ISO_8859_1).stripLeading();
    if (text.startsWith("{") || text.startsWith("\u00ef\u00bb\u00bf{")) {
      return Optional.empty();
    }
    for (Mark mark : MARKS) {
      if (mark.isIn(head)) {
        return Optional.of(mark.what);
      }
    }
    if (text.startsWith("PK\u0003\u0004") || text.startsWith("PK\u0005\u0006")) {
      return Optional.of(zip(name));
    }
    if (head.length > 1 && head[0] == (byte) 0x80 && head[1] >= 0 && head[1] <= 5) {
      return Optional.of("a Python pickle (of PyTorch, scikit-learn or joblib)");
    }
    if (head.length > 8 && head[8] == '{' && jsonLength(head) < 1L << 32) {
      return Optional.of("a safetensors file");
    }
    return byName(head, name);
  }

  private static long jsonLength(byte[] head) {
    long length = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getLong();
    return length > 0 ? length : Long.MAX_VALUE;
  }

  private static String zip(String name) {
    if (name.endsWith(".pt") || name.endsWith(".pth") || name.endsWith(".ckpt")) {
      return "a PyTorch file (a zip archive with a Python pickle in it)";
    }
    if (name.endsWith(".keras")) {
      return "a Keras file (a zip archive)";
    }
    return name.endsWith(".npz")
        ? "a NumPy archive (.npz)"
        : "a zip archive (PyTorch, Keras and NumPy write such)";
  }

  /** A protocol buffer has no mark of its own; a text without a brace is left to the reader. */
  private static Optional<String> byName(byte[] head, String name) {
    // Field 1, a small number: the version with which every ONNX file begins.
    boolean numbered = head.length > 2 && head[0] == 0x08 && head[1] > 0 && head[1] < 0x40;
    if (name.endsWith(".onnx") || (numbered && head[2] != '\n')) {
      return Optional.of("an ONNX file");
    }
    if (name.endsWith(".pb")) {
      return Optional.of("a TensorFlow graph (.pb)");
    }
    if (name.endsWith(".msgpack")) {
      return Optional.of("a msgpack file (of Flax)");
    }
    return Optional.empty();
  }
}
