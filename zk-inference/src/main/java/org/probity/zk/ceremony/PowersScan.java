package org.probity.zk.ceremony;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.ceremony.SectionTable.Kind;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.G2;
import org.probity.zk.curve.G2Vector;
import org.probity.zk.curve.PointFormat;
import org.probity.zk.curve.PointVector;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;

/**
 * One pass over the whole file, in pieces: every byte goes into the file's hash, every point taken
 * is checked by itself and then as one of its sequence, and compared with the last contribution.
 *
 * <p>A file imported whole is checked in all its sections. Of one imported in part, only what the
 * powers rest on is: the first powers in G1, the first two in G2, the first point of every other
 * section.
 */
final class PowersScan {
  private static final int G1_PIECE = 1 << 16;
  private static final int G2_PIECE = 1 << 12;

  private final FileChannel file;
  private final long size;
  private final SectionTable table;
  private final Link last;
  private final boolean whole;
  private final Progress progress;
  private final Blake2b fileHash = new Blake2b();
  private final Blake2b challengeHash;
  private final PointVector powers;
  private final G1Sequence tauG1;
  private final G2Sequence tauG2;
  private final G1Sequence alphaTauG1;
  private final G1Sequence betaTauG1;
  private long position;

  PowersScan(
      FileChannel file,
      SectionTable table,
      int log,
      Link last,
      ComputeBackend backend,
      Fr rho,
      Progress progress)
      throws IOException {
    this.file = file;
    this.size = file.size();
    this.table = table;
    this.last = last;
    this.whole = log == table.power();
    this.progress = progress;
    this.challengeHash = new Blake2b().update(last.responseHash());
    this.powers = new PointVector(FieldVector.ofFp(1 << log), FieldVector.ofFp(1 << log));
    this.tauG1 = new G1Sequence(backend, rho);
    this.tauG2 = new G2Sequence(rho);
    this.alphaTauG1 = new G1Sequence(backend, rho);
    this.betaTauG1 = new G1Sequence(backend, rho);
  }

  /** Reads everything and checks all that needs no pairing. */
  void read() throws IOException, Refusal {
    int n = powers.size();
    for (var entry : table.sections().entrySet()) {
      var kind = entry.getKey();
      var section = entry.getValue();
      long points = kind.points(table.power());
      pass(section.start());
      switch (kind) {
        case TAU_G1 -> readG1(kind, whole ? points : n, tauG1);
        case TAU_G2 -> readG2(kind, whole ? points : 2);
        case ALPHA_TAU_G1 -> readG1(kind, whole ? points : 1, alphaTauG1);
        case BETA_TAU_G1 -> readG1(kind, whole ? points : 1, betaTauG1);
        case BETA_G2 -> readG2(kind, 1);
        default -> {}
      }
      pass(section.start() + section.length());
    }
    if (powers.get(1).equals(G1.GENERATOR)) {
      throw Refusal.damaged("has the secret 1, which everybody knows");
    }
    if (confirmsLastHashes() && !Arrays.equals(challengeHash.digest(), last.nextChallenge())) {
      throw Refusal.damaged(
          "has points that are not those which its last contribution's hash is of");
    }
    if (file.size() != size) {
      throw new Refusal("changed while it was read: try again when nothing writes to it");
    }
  }

  /** Whether what was read allows to recompute the last contribution's hashes. */
  boolean confirmsLastHashes() {
    return whole && table.power() == table.ceremonyPower();
  }

  /** Checks the sequences by pairings. */
  void checkSequences() throws Refusal {
    sequence(Kind.TAU_G1, tauG1.isGeometric(last.powers().tauG2()));
    sequence(Kind.TAU_G2, tauG2.isGeometric(last.powers().tauG1()));
    if (whole) {
      sequence(Kind.ALPHA_TAU_G1, alphaTauG1.isGeometric(last.powers().tauG2()));
      sequence(Kind.BETA_TAU_G1, betaTauG1.isGeometric(last.powers().tauG2()));
    }
  }

