package org.probity.zk.ceremony;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.probity.zk.curve.PointFormat;
import org.probity.zk.field.PrimeField;

/**
 * What stands where in a {@code .ptau} file: {@code "ptau"}, version, count of sections; then each
 * section's id (4 bytes), length (8 bytes) and content, all little-endian. Lengths are compared
 * with the file's before anything is allocated, and with what the header's power makes of them.
 *
 * @param power base-2 logarithm of the powers in the file
 * @param ceremonyPower that of the ceremony, of which the file may be a beginning
 * @param sections by kind: at least the first seven
 */
record SectionTable(int power, int ceremonyPower, Map<Kind, Section> sections) {
  static final int MAX_POWER = 28;
  private static final int MAX_SECTIONS = Kind.values().length;
  private static final int FILE_HEADER = 12;
  private static final int SECTION_HEADER = 12;
  private static final int FIELD_BYTES = 32;
  private static final int HEADER = Integer.BYTES + FIELD_BYTES + 2 * Integer.BYTES;

  /** A section's content: bytes {@code [start, start + length)} of the file. */
  record Section(long start, long length) {}

  /** The sections there are; those that prepare a second phase are for other proof systems. */
  enum Kind {
    HEADER(1, "header"),
    TAU_G1(2, "tauG1"),
    TAU_G2(3, "tauG2"),
    ALPHA_TAU_G1(4, "alphaTauG1"),
    BETA_TAU_G1(5, "betaTauG1"),
    BETA_G2(6, "betaG2"),
    CONTRIBUTIONS(7, "contributions"),
    LAGRANGE_TAU_G1(12, "Lagrange tauG1"),
    LAGRANGE_TAU_G2(13, "Lagrange tauG2"),
    LAGRANGE_ALPHA_TAU_G1(14, "Lagrange alphaTauG1"),
    LAGRANGE_BETA_TAU_G1(15, "Lagrange betaTauG1");

    private final int id;
    private final String title;

    Kind(int id, String title) {
      this.id = id;
      this.title = title;
    }

    static Optional<Kind> of(int id) {
      return Arrays.stream(values()).filter(kind -> kind.id == id).findFirst();
    }

    boolean isRequired() {
      return id <= CONTRIBUTIONS.id;
    }

    /** Points in this section of a file of {@code 2^power} powers; 0 if it holds none. */
    long points(int power) {
      long n = 1L << power;
      return switch (this) {
        case HEADER, CONTRIBUTIONS -> 0;
        case TAU_G1 -> 2 * n - 1;
        case TAU_G2, ALPHA_TAU_G1, BETA_TAU_G1 -> n;
        case BETA_G2 -> 1;
        // One basis for each smaller power too; tauG1 has one for the next power as well.
        case LAGRANGE_TAU_G1 -> 4 * n - 1;
        case LAGRANGE_TAU_G2, LAGRANGE_ALPHA_TAU_G1, LAGRANGE_BETA_TAU_G1 -> 2 * n - 1;
      };
    }

    int pointBytes() {
      return this == TAU_G2 || this == BETA_G2 || this == LAGRANGE_TAU_G2
          ? PointFormat.G2_BYTES
          : PointFormat.G1_BYTES;
    }

    @Override
    public String toString() {
      return title + " (section " + id + ")";
    }
  }

  Section section(Kind kind) {
    return Objects.requireNonNull(sections.get(kind));
  }

  static SectionTable read(FileChannel file) throws IOException, Refusal {
    long size = file.size();
    if (size < FILE_HEADER) {
      throw notPtau();
    }
    var start = read(file, 0, FILE_HEADER);
    var magic = new byte[4];
    start.get(magic);
    if (!Arrays.equals(magic, new byte[] {'p', 't', 'a', 'u'})) {
      throw notPtau();
    }
    int version = start.getInt();
    if (version != 1) {
      throw Refusal.damaged(
          "has version %s of the powers-of-tau format, and only version 1 is known",
          Integer.toUnsignedString(version));
    }
    var sections = sections(file, size, start.getInt());
    for (var kind : Kind.values()) {
      if (kind.isRequired() && !sections.containsKey(kind)) {
        throw Refusal.damaged("has no %s", kind);
      }
    }
    var table = header(file, sections);
    table.checkLengths();
    return table;
  }

  private static Refusal notPtau() {
    return new Refusal(
        "is not a powers-of-tau file (it does not begin with \"ptau\"): give a .ptau file as"
            + " snarkjs writes it");
  }

