package org.probity.zk.ceremony;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.G2;
import org.probity.zk.curve.G2Vector;
import org.probity.zk.curve.PointFormat;
import org.probity.zk.curve.PointVector;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fp;
import org.probity.zk.field.Fr;

/**
 * A ceremony's file written here by a cheat who knows every secret and makes all hashes fit: only
 * what the cheat was told to get wrong is wrong.
 */
final class ForgedCeremony {
  /** The points of the file. */
  static final class Points {
    final List<G1> tauG1 = new ArrayList<>();
    final List<G2> tauG2 = new ArrayList<>();
    final List<G1> alphaTauG1 = new ArrayList<>();
    final List<G1> betaTauG1 = new ArrayList<>();
    G2 betaG2 = G2.INFINITY;
  }

  /** A contribution before it is written. */
  static final class Draft {
    G1 tauG1 = G1.INFINITY;
    G2 tauG2 = G2.INFINITY;
    G1 alphaG1 = G1.INFINITY;
    G1 betaG1 = G1.INFINITY;
    G2 betaG2 = G2.INFINITY;
    List<PublicKey> keys = new ArrayList<>();
    byte[] nextChallenge = {};
    String name = "";
  }

  private final int power;
  private final Random random = new Random(7);
  private final List<Fr[]> secrets = new ArrayList<>();
  private Consumer<Points> pointCheat = points -> {};
  private BiConsumer<Integer, Draft> draftCheat = (number, draft) -> {};

  ForgedCeremony(int power) {
    this.power = power;
  }

  ForgedCeremony contribution(long tau, long alpha, long beta) {
    secrets.add(new Fr[] {Fr.of(tau), Fr.of(alpha), Fr.of(beta)});
    return this;
  }

  /** Changes the points before anything is hashed. */
  ForgedCeremony cheatingIn(Consumer<Points> cheat) {
    pointCheat = cheat;
    return this;
  }

  /** Changes contributions, by their number from 1, before the next challenge is used. */
  ForgedCeremony cheatingInContributions(BiConsumer<Integer, Draft> cheat) {
    draftCheat = cheat;
    return this;
  }

  byte[] bytes() {
    Fr[] total = {Fr.ONE, Fr.ONE, Fr.ONE};
    for (var step : secrets) {
      for (int i = 0; i < 3; i++) {
        total[i] = total[i].times(step[i]);
      }
    }
    var points = points(total);
    pointCheat.accept(points);
    var contributions = new ByteArrayOutputStream();
    contributions.writeBytes(little(secrets.size()));
    Fr[] sofar = {Fr.ONE, Fr.ONE, Fr.ONE};
    var challenge = FirstChallenge.of(power);
    for (int number = 1; number <= secrets.size(); number++) {
      var step = secrets.get(number - 1);
      for (int i = 0; i < 3; i++) {
        sofar[i] = sofar[i].times(step[i]);
      }
      var draft = draft(sofar, step, challenge);
      draft.name = "cheat " + number;
      var state = state();
      var response = Blake2b.resume(ByteBuffer.wrap(state).order(ByteOrder.LITTLE_ENDIAN));
      draft.nextChallenge = randomBytes(Blake2b.DIGEST);
      draftCheat.accept(number, draft);
      for (var key : draft.keys) {
        response.update(key.s().encode()).update(key.sx().encode());
      }
      for (var key : draft.keys) {
        response.update(PointFormat.bigEndian(vector(List.of(key.px()))));
      }
      if (number == secrets.size()) {
        draft.nextChallenge = nextChallenge(response.digest(), points);
      }
      write(contributions, draft, state);
      challenge = draft.nextChallenge;
    }
    return file(points, contributions.toByteArray());
  }

  private Points points(Fr[] total) {
    var points = new Points();
    int n = 1 << power;
    Fr tau = Fr.ONE;
    for (int i = 0; i < 2 * n - 1; i++) {
      points.tauG1.add(G1.GENERATOR.times(tau));
      if (i < n) {
        points.tauG2.add(G2.GENERATOR.times(tau));
        points.alphaTauG1.add(G1.GENERATOR.times(tau.times(total[1])));
        points.betaTauG1.add(G1.GENERATOR.times(tau.times(total[2])));
      }
      tau = tau.times(total[0]);
    }
    points.betaG2 = G2.GENERATOR.times(total[2]);
    return points;
  }

  private Draft draft(Fr[] sofar, Fr[] step, byte[] challenge) {
    var draft = new Draft();
    draft.tauG1 = G1.GENERATOR.times(sofar[0]);
    draft.tauG2 = G2.GENERATOR.times(sofar[0]);
    draft.alphaG1 = G1.GENERATOR.times(sofar[1]);
    draft.betaG1 = G1.GENERATOR.times(sofar[2]);
    draft.betaG2 = G2.GENERATOR.times(sofar[2]);
    for (int i = 0; i < 3; i++) {
      draft.keys.add(key(i, step[i], challenge));
    }
    return draft;
  }

