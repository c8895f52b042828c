package org.probity.agent.tls;

import java.net.Socket;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** A client that trusts everybody and shows what it is given. */
public final class Gullible extends X509ExtendedTrustManager {

  private Gullible() {}

  /** Shows no certificate. */
  public static SSLContext context() throws Exception {
    return context(new KeyManager[0]);
  }

  /** Shows the certificate of {@code keys}. */
  public static SSLContext context(NodeKeys keys) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "own", keys.key(), new char[0], new Certificate[] {keys.certificate(), keys.authority()});
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(store, new char[0]);
    return context(managers.getKeyManagers());
  }

  private static SSLContext context(KeyManager[] keys) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, new TrustManager[] {new Gullible()}, new SecureRandom());
    return context;
  }

  static SSLEngine client(NodeKeys keys) throws Exception {
    SSLEngine engine = context(keys).createSSLEngine();
    engine.setUseClientMode(true);
    return engine;
  }

  /** What somebody makes who has a node's key, and takes it for an authority's. */
  static NodeKeys signedBy(NodeKeys node) {
    return Authority.of(node.key(), node.certificate()).issue("forged");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) {}

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) {}

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
