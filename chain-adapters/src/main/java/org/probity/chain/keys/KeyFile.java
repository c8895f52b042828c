package org.probity.chain.keys;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.util.BigIntegers;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.ground.PlainFile;

/**
 * One file of Web3 Secret Storage, version 3, by whatever wallet. What its key derivation costs is
 * checked before any of it is paid; what is no such file is called what it is.
 */
final class KeyFile {

  private static final int MOST_BYTES = 1 << 20;

  /**
   * Of scrypt: bytes that a derivation may work through. The strongest common files take 256 MiB.
   */
  private static final long MOST_MEMORY = 1L << 30;

  private static final int MOST_LANES = 1_024;
  private static final int MOST_ROUNDS = 10_000_000;
  private static final int KEY_BYTES = 32;

  /** {@code r} of scrypt in the files written here, as every wallet has it. */
  private static final int BLOCK = 8;

  private static final SecureRandom RANDOM = new SecureRandom();

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern RAW = Pattern.compile("(0x)?[0-9a-fA-F]{64}");
  private static final Pattern PHRASE = Pattern.compile("[a-z]+( [a-z]+){11,23}");

  private final Path file;
  private final JsonNode json;

  private KeyFile(Path file, JsonNode json) {
    this.file = file;
    this.json = json;
  }

  /**
   * Reads a key file.
   *
   * @throws KeyStoreFailed if it is none, or others may read it
   */
  static KeyFile read(Path file) {
    byte[] content;
    try {
      PlainFile.requireSecret(file);
      content = PlainFile.bytes(file, MOST_BYTES);
    } catch (IOException e) {
      throw unusable("key file", file, e);
    }
    Optional<String> other = otherKind(content);
    if (other.isPresent()) {
      throw new KeyStoreFailed("The file %s is %s".formatted(file, other.get()));
    }
    JsonNode json = json(content);
    if (json == null || !crypto(json).isObject()) {
      throw damaged(file);
    }
    return new KeyFile(file, json);
  }

  static KeyStoreFailed unusable(String what, Path path, IOException cause) {
    String reason =
        cause instanceof FileSystemException e && e.getReason() != null
            ? e.getReason()
            : "it cannot be read: check its owner";
    return new KeyStoreFailed("The %s %s is not used: %s".formatted(what, path, reason), cause);
  }

