package org.probity.agent.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.probity.ground.PlainFile;

/** What whoever may operate the node shows with every request (RFC 6750). Never printed. */
final class BearerToken {

  private static final int BYTES = 32;
  private static final int LEAST_CHARACTERS = 16;
  private static final int MOST_BYTES = 4 * 1024;
  private static final String SCHEME = "Bearer ";

  private final byte[] digest;

  private BearerToken(String token) {
    this.digest = digest(token);
  }

  /**
   * That of the environment, or else of {@code file}, which is made if it is absent.
   *
   * @param environment value of the environment variable; null if it is not set
   * @throws IllegalArgumentException if the file is no file, can be read by others, or the token
   *     cannot be used
   */
  static BearerToken from(@Nullable String environment, Path file, SecureRandom random) {
    if (environment != null && !environment.isBlank()) {
      return of(environment.strip(), "The environment variable PROBITY_HTTP_TOKEN");
    }
    try {
      if (!Files.exists(file)) {
        create(file, random);
      }
      PlainFile.requireSecret(file);
      return of(PlainFile.text(file, MOST_BYTES).strip(), "The token file " + file);
    } catch (FileSystemException e) {
      throw new IllegalArgumentException(
          "The token file %s cannot be used: %s."
              .formatted(file, e.getReason() == null ? "check the path" : e.getReason()),
          e);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The token file %s cannot be read or made: check the path".formatted(file), e);
    }
  }

  private static BearerToken of(String token, String where) {
    if (token.length() < LEAST_CHARACTERS) {
      throw new IllegalArgumentException(
          "%s holds a token of %s characters: use %s or more, at random."
              .formatted(where, token.length(), LEAST_CHARACTERS));
    }
    if (!token.chars().allMatch(c -> c > ' ' && c < 127)) {
      throw new IllegalArgumentException(
          "%s holds a token that no header can show: use visible ASCII characters, without spaces."
              .formatted(where));
    }
    return new BearerToken(token);
  }

  /** Whole before it has its name: whoever finds the file finds all of it. */
  private static void create(Path file, SecureRandom random) throws IOException {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    String token = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes) + "\n";
    Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent());
    Files.createDirectories(folder);
    // Made with its permissions: there is no moment at which others could open it.
    Path draft = Files.createTempFile(folder, "token", null, PlainFile.ownerOnlyFile(folder));
    try {
      Files.writeString(draft, token, StandardCharsets.US_ASCII);
      Files.createLink(file, draft);
    } catch (FileAlreadyExistsException e) {
      // Another process of the same folder was quicker; its token is as good.
    } finally {
      Files.delete(draft);
    }
  }

  /**
   * Whether an Authorization header shows this token. Takes the same time whatever it shows:
   * digests are compared, in full.
   */
  boolean shownIn(@Nullable String header) {
    if (header == null || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return false;
    }
    return MessageDigest.isEqual(digest, digest(header.substring(SCHEME.length()).strip()));
  }

  private static byte[] digest(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return "BearerToken(hidden)";
  }
}
