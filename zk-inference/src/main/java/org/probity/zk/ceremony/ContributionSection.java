package org.probity.zk.ceremony;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.G2;
import org.probity.zk.curve.PointFormat;
import org.probity.zk.field.Fp;

/**
 * Reads the contributions: of each, the first powers after it, its three public keys, the state of
 * its response's hash before the keys, the challenge to the next, its type (0 a contributor's, 1 a
 * beacon's), and its parameters as (kind, value) in rising order: 1 the name, 2 the beacon's
 * iterations, 3 the beacon.
 */
final class ContributionSection {
  /** Bytes of a contribution without its parameters. */
  private static final int FIXED =
      9 * PointFormat.G1_BYTES
          + 5 * PointFormat.G2_BYTES
          + Blake2b.STATE
          + Blake2b.DIGEST
          + 2 * Integer.BYTES;

  private static final int NAME = 1;
  private static final int ITERATIONS = 2;
  private static final int BEACON = 3;

  private final ByteBuffer in;
  private final int ceremonyPower;

  private ContributionSection(ByteBuffer in, int ceremonyPower) {
    this.in = in;
    this.ceremonyPower = ceremonyPower;
  }

  /** The contributions, at least one; every point is checked, no relation between them is. */
  static List<Link> read(ByteBuffer section, int ceremonyPower) throws Refusal {
    var reader = new ContributionSection(section.order(ByteOrder.LITTLE_ENDIAN), ceremonyPower);
    reader.need(Integer.BYTES, "the contributions");
    int count = section.getInt();
    if (count == 0) {
      throw new Refusal(
          "has no contribution, so that everybody knows its secret: import a file from a ceremony"
              + " that was held");
    }
    if (count < 0 || count > section.remaining() / FIXED) {
      throw Refusal.damaged(
          "claims %s contributions, and their section has room for %d",
          Integer.toUnsignedString(count), section.remaining() / FIXED);
    }
    var links = new ArrayList<Link>();
    for (int number = 1; number <= count; number++) {
      links.add(reader.link(number));
    }
    if (section.hasRemaining()) {
      throw Refusal.damaged("has %d bytes after its last contribution", section.remaining());
    }
    return links;
  }

  private Link link(int number) throws Refusal {
    var where = "contribution " + number;
    need(FIXED, where);
    var powers = new Link.FirstPowers(g1(where), g2(where), g1(where), g1(where), g2(where));
    var g1 = new ArrayList<G1>();
    for (int i = 0; i < 6; i++) {
      g1.add(g1(where));
    }
    var keys = new ArrayList<PublicKey>();
    for (int i = 0; i < 3; i++) {
      keys.add(new PublicKey(g1.get(2 * i), g1.get(2 * i + 1), g2(where)));
    }
    var response = response(where);
    for (var point : g1) {
      response.update(point.encode());
    }
    for (var key : keys) {
      for (var word : key.px().words()) {
        response.update(Fp.of(word).toBytes());
      }
    }
    var responseHash = response.digest();
    var nextChallenge = bytes(Blake2b.DIGEST);
    int type = in.getInt();
    if (type != 0 && type != 1) {
      throw Refusal.damaged(
          "has %s of type %s, and there are only 0 (a person's) and 1 (a beacon's)",
          where, Integer.toUnsignedString(type));
    }
    var parameters = parameters(where, type == 1);
    var hex = HexFormat.of();
    var beacon =
        type == 1
            ? Optional.of(
                new Contribution.Beacon(hex.formatHex(parameters.beacon), parameters.iterations))
            : Optional.<Contribution.Beacon>empty();
    var shown =
        new Contribution(
            number,
            parameters.name,
            beacon,
            hex.formatHex(responseHash),
            hex.formatHex(nextChallenge));
    return new Link(shown, powers, keys, parameters.beacon, responseHash, nextChallenge);
  }

  /** The hash of the response up to the keys; only its length can be checked by itself. */
  private Blake2b response(String where) throws Refusal {
    Blake2b hash;
    try {
      hash = Blake2b.resume(in);
    } catch (IllegalArgumentException e) {
      throw Refusal.damaged("has an impossible hash state in %s", where);
    }
    // The challenge before, then every point compressed to its x, and betaG2.
    long n = 1L << ceremonyPower;
    long length = Blake2b.DIGEST + 32 * (2 * n - 1) + 64 * n + 32 * n + 32 * n + 64;
    if (hash.length() != length) {
      throw Refusal.damaged(
          "has a hash in %s that is not of a response of 2^%d powers", where, ceremonyPower);
    }
    return hash;
  }

  private static final class Parameters {
    String name = "";
    int iterations = -1;
    byte[] beacon = {};
  }

  private Parameters parameters(String where, boolean isBeacon) throws Refusal {
    int length = in.getInt();
    if (length < 0) {
      throw Refusal.damaged("has parameters of an impossible length in %s", where);
    }
    need(length, where);
    int end = in.position() + length;
    var out = new Parameters();
    int before = 0;
    while (in.position() < end) {
      int kind = in.get() & 0xff;
      int size = kind == ITERATIONS ? 1 : in.position() < end ? in.get() & 0xff : end;
      if (kind <= before || kind > BEACON || size > end - in.position()) {
        throw Refusal.damaged("has damaged parameters in %s", where);
      }
      before = kind;
      switch (kind) {
        case NAME -> out.name = name(bytes(size), where);
        case ITERATIONS -> out.iterations = in.get() & 0xff;
        default -> out.beacon = bytes(size);
      }
    }
    boolean hasBeacon = out.iterations >= 0 && out.beacon.length > 0;
    boolean hasNone = out.iterations < 0 && out.beacon.length == 0;
    if (isBeacon ? !hasBeacon : !hasNone) {
      throw Refusal.damaged("has parameters in %s that do not fit its type", where);
    }
    return out;
  }

  /** A name for a terminal: nothing in it may move the cursor or turn the writing around. */
  private static String name(byte[] utf8, String where) throws Refusal {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(utf8))
          .toString()
          .replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]", "\ufffd");
    } catch (CharacterCodingException e) {
      throw Refusal.damaged("has a name in %s that is not UTF-8", where);
    }
  }

  private G1 g1(String where) throws Refusal {
    var point = PointFormat.readG1(in, 1);
    var fault = PointFormat.firstFault(point);
    if (fault.isPresent()) {
      throw flawed(where, fault.get());
    }
    return point.get(0);
  }

  private G2 g2(String where) throws Refusal {
    var point = PointFormat.readG2(in, 1);
    var fault = PointFormat.firstFault(point);
    if (fault.isPresent()) {
      throw flawed(where, fault.get());
    }
    return point.get(0);
  }

  private static Refusal flawed(String where, PointFormat.Fault fault) {
    return Refusal.damaged("has a point in %s that %s", where, fault.flaw());
  }

  private byte[] bytes(int n) {
    var out = new byte[n];
    in.get(out);
    return out;
  }

  private void need(int bytes, String where) throws Refusal {
    if (in.remaining() < bytes) {
      throw Refusal.damaged("is cut short or damaged in %s", where);
    }
  }
}
