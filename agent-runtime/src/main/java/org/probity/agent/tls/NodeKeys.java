package org.probity.agent.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import org.probity.ground.PlainFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node shows to the others and knows them by.
 *
 * @param key its own, which nobody else may have
 * @param certificate of the key, signed by the authority itself
 * @param authority whoever shows a certificate of it is let in
 */
public record NodeKeys(PrivateKey key, X509Certificate certificate, X509Certificate authority) {

  static final String AUTHORITY = "authority.pem";
  private static final Logger LOG = LoggerFactory.getLogger(NodeKeys.class);

  /** Nodes that run go on without new keys; those that start later do not. */
  private static final Duration WARNING = Duration.ofDays(30);

  private static final String KEY = "node.key";
  private static final String CERTIFICATE = "node.pem";

  private static final Map<String, String> SIGNATURES =
      Map.of("EC", "SHA256withECDSA", "EdDSA", "EdDSA", "RSA", "SHA256withRSA");

  /**
   * Where a node's keys are: PEM files, the key's for its owner alone.
   *
   * @param key PKCS#8, not encrypted
   */
  public record Place(Path key, Path certificate, Path authority) {}

  /**
   * Keys that no other process has or will ever have: their authority's key is forgotten at once.
   * Nobody can be let in.
   */
  public static NodeKeys ofThisProcessAlone() {
    return Authority.make().issue("this process");
  }

  /** Those that {@link #save} wrote into {@code folder}. */
  public static Place in(Path folder) {
    return new Place(folder.resolve(KEY), folder.resolve(CERTIFICATE), folder.resolve(AUTHORITY));
  }

  /**
   * Reads keys, and sees that they belong together and are valid now.
   *
   * @throws IllegalArgumentException with a sentence if they cannot be used
   */
  public static NodeKeys load(Place files, Instant now) {
    X509Certificate authority = Pem.certificate(files.authority);
    X509Certificate certificate = Pem.certificate(files.certificate);
    PrivateKey key = Pem.key(files.key);
    requirePair(key, files.key, certificate, files.certificate);
    if (authority.getBasicConstraints() < 0) {
      throw new IllegalArgumentException(
          "The certificate in %s is no authority's: name the authority.pem of the cluster."
              .formatted(files.authority));
    }
    if (certificate.getBasicConstraints() >= 0) {
      throw new IllegalArgumentException(
          "The certificate in %s is an authority's, and a node with its key could let in anybody: give each node a certificate of its own."
              .formatted(files.certificate));
    }
    try {
      certificate.verify(authority.getPublicKey());
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "The certificate in %s is not signed by the authority in %s: use files of one cluster."
              .formatted(files.certificate, files.authority),
          e);
    }
    requireValid(certificate, files.certificate, now);
    requireValid(authority, files.authority, now);
    warnIfSoonOver(certificate, files.certificate, now);
    warnIfSoonOver(authority, files.authority, now);
    return new NodeKeys(key, certificate, authority);
  }

  private static void requireValid(X509Certificate certificate, Path file, Instant now) {
    try {
      certificate.checkValidity(Date.from(now));
    } catch (CertificateExpiredException e) {
      throw new IllegalArgumentException(
          "The certificate in %s was valid until %s: make new keys with `probity cluster keys`."
              .formatted(file, certificate.getNotAfter().toInstant()),
          e);
    } catch (CertificateNotYetValidException e) {
      throw new IllegalArgumentException(
          "The certificate in %s is valid from %s on: check this machine's clock."
              .formatted(file, certificate.getNotBefore().toInstant()),
          e);
    }
  }

  private static void warnIfSoonOver(X509Certificate certificate, Path file, Instant now) {
    Instant over = certificate.getNotAfter().toInstant();
    if (over.isBefore(now.plus(WARNING))) {
      LOG.warn("The certificate in {} is valid until {} only: make new keys", file, over);
    }
  }

  /** Whether they belong together is seen by a signature. */
  static void requirePair(
      PrivateKey key, Path keyFile, X509Certificate certificate, Path certificateFile) {
    if (!isPair(key, certificate.getPublicKey())) {
      throw new IllegalArgumentException(
          "The key in %s is not that of the certificate in %s: use files that were made together."
              .formatted(keyFile, certificateFile));
    }
  }

  private static boolean isPair(PrivateKey key, PublicKey other) {
    String algorithm = SIGNATURES.get(key.getAlgorithm());
    if (algorithm == null || !other.getAlgorithm().equals(key.getAlgorithm())) {
      return false;
    }
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(other.getEncoded());
      byte[] signed = signature.sign();
      signature.initVerify(other);
      signature.update(other.getEncoded());
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /** Writes them into a new {@code folder} for its owner alone. */
  public void save(Path folder) throws IOException {
    Files.createDirectory(folder, PlainFile.ownerOnlyFolder(folder));
    Place files = in(folder);
    Pem.write(files.key, key);
    Pem.write(files.certificate, certificate);
    Pem.write(files.authority, authority);
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "NodeKeys[%s, by %s, until %s]"
        .formatted(
            certificate.getSubjectX500Principal(),
            certificate.getIssuerX500Principal(),
            certificate.getNotAfter().toInstant());
  }
}