  /** A proof of knowledge of x, as an honest contributor makes it. */
  private PublicKey key(int index, Fr x, byte[] challenge) {
    G1 s = G1.GENERATOR.times(Fr.of(random.nextLong()));
    var draft = new PublicKey(s, s.times(x), G2.GENERATOR);
    return new PublicKey(s, draft.sx(), draft.base(index, challenge).times(x));
  }

  /** A hash state of the right length. */
  private byte[] state() {
    var state = ByteBuffer.allocate(Blake2b.STATE).order(ByteOrder.LITTLE_ENDIAN);
    state.put(randomBytes(192));
    long length = 96 + (192L << power);
    state.putLong(length - length % 128).putLong(length % 128);
    return state.array();
  }

  private static byte[] nextChallenge(byte[] responseHash, Points points) {
    return new Blake2b()
        .update(responseHash)
        .update(PointFormat.bigEndian(PointVector.of(points.tauG1)))
        .update(PointFormat.bigEndian(vector(points.tauG2)))
        .update(PointFormat.bigEndian(PointVector.of(points.alphaTauG1)))
        .update(PointFormat.bigEndian(PointVector.of(points.betaTauG1)))
        .update(PointFormat.bigEndian(vector(List.of(points.betaG2))))
        .digest();
  }

  private static void write(ByteArrayOutputStream out, Draft draft, byte[] state) {
    out.writeBytes(g1(List.of(draft.tauG1)));
    out.writeBytes(g2(List.of(draft.tauG2)));
    out.writeBytes(g1(List.of(draft.alphaG1, draft.betaG1)));
    out.writeBytes(g2(List.of(draft.betaG2)));
    for (var key : draft.keys) {
      out.writeBytes(g1(List.of(key.s(), key.sx())));
    }
    for (var key : draft.keys) {
      out.writeBytes(g2(List.of(key.px())));
    }
    out.writeBytes(state);
    out.writeBytes(draft.nextChallenge);
    out.writeBytes(little(0));
    var name = draft.name.getBytes(StandardCharsets.UTF_8);
    out.writeBytes(little(2 + name.length));
    out.write(1);
    out.write(name.length);
    out.writeBytes(name);
  }

  private byte[] file(Points points, byte[] contributions) {
    var header = new ByteArrayOutputStream();
    header.writeBytes(little(32));
    var modulus = Fp.ONE.field().modulus();
    for (int i = 0; i < 32; i++) {
      header.write(modulus.shiftRight(8 * i).intValue());
    }
    header.writeBytes(little(power));
    header.writeBytes(little(power));
    return new PtauBytes(
            List.of(
                new PtauBytes.Section(1, header.toByteArray()),
                new PtauBytes.Section(2, g1(points.tauG1)),
                new PtauBytes.Section(3, g2(points.tauG2)),
                new PtauBytes.Section(4, g1(points.alphaTauG1)),
                new PtauBytes.Section(5, g1(points.betaTauG1)),
                new PtauBytes.Section(6, g2(List.of(points.betaG2))),
                new PtauBytes.Section(7, contributions)))
        .write();
  }

  static byte[] g1(List<G1> points) {
    var out =
        ByteBuffer.allocate(points.size() * PointFormat.G1_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    PointFormat.writeG1(PointVector.of(points), 0, points.size(), out);
    return out.array();
  }

  static byte[] g2(List<G2> points) {
    var coordinates = vector(points).coordinates();
    var out =
        ByteBuffer.allocate(points.size() * PointFormat.G2_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    PointFormat.writeG1(
        new PointVector(even(coordinates, 0), even(coordinates, 1)), 0, 2 * points.size(), out);
    return out.array();
  }

  private static FieldVector even(FieldVector v, int offset) {
    var out = FieldVector.ofFp(v.size() / 2);
    for (int i = 0; i < out.size(); i++) {
      out.set(i, v.fp(2 * i + offset));
    }
    return out;
  }

  private static G2Vector vector(List<G2> points) {
    var coordinates = FieldVector.ofFp(4 * points.size());
    for (int i = 0; i < points.size(); i++) {
      coordinates.set(4 * i, points.get(i).x().c0());
      coordinates.set(4 * i + 1, points.get(i).x().c1());
      coordinates.set(4 * i + 2, points.get(i).y().c0());
      coordinates.set(4 * i + 3, points.get(i).y().c1());
    }
    return new G2Vector(coordinates);
  }

  private byte[] randomBytes(int n) {
    var out = new byte[n];
    random.nextBytes(out);
    return out;
  }

  static byte[] little(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }
}
