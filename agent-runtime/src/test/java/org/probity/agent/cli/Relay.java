package org.probity.agent.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A wire to a node that can be cut and joined again. */
final class Relay implements AutoCloseable {

  private final URI target;
  private final int port;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private @Nullable ServerSocket listening;

  Relay(URI target) {
    this.target = target;
    this.port = listen(0);
  }

  URI address() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** From now on nobody answers. */
  synchronized void cut() {
    close(listening);
    listening = null;
    sockets.forEach(Relay::close);
    sockets.clear();
  }

  synchronized void join() {
    if (listening == null) {
      listen(port);
    }
  }

  private synchronized int listen(int wanted) {
    try {
      ServerSocket server = new ServerSocket();
      server.setReuseAddress(true);
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted));
      listening = server;
      Thread.ofVirtual().start(() -> accept(server));
      return server.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void accept(ServerSocket server) {
    while (!server.isClosed()) {
      try {
        Socket near = server.accept();
        Socket far = new Socket(target.getHost(), target.getPort());
        if (wired(server, near, far)) {
          Thread.ofVirtual().start(() -> pump(near, far));
          Thread.ofVirtual().start(() -> pump(far, near));
        }
      } catch (IOException e) {
        // Cut, or the node is gone: whoever is connected notices.
      }
    }
  }

  /** A connection that was accepted just before a cut does not survive it. */
  private synchronized boolean wired(ServerSocket server, Socket near, Socket far) {
    if (!server.equals(listening)) {
      close(near);
      close(far);
      return false;
    }
    sockets.add(near);
    sockets.add(far);
    return true;
  }

  private static void pump(Socket from, Socket to) {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      // Cut.
    }
  }

  private static void close(@Nullable AutoCloseable socket) {
    try {
      if (socket != null) {
        socket.close();
      }
    } catch (Exception e) {
      // It is gone either way.
    }
  }

  @Override
  public void close() {
    cut();
  }
}
