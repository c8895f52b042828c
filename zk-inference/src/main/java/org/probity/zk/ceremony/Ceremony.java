package org.probity.zk.ceremony;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Where powers of tau came from, as recomputed at their import. At least one contributor must have
 * been honest and have forgotten their secret; whether to believe that is for people, who know the
 * contributors by their published hashes.
 *
 * @param fileHash BLAKE2b-512 of the whole file, 128 hexadecimal digits: what publishers of
 *     ceremony files list
 * @param fileBytes length of the file
 * @param power base-2 logarithm of the powers in the file
 * @param ceremonyPower that of the ceremony, of which the file may be a beginning
 * @param imported that of the powers taken
 * @param lastHashesConfirmed whether the last contribution's hashes were recomputed from every
 *     point of the file, which only a file of the whole ceremony, imported whole, allows
 * @param contributions at least one, in order
 */
public record Ceremony(
    String fileHash,
    long fileBytes,
    int power,
    int ceremonyPower,
    int imported,
    boolean lastHashesConfirmed,
    List<Contribution> contributions) {
  public Ceremony {
    contributions = List.copyOf(contributions);
  }

  /**
   * The ceremony for people: several lines without a line break at the end, hashes in the groups in
   * which participants publish them.
   */
  public String report() {
    var out = new StringBuilder();
    out.append("Powers of tau 2^%d of a ceremony of 2^%d".formatted(imported, ceremonyPower));
    out.append(", %d contribution%s\n".formatted(contributions.size(), plural()));
    out.append("file of %,d bytes, BLAKE2b\n%s\n".formatted(fileBytes, grouped(fileHash)));
    for (var contribution : contributions) {
      boolean last = contribution.number() == contributions.size();
      out.append("\n%d. %s\n".formatted(contribution.number(), title(contribution)));
      out.append(
          "response hash%s\n%s\n"
              .formatted(
                  last && lastHashesConfirmed ? ", confirmed" : ", as the file says",
                  grouped(contribution.responseHash())));
      out.append(
          "next challenge%s\n%s\n"
              .formatted(
                  last && !lastHashesConfirmed ? ", as the file says" : ", confirmed",
                  grouped(contribution.nextChallenge())));
    }
    return out.substring(0, out.length() - 1);
  }

  /** The bytes that {@link #decode} reads. */
  public byte[] encode() {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      out.write(HexFormat.of().parseHex(fileHash));
      out.writeLong(fileBytes);
      out.writeByte(power);
      out.writeByte(ceremonyPower);
      out.writeByte(imported);
      out.writeBoolean(lastHashesConfirmed);
      out.writeInt(contributions.size());
      for (var contribution : contributions) {
        out.writeUTF(contribution.name());
        out.write(HexFormat.of().parseHex(contribution.responseHash()));
        out.write(HexFormat.of().parseHex(contribution.nextChallenge()));
        out.writeUTF(contribution.beacon().map(Contribution.Beacon::value).orElse(""));
        out.writeByte(contribution.beacon().map(Contribution.Beacon::logIterations).orElse(0));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * Reads {@link #encode}'s bytes.
   *
   * @throws IllegalArgumentException if they are not a ceremony's
   */
  public static Ceremony decode(byte[] bytes) {
    try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      var fileHash = HexFormat.of().formatHex(in.readNBytes(Blake2b.DIGEST));
      long fileBytes = in.readLong();
      int power = in.readUnsignedByte();
      int ceremonyPower = in.readUnsignedByte();
      int imported = in.readUnsignedByte();
      boolean confirmed = in.readBoolean();
      int count = in.readInt();
      var contributions = new ArrayList<Contribution>();
      while (contributions.size() < count) {
        var name = in.readUTF();
        var responseHash = HexFormat.of().formatHex(in.readNBytes(Blake2b.DIGEST));
        var nextChallenge = HexFormat.of().formatHex(in.readNBytes(Blake2b.DIGEST));
        var value = in.readUTF();
        var beacon = new Contribution.Beacon(value, in.readUnsignedByte());
        contributions.add(
            new Contribution(
                contributions.size() + 1,
                name,
                value.isEmpty() ? Optional.empty() : Optional.of(beacon),
                responseHash,
                nextChallenge));
      }
      if (contributions.isEmpty() || in.available() > 0) {
        throw new IllegalArgumentException("Not the bytes of a ceremony");
      }
      return new Ceremony(
          fileHash, fileBytes, power, ceremonyPower, imported, confirmed, contributions);
    } catch (IOException e) {
      throw new IllegalArgumentException("Not the bytes of a ceremony", e);
    }
  }

  private String plural() {
    return contributions.size() == 1 ? "" : "s";
  }

  private static String title(Contribution contribution) {
    var name = contribution.name().isEmpty() ? "(no name)" : contribution.name();
    return contribution
        .beacon()
        .map(b -> "%s: beacon %s, 2^%d hashes".formatted(name, b.value(), b.logIterations()))
        .orElse(name);
  }

  /** Four lines of four words of eight digits. */
  private static String grouped(String hash) {
    return hash.replaceAll("(.{8})(.{8})(.{8})(.{8})", "    $1 $2 $3 $4\n").stripTrailing();
  }

  /** The contributors' names only. */
  @Override
  public String toString() {
    return "Ceremony[2^%d, %s]"
        .formatted(imported, contributions.stream().map(Contribution::name).toList());
  }
}
