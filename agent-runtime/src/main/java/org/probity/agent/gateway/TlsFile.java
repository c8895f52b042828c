package org.probity.agent.gateway;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.probity.agent.settings.OperationSettings;
import org.probity.ground.PlainFile;
import org.probity.ground.SecretFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The certificate that the API shows, and its key. */
final class TlsFile {

  private static final Logger LOG = LoggerFactory.getLogger(TlsFile.class);
  private static final int MOST_BYTES = 1 << 20;
  private static final Duration SOON = Duration.ofDays(14);

  private TlsFile() {}

  /**
   * Reads the PKCS#12 file of {@code tls}.
   *
   * @throws IllegalArgumentException with a sentence if a file can be read by others or not at all,
   *     or a certificate in it is not valid at {@code now}
   */
  static SSLContext context(OperationSettings.Tls tls, Instant now) {
    char[] password = new char[0];
    try {
      PlainFile.requireSecret(tls.keyStore());
      password = SecretFile.firstLine(tls.passwordFile());
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(new ByteArrayInputStream(PlainFile.bytes(tls.keyStore(), MOST_BYTES)), password);
      requireValid(store, tls.keyStore(), now);
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, password);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return context;
    } catch (FileSystemException e) {
      throw new IllegalArgumentException(
          "The file %s of probity.http.tls cannot be used: %s."
              .formatted(e.getFile(), e.getReason() == null ? "it is not there" : e.getReason()),
          e);
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "The PKCS#12 file %s cannot be used: check it, and that probity.http.tls.password-file holds its password."
              .formatted(tls.keyStore()),
          e);
    } finally {
      Arrays.fill(password, '\0');
    }
  }

  /** Clients would refuse it; better that a person hears of it who can mend it. */
  private static void requireValid(KeyStore store, Path file, Instant now)
      throws GeneralSecurityException {
    boolean keyed = false;
    for (String alias : Collections.list(store.aliases())) {
      keyed |= store.isKeyEntry(alias);
      Certificate[] chain = store.getCertificateChain(alias);
      for (Certificate certificate : chain == null ? new Certificate[0] : chain) {
        if (certificate instanceof X509Certificate dated) {
          requireValid(dated, file, now);
        }
      }
    }
    if (!keyed) {
      throw new IllegalArgumentException(
          "The PKCS#12 file %s of probity.http.tls has no private key in it: export the certificate together with its key."
              .formatted(file));
    }
  }

  private static void requireValid(X509Certificate certificate, Path file, Instant now) {
    Instant from = certificate.getNotBefore().toInstant();
    Instant to = certificate.getNotAfter().toInstant();
    if (now.isBefore(from)) {
      throw new IllegalArgumentException(
          "The certificate in %s of probity.http.tls is valid from %s only: check this machine's clock, or use another certificate."
              .formatted(file, from));
    }
    if (now.isAfter(to)) {
      throw new IllegalArgumentException(
          "The certificate in %s of probity.http.tls expired at %s: renew it.".formatted(file, to));
    }
    if (now.plus(SOON).isAfter(to)) {
      LOG.warn("The certificate in {} of probity.http.tls expires at {}: renew it.", file, to);
    }
  }
}
