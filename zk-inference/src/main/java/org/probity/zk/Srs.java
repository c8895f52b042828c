package org.probity.zk;

import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.ceremony.Ceremony;
import org.probity.zk.ceremony.CeremonyFile;
import org.probity.zk.ceremony.G1Sequence;
import org.probity.zk.ceremony.Progress;
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
 *
 * <p>{@link #importCeremony} takes one that many people made together, of which one honest
 * contributor is enough; {@link #development} makes one whose τ this machine knew, for local chains
 * only, which {@link #requireAdmissibleOn} sees to.
 */
public final class Srs {
  static final int MAX_LOG_SIZE = Architecture.MAX_LOG_SIZE;

  /**
   * Chains on which nothing is worth anything: anvil's and Hardhat's id, and Ganache's and geth's.
   */
  private static final Set<Long> LOCAL_CHAINS = Set.of(31337L, 1337L);

  private final int logSize;
  private final PointVector powers;
  private final G2 tauG2;
  private final Optional<Ceremony> ceremony;

  Srs(int logSize, PointVector powers, G2 tauG2, Optional<Ceremony> ceremony) {
    this.logSize = logSize;
    this.powers = powers;
    this.tauG2 = tauG2;
    this.ceremony = ceremony;
  }

  /**
   * A string from fresh randomness that is forgotten here. INSECURE: whoever ran this could have
   * kept τ. For local chains and tests only.
   */
  public static Srs development(int logSize, Entropy entropy) {
    if (logSize < 0 || logSize > MAX_LOG_SIZE) {
      throw new IllegalArgumentException(
          "An SRS has 2^0 to 2^%d points, not 2^%d".formatted(MAX_LOG_SIZE, logSize));
    }
    Fr tau = entropy.nextFr();
    var scalars = FieldVector.ofFr(1 << logSize);
    Fr power = Fr.ONE;
    for (int i = 0; i < scalars.size(); i++) {
      scalars.set(i, power);
      power = power.times(tau);
    }
    var powers = FixedBase.multiples(G1.GENERATOR, scalars);
    scalars.clear();
    return new Srs(logSize, powers, G2.GENERATOR.times(tau), Optional.empty());
  }

  /**
   * The string of a ceremony, from a {@code .ptau} file of snarkjs over BN254: every point and the
   * whole sequence checked, the contributions followed from the generators on (docs/setup.md says
   * what is checked and what cannot be). Nothing is written: {@link #save} does.
   *
   * @param logSize base-2 logarithm of the powers to take; without it, all of the file, which then
   *     is checked in all its sections
   * @param entropy for the random linear combinations of the checks
   * @throws IllegalArgumentException naming the first thing that is wrong with the file
   * @throws UncheckedIOException if the file cannot be read
   */
  public static Srs importCeremony(
      Path file, OptionalInt logSize, ComputeBackend backend, Entropy entropy, Progress progress) {
    var read = CeremonyFile.read(file, logSize, backend, entropy.nextFr(), progress);
    return new Srs(
        read.ceremony().imported(), read.powers(), read.tauG2(), Optional.of(read.ceremony()));
  }

  /** Base-2 logarithm of the number of points. */
  public int logSize() {
    return logSize;
  }

  /** The ceremony that the string is of; empty for a development string. */
  public Optional<Ceremony> ceremony() {
    return ceremony;
  }

  /** Whether τ came from this machine and not from a ceremony: never for real funds. */
  public boolean isDevelopment() {
    return ceremony.isEmpty();
  }

  /** Whether a chain is a local one, for development, by its id. */
  public static boolean isLocalChain(long chainId) {
    return LOCAL_CHAINS.contains(chainId);
  }

  /**
   * Refuses a development string on every chain but a local one. To be asked before anything is
   * deployed, registered or run.
   *
   * @throws IllegalStateException with the remedy
   */
  public void requireAdmissibleOn(long chainId) {
    if (isDevelopment() && !isLocalChain(chainId)) {
      throw new IllegalStateException(
          "The development SRS is refused on chain %d, as whoever made it can forge proofs: import a ceremony with ./probity srs import FILE.ptau"
              .formatted(chainId));
    }
  }

  /**
   * Checks the whole sequence again by a random linear combination and one pairing, as its import
   * did; {@link #load} leaves this out.
   *
   * @throws IllegalArgumentException if the points are not the powers of one secret
   */
  public void checkSequence(ComputeBackend backend, Entropy entropy) {
    var sequence = new G1Sequence(backend, entropy.nextFr());
    sequence.add(powers);
    if (!powers.get(0).equals(G1.GENERATOR) || !sequence.isGeometric(tauG2)) {
      throw new IllegalArgumentException(
          "The SRS's points are not the powers of one secret: import it again");
    }
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

  byte[] words() {
    var out = ByteBuffer.allocate(4 * Bytes32.SIZE);
    for (var word : tauG2Words()) {
      out.put(Fp.of(word).toBytes());
    }
    return out.array();
  }

  PointVector powers() {
    return powers;
  }

  /**
   * The bases for vectors of {@code 2^log} entries.
   *
   * @throws IllegalArgumentException if the SRS is shorter
   */
  PointVector powers(int log) {
    if (log > logSize) {
      throw new IllegalArgumentException(
          "The model needs an SRS of 2^%d points, but this one has 2^%d: make or import a larger one"
              .formatted(log, logSize));
    }
    return powers;
  }

  /**
   * Writes the string to a file, whole or not at all, with its ceremony and a checksum.
   *
   * @throws UncheckedIOException if it cannot be written
   */
  public void save(Path file) {
    SrsFile.write(this, file);
  }

  /**
   * Reads a file written by {@link #save}; every point is checked by itself. The checksum is
   * against damage: who can write the file can put another string in it.
   *
   * @throws IllegalArgumentException if the file is not one, or was changed
   * @throws UncheckedIOException if it cannot be read
   */
  public static Srs load(Path file) {
    return SrsFile.read(file);
  }

  @Override
  public String toString() {
    return "Srs[2^" + logSize + (isDevelopment() ? ", development: INSECURE]" : "]");
  }
}
