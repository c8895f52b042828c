package org.probity.zk.ceremony;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalInt;
import org.probity.ground.PlainFile;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.ceremony.SectionTable.Kind;
import org.probity.zk.curve.PointFormat;
import org.probity.zk.field.Fr;

/**
 * Reads powers of tau from a ceremony's file, the cheap checks first: the table of sections, the
 * contributions' form, every point by itself, the hash of all points, the chain of contributions,
 * and the sequences by pairings. Nothing of the file is believed but the contributors' names, and
 * hashes that are only for show ({@link Ceremony#lastHashesConfirmed}).
 */
public final class CeremonyFile {
  /** More contributions than 20,000 would need this; the largest ceremonies had a hundred. */
  private static final int MAX_CONTRIBUTION_BYTES = 1 << 25;

  private CeremonyFile() {}

  /**
   * Reads and checks a {@code .ptau} file of snarkjs.
   *
   * @param power base-2 logarithm of the powers to take; without it, all that the file has, and
   *     then every section is checked
   * @param rho random, unknown to whoever made the file: the sequences are checked at it
   * @throws IllegalArgumentException naming the first thing that is wrong with the file
   * @throws UncheckedIOException if the file cannot be read
   */
  public static PowersOfTau read(
      Path path, OptionalInt power, ComputeBackend backend, Fr rho, Progress progress) {
    if (!Files.isRegularFile(path)) {
      throw new IllegalArgumentException(
          path + " is not a file: give the path of a ceremony's .ptau file");
    }
    if (rho.isZero()) {
      throw new IllegalArgumentException("The checks need a random scalar other than zero");
    }
    try (var file = PlainFile.channel(path)) {
      return read(file, power, backend, rho, progress);
    } catch (Refusal refusal) {
      throw new IllegalArgumentException(path + " " + refusal.getMessage());
    } catch (IOException e) {
      throw new UncheckedIOException(path + " could not be read", e);
    }
  }

  private static PowersOfTau read(
      FileChannel file, OptionalInt power, ComputeBackend backend, Fr rho, Progress progress)
      throws IOException, Refusal {
    var table = SectionTable.read(file);
    int log = power.orElse(table.power());
    if (log < 1 || log > table.power()) {
      throw new Refusal(
          "has 2^%d powers, and 2^%d were asked for: ask for a power from 1 to %d, or import a larger ceremony"
              .formatted(table.power(), log, table.power()));
    }
    checkMemory(log);
    var links = contributions(file, table);
    var last = links.getLast();
    var scan = new PowersScan(file, table, log, last, backend, rho, progress);
    scan.read();
    ContributionChain.check(links, table.ceremonyPower(), progress);
    scan.checkSequences();
    var ceremony =
        new Ceremony(
            HexFormat.of().formatHex(scan.fileHash()),
            file.size(),
            table.power(),
            table.ceremonyPower(),
            log,
            scan.confirmsLastHashes(),
            links.stream().map(Link::shown).toList());
    return new PowersOfTau(scan.powers(), last.powers().tauG2(), ceremony);
  }

  private static List<Link> contributions(FileChannel file, SectionTable table)
      throws IOException, Refusal {
    var section = table.section(Kind.CONTRIBUTIONS);
    if (section.length() > MAX_CONTRIBUTION_BYTES) {
      throw Refusal.damaged(
          "has %d bytes of contributions, and %d are the most admitted",
          section.length(), MAX_CONTRIBUTION_BYTES);
    }
    return ContributionSection.read(
        SectionTable.read(file, section.start(), (int) section.length()), table.ceremonyPower());
  }

  private static void checkMemory(int log) throws Refusal {
    long megabytes = (((long) PointFormat.G1_BYTES << log) >> 20) + 100;
    long available = Runtime.getRuntime().maxMemory() >> 20;
    if (megabytes > available) {
      throw new Refusal(
          "needs %d MB of memory for 2^%d powers, and Java may use %d: allow more with -Xmx, or import fewer with --power"
              .formatted(megabytes, log, available));
    }
  }
}
