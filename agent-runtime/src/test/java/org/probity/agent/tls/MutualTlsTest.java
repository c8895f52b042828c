package org.probity.agent.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;

/** Who is let in. */
final class MutualTlsTest {

  private final Authority authority = Authority.make();

  @Test
  void nodesOfOneAuthorityTalkByTls13WhateverTheirNames() throws SSLException {
    MutualTls one = MutualTls.of(authority.issue("one"));
    MutualTls other = MutualTls.of(authority.issue("other"));
    SSLEngine server = one.createServerSSLEngine("127.0.0.1", 1);
    SSLEngine client = other.createClientSSLEngine("10.0.0.1", 1);
    shake(client, server);
    assertThat(server.getSession().getProtocol()).isEqualTo("TLSv1.3");
    assertThat(server.getSession().getPeerPrincipal()).hasToString("CN=other");
    assertThat(client.getSession().getPeerPrincipal()).hasToString("CN=one");
  }

  @Test
  void whoeverShowsNoCertificateIsRefused() throws Exception {
    SSLContext gullible = Gullible.context();
    SSLEngine client = gullible.createSSLEngine();
    client.setUseClientMode(true);
    refused(client, server());
  }

  @Test
  void certificateOfAnotherAuthorityIsRefusedOnBothSides() throws Exception {
    refused(Gullible.client(Authority.make().issue("one")), server());
    // And who lets in shows one too.
    SSLEngine stranger =
        MutualTls.of(Authority.make().issue("one")).createServerSSLEngine("127.0.0.1", 1);
    refused(MutualTls.of(authority.issue("one")).createClientSSLEngine("127.0.0.1", 1), stranger);
  }

  /** A node cannot let in others: its certificate signs none. */
  @Test
  void certificateSignedByANodeIsRefused() throws Exception {
    NodeKeys node = authority.issue("one");
    refused(Gullible.client(Gullible.signedBy(node)), server());
  }

  @Test
  void olderProtocolsAreRefused() throws Exception {
    SSLEngine client = Gullible.client(authority.issue("other"));
    client.setEnabledProtocols(new String[] {"TLSv1.2"});
    refused(client, server());
  }

  @Test
  void plainTextIsRefusedAndTold() {
    List<String> told = new ArrayList<>();
    SSLEngine plain = new WatchedEngine(server(), told::add);
    ByteBuffer text =
        ByteBuffer.wrap("AKKA and whatever follows in plain text".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> plain.unwrap(text, ByteBuffer.allocate(1 << 15)))
        .isInstanceOf(SSLException.class);
    assertThat(told).hasSize(1);
  }

  private SSLEngine server() {
    return MutualTls.of(authority.issue("one")).createServerSSLEngine("127.0.0.1", 1);
  }

  private static void refused(SSLEngine client, SSLEngine server) {
    assertThatThrownBy(() -> shake(client, server)).isInstanceOf(SSLException.class);
  }

  /** Lets both say what they have to say, until the server has heard a word of the client. */
  private static void shake(SSLEngine client, SSLEngine server) throws SSLException {
    ByteBuffer toServer = ByteBuffer.allocate(1 << 16);
    ByteBuffer toClient = ByteBuffer.allocate(1 << 16);
    ByteBuffer heard = ByteBuffer.allocate(1 << 16);
    client.beginHandshake();
    server.beginHandshake();
    for (int i = 0; i < 100 && heard.position() == 0; i++) {
      step(client, toServer, toClient, ByteBuffer.allocate(1 << 16));
      step(server, toClient, toServer, heard);
    }
    assertThat(heard.position()).isPositive();
  }

  private static void step(SSLEngine engine, ByteBuffer out, ByteBuffer in, ByteBuffer heard)
      throws SSLException {
    if (engine.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
      engine.getDelegatedTask().run();
      return;
    }
    if (engine.getHandshakeStatus() != HandshakeStatus.NEED_UNWRAP) {
      engine.wrap(ByteBuffer.wrap(new byte[] {1}), out);
    }
    in.flip();
    engine.unwrap(in, heard);
    in.compact();
  }
}