  /** The account that a file says its key is of; empty if it does not say, or is no key file. */
  static Optional<Address> addressIn(Path file) {
    try {
      JsonNode json = json(PlainFile.bytes(file, MOST_BYTES));
      return json == null || !crypto(json).isObject()
          ? Optional.empty()
          : Optional.of(address(json.path("address").asText()));
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Address address(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return new Address(lower.startsWith("0x") ? lower : "0x" + lower);
  }

  /** What a file is that people take for a key file, and what to do; a clause. */
  static Optional<String> otherKind(Path file) {
    try {
      return otherKind(PlainFile.bytes(file, MOST_BYTES));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> otherKind(byte[] content) {
    String text = new String(content, StandardCharsets.UTF_8).strip();
    if (RAW.matcher(text).matches()) {
      return Optional.of(
          "a private key that no password protects: have a wallet make a key file of it (geth account import), and delete it");
    }
    if (PHRASE.matcher(text).matches()) {
      return Optional.of(
          "a seed phrase, which opens every account made from it: have a wallet export a key file of the one account");
    }
    if (text.startsWith("-----BEGIN")) {
      return Optional.of("a PEM file: have a wallet make a key file (Web3 Secret Storage) of it");
    }
    JsonNode json = json(content);
    if (json == null) {
      return Optional.empty();
    }
    if (json.has("encseed")) {
      return Optional.of("a presale wallet: geth wallet import makes a key file of it");
    }
    if (json.path("version").asInt() == 4 || crypto(json).path("kdf").isObject()) {
      return Optional.of(
          "a validator's key (EIP-2335), which is of no account: name the key file of an account");
    }
    String version = json.path("version").asText();
    if (crypto(json).isObject() && !version.equals("3")) {
      return Optional.of(
          "a key file of version %s, not 3: have a wallet write it anew (geth account update)"
              .formatted(version.isEmpty() ? "none" : Bytes.abbreviate(version)));
    }
    return Optional.empty();
  }

  private static @Nullable JsonNode json(byte[] content) {
    try {
      // With a byte order mark the parser reads UTF-16 as well.
      JsonNode json = JSON.readTree(content);
      return json.isObject() ? json : null;
    } catch (JacksonException e) {
      return null; // the parser's own words quote the file
    } catch (IOException e) {
      return null;
    }
  }

  private static JsonNode crypto(JsonNode json) {
    return json.has("crypto") ? json.path("crypto") : json.path("Crypto");
  }

  /**
   * A new file's content: the key of {@code address} behind a password, in JSON.
   *
   * @param cost {@code n} of scrypt
   * @param lanes {@code p} of scrypt
   */
  static byte[] encrypt(Address address, BigInteger key, char[] password, int cost, int lanes) {
    byte[] salt = random(32);
    byte[] iv = random(16);
    byte[] secret = utf8(password);
    byte[] derived = Scrypt.derive(secret, salt, cost, BLOCK, lanes, KEY_BYTES);
    Arrays.fill(secret, (byte) 0);
    byte[] plain = BigIntegers.asUnsignedByteArray(KEY_BYTES, key);
    try {
      byte[] text = aes(Cipher.ENCRYPT_MODE, derived, iv, plain);
      Map<String, Object> parameters =
          Map.of(
              "n", cost,
              "r", BLOCK,
              "p", lanes,
              "dklen", KEY_BYTES,
              "salt", hex(salt));
      Map<String, Object> crypto =
          Map.of(
              "cipher",
              "aes-128-ctr",
              "cipherparams",
              Map.of("iv", hex(iv)),
              "ciphertext",
              hex(text),
              "kdf",
              "scrypt",
              "kdfparams",
              parameters,
              "mac",
              hex(mac(derived, text)));
      return JSON.writeValueAsBytes(
          Map.of(
              "version",
              3,
              "id",
              UUID.randomUUID().toString(),
              "address",
              address.hex().substring(2),
              "crypto",
              crypto));
    } catch (GeneralSecurityException | JacksonException e) {
      throw new IllegalStateException("A key file could not be made", e);
    } finally {
      Arrays.fill(plain, (byte) 0);
    }
  }

  /**
   * The private key.
   *
   * @throws KeyStoreFailed if the password is wrong, or the file damaged or too dear to open
   */
  BigInteger decrypt(char[] password) {
    byte[] secret = utf8(password);
    byte[] derived = derive(secret);
    Arrays.fill(secret, (byte) 0);
    JsonNode crypto = crypto(json);
    byte[] text = bytes(crypto.path("ciphertext"), 1, KEY_BYTES);
    byte[] mac = bytes(crypto.path("mac"), KEY_BYTES, KEY_BYTES);
    if (!MessageDigest.isEqual(mac(derived, text), mac)) {
      throw new KeyStoreFailed("The password does not open the key file " + file + ": try another");
    }
    return new BigInteger(1, opened(crypto, derived, text));
  }

  private byte[] opened(JsonNode crypto, byte[] derived, byte[] text) {
    if (!crypto.path("cipher").asText().equals("aes-128-ctr")) {
      throw damaged(file);
    }
    byte[] iv = bytes(crypto.path("cipherparams").path("iv"), 16, 16);
    try {
      return aes(Cipher.DECRYPT_MODE, derived, iv, text);
    } catch (GeneralSecurityException e) {
      throw damaged(file);
    }
  }

  private static byte[] aes(int mode, byte[] derived, byte[] iv, byte[] text)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
    cipher.init(mode, new SecretKeySpec(derived, 0, 16, "AES"), new IvParameterSpec(iv));
    return cipher.doFinal(text);
  }

  /** By which a wrong password is noticed. */
  private static byte[] mac(byte[] derived, byte[] text) {
    Bytes checked = Bytes.of(Arrays.copyOfRange(derived, 16, 32)).concat(Bytes.of(text));
    return checked.keccak().toByteArray();
  }

  private byte[] derive(byte[] password) {
    JsonNode crypto = crypto(json);
    JsonNode parameters = crypto.path("kdfparams");
    byte[] salt = bytes(parameters.path("salt"), 0, 1_024);
    if (number(parameters, "dklen") != KEY_BYTES) {
      throw damaged(file);
    }
    return switch (crypto.path("kdf").asText()) {
      case "scrypt" -> scrypt(password, salt, parameters);
      case "pbkdf2" -> pbkdf2(password, salt, parameters);
      default -> throw damaged(file);
    };
  }

  private byte[] scrypt(byte[] password, byte[] salt, JsonNode parameters) {
    long n = number(parameters, "n");
    long r = number(parameters, "r");
    long p = number(parameters, "p");
    if (n < 2 || Long.bitCount(n) != 1) {
      throw damaged(file);
    }
    // Each at most 2^31, so that no product overflows unseen.
    if (n * r > MOST_MEMORY
        || 128 * n * r > MOST_MEMORY
        || p > MOST_LANES
        || p > MOST_MEMORY / (128 * n * r)) {
      throw tooDear("scrypt with n = %d, r = %d, p = %d".formatted(n, r, p));
    }
    if (128 * n * r > Runtime.getRuntime().maxMemory() / 4 * 3) {
      throw new KeyStoreFailed(
          "The key file %s takes %d MiB of memory to open, more than there is: start with more (-Xmx)"
              .formatted(file, 128 * n * r >> 20));
    }
    return Scrypt.derive(password, salt, (int) n, (int) r, (int) p, KEY_BYTES);
  }

  private byte[] pbkdf2(byte[] password, byte[] salt, JsonNode parameters) {
    long rounds = number(parameters, "c");
    if (!parameters.path("prf").asText("hmac-sha256").equals("hmac-sha256")) {
      throw damaged(file);
    }
    if (rounds > MOST_ROUNDS) {
      throw tooDear("pbkdf2 with c = " + rounds);
    }
    return Scrypt.pbkdf2(password, salt, (int) rounds, KEY_BYTES);
  }

  private long number(JsonNode parameters, String name) {
    JsonNode number = parameters.path(name);
    if (!number.isIntegralNumber() || !number.canConvertToInt() || number.intValue() < 1) {
      if (number.isIntegralNumber() && number.bigIntegerValue().bitLength() > 31) {
        throw tooDear("%s = %s".formatted(name, Bytes.abbreviate(number.asText())));
      }
      throw damaged(file);
    }
    return number.intValue();
  }

  private byte[] bytes(JsonNode hex, int least, int most) {
    try {
      Bytes bytes = Bytes.parse(hex.asText());
      if (hex.isTextual() && bytes.length() >= least && bytes.length() <= most) {
        return bytes.toArray();
      }
    } catch (IllegalArgumentException e) {
      // Left out: it quotes the file.
    }
    throw damaged(file);
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    RANDOM.nextBytes(bytes);
    return bytes;
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static byte[] utf8(char[] password) {
    ByteBuffer encoded = StandardCharsets.UTF_8.encode(CharBuffer.wrap(password));
    byte[] bytes = new byte[encoded.remaining()];
    encoded.get(bytes);
    Arrays.fill(encoded.array(), (byte) 0);
    return bytes;
  }

  private KeyStoreFailed tooDear(String what) {
    return new KeyStoreFailed(
        "The key file %s asks for more work than any wallet does (%s; up to 1 GiB of scrypt or %d rounds of pbkdf2 are done): have a wallet write it anew"
            .formatted(file, what, MOST_ROUNDS));
  }

  private static KeyStoreFailed damaged(Path file) {
    return new KeyStoreFailed(
        "The key file " + file + " is damaged or no key file: restore it from a backup");
  }
}
