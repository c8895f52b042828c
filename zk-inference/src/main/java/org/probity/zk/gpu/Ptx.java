package org.probity.zk.gpu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;

/** The kernels as they are shipped: PTX, packed, with the digest of their sources on top. */
final class Ptx {
  /** Made by {@code build/cuda}. */
  static final String RESOURCE = "probity.ptx.gz";

  private static final String DIGEST = "// sources sha256 ";

  private final byte[] text;

  private Ptx(byte[] text) {
    this.text = text;
  }

  /**
   * The module in the class path.
   *
   * @throws DeviceException if it is not there
   */
  static Ptx load() {
    try (var packed = Ptx.class.getResourceAsStream(RESOURCE)) {
      if (packed == null) {
        throw new DeviceException("the kernels are missing from this build: run build/cuda");
      }
      return new Ptx(new GZIPInputStream(packed).readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** SHA-256 of the sources it was made from. */
  String sourceDigest() {
    var first = new String(text, 0, Math.min(text.length, 200), StandardCharsets.US_ASCII);
    int at = first.indexOf(DIGEST);
    if (at < 0) {
      throw new DeviceException("the kernels do not say what they were made from: run build/cuda");
    }
    return first.substring(at + DIGEST.length(), at + DIGEST.length() + 64);
  }

  /** As the driver takes it: ended by a zero. */
  byte[] terminated() {
    return Arrays.copyOf(text, text.length + 1);
  }
}
