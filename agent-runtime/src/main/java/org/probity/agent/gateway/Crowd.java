package org.probity.agent.gateway;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.Callback;

/**
 * All connections of the API, {@value #MOST} at most, in whose every moment it is known until when
 * they may last.
 *
 * <p><b>Nobody keeps others out.</b> Jetty counts the time from byte to byte, so that whoever drips
 * keeps a connection for as long as he likes. Here a handshake with a request's head, a body, and
 * the taking of an answer have their time each, from beginning to end. When all places are taken, a
 * new connection gets that of the one that has waited longest without showing the token, of the
 * address that has most of them: an operator's request, which takes milliseconds, passes through
 * any crowd that waits.
 */
final class Crowd implements Connection.Listener {

  static final int MOST = 256;

  /** From a connection's first moment to the end of its first request's head. */
  static final Duration HEAD = Duration.ofSeconds(5);

  /** From the end of an answer to the end of the next request's head. */
  static final Duration SILENCE = Duration.ofSeconds(20);

  private static final Duration WRITE = Duration.ofSeconds(5);
  private static final int BYTES_A_SECOND = 64 * 1024;
  private static final Duration FAREWELL = Duration.ofSeconds(1);

  private final Map<EndPoint, Guest> guests = new ConcurrentHashMap<>();

  /** A connection, as long as it lasts. */
  static final class Guest {
    private final EndPoint wire;
    private volatile Connection reader;
    private volatile long read;
    private volatile boolean waiting = true;
    private volatile boolean trusted;
    private volatile long waitsSince = System.nanoTime();
    private volatile long lastsUntil = waitsSince + HEAD.toNanos();

    Guest(EndPoint wire, Connection reader) {
      this.wire = wire;
      this.reader = reader;
    }

    /** A request's head is there. */
    synchronized void asks() {
      if (!waiting) {
        throw new Problem(408, "The request's head did not come in time.");
      }
      waiting = false;
    }

    /** Its request shows the token: it is not cut for others before it is answered. */
    void trust() {
      trusted = true;
    }

    /** What it is at may take so long. */
    void within(Duration time) {
      lastsUntil = System.nanoTime() + time.toNanos();
    }

    /** It is sent so many bytes, and has to take them. */
    void takes(int bytes) {
      within(WRITE.plusSeconds(bytes / BYTES_A_SECOND));
    }

    /**
     * It has its answer.
     *
     * @param more whether it may ask again; if not, it has a moment to take what was sent
     */
    void rests(boolean more) {
      trusted = false;
      waitsSince = System.nanoTime();
      read = reader.getBytesIn();
      within(more ? SILENCE : FAREWELL);
      waiting = true;
    }

    private SocketAddress client() {
      return wire.getRemoteSocketAddress() instanceof InetSocketAddress address
          ? new InetSocketAddress(address.getAddress(), 0)
          : wire.getRemoteSocketAddress();
    }

    /** Whoever has begun to ask is told why he is cut. */
    private synchronized void late() {
      if (waiting && reader.getBytesIn() > read) {
        waiting = false;
        within(FAREWELL);
        try {
          reader.getEndPoint().write(Callback.from(wire::close), lateAnswer());
          return;
        } catch (RuntimeException e) {
          // Something is being written already, which is too late as well.
        }
      }
      wire.close();
    }

    private static ByteBuffer lateAnswer() {
      byte[] body = new Problem(408, "The request's head did not come in time.").answer().body();
      String head =
          "HTTP/1.1 408 Request Timeout\r\nContent-Type: %s\r\nContent-Length: %s\r\nConnection: close\r\n\r\n"
              .formatted(Problem.TYPE, String.valueOf(body.length));
      return ByteBuffer.wrap(
          (head + new String(body, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8));
    }
  }

  /** The one whose requests come by {@code connection}. */
  Guest of(Connection connection) {
    Guest guest = guests.get(wire(connection));
    if (guest == null) {
      throw new IllegalStateException("A connection that has ended asks");
    }
    return guest;
  }

  int size() {
    return guests.size();
  }

  @Override
  public void onOpened(Connection connection) {
    EndPoint wire = wire(connection);
    synchronized (this) {
      Guest known = guests.get(wire);
      if (known != null) {
        // Over TLS the connection that requests are read from comes second.
        known.reader = connection;
      } else if (guests.size() < MOST || makeRoom()) {
        guests.put(wire, new Guest(wire, connection));
      } else {
        wire.close();
      }
    }
  }

  @Override
  public void onClosed(Connection connection) {
    guests.remove(wire(connection));
  }

  /** What was accepted, whatever it is wrapped in. */
  private static EndPoint wire(Connection connection) {
    EndPoint point = connection.getEndPoint();
    while (point instanceof EndPoint.Wrapper wrapper) {
      point = wrapper.unwrap();
    }
    return point;
  }

  /** Cuts the connection that is the least loss. */
  private boolean makeRoom() {
    Map<SocketAddress, Long> crowds =
        guests.values().stream()
            .filter(guest -> !guest.trusted)
            .collect(Collectors.groupingBy(Guest::client, Collectors.counting()));
    Optional<Guest> least =
        guests.values().stream()
            .filter(guest -> !guest.trusted)
            .max(
                Comparator.<Guest>comparingLong(guest -> crowds.getOrDefault(guest.client(), 0L))
                    .thenComparing(guest -> -guest.waitsSince));
    least.ifPresent(guest -> {
      guests.remove(guest.wire);
      guest.wire.close();
    });
    return least.isPresent();
  }

  /** Ends those whose time is up. */
  void sweep() {
    long now = System.nanoTime();
    guests.values().stream().filter(guest -> now - guest.lastsUntil > 0).forEach(Guest::late);
  }
}
