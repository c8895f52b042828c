package org.probity.drill;

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

/**
 * A wire to a node: it can be cut and joined again, or held, so that it is there and says nothing.
 */
final class TcpProxy implements AutoCloseable {

  private static final int BUFFER = 1 << 16;

  private final URI target;
  private final int port;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Gate gate = new Gate();
  private @Nullable ServerSocket listening;

  /** What every byte goes through. */
  private static final class Gate {
    private boolean shut;

    synchronized void set(boolean closed) {
      shut = closed;
      notifyAll();
    }

    synchronized void pass() throws InterruptedException {
      while (shut) {
        wait();
      }
    }
  }

  TcpProxy(URI target) {
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
    sockets.forEach(TcpProxy::close);
    sockets.clear();
  }

  /** From now on connections stay, and nothing comes through them. */
  void hold() {
    gate.set(true);
  }

  /** What was held goes on its way. */
  void release() {
    gate.set(false);
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

  private void pump(Socket from, Socket to) {
    try (from;
        to) {
      byte[] buffer = new byte[BUFFER];
      for (int read; (read = from.getInputStream().read(buffer)) >= 0; ) {
        gate.pass();
        to.getOutputStream().write(buffer, 0, read);
      }
    } catch (IOException e) {
      // Cut.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
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
    release();
    cut();
  }
}
