package org.probity.drill;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The way by which other nodes reach one: a relay before the port that it listens on. A node
 * connects from a loopback address of its own, so that a wire knows who comes: it can be cut for
 * one node, or for all.
 */
final class NodeWire implements AutoCloseable {

  private final InetSocketAddress node;
  private final ServerSocket listening;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Set<String> shunned = ConcurrentHashMap.newKeySet();
  private volatile boolean cut;

  private NodeWire(InetSocketAddress node, ServerSocket listening) {
    this.node = node;
    this.listening = listening;
  }

  /** A wire to node {@code number}, 1 to 200. */
  static NodeWire open(int number) {
    String host = "127.0.1." + number;
    try {
      NodeWire wire =
          new NodeWire(
              new InetSocketAddress(host, ClusterWorld.freePort(host)),
              new ServerSocket(0, 64, InetAddress.getByName("127.0.0.1")));
      Thread.ofVirtual().start(wire::accept);
      return wire;
    } catch (IOException e) {
      throw new UncheckedIOException("No wire to a node can be laid", e);
    }
  }

  /** Where others find the node. */
  int port() {
    return listening.getLocalPort();
  }

  /** Where it listens itself. */
  InetSocketAddress node() {
    return node;
  }

  /** The same as host:port. */
  String behind() {
    return node.getHostString() + ":" + node.getPort();
  }

  /** Nobody reaches the node any more. */
  void cut() {
    cut = true;
    sockets.forEach(NodeWire::end);
  }

  /** Of all others, {@code stranger} does not reach the node any more. */
  void cutFrom(NodeWire stranger) {
    shunned.add(stranger.node.getHostString());
    sockets.stream().filter(this::isShunned).forEach(NodeWire::end);
  }

  private boolean isShunned(Socket near) {
    InetAddress from = near.getInetAddress();
    return cut || (from != null && shunned.contains(from.getHostAddress()));
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket near = listening.accept();
        Socket far = new Socket();
        far.connect(node);
        sockets.add(near);
        Thread.ofVirtual().start(() -> pump(near, far));
        Thread.ofVirtual().start(() -> pump(far, near));
        if (isShunned(near)) {
          end(near);
        }
      } catch (IOException e) {
        // The node is not there yet, or no longer: whoever connects notices.
      }
    }
  }

  private void pump(Socket from, Socket to) {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      // Cut.
    } finally {
      sockets.remove(from);
    }
  }

  private static void end(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone either way.
    }
  }

  @Override
  public void close() {
    try {
      listening.close();
    } catch (IOException e) {
      // It is gone either way.
    }
    sockets.forEach(NodeWire::end);
  }
}
