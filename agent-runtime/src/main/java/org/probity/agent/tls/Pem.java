package org.probity.agent.tls;

import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.probity.ground.PlainFile;

/** Keys and certificates in files of the textual encoding of RFC 7468. */
final class Pem {

  /** More than any key or certificate has. */
  private static final int MOST_BYTES = 1 << 16;

  private static final List<String> ALGORITHMS = List.of("EC", "Ed25519", "RSA");
  private static final String PRIVATE_KEY = "PRIVATE KEY";
  private static final String CERTIFICATE = "CERTIFICATE";

  private Pem() {}

  /**
   * @throws IllegalArgumentException with a sentence if there is no private key in {@code file}, or
   *     others than its owner may read it
   */
  static PrivateKey key(Path file) {
    String text = text(file, true);
    byte[] encoded = content(file, text, PRIVATE_KEY);
    try {
      for (String algorithm : ALGORITHMS) {
        try {
          return KeyFactory.getInstance(algorithm)
              .generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } catch (InvalidKeySpecException e) {
          // Of another algorithm.
        }
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This JDK reads no keys", e);
    }
    throw new IllegalArgumentException(
        "The private key in %s is none of an elliptic curve, Ed25519 or RSA: make keys with `probity cluster keys`."
            .formatted(file));
  }

  /**
   * @throws IllegalArgumentException with a sentence if {@code file} has not one certificate
   */
  static X509Certificate certificate(Path file) {
    byte[] encoded = content(file, text(file, false), CERTIFICATE);
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(encoded));
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "The certificate in %s cannot be read: make keys with `probity cluster keys`."
              .formatted(file),
          e);
    }
  }

  private static String text(Path file, boolean secret) {
    try {
      if (secret) {
        PlainFile.requireSecret(file);
      }
      return PlainFile.text(file, MOST_BYTES);
    } catch (NoSuchFileException | FileNotFoundException e) {
      throw new IllegalArgumentException(
          "There is no file %s: check the path, or make keys with `probity cluster keys`."
              .formatted(file),
          e);
    } catch (FileSystemException e) {
      throw new IllegalArgumentException(
          "The file %s cannot be used: %s."
              .formatted(file, e.getReason() == null ? "access is denied" : e.getReason()),
          e);
    } catch (IOException e) {
      throw new IllegalArgumentException("The file %s cannot be read.".formatted(file), e);
    }
  }

  /** The one block of a kind. More than one are refused, for only one could be meant. */
  private static byte[] content(Path file, String text, String kind) {
    Matcher blocks =
        Pattern.compile(
                "-----BEGIN %1$s-----([A-Za-z0-9+/=\\s]*)-----END %1$s-----".formatted(kind))
            .matcher(text);
    if (!blocks.find()) {
      throw new IllegalArgumentException(
          "The file %s has no block \"BEGIN %s\": it must be PEM, and a key unencrypted PKCS#8, as `probity cluster keys` makes them."
              .formatted(file, kind));
    }
    String block = blocks.group(1);
    if (blocks.find()) {
      throw new IllegalArgumentException(
          "The file %s has more than one block \"BEGIN %s\": it must have one."
              .formatted(file, kind));
    }
    try {
      return Base64.getMimeDecoder().decode(block);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "The block \"BEGIN %s\" of the file %s is no Base64.".formatted(kind, file), e);
    }
  }

  /** Into a new file for its owner alone. */
  static void write(Path file, PrivateKey key) throws IOException {
    write(file, PRIVATE_KEY, key.getEncoded());
  }

  static void write(Path file, X509Certificate certificate) throws IOException {
    try {
      write(file, CERTIFICATE, certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new IOException("A certificate cannot be written", e);
    }
  }

  private static void write(Path file, String kind, byte[] encoded) throws IOException {
    String body =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(encoded);
    byte[] text =
        "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
            .formatted(kind, body)
            .getBytes(StandardCharsets.US_ASCII);
    try (var channel =
        Files.newByteChannel(
            file,
            java.util.Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PlainFile.ownerOnlyFile(file))) {
      var buffer = java.nio.ByteBuffer.wrap(text);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    }
  }
}