  private static void sequence(Kind kind, boolean holds) throws Refusal {
    if (!holds) {
      throw Refusal.damaged("has points in %s that are not powers of one secret", kind);
    }
  }

  PointVector powers() {
    return powers;
  }

  /** BLAKE2b of the whole file; the scan is over. */
  byte[] fileHash() {
    return fileHash.digest();
  }

  private void readG1(Kind kind, long points, G1Sequence sequence) throws IOException, Refusal {
    for (long done = 0; done < points; ) {
      int n = (int) Math.min(G1_PIECE, points - done);
      var bytes = take(n * PointFormat.G1_BYTES);
      var piece = PointFormat.readG1(bytes, n);
      check(kind, done, PointFormat.firstFault(piece).orElse(null));
      if (kind == Kind.TAU_G1 && done < powers.size()) {
        int kept = (int) Math.min(n, powers.size() - done);
        PointFormat.readG1(bytes.rewind(), powers, (int) done, kept);
      }
      if (done == 0) {
        checkFirst(kind, piece);
      }
      if (confirmsLastHashes()) {
        challengeHash.update(PointFormat.bigEndian(piece));
      }
      sequence.add(piece);
      done += n;
    }
  }

  private void readG2(Kind kind, long points) throws IOException, Refusal {
    for (long done = 0; done < points; ) {
      int n = (int) Math.min(G2_PIECE, points - done);
      var piece = PointFormat.readG2(take(n * PointFormat.G2_BYTES), n);
      check(kind, done, PointFormat.firstFault(piece).orElse(null));
      if (done == 0) {
        checkFirst(kind, piece);
      }
      if (confirmsLastHashes()) {
        challengeHash.update(PointFormat.bigEndian(piece));
      }
      if (kind == Kind.TAU_G2) {
        tauG2.add(piece);
      }
      done += n;
    }
  }

  private void checkFirst(Kind kind, PointVector piece) throws Refusal {
    G1 point = piece.get(0);
    switch (kind) {
      case ALPHA_TAU_G1 -> equal(kind, 0, point.equals(last.powers().alphaG1()));
      case BETA_TAU_G1 -> equal(kind, 0, point.equals(last.powers().betaG1()));
      default -> {
        generator(kind, point.equals(G1.GENERATOR));
        equal(kind, 1, piece.get(1).equals(last.powers().tauG1()));
      }
    }
  }

  private void checkFirst(Kind kind, G2Vector piece) throws Refusal {
    G2 point = piece.get(0);
    if (kind == Kind.BETA_G2) {
      equal(kind, 0, point.equals(last.powers().betaG2()));
    } else {
      generator(kind, point.equals(G2.GENERATOR));
      equal(kind, 1, piece.get(1).equals(last.powers().tauG2()));
    }
  }

  private static void generator(Kind kind, boolean holds) throws Refusal {
    if (!holds) {
      throw Refusal.damaged("does not begin with the generator in %s", kind);
    }
  }

  private static void equal(Kind kind, int index, boolean holds) throws Refusal {
    if (!holds) {
      throw Refusal.damaged(
          "has a point %d in %s that is not the last contribution's", index, kind);
    }
  }

  private static void check(Kind kind, long done, PointFormat.@Nullable Fault fault)
      throws Refusal {
    if (fault != null) {
      throw Refusal.damaged(
          "has a point %d in %s that %s", done + fault.index(), kind, fault.flaw());
    }
  }

  /** Goes on to a place in the file; what lies between only goes into the file's hash. */
  private void pass(long until) throws IOException, Refusal {
    while (position < until) {
      take((int) Math.min(1 << 22, until - position));
    }
  }

  private ByteBuffer take(int n) throws IOException, Refusal {
    var bytes = SectionTable.read(file, position, n);
    fileHash.update(bytes.array(), 0, n);
    position += n;
    progress.update("points", position, size);
    return bytes;
  }
}