  private static Map<Kind, Section> sections(FileChannel file, long size, int count)
      throws IOException, Refusal {
    if (count < 0 || count > MAX_SECTIONS) {
      throw Refusal.damaged(
          "claims to have %s sections, and there are only %d kinds",
          Integer.toUnsignedString(count), MAX_SECTIONS);
    }
    var sections = new EnumMap<Kind, Section>(Kind.class);
    long at = FILE_HEADER;
    int before = 0;
    for (int i = 0; i < count; i++) {
      if (size - at < SECTION_HEADER) {
        throw Refusal.damaged("is cut short: it announces %d sections and ends after %d", count, i);
      }
      var head = read(file, at, SECTION_HEADER);
      at += SECTION_HEADER;
      int id = head.getInt();
      long length = head.getLong();
      var kind =
          Kind.of(id)
              .orElseThrow(() ->
                  Refusal.damaged(
                      "has a section %s, and there is no such kind", Integer.toUnsignedString(id)));
      if (id == before || sections.containsKey(kind)) {
        throw Refusal.damaged("has %s twice", kind);
      }
      if (id < before) {
        throw Refusal.damaged("has %s after section %d, out of order", kind, before);
      }
      if (length < 0 || length > size - at) {
        throw Refusal.damaged(
            "is cut short or damaged: %s claims %s bytes, and %d are left",
            kind, Long.toUnsignedString(length), size - at);
      }
      sections.put(kind, new Section(at, length));
      at += length;
      before = id;
    }
    if (at != size) {
      throw Refusal.damaged("has %d bytes after its last section", size - at);
    }
    return sections;
  }

  private static SectionTable header(FileChannel file, Map<Kind, Section> sections)
      throws IOException, Refusal {
    var section = Objects.requireNonNull(sections.get(Kind.HEADER));
    if (section.length() < Integer.BYTES) {
      throw Refusal.damaged("has a header that is too short");
    }
    int fieldBytes = read(file, section.start(), Integer.BYTES).getInt();
    if (fieldBytes == FIELD_BYTES && section.length() != HEADER) {
      throw Refusal.damaged("has a header of %d bytes instead of %d", section.length(), HEADER);
    }
    var modulus = new byte[FIELD_BYTES];
    var header = ByteBuffer.allocate(0);
    if (fieldBytes == FIELD_BYTES) {
      header = read(file, section.start() + Integer.BYTES, HEADER - Integer.BYTES);
      header.get(modulus);
    }
    if (!PrimeField.FP.modulus().equals(littleEndian(modulus))) {
      throw new Refusal(
          "is not over BN254, the curve of the EVM: take a ceremony of that curve (snarkjs calls it"
              + " bn128)");
    }
    int power = header.getInt();
    int ceremonyPower = header.getInt();
    if (power < 1 || power > MAX_POWER || ceremonyPower < power || ceremonyPower > MAX_POWER) {
      throw Refusal.damaged(
          "claims 2^%s powers of a ceremony of 2^%s, and there can be from 2^1 to 2^%d",
          Integer.toUnsignedString(power), Integer.toUnsignedString(ceremonyPower), MAX_POWER);
    }
    return new SectionTable(power, ceremonyPower, sections);
  }

  private void checkLengths() throws Refusal {
    for (var entry : sections.entrySet()) {
      var kind = entry.getKey();
      long length = entry.getValue().length();
      long points = kind.points(power);
      boolean fits = points == 0 || length == points * kind.pointBytes();
      if (kind == Kind.LAGRANGE_TAU_G1) {
        // Early files lack the basis for the next power.
        fits |= length == (2L << power) * kind.pointBytes() - kind.pointBytes();
      }
      if (!fits) {
        throw Refusal.damaged(
            "has %d bytes in %s, and 2^%d powers make %d",
            length, kind, power, points * kind.pointBytes());
      }
    }
  }

  private static BigInteger littleEndian(byte[] bytes) {
    var value = BigInteger.ZERO;
    for (int i = bytes.length - 1; i >= 0; i--) {
      value = value.shiftLeft(8).or(BigInteger.valueOf(bytes[i] & 0xff));
    }
    return value;
  }

  /** Exactly n bytes of the file, little-endian. */
  static ByteBuffer read(FileChannel file, long position, int n) throws IOException, Refusal {
    var buffer = ByteBuffer.allocate(n).order(ByteOrder.LITTLE_ENDIAN);
    long at = position;
    while (buffer.hasRemaining()) {
      int got = file.read(buffer, at);
      if (got < 0) {
        throw new Refusal("became shorter while it was read: try again when nothing writes to it");
      }
      at += got;
    }
    return buffer.flip();
  }
}
