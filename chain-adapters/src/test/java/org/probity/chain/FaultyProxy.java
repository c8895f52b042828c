package org.probity.chain;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Stands between a client and a node and fails on demand, the way networks do. */
final class FaultyProxy implements AutoCloseable {

  private final ServerSocket server;
  private final int upstream;
  private final List<Closeable> connections = new CopyOnWriteArrayList<>();
  private volatile boolean refusing;
  private volatile boolean silent;

  FaultyProxy(int upstreamPort) throws IOException {
    this.upstream = upstreamPort;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::serve);
  }

  URI http() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  URI webSocket() {
    return URI.create("ws://127.0.0.1:" + server.getLocalPort());
  }

  /** Closes every connection there is. */
  void cut() {
    for (Closeable connection : connections) {
      closeQuietly(connection);
    }
    connections.clear();
  }

  /** Lets no new connection through. */
  void refuse(boolean on) {
    refusing = on;
  }

  /** Swallows what the node sends, without a sign. */
  void silence(boolean on) {
    silent = on;
  }

  private void serve() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        if (refusing) {
          client.close();
          continue;
        }
        Socket node = new Socket(InetAddress.getLoopbackAddress(), upstream);
        connections.add(client);
        connections.add(node);
        Thread.ofVirtual().start(() -> copy(client, node, false));
        Thread.ofVirtual().start(() -> copy(node, client, true));
      } catch (IOException e) {
        // Closed, or the node is down: the client's connection breaks.
      }
    }
  }

  private void copy(Socket from, Socket to, boolean silenceable) {
    byte[] buffer = new byte[16_384];
    try (from;
        to;
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        if (!(silent && silenceable)) {
          out.write(buffer, 0, read);
          out.flush();
        }
      }
    } catch (IOException e) {
      // One side is gone; try-with-resources closes the other.
    }
  }

  private static void closeQuietly(Closeable connection) {
    try {
      connection.close();
    } catch (IOException e) {
      // Already gone.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    cut();
  }
}
