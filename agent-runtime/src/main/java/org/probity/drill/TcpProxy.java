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
 * A wire to a node: it can be cut for all and joined again, cut for those who come from one
 * address, or held, so that it is there and says nothing.
 */
final class TcpProxy implements AutoCloseable {

  private static final int BUFFER = 1 << 16;

  private final URI target;
  private final int port;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Set<String> shunned = ConcurrentHashMap.newKeySet();
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

  /**
   * A wire to a node that is to listen, and to connect to others, on a loopback address of its own:
   * so the others' wires know whom they shun.
   *
   * @param number of the node, 1 to 200
   */
  static TcpProxy toNode(int number) {
    String host = "127.0.1." + number;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(host))) {
      return new TcpProxy(URI.create("tcp://%s:%s".formatted(host, socket.getLocalPort())));
    } catch (IOException e) {
      throw new UncheckedIOException("No wire to a node can be laid", e);
    }
  }

  /** Where the node listens itself. */
  URI target() {
    return target;
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

  /** From now on nobody answers who comes from where {@code stranger} leads to. */
  synchronized void cutFrom(TcpProxy stranger) {
    shunned.add(stranger.target.getHost());
    sockets.stream().filter(this::isShunned).forEach(TcpProxy::close);
  }

  private boolean isShunned(Socket socket) {
    InetAddress from = socket.getInetAddress();
    return from != null && shunned.contains(from.getHostAddress());
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
    if (!server.equals(listening) || isShunned(near)) {
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
    } finally {
      sockets.remove(from);
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
