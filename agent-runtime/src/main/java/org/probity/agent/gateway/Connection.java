package org.probity.agent.gateway;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.probity.agent.gateway.RequestReader.Source;

/**
 * A connection, in whose every moment it is known until when it may last: whoever watches over all
 * of them ({@link HttpServer}) cuts one that outlasts it. Reads end by themselves; a write to a
 * client that does not read, and a handshake, can be ended from outside alone.
 */
final class Connection implements Source, AutoCloseable {

  private static final Duration LINGER = Duration.ofSeconds(1);
  private static final int LINGER_BYTES = 256 * 1024;
  private static final Duration WRITE = Duration.ofSeconds(5);
  private static final int BYTES_A_SECOND = 64 * 1024;

  /**
   * Reads notice by themselves that time is up, and can still answer; this much later it is cut.
   */
  private static final Duration GRACE = Duration.ofSeconds(2);

  private final Socket wire;
  private final Socket socket;
  private final InetAddress client;
  private volatile long waitsSince = System.nanoTime();
  private volatile long readUntil;
  private volatile long lastsUntil;
  private volatile boolean trusted;

  /**
   * @param wire what was accepted
   * @param socket the same, or encrypted over it
   */
  Connection(Socket wire, Socket socket) {
    this.wire = wire;
    this.socket = socket;
    this.client = wire.getInetAddress();
    within(RequestReader.HEAD);
  }

  InetAddress client() {
    return client;
  }

  // ---- for whoever watches over it ----

  /** Since when it has had no request that shows the token, by {@link System#nanoTime}. */
  long waitsSince() {
    return waitsSince;
  }

  /** Whether it may be cut for the sake of others. */
  boolean isExpendable() {
    return !trusted;
  }

  boolean isOverdue(long now) {
    return now - lastsUntil > 0;
  }

  /** Ends it at once, whatever it is at. */
  void cut() {
    try {
      wire.close();
    } catch (IOException e) {
      // Then it has ended already.
    }
  }

  // ---- for whoever serves it ----

  /** It begins to wait for its next request. */
  void await() {
    trusted = false;
    waitsSince = System.nanoTime();
  }

  /** Its request shows the token: it is not cut for others before it is answered. */
  void trust() {
    trusted = true;
  }

  @Override
  public void within(Duration time) {
    readUntil = System.nanoTime() + time.toNanos();
    lastsUntil = readUntil + GRACE.toNanos();
  }

  @Override
  public int read(byte[] into) throws IOException {
    long left = (readUntil - System.nanoTime()) / 1_000_000;
    if (left <= 0) {
      throw new SocketTimeoutException("The time is up");
    }
    socket.setSoTimeout(Math.toIntExact(left));
    return socket.getInputStream().read(into);
  }

  void write(byte[] bytes) throws IOException {
    lastsUntil = System.nanoTime() + WRITE.plusSeconds(bytes.length / BYTES_A_SECOND).toNanos();
    OutputStream out = socket.getOutputStream();
    out.write(bytes);
    out.flush();
  }

  /** It is being worked for, and nothing is read or written so long. */
  void pause(Duration time) {
    lastsUntil = System.nanoTime() + time.toNanos();
  }

  /**
   * Takes a little more of what a client still sends that has its answer already: were the
   * connection closed under it, its system would drop the answer.
   */
  void linger() throws IOException {
    within(LINGER);
    socket.shutdownOutput();
    byte[] dropped = new byte[8 * 1024];
    int taken = 0;
    for (int read = read(dropped); read >= 0 && taken < LINGER_BYTES; read = read(dropped)) {
      taken += read;
    }
  }

  @Override
  public void close() {
    within(LINGER);
    try {
      socket.close();
    } catch (IOException e) {
      // Then it has ended already.
    }
    cut();
  }
}
