package org.probity.zk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.probity.ground.Bytes32;
import org.probity.ground.PlainFile;
import org.probity.ground.WholeFile;
import org.probity.zk.ceremony.Ceremony;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.G2;
import org.probity.zk.curve.Pairing;
import org.probity.zk.curve.PointFormat;
import org.probity.zk.curve.PointVector;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fp;

/**
 * The file of an {@link Srs}: {@code "PROBITY-SRS-2\\n"}, origin (0 development, 1 ceremony), log2
 * of the points, length of the ceremony's record (4 bytes, 0 for development), the record, {@code
 * [τ]_2} as four big-endian words, the points in the layout of {@link PointFormat}, SHA-256 of all
 * that. Written and read in pieces.
 */
final class SrsFile {
  private static final byte[] MAGIC = "PROBITY-SRS-2\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte DEVELOPMENT = 0;
  private static final byte CEREMONY = 1;
  private static final int HEAD = MAGIC.length + 2 + Integer.BYTES;
  private static final int TAU_G2 = 4 * Bytes32.SIZE;
  private static final int MAX_RECORD = 1 << 26;
  private static final int PIECE = 1 << 16;

  private SrsFile() {}

  static void write(Srs srs, Path file) {
    try {
      WholeFile.<IOException>replace(
          file,
          draft -> {
            try (var out = FileChannel.open(draft, StandardOpenOption.WRITE)) {
              write(srs, out);
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException("The SRS could not be written to " + file, e);
    }
  }

  private static void write(Srs srs, FileChannel out) throws IOException {
    var digest = sha256();
    var record = srs.ceremony().map(Ceremony::encode).orElse(new byte[0]);
    var head = ByteBuffer.allocate(HEAD + record.length + TAU_G2);
    head.put(MAGIC)
        .put(srs.isDevelopment() ? DEVELOPMENT : CEREMONY)
        .put((byte) srs.logSize())
        .putInt(record.length)
        .put(record)
        .put(srs.words());
    write(out, head.flip(), digest);
    int n = srs.powers().size();
    for (int at = 0; at < n; at += PIECE) {
      int count = Math.min(PIECE, n - at);
      var piece = ByteBuffer.allocate(count * PointFormat.G1_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      PointFormat.writeG1(srs.powers(), at, count, piece);
      write(out, piece.flip(), digest);
    }
    write(out, ByteBuffer.wrap(digest.digest()), sha256());
  }

  private static void write(FileChannel out, ByteBuffer bytes, MessageDigest digest)
      throws IOException {
    digest.update(bytes.duplicate());
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  static Srs read(Path file) {
    try (var in = PlainFile.channel(file)) {
      return read(in, file);
    } catch (NoSuchFileException e) {
      throw new UncheckedIOException(
          "There is no SRS at %s: make one or import a ceremony".formatted(file), e);
    } catch (IOException e) {
      throw new UncheckedIOException("The SRS could not be read from " + file, e);
    }
  }

  private static Srs read(FileChannel in, Path file) throws IOException {
    long size = in.size();
    if (size < HEAD) {
      throw unknown(file);
    }
    var digest = sha256();
    var head = take(in, HEAD, digest);
    var magic = new byte[MAGIC.length];
    head.get(magic);
    byte origin = head.get();
    int log = head.get();
    int record = head.getInt();
    boolean known =
        Arrays.equals(magic, MAGIC)
            && (origin == DEVELOPMENT ? record == 0 : origin == CEREMONY && record > 0)
            && record <= MAX_RECORD
            && log >= 0
            && log <= Srs.MAX_LOG_SIZE;
    long length = HEAD + (long) record + TAU_G2 + ((long) PointFormat.G1_BYTES << log);
    if (!known || size != length + Bytes32.SIZE) {
      throw unknown(file);
    }
    if (length > Runtime.getRuntime().maxMemory()) {
      throw new IllegalArgumentException(
          "%s needs %d MB of memory, and Java may use %d: allow more with -Xmx, or use a smaller SRS"
              .formatted(file, length >> 20, Runtime.getRuntime().maxMemory() >> 20));
    }
    var ceremony = take(in, record, digest).array();
    var tauG2 = take(in, TAU_G2, digest).array();
    var powers = new PointVector(FieldVector.ofFp(1 << log), FieldVector.ofFp(1 << log));
    for (int at = 0; at < 1 << log; at += PIECE) {
      int count = Math.min(PIECE, (1 << log) - at);
      var piece = take(in, count * PointFormat.G1_BYTES, digest).order(ByteOrder.LITTLE_ENDIAN);
      PointFormat.readG1(piece, powers, at, count);
    }
    var checksum = take(in, Bytes32.SIZE, sha256()).array();
    if (!Arrays.equals(digest.digest(), checksum)) {
      throw changed(file, "its checksum does not match");
    }
    return new Srs(log, powers(powers, file), tauG2(tauG2, powers, file), ceremony(ceremony, file));
  }

  private static PointVector powers(PointVector powers, Path file) {
    var fault = PointFormat.firstFault(powers);
    if (fault.isPresent()) {
      throw changed(file, "point " + fault.get().index() + " " + fault.get().flaw());
    }
    if (!powers.get(0).equals(G1.GENERATOR)) {
      throw changed(file, "it does not begin with the generator");
    }
    return powers;
  }

  private static G2 tauG2(byte[] bytes, PointVector powers, Path file) {
    for (int word = 0; word < 4; word++) {
      if (!Fp.isCanonical(bytes, Bytes32.SIZE * word)) {
        throw changed(file, "[tau]_2 has a word that is not below the field's modulus");
      }
    }
    List<BigInteger> words =
        IntStream.range(0, 4)
            .mapToObj(i -> new BigInteger(1, bytes, Bytes32.SIZE * i, Bytes32.SIZE))
            .toList();
    G2 tau = G2.ofWords(words);
    if (tau.isInfinity() || !tau.isOnCurve() || !tau.isInSubgroup()) {
      throw changed(file, "[tau]_2 is not a point of the group");
    }
    boolean agree =
        powers.size() == 1
            || Pairing.productIsOne(
                List.of(powers.get(1), G1.GENERATOR.negate()), List.of(G2.GENERATOR, tau));
    if (!agree) {
      throw changed(file, "its points and [tau]_2 are of different secrets");
    }
    return tau;
  }

  private static Optional<Ceremony> ceremony(byte[] record, Path file) {
    try {
      return record.length == 0 ? Optional.empty() : Optional.of(Ceremony.decode(record));
    } catch (IllegalArgumentException e) {
      throw changed(file, "its record of the ceremony cannot be read");
    }
  }

  private static IllegalArgumentException unknown(Path file) {
    return new IllegalArgumentException(
        "%s is not an SRS of version 2: make a new one, or import the ceremony again"
            .formatted(file));
  }

  private static IllegalArgumentException changed(Path file, String how) {
    return new IllegalArgumentException(
        "%s was changed since it was written (%s): make a new one, or import the ceremony again"
            .formatted(file, how));
  }

  private static ByteBuffer take(FileChannel in, int n, MessageDigest digest) throws IOException {
    var bytes = ByteBuffer.allocate(n);
    while (bytes.hasRemaining()) {
      if (in.read(bytes) < 0) {
        throw new IOException("The file ends early");
      }
    }
    digest.update(bytes.flip().duplicate());
    return bytes;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }
}
