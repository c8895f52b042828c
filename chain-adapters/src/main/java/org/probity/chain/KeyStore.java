package org.probity.chain;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.web3j.crypto.ECKeyPair;
import org.web3j.crypto.Sign;
import org.web3j.crypto.Wallet;
import org.web3j.crypto.WalletFile;
import org.web3j.crypto.exception.CipherException;

/**
 * A folder of private keys, each in a file encrypted by a password (Web3 Secret Storage version 3
 * with scrypt, as Geth writes it). Files are for their owner alone, and appear whole or not at all.
 */
public final class KeyStore {

  private static final Pattern FILE =
      Pattern.compile("(?:.*--)?(?:0x)?([0-9a-fA-F]{40})(?:\\.json)?");
  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

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
    LocalSigner signer = new LocalSigner(privateKey);
    if (find(signer.address()).isPresent()) {
      throw new KeyStoreFailed("The key of " + signer.address() + " is already in " + folder);
    }
    write(signer.address(), encrypt(signer.keys(), password));
    return signer;
  }

  /**
   * Loads the key of {@code address}.
   *
   * @throws KeyStoreFailed if it is not here, the password is wrong or the file is damaged
   */
  public Signer load(Address address, char[] password) {
    Path file =
        find(address)
            .orElseThrow(() ->
                new KeyStoreFailed(
                    "No key of %s in %s: create one, or name another folder"
                        .formatted(address, folder)));
    LocalSigner signer = new LocalSigner(decrypt(file, password).getPrivateKey());
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

  private Optional<Path> find(Address address) {
    return files().stream()
        .filter(file -> addressIn(file).filter(address::equals).isPresent())
        .findFirst();
  }

  private List<Path> files() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new KeyStoreFailed("Cannot read the key folder " + folder + ": check its owner", e);
    }
  }

  private static Optional<Address> addressIn(Path file) {
    Matcher name = FILE.matcher(String.valueOf(file.getFileName()));
    return name.matches()
        ? Optional.of(new Address("0x" + name.group(1).toLowerCase(Locale.ROOT)))
        : Optional.empty();
  }

  private byte[] encrypt(ECKeyPair keys, char[] password) {
    try {
      return JSON.writeValueAsBytes(
          Wallet.create(new String(password), keys, strength.cost, strength.parallelism));
    } catch (CipherException | IOException e) {
      throw new KeyStoreFailed(
          "The key could not be encrypted: " + e.getClass().getSimpleName(), e);
    }
  }

  // The causes of damage are left out of the exceptions: parsers quote what they read.
  private static ECKeyPair decrypt(Path file, char[] password) {
    WalletFile wallet;
    try {
      wallet = JSON.readValue(Files.readAllBytes(file), WalletFile.class);
    } catch (JacksonException e) {
      throw damaged(file);
    } catch (IOException e) {
      throw new KeyStoreFailed("Cannot read the key file " + file + ": check its owner", e);
    }
    if (wallet == null || wallet.getCrypto() == null) {
      throw damaged(file);
    }
    try {
      return Wallet.decrypt(new String(password), wallet);
    } catch (CipherException e) {
      if (String.valueOf(e.getMessage()).contains("Invalid password")) {
        throw new KeyStoreFailed(
            "The password does not open the key file " + file + ": try another");
      }
      throw damaged(file);
    } catch (RuntimeException e) {
      throw damaged(file);
    }
  }

  private static KeyStoreFailed damaged(Path file) {
    return new KeyStoreFailed(
        "The key file " + file + " is damaged or no key file: restore it from a backup");
  }

  private void write(Address address, byte[] content) {
    @Nullable Path unfinished = null;
    try {
      Files.createDirectories(folder, ownerOnly("rwx------"));
      unfinished = Files.createTempFile(folder, "unfinished", ".tmp", ownerOnly("rw-------"));
      Files.write(unfinished, content);
      Files.move(
          unfinished, folder.resolve(address.hex() + ".json"), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      deleteQuietly(unfinished);
      throw new KeyStoreFailed(
          "Cannot write to the key folder "
              + folder
              + ": check that it may be written and is not full",
          e);
    }
  }

  private static void deleteQuietly(@Nullable Path file) {
    try {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // It holds only an encrypted key.
    }
  }

  private static FileAttribute<?>[] ownerOnly(String permissions) {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }
}
