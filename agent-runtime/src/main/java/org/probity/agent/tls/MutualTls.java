package org.probity.agent.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManagerFactory;
import org.apache.pekko.actor.setup.Setup;
import org.apache.pekko.remote.artery.tcp.SSLEngineProvider;
import org.apache.pekko.remote.artery.tcp.SSLEngineProviderSetup;
import scala.Option;

/**
 * The lock before the port of an actor system: both sides show a certificate of one authority, or
 * nothing is said at all (TLS 1.3, RFC 8446).
 *
 * <p>Names of hosts are not compared. The authority is the cluster's own and signs nodes alone, so
 * its certificate says already all that counts; a node moves to another address without a new one,
 * and behind a relay it has two.
 */
public final class MutualTls implements SSLEngineProvider {

  private static final String[] PROTOCOLS = {"TLSv1.3"};
  private static final String[] CIPHERS = {
    "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"
  };

  private final SSLContext context;
  private final Refusals refusals;

  private MutualTls(SSLContext context, Refusals refusals) {
    this.context = context;
    this.refusals = refusals;
  }

  /**
   * What an actor system is started with whose {@code pekko.remote.artery.transport} is tls-tcp.
   */
  public static Setup setup(NodeKeys keys) {
    MutualTls lock = of(keys);
    return SSLEngineProviderSetup.create(_ -> lock);
  }

  static MutualTls of(NodeKeys keys) {
    return new MutualTls(context(keys), new Refusals());
  }

  private static SSLContext context(NodeKeys keys) {
    // The store is in memory and is given away to nobody: its password guards nothing.
    char[] password = new char[0];
    try {
      KeyStore own = empty();
      own.setKeyEntry(
          "node", keys.key(), password, new Certificate[] {keys.certificate(), keys.authority()});
      KeyManagerFactory shown =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      shown.init(own, password);
      KeyStore known = empty();
      known.setCertificateEntry("authority", keys.authority());
      TrustManagerFactory trusted =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trusted.init(known);
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(shown.getKeyManagers(), trusted.getTrustManagers(), new SecureRandom());
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("The keys of this node cannot be used for TLS", e);
    }
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  @Override
  public SSLEngine createServerSSLEngine(String host, int port) {
    SSLEngine engine = engine(host, port);
    engine.setUseClientMode(false);
    engine.setNeedClientAuth(true);
    return new WatchedEngine(engine, refusals::ofGuest);
  }

  @Override
  public SSLEngine createClientSSLEngine(String host, int port) {
    SSLEngine engine = engine(host, port);
    engine.setUseClientMode(true);
    return new WatchedEngine(engine, reason -> refusals.ofHost(host, port, reason));
  }

  private SSLEngine engine(String host, int port) {
    SSLEngine engine = context.createSSLEngine(host, port);
    engine.setEnabledProtocols(PROTOCOLS);
    engine.setEnabledCipherSuites(CIPHERS);
    return engine;
  }

  @Override
  public Option<Throwable> verifyClientSession(String host, SSLSession session) {
    return Option.empty();
  }

  @Override
  public Option<Throwable> verifyServerSession(String host, SSLSession session) {
    return Option.empty();
  }
}
