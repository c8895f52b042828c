package org.probity.chain.keys;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.probity.chain.Address;
import org.probity.chain.Signer;
import org.probity.ground.PlainFile;
import org.probity.ground.WholeFile;
import org.web3j.crypto.Sign;

/**
 * A folder of private keys, each in a file encrypted by a password (Web3 Secret Storage version 3
 * with scrypt, as Geth writes it). Files are for their owner alone, and appear whole or not at all.
 */
public final class KeyStore {

  private static final Pattern FILE =
      Pattern.compile("(?:.*--)?(?:0x)?([0-9a-fA-F]{40})(?:\\.json)?");
  private static final int MOST_FILES = 10_000;

  private final Path folder;
  private final Strength strength;

  private KeyStore(Path folder, Strength strength) {
    this.folder = folder;
    this.strength = strength;
  }

  /** How much work each guess of a password takes. */
  public enum Strength {
    /** A second and 256 MiB. */
    STANDARD(1 << 18, 1),
    /** Milliseconds and 4 MiB: for tests. */
    LIGHT(1 << 12, 6);

    private final int cost;
    private final int parallelism;

    Strength(int cost, int parallelism) {
      this.cost = cost;
      this.parallelism = parallelism;
    }
  }

  /** The key store in {@code folder}, which the first key creates. */
  public static KeyStore at(Path folder) {
    return at(folder, Strength.STANDARD);
  }

  /** The key store in {@code folder}; new keys are encrypted with this strength. */
  public static KeyStore at(Path folder, Strength strength) {
    return new KeyStore(folder, strength);
  }

  /**
   * Makes a new key and stores it.
   *
   * @throws KeyStoreFailed if the password is empty or the folder cannot be written
   */
  public Signer create(char[] password, SecureRandom random) {
    BigInteger key;
    do {
      key = new BigInteger(256, random);
    } while (key.signum() == 0 || key.compareTo(Sign.CURVE_PARAMS.getN()) >= 0);
    return add(key, password);
  }

  /**
   * Stores a key that exists already.
   *
   * @throws KeyStoreFailed if the password is empty, the key is already here or the folder cannot
   *     be written
   * @throws IllegalArgumentException if it is no private key
   */
  public Signer add(BigInteger privateKey, char[] password) {
    if (password.length == 0) {
      throw new KeyStoreFailed("An empty password would protect nothing: choose one");
    }
    Signer signer = Signer.ofPrivateKey(privateKey);
    if (find(signer.address()).isPresent()) {
      throw new KeyStoreFailed("The key of " + signer.address() + " is already in " + folder);
    }
    write(
        signer.address(),
        KeyFile.encrypt(
            signer.address(), privateKey, password, strength.cost, strength.parallelism));
    return signer;
  }

  /**
   * Loads the key of {@code address}.
   *
   * @throws KeyStoreFailed if it is not here, the password is wrong, the file is damaged or no key
   *     file, or others than its owner have access to it or the folder
   */
  public Signer load(Address address, char[] password) {
    Path file = find(address).orElseThrow(() -> missing(address));
    requireOwnerOnly();
    Signer signer = signer(file, password);
    if (!signer.address().equals(address)) {
      throw new KeyStoreFailed(
          "The key file %s holds the key of %s: its name or its content is wrong"
              .formatted(file, signer.address()));
    }
    return signer;
  }

  /** The accounts whose keys are here, in order of their addresses. */
  public List<Address> list() {
    return files().stream().map(KeyStore::addressIn).flatMap(Optional::stream).sorted().toList();
  }

  private Signer signer(Path file, char[] password) {
    try {
      return Signer.ofPrivateKey(KeyFile.read(file).decrypt(password));
    } catch (IllegalArgumentException e) {
      throw new KeyStoreFailed(
          "The key file %s holds no private key of an account: restore it from a backup"
              .formatted(file));
    }
  }

  private void requireOwnerOnly() {
    try {
      PlainFile.requireOwnerOnly(folder);
    } catch (IOException e) {
      throw KeyFile.unusable("key folder", folder, e);
    }
  }

  /** By its name as wallets write it or, where a name tells nothing, by what it says inside. */
  private Optional<Path> find(Address address) {
    return files().stream()
        .filter(file -> addressIn(file).filter(address::equals).isPresent())
        .findFirst();
  }

  private KeyStoreFailed missing(Address address) {
    String what = "No key of %s in %s".formatted(address, folder);
    if (Files.isDirectory(folder.resolve("keystore"))) {
      return new KeyStoreFailed(
          what + ": name its folder keystore, where geth keeps its key files");
    }
    for (Path file : files()) {
      Optional<String> other = KeyFile.otherKind(file);
      if (other.isPresent()) {
        return new KeyStoreFailed(
            "%s; the file %s there is %s".formatted(what, file.getFileName(), other.get()));
      }
    }
    return new KeyStoreFailed(
        what + ", neither in the name of a file nor in one: create one, or name another folder");
  }

  private List<Path> files() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().limit(MOST_FILES).toList();
    } catch (IOException e) {
      throw new KeyStoreFailed("Cannot read the key folder " + folder + ": check its owner", e);
    }
  }

  private static Optional<Address> addressIn(Path file) {
    Matcher name = FILE.matcher(String.valueOf(file.getFileName()));
    return name.matches()
        ? Optional.of(new Address("0x" + name.group(1).toLowerCase(Locale.ROOT)))
        : KeyFile.addressIn(file);
  }

  private void write(Address address, byte[] content) {
    try {
      Files.createDirectories(folder, PlainFile.ownerOnlyFolder(folder));
      PlainFile.requireOwnerOnly(folder);
    } catch (FileSystemException e) {
      throw e.getReason() == null ? unwritable(e) : KeyFile.unusable("key folder", folder, e);
    } catch (IOException e) {
      throw unwritable(e);
    }
    try {
      WholeFile.<IOException>createForOwner(
          folder.resolve(address.hex() + ".json"), draft -> Files.write(draft, content));
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  private KeyStoreFailed unwritable(IOException cause) {
    return new KeyStoreFailed(
        "Cannot write to the key folder %s: check that it may be written and is not full"
            .formatted(folder),
        cause);
  }
}
