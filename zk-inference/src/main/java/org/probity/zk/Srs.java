package org.probity.zk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import org.probity.zk.curve.FixedBase;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.G2;
import org.probity.zk.curve.PointVector;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fp;
import org.probity.zk.field.Fr;

/**
 * A powers-of-tau string: {@code [τ^i]G} for {@code i < 2^size}, and {@code [τ]} in G2. Whoever
 * knows τ can forge proofs, so nobody may.
 */
public final class Srs {
  private static final byte[] MAGIC = "PROBITY-SRS-1\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte DEVELOPMENT = 0;
  private static final int MAX_LOG_SIZE = Architecture.MAX_LOG_SIZE;

  private final int logSize;
  private final PointVector powers;
  private final G2 tauG2;

  private Srs(int logSize, PointVector powers, G2 tauG2) {
    this.logSize = logSize;
    this.powers = powers;
    this.tauG2 = tauG2;
  }

  /**
   * A string from fresh randomness that is forgotten here. INSECURE: whoever ran this could have
   * kept τ. For local chains and tests only.
   */
  public static Srs development(int logSize, Entropy entropy) {
    if (logSize < 0 || logSize > MAX_LOG_SIZE) {
      throw new IllegalArgumentException(
          "an SRS has 2^0 to 2^" + MAX_LOG_SIZE + " points, not 2^" + logSize);
    }
    Fr tau = entropy.nextFr();
    var scalars = FieldVector.ofFr(1 << logSize);
    Fr power = Fr.ONE;
    for (int i = 0; i < scalars.size(); i++) {
      scalars.set(i, power);
      power = power.times(tau);
    }
    var srs = new Srs(logSize, FixedBase.multiples(G1.GENERATOR, scalars), G2.GENERATOR.times(tau));
    scalars.clear();
    return srs;
  }

  /** Base-2 logarithm of the number of points. */
  public int logSize() {
    return logSize;
  }

  /** Whether τ came from this machine and not from a ceremony: never for real funds. */
  public boolean isDevelopment() {
    return true;
  }

  /** {@code [τ]_2} as four words in the order of the EVM's pairing precompile. */
  public List<BigInteger> tauG2Words() {
    return tauG2.words();
  }

  G2 tauG2() {
    return tauG2;
  }

  /** Keccak-256 of {@link #tauG2Words}: the SRS's name in every statement. */
  public Bytes32 digest() {
    return Keccak.hash(words());
  }

  private byte[] words() {
    var out = ByteBuffer.allocate(4 * Bytes32.SIZE);
    for (var word : tauG2Words()) {
      out.put(Fp.of(word).toBytes());
    }
    return out.array();
  }

  /**
   * The bases for vectors of {@code 2^log} entries.
   *
   * @throws IllegalArgumentException if the SRS is shorter
   */
  PointVector powers(int log) {
    if (log > logSize) {
      throw new IllegalArgumentException(
          "the model needs an SRS of 2^"
              + log
              + " points, but this one has 2^"
              + logSize
              + ": make or import a larger one");
    }
    return powers;
  }

  /** Writes the string to a file, whole or not at all. */
  public void save(Path file) {
    int n = powers.size();
    var out =
        ByteBuffer.allocate(MAGIC.length + 2 + 4 * Bytes32.SIZE + n * G1.BYTES + Bytes32.SIZE);
    out.put(MAGIC).put(DEVELOPMENT).put((byte) logSize).put(words());
    for (int i = 0; i < n; i++) {
      out.put(powers.get(i).encode());
    }
    out.put(Keccak.hash(Arrays.copyOf(out.array(), out.position())).toByteArray());
    try {
      var part = file.resolveSibling(file.getFileName() + ".part");
      Files.write(part, out.array());
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("the SRS could not be written to " + file, e);
    }
  }

  /**
   * Reads a file written by {@link #save}.
   *
   * @throws IllegalArgumentException if the file is not one, or was changed
   */
  public static Srs load(Path file) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException("the SRS could not be read from " + file, e);
    }
    int header = MAGIC.length + 2;
    int log = bytes.length > header ? bytes[header - 1] : -1;
    if (log < 0
        || log > MAX_LOG_SIZE
        || !Arrays.equals(MAGIC, 0, MAGIC.length, bytes, 0, MAGIC.length)
        || bytes[MAGIC.length] != DEVELOPMENT
        || bytes.length != header + 4L * Bytes32.SIZE + ((long) G1.BYTES << log) + Bytes32.SIZE) {
      throw new IllegalArgumentException(file + " is not an SRS of version 1: make a new one");
    }
    int body = bytes.length - Bytes32.SIZE;
    var checksum = Arrays.copyOfRange(bytes, body, bytes.length);
    if (!Arrays.equals(Keccak.hash(Arrays.copyOf(bytes, body)).toByteArray(), checksum)) {
      throw new IllegalArgumentException(
          file + " was changed since it was written (its checksum does not match): make a new one");
    }
    var words =
        java.util.stream.IntStream.range(0, 4)
            .mapToObj(i -> new BigInteger(1, bytes, header + Bytes32.SIZE * i, Bytes32.SIZE))
            .toList();
    var x = FieldVector.ofFp(1 << log);
    var y = FieldVector.ofFp(1 << log);
    for (int i = 0; i < 1 << log; i++) {
      int at = header + 4 * Bytes32.SIZE + G1.BYTES * i;
      x.set(i, Fp.ofBytes(bytes, at));
      y.set(i, Fp.ofBytes(bytes, at + Bytes32.SIZE));
    }
    return new Srs(log, new PointVector(x, y), G2.ofWords(words));
  }

  @Override
  public String toString() {
    return "Srs[2^" + logSize + (isDevelopment() ? ", development: INSECURE]" : "]");
  }
}
